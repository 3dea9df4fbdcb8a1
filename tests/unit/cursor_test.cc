// SPDX-License-Identifier: MIT
// Cursors: good for what they were made for, everywhere and for a while, and for nothing else.
#include "core/cursor.h"

#include <gtest/gtest.h>

#include "frozen_env.h"
#include "token_map.h"

namespace scim {
namespace {

using test::FrozenEnv;
using test::TokenMap;

class CursorTest : public testing::Test {
 protected:
  CursorSeal seal() { return CursorSeal::open(tokens_, std::chrono::seconds(60), env_).value(); }
  static Cursor cursor() {
    Cursor made;
    made.anchor = {{"ada", "7c1f"}, Anchor::Side::before};
    made.count = 20;
    return made;
  }
  static std::string kind(const Result<Cursor>& opened) { return opened ? "" : info(opened.error().kind).scim_type; }

  FrozenEnv env_;
  TokenMap tokens_;
};

// Requirements: K-2, K-15
TEST_F(CursorTest, ComesBackAsItWas) {
  const std::string text = seal().seal(cursor(), "query");
  EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"), std::string::npos);
  EXPECT_EQ(text.find("ada"), std::string::npos);
  const auto opened = seal().unseal(text, "query");  // another object, as another process has it
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->anchor.position, cursor().anchor.position);
  EXPECT_EQ(opened->anchor.side, Anchor::Side::before);
  EXPECT_EQ(opened->count, 20);
  Cursor plain;
  plain.anchor.position = {1};
  EXPECT_EQ(seal().unseal(seal().seal(plain, ""), "")->count, std::nullopt);
}

// Requirements: K-7, K-12, K-14, K-15
TEST_F(CursorTest, IsForNothingElse) {
  const std::string text = seal().seal(cursor(), "query");
  EXPECT_EQ(kind(seal().unseal(text, "another")), "invalidCursor");
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'A', 'B', '_', '=', '\n'}) {
      std::string forged = text;
      if (forged[i] == c) continue;
      forged[i] = c;
      EXPECT_EQ(kind(seal().unseal(forged, "query")), "invalidCursor") << i << c;
    }
    EXPECT_EQ(kind(seal().unseal(text.substr(0, i), "query")), "invalidCursor") << i;
  }
  EXPECT_EQ(kind(seal().unseal(text + "AAAA", "query")), "invalidCursor");
  EXPECT_EQ(kind(seal().unseal(std::string(100'000, 'A'), "query")), "invalidCursor");
  TokenMap others;
  EXPECT_EQ(kind(CursorSeal::open(others, std::chrono::seconds(60), env_)->unseal(text, "query")), "invalidCursor");
}

// Requirements: K-7, K-17
TEST_F(CursorTest, Expires) {
  const std::string text = seal().seal(cursor(), "query");
  env_.advance(std::chrono::seconds(60));
  EXPECT_TRUE(seal().unseal(text, "query"));
  env_.advance(std::chrono::seconds(1));
  EXPECT_EQ(kind(seal().unseal(text, "query")), "expiredCursor");
  EXPECT_EQ(kind(seal().unseal(text, "another")), "invalidCursor") << "what is forged has no age";
}

}  // namespace
}  // namespace scim
