// SPDX-License-Identifier: MIT
// Our own tables: made once whoever starts first, and the unique index on group names.
#include "sql/migrations.h"

#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "sql/database_status.h"
#include "tests/unit/embedded_store.h"

namespace scim::test {
namespace {

class Migrations : public EmbeddedStore {
 protected:
  sql::TableVersion version() { return sql::version_of_tables(store().db()).value(); }
  /// How many there are for this kind of database.
  std::size_t known() {
    const TestDatabase fresh;
    Config config;
    config.database_url = fresh.url();
    const auto db = sql::open_database(config, sql::Open::create, sql::Journal::wal, env_);
    return sql::version_of_tables(**db).value().known;
  }
  /// All come at the same moment, as nodes do that are started together.
  void open_by_many_threads() {
    constexpr int kThreads = 8;
    std::atomic<int> opened = 0;
    std::vector<std::string> errors(kThreads);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        const auto store = sql::open_store(config_, mapping_, env_);
        if (store)
          ++opened;
        else
          errors[static_cast<std::size_t>(i)] = store.error().detail;
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& error : errors) EXPECT_EQ(error, "");
    EXPECT_EQ(opened, kThreads);
    EXPECT_TRUE(version().is_current());
  }
};

TEST_F(Migrations, ManyThreadsMayOpenAFreshDatabaseAtOnce) { open_by_many_threads(); }

TEST_F(Migrations, EveryOlderVersionIsBroughtUpToDateByWhoeverComes) {
  const std::size_t newest = known();
  ASSERT_GT(newest, 0u);
  for (std::size_t older = 0; older <= newest; ++older) {
    SCOPED_TRACE(older);
    reopen();
    const TestDatabase database;
    config_.database_url = database.url();
    {
      const auto db = make_older(older);
      EXPECT_EQ(sql::version_of_tables(*db).value().seen, older);
      if (older > 0) {
        ASSERT_TRUE(db->run_script("INSERT INTO users (id, created, last_modified, user_name, user_name_key) VALUES ('a', 1, 2, 'Ada', 'ada')"));
        ASSERT_TRUE(db->run_script("INSERT INTO groups (id, created, last_modified, display_name, display_name_key) VALUES ('b', 1, 2, 'X', 'x')"));
      }
      const auto status = sql::database_status(*db, mapping_, sql::store_options(config_));
      ASSERT_TRUE(status) << status.error().detail;
      EXPECT_EQ(status->steps.size(), newest - older);
    }
    open_by_many_threads();
    EXPECT_EQ(rows("SELECT user_name FROM users"), older == 0 ? "" : "Ada");
    insert_group("Staff", {insert_user("zoe")});
    EXPECT_EQ(rows("SELECT display_name FROM groups ORDER BY key"), older == 0 ? "Staff" : "X,Staff");
    const auto status = sql::database_status(store().db(), mapping_, sql::store_options(config_));
    ASSERT_TRUE(status) << status.error().detail;
    EXPECT_EQ(status->steps.size(), 0u);
    for (const auto& table : status->tables) EXPECT_TRUE(table.exists) << table.name;
  }
}

TEST_F(Migrations, OpeningAnUpToDateFileNeedsNoWriteLock) {
  (void)store();
  const auto writer = open();
  const auto held = writer->begin(Store::Mode::write);
  ASSERT_TRUE(held);
  config_.busy_timeout_ms = 0;
  EXPECT_TRUE(sql::open_store(config_, mapping_, env_));
}

TEST_F(Migrations, ANewerDatabaseIsRefused) {
  ASSERT_TRUE(store().db().run_script(database_.is_postgresql() ? "UPDATE scim_schema SET version = 99" : "PRAGMA user_version = 99"));
  const auto refused = sql::open_store(config_, mapping_, env_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_NE(refused.error().detail.find("version 99"), std::string::npos) << refused.error().detail;
}

TEST_F(Migrations, AFailedMigrationLeavesNothing) {
  auto db = sql::open_database(config_, sql::Open::create, sql::Journal::wal, env_);
  ASSERT_TRUE(db);
  ASSERT_TRUE((*db)->run_script("CREATE TABLE group_groups (mine TEXT)"));
  const auto refused = sql::migrate(**db);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("group_groups"), std::string::npos) << refused.error().detail;
  const auto status = sql::database_status(**db, mapping_, sql::store_options(config_));
  ASSERT_TRUE(status) << status.error().detail;
  EXPECT_EQ(status->version->seen, 0u);
  for (const auto& table : status->tables) EXPECT_EQ(table.exists, table.name == "group_groups") << table.name;
}

TEST_F(Migrations, OtherUrlsAreRefused) {
  for (const char* url : {"mysql://localhost/x", "sqlite:", "", "/tmp/x.db"}) {
    config_.database_url = url;
    const auto refused = sql::open_store(config_, mapping_, env_);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid_value);
  }
}

TEST_F(Migrations, AFileThatCannotBeMadeIsUnavailable) {
  config_.database_url = "sqlite:" + database_.file("no/such/folder.db");
  EXPECT_EQ(sql::open_store(config_, mapping_, env_).error().kind, ErrorKind::unavailable);
}

TEST_F(Migrations, GroupNamesAreFreeUnlessAskedFor) {
  insert_group("Staff");
  EXPECT_TRUE(insert(group(), {{"displayName", "STAFF"}}));
}

TEST_F(Migrations, UniqueGroupNamesComeAndGoWithTheSetting) {
  config_.unique_groups = true;
  insert_group("Staff");
  const auto refused = insert(group(), {{"displayName", "STAFF"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::uniqueness);
  EXPECT_EQ(refused.error().detail, "displayName \"STAFF\" is already in use");
  config_.unique_groups = false;
  reopen();
  EXPECT_TRUE(insert(group(), {{"displayName", "STAFF"}}));
}

TEST_F(Migrations, UniqueGroupNamesNameTheDuplicate) {
  insert_group("Admins");
  insert_group("Staff");
  insert_group("staff");
  config_.unique_groups = true;
  const auto refused = sql::open_store(config_, mapping_, env_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_value);
  EXPECT_NE(refused.error().detail.find("\"Staff\""), std::string::npos) << refused.error().detail;
}

}  // namespace
}  // namespace scim::test
