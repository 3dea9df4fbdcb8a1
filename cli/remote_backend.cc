// SPDX-License-Identifier: MIT
#include "cli/remote_backend.h"

#include <algorithm>
#include <thread>

#include "cli/profile.h"
#include "cli/retry.h"
#include "core/text.h"
#include "core/type_definition.h"

namespace scim::cli {
namespace {

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

/// Every schema that can be read; to the standard ones comes what they lack.
std::vector<Schema> merged_schemas(const Json& list) {
  std::vector<Schema> schemas = standard_schemas();
  for (const Json& document : documents_of(list)) {
    auto read = schemas_from_json(document);
    if (!read || read->size() != 1) continue;
    Schema& theirs = read->front();
    Schema* const standard = find_by_id(schemas, theirs.id);
    if (standard == nullptr) {
      schemas.push_back(std::move(theirs));
      continue;
    }
    for (Attribute& attribute : theirs.attributes) {
      const auto is_same = [&](const Attribute& other) { return equal_ignoring_case(other.name, attribute.name); };
      const auto at = std::find_if(standard->attributes.begin(), standard->attributes.end(), is_same);
      if (at == standard->attributes.end()) standard->attributes.push_back(std::move(attribute));
      else *at = std::move(attribute);
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

/// Where the type is served: "/Users", also for "Users" and "https://host/scim/v2/Users".
std::string endpoint_of(const std::string& endpoint) { return '/' + endpoint.substr(endpoint.rfind('/') + 1); }

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

RemoteBackend::RemoteBackend(Config config, RemoteServer server, std::int64_t retries, Console& console)
    : Backend(std::move(config)), client_(std::move(server)), retries_(retries), console_(console) {}

Try<std::unique_ptr<RemoteBackend>> RemoteBackend::open(const Globals& globals, Console& console) {
  SCIM_ASSIGN(RemoteServer server, remote_server(globals, console.in));
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

Try<Response> RemoteBackend::exchange(Request request) {
  for (int attempt = 1;; ++attempt) {
    SCIM_ASSIGN(Response response, client_.send(request));
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
  auto document = parse_json(response.body);
  if (!document) return std::nullopt;
  return *std::move(document);
}

Try<void> RemoteBackend::load_registry() {
  SCIM_ASSIGN(const auto types, discover("/ResourceTypes"));
  SCIM_ASSIGN(const auto schemas, discover("/Schemas"));
  registry_ = std::make_unique<const Registry>(registry_from_discovery(types.value_or(Json()), schemas.value_or(Json())));
  return {};
}

Try<const ResourceType*> RemoteBackend::type(Kind kind) {
  if (!registry_) SCIM_TRY(load_registry());
  return type_of(*registry_, kind);
}

Try<Paging> RemoteBackend::paging() {
  if (paging_) return *paging_;
  SCIM_ASSIGN(const auto config, discover("/ServiceProviderConfig"));
  static const Json::json_pointer kCursor("/pagination/cursor");
  const bool has_cursors = config && config->contains(kCursor) && config->at(kCursor) == Json(true);
  paging_ = has_cursors ? Paging::cursor : Paging::index;
  return *paging_;
}

}  // namespace scim::cli
