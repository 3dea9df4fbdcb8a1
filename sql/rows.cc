// SPDX-License-Identifier: MIT
#include "sql/rows.h"

#include <algorithm>
#include <map>

#include "sql/page.h"
#include "sql/row_search.h"

namespace scim::sql {
namespace {

/// Most lists and every lookup: what matches, as it comes, in one statement.
Result<Found> write_plain(Db& db, const Query& query, const CompileContext& context, JsonWriter& out, Unseen& unseen) {
  Found found;
  RowSearch search(db, query, context, unseen);
  if (query.limit > 0) SCIM_TRY(search.read());
  if (query.announce && search.count() > 0) SCIM_TRY(search.foresee());
  if (!unseen.empty()) return found;
  if (query.announce && search.count() > 0 && query.announce(search.only_version()) == Want::nothing) {
    found.returned = search.count();
    found.version = search.only_version();
    return found;
  }
  for (; found.returned < search.count(); ++found.returned) SCIM_TRY(search.write(static_cast<std::size_t>(found.returned), out));
  found.version = search.version();
  const bool is_last_page = found.returned < query.limit && (found.returned > 0 || query.offset == 0);
  const bool is_all = query.offset == 0 && search.count() >= most_matches(*query.where);
  if (is_last_page || is_all) {
    found.total = query.offset + found.returned;
    return found;
  }
  if (search.total()) {
    found.total = *search.total();
    return found;
  }
  switch (query.total) {
    case Query::Total::left: return found;
    case Query::Total::counted: break;
  }
  SCIM_ASSIGN(found.total, count_rows(db, query, context));
  return found;
}

Result<std::int64_t> count_all(Db& db, std::span<const Query> queries, const CompileContext& context) {
  std::int64_t total = 0;
  for (const Query& query : queries) {
    SCIM_ASSIGN(const std::int64_t count, count_rows(db, query, context));
    total += count;
  }
  return total;
}

}  // namespace

Result<Found> write_rows(Db& db, std::span<const Query> queries, const CompileContext& context, JsonWriter& out, Unseen& unseen) {
  const bool is_plain = queries.size() == 1 && !queries.front().sort && queries.front().paging == Paging::by_index;
  if (is_plain) return write_plain(db, queries.front(), context, out, unseen);
  SCIM_ASSIGN(const Page page, find_page(db, queries, context));
  std::map<std::size_t, std::vector<Cell>> keys;
  for (const Hit& hit : page.hits) keys[hit.query].push_back(hit.key);
  std::map<std::size_t, RowSearch> searches;
  for (const auto& [query, of_query] : keys) {
    RowSearch& search = searches.try_emplace(query, db, queries[query], context, unseen).first->second;
    SCIM_TRY(search.read(of_query));
    if (queries.front().announce) SCIM_TRY(search.foresee());
  }
  Found found;
  if (!unseen.empty()) return found;
  if (queries.front().announce && queries.front().announce({}) == Want::nothing) return found;
  for (const Hit& hit : page.hits) {
    RowSearch& search = searches.at(hit.query);
    SCIM_TRY(search.write(hit.key, out));
    found.version = search.version();
  }
  found.returned = std::ssize(page.hits);
  if (queries.front().paging == Paging::by_position && !page.hits.empty()) {
    found.first = position_of(page.hits.front(), queries);
    found.last = position_of(page.hits.back(), queries);
    found.has_before = page.has_before;
    found.has_after = page.has_after;
  }
  if (page.total) {
    found.total = *page.total;
    return found;
  }
  switch (queries.front().total) {
    case Query::Total::left: return found;
    case Query::Total::counted: break;
  }
  SCIM_ASSIGN(found.total, count_all(db, queries, context));
  return found;
}

Result<Found> write_rows(Db& db, const Query& query, const CompileContext& context, JsonWriter& out, Unseen& unseen) {
  return write_rows(db, std::span(&query, 1), context, out, unseen);
}

Result<std::vector<Resource>> read_rows(Db& db, const Query& query, const CompileContext& context, Unseen& unseen) {
  JsonWriter out;
  out.begin_array();
  SCIM_TRY(write_rows(db, query, context, out, unseen));
  if (!unseen.empty()) return std::vector<Resource>();
  out.end_array();
  // Our own text, and values as the application has them: what a client may not send can stand there.
  Json bodies = Json::parse(out.text(), nullptr, false);
  if (bodies.is_discarded()) return fail(ErrorKind::internal, "a resource could not be read back");
  std::vector<Resource> resources;
  for (Json& body : bodies) resources.push_back({query.type, std::move(body)});
  return resources;
}

}  // namespace scim::sql
