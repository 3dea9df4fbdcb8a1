// SPDX-License-Identifier: MIT
#include "fcgi/tolerance_writer.h"

namespace scim::fcgi {

ToleranceWriter::ToleranceWriter(ToleranceCounts& counts, TokenStore& tokens)
    : counts_(counts), tokens_(tokens), thread_([this] { work(); }) {}

ToleranceWriter::~ToleranceWriter() {
  {
    const std::lock_guard lock(mutex_);
    state_ = State::ending;
  }
  ends_.notify_one();
  thread_.join();
}

void ToleranceWriter::work() {
  std::unique_lock lock(mutex_);
  while (state_ == State::running) {
    ends_.wait_for(lock, kInterval, [this] { return state_ == State::ending; });
    lock.unlock();
    // The store has logged what is wrong, if anything is.
    static_cast<void>(counts_.write(tokens_));
    lock.lock();
  }
}

}  // namespace scim::fcgi
