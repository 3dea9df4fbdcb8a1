// SPDX-License-Identifier: MIT
#include "cli/remote/profile.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "cli/files/input.h"
#include "cli/remote/origin.h"
#include "core/config_file.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kTable = "profile";
constexpr std::size_t kHintDistance = 3;

struct Profile {
  std::string url;
  std::string token_file;
  std::string ca_file;
  std::optional<std::int64_t> timeout;
  bool plain_http = false;
};

/// What the names of the keys begin with in the table of all keys.
constexpr std::string_view kPrefix = "profile.NAME.";

struct KeyRow {
  ConfigKey key;
  void (*set)(Profile&, const Json&);

  constexpr std::string_view name() const { return key.name.substr(kPrefix.size()); }
};

constexpr std::array kKeys = {
    KeyRow{{"profile.NAME.url", "string", "", "Base URL of a SCIM server, https://host/scim/v2, that --profile NAME works on."},
           [](Profile& p, const Json& v) { p.url = v.get<std::string>(); }},
    KeyRow{{"profile.NAME.token_file", "string", "", "File with the bearer token, for its owner's eyes only. SCIMCTL_TOKEN comes before it."},
           [](Profile& p, const Json& v) { p.token_file = v.get<std::string>(); }},
    KeyRow{{"profile.NAME.ca_file", "string", "", "Certificates of the authorities that are trusted, PEM. Without it those of the system."},
           [](Profile& p, const Json& v) { p.ca_file = v.get<std::string>(); }},
    KeyRow{{"profile.NAME.timeout", "integer", "60", "Seconds without a byte after which a request fails."},
           [](Profile& p, const Json& v) { p.timeout = v.get<std::int64_t>(); }},
    KeyRow{{"profile.NAME.plain_http", "boolean", "false", "The token may be sent over http:// to another machine."},
           [](Profile& p, const Json& v) { p.plain_http = v.get<bool>(); }},
};

constexpr std::array<ConfigKey, kKeys.size()> kKeyTable = [] {
  std::array<ConfigKey, kKeys.size()> keys{};
  for (std::size_t i = 0; i < kKeys.size(); ++i) keys[i] = kKeys[i].key;
  return keys;
}();

tl::unexpected<Failure> misuse(std::string detail) {
  return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, std::move(detail), ""}));
}

bool fits(const Json& value, std::string_view type) {
  if (type == "integer") return value.is_number_integer() && value.get<std::int64_t>() > 0;
  return type == "boolean" ? value.is_boolean() : value.is_string();
}

std::string relative_to(const std::string& file, const std::string& path) {
  if (path.empty() || path.starts_with('/')) return path;
  return (std::filesystem::path(file).parent_path() / path).string();
}

/// "url, token_file, ...".
std::string key_names() {
  std::string names;
  for (const KeyRow& row : kKeys) names += (names.empty() ? "" : ", ") + std::string(row.name());
  return names;
}

Try<Profile> read_profile(const Json& table, const std::string& where, const std::string& file) {
  Profile profile;
  for (const auto& item : table.items()) {
    const std::string& name = item.key();  // no structured binding: clang 14 captures none
    const Json& value = item.value();
    const auto row = std::find_if(kKeys.begin(), kKeys.end(), [&](const KeyRow& r) { return r.name() == name; });
    if (row == kKeys.end()) return misuse(where + ": unknown key " + quote(name) + "; there are " + key_names());
    if (!fits(value, row->key.type)) return misuse(where + ": " + name + " must be " + (row->key.type == "integer" ? "an integer above 0" : "a " + std::string(row->key.type)));
    row->set(profile, value);
  }
  profile.token_file = relative_to(file, profile.token_file);
  profile.ca_file = relative_to(file, profile.ca_file);
  return profile;
}

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The user's own file, "" without a home.
std::string own_config_path() {
  const std::string base = environment("XDG_CONFIG_HOME");
  if (!base.empty()) return base + "/scimctl/scimctl.toml";
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + "/.config/scimctl/scimctl.toml";
}

/// Else somebody would wonder why the database that it names is not the one that is worked on.
Try<void> check_only_profiles(const Json& values, const std::string& file) {
  for (const auto& [name, value] : values.items()) {
    if (name != kTable) return misuse(file + ": only profiles are read here, " + name + " belongs in a configuration (scimctl help config)");
  }
  return {};
}

/// The [profile] table of a file, empty if there is none or no file.
Try<Json> profiles_in(const ConfigFile& file) {
  auto values = parse_toml(file.text, file.path);
  if (!values) return fail(Failure(ExitCode::usage, values.error()));
  if (file.path == own_config_path()) SCIM_TRY(check_only_profiles(*values, file.path));
  if (!values->contains(kTable)) return Json::object();
  Json table = values->at(std::string(kTable));
  const bool holds_tables = table.is_object() && std::all_of(table.begin(), table.end(), [](const Json& v) { return v.is_object(); });
  if (!holds_tables) return misuse(file.path + ": profiles are tables: [profile.NAME]");
  return table;
}

Result<ConfigFile> own_config(const Globals& /*globals*/) {
  const std::string path = own_config_path();
  std::error_code ignored;
  return path.empty() || !std::filesystem::exists(path, ignored) ? ConfigFile() : find_config(path);
}

Result<ConfigFile> shared_config(const Globals& globals) { return find_config(globals.config); }

/// Where profiles stand.
using Source = Result<ConfigFile> (*)(const Globals&);

/// A file that somebody has named comes first. One that lies in the current directory comes last: with a profile of the same name
/// it would send the token wherever it likes.
std::array<Source, 2> sources(const Globals& globals) {
  const bool is_named = !globals.config.empty() || !environment("SCIMCTL_CONFIG").empty();
  if (is_named) return {shared_config, own_config};
  return {own_config, shared_config};
}

struct Profiles {
  std::string file;
  Json table = Json::object();
};

Try<Profiles> profiles_of(Source source, const Globals& globals) {
  const auto file = source(globals);
  if (!file && file.error().kind == ErrorKind::not_found) return Profiles();
  if (!file) return fail(Failure(ExitCode::usage, file.error()));
  SCIM_ASSIGN(Json table, profiles_in(*file));
  return Profiles{file->path, std::move(table)};
}

Try<Profile> find_profile(const Globals& globals) {
  const std::string& wanted = globals.remote.profile;
  std::string known;
  std::string hint;
  for (const Source source : sources(globals)) {
    SCIM_ASSIGN(const Profiles profiles, profiles_of(source, globals));
    for (const auto& [name, table] : profiles.table.items()) {
      if (name == wanted) return read_profile(table, profiles.file + ": [profile." + name + "]", profiles.file);
      known += (known.empty() ? "" : ", ") + name;
      if (edit_distance(wanted, name, kHintDistance) < kHintDistance) hint = ", did you mean " + name + "?";
    }
  }
  const std::string own = own_config_path();
  return misuse("there is no profile " + quote(wanted) + hint +
                (known.empty() ? "; profiles stand in the configuration or in " + own + " as [profile.NAME]" : "; there are: " + known));
}

/// Editors put a line feed at the end.
Try<std::string> one_line(std::string_view text, const std::string& where) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  const std::string_view token = trim(text);
  const bool is_text = std::all_of(token.begin(), token.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
  if (!token.empty() && is_text) return std::string(token);
  return misuse("the token: " + where + " must have one line of ASCII characters");
}

Try<std::string> read_token(const std::string& file, Console& console) {
  auto text = read_input(file, console.in);
  if (!text) return misuse("the token: " + text.error().detail);
  warn_of_readers(file, "the token", console);
  return one_line(*text, file == "-" ? "standard input" : file);
}

Try<std::string> token_of(const Globals& globals, const Profile& profile, Console& console) {
  if (!globals.remote.token_file.empty()) return read_token(globals.remote.token_file, console);
  const std::string token = environment("SCIMCTL_TOKEN");
  if (!token.empty() && !profile.token_file.empty()) {
    console.say("scimctl: warning: the token is that of SCIMCTL_TOKEN, not that of the profile " + printable(globals.remote.profile));
  }
  if (!token.empty()) return one_line(token, "SCIMCTL_TOKEN");
  if (!profile.token_file.empty()) return read_token(profile.token_file, console);
  return std::string();
}

/// "Bearer abc" for "abc"; what names its scheme stays as it is (RFC 9110 11.4).
std::string authorization_of(const std::string& token) {
  if (token.empty() || token.find(' ') != std::string::npos) return token;
  return "Bearer " + token;
}

/// For messages: what stands before an @, wherever that is, may have been meant as a password.
std::string shown(const std::string& url) {
  const std::size_t at = url.rfind('@');
  return quote(at == std::string::npos ? url : "..." + url.substr(at));
}

Try<std::string> checked_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (authority_of(url).find('@') != std::string_view::npos) {
    return misuse("a password in the URL would be seen by others: SCIMCTL_TOKEN or --token-file has it, as \"Basic ...\"");
  }
  const bool is_plain = std::all_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '?' && c != '#'; });
  if (!is_plain) return misuse("the URL " + shown(url) + " must be a base URL, without ?, # and spaces");
  if (!origin_of(url)) return misuse("the URL " + shown(url) + " must be like https://host/scim/v2");
  return url;
}

}  // namespace

std::span<const ConfigKey> profile_keys() { return kKeyTable; }

Try<std::vector<std::string>> profile_names(const Globals& globals) {
  std::vector<std::string> names;
  for (const Source source : sources(globals)) {
    SCIM_ASSIGN(const Profiles profiles, profiles_of(source, globals));
    for (const auto& [name, table] : profiles.table.items()) names.push_back(name);
  }
  return names;
}

Try<void> check_own_config(const Globals& globals) {
  SCIM_TRY(profiles_of(own_config, globals));
  return {};
}

Try<RemoteServer> remote_server(const Globals& globals, Console& console) {
  const RemoteOptions& options = globals.remote;
  Profile profile;
  if (!options.profile.empty()) {
    SCIM_ASSIGN(profile, find_profile(globals));
  }
  const std::string& url = options.url.empty() ? profile.url : options.url;
  if (url.empty()) return misuse("the profile " + quote(options.profile) + " has no url");
  RemoteServer server;
  SCIM_ASSIGN(server.url, checked_url(url));
  const bool is_elsewhere = !options.url.empty() && !profile.url.empty() && origin_of(options.url) != origin_of(profile.url);
  if (is_elsewhere) return misuse("--url is another server than that of the profile " + quote(options.profile) + ": its token is not for it");
  SCIM_ASSIGN(const std::string token, token_of(globals, profile, console));
  server.authorization = authorization_of(token);
  server.ca_file = options.ca_file.empty() ? profile.ca_file : options.ca_file;
  server.timeout = std::chrono::seconds(options.timeout.value_or(profile.timeout.value_or(server.timeout.count())));
  const auto origin = origin_of(server.url);
  const bool is_bare = origin->scheme == "http" && !is_this_machine(*origin);
  const bool may_be_bare = profile.plain_http || options.plain_http == RemoteOptions::PlainHttp::allowed;
  if (is_bare && !token.empty() && !may_be_bare) {
    return misuse("http:// would show the token to everybody on the way to " + origin->host + ": use https://, or --plain-http");
  }
  return server;
}

}  // namespace scim::cli
