// SPDX-License-Identifier: MIT
// The command line of the audit log.
#include <array>
#include <memory>

#include "cli/line/verb.h"

namespace scim::cli {
namespace {

constexpr int kLongestCommand = 86400;  // seconds

void add_selection(CLI::App& verb, LogSelection& selection) {
  verb.add_option("--since", selection.since, "no older ones: 2h, 7d ago, or when: 2027-01-01, 2027-01-01T00:00:00Z")->type_name("WHEN");
  verb.add_option("--before", selection.before, "older ones only")->type_name("WHEN");
  CLI::Option* token = verb.add_option("--token", selection.token, "what was written with this token")->type_name("NAME");
  verb.add_option("--actor", selection.actor, "what this one has written, as the log has it: jwt:ada, scimctl:root")->type_name("ACTOR")->excludes(token);
  verb.add_option("--request", selection.request, "what one request has written")->type_name("REQUEST");
}

void add_log_list(CLI::App& log, Parsing& parsing) {
  CLI::App& verb = *log.add_subcommand("list", "list what was written, the newest last");
  const auto list = std::make_shared<LogListCommand>();
  add_selection(verb, list->selection);
  verb.add_option("--limit", list->limit, "most entries, the last ones (50)")->type_name("N")->check(never_negative());
  choose(verb, parsing, [list] { return Command(*list); });
}

void add_log_show(CLI::App& log, Parsing& parsing) {
  CLI::App& verb = *log.add_subcommand("show", "show entries in full: each attribute before and after");
  const auto show = std::make_shared<LogShowCommand>();
  verb.add_option("ENTRY", show->entries, "an entry of log list, or the id of a request")->required()->type_name("");
  choose(verb, parsing, [show] { return Command(*show); });
}

void add_log_verify(CLI::App& log, Parsing& parsing) {
  CLI::App& verb = *log.add_subcommand("verify", "see whether the log is as it was written; prints how it ends");
  const auto verify = std::make_shared<LogVerifyCommand>();
  verb.add_option("--against", verify->heads, "what it printed before: all that must still be there")->type_name("FILE");
  choose(verb, parsing, [verify] { return Command(*verify); });
}

void add_log_export(CLI::App& log, Parsing& parsing) {
  CLI::App& verb = *log.add_subcommand("export", "write entries as JSON lines, the oldest first");
  const auto command = std::make_shared<LogExportCommand>();
  verb.add_option("FILE", command->file, "where to; - is standard output")->type_name("");
  add_selection(verb, command->selection);
  choose(verb, parsing, [command] { return Command(*command); });
}

void add_log_prune(CLI::App& log, Parsing& parsing) {
  CLI::App& verb = *log.add_subcommand("prune", "forget old entries");
  const auto prune = std::make_shared<LogPruneCommand>();
  verb.add_option("--before", prune->before, "older than that: 365d ago, or when; else as audit.keep_days says")->type_name("WHEN");
  add_consent(verb, parsing);
  choose(verb, parsing, [prune] { return Command(*prune); });
}

void add_log(CLI::App& log, Parsing& parsing) {
  log.require_subcommand(1);
  log.fallthrough();
  add_log_list(log, parsing);
  add_log_show(log, parsing);
  add_log_verify(log, parsing);
  add_log_export(log, parsing);
  add_log_prune(log, parsing);
}

void add_history(CLI::App& verb, Parsing& parsing) {
  const auto history = std::make_shared<HistoryCommand>();
  add_type(verb, history->kind);
  verb.add_option("ID", history->id, "an id, or an attribute and its value: userName=ada, also of somebody who has gone")->required()->type_name("");
  choose(verb, parsing, [history] { return Command(*history); });
}

void add_events(CLI::App& verb, Parsing& parsing) {
  const auto events = std::make_shared<EventsCommand>();
  add_choice(verb, "--follow", events->lasts, EventsCommand::Lasts::for_ever, "go on as they come, from now on");
  verb.add_option("--reader", events->reader, "go on where the one of this name was, each event at least once")->type_name("READER");
  add_choice(verb, "--from-start", events->from, EventsCommand::From::start, "a new reader hears of all that the log has");
  CLI::Option* hook = verb.add_option("--exec", events->target, "run this for each event, which is its standard input")->type_name("COMMAND");
  CLI::Option* webhook = verb.add_option("--webhook", events->target, "post each event there, signed (Standard Webhooks)")->type_name("URL");
  hook->excludes(webhook);
  verb.add_option("--exec-timeout", events->command_timeout, "seconds after which the command is ended, and has not told it (60)")
      ->check(CLI::Validator(CLI::Range(1, kLongestCommand)).description(""))->type_name("N")->needs(hook);
  verb.add_option("--secret-file", events->secret_file, "secret of the webhook, - is standard input")->type_name("FILE")->needs(webhook);
  verb.add_option("--webhook-ca", events->ca_file, "authorities that may vouch for the webhook, PEM")->type_name("FILE")->needs(webhook);
  add_choice(verb, "--readers", events->does, EventsCommand::Does::list_readers, "who reads by a name, and how many entries each has not read yet");
  add_choice(verb, "--forget", events->does, EventsCommand::Does::forget, "forget the reader: nothing is kept for it any more");
  choose(verb, parsing, [events, &verb, hook, webhook] {
    if (events->does == EventsCommand::Does::forget && events->reader.empty()) throw CLI::RequiredError("--reader");
    if (webhook->count() > 0 && events->secret_file.empty()) throw CLI::RequiredError("--secret-file");
    const bool goes_on = events->lasts == EventsCommand::Lasts::for_ever || !events->reader.empty();
    const bool is_new_only = goes_on && verb.count("--from-start") == 0;
    if (is_new_only) events->from = EventsCommand::From::end;
    if (hook->count() > 0) events->sink = EventsCommand::Sink::command;
    if (webhook->count() > 0) events->sink = EventsCommand::Sink::webhook;
    return Command(*events);
  });
}

void add_revert(CLI::App& verb, Parsing& parsing) {
  const auto revert = std::make_shared<RevertCommand>();
  verb.add_option("ENTRY", revert->name, "an entry of log list, or the id of a request: all that it has written")->required()->type_name("");
  add_choice(verb, "--force", revert->changed, RevertCommand::Changed::overwrite, "also what has been changed again since then");
  add_consent(verb, parsing);
  choose(verb, parsing, [revert] { return Command(*revert); });
}

void add_options(CLI::App& verb, HoldReleaseCommand& release) {
  add_choice(verb, "--force", release.trust, HoldReleaseCommand::Trust::assumed, "also of a token that has expired or was revoked since");
}
void add_options(CLI::App&, HoldRejectCommand&) {}

template <class C>
void add_decision(CLI::App& hold, Parsing& parsing, const std::string& name, const std::string& help) {
  CLI::App& verb = *hold.add_subcommand(name, help);
  const auto command = std::make_shared<C>();
  add_options(verb, *command);
  const auto all = std::make_shared<bool>(false);
  verb.add_option("HOLD", command->choice.ids, "of hold list")->type_name("");
  verb.add_flag("--all", *all, "all that wait");
  add_consent(verb, parsing);
  choose(verb, parsing, [command, all] {
    if (command->choice.ids.empty() && !*all) throw CLI::RequiredError("HOLD or --all");
    if (!command->choice.ids.empty() && *all) throw CLI::ExcludesError("--all", "HOLD");
    return Command(*command);
  });
}

void add_hold(CLI::App& hold, Parsing& parsing) {
  hold.require_subcommand(1);
  hold.fallthrough();
  CLI::App& list_verb = *hold.add_subcommand("list", "list requests that wait");
  const auto list = std::make_shared<HoldListCommand>();
  add_choice(list_verb, "--all", list->which, HoldListCommand::Which::all, "also what was decided of late");
  choose(list_verb, parsing, [list] { return Command(*list); });
  CLI::App& show_verb = *hold.add_subcommand("show", "show a request in full");
  const auto show = std::make_shared<HoldShowCommand>();
  show_verb.add_option("HOLD", show->id, "of hold list")->required()->type_name("");
  choose(show_verb, parsing, [show] { return Command(*show); });
  add_decision<HoldReleaseCommand>(hold, parsing, "release", "carry requests out, in the order in which they came");
  add_decision<HoldRejectCommand>(hold, parsing, "reject", "refuse requests: who sends them again gets 403");
}

constexpr std::array kVerbs = {
    Verb{"log", "the audit log: who has changed what", add_log},
    Verb{"hold", "requests beyond the limits of a guard, which wait for somebody to decide", add_hold},
    Verb{"events", "tell an application of writes as they happen", add_events},
    Verb{"revert", "take back what one request has written", add_revert},
    Verb{"history", "what has been changed of one user or group, and by whom", add_history},
};

}  // namespace

std::span<const Verb> audit_verbs() { return kVerbs; }

}  // namespace scim::cli
