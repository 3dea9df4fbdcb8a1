// SPDX-License-Identifier: MIT
#include "core/search.h"

#include <algorithm>
#include <deque>
#include <functional>

#include "core/answer.h"
#include "core/cursor.h"
#include "core/filter.h"
#include "core/parameters.h"
#include "core/render.h"
#include "core/sight.h"
#include "core/validate.h"

namespace scim {
namespace {

/// One query for each type that is asked, and what they point to.
struct Queries {
  std::vector<Predicate> predicates;   // by type
  std::deque<Projection> projections;  // by type; in place
  std::vector<Query> each;
};

std::vector<const ResourceType*> types_of(const Route& route, const App& app) {
  if (route.type != nullptr) return {route.type};
  std::vector<const ResourceType*> types;
  for (const auto& type : app.registry.types()) {
    if (app.leniency->sight().shows(*type)) types.push_back(type.get());
  }
  return types;
}

Result<std::vector<Predicate>> bind_filter(const Parameters& parameters, const std::vector<const ResourceType*>& types,
                                           const App& app) {
  if (!parameters.filter) return std::vector<Predicate>(types.size(), constant(true));
  SCIM_ASSIGN(const Filter filter, parse_filter(*parameters.filter, app.config.filter));
  return bind_types(filter, types, *app.leniency);
}

Result<Queries> plan_queries(const Route& route, const Request& request, const Parameters& parameters, const App& app) {
  const std::vector<const ResourceType*> types = types_of(route, app);
  Queries queries;
  SCIM_ASSIGN(queries.predicates, bind_filter(parameters, types, app));
  for (std::size_t i = 0; i < types.size(); ++i) {
    queries.projections.push_back(
        Projection::from_parameters(*types[i], parameters.attributes, parameters.excluded_attributes));
    queries.projections.back().hide(*types[i], app.leniency->sight().hidden());
    Query query;
    query.type = types[i];
    query.where = &queries.predicates[i];
    query.projection = &queries.projections.back();
    query.base_url = request.base_url;
    if (!parameters.sort_by.empty()) {
      SCIM_ASSIGN(const Attribute* by, bind_sort(parameters.sort_by, *types[i], app.leniency->sight()));
      query.sort = Sort{by, parameters.sort_order};
    }
    queries.each.push_back(std::move(query));
  }
  // What nobody has does not sort (ambiguities A-54): the order is as without (http-cases HC-098).
  const bool sorts = std::any_of(queries.each.begin(), queries.each.end(),
                                 [](const Query& query) { return query.sort && query.sort->by != nullptr; });
  if (!sorts) {
    for (Query& query : queries.each) query.sort.reset();
  }
  return queries;
}

/// What a cursor is good for: the same query, asked by the same client with the same rights (RFC 9865 2 and 5.2). What is
/// shown of the resources may change (ambiguities A-56).
std::string cursor_context(const Route& route, const Parameters& parameters, const Scope& scope) {
  const Json context = {scope.subject(), route.type == nullptr ? "/" : route.type->endpoint,
                        parameters.filter ? Json(*parameters.filter) : Json(), parameters.sort_by,
                        parameters.sort_order == SortOrder::ascending ? "ascending" : "descending"};
  return to_text(context);
}

std::int64_t page_size(std::optional<std::int64_t> count, const App& app) {
  return std::min(count.value_or(app.config.default_results), app.config.max_results);
}

/// A list as it is written, from its beginning to the last resource.
Result<Found> write_resources(Queries& queries, Answer& answer, const Outcome& head, App& app) {
  const auto announce = [&](std::string_view) {
    answer.release(head);
    return Want::resources;
  };
  for (Query& query : queries.each) query.announce = std::cref(announce);
  SCIM_ASSIGN(const auto transaction, app.store.begin(Store::Mode::read));
  begin_list(answer.json());
  if (queries.each.size() == 1) return transaction->search(queries.each.front(), answer.json());
  return transaction->search_all(queries.each, answer.json());
}

Result<Outcome> page_by_index(Queries queries, const Request& request, const Parameters& parameters, App& app) {
  const std::int64_t start_index = parameters.start_index.value_or(1);
  for (Query& query : queries.each) {
    query.offset = start_index - 1;
    query.limit = page_size(parameters.count, app);
  }
  const Outcome head;
  Answer answer(request);
  SCIM_ASSIGN(const Found found, write_resources(queries, answer, head, app));
  end_list({found.total, found.returned, start_index, {}, {}}, answer.json());
  return answer.finish(head);
}

/// The position to go on from, none for the first page; invalidCursor, expiredCursor, invalidCount (ambiguities A-55).
Result<std::optional<Cursor>> open_cursor(const Parameters& parameters, CursorSeal& seal, const std::string& context) {
  if (parameters.cursor->empty()) return std::nullopt;
  SCIM_ASSIGN(Cursor cursor, seal.unseal(*parameters.cursor, context));
  // Whoever says nothing wants what was asked for at first.
  if (parameters.count && parameters.count != cursor.count) {
    return fail(ErrorKind::invalid_count, "count must stay the same from page to page");
  }
  return std::optional<Cursor>(std::move(cursor));
}

Result<Outcome> page_by_cursor(Queries queries, const Request& request, const Parameters& parameters,
                               const std::string& context, App& app) {
  SCIM_ASSIGN(CursorSeal seal, CursorSeal::open(app.tokens, std::chrono::seconds(app.config.cursor_timeout_s), app.env));
  SCIM_ASSIGN(const std::optional<Cursor> cursor, open_cursor(parameters, seal, context));
  const std::optional<std::int64_t> count = cursor ? cursor->count : parameters.count;
  for (Query& query : queries.each) {
    query.paging = Paging::by_position;
    query.limit = page_size(count, app);
    if (cursor) query.anchor = cursor->anchor;
  }
  const Outcome head;
  Answer answer(request);
  SCIM_ASSIGN(const Found found, write_resources(queries, answer, head, app));
  ListPage page{found.total, found.returned, std::nullopt, {}, {}};
  if (found.has_after) page.next_cursor = seal.seal({{found.last, Anchor::Side::after}, count}, context);
  if (found.has_before) page.previous_cursor = seal.seal({{found.first, Anchor::Side::before}, count}, context);
  end_list(page, answer.json());
  return answer.finish(head);
}

Result<Outcome> query(const Route& route, const Request& request, const Parameters& parameters, const Scope& scope, App& app) {
  SCIM_ASSIGN(Queries queries, plan_queries(route, request, parameters, app));
  if (!parameters.cursor) return page_by_index(std::move(queries), request, parameters, app);
  return page_by_cursor(std::move(queries), request, parameters, cursor_context(route, parameters, scope), app);
}

}  // namespace

Result<Outcome> list(const Route& route, const Request& request, const Scope& scope, App& app) {
  SCIM_ASSIGN(const Parameters parameters, parse_parameters(request.query, *app.leniency));
  return query(route, request, parameters, scope, app);
}

Result<Outcome> search(const Route& route, const Request& request, const Scope& scope, App& app) {
  SCIM_ASSIGN(const Json body, parse_json(request.body, app.config.json));
  SCIM_ASSIGN(const Parameters parameters, parse_search_request(body, *app.leniency));
  return query(route, request, parameters, scope, app);
}

}  // namespace scim
