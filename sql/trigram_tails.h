// SPDX-License-Identifier: MIT
// What the indexes of trigrams in our own tables do not know yet (migrations/007_trigrams_tail.sql).
#pragma once

#include "sql/db.h"

namespace scim::sql {

/// Rows of a tail when it is indexed. At a million users, where a scan takes 170 ms, a full tail adds 0.2 ms to a search if its
/// rows are new, and 3 ms if they are old ones that have changed, which lie anywhere. To index it takes 15 us a row in all.
inline constexpr std::int64_t kLongTail = 1024;

/// Of one store, for one thread. To look at the tails before each commit would cost more than it tells.
class TailWatch {
 public:
  void wrote() { ++writes_; }
  /// Before the commit of what was written, in its transaction: a tail that has become long is indexed.
  DbResult<void> index_long_tails(Db& db);

 private:
  static constexpr int kWritesBetween = 16;
  int writes_ = kWritesBetween;  ///< since somebody looked
};

}  // namespace scim::sql
