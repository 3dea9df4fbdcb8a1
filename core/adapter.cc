// SPDX-License-Identifier: MIT
#include "core/adapter.h"

#include <algorithm>

#include "core/forwarding_transaction.h"
#include "core/validate.h"

namespace scim {
namespace {

/// Changed by from_scim: not what is the server's, nor memberships, which come as deltas.
bool is_adapted(const Attribute& attribute) {
  return !attribute.is_membership() && !is_schemas(attribute) && attribute.mutability != Mutability::read_only;
}

Json member_or_null(const Json& object, const std::string& name) {
  const Json* found = find_member(object, name);
  return found == nullptr ? Json() : *found;
}

/// Takes the attributes of `given` that differ from `shown`. The others stay: rows that the application has written may
/// hold what a client could not send.
Result<void> take_over(Resource& resource, const Json& shown, const Json& given) {
  for (const Attribute& attribute : resource.type->attributes) {
    const Json value = member_or_null(given, attribute.name);
    if (!is_adapted(attribute) || value == member_or_null(shown, attribute.name)) continue;
    SCIM_ASSIGN(Json canonical, canonical_value(attribute, value, Shape::whole));
    assign_value(resource.body, attribute, std::move(canonical));
    SCIM_TRY(check_values(attribute, resource.body));
    const Attribute* missing = find_missing(attribute, resource.body);
    if (missing != nullptr) return fail(missing_error(*missing, ErrorKind::invalid_value));
  }
  return {};
}

/// Whether two states tell what the change does: not a membership's, nor the removal of what neither shows.
bool is_shown(const Change& change, const Resource& before, const Resource& after) {
  if (change.attribute->is_membership()) return false;
  return change.kind != Change::Kind::clear || find_value(before.body, *change.attribute) != nullptr ||
         find_value(after.body, *change.attribute) != nullptr;
}

/// The answers of a transaction, each through to_scim.
class AdaptingTransaction final : public ForwardingTransaction {
 public:
  AdaptingTransaction(std::unique_ptr<Transaction> inner, const Adapter& adapter, const Sight& sight)
      : ForwardingTransaction(*inner), owned_(std::move(inner)), adapter_(adapter), sight_(sight) {}

  Result<Found> search(const Query& query, JsonWriter& out) override {
    Query unannounced = query;
    unannounced.announce = nullptr;  // to_scim can fail
    return adapted(out, [&](JsonWriter& stored) { return inner().search(unannounced, stored); },
                   [&](const Json&) -> const ResourceType& { return *query.type; });
  }
  Result<Found> search_all(const std::vector<Query>& queries, JsonWriter& out) override {
    // `schemas` is always returned, and begins with the type's own.
    const auto type_of = [&](const Json& resource) -> const ResourceType& {
      const std::string schema = resource.value("schemas", Json::array({""})).front().get<std::string>();
      const auto found = std::find_if(queries.begin(), queries.end(), [&](const Query& query) { return query.type->schema == schema; });
      return found == queries.end() ? *queries.front().type : *found->type;
    };
    std::vector<Query> unannounced = queries;
    for (Query& query : unannounced) query.announce = nullptr;
    return adapted(out, [&](JsonWriter& stored) { return inner().search_all(unannounced, stored); }, type_of);
  }

 private:
  /// What `search` writes, each resource through to_scim for the type that `type_of` says.
  template <class Search, class TypeOf>
  Result<Found> adapted(JsonWriter& out, Search search, TypeOf type_of) {
    JsonWriter stored;
    stored.begin_array();
    SCIM_ASSIGN(const Found found, search(stored));
    stored.end_array();
    // Our own text, of which a page of large groups may be beyond the limits for clients.
    Json resources = Json::parse(stored.text());
    for (Json& resource : resources) {
      const ResourceType& type = type_of(resource);
      SCIM_ASSIGN(Json shown, adapter_.to_scim(type, std::move(resource)));
      sight_.hide_in(type, shown);
      out.value(shown);
    }
    return found;
  }

  const std::unique_ptr<Transaction> owned_;
  const Adapter& adapter_;
  const Sight& sight_;
};

}  // namespace

Result<Json> adapt_body(const Adapter* adapter, const ResourceType& type, Json body) {
  if (adapter == nullptr || !body.is_object()) return body;
  return adapter->from_scim(type, std::move(body));
}

Result<Resource> adapt_state(const Adapter& adapter, const Changes& changes, const Resource& before) {
  Resource after = before;
  for (const Attribute& attribute : before.type->attributes) {
    if (attribute.is_membership()) assign_value(after.body, attribute, nullptr);
  }
  Changes shown;
  std::copy_if(changes.begin(), changes.end(), std::back_inserter(shown),
               [](const Change& change) { return !change.attribute->is_membership(); });
  scim::apply(shown, after);
  SCIM_ASSIGN(const Json given, adapter.from_scim(*before.type, after.body));
  const Json before_call = after.body;
  SCIM_TRY(take_over(after, before_call, given));
  return after;
}

Changes adapt_changes(const Changes& planned, const Resource& before, const Resource& after) {
  Changes changes = difference(*before.type, before.body, after.body);
  std::copy_if(planned.begin(), planned.end(), std::back_inserter(changes),
               [&](const Change& change) { return !is_shown(change, before, after); });
  return changes;
}

Result<std::unique_ptr<Transaction>> AdaptingStore::begin(Mode mode) {
  SCIM_ASSIGN(auto inner, store_.begin(mode));
  return std::make_unique<AdaptingTransaction>(std::move(inner), adapter_, sight_);
}

}  // namespace scim
