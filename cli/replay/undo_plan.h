// SPDX-License-Identifier: MIT
// A trace -> the resources that it touched, the one that was changed last first.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "cli/replay/trace.h"

namespace scim::cli {

/// What the exchanges of a trace did to one resource, together.
struct Touched {
  struct Change {
    const TraceRecord* record;
    std::size_t number;  ///< of all changes
  };
  std::string path;             ///< as recorded: "/Users/ID"
  std::optional<Json> before;   ///< nullopt: it was made
  std::vector<Change> changes;  ///< in their order
  bool is_there = true;         ///< afterwards; also if that is not known

  const TraceRecord& last() const { return *changes.back().record; }
};

/// It refers to the records.
class UndoPlan {
 public:
  /// badRequest: the trace does not say what was before.
  Result<void> add(const TraceRecord& record);

  /// The last first; without what was made and deleted again.
  std::vector<Touched> take();

  /// What nobody can undo, and may not have been done.
  struct Unknown {
    const TraceRecord* record;
    const char* why;
  };
  const std::vector<Unknown>& unknown() const { return unknown_; }

 private:
  Result<void> add_unknown(const TraceRecord& record, const char* why);
  Result<void> add_operations(const TraceRecord& record);
  Result<void> add_made(const TraceRecord& record);

  std::vector<Touched> touched_;  ///< in the order in which they were changed last
  std::size_t changes_ = 0;
  std::vector<Unknown> unknown_;
  std::deque<TraceRecord> operations_;  ///< of bulk requests; the others are of the trace
};

}  // namespace scim::cli
