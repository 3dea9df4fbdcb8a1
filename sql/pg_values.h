// SPDX-License-Identifier: MIT
// Values on their way to PostgreSQL and back: parameters, rows of COPY, rows of an answer.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/db.h"
#include "sql/pq.h"

namespace scim::sql {

struct Clear {
  void operator()(PGresult* result) const { pq().PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

/// Parameters as texts without a type: each takes that of the column that it meets. So 1 is a boolean, a number, or a text.
/// Gone before the cells are.
class Parameters {
 public:
  explicit Parameters(const std::vector<Cell>& cells);
  int count() const { return static_cast<int>(pointers_.size()); }
  const char* const* data() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
};

/// ? and ?N outside quotes as $N, which is how PostgreSQL writes parameters.
std::string numbered_parameters(std::string_view text);

/// A row in the text format of COPY.
void append_copied(std::string& out, std::span<const Cell> row);

/// No text of PostgreSQL has a NUL, and libpq would cut there.
bool has_nul(const Cell& cell);

/// All its rows are here: other statements may run on the connection meanwhile. `counters` outlive it.
std::unique_ptr<Cursor> cursor_over(Answer answer, Db::Counters& counters);

}  // namespace scim::sql
