// SPDX-License-Identifier: MIT
#include "core/token.h"

#include "core/crypto.h"
#include "core/text.h"

namespace scim {
namespace {

constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLongestToken = 512;

std::string hash_of(std::string_view secret) { return hex_encode(sha256(secret)); }

/// Gives the token a secret; the text of both.
std::string renew(Token& token, Env& env) {
  const std::string secret = base64url_encode(env.random_bytes(kSecretBytes));
  token.hash = hash_of(secret);
  return std::string(kTokenPrefix) + token.id + '_' + secret;
}

bool ends_soon(const std::optional<Instant>& end, Instant now, std::int64_t warn_days) {
  return end && *end > now && *end - now <= std::chrono::days(warn_days);
}

}  // namespace

NewToken make_token(std::string name, Rights rights, std::optional<Instant> expires, Env& env) {
  NewToken token;
  token.kept.id = hex_encode(env.random_bytes(kIdBytes));
  token.text = renew(token.kept, env);
  token.kept.name = std::move(name);
  token.kept.read_only = rights == Rights::read;
  token.kept.created = env.now();
  token.kept.expires = expires;
  return token;
}

NewToken rotate_token(Token token, Instant overlap_end, Env& env) {
  NewToken rotated;
  rotated.kept = std::move(token);
  rotated.kept.previous_hash = rotated.kept.hash;
  rotated.kept.previous_until = overlap_end;
  rotated.text = renew(rotated.kept, env);
  return rotated;
}

std::optional<TokenParts> split_token(std::string_view text) {
  const std::size_t id_length = kIdBytes * 2;
  if (!text.starts_with(kTokenPrefix) || text.size() > kLongestToken) return std::nullopt;
  text.remove_prefix(kTokenPrefix.size());
  if (text.size() <= id_length + 1 || text[id_length] != '_') return std::nullopt;
  // Else it is none of ours, and some databases take not any bytes for a text.
  const bool is_hex = text.substr(0, id_length).find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!is_hex) return std::nullopt;
  return TokenParts{text.substr(0, id_length), text.substr(id_length + 1)};
}

bool has_secret(const std::optional<Token>& token, std::string_view secret, Instant now) {
  const std::string hash = hash_of(secret);
  const std::string nobodys(hash.size(), '-');
  const bool is_current = equal_in_constant_time(hash, token ? token->hash : nobodys);
  const bool is_previous = equal_in_constant_time(hash, token && token->is_rotating(now) ? token->previous_hash : nobodys);
  return is_current || is_previous;
}

TokenWarning warning_of(const Token& token, Instant now, std::int64_t warn_days) {
  if (ends_soon(token.expires, now, warn_days)) return TokenWarning::expires_soon;
  return ends_soon(token.previous_until, now, warn_days) ? TokenWarning::old_secret_ends_soon : TokenWarning::none;
}

std::string text_of(TokenWarning warning, const Token& token) {
  switch (warning) {
    case TokenWarning::none: return {};
    case TokenWarning::expires_soon: return "the token " + quote(token.name) + " expires at " + format_instant(*token.expires);
    case TokenWarning::old_secret_ends_soon:
      return "the old secret of the token " + quote(token.name) + " ends at " + format_instant(*token.previous_until);
  }
  return {};
}

}  // namespace scim
