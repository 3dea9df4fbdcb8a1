// SPDX-License-Identifier: MIT
// Hashes, seals and randomness. The work is OpenSSL's: its libcrypto is loaded by the first call that needs it, because its
// start takes longer than most commands of scimctl do. crypto.cc is the only includer of OpenSSL.
// Without libcrypto, or when it refuses (a policy that forbids an algorithm), the functions throw std::runtime_error: no
// caller can go on without them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

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

}  // namespace scim
