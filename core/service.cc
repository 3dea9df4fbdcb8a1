// SPDX-License-Identifier: MIT
#include "core/service.h"

#include <algorithm>
#include <functional>

#include "core/answer.h"
#include "core/filter.h"
#include "core/parameters.h"
#include "core/patch.h"
#include "core/resource.h"
#include "core/sight.h"
#include "core/text.h"
#include "core/validate.h"
#include "core/value_counts.h"

namespace scim {
namespace {

std::string location_of(const Route& route, const Request& request, std::string_view id) {
  return request.base_url + route.type->endpoint + '/' + percent_encode(id);
}

tl::unexpected<Error> no_resource(const Route& route) {
  return fail(ErrorKind::not_found, "there is no " + route.type->name + " with the id " + quote(route.id));
}

Query query_for(const Route& route, const Request& request, const Predicate& where, const Projection& projection) {
  Query query;
  query.type = route.type;
  query.where = &where;
  query.projection = &projection;
  query.base_url = request.base_url;
  query.limit = 1;
  return query;
}

/// `set`: what the request has set itself, which is shown to it though it is returned on request only (RFC 7643 7).
Projection projection_of(const Route& route, const Parameters& parameters, const App& app, const AttributeSet& set = {}) {
  Projection projection = Projection::from_parameters(*route.type, parameters.attributes, parameters.excluded_attributes, set);
  projection.hide(*route.type, app.leniency->sight().hidden());
  return projection;
}

/// The attributes that have a value in `body`, parts of list elements aside.
void collect_assigned(const std::vector<Attribute>& attributes, const Json& body, AttributeSet& out) {
  for (const Attribute& attribute : attributes) {
    if (find_value(body, attribute) == nullptr) continue;
    out.push_back(&attribute);
    if (!attribute.multi_valued) collect_assigned(attribute.sub_attributes, body, out);
  }
}

AttributeSet assigned_by(const Resource& resource) {
  AttributeSet set;
  collect_assigned(resource.type->attributes, resource.body, set);
  return set;
}

AttributeSet assigned_by(const std::vector<PatchOperation>& operations) {
  AttributeSet set;
  for (const PatchOperation& operation : operations) {
    if (operation.op != PatchOp::remove) set.push_back(operation.attribute);
  }
  return set;
}

/// The resource as the client is to see it, from the database.
Result<Outcome> show(Transaction& transaction, const Route& route, const Request& request, std::string_view id,
                     const Projection& projection) {
  const Predicate where = id_is(std::string(id));
  JsonWriter out;
  SCIM_ASSIGN(const Found found, transaction.search(query_for(route, request, where, projection), out));
  if (found.returned == 0) return no_resource(route);
  Outcome outcome;
  outcome.body = out.take();
  outcome.location = location_of(route, request, id);
  outcome.version = found.version;
  return outcome;
}

/// RFC 9110 13.1 for a write: the state in the same transaction that will change it. RFC 6585 3 where it must be said.
Result<void> check_preconditions(const Request& request, const Resource& current, const App& app) {
  if (app.config.require_if_match && request.if_match.empty()) {
    return fail(ErrorKind::precondition_required, "If-Match is missing: say which version is to be changed");
  }
  const auto meta = current.body.find("meta");
  const std::string version = meta == current.body.end() ? "" : meta->value("version", "");
  if (!request.if_match.empty() && !matches_entity_tag(request.if_match, version)) {
    return fail(ErrorKind::precondition_failed, "If-Match is not the current version " + version);
  }
  if (!request.if_none_match.empty() && matches_entity_tag(request.if_none_match, version)) {
    return fail(ErrorKind::precondition_failed, "If-None-Match is the current version " + version);
  }
  return {};
}

/// The stored resource to plan a change on; notFound, preconditionFailed.
Result<Resource> current_state(Transaction& transaction, const Route& route, const Request& request, const App& app,
                               Members members) {
  const Predicate where = id_is(route.id);
  const Projection projection = Projection::for_planning(*route.type, members);
  SCIM_ASSIGN(std::vector<Resource> found, transaction.read(query_for(route, request, where, projection)));
  if (found.empty()) return no_resource(route);
  SCIM_TRY(check_preconditions(request, found.front(), app));
  return std::move(found.front());
}

/// A client that sends nonsense to a resource that is not there hears that it is not there (http-cases HC-082); and
/// nonsense takes no write lock.
Result<Outcome> refuse(const Error& error, const Route& route, const Request& request, App& app) {
  SCIM_ASSIGN(const auto transaction, app.store.begin(Store::Mode::read));
  SCIM_TRY(current_state(*transaction, route, request, app, Members::skip));
  return fail(error);
}

/// RFC 7643 4.1.1 leaves open what a user is that does not say: a PUT that does not mention `active` neither locks a user
/// out nor lets one in again. (A new one is active: Transaction::insert.)
void default_active(Resource& resource, const Json& otherwise) {
  const Attribute* active = resource.type->find("active");
  if (active == nullptr || active->type != Type::boolean || find_value(resource.body, *active) != nullptr) return;
  assign_value(resource.body, *active, otherwise);
}

/// RFC 7644 3.5.1: an immutable value stays, and whoever sends one must send the same.
Result<void> keep_immutable(const std::vector<Attribute>& attributes, const Json& before, Json& after) {
  for (const Attribute& attribute : attributes) {
    if (attribute.multi_valued || attribute.mutability == Mutability::read_only) continue;
    SCIM_TRY(keep_immutable(attribute.sub_attributes, before, after));
    const Json* stored = find_value(before, attribute);
    if (attribute.mutability != Mutability::immutable || stored == nullptr) continue;
    const Json* sent = find_value(after, attribute);
    if (sent != nullptr && !equal_values(attribute, *stored, *sent)) {
      return fail(ErrorKind::mutability, quote(attribute.path()) + " is immutable and has another value");
    }
    if (sent == nullptr) assign_value(after, attribute, *stored);
  }
  return {};
}

/// What PUT changes: everything that differs, and memberships as whole sets, which the store compares. What is never
/// read back, a password, is not in `before` and stays unless it is sent (ambiguities A-40).
Result<Changes> plan_replace(const Resource& before, Resource after) {
  SCIM_TRY(keep_immutable(before.type->attributes, before.body, after.body));
  default_active(after, before.body.value("active", Json()));
  Changes changes = difference(*before.type, before.body, after.body);
  for (const Attribute& attribute : before.type->attributes) {
    if (!attribute.is_membership()) continue;
    const Json* members = find_value(after.body, attribute);
    changes.push_back({&attribute, members != nullptr ? Change::Kind::set : Change::Kind::clear,
                       members != nullptr ? *members : Json()});
  }
  return changes;
}

/// The body of a POST or PUT, before it is validated.
Result<Json> read_body(const Route& route, const Request& request, const App& app) {
  SCIM_ASSIGN(Json body, parse_json(request.body, app.config.json));
  SCIM_TRY(check_value_counts(body, static_cast<std::size_t>(app.config.max_members)));
  return adapt_body(app.adapter, *route.type, std::move(body));
}

Result<std::vector<PatchOperation>> read_operations(const Route& route, const Request& request, const App& app) {
  SCIM_ASSIGN(const Json body, parse_json(request.body, app.config.json));
  return parse_patch(body, *route.type, patch_limits(app.config), *app.leniency);
}

/// A PATCH that changes nothing is nothing to adapt either.
Result<Changes> adapt_patch(Changes planned, const Resource& before, const App& app) {
  if (app.adapter == nullptr || planned.empty()) return planned;
  SCIM_ASSIGN(Resource after, adapt_state(*app.adapter, planned, before));
  SCIM_TRY(keep_immutable(before.type->attributes, before.body, after.body));
  return adapt_changes(planned, before, after);
}

bool is_password(const Attribute& attribute) { return attribute.name == "password" && attribute.returned == Returned::never; }

void prepare_password(const Route& route, const Resource& resource, App& app) {
  for (const Attribute& attribute : route.type->attributes) {
    if (!is_password(attribute)) continue;
    const Json* value = find_value(resource.body, attribute);
    const bool is_given = value != nullptr && value->is_string();
    if (is_given || route.id.empty()) {
      app.store.prepare_password(*route.type, route.id, is_given ? value->get_ref<const std::string&>() : std::string());
    }
  }
}

/// The last one: the others are never stored, and each would cost as much.
void prepare_password(const Route& route, const std::vector<PatchOperation>& operations, App& app) {
  const auto last = std::find_if(operations.rbegin(), operations.rend(), [](const PatchOperation& each) { return is_password(*each.attribute); });
  if (last == operations.rend() || !last->value.is_string()) return;
  app.store.prepare_password(*route.type, route.id, last->value.get_ref<const std::string&>());
}

/// Whether the resource that a change would show has more members than are worth it (ambiguities A-37). Whoever asks for
/// attributes gets them (requirements A-11).
Result<bool> is_too_large(Transaction& transaction, const Route& route, const Parameters& parameters,
                          const Projection& projection, const App& app) {
  const std::vector<Attribute>& attributes = route.type->attributes;
  const bool shows_members = std::any_of(attributes.begin(), attributes.end(), [&](const Attribute& attribute) {
    return attribute.is_membership() && projection.wants(attribute);
  });
  const bool is_asked_for = !parameters.attributes.empty() || !parameters.excluded_attributes.empty();
  if (!shows_members || is_asked_for) return false;
  return transaction.has_more_members(*route.type, route.id, app.config.inline_members);
}

/// RFC 7644 3.5.2: what a client needs to go on.
Result<Outcome> show_version(Transaction& transaction, const Route& route, const Request& request) {
  const Projection nothing = Projection::from_parameters(*route.type, "id", "");
  SCIM_ASSIGN(Outcome outcome, show(transaction, route, request, route.id, nothing));
  outcome.status = 204;
  outcome.body.clear();
  return outcome;
}

Result<void> update(Transaction& transaction, const Resource& before, const Changes& changes, const App& app) {
  if (changes.empty()) return {};
  SCIM_ASSIGN(const Update update, transaction.update(*before.type, before.id(), changes));
  return app.recorder->updated(transaction, before, changes, update);
}

}  // namespace

Result<Outcome> get(const Route& route, const Request& request, App& app) {
  SCIM_ASSIGN(const Parameters parameters, parse_parameters(request.query, *app.leniency));
  SCIM_ASSIGN(const auto transaction, app.store.begin(Store::Mode::read));
  const Predicate where = id_is(route.id);
  const Projection projection = projection_of(route, parameters, app);
  Query query = query_for(route, request, where, projection);
  Outcome outcome;
  outcome.location = location_of(route, request, route.id);
  Answer answer(request);
  const auto is_known = [&] {
    return !request.if_none_match.empty() && matches_entity_tag(request.if_none_match, outcome.version);
  };
  const auto announce = [&](std::string_view version) {
    outcome.version = version;
    if (is_known()) return Want::nothing;
    answer.release(outcome);
    return Want::resources;
  };
  query.announce = std::cref(announce);
  SCIM_ASSIGN(const Found found, transaction->search(query, answer.json()));
  if (found.returned == 0) return no_resource(route);
  outcome.version = found.version;
  if (!is_known()) return answer.finish(std::move(outcome));
  outcome.status = 304;
  return outcome;
}

Result<Outcome> create(const Route& route, const Request& request, App& app) {
  SCIM_ASSIGN(const Parameters parameters, parse_parameters(request.query, *app.leniency));
  SCIM_ASSIGN(const Json body, read_body(route, request, app));
  SCIM_ASSIGN(const Resource resource, resource_from_body(body, *route.type, *app.leniency));
  prepare_password(route, resource, app);
  SCIM_ASSIGN(const auto transaction, app.store.begin(Store::Mode::write));
  SCIM_ASSIGN(const Inserted inserted, transaction->insert(resource));
  SCIM_TRY(app.recorder->created(*transaction, resource, inserted));
  const Projection projection = projection_of(route, parameters, app, assigned_by(resource));
  SCIM_ASSIGN(Outcome outcome, show(*transaction, route, request, inserted.id, projection));
  SCIM_TRY(transaction->commit());
  outcome.status = 201;
  return outcome;
}

Result<Outcome> replace(const Route& route, const Request& request, App& app) {
  SCIM_ASSIGN(const Parameters parameters, parse_parameters(request.query, *app.leniency));
  Result<Resource> after = read_body(route, request, app).and_then(
      [&](const Json& body) { return resource_from_body(body, *route.type, *app.leniency); });
  if (!after) return refuse(after.error(), route, request, app);
  prepare_password(route, *after, app);

  SCIM_ASSIGN(const auto transaction, app.store.begin(Store::Mode::write));
  SCIM_ASSIGN(const Resource before, current_state(*transaction, route, request, app, Members::skip));
  const Projection projection = projection_of(route, parameters, app, assigned_by(*after));
  SCIM_ASSIGN(Changes planned, plan_replace(before, *std::move(after)));
  const Changes changes = app.leniency->sight().without_hidden(std::move(planned), before);
  SCIM_TRY(update(*transaction, before, changes, app));
  SCIM_ASSIGN(Outcome outcome, show(*transaction, route, request, route.id, projection));
  SCIM_TRY(transaction->commit());
  return outcome;
}

Result<Outcome> patch(const Route& route, const Request& request, App& app) {
  SCIM_ASSIGN(const Parameters parameters, parse_parameters(request.query, *app.leniency));
  const auto operations = read_operations(route, request, app);
  if (!operations) return refuse(operations.error(), route, request, app);
  prepare_password(route, *operations, app);

  SCIM_ASSIGN(const auto transaction, app.store.begin(Store::Mode::write));
  const Members members = needs_members(*operations) ? Members::read : Members::skip;
  SCIM_ASSIGN(const Resource before, current_state(*transaction, route, request, app, members));
  SCIM_ASSIGN(Changes planned, plan_patch(*operations, before, patch_limits(app.config), *app.leniency));
  planned = app.leniency->sight().without_hidden(std::move(planned), before);
  SCIM_ASSIGN(const Changes changes, adapt_patch(std::move(planned), before, app));
  SCIM_TRY(update(*transaction, before, changes, app));
  const Projection projection = projection_of(route, parameters, app, assigned_by(*operations));
  SCIM_ASSIGN(const bool is_large, is_too_large(*transaction, route, parameters, projection, app));
  auto outcome = is_large ? show_version(*transaction, route, request)
                          : show(*transaction, route, request, route.id, projection);
  if (outcome) SCIM_TRY(transaction->commit());
  return outcome;
}

Result<Outcome> remove(const Route& route, const Request& request, App& app) {
  SCIM_ASSIGN(const auto transaction, app.store.begin(Store::Mode::write));
  SCIM_TRY(transaction->prepare_removal(*route.type, route.id));
  SCIM_ASSIGN(const Resource before, current_state(*transaction, route, request, app, app.recorder->members_of_removed()));
  SCIM_ASSIGN(const Removed removed, transaction->remove(*route.type, route.id));
  SCIM_TRY(app.recorder->removed(*transaction, before, removed));
  SCIM_TRY(transaction->commit());
  Outcome outcome;
  outcome.status = 204;
  return outcome;
}

void prepare(const Route& route, const Request& request, App& app) {
  if (route.operation == Operation::patch) {
    const auto operations = read_operations(route, request, app);
    if (operations) prepare_password(route, *operations, app);
    return;
  }
  const auto resource = read_body(route, request, app).and_then(
      [&](const Json& body) { return resource_from_body(body, *route.type, *app.leniency); });
  if (resource) prepare_password(route, *resource, app);
}

}  // namespace scim
