// SPDX-License-Identifier: MIT
#include "core/env.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace scim {
namespace {

// Requirements: T-3, SEC-6
TEST(Env, IdsAreRandomUuids) {
  const auto env = system_env(LogLevel::error);
  const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = env->new_id();
    EXPECT_TRUE(std::regex_match(id, uuid)) << id;
    EXPECT_TRUE(seen.insert(id).second);
  }
}

}  // namespace
}  // namespace scim
