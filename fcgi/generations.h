// SPDX-License-Identifier: MIT
// The generation that serves, and those before it whose last requests have not been answered yet.
#pragma once

#include <list>
#include <memory>
#include <mutex>

#include "fcgi/generation.h"
#include "fcgi/socket.h"

namespace scim::fcgi {

/// Used by many threads. A request is served to its end by the generation that it has met.
class Generations {
 public:
  explicit Generations(std::unique_ptr<Generation> first);

  void respond(std::size_t thread, Exchange& exchange);
  Result<void> ask_database();
  Result<void> reopen_journal();
  /// Of all that have ever served.
  Generation::Writers writers() const;
  std::size_t count() const;

  /// Requests that come from now on meet `next`.
  void replace(std::unique_ptr<Generation> next);
  /// Readable when end_unused() has something to do.
  int unused_fd() const { return unused_.get(); }
  /// Ends those that were replaced and serve nobody any more. That takes its time (what they have counted is written), so it
  /// is for a thread that serves nobody.
  void end_unused();

 private:
  struct Held {
    std::unique_ptr<Generation> generation;
    std::size_t requests = 0;  ///< that it is serving
  };
  class Use;
  void note_unused();

  Fd unused_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::list<Held> held_;  ///< the last one serves
  Generation::Writers ended_;  ///< of those that are gone
};

}  // namespace scim::fcgi
