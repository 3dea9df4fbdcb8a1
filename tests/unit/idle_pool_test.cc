// SPDX-License-Identifier: MIT
#include "sql/idle_pool.h"

#include <gtest/gtest.h>

namespace scim::sql {
namespace {

class IdlePools : public ::testing::Test {
 protected:
  IdlePool<int>::Taken take(const std::string& text) {
    return pool_.take(text, [&] { return std::make_unique<int>(++made_); });
  }
  void use(const std::string& text) { pool_.give_back(take(text)); }

  IdlePool<int> pool_{4};
  int made_ = 0;
};

TEST_F(IdlePools, MakesEachTextOnce) {
  for (int i = 0; i < 3; ++i) {
    use("a");
    use("b");
  }
  EXPECT_EQ(made_, 2);
}

TEST_F(IdlePools, GivesOneToOneUserAtATime) {
  auto first = take("a");
  auto second = take("a");
  EXPECT_NE(*first, *second);
  pool_.give_back(std::move(first));
  pool_.give_back(std::move(second));
  EXPECT_EQ(*take("a"), 1) << "the one that came back first is kept";
}

TEST_F(IdlePools, KeepsWhatIsUsedAllTheTime) {
  for (int i = 0; i < 4; ++i) use("old" + std::to_string(i));
  for (int i = 0; i < 10; ++i) {
    use("hot");
    use("warm");
    use("once" + std::to_string(i));
  }
  EXPECT_EQ(made_, 4 + 2 + 10) << "neither of the two was made twice";
}

TEST_F(IdlePools, ForgetsWhatWasNotUsedForLong) {
  for (int i = 0; i < 5; ++i) use(std::to_string(i));
  use("0");
  EXPECT_EQ(made_, 6);
}

}  // namespace
}  // namespace scim::sql
