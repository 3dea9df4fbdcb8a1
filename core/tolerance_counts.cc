// SPDX-License-Identifier: MIT
#include "core/tolerance_counts.h"

#include <algorithm>

namespace scim {

void ToleranceCounts::merge(Counts& into, const Counts& more) {
  for (const auto& [key, count] : more) {
    Count& sum = into[key];
    sum.requests += count.requests;
    sum.last = std::max(sum.last, count.last);
  }
}

void ToleranceCounts::add(const std::string& token, const ToleranceSet& used, Instant when) {
  if (used.none()) return;
  Counts counts;
  for (const ToleranceInfo& row : tolerances()) {
    if (used.test(static_cast<std::size_t>(row.tolerance))) counts[{token, row.tolerance}] = {1, when};
  }
  const std::lock_guard lock(mutex_);
  merge(counts_, counts);
}

Result<void> ToleranceCounts::write(TokenStore& tokens) {
  Counts taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(counts_);
  }
  if (taken.empty()) return {};
  std::vector<ToleranceUse> uses;
  for (const auto& [key, count] : taken) uses.push_back({key.first, key.second, count.requests, count.last});
  Result<void> written = tokens.add_tolerance_uses(uses);
  if (written) return {};
  const std::lock_guard lock(mutex_);
  merge(counts_, taken);
  return written;
}

}  // namespace scim
