// SPDX-License-Identifier: MIT
#include "core/allowances.h"

#include <gtest/gtest.h>

#include "frozen_env.h"

namespace scim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Allowances, SoManyAtOnceAndAsManyAgainEachMinute) {
  test::FrozenEnv env;
  Allowances allowances;
  for (int i = 0; i < 6; ++i) EXPECT_EQ(allowances.take("a", 6, env.now()), seconds(0)) << i;
  EXPECT_EQ(allowances.take("a", 6, env.now()), seconds(10));
  EXPECT_EQ(allowances.take("b", 6, env.now()), seconds(0)) << "others have their own";
  env.advance(milliseconds(9'500));
  EXPECT_EQ(allowances.take("a", 6, env.now()), seconds(1)) << "rounded up";
  env.advance(milliseconds(600));
  EXPECT_EQ(allowances.take("a", 6, env.now()), seconds(0));
  EXPECT_NE(allowances.take("a", 6, env.now()), seconds(0));
  env.advance(std::chrono::hours(1));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(allowances.take("a", 6, env.now()), seconds(0)) << "no more than at first: " << i;
  EXPECT_NE(allowances.take("a", 6, env.now()), seconds(0));
}

TEST(Allowances, WhatIsGivenBackIsThereAgainAndNoMore) {
  test::FrozenEnv env;
  Allowances allowances;
  EXPECT_EQ(allowances.take("a", 1, env.now()), seconds(0));
  EXPECT_EQ(allowances.take("a", 1, env.now()), seconds(60));
  allowances.give_back("a", 1, env.now());
  allowances.give_back("a", 1, env.now());
  EXPECT_EQ(allowances.take("a", 1, env.now()), seconds(0));
  EXPECT_EQ(allowances.take("a", 1, env.now()), seconds(60));
}

TEST(Allowances, AClockThatIsSetBackGivesNothingAndTakesNothing) {
  test::FrozenEnv env;
  Allowances allowances;
  const Instant now = env.now();
  EXPECT_EQ(allowances.take("a", 1, now), seconds(0));
  EXPECT_EQ(allowances.take("a", 1, now - std::chrono::hours(5)), seconds(60));
  EXPECT_EQ(allowances.take("a", 1, now - std::chrono::hours(5) + seconds(60)), seconds(0));
}

TEST(Allowances, ThoseSeenLongestAgoAreForgotten) {
  test::FrozenEnv env;
  Allowances allowances;
  EXPECT_EQ(allowances.take("first", 1, env.now()), seconds(0));
  for (std::size_t i = 0; i + 1 < Allowances::kCapacity; ++i) allowances.take(std::to_string(i), 1, env.now());
  EXPECT_NE(allowances.take("first", 1, env.now()), seconds(0)) << "there is room for all";
  allowances.take("one more", 1, env.now());
  EXPECT_NE(allowances.take("first", 1, env.now()), seconds(0)) << "it has been seen since";
  EXPECT_EQ(allowances.take("0", 1, env.now()), seconds(0));
}

TEST(Allowances, WhoSharesASource) {
  EXPECT_EQ(source_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(source_of("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(source_of("2001:db8:0:1::1"), source_of("2001:db8:0:1:ffff::2"));
  EXPECT_NE(source_of("2001:db8:0:1::1"), source_of("2001:db8:0:2::1"));
  EXPECT_EQ(source_of("unix:"), "unix:");
}

}  // namespace
}  // namespace scim
