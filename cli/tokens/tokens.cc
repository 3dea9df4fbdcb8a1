// SPDX-License-Identifier: MIT
// Tokens are made, listed and removed in the database that the server reads.
#include "cli/tokens/tokens.h"

#include <algorithm>
#include <iterator>
#include <ostream>

#include "cli/confirm.h"
#include "cli/local.h"
#include "cli/moment.h"
#include "cli/tokens/token_limits.h"
#include "cli/tokens/token_log.h"

namespace scim::cli {
namespace {

/// What --dialect calls none: strict of the configuration decides.
constexpr std::string_view kAsConfigured = "default";
constexpr std::string_view kNever = "never";
/// Longer than a name needs to be, short enough for a log line.
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestSubject = 1000;

Result<std::chrono::minutes> overlap_of(const std::string& text) {
  if (text == "0") return std::chrono::minutes(0);
  const auto overlap = parse_duration(text);
  if (!overlap) return fail(ErrorKind::bad_request, "--overlap wants 7d, 12h, 30m or 0, not " + quote(text));
  return *overlap;
}

Result<std::string> token_name(const std::string& name) {
  const bool is_wrong = name.empty() || name.size() > kLongestName || trim(name).size() != name.size() || printable(name) != name;
  if (is_wrong) return fail(ErrorKind::bad_request, "a token's name is printable text of 1 to 100 bytes, not " + quote(name));
  return name;
}

const std::vector<std::string> kTokenColumns = {"name", "id", "user", "dialect", "read_only", "created", "expires", "expired",
                                                "scopes", "warning", "last_used", "last_address", "types", "hidden", "rate_limit",
                                                "guard", "certificate", "old_secret_until"};
/// Those of a list, where nobody has chosen.
const std::vector<std::string> kListedColumns = {"name", "id", "user", "dialect", "scopes", "expires", "expired", "last_used", "warning"};

Json or_null(const std::optional<Instant>& instant) { return instant ? Json(format_instant(*instant)) : Json(); }
Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

/// "" and nothing to warn of are null.
Json warning_in(const Token& token, Instant now, const Config& config) {
  return or_null(text_of(warning_of(token, now, config.access.warn_days), token));
}

Json token_row(const Token& token, LocalBackend& backend) {
  const Instant now = backend.env().now();
  return Json{{"name", token.name},
              {"id", token.id},
              {"user", or_null(token.user_name)},
              {"dialect", token.dialect ? std::string(to_string(*token.dialect)) : std::string(kAsConfigured)},
              {"read_only", token.read_only},
              {"created", format_instant(token.created)},
              {"expires", or_null(token.expires)},
              {"expired", token.is_expired(now)},
              {"scopes", limits_text(token)},
              {"warning", warning_in(token, now, backend.config())},
              {"last_used", or_null(token.last_used)},
              {"last_address", or_null(token.last_address)},
              {"types", token.types},
              {"hidden", token.hidden},
              {"rate_limit", token.rate_limit ? Json(*token.rate_limit) : Json()},
              {"guard", or_null(token.guard)},
              {"certificate", or_null(token.certificate)},
              {"old_secret_until", token.is_rotating(now) ? or_null(token.previous_until) : Json()}};
}

/// What a verb has made of a token; people are told in words.
void print_if_json(Json row, Console& console) {
  if (!console.document_is_asked_for()) return;
  Printer printer(console, {});
  printer.add(std::move(row));
  printer.finish(Envelope{});
}

void say_nothing_was_written(Console& console) { console.say("scimctl: nothing was written (--dry-run)"); }

Try<Token> find_token(const std::string& name, LocalBackend& backend) {
  SCIM_ASSIGN(const std::vector<Token> tokens, backend.tokens().list_tokens());
  for (const Token& token : tokens) {
    if (token.name == name) return token;
  }
  return fail(Failure(ExitCode::not_found, Error{ErrorKind::not_found, "there is no token with the name " + quote(name), {}}));
}

/// Nobody has seen the secret, nor ever will.
Try<ExitCode> take_back(const Token& token, LocalBackend& backend) {
  const auto removed = write_told(&token, nullptr, [&] { return backend.tokens().remove_token(token.name); }, backend);
  const std::string lost = "the token " + quote(token.name) + " could not be printed, and ";
  return fail(ErrorKind::internal, lost + (removed ? "is removed again" : "stays, of no use to anybody: scimctl token revoke " + quote(token.name)));
}

/// The secret is shown here and nowhere else.
void print_new(const NewToken& token, LocalBackend& backend, Console& console) {
  if (!console.document_is_asked_for()) {
    if (!token.text.empty()) console.out << token.text << std::endl;
    return;
  }
  Json row = token_row(token.kept, backend);
  if (!token.text.empty()) row["token"] = token.text;
  print_if_json(std::move(row), console);
}

/// A certificate takes the place of the secret.
Result<void> set_certificate(const std::string& subject, NewToken& token) {
  if (subject.empty()) return {};
  const bool is_wrong = subject.size() > kLongestSubject || printable(subject) != subject;
  if (is_wrong) return fail(ErrorKind::bad_request, "--certificate-subject wants a distinguished name as the web server writes it: CN=okta,O=Example");
  token.kept.certificate = subject;
  token.kept.hash.clear();
  token.text.clear();
  return {};
}

Try<ExitCode> preview_new(const Token& token, LocalBackend& backend, Console& console) {
  if (find_token(token.name, backend)) return fail(ErrorKind::uniqueness, "there is a token with the name " + quote(token.name) + " already");
  Json row = token_row(token, backend);
  row.erase("id");  // the next one will have another
  print_if_json(std::move(row), console);
  say_nothing_was_written(console);
  return ExitCode::ok;
}

/// A token may be made before its user is, so that this is no error.
void warn_of_unknown_user(const std::string& user_name, LocalBackend& backend, Console& console) {
  if (user_name.empty()) return;
  Request request;
  request.method = "GET";
  request.path = "/Users";
  append_parameter(request.query, "filter", "userName eq " + Json(user_name).dump());
  append_parameter(request.query, "attributes", "userName");
  const auto found = backend.send(std::move(request));
  const bool is_known = found && found->value("totalResults", 0) > 0;
  if (!is_known) console.say("scimctl: there is no user " + quote(user_name) + " yet; until there is, /Me of this token is 404");
}

Result<std::string> user_name_of(const std::string& text) {
  if (text.size() <= kLongestName && is_utf8(text) && printable(text) == text) return text;
  return fail(ErrorKind::bad_request, "--user wants a userName, not " + quote(text));
}

const std::vector<std::string> kUseColumns = {"tolerance", "requests", "last_used"};

Json use_row(const ToleranceUse& use) {
  return Json{{"tolerance", to_string(use.tolerance)}, {"requests", use.count}, {"last_used", format_instant(use.last)}};
}

/// Those of `chosen` that are among `all`; all if none has been chosen.
std::vector<std::string> chosen_of(const std::vector<std::string>& chosen, const std::vector<std::string>& all) {
  if (chosen.empty()) return all;
  std::vector<std::string> some;
  std::copy_if(chosen.begin(), chosen.end(), std::back_inserter(some),
               [&](const std::string& name) { return std::find(all.begin(), all.end(), name) != all.end(); });
  return some;
}

void print_uses(const std::vector<Json>& uses, const std::vector<std::string>& names, Console& console) {
  Printer printer(console, member_columns(names), "tolerance");
  for (const Json& use : uses) printer.add(use);
  printer.finish(Envelope{Envelope::Kind::array});
}

/// Of one token alone also what is special about it.
std::vector<std::string> shown_columns(const Json& token) {
  std::vector<std::string> names = kListedColumns;
  names.insert(names.end(), {"created", "last_address"});
  for (const char* name : {"rate_limit", "guard", "certificate", "old_secret_until"}) {
    if (!token.at(name).is_null()) names.emplace_back(name);
  }
  return names;
}

/// The token and, below it, the tolerances, as far as --columns names any of their columns.
void print_tables(Json token, const std::vector<Json>& uses, const std::vector<std::string>& chosen, Console& console) {
  const std::vector<std::string> of_token = chosen.empty() ? shown_columns(token) : chosen_of(chosen, kTokenColumns);
  const std::vector<std::string> of_use = chosen_of(chosen, kUseColumns);
  if (!of_token.empty()) {
    Printer printer(console, member_columns(of_token));
    printer.add(std::move(token));
    printer.finish(Envelope{});
  }
  if (of_use.empty()) return;
  if (!of_token.empty()) console.out << '\n';
  if (uses.empty()) console.say("scimctl: its client has needed no tolerance so far");
  print_uses(uses, of_use, console);
}

/// All that is kept is two tables: CSV and names are those of the second.
Try<void> print_token(Json token, const std::vector<Json>& uses, const Globals& globals, Console& console) {
  switch (console.format) {
    case Format::json:
    case Format::jsonl:
    case Format::yaml:
      token["tolerances"] = uses;
      console.print(token);
      break;
    case Format::table: {
      std::vector<std::string> known = kTokenColumns;
      known.insert(known.end(), kUseColumns.begin(), kUseColumns.end());
      SCIM_TRY(check_columns(globals.columns, known));
      print_tables(std::move(token), uses, globals.columns, console);
      break;
    }
    case Format::csv:
    case Format::name:
      SCIM_TRY(check_columns(globals.columns, kUseColumns));
      print_uses(uses, chosen_of(globals.columns, kUseColumns), console);
      break;
  }
  return {};
}

Json tolerance_row(const ToleranceInfo& tolerance) {
  Json row{{"tolerance", tolerance.name}};
  for (const Dialect dialect : {Dialect::rfc, Dialect::entra, Dialect::okta, Dialect::any}) {
    row[std::string(to_string(dialect))] = tolerance.dialects.test(static_cast<std::size_t>(dialect));
  }
  row["help"] = tolerance.help;
  return row;
}

Try<void> revoke(const std::string& name, Effect effect, LocalBackend& backend, Console& console) {
  SCIM_ASSIGN(const Token token, find_token(name, backend));
  switch (effect) {
    case Effect::preview: console.say("scimctl: would revoke the token " + quote(name)); return {};
    case Effect::write: break;
  }
  SCIM_TRY(write_told(&token, nullptr, [&] { return backend.tokens().remove_token(name); }, backend));
  console.say("scimctl: revoked the token " + quote(name));
  return {};
}

}  // namespace

Result<std::optional<Instant>> parse_expiry(std::string_view text, Instant now) {
  if (text.empty() || text == kNever) return std::nullopt;
  if (const auto duration = parse_duration(text)) return std::optional<Instant>(now + *duration);
  const auto instant = parse_moment(text);
  if (!instant) return fail(ErrorKind::bad_request, "--expires wants 90d, 12h, 2027-01-01, 2027-01-01T00:00:00Z or never, not " + quote(text));
  if (*instant <= now) return fail(ErrorKind::bad_request, "--expires wants a time to come, not " + quote(text));
  return instant;
}

/// What was done is counted in the audit log.
Result<void> check_guard_counts(const Token& token, const Config& config) {
  if (token.guard.empty() || config.audit.enabled) return {};
  return fail(ErrorKind::bad_request, "--guard needs audit.enabled: what was done is counted there");
}

Try<ExitCode> run(const TokenCreateCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(std::string name, token_name(command.name));
  SCIM_ASSIGN(std::string user, user_name_of(command.user));
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console, Absent::is_made));
  SCIM_ASSIGN(const std::optional<Instant> expires, parse_expiry(command.expires, backend->env().now()));
  const Rights rights = command.access == TokenCreateCommand::Access::read ? Rights::read : Rights::read_and_write;
  NewToken token = make_token(std::move(name), rights, expires, backend->env());
  token.kept.dialect = command.dialect;
  token.kept.user_name = std::move(user);
  TokenLimits limits = command.limits;
  if (command.access == TokenCreateCommand::Access::read) limits.scopes.emplace_back("read");
  SCIM_TRY(set_limits(limits, backend->registry(), token.kept));
  SCIM_TRY(check_guard_counts(token.kept, backend->config()));
  SCIM_TRY(set_certificate(command.certificate, token));
  switch (globals.effect) {
    case Effect::preview: return preview_new(token.kept, *backend, console);
    case Effect::write: break;
  }
  SCIM_TRY(write_told(nullptr, &token.kept, [&] { return backend->tokens().insert_token(token.kept); }, *backend));
  print_new(token, *backend, console);
  if (!console.out.flush()) return take_back(token.kept, *backend);
  const bool is_certificate = !token.kept.certificate.empty();
  console.say(is_certificate ? "scimctl: who shows a client certificate of " + quote(token.kept.certificate) + " to the web server gets in"
                             : std::string("scimctl: this token is not shown again; it is kept as a hash"));
  warn_of_unknown_user(token.kept.user_name, *backend, console);
  return ExitCode::ok;
}

Try<ExitCode> run(const TokenUpdateCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const std::string user, user_name_of(command.user.value_or("")));
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const Token before, find_token(command.name, *backend));
  Token token = before;
  if (command.dialect) token.dialect = *command.dialect;
  if (command.user) token.user_name = user;
  if (command.expires) {
    SCIM_ASSIGN(token.expires, parse_expiry(*command.expires, backend->env().now()));
  }
  SCIM_TRY(set_limits(command.limits, backend->registry(), token));
  SCIM_TRY(check_guard_counts(token, backend->config()));
  print_if_json(token_row(token, *backend), console);
  switch (globals.effect) {
    case Effect::preview: say_nothing_was_written(console); return ExitCode::ok;
    case Effect::write: break;
  }
  SCIM_TRY(write_told(&before, &token, [&] { return backend->tokens().update_token(token, before); }, *backend));
  console.say("scimctl: changed the token " + quote(token.name) + ", from the next request on");
  if (command.user) warn_of_unknown_user(user, *backend, console);
  return ExitCode::ok;
}

Try<ExitCode> run(const TokenRotateCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const std::chrono::minutes overlap, overlap_of(command.overlap));
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const Token before, find_token(command.name, *backend));
  Token token = before;
  const Instant now = backend->env().now();
  if (!token.certificate.empty()) return fail(ErrorKind::bad_request, "the token " + quote(token.name) + " is a certificate, which has no secret to rotate");
  if (token.is_rotating(now)) {
    console.say("scimctl: the secret before the last rotation would have gone on until " + format_instant(*token.previous_until) + ", and ends now");
  }
  if (command.expires) {
    SCIM_ASSIGN(token.expires, parse_expiry(*command.expires, now));
  }
  if (token.is_expired(now)) return fail(ErrorKind::bad_request, "the token " + quote(token.name) + " has expired: give it another end with --expires");
  const NewToken rotated = rotate_token(std::move(token), now + overlap, backend->env());
  switch (globals.effect) {
    case Effect::preview:
      print_if_json(token_row(rotated.kept, *backend), console);
      say_nothing_was_written(console);
      return ExitCode::ok;
    case Effect::write: break;
  }
  // First shown, then kept: a secret that nobody has seen must not take the place of one that is in use.
  print_new(rotated, *backend, console);
  if (!console.out.flush()) return fail(ErrorKind::internal, "the new secret could not be printed, and the token stays as it is");
  const auto kept = write_told(&before, &rotated.kept, [&] { return backend->tokens().update_token(rotated.kept, before); }, *backend);
  if (!kept) return fail(failure_because("the secret that was shown is good for nothing", kept.error()));
  console.say("scimctl: the old secret of the token " + quote(rotated.kept.name) +
              (overlap.count() == 0 ? std::string(" is refused from now on") : " goes on until " + format_instant(*rotated.kept.previous_until)));
  return ExitCode::ok;
}

Try<ExitCode> run(const TokenShowCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const Token token, find_token(command.name, *backend));
  SCIM_ASSIGN(const std::vector<ToleranceUse> uses, backend->tokens().tolerance_uses(token.id));
  std::vector<Json> rows;
  for (const ToleranceUse& use : uses) rows.push_back(use_row(use));
  SCIM_TRY(print_token(token_row(token, *backend), rows, globals, console));
  return ExitCode::ok;
}

Try<ExitCode> run(const TokenDialectsCommand&, const Globals& globals, Console& console) {
  const std::vector<std::string> all = {"tolerance", "rfc", "entra", "okta", "any", "help"};
  SCIM_ASSIGN(std::vector<Column> columns, chosen_columns(globals.columns, all));
  Printer printer(console, std::move(columns), "tolerance");
  for (const ToleranceInfo& tolerance : tolerances()) printer.add(tolerance_row(tolerance));
  printer.finish(Envelope{Envelope::Kind::array});
  return ExitCode::ok;
}

Try<ExitCode> run(const TokenListCommand&, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const std::vector<Token> tokens, backend->tokens().list_tokens());
  SCIM_ASSIGN(std::vector<Column> columns, chosen_columns(globals.columns, kListedColumns, kTokenColumns));
  Printer printer(console, std::move(columns), "name");
  for (const Token& token : tokens) printer.add(token_row(token, *backend));
  printer.finish(Envelope{Envelope::Kind::array});
  return ExitCode::ok;
}

Try<ExitCode> run(const TokenRevokeCommand& command, const Globals& globals, Console& console) {
  SCIM_TRY(confirm({"revoke", "token", command.names}, globals, console));
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  Printer printer(console, member_columns({"name"}), "name");
  std::size_t failed = 0;
  ExitCode common = ExitCode::ok;  // of all failures, if they have one
  for (const std::string& name : command.names) {
    const auto removed = revoke(name, globals.effect, *backend, console);
    if (!removed && command.names.size() == 1) return fail(removed.error());
    if (!removed) {
      common = failed == 0 || common == removed.error().code ? removed.error().code : ExitCode::some_failed;
      ++failed;
      console.report(removed.error(), name);
    } else if (console.document_is_asked_for()) {
      printer.add({{"name", name}});
    }
  }
  if (console.document_is_asked_for()) printer.finish(Envelope{Envelope::Kind::array});
  if (globals.effect == Effect::preview) say_nothing_was_written(console);
  if (failed == 0) return ExitCode::ok;
  return failed == command.names.size() ? common : ExitCode::some_failed;
}

}  // namespace scim::cli
