// SPDX-License-Identifier: MIT
// The command line as plain data. options.cc is the only file that knows how it is parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/exit_code.h"
#include "cli/files/record_source.h"
#include "cli/files/records.h"
#include "cli/line/command_tree.h"
#include "cli/output/output.h"
#include "core/tolerance.h"

namespace scim::cli {

enum class Kind { users, groups };

/// What --dry-run chooses.
enum class Effect { write, preview };

/// What --yes gives beforehand.
enum class Consent { asked_for, given };

/// A SCIM server elsewhere, instead of the database.
struct RemoteOptions {
  enum class PlainHttp { refused, allowed };
  std::string url;
  std::string profile;
  std::string token_file;  ///< "-" is standard input
  std::string ca_file;
  std::optional<std::int64_t> timeout;  ///< seconds
  std::int64_t retries = 5;             ///< how often a request is sent again that the server puts off
  PlainHttp plain_http = PlainHttp::refused;

  bool is_wanted() const { return !url.empty() || !profile.empty(); }
};

struct Globals {
  std::string config;        ///< "": where the configuration is looked for
  std::string database_url;  ///< "": as configured
  std::optional<Format> format;
  std::vector<std::string> columns;
  Effect effect = Effect::write;
  Consent consent = Consent::asked_for;
  Words words = Words::all;
  RemoteOptions remote;
  std::string trace;  ///< file that exchanges are appended to, "" none
};

struct ListCommand {
  enum class Pages { one, all };
  Kind kind = Kind::users;
  std::string filter;
  std::optional<std::int64_t> start_index;
  std::optional<std::int64_t> count;  ///< of a page
  std::optional<std::int64_t> limit;  ///< of all pages
  std::string sort;                   ///< PATH, PATH:asc or PATH:desc
  std::string attributes;
  std::string excluded_attributes;
  Pages pages = Pages::one;
};

struct GetCommand {
  Kind kind = Kind::users;
  std::vector<std::string> ids;
  std::string attributes;
  std::string excluded_attributes;
};

/// create, replace, patch: a body from a file, from options, or from both.
struct EditCommand {
  enum class Verb { create, replace, patch };
  enum class Password { none, from_stdin };
  Verb verb = Verb::create;
  Kind kind = Kind::users;
  std::string id;    ///< not of create; "": each object of the file says its own
  std::string file;  ///< "-" is standard input
  std::vector<std::string> set;
  std::vector<std::string> unset;
  std::optional<std::string> user_name;
  std::optional<std::string> external_id;
  std::optional<std::string> display_name;
  std::optional<bool> active;
  Password password = Password::none;
  std::vector<std::string> add_members;
  std::vector<std::string> remove_members;
  std::string if_match;
};

/// deactivate, activate, delete.
struct TargetsCommand {
  enum class Verb { deactivate, activate, remove };
  Verb verb = Verb::deactivate;
  Kind kind = Kind::users;
  std::vector<std::string> ids;
  std::string if_match;
};

/// What a token may see and how often it may ask, as far as it is said.
struct TokenLimits {
  std::vector<std::string> scopes;  ///< read, write, all, and words for resource types
  std::vector<std::string> hidden;  ///< paths; "none"
  std::string rate_limit;           ///< requests a minute; "default": as configured
  std::string guard;                ///< as core/guard.h reads it; "default": as configured
};
struct TokenCreateCommand {
  enum class Access { read_and_write, read };
  std::string name;
  TokenLimits limits;
  std::string certificate;  ///< subject of the client certificate that is to be the token, "": it is a bearer token
  Access access = Access::read_and_write;
  std::string expires;  ///< "" and "never": it does not
  std::optional<Dialect> dialect;  ///< nullopt: as configured
  std::string user;                ///< userName of whose token it is, "" nobody's
};
/// Changes what is named.
struct TokenUpdateCommand {
  std::string name;
  std::optional<std::optional<Dialect>> dialect;
  std::optional<std::string> user;
  std::optional<std::string> expires;  ///< as in TokenCreateCommand
  TokenLimits limits;
};
struct TokenRotateCommand {
  std::string name;
  std::string overlap = "7d";
  std::optional<std::string> expires;  ///< as in TokenCreateCommand; nullopt: as before
};
struct TokenShowCommand {
  std::string name;
};
struct TokenDialectsCommand {};
struct TokenListCommand {};
struct TokenRevokeCommand {
  std::vector<std::string> names;
};

/// Offline: no database is opened.
struct PatchTestCommand {
  enum class Shown { resource, differences };
  Kind kind = Kind::users;
  std::string patch_file;     ///< "-" is standard input
  std::string resource_file;  ///< "" an empty resource
  std::optional<Dialect> dialect;  ///< nullopt: as configured
  Shown shown = Shown::resource;
};

struct FilterTestCommand {
  enum class Reasons { left_out, shown };
  std::string filter;
  Kind kind = Kind::users;
  std::string file;  ///< "": the database
  Reasons reasons = Reasons::left_out;
  std::optional<std::int64_t> limit;  ///< of resources whose reasons are shown
};

struct LinkCommand {
  enum class Verb { plan, apply };
  enum class Unmatched { count, list };
  enum class Doubtful { refuse, skip };
  Verb verb = Verb::plan;
  Kind kind = Kind::users;
  std::string file;  ///< "-" is standard input
  std::vector<std::string> match;  ///< empty: as the mapping says
  UnknownColumns unknown = UnknownColumns::refuse_until_asked;
  Unmatched unmatched = Unmatched::count;
  Doubtful doubtful = Doubtful::refuse;
};

struct ImportCommand {
  enum class OnRefused { stop, go_on };
  enum class Does { write, check };            ///< check: --dry-run
  enum class Existing { refuse, pass_over };   ///< pass_over: --resume
  Kind kind = Kind::users;
  std::string file;  ///< "-" is standard input
  std::optional<RecordFormat> format;
  std::vector<std::string> ldap_names;  ///< LDAP=PATH
  std::string rejects;                  ///< file of what is refused, "" none
  OnRefused on_refused = OnRefused::stop;
  Does does = Does::write;
  Existing existing = Existing::refuse;
};

struct ExportCommand {
  enum class References { by_name, by_id };
  enum class Format { jsonl, csv };
  Kind kind = Kind::users;
  std::string file;  ///< "" and "-" are standard output
  std::string filter;
  std::optional<Format> format;  ///< nullopt: as the file's name says, else jsonl
  References references = References::by_name;
};

struct CheckCommand {
  enum class Fail { on_errors, on_warnings_too } fail = Fail::on_errors;
};

struct DbStatusCommand {};
struct DbMigrateCommand {};
struct DbCopyCommand {
  enum class Verify { no, yes };
  std::string from;  ///< URLs, as --db
  std::string to;
  Verify verify = Verify::no;
};
struct DbVerifyCommand {
  std::string from;
  std::string to;
};

/// One request as it is typed.
struct RawCommand {
  enum class Does { send, print_curl };
  enum class Shows { body, headers_too };
  std::string method;
  std::string target;  ///< path and query below the base URL
  std::string file;    ///< "" no body, "-" standard input
  std::string if_match;
  std::string if_none_match;
  Does does = Does::send;
  Shows shows = Shows::body;
};

struct ReplayCommand {
  enum class Direction { again, undo };
  std::string file;  ///< a trace; "-" is standard input
  Direction direction = Direction::again;
};

/// The server is made equal to files (apply), or it is said what that would change (diff).
struct ApplyCommand {
  enum class Verb { apply, diff };
  enum class Rest { keep, remove };
  enum class Passwords { of_new_users, of_all };
  Verb verb = Verb::apply;
  std::vector<std::string> files;  ///< directories, too; "-" is standard input
  Rest users = Rest::keep;         ///< what becomes of users that no file has
  Rest groups = Rest::keep;
  Rest members = Rest::keep;       ///< of groups that a file has
  std::int64_t max_delete = 0;
  Passwords passwords = Passwords::of_new_users;
};

/// One resource, changed in a text editor.
struct EditorCommand {
  Kind kind = Kind::users;
  std::string id;
};

/// Checks of a SCIM server against the RFCs.
struct ConformanceCommand {
  enum class Does { run, list };
  enum class Fail { on_must, on_should_too };
  std::vector<std::string> only;  ///< checks, requirements or areas; empty: all
  std::string junit_file;         ///< "" none
  Does does = Does::run;
  Fail fail = Fail::on_must;
};

/// Which entries of the audit log; what is empty is not asked for.
struct LogSelection {
  std::string since;    ///< 2h, 7d ago, or when
  std::string before;
  std::string token;    ///< name
  std::string actor;    ///< jwt:SUBJECT, scimctl:LOGIN ...
  std::string request;  ///< id
};
struct LogListCommand {
  LogSelection selection;
  std::int64_t limit = 50;  ///< the last ones
};
struct LogShowCommand {
  std::vector<std::string> entries;  ///< CHAIN-NUMBER as log list shows it, or the id of a request
};
struct LogVerifyCommand {
  std::string heads;  ///< file with what it printed before, "" none
};
struct LogExportCommand {
  LogSelection selection;
  std::string file;  ///< "" and "-" are standard output
};
struct LogPruneCommand {
  std::string before;  ///< "": as the configuration says
};
/// What became of one resource.
struct HistoryCommand {
  Kind kind = Kind::users;
  std::string id;  ///< an id, an attribute and its value, or the userName or displayName of who has gone
};

/// An application is told of writes.
struct EventsCommand {
  enum class Does { tell, list_readers, forget };
  enum class Sink { output, command, webhook };
  enum class Lasts { till_the_end, for_ever };
  enum class From { start, end };
  Does does = Does::tell;
  Sink sink = Sink::output;
  std::string target;       ///< the command, or the URL
  std::string secret_file;  ///< of a webhook
  std::string ca_file;      ///< the same; "" the system's authorities
  int command_timeout = 60;  ///< seconds
  Lasts lasts = Lasts::till_the_end;
  From from = From::start;  ///< for a reader that is new, or none
  std::string reader;       ///< whose place is kept in the database, "" nobody's
};

/// What one request has written is taken back.
struct RevertCommand {
  enum class Changed { refuse, overwrite };  ///< what has been changed again since then
  std::string name;  ///< an entry of the audit log, or the id of a request
  Changed changed = Changed::refuse;
};

/// Requests that wait for an administrator.
struct HoldChoice {
  std::vector<std::string> ids;  ///< none: all that wait
};
struct HoldListCommand {
  enum class Which { waiting, all } which = Which::waiting;
};
struct HoldShowCommand {
  std::string id;
};
struct HoldReleaseCommand {
  /// asked: not what came with a token that has been revoked or has expired since.
  enum class Trust { asked, assumed } trust = Trust::asked;
  HoldChoice choice;
};
struct HoldRejectCommand {
  HoldChoice choice;
};

struct ConfigCommand {};

struct HelpCommand {
  /// `list --help` is about the command, `help config` about the topic rather than the command.
  enum class About { anything, commands };
  std::vector<std::string> words;  ///< a command, a topic; none: the program
  About about = About::anything;
};

enum class Shell { bash, zsh, fish };

/// Prints the script.
struct CompletionCommand {
  Shell shell = Shell::bash;
};
/// What the scripts ask, `scimctl __complete SHELL WORD...`: not a command for people.
struct CompleteCommand {
  Shell shell = Shell::bash;
  std::vector<std::string> words;
};

using Command = std::variant<ListCommand, GetCommand, EditCommand, TargetsCommand, TokenCreateCommand, TokenUpdateCommand,
                             TokenShowCommand, TokenDialectsCommand, TokenListCommand, TokenRevokeCommand, TokenRotateCommand, FilterTestCommand, PatchTestCommand,
                             LinkCommand, ImportCommand, ExportCommand, CheckCommand, DbStatusCommand, DbMigrateCommand, DbCopyCommand,
                             DbVerifyCommand, RawCommand, ReplayCommand, ApplyCommand, EditorCommand, ConformanceCommand, LogListCommand, LogShowCommand, LogVerifyCommand, LogExportCommand,
                             LogPruneCommand, HistoryCommand, RevertCommand, EventsCommand, HoldListCommand, HoldShowCommand, HoldReleaseCommand, HoldRejectCommand, ConfigCommand,
                             HelpCommand, CompletionCommand, CompleteCommand>;

struct Options {
  Globals globals;
  Command command;
};

/// Nothing to do but to say this: version, misuse.
struct Stop {
  ExitCode code = ExitCode::ok;
  std::string out;
  std::string err;
};

/// `arguments` without the program's name.
std::variant<Options, Stop> parse_options(std::vector<std::string> arguments);

/// All that parse_options() reads.
CommandInfo command_tree();
/// What --help prints for the command, which must be there; none: for the program.
std::string help_text(const std::vector<std::string>& command);

}  // namespace scim::cli
