// SPDX-License-Identifier: MIT
#include "cli/pages.h"

#include <algorithm>

#include "core/text.h"

namespace scim::cli {
namespace {

/// Where the next page begins: startIndex counts what has been seen, a cursor is what the server gave.
class Place {
 public:
  Place(PagedBy paging, std::int64_t first) : paging_(first > 1 ? PagedBy::index : paging), first_(first) {}

  void append_to(std::string& query) const {
    switch (paging_) {
      case PagedBy::index: append_parameter(query, "startIndex", std::to_string(first_ + seen_)); break;
      case PagedBy::cursor:  // an empty one asks for the first page
        query += (query.empty() ? "cursor=" : "&cursor=") + percent_encode(cursor_);
        break;
    }
  }
  /// False: that was the last page.
  Try<bool> advance(const Json& list, const Json& resources) {
    seen_ += static_cast<std::int64_t>(resources.size());
    switch (paging_) {
      case PagedBy::cursor: cursor_ = list.value("nextCursor", ""); return !cursor_.empty();
      case PagedBy::index: break;
    }
    if (resources.empty() || first_ - 1 + seen_ >= list.value("totalResults", std::int64_t{0})) return false;
    const std::string id = resources.front().value("id", "");
    if (id == page_id_) return fail(ErrorKind::internal, "the server gives the same page again and again: it does not know startIndex");
    page_id_ = id;
    return true;
  }
  std::int64_t seen() const { return seen_; }

 private:
  const PagedBy paging_;
  const std::int64_t first_;
  std::int64_t seen_ = 0;
  std::string cursor_;
  std::string page_id_;  // of its first resource
};

}  // namespace

Try<Envelope> walk_resources(Backend& backend, const ResourceType& type, const Walk& walk, const std::function<void(Json)>& take) {
  std::string query = walk.query;
  append_parameter(query, "filter", walk.filter);
  // The same for each page: a cursor is good for no other (RFC 9865 2.1).
  append_parameter(query, "count", std::to_string(std::min(walk.limit.value_or(walk.page), walk.page)));
  Envelope list{Envelope::Kind::list_response, 0, walk.first};
  SCIM_ASSIGN(const Features features, backend.features());
  Place place(features.paging, walk.first);
  std::int64_t taken = 0;
  for (bool is_more = true; is_more;) {
    std::string page = query;
    place.append_to(page);
    SCIM_ASSIGN(Json answer, backend.send(request_for("GET", type.endpoint, std::move(page))));
    list.total = answer.value("totalResults", std::int64_t{0});
    Json& resources = answer["Resources"];
    SCIM_ASSIGN(is_more, place.advance(answer, resources));
    for (Json& resource : resources) {
      if (taken == walk.limit) break;  // some servers give more than was asked for
      take(std::move(resource));
      ++taken;
    }
    if (taken == walk.limit) break;
  }
  return list;
}

Try<std::int64_t> for_each_resource(Backend& backend, const ResourceType& type, std::string_view filter, std::string query,
                                    const std::function<void(Json)>& take) {
  std::int64_t seen = 0;
  const auto count = [&](Json resource) {
    ++seen;
    take(std::move(resource));
  };
  SCIM_TRY(walk_resources(backend, type, {std::string(filter), std::move(query)}, count));
  return seen;
}

}  // namespace scim::cli
