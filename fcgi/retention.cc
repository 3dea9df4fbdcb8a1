// SPDX-License-Identifier: MIT
#include "fcgi/retention.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "sql/audit_log.h"
#include "sql/held_requests.h"

namespace scim::fcgi {
namespace {

constexpr std::chrono::hours kInterval{1};
/// A client that has been refused is told the same for as long.
constexpr std::chrono::days kDecisions{30};
/// Between two portions, so that others can write.
constexpr std::chrono::milliseconds kRest{120};

void wait(const std::stop_token& until, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any ends;
  std::unique_lock lock(mutex);
  ends.wait_for(lock, until, time, [] { return false; });
}

}  // namespace

void Retention::work(const std::stop_token& until) const {
  while (!until.stop_requested()) {
    forget(until);
    wait(until, kInterval);
  }
}

void Retention::forget(const std::stop_token& until) const {
  const auto store = open_();
  if (!store) return;
  const Instant now = env_.now();
  static_cast<void>(sql::forget_decided_requests((*store)->db(), now - kDecisions));
  if (config_.audit.keep_days == 0) return;
  const Instant before = now - std::chrono::days(config_.audit.keep_days);
  std::int64_t all = 0;
  while (!until.stop_requested()) {
    const Result<std::int64_t> forgotten = sql::forget_entries((*store)->db(), before);
    if (!forgotten || *forgotten == 0) break;
    all += *forgotten;
    wait(until, kRest);
  }
  if (all > 0) env_.log(LogLevel::info, "the audit log has forgotten " + std::to_string(all) + " entries before " + format_instant(before));
}

}  // namespace scim::fcgi
