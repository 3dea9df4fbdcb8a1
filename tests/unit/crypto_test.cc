// SPDX-License-Identifier: MIT
#include "core/crypto.h"

#include <gtest/gtest.h>

#include "core/text.h"

namespace scim {
namespace {

TEST(Crypto, HashesAsTheStandardsSay) {
  EXPECT_EQ(hex_encode(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
  EXPECT_EQ(hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")),                                 // RFC 4231, case 2
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_encode(pbkdf2_hmac(PbkdfDigest::sha1, "password", "salt", 2)), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");  // RFC 6070
  EXPECT_EQ(hex_encode(pbkdf2_hmac(PbkdfDigest::sha256, "passwd", "salt", 1)),                               // RFC 7914 11
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
}

TEST(Crypto, OpensOnlyWhatItHasSealed) {
  const std::string key(kAesKeyBytes, 'k');
  const GcmNonce nonce{};
  const std::string sealed = gcm_seal("secret", key, nonce, "context");
  EXPECT_EQ(sealed.size(), 6 + kGcmTagBytes);
  EXPECT_EQ(gcm_open(sealed, key, nonce, "context"), "secret");
  EXPECT_EQ(gcm_open(gcm_seal("", key, nonce, ""), key, nonce, ""), "");
  EXPECT_EQ(gcm_open(sealed, key, nonce, "another"), std::nullopt);
  EXPECT_EQ(gcm_open(sealed, std::string(kAesKeyBytes, 'l'), nonce, "context"), std::nullopt);
  EXPECT_EQ(gcm_open("short", key, nonce, "context"), std::nullopt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(gcm_open(changed, key, nonce, "context"), std::nullopt) << i;
  }
}

TEST(Crypto, ComparesAndCleans) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("same", "same"));
  EXPECT_FALSE(equal_in_constant_time("same", "sama"));
  EXPECT_FALSE(equal_in_constant_time("same", "sam"));
  std::string secret = "secret";
  cleanse(secret);
  EXPECT_EQ(secret, std::string(6, '\0'));
  EXPECT_EQ(random_bytes(300).size(), 300U);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace scim
