// SPDX-License-Identifier: MIT
// Resources in memory, for tests of what stands above the store: no constraints, no SQL.
#pragma once

#include <algorithm>
#include <utility>

#include "core/match.h"
#include "core/store.h"

namespace scim::test {

class MemoryStore : public Store {
 public:
  static constexpr std::string_view kVersion = "W/\"1\"";  ///< of everything
  std::vector<Resource> resources;

  Result<std::unique_ptr<scim::Transaction>> begin(Mode) override { return std::make_unique<Working>(resources); }
  /// The body of the only resource with this id.
  const Json& body(const std::string& id) const {
    return std::find_if(resources.begin(), resources.end(), [&](const Resource& r) { return r.id() == id; })->body;
  }

 private:
  /// A copy, kept by commit().
  class Working : public scim::Transaction {
   public:
    explicit Working(std::vector<Resource>& kept) : kept_(kept), working_(kept) {}

    Result<Found> search(const Query& query, JsonWriter& out) override {
      Found found;
      for (const Resource& resource : matching(query)) {
        if (found.total++ < query.offset || found.returned == query.limit) continue;
        out.value(resource.body);
        found.version = kVersion;
        ++found.returned;
      }
      return found;
    }
    Result<std::vector<Resource>> read(const Query& query) override { return matching(query); }
    Result<std::int64_t> count(const Query& query) override { return static_cast<std::int64_t>(matching(query).size()); }
    Result<std::string> insert(const Resource& resource) override {
      Resource& added = working_.emplace_back(resource);
      added.body["id"] = std::to_string(working_.size());
      added.body["meta"] = {{"resourceType", resource.type->name}, {"version", std::string(kVersion)}};
      return std::string(added.id());
    }
    Result<Effect> update(const ResourceType&, std::string_view id, const Changes& changes) override {
      for (Resource& resource : working_) {
        if (resource.id() == id) scim::apply(changes, resource);
      }
      return Effect::changed;
    }
    Result<void> remove(const ResourceType&, std::string_view id) override {
      std::erase_if(working_, [&](const Resource& resource) { return resource.id() == id; });
      return {};
    }
    Result<void> commit() override {
      kept_ = working_;
      return {};
    }

   private:
    std::vector<Resource> matching(const Query& query) const {
      std::vector<Resource> found;
      for (const Resource& resource : working_) {
        if (resource.type != query.type || !match(*query.where, resource.body)) continue;
        Resource& copy = found.emplace_back(resource);
        for (const Attribute& attribute : query.type->attributes) {
          if (!query.projection->wants(attribute)) copy.body.erase(attribute.name);
        }
      }
      return found;
    }
    std::vector<Resource>& kept_;
    std::vector<Resource> working_;
  };
};

}  // namespace scim::test
