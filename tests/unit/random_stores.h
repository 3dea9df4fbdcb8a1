// SPDX-License-Identifier: MIT
// Databases full of random resources, for tests that compare SQL with memory.
#pragma once

#include <array>

#include "tests/unit/filter_store.h"
#include "tests/unit/random_filters.h"

namespace scim::test {

/// The embedded store with widgets beside it. Base: FilterStore, or what derives from it.
template <class Base>
class RandomEmbedded : public Base {
 protected:
  using Base::env_;
  using Base::index_one_half;
  using Base::insert;
  using Base::random_;
  using Base::run;
  using Base::type;
  using Base::write;

  static constexpr int kUsers = 40;
  static constexpr int kGroups = 14;
  static constexpr int kWidgets = 20;

  RandomEmbedded() {
    for (int i = 0; i < kUsers; ++i) {
      Json body = {{"userName", random_.word() + std::to_string(i)}};
      fill(body, type("User").attributes, random_);
      point_to_manager(body);
      users_.push_back(insert(type("User"), std::move(body)));
      env_.advance(std::chrono::seconds(random_.below(2)));
    }
    index_one_half();
    for (int i = 0; i < kGroups; ++i) insert_group();
    for (int i = 0; i < kWidgets; ++i) {
      Json body = {{"label", random_.word()}};
      fill(body, type("Widget").attributes, random_);
      insert(type("Widget"), std::move(body));
    }
    disturb();
  }

  /// Some managers are users, the others are from elsewhere.
  void point_to_manager(Json& body) {
    const auto enterprise = body.find(std::string(urn::kEnterpriseUser));
    if (enterprise == body.end() || users_.empty() || random_.chance(0.5)) return;
    (*enterprise)["manager"]["value"] = random_.pick(users_);
  }

  /// Groups hold users and older groups: several ways up. The first two are empty.
  void insert_group() {
    env_.advance(std::chrono::seconds(random_.below(2)));
    Json members = Json::array();
    for (std::size_t i = groups_.size() < 2 ? 0 : random_.below(6); i > 0; --i) members.push_back({{"value", random_.pick(users_)}});
    for (std::size_t i = groups_.size() < 2 ? 0 : random_.below(4); i > 0; --i) {
      members.push_back({{"value", random_.pick(groups_)}});
    }
    Json unique = Json::array();
    for (Json& member : members) {
      if (std::find(unique.begin(), unique.end(), member) == unique.end()) unique.push_back(std::move(member));
    }
    Json body = {{"displayName", random_.word()}};
    if (groups_.size() % 2 == 0) body["externalId"] = random_.word();
    if (!unique.empty()) body["members"] = std::move(unique);
    groups_.push_back(insert(type("Group"), std::move(body)));
  }

  /// Later versions, circles of groups, and users that are gone but still stand in their groups.
  void disturb() {
    for (int i = 0; i < 10; ++i) {
      change(type("User"), i % 2 == 0 ? "title" : "displayName", random_.pick(users_));
      change(type("Group"), "displayName", random_.pick(groups_));
    }
    for (std::size_t i = 2; i < 5; ++i) contain(groups_[i], groups_[groups_.size() - i]);
    for (std::size_t i = 0; i < users_.size(); i += 7) {
      const sql::Cell id = users_[i];
      run("UPDATE users SET deactivated = 1, active = false WHERE id = ?", {id});
    }
  }

  void change(const ResourceType& resource_type, const char* name, const std::string& id) {
    env_.advance(std::chrono::milliseconds(700));
    write([&](Transaction& transaction) {
      ASSERT_TRUE(transaction.update(resource_type, id, {{resource_type.find(name), Change::Kind::set, random_.word()}}));
    });
  }

  void contain(const std::string& outer, const std::string& inner) {
    const Json members = Json::array({{{"value", inner}}});
    const ResourceType& group = type("Group");
    write([&](Transaction& transaction) {
      ASSERT_TRUE(transaction.update(group, outer, {{group.find("members"), Change::Kind::add, members}}));
    });
  }

  std::vector<std::string> users_;
  std::vector<std::string> groups_;
};

inline std::string mapping_file(const std::string& name, const char* ending) {
  return read_file(std::string(SCIMCTL_TEST_DATA) + "/mapping/" + name + ending);
}

inline sql::Served served_as(const std::string& name) {
  const Config config = parse_config(mapping_file(name, ".toml"), name + ".toml").value();
  auto served = sql::load_served(config);
  if (!served) throw std::runtime_error(served.error().detail);
  return std::move(*served);
}

/// The tables of tests/data/mapping/NAME.sql.
template <class Base>
class RandomForeign : public Base {
 protected:
  using Base::env_;
  using Base::kBaseUrl;
  using Base::random_;
  using Base::store_;
  using Base::type;
  using Base::write;

  static constexpr int kUsers = 40;
  static constexpr int kGroups = 10;

  explicit RandomForeign(const std::string& name) : Base(served_as(name), mapping_file(name, ".sql")) {
    // Rows that the application has made get their ids.
    see("User");
    see("Group");
    for (int i = 0; i < kUsers; ++i) add_user(i);
    for (int i = 0; i < kGroups; ++i) add_group(i);
    if (users_.size() < kUsers / 2 || groups_.size() < kGroups / 2) throw std::runtime_error("too few were accepted");
    for (std::size_t i = 0; i < users_.size(); i += 9) {
      write([&](Transaction& transaction) { EXPECT_TRUE(transaction.remove(type("User"), users_[i])); });
    }
  }

  void see(const char* type_name) {
    const Predicate always;
    const Projection everything = Projection::for_planning(type(type_name), Members::read);
    const auto transaction = store_->begin(Store::Mode::read).value();
    const auto seen = transaction->read({&type(type_name), &always, &everything, kBaseUrl, 0, 1000});
    if (!seen) throw std::runtime_error(seen.error().detail);
  }

  void add_user(int number) {
    static constexpr std::array<std::string_view, 3> kKinds = {"Employee", "contractor", "Intern"};
    // fold = "lower" does not know that U+FF21 is an A: only userName, of all attributes, would be the same.
    std::string word = random_.word();
    while (word.starts_with("\uff21")) word = random_.word();
    Json body = {{"userName", word + std::to_string(number)}};
    fill(body, type("User").attributes, random_);
    if (body.contains("userType")) body["userType"] = random_.pick(kKinds);
    const auto enterprise = body.find(std::string(urn::kEnterpriseUser));
    if (enterprise != body.end() && enterprise->contains("manager")) {
      if (users_.empty()) enterprise->erase("manager");
      else (*enterprise)["manager"]["value"] = random_.pick(users_);
      if (enterprise->empty()) body.erase(enterprise);
    }
    if (auto id = try_insert("User", std::move(body)); !id.empty()) users_.push_back(std::move(id));
    env_.advance(std::chrono::seconds(random_.below(2)));
  }

  void add_group(int number) {
    Json body = {{"displayName", random_.word() + "g" + std::to_string(number)}};
    if (random_.chance(0.5)) body["externalId"] = random_.word();
    Json members = Json::array();
    for (std::size_t i = random_.below(6); i > 0; --i) {
      Json member = {{"value", random_.pick(users_)}};
      if (std::find(members.begin(), members.end(), member) == members.end()) members.push_back(std::move(member));
    }
    if (!members.empty()) body["members"] = std::move(members);
    if (auto id = try_insert("Group", std::move(body)); !id.empty()) groups_.push_back(std::move(id));
  }

  /// "": the application's constraints refuse it.
  std::string try_insert(const char* type_name, Json body) {
    const auto transaction = store_->begin(Store::Mode::write).value();
    const auto inserted = transaction->insert({&type(type_name), std::move(body)});
    if (!inserted) {
      const Error& error = inserted.error();
      EXPECT_TRUE(error.kind == ErrorKind::uniqueness || error.kind == ErrorKind::invalid_value) << error.detail;
      return {};
    }
    EXPECT_TRUE(transaction->commit());
    return inserted->id;
  }

  std::vector<std::string> users_;
  std::vector<std::string> groups_;
};

}  // namespace scim::test
