// SPDX-License-Identifier: MIT
// What whoever watches the program sees of it: /metrics, /healthz, /readyz.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "core/env.h"
#include "fcgi/counted_env.h"
#include "fcgi/generations.h"
#include "fcgi/metrics.h"
#include "fcgi/monitor.h"
#include "fcgi/server.h"

namespace scim::fcgi {

/// What is given outlives it. page() is for one thread.
class Watch {
 public:
  Watch(const Metrics& metrics, Generations& generations, const Server& server, const CountedEnv& env);

  Page page(std::string_view path);
  /// No longer ready, from any thread.
  void stop() { state_ = State::stopping; }

 private:
  enum class State { serving, stopping };
  Page ready();
  std::string metrics() const;

  const Metrics& metrics_;
  Generations& generations_;
  const Server& server_;
  const CountedEnv& env_;
  const double started_;  ///< seconds since 1970
  std::atomic<State> state_ = State::serving;
};

}  // namespace scim::fcgi
