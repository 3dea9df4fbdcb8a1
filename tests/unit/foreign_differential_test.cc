// SPDX-License-Identifier: MIT
// match() and SQL must agree over the tables of other applications too: what SCIM writes into them, and what they hold.
#include <array>

#include "tests/unit/filter_store.h"

namespace scim::test {
namespace {

std::string mapping_file(const std::string& name, const char* ending) {
  return read_file(std::string(SCIMCTL_TEST_DATA) + "/mapping/" + name + ending);
}

sql::Served served_as(const std::string& name) {
  const Config config = parse_config(mapping_file(name, ".toml"), name + ".toml").value();
  auto served = sql::load_served(config);
  if (!served) throw std::runtime_error(served.error().detail);
  return std::move(*served);
}

class ForeignDifferential : public FilterStore, public ::testing::WithParamInterface<const char*> {
 protected:
  static constexpr int kUsers = 40;
  static constexpr int kGroups = 10;

  ForeignDifferential() : FilterStore(served_as(GetParam()), mapping_file(GetParam(), ".sql")) {
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
    const auto id = transaction->insert({&type(type_name), std::move(body)});
    if (!id) {
      EXPECT_TRUE(id.error().kind == ErrorKind::uniqueness || id.error().kind == ErrorKind::invalid_value) << id.error().detail;
      return {};
    }
    EXPECT_TRUE(transaction->commit());
    return *id;
  }

  std::vector<std::string> users_;
  std::vector<std::string> groups_;
};

TEST_P(ForeignDifferential, Users) {
  const long rounds = rounds_ * 4 / 10;
  EXPECT_GT(compare("User", sql::Visible::living, rounds), rounds / 5);
}
TEST_P(ForeignDifferential, UsersWithTheDeactivated) {
  const long rounds = rounds_ / 10;
  EXPECT_GT(compare("User", sql::Visible::all, rounds), rounds / 5);
}
TEST_P(ForeignDifferential, Groups) {
  const long rounds = rounds_ * 3 / 10;
  EXPECT_GT(compare("Group", sql::Visible::living, rounds), rounds / 5);
}

INSTANTIATE_TEST_SUITE_P(Mapping, ForeignDifferential, ::testing::Values("flat", "children", "joined"),
                         [](const auto& schema) { return std::string(schema.param); });

}  // namespace
}  // namespace scim::test
