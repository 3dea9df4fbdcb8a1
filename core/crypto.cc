// SPDX-License-Identifier: MIT
#include "core/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/random.h>

#include <cerrno>
#include <memory>
#include <stdexcept>

#include "core/library.h"

namespace scim {
namespace {

#define SCIM_CRYPTO_FUNCTIONS(X)                                                                                       \
  X(EVP_CIPHER_CTX_ctrl) X(EVP_CIPHER_CTX_free) X(EVP_CIPHER_CTX_new) X(EVP_DecryptFinal_ex) X(EVP_DecryptInit_ex)       \
  X(EVP_DecryptUpdate) X(EVP_Digest) X(EVP_EncryptFinal_ex) X(EVP_EncryptInit_ex) X(EVP_EncryptUpdate) X(EVP_MD_fetch)   \
  X(EVP_MD_get_size) X(EVP_aes_256_gcm) X(EVP_sha1) X(EVP_sha256) X(HMAC) X(PKCS5_PBKDF2_HMAC)

SCIM_LIBRARY_FUNCTIONS(Crypto, SCIM_CRYPTO_FUNCTIONS);

const Result<Crypto>& loaded_crypto() { return library<Crypto>("OpenSSL is needed", "libcrypto.so.3"); }

const Crypto& crypto() {
  const Result<Crypto>& loaded = loaded_crypto();
  if (!loaded) throw std::runtime_error(loaded.error().detail);
  return *loaded;
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
int length(std::string_view text) { return static_cast<int>(text.size()); }

constexpr std::size_t kSha256Bytes = 32;

/// Looked up once: OpenSSL takes longer to find it than to compute it.
const EVP_MD* fetched_sha256() {
  static const EVP_MD* const kFound = crypto().EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kFound != nullptr ? kFound : crypto().EVP_sha256();
}

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL refuses ") + what);
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { crypto().EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

}  // namespace

Result<void> load_crypto() {
  SCIM_TRY(loaded_crypto());
  return {};
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t filled = 0; filled < count;) {
    const ssize_t got = ::getrandom(bytes.data() + filled, count - filled, 0);
    if (got < 0 && errno != EINTR) throw std::runtime_error("no randomness from the system");
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  }
  return difference == 0;
}

void cleanse(std::string& secret) { ::explicit_bzero(secret.data(), secret.size()); }

std::string sha256(std::string_view text) {
  std::string digest(kSha256Bytes, '\0');
  require(crypto().EVP_Digest(text.data(), text.size(), bytes(digest), nullptr, fetched_sha256(), nullptr) == 1,
          "SHA-256");
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string mac(kSha256Bytes, '\0');
  unsigned size = 0;
  const auto* made = crypto().HMAC(crypto().EVP_sha256(), key.data(), length(key), bytes(text), text.size(), bytes(mac), &size);
  require(made != nullptr && size == mac.size(), "HMAC-SHA256");
  return mac;
}

std::string pbkdf2_hmac(PbkdfDigest digest, std::string_view clear, std::string_view salt, unsigned rounds) {
  const EVP_MD* kind = digest == PbkdfDigest::sha1 ? crypto().EVP_sha1() : crypto().EVP_sha256();
  std::string hash(static_cast<std::size_t>(crypto().EVP_MD_get_size(kind)), '\0');
  require(crypto().PKCS5_PBKDF2_HMAC(clear.data(), length(clear), bytes(salt), length(salt), static_cast<int>(rounds), kind,
                                     length(hash), bytes(hash)) == 1,
          "PBKDF2");
  return hash;
}

std::string gcm_seal(std::string_view clear, std::string_view key, const GcmNonce& nonce, std::string_view context) {
  const Crypto& c = crypto();
  const Context cipher(c.EVP_CIPHER_CTX_new());
  std::string out(clear.size() + kGcmTagBytes, '\0');
  int written = 0;
  const bool done = c.EVP_EncryptInit_ex(cipher.get(), c.EVP_aes_256_gcm(), nullptr, bytes(key), nonce.data()) == 1 &&
                    c.EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes(context), length(context)) == 1 &&
                    c.EVP_EncryptUpdate(cipher.get(), bytes(out), &written, bytes(clear), length(clear)) == 1 &&
                    c.EVP_EncryptFinal_ex(cipher.get(), bytes(out) + written, &written) == 1 &&
                    c.EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kGcmTagBytes),
                                          bytes(out) + clear.size()) == 1;
  require(done, "AES-256-GCM");
  return out;
}

std::optional<std::string> gcm_open(std::string_view sealed, std::string_view key, const GcmNonce& nonce, std::string_view context) {
  if (sealed.size() < kGcmTagBytes) return std::nullopt;
  const Crypto& c = crypto();
  const Context cipher(c.EVP_CIPHER_CTX_new());
  std::string clear(sealed.size() - kGcmTagBytes, '\0');
  std::string tag(sealed.substr(clear.size()));
  int written = 0;
  const bool begun = c.EVP_DecryptInit_ex(cipher.get(), c.EVP_aes_256_gcm(), nullptr, bytes(key), nonce.data()) == 1 &&
                     c.EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes(context), length(context)) == 1 &&
                     c.EVP_DecryptUpdate(cipher.get(), bytes(clear), &written, bytes(sealed), length(clear)) == 1 &&
                     c.EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, length(tag), bytes(tag)) == 1;
  require(begun, "AES-256-GCM");
  if (c.EVP_DecryptFinal_ex(cipher.get(), bytes(clear) + written, &written) != 1) return std::nullopt;
  return clear;
}

}  // namespace scim
