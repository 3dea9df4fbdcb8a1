// SPDX-License-Identifier: MIT
// A database and filters that run on it in both ways: by default with all three types, the widgets in an application's
// own tables.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "core/filter.h"
#include "core/match.h"
#include "sql/compile.h"
#include "sql/compiled_filters.h"
#include "sql/rows.h"
#include "sql/served.h"
#include "sql/sql_store.h"
#include "tests/unit/case_file.h"
#include "tests/unit/frozen_env.h"
#include "tests/unit/random_filters.h"
#include "tests/unit/test_database.h"

namespace scim::test {

class FilterStore : public ::testing::Test {
 protected:
  static constexpr std::string_view kBaseUrl = "https://example.com/v2";

  /// The embedded store with widgets beside it.
  FilterStore() : served_(with_widgets(database_.aids())) {
    open();
    run_script(database_.script(read_file(std::string(SCIMCTL_TEST_DATA) + "/mapping/widget.sql")));
  }
  /// What is served, and the application's tables, made before the store is opened.
  FilterStore(sql::Served served, const std::string& tables) : served_(std::move(served)) {
    const auto made = sql::open_database(config(), sql::Open::create, sql::Journal::wal, env_).value()->run_script(database_.script(tables));
    if (!made) throw std::runtime_error(made.error().detail);
    open();
  }

  const ResourceType& type(const char* name) const { return *served_.registry->type_by_name(name); }

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
      id = inserted->id;
    });
    return id;
  }

  /// The index of trigrams knows one half of what is there, and the other half is its tail.
  void index_one_half() {
    if (database_.aids() == sql::Aids::none) return;
    run("UPDATE trigram_marks SET user_key = (SELECT max(key) / 2 FROM users), email_key = (SELECT max(key) / 2 FROM user_emails)");
  }

  sql::CompileContext context(sql::Visible visible = sql::Visible::living) const {
    return {served_.mapping, store_->db().dialect(), kBaseUrl, visible};
  }

  /// All resources of a type, whole.
  std::vector<Resource> read_all(const ResourceType& resource_type, sql::Visible visible = sql::Visible::living) {
    const Predicate always;
    const Projection everything = Projection::for_planning(resource_type, Members::read);
    const Query query{&resource_type, &always, &everything, kBaseUrl, 0, 1'000'000};
    sql::Unseen unseen;
    auto resources = sql::read_rows(store_->db(), query, context(visible), unseen);
    if (!resources) throw std::runtime_error(resources.error().detail);
    if (!unseen.empty()) throw std::runtime_error("rows without an id");
    return *std::move(resources);
  }

  /// Ids in SQL's order, that of creation.
  std::vector<std::string> ids_by_sql(const Predicate& predicate, const ResourceType& resource_type,
                                      sql::Visible visible = sql::Visible::living) {
    const sql::Sql sql = sql::compile_select_ids(predicate, served_.mapping.of(resource_type), context(visible));
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

  /// What is kept of filters that differ in their texts must be what each is compiled to by itself: this one, and the same with
  /// `eq` for each comparison of texts, of which most are kept.
  void check_kept(const Predicate& predicate, const ResourceType& resource_type, sql::Visible visible) {
    for (const Predicate& each : {predicate, with_eq(predicate)}) {
      const sql::TypeMapping& mapping = served_.mapping.of(resource_type);
      sql::CompileContext keeping = context(visible);
      keeping.filters = &filters_;
      const sql::Sql anew = sql::compile_from_where(each, mapping, context(visible));
      const sql::Sql kept = sql::compile_from_where(each, mapping, keeping);
      EXPECT_EQ(kept.text, anew.text) << to_text(each);
      EXPECT_EQ(kept.binds, anew.binds) << to_text(each) << "\n" << kept.text;
    }
  }
  static Predicate with_eq(Predicate predicate) {
    if (std::holds_alternative<std::string>(predicate.value)) predicate.op = Op::eq;
    for (Predicate& child : predicate.children) child = with_eq(std::move(child));
    return predicate;
  }

  void note_texts(const std::vector<Resource>& resources, Texts& texts) const {
    for (const Resource& resource : resources) {
      texts["value"].emplace_back(resource.id());
      for (const char* name : {"location", "version", "created", "lastModified"}) {
        texts[name].push_back(resource.body["meta"][name].get<std::string>());
      }
      for (const char* name : {"displayName", "userName", "label"}) {
        if (resource.body.contains(name)) texts["display"].push_back(resource.body[name].get<std::string>());
      }
    }
    texts["id"] = texts["value"];
    texts["$ref"] = texts["location"];
  }

  /// The first resource that one of both found, and the other did not.
  static std::string first_difference(const std::vector<std::string>& a, const std::vector<std::string>& b,
                                      const std::vector<Resource>& resources) {
    for (const Resource& resource : resources) {
      const std::string id(resource.id());
      if (std::count(a.begin(), a.end(), id) != std::count(b.begin(), b.end(), id)) return to_text(resource.body);
    }
    return "the same, in another order";
  }

  /// match() over what is read back, against SQL; returns how many filters found something, but not everything.
  int compare(const char* type_name, sql::Visible visible, long rounds) {
    const ResourceType& resource_type = type(type_name);
    const std::vector<Resource> resources = read_all(resource_type, visible);
    Texts texts;
    note_texts(resources, texts);
    for (const char* other : {"User", "Group"}) note_texts(read_all(type(other), visible), texts);
    FilterWriter writer(resource_type, random_, std::move(texts));
    int telling = 0;
    for (long round = 0; round < rounds && !HasFailure(); ++round) {
      const std::string text = writer.write(3);
      const auto filter = parse_filter(text);
      EXPECT_TRUE(filter) << text << "\n" << filter.error().detail;
      if (!filter) break;
      const auto predicate = bind(*filter, resource_type);
      EXPECT_TRUE(predicate) << text << "\n" << predicate.error().detail;
      if (!predicate) break;
      check_kept(*predicate, resource_type, visible);
      const auto expected = ids_by_match(*predicate, resources);
      const auto found = ids_by_sql(*predicate, resource_type, visible);
      EXPECT_EQ(found, expected)
          << "filter " << text << "\nmeans  " << to_text(*predicate) << "\nsql    "
          << sql::compile_select_ids(*predicate, served_.mapping.of(resource_type), context(visible)).text << "\nseed   " << seed_
          << "\nfirst  " << first_difference(found, expected, resources);
      telling += !expected.empty() && expected.size() < resources.size();
    }
    return telling;
  }

  Config config() const {
    Config config;
    config.database_url = database_.url();
    config.synchronous = Synchronous::normal;
    return config;
  }

  /// Fewer where each takes longer, but so many that it means something how many of them tell resources apart.
  static long usual_rounds(const TestDatabase& database) {
    constexpr long kOnPostgresql = 150;
#ifdef SCIMCTL_SANITIZE
    constexpr long kRounds = 500;
#else
    constexpr long kRounds = 1500;
#endif
    return database.is_postgresql() ? kOnPostgresql : kRounds;
  }

  TestDatabase database_;
  const long seed_ = number_from_environment("SCIMCTL_DIFFERENTIAL_SEED", 20260102);
  const long rounds_ = number_from_environment("SCIMCTL_DIFFERENTIAL_ROUNDS", usual_rounds(database_));
  Random random_{static_cast<unsigned>(seed_)};
  FrozenEnv env_;
  sql::Served served_;
  std::unique_ptr<sql::SqlStore> store_;
  sql::CompiledFilters filters_;

 private:
  void open() {
    auto store = sql::open_store(config(), served_.mapping, env_);
    if (!store) throw std::runtime_error(store.error().detail);
    store_ = std::move(*store);
  }

  static sql::Served with_widgets(sql::Aids aids) {
    sql::Served served;
    served.registry = std::make_unique<const Registry>(registry_with_widget());
    Json sections = sql::embedded_sections(aids).value();
    sections.update(parse_toml(read_file(std::string(SCIMCTL_TEST_DATA) + "/mapping/widget.toml"), "widget.toml").value());
    served.mapping = sql::parse_sections(sections, "widget.toml", *served.registry).value();
    return served;
  }
};

}  // namespace scim::test
