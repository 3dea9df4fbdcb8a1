// SPDX-License-Identifier: MIT
// The command line -> Options: what all commands have, and how they are read. The commands: options_*.cc.
#include "cli/line/options.h"

#include <algorithm>

#include "cli/failure.h"
#include "cli/help/examples.h"
#include "cli/help/help_topics.h"
#include "cli/line/verb.h"
#include "cli/output/wrap.h"
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

const std::map<std::string, Format> kFormats = {{"table", Format::table},
                                                {"json", Format::json},
                                                {"jsonl", Format::jsonl},
                                                {"yaml", Format::yaml},
                                                {"csv", Format::csv},
                                                {"name", Format::name}};

/// What the scripts of shells call; what follows is somebody else's command line, which is not read here.
constexpr std::string_view kComplete = "__complete";

/// Those of add_word(): CLI11 keeps them as the name of the validator.
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

/// Which commands are given their options: most of what parsing costs is to tell CLI11 of those that are not meant.
struct Wanted {
  /// nullopt: of all commands.
  std::optional<std::vector<std::string>> words;

  bool has(std::string_view verb) const { return !words || std::find(words->begin(), words->end(), verb) != words->end(); }
};

/// The parse tree.
class Parser {
 public:
  explicit Parser(const Wanted& wanted) : app_("Manages the users and groups of a SCIM service.", "scimctl") {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "scimctl " SCIMCTL_VERSION, "print the version");
    app_.get_help_ptr()->description("print this, or the help of a command");
    app_.get_formatter()->column_width(34);
    app_.get_formatter()->label("REQUIRED", "");
    app_.failure_message([](const CLI::App*, const CLI::Error& error) { return std::string(error.what()); });
    add_globals();
    for (const auto& verbs : {resource_verbs(), file_verbs(), trial_verbs(), audit_verbs(), service_verbs()}) {
      for (const Verb& verb : verbs) {
        CLI::App* const app = app_.add_subcommand(std::string(verb.name), std::string(verb.help));
        if (wanted.has(verb.name)) verb.add(*app, parsing_);
      }
    }
  }

  std::variant<Options, Stop> parse(std::vector<std::string> arguments) {
    const std::vector<std::string> words = arguments;
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
      app_.parse(arguments);
      parsing_.globals.columns = split_columns(columns_);
      read_environment();
      return Options{parsing_.globals, parsing_.make()};
    } catch (const CLI::CallForHelp&) {
      return Options{parsing_.globals, HelpCommand{chosen_commands(app_), HelpCommand::About::commands}};
    } catch (const CLI::CallForVersion&) {
      return Stop{ExitCode::ok, app_.version() + "\n", ""};
    } catch (const CLI::ParseError& error) {
      return misuse(misuse_of(app_, words, error), usage_of(app_), words);
    }
  }

  CommandInfo tree() { return info_of(app_); }

  std::string help(const std::vector<std::string>& command) {
    add_footers(app_, "");
    CLI::App* at = &app_;
    std::string before;
    for (const std::string& word : command) {
      before.append(before.empty() ? "" : " ").append(at->get_name());
      at = at->get_subcommand(word);
    }
    return at->help(before);
  }

 private:
  static void add_footers(CLI::App& app, const std::string& command) {
    app.footer(footer_of(command));
    for (CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
      add_footers(*sub, command + (command.empty() ? "" : " ") + sub->get_name());
    }
  }

  void add_globals() {
    Globals& globals = parsing_.globals;
    app_.add_option("--config", globals.config,
                    "configuration (else SCIMCTL_CONFIG, ./scimctl.toml, /etc/scimctl/scimctl.toml); ~/.config/scimctl/scimctl.toml has profiles only")
        ->type_name("FILE");
    app_.add_option("--db", globals.database_url, "database, instead of the configured one: sqlite:PATH or postgresql://...")->type_name("URL");
    add_remote();
    add_word<Format>(app_, "-o,--output", kFormats, [&globals](Format format) { globals.format = format; },
                     "table, json, jsonl, yaml, csv or name (default: table on a terminal, else json)")
        ->type_name("FORMAT");
    app_.add_option("--columns", columns_, "columns of table and csv, as attribute paths: id,userName,name.givenName")->type_name("A,B");
    add_choice(app_, "--dry-run", globals.effect, Effect::preview, "show what a change would do, write nothing");
    add_choice(app_, "-q,--quiet", globals.words, Words::errors_only, "say nothing on standard error but errors");
  }

  void add_remote() {
    RemoteOptions& remote = parsing_.globals.remote;
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
    app_.add_option("--trace", parsing_.globals.trace, "append each exchange to this file, without secrets; see replay")->type_name("FILE");
  }

  /// SCIMCTL_PROFILE, unless the command line says what to work on.
  void read_environment() {
    Globals& globals = parsing_.globals;
    const char* const profile = std::getenv("SCIMCTL_PROFILE");
    if (profile != nullptr && !globals.remote.is_wanted() && globals.database_url.empty()) globals.remote.profile = profile;
    if (globals.remote.is_wanted()) return;
    // Whoever has forgotten the server does not mean the database.
    for (const CLI::Option* option : of_servers_) {
      if (option->count() > 0) throw CLI::RequiresError(option->get_name(), "--url or --profile");
    }
  }

  CLI::App app_;
  Parsing parsing_;
  std::string columns_;
  std::vector<const CLI::Option*> of_servers_;  ///< options that mean nothing to a database
};

}  // namespace

std::variant<Options, Stop> parse_options(std::vector<std::string> arguments) {
  if (arguments.size() >= 2 && arguments[0] == kComplete) {
    const std::optional<Shell> shell = shell_called(arguments[1]);
    if (shell) return Options{{}, CompleteCommand{*shell, {arguments.begin() + 2, arguments.end()}}};
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    // Bytes that are no text would mean somebody else: each is as good as any other.
    if (!is_utf8(arguments[i])) return misuse("argument " + std::to_string(i + 1) + " is not UTF-8: " + printable(arguments[i]), "", arguments);
  }
  Parser parser(Wanted{arguments});
  return parser.parse(std::move(arguments));
}

CommandInfo command_tree() { return Parser(Wanted{}).tree(); }

std::string help_text(const std::vector<std::string>& command) { return Parser(Wanted{}).help(command); }

}  // namespace scim::cli
