// SPDX-License-Identifier: MIT
#include "sql/page.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/text.h"
#include "sql/block_counts.h"
#include "sql/condition.h"
#include "sql/membership.h"
#include "sql/order.h"

namespace scim::sql {
namespace {

enum class Direction { forward, backward };

Direction opposite(Direction direction) {
  return direction == Direction::forward ? Direction::backward : Direction::forward;
}

tl::unexpected<Error> not_valid() { return fail(ErrorKind::invalid_cursor, "the cursor is not valid"); }

// --- Positions -----------------------------------------------------------------------------------------------------

/// What cannot stand in JSON is in an array: the bytes of a text that is no UTF-8, the sign of an infinite number.
Json to_json(const Cell& cell) {
  struct Writer {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(std::int64_t v) const { return v; }
    Json operator()(double v) const { return std::isinf(v) ? Json::array({v > 0}) : Json(v); }
    Json operator()(const std::string& v) const { return is_utf8(v) ? Json(v) : Json::array({base64url_encode(v)}); }
  };
  return std::visit(Writer{}, cell);
}

std::optional<Cell> to_cell(const Json& json) {
  if (json.is_null()) return Cell();
  if (json.is_number_float()) return Cell(json.get<double>());
  if (json.is_number_integer()) return Cell(json.get<std::int64_t>());
  if (json.is_string()) return Cell(json.get<std::string>());
  if (!json.is_array() || json.size() != 1) return std::nullopt;
  if (json.front().is_boolean()) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return Cell(json.front().get<bool>() ? kInfinity : -kInfinity);
  }
  if (!json.front().is_string()) return std::nullopt;
  auto bytes = base64_decode(json.front().get<std::string>());
  return bytes ? std::optional<Cell>(*std::move(bytes)) : std::nullopt;
}

Result<Hit> parse_position(const Position& position, std::span<const Query> queries) {
  const bool is_sorted = queries.front().sort.has_value();
  const std::size_t size = is_sorted ? 3 : 2;
  if (!position.is_array() || position.size() != size || !position.back().is_string()) return not_valid();
  const auto query = std::find_if(queries.begin(), queries.end(), [&](const Query& each) {
    return each.type->name == position.back().get_ref<const std::string&>();
  });
  if (query == queries.end()) return not_valid();
  Hit hit;
  hit.query = static_cast<std::size_t>(query - queries.begin());
  const std::optional<Cell> first = to_cell(position.front());
  if (!first) return not_valid();
  if (!is_sorted) {
    if (*first == Cell()) return not_valid();
    hit.key = *first;
    return hit;
  }
  const std::optional<Cell> id = to_cell(position[1]);
  if (!id || !std::holds_alternative<std::string>(*id)) return not_valid();
  hit.standing = {*first, std::get<std::string>(*id)};
  return hit;
}

/// Whether only who has a value of `by` can satisfy it.
bool needs_value(const Predicate& predicate, const Attribute& by) {
  const auto child_needs = [&](const Predicate& child) { return needs_value(child, by); };
  switch (predicate.kind) {
    case Predicate::Kind::present: return predicate.attribute == &by;
    case Predicate::Kind::compare: return predicate.attribute == &by && predicate.op != Op::ne && predicate.value != Value();
    case Predicate::Kind::and_: return std::any_of(predicate.children.begin(), predicate.children.end(), child_needs);
    case Predicate::Kind::or_: return !predicate.children.empty() && std::all_of(predicate.children.begin(), predicate.children.end(), child_needs);
    case Predicate::Kind::never: return true;
    case Predicate::Kind::always:
    case Predicate::Kind::not_:
    case Predicate::Kind::any:
    case Predicate::Kind::id: return false;
  }
  return false;
}

// --- Walking -------------------------------------------------------------------------------------------------------

/// The resources of all queries as one line, walked from one hit on.
class Line {
 public:
  Line(Db& db, std::span<const Query> queries, const CompileContext& context) : db_(db), queries_(queries), context_(context) {}

  /// The next `limit` hits beyond `from` (nullptr: from the end of the line), in the order of the walk.
  Result<std::vector<Hit>> walk(const Hit* from, Direction direction, std::int64_t limit) const;
  /// `limit` hits after so many, and the total where that has shown.
  Result<Page> skip(std::int64_t offset, std::int64_t limit) const;

 private:
  /// One query in SQL: its sort key, and what it is selected with.
  struct Row {
    const TypeMapping& type;
    std::optional<Sql> key;  ///< nullopt: nobody has a value
    std::string id;
    std::vector<int> needs;
  };
  /// Sorted rows are read in two goes, each of which an index can serve: those with a value and those without.
  enum class Group { valued, unvalued };

  bool is_sorted() const { return queries_.front().sort.has_value(); }
  bool is_ascending() const { return queries_.front().sort->order == SortOrder::ascending; }
  Row row_of(std::size_t query) const;
  Result<std::vector<Hit>> select(std::size_t query, const Row& row, const Sql& also, std::string_view order,
                                    std::int64_t limit, std::int64_t offset) const;
  Result<std::vector<Hit>> walk_unsorted(const Hit* from, Direction direction, std::int64_t limit) const;
  Result<std::vector<Hit>> walk_sorted(std::size_t query, const Hit* from, Direction direction, std::int64_t limit) const;
  Result<std::vector<Hit>> read_group(std::size_t query, const Row& row, Group group, const Hit* from, Direction direction,
                                        std::int64_t limit) const;
  Result<std::vector<Hit>> skip_sorted(std::size_t query, std::int64_t offset, std::int64_t limit) const;
  void merge(std::vector<Hit>& hits, Direction direction) const;

  Db& db_;
  std::span<const Query> queries_;
  const CompileContext& context_;
};

Line::Row Line::row_of(std::size_t query) const {
  Row row{context_.mapping.of(*queries_[query].type), std::nullopt, {}, {}};
  if (!is_sorted()) return row;
  const Attribute* by = queries_[query].sort ? queries_[query].sort->by : nullptr;
  row.key = order_key(by, row.type, context_, row.needs);
  row.id = id_of(row.type, "t", context_.dialect) + std::string(context_.dialect.by_bytes);
  if (const int table = row.type.link.id.table; table != 0) row.needs.push_back(table);
  return row;
}

Result<std::vector<Hit>> Line::select(std::size_t query, const Row& row, const Sql& also, std::string_view order,
                                        std::int64_t limit, std::int64_t offset) const {
  Sql sql;
  sql << "SELECT " << key_of(row.type, "t");
  if (is_sorted()) sql << ", " << row.id << ", " << (row.key ? *row.key : Sql{"NULL", {}});  // 2 and 3 of ORDER BY
  sql << " " << compile_from_where(*queries_[query].where, row.type, context_, row.needs, also) << " ORDER BY " << order << " LIMIT "
      << Bind{limit};
  if (offset > 0) sql << " OFFSET " << Bind{offset};
  const DbResult<std::unique_ptr<Cursor>> cursor = db_.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  std::vector<Hit> hits;
  while (true) {
    const DbResult<bool> has_row = (*cursor)->next();
    if (!has_row) return fail(to_error(has_row.error()));
    if (!*has_row) return hits;
    Hit& hit = hits.emplace_back();
    hit.query = query;
    hit.key = (*cursor)->cell(0);
    if (is_sorted()) hit.standing = {(*cursor)->cell(2), std::string((*cursor)->text(1))};
  }
}

/// The queries one after the other, each by its key.
Result<std::vector<Hit>> Line::walk_unsorted(const Hit* from, Direction direction, std::int64_t limit) const {
  const bool is_forward = direction == Direction::forward;
  const auto count = queries_.size();
  std::size_t done = from == nullptr ? 0 : is_forward ? from->query : count - 1 - from->query;
  std::vector<Hit> hits;
  for (; done < count && std::ssize(hits) < limit; ++done) {
    const std::size_t query = is_forward ? done : count - 1 - done;
    const Row row = row_of(query);
    Sql beyond;
    if (from != nullptr && query == from->query) beyond << key_of(row.type, "t") << (is_forward ? " > " : " < ") << Bind{from->key};
    SCIM_ASSIGN(std::vector<Hit> found, select(query, row, beyond, is_forward ? "1" : "1 DESC", limit - std::ssize(hits), 0));
    std::move(found.begin(), found.end(), std::back_inserter(hits));
  }
  return hits;
}

Result<std::vector<Hit>> Line::read_group(std::size_t query, const Row& row, Group group, const Hit* from,
                                            Direction direction, std::int64_t limit) const {
  const bool is_forward = direction == Direction::forward;
  const bool goes_up = is_forward == is_ascending();
  // Of two that stand alike, the one of the earlier query is first.
  const bool is_beyond_alike = from != nullptr && (is_forward ? query > from->query : query < from->query);
  const std::string id_sign = std::string(is_forward ? " >" : " <") + (is_beyond_alike ? "= " : " ");
  const bool is_from_valued = from != nullptr && from->standing.key != SortKey();
  const std::string id_order = is_forward ? "2" : "2 DESC";
  Sql also;
  if (group == Group::unvalued) {
    if (row.key) also << "(" << *row.key << ") IS NULL";
    if (from != nullptr && !is_from_valued) also << (row.key ? " AND " : "") << row.id << id_sign << Bind{from->standing.id};
    return select(query, row, also, id_order, limit, 0);
  }
  const std::string_view sign = goes_up ? " > " : " < ";
  if (is_from_valued) {
    const Cell& value = from->standing.key;
    also << *row.key << (goes_up ? " >= " : " <= ") << Bind{value} << " AND (" << *row.key << sign << Bind{value} << " OR " << row.id
         << id_sign << Bind{from->standing.id} << ")";
  } else {
    also << *row.key << " IS NOT NULL";
  }
  return select(query, row, also, (goes_up ? "3, " : "3 DESC, ") + id_order, limit, 0);
}

Result<std::vector<Hit>> Line::walk_sorted(std::size_t query, const Hit* from, Direction direction, std::int64_t limit) const {
  const Row row = row_of(query);
  const bool goes_up = (direction == Direction::forward) == is_ascending();
  const bool is_from_valued = from != nullptr && from->standing.key != SortKey();
  const bool is_from_unvalued = from != nullptr && !is_from_valued;
  std::vector<Hit> hits;
  // Whoever has no value stands at the upper end.
  for (const Group group : {goes_up ? Group::valued : Group::unvalued, goes_up ? Group::unvalued : Group::valued}) {
    const bool is_behind = group == Group::valued ? is_from_unvalued && goes_up : is_from_valued && !goes_up;
    const bool is_excluded = group == Group::unvalued && row.key && needs_value(*queries_[query].where, *queries_[query].sort->by);
    if (is_behind || is_excluded || (group == Group::valued && !row.key) || std::ssize(hits) >= limit) continue;
    SCIM_ASSIGN(std::vector<Hit> found, read_group(query, row, group, from, direction, limit - std::ssize(hits)));
    std::move(found.begin(), found.end(), std::back_inserter(hits));
  }
  return hits;
}

Result<std::vector<Hit>> Line::skip_sorted(std::size_t query, std::int64_t offset, std::int64_t limit) const {
  const Row row = row_of(query);
  return select(query, row, {}, is_ascending() ? "3 NULLS LAST, 2" : "3 DESC NULLS FIRST, 2", limit, offset);
}

/// As stands_before() has it; the same of two queries: in the order of these.
void Line::merge(std::vector<Hit>& hits, Direction direction) const {
  const SortOrder order = queries_.front().sort->order;
  const auto is_before = [&](const Hit& a, const Hit& b) {
    if (stands_before(order, a.standing, b.standing)) return true;
    return !stands_before(order, b.standing, a.standing) && a.query < b.query;
  };
  std::sort(hits.begin(), hits.end(), [&](const Hit& a, const Hit& b) {
    return direction == Direction::forward ? is_before(a, b) : is_before(b, a);
  });
}

Result<std::vector<Hit>> Line::walk(const Hit* from, Direction direction, std::int64_t limit) const {
  if (!is_sorted()) return walk_unsorted(from, direction, limit);
  std::vector<Hit> hits;
  for (std::size_t query = 0; query < queries_.size(); ++query) {
    SCIM_ASSIGN(std::vector<Hit> found, walk_sorted(query, from, direction, limit));
    std::move(found.begin(), found.end(), std::back_inserter(hits));
  }
  if (queries_.size() > 1) merge(hits, direction);
  if (std::ssize(hits) > limit) hits.resize(static_cast<std::size_t>(limit));
  return hits;
}

Result<Page> Line::skip(std::int64_t offset, std::int64_t limit) const {
  Page page;
  std::vector<Hit>& hits = page.hits;
  if (is_sorted() && queries_.size() == 1) {
    SCIM_ASSIGN(hits, skip_sorted(0, offset, limit));
    const bool is_last = std::ssize(hits) < limit && (offset == 0 || !hits.empty());
    if (is_last) page.total = offset + std::ssize(hits);
    return page;
  }
  std::vector<std::int64_t> counts;
  for (const Query& query : queries_) {
    SCIM_ASSIGN(const std::int64_t count, count_rows(db_, query, context_));
    counts.push_back(count);
  }
  page.total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  if (offset >= *page.total) return page;
  if (is_sorted()) {
    // Where the page begins in each of the queries shows when they are merged, and not before.
    const std::int64_t end = offset + std::min(limit, *page.total - offset);
    for (std::size_t query = 0; query < queries_.size(); ++query) {
      SCIM_ASSIGN(std::vector<Hit> found, skip_sorted(query, 0, end));
      std::move(found.begin(), found.end(), std::back_inserter(hits));
    }
    merge(hits, Direction::forward);
    hits.resize(std::min(hits.size(), static_cast<std::size_t>(end)));
    hits.erase(hits.begin(), hits.begin() + std::min(std::ssize(hits), offset));
    return page;
  }
  for (std::size_t query = 0; query < queries_.size() && std::ssize(hits) < limit; ++query) {
    if (offset < counts[query]) {
      const Row row = row_of(query);
      SCIM_ASSIGN(std::vector<Hit> found, select(query, row, {}, "1", limit - std::ssize(hits), offset));
      std::move(found.begin(), found.end(), std::back_inserter(hits));
    }
    offset = std::max<std::int64_t>(offset - counts[query], 0);
  }
  return page;
}

}  // namespace

Result<Page> find_page(Db& db, std::span<const Query> queries, const CompileContext& context) {
  const Query& first = queries.front();
  const Line line(db, queries, context);
  Page page;
  std::optional<Hit> anchor;
  if (first.paging == Paging::by_position && first.anchor) {
    SCIM_ASSIGN(anchor, parse_position(first.anchor->position, queries));
  }
  if (first.limit <= 0) return page;
  if (first.paging == Paging::by_index) return line.skip(first.offset, first.limit);
  const bool is_backward = anchor && first.anchor->side == Anchor::Side::before;
  const Direction direction = is_backward ? Direction::backward : Direction::forward;
  const std::int64_t limit = std::min(first.limit, std::numeric_limits<std::int64_t>::max() - 1);
  SCIM_ASSIGN(page.hits, line.walk(anchor ? &*anchor : nullptr, direction, limit + 1));
  const bool has_more = std::ssize(page.hits) > limit;
  if (has_more) page.hits.pop_back();
  if (!anchor && !has_more) page.total = std::ssize(page.hits);
  bool has_others = false;
  if (anchor && !page.hits.empty()) {
    SCIM_ASSIGN(const std::vector<Hit> other, line.walk(&page.hits.front(), opposite(direction), 1));
    has_others = !other.empty();
  }
  page.has_after = is_backward ? has_others : has_more;
  page.has_before = is_backward ? has_more : has_others;
  if (is_backward) std::reverse(page.hits.begin(), page.hits.end());
  return page;
}

Position position_of(const Hit& hit, std::span<const Query> queries) {
  const std::string& type = queries[hit.query].type->name;
  if (!queries.front().sort) return Json::array({to_json(hit.key), type});
  return Json::array({to_json(hit.standing.key), to_json(hit.standing.id), type});
}

Result<std::int64_t> count_rows(Db& db, const Query& query, const CompileContext& context) {
  if (counts_blocks(query, context)) return count_by_blocks(db, query, context);
  Sql sql;
  sql << "SELECT count(*) " << compile_from_where(*query.where, context.mapping.of(*query.type), context);
  const DbResult<std::unique_ptr<Cursor>> cursor = db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  const DbResult<bool> has_row = (*cursor)->next();
  if (!has_row) return fail(to_error(has_row.error()));
  return *has_row ? (*cursor)->integer(0) : 0;
}

}  // namespace scim::sql
