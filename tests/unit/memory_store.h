// SPDX-License-Identifier: MIT
// Resources in memory, for tests of what stands above the store, and to compare SQL with: no constraints, no SQL.
#pragma once

#include <algorithm>
#include <utility>

#include "core/match.h"
#include "core/store.h"

namespace scim::test {

/// Resources of one or several queries as one line, and a page of it: store.h in a few lines that are easy to believe.
class MemoryLine {
 public:
  /// `matching[i]`: what query i finds, in the order of creation. `birth(resource)`: its number in that order.
  template <class Birth>
  MemoryLine(const std::vector<Query>& queries, std::vector<std::vector<Resource>> matching, Birth birth)
      : first_(queries.front()) {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const Attribute* by = queries[i].sort ? queries[i].sort->by : nullptr;
      for (Resource& resource : matching[i]) {
        Place place{i, birth(resource), standing(by, resource), std::move(resource)};
        line_.push_back(std::move(place));
      }
    }
    std::stable_sort(line_.begin(), line_.end(), [&](const Place& a, const Place& b) { return is_before(a, b); });
  }

  std::int64_t total() const { return std::ssize(line_); }

  /// `write` is called for each resource of the page.
  template <class Write>
  Result<Found> page(Write write) const {
    std::int64_t begin = std::min(first_.offset, total());
    std::int64_t end = begin + std::min(first_.limit, total() - begin);
    if (first_.paging == Paging::by_position) {
      begin = 0;
      end = std::min(first_.limit, total());
      if (first_.anchor) {
        const std::optional<Place> anchor = place_of(first_.anchor->position);
        if (!anchor) return fail(ErrorKind::invalid_cursor, "the cursor is not valid");
        const auto less = [&](const Place& a, const Place& b) { return is_before(a, b); };
        if (first_.anchor->side == Anchor::Side::after) {
          begin = std::upper_bound(line_.begin(), line_.end(), *anchor, less) - line_.begin();
          end = begin + std::min(first_.limit, total() - begin);
        } else {
          end = std::lower_bound(line_.begin(), line_.end(), *anchor, less) - line_.begin();
          begin = end - std::min(first_.limit, end);
        }
      }
    }
    Found found;
    found.total = total();
    for (std::int64_t i = begin; i < end; ++i) write(line_[static_cast<std::size_t>(i)].resource);
    found.returned = end - begin;
    if (first_.paging == Paging::by_index || found.returned == 0) return found;
    found.first = position(line_[static_cast<std::size_t>(begin)]);
    found.last = position(line_[static_cast<std::size_t>(end - 1)]);
    found.has_before = begin > 0;
    found.has_after = end < total();
    return found;
  }

 private:
  struct Place {
    std::size_t query = 0;
    std::int64_t birth = 0;
    Standing where;
    Resource resource;
  };

  bool is_before(const Place& a, const Place& b) const {
    if (!first_.sort) return std::pair(a.query, a.birth) < std::pair(b.query, b.birth);
    if (stands_before(first_.sort->order, a.where, b.where)) return true;
    return !stands_before(first_.sort->order, b.where, a.where) && a.query < b.query;
  }
  Position position(const Place& place) const {
    const Json key = std::visit([](const auto& value) { return to_json(value); }, place.where.key);
    return Json::array({place.query, place.birth, key, place.where.id});
  }
  static Json to_json(std::monostate) { return nullptr; }
  template <class T>
  static Json to_json(const T& value) {
    return value;
  }
  static std::optional<Place> place_of(const Position& position) {
    if (!position.is_array() || position.size() != 4) return std::nullopt;
    Place place;
    place.query = position[0].get<std::size_t>();
    place.birth = position[1].get<std::int64_t>();
    const Json& key = position[2];
    if (key.is_string()) place.where.key = key.get<std::string>();
    else if (key.is_number_float()) place.where.key = key.get<double>();
    else if (key.is_number()) place.where.key = key.get<std::int64_t>();
    place.where.id = position[3].get<std::string>();
    return place;
  }

  const Query& first_;
  std::vector<Place> line_;
};

class MemoryStore : public Store {
 public:
  static constexpr std::string_view kVersion = "W/\"1\"";  ///< of everything
  std::vector<Resource> resources;

  Result<std::unique_ptr<scim::Transaction>> begin(Mode) override {
    for (const Resource& resource : resources) {
      const std::string id(resource.id());
      if (std::find(born_.begin(), born_.end(), id) == born_.end()) born_.push_back(id);
    }
    return std::make_unique<Working>(*this);
  }
  /// The body of the only resource with this id.
  const Json& body(const std::string& id) const {
    return std::find_if(resources.begin(), resources.end(), [&](const Resource& r) { return r.id() == id; })->body;
  }

 private:
  /// A copy, kept by commit().
  class Working : public scim::Transaction {
   public:
    explicit Working(MemoryStore& store) : store_(store), working_(store.resources), born_(store.born_) {}

    Result<Found> search(const Query& query, JsonWriter& out) override { return search_all({query}, out); }
    Result<Found> search_all(const std::vector<Query>& queries, JsonWriter& out) override {
      std::vector<std::vector<Resource>> matching;
      for (const Query& query : queries) matching.push_back(all_matching(query));
      const MemoryLine line(queries, std::move(matching), [&](const Resource& resource) {
        return std::find(born_.begin(), born_.end(), resource.id()) - born_.begin();
      });
      auto found = line.page([&](const Resource& resource) { out.value(shown(resource, queries)); });
      if (found && found->returned > 0) found->version = kVersion;
      return found;
    }
    Result<std::vector<Resource>> read(const Query& query) override {
      std::vector<Resource> found = all_matching(query);
      for (Resource& resource : found) resource.body = shown(resource, {query});
      return found;
    }
    Result<std::int64_t> count(const Query& query) override { return std::ssize(all_matching(query)); }
    Result<bool> has_more_members(const ResourceType&, std::string_view id, std::int64_t limit) override {
      const auto has_more = [&](const Resource& resource) {
        return resource.id() == id && std::ssize(resource.body.value("members", Json::array())) > limit;
      };
      return std::any_of(working_.begin(), working_.end(), has_more);
    }
    Result<Inserted> insert(const Resource& resource) override {
      Resource& added = working_.emplace_back(resource);
      born_.push_back(std::to_string(born_.size() + 1));
      added.body["id"] = born_.back();
      added.body["meta"] = {{"resourceType", resource.type->name}, {"version", std::string(kVersion)}};
      return Inserted{std::string(added.id()), {}};
    }
    Result<Update> update(const ResourceType&, std::string_view id, const Changes& changes) override {
      for (Resource& resource : working_) {
        if (resource.id() == id) scim::apply(changes, resource);
      }
      return Update{Effect::changed, {}};
    }
    Result<Removed> remove(const ResourceType&, std::string_view id) override {
      std::erase_if(working_, [&](const Resource& resource) { return resource.id() == id; });
      return Removed{Removal::deleted, {}};
    }
    Result<void> commit() override {
      store_.resources = working_;
      store_.born_ = born_;
      return {};
    }
    Result<void> begin_part() override {
      before_part_ = working_;
      return {};
    }
    Result<void> keep_part() override { return {}; }
    void undo_part() noexcept override { working_ = std::exchange(before_part_, {}); }

   private:
    std::vector<Resource> all_matching(const Query& query) const {
      std::vector<Resource> found;
      for (const Resource& resource : working_) {
        if (resource.type == query.type && match(*query.where, resource.body)) found.push_back(resource);
      }
      return found;
    }
    static Json shown(const Resource& resource, const std::vector<Query>& queries) {
      Json body = resource.body;
      for (const Query& query : queries) {
        if (query.type != resource.type) continue;
        for (const Attribute& attribute : query.type->attributes) {
          if (!query.projection->wants(attribute)) body.erase(attribute.name);
        }
      }
      return body;
    }

    MemoryStore& store_;
    std::vector<Resource> working_;
    std::vector<Resource> before_part_;
    std::vector<std::string> born_;
  };

  std::vector<std::string> born_;  // all ids that there ever were, in the order of creation
};

}  // namespace scim::test
