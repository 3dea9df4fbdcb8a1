// SPDX-License-Identifier: MIT
// What people see of a database's URL.
#include "sql/database_url.h"

#include <gtest/gtest.h>

namespace scim::sql {
namespace {

TEST(DatabaseUrl, HidesPasswordsWhereverTheyStand) {
  EXPECT_EQ(without_password("postgresql://ada:secret@db:5432/app?x=1"), "postgresql://ada:***@db:5432/app?x=1");
  EXPECT_EQ(without_password("postgresql://ada:se%40cr:et@db"), "postgresql://ada:***@db");
  EXPECT_EQ(without_password("postgresql:///app?user=ada&password=secret&sslpassword=more&host=/run"),
            "postgresql:///app?user=ada&password=***&sslpassword=***&host=/run");
  EXPECT_EQ(without_password("postgresql://?password=secret"), "postgresql://?password=***");
}

TEST(DatabaseUrl, HidesThemInWhatIsNoUrl) {
  EXPECT_EQ(without_password("postgresql://ada:sec/ret@db/app"), "postgresql://ada:***@db/app");
  EXPECT_EQ(without_password("postgresql:/ada:secret@db/app"), "postgresql:***");
  EXPECT_EQ(without_password("postgresql:host=db password=secret"), "postgresql:***");
  EXPECT_EQ(without_password("ada@db"), "***");
}

TEST(DatabaseUrl, LeavesTheRestAsItIs) {
  for (const char* url : {"sqlite:/a@b:c.db", "postgresql:///", "postgresql://db:5432/app?user=a@b", "postgresql://ada@db/app", "postgres://a,b:1/x?", ""}) {
    EXPECT_EQ(without_password(url), url);
  }
}

}  // namespace
}  // namespace scim::sql
