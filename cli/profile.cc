// SPDX-License-Identifier: MIT
#include "cli/profile.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "cli/input.h"
#include "core/config.h"
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

struct KeyRow {
  ProfileKey key;
  void (*set)(Profile&, const Json&);
};

constexpr std::array kKeys = {
    KeyRow{{"url", "string", "Base URL of the SCIM server: https://host/scim/v2."},
           [](Profile& p, const Json& v) { p.url = v.get<std::string>(); }},
    KeyRow{{"token_file", "string", "File with the bearer token, for its owner's eyes only. SCIMCTL_TOKEN comes before it."},
           [](Profile& p, const Json& v) { p.token_file = v.get<std::string>(); }},
    KeyRow{{"ca_file", "string", "Certificates of the authorities that are trusted, PEM. Without it those of the system."},
           [](Profile& p, const Json& v) { p.ca_file = v.get<std::string>(); }},
    KeyRow{{"timeout", "integer", "Seconds without a byte after which a request fails (60)."},
           [](Profile& p, const Json& v) { p.timeout = v.get<std::int64_t>(); }},
    KeyRow{{"plain_http", "boolean", "The token may be sent over http:// to another machine (false)."},
           [](Profile& p, const Json& v) { p.plain_http = v.get<bool>(); }},
};

constexpr std::array<ProfileKey, kKeys.size()> kKeyTable = [] {
  std::array<ProfileKey, kKeys.size()> keys{};
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

Try<Profile> read_profile(const Json& table, const std::string& where, const std::string& file) {
  Profile profile;
  for (const auto& [name, value] : table.items()) {
    const auto row = std::find_if(kKeys.begin(), kKeys.end(), [&](const KeyRow& r) { return r.key.name == name; });
    if (row == kKeys.end()) return misuse(where + ": unknown key " + quote(name) + "; there are url, token_file, ca_file, timeout, plain_http");
    if (!fits(value, row->key.type)) return misuse(where + ": " + name + " must be " + (row->key.type == "integer" ? "an integer above 0" : "a " + std::string(row->key.type)));
    row->set(profile, value);
  }
  if (profile.url.empty()) return misuse(where + ": has no url");
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

/// The [profile] table of a file, empty if there is none or no file.
Try<Json> profiles_of(const std::string& file) {
  std::error_code ignored;
  if (file.empty() || !std::filesystem::exists(file, ignored)) return Json::object();
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) return misuse(file + ": cannot be read");
  auto values = parse_toml(text, file);
  if (!values) return fail(Failure(ExitCode::usage, values.error()));
  if (!values->contains(kTable)) return Json::object();
  Json table = values->at(std::string(kTable));
  const bool holds_tables = table.is_object() && std::all_of(table.begin(), table.end(), [](const Json& v) { return v.is_object(); });
  if (!holds_tables) return misuse(file + ": profiles are tables: [profile.NAME]");
  return table;
}

Try<Profile> find_profile(const Globals& globals) {
  const std::string& wanted = globals.remote.profile;
  std::string known;
  std::string hint;
  for (const std::string& file : {globals.config.empty() ? default_config_path() : globals.config, own_config_path()}) {
    SCIM_ASSIGN(const Json profiles, profiles_of(file));
    for (const auto& [name, table] : profiles.items()) {
      if (name == wanted) return read_profile(table, file + ": [profile." + name + "]", file);
      known += (known.empty() ? "" : ", ") + name;
      if (edit_distance(wanted, name, kHintDistance) < kHintDistance) hint = ", did you mean " + name + "?";
    }
  }
  const std::string own = own_config_path();
  return misuse("there is no profile " + quote(wanted) + hint +
                (known.empty() ? "; profiles stand in the configuration or in " + own + " as [profile.NAME]" : "; there are: " + known));
}

/// Editors put a line feed at the end.
std::string without_line_end(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return std::string(trim(text));
}

Try<std::string> read_token(const std::string& file, std::istream& in) {
  auto text = read_input(file, in);
  if (!text) return misuse("the token: " + text.error().detail);
  const std::string token = without_line_end(*text);
  const bool is_text = !token.empty() && std::all_of(token.begin(), token.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
  if (!is_text) return misuse("the token: " + file + " must have one line of ASCII characters");
  return token;
}

Try<std::string> token_of(const Globals& globals, const Profile& profile, std::istream& in) {
  if (!globals.remote.token_file.empty()) return read_token(globals.remote.token_file, in);
  const std::string token = without_line_end(environment("SCIMCTL_TOKEN"));
  if (token.find_first_of("\r\n") != std::string::npos) return misuse("SCIMCTL_TOKEN must be one line");
  if (!token.empty() || profile.token_file.empty()) return token;
  return read_token(profile.token_file, in);
}

/// "Bearer abc" for "abc"; what names its scheme stays as it is (RFC 9110 11.4).
std::string authorization_of(const std::string& token) {
  if (token.empty() || token.find(' ') != std::string::npos) return token;
  return "Bearer " + token;
}

/// The host of "scheme://user@host:port/path".
std::string_view host_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
  return url.substr(0, url.rfind(':'));
}

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "[::1]" || host.starts_with("127."); }

Try<std::string> checked_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const bool is_http = url.starts_with("https://") || url.starts_with("http://");
  if (!is_http || host_of(url).empty()) return misuse("the URL " + quote(url) + " must be like https://host/scim/v2");
  if (url.find_first_of("?# ") != std::string::npos) return misuse("the URL " + quote(url) + " must be a base URL, without ?, # and spaces");
  if (host_of(url).find('@') != std::string_view::npos) {
    return misuse("a password in the URL would be seen by others: SCIMCTL_TOKEN or --token-file has it, as \"Basic ...\"");
  }
  return url;
}

}  // namespace

std::span<const ProfileKey> profile_keys() { return kKeyTable; }

Try<RemoteServer> remote_server(const Globals& globals, std::istream& in) {
  const RemoteOptions& options = globals.remote;
  Profile profile;
  if (!options.profile.empty()) {
    SCIM_ASSIGN(profile, find_profile(globals));
  }
  RemoteServer server;
  SCIM_ASSIGN(server.url, checked_url(options.url.empty() ? profile.url : options.url));
  SCIM_ASSIGN(const std::string token, token_of(globals, profile, in));
  server.authorization = authorization_of(token);
  server.ca_file = options.ca_file.empty() ? profile.ca_file : options.ca_file;
  server.timeout = std::chrono::seconds(options.timeout.value_or(profile.timeout.value_or(server.timeout.count())));
  const bool is_bare = server.url.starts_with("http://") && !is_this_machine(host_of(server.url));
  const bool may_be_bare = profile.plain_http || options.plain_http == RemoteOptions::PlainHttp::allowed;
  if (is_bare && !token.empty() && !may_be_bare) {
    return misuse("http:// would show the token to everybody on the way to " + std::string(host_of(server.url)) + ": use https://, or --plain-http");
  }
  return server;
}

}  // namespace scim::cli
