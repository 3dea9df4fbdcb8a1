// SPDX-License-Identifier: MIT
#include "core/access.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

#include "core/text.h"

namespace scim {
namespace {

constexpr std::string_view kPrefix = "scim_";
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLongestToken = 512;

constexpr std::string_view kChallenge = "Bearer realm=\"scim\"";
constexpr std::string_view kInvalidToken = "Bearer realm=\"scim\", error=\"invalid_token\"";

tl::unexpected<Error> unauthorized(std::string detail, std::string_view challenge) {
  return fail(ErrorKind::unauthorized, std::move(detail), std::string(challenge));
}

/// One text for everything that is wrong with a token: whoever guesses learns nothing (RFC 6750 3.1).
tl::unexpected<Error> invalid_token() { return unauthorized("the bearer token is not valid", kInvalidToken); }

std::string hash_of(std::string_view secret) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return hex_encode(digest);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

struct TokenParts {
  std::string_view id;
  std::string_view secret;
};

/// scim_<id>_<secret>
std::optional<TokenParts> split(std::string_view token) {
  const std::size_t id_length = kIdBytes * 2;
  if (!token.starts_with(kPrefix) || token.size() > kLongestToken) return std::nullopt;
  token.remove_prefix(kPrefix.size());
  if (token.size() <= id_length + 1 || token[id_length] != '_') return std::nullopt;
  return TokenParts{token.substr(0, id_length), token.substr(id_length + 1)};
}

}  // namespace

Result<Scope> Access::bearer(std::string_view credentials) {
  const auto parts = split(credentials);
  if (!parts) return invalid_token();
  SCIM_ASSIGN(const std::optional<Token> token, tokens_.find_token(parts->id));
  // The same work whether the id is known or not.
  const std::string hash = hash_of(parts->secret);
  if (!equal_in_constant_time(hash, token ? token->hash : std::string(hash.size(), '-'))) return invalid_token();
  if (token->expires && *token->expires <= env_.now()) return invalid_token();
  return Scope("token:" + token->name, token->read_only ? Rights::read : Rights::read_and_write);
}

Result<Scope> Access::remote_user(std::string_view user) const {
  const auto is_listed = [&](const std::string& name) {
    return collation_key(name, Collation::username) == collation_key(user, Collation::username);
  };
  switch (config_.check) {
    case AccessCheck::nobody: break;
    case AccessCheck::is_authenticated: return Scope("user:" + std::string(user), Rights::read_and_write);
    case AccessCheck::is_superuser:
      if (std::any_of(config_.superusers.begin(), config_.superusers.end(), is_listed)) {
        return Scope("user:" + std::string(user), Rights::read_and_write);
      }
  }
  return fail(ErrorKind::forbidden, "this user may not use SCIM");
}

Result<Scope> Access::authenticate(const Request& request) {
  const std::string_view authorization = trim(request.authorization);
  const auto blank = authorization.find(' ');
  const std::string_view scheme = authorization.substr(0, blank);
  if (equal_ignoring_case(scheme, "bearer")) {
    const std::string_view credentials = blank == std::string_view::npos ? std::string_view{} : trim(authorization.substr(blank));
    // What a web server makes of two Authorization headers (RFC 6750 3.1).
    if (credentials.find(',') != std::string_view::npos) {
      return fail(ErrorKind::bad_request, "more than one Authorization header");
    }
    return bearer(credentials);
  }
  if (!request.remote_user.empty()) return remote_user(request.remote_user);
  return unauthorized(authorization.empty() ? "authentication is needed" : "this authentication scheme is not offered",
                      kChallenge);
}

NewToken make_token(std::string name, Rights rights, std::optional<Instant> expires, Env& env) {
  const std::string id = hex_encode(env.random_bytes(kIdBytes));
  const std::string secret = base64url_encode(env.random_bytes(kSecretBytes));
  NewToken token;
  token.text = std::string(kPrefix) + id + '_' + secret;
  token.kept.id = id;
  token.kept.name = std::move(name);
  token.kept.hash = hash_of(secret);
  token.kept.read_only = rights == Rights::read;
  token.kept.created = env.now();
  token.kept.expires = expires;
  return token;
}

}  // namespace scim
