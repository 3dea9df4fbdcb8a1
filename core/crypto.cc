// SPDX-License-Identifier: MIT
#include "core/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>
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
  X(EVP_MD_get_size) X(EVP_aes_256_gcm) X(EVP_sha1) X(EVP_sha256) X(HMAC) X(PKCS5_PBKDF2_HMAC)                            \
  X(EVP_DigestVerify) X(EVP_DigestVerifyInit) X(EVP_MD_CTX_free) X(EVP_MD_CTX_new) X(EVP_PKEY_free) X(d2i_PUBKEY)

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

struct FreeDigestContext {
  void operator()(EVP_MD_CTX* context) const { crypto().EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigestContext>;

// DER (X.690), as much as a public key and a signature need.

constexpr char kInteger = 0x02;
constexpr char kBitString = 0x03;
constexpr char kSequence = 0x30;
constexpr std::string_view kRsaId("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 15);
constexpr std::string_view kP256Id("\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 21);
constexpr std::string_view kEd25519Id("\x30\x05\x06\x03\x2b\x65\x70", 7);

std::string der(char tag, std::string_view content) {
  std::string out(1, tag);
  const std::size_t size = content.size();
  if (size < 0x80) {
    out += static_cast<char>(size);
  } else if (size < 0x100) {
    out += {static_cast<char>(0x81), static_cast<char>(size)};
  } else {
    out += {static_cast<char>(0x82), static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
  }
  return out.append(content);
}

std::string_view without_leading_zeros(std::string_view number) {
  while (number.size() > 1 && number.front() == '\0') number.remove_prefix(1);
  return number;
}

/// A number that is not negative.
std::string der_integer(std::string_view number) {
  number = without_leading_zeros(number);
  const bool looks_negative = !number.empty() && (static_cast<unsigned char>(number.front()) & 0x80) != 0;
  return der(kInteger, (looks_negative ? std::string(1, '\0') : std::string()).append(number));
}

/// SubjectPublicKeyInfo (RFC 5280 4.1).
std::string public_key_info(std::string_view algorithm, std::string_view key) {
  const std::string bits = std::string(1, '\0').append(key);
  return der(kSequence, std::string(algorithm) + der(kBitString, bits));
}

constexpr std::size_t kP256Bytes = 32;
constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kLeastRsaBytes = 256;   // RFC 7518 3.3
constexpr std::size_t kMostRsaBytes = 1024;   // what is larger takes too long
constexpr std::size_t kMostExponentBytes = 4;

bool is_odd(std::string_view number) { return (static_cast<unsigned char>(number.back()) & 1) != 0; }

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

Result<PublicKey> PublicKey::read(Kind kind, const std::string& der) {
  const unsigned char* at = bytes(der);
  const std::shared_ptr<EVP_PKEY> key(crypto().d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())),
                                      [](EVP_PKEY* each) { crypto().EVP_PKEY_free(each); });
  if (key == nullptr) return fail(ErrorKind::invalid_value, "is no key");
  return PublicKey(kind, key);
}

Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  modulus = without_leading_zeros(modulus);
  exponent = without_leading_zeros(exponent);
  const bool is_large = modulus.size() > kLeastRsaBytes || (modulus.size() == kLeastRsaBytes && (static_cast<unsigned char>(modulus.front()) & 0x80) != 0);
  if (!is_large) return fail(ErrorKind::invalid_value, "RSA keys have 2048 bits or more");
  if (modulus.size() > kMostRsaBytes) return fail(ErrorKind::invalid_value, "RSA keys have 8192 bits or less");
  const bool is_exponent = !exponent.empty() && exponent.size() <= kMostExponentBytes && is_odd(exponent) && exponent != "\x01";
  if (!is_exponent || !is_odd(modulus)) return fail(ErrorKind::invalid_value, "is no RSA key");
  return read(Kind::rsa, public_key_info(kRsaId, der(kSequence, der_integer(modulus) + der_integer(exponent))));
}

Result<PublicKey> PublicKey::p256(std::string_view x, std::string_view y) {
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) return fail(ErrorKind::invalid_value, "is no key on P-256: x and y have 32 bytes");
  return read(Kind::p256, public_key_info(kP256Id, std::string("\x04").append(x).append(y)));
}

Result<PublicKey> PublicKey::ed25519(std::string_view point) {
  if (point.size() != kEd25519Bytes) return fail(ErrorKind::invalid_value, "is no key of Ed25519: x has 32 bytes");
  return read(Kind::ed25519, public_key_info(kEd25519Id, point));
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  std::string text(signature);
  const EVP_MD* digest = crypto().EVP_sha256();
  switch (kind_) {
    case Kind::rsa: break;
    case Kind::p256:
      if (signature.size() != 2 * kP256Bytes) return false;
      text = der(kSequence, der_integer(signature.substr(0, kP256Bytes)) + der_integer(signature.substr(kP256Bytes)));
      break;
    case Kind::ed25519: digest = nullptr; break;
  }
  const DigestContext context(crypto().EVP_MD_CTX_new());
  return crypto().EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
         crypto().EVP_DigestVerify(context.get(), bytes(text), text.size(), bytes(message), message.size()) == 1;
}

}  // namespace scim
