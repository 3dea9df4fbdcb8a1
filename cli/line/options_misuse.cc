// SPDX-License-Identifier: MIT
// What CLI11 has found wrong with a command line, said for people.
#include <algorithm>

#include "cli/line/verb.h"

namespace scim::cli {
namespace {

const CLI::App& named(const CLI::App& app, const std::vector<std::string>& commands) {
  const CLI::App* at = &app;
  for (const std::string& name : commands) at = at->get_subcommand(name);
  return *at;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

/// As CLI11 names it: the option of the commands that were chosen, or of every command.
const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
  const CLI::App* at = &named(app, chosen_commands(app));
  for (; at != nullptr; at = at->get_parent()) {
    const CLI::Option* const option = at->get_option_no_throw(name);
    if (option != nullptr) return option;
  }
  return nullptr;
}

/// Whoever tries it has to learn where it belongs; what it is, is not repeated. "" if nobody does.
std::string secret_given(const CLI::App& app, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (find_option(app, name) != nullptr) continue;  // log list --token NAME
    if (name == "--token") return "a token on the command line would be seen by others: SCIMCTL_TOKEN or --token-file has it";
    if (name == "--password") return "a password on the command line would be seen by others: --password-stdin takes it";
  }
  return {};
}

/// The words that are neither options nor the values of options of every command.
std::vector<std::string> plain_words(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> plain;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool is_option = words[i].starts_with('-');
    if (!is_option) plain.push_back(words[i]);
    const CLI::Option* option = is_option ? app.get_option_no_throw(words[i]) : nullptr;
    if (option != nullptr && option->get_items_expected_max() > 0) ++i;
  }
  return plain;
}

/// CLI11 takes the first word that it knows for the command, and only says that one is missing. "" if that is so.
std::string unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* at = &app;
  const std::vector<std::string> plain = plain_words(app, words);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const std::vector<std::string> known = names_of(commands_of(*at));
    if (known.empty()) return {};
    if (std::find(known.begin(), known.end(), plain[i]) != known.end()) {
      at = at->get_subcommand(plain[i]);
      continue;
    }
    const bool is_swapped = at == &app && is_kind(plain[i]) && i + 1 < plain.size() && std::find(known.begin(), known.end(), plain[i + 1]) != known.end();
    if (is_swapped) return "the command comes first: scimctl " + plain[i + 1] + ' ' + plain[i];
    return "there is no command " + quote(plain[i]) + (at == &app ? "" : " of " + at->get_name()) + hint(plain[i], known);
  }
  return {};
}

/// "" if all options are known.
std::string unknown_option(const CLI::App& app, const std::vector<std::string>& left_over) {
  const auto at = std::find_if(left_over.begin(), left_over.end(), [](const std::string& word) { return word.size() > 1 && word.starts_with('-'); });
  if (at == left_over.end() || *at == "--") return {};
  const std::string name = at->substr(0, at->find('='));
  const std::vector<std::string> chosen = chosen_commands(app);
  std::vector<std::string> known;
  for (const CLI::App* of = &named(app, chosen); of != nullptr; of = of->get_parent()) {
    for (const CLI::Option* option : of->get_options([](const CLI::Option* o) { return o->nonpositional(); })) {
      for (const std::string& each : option->get_lnames()) known.push_back("--" + each);
    }
  }
  std::string command = "scimctl";
  for (const std::string& each : chosen) command += ' ' + each;
  return "there is no option " + printable(name) + " of " + command + hint(name, known);
}

/// `before` and `after`: what CLI11 has around a name.
std::string between(const std::string& text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string::npos) return {};
  const std::size_t end = text.find(after, begin + before.size());
  return end == std::string::npos ? std::string() : text.substr(begin + before.size(), end - begin - before.size());
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

std::string missing(const CLI::App& app, const std::string& text) {
  if (text.starts_with("A subcommand")) {
    const CLI::App& command = named(app, chosen_commands(app));
    if (&command == &app) return "a command is missing: scimctl --help has them";
    return command.get_name() + " wants one of " + joined(names_of(commands_of(command)));
  }
  const std::string name = between(text, "", " is required");
  const CLI::Option* const option = find_option(app, name);
  const bool is_argument = option != nullptr && option->get_positional() && !option->get_description().empty();
  return replaced(text, " is required", " is missing") + (is_argument ? ": " + option->get_description() : "");
}

std::string wrong_number(const CLI::App& app, const std::string& text) {
  const std::string name = text.substr(0, text.find_first_of(": "));
  const CLI::Option* const option = find_option(app, name);
  if (option == nullptr) return text;
  if (text.find("At Most") != std::string::npos) return name + " can be given once";
  return option->get_items_expected_max() == 0 ? name + " takes no value" : name + " wants a value: " + name + ' ' + option->get_type_name();
}

std::string not_converted(const std::string& text) {
  const std::string name = between(text, "Could not convert: ", " = ");
  if (name.empty()) return text;
  return name + " wants a number, not " + quote(text.substr(text.find(" = ") + 3));
}

}  // namespace

std::vector<std::string> chosen_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    names.push_back(at->get_name());
  }
  return names;
}

std::string misuse_of(const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& error) {
  const std::vector<std::string> left_over = app.remaining(true);
  for (const std::string& found : {secret_given(app, words), unknown_command(app, words), unknown_option(app, left_over)}) {
    if (!found.empty()) return found;
  }
  const std::string kind = error.get_name();
  const std::string text = error.what();
  if (kind == "RequiredError") return missing(app, text);
  if (kind == "ArgumentMismatch") return wrong_number(app, text);
  if (kind == "ConversionError") return not_converted(text);
  if (kind == "ExcludesError") return replaced(text, " excludes ", " cannot be given together with ");
  if (kind == "RequiresError") return replaced(text, " requires ", " is only good with ");
  if (!left_over.empty()) return quote(left_over.front()) + " is one argument too many";
  return text;
}

std::string usage_of(const CLI::App& app) {
  const std::vector<std::string> chosen = chosen_commands(app);
  const CLI::App& command = named(app, chosen);
  std::string name = "scimctl";
  for (const std::string& each : chosen) name += ' ' + each;
  std::string line = "usage: " + name;
  if (chosen.empty()) line += " VERB users|groups [ID] [OPTIONS]";
  for (const CLI::Option* option : command.get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    line += ' ' + option->get_name(true);
  }
  return line + (chosen.empty() ? "" : " [OPTIONS]") + "\nTry `" + name + " --help`.\n";
}

}  // namespace scim::cli
