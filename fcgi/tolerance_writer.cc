// SPDX-License-Identifier: MIT
#include "fcgi/tolerance_writer.h"

namespace scim::fcgi {

ToleranceWriter::ToleranceWriter(const WriterTasks& tasks) : tasks_(tasks), thread_([this] { work(); }) {}

ToleranceWriter::~ToleranceWriter() {
  {
    const std::lock_guard lock(mutex_);
    state_ = State::ending;
  }
  ends_.notify_one();
  thread_.join();
}

/// The store has logged what is wrong, if anything is.
void ToleranceWriter::write() {
  static_cast<void>(tasks_.counts.write(tasks_.tokens));
  static_cast<void>(tasks_.uses.write(tasks_.tokens));
}

void ToleranceWriter::warn_of_tokens() {
  const Instant now = tasks_.env.now();
  if (warned_ && now - *warned_ < std::chrono::days(1)) return;
  warned_ = now;
  const auto tokens = tasks_.tokens.list_tokens();
  if (!tokens) return;  // tomorrow, then
  for (const Token& token : *tokens) {
    const std::string text = text_of(warning_of(token, now, tasks_.warn_days), token);
    if (!text.empty()) tasks_.env.log(LogLevel::warning, text);
  }
}

void ToleranceWriter::work() {
  warn_of_tokens();
  std::unique_lock lock(mutex_);
  while (state_ == State::running) {
    ends_.wait_for(lock, kInterval, [this] { return state_ == State::ending; });
    lock.unlock();
    write();
    warn_of_tokens();
    lock.lock();
  }
}

}  // namespace scim::fcgi
