// SPDX-License-Identifier: MIT
// The command line as plain data. options.cc is the only file that knows how it is parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/records.h"
#include "core/tolerance.h"

namespace scim::cli {

enum class Kind { users, groups };

/// What --dry-run chooses.
enum class Effect { write, preview };

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
  Words words = Words::all;
  RemoteOptions remote;
  std::string trace;  ///< file that exchanges are appended to, "" none
};

struct ListCommand {
  enum class Pages { one, all };
  Kind kind = Kind::users;
  std::string filter;
  std::optional<std::int64_t> start_index;
  std::optional<std::int64_t> count;
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

struct TokenCreateCommand {
  enum class Access { read_and_write, read };
  std::string name;
  Access access = Access::read_and_write;
  std::string expires;  ///< "" never
  std::optional<Dialect> dialect;  ///< nullopt: as configured
  std::string user;                ///< userName of whose token it is, "" nobody's
};
/// Changes what is named.
struct TokenUpdateCommand {
  std::string name;
  std::optional<std::optional<Dialect>> dialect;
  std::optional<std::string> user;
};
struct TokenShowCommand {
  std::string name;
};
struct TokenDialectsCommand {};
struct TokenListCommand {};
struct TokenRevokeCommand {
  std::vector<std::string> names;
};

struct FilterTestCommand {
  std::string filter;
  Kind kind = Kind::users;
  std::string file;  ///< "": the database
};

struct LinkCommand {
  enum class Verb { plan, apply };
  enum class Unmatched { count, list };
  enum class Doubtful { refuse, skip };
  Verb verb = Verb::plan;
  Kind kind = Kind::users;
  std::string file;  ///< "-" is standard input
  std::vector<std::string> match;  ///< empty: as the mapping says
  UnknownColumns unknown = UnknownColumns::refuse;
  Unmatched unmatched = Unmatched::count;
  Doubtful doubtful = Doubtful::refuse;
};

struct ImportCommand {
  enum class OnRefused { stop, go_on };
  Kind kind = Kind::users;
  std::string file;  ///< "-" is standard input
  OnRefused on_refused = OnRefused::stop;
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

/// Checks of a SCIM server against the RFCs.
struct ConformanceCommand {
  enum class Does { run, list };
  enum class Fail { on_must, on_should_too };
  std::vector<std::string> only;  ///< checks, requirements or areas; empty: all
  std::string junit_file;         ///< "" none
  Does does = Does::run;
  Fail fail = Fail::on_must;
};

struct ConfigCommand {};

using Command = std::variant<ListCommand, GetCommand, EditCommand, TargetsCommand, TokenCreateCommand, TokenUpdateCommand,
                             TokenShowCommand, TokenDialectsCommand, TokenListCommand, TokenRevokeCommand, FilterTestCommand, LinkCommand,
                             ImportCommand, CheckCommand, DbStatusCommand, DbMigrateCommand, DbCopyCommand, DbVerifyCommand, RawCommand, ReplayCommand, ConformanceCommand, ConfigCommand>;

struct Options {
  Globals globals;
  Command command;
};

/// Nothing to do but to say this: help, version, misuse.
struct Stop {
  ExitCode code = ExitCode::ok;
  std::string out;
  std::string err;
};

/// `arguments` without the program's name.
std::variant<Options, Stop> parse_options(std::vector<std::string> arguments);

}  // namespace scim::cli
