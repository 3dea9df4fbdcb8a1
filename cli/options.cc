// SPDX-License-Identifier: MIT
// The command line -> Options. The only file that includes CLI11.
#include "cli/options.h"

#include <CLI/CLI.hpp>

#include "cli/examples.h"
#include "cli/failure.h"
#include "cli/help_topics.h"
#include "cli/hint.h"
#include "cli/wrap.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// The end of the help of a command: "" of the program.
std::string footer_of(std::string_view command) {
  std::string text = "Examples:";
  for (const std::string_view line : examples_of(command)) text.append("\n  ").append(line);
  if (!command.empty()) return text + "\n\nOptions of every command: scimctl --help";
  text += "\n\nscimctl help COMMAND, and scimctl help TOPIC:";
  for (const HelpTopic& topic : help_topics()) {
    text.append("\n  ").append(topic.name).append(16 - topic.name.size(), ' ').append(topic.title);
  }
  std::string codes;
  for (const ExitCodeInfo& code : exit_codes()) {
    codes.append(codes.empty() ? "" : ", ").append(std::to_string(static_cast<int>(code.code))).append(" ").append(code.name);
  }
  return text + "\n\n" + wrapped("Exit codes: ", codes) + "See scimctl(1).";
}

/// More than anybody waits.
constexpr int kMostSeconds = 86400;

const std::map<std::string, Kind> kKinds = {
    {"users", Kind::users}, {"user", Kind::users}, {"groups", Kind::groups}, {"group", Kind::groups}};

const std::map<std::string, Format> kFormats = {{"table", Format::table},
                                                {"json", Format::json},
                                                {"jsonl", Format::jsonl},
                                                {"yaml", Format::yaml},
                                                {"csv", Format::csv},
                                                {"name", Format::name}};

const std::map<std::string, std::optional<Dialect>> kDialectWords = {{"any", Dialect::any},
                                                                     {"rfc", Dialect::rfc},
                                                                     {"entra", Dialect::entra},
                                                                     {"okta", Dialect::okta},
                                                                     {"default", std::nullopt}};

const std::map<std::string, RecordFormat> kRecordFormats = {{"json", RecordFormat::json}, {"csv", RecordFormat::csv}, {"ldif", RecordFormat::ldif}};
const std::map<std::string, ExportCommand::Format> kExportFormats = {{"jsonl", ExportCommand::Format::jsonl}, {"csv", ExportCommand::Format::csv}};
const std::map<std::string, Shell> kShells = {{"bash", Shell::bash}, {"fish", Shell::fish}, {"zsh", Shell::zsh}};

/// What the scripts of shells call; what follows is somebody else's command line, which is not read here.
constexpr std::string_view kComplete = "__complete";

/// A word out of a table, with the words in the message.
template <class T>
CLI::Validator one_of(const std::map<std::string, T>& words) {
  std::string all;
  for (const auto& [word, value] : words) all += (all.empty() ? "" : ", ") + word;
  return CLI::Validator([&words, all](std::string& word) { return words.contains(word) ? "" : "not one of " + all; }, "", all);
}

/// Those words: CLI11 keeps them as the name of the validator.
std::vector<std::string> words_of(CLI::Option& option) try {
  return split_columns(option.get_validator(0)->get_name());
} catch (const CLI::OptionNotFound&) {
  return {};
}

OptionInfo info_of(CLI::Option& option) {
  OptionInfo info;
  if (option.get_positional()) info.names = {option.get_name(true)};
  for (const std::string& name : option.get_snames()) info.names.push_back('-' + name);
  for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
  info.value = option.get_positional() ? option.get_name(true) : option.get_items_expected_max() == 0 ? "" : option.get_type_name();
  info.words = words_of(option);
  info.help = option.get_description();
  if (option.get_items_expected_max() > 1) info.times = OptionInfo::Times::many;
  return info;
}

CommandInfo info_of(CLI::App& app) {
  CommandInfo info;
  info.name = app.get_name();
  info.help = app.get_description();
  for (CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) {
    (option->get_positional() ? info.arguments : info.options).push_back(info_of(*option));
  }
  for (CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) info.commands.push_back(info_of(*sub));
  return info;
}

/// Whether -o says so, where the command line as a whole cannot be read.
bool asks_for_json(const std::vector<std::string>& words) {
  std::string_view said;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if ((word == "-o" || word == "--output") && i + 1 < words.size()) said = words[i + 1];
    if (word.starts_with("--output=")) said = word.substr(std::string_view("--output=").size());
    if (word.starts_with("-o") && word.size() > 2) said = word.substr(2);
  }
  return said == "json" || said == "jsonl";
}

Stop misuse(const std::string& what, const std::string& usage, const std::vector<std::string>& words) {
  const Failure failure(ExitCode::usage, Error{ErrorKind::bad_request, what, {}});
  return {failure.code, "", asks_for_json(words) ? failure.document + '\n' : "scimctl: " + what + '\n' + usage};
}

template <class T>
CLI::Option* add_word(CLI::App& app, const std::string& name, const std::map<std::string, T>& words,
                      std::function<void(T)> take, const std::string& help) {
  return app
      .add_option_function<std::string>(name, [&words, take = std::move(take)](const std::string& w) { take(words.at(w)); }, help)
      ->check(one_of(words))
      ->type_name("");
}

CLI::Validator never_negative() {
  return CLI::Validator([](const std::string& text) { return text.starts_with('-') ? text + " is less than nothing" : ""; }, "");
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
    add_export();
    add_token();
    add_filter_test();
    add_patch_test();
    add_link();
    add_db();
    add_raw();
    add_replay();
    add_apply();
    add_editor();
    add_conformance();
    auto* check = app_.add_subcommand("check", "see whether scim-fcgi would run well: configuration, files, mapping, database");
    add_choice(*check, "--strict", check_.fail, CheckCommand::Fail::on_warnings_too, "warnings are errors");
    choose(*check, [this] { return Command(check_); });
    auto* config = app_.add_subcommand("config", "print every key of the configuration file with its default");
    choose(*config, [this] { return Command(config_); });
    add_completion();
    add_help();
    add_footers(app_, "");
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
      return Options{globals_, HelpCommand{chosen(), HelpCommand::About::commands}};
    } catch (const CLI::CallForVersion&) {
      return Stop{ExitCode::ok, app_.version() + "\n", ""};
    } catch (const CLI::ParseError& error) {
      const std::string secret = secret_given(words);
      const std::string unknown = secret.empty() ? unknown_verb(words) : secret;
      return misuse(unknown.empty() ? error.what() : unknown, usage(), words);
    }
  }

  CommandInfo tree() { return info_of(app_); }

  std::string help(const std::vector<std::string>& command) {
    CLI::App* at = &app_;
    std::string before;
    for (const std::string& word : command) {
      before.append(before.empty() ? "" : " ").append(at->get_name());
      at = at->get_subcommand(word);
    }
    return at->help(before);
  }

 private:
  /// What follows `sub` on the command line may be an option of all commands.
  void choose(CLI::App& sub, std::function<Command()> make) {
    sub.fallthrough();
    sub.callback([this, make = std::move(make)] { make_ = make; });
  }

  static void add_footers(CLI::App& app, const std::string& command) {
    app.footer(footer_of(command));
    for (CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
      add_footers(*sub, command + (command.empty() ? "" : " ") + sub->get_name());
    }
  }

  std::vector<std::string> chosen() const {
    std::vector<std::string> names;
    for (const CLI::App* at = &app_; !at->get_subcommands().empty();) {
      at = at->get_subcommands().front();
      names.push_back(at->get_name());
    }
    return names;
  }

  /// The words that are neither options nor the values of options of every command.
  std::vector<std::string> plain_words(const std::vector<std::string>& words) const {
    std::vector<std::string> plain;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const bool is_option = words[i].starts_with('-');
      if (!is_option) plain.push_back(words[i]);
      const CLI::Option* option = is_option ? app_.get_option_no_throw(words[i]) : nullptr;
      if (option != nullptr && option->get_items_expected_max() > 0) ++i;
    }
    return plain;
  }

  /// CLI11 only says that a command is missing. "" if that is so.
  std::string unknown_verb(const std::vector<std::string>& words) const {
    const CLI::App* at = &app_;
    for (const std::string& name : chosen()) at = at->get_subcommand(name);
    const auto known = at->get_subcommands([](const CLI::App*) { return true; });
    const std::vector<std::string> plain = plain_words(words);
    const std::size_t depth = chosen().size();
    if (known.empty() || plain.size() <= depth) return {};
    const std::string& word = plain[depth];
    std::vector<std::string> names;
    for (const CLI::App* sub : known) names.push_back(sub->get_name());
    return "there is no command " + quote(word) + (at == &app_ ? "" : " of " + at->get_name()) + hint(word, names);
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
                     "table, json, jsonl, yaml, csv or name (default: table on a terminal, else json)")
        ->type_name("FORMAT");
    app_.add_option("--columns", columns_, "columns of table and csv, as attribute paths: id,userName,name.givenName")->type_name("A,B");
    add_choice(app_, "--dry-run", globals_.effect, Effect::preview, "show what a change would do, write nothing");
    add_choice(app_, "-q,--quiet", globals_.words, Words::errors_only, "say nothing on standard error but errors");
  }

  void add_remote() {
    RemoteOptions& remote = globals_.remote;
    CLI::Option* const db = app_.get_option("--db");
    CLI::Option* const url = app_.add_option("--url", remote.url, "SCIM server to work on, instead of a database: https://host/scim/v2");
    // What an empty variable leaves would mean the database.
    const CLI::Validator named([](std::string& text) { return text.empty() ? std::string("is empty") : std::string(); }, "");
    url->type_name("BASE_URL")->excludes(db)->check(named);
    app_.add_option("--profile", remote.profile, "the same by its name in the configuration: [profile.NAME] (else SCIMCTL_PROFILE)")
        ->type_name("PROFILE")
        ->excludes(db)
        ->check(named);
    of_servers_ = {
        app_.add_option("--token-file", remote.token_file, "file with the bearer token (else SCIMCTL_TOKEN); - is standard input")->type_name("FILE"),
        app_.add_option("--ca-file", remote.ca_file, "certificates to trust instead of the system's, PEM")->type_name("FILE"),
        app_.add_option("--timeout", remote.timeout, "seconds without a byte before a request fails (60)")->check(CLI::Validator(CLI::Range(1, kMostSeconds)).description(""))->type_name("N"),
        app_.add_option("--retries", remote.retries, "how often a request is sent again that the server puts off, 429 or 503 (5)")
            ->check(never_negative())
            ->type_name("N"),
        add_choice(app_, "--plain-http", remote.plain_http, RemoteOptions::PlainHttp::allowed, "send the token over http:// to another machine"),
    };
    app_.add_option("--trace", globals_.trace, "append each exchange to this file, without secrets; see replay")->type_name("FILE");
  }

  /// SCIMCTL_PROFILE, unless the command line says what to work on.
  void read_environment() {
    const char* const profile = std::getenv("SCIMCTL_PROFILE");
    if (profile != nullptr && !globals_.remote.is_wanted() && globals_.database_url.empty()) globals_.remote.profile = profile;
    if (globals_.remote.is_wanted()) return;
    // Whoever has forgotten the server does not mean the database.
    for (const CLI::Option* option : of_servers_) {
      if (option->count() > 0) throw CLI::RequiresError(option->get_name(), "--url or --profile");
    }
  }

  /// Whoever tries it has to learn where it belongs; what it is, is not repeated. "" if nobody does.
  static std::string secret_given(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      const std::string name = word.substr(0, word.find('='));
      if (name == "--token") return "a token on the command line would be seen by others: SCIMCTL_TOKEN or --token-file has it";
      if (name == "--password") return "a password on the command line would be seen by others: --password-stdin takes it";
    }
    return {};
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

  void add_consent(CLI::App& sub) {
    add_choice(sub, "-y,--yes", globals_.consent, Consent::given, "do not ask; needed where there is no terminal");
  }

  void add_list() {
    CLI::App& sub = add_verb("list", "list users or groups", list_.kind);
    sub.add_option("--filter", list_.filter, "SCIM filter, see scim-filter(7)")->type_name("FILTER");
    sub.add_option("--start-index", list_.start_index, "first resource of the page, from 1")->type_name("N");
    sub.add_option("--count", list_.count, "most resources of a page")->type_name("N");
    sub.add_option("--limit", list_.limit, "most resources, of as many pages as it takes")->type_name("N")->check(never_negative());
    add_choice(sub, "--all", list_.pages, ListCommand::Pages::all, "every page");
    sub.add_option("--sort", list_.sort, "order: an attribute, downwards with :desc")->type_name("PATH[:desc]");
    add_projection(sub, list_);
    choose(sub, [this] {
      const bool is_part = list_.start_index || list_.limit;
      if (is_part && list_.pages == ListCommand::Pages::all) throw CLI::ExcludesError("--all", "--start-index and --limit");
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
    if (verb == TargetsCommand::Verb::remove) add_consent(sub);
    choose(sub, [&command] { return Command(command); });
  }

  void add_import() {
    CLI::App& sub = add_verb("import", "make very many users or groups out of a file", import_.kind);
    sub.add_option("FILE", import_.file, "JSON lines, JSON, CSV with a header of attribute paths, or LDIF; - is standard input")->required()->type_name("");
    add_word<RecordFormat>(sub, "--format", kRecordFormats, [this](RecordFormat format) { import_.format = format; },
                           "json, csv or ldif (default: as the file's name or its beginning says)")
        ->type_name("FORMAT");
    add_choice(sub, "--continue", import_.on_refused, ImportCommand::OnRefused::go_on, "report each record that is refused, and go on");
    CLI::Option* rejects = sub.add_option("--rejects", import_.rejects, "write the records that are refused to this file, and go on")->type_name("FILE");
    add_choice(sub, "--resume", import_.existing, ImportCommand::Existing::pass_over, "pass over who is there already: for an import that was broken off");
    add_repeated(sub, "--map", import_.ldap_names, "LDIF: an attribute of LDAP and what it is: --map sAMAccountName=userName")->type_name("LDAP=PATH");
    choose(sub, [this, rejects] {
      if (rejects->count() > 0) import_.on_refused = ImportCommand::OnRefused::go_on;
      if (globals_.effect == Effect::preview) {
        import_.does = ImportCommand::Does::check;
        import_.on_refused = ImportCommand::OnRefused::go_on;
      }
      return Command(import_);
    });
  }

  void add_export() {
    CLI::App& sub = add_verb("export", "write users or groups to a file that import can read", export_.kind);
    sub.add_option("FILE", export_.file, "*.csv or JSON lines (default: standard output)")->type_name("");
    sub.add_option("--filter", export_.filter, "only those that match")->type_name("FILTER");
    add_word<ExportCommand::Format>(sub, "--format", kExportFormats, [this](ExportCommand::Format format) { export_.format = format; },
                                    "jsonl or csv (default: as the file's name says)")
        ->type_name("FORMAT");
    add_choice(sub, "--ids", export_.references, ExportCommand::References::by_id,
               "members and managers by their ids, which only this server knows, not by name");
    choose(sub, [this] { return Command(export_); });
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
    add_consent(*revoke);
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
    auto* why = add_choice(*sub, "--why", filter_test_.reasons, FilterTestCommand::Reasons::shown, "show why each resource matches or does not");
    sub->add_option("--limit", filter_test_.limit, "with --why: so many resources (default: 20 of a database, all of a file)")
        ->type_name("N")
        ->check(never_negative())
        ->needs(why);
    choose(*sub, [this] { return Command(filter_test_); });
  }

  void add_patch_test() {
    CLI::App& sub = add_verb("patch-test", "show what a PATCH makes of a resource, without a database", patch_test_.kind);
    sub.add_option("PATCH_FILE", patch_test_.patch_file, "PatchOp message; - is standard input")->required()->type_name("");
    sub.add_option("RESOURCE_FILE", patch_test_.resource_file, "the resource as JSON (default: one without any value)")->type_name("");
    add_dialect(sub, [this](std::optional<Dialect> dialect) { patch_test_.dialect = dialect; });
    add_choice(sub, "--diff", patch_test_.shown, PatchTestCommand::Shown::differences, "show what is different, as --dry-run does");
    sub.footer("Examples:\n  scimctl patch-test users patch.json ada.json\n  scimctl patch-test users patch.json ada.json --diff --dialect rfc\n");
    choose(sub, [this] {
      if (patch_test_.patch_file == "-" && patch_test_.resource_file == "-") throw CLI::ExcludesError("PATCH_FILE -", "RESOURCE_FILE -");
      return Command(patch_test_);
    });
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
    sub.add_option("TARGET", raw_.target, "below the base URL, percent-encoded: '/Users?count=1'")->required()->type_name("");
    sub.add_option("-f,--file", raw_.file, "body; - is standard input")->type_name("FILE");
    add_if_match(sub, raw_);
    sub.add_option("--if-none-match", raw_.if_none_match, "only if meta.version is another one")->type_name("VERSION");
    add_choice(sub, "-i,--include", raw_.shows, RawCommand::Shows::headers_too, "print status and headers, too");
    add_choice(sub, "--as-curl", raw_.does, RawCommand::Does::print_curl, "print the request as a command of curl instead of sending it");
    choose(sub, [this] {
      const bool would_be_sent = globals_.effect == Effect::preview && raw_.does == RawCommand::Does::send;
      if (would_be_sent) throw CLI::ExcludesError("raw", "--dry-run; --as-curl prints the request instead of sending it");
      return Command(raw_);
    });
  }

  void add_replay() {
    CLI::App& sub = *app_.add_subcommand("replay", "send the requests of a trace (--trace) again, or undo them");
    sub.add_option("FILE", replay_.file, "the trace; - is standard input")->required()->type_name("");
    add_choice(sub, "--undo", replay_.direction, ReplayCommand::Direction::undo,
               "restore what was before, the last change first; what has been changed since is left alone");
    add_consent(sub);
    choose(sub, [this] { return Command(replay_); });
  }

  void add_apply() {
    CLI::App& apply = add_apply_verb("apply", "make users and groups as files say", ApplyCommand::Verb::apply, apply_);
    apply.add_option("--max-delete", apply_.max_delete, "most users, groups and members to remove; more, and nothing at all is done (0)")
        ->check(never_negative())
        ->type_name("N");
    add_consent(apply);
    add_apply_verb("diff", "show what apply would change, and change nothing", ApplyCommand::Verb::diff, diff_);
  }

  CLI::App& add_apply_verb(const std::string& name, const std::string& help, ApplyCommand::Verb verb, ApplyCommand& command) {
    CLI::App& sub = *app_.add_subcommand(name, help);
    command.verb = verb;
    sub.add_option("-f,--file", command.files, "JSON, JSON lines or CSV, or directories of such; - is standard input")
        ->required()
        ->type_name("FILE");
    sub.add_option_function<std::string>("--prune", [&command](const std::string& words) { read_prune(words, command); },
                                         "remove what no file has: users, groups, members (of groups in the files)")
        ->type_name("A,B");
    add_choice(sub, "--set-passwords", command.passwords, ApplyCommand::Passwords::of_all,
               "set passwords of users that exist, too, each time: they cannot be compared");
    choose(sub, [&command] { return Command(command); });
    return sub;
  }

  static void read_prune(const std::string& words, ApplyCommand& command) {
    const std::map<std::string, ApplyCommand::Rest*> known = {
        {"users", &command.users}, {"groups", &command.groups}, {"members", &command.members}};
    for (const std::string& word : split_columns(words)) {
      const auto at = known.find(word);
      if (at == known.end()) throw CLI::ValidationError("--prune", quote(word) + " is not one of groups, members, users");
      *at->second = ApplyCommand::Rest::remove;
    }
  }

  void add_editor() {
    CLI::App& sub = add_verb("edit", "change a user or group in a text editor: VISUAL, else EDITOR, else vi", editor_.kind);
    sub.add_option("ID", editor_.id, "which")->required()->type_name("");
    choose(sub, [this] { return Command(editor_); });
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

  void add_completion() {
    CLI::App* completion = app_.add_subcommand("completion", "print a script that makes a shell complete the command line");
    add_word<Shell>(*completion, "SHELL", kShells, [this](Shell shell) { completion_.shell = shell; }, "bash, zsh or fish")->required();
    choose(*completion, [this] { return Command(completion_); });
  }

  void add_help() {
    CLI::App* help = app_.add_subcommand("help", "explain a command or a topic");
    help->add_option("TOPIC", help_.words, "a command, or a topic of scimctl --help")->type_name("");
    choose(*help, [this] { return Command(help_); });
  }

  CLI::App app_;
  Globals globals_;
  std::string columns_;
  std::vector<const CLI::Option*> of_servers_;  ///< options that mean nothing to a database
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
  PatchTestCommand patch_test_;
  LinkCommand link_plan_;
  LinkCommand link_apply_;
  ImportCommand import_;
  ExportCommand export_;
  CheckCommand check_;
  DbCopyCommand db_copy_;
  DbVerifyCommand db_verify_;
  RawCommand raw_;
  ReplayCommand replay_;
  ApplyCommand apply_;
  ApplyCommand diff_;
  EditorCommand editor_;
  ConformanceCommand conformance_;
  ConfigCommand config_;
  CompletionCommand completion_;
  HelpCommand help_;
  std::function<Command()> make_;
};

}  // namespace

std::variant<Options, Stop> parse_options(std::vector<std::string> arguments) {
  const bool completes = arguments.size() >= 2 && arguments[0] == kComplete && kShells.contains(arguments[1]);
  if (completes) return Options{{}, CompleteCommand{kShells.at(arguments[1]), {arguments.begin() + 2, arguments.end()}}};
  return Parser().parse(std::move(arguments));
}

CommandInfo command_tree() { return Parser().tree(); }

std::string help_text(const std::vector<std::string>& command) { return Parser().help(command); }

}  // namespace scim::cli
