// SPDX-License-Identifier: MIT
// Rows as JSON: the order of members, what is left out, what the projection reads, and how many statements a page costs.
#include "sql/rows.h"

#include "tests/unit/filter_store.h"

namespace scim::test {
namespace {

class Rows : public FilterStore {
 protected:
  struct Page {
    std::string text;
    Found found;
  };
  Page page(const char* type_name, const Projection& projection, const Predicate& where = {}, std::int64_t offset = 0,
            std::int64_t limit = 100, sql::Visible visible = sql::Visible::living) {
    JsonWriter out;
    sql::Unseen unseen;
    out.begin_array();
    const Query query{&type(type_name), &where, &projection, kBaseUrl, offset, limit};
    const auto found = sql::write_rows(store_->db(), query, context(visible), out, unseen);
    out.end_array();
    if (!found) throw std::runtime_error(found.error().detail);
    return {out.take(), *found};
  }
  Page page(const char* type_name) { return page(type_name, Projection::defaults(type(type_name))); }
  Projection only(const char* type_name, const char* attributes) {
    return Projection::from_parameters(type(type_name), attributes, "");
  }
  std::int64_t statements() { return store_->db().counters().statements; }
  void set_id(const char* table, const std::string& from, const char* to) {
    run("UPDATE " + std::string(table) + " SET id = ? WHERE id = ?", {to, from});
  }
  std::string insert_user(const std::string& name) { return insert(type("User"), {{"userName", name}}); }
  std::string insert_group(const std::string& name, const std::vector<std::string>& ids) {
    Json members = Json::array();
    for (const std::string& id : ids) members.push_back({{"value", id}});
    Json body = {{"displayName", name}};
    if (!members.empty()) body["members"] = std::move(members);
    return insert(type("Group"), std::move(body));
  }
};

// Requirements: H-31
TEST_F(Rows, AUserInCanonicalOrder) {
  const std::string boss = insert(type("User"), {{"userName", "boss"}, {"displayName", "The Boss"}});
  const std::string id = insert(type("User"), Json::parse(R"({
    "active": false, "name": {"givenName": "Ada"}, "userName": "ada", "externalId": "e", "password": "secret",
    "emails": [{"type": "work", "value": "a@x", "primary": true}, {"primary": false, "value": "b@x"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": ")" + boss + R"("}, "department": "D"}
  })"));
  insert_group("Staff", {id});
  run("UPDATE groups SET id = 'g'");
  set_id("users", id, "ada");
  set_id("users", boss, "boss");
  run("UPDATE users SET manager = 'boss' WHERE id = 'ada'");
  const Page found = page("User", Projection::defaults(type("User")), id_is("ada"));
  EXPECT_EQ(found.text,
            R"([{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],)"
            R"("id":"ada","externalId":"e","userName":"ada","name":{"givenName":"Ada"},"active":false,)"
            R"("emails":[{"value":"a@x","type":"work","primary":true},{"value":"b@x","primary":false}],)"
            R"("groups":[{"value":"g","$ref":"https://example.com/v2/Groups/g","display":"Staff","type":"direct"}],)"
            R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D","manager":{"value":"boss","displayName":"The Boss"}},)"
            R"("meta":{"resourceType":"User","created":"2026-01-02T03:04:05.000Z","lastModified":"2026-01-02T03:04:05.000Z",)"
            R"("location":"https://example.com/v2/Users/ada","version":"W/\"1\""}}])");
  EXPECT_EQ(found.found.version, "W/\"1\"");
}

TEST_F(Rows, MembersOfBothTypesAndAnEmptyGroup) {
  const std::string ada = insert_user("ada");
  const std::string inner = insert_group("Inner", {});
  const std::string outer = insert_group("Outer", {inner, ada});
  set_id("users", ada, "a");
  set_id("groups", inner, "i");
  set_id("groups", outer, "o");
  const Projection projection = only("Group", "displayName,members");
  EXPECT_EQ(page("Group", projection).text,
            R"([{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"i","displayName":"Inner","members":[]},)"
            R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"o","displayName":"Outer","members":[)"
            R"({"value":"a","$ref":"https://example.com/v2/Users/a","type":"User","display":"ada"},)"
            R"({"value":"i","$ref":"https://example.com/v2/Groups/i","type":"Group","display":"Inner"}]}])");
  const std::string one = page("Group", projection, id_is("o")).text;
  EXPECT_EQ(one, '[' + page("Group", projection).text.substr(page("Group", projection).text.find(R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"o")")))
      << "streamed or kept, the same bytes";
}

// Requirements: H-31
TEST_F(Rows, NestedGroupsAreIndirectAndOncePerUser) {
  const std::string ada = insert_user("ada");
  const std::string inner = insert_group("Inner", {ada});
  const std::string middle = insert_group("Middle", {inner});
  insert_group("Outer", {middle, inner, ada});
  const Projection projection = only("User", "groups.display,groups.type");
  const Json groups = Json::parse(page("User", projection).text)[0]["groups"];
  EXPECT_EQ(groups, Json::parse(R"([{"display":"Inner","type":"direct"},{"display":"Middle","type":"indirect"},{"display":"Outer","type":"direct"}])"));
}

TEST_F(Rows, TheDeactivatedAreInNoGroup) {
  const std::string ada = insert_user("ada");
  insert_group("Staff", {ada});
  run("UPDATE users SET deactivated = 1");
  EXPECT_EQ(page("User").text, "[]");
  EXPECT_EQ(page("User").found.total, 0);
  EXPECT_EQ(Json::parse(page("Group").text)[0]["members"], Json::array());
  const Page visible = page("User", Projection::defaults(type("User")), {}, 0, 10, sql::Visible::all);
  EXPECT_EQ(visible.found.total, 1);
  EXPECT_FALSE(Json::parse(visible.text)[0].contains("groups"));
}

TEST_F(Rows, ADeactivatedManagerHasNoName) {
  const std::string boss = insert(type("User"), {{"userName", "boss"}, {"displayName", "B"}});
  insert(type("User"), {{"userName", "ada"}, {std::string(urn::kEnterpriseUser), {{"manager", {{"value", boss}}}}}});
  const Projection projection = only("User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager");
  const auto manager = [&](std::size_t index) {
    return Json::parse(page("User", projection).text)[index][std::string(urn::kEnterpriseUser)]["manager"];
  };
  EXPECT_EQ(manager(1)["displayName"], "B");
  run("UPDATE users SET deactivated = 1 WHERE id = ?", {boss});
  EXPECT_EQ(manager(0), Json({{"value", boss}}));
}

TEST_F(Rows, ReadsOnlyWhatIsWanted) {
  insert_group("Staff", {insert_user("ada")});
  std::int64_t before = statements();
  page("Group", only("Group", "displayName"));
  EXPECT_EQ(statements() - before, 1) << "members are not read";
  before = statements();
  EXPECT_EQ(Json::parse(page("User", only("User", "userName")).text)[0].size(), 3U) << "schemas, id, userName";
  EXPECT_EQ(statements() - before, 1);
}

TEST_F(Rows, SubAttributesAlone) {
  insert(type("User"), {{"userName", "ada"},
                        {"name", {{"givenName", "Ada"}, {"familyName", "L"}}},
                        {"emails", {{{"value", "a@x"}, {"type", "work"}}, {{"type", "home"}}}}});
  const Json ada = Json::parse(page("User", only("User", "name.givenName,emails.value,meta.version")).text)[0];
  EXPECT_EQ(ada["name"], Json::parse(R"({"givenName":"Ada"})"));
  EXPECT_EQ(ada["emails"], Json::parse(R"([{"value":"a@x"}])")) << "an element without it is not {}";
  EXPECT_EQ(ada["meta"], Json::parse(R"({"version":"W/\"1\""})"));
}

TEST_F(Rows, SchemasAreTrueWhateverIsWanted) {
  insert(type("User"), {{"userName", "ada"}, {std::string(urn::kEnterpriseUser), {{"department", "D"}}}});
  const Json ada = Json::parse(page("User", only("User", "userName")).text)[0];
  EXPECT_EQ(ada["schemas"], Json::parse("[\"" + std::string(urn::kUser) + "\",\"" + std::string(urn::kEnterpriseUser) + "\"]"));
}

TEST_F(Rows, StatementsDoNotGrowWithThePage) {
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) {
    ids.push_back(insert(type("User"), {{"userName", "u" + std::to_string(i)}, {"emails", {{{"value", "e" + std::to_string(i)}}}}}));
    insert_group("g" + std::to_string(i), ids);
  }
  const auto cost = [&](const char* type_name, std::int64_t limit) {
    const std::int64_t before = statements();
    const Page found = page(type_name, Projection::defaults(type(type_name)), {}, 0, limit);
    EXPECT_EQ(found.found.returned, limit);
    EXPECT_EQ(found.found.total, 30);
    return statements() - before;
  };
  EXPECT_EQ(cost("User", 2), cost("User", 29));
  EXPECT_EQ(cost("Group", 2), cost("Group", 29));
  EXPECT_EQ(cost("Group", 29), 4) << "page, user members, group members, count";
}

TEST_F(Rows, PagesAndTotals) {
  for (int i = 0; i < 5; ++i) insert_user("u" + std::to_string(i));
  const Projection projection = only("User", "userName");
  const auto names = [&](std::int64_t offset, std::int64_t limit) {
    const Page found = page("User", projection, {}, offset, limit);
    std::string out = std::to_string(found.found.total) + ':';
    for (const Json& user : Json::parse(found.text)) out += user["userName"].get<std::string>();
    return out;
  };
  EXPECT_EQ(names(0, 100), "5:u0u1u2u3u4");
  EXPECT_EQ(names(1, 2), "5:u1u2");
  EXPECT_EQ(names(3, 2), "5:u3u4");
  EXPECT_EQ(names(4, 2), "5:u4");
  EXPECT_EQ(names(9, 2), "5:");
  EXPECT_EQ(names(0, 0), "5:");
}

TEST_F(Rows, AnIdNeedsNoCount) {
  const std::string id = insert_user("ada");
  const std::int64_t before = statements();
  EXPECT_EQ(page("User", only("User", "userName"), id_is(id), 0, 1).found.total, 1);
  EXPECT_EQ(page("User", only("User", "userName"), id_is("nobody"), 0, 1).found.total, 0);
  EXPECT_EQ(statements() - before, 2);
}

// Requirements: T-14
TEST_F(Rows, WidgetsComeFromSeveralTables) {
  const Json body = Json::parse(R"({"label": "w", "count": 7, "weight": 1.5, "enabled": true, "builtAt": "2020-01-01T01:00:00+01:00",
    "tags": ["red", "Blue"], "numbers": [1, 20], "box": {"length": 3, "owner": "o"}, "parts": [{"value": "p", "size": 1}]})");
  insert(type("Widget"), body);
  insert(type("Widget"), {{"label", "bare"}});
  const std::vector<Resource> widgets = read_all(type("Widget"));
  ASSERT_EQ(widgets.size(), 2U);
  for (const auto& [name, value] : body.items()) EXPECT_EQ(widgets[0].body[name], value) << name;
  EXPECT_EQ(widgets[1].body.size(), 4U) << "schemas, id, label, meta";
}

}  // namespace
}  // namespace scim::test
