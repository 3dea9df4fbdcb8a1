// SPDX-License-Identifier: MIT
// The embedded store in a temporary file, with a clock that stands still, and a look at its tables past the store.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "core/registry.h"
#include "sql/mapping.h"
#include "sql/migrations.h"
#include "sql/sql_store.h"
#include "tests/unit/frozen_env.h"
#include "tests/unit/test_database.h"

namespace scim::test {

class EmbeddedStore : public ::testing::Test {
 protected:
  EmbeddedStore() { config_.database_url = database_.url(); }

  /// A connection with what config_ says at this moment.
  std::unique_ptr<sql::SqlStore> open() {
    auto store = sql::open_store(config_, mapping_, env_);
    if (!store) throw std::runtime_error(store.error().detail);
    return std::move(*store);
  }
  sql::SqlStore& store() {
    if (!store_) store_ = open();
    return *store_;
  }
  void reopen() { store_.reset(); }
  /// An empty database as a program of that time made it, before store() is used.
  std::unique_ptr<sql::Db> make_older(std::size_t version) {
    auto db = sql::open_database(config_, sql::Open::create, sql::Journal::wal, env_);
    if (!db) throw std::runtime_error(db.error().detail);
    if (const auto made = sql::migrate_to(**db, version); !made) throw std::runtime_error(made.error().detail);
    return std::move(*db);
  }

  const ResourceType& user() const { return *registry_.type_by_name("User"); }
  const ResourceType& group() const { return *registry_.type_by_name("Group"); }

  /// The attribute that a dotted path names.
  const Attribute& attribute(const ResourceType& type, std::string_view path) const {
    const Attribute* found = resolve(type, *parse_path_name(path));
    if (found == nullptr) throw std::runtime_error("no attribute " + std::string(path));
    return *found;
  }
  Change set(const ResourceType& type, std::string_view path, Json value) const {
    return {&attribute(type, path), Change::Kind::set, std::move(value)};
  }
  Change clear(const ResourceType& type, std::string_view path) const {
    return {&attribute(type, path), Change::Kind::clear, nullptr};
  }
  Change members(Change::Kind kind, const std::vector<std::string>& ids) const {
    Json value = Json::array();
    for (const std::string& id : ids) value.push_back({{"value", id}});
    return {&attribute(group(), "members"), kind, std::move(value)};
  }

  /// Runs `action` in one transaction, committed if it succeeds.
  template <class Action>
  auto write(sql::SqlStore& store, Action action) -> decltype(action(std::declval<Transaction&>())) {
    auto transaction = store.begin(Store::Mode::write);
    if (!transaction) return fail(transaction.error());
    auto result = action(**transaction);
    if (!result) return result;
    if (auto committed = (*transaction)->commit(); !committed) return fail(committed.error());
    return result;
  }
  Result<std::string> insert(const ResourceType& type, Json body) {
    return write(store(), [&](Transaction& t) -> Result<std::string> {
      SCIM_ASSIGN(const Inserted inserted, t.insert(Resource{&type, std::move(body)}));
      return inserted.id;
    });
  }
  Result<Effect> update(const ResourceType& type, const std::string& id, const Changes& changes) {
    return write(store(), [&](Transaction& t) -> Result<Effect> {
      SCIM_ASSIGN(const Update done, t.update(type, id, changes));
      return done.effect;
    });
  }
  Result<void> remove(const ResourceType& type, const std::string& id) {
    return write(store(), [&](Transaction& t) -> Result<void> {
      SCIM_TRY(t.remove(type, id));
      return {};
    });
  }
  std::string insert_user(const std::string& name) { return *insert(user(), {{"userName", name}}); }
  std::string insert_group(const std::string& name, const std::vector<std::string>& ids = {}) {
    Json body = {{"displayName", name}};
    if (!ids.empty()) body["members"] = members(Change::Kind::add, ids).value;
    return *insert(group(), std::move(body));
  }

  /// All rows of a query, as "a|b,c|d".
  std::string rows(const std::string& text, std::vector<sql::Cell> binds = {}) {
    auto cursor = store().db().query({text, std::move(binds)});
    if (!cursor) return "error: " + cursor.error().detail;
    std::string out;
    while (true) {
      const auto row = (*cursor)->next();
      if (!row) return "error: " + row.error().detail;
      if (!*row) return out;
      out += (out.empty() ? "" : ",") + ((*cursor)->is_null(0) ? "NULL" : std::string((*cursor)->text(0)));
    }
  }

  TestDatabase database_;
  FrozenEnv env_;
  const Registry registry_ = Registry::standard();
  sql::Mapping mapping_ = *sql::embedded_mapping(registry_, database_.aids());
  Config config_;

 private:
  std::unique_ptr<sql::SqlStore> store_;
};

}  // namespace scim::test
