// SPDX-License-Identifier: MIT
// Passwords: what is written verifies, what applications wrote verifies, nothing else does.
#include "sql/password.h"

#include <gtest/gtest.h>

#include <ostream>

namespace scim::sql {
namespace {

using namespace std::string_view_literals;
using namespace std::string_literals;

struct SchemeCase {
  const char* name;
  PasswordScheme scheme;
  const char* prefix;
};
// Without it the name of the test in CTest would hold addresses.
void PrintTo(const SchemeCase& tested, std::ostream* out) { *out << tested.name; }

constexpr SchemeCase kSchemes[] = {
    {"yescrypt", PasswordScheme::yescrypt, "$y$"},
    {"sha512", PasswordScheme::sha512, "$6$"},
    {"bcrypt", PasswordScheme::bcrypt, "$2y$12$"},
    {"django", PasswordScheme::django, "pbkdf2_sha256$1000000$"},
    {"argon2", PasswordScheme::argon2, "$argon2id$v=19$m=65536,t=4,p=1$"},
};

class EveryScheme : public testing::TestWithParam<SchemeCase> {};

TEST_P(EveryScheme, IsKnownByItsName) {
  EXPECT_EQ(password_scheme(GetParam().name), GetParam().scheme);
  EXPECT_NE(known_password_schemes().find(GetParam().name), std::string::npos);
}

TEST_P(EveryScheme, VerifiesWhatItHashed) {
  const auto hashed = hash_password("correct horse", GetParam().scheme);
  ASSERT_TRUE(hashed);
  EXPECT_TRUE(hashed->starts_with(GetParam().prefix)) << *hashed;
  EXPECT_TRUE(verify_password("correct horse", *hashed));
  EXPECT_FALSE(verify_password("correct horsf", *hashed));
  EXPECT_FALSE(verify_password("", *hashed));
}

TEST_P(EveryScheme, GivesEveryHashItsOwnSalt) {
  EXPECT_NE(*hash_password("a", GetParam().scheme), *hash_password("a", GetParam().scheme));
}
TEST(Password, LengthsAreThoseOfTheHashes) {
  for (const auto scheme : {PasswordScheme::yescrypt, PasswordScheme::sha512, PasswordScheme::bcrypt, PasswordScheme::django, PasswordScheme::argon2}) {
    EXPECT_EQ(hash_password("correct horse", scheme)->size(), hash_length(scheme));
  }
}

// Requirements: H-22, PW-3
TEST(Password, IsPrepared) {
  const std::string kept = *hash_password("cafe\u0301\u00a0noir");
  EXPECT_TRUE(verify_password("caf\u00e9 noir", kept));
  EXPECT_TRUE(verify_password("cafe\u0301\u00a0noir", kept));
  EXPECT_FALSE(verify_password("Caf\u00e9 noir", kept)) << "its case counts";
  EXPECT_FALSE(verify_password("cafe noir", kept));
}

TEST(Password, EveryHashHasItsOwnSalt) { EXPECT_NE(*hash_password("a"), *hash_password("a")); }

TEST_P(EveryScheme, RefusesWhatItCannotTakeWhole) {
  const PasswordScheme scheme = GetParam().scheme;
  const std::size_t longest = scheme == PasswordScheme::bcrypt ? 72 : 511;
  EXPECT_EQ(hash_password("a\0b"sv, scheme).error().kind, ErrorKind::invalid_value);
  const std::string text(longest, 'x');
  const auto hashed = hash_password(text, scheme);
  ASSERT_TRUE(hashed);
  EXPECT_TRUE(verify_password(text, *hashed));
  const auto refused = hash_password(text + "x", scheme);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_value);
  EXPECT_EQ(refused.error().detail, "password: at most " + std::to_string(longest) + " bytes");
  EXPECT_FALSE(verify_password(text + "x", *hashed));
}

INSTANTIATE_TEST_SUITE_P(Password, EveryScheme, testing::ValuesIn(kSchemes),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Password, SchemeNames) {
  EXPECT_EQ(known_password_schemes(), "yescrypt, sha512, bcrypt, django, argon2");
  EXPECT_EQ(password_scheme("md5"), std::nullopt);
  EXPECT_EQ(password_scheme("Django"), std::nullopt);
  EXPECT_EQ(password_scheme(""), std::nullopt);
}

TEST(Password, IsYescryptUnlessAsked) { EXPECT_TRUE(hash_password("a")->starts_with("$y$")); }

TEST(Password, DjangoHasASaltOfTwentyTwoLettersAndDigits) {
  const std::string hashed = *hash_password("a", PasswordScheme::django);
  const std::string salt = hashed.substr("pbkdf2_sha256$1000000$"sv.size(), 22);
  EXPECT_EQ(salt.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"), std::string::npos);
  EXPECT_EQ(hashed.size(), "pbkdf2_sha256$1000000$"sv.size() + 22 + 1 + 44);
}

struct KnownCase {
  const char* name;
  const char* clear;
  const char* stored;
};
void PrintTo(const KnownCase& tested, std::ostream* out) { *out << tested.name; }

const KnownCase kKnown[] = {
    // openssl passwd -1, -5, -6
    {"Md5", "Hello world!", "$1$saltstri$YMyguxXMBpd2TEZ.vS/3q1"},
    {"Sha256", "Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
    {"Sha512", "Hello world!",
     "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
    // crypt(3) with rounds; bcrypt.hashpw() of Python, by the names that Ruby and PHP give it
    {"Sha512WithRounds", "Hello world!",
     "$6$rounds=10000$saltstringsaltst$"
     "OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."},
    {"BcryptOfRuby", "correct horse", "$2a$10$izDjxE6t1dz.sb/Ugui3meqVmDd9h7PYke/5i/rGNZN6DdMhtl0um"},
    {"BcryptOfPhp", "correct horse", "$2y$10$izDjxE6t1dz.sb/Ugui3meqVmDd9h7PYke/5i/rGNZN6DdMhtl0um"},
    // make_password() of Django 5.2
    {"DjangoPbkdf2Sha256", "correct horse",
     "pbkdf2_sha256$1000000$kpKrXBvqk479ZsNPQAXKXo$lbufCgv2Gqn4tmRzOPX6640cC1Kl5ZSLv9yCCkA7BD0="},
    {"DjangoPbkdf2Sha1", "correct horse", "pbkdf2_sha1$1000000$zDxYF3TWiLKRUTDABVldJ1$ZXwJ3n4p1/4CAOZBukjDaze+8zo="},
    {"DjangoBcryptSha256", "correct horse",
     "bcrypt_sha256$$2b$12$QAgjR2U/bVW1gcoULmA9FOtaaz22/ZhTOVfan.5jIv.lmaWmlqkTu"},
    {"DjangoBcrypt", "correct horse", "bcrypt$$2b$12$QFaIgJx..G3Rwf3bC69c6.lRK5XKFf..wToPTUUGEC1hpPePq7CTu"},
    {"DjangoArgon2", "correct horse",
     "argon2$argon2id$v=19$m=102400,t=2,p=8$cHlRNTlDVkRkd2FFMG9MZTFSa1g3bA$UiQC7BJiFRY0pXmSQAmc1ZWkDJvOTzyEeHTPkeLNSYw"},
    {"DjangoBeyondAsciiPbkdf2", "pässword",
     "pbkdf2_sha256$1000000$Ovb5ghrMM938IVTvrIAQ0G$82uXRP312VZYADCA5sSv65QiNhOmEASokpJmHV9l6Vc="},
    {"DjangoBeyondAsciiBcrypt", "pässword", "bcrypt$$2b$12$HrNEYDwJGujUBjdLZvijvOE2YxvA3v5KB81WM6HXyWwbYdjDFmxZu"},
    {"DjangoBeyondAsciiArgon2", "pässword",
     "argon2$argon2id$v=19$m=102400,t=2,p=8$UkhOdm1DUHNiSWZzV2YzV3FUcldRdA$7OF8Jyr9eOIaSc0m0nKuVekjCuyBf5+yv59ArFGf8YY"},
    // encode() of Django's hashers with a salt and a cost of our choice
    {"DjangoOneRound", "correct horse", "pbkdf2_sha256$1$abc$4rHVEcL6JYxsCbv1mJtY7U3j2H8Ub+kBMQ829F7zlO0="},
    {"DjangoSaltBeyondAscii", "pässword", "pbkdf2_sha256$1000$salté$QDwzHVVYVLPIiIAkyKHw0RhakWUEAdbM6i5ekmaIvuM="},
    {"DjangoHundredBytesForBcrypt",
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
     "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuut2SshH6UbGkn9RXLOv/njlCqQS.IYXK"},
    // argon2.low_level.hash_secret(); the last two are of Argon2 1.0, which at first did not write its version
    {"Argon2i", "correct horse",
     "$argon2i$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$M0oEKvALZLqWKXzMK4TdNzZJKBvHzZlBDoRLTKBoAg4"},
    {"Argon2id", "correct horse",
     "$argon2id$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$gyAB513YsKkumS8py9dwwMvzgLeFFFEb+oaTMHycsgU"},
    {"Argon2iWithoutVersion", "correct horse",
     "$argon2i$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$YrbaVCFx2Id+4k9tovtNMLnzdIvK0zd8muZfflqPeeA"},
    {"Argon2iOldVersion", "correct horse",
     "$argon2i$v=16$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$YrbaVCFx2Id+4k9tovtNMLnzdIvK0zd8muZfflqPeeA"},
};

class EveryKnown : public testing::TestWithParam<KnownCase> {};

TEST_P(EveryKnown, VerifiesItsPasswordAndNoOther) {
  const std::string stored = GetParam().stored;
  const std::string clear = GetParam().clear;
  EXPECT_TRUE(verify_password(clear, stored));
  EXPECT_FALSE(verify_password(clear + "x", stored));
  EXPECT_FALSE(verify_password("", stored));
  EXPECT_FALSE(verify_password(clear, stored + "\n"));
  EXPECT_FALSE(verify_password(clear, stored.substr(0, stored.size() - 2)));
}

INSTANTIATE_TEST_SUITE_P(Password, EveryKnown, testing::ValuesIn(kKnown),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Password, BcryptIsNeverCutSilently) {
  const std::string longest(72, 'x');
  const std::string hashed = *hash_password(longest, PasswordScheme::bcrypt);
  EXPECT_TRUE(verify_password(longest, hashed));
  EXPECT_FALSE(verify_password(longest + "y", hashed));
  EXPECT_FALSE(verify_password(longest + "y", "bcrypt$" + hashed));
}

TEST(Password, NoStoredStringOpensTheDoor) {
  for (const char* stored :
       {"", "*", "*0", "*1", "!", "!v4GetvlCA4Bif5aKWN8Jy84va6b0WBAJxVzJ1Jc2", "plain", "$", "$$", "$2", "$2y", "$2y$",
        "$2y$12$", "$2y$xx$", "$y$", "$y$j9T", "$y$j9T$", "$gy", "$5$", "$6$", "$6$rounds=", "$6$rounds=x$salt$", "$1$",
        "$7$", "_", "bcrypt$", "bcrypt$$2b$", "bcrypt$plain", "bcrypt_sha256$", "bcrypt_sha256$x", "argon2$",
        "argon2$$", "argon2$argon2id$", "$argon2", "$argon2i", "$argon2id$", "$argon2id$v=19$",
        "$argon2id$v=19$m=8,t=1,p=1", "$argon2id$v=19$m=8,t=1,p=1$$",
        "$argon2id$v=19$m=8,t=1,p=-1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg", "pbkdf2_sha256", "pbkdf2_sha256$",
        "pbkdf2_sha256$1", "pbkdf2_sha256$1$", "pbkdf2_sha256$1$abc", "pbkdf2_sha256$1$abc$", "pbkdf2_sha256$1$$",
        "md5$a$b", "pbkdf2_sha256$x$abc$4rHVEcL6JYxsCbv1mJtY7U3j2H8Ub+kBMQ829F7zlO0="}) {
    EXPECT_FALSE(verify_password("plain", stored)) << stored;
    EXPECT_FALSE(verify_password("", stored)) << stored;
    EXPECT_FALSE(verify_password(stored, stored)) << stored;
  }
}

TEST(Password, DjangosRoundsAreWrittenOneWay) {
  for (const char* rounds : {"0", "01", "+1", "-1", " 1", "1 ", "1.0", "4294967297"}) {
    const std::string stored = "pbkdf2_sha256$"s + rounds + "$abc$4rHVEcL6JYxsCbv1mJtY7U3j2H8Ub+kBMQ829F7zlO0=";
    EXPECT_FALSE(verify_password("correct horse", stored)) << stored;
  }
}

// Each would take minutes or gigabytes if it were tried: the test is that it ends.
TEST(Password, AbsurdCostsAreRefused) {
  const std::string salt = "MDEyMzQ1Njc4OWFiY2RlZg";
  const std::string behind = "$" + salt + "$gyAB513YsKkumS8py9dwwMvzgLeFFFEb+oaTMHycsgU";
  for (const std::string& stored : {
           "pbkdf2_sha256$10000001$abc$4rHVEcL6JYxsCbv1mJtY7U3j2H8Ub+kBMQ829F7zlO0="s,
           "pbkdf2_sha256$2147483647$abc$4rHVEcL6JYxsCbv1mJtY7U3j2H8Ub+kBMQ829F7zlO0="s,
           "pbkdf2_sha1$4294967295$abc$ZXwJ3n4p1/4CAOZBukjDaze+8zo="s,
           "$argon2id$v=19$m=4194304,t=1,p=1" + behind,
           "$argon2id$v=19$m=4294967295,t=1,p=1" + behind,
           "argon2$argon2id$v=19$m=4294967295,t=1,p=1" + behind,
           "$argon2id$v=19$m=262144,t=17,p=1" + behind,
           "$argon2i$v=19$m=1024,t=4294967295,p=1" + behind,
           "$argon2id$v=19$m=262144,t=1,p=16384" + behind,
           "$2y$31$QFaIgJx..G3Rwf3bC69c6.lRK5XKFf..wToPTUUGEC1hpPePq7CTu"s,
           "bcrypt$$2b$31$QFaIgJx..G3Rwf3bC69c6.lRK5XKFf..wToPTUUGEC1hpPePq7CTu"s,
           "bcrypt_sha256$$2b$31$QFaIgJx..G3Rwf3bC69c6.lRK5XKFf..wToPTUUGEC1hpPePq7CTu"s,
           "$6$rounds=999999999$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl"s,
           "$5$rounds=99999999999$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl"s,
           "$y$jFT$1WkKoDRcvgz1Q.6qK228N0$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3u"s,
           "$y$jzT$1WkKoDRcvgz1Q.6qK228N0$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3u"s,
       }) {
    EXPECT_FALSE(verify_password("correct horse", stored)) << stored;
  }
  EXPECT_FALSE(verify_password("x", "$6$" + std::string(100000, 'x')));
  const std::string cheap = "pbkdf2_sha256$1$abc$4rHVEcL6JYxsCbv1mJtY7U3j2H8Ub+kBMQ829F7zlO0=";
  EXPECT_FALSE(verify_password(std::string(4097, 'x'), cheap));
}

TEST(Password, NulVerifiesNothing) {
  const std::string hashed = *hash_password("a");
  EXPECT_FALSE(verify_password("a\0b"sv, hashed));
  EXPECT_FALSE(verify_password("a", hashed + '\0'));
  EXPECT_FALSE(verify_password("correct horse\0"sv, "pbkdf2_sha256$1$abc$4rHVEcL6JYxsCbv1mJtY7U3j2H8Ub+kBMQ829F7zlO0="));
}

}  // namespace
}  // namespace scim::sql
