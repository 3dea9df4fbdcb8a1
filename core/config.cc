// SPDX-License-Identifier: MIT
#include "core/config.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/impl/preprocessor.h>
// It looks itself whether what it takes for granted is so, and says what is wrong: of `[/user]` only then. Before that it would end
// the program, or, where NDEBUG is set, let the compiler leave out the looking.
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <sstream>

#include "core/text.h"

namespace scim {
namespace {

/// Where each key of a file stands, by its dotted path.
using Lines = std::map<std::string, toml::source_index>;

struct TomlFile {
  Json values;
  Lines lines;
};

Json to_json(const toml::node& node, const std::string& path, Lines& lines) {
  lines[path] = node.source().begin.line;
  if (const toml::table* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      object[name] = to_json(value, path.empty() ? name : path + '.' + name, lines);
    }
    return object;
  }
  if (const toml::array* array = node.as_array()) {
    Json list = Json::array();
    for (const toml::node& item : *array) list.push_back(to_json(item, path, lines));
    return list;
  }
  if (const auto* value = node.as_string()) return Json(value->get());
  if (const auto* value = node.as_integer()) return Json(value->get());
  if (const auto* value = node.as_floating_point()) return Json(value->get());
  if (const auto* value = node.as_boolean()) return Json(value->get());
  std::ostringstream text;  // dates and times
  node.visit([&](const auto& any) {
    if constexpr (toml::is_date<decltype(any)> || toml::is_time<decltype(any)> || toml::is_date_time<decltype(any)>) {
      text << any.get();
    }
  });
  return Json(text.str());
}

Result<TomlFile> read_toml(std::string_view text, std::string_view name) {
  const toml::parse_result parsed = toml::parse(text, std::string(name));
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return fail(ErrorKind::invalid_value, std::string(name) + ":" + std::to_string(error.source().begin.line) + ": " +
                                              std::string(error.description()));
  }
  TomlFile file;
  file.values = to_json(parsed.table(), "", file.lines);
  return file;
}

/// The words of "full | normal".
std::vector<std::string_view> words_of(std::string_view type) {
  std::vector<std::string_view> words;
  while (!type.empty()) {
    const auto bar = type.find(" | ");
    words.push_back(type.substr(0, bar));
    type = bar == std::string_view::npos ? std::string_view{} : type.substr(bar + 3);
  }
  return words;
}

/// Whether `text` is the word, or is what "plugin:PATH" stands for.
bool is_word(std::string_view text, std::string_view word) {
  const auto colon = word.find(':');
  if (colon == std::string_view::npos) return text == word;
  return text.size() > colon + 1 && text.starts_with(word.substr(0, colon + 1));
}

/// The position of the word among those of `type`; their number if it is none of them.
std::size_t word_position(const Json& value, std::string_view type) {
  const auto words = words_of(type);
  const std::string_view text = value.get_ref<const std::string&>();
  const auto at = std::find_if(words.begin(), words.end(), [&](std::string_view word) { return is_word(text, word); });
  return static_cast<std::size_t>(at - words.begin());
}

bool is_list_of_strings(const Json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& item) { return item.is_string(); });
}

std::string text_of(const Json& value) { return value.get<std::string>(); }

/// Of an integer that is not negative.
std::size_t size_of(const Json& value) { return static_cast<std::size_t>(value.get<std::int64_t>()); }

struct Range {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

/// Of "integer from 1 to 9". Each has both, or what is reckoned with it could overflow.
Range range_of(std::string_view type) {
  constexpr std::string_view kFrom = "integer from ";
  constexpr std::string_view kTo = " to ";
  Range range;
  type.remove_prefix(kFrom.size());
  std::from_chars(type.data(), type.data() + type.size(), range.least);
  type.remove_prefix(type.find(kTo) + kTo.size());
  std::from_chars(type.data(), type.data() + type.size(), range.most);
  return range;
}

bool is_within(const Json& value, const Range& range) {
  if (!value.is_number_integer()) return false;
  const auto number = value.get<std::int64_t>();
  return number >= range.least && number <= range.most;
}

/// Whether `value` is what ConfigKey::type says.
bool fits(const Json& value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type.starts_with("integer")) return is_within(value, range_of(type));
  if (type == "boolean") return value.is_boolean();
  if (type == "list of strings") return is_list_of_strings(value);
  if (type == "limit") return value.is_string() && parse_guard_limit(text_of(value));
  return value.is_string() && word_position(value, type) < words_of(type).size();
}

/// Servers that scimctl knows by a name, [profile.okta-prod]: cli/remote/profile.h reads them.
constexpr std::string_view kProfiles = "profile";

/// Config member of an enum type, from the position of the word in ConfigKey::type.
template <class E>
E word_index(const Json& value, std::string_view type) {
  return static_cast<E>(word_position(value, type));
}

/// Of a text that fits().
GuardLimit limit_of(const Json& value) { return parse_guard_limit(text_of(value)).value_or(GuardLimit()); }

void set_access_check(AccessConfig& access, const Json& value, std::string_view type) {
  access.check = word_index<AccessCheck>(value, type);
  const std::string text = text_of(value);
  if (access.check == AccessCheck::plugin) access.plugin = text.substr(text.find(':') + 1);
}

struct KeyRow {
  ConfigKey key;
  void (*set)(Config&, const Json&, std::string_view type);
};

#define SCIM_SET(body) [](Config& c, const Json& v, [[maybe_unused]] std::string_view type) { body; }

/// In the order of the man page. The words of an enum stand in the order of its enumerators.
constexpr std::array kKeys = {
    KeyRow{{"base_url", "string", "",
            "Public URL of the service, https://host/scim/v2. Without it, scheme, server name and port of the web server."},
           SCIM_SET(c.base_url = text_of(v))},
    KeyRow{{"log_level", "debug | info | warning | error", "info", "Least level that is written to standard error."},
           SCIM_SET(c.log_level = word_index<LogLevel>(v, type))},
    KeyRow{{"public_discovery", "boolean", "false",
            "ServiceProviderConfig, ResourceTypes and Schemas are readable without credentials."},
           SCIM_SET(c.public_discovery = v.get<bool>())},
    KeyRow{{"require_if_match", "boolean", "false",
            "PUT, PATCH and DELETE must say which version they mean (If-Match); without it they are 428."},
           SCIM_SET(c.require_if_match = v.get<bool>())},
    KeyRow{{"inline_members", "integer from 1 to 10000000", "1000",
            "A PATCH of a group with more members than that is answered with 204, unless attributes are asked for."},
           SCIM_SET(c.inline_members = v.get<std::int64_t>())},
    KeyRow{{"unknown_member", "ignore | reject", "ignore",
            "A member id that belongs to nobody is skipped and logged, or refuses the request."},
           SCIM_SET(c.unknown_member = word_index<UnknownMember>(v, type))},
    KeyRow{{"unknown", "ignore | reject", "ignore",
            "An attribute in a POST or PUT that no schema knows is left out, or refuses the request."},
           SCIM_SET(c.unknown = word_index<UnknownAttribute>(v, type))},
    KeyRow{{"strict", "boolean", "false",
            "Clients get nothing that the RFC does not have, but for tokens with a dialect of their own."},
           SCIM_SET(c.strict = v.get<bool>())},
    KeyRow{{"unique_groups", "boolean", "false", "No two groups may have the same displayName."},
           SCIM_SET(c.unique_groups = v.get<bool>())},
    KeyRow{{"group_cycles", "allow | reject", "allow",
            "Groups may contain each other, directly or through others; reject: for applications that walk them without an end."},
           SCIM_SET(c.group_cycles = word_index<GroupCycles>(v, type))},
    KeyRow{{"mapping", "string", "",
            "How users and groups lie in the application's tables: a preset (django, django-scim2-server, laravel, "
            "rails-devise) or a file with [user] and [group], over which this file's own come."},
           SCIM_SET(c.mapping = text_of(v))},
    KeyRow{{"schemas", "list of strings", "[]", "Files with schemas of your own (RFC 7643 section 7), for `resource_types` and `extensions`."},
           SCIM_SET(c.schemas = v.get<std::vector<std::string>>())},
    KeyRow{{"resource_types", "list of strings", "[]",
            "Files with resource types of your own (RFC 7643 section 6), or with what takes the place of User or Group."},
           SCIM_SET(c.resource_types = v.get<std::vector<std::string>>())},
    KeyRow{{"adapter", "string", "", "A plug-in that changes resources on their way in and out: the absolute path of a shared object."},
           SCIM_SET(c.adapter = text_of(v))},
    KeyRow{{"database.url", "string", "sqlite:/var/lib/scimctl/scim.db", "The database: sqlite:PATH or postgresql://..., as libpq takes it."},
           SCIM_SET(c.database_url = text_of(v))},
    KeyRow{{"database.synchronous", "full | normal", "full",
            "full: an acknowledged write survives a power cut. normal: faster, it survives a crash of the program."},
           SCIM_SET(c.synchronous = word_index<Synchronous>(v, type))},
    KeyRow{{"database.busy_timeout_ms", "integer from 1 to 3600000", "5000", "How long a request waits for another writer before it answers 503."},
           SCIM_SET(c.busy_timeout_ms = v.get<std::int64_t>())},
    KeyRow{{"database.cache_kb", "integer from 1 to 16777216", "2000", "Memory of each thread for pages of the database, in KiB."},
           SCIM_SET(c.cache_kb = v.get<std::int64_t>())},
    KeyRow{{"database.mmap_mb", "integer from 0 to 1048576", "0", "How much of the file is read through a memory map, in MiB."},
           SCIM_SET(c.mmap_mb = v.get<std::int64_t>())},
    KeyRow{{"database.statement_timeout_ms", "integer from 0 to 86400000", "30000",
            "How long a statement may take on PostgreSQL before the answer is 503; 0: as the server has it."},
           SCIM_SET(c.statement_timeout_ms = v.get<std::int64_t>())},
    KeyRow{{"database.pooled", "boolean", "false",
            "Behind PgBouncer in transaction mode: prepares no statements, and sets no more than a transaction keeps."},
           SCIM_SET(c.pooled = v.get<bool>())},
    KeyRow{{"log.format", "text | json", "text", "How a line on standard error is written: for people, or one JSON object."},
           SCIM_SET(c.log.format = word_index<LogFormat>(v, type))},
    KeyRow{{"log.requests", "none | errors | all", "all", "Which requests have a line: none, those with a status from 400, all."},
           SCIM_SET(c.log.requests = word_index<LogRequests>(v, type))},
    KeyRow{{"metrics.listen", "string", "",
            "Where /metrics, /healthz and /readyz are answered, by HTTP: unix:PATH, or a loopback address and a port."},
           SCIM_SET(c.metrics_listen = text_of(v))},
    KeyRow{{"access.check", "nobody | is_superuser | is_authenticated | plugin:PATH", "is_superuser",
            "Who gets in without a token, once the web server (REMOTE_USER) or access.basic has verified who it is."},
           SCIM_SET(set_access_check(c.access, v, type))},
    KeyRow{{"access.basic", "boolean", "false",
            "User name and password of the application get in too (HTTP Basic), if access.check lets them."},
           SCIM_SET(c.access.basic = v.get<bool>())},
    KeyRow{{"access.superusers", "list of strings", "[]", "User names that is_superuser lets in, beside the superusers of the application."},
           SCIM_SET(c.access.superusers = v.get<std::vector<std::string>>())},
    KeyRow{{"access.warn_days", "integer from 0 to 36525", "14", "How many days before a token expires scim-fcgi, check and token list say so."},
           SCIM_SET(c.access.warn_days = v.get<std::int64_t>())},
    KeyRow{{"access.failed_logins", "integer from 0 to 1000000000", "20",
            "How many credentials of one address may be wrong in a minute before more are 429; 0: any number."},
           SCIM_SET(c.access.failed_logins = v.get<std::int64_t>())},
    KeyRow{{"access.rate_limit", "integer from 0 to 1000000000", "0",
            "Requests of one client in a minute, in each process; more are 429. 0: any number. A token may have its own."},
           SCIM_SET(c.access.rate_limit = v.get<std::int64_t>())},
    KeyRow{{"jwt.keys", "string", "", "File with the public keys (a JWK set) of who signs JWTs; without it none are taken."},
           SCIM_SET(c.access.jwt.keys = text_of(v))},
    KeyRow{{"jwt.issuer", "string", "", "What `iss` of a JWT must be."}, SCIM_SET(c.access.jwt.issuer = text_of(v))},
    KeyRow{{"jwt.audience", "string", "", "What `aud` of a JWT must be, or contain."}, SCIM_SET(c.access.jwt.audience = text_of(v))},
    KeyRow{{"jwt.leeway_s", "integer from 0 to 86400", "30", "How many seconds the clocks may be apart."},
           SCIM_SET(c.access.jwt.leeway_s = v.get<std::int64_t>())},
    KeyRow{{"jwt.scope_claim", "string", "scope", "The claim that has the scopes: a string with blanks between, or an array."},
           SCIM_SET(c.access.jwt.scope_claim = text_of(v))},
    KeyRow{{"jwt.scope_prefix", "string", "scim.", "What scopes for SCIM begin with; read, write, users, groups or another type follows."},
           SCIM_SET(c.access.jwt.scope_prefix = text_of(v))},
    KeyRow{{"jwt.subject_claim", "string", "sub", "The claim that says who it is, for logs and limits."},
           SCIM_SET(c.access.jwt.subject_claim = text_of(v))},
    KeyRow{{"user.delete", "deactivate | remove", "deactivate",
            "DELETE of a user keeps the row with active = false, or removes it."},
           SCIM_SET(c.user_delete = word_index<DeleteMode>(v, type))},
    KeyRow{{"user.deleted_visible", "boolean", "false", "A user that DELETE has deactivated stays readable, with active = false."},
           SCIM_SET(c.deleted_visible = v.get<bool>())},
    KeyRow{{"limits.body_bytes", "integer from 1 to 1073741824", "10485760", "Largest request body; a larger one is 413."},
           SCIM_SET(c.max_body_bytes = v.get<std::int64_t>())},
    KeyRow{{"limits.results", "integer from 1 to 1000000", "1000", "Most resources in one response, whatever count says."},
           SCIM_SET(c.max_results = v.get<std::int64_t>())},
    KeyRow{{"limits.default_results", "integer from 1 to 1000000", "100", "Resources in one response when the client does not say."},
           SCIM_SET(c.default_results = v.get<std::int64_t>())},
    KeyRow{{"limits.cursor_timeout_s", "integer from 1 to 31536000", "3600", "Seconds for which a cursor (RFC 9865) is good; each page begins anew."},
           SCIM_SET(c.cursor_timeout_s = v.get<std::int64_t>())},
    KeyRow{{"limits.operations", "integer from 1 to 1000000", "1000", "Most operations in one PATCH."},
           SCIM_SET(c.max_operations = v.get<std::int64_t>())},
    KeyRow{{"limits.members", "integer from 1 to 10000000", "200000",
            "Most values of one attribute (members of a group above all) in one request body; more are 413."},
           SCIM_SET(c.max_members = v.get<std::int64_t>())},
    KeyRow{{"limits.comparisons", "integer from 1 to 1000000000", "4000000",
            "Most comparisons of stored values with terms of filters in one PATCH, which other writers wait for; more are 413."},
           SCIM_SET(c.max_comparisons = v.get<std::int64_t>())},
    KeyRow{{"limits.json_depth", "integer from 1 to 256", "32", "How deep a request body may be nested."},
           SCIM_SET(c.json.depth = size_of(v))},
    KeyRow{{"limits.json_nodes", "integer from 1 to 1000000000", "2000000", "Most values in one request body, of any kind: objects, lists and what is in them."},
           SCIM_SET(c.json.nodes = size_of(v))},
    KeyRow{{"limits.filter_bytes", "integer from 1 to 1048576", "8192", "Longest filter, also in the path of a PATCH."}, SCIM_SET(c.filter.bytes = size_of(v))},
    KeyRow{{"limits.filter_depth", "integer from 1 to 40", "32", "How deep the parentheses of a filter may be nested."},
           SCIM_SET(c.filter.depth = size_of(v))},
    KeyRow{{"limits.filter_terms", "integer from 1 to 500", "200", "Most comparisons in one filter."},
           SCIM_SET(c.filter.terms = size_of(v))},
    KeyRow{{"limits.header_bytes", "integer from 1024 to 131072", "65536",
            "Most bytes in what the web server says of a request: URL, headers and its own parameters; more are 431."},
           SCIM_SET(c.max_header_bytes = v.get<std::int64_t>())},
    KeyRow{{"limits.request_s", "integer from 1 to 3600", "30",
            "Seconds in which a request must have arrived, and for which its answer waits for the client."},
           SCIM_SET(c.request_s = v.get<std::int64_t>())},
    KeyRow{{"bulk.enabled", "boolean", "true", "POST /Bulk is served; without it, it is 501."},
           SCIM_SET(c.bulk.enabled = v.get<bool>())},
    KeyRow{{"bulk.max_operations", "integer from 1 to 1000000", "1000", "Most operations in one bulk request; more are 413."},
           SCIM_SET(c.bulk.max_operations = v.get<std::int64_t>())},
    KeyRow{{"bulk.max_payload_bytes", "integer from 1 to 1073741824", "1048576", "Largest body of a bulk request; a larger one is 413."},
           SCIM_SET(c.bulk.max_payload_bytes = v.get<std::int64_t>())},
    KeyRow{{"bulk.atomic", "boolean", "false", "A bulk request that does not say is all or nothing, in one transaction."},
           SCIM_SET(c.bulk.atomic = v.get<bool>())},
    KeyRow{{"audit.enabled", "boolean", "true", "Each write is told in the audit log, in the same transaction: scimctl log."},
           SCIM_SET(c.audit.enabled = v.get<bool>())},
    KeyRow{{"audit.keep_days", "integer from 0 to 36525", "0", "How long an entry of the audit log is kept; 0: for ever."},
           SCIM_SET(c.audit.keep_days = v.get<std::int64_t>())},
    KeyRow{{"audit.masked", "list of strings", "[]",
            "Attributes whose values the audit log does not show, beside passwords: it tells only that they have changed."},
           SCIM_SET(c.audit.masked = v.get<std::vector<std::string>>())},
    KeyRow{{"guard.action", "off | warn | hold | refuse", "off",
            "What becomes of a client's write beyond the limits that follow: a line in the log, it waits for `scimctl hold` (503), or 403."},
           SCIM_SET(c.guard.action = word_index<GuardAction>(v, type))},
    KeyRow{{"guard.deactivations", "limit", "",
            "Most deactivations of users by one client within an hour: \"50\", \"5%\" of all who are active, \"50 or 5%\" for the greater."},
           SCIM_SET(c.guard.deactivations = limit_of(v))},
    KeyRow{{"guard.deletions", "limit", "", "The same for users and groups together that are deleted for good; \"5%\" of the users, or of the groups."},
           SCIM_SET(c.guard.deletions = limit_of(v))},
    KeyRow{{"guard.member_removals", "limit", "", "The same for members that are taken out of groups."},
           SCIM_SET(c.guard.removals = limit_of(v))},
    KeyRow{{"guard.max_held", "integer from 1 to 1000000", "1000",
            "Most requests of one client that wait at a time; more are 503 as well, and do not wait."},
           SCIM_SET(c.guard.max_held = v.get<std::int64_t>())},
    KeyRow{{"journal.file", "string", "",
            "scim-fcgi appends each request and its answer to this file, without secrets, as scimctl --trace does; none: it does not."},
           SCIM_SET(c.journal.file = text_of(v))},
    KeyRow{{"journal.max_body_bytes", "integer from 0 to 1073741824", "65536", "Larger bodies are not in the journal, only how large they are."},
           SCIM_SET(c.journal.max_body_bytes = v.get<std::int64_t>())},
};

#undef SCIM_SET

/// `name:LINE: ` of the key, for messages.
std::string place(std::string_view name, const TomlFile& file, const std::string& key) {
  const auto at = file.lines.find(key);
  return std::string(name) + (at == file.lines.end() ? "" : ":" + std::to_string(at->second)) + ": ";
}

std::string nearest_key(std::string_view wanted) {
  std::size_t best = 4;
  std::string_view found;
  for (const KeyRow& row : kKeys) {
    const std::size_t distance = edit_distance(wanted, row.key.name, best);
    if (distance < best) {
      best = distance;
      found = row.key.name;
    }
  }
  return found.empty() ? "" : ", did you mean " + std::string(found) + '?';
}

std::string wanted_by(std::string_view type) {
  if (type.starts_with("integer")) return "an " + std::string(type);
  if (type == "limit") return "\"50\", \"5%\" or \"50 or 5%\"";
  return std::string(type);
}

Result<void> set_key(Config& config, const std::string& key, const Json& value, std::string_view where) {
  for (const KeyRow& row : kKeys) {
    if (row.key.name != key) continue;
    if (!fits(value, row.key.type)) {
      return fail(ErrorKind::invalid_value, std::string(where) + key + " must be " +
                                                wanted_by(row.key.type));
    }
    row.set(config, value, row.key.type);
    return {};
  }
  return fail(ErrorKind::invalid_value, std::string(where) + "unknown key " + key + nearest_key(key));
}

bool is_key(std::string_view path) {
  return std::any_of(kKeys.begin(), kKeys.end(), [&](const KeyRow& row) { return row.key.name == path; });
}

/// [database], [access], [limits]: every other table is of the mapping.
bool is_settings_table(const std::string& name) {
  return name != "user" && std::any_of(kKeys.begin(), kKeys.end(),
                                       [&](const KeyRow& row) { return row.key.name.starts_with(name + '.'); });
}

Result<void> set_settings(Config& config, const std::string& table, const Json& values, const TomlFile& file, std::string_view name) {
  for (const auto& [key, value] : values.items()) {
    const std::string path = table + '.' + key;
    SCIM_TRY(set_key(config, path, value, place(name, file, path)));
  }
  return {};
}

/// A table of the mapping; what of it is a setting as well is taken.
Result<void> set_section(Config& config, const std::string& table, const Json& values, const TomlFile& file, std::string_view name) {
  config.sections[table] = Json::object();
  for (const auto& [key, value] : values.items()) {
    const std::string path = table + '.' + key;
    if (is_key(path)) SCIM_TRY(set_key(config, path, value, place(name, file, path)));
    // `delete` is also the mapping's, where it comes before that of a preset.
    if (!is_key(path) || key == "delete") config.sections[table][key] = value;
  }
  return {};
}

Result<void> set_all(Config& config, const TomlFile& file, std::string_view name) {
  for (const auto& [key, value] : file.values.items()) {
    if (key == kProfiles) continue;
    if (!value.is_object()) SCIM_TRY(set_key(config, key, value, place(name, file, key)));
    else if (is_settings_table(key)) SCIM_TRY(set_settings(config, key, value, file, name));
    else SCIM_TRY(set_section(config, key, value, file, name));
  }
  if (is_mapped(config)) return {};
  // Nothing is mapped: what stands there is a mistake.
  for (const auto& [table, values] : config.sections.items()) {
    for (const auto& [key, value] : values.items()) {
      const std::string path = table + '.' + key;
      SCIM_TRY(set_key(config, path, value, place(name, file, path)));
    }
  }
  config.sections = Json::object();
  return {};
}

/// Whether the check asks for no user name, so that verifying one is pointless.
bool ignores_users(AccessCheck check) {
  switch (check) {
    case AccessCheck::nobody:
    case AccessCheck::plugin: return true;
    case AccessCheck::is_superuser:
    case AccessCheck::is_authenticated: return false;
  }
  return true;
}

/// As far as an address can tell by itself: where it leads to is seen when it is opened.
bool looks_local(std::string_view address) {
  constexpr std::array<std::string_view, 4> kLocal = {"unix:", "127.", "[::1]:", "localhost:"};
  return std::any_of(kLocal.begin(), kLocal.end(), [&](std::string_view start) { return address.starts_with(start); });
}

/// What only several keys together, or more than a type, can tell.
Result<void> check(Config& config, const TomlFile& file, std::string_view name) {
  while (config.base_url.ends_with('/')) config.base_url.pop_back();
  const bool is_url = config.base_url.starts_with("https://") || config.base_url.starts_with("http://");
  if (!config.base_url.empty() && !is_url) {
    return fail(ErrorKind::invalid_value, place(name, file, "base_url") + "base_url must begin with https:// or http://");
  }
  if (config.guard.action != GuardAction::off && !config.audit.enabled) {
    return fail(ErrorKind::invalid_value, place(name, file, "guard.action") + "guard.action needs audit.enabled: what was done is counted there");
  }
  if (config.access.basic && ignores_users(config.access.check)) {
    return fail(ErrorKind::invalid_value, place(name, file, "access.basic") +
                                              "access.basic needs access.check to be is_superuser or is_authenticated");
  }
  const JwtConfig& jwt = config.access.jwt;
  if (!jwt.keys.empty() && (jwt.issuer.empty() || jwt.audience.empty())) {
    return fail(ErrorKind::invalid_value, place(name, file, "jwt.keys") + "jwt.keys needs jwt.issuer and jwt.audience: whose tokens, and that they are for us");
  }
  if (!config.metrics_listen.empty() && !looks_local(config.metrics_listen)) {
    return fail(ErrorKind::invalid_value, place(name, file, "metrics.listen") +
                                              "metrics.listen must be unix:PATH or a loopback address and a port: others could ask");
  }
  if (!config.adapter.empty() && !config.adapter.starts_with('/')) {
    return fail(ErrorKind::invalid_value, place(name, file, "adapter") + "adapter must be an absolute path");
  }
  if (config.access.check == AccessCheck::plugin && !config.access.plugin.starts_with('/')) {
    return fail(ErrorKind::invalid_value,
                place(name, file, "access.check") + "access.check must be plugin: and an absolute path");
  }
  if (config.default_results > config.max_results) config.default_results = config.max_results;
  return {};
}

constexpr std::array<ConfigKey, kKeys.size()> kKeyTable = [] {
  std::array<ConfigKey, kKeys.size()> keys{};
  for (std::size_t i = 0; i < kKeys.size(); ++i) keys[i] = kKeys[i].key;
  return keys;
}();

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeyTable; }

Result<Json> parse_toml(std::string_view toml, std::string_view name) {
  SCIM_ASSIGN(TomlFile file, read_toml(toml, name));
  return std::move(file.values);
}

Result<Config> parse_config(std::string_view toml, std::string_view name) {
  SCIM_ASSIGN(const TomlFile file, read_toml(toml, name));
  Config config;
  config.name = name;
  SCIM_TRY(set_all(config, file, name));
  SCIM_TRY(check(config, file, name));
  return config;
}

bool is_mapped(const Config& config) {
  const auto maps = [](const Json& section) { return section.contains("table") || section.contains("map"); };
  return !config.mapping.empty() || std::any_of(config.sections.begin(), config.sections.end(), maps);
}

}  // namespace scim
