// SPDX-License-Identifier: MIT
// crypt(3) strings.
#include "sql/password.h"

#include <gtest/gtest.h>

namespace scim::sql {
namespace {

TEST(Password, VerifiesWhatItHashed) {
  const auto hashed = hash_password("correct horse");
  ASSERT_TRUE(hashed);
  EXPECT_TRUE(hashed->starts_with("$y$")) << *hashed;
  EXPECT_TRUE(verify_password("correct horse", *hashed));
  EXPECT_FALSE(verify_password("correct horsf", *hashed));
  EXPECT_FALSE(verify_password("", *hashed));
}

TEST(Password, LengthsAreThoseOfTheHashes) {
  for (const auto scheme : {PasswordScheme::yescrypt, PasswordScheme::sha512, PasswordScheme::bcrypt, PasswordScheme::django, PasswordScheme::argon2}) {
    EXPECT_EQ(hash_password("correct horse", scheme)->size(), hash_length(scheme));
  }
}

TEST(Password, EveryHashHasItsOwnSalt) { EXPECT_NE(*hash_password("a"), *hash_password("a")); }

TEST(Password, VerifiesOlderSchemes) {
  // openssl passwd -6 -salt saltstring 'Hello world!'
  EXPECT_TRUE(verify_password("Hello world!",
                              "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35"
                              "inz1"));
}

TEST(Password, NoStoredStringOpensTheDoor) {
  EXPECT_FALSE(verify_password("", ""));
  EXPECT_FALSE(verify_password("*0", "*0"));
  EXPECT_FALSE(verify_password("*1", "*1"));
  EXPECT_FALSE(verify_password("x", "!"));
  EXPECT_FALSE(verify_password("plain", "plain"));
}

TEST(Password, RefusesWhatCryptCannotTake) {
  using namespace std::string_view_literals;
  EXPECT_EQ(hash_password("a\0b"sv).error().kind, ErrorKind::invalid_value);
  EXPECT_TRUE(hash_password(std::string(511, 'x')));
  EXPECT_EQ(hash_password(std::string(512, 'x')).error().kind, ErrorKind::invalid_value);
  EXPECT_FALSE(verify_password("a\0b"sv, *hash_password("a")));
}

}  // namespace
}  // namespace scim::sql
