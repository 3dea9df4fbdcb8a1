// SPDX-License-Identifier: MIT
// Our own tables: made once whoever starts first, and the unique index on group names.
#include "sql/migrations.h"

#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "tests/unit/embedded_store.h"

namespace scim::test {
namespace {

class Migrations : public EmbeddedStore {};

TEST_F(Migrations, ManyThreadsMayOpenAFreshFileAtOnce) {
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
  EXPECT_EQ(rows("PRAGMA user_version"), "8");
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
  ASSERT_TRUE(store().db().run_script("PRAGMA user_version = 99"));
  const auto refused = sql::open_store(config_, mapping_, env_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_NE(refused.error().detail.find("version 99"), std::string::npos) << refused.error().detail;
}

TEST_F(Migrations, AFailedMigrationLeavesNothing) {
  auto db = sql::open_sqlite(database_.file(), sql::Open::create, sql::Journal::wal, sql::Sync::normal, 100);
  ASSERT_TRUE(db);
  ASSERT_TRUE((*db)->run_script("CREATE TABLE tokens (mine TEXT)"));
  const auto refused = sql::migrate(**db);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("tokens"), std::string::npos) << refused.error().detail;
  const auto cursor = (*db)->query({"SELECT count(*) FROM sqlite_master WHERE type = 'table'", {}});
  ASSERT_TRUE(cursor && *(*cursor)->next());
  EXPECT_EQ((*cursor)->integer(0), 1);
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
