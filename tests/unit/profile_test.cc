// SPDX-License-Identifier: MIT
#include "cli/remote/profile.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/temp_dir.h"

namespace scim::cli {
namespace {

class ProfileTest : public testing::Test {
 protected:
  ProfileTest() {
    ::unsetenv("SCIMCTL_TOKEN");
    ::setenv("XDG_CONFIG_HOME", path("config").c_str(), 1);
  }
  ~ProfileTest() override {
    ::unsetenv("SCIMCTL_TOKEN");
    ::unsetenv("XDG_CONFIG_HOME");
  }

  std::string path(const std::string& name) const { return folder_.file(name); }
  void write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path(name), std::ios::binary) << text;
    ::chmod(path(name).c_str(), mode);
  }
  /// Of a file scimctl.toml with this text.
  Globals with_profile(const std::string& toml, const std::string& name) const {
    write("scimctl.toml", toml);
    Globals globals;
    globals.config = path("scimctl.toml");
    globals.remote.profile = name;
    return globals;
  }
  static Globals with_url(const std::string& url) {
    Globals globals;
    globals.remote.url = url;
    return globals;
  }
  Try<RemoteServer> server(const Globals& globals, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    said_.str("");
    Console console{in, out, said_};
    return remote_server(globals, console);
  }
  std::string refusal(const Globals& globals) {
    const auto made = server(globals);
    if (made) return "not refused";
    EXPECT_EQ(made.error().code, ExitCode::usage);
    return made.error().detail;
  }

  test::TempDir folder_;
  std::ostringstream said_;
};

TEST_F(ProfileTest, UrlsAreBaseUrls) {
  EXPECT_EQ(server(with_url("https://host/scim/v2//"))->url, "https://host/scim/v2");
  for (const char* url : {"host", "ftp://host", "https://", "https://host:x", "https://host?x", "https://host/#x", "https://a b", "https://127.0.0.1\\@evil.com", "https://h\nX: y"}) {
    EXPECT_NE(refusal(with_url(url)).find("the URL"), std::string::npos) << url;
  }
  for (const char* url : {"https:user:s3cret@host", "https:/user:s3cret@host", "https://user:s3/cret@host", "user:s3cret@host", "https://user:s3#cret@host", "https://user:s3 cret@host"}) {
    const std::string detail = refusal(with_url(url));
    EXPECT_EQ(detail.find("s3"), std::string::npos) << detail;
  }
  for (const char* url : {"https://user:s3cret@host", "https://user@host", "http://127.0.0.1:x@evil.com", "http://localhost@evil.com/"}) {
    const std::string detail = refusal(with_url(url));
    EXPECT_NE(detail.find("--token-file"), std::string::npos) << url;
    EXPECT_EQ(detail.find("s3cret"), std::string::npos);
  }
}

TEST_F(ProfileTest, TheTokenGoesToNobodyElseWithoutTls) {
  ::setenv("SCIMCTL_TOKEN", "tok", 1);
  for (const char* url : {"http://localhost.evil.com", "http://127.0.0.1.evil.com", "http://host:8080/scim", "http://127.evil.com/", "http://[2001:db8::1]/"}) {
    EXPECT_NE(refusal(with_url(url)).find("--plain-http"), std::string::npos) << url;
    Globals allowed = with_url(url);
    allowed.remote.plain_http = RemoteOptions::PlainHttp::allowed;
    EXPECT_TRUE(server(allowed)) << url;
  }
  for (const char* url : {"http://localhost:8080", "http://127.0.0.1/scim", "http://[::1]:80", "https://host"}) EXPECT_TRUE(server(with_url(url))) << url;
  EXPECT_FALSE(server(with_profile("[profile.p]\nurl = 'http://host'", "p")));
  EXPECT_TRUE(server(with_profile("[profile.p]\nurl = 'http://host'\nplain_http = true", "p")));
  ::unsetenv("SCIMCTL_TOKEN");
  EXPECT_TRUE(server(with_url("http://host"))) << "there is nothing to be seen";
}

TEST_F(ProfileTest, WhereTheTokenComesFrom) {
  write("token", "from-profile\r\n");
  write("other", "Basic dXNlcjpwYXNz\n");
  Globals globals = with_profile("[profile.p]\nurl = 'https://host'\ntoken_file = 'token'\nca_file = 'ca.pem'\ntimeout = 7", "p");
  EXPECT_EQ(server(globals)->authorization, "Bearer from-profile");
  EXPECT_EQ(server(globals)->ca_file, path("ca.pem"));
  EXPECT_EQ(server(globals)->timeout, std::chrono::seconds(7));
  ::setenv("SCIMCTL_TOKEN", "from-environment", 1);
  EXPECT_EQ(server(globals)->authorization, "Bearer from-environment");
  EXPECT_NE(said_.str().find("SCIMCTL_TOKEN, not that of the profile p"), std::string::npos) << "it may be meant for another server";
  globals.remote.token_file = path("other");
  EXPECT_EQ(server(globals)->authorization, "Basic dXNlcjpwYXNz");
  globals.remote.token_file = "-";
  globals.remote.timeout = 9;
  EXPECT_EQ(server(globals, "from-input\n")->authorization, "Bearer from-input");
  EXPECT_EQ(server(globals, "from-input")->timeout, std::chrono::seconds(9));
  EXPECT_EQ(said_.str(), "");
}

TEST_F(ProfileTest, TokensThatCannotBeOne) {
  for (const char* text : {"", "\n", "two\nlines", "t\xc3\xa4st", "a\tb", "Bearer x\r\nX-Evil: 1"}) {
    write("token", text);
    Globals globals = with_url("https://host");
    globals.remote.token_file = path("token");
    EXPECT_NE(refusal(globals).find("one line of ASCII"), std::string::npos) << text;
  }
  ::setenv("SCIMCTL_TOKEN", "s3cret\nX-Evil: 1", 1);
  const std::string detail = refusal(with_url("https://host"));
  EXPECT_NE(detail.find("SCIMCTL_TOKEN"), std::string::npos);
  EXPECT_EQ(detail.find("s3cret"), std::string::npos);
  Globals missing = with_url("https://host");
  missing.remote.token_file = path("missing");
  EXPECT_NE(refusal(missing).find(path("missing")), std::string::npos);
}

TEST_F(ProfileTest, AFileThatOthersMayReadIsWarnedOf) {
  Globals globals = with_url("https://host");
  globals.remote.token_file = path("token");
  for (const mode_t mode : {0640, 0604, 0644}) {
    write("token", "t", mode);
    EXPECT_TRUE(server(globals));
    EXPECT_NE(said_.str().find("chmod 600 " + path("token")), std::string::npos);
  }
}

/// What lies in a folder that somebody has unpacked is no way to get the token.
TEST_F(ProfileTest, OneThatIsOnlyFoundComesLast) {
  ::mkdir(path("config").c_str(), 0700);
  ::mkdir(path("config/scimctl").c_str(), 0700);
  write("config/scimctl/scimctl.toml", "[profile.p]\nurl = 'https://own'");
  write("scimctl.toml", "[profile.p]\nurl = 'https://found'\n[profile.q]\nurl = 'https://found'");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(path(""));
  Globals globals;
  globals.remote.profile = "p";
  EXPECT_EQ(server(globals)->url, "https://own");
  globals.remote.profile = "q";
  EXPECT_EQ(server(globals)->url, "https://found");
  globals.remote.profile = "p";
  globals.config = path("scimctl.toml");
  EXPECT_EQ(server(globals)->url, "https://found") << "it is named";
  globals.config.clear();
  ::setenv("SCIMCTL_CONFIG", path("scimctl.toml").c_str(), 1);
  EXPECT_EQ(server(globals)->url, "https://found");
  ::unsetenv("SCIMCTL_CONFIG");
  std::filesystem::current_path(before);
}

TEST_F(ProfileTest, MistakesInAProfile) {
  const auto said = [&](const std::string& lines) { return refusal(with_profile("[profile.okta]\nurl = 'https://host'\n" + lines, "okta")); };
  const std::string unknown = said("token = 's3cret'");
  EXPECT_NE(unknown.find("[profile.okta]: unknown key \"token\"; there are url, token_file"), std::string::npos) << unknown;
  EXPECT_EQ(unknown.find("s3cret"), std::string::npos);
  EXPECT_NE(said("timeout = 'x'").find("timeout must be an integer above 0"), std::string::npos);
  EXPECT_NE(said("timeout = 0").find("above 0"), std::string::npos);
  EXPECT_NE(said("plain_http = 1").find("plain_http must be a boolean"), std::string::npos);
  EXPECT_NE(refusal(with_profile("[profile.okta]\nurl = 1", "okta")).find("url must be a string"), std::string::npos);
  EXPECT_NE(refusal(with_profile("[profile.okta]\ntimeout = 1", "okta")).find("has no url"), std::string::npos);
  EXPECT_NE(refusal(with_profile("profile = 1", "okta")).find("[profile.NAME]"), std::string::npos);
  EXPECT_NE(refusal(with_profile("[profile", "okta")).find("scimctl.toml:1"), std::string::npos);
}

TEST_F(ProfileTest, AnUnknownOneIsHintedAt) {
  const std::string detail = refusal(with_profile("[profile.okta-prod]\nurl = 'https://host'\n[profile.x]\nurl = 'https://x'", "okta-prd"));
  EXPECT_NE(detail.find("did you mean okta-prod?"), std::string::npos) << detail;
  EXPECT_NE(detail.find("there are: okta-prod, x"), std::string::npos) << detail;
  EXPECT_NE(refusal(with_profile("", "p")).find(path("config/scimctl/scimctl.toml")), std::string::npos) << "where they belong";
}

TEST_F(ProfileTest, TheUsersOwnFileHasSomeToo) {
  std::filesystem::create_directories(path("config/scimctl"));
  write("config/scimctl/scimctl.toml", "[profile.mine]\nurl = 'https://mine'\ntoken_file = 'tok'");
  write("config/scimctl/tok", "t");
  EXPECT_EQ(server(with_profile("[profile.p]\nurl = 'https://p'", "mine"))->authorization, "Bearer t");
  EXPECT_EQ(server(with_profile("[profile.mine]\nurl = 'https://first'", "mine"))->url, "https://first");
}

}  // namespace
}  // namespace scim::cli
