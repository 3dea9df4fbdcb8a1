// SPDX-License-Identifier: MIT
// A database with all three types, the widgets in an application's own tables, and filters run on it in both ways.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "core/filter.h"
#include "core/match.h"
#include "sql/compile.h"
#include "sql/rows.h"
#include "sql/sql_store.h"
#include "tests/unit/case_file.h"
#include "tests/unit/frozen_env.h"
#include "tests/unit/temp_dir.h"

namespace scim::test {

class FilterStore : public ::testing::Test {
 protected:
  static constexpr std::string_view kBaseUrl = "https://example.com/v2";

  FilterStore() {
    Config config;
    config.database_url = "sqlite:" + dir_.file("scim.db");
    config.synchronous = Synchronous::normal;
    store_ = sql::open_store(config, mapping_, env_).value();
    run_script(read_file(std::string(SCIMCTL_TEST_DATA) + "/mapping/widget.sql"));
  }

  const ResourceType& type(const char* name) const { return *registry_.type_by_name(name); }

  void run_script(const std::string& text) {
    const auto done = store_->db().run_script(text);
    if (!done) throw std::runtime_error(done.error().detail);
  }
  void run(const std::string& text, std::vector<sql::Cell> binds = {}) {
    const auto done = store_->db().run({text, std::move(binds)});
    if (!done) throw std::runtime_error(done.error().detail);
  }

  /// Runs `action` in one transaction that must succeed.
  template <class Action>
  void write(Action action) {
    const auto transaction = store_->begin(Store::Mode::write).value();
    action(*transaction);
    const auto done = transaction->commit();
    if (!done) throw std::runtime_error(done.error().detail);
  }
  std::string insert(const ResourceType& resource_type, Json body) {
    std::string id;
    write([&](Transaction& transaction) {
      auto inserted = transaction.insert({&resource_type, body});
      if (!inserted) throw std::runtime_error(inserted.error().detail + ": " + to_text(body));
      id = *inserted;
    });
    return id;
  }

  sql::CompileContext context(sql::Visible visible = sql::Visible::living) const {
    return {mapping_, sql::kSqliteDialect, kBaseUrl, visible};
  }

  /// All resources of a type, whole.
  std::vector<Resource> read_all(const ResourceType& resource_type, sql::Visible visible = sql::Visible::living) {
    const Predicate always;
    const Projection everything = Projection::for_planning(resource_type, Members::read);
    const Query query{&resource_type, &always, &everything, kBaseUrl, 0, 1'000'000};
    sql::Unseen unseen;
    auto resources = sql::read_rows(store_->db(), query, context(visible), unseen).value();
    if (!unseen.empty()) throw std::runtime_error("rows without an id");
    return resources;
  }

  /// Ids in SQL's order, that of creation.
  std::vector<std::string> ids_by_sql(const Predicate& predicate, const ResourceType& resource_type,
                                      sql::Visible visible = sql::Visible::living) {
    const sql::Sql sql = sql::compile_select_ids(predicate, mapping_.of(resource_type), context(visible));
    auto cursor = store_->db().query(sql);
    if (!cursor) throw std::runtime_error(cursor.error().detail + ": " + sql.text);
    std::vector<std::string> ids;
    while ((*cursor)->next().value()) ids.emplace_back((*cursor)->text(0));
    return ids;
  }
  static std::vector<std::string> ids_by_match(const Predicate& predicate, const std::vector<Resource>& resources) {
    std::vector<std::string> ids;
    for (const Resource& resource : resources) {
      if (match(predicate, resource.body)) ids.emplace_back(resource.id());
    }
    return ids;
  }

  TempDir dir_;
  FrozenEnv env_;
  const Registry registry_ = registry_with_widget();
  const sql::Mapping mapping_ =
      sql::parse_mapping(read_file(std::string(SCIMCTL_TEST_DATA) + "/../../sql/presets/embedded.toml") +
                             read_file(std::string(SCIMCTL_TEST_DATA) + "/mapping/widget.toml"),
                         "widget.toml", registry_)
          .value();
  std::unique_ptr<sql::SqlStore> store_;
};

}  // namespace scim::test
