// SPDX-License-Identifier: MIT
// The body of a read while it is written.
#pragma once

#include "core/http.h"
#include "core/json.h"
#include "core/service.h"

namespace scim {

/// Kept until it is whole, or, once it is too long for that, sent to Request::sink in pieces. Only for reads: what a
/// transaction for writing shows is not true before it has been committed.
class Answer {
 public:
  explicit Answer(const Request& request) : sink_(request.sink) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  JsonWriter& json() { return json_; }
  /// Status and headers are decided, and what is written stays: it may be sent. `head` is borrowed until finish().
  void release(const Outcome& head);
  /// `outcome` with what has not been sent.
  Outcome finish(Outcome outcome);

 private:
  bool send(std::string_view piece);

  BodySink* sink_;
  const Outcome* head_ = nullptr;
  Response::Body holds_ = Response::Body::whole;
  JsonWriter json_;
};

}  // namespace scim
