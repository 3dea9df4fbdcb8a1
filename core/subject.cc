// SPDX-License-Identifier: MIT
#include "core/subject.h"

#include <algorithm>

#include "core/validate.h"

namespace scim {
namespace {

/// The living users whose userName compares as `user_name` does.
Result<std::vector<Resource>> users_named(const ResourceType& users, const std::string& user_name, App& app) {
  Filter filter;
  filter.kind = Filter::Kind::compare;
  filter.path.name = "userName";
  filter.literal = user_name;
  SCIM_ASSIGN(const Predicate where, bind(filter, users));
  const Projection projection = Projection::from_parameters(users, "userName", "");
  Query query;
  query.type = &users;
  query.where = &where;
  query.projection = &projection;
  query.limit = 100;  // an application may tell names apart by their case; more than a few it does not have
  SCIM_ASSIGN(const auto transaction, app.store.begin(Store::Mode::read));
  return transaction->read(query);
}

/// The one that is spelt the same, else the only one, as Accounts::find_account() has it; nullptr if nobody is.
const Resource* choose_subject(const std::vector<Resource>& users, const std::string& user_name) {
  const auto same = std::find_if(users.begin(), users.end(),
                                 [&](const Resource& user) { return user.body.value("userName", "") == user_name; });
  if (same != users.end()) return &*same;
  return users.size() == 1 ? &users.front() : nullptr;
}

/// POST /Me makes the resource of who is asking, and nobody else's.
Result<void> check_own_body(const Request& request, const std::string& user_name, const App& app) {
  SCIM_ASSIGN(const Json body, parse_json(request.body, app.config.json));
  const Json* name = find_member(body, "userName");
  const bool is_own = name != nullptr && name->is_string() &&
                      collation_key(name->get_ref<const std::string&>(), Collation::username) ==
                          collation_key(user_name, Collation::username);
  if (is_own) return {};
  return fail(ErrorKind::forbidden, "/Me creates the user " + quote(user_name) + " only");
}

}  // namespace

Result<Route> resolve_subject(Route route, const Request& request, const Scope& scope, App& app) {
  if (route.target == Route::Target::named) return route;
  route.type = app.registry.type_by_name("User");
  if (route.type == nullptr || route.type->find("userName") == nullptr) {
    return fail(ErrorKind::not_implemented, "this server has no users, so that there is no /Me");
  }
  if (scope.user_name().empty()) return fail(ErrorKind::not_found, "these credentials are no user's");
  if (route.operation == Operation::create) {
    SCIM_TRY(check_own_body(request, scope.user_name(), app));
    return route;
  }
  SCIM_ASSIGN(const std::vector<Resource> users, users_named(*route.type, scope.user_name(), app));
  const Resource* user = choose_subject(users, scope.user_name());
  if (user == nullptr) return fail(ErrorKind::not_found, "there is no User with the userName " + quote(scope.user_name()));
  route.id = user->id();
  return route;
}

}  // namespace scim
