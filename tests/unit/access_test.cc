// SPDX-License-Identifier: MIT
#include "core/access.h"

#include <gtest/gtest.h>

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
    return Access(config_, tokens_, env_).authenticate(request);
  }
  test::FrozenEnv env_;
  test::TokenMap tokens_;
  AccessConfig config_;
};

TEST_F(AccessTest, NothingConfiguredNobodyGetsIn) {
  EXPECT_EQ(ask("").error().kind, ErrorKind::unauthorized);
  EXPECT_EQ(ask("").error().header, "Bearer realm=\"scim\"");
  EXPECT_EQ(ask("", "root").error().kind, ErrorKind::forbidden);
  EXPECT_EQ(ask("Basic YTpi", "admin").error().kind, ErrorKind::forbidden);
  EXPECT_EQ(ask("Basic YTpi").error().kind, ErrorKind::unauthorized);
}

TEST_F(AccessTest, BearerTokens) {
  const std::string token = add_token("okta", Rights::read_and_write);
  const auto scope = ask("Bearer " + token);
  ASSERT_TRUE(scope);
  EXPECT_TRUE(scope->may_write());
  EXPECT_EQ(scope->name(), "token:okta");
  EXPECT_TRUE(ask("bearer   " + token + " "));
  EXPECT_FALSE(ask("Bearer " + add_token("reader", Rights::read))->may_write());
}

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

}  // namespace
}  // namespace scim
