// SPDX-License-Identifier: MIT
// Sorting, pages by index and by position, and queries over several types: what SQL makes of them is what memory makes of
// them, over tables of our own and of other applications.
#include "tests/unit/random_stores.h"
#include "tests/unit/sort_store.h"

namespace scim::test {
namespace {

class EmbeddedSort : public RandomEmbedded<SortStore> {
 protected:
  EmbeddedSort() {
    for (const char* name : {"User", "Group", "Widget"}) shuffle_ids(name);
  }
};

// Requirements: S-2, S-3, S-4, S-5, S-6, S-7
TEST_F(EmbeddedSort, SqlSortsAsMemoryDoes) {
  EXPECT_GT(compare_orders("User"), 40);
  EXPECT_GT(compare_orders("Group"), 5);
  EXPECT_GT(compare_orders("Widget"), 20);
}

// Requirements: K-3, L-2, L-11, S-7, S-9
TEST_F(EmbeddedSort, AWalkByPositionIsTheListing) {
  for (const char* name : {"User", "Group", "Widget"}) compare_walks(name, rounds_ / 60);
}

class ForeignSort : public RandomForeign<SortStore>, public ::testing::WithParamInterface<const char*> {
 protected:
  ForeignSort() : RandomForeign(GetParam()) {
    if (std::string_view(GetParam()) == "joined") return;  // the ids are the application's
    shuffle_ids("User");
    shuffle_ids("Group");
  }
};

// Requirements: S-2, S-3, S-4, S-5, S-6, S-7
TEST_P(ForeignSort, SqlSortsAsMemoryDoes) {
  EXPECT_GT(compare_orders("User"), 25);
  EXPECT_GT(compare_orders("Group"), 4);
}

// Requirements: K-3, L-2, L-11, S-7, S-9
TEST_P(ForeignSort, AWalkByPositionIsTheListing) {
  for (const char* name : {"User", "Group"}) compare_walks(name, rounds_ / 60);
}

INSTANTIATE_TEST_SUITE_P(Mapping, ForeignSort, ::testing::Values("flat", "children", "joined"),
                         [](const auto& schema) { return std::string(schema.param); });

}  // namespace
}  // namespace scim::test
