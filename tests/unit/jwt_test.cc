// SPDX-License-Identifier: MIT
// JWTs and key sets: what is taken, and a table of attacks (RFC 8725) that are not.
#include "core/jwt.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "case_file.h"
#include "core/access.h"
#include "core/clients.h"
#include "core/jwks.h"
#include "frozen_env.h"
#include "temp_dir.h"
#include "token_map.h"

namespace scim {
namespace {

class Jwt : public testing::Test {
 protected:
  Jwt() {
    config_.issuer = "https://login.example.com";
    config_.audience = "scim";
  }
  std::string write_keys(const Json& set) {
    const std::string path = directory_.file("jwks.json");
    std::ofstream(path) << to_text(set);
    return path;
  }
  const Json cases_ = test::read_cases("jwt/cases.json");
  test::FrozenEnv env_;
  test::TempDir directory_;
  JwtConfig config_;
};

TEST_F(Jwt, WhatIsTakenAndWhatIsNot) {
  const auto keys = Jwks::parse(to_text(cases_["jwks"]));
  ASSERT_TRUE(keys) << keys.error().detail;
  std::size_t refused = 0;
  for (const Json& each : cases_["cases"]) {
    SCOPED_TRACE(each["name"].get<std::string>());
    const auto claims = verify_jwt(each["token"].get<std::string>(), *keys, config_, env_.now());
    EXPECT_EQ(claims.has_value(), each["accepted"].get<bool>()) << (claims ? "" : claims.error().detail);
    if (claims) {
      EXPECT_EQ(claims->subject, "provisioner");
      EXPECT_EQ(claims->scopes, (std::vector<std::string>{"read", "write"}));
      EXPECT_GT(claims->expires, env_.now() - std::chrono::seconds(config_.leeway_s));
    } else {
      ++refused;
      EXPECT_NE(claims.error().detail.find(each.value("reason", "?")), std::string::npos) << claims.error().detail;
    }
  }
  EXPECT_GT(refused, 40U);
}

TEST_F(Jwt, WhatIsTooLongIsSaidToBe) {
  const auto keys = Jwks::parse(to_text(cases_["jwks"]));
  ASSERT_TRUE(keys);
  const auto why = [&](std::size_t size) { return verify_jwt("e30." + std::string(size - 8, 'A') + ".AAA", *keys, config_, env_.now()).error().detail; };
  EXPECT_EQ(why(8193), "it has more than 8192 bytes");
  EXPECT_NE(why(8192), why(8193)) << why(8192);
}

TEST_F(Jwt, KeySetsThatAreWrong) {
  for (const Json& each : cases_["sets"]) {
    SCOPED_TRACE(each["name"].get<std::string>());
    const auto keys = Jwks::parse(to_text(each["set"]));
    ASSERT_FALSE(keys);
    EXPECT_NE(keys.error().detail.find(each["reason"].get<std::string>()), std::string::npos) << keys.error().detail;
  }
}

/// RFC 7515 A.2 and A.3, RFC 8037 A.4: signatures of others, over payloads that are no claims of ours.
TEST_F(Jwt, SignaturesOfTheRfcs) {
  const auto bytes = [](std::string_view text) { return base64url_canonical(text).value(); };
  const std::string joe = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const auto p256 = PublicKey::p256(bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"));
  ASSERT_TRUE(p256);
  EXPECT_TRUE(p256->verifies("eyJhbGciOiJFUzI1NiJ9." + joe,
                             bytes("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")));
  EXPECT_FALSE(p256->verifies("eyJhbGciOiJFUzI1NiJ9." + joe + "x",
                              bytes("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")));
  const auto ed25519 = PublicKey::ed25519(bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
  ASSERT_TRUE(ed25519);
  EXPECT_TRUE(ed25519->verifies("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
                                bytes("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")));
}

TEST_F(Jwt, AFileThatChangesIsReadAgain) {
  const std::string path = write_keys(cases_["jwks"]);
  auto file = JwksFile::open(path, env_);
  ASSERT_TRUE(file) << file.error().detail;
  const auto has_rsa = [&] { return (*file)->current()->find("r1", PublicKey::Kind::rsa) != nullptr; };
  EXPECT_TRUE(has_rsa());
  Json without = cases_["jwks"];
  without["keys"].erase(0);
  write_keys(without);
  EXPECT_TRUE(has_rsa()) << "it is not looked at more often than every few seconds";
  env_.advance(std::chrono::seconds(6));
  EXPECT_FALSE(has_rsa());
  std::ofstream(path) << "{";
  env_.advance(std::chrono::seconds(6));
  EXPECT_NE((*file)->current()->find("e1", PublicKey::Kind::p256), nullptr) << "the keys from before go on";
  ASSERT_EQ(env_.lines().size(), 1U);
  EXPECT_NE(env_.lines().front().find(path), std::string::npos);
  std::filesystem::remove(path);
  EXPECT_FALSE(JwksFile::open(path, env_));
}

TEST_F(Jwt, ScopesAreRightsAndTypes) {
  AccessConfig config;
  config.jwt = config_;
  config.jwt.keys = write_keys(cases_["jwks"]);
  const auto keys = open_keys(config.jwt.keys, env_);
  ASSERT_TRUE(keys) << keys.error().detail;
  test::TokenMap tokens;
  AccessSources sources{tokens};
  const auto ask = [&](const AccessConfig& with) {
    Request request;
    request.authorization = "Bearer " + cases_["cases"][0]["token"].get<std::string>();
    return Access(with, sources, env_).authenticate(request);
  };
  EXPECT_EQ(ask(config).error().kind, ErrorKind::unauthorized) << "without the keys";
  sources.keys = keys->get();
  const auto scope = ask(config);
  ASSERT_TRUE(scope) << scope.error().detail;
  EXPECT_EQ(scope->name(), "jwt:provisioner");
  EXPECT_EQ(scope->subject(), "jwt:provisioner+w");
  EXPECT_TRUE(scope->may_write());
  AccessConfig other = config;
  other.jwt.scope_prefix = "scim.re";  // then `scim.read` is one for a type named ad
  EXPECT_EQ(ask(other).error().kind, ErrorKind::forbidden);
  EXPECT_EQ(ask(other).error().header, "Bearer realm=\"scim\", error=\"insufficient_scope\"");
  env_.advance(std::chrono::hours(2));
  const auto expired = ask(config);
  EXPECT_EQ(expired.error().kind, ErrorKind::unauthorized);
  EXPECT_EQ(expired.error().detail, "the bearer token is not valid");
  EXPECT_NE(env_.lines().back().find("it has expired"), std::string::npos);
}

}  // namespace
}  // namespace scim
