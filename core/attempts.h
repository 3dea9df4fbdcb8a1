// SPDX-License-Identifier: MIT
// Trying a write again that another transaction has made impossible this time.
#pragma once

#include <chrono>

#include "core/env.h"
#include "core/store.h"

namespace scim {

/// Of one write. Bounded in number and, since each attempt may wait for others, in time.
class Attempts {
 public:
  Attempts(Store& store, Env& env, std::int64_t patience_ms)
      : store_(store), env_(env), until_(env.now() + std::chrono::milliseconds(patience_ms)) {}

  /// Asked after a failure: whether the same may go well, and is to be tried.
  bool may_repeat() { return store_.has_lost_conflict() && ++made_ < kMost && env_.now() < until_; }

 private:
  static constexpr int kMost = 5;
  Store& store_;
  Env& env_;
  const Instant until_;
  int made_ = 0;
};

}  // namespace scim
