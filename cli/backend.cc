// SPDX-License-Identifier: MIT
#include "cli/backend.h"

#include <charconv>

#include <algorithm>
#include <iterator>
#include <optional>

#include "cli/files/input.h"
#include "cli/local.h"
#include "cli/remote/profile.h"
#include "cli/remote/remote_backend.h"
#include "cli/replay/tracing_backend.h"
#include "core/config_file.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kScheme = "sqlite:";
constexpr std::string_view kRelativeBase = "/scim/v2";

template <class B>
Try<std::unique_ptr<Backend>> opened(Try<std::unique_ptr<B>> backend) {
  if (!backend) return fail(std::move(backend).error());
  return std::unique_ptr<Backend>(*std::move(backend));
}

/// nullopt if it is absent, or what it should not be.
template <class T>
std::optional<T> member(const Json& object, const char* name, bool (Json::*is_type)() const noexcept) {
  const auto at = object.find(name);
  return at != object.end() && ((*at).*is_type)() ? std::optional<T>(at->get<T>()) : std::nullopt;
}

/// Some servers write it as text.
std::optional<std::int64_t> total_of(const Json& list) {
  const auto text = member<std::string>(list, "totalResults", &Json::is_string);
  if (!text) return member<std::int64_t>(list, "totalResults", &Json::is_number_integer);
  std::int64_t total = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), total);
  return error == std::errc() && end == text->data() + text->size() ? std::optional(total) : std::nullopt;
}

/// Resources may be missing where there are none, and totalResults with cursors (RFC 9865 2.1).
std::optional<ListPage> page_of(Json& list) {
  if (!list.is_object() || (!list.contains("Resources") && !list.contains("totalResults"))) return std::nullopt;
  Json& resources = list["Resources"];
  if (!std::all_of(resources.begin(), resources.end(), [](const Json& resource) { return resource.is_object(); })) return std::nullopt;
  ListPage page;
  page.resources.assign(std::move_iterator(resources.begin()), std::move_iterator(resources.end()));
  page.total = total_of(list).value_or(static_cast<std::int64_t>(page.resources.size()));
  page.start_index = member<std::int64_t>(list, "startIndex", &Json::is_number_integer).value_or(1);
  page.next_cursor = member<std::string>(list, "nextCursor", &Json::is_string).value_or("");
  return page;
}

}  // namespace

Try<std::unique_ptr<Backend>> Backend::open(const Globals& globals, Console& console, Absent absent) {
  const bool is_remote = globals.remote.is_wanted();
  const auto open_plain = [&] { return is_remote ? opened(RemoteBackend::open(globals, console)) : opened(LocalBackend::open(globals, console, absent)); };
  if (globals.trace.empty()) return open_plain();
  // Before a database is made or a server is asked: what is not recorded is not done.
  if (!is_remote) {
    SCIM_ASSIGN(const Config config, configuration(globals));
    SCIM_TRY(check_is_no_database(globals.trace, config));
  }
  SCIM_ASSIGN(TraceFile file, TraceFile::open(globals.trace, console));
  SCIM_ASSIGN(auto backend, open_plain());
  return TracingBackend::open(std::move(backend), std::move(file));
}

Try<Json> Backend::send(Request request) {
  const bool is_read = request.method == "GET";
  SCIM_ASSIGN(const Response response, exchange(std::move(request)));
  if (response.status < 300 && response.body.empty() && !is_read) return Json();
  return document_of(response);
}

Try<Json> Backend::read(std::string path, std::string query) {
  SCIM_ASSIGN(const Response response, exchange(request_for("GET", std::move(path), std::move(query))));
  SCIM_ASSIGN(Json resource, document_of(response));
  if (!resource.is_object()) return fail(ErrorKind::internal, "the server answered " + std::to_string(response.status) + " with what is no resource: " + quote(response.body));
  const std::string_view tag = response.header("ETag");
  Json& meta = resource["meta"];
  const bool is_told = tag.empty() || !version_of(resource).empty();
  if (is_told && meta.is_null()) resource.erase("meta");
  if (!is_told && (meta.is_null() || meta.is_object())) meta["version"] = tag;
  return resource;
}

Try<Json> Backend::document_of(const Response& response) {
  if (response.status == 404) SCIM_TRY(check_is_scim(response));
  if (response.status >= 300) return fail(Failure(response));
  if (response.body.empty()) return fail(ErrorKind::internal, "the server answered " + std::to_string(response.status) + " and sent nothing");
  // What we have asked for: a list of many large groups may be beyond the limits for clients.
  auto body = parse_json(response.body, kFileLimits);
  if (body) return *std::move(body);
  return fail(ErrorKind::internal, "the server answered " + std::to_string(response.status) + " with what is no JSON: " +
                                       quote(response.body) + ": " + body.error().detail);
}

Try<ListPage> Backend::send_for_list(Request request) {
  const std::string path = request.path;
  SCIM_ASSIGN(Json list, send(std::move(request)));
  auto page = page_of(list);
  if (page) return *std::move(page);
  return fail(ErrorKind::internal, "the server answered GET " + path + " with what is no ListResponse (RFC 7644 3.4.2): " + quote(to_text(list)));
}

Try<const ResourceType*> Backend::type(Kind kind) {
  SCIM_ASSIGN(const Registry* const registry, types());
  return type_of(*registry, kind);
}

Try<void> check_is_local(const Globals& globals) {
  if (!globals.remote.is_wanted()) return {};
  return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "this command works on a database, not through --url, --profile or SCIMCTL_PROFILE; --db names one", ""}));
}

Try<Config> configuration(const Globals& globals) {
  const auto file = find_config(globals.config);
  if (file && file->path.empty()) SCIM_TRY(check_own_config(globals));
  auto config = file.and_then(read_config);
  if (!config) return fail(Failure(ExitCode::usage, config.error()));
  if (!globals.database_url.empty()) config->database_url = full_url(globals.database_url);
  return *std::move(config);
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
