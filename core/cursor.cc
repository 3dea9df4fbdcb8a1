// SPDX-License-Identifier: MIT
// A cursor is base64url of salt, ciphertext and tag: AES-256-GCM under a key that HMAC-SHA256 makes of ours and the salt,
// the context as additional data. A key for each cursor lets the nonce be constant: 128 bits of salt do not meet again,
// where 96 bits of random nonce under one key would have to be counted.
#include "core/cursor.h"

#include "core/crypto.h"
#include "core/json.h"
#include "core/text.h"

namespace scim {
namespace {

constexpr std::size_t kSaltBytes = 16;
/// A cursor holds the value that is sorted by, which may be long; the body of a .search has room for it.
constexpr std::size_t kLongest = std::size_t{4} << 20;

constexpr GcmNonce kNonce{};

std::int64_t seconds_of(Instant instant) {
  return std::chrono::duration_cast<std::chrono::seconds>(instant.time_since_epoch()).count();
}

tl::unexpected<Error> invalid_cursor() { return fail(ErrorKind::invalid_cursor, "the cursor is not valid"); }

}  // namespace

Result<CursorSeal> CursorSeal::open(TokenStore& tokens, std::chrono::seconds lifetime, Env& env) {
  SCIM_ASSIGN(std::string key, tokens.secret("cursor", hex_encode(env.random_bytes(kAesKeyBytes))));
  return CursorSeal(std::move(key), lifetime, env);
}

std::string CursorSeal::seal(const Cursor& cursor, std::string_view context) {
  const Json said = {seconds_of(env_.now()), cursor.anchor.side == Anchor::Side::after ? 1 : 0,
                     cursor.count ? Json(*cursor.count) : Json(), cursor.anchor.position};
  const std::string salt = env_.random_bytes(kSaltBytes);
  return base64url_encode(salt + gcm_seal(to_text(said), hmac_sha256(key_, salt), kNonce, context));
}

Result<Cursor> CursorSeal::unseal(std::string_view text, std::string_view context) {
  if (text.size() > kLongest) return invalid_cursor();
  const auto sealed = base64_decode(text);
  // As it was written: base64 has several spellings of the same bytes.
  if (!sealed || sealed->size() < kSaltBytes + kGcmTagBytes || base64url_encode(*sealed) != text) return invalid_cursor();
  const std::string_view salt = std::string_view(*sealed).substr(0, kSaltBytes);
  const auto clear = gcm_open(std::string_view(*sealed).substr(kSaltBytes), hmac_sha256(key_, salt), kNonce, context);
  if (!clear) return invalid_cursor();
  const Json said = Json::parse(*clear);  // our own
  if (said[0].get<std::int64_t>() + lifetime_.count() < seconds_of(env_.now())) {
    return fail(ErrorKind::expired_cursor, "the cursor has expired: begin again with the first page");
  }
  Cursor cursor;
  cursor.anchor.side = said[1] == Json(1) ? Anchor::Side::after : Anchor::Side::before;
  if (!said[2].is_null()) cursor.count = said[2].get<std::int64_t>();
  cursor.anchor.position = said[3];
  return cursor;
}

}  // namespace scim
