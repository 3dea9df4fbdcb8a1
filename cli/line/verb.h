// SPDX-License-Identifier: MIT
// What the options_*.cc share: how a command is told to CLI11. No other header includes it.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/line/options.h"
#include "cli/names/hint.h"
#include "core/text.h"

namespace scim::cli {

/// What is read, beside the options of the command itself.
struct Parsing {
  Globals globals;
  std::function<Command()> make;  ///< the command that was chosen
};

struct Verb {
  std::string_view name;
  std::string_view help;
  /// Gives it its options. What they fill in lives as long as the function that choose() is given.
  void (*add)(CLI::App& verb, Parsing& parsing);
};

std::span<const Verb> resource_verbs();  ///< users and groups, one by one
std::span<const Verb> file_verbs();      ///< users and groups in files
std::span<const Verb> trial_verbs();     ///< filters, patches, requests and servers put to the test
std::span<const Verb> audit_verbs();     ///< what has been changed, and by whom
std::span<const Verb> service_verbs();   ///< the service itself: tokens, database, configuration; and help

/// The commands that were read, from the outermost: "token", "create".
std::vector<std::string> chosen_commands(const CLI::App& app);
/// What is wrong with the command line `words` in a sentence: what was given, and what is wanted.
std::string misuse_of(const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& error);
/// The usage line of the command that was named, else of the program.
std::string usage_of(const CLI::App& app);

/// What is said first of what commands work on: users, groups.
bool is_kind(const std::string& word);

std::optional<Shell> shell_called(const std::string& name);

/// What follows the command on the command line may be an option of all commands.
void choose(CLI::App& verb, Parsing& parsing, std::function<Command()> make);

/// A word out of a table, with the words in the message.
template <class T>
CLI::Validator one_of(const std::map<std::string, T>& words) {
  std::string all;
  for (const auto& [word, value] : words) all += (all.empty() ? "" : ", ") + word;
  std::vector<std::string> known;
  for (const auto& [word, value] : words) known.push_back(word);
  const auto mistake = [known, all](const std::string& word) { return quote(word) + " is not one of " + all + hint(word, known); };
  return CLI::Validator([&words, mistake](std::string& word) { return words.contains(word) ? "" : mistake(word); }, "", all);
}

template <class T>
CLI::Option* add_word(CLI::App& app, const std::string& name, const std::map<std::string, T>& words,
                      std::function<void(T)> take, const std::string& help) {
  return app
      .add_option_function<std::string>(name, [&words, take = std::move(take)](const std::string& w) { take(words.at(w)); }, help)
      ->check(one_of(words))
      ->type_name("");
}

template <class E>
CLI::Option* add_choice(CLI::App& app, const std::string& name, E& into, E value, const std::string& help) {
  return app.add_flag_callback(name, [&into, value] { into = value; }, help);
}

/// One value each time it is given; what follows is not swallowed.
CLI::Option* add_repeated(CLI::App& app, const std::string& name, std::vector<std::string>& into, const std::string& help);

CLI::Validator never_negative();

/// Refuses nothing: `words` are what shells offer.
CLI::Validator any_of(const std::string& words);

// Options that several commands have.
void add_type(CLI::App& verb, Kind& kind);  ///< the argument users|groups
void add_consent(CLI::App& verb, Parsing& parsing);
void add_dialect(CLI::App& verb, std::function<void(std::optional<Dialect>)> take);

template <class C>
void add_projection(CLI::App& verb, C& command) {
  verb.add_option("--attributes", command.attributes, "only these attributes")->type_name("A,B");
  verb.add_option("--excluded-attributes", command.excluded_attributes, "all but these attributes")->type_name("A,B");
}

template <class C>
void add_if_match(CLI::App& verb, C& command) {
  verb.add_option("--if-match", command.if_match, "only if meta.version is still this one")->type_name("VERSION");
}

}  // namespace scim::cli
