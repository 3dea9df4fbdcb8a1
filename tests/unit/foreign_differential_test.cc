// SPDX-License-Identifier: MIT
// match() and SQL must agree over the tables of other applications too: what SCIM writes into them, and what they hold.
#include "tests/unit/random_stores.h"

namespace scim::test {
namespace {

class ForeignDifferential : public RandomForeign<FilterStore>, public ::testing::WithParamInterface<const char*> {
 protected:
  ForeignDifferential() : RandomForeign(GetParam()) {}
};

TEST_P(ForeignDifferential, Users) {
  const long rounds = rounds_ * 4 / 10;
  EXPECT_GT(compare("User", sql::Visible::living, rounds), rounds / 5);
}
TEST_P(ForeignDifferential, UsersWithTheDeactivated) {
  const long rounds = rounds_ / 10;
  EXPECT_GT(compare("User", sql::Visible::all, rounds), rounds / 5);
}
TEST_P(ForeignDifferential, Groups) {
  const long rounds = rounds_ * 3 / 10;
  EXPECT_GT(compare("Group", sql::Visible::living, rounds), rounds / 5);
}

INSTANTIATE_TEST_SUITE_P(Mapping, ForeignDifferential, ::testing::Values("flat", "children", "joined"),
                         [](const auto& schema) { return std::string(schema.param); });

}  // namespace
}  // namespace scim::test
