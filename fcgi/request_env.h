// SPDX-License-Identifier: MIT
// The Env of a thread that serves: its lines say which request they are about.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/env.h"

namespace scim::fcgi {

/// For one thread. `whole` outlives it.
class RequestEnv final : public Env {
 public:
  explicit RequestEnv(Env& whole) : whole_(whole) {}

  /// Lines from now on are about this request; "": about none.
  void set_request(std::string id) { id_ = std::move(id); }

  Instant now() override { return whole_.now(); }
  std::string random_bytes(std::size_t count) override { return whole_.random_bytes(count); }
  void log(LogLevel level, std::string_view message) override { log_facts(level, message, {}); }
  void log_facts(LogLevel level, std::string_view message, std::span<const LogFact> facts) override {
    if (id_.empty()) return whole_.log_facts(level, message, facts);
    std::vector<LogFact> more = {{"request_id", id_}};
    more.insert(more.end(), facts.begin(), facts.end());
    whole_.log_facts(level, message, more);
  }
  void note(Incident incident) override { whole_.note(incident); }

 private:
  Env& whole_;
  std::string id_;
};

}  // namespace scim::fcgi
