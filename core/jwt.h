// SPDX-License-Identifier: MIT
// JSON Web Tokens (RFC 7519) that an authorization server has signed for us: who, and which scopes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/text.h"

namespace scim {

class Jwks;

struct JwtConfig {
  std::string keys;  ///< path of the JWK set of the issuer; "": JWTs are not taken
  std::string issuer;
  std::string audience;
  std::int64_t leeway_s = 30;  ///< how far the clocks may be apart
  std::string scope_claim = "scope";
  std::string scope_prefix = "scim.";  ///< what follows it is as in `scimctl token create --scope`
  std::string subject_claim = "sub";
};

struct JwtClaims {
  std::string subject;
  std::vector<std::string> scopes;  ///< those with our prefix, without it
  Instant expires;
};

/// Whether it is written like one: three parts with dots between.
bool looks_like_jwt(std::string_view text);

/// RFC 8725: RS256, ES256 and EdDSA over Ed25519, each with a key of its own kind; issuer, audience and end must be there and
/// right. unauthorized with the reason, which is for the log and not for the client.
Result<JwtClaims> verify_jwt(std::string_view text, const Jwks& keys, const JwtConfig& config, Instant now);

}  // namespace scim
