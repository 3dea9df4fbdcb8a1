// SPDX-License-Identifier: MIT
#include "core/answer.h"

#include "core/render.h"

namespace scim {

void Answer::release(const Outcome& head) {
  if (sink_ == nullptr) return;
  head_ = &head;
  json_.send_to([this](std::string_view piece) { return send(piece); });
}

bool Answer::send(std::string_view piece) {
  if (holds_ == Response::Body::whole) {
    Outcome head = *head_;
    holds_ = head.holds = Response::Body::rest;
    sink_->begin(render(std::move(head)));
  }
  return sink_->write(piece);
}

Outcome Answer::finish(Outcome outcome) {
  outcome.body = json_.take();
  outcome.holds = holds_;
  return outcome;
}

}  // namespace scim
