// SPDX-License-Identifier: MIT
// The command line of what is about the service itself, and about scimctl.
#include <array>
#include <memory>

#include "cli/line/verb.h"

namespace scim::cli {
namespace {

const std::map<std::string, Shell> kShells = {{"bash", Shell::bash}, {"fish", Shell::fish}, {"zsh", Shell::zsh}};

void add_token_limits(CLI::App& verb, TokenLimits& limits) {
  add_repeated(verb, "--scope", limits.scopes, "what it is for: read, write, all, users, groups or another resource type; repeatable")
      ->type_name("SCOPE")
      ->check(any_of("read write all users groups"));
  add_repeated(verb, "--hide", limits.hidden, "an attribute that it neither sees nor changes; repeatable")->type_name("PATH");
  verb.add_option("--rate-limit", limits.rate_limit, "requests a minute, 0 without limit; default: as configured")->type_name("N");
  verb.add_option("--guard", limits.guard, "what it may take away: 'hold deactivations=50 deletions=5%'; default: as configured")->type_name("GUARD");
}

void add_token_create(CLI::App& token, Parsing& parsing) {
  CLI::App& verb = *token.add_subcommand("create", "make a token and print it, once");
  const auto create = std::make_shared<TokenCreateCommand>();
  verb.add_option("NAME", create->name, "what it is for")->required()->type_name("");
  add_choice(verb, "--read-only", create->access, TokenCreateCommand::Access::read, "it may only read");
  verb.add_option("--expires", create->expires, "90d, 12h, or when: 2027-01-01, 2027-01-01T00:00:00Z")->type_name("WHEN");
  add_dialect(verb, [create](std::optional<Dialect> dialect) { create->dialect = dialect; });
  verb.add_option("--user", create->user, "whose token it is: /Me is this user")->type_name("USERNAME");
  add_token_limits(verb, create->limits);
  verb.add_option("--certificate-subject", create->certificate, "of the client certificate that is the token, as the web server writes it")
      ->type_name("DN");
  choose(verb, parsing, [create] { return Command(*create); });
}

void add_token_update(CLI::App& token, Parsing& parsing) {
  CLI::App& verb = *token.add_subcommand("update", "change a token that is in use");
  const auto update = std::make_shared<TokenUpdateCommand>();
  verb.add_option("NAME", update->name, "of the token")->required()->type_name("");
  add_dialect(verb, [update](std::optional<Dialect> dialect) { update->dialect = dialect; });
  verb.add_option("--user", update->user, "whose token it is; an empty one: nobody's")->type_name("USERNAME");
  verb.add_option("--expires", update->expires, "90d or 12h from now, or when: 2027-01-01, 2027-01-01T00:00:00Z; never")->type_name("WHEN");
  add_token_limits(verb, update->limits);
  choose(verb, parsing, [update] {
    const TokenLimits& limits = update->limits;
    const bool limits_it = !limits.scopes.empty() || !limits.hidden.empty() || !limits.rate_limit.empty() || !limits.guard.empty();
    if (!update->dialect && !update->user && !update->expires && !limits_it) {
      throw CLI::RequiredError("--dialect, --user, --expires, --scope, --hide, --rate-limit or --guard");
    }
    return Command(*update);
  });
}

void add_token_rotate(CLI::App& token, Parsing& parsing) {
  CLI::App& verb = *token.add_subcommand("rotate", "give a token a new secret; the old one goes on for a while");
  const auto rotate = std::make_shared<TokenRotateCommand>();
  verb.add_option("NAME", rotate->name, "of the token")->required()->type_name("");
  verb.add_option("--overlap", rotate->overlap, "how long the old secret goes on: 7d, 12h, 30m; 0 ends it now")->type_name("DURATION")->capture_default_str();
  verb.add_option("--expires", rotate->expires, "as in token update")->type_name("WHEN");
  choose(verb, parsing, [rotate] { return Command(*rotate); });
}

void add_token_revoke(CLI::App& token, Parsing& parsing) {
  CLI::App& verb = *token.add_subcommand("revoke", "remove tokens");
  const auto revoke = std::make_shared<TokenRevokeCommand>();
  verb.add_option("NAME", revoke->names, "of the token")->required()->type_name("");
  add_consent(verb, parsing);
  choose(verb, parsing, [revoke] { return Command(*revoke); });
}

void add_token(CLI::App& token, Parsing& parsing) {
  token.require_subcommand(1);
  token.fallthrough();
  add_token_create(token, parsing);
  add_token_update(token, parsing);
  CLI::App& verb = *token.add_subcommand("show", "show a token, and which tolerances its client relies on");
  const auto show = std::make_shared<TokenShowCommand>();
  verb.add_option("NAME", show->name, "of the token")->required()->type_name("");
  choose(verb, parsing, [show] { return Command(*show); });
  choose(*token.add_subcommand("dialects", "list the tolerances and the dialects that have them"), parsing,
         [] { return Command(TokenDialectsCommand{}); });
  choose(*token.add_subcommand("list", "list tokens"), parsing, [] { return Command(TokenListCommand{}); });
  add_token_rotate(token, parsing);
  add_token_revoke(token, parsing);
}

template <class C>
std::shared_ptr<C> add_pair(CLI::App& verb) {
  const auto pair = std::make_shared<C>();
  verb.add_option("FROM", pair->from, "database URL: sqlite:PATH, postgresql://...")->required()->type_name("");
  verb.add_option("TO", pair->to, "the other one")->required()->type_name("");
  return pair;
}

void add_db(CLI::App& db, Parsing& parsing) {
  db.require_subcommand(1);
  db.fallthrough();
  choose(*db.add_subcommand("status", "show the database, its version, and whether migrate has work"), parsing,
         [] { return Command(DbStatusCommand{}); });
  choose(*db.add_subcommand("migrate", "bring the tables up to date; --dry-run prints what would be run"), parsing,
         [] { return Command(DbMigrateCommand{}); });
  CLI::App& verb = *db.add_subcommand("copy", "copy everything into an empty database, SQLite or PostgreSQL");
  const auto copy = add_pair<DbCopyCommand>(verb);
  add_choice(verb, "--verify", copy->verify, DbCopyCommand::Verify::yes, "compare all rows before the copy is kept");
  choose(verb, parsing, [copy, &globals = parsing.globals] {
    if (globals.effect == Effect::preview) throw CLI::ExcludesError("db copy", "--dry-run");
    return Command(*copy);
  });
  CLI::App& compare = *db.add_subcommand("verify", "compare all rows of two databases");
  const auto verify = add_pair<DbVerifyCommand>(compare);
  choose(compare, parsing, [verify] { return Command(*verify); });
}

void add_check(CLI::App& verb, Parsing& parsing) {
  const auto check = std::make_shared<CheckCommand>();
  add_choice(verb, "--strict", check->fail, CheckCommand::Fail::on_warnings_too, "warnings are errors");
  choose(verb, parsing, [check] { return Command(*check); });
}

void add_config(CLI::App& verb, Parsing& parsing) {
  choose(verb, parsing, [] { return Command(ConfigCommand{}); });
}

void add_completion(CLI::App& verb, Parsing& parsing) {
  const auto completion = std::make_shared<CompletionCommand>();
  add_word<Shell>(verb, "SHELL", kShells, [completion](Shell shell) { completion->shell = shell; }, "bash, zsh or fish")->required();
  choose(verb, parsing, [completion] { return Command(*completion); });
}

void add_help(CLI::App& verb, Parsing& parsing) {
  const auto help = std::make_shared<HelpCommand>();
  verb.add_option("TOPIC", help->words, "a command, or a topic of scimctl --help")->type_name("");
  choose(verb, parsing, [help] { return Command(*help); });
}

constexpr std::array kVerbs = {
    Verb{"token", "bearer tokens for identity providers", add_token},
    Verb{"db", "scimctl's own tables: state, updates, copies", add_db},
    Verb{"check", "see whether scim-fcgi would run well: configuration, files, mapping, database", add_check},
    Verb{"config", "print every key of the configuration file with its default", add_config},
    Verb{"completion", "print a script that makes a shell complete the command line", add_completion},
    Verb{"help", "explain a command or a topic", add_help},
};

}  // namespace

std::span<const Verb> service_verbs() { return kVerbs; }

std::optional<Shell> shell_called(const std::string& name) {
  const auto at = kShells.find(name);
  return at == kShells.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace scim::cli
