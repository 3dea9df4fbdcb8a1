// SPDX-License-Identifier: MIT
#include "cli/remote/remote_backend.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "cli/files/input.h"
#include "cli/remote/curl.h"
#include "cli/remote/profile.h"
#include "cli/remote/retry.h"
#include "core/secrets.h"
#include "core/text.h"
#include "core/type_definition.h"

namespace scim::cli {
namespace {

/// What is often copied together with the base URL.
constexpr std::array<std::string_view, 2> kEndpoints = {"/Users", "/Groups"};

template <class Named>
Named* find_by_id(std::vector<Named>& all, std::string_view id) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const Named& each) { return equal_ignoring_case(each.id, id); });
  return at == all.end() ? nullptr : &*at;
}

/// Of the same scheme as `authorization`, and nobody's.
std::string wrong_credentials(const std::string& authorization) {
  const std::string scheme = authorization.substr(0, authorization.find(' '));
  const bool is_basic = equal_ignoring_case(scheme, "Basic");
  return scheme + ' ' + (is_basic ? "c2NpbWN0bDp3cm9uZw==" : "scimctl-wrong");  // "scimctl:wrong" (RFC 7617 2)
}

/// The documents of a ListResponse, or of a list that is none (some servers).
const Json& documents_of(const Json& list) {
  static const Json none = Json::array();
  if (list.is_array()) return list;
  const auto at = list.is_object() ? list.find("Resources") : list.end();
  return at != list.end() && at->is_array() ? *at : none;
}

bool is_common(const Attribute& attribute) {
  // RFC 7643 3.1. Every resource has them; some servers describe them in each schema all the same.
  constexpr std::array<std::string_view, 4> kCommon = {"schemas", "id", "externalId", "meta"};
  return std::any_of(kCommon.begin(), kCommon.end(), [&](std::string_view name) { return equal_ignoring_case(name, attribute.name); });
}

/// What decides about what is sent, compared and shown: whoever leaves it out, or says it otherwise, means no other members, groups and
/// passwords than the RFC.
void keep_meaning(Attribute& theirs, const Attribute& standard) {
  const bool is_decided = standard.mutability == Mutability::read_only || standard.mutability == Mutability::write_only;
  if (is_decided) theirs.mutability = standard.mutability;
  if (standard.returned == Returned::never) theirs.returned = Returned::never;
  const bool is_reference = standard.find("value") != nullptr && standard.find("$ref") != nullptr;
  for (Attribute& sub : theirs.sub_attributes) {
    const Attribute* const known = is_reference ? standard.find(sub.name) : nullptr;
    if (known == nullptr || (known->name != "value" && known->name != "$ref")) continue;
    sub.type = known->type;
    sub.mutability = known->mutability;
  }
}

/// What `theirs` says, with what it leaves out of `standard`.
void complete(std::vector<Attribute>& theirs, const std::vector<Attribute>& standard) {
  for (const Attribute& attribute : standard) {
    const auto is_same = [&](const Attribute& other) { return equal_ignoring_case(other.name, attribute.name); };
    const auto at = std::find_if(theirs.begin(), theirs.end(), is_same);
    if (at == theirs.end()) {
      theirs.push_back(attribute);
    } else if ((at->type == Type::complex) != (attribute.type == Type::complex)) {
      *at = attribute;
    } else {
      complete(at->sub_attributes, attribute.sub_attributes);
      keep_meaning(*at, attribute);
    }
  }
}

/// As it is understood here: parts have no parts, and what may only be written is never read.
void sanitize(Attribute& attribute) {
  if (attribute.mutability == Mutability::write_only) attribute.returned = Returned::never;
  std::erase_if(attribute.sub_attributes, [&](const Attribute& sub) { return sub.type == Type::complex || (attribute.multi_valued && sub.multi_valued); });
}

/// What can be read of a schema, attribute by attribute: one that breaks the RFC hides no other. nullopt: it is none.
std::optional<Schema> readable_schema(Json document) {
  if (!document.is_object() || !document.contains("attributes")) return std::nullopt;
  const Json attributes = std::exchange(document["attributes"], Json::array());
  auto schema = schema_from_json(document);
  if (!schema || !attributes.is_array()) return std::nullopt;
  for (const Json& attribute : attributes) {
    document["attributes"] = Json::array({attribute});
    auto read = schema_from_json(document);
    if (!read) continue;
    Attribute& found = read->attributes.front();
    const auto is_same = [&](const Attribute& other) { return equal_ignoring_case(other.name, found.name); };
    const bool is_known = is_common(found) || std::any_of(schema->attributes.begin(), schema->attributes.end(), is_same);
    if (is_known) continue;
    sanitize(found);
    schema->attributes.push_back(std::move(found));
  }
  return *std::move(schema);
}

/// Every schema that can be read; to the standard ones comes what they lack.
std::vector<Schema> merged_schemas(const Json& list) {
  std::vector<Schema> schemas = standard_schemas();
  for (const Json& document : documents_of(list)) {
    auto theirs = readable_schema(document);
    if (!theirs) continue;
    if (Schema* const known = find_by_id(schemas, theirs->id)) {
      complete(theirs->attributes, known->attributes);
      *known = *std::move(theirs);
    } else {
      schemas.push_back(*std::move(theirs));
    }
  }
  return schemas;
}

/// Extensions that nobody describes are passed over.
void drop_unknown(ResourceType& type, std::vector<Schema>& schemas) {
  std::erase_if(type.extensions, [&](const ResourceType::Extension& extension) {
    return find_by_id(schemas, extension.schema) == nullptr;
  });
}

/// Where the type is served: "/Users", also for "Users", "/Users/" and "https://host/scim/v2/Users".
std::string endpoint_of(std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return '/' + endpoint.substr(endpoint.rfind('/') + 1);
}

std::vector<ResourceType> merged_types(const Json& list, std::vector<Schema>& schemas) {
  std::vector<ResourceType> types = standard_resource_types();
  for (Json document : documents_of(list)) {
    if (!document.is_object()) continue;
    if (document.contains("endpoint") && document["endpoint"].is_string()) document["endpoint"] = endpoint_of(document["endpoint"]);
    auto read = resource_types_from_json(document);
    if (!read || read->size() != 1) continue;
    drop_unknown(read->front().type, schemas);
    std::vector<ResourceType> with = types;
    if (add_types(with, *std::move(read), schemas)) types = std::move(with);
  }
  return types;
}

}  // namespace

Registry registry_from_discovery(const Json& resource_types, const Json& schemas) {
  std::vector<Schema> all = merged_schemas(schemas);
  std::vector<ResourceType> types = merged_types(resource_types, all);
  auto made = Registry::make(std::move(all), std::move(types));
  return made ? *std::move(made) : Registry::standard();
}

Features features_of(const std::optional<Json>& service_provider_config) {
  const auto at = [&](const char* pointer) {
    const Json::json_pointer path(pointer);
    const bool is_there = service_provider_config && service_provider_config->is_object() && service_provider_config->contains(path);
    return is_there ? service_provider_config->at(path) : Json();
  };
  const auto number_at = [&](const char* pointer) {
    const Json value = at(pointer);
    return value.is_number_integer() ? value.get<std::int64_t>() : 0;
  };
  Features features;
  if (at("/pagination/cursor") == Json(true)) features.paging = PagedBy::cursor;
  if (at("/bulk/supported") != Json(true)) return features;
  features.bulk_operations = std::max<std::int64_t>(0, number_at("/bulk/maxOperations"));
  features.bulk_bytes = std::max<std::int64_t>(0, number_at("/bulk/maxPayloadSize"));
  return features;
}

RemoteBackend::RemoteBackend(Config config, RemoteServer server, std::int64_t retries, Console& console)
    : Backend(std::move(config)), client_(std::move(server)), retries_(retries), console_(console) {}

Try<std::unique_ptr<RemoteBackend>> RemoteBackend::open(const Globals& globals, Console& console) {
  SCIM_TRY(load_curl());
  SCIM_ASSIGN(RemoteServer server, remote_server(globals, console));
  Config config;
  config.base_url = server.url;
  return std::unique_ptr<RemoteBackend>(new RemoteBackend(std::move(config), std::move(server), globals.remote.retries, console));
}

std::unique_ptr<Backend> RemoteBackend::asked_by(Stranger stranger) {
  RemoteServer server = client_.server();
  if (server.authorization.empty()) return nullptr;
  switch (stranger) {
    case Stranger::without_credentials: server.authorization.clear(); break;
    case Stranger::with_wrong_credentials: server.authorization = wrong_credentials(server.authorization); break;
  }
  return std::unique_ptr<RemoteBackend>(new RemoteBackend(config(), std::move(server), retries_, console_));
}

/// Some errors repeat the request, password and all, and end in the log of whoever has called us.
void RemoteBackend::hide_sent(const Request& request, Response& response) const {
  const std::vector<std::string> secrets = (registry_ ? Secrets(*registry_) : Secrets()).sent_with(request);
  if (secrets.empty()) return;
  auto body = parse_json(response.body, kFileLimits);
  if (body) hide_secrets(*body, secrets);
  if (body) response.body = to_text(*body);
  else hide_secrets(response.body, secrets);
  for (auto& [name, value] : response.headers) hide_secrets(value, secrets);
}

Try<Response> RemoteBackend::exchange(Request request) {
  for (int attempt = 1;; ++attempt) {
    SCIM_ASSIGN(Response response, client_.send(request));
    const bool may_repeat = response.status >= 400 || request.path == "/Bulk";
    if (may_repeat) hide_sent(request, response);
    // A gateway may say 503 after the server has made the resource: without Retry-After it would be made twice.
    const bool may_be_done = request.method == "POST" && response.status == 503 && response.header("Retry-After").empty();
    if (may_be_done) return response;
    const auto wait = retry_after(response, attempt, std::chrono::system_clock::now());
    if (!wait || attempt > retries_ || *wait > kLongestWait) return response;
    console_.say("scimctl: the server asks to wait (" + std::to_string(response.status) + "): again in " +
                 std::to_string(wait->count()) + " s, " + std::to_string(attempt) + " of " + std::to_string(retries_));
    std::this_thread::sleep_for(*wait);
  }
}

/// nullopt: the server does not describe itself.
Try<std::optional<Json>> RemoteBackend::discover(std::string path) {
  SCIM_ASSIGN(const Response response, exchange(request_for("GET", std::move(path), "")));
  // Not to be let in is worth an error now; all else the verb itself will meet.
  if (response.status == 401) return fail(Failure(response));
  if (response.status != 200) return std::nullopt;
  auto document = parse_json(response.body, kFileLimits);
  if (!document) return std::nullopt;
  serves_scim_ = true;
  return *std::move(document);
}

/// Not all servers have discovery, nor SCIM errors, but users.
Try<void> RemoteBackend::check_is_scim(const Response& not_found) {
  const std::string& url = client_.server().url;
  const bool is_of_type = std::any_of(kEndpoints.begin(), kEndpoints.end(), [&](std::string_view endpoint) { return url.ends_with(endpoint); });
  if (serves_scim_ || (is_scim_error(not_found) && !is_of_type)) return {};
  SCIM_TRY(features());
  if (serves_scim_) return {};
  SCIM_ASSIGN(const Response users, exchange(request_for("GET", "/Users", "count=1")));
  serves_scim_ = users.status != 404;
  if (serves_scim_) return {};
  return fail(Failure(ExitCode::error, {ErrorKind::internal, printable(url) + " is no SCIM base URL: neither /ServiceProviderConfig nor /ResourceTypes nor /Users is there below it" +
                                                                 std::string(is_of_type ? ", it ends before the name of the type" : ""), ""}));
}

Try<void> RemoteBackend::load_registry() {
  SCIM_ASSIGN(const auto types, discover("/ResourceTypes"));
  SCIM_ASSIGN(const auto schemas, discover("/Schemas"));
  registry_ = std::make_unique<const Registry>(registry_from_discovery(types.value_or(Json()), schemas.value_or(Json())));
  return {};
}

Try<const Registry*> RemoteBackend::types() {
  if (!registry_) SCIM_TRY(load_registry());
  return registry_.get();
}

Try<Features> RemoteBackend::features() {
  if (features_) return *features_;
  SCIM_ASSIGN(const auto config, discover("/ServiceProviderConfig"));
  features_ = features_of(config);
  return *features_;
}

}  // namespace scim::cli
