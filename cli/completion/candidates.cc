// SPDX-License-Identifier: MIT
#include "cli/completion/candidates.h"

#include <algorithm>
#include <cstdlib>

#include "cli/completion/listing.h"
#include "cli/conformance/conformance_check.h"
#include "cli/help/help_topics.h"
#include "cli/names/attribute_paths.h"
#include "cli/remote/profile.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// What a value is, so that it is known where to look for it.
enum class ValueKind { free, file, path, path_list, assignment, filter, id, member, user_name, token, topic, profile, check };

struct NamedKind {
  std::string_view name;  ///< as help shows the value, "ID"
  ValueKind kind;
};

constexpr NamedKind kValues[] = {
    {"A,B", ValueKind::path_list},   {"DIALECT", ValueKind::free}, {"FILE", ValueKind::file},       {"FILTER", ValueKind::filter},
    {"FORMAT", ValueKind::free},     {"FROM", ValueKind::file},    {"ID", ValueKind::id},           {"N", ValueKind::free},
    {"NAME", ValueKind::token},      {"PATH", ValueKind::path},    {"PATH=VALUE", ValueKind::assignment},
    {"SHELL", ValueKind::free},      {"TEXT", ValueKind::free},    {"TO", ValueKind::file},         {"TOPIC", ValueKind::topic},
    {"ENTRY", ValueKind::free},     {"READER", ValueKind::free},    {"GUARD", ValueKind::free},    {"COMMAND", ValueKind::free},
         {"HOLD", ValueKind::free},      {"REQUEST", ValueKind::free}, {"ACTOR", ValueKind::free},
    {"TYPE", ValueKind::free},       {"URL", ValueKind::file},     {"USERNAME", ValueKind::user_name},
    {"VERSION", ValueKind::free},    {"WHEN", ValueKind::free},    {"BASE_URL", ValueKind::free},  {"LDAP=PATH", ValueKind::free},
    {"METHOD", ValueKind::free},     {"PATH[:desc]", ValueKind::path}, {"PROFILE", ValueKind::profile},
    {"PATCH_FILE", ValueKind::file}, {"RESOURCE_FILE", ValueKind::file}, {"TARGET", ValueKind::free},      {"CHECK", ValueKind::check},
    {"SCOPE", ValueKind::free},      {"DN", ValueKind::free},      {"DURATION", ValueKind::free},
};

const NamedKind* find_value_kind(std::string_view name) {
  const auto found = std::find_if(std::begin(kValues), std::end(kValues), [&](const NamedKind& value) { return value.name == name; });
  return found == std::end(kValues) ? nullptr : found;
}

ValueKind kind_of(const OptionInfo& option, const Place& place) {
  const NamedKind* known = find_value_kind(option.value);
  if (known == nullptr) return ValueKind::free;
  const bool is_argument = !option.names.front().starts_with('-');
  // Members are users or groups, whatever the type of what they are members of.
  if (known->kind == ValueKind::id && !is_argument) return ValueKind::member;
  // The name of a token that is made is a new one.
  if (known->kind == ValueKind::token && place.path == "token create") return ValueKind::free;
  return known->kind;
}

std::string given(const Place& place, const std::string& option) {
  const auto found = place.options.find(option);
  return found == place.options.end() ? "" : found->second;
}

Globals globals_of(const Place& place) {
  Globals globals;
  globals.config = given(place, "--config");
  globals.database_url = given(place, "--db");
  globals.remote.url = given(place, "--url");
  globals.remote.profile = given(place, "--profile");
  const char* const profile = std::getenv("SCIMCTL_PROFILE");
  const bool is_said = globals.remote.is_wanted() || !globals.database_url.empty();
  if (!is_said && profile != nullptr) globals.remote.profile = profile;
  return globals;
}

/// What the command is about; nullopt: no users or groups.
std::optional<Kind> resource_kind(const Place& place) {
  if (place.command->find_option("--groups") != nullptr) return place.options.contains("--groups") ? Kind::groups : Kind::users;
  const auto& arguments = place.command->arguments;
  const bool has_type = !arguments.empty() && arguments.front().value == "TYPE" && !place.arguments.empty();
  if (!has_type) return std::nullopt;
  return place.arguments.front().starts_with("group") ? Kind::groups : Kind::users;
}

/// Does nothing if the configuration is none.
void add_paths(const Place& place, PathsFor purpose, const std::string& before, const std::string& after, Candidates& found) {
  const auto kind = resource_kind(place);
  const auto config = configuration(globals_of(place));
  if (!kind || !config) return;
  const auto served = sql::load_served(*config);
  if (!served) return;
  const auto type = type_of(*served->registry, *kind);
  if (!type) return;
  for (const AttributePath& path : attribute_paths(**type, purpose)) found.list.push_back({before + path.text + after, path.description});
}

/// "id,userName," before the path that is being typed.
std::string before_last(std::string_view word, char separator) {
  const std::size_t at = word.rfind(separator);
  return at == std::string_view::npos ? "" : std::string(word.substr(0, at + 1));
}

void add_words(const std::vector<std::string>& words, const std::string& before, Candidates& found) {
  for (const std::string& word : words) {
    // `user` and `users` are the same: one of them is enough.
    const bool is_singular = std::find(words.begin(), words.end(), word + 's') != words.end();
    if (!is_singular) found.list.push_back({before + word, ""});
  }
}

void add(std::vector<Candidate> list, Candidates& found) {
  std::move(list.begin(), list.end(), std::back_inserter(found.list));
}

void add_commands(const CommandInfo& command, Candidates& found) {
  for (const CommandInfo& sub : command.commands) found.list.push_back({sub.name, sub.help});
}

void add_topics(const Place& place, Candidates& found) {
  const CommandInfo* at = place.root;
  for (const std::string& word : place.arguments) {
    at = at->find(word);
    if (at == nullptr) return;
  }
  add_commands(*at, found);
  if (!place.arguments.empty()) return;
  for (const HelpTopic& topic : help_topics()) {
    const bool is_command = at->find(topic.name) != nullptr;
    if (!is_command) found.list.push_back({std::string(topic.name), std::string(topic.title)});
  }
}

void add_profiles(const Place& place, Candidates& found) {
  const auto names = profile_names(globals_of(place));
  if (!names) return;
  for (const std::string& name : *names) found.list.push_back({name, ""});
}

void add_checks(Candidates& found) {
  const auto checks = conformance_checks();
  if (!checks) return;
  for (const ConformanceCheck& check : *checks) found.list.push_back({check.id, check.title});
}

/// Those that a database has to be asked for.
void add_listed(const Place& place, ValueKind kind, std::string_view word, Candidates& found) {
  auto listing = Listing::open(globals_of(place));
  if (!listing) return;
  switch (kind) {
    case ValueKind::id: return add(listing->ids(resource_kind(place).value_or(Kind::users), word), found);
    case ValueKind::member:
      add(listing->ids(Kind::users, word), found);
      return add(listing->ids(Kind::groups, word), found);
    case ValueKind::user_name: return add(listing->user_names(word), found);
    case ValueKind::token: return add(listing->tokens(word), found);
    case ValueKind::free:
    case ValueKind::file:
    case ValueKind::path:
    case ValueKind::path_list:
    case ValueKind::assignment:
    case ValueKind::filter:
    case ValueKind::topic:
    case ValueKind::profile:
    case ValueKind::check: return;
  }
}

void add_values(const OptionInfo& option, const Place& place, std::string_view word, Candidates& found) {
  if (!option.words.empty()) return add_words(option.words, option.value == "A,B" ? before_last(word, ',') : "", found);
  const ValueKind kind = kind_of(option, place);
  switch (kind) {
    case ValueKind::free: return;
    case ValueKind::file: found.kind = Candidates::Kind::files; return;
    case ValueKind::path: return add_paths(place, PathsFor::writing, "", "", found);
    case ValueKind::path_list: return add_paths(place, PathsFor::reading, before_last(word, ','), "", found);
    case ValueKind::assignment: return add_paths(place, PathsFor::writing, "", "=", found);
    case ValueKind::filter: return add_paths(place, PathsFor::reading, "", "", found);
    case ValueKind::topic: return add_topics(place, found);
    case ValueKind::profile: return add_profiles(place, found);
    case ValueKind::check: return add_checks(found);
    case ValueKind::id:
    case ValueKind::member:
    case ValueKind::user_name:
    case ValueKind::token: return add_listed(place, kind, word, found);
  }
}

void add_options(const std::vector<OptionInfo>& options, const Place& place, Candidates& found) {
  for (const OptionInfo& option : options) {
    const std::string& name = option.names.back();
    const bool is_given_once = option.times == OptionInfo::Times::once && place.options.contains(name);
    const bool is_there = std::any_of(found.list.begin(), found.list.end(), [&](const Candidate& c) { return c.text == name; });
    if (!is_given_once && !is_there) found.list.push_back({name, option.help});
  }
}

/// "--output=js", "-ojs": the values, each with the name before it, which ends where the value begins but for a `=`.
void add_attached(const Place& place, std::string_view word, std::size_t name, std::size_t value, Candidates& found) {
  const OptionInfo* option = find_option(place, word.substr(0, name));
  if (option == nullptr || option->value.empty()) return;
  add_values(*option, place, word.substr(value), found);
  for (Candidate& candidate : found.list) candidate.text.insert(0, word.substr(0, value));
}

/// "-o".
constexpr std::size_t kShortName = 2;

void add_all(const Place& place, std::string_view word, Candidates& found) {
  if (place.words == Place::Words::unknown) return;
  if (place.pending != nullptr) return add_values(*place.pending, place, word, found);
  if (place.further == Place::Options::allowed && word.starts_with('-')) {
    if (word.starts_with("--") && word.find('=') != std::string_view::npos) return add_attached(place, word, word.find('='), word.find('=') + 1, found);
    if (!word.starts_with("--") && word.size() > kShortName) return add_attached(place, word, kShortName, kShortName, found);
    add_options(place.command->options, place, found);
    return add_options(place.root->options, place, found);
  }
  if (!place.command->commands.empty()) return add_commands(*place.command, found);
  const OptionInfo* argument = next_argument(place);
  if (argument != nullptr) add_values(*argument, place, word, found);
}

/// Names and words have no case here; what the database has found begins with what was typed by its own rules.
bool begins(const Candidate& candidate, std::string_view word) {
  return collation_key(candidate.text, Collation::username).starts_with(collation_key(word, Collation::username));
}

}  // namespace

Candidates candidates(const Place& place, std::string_view word) {
  Candidates found;
  add_all(place, word, found);
  std::erase_if(found.list, [&](const Candidate& candidate) { return !begins(candidate, word); });
  return found;
}

bool is_known_value(std::string_view name) { return find_value_kind(name) != nullptr; }

}  // namespace scim::cli
