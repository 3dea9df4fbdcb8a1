// SPDX-License-Identifier: MIT
// Which tolerances the clients of this process relied on, until it is written down.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/access.h"
#include "core/tolerance.h"

namespace scim {

/// One for each process, shared by its threads. Counting touches no database; write() does, and whoever calls it decides
/// when. As many entries as tokens have used tolerances.
class ToleranceCounts {
 public:
  /// One request of the token with this id.
  void add(const std::string& token, const ToleranceSet& used, Instant when);
  /// Writes what has been counted and forgets it; keeps it for the next time if that fails.
  Result<void> write(TokenStore& tokens);

 private:
  struct Count {
    std::int64_t requests = 0;
    Instant last;
  };
  using Counts = std::map<std::pair<std::string, Tolerance>, Count>;
  static void merge(Counts& into, const Counts& more);

  std::mutex mutex_;
  Counts counts_;
};

}  // namespace scim
