// SPDX-License-Identifier: MIT
// The command line of what reads and writes files of users and groups.
#include <array>
#include <memory>

#include "cli/line/verb.h"
#include "core/text.h"

namespace scim::cli {
namespace {

const std::map<std::string, RecordFormat> kRecordFormats = {{"json", RecordFormat::json}, {"csv", RecordFormat::csv}, {"ldif", RecordFormat::ldif}};
const std::map<std::string, ExportCommand::Format> kExportFormats = {{"jsonl", ExportCommand::Format::jsonl}, {"csv", ExportCommand::Format::csv}};

void add_import(CLI::App& verb, Parsing& parsing) {
  const auto import = std::make_shared<ImportCommand>();
  add_type(verb, import->kind);
  verb.add_option("FILE", import->file, "JSON lines, JSON, CSV with a header of attribute paths, or LDIF; - is standard input")->required()->type_name("");
  add_word<RecordFormat>(verb, "--format", kRecordFormats, [import](RecordFormat format) { import->format = format; },
                         "json, csv or ldif (default: as the file's name or its beginning says)")
      ->type_name("FORMAT");
  add_choice(verb, "--continue", import->on_refused, ImportCommand::OnRefused::go_on, "report each record that is refused, and go on");
  CLI::Option* rejects = verb.add_option("--rejects", import->rejects, "write the records that are refused to this file, and go on")->type_name("FILE");
  add_choice(verb, "--resume", import->existing, ImportCommand::Existing::pass_over, "pass over who is there already: for an import that was broken off");
  add_repeated(verb, "--map", import->ldap_names, "LDIF: an attribute of LDAP and what it is: --map sAMAccountName=userName")->type_name("LDAP=PATH");
  choose(verb, parsing, [import, rejects, &globals = parsing.globals] {
    if (rejects->count() > 0) import->on_refused = ImportCommand::OnRefused::go_on;
    if (globals.effect == Effect::preview) {
      import->does = ImportCommand::Does::check;
      import->on_refused = ImportCommand::OnRefused::go_on;
    }
    return Command(*import);
  });
}

void add_export(CLI::App& verb, Parsing& parsing) {
  const auto command = std::make_shared<ExportCommand>();
  add_type(verb, command->kind);
  verb.add_option("FILE", command->file, "*.csv or JSON lines (default: standard output)")->type_name("");
  verb.add_option("--filter", command->filter, "only those that match")->type_name("FILTER");
  add_word<ExportCommand::Format>(verb, "--format", kExportFormats, [command](ExportCommand::Format format) { command->format = format; },
                                  "jsonl or csv (default: as the file's name says)")
      ->type_name("FORMAT");
  add_choice(verb, "--ids", command->references, ExportCommand::References::by_id,
             "members and managers by their ids, which only this server knows, not by name");
  choose(verb, parsing, [command] { return Command(*command); });
}

void read_prune(const std::string& words, ApplyCommand& command) {
  const std::map<std::string, ApplyCommand::Rest*> known = {
      {"users", &command.users}, {"groups", &command.groups}, {"members", &command.members}};
  for (const std::string& word : split_columns(words)) {
    const auto at = known.find(word);
    if (at == known.end()) throw CLI::ValidationError("--prune", quote(word) + " is not one of groups, members, users");
    *at->second = ApplyCommand::Rest::remove;
  }
}

std::shared_ptr<ApplyCommand> add_desired_state(CLI::App& verb, Parsing& parsing, ApplyCommand::Verb does) {
  const auto apply = std::make_shared<ApplyCommand>();
  apply->verb = does;
  verb.add_option("-f,--file", apply->files, "JSON, JSON lines or CSV, or directories of such; - is standard input")
      ->required()
      ->type_name("FILE");
  verb.add_option_function<std::string>("--prune", [apply](const std::string& words) { read_prune(words, *apply); },
                                        "remove what no file has: users, groups, members (of groups in the files)")
      ->check(any_of("groups, members, users"))
      ->type_name("A,B");
  add_choice(verb, "--set-passwords", apply->passwords, ApplyCommand::Passwords::of_all,
             "set passwords of users that exist, too, each time: they cannot be compared");
  choose(verb, parsing, [apply] { return Command(*apply); });
  return apply;
}

void add_apply(CLI::App& verb, Parsing& parsing) {
  const auto apply = add_desired_state(verb, parsing, ApplyCommand::Verb::apply);
  verb.add_option("--max-delete", apply->max_delete, "most users, groups and members to remove; more, and nothing at all is done (0)")
      ->check(never_negative())
      ->type_name("N");
  add_consent(verb, parsing);
}

void add_diff(CLI::App& verb, Parsing& parsing) { add_desired_state(verb, parsing, ApplyCommand::Verb::diff); }

std::shared_ptr<LinkCommand> add_matching(CLI::App& verb, Parsing& parsing, LinkCommand::Verb does) {
  const auto link = std::make_shared<LinkCommand>();
  link->verb = does;
  add_type(verb, link->kind);
  verb.add_option("FILE", link->file, "CSV with a header of attribute paths, or SCIM JSON; - is standard input")->required()->type_name("");
  verb.add_option_function<std::string>("--match", [link](const std::string& paths) { link->match = split_columns(paths); },
                                        "what tells the row, best first: userName,emails.value (default: as the mapping says)")
      ->type_name("A,B");
  add_choice(verb, "--ignore-unknown", link->unknown, UnknownColumns::ignore, "pass over columns that are no attributes");
  add_choice(verb, "--unmatched", link->unmatched, LinkCommand::Unmatched::list, "list the rows that no record means");
  choose(verb, parsing, [link] { return Command(*link); });
  return link;
}

void add_link(CLI::App& link, Parsing& parsing) {
  link.require_subcommand(1);
  link.fallthrough();
  add_matching(*link.add_subcommand("plan", "show which rows the records of an export are"), parsing, LinkCommand::Verb::plan);
  CLI::App& verb = *link.add_subcommand("apply", "the same, and link what is exact: all in one transaction");
  const auto apply = add_matching(verb, parsing, LinkCommand::Verb::apply);
  add_choice(verb, "--skip", apply->doubtful, LinkCommand::Doubtful::skip, "leave out what is ambiguous or in conflict");
}

constexpr std::array kVerbs = {
    Verb{"import", "make very many users or groups out of a file", add_import},
    Verb{"export", "write users or groups to a file that import can read", add_export},
    Verb{"apply", "make users and groups as files say", add_apply},
    Verb{"diff", "show what apply would change, and change nothing", add_diff},
    Verb{"link", "link the people of an export to the rows of an application", add_link},
};

}  // namespace

std::span<const Verb> file_verbs() { return kVerbs; }

}  // namespace scim::cli
