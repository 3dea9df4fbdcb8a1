// SPDX-License-Identifier: MIT
// Sorted listings and walks from page to page, by SQL and in memory.
#pragma once

#include <map>
#include <set>

#include "core/sight.h"
#include "tests/unit/filter_store.h"
#include "tests/unit/memory_store.h"

namespace scim::test {

class SortStore : public FilterStore {
 protected:
  using FilterStore::FilterStore;

  using Ids = std::vector<std::string>;

  /// A query that shows ids. Its parts are kept here.
  struct Listing {
    const ResourceType* type;
    Predicate where;
    Projection projection;
    std::optional<Sort> sort;

    Query query(std::int64_t limit = 1000) const {
      Query query;
      query.type = type;
      query.where = &where;
      query.projection = &projection;
      query.base_url = kBaseUrl;
      query.limit = limit;
      query.sort = sort;
      return query;
    }
  };
  Listing listing(const char* type_name, std::optional<Sort> sort = {}, Predicate where = {}) const {
    return {&type(type_name), std::move(where), Projection::from_parameters(type(type_name), "id", ""), sort};
  }
  /// By what `path` names; nullptr: nothing that the type knows.
  const Attribute* attribute(const char* type_name, std::string_view path) const { return bind_sort(path, type(type_name), Sight()).value(); }

  struct Shown {
    Found found;
    Ids ids;
  };
  static Ids ids_of(JsonWriter& out) {
    out.end_array();
    Ids ids;
    for (const Json& resource : Json::parse(out.text())) ids.push_back(resource["id"].get<std::string>());
    return ids;
  }
  Shown search(const std::vector<Query>& queries) {
    const auto transaction = store_->begin(Store::Mode::read).value();
    JsonWriter out;
    out.begin_array();
    const auto found = queries.size() == 1 ? transaction->search(queries.front(), out) : transaction->search_all(queries, out);
    if (!found) throw std::runtime_error(found.error().detail);
    return {*found, ids_of(out)};
  }

  /// All that can be sorted by: every attribute that has a value or values that are simple.
  static void collect(const std::vector<Attribute>& attributes, std::vector<const Attribute*>& found) {
    for (const Attribute& attribute : attributes) {
      if (attribute.type != Type::complex && attribute.is_kept && attribute.returned != Returned::never) found.push_back(&attribute);
      collect(attribute.sub_attributes, found);
    }
  }
  std::vector<const Attribute*> sortable(const char* type_name) const {
    std::vector<const Attribute*> found;
    collect(type(type_name).attributes, found);
    return found;
  }
  static std::string name_of(const Sort& sort) {
    return (sort.by == nullptr ? "nothing" : sort.by->path()) + (sort.order == SortOrder::ascending ? " ascending" : " descending");
  }

  Ids sorted(std::vector<Resource> resources, const Sort& sort) const {
    std::sort(resources.begin(), resources.end(), [&](const Resource& a, const Resource& b) {
      return stands_before(sort.order, standing(sort.by, a), standing(sort.by, b));
    });
    Ids ids;
    for (const Resource& resource : resources) ids.emplace_back(resource.id());
    return ids;
  }

  /// SQL's order by each attribute is that of stands_before(), in both directions; how many of them tell resources apart.
  int compare_orders(const char* type_name) {
    const std::vector<Resource> resources = read_all(type(type_name));
    int telling = 0;
    std::vector<const Attribute*> attributes = sortable(type_name);
    attributes.push_back(nullptr);
    for (const Attribute* by : attributes) {
      for (const SortOrder order : {SortOrder::ascending, SortOrder::descending}) {
        const Sort sort{by, order};
        const Ids expected = sorted(resources, sort);
        EXPECT_EQ(search({listing(type_name, sort).query()}).ids, expected) << type_name << " by " << name_of(sort) << "\nseed " << seed_;
        if (by != nullptr && order == SortOrder::ascending) telling += expected != sorted(resources, {nullptr, order});
      }
    }
    return telling;
  }

  /// Page after page, to the last one, and back again; `limit()` says how many fit on the next page. Calls `visit` for
  /// each page.
  template <class Limit, class Visit>
  void walk(std::vector<Query> queries, Anchor::Side side, Position from, Limit limit, Visit visit) {
    for (Query& query : queries) query.paging = Paging::by_position;
    for (int page = 0; page < 1000; ++page) {
      for (Query& query : queries) {
        query.limit = limit();
        query.anchor.reset();
        if (!from.is_null()) query.anchor = Anchor{from, side};
      }
      const Shown shown = search(queries);
      visit(shown);
      const bool goes_on = side == Anchor::Side::after ? shown.found.has_after : shown.found.has_before;
      if (!goes_on) return;
      from = side == Anchor::Side::after ? shown.found.last : shown.found.first;
    }
    ADD_FAILURE() << "the walk does not end";
  }

  /// Walks both ways, through pages of random sizes, and expects `whole`.
  void expect_walks(const std::vector<Query>& queries, const Ids& whole, const std::string& name) {
    SCOPED_TRACE(name + ", seed " + std::to_string(seed_));
    const auto limit = [&] { return static_cast<std::int64_t>(random_.below(9)) + 1; };
    Ids seen;
    std::size_t first_of_last_page = 0;
    Position last_page;
    walk(queries, Anchor::Side::after, nullptr, limit, [&](const Shown& page) {
      EXPECT_EQ(page.found.total, std::ssize(whole));
      EXPECT_EQ(page.found.has_before, !seen.empty());
      EXPECT_EQ(page.found.returned, std::ssize(page.ids));
      first_of_last_page = seen.size();
      last_page = page.found.first;
      seen.insert(seen.end(), page.ids.begin(), page.ids.end());
    });
    EXPECT_EQ(seen, whole);
    Ids back(whole.begin() + static_cast<std::ptrdiff_t>(std::min(first_of_last_page, whole.size())), whole.end());
    if (first_of_last_page == 0) return;
    walk(queries, Anchor::Side::before, last_page, limit, [&](const Shown& page) {
      EXPECT_EQ(page.found.total, std::ssize(whole));
      EXPECT_TRUE(page.found.has_after);
      back.insert(back.begin(), page.ids.begin(), page.ids.end());
    });
    EXPECT_EQ(back, whole);
  }

  /// Walks by random attributes and filters are the listings by index, cut at random.
  void compare_walks(const char* type_name, long rounds) {
    const std::vector<const Attribute*> attributes = sortable(type_name);
    Texts texts;
    note_texts(read_all(type(type_name)), texts);
    FilterWriter writer(type(type_name), random_, std::move(texts));
    for (long round = 0; round < rounds && !HasFailure(); ++round) {
      std::optional<Sort> sort;
      if (round % 8 != 0) sort = Sort{random_.pick(attributes), random_.chance(0.5) ? SortOrder::ascending : SortOrder::descending};
      const std::string filter = round % 3 == 0 ? writer.write(1) : "";
      const Predicate where = filter.empty() ? Predicate() : bind(parse_filter(filter).value(), type(type_name)).value();
      const Listing wanted = listing(type_name, sort, where);
      const Ids whole = search({wanted.query()}).ids;
      expect_walks({wanted.query()}, whole, std::string(type_name) + " by " + (sort ? name_of(*sort) : "creation") + " " + filter);
      for (int page = 0; page < 3; ++page) expect_slice({wanted.query()}, whole);
    }
  }
  /// A page by index is a slice of the whole.
  void expect_slice(std::vector<Query> queries, const Ids& whole) {
    const auto offset = static_cast<std::int64_t>(random_.below(whole.size() + 3));
    const auto limit = static_cast<std::int64_t>(random_.below(12));
    for (Query& query : queries) {
      query.offset = offset;
      query.limit = limit;
    }
    const Shown shown = search(queries);
    const auto begin = whole.begin() + std::min(offset, std::ssize(whole));
    const auto end = begin + std::min(limit, whole.end() - begin);
    EXPECT_EQ(shown.ids, Ids(begin, end)) << offset << "+" << limit;
    EXPECT_EQ(shown.found.total, std::ssize(whole));
  }

  /// What store.h says of queries over several types, in memory.
  Ids listing_in_memory(const std::vector<Query>& queries) {
    std::vector<std::vector<Resource>> matching;
    std::map<std::string, std::int64_t> births;
    for (const Query& query : queries) {
      for (Resource& resource : matching.emplace_back(read_all(*query.type))) births.emplace(resource.id(), std::ssize(births));
      std::erase_if(matching.back(), [&](const Resource& resource) { return !match(*query.where, resource.body); });
    }
    const MemoryLine line(queries, std::move(matching), [&](const Resource& resource) { return births.at(std::string(resource.id())); });
    Ids ids;
    EXPECT_TRUE(line.page([&](const Resource& resource) { ids.emplace_back(resource.id()); }));
    return ids;
  }

  /// Walks while `disturb` adds and removes resources between the pages (it says which it has removed): who lives
  /// throughout is seen once, and nobody twice. How many were there at first and did not survive.
  template <class Disturb>
  std::size_t expect_all_survivors(const std::vector<Query>& queries, const std::string& name, Disturb disturb) {
    SCOPED_TRACE(name + ", seed " + std::to_string(seed_));
    const Ids before = search(queries).ids;
    std::set<std::string> survivors(before.begin(), before.end());
    std::map<std::string, int> seen;
    const auto limit = [&] { return static_cast<std::int64_t>(random_.below(5)) + 1; };
    walk(queries, Anchor::Side::after, nullptr, limit, [&](const Shown& page) {
      for (const std::string& id : page.ids) ++seen[id];
      for (const std::string& id : disturb()) survivors.erase(id);
    });
    EXPECT_GT(survivors.size(), before.size() / 4);
    for (const std::string& id : survivors) EXPECT_EQ(seen[id], 1) << id;
    for (const auto& [id, times] : seen) EXPECT_LE(times, 1) << id;
    return before.size() - survivors.size();
  }

  /// Ids in another order than that of creation: only so do they break ties.
  void shuffle_ids(const char* type_name) {
    const sql::TypeMapping& mapping = served_.mapping.of(type(type_name));
    const std::string& table = mapping.tables[static_cast<std::size_t>(mapping.link.id.table)].name;
    const std::string column = sql::identifier(mapping.link.id.name);
    for (const std::string& id : search({listing(type_name).query()}).ids) {
      const std::string fresh = std::to_string(random_.below(1'000'000)) + '-' + id;
      run("UPDATE " + sql::identifier(table) + " SET " + column + " = ? WHERE " + column + " = ?", {fresh, id});
    }
  }
};

}  // namespace scim::test
