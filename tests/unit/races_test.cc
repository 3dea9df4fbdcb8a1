// SPDX-License-Identifier: MIT
// A hundred clients at once, each a thread with a store of its own as scim-fcgi has them, which write by one queue.
#include <latch>
#include <set>

#include "core/bulk_parse.h"
#include "tests/unit/application.h"

namespace scim::test {
namespace {

constexpr int kClients = 100;

class Races : public ::testing::TestWithParam<const char*> {
 protected:
  Races() {
    app_.config().busy_timeout_ms = 600'000;  // with sanitizers a hundred of them take their time
    writers_ = sql::open_write_queue(app_.config(), app_.mapping(), app_.env()).value();
  }

  using Client = std::function<Answer(sql::SqlStore& store, int number)>;

  /// What each of them is answered; all begin at the same moment.
  std::vector<Answer> race(const Client& client) {
    std::vector<Answer> answers(kClients);
    std::latch start(kClients);
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kClients; ++i) {
        threads.emplace_back([&, i] {
          const auto store = sql::open_store(app_.config(), app_.mapping(), app_.env(), writers_.get()).value();
          start.arrive_and_wait();
          answers[static_cast<std::size_t>(i)] = client(*store, i);
        });
      }
    }
    return answers;
  }
  Answer ask(sql::SqlStore& store, const std::string& method, const std::string& path, const Json& body = nullptr, const std::string& if_match = "") {
    return app_.ask(store, method, path, body, if_match);
  }

  /// "201: 1, 409 uniqueness: 99"
  static std::string summary(const std::vector<Answer>& answers) {
    std::map<std::string, int> counts;
    for (const Answer& answer : answers) {
      const std::string type = answer.body.is_object() ? answer.scim_type() : "";
      ++counts[std::to_string(answer.status) + (type.empty() ? "" : " " + type)];
    }
    std::string text;
    for (const auto& [kind, count] : counts) text.append(text.empty() ? "" : ", ").append(kind).append(": ").append(std::to_string(count));
    return text;
  }

  std::string make_user(const std::string& name) {
    const Answer made = app_.create_user({{"userName", name}});
    EXPECT_EQ(made.status, 201) << made.detail();
    return made.id();
  }
  std::vector<std::string> make_users() {
    Json operations = Json::array();
    for (int i = 0; i < kClients; ++i) {
      const std::string name = "u" + std::to_string(i);
      operations.push_back({{"method", "POST"}, {"path", "/Users"}, {"bulkId", name}, {"data", user(name)}});
    }
    const Answer made = app_.ask("POST", "/Bulk", {{"schemas", {urn::kBulkRequest}}, {"Operations", operations}});
    std::vector<std::string> ids;
    for (const Json& operation : made.body.at("Operations")) {
      EXPECT_EQ(operation["status"], "201") << operation;
      const std::string location = operation.value("location", "");
      ids.push_back(location.substr(location.rfind('/') + 1));
    }
    return ids;
  }
  std::string make_group(const Json& members = Json::array()) {
    const Answer made = app_.create_group({{"displayName", "Crew"}, {"members", members}});
    EXPECT_EQ(made.status, 201) << made.detail();
    return "/Groups/" + made.id();
  }
  std::set<std::string> members(const std::string& group) {
    std::set<std::string> ids;
    const Json body = app_.ask("GET", group).body;
    for (const Json& member : body.value("members", Json::array())) ids.insert(member["value"]);
    EXPECT_EQ(ids.size(), body.value("members", Json::array()).size()) << "somebody is a member twice";
    return ids;
  }

  static Json user(const std::string& name) { return {{"schemas", {urn::kUser}}, {"userName", name}}; }
  static Json patch(const Json& operation) { return {{"schemas", {urn::kPatchOp}}, {"Operations", {operation}}}; }
  static Json add(const std::string& id) { return patch({{"op", "add"}, {"path", "members"}, {"value", {{{"value", id}}}}}); }
  static Json remove(const std::string& id) { return patch({{"op", "remove"}, {"path", "members[value eq \"" + id + "\"]"}}); }
  static Json rename(const std::string& name) { return patch({{"op", "replace"}, {"path", "displayName"}, {"value", name}}); }

  Application app_{GetParam()};
  std::unique_ptr<sql::WriteQueue> writers_;
};

// Requirements: H-21
TEST_P(Races, AllWhoJoinAGroupAreInIt) {
  const std::vector<std::string> ids = make_users();
  const std::string group = make_group();
  const auto answers = race([&](sql::SqlStore& store, int i) { return ask(store, "PATCH", group, add(ids[static_cast<std::size_t>(i)])); });
  EXPECT_EQ(summary(answers), "200: 100");
  EXPECT_EQ(members(group), std::set<std::string>(ids.begin(), ids.end()));
}

// Requirements: H-21
TEST_P(Races, OneOfThoseWhoWantANameHasIt) {
  const auto answers = race([&](sql::SqlStore& store, int) { return ask(store, "POST", "/Users", user("zelda")); });
  EXPECT_EQ(summary(answers), "201: 1, 409 uniqueness: 99");
  EXPECT_EQ(app_.find("/Users", "userName eq \"zelda\"").body["totalResults"], 1);
}

// Requirements: X-4
TEST_P(Races, OneOfThoseWhoWantTheNameOfADeletedUserHasIt) {
  const std::vector<std::string> ids = make_users();
  ASSERT_EQ(app_.ask("DELETE", "/Users/" + make_user("zelda")).status, 204);
  const auto answers = race([&](sql::SqlStore& store, int i) {
    if (i % 2 == 0) return ask(store, "POST", "/Users", user("zelda"));
    return ask(store, "PUT", "/Users/" + ids[static_cast<std::size_t>(i)], user("zelda"));
  });
  int done = 0;
  for (const Answer& answer : answers) {
    EXPECT_TRUE(answer.status == 200 || answer.status == 201 || answer.status == 409) << answer.body;
    done += answer.status == 409 ? 0 : 1;
  }
  EXPECT_EQ(done, 1) << summary(answers);
  EXPECT_EQ(app_.find("/Users", "userName eq \"zelda\"").body["totalResults"], 1);
}

TEST_P(Races, OneOfThoseWhoChangeTheSameVersionDoes) {
  const std::string path = "/Users/" + make_user("zelda");
  const std::string version = app_.ask("GET", path).version;
  const auto answers = race([&](sql::SqlStore& store, int i) {
    const std::string name = "Zelda " + std::to_string(i);
    if (i % 2 == 0) return ask(store, "PATCH", path, rename(name), version);
    Json body = user("zelda");
    body["displayName"] = name;
    return ask(store, "PUT", path, body, version);
  });
  EXPECT_EQ(summary(answers), "200: 1, 412: 99");
  for (const Answer& answer : answers) {
    if (answer.status != 200) continue;
    EXPECT_EQ(app_.ask("GET", path).body, answer.body);
  }
}

TEST_P(Races, OneOfThoseWhoDeleteTheSameVersionDoes) {
  const std::string path = "/Users/" + make_user("zelda");
  const std::string version = app_.ask("GET", path).version;
  const auto answers = race([&](sql::SqlStore& store, int) { return ask(store, "DELETE", path, nullptr, version); });
  EXPECT_EQ(summary(answers), "204: 1, 404: 99");
}

TEST_P(Races, WhoJoinsIsInAndWhoLeavesIsOut) {
  const std::vector<std::string> ids = make_users();
  Json half = Json::array();
  for (std::size_t i = 0; i < ids.size(); i += 2) half.push_back({{"value", ids[i]}});
  const std::string group = make_group(half);
  const auto answers = race([&](sql::SqlStore& store, int i) {
    const std::string& id = ids[static_cast<std::size_t>(i)];
    return ask(store, "PATCH", group, i % 2 == 0 ? remove(id) : add(id));
  });
  EXPECT_EQ(summary(answers), "200: 100");
  std::set<std::string> others;
  for (std::size_t i = 1; i < ids.size(); i += 2) others.insert(ids[i]);
  EXPECT_EQ(members(group), others);
}

TEST_P(Races, BulksAreDoneWhole) {
  const std::string group = make_group();
  const auto answers = race([&](sql::SqlStore& store, int i) {
    const std::string own = "own" + std::to_string(i);
    const Json both = {{{"value", "bulkId:a"}}, {{"value", "bulkId:b"}}};
    const Json join = patch({{"op", "add"}, {"path", "members"}, {"value", both}});
    // Ten want each of the shared names.
    const Json operations = {{{"method", "POST"}, {"path", "/Users"}, {"bulkId", "a"}, {"data", user(own)}},
                             {{"method", "PATCH"}, {"path", group}, {"data", join}},
                             {{"method", "POST"}, {"path", "/Users"}, {"bulkId", "b"}, {"data", user("shared" + std::to_string(i % 10))}}};
    return ask(store, "POST", "/Bulk", {{"schemas", {urn::kBulkRequest}}, {"atomic", true}, {"Operations", operations}});
  });
  int done = 0;
  for (const Answer& answer : answers) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    std::set<std::string> statuses;
    for (const Json& operation : answer.body["Operations"]) statuses.insert(operation["status"]);
    EXPECT_FALSE(statuses.contains("500") || statuses.contains("503")) << answer.body;
    const bool is_done = *statuses.rbegin() < "300";
    EXPECT_TRUE(is_done || statuses.contains("409")) << answer.body;
    done += is_done ? 1 : 0;
  }
  EXPECT_EQ(done, 10);
  EXPECT_EQ(members(group).size(), 20U);
  EXPECT_EQ(app_.find("/Users", "userName sw \"own\"").body["totalResults"], 10) << "of the others nothing is left";
}

TEST_P(Races, WhoIsDeletedIsChangedBeforeOrNotAtAll) {
  const std::vector<std::string> ids = make_users();
  const std::string group = make_group({{{"value", ids[0]}}});
  const auto answers = race([&](sql::SqlStore& store, int i) {
    // Each of 20 users meets five who want something else of it.
    const std::string& id = ids[static_cast<std::size_t>(i / 5)];
    const std::string path = "/Users/" + id;
    switch (i % 5) {
      case 0: return ask(store, "DELETE", path);
      case 1: return ask(store, "PATCH", path, rename("Zelda"));
      case 2: return ask(store, "PATCH", group, add(id));
      case 3: return ask(store, "GET", path);
      default: return ask(store, "DELETE", path);
    }
  });
  for (std::size_t i = 0; i < answers.size(); i += 5) {
    EXPECT_EQ(summary({answers[i], answers[i + 4]}), "204: 1, 404: 1");
    // A member that is nobody is left out, unless the configuration says otherwise.
    EXPECT_EQ(answers[i + 2].status, 200) << answers[i + 2].body;
    for (const Answer& answer : {answers[i + 1], answers[i + 3]}) EXPECT_TRUE(answer.status == 200 || answer.status == 404) << answer.body;
  }
  EXPECT_EQ(members(group), std::set<std::string>()) << "all who had joined have been deleted";
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(app_.ask("GET", "/Users/" + ids[i]).status, 404);
}

TEST_P(Races, ADeletedGroupHasNoMembers) {
  const std::vector<std::string> ids = make_users();
  const std::string group = make_group();
  const auto answers = race([&](sql::SqlStore& store, int i) {
    return i == kClients / 2 ? ask(store, "DELETE", group) : ask(store, "PATCH", group, add(ids[static_cast<std::size_t>(i)]));
  });
  for (const Answer& answer : answers) EXPECT_TRUE(answer.status == 200 || answer.status == 204 || answer.status == 404) << answer.body;
  EXPECT_EQ(app_.ask("GET", group).status, 404);
  const std::string id = group.substr(group.rfind('/') + 1);
  EXPECT_EQ(app_.find("/Users", "groups.value eq \"" + id + '"').body["totalResults"], 0);
}

INSTANTIATE_TEST_SUITE_P(Mapping, Races, ::testing::Values("embedded", "flat"));

}  // namespace
}  // namespace scim::test
