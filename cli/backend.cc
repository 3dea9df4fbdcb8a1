// SPDX-License-Identifier: MIT
#include "cli/backend.h"

#include "cli/local.h"
#include "cli/remote_backend.h"
#include "cli/tracing_backend.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kScheme = "sqlite:";
constexpr std::string_view kRelativeBase = "/scim/v2";
/// How much of an answer that cannot be understood a message shows, in bytes.
constexpr std::size_t kShown = 200;

template <class B>
Try<std::unique_ptr<Backend>> opened(Try<std::unique_ptr<B>> backend) {
  if (!backend) return fail(std::move(backend).error());
  return std::unique_ptr<Backend>(*std::move(backend));
}

}  // namespace

Try<std::unique_ptr<Backend>> Backend::open(const Globals& globals, Console& console) {
  const bool is_remote = globals.remote.is_wanted();
  auto backend = is_remote ? opened(RemoteBackend::open(globals, console)) : opened(LocalBackend::open(globals, console));
  if (!backend || globals.trace.empty()) return backend;
  return TracingBackend::open(*std::move(backend), globals.trace);
}

Try<Json> Backend::send(Request request) {
  SCIM_ASSIGN(const Response response, exchange(std::move(request)));
  if (response.status >= 300) return fail(Failure(response));
  if (response.body.empty()) return Json();
  // What we have asked for: a list of many large groups may be beyond the limits for clients.
  Json body = Json::parse(response.body, nullptr, false);
  if (!body.is_discarded()) return body;
  return fail(ErrorKind::internal, "the server answered " + std::to_string(response.status) + " with what is no JSON: " +
                                       quote(std::string_view(response.body).substr(0, kShown)));
}

Try<Config> configuration(const Globals& globals) {
  const std::string path = globals.config.empty() ? default_config_path() : globals.config;
  Config config;
  if (!path.empty()) {
    auto loaded = load_config(path);
    if (!loaded) return fail(Failure(ExitCode::usage, loaded.error()));
    config = *std::move(loaded);
  }
  if (globals.database_url.empty()) return config;
  config.database_url = full_url(globals.database_url);
  return config;
}

std::string full_url(const std::string& url) {
  const bool is_plain_path = url.find(':') == std::string::npos;
  return (is_plain_path ? std::string(kScheme) : "") + url;
}

std::string base_url(const Config& config) {
  return config.base_url.empty() ? std::string(kRelativeBase) : config.base_url;
}

Try<const ResourceType*> type_of(const Registry& registry, Kind kind) {
  const char* name = kind == Kind::users ? "User" : "Group";
  if (const ResourceType* type = registry.type_by_name(name)) return type;
  return fail(Failure(ExitCode::not_found, Error{ErrorKind::not_found, "the mapping has no table for the resource type " + std::string(name), ""}));
}

void append_parameter(std::string& query, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (!query.empty()) query += '&';
  query.append(name).append("=").append(percent_encode(value));
}

std::string resource_path(const ResourceType& type, std::string_view id) {
  return type.endpoint + '/' + percent_encode(id);
}

std::string text_at(const Json& object, const std::string& name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::string version_of(const Json& resource) {
  static const Json::json_pointer kVersion("/meta/version");
  const bool has_one = resource.is_object() && resource.contains(kVersion) && resource.at(kVersion).is_string();
  return has_one ? resource.at(kVersion).get<std::string>() : std::string();
}

Request request_for(std::string_view method, std::string path, std::string query) {
  Request request;
  request.method = method;
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

}  // namespace scim::cli
