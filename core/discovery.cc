// SPDX-License-Identifier: MIT
#include "core/discovery.h"

#include <algorithm>
#include <optional>

#include "core/bulk.h"
#include "core/http.h"
#include "core/json.h"
#include "core/render.h"
#include "core/sight.h"
#include "core/text.h"

namespace scim {
namespace {

Json supported(bool value) { return {{"supported", value}}; }

/// Whether a client can set a password.
bool keeps_password(const App& app) {
  const ResourceType* user = app.registry.type_by_name("User");
  const Attribute* password = user == nullptr ? nullptr : user->find("password");
  return password != nullptr && app.leniency->sees(*password) && password->is_kept && password->mutability != Mutability::read_only;
}

/// RFC 7643 section 5 has no type for client certificates and for what a plug-in or the web server does.
Json authentication_schemes(const App& app) {
  Json schemes = Json::array({{{"type", "oauthbearertoken"},
                               {"name", "OAuth Bearer Token"},
                               {"description", "A token made by `scimctl token create`, in the Authorization header"},
                               {"specUri", "https://www.rfc-editor.org/info/rfc6750"},
                               {"primary", true}}});
  if (!app.config.access.jwt.keys.empty()) {
    schemes.push_back({{"type", "oauthbearertoken"},
                       {"name", "JSON Web Token"},
                       {"description", "A token that the authorization server has signed, in the Authorization header"},
                       {"specUri", "https://www.rfc-editor.org/info/rfc7519"}});
  }
  if (offers_basic(app.config.access, app.accounts)) {
    schemes.push_back({{"type", "httpbasic"},
                       {"name", "HTTP Basic"},
                       {"description", "User name and password of the application"},
                       {"specUri", "https://www.rfc-editor.org/info/rfc7617"}});
  }
  return schemes;
}

/// RFC 9865 section 4.
Json pagination(const App& app) {
  return {{"cursor", true},
          {"index", true},
          {"defaultPaginationMethod", "index"},
          {"defaultPageSize", app.config.default_results},
          {"maxPageSize", app.config.max_results},
          {"cursorTimeout", app.config.cursor_timeout_s}};
}

/// RFC 7643 section 5. Each flag says what this server really does.
Json service_provider_config(const Request& request, const App& app) {
  Json filter = supported(true);
  filter["maxResults"] = app.config.max_results;
  const BulkConfig& limits = app.config.bulk;
  Json bulk = supported(limits.enabled);
  bulk["maxOperations"] = limits.enabled ? limits.max_operations : 0;
  bulk["maxPayloadSize"] = limits.enabled ? max_bulk_bytes(app.config) : 0;
  return {{"schemas", {urn::kServiceProviderConfig}},
          {"patch", supported(true)},
          {"bulk", bulk},
          {"filter", filter},
          {"changePassword", supported(keeps_password(app))},
          {"sort", supported(true)},
          {"etag", supported(true)},
          {"pagination", pagination(app)},
          {"authenticationSchemes", authentication_schemes(app)},
          {"meta",
           {{"resourceType", "ServiceProviderConfig"}, {"location", request.base_url + "/ServiceProviderConfig"}}}};
}

/// RFC 7643 section 6.
Json resource_type_json(const ResourceType& type, const Request& request, const App& app) {
  Json json = {{"schemas", {urn::kResourceType}}, {"id", type.name},          {"name", type.name},
               {"endpoint", type.endpoint},       {"description", type.description}, {"schema", type.schema}};
  for (const ResourceType::Extension& extension : type.extensions) {
    const Attribute& whole = *type.find(extension.schema);
    const auto is_seen = [&](const Attribute& part) { return app.leniency->sees(part); };
    const bool has_seen_part = std::any_of(whole.sub_attributes.begin(), whole.sub_attributes.end(), is_seen);
    if (!whole.is_kept || !app.leniency->sees(whole) || !has_seen_part) continue;
    json["schemaExtensions"].push_back({{"schema", extension.schema}, {"required", extension.required}});
  }
  json["meta"] = {{"resourceType", "ResourceType"}, {"location", request.base_url + "/ResourceTypes/" + type.name}};
  return json;
}

bool is_kept(const Schema& schema) {
  return std::any_of(schema.attributes.begin(), schema.attributes.end(), [](const Attribute& a) { return a.is_kept; });
}

/// As the client sees it; nullopt: it sees nothing of it.
std::optional<Json> schema_json(const Schema& schema, const Request& request, const App& app) {
  const Sight& sight = app.leniency->sight();
  if (!sight.shows(schema, app.registry)) return std::nullopt;
  const Schema shown = sight.shown_of(schema, app.registry);
  if (!is_kept(shown)) return std::nullopt;
  return schema_to_json(shown, request.base_url + "/Schemas/" + schema.id);
}

std::string list_of(const Json& resources) {
  const auto count = static_cast<std::int64_t>(resources.size());
  return list_response({count, count, 1, {}, {}}, resources);
}

/// RFC 7644 section 4: these endpoints are not filtered, and saying nothing would look like an answer.
Result<void> refuse_filter(const Request& request) {
  SCIM_ASSIGN(const auto parameters, parse_query(request.query));
  for (const auto& [name, value] : parameters) {
    if (equal_ignoring_case(name, "filter")) return fail(ErrorKind::forbidden, "this endpoint takes no filter");
  }
  return {};
}

Result<Json> resource_type(const Route& route, const Request& request, const App& app) {
  const ResourceType* type = app.registry.type_by_name(route.id);
  if (type == nullptr || !app.leniency->sight().shows(*type)) {
    return fail(ErrorKind::not_found, "there is no resource type " + quote(route.id));
  }
  return resource_type_json(*type, request, app);
}

Result<Json> schema(const Route& route, const Request& request, const App& app) {
  const Schema* found = app.registry.schema(route.id);
  std::optional<Json> shown = found == nullptr ? std::nullopt : schema_json(*found, request, app);
  if (!shown) return fail(ErrorKind::not_found, "there is no schema " + quote(route.id));
  return *std::move(shown);
}

Json resource_types(const Request& request, const App& app) {
  Json list = Json::array();
  for (const auto& type : app.registry.types()) {
    if (app.leniency->sight().shows(*type)) list.push_back(resource_type_json(*type, request, app));
  }
  return list;
}

Json schemas(const Request& request, const App& app) {
  Json list = Json::array();
  for (const std::vector<Schema>* schemas : {&app.registry.schemas(), &discovery_schemas()}) {
    for (const Schema& found : *schemas) {
      std::optional<Json> shown = schema_json(found, request, app);
      if (shown) list.push_back(*std::move(shown));
    }
  }
  return list;
}

Result<Outcome> one(const Json& resource) {
  Outcome outcome;
  outcome.body = to_text(resource);
  outcome.location = resource["meta"]["location"].get<std::string>();
  return outcome;
}

Result<Outcome> many(const Json& resources) {
  Outcome outcome;
  outcome.body = list_of(resources);
  return outcome;
}

}  // namespace

bool is_discovery(Operation operation) {
  switch (operation) {
    case Operation::service_provider_config:
    case Operation::list_resource_types:
    case Operation::get_resource_type:
    case Operation::list_schemas:
    case Operation::get_schema: return true;
    case Operation::list:
    case Operation::search:
    case Operation::create:
    case Operation::get:
    case Operation::replace:
    case Operation::patch:
    case Operation::remove:
    case Operation::bulk:
    case Operation::options: return false;
  }
  return false;
}

Result<Outcome> discover(const Route& route, const Request& request, const App& app) {
  SCIM_TRY(refuse_filter(request));
  switch (route.operation) {
    case Operation::service_provider_config: return one(service_provider_config(request, app));
    case Operation::list_resource_types: return many(resource_types(request, app));
    case Operation::get_resource_type: return resource_type(route, request, app).and_then(one);
    case Operation::list_schemas: return many(schemas(request, app));
    case Operation::get_schema: return schema(route, request, app).and_then(one);
    case Operation::list:
    case Operation::search:
    case Operation::create:
    case Operation::get:
    case Operation::replace:
    case Operation::patch:
    case Operation::remove:
    case Operation::bulk:
    case Operation::options: break;
  }
  return fail(ErrorKind::not_found, "there is no such endpoint");
}

}  // namespace scim
