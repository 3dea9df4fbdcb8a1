// SPDX-License-Identifier: MIT
#include "cli/remote/origin.h"

#include <gtest/gtest.h>

namespace scim::cli {
namespace {

TEST(OriginOf, SchemeHostAndPort) {
  EXPECT_EQ(origin_of("https://App.Example.com/scim/v2"), (Origin{"https", "app.example.com", 443}));
  EXPECT_EQ(origin_of("http://app.example.com"), (Origin{"http", "app.example.com", 80}));
  EXPECT_EQ(origin_of("HTTPS://app.example.com:443?x"), (Origin{"https", "app.example.com", 443}));
  EXPECT_EQ(origin_of("http://[::1]:8080/"), (Origin{"http", "[::1]", 8080}));
  EXPECT_EQ(origin_of("https://host/tenant@home"), (Origin{"https", "host", 443}));
  EXPECT_NE(origin_of("https://host:444"), origin_of("https://host"));
  EXPECT_NE(origin_of("http://host:443"), origin_of("https://host"));
}

TEST(OriginOf, WhatCanBeReadInTwoWaysIsNone) {
  for (const char* url : {"", "host", "host/scim", "ftp://host", "file:///etc/passwd", "https://", "https:///scim", "https://:443", "https://host:", "https://host:0",
                          "https://host:65536", "https://host:80:80", "https://host:8o", "https://user@host", "https://user:secret@host", "https://a b", "https://a\\b",
                          "https://a%2eb", "https://[::1", "https://[::1]x", "https://[nonsense]", "https://[]", "https://a\tb", "https://a\nb"}) {
    EXPECT_EQ(origin_of(url), std::nullopt) << url;
  }
}

TEST(IsThisMachine, ByAddressAndByTheOneName) {
  for (const char* url : {"http://localhost", "http://LOCALHOST:8080", "http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]", "http://[0:0:0:0:0:0:0:1]:80"}) {
    EXPECT_TRUE(is_this_machine(*origin_of(url))) << url;
  }
  for (const char* url : {"http://localhost.evil.com", "http://127.0.0.1.evil.com", "http://127.evil.com", "http://127.0.0.1x", "http://127.1", "http://[::2]",
                          "http://[::ffff:192.0.2.1]", "http://my-localhost", "http://0.0.0.0", "http://128.0.0.1", "http://2130706433"}) {
    EXPECT_FALSE(is_this_machine(*origin_of(url))) << url;
  }
}

TEST(AuthorityOf, EndsWhereThePathBegins) {
  EXPECT_EQ(authority_of("https://user:secret@host:1/a@b"), "user:secret@host:1");
  EXPECT_EQ(authority_of("https://host?a@b"), "host");
  EXPECT_EQ(authority_of("host"), "");
}

}  // namespace
}  // namespace scim::cli
