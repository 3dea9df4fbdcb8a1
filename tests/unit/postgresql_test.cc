// SPDX-License-Identifier: MIT
// What the tests on PostgreSQL lean on.
#include <gtest/gtest.h>

#include "tests/unit/postgresql.h"

namespace scim::test {
namespace {

TEST(PostgresqlFixture, GivesEachTestADatabaseOfItsOwn) {
  const PostgresqlDatabase one;
  const PostgresqlDatabase other;
  PostgresqlConnection(one.url()).run_script("CREATE TABLE only_here (a text); INSERT INTO only_here VALUES ('1'), (NULL)");
  const auto rows = PostgresqlConnection(one.url()).query("SELECT a FROM only_here WHERE a IS NULL OR a = $1 ORDER BY a", {"1"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0][0], "1");
  EXPECT_EQ(rows[1][0], std::nullopt);
  EXPECT_THROW(PostgresqlConnection(other.url()).query("SELECT a FROM only_here"), std::runtime_error);
}

TEST(PostgresqlFixture, DropsTheDatabaseThatIsStillInUse) {
  std::optional<PostgresqlDatabase> database(std::in_place);
  const std::string url = database->url();
  PostgresqlConnection still_open(url);
  database.reset();
  EXPECT_THROW(PostgresqlConnection{url}, std::runtime_error);
  EXPECT_THROW(still_open.query("SELECT 1"), std::runtime_error);
}

}  // namespace
}  // namespace scim::test
