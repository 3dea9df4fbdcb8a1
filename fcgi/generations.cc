// SPDX-License-Identifier: MIT
#include "fcgi/generations.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace scim::fcgi {
namespace {

void add(Generation::Writers& sum, const Generation::Writers& more) {
  sum.waiting += more.waiting;
  sum.commits += more.commits;
  sum.turns += more.turns;
}

}  // namespace

/// Keeps a generation until the request has been served.
class Generations::Use {
 public:
  explicit Use(Generations& all) : all_(all) {
    const std::lock_guard lock(all_.mutex_);
    held_ = &all_.held_.back();
    ++held_->requests;
  }
  ~Use() {
    const std::lock_guard lock(all_.mutex_);
    --held_->requests;
    if (held_->requests == 0 && held_ != &all_.held_.back()) all_.note_unused();
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  Generation& generation() const { return *held_->generation; }

 private:
  Generations& all_;
  Held* held_ = nullptr;
};

Generations::Generations(std::unique_ptr<Generation> first) : unused_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  held_.push_back({std::move(first)});
}

void Generations::respond(std::size_t thread, Exchange& exchange) { Use(*this).generation().respond(thread, exchange); }

Result<void> Generations::ask_database() { return Use(*this).generation().ask_database(); }

Result<void> Generations::reopen_journal() { return Use(*this).generation().reopen_journal(); }

Generation::Writers Generations::writers() const {
  const std::lock_guard lock(mutex_);
  Generation::Writers all = ended_;
  for (const Held& held : held_) add(all, held.generation->writers());
  return all;
}

std::size_t Generations::count() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

void Generations::replace(std::unique_ptr<Generation> next) {
  const std::lock_guard lock(mutex_);
  held_.push_back({std::move(next)});
  note_unused();
}

void Generations::note_unused() { ::eventfd_write(unused_.get(), 1); }

void Generations::end_unused() {
  std::list<Held> ending;
  {
    const std::lock_guard lock(mutex_);
    eventfd_t noted = 0;
    ::eventfd_read(unused_.get(), &noted);
    for (auto at = held_.begin(); at != std::prev(held_.end());) {
      const auto each = at++;
      if (each->requests != 0) continue;
      add(ended_, each->generation->writers());
      ending.splice(ending.end(), held_, each);
    }
  }
}

}  // namespace scim::fcgi
