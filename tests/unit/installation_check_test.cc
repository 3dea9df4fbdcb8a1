// SPDX-License-Identifier: MIT
// Files, their permissions and the address of an installation; mappings are in mapping_check_test.cc.
#include "sql/installation_check.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "sql/served.h"
#include "tests/unit/frozen_env.h"
#include "tests/unit/temp_dir.h"

namespace scim::test {
namespace {

using sql::Depth;
using sql::Findings;
using Severity = sql::Finding::Severity;

class InstallationCheck : public ::testing::Test {
 protected:
  InstallationCheck() {
    config_.name = dir_.file("scimctl.toml");
    config_.database_url = "sqlite:" + database_;
    config_.base_url = "https://app.example.com/scim/v2";
    std::ofstream(config_.name) << "\n";
    ::chmod(config_.name.c_str(), 0644);
  }
  void make_database() {
    auto served = sql::load_served(config_);
    ASSERT_TRUE(sql::open_store(config_, served->mapping, env_));
  }
  /// "error: place: text", one a line.
  std::string check(Depth depth = Depth::everything) {
    const auto served = sql::load_served(config_);
    const auto findings = sql::check_installation(config_, served->mapping, env_, depth);
    if (!findings) return "failed: " + findings.error().detail;
    std::string lines;
    for (const sql::Finding& f : *findings) lines.append(to_string(f.severity)).append(": " + f.place + ": " + f.text + '\n');
    return lines;
  }

  TempDir dir_;
  FrozenEnv env_;
  const std::string database_ = dir_.file("scim.db");
  Config config_;
};

TEST_F(InstallationCheck, NewEmbeddedDatabase) {
  EXPECT_EQ(check(), "hint: " + database_ + ": is not there yet: it is made when scim-fcgi starts, or with the first token\n");
  EXPECT_EQ(check(Depth::errors), "");
  EXPECT_NE(::access(database_.c_str(), F_OK), 0) << "check makes nothing";
  make_database();
  EXPECT_EQ(check(), "");
}

TEST_F(InstallationCheck, FolderThatIsMissing) {
  config_.database_url = "sqlite:" + dir_.file("none/scim.db");
  EXPECT_EQ(check(Depth::errors), "error: " + dir_.file("none") + ": does not exist\n");
}

TEST_F(InstallationCheck, FilesThatAnybodyMayChange) {
  make_database();
  ::chmod(config_.name.c_str(), 0666);
  EXPECT_EQ(check(Depth::errors), "error: " + config_.name + ": everybody on this machine can write it\n");
  ::chmod(config_.name.c_str(), 0644);
  ::chmod(database_.c_str(), 0644);
  EXPECT_EQ(check().substr(0, 9), "warning: ");
  ::chmod(database_.c_str(), 0602);
  EXPECT_EQ(check(), "error: " + database_ + ": everybody on this machine can write it\n");
  ::chmod(database_.c_str(), 0600);
  ::chmod(dir_.file("").c_str(), 0777);
  EXPECT_NE(check().find("can put another file in the place of " + config_.name), std::string::npos);
}

TEST_F(InstallationCheck, JournalThatOthersCanRead) {
  make_database();
  config_.journal.file = dir_.file("journal.jsonl");
  EXPECT_EQ(check(), "") << "it is made when it is needed";
  std::ofstream(config_.journal.file) << "\n";
  ::chmod(config_.journal.file.c_str(), 0640);
  EXPECT_EQ(check(), "warning: " + config_.journal.file + ": others can read it, with what was sent and answered\n");
  ::chmod(config_.journal.file.c_str(), 0600);
  EXPECT_EQ(check(), "");
}

TEST_F(InstallationCheck, NewerDatabase) {
  make_database();
  {
    const auto db = sql::open_sqlite(database_, sql::Open::existing, sql::Journal::as_it_is, sql::Sync::normal, 100);
    ASSERT_TRUE((*db)->run_script("PRAGMA user_version = 999"));
  }
  EXPECT_NE(check().find("error: " + database_ + ": the database has version 999"), std::string::npos) << check();
}

TEST_F(InstallationCheck, Addresses) {
  make_database();
  config_.base_url = "";
  EXPECT_TRUE(check().starts_with("hint: base_url: is not set")) << check();
  config_.base_url = "http://app.example.com/scim/v2";
  EXPECT_TRUE(check().starts_with("warning: base_url: is http")) << check();
  config_.base_url = "http://127.0.0.1:8080/scim/v2";
  EXPECT_EQ(check(), "");
}

TEST_F(InstallationCheck, AGuardWithoutLimits) {
  make_database();
  config_.guard.action = GuardAction::hold;
  EXPECT_TRUE(check().starts_with("warning: guard.action: has no limit")) << check();
  config_.guard.removals.percent = 5;
  EXPECT_EQ(check(), "");
}

/// Declared types, and values that their definition does not allow any more.
TEST_F(InstallationCheck, DefinitionsThatTheValuesDoNotFit) {
  config_.schemas = {dir_.file("schema.json")};
  config_.resource_types = {dir_.file("type.json")};
  std::ofstream(dir_.file("type.json")) << R"({"name":"Thing","endpoint":"/Things","schema":"urn:example:Thing"})";
  const auto define = [&](const char* attributes) {
    std::ofstream(dir_.file("schema.json")) << R"({"id":"urn:example:Thing","attributes":)" << attributes << '}';
  };
  define(R"([{"name":"code"}])");
  make_database();
  {
    const auto db = sql::open_sqlite(database_, sql::Open::existing, sql::Journal::as_it_is, sql::Sync::normal, 100);
    ASSERT_TRUE((*db)->run_script("INSERT INTO scim_type_thing (id, created, last_modified, document) VALUES "
                                  "('a', 1, 1, '{\"code\":\"x\"}'), ('b', 1, 1, '{\"code\":\"X\"}')"));
  }
  EXPECT_EQ(check(), "");
  define(R"([{"name":"code","uniqueness":"server"}])");
  const std::string expected = "error: resource_types: resource type \"Thing\": code is to be unique, but several resources have \"X\": change them first\n";
  EXPECT_EQ(check(), expected);
  EXPECT_EQ(check(), expected) << "check has changed nothing";
  define(R"([{"name":"code"},{"name":"more","uniqueness":"server"}])");
  EXPECT_EQ(check(), "") << "the next start makes the column";
}

TEST_F(InstallationCheck, ApplicationWithoutItsDatabase) {
  config_.mapping = "laravel";
  EXPECT_TRUE(check(Depth::errors).starts_with("error: database: ")) << check();
}

}  // namespace
}  // namespace scim::test
