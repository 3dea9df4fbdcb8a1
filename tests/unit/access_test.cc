// SPDX-License-Identifier: MIT
#include "core/access.h"

#include <gtest/gtest.h>

#include <thread>

#include "account_map.h"
#include "core/clients.h"
#include "frozen_env.h"
#include "token_map.h"

namespace scim {
namespace {

class AccessTest : public testing::Test {
 protected:
  std::string add_token(const std::string& name, Rights rights, std::optional<Instant> expires = {}) {
    NewToken token = make_token(name, rights, expires, env_);
    EXPECT_TRUE(tokens_.insert_token(token.kept));
    return token.text;
  }
  Result<Scope> ask(const std::string& authorization, const std::string& remote_user = {}) {
    Request request;
    request.authorization = authorization;
    request.remote_user = remote_user;
    return Access(config_, sources_, env_).authenticate(request);
  }
  /// With what gets in, or the kind of the error as its HTTP status.
  std::string outcome(const std::string& authorization, const std::string& remote_user = {}) {
    const auto scope = ask(authorization, remote_user);
    return scope ? scope->name() : std::to_string(info(scope.error().kind).status);
  }
  test::FrozenEnv env_;
  test::TokenMap tokens_;
  AccessConfig config_;
  AccessSources sources_{tokens_};
};

/// The application has users: one of each sort.
class AccountsTest : public AccessTest {
 protected:
  using Is = test::AccountMap::Is;
  AccountsTest() {
    accounts_.add("Ada", "lovelace", Is::superuser);
    accounts_.add("bob", "b:b", Is::active);
    accounts_.add("eve", "apple", Is::inactive_superuser);
    accounts_.add("ldap", "", Is::superuser);
    sources_.accounts = &accounts_;
    sources_.passwords = &passwords_;
    config_.basic = true;
  }
  static std::string basic(const std::string& login) { return "Basic " + base64url_encode(login); }

  test::AccountMap accounts_;
  PasswordCache passwords_{env_};
};

// Requirements: AU-1, AU-3
TEST_F(AccessTest, NothingConfiguredNobodyGetsIn) {
  EXPECT_EQ(ask("").error().kind, ErrorKind::unauthorized);
  EXPECT_EQ(ask("").error().header, "Bearer realm=\"scim\"");
  EXPECT_EQ(ask("", "root").error().kind, ErrorKind::forbidden);
  EXPECT_EQ(ask("Basic YTpi", "admin").error().kind, ErrorKind::unauthorized) << "nobody says that it was verified";
  EXPECT_EQ(ask("Basic YTpi").error().kind, ErrorKind::unauthorized);
}

// Requirements: AU-5, AU-8
TEST_F(AccessTest, BearerTokens) {
  const std::string token = add_token("okta", Rights::read_and_write);
  const auto scope = ask("Bearer " + token);
  ASSERT_TRUE(scope);
  EXPECT_TRUE(scope->may_write());
  EXPECT_EQ(scope->name(), "token:okta");
  EXPECT_TRUE(ask("bearer   " + token + " "));
  EXPECT_FALSE(ask("Bearer " + add_token("reader", Rights::read))->may_write());
}

// Requirements: AU-4
TEST_F(AccessTest, EverythingWrongSoundsTheSame) {
  const std::string token = add_token("okta", Rights::read_and_write);
  std::string other_secret = token;
  other_secret.back() = other_secret.back() == 'A' ? 'B' : 'A';
  for (const std::string& bad : {std::string("Bearer"), std::string("Bearer "), std::string("Bearer x"), "Bearer " + other_secret,
                                 "Bearer " + token + "x", "Bearer " + token.substr(0, token.size() - 1),
                                 "Bearer scim_0000000000000000_" + token.substr(22), "Bearer " + std::string(10'000, 'x')}) {
    const auto scope = ask(bad);
    ASSERT_FALSE(scope) << bad;
    EXPECT_EQ(scope.error().detail, "the bearer token is not valid");
    EXPECT_EQ(scope.error().header, "Bearer realm=\"scim\", error=\"invalid_token\"");
  }
  EXPECT_EQ(ask("Bearer " + token + ", Bearer " + token).error().kind, ErrorKind::bad_request);
}

// Requirements: AU-10, SEC-3
TEST_F(AccessTest, TokensExpireAndAreKeptAsHashes) {
  const std::string token = add_token("soon", Rights::read, env_.now() + std::chrono::hours(1));
  EXPECT_TRUE(ask("Bearer " + token));
  env_.advance(std::chrono::hours(1));
  EXPECT_FALSE(ask("Bearer " + token));
  const std::vector<Token> all = tokens_.list_tokens().value();
  for (const Token& kept : all) {
    EXPECT_EQ(kept.hash.size(), 64U);
    EXPECT_EQ(token.find(kept.hash), std::string::npos);
  }
  EXPECT_GE(token.size(), 5U + 16U + 1U + 43U) << "256 bits of secret";
}

TEST_F(AccessTest, RemoteUser) {
  config_.superusers = {"Ada"};
  EXPECT_TRUE(ask("", "ADA"));
  EXPECT_FALSE(ask("", "bob"));
  config_.check = AccessCheck::is_authenticated;
  EXPECT_TRUE(ask("", "bob"));
  EXPECT_FALSE(ask(""));
  config_.check = AccessCheck::nobody;
  EXPECT_FALSE(ask("", "ADA"));
}

TEST_F(AccountsTest, RemoteUserIsAnAccount) {
  struct Case {
    std::string user, superuser, authenticated;
  };
  for (const Case& c : {Case{"ada", "user:Ada", "user:Ada"}, Case{"bob", "403", "user:bob"}, Case{"eve", "403", "403"},
                        Case{"ldap", "user:ldap", "user:ldap"}, Case{"nobody", "403", "403"}}) {
    config_.check = AccessCheck::is_superuser;
    EXPECT_EQ(outcome("", c.user), c.superuser);
    config_.check = AccessCheck::is_authenticated;
    EXPECT_EQ(outcome("", c.user), c.authenticated);
    config_.check = AccessCheck::nobody;
    EXPECT_EQ(outcome("", c.user), "403");
  }
  EXPECT_EQ(accounts_.verified, 0) << "the web server has verified them";
  accounts_.is_down = true;
  EXPECT_EQ(outcome("", "ada"), "503");
}

TEST_F(AccountsTest, ListedSuperusersNeedNoAccountButNoLockedOne) {
  config_.superusers = {"BOB", "operator", "eve"};
  EXPECT_EQ(outcome("", "bob"), "user:bob");
  EXPECT_EQ(outcome("", "operator"), "user:operator");
  EXPECT_EQ(outcome("", "eve"), "403");
  EXPECT_EQ(outcome(basic("bob:b:b")), "user:bob");
  EXPECT_EQ(outcome(basic("operator:x")), "401") << "no account, no password";
}

// Requirements: AU-7
TEST_F(AccountsTest, Basic) {
  EXPECT_EQ(outcome(basic("ADA:lovelace")), "user:Ada");
  EXPECT_EQ(outcome(basic("bob:b:b")), "403") << "the password may have colons, but bob is no superuser";
  config_.check = AccessCheck::is_authenticated;
  EXPECT_EQ(outcome(basic("bob:b:b")), "user:bob");
  EXPECT_EQ(outcome("basic   " + base64url_encode("bob:b:b")), "user:bob");
  config_.check = AccessCheck::nobody;
  EXPECT_EQ(outcome(basic("Ada:lovelace")), "403");
}

// Requirements: SEC-4
TEST_F(AccountsTest, BasicThatIsWrongSoundsTheSameAndTakesTheSame) {
  config_.check = AccessCheck::is_authenticated;
  for (const char* login : {"ada:lovelac", "ada:", "unknown:lovelace", "eve:apple", "eve:apple", "eve:x", "ldap:", "ldap:x", ":"}) {
    accounts_.verified = 0;
    const auto scope = ask(basic(login));
    ASSERT_FALSE(scope) << login;
    EXPECT_EQ(scope.error().kind, ErrorKind::unauthorized);
    EXPECT_EQ(scope.error().detail, "the user name or the password is not valid");
    EXPECT_EQ(scope.error().header, "Bearer realm=\"scim\", Basic realm=\"scim\", charset=\"UTF-8\"");
    EXPECT_EQ(accounts_.verified, 1) << login;
  }
}

// Requirements: AU-7
TEST_F(AccountsTest, MalformedBasic) {
  const std::string nul = std::string("ada:love") + '\0' + "lace";
  const std::string latin1 = "ad\xE4:lovelace";
  for (const std::string& bad : {std::string("Basic"), std::string("Basic "), std::string("Basic !!!"), std::string("Basic YQ==="),
                                 std::string("Basic YWRh OmxvdmVsYWNl"), basic("ada"), basic(nul), basic(latin1),
                                 basic("ada:" + std::string(3000, 'x'))}) {
    EXPECT_EQ(outcome(bad), "401") << bad;
  }
  EXPECT_EQ(accounts_.verified, 0);
}

TEST_F(AccountsTest, BasicIsVerifiedWhateverRemoteUserSays) {
  EXPECT_EQ(outcome(basic("ada:wrong"), "ada"), "401") << "nginx fills REMOTE_USER from any Basic header";
  EXPECT_EQ(outcome(basic("ada:lovelace"), "bob"), "user:Ada");
  EXPECT_EQ(outcome("Negotiate x", "ada"), "user:Ada");
}

// Requirements: AU-2, AU-7
TEST_F(AccountsTest, ChallengesNameWhatIsOffered) {
  EXPECT_EQ(ask("").error().header, "Bearer realm=\"scim\", Basic realm=\"scim\", charset=\"UTF-8\"");
  EXPECT_EQ(ask("Bearer x").error().header,
            "Bearer realm=\"scim\", error=\"invalid_token\", Basic realm=\"scim\", charset=\"UTF-8\"");
  config_.basic = false;
  const auto off = ask(basic("ada:lovelace"));
  EXPECT_EQ(off.error().detail, "this authentication scheme is not offered");
  EXPECT_EQ(off.error().header, "Bearer realm=\"scim\"");
  config_.basic = true;
  sources_.accounts = nullptr;
  EXPECT_EQ(ask(basic("ada:lovelace")).error().detail, "this authentication scheme is not offered");
  EXPECT_EQ(accounts_.verified, 0);
}

TEST_F(AccountsTest, PasswordsAreHashedOnceUntilTheyChange) {
  EXPECT_EQ(outcome(basic("ada:lovelace")), "user:Ada");
  EXPECT_EQ(outcome(basic("Ada:lovelace")), "user:Ada");
  EXPECT_EQ(accounts_.verified, 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(outcome(basic("ada:wrong")), "401");
  EXPECT_EQ(accounts_.verified, 4) << "failures are not remembered";

  accounts_.add("Ada", "countess", Is::superuser);
  EXPECT_EQ(outcome(basic("ada:lovelace")), "401") << "the application has changed it";
  EXPECT_EQ(outcome(basic("ada:countess")), "user:Ada");

  accounts_.add("Ada", "countess", Is::inactive_superuser);
  EXPECT_EQ(outcome(basic("ada:countess")), "401") << "remembered, but locked out meanwhile";
  accounts_.add("Ada", "countess", Is::active);
  EXPECT_EQ(outcome(basic("ada:countess")), "403");

  sources_.passwords = nullptr;
  accounts_.verified = 0;
  EXPECT_EQ(outcome(basic("ada:countess")), "403");
  EXPECT_EQ(outcome(basic("ada:countess")), "403");
  EXPECT_EQ(accounts_.verified, 2);
}

TEST_F(AccountsTest, TokensWorkBesideBasic) {
  EXPECT_EQ(outcome("Bearer " + add_token("okta", Rights::read)), "token:okta");
  EXPECT_EQ(accounts_.verified, 0);
}

TEST(PasswordCache, RemembersPairs) {
  test::FrozenEnv env;
  PasswordCache cache(env);
  cache.insert("clear", "stored");
  EXPECT_TRUE(cache.contains("clear", "stored"));
  EXPECT_FALSE(cache.contains("clear", "store"));
  EXPECT_FALSE(cache.contains("dclear", "store")) << "where one ends and the other begins counts";
  EXPECT_FALSE(cache.contains("", ""));
  EXPECT_FALSE(PasswordCache(env).contains("clear", "stored"));
}

TEST(PasswordCache, IsBounded) {
  test::FrozenEnv env;
  PasswordCache cache(env);
  for (std::size_t i = 0; i < 2 * PasswordCache::kCapacity; ++i) cache.insert(std::to_string(i), "stored");
  EXPECT_FALSE(cache.contains("0", "stored"));
  EXPECT_FALSE(cache.contains(std::to_string(PasswordCache::kCapacity - 1), "stored"));
  EXPECT_TRUE(cache.contains(std::to_string(PasswordCache::kCapacity), "stored"));
  EXPECT_TRUE(cache.contains(std::to_string(2 * PasswordCache::kCapacity - 1), "stored"));
}

TEST(PasswordCache, IsSharedByThreads) {
  test::FrozenEnv env;
  PasswordCache cache(env);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 200; ++i) {
        cache.insert(std::to_string(i), std::to_string(t));
        cache.contains(std::to_string(i), std::to_string(3 - t));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  cache.insert("last", "0");
  EXPECT_TRUE(cache.contains("last", "0"));
}

/// A client at an address, and what the process remembers of it.
class ClientsTest : public AccountsTest {
 protected:
  ClientsTest() { sources_.clients = &clients_; }
  std::string status(const std::string& authorization, const std::string& address = "192.0.2.1") {
    Request request;
    request.authorization = authorization;
    request.remote_addr = address;
    const auto scope = Access(config_, sources_, env_).authenticate(request);
    if (scope) return scope->name();
    const Error& error = scope.error();
    return std::to_string(info(error.kind).status) + (error.kind == ErrorKind::too_many_requests ? " after " + error.header : "");
  }
  Clients clients_;
};

TEST_F(ClientsTest, WrongCredentialsAreSlowedPerAddress) {
  config_.failed_logins = 3;
  const std::string token = "Bearer " + add_token("okta", Rights::read_and_write);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status("Bearer scim_0123456789abcdef_guess"), "401");
  EXPECT_EQ(status("Bearer scim_0123456789abcdef_guess"), "429 after 20");
  EXPECT_EQ(status("Bearer nonsense"), "429 after 20");
  EXPECT_EQ(status("Bearer nonsense", "192.0.2.2"), "401");
  EXPECT_EQ(status(token), "token:okta") << "a token that is right gets in";
  EXPECT_EQ(status(""), "401") << "whoever says nothing guesses nothing";
  env_.advance(std::chrono::seconds(20));
  EXPECT_EQ(status("Bearer nonsense"), "401");
  EXPECT_EQ(status("Bearer nonsense"), "429 after 20");
  config_.failed_logins = 0;
  EXPECT_EQ(status("Bearer nonsense"), "401");
}

TEST_F(ClientsTest, APasswordIsNotLookedAtAfterTooManyFailures) {
  config_.failed_logins = 2;
  EXPECT_EQ(status(basic("Ada:lovelace")), "user:Ada");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(status(basic("Ada:guess")), "401");
  EXPECT_EQ(status(basic("ldap:guess")), "429 after 30");
  EXPECT_EQ(status(basic("Ada:lovelace")), "user:Ada") << "it was right before";
  sources_.passwords = nullptr;
  EXPECT_EQ(status(basic("Ada:lovelace")), "429 after 30");
  EXPECT_EQ(status(basic("Ada:lovelace"), "2001:db8::1"), "user:Ada");
}

TEST_F(ClientsTest, AGuessCountsFromItsBeginning) {
  config_.failed_logins = 2;
  std::string meanwhile;
  accounts_.during_next([&] {
    for (int i = 0; i < 2; ++i) meanwhile += status(basic("ldap:guess")) + ' ';
  });
  EXPECT_EQ(status(basic("ldap:guess")), "401");
  EXPECT_EQ(meanwhile, "401 429 after 30 ");
  EXPECT_EQ(accounts_.verified, 2) << "of those at the same time no more begin than may fail";
  env_.advance(std::chrono::minutes(1));
  accounts_.during_next([&] { meanwhile = status(basic("ldap:guess")); });
  EXPECT_EQ(status(basic("Ada:lovelace")), "user:Ada");
  EXPECT_EQ(meanwhile, "401");
  EXPECT_EQ(status(basic("ldap:guess")), "401") << "the one that was right does not count";
  EXPECT_EQ(status(basic("ldap:guess")), "429 after 30");
}

TEST_F(ClientsTest, RequestsOfATokenAreLimited) {
  const std::string token = "Bearer " + add_token("okta", Rights::read_and_write);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(status(token), "token:okta") << "off by default";
  config_.rate_limit = 2;
  EXPECT_EQ(status(token), "token:okta");
  EXPECT_EQ(status(token, "192.0.2.2"), "token:okta");
  EXPECT_EQ(status(token, "192.0.2.3"), "429 after 30") << "whatever the address";
  EXPECT_EQ(status("Bearer " + add_token("other", Rights::read)), "token:other");
  const Token first = tokens_.list_tokens()->front();
  Token unlimited = first;
  unlimited.rate_limit = 0;
  ASSERT_TRUE(tokens_.update_token(unlimited, first));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(status(token), "token:okta") << "it has a limit of its own, which is none";
}

TEST_F(ClientsTest, UsesAreWrittenOncePerInterval) {
  const std::string token = "Bearer " + add_token("okta", Rights::read_and_write);
  for (int i = 0; i < 3; ++i) status(token);
  ASSERT_TRUE(clients_.uses.write(tokens_));
  ASSERT_EQ(tokens_.token_uses.size(), 1U);
  EXPECT_EQ(tokens_.token_uses[0].address, "192.0.2.1");
  EXPECT_EQ(tokens_.token_uses[0].last, env_.now());
  env_.advance(std::chrono::seconds(59));
  status(token, "192.0.2.9");
  ASSERT_TRUE(clients_.uses.write(tokens_));
  EXPECT_EQ(tokens_.token_uses.size(), 1U);
  env_.advance(std::chrono::seconds(1));
  status(token, "192.0.2.9");
  ASSERT_TRUE(clients_.uses.write(tokens_));
  ASSERT_EQ(tokens_.token_uses.size(), 2U);
  EXPECT_EQ(tokens_.token_uses[1].address, "192.0.2.9");
  status("Bearer nonsense");
  env_.advance(std::chrono::hours(1));
  ASSERT_TRUE(clients_.uses.write(tokens_));
  EXPECT_EQ(tokens_.token_uses.size(), 2U) << "nothing has been used since";
}

TEST_F(AccessTest, BothSecretsOfARotatedTokenAreTheToken) {
  const std::string old_secret = "Bearer " + add_token("okta", Rights::read_and_write);
  const std::string subject = ask(old_secret)->subject();
  Token kept = tokens_.list_tokens()->front();
  const NewToken rotated = rotate_token(kept, env_.now() + std::chrono::days(7), env_);
  ASSERT_TRUE(tokens_.update_token(rotated.kept, kept));
  const std::string new_secret = "Bearer " + rotated.text;
  EXPECT_NE(new_secret, old_secret);
  for (const std::string& each : {old_secret, new_secret}) EXPECT_EQ(ask(each)->subject(), subject);
  EXPECT_EQ(warning_of(rotated.kept, env_.now(), 14), TokenWarning::old_secret_ends_soon);
  EXPECT_EQ(warning_of(rotated.kept, env_.now(), 7), TokenWarning::old_secret_ends_soon) << "at the limit";
  EXPECT_EQ(warning_of(rotated.kept, env_.now(), 6), TokenWarning::none);
  env_.advance(std::chrono::days(7));
  EXPECT_EQ(outcome(old_secret), "401");
  EXPECT_EQ(outcome(new_secret), "token:okta");
  EXPECT_EQ(warning_of(rotated.kept, env_.now(), 14), TokenWarning::none);
}

TEST_F(AccessTest, ATokenIsWarnedOfForAsManyDaysAsIsConfigured) {
  add_token("okta", Rights::read_and_write);
  Token token = tokens_.list_tokens()->front();
  token.expires = env_.now() + std::chrono::days(14);
  EXPECT_EQ(warning_of(token, env_.now(), 14), TokenWarning::expires_soon) << "at the limit";
  token.expires = *token.expires + std::chrono::milliseconds(1);
  EXPECT_EQ(warning_of(token, env_.now(), 14), TokenWarning::none) << "before it";
  EXPECT_EQ(warning_of(token, *token.expires, 14), TokenWarning::none) << "it has expired";
}

TEST_F(AccessTest, ACertificateThatTheWebServerHasVerified) {
  NewToken token = make_token("okta", Rights::read, env_.now() + std::chrono::days(1), env_);
  token.kept.hash.clear();
  token.kept.certificate = "CN=okta,O=Example";
  ASSERT_TRUE(tokens_.insert_token(token.kept));
  const auto outcome_of = [&](const std::string& verified, const std::string& subject, const std::string& authorization = {}) {
    Request request;
    request.certificate_verified = verified;
    request.certificate_subject = subject;
    request.authorization = authorization;
    const auto scope = Access(config_, sources_, env_).authenticate(request);
    return scope ? scope->name() + (scope->may_write() ? " writes" : " reads") : std::to_string(info(scope.error().kind).status);
  };
  EXPECT_EQ(outcome_of("SUCCESS", "CN=okta,O=Example"), "token:okta reads");
  for (const char* verified : {"", "NONE", "FAILED:self-signed certificate", "success", "SUCCESS "}) {
    EXPECT_EQ(outcome_of(verified, "CN=okta,O=Example"), "401") << verified;
  }
  for (const char* subject : {"", "CN=okta", "cn=okta,O=Example", "CN=okta,O=Example "}) EXPECT_EQ(outcome_of("SUCCESS", subject), "401") << subject;
  EXPECT_EQ(outcome_of("SUCCESS", "CN=okta,O=Example", "Bearer nonsense"), "401") << "what is said counts";
  EXPECT_EQ(outcome("Bearer scim_" + token.kept.id + "_"), "401") << "there is no secret";
  EXPECT_EQ(outcome("Bearer scim_" + token.kept.id + "_x"), "401");
  env_.advance(std::chrono::days(2));
  EXPECT_EQ(outcome_of("SUCCESS", "CN=okta,O=Example"), "401") << "expired";
}

}  // namespace
}  // namespace scim
