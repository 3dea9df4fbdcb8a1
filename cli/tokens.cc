// SPDX-License-Identifier: MIT
// Tokens are made, listed and removed in the database that the server reads.
#include "cli/tokens.h"

#include <charconv>
#include <ostream>

#include "cli/backend.h"

namespace scim::cli {
namespace {

/// Longer than a name needs to be, short enough for a log line.
constexpr std::size_t kLongestName = 100;
/// A century: what is longer is a mistake, and must not overflow.
constexpr std::int64_t kMostMinutes = std::int64_t{100} * 366 * 24 * 60;

std::optional<std::int64_t> minutes_of(char unit) {
  switch (unit) {
    case 'm': return 1;
    case 'h': return 60;
    case 'd': return 24 * 60;
    default: return std::nullopt;
  }
}

std::optional<std::chrono::minutes> parse_duration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto unit = minutes_of(text.back());
  std::int64_t count = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (!unit || error != std::errc() || stop != end || count <= 0 || count > kMostMinutes / *unit) return std::nullopt;
  return std::chrono::minutes(count * *unit);
}

Result<std::string> token_name(const std::string& name) {
  const bool is_wrong = name.empty() || name.size() > kLongestName || trim(name).size() != name.size() || printable(name) != name;
  if (is_wrong) return fail(ErrorKind::bad_request, "a token's name is printable text of 1 to 100 bytes, not " + quote(name));
  return name;
}

Json token_row(const Token& token, Instant now) {
  return Json{{"name", token.name},
              {"id", token.id},
              {"read_only", token.read_only},
              {"created", format_instant(token.created)},
              {"expires", token.expires ? Json(format_instant(*token.expires)) : Json()},
              {"expired", token.expires && *token.expires <= now}};
}

}  // namespace

std::optional<Instant> parse_expiry(std::string_view text, Instant now) {
  if (const auto duration = parse_duration(text)) return now + *duration;
  const auto instant = parse_instant(text);
  return instant && *instant > now ? instant : std::nullopt;
}

Try<ExitCode> run(const TokenCreateCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(std::string name, token_name(command.name));
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  std::optional<Instant> expires;
  if (!command.expires.empty()) {
    expires = parse_expiry(command.expires, backend->env().now());
    if (!expires) return fail(ErrorKind::bad_request, "--expires wants 90d, 12h or a time to come, not " + quote(command.expires));
  }
  const Rights rights = command.access == TokenCreateCommand::Access::read ? Rights::read : Rights::read_and_write;
  const NewToken token = make_token(std::move(name), rights, expires, backend->env());
  SCIM_TRY(backend->tokens().insert_token(token.kept));
  console.out << token.text << std::endl;
  console.say("scimctl: this token is not shown again; it is kept as a hash");
  return ExitCode::ok;
}

Try<ExitCode> run(const TokenListCommand&, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const std::vector<Token> tokens, backend->tokens().list_tokens());
  const std::vector<std::string> all = {"name", "id", "read_only", "created", "expires", "expired"};
  Printer printer(console, member_columns(globals.columns.empty() ? all : globals.columns), "name");
  for (const Token& token : tokens) printer.add(token_row(token, backend->env().now()));
  printer.finish(Envelope{Envelope::Kind::array});
  return ExitCode::ok;
}

Try<ExitCode> run(const TokenRevokeCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  std::size_t failed = 0;
  for (const std::string& name : command.names) {
    const auto removed = backend->tokens().remove_token(name);
    if (!removed && command.names.size() == 1) return fail(removed.error());
    if (!removed) {
      ++failed;
      console.report(removed.error(), name);
    } else {
      console.say("scimctl: revoked the token " + quote(name));
    }
  }
  return failed == 0 ? ExitCode::ok : ExitCode::some_failed;
}

}  // namespace scim::cli
