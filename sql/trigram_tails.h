// SPDX-License-Identifier: MIT
// What the indexes of trigrams in our own tables do not know yet (migrations/007_trigrams_tail.sql).
#pragma once

#include "sql/db.h"

namespace scim::sql {

/// Rows of a tail when it is indexed. A search looks at each of them, so that one that finds little takes twice as long with
/// a full tail at a million users; each time costs the index a segment, some 20 ms now and then, and 15 us a row in all.
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
