// SPDX-License-Identifier: MIT
#include "cli/help/help.h"

#include <ostream>

#include "cli/exit_code.h"
#include "cli/help/help_topics.h"
#include "cli/names/hint.h"
#include "core/text.h"

namespace scim::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

/// The command that the words name, as far as they do: nullptr for none.
const CommandInfo* find_command(const CommandInfo& root, const std::vector<std::string>& words) {
  const CommandInfo* at = &root;
  for (const std::string& word : words) {
    at = at->find(word);
    if (at == nullptr) return nullptr;
  }
  return at;
}

Error unknown(const CommandInfo& root, const std::vector<std::string>& words) {
  const std::string said = joined(words);
  std::vector<std::string> known;
  for (const CommandInfo& command : root.commands) {
    known.push_back(command.name);
    for (const CommandInfo& sub : command.commands) known.push_back(command.name + ' ' + sub.name);
  }
  for (const HelpTopic& topic : help_topics()) known.emplace_back(topic.name);
  std::string topics;
  for (const HelpTopic& topic : help_topics()) topics.append(topics.empty() ? "" : ", ").append(topic.name);
  return {ErrorKind::bad_request, "there is no help for " + quote(said) + hint(said, known) + "\nTopics: " + topics + "; commands: scimctl help", {}};
}

Json topics_json() {
  Json topics = Json::array();
  for (const HelpTopic& topic : help_topics()) topics.push_back({{"topic", std::string(topic.name)}, {"title", std::string(topic.title)}});
  return topics;
}

void print_command(const CommandInfo& command, const std::vector<std::string>& words, Console& console) {
  if (!console.document_is_asked_for()) {
    console.out << help_text(words);
    return;
  }
  Json json = to_json(command, joined(words));
  if (words.empty()) json["topics"] = topics_json();
  console.print(json);
}

void print_exit_codes(const Globals& globals, Console& console) {
  const std::vector<std::string> all = {"code", "name", "meaning"};
  Printer printer(console, member_columns(globals.columns.empty() ? all : globals.columns), "name");
  for (const ExitCodeInfo& code : exit_codes()) {
    printer.add({{"code", static_cast<int>(code.code)}, {"name", std::string(code.name)}, {"meaning", std::string(code.meaning)}});
  }
  printer.finish(Envelope{Envelope::Kind::array});
}

void print_topic(const HelpTopic& topic, const Globals& globals, Console& console) {
  if (topic.name == "exit-codes" && globals.format) return print_exit_codes(globals, console);
  if (!console.document_is_asked_for()) {
    console.out << topic.text();
    return;
  }
  console.print({{"topic", std::string(topic.name)}, {"title", std::string(topic.title)}, {"text", topic.text()}});
}

}  // namespace

Try<ExitCode> run(const HelpCommand& command, const Globals& globals, Console& console) {
  const HelpTopic* topic = command.about == HelpCommand::About::anything && command.words.size() == 1 ? find_topic(command.words.front()) : nullptr;
  if (topic != nullptr) {
    print_topic(*topic, globals, console);
    return ExitCode::ok;
  }
  const CommandInfo tree = command_tree();
  const CommandInfo* found = find_command(tree, command.words);
  if (found == nullptr) return fail(Failure(ExitCode::usage, unknown(tree, command.words)));
  print_command(*found, command.words, console);
  return ExitCode::ok;
}

}  // namespace scim::cli
