// SPDX-License-Identifier: MIT
// The command line -> Options. The only file that includes CLI11.
#include "cli/options.h"

#include <CLI/CLI.hpp>

#include "core/text.h"

namespace scim::cli {
namespace {

/// How far a word may be from the command that is hinted at.
constexpr std::size_t kHintDistance = 2;

constexpr const char* kFooter =
    "Options of every command: --config, --db, -o, --columns, --dry-run, -q; see scimctl --help.\n"
    "An ID is a SCIM id, or userName=ada, externalId=42, any attribute and its value.\n"
    "Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 access denied, 5 conflict, 6 precondition failed,\n"
    "7 some of many failed, 9 differences found or nothing matches. See scimctl(1).";

const std::map<std::string, Kind> kKinds = {
    {"users", Kind::users}, {"user", Kind::users}, {"groups", Kind::groups}, {"group", Kind::groups}};

const std::map<std::string, Format> kFormats = {{"table", Format::table},
                                                {"json", Format::json},
                                                {"jsonl", Format::jsonl},
                                                {"csv", Format::csv},
                                                {"name", Format::name}};

const std::map<std::string, std::optional<Dialect>> kDialectWords = {{"any", Dialect::any},
                                                                     {"rfc", Dialect::rfc},
                                                                     {"entra", Dialect::entra},
                                                                     {"okta", Dialect::okta},
                                                                     {"default", std::nullopt}};

/// A word out of a table, with the words in the message.
template <class T>
CLI::Validator one_of(const std::map<std::string, T>& words) {
  std::string all;
  for (const auto& [word, value] : words) all += (all.empty() ? "" : ", ") + word;
  return CLI::Validator([&words, all](std::string& word) { return words.contains(word) ? "" : "not one of " + all; }, "");
}

template <class T>
CLI::Option* add_word(CLI::App& app, const std::string& name, const std::map<std::string, T>& words,
                      std::function<void(T)> take, const std::string& help) {
  return app
      .add_option_function<std::string>(name, [&words, take = std::move(take)](const std::string& w) { take(words.at(w)); }, help)
      ->check(one_of(words))
      ->type_name("");
}

/// One value each time it is given; what follows is not swallowed.
CLI::Option* add_repeated(CLI::App& app, const std::string& name, std::vector<std::string>& into, const std::string& help) {
  return app.add_option(name, into, help)->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

template <class E>
CLI::Option* add_choice(CLI::App& app, const std::string& name, E& into, E value, const std::string& help) {
  return app.add_flag_callback(name, [&into, value] { into = value; }, help);
}

/// The parse tree. What each sub-command fills in is read when it has been chosen.
class Parser {
 public:
  Parser() : app_("Manages the users and groups of a SCIM service.", "scimctl") {
    app_.require_subcommand(1);
    app_.footer(kFooter);
    app_.set_version_flag("--version", "scimctl " SCIMCTL_VERSION, "print the version");
    app_.get_help_ptr()->description("print this, or the help of a command");
    app_.get_formatter()->column_width(34);
    app_.get_formatter()->label("REQUIRED", "");
    app_.failure_message([](const CLI::App*, const CLI::Error& error) { return std::string(error.what()); });
    add_globals();
    add_list();
    add_get();
    add_edit("create", "make a user or group", EditCommand::Verb::create, create_);
    add_edit("replace", "replace all of a user or group (PUT)", EditCommand::Verb::replace, replace_);
    add_edit("patch", "change a part of a user or group (PATCH)", EditCommand::Verb::patch, patch_);
    add_targets("deactivate", "set active=false; the user stays visible", TargetsCommand::Verb::deactivate, deactivate_);
    add_targets("activate", "set active=true", TargetsCommand::Verb::activate, activate_);
    add_targets("delete", "delete users or groups", TargetsCommand::Verb::remove, delete_);
    add_import();
    add_token();
    add_filter_test();
    add_link();
    add_db();
    add_raw();
    add_replay();
    add_conformance();
    auto* check = app_.add_subcommand("check", "see whether scim-fcgi would run well: configuration, files, mapping, database");
    add_choice(*check, "--strict", check_.fail, CheckCommand::Fail::on_warnings_too, "warnings are errors");
    choose(*check, [this] { return Command(check_); });
    auto* config = app_.add_subcommand("config", "print every key of the configuration file with its default");
    choose(*config, [this] { return Command(config_); });
  }

  std::variant<Options, Stop> parse(std::vector<std::string> arguments) {
    const std::vector<std::string> words = arguments;
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
      app_.parse(arguments);
      globals_.columns = split_columns(columns_);
      read_environment();
      return Options{globals_, make_()};
    } catch (const CLI::CallForHelp&) {
      return Stop{ExitCode::ok, app_.help(), ""};
    } catch (const CLI::CallForVersion&) {
      return Stop{ExitCode::ok, app_.version() + "\n", ""};
    } catch (const CLI::ParseError& error) {
      const std::string unknown = unknown_verb(words);
      return Stop{ExitCode::usage, "", "scimctl: " + (unknown.empty() ? error.what() : unknown) + "\n" + usage()};
    }
  }

 private:
  /// What follows `sub` on the command line may be an option of all commands.
  void choose(CLI::App& sub, std::function<Command()> make) {
    sub.fallthrough();
    sub.callback([this, make = std::move(make)] { make_ = make; });
  }

  /// CLI11 only says that a command is missing. "" if that is so.
  std::string unknown_verb(const std::vector<std::string>& words) const {
    if (!app_.get_subcommands().empty() || words.empty() || words.front().starts_with('-')) return {};
    const std::string& word = words.front();
    std::string hint;
    for (const CLI::App* sub : app_.get_subcommands([](const CLI::App*) { return true; })) {
      if (edit_distance(word, sub->get_name(), kHintDistance) <= kHintDistance) hint = ", did you mean " + sub->get_name() + "?";
    }
    return "there is no command " + quote(word) + hint;
  }

  /// The usage line of the command that was named, else of the program.
  std::string usage() const {
    const CLI::App* at = &app_;
    std::string name = "scimctl";
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
      name += ' ' + at->get_name();
    }
    std::string line = "usage: " + name;
    if (at == &app_) line += " VERB users|groups [ID] [OPTIONS]";
    for (const CLI::Option* option : at->get_options([](const CLI::Option* o) { return o->get_positional(); })) {
      line += ' ' + option->get_name(true);
    }
    return line + (at == &app_ ? "" : " [OPTIONS]") + "\nTry `" + name + " --help`.\n";
  }

  void add_globals() {
    app_.add_option("--config", globals_.config,
                    "configuration (else SCIMCTL_CONFIG, ./scimctl.toml, /etc/scimctl/scimctl.toml)")
        ->type_name("FILE");
    app_.add_option("--db", globals_.database_url, "database, instead of the configured one: sqlite:PATH or postgresql://...")->type_name("URL");
    add_remote();
    add_word<Format>(app_, "-o,--output", kFormats, [this](Format format) { globals_.format = format; },
                     "table, json, jsonl, csv or name (default: table on a terminal, else json)")
        ->type_name("FORMAT");
    app_.add_option("--columns", columns_, "columns of table and csv, as attribute paths: id,userName,name.givenName")->type_name("A,B");
    add_choice(app_, "--dry-run", globals_.effect, Effect::preview, "show what a change would do, write nothing");
    add_choice(app_, "-q,--quiet", globals_.words, Words::errors_only, "say nothing on standard error but errors");
  }

  void add_remote() {
    RemoteOptions& remote = globals_.remote;
    CLI::Option* const db = app_.get_option("--db");
    CLI::Option* const url = app_.add_option("--url", remote.url, "SCIM server to work on, instead of a database: https://host/scim/v2");
    url->type_name("URL")->excludes(db);
    app_.add_option("--profile", remote.profile, "the same by its name in the configuration: [profile.NAME] (else SCIMCTL_PROFILE)")
        ->type_name("NAME")
        ->excludes(db);
    app_.add_option("--token-file", remote.token_file, "file with the bearer token (else SCIMCTL_TOKEN); - is standard input")->type_name("FILE");
    app_.add_option("--ca-file", remote.ca_file, "certificates to trust instead of the system's, PEM")->type_name("FILE");
    app_.add_option("--timeout", remote.timeout, "seconds without a byte before a request fails (60)")->check(CLI::PositiveNumber)->type_name("N");
    app_.add_option("--retries", remote.retries, "how often a request is sent again that the server puts off, 429 or 503 (5)")
        ->check(CLI::NonNegativeNumber)
        ->type_name("N");
    add_choice(app_, "--plain-http", remote.plain_http, RemoteOptions::PlainHttp::allowed, "send the token over http:// to another machine");
    app_.add_option("--trace", globals_.trace, "append each exchange to this file, without secrets; see replay")->type_name("FILE");
  }

  /// SCIMCTL_PROFILE, unless the command line says what to work on.
  void read_environment() {
    const char* const profile = std::getenv("SCIMCTL_PROFILE");
    if (profile != nullptr && !globals_.remote.is_wanted() && globals_.database_url.empty()) globals_.remote.profile = profile;
  }

  CLI::App& add_verb(const std::string& name, const std::string& help, Kind& kind) { return add_verb(app_, name, help, kind); }

  CLI::App& add_verb(CLI::App& parent, const std::string& name, const std::string& help, Kind& kind) {
    CLI::App* sub = parent.add_subcommand(name, help);
    add_word<Kind>(*sub, "TYPE", kKinds, [&kind](Kind value) { kind = value; }, "users or groups")->required();
    return *sub;
  }

  template <class C>
  static void add_projection(CLI::App& sub, C& command) {
    sub.add_option("--attributes", command.attributes, "only these attributes")->type_name("A,B");
    sub.add_option("--excluded-attributes", command.excluded_attributes, "all but these attributes")->type_name("A,B");
  }

  template <class C>
  static void add_if_match(CLI::App& sub, C& command) {
    sub.add_option("--if-match", command.if_match, "only if meta.version is still this one")->type_name("VERSION");
  }

  void add_list() {
    CLI::App& sub = add_verb("list", "list users or groups", list_.kind);
    sub.add_option("--filter", list_.filter, "SCIM filter, see scim-filter(7)")->type_name("FILTER");
    sub.add_option("--start-index", list_.start_index, "first resource of the page, from 1")->type_name("N");
    sub.add_option("--count", list_.count, "most resources of the page")->type_name("N");
    add_choice(sub, "--all", list_.pages, ListCommand::Pages::all, "every page");
    add_projection(sub, list_);
    choose(sub, [this] {
      const bool is_part = list_.start_index || list_.count;
      if (is_part && list_.pages == ListCommand::Pages::all) throw CLI::ExcludesError("--all", "--start-index and --count");
      return Command(list_);
    });
  }

  void add_get() {
    CLI::App& sub = add_verb("get", "show users or groups", get_.kind);
    sub.add_option("ID", get_.ids, "which")->required()->type_name("");
    add_projection(sub, get_);
    choose(sub, [this] { return Command(get_); });
  }

  void add_edit(const std::string& name, const std::string& help, EditCommand::Verb verb, EditCommand& command) {
    CLI::App& sub = add_verb(name, help, command.kind);
    command.verb = verb;
    if (verb != EditCommand::Verb::create) {
      sub.add_option("ID", command.id, "which; without it each object of the file has its `id`")->type_name("");
      add_if_match(sub, command);
    }
    sub.add_option("-f,--file", command.file, "JSON object, array or JSON lines; - is standard input")->type_name("FILE");
    add_repeated(sub, "--set", command.set, "set an attribute: --set name.givenName=Ada")->type_name("PATH=VALUE");
    add_repeated(sub, "--unset", command.unset, "remove an attribute, before --set")->type_name("PATH");
    sub.add_option("--user-name", command.user_name, "userName")->type_name("TEXT");
    sub.add_option("--external-id", command.external_id, "externalId")->type_name("TEXT");
    sub.add_option("--display-name", command.display_name, "displayName")->type_name("TEXT");
    auto* active = sub.add_flag_callback("--active", [&command] { command.active = true; }, "active=true");
    auto* inactive = sub.add_flag_callback("--inactive", [&command] { command.active = false; }, "active=false");
    add_choice(sub, "--password-stdin", command.password, EditCommand::Password::from_stdin, "password: a line of standard input");
    add_repeated(sub, "--add-member", command.add_members, "add a user or group to a group")->type_name("ID");
    add_repeated(sub, "--remove-member", command.remove_members, "take a member out of a group")->type_name("ID");
    choose(sub, [&command, active, inactive] {
      if (active->count() > 0 && inactive->count() > 0) throw CLI::ExcludesError("--active", "--inactive");
      if (command.file == "-" && command.password == EditCommand::Password::from_stdin) {
        throw CLI::ExcludesError("-f -", "--password-stdin");
      }
      return Command(command);
    });
  }

  void add_targets(const std::string& name, const std::string& help, TargetsCommand::Verb verb, TargetsCommand& command) {
    CLI::App& sub = add_verb(name, help, command.kind);
    command.verb = verb;
    sub.add_option("ID", command.ids, "which")->required()->type_name("");
    add_if_match(sub, command);
    choose(sub, [&command] { return Command(command); });
  }

  void add_import() {
    CLI::App& sub = add_verb("import", "make very many users or groups out of a file", import_.kind);
    sub.add_option("FILE", import_.file, "JSON lines, one resource each; - is standard input")->required()->type_name("");
    add_choice(sub, "--continue", import_.on_refused, ImportCommand::OnRefused::go_on, "report each line that is refused, and go on");
    choose(sub, [this] {
      if (globals_.effect == Effect::preview) throw CLI::ExcludesError("import", "--dry-run");
      return Command(import_);
    });
  }

  void add_token() {
    CLI::App* token = app_.add_subcommand("token", "bearer tokens for identity providers");
    token->require_subcommand(1);
    token->fallthrough();
    CLI::App* create = token->add_subcommand("create", "make a token and print it, once");
    create->add_option("NAME", token_create_.name, "what it is for")->required()->type_name("");
    add_choice(*create, "--read-only", token_create_.access, TokenCreateCommand::Access::read, "it may only read");
    create->add_option("--expires", token_create_.expires, "90d, 12h, or a time: 2027-01-01T00:00:00Z")->type_name("WHEN");
    add_dialect(*create, [this](std::optional<Dialect> dialect) { token_create_.dialect = dialect; });
    create->add_option("--user", token_create_.user, "whose token it is: /Me is this user")->type_name("USERNAME");
    choose(*create, [this] { return Command(token_create_); });
    CLI::App* update = token->add_subcommand("update", "change a token that is in use");
    update->add_option("NAME", token_update_.name, "which")->required()->type_name("");
    add_dialect(*update, [this](std::optional<Dialect> dialect) { token_update_.dialect = dialect; });
    update->add_option("--user", token_update_.user, "whose token it is; an empty one: nobody's")->type_name("USERNAME");
    choose(*update, [this] {
      if (!token_update_.dialect && !token_update_.user) throw CLI::RequiredError("--dialect or --user");
      return Command(token_update_);
    });
    CLI::App* show = token->add_subcommand("show", "show a token, and which tolerances its client relies on");
    show->add_option("NAME", token_show_.name, "which")->required()->type_name("");
    choose(*show, [this] { return Command(token_show_); });
    CLI::App* dialects = token->add_subcommand("dialects", "list the tolerances and the dialects that have them");
    choose(*dialects, [this] { return Command(token_dialects_); });
    CLI::App* list = token->add_subcommand("list", "list tokens");
    choose(*list, [this] { return Command(token_list_); });
    CLI::App* revoke = token->add_subcommand("revoke", "remove tokens");
    revoke->add_option("NAME", token_revoke_.names, "which")->required()->type_name("");
    choose(*revoke, [this] { return Command(token_revoke_); });
  }

  static void add_dialect(CLI::App& sub, std::function<void(std::optional<Dialect>)> take) {
    add_word<std::optional<Dialect>>(sub, "--dialect", kDialectWords, std::move(take),
                                     "what its client speaks: rfc, entra, okta, any; default: as configured")
        ->type_name("DIALECT");
  }

  void add_filter_test() {
    CLI::App* sub = app_.add_subcommand("filter-test", "show what a filter means and what it finds");
    sub->add_option("FILTER", filter_test_.filter, "SCIM filter, see scim-filter(7)")->required()->type_name("");
    add_choice(*sub, "--groups", filter_test_.kind, Kind::groups, "of groups, instead of users");
    sub->add_option("-f,--file", filter_test_.file, "search in these resources: JSON, a ListResponse or JSON lines; - is standard input")
        ->type_name("FILE");
    choose(*sub, [this] { return Command(filter_test_); });
  }

  void add_link() {
    CLI::App* link = app_.add_subcommand("link", "link the people of an export to the rows of an application");
    link->require_subcommand(1);
    link->fallthrough();
    add_link_verb(*link, "plan", "show which rows the records of an export are", LinkCommand::Verb::plan, link_plan_);
    CLI::App& apply = add_link_verb(*link, "apply", "the same, and link what is exact: all in one transaction",
                                    LinkCommand::Verb::apply, link_apply_);
    add_choice(apply, "--skip", link_apply_.doubtful, LinkCommand::Doubtful::skip, "leave out what is ambiguous or in conflict");
  }

  CLI::App& add_link_verb(CLI::App& link, const std::string& name, const std::string& help, LinkCommand::Verb verb, LinkCommand& command) {
    CLI::App& sub = add_verb(link, name, help, command.kind);
    command.verb = verb;
    sub.add_option("FILE", command.file, "CSV with a header of attribute paths, or SCIM JSON; - is standard input")->required()->type_name("");
    sub.add_option_function<std::string>("--match", [&command](const std::string& paths) { command.match = split_columns(paths); },
                                         "what tells the row, best first: userName,emails.value (default: as the mapping says)")
        ->type_name("A,B");
    add_choice(sub, "--ignore-unknown", command.unknown, UnknownColumns::ignore, "pass over columns that are no attributes");
    add_choice(sub, "--unmatched", command.unmatched, LinkCommand::Unmatched::list, "list the rows that no record means");
    sub.footer("Examples:\n  scimctl link " + name + " users okta.csv --match userName,emails.value\n  scimctl link " + name +
               " groups groups.json -o csv\n");
    choose(sub, [&command] { return Command(command); });
    return sub;
  }

  void add_db() {
    CLI::App* db = app_.add_subcommand("db", "scimctl's own tables: state, updates, copies");
    db->require_subcommand(1);
    db->fallthrough();
    CLI::App* status = db->add_subcommand("status", "show the database, its version, and whether migrate has work");
    choose(*status, [] { return Command(DbStatusCommand{}); });
    CLI::App* migrate = db->add_subcommand("migrate", "bring the tables up to date; --dry-run prints what would be run");
    choose(*migrate, [] { return Command(DbMigrateCommand{}); });
    CLI::App& copy = add_pair(*db, "copy", "copy everything into an empty database, SQLite or PostgreSQL", db_copy_);
    add_choice(copy, "--verify", db_copy_.verify, DbCopyCommand::Verify::yes, "compare all rows before the copy is kept");
    choose(copy, [this] {
      if (globals_.effect == Effect::preview) throw CLI::ExcludesError("db copy", "--dry-run");
      return Command(db_copy_);
    });
    CLI::App& verify = add_pair(*db, "verify", "compare all rows of two databases", db_verify_);
    choose(verify, [this] { return Command(db_verify_); });
  }

  void add_raw() {
    CLI::App& sub = *app_.add_subcommand("raw", "send one request as it is typed, and print the answer as it comes");
    sub.add_option("METHOD", raw_.method, "GET, POST, PUT, PATCH, DELETE")->required()->type_name("");
    sub.add_option("PATH", raw_.target, "below the base URL, percent-encoded: '/Users?count=1'")->required()->type_name("");
    sub.add_option("-f,--file", raw_.file, "body; - is standard input")->type_name("FILE");
    add_if_match(sub, raw_);
    sub.add_option("--if-none-match", raw_.if_none_match, "only if meta.version is another one")->type_name("VERSION");
    add_choice(sub, "-i,--include", raw_.shows, RawCommand::Shows::headers_too, "print status and headers, too");
    add_choice(sub, "--as-curl", raw_.does, RawCommand::Does::print_curl, "print the request as a command of curl instead of sending it");
    choose(sub, [this] { return Command(raw_); });
  }

  void add_replay() {
    CLI::App& sub = *app_.add_subcommand("replay", "send the requests of a trace (--trace) again, or undo them");
    sub.add_option("FILE", replay_.file, "the trace; - is standard input")->required()->type_name("");
    add_choice(sub, "--undo", replay_.direction, ReplayCommand::Direction::undo,
               "restore what was before, the last change first; what has been changed since is left alone");
    choose(sub, [this] { return Command(replay_); });
  }

  void add_conformance() {
    CLI::App& sub = *app_.add_subcommand("conformance", "check a SCIM server against the RFCs, with users and groups made for it");
    add_repeated(sub, "--only", conformance_.only, "these checks: an id, a requirement (F-17) or its letters (F)")->type_name("ID");
    add_choice(sub, "--list", conformance_.does, ConformanceCommand::Does::list, "list the checks; needs no server");
    add_choice(sub, "--strict", conformance_.fail, ConformanceCommand::Fail::on_should_too, "what fails a SHOULD counts, too");
    sub.add_option("--junit", conformance_.junit_file, "write the results to this file, too, as JUnit XML")->type_name("FILE");
    choose(sub, [this] {
      if (globals_.effect == Effect::preview) throw CLI::ExcludesError("conformance", "--dry-run");
      return Command(conformance_);
    });
  }

  template <class C>
  static CLI::App& add_pair(CLI::App& db, const std::string& name, const std::string& help, C& command) {
    CLI::App& sub = *db.add_subcommand(name, help);
    sub.add_option("FROM", command.from, "database URL: sqlite:PATH, postgresql://...")->required()->type_name("");
    sub.add_option("TO", command.to, "the other one")->required()->type_name("");
    return sub;
  }

  CLI::App app_;
  Globals globals_;
  std::string columns_;
  ListCommand list_;
  GetCommand get_;
  EditCommand create_;
  EditCommand replace_;
  EditCommand patch_;
  TargetsCommand deactivate_;
  TargetsCommand activate_;
  TargetsCommand delete_;
  TokenCreateCommand token_create_;
  TokenUpdateCommand token_update_;
  TokenShowCommand token_show_;
  TokenDialectsCommand token_dialects_;
  TokenListCommand token_list_;
  TokenRevokeCommand token_revoke_;
  FilterTestCommand filter_test_;
  LinkCommand link_plan_;
  LinkCommand link_apply_;
  ImportCommand import_;
  CheckCommand check_;
  DbCopyCommand db_copy_;
  DbVerifyCommand db_verify_;
  RawCommand raw_;
  ReplayCommand replay_;
  ConformanceCommand conformance_;
  ConfigCommand config_;
  std::function<Command()> make_;
};

}  // namespace

std::variant<Options, Stop> parse_options(std::vector<std::string> arguments) {
  return Parser().parse(std::move(arguments));
}

}  // namespace scim::cli
