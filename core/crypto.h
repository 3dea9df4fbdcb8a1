// SPDX-License-Identifier: MIT
// Hashes, seals and randomness. The work is OpenSSL's: its libcrypto is loaded by the first call that needs it, because its
// start takes longer than most commands of scimctl do. crypto.cc is the only includer of OpenSSL.
// Without libcrypto, or when it refuses (a policy that forbids an algorithm), the functions throw std::runtime_error: no
// caller can go on without them.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

struct evp_pkey_st;

namespace scim {

/// Loads libcrypto: for a service, which finds out at its start. invalidValue: it is not installed, or too old.
Result<void> load_crypto();

/// From the kernel; throws if it has none.
std::string random_bytes(std::size_t count);

bool equal_in_constant_time(std::string_view a, std::string_view b);  ///< as long as they are of one length
void cleanse(std::string& secret);                                    ///< overwrites it; no optimiser leaves that out

std::string sha256(std::string_view bytes);                             ///< 32 bytes
std::string hmac_sha256(std::string_view key, std::string_view bytes);  ///< 32 bytes

enum class PbkdfDigest { sha1, sha256 };
/// As long as the digest; rounds of 1 and more.
std::string pbkdf2_hmac(PbkdfDigest digest, std::string_view clear, std::string_view salt, unsigned rounds);

constexpr std::size_t kAesKeyBytes = 32;
constexpr std::size_t kGcmTagBytes = 16;
using GcmNonce = std::array<unsigned char, 12>;
/// AES-256-GCM: the ciphertext and its tag. No nonce twice under one key. `context` is what is authenticated as well.
std::string gcm_seal(std::string_view clear, std::string_view key, const GcmNonce& nonce, std::string_view context);
/// nullopt: not what gcm_seal() made of this key, nonce and context.
std::optional<std::string> gcm_open(std::string_view sealed, std::string_view key, const GcmNonce& nonce, std::string_view context);

/// A key that signatures of others are verified with. Its copies share it; safe to use from several threads.
class PublicKey {
 public:
  enum class Kind {
    rsa,      ///< RSASSA-PKCS1-v1_5 with SHA-256
    p256,     ///< ECDSA on P-256 with SHA-256; a signature is r and s, 32 bytes each
    ed25519,  ///< EdDSA
  };
  // All numbers are big-endian bytes. invalidValue: too small or too large, not on the curve.
  static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  static Result<PublicKey> p256(std::string_view x, std::string_view y);
  static Result<PublicKey> ed25519(std::string_view point);

  Kind kind() const { return kind_; }
  bool verifies(std::string_view message, std::string_view signature) const;

 private:
  PublicKey(Kind kind, std::shared_ptr<evp_pkey_st> key) : kind_(kind), key_(std::move(key)) {}
  static Result<PublicKey> read(Kind kind, const std::string& der);
  Kind kind_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace scim
