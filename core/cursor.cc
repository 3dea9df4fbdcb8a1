// SPDX-License-Identifier: MIT
// A cursor is base64url of salt, ciphertext and tag: AES-256-GCM under a key that HMAC-SHA256 makes of ours and the salt,
// the context as additional data. A key for each cursor lets the nonce be constant: 128 bits of salt do not meet again,
// where 96 bits of random nonce under one key would have to be counted.
#include "core/cursor.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/json.h"
#include "core/text.h"

namespace scim {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kTagBytes = 16;
/// A cursor holds the value that is sorted by, which may be long; the body of a .search has room for it.
constexpr std::size_t kLongest = std::size_t{4} << 20;

using Nonce = std::array<unsigned char, 12>;
constexpr Nonce kNonce{};

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
int length(std::string_view text) { return static_cast<int>(text.size()); }

std::string key_for(std::string_view key, std::string_view salt) {
  std::string out(kKeyBytes, '\0');
  unsigned int size = kKeyBytes;
  HMAC(EVP_sha256(), key.data(), length(key), bytes(salt), salt.size(), bytes(out), &size);
  return out;
}

/// Ciphertext and tag.
std::string encrypt(std::string_view clear, std::string_view key, std::string_view context) {
  const Context cipher(EVP_CIPHER_CTX_new());
  std::string out(clear.size() + kTagBytes, '\0');
  int written = 0;
  EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key), kNonce.data());
  EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes(context), length(context));
  EVP_EncryptUpdate(cipher.get(), bytes(out), &written, bytes(clear), length(clear));
  EVP_EncryptFinal_ex(cipher.get(), bytes(out) + written, &written);
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, bytes(out) + clear.size());
  return out;
}

std::optional<std::string> decrypt(std::string_view sealed, std::string_view key, std::string_view context) {
  const Context cipher(EVP_CIPHER_CTX_new());
  std::string clear(sealed.size() - kTagBytes, '\0');
  std::string tag(sealed.substr(clear.size()));
  int written = 0;
  EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key), kNonce.data());
  EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes(context), length(context));
  EVP_DecryptUpdate(cipher.get(), bytes(clear), &written, bytes(sealed), length(clear));
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, bytes(tag));
  if (EVP_DecryptFinal_ex(cipher.get(), bytes(clear) + written, &written) != 1) return std::nullopt;
  return clear;
}

std::int64_t seconds_of(Instant instant) {
  return std::chrono::duration_cast<std::chrono::seconds>(instant.time_since_epoch()).count();
}

tl::unexpected<Error> invalid_cursor() { return fail(ErrorKind::invalid_cursor, "the cursor is not valid"); }

}  // namespace

Result<CursorSeal> CursorSeal::open(TokenStore& tokens, std::chrono::seconds lifetime, Env& env) {
  SCIM_ASSIGN(std::string key, tokens.secret("cursor", hex_encode(env.random_bytes(kKeyBytes))));
  return CursorSeal(std::move(key), lifetime, env);
}

std::string CursorSeal::seal(const Cursor& cursor, std::string_view context) {
  const Json said = {seconds_of(env_.now()), cursor.anchor.side == Anchor::Side::after ? 1 : 0,
                     cursor.count ? Json(*cursor.count) : Json(), cursor.anchor.position};
  const std::string salt = env_.random_bytes(kSaltBytes);
  return base64url_encode(salt + encrypt(to_text(said), key_for(key_, salt), context));
}

Result<Cursor> CursorSeal::unseal(std::string_view text, std::string_view context) {
  if (text.size() > kLongest) return invalid_cursor();
  const auto sealed = base64_decode(text);
  // As it was written: base64 has several spellings of the same bytes.
  if (!sealed || sealed->size() < kSaltBytes + kTagBytes || base64url_encode(*sealed) != text) return invalid_cursor();
  const std::string_view salt = std::string_view(*sealed).substr(0, kSaltBytes);
  const auto clear = decrypt(std::string_view(*sealed).substr(kSaltBytes), key_for(key_, salt), context);
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
