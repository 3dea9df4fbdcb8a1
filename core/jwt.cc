// SPDX-License-Identifier: MIT
#include "core/jwt.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/crypto.h"
#include "core/json.h"
#include "core/jwks.h"

namespace scim {
namespace {

constexpr std::size_t kLongest = 8192;
constexpr std::size_t kLongestSubject = 255;
constexpr JsonLimits kLimits{8, 1000};
/// Beyond it a double knows no single seconds, and nothing is meant.
constexpr double kMostSeconds = 1e11;

struct Algorithm {
  std::string_view name;
  PublicKey::Kind kind;
};
/// `none` and the HMACs are not here and cannot be configured: a public key is no secret.
constexpr std::array kAlgorithms = {Algorithm{"RS256", PublicKey::Kind::rsa}, Algorithm{"ES256", PublicKey::Kind::p256},
                                    Algorithm{"EdDSA", PublicKey::Kind::ed25519}};
constexpr std::array<std::string_view, 3> kTypes = {"jwt", "at+jwt", "application/at+jwt"};

tl::unexpected<Error> refuse(std::string why) { return fail(ErrorKind::unauthorized, std::move(why)); }

/// header.payload.signature, with at least a character each.
struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;
};

std::optional<Parts> split(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t last = text.rfind('.');
  if (first == std::string_view::npos || std::count(text.begin(), text.end(), '.') != 2) return std::nullopt;
  Parts parts{text.substr(0, first), text.substr(first + 1, last - first - 1), text.substr(last + 1), text.substr(0, last)};
  if (parts.header.empty() || parts.payload.empty() || parts.signature.empty()) return std::nullopt;
  return parts;
}

Result<Json> object_in(std::string_view part, const char* what) {
  const auto text = base64url_canonical(part);
  if (!text) return refuse(std::string("its ") + what + " is not base64url");
  Result<Json> json = parse_json(*text, kLimits);
  if (!json || !json->is_object()) return refuse(std::string("its ") + what + " is no JSON object with each name once");
  return json;
}

/// By its exact name: claims have case.
const Json* claim(const Json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::optional<std::string> text_claim(const Json& object, const std::string& name) {
  const Json* found = claim(object, name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

Result<PublicKey::Kind> kind_of(const Json& header) {
  const auto name = text_claim(header, "alg");
  const auto found = std::find_if(kAlgorithms.begin(), kAlgorithms.end(), [&](const Algorithm& each) { return name && each.name == *name; });
  if (found == kAlgorithms.end()) return refuse("its algorithm is not RS256, ES256 or EdDSA");
  return found->kind;
}

Result<void> check_header(const Json& header) {
  if (header.contains("crit")) return refuse("its header has critical extensions");
  if (header.contains("b64")) return refuse("its payload is not encoded");
  if (!header.contains("typ")) return {};
  const auto type = text_claim(header, "typ");
  const bool is_known = type && std::find(kTypes.begin(), kTypes.end(), ascii_lower(*type)) != kTypes.end();
  return is_known ? Result<void>() : refuse("its type is not JWT or at+jwt");
}

Result<void> check_signature(const Parts& parts, const Json& header, const Jwks& keys) {
  SCIM_ASSIGN(const PublicKey::Kind kind, kind_of(header));
  if (header.contains("kid") && !text_claim(header, "kid")) return refuse("its key id is no string");
  const PublicKey* key = keys.find(text_claim(header, "kid"), kind);
  if (key == nullptr) return refuse("no key of the set is meant by it");
  const auto signature = base64url_canonical(parts.signature);
  if (!signature || !key->verifies(parts.signed_text, *signature)) return refuse("its signature is not that of the key");
  return {};
}

/// nullopt: it is not there. NumericDate, RFC 7519 2.
Result<std::optional<double>> seconds_of(const Json& claims, const std::string& name) {
  const Json* found = claim(claims, name);
  if (found == nullptr) return std::nullopt;
  const double seconds = found->is_number() ? found->get<double>() : NAN;
  if (!std::isfinite(seconds) || std::abs(seconds) > kMostSeconds) return refuse("its " + name + " is no time");
  return std::optional<double>(seconds);
}

/// When it ends, if it holds now.
Result<Instant> valid_until(const Json& claims, const JwtConfig& config, Instant now) {
  const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  const double leeway = static_cast<double>(config.leeway_s);
  SCIM_ASSIGN(const std::optional<double> end, seconds_of(claims, "exp"));
  SCIM_ASSIGN(const std::optional<double> begin, seconds_of(claims, "nbf"));
  SCIM_ASSIGN(const std::optional<double> issued, seconds_of(claims, "iat"));
  if (!end) return refuse("it has no exp");
  if (*end + leeway <= seconds) return refuse("it has expired");
  if (begin && *begin - leeway > seconds) return refuse("it is not valid yet");
  if (issued && *issued - leeway > seconds) return refuse("it was issued in the future");
  return Instant(std::chrono::microseconds(static_cast<std::int64_t>(*end * std::micro::den)));
}

bool is_for_us(const Json& claims, const std::string& audience) {
  const Json* found = claim(claims, "aud");
  if (found == nullptr) return false;
  if (!found->is_array()) return *found == Json(audience);
  const bool are_strings = std::all_of(found->begin(), found->end(), [](const Json& each) { return each.is_string(); });
  return are_strings && std::find(found->begin(), found->end(), Json(audience)) != found->end();
}

/// A string with blanks between (RFC 8693 4.2), or the array that some servers make of it.
std::vector<std::string> words_of(const Json* scopes) {
  std::vector<std::string> words;
  if (scopes == nullptr) return words;
  if (scopes->is_array()) {
    for (const Json& each : *scopes) {
      if (each.is_string()) words.push_back(each.get<std::string>());
    }
    return words;
  }
  if (!scopes->is_string()) return words;
  std::string_view text = scopes->get_ref<const std::string&>();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

Result<JwtClaims> read_claims(const Json& claims, const JwtConfig& config) {
  JwtClaims read;
  const auto subject = text_claim(claims, config.subject_claim);
  const bool is_name = subject && !subject->empty() && subject->size() <= kLongestSubject && printable(*subject) == *subject;
  if (!is_name) return refuse("it has no " + config.subject_claim);
  read.subject = *subject;
  for (const std::string& word : words_of(claim(claims, config.scope_claim))) {
    if (word.starts_with(config.scope_prefix)) read.scopes.push_back(word.substr(config.scope_prefix.size()));
  }
  return read;
}

}  // namespace

bool looks_like_jwt(std::string_view text) { return split(text).has_value(); }

Result<JwtClaims> verify_jwt(std::string_view text, const Jwks& keys, const JwtConfig& config, Instant now) {
  const auto parts = split(text);
  if (!parts) return refuse("it is not written as one");
  if (text.size() > kLongest) return refuse("it has more than " + std::to_string(kLongest) + " bytes");
  SCIM_ASSIGN(const Json header, object_in(parts->header, "header"));
  SCIM_TRY(check_header(header));
  SCIM_TRY(check_signature(*parts, header, keys));
  // From here on the issuer has said it.
  SCIM_ASSIGN(const Json claims, object_in(parts->payload, "payload"));
  if (text_claim(claims, "iss") != config.issuer) return refuse("it is of another issuer");
  if (!is_for_us(claims, config.audience)) return refuse("it is for another audience");
  SCIM_ASSIGN(const Instant expires, valid_until(claims, config, now));
  SCIM_ASSIGN(JwtClaims read, read_claims(claims, config));
  read.expires = expires;
  return read;
}

}  // namespace scim
