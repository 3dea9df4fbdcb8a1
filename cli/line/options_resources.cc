// SPDX-License-Identifier: MIT
// The command line of what works on users and groups one by one.
#include <array>
#include <memory>

#include "cli/line/verb.h"

namespace scim::cli {
namespace {

void add_list(CLI::App& verb, Parsing& parsing) {
  const auto list = std::make_shared<ListCommand>();
  add_type(verb, list->kind);
  verb.add_option("--filter", list->filter, "SCIM filter, see scim-filter(7)")->type_name("FILTER");
  verb.add_option("--start-index", list->start_index, "first resource of the page, from 1")->type_name("N")->check(never_negative());
  verb.add_option("--count", list->count, "most resources of a page")->type_name("N")->check(never_negative());
  verb.add_option("--limit", list->limit, "most resources, of as many pages as it takes")->type_name("N")->check(never_negative());
  add_choice(verb, "--all", list->pages, ListCommand::Pages::all, "every page");
  verb.add_option("--sort", list->sort, "order: an attribute, downwards with :desc")->type_name("PATH[:desc]");
  add_projection(verb, *list);
  choose(verb, parsing, [list] {
    const bool is_part = list->start_index || list->limit;
    if (is_part && list->pages == ListCommand::Pages::all) throw CLI::ExcludesError("--all", "--start-index and --limit");
    return Command(*list);
  });
}

void add_get(CLI::App& verb, Parsing& parsing) {
  const auto get = std::make_shared<GetCommand>();
  add_type(verb, get->kind);
  verb.add_option("ID", get->ids, "an id, or an attribute and its value: userName=ada")->required()->type_name("");
  add_projection(verb, *get);
  choose(verb, parsing, [get] { return Command(*get); });
}

template <EditCommand::Verb kVerb>
void add_edit(CLI::App& verb, Parsing& parsing) {
  const auto edit = std::make_shared<EditCommand>();
  edit->verb = kVerb;
  add_type(verb, edit->kind);
  if (kVerb != EditCommand::Verb::create) {
    verb.add_option("ID", edit->id, "an id, or an attribute and its value; without it each object of the file has its `id`")->type_name("");
    add_if_match(verb, *edit);
  }
  verb.add_option("-f,--file", edit->file, "JSON object, array or JSON lines; - is standard input")->type_name("FILE");
  add_repeated(verb, "--set", edit->set, "set an attribute: --set name.givenName=Ada")->type_name("PATH=VALUE");
  add_repeated(verb, "--unset", edit->unset, "remove an attribute, before --set")->type_name("PATH");
  verb.add_option("--user-name", edit->user_name, "userName")->type_name("TEXT");
  verb.add_option("--external-id", edit->external_id, "externalId")->type_name("TEXT");
  verb.add_option("--display-name", edit->display_name, "displayName")->type_name("TEXT");
  auto* active = verb.add_flag_callback("--active", [edit] { edit->active = true; }, "active=true");
  auto* inactive = verb.add_flag_callback("--inactive", [edit] { edit->active = false; }, "active=false");
  add_choice(verb, "--password-stdin", edit->password, EditCommand::Password::from_stdin, "password: a line of standard input");
  add_repeated(verb, "--add-member", edit->add_members, "add a user or group to a group")->type_name("ID");
  add_repeated(verb, "--remove-member", edit->remove_members, "take a member out of a group")->type_name("ID");
  choose(verb, parsing, [edit, active, inactive] {
    if (active->count() > 0 && inactive->count() > 0) throw CLI::ExcludesError("--active", "--inactive");
    if (edit->file == "-" && edit->password == EditCommand::Password::from_stdin) {
      throw CLI::ExcludesError("-f -", "--password-stdin");
    }
    return Command(*edit);
  });
}

template <TargetsCommand::Verb kVerb>
void add_targets(CLI::App& verb, Parsing& parsing) {
  const auto targets = std::make_shared<TargetsCommand>();
  targets->verb = kVerb;
  add_type(verb, targets->kind);
  verb.add_option("ID", targets->ids, "an id, or an attribute and its value: userName=ada")->required()->type_name("");
  add_if_match(verb, *targets);
  if (kVerb == TargetsCommand::Verb::remove) add_consent(verb, parsing);
  choose(verb, parsing, [targets] { return Command(*targets); });
}

void add_editor(CLI::App& verb, Parsing& parsing) {
  const auto editor = std::make_shared<EditorCommand>();
  add_type(verb, editor->kind);
  verb.add_option("ID", editor->id, "an id, or an attribute and its value: userName=ada")->required()->type_name("");
  choose(verb, parsing, [editor] { return Command(*editor); });
}

constexpr std::array kVerbs = {
    Verb{"list", "list users or groups", add_list},
    Verb{"get", "show users or groups", add_get},
    Verb{"create", "make a user or group", add_edit<EditCommand::Verb::create>},
    Verb{"replace", "replace all of a user or group (PUT)", add_edit<EditCommand::Verb::replace>},
    Verb{"patch", "change a part of a user or group (PATCH)", add_edit<EditCommand::Verb::patch>},
    Verb{"edit", "change a user or group in a text editor: VISUAL, else EDITOR, else vi", add_editor},
    Verb{"deactivate", "set active=false; the user stays visible", add_targets<TargetsCommand::Verb::deactivate>},
    Verb{"activate", "set active=true", add_targets<TargetsCommand::Verb::activate>},
    Verb{"delete", "delete users or groups", add_targets<TargetsCommand::Verb::remove>},
};

}  // namespace

std::span<const Verb> resource_verbs() { return kVerbs; }

}  // namespace scim::cli
