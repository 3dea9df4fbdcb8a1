// SPDX-License-Identifier: MIT
#include "cli/pages.h"

#include <algorithm>

#include "core/text.h"

namespace scim::cli {
namespace {

/// Where the next page begins: startIndex counts what has been seen, a cursor is what the server gave.
class Place {
 public:
  Place(PagedBy paged_by, std::int64_t first) : paged_by_(first > 1 ? PagedBy::index : paged_by), first_(first) {}

  void append_to(std::string& query) const {
    switch (paged_by_) {
      case PagedBy::index: append_parameter(query, "startIndex", std::to_string(first_ + seen_)); break;
      case PagedBy::cursor:  // an empty one asks for the first page
        query += (query.empty() ? "cursor=" : "&cursor=") + percent_encode(cursor_);
        break;
    }
  }
  /// False: that was the last page.
  Try<bool> advance(const ListPage& page) {
    const bool is_first = seen_ == 0;
    seen_ += static_cast<std::int64_t>(page.resources.size());
    const bool is_complete = first_ - 1 + seen_ >= page.total;
    switch (paged_by_) {
      case PagedBy::cursor:
        if (is_first && page.next_cursor.empty() && !is_complete) paged_by_ = PagedBy::index;  // says that it has cursors, and has none
        else return advance_cursor(page);
        break;
      case PagedBy::index: break;
    }
    return is_complete ? Try<bool>(false) : advance_index(page);
  }

 private:
  Try<bool> advance_cursor(const ListPage& page) {
    if (!page.next_cursor.empty() && page.next_cursor == cursor_) return repeated("cursor");
    cursor_ = page.next_cursor;
    return !cursor_.empty();
  }
  Try<bool> advance_index(const ListPage& page) {
    if (page.resources.empty()) {
      return fail(ErrorKind::internal, "the server says that there are " + std::to_string(page.total) + ", and gives " + std::to_string(seen_));
    }
    Json id = page.resources.front().value("id", Json());
    if (id == page_id_) return repeated("startIndex");
    page_id_ = std::move(id);
    return true;
  }
  static tl::unexpected<Error> repeated(const std::string& parameter) {
    return fail(ErrorKind::internal, "the server gives the same page again and again: it does not know " + parameter);
  }

  PagedBy paged_by_;
  const std::int64_t first_;
  std::int64_t seen_ = 0;
  std::string cursor_;
  Json page_id_ = Json::object();  // of its first resource
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
    SCIM_ASSIGN(ListPage answer, backend.send_for_list(request_for("GET", type.endpoint, std::move(page))));
    list.total = answer.total;
    const bool is_enough = walk.limit && taken + static_cast<std::int64_t>(answer.resources.size()) >= *walk.limit;
    if (!is_enough) {
      SCIM_ASSIGN(is_more, place.advance(answer));
    }
    for (Json& resource : answer.resources) {
      if (taken == walk.limit) break;  // some servers give more than was asked for
      take(std::move(resource));
      ++taken;
    }
    if (is_enough) break;
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
