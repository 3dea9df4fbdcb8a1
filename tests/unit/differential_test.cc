// SPDX-License-Identifier: MIT
// match() and SQL must agree: on the cases of filters-cases.json, and on random filters over random resources.
#include "tests/unit/filter_store.h"
#include "tests/unit/random_stores.h"

namespace scim::test {
namespace {

// --- The case file -------------------------------------------------------------------------------------------------

class EvalCases : public FilterStore {
 protected:
  EvalCases() {
    cases_ = read_cases("scim/filters-cases.json");
    for (const char* name : {"User", "Widget"}) {
      for (const Json& body : cases_["resources"][name]) insert_case(type(name), body);
    }
    const std::string group = insert(type("Group"), {{"displayName", "Tour Guides"}});
    run("UPDATE groups SET id = 'g1'");
    run("INSERT INTO group_users SELECT groups.key, users.key FROM groups, users WHERE users.id = 'u1'");
    index_one_half();
  }

  /// Through the store; what it decides itself (id, meta) is put right in the tables.
  void insert_case(const ResourceType& resource_type, Json body) {
    const Json meta = body["meta"];
    const std::string id = body["id"].get<std::string>();
    for (const char* derived : {"id", "meta", "schemas", "groups"}) body.erase(derived);
    if (const auto enterprise = body.find(std::string(urn::kEnterpriseUser)); enterprise != body.end()) {
      if (enterprise->contains("manager")) (*enterprise)["manager"].erase("displayName");
    }
    Json assigned = Json::object();
    for (const auto& [name, value] : body.items()) {
      if (!is_unassigned(value)) assigned[name] = value;
    }
    const bool says_active = assigned.contains("active");
    const std::string made = insert(resource_type, std::move(assigned));
    // The store makes a user active that does not say; the cases have users that are neither.
    if (!says_active && resource_type.name == "User") run("UPDATE users SET active = NULL WHERE id = ?", {made});

    const sql::Link& link = served_.mapping.of(resource_type).link;
    const auto& table = served_.mapping.of(resource_type).tables[static_cast<std::size_t>(link.id.table)];
    const auto instant = [&](const char* name) {
      return sql::Cell(parse_instant(meta[name].get<std::string>())->time_since_epoch().count());
    };
    // "u2-1" becomes version 2: versions are numbers here.
    run("UPDATE " + table.name + " SET id = ?, " + link.created.name + " = ?, " + link.last_modified.name +
            " = ?, " + link.version.name + " = ? WHERE id = ?",
        {id, instant("created"), instant("lastModified"), std::int64_t{id[1] - '0'}, made});
  }

  Json cases_;
};

// Requirements: F-2, F-7, F-8, F-9, F-10, F-11, F-14, F-15
TEST_F(EvalCases, SqlFindsWhatTheCaseFileSays) {
  int ran = 0;
  for (const Json& each : cases_["eval"]) {
    if (!each.contains("matches")) continue;
    SCOPED_TRACE(each["id"].get<std::string>() + ": " + each["filter"].get<std::string>());
    std::string text = each["filter"].get<std::string>();
    if (const auto at = text.find("u2-1"); at != std::string::npos) text.replace(at, 4, "2");
    std::vector<const ResourceType*> types = {&type("User"), &type("Widget")};
    if (each["on"] != "*") types = {&type(each["on"].get<std::string>().c_str())};
    const auto filter = parse_filter(text);
    ASSERT_TRUE(filter) << filter.error().detail;
    const auto predicates = bind_types(*filter, types);
    ASSERT_TRUE(predicates) << predicates.error().detail;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < types.size(); ++i) {
      const auto found = ids_by_sql((*predicates)[i], *types[i]);
      EXPECT_EQ(found, ids_by_match((*predicates)[i], read_all(*types[i])));
      ids.insert(ids.end(), found.begin(), found.end());
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, each["matches"].get<std::vector<std::string>>());
    ++ran;
  }
  EXPECT_GT(ran, 100);
}

// --- Random filters ------------------------------------------------------------------------------------------------

using Differential = RandomEmbedded<FilterStore>;

// A quarter of the filters must tell resources apart, or the rest says little.
TEST_F(Differential, Users) {
  const long rounds = rounds_ * 4 / 10;
  EXPECT_GT(compare("User", sql::Visible::living, rounds), rounds / 4);
}
TEST_F(Differential, UsersWithTheDeactivated) {
  const long rounds = rounds_ / 10;
  EXPECT_GT(compare("User", sql::Visible::all, rounds), rounds / 4);
}
TEST_F(Differential, Groups) {
  const long rounds = rounds_ * 3 / 10;
  EXPECT_GT(compare("Group", sql::Visible::living, rounds), rounds / 4);
}
TEST_F(Differential, Widgets) {
  const long rounds = rounds_ * 2 / 10;
  EXPECT_GT(compare("Widget", sql::Visible::living, rounds), rounds / 4);
}

}  // namespace
}  // namespace scim::test
