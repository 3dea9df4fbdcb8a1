// SPDX-License-Identifier: MIT
// Forgets what is older than it is to be kept, beside the threads that serve: entries of the audit log, and requests that have
// been decided.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "core/config.h"
#include "sql/sql_store.h"

namespace scim::fcgi {

/// A thread that looks every hour, and once at the beginning.
class Retention {
 public:
  using OpenStore = std::function<Result<std::unique_ptr<sql::SqlStore>>()>;
  /// `open`: a store of its own, each time. All is borrowed.
  Retention(const Config& config, OpenStore open, Env& env)
      : config_(config), open_(std::move(open)), env_(env), thread_([this](const std::stop_token& until) { work(until); }) {}

 private:
  void work(const std::stop_token& until) const;
  /// Errors have been logged by the store; the next hour may be better.
  void forget(const std::stop_token& until) const;

  const Config& config_;
  const OpenStore open_;
  Env& env_;
  const std::jthread thread_;
};

}  // namespace scim::fcgi
