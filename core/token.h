// SPDX-License-Identifier: MIT
// Bearer tokens, and credentials like them, as they are kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/env.h"
#include "core/error.h"
#include "core/tolerance.h"

namespace scim {

/// A token as it is kept: never the token itself.
struct Token {
  std::string id;    ///< the part of the token before the secret; not secret
  std::string name;  ///< what the admin called it
  std::string hash;  ///< hex SHA-256 of the secret; "": there is none, a certificate stands for it
  bool read_only = false;
  std::string user_name;  ///< whose token it is, for /Me; "": a program's
  Instant created;
  std::optional<Instant> expires;
  std::optional<Dialect> dialect = std::nullopt;  ///< of its client; nullopt: as configured (strict)
  std::vector<std::string> types = {};   ///< names of the resource types that it is restricted to; empty: all
  std::vector<std::string> hidden = {};  ///< paths of attributes that it does not see
  std::optional<std::int64_t> rate_limit = std::nullopt;  ///< requests a minute, 0: any number; nullopt: as configured
  std::string certificate = {};          ///< subject of the client certificate that is this token; "": none
  std::string previous_hash = {};        ///< of the secret before the last rotation, "" if there is none
  std::optional<Instant> previous_until = std::nullopt;  ///< when that one ends
  std::optional<Instant> last_used = std::nullopt;       ///< to a minute or so
  std::string last_address = {};         ///< where from
  std::string guard = {};                ///< limits of its own (core/guard.h), ""

  bool is_expired(Instant now) const { return expires && *expires <= now; }
  bool is_rotating(Instant now) const { return previous_until && *previous_until > now; }
};

/// When a token was used last.
struct TokenUse {
  /// Those that are closer are one, so that a busy token costs no write for each request.
  static constexpr std::chrono::seconds kInterval{60};

  std::string token;  ///< Token::id
  Instant last;
  std::string address;
};

/// Where tokens are kept; shared by all nodes.
class TokenStore {
 public:
  virtual ~TokenStore() = default;
  virtual Result<std::optional<Token>> find_token(std::string_view id) = 0;
  /// Whose Token::certificate it is.
  virtual Result<std::optional<Token>> find_certificate(std::string_view subject) = 0;
  virtual Result<std::vector<Token>> list_tokens() = 0;       ///< by creation
  virtual Result<void> insert_token(const Token& token) = 0;  ///< conflict: the name is taken, or the certificate
  /// Writes everything of the token with this id but its name, when it was made and when it was used; notFound.
  /// preconditionFailed: it is not as `expected`, as it was read, any more. Else whoever has read it before a rotation would
  /// bring the old secret back.
  virtual Result<void> update_token(const Token& token, const Token& expected) = 0;
  virtual Result<void> remove_token(std::string_view name) = 0;  ///< notFound
  /// All or nothing. Tokens that are gone are passed over, as are those whose last use is less than TokenUse::kInterval before.
  virtual Result<void> note_token_uses(const std::vector<TokenUse>& uses) = 0;
  /// Adds to what has been counted, all or nothing. Tokens that are gone are passed over.
  virtual Result<void> add_tolerance_uses(const std::vector<ToleranceUse>& uses) = 0;
  virtual Result<std::vector<ToleranceUse>> tolerance_uses(std::string_view token_id) = 0;  ///< most used first
  /// A secret of this installation, the same in all its processes for as long as the database lives: kept as `fresh` if
  /// there is none of that name yet.
  virtual Result<std::string> secret(std::string_view name, std::string_view fresh) = 0;
};

/// What every token of our making begins with.
inline constexpr std::string_view kTokenPrefix = "scim_";

enum class Rights { read, read_and_write };

/// A new token: `text` is shown once, `kept` is what the store gets.
struct NewToken {
  std::string text;
  Token kept;
};
NewToken make_token(std::string name, Rights rights, std::optional<Instant> expires, Env& env);
/// The same token with another secret; the one it has now goes on until `overlap_end`.
NewToken rotate_token(Token token, Instant overlap_end, Env& env);

/// A token as a client sends it.
struct TokenParts {
  std::string_view id;
  std::string_view secret;
};
/// scim_<id>_<secret>; nullopt: none of ours.
std::optional<TokenParts> split_token(std::string_view text);
/// Whether `secret` is that of the token now; the same work whether there is a token or not.
bool has_secret(const std::optional<Token>& token, std::string_view secret, Instant now);

/// What the admin has to know of a token before its client does.
enum class TokenWarning { none, expires_soon, old_secret_ends_soon };
TokenWarning warning_of(const Token& token, Instant now, std::int64_t warn_days);
/// "the token "okta" expires at 2027-01-01T00:00:00.000Z"; "" for none.
std::string text_of(TokenWarning warning, const Token& token);

}  // namespace scim
