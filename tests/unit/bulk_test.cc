// SPDX-License-Identifier: MIT
// POST /Bulk over the embedded store: what is done, what is told, what is left undone.
#include "core/bulk.h"

#include <stdexcept>

#include "core/bulk_parse.h"
#include "core/handler.h"
#include "sql/password.h"
#include "tests/unit/embedded_store.h"
#include "tests/unit/queued_writers.h"
#include "tests/unit/token_map.h"

namespace scim::test {
namespace {

const std::string kBase = "https://example.com/scim/v2";

class Bulk : public EmbeddedStore {
 protected:
  Bulk() {
    const NewToken writer = make_token("writer", Rights::read_and_write, {}, env_);
    const NewToken reader = make_token("reader", Rights::read, {}, env_);
    EXPECT_TRUE(tokens_.insert_token(writer.kept));
    EXPECT_TRUE(tokens_.insert_token(reader.kept));
    writer_ = "Bearer " + writer.text;
    reader_ = "Bearer " + reader.text;
  }

  Response send(const std::string& method, const std::string& path, std::string body, const std::string& credentials) {
    Request request;
    request.method = method;
    request.path = path;
    request.base_url = kBase;
    request.authorization = credentials;
    request.body = std::move(body);
    App app{config_, registry_, store_instead_ == nullptr ? store() : *store_instead_, tokens_, env_};
    app.adapter = adapter_;
    return handle(request, app);
  }
  Response post(const Json& operations, const Json& more = Json::object()) {
    Json body = {{"schemas", {urn::kBulkRequest}}, {"Operations", operations}};
    body.update(more);
    return send("POST", "/Bulk", to_text(body), writer_);
  }
  /// The entries of a job that is answered.
  Json run(const Json& operations, const Json& more = Json::object()) {
    const Response response = post(operations, more);
    EXPECT_EQ(response.status, 200) << response.body;
    const Json body = *parse_json(response.body);
    EXPECT_EQ(body["schemas"], Json::array({urn::kBulkResponse}));
    for (const Json& entry : body["Operations"]) {
      EXPECT_TRUE(entry["status"].is_string()) << entry.dump();
      EXPECT_EQ(entry.contains("response"), entry["status"] >= "300") << entry.dump();
    }
    return body["Operations"];
  }
  static std::string statuses(const Json& entries) {
    std::string text;
    for (const Json& entry : entries) text += (text.empty() ? "" : " ") + entry["status"].get<std::string>();
    return text;
  }
  static std::string detail(const Json& entry) { return entry["response"]["detail"].get<std::string>(); }
  static std::string id_of(const Json& entry) {
    const std::string location = entry["location"].get<std::string>();
    return location.substr(location.rfind('/') + 1);
  }
  Json get(const Json& entry) {
    const std::string location = entry["location"].get<std::string>();
    return *parse_json(send("GET", location.substr(kBase.size()), "", writer_).body);
  }
  std::int64_t total(const std::string& endpoint) {
    return (*parse_json(send("GET", endpoint, "", writer_).body))["totalResults"].get<std::int64_t>();
  }

  static Json operation(const std::string& method, const std::string& path, Json data) {
    Json made = {{"method", method}, {"path", path}};
    if (!data.is_null()) made["data"] = std::move(data);
    return made;
  }
  static Json create(const std::string& endpoint, const std::string& bulk_id, Json data) {
    Json made = operation("POST", endpoint, std::move(data));
    made["bulkId"] = bulk_id;
    return made;
  }
  static Json add(const std::string& path, const std::string& attribute, Json value) {
    return operation("PATCH", path, Json::array({{{"op", "add"}, {"path", attribute}, {"value", std::move(value)}}}));
  }
  static Json add_member(const std::string& path, const std::string& member) {
    return add(path, "members", Json::array({{{"value", member}}}));
  }
  static Json user(const std::string& bulk_id, const std::string& name, const Json& more = Json::object()) {
    Json data = {{"schemas", {urn::kUser}}, {"userName", name}};
    data.update(more);
    return create("/Users", bulk_id, data);
  }
  static Json group(const std::string& bulk_id, const std::string& name, const std::vector<std::string>& members = {}) {
    Json data = {{"schemas", {urn::kGroup}}, {"displayName", name}};
    for (const std::string& member : members) data["members"].push_back({{"value", member}});
    return create("/Groups", bulk_id, data);
  }
  static Json managed_by(const std::string& manager) {
    return {{"schemas", {urn::kUser, urn::kEnterpriseUser}},
            {std::string(urn::kEnterpriseUser), {{"manager", {{"value", manager}}}}}};
  }
  static std::vector<std::string> members_of(const Json& shown) {
    std::vector<std::string> ids;
    if (shown.contains("members")) {
      for (const Json& member : shown["members"]) ids.push_back(member["value"].get<std::string>());
    }
    return ids;
  }

  /// As many operations as share a commit.
  static constexpr int kShared = 32;
  static Json users(int count) {
    Json job = Json::array();
    for (int i = 0; i < count; ++i) job.push_back(user(std::to_string(i), "user" + std::to_string(i)));
    return job;
  }
  static std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  }

  TokenMap tokens_;
  std::string writer_;
  std::string reader_;
  const Adapter* adapter_ = nullptr;
  sql::SqlStore* store_instead_ = nullptr;
};

using Ids = std::vector<std::string>;

// Requirements: B-2, B-6, B-8, B-9, B-10, B-18
TEST_F(Bulk, EveryOperationIsARequestOfItsOwn) {
  const std::string ada = insert_user("ada");
  const std::string bob = insert_user("bob");
  const std::string path = "/Users/" + ada;
  const Json entries = run({user("one", "cy"), user("two", "ADA"), add(path, "title", "Countess"),
                            operation("PUT", path, {{"schemas", {urn::kUser}}, {"userName", "ada"}, {"nickName", "A"}}),
                            operation("DELETE", "/Users/" + bob, nullptr), operation("DELETE", "/Users/nobody", nullptr),
                            operation("GET", path, nullptr), 7});
  EXPECT_EQ(statuses(entries), "201 409 200 200 204 404 400 400");
  EXPECT_EQ(entries[0]["method"], "POST");
  EXPECT_EQ(entries[0]["bulkId"], "one");
  EXPECT_EQ(entries[0]["location"].get<std::string>().find(kBase + "/Users/"), 0U);
  EXPECT_EQ(entries[0]["version"], get(entries[0])["meta"]["version"]);
  EXPECT_FALSE(entries[1].contains("location")) << "of all but a POST that failed";
  EXPECT_EQ(entries[1]["bulkId"], "two");
  EXPECT_EQ(entries[1]["response"]["scimType"], "uniqueness");
  EXPECT_EQ(entries[1]["response"]["schemas"], Json::array({urn::kError}));
  EXPECT_NE(entries[2]["version"], entries[3]["version"]);
  EXPECT_EQ(entries[3]["location"], kBase + path);
  EXPECT_EQ(entries[4]["location"], kBase + "/Users/" + bob);
  EXPECT_EQ(entries[5]["location"], kBase + "/Users/nobody");
  EXPECT_EQ(entries[6]["response"]["scimType"], "invalidSyntax");
  EXPECT_FALSE(entries[7].contains("method"));
  EXPECT_EQ(get(entries[3])["nickName"], "A");
}

// Requirements: B-5
TEST_F(Bulk, VersionsAreIfMatch) {
  const std::string ada = insert_user("ada");
  Json patch = add("/Users/" + ada, "title", "T");
  patch["version"] = "W/\"1\"";
  Json again = patch;
  again["data"][0]["value"] = "U";
  Json remove = operation("DELETE", "/Users/" + ada, nullptr);
  remove["version"] = "W/\"77\"";
  EXPECT_EQ(statuses(run({patch, again, remove})), "200 412 412");
}

// Requirements: B-7
TEST_F(Bulk, FailOnErrorsStopsAfterTheLastOneAllowed) {
  const Json bad = operation("DELETE", "/Users/nobody", nullptr);
  const Json job = {user("a", "a"), bad, user("b", "b"), bad, user("c", "c")};
  EXPECT_EQ(statuses(run(job, {{"failOnErrors", 1}})), "201 404");
  EXPECT_EQ(total("/Users"), 1);
  EXPECT_EQ(statuses(run(job, {{"failOnErrors", 3}})), "409 404 201 404");
  EXPECT_EQ(statuses(run(job)), "409 404 409 404 201");
  EXPECT_EQ(total("/Users"), 3);
}

// Requirements: B-11, B-12, B-13
TEST_F(Bulk, ReferencesForwardAndBackward) {
  const Json entries = run({group("g", "G", {"bulkId:ada", "bulkId:sub"}), user("ada", "ada", managed_by("bulkId:boss")),
                            user("boss", "boss"), group("sub", "S", {"bulkId:boss"}),
                            add_member("/Groups/bulkId:sub", "bulkId:ada"),
                            operation("DELETE", "/Users/bulkId:boss", nullptr)});
  EXPECT_EQ(statuses(entries), "201 201 201 201 200 204");
  EXPECT_EQ(entries[0]["bulkId"], "g") << "in the order of the request";
  Ids expected{id_of(entries[1]), id_of(entries[3])};
  Ids shown = members_of(get(entries[0]));
  std::sort(expected.begin(), expected.end());
  std::sort(shown.begin(), shown.end());
  EXPECT_EQ(shown, expected);
  EXPECT_EQ(members_of(get(entries[3])), Ids{id_of(entries[1])});
  EXPECT_EQ(entries[4]["location"], entries[3]["location"]);
}

// Requirements: B-13
TEST_F(Bulk, WhatComesEarlyWaitsForTheNameThatItNeeds) {
  config_.user_delete = DeleteMode::remove;
  const std::string ada = insert_user("ada");
  const Json entries = run({group("g", "G", {"bulkId:new"}), group("h", "H", {"bulkId:g"}),
                            operation("DELETE", "/Users/" + ada, nullptr), user("new", "ada"), user("again", "ada"), add("/Users/bulkId:new", "title", "T")});
  EXPECT_EQ(statuses(entries), "201 201 204 201 409 200");
  EXPECT_EQ(members_of(get(entries[0])), Ids{id_of(entries[3])});
  EXPECT_NE(id_of(entries[3]), ada);
  const Json nobody = operation("DELETE", "/Users/x", nullptr);
  EXPECT_EQ(statuses(run({group("g", "G", {"bulkId:new"}), user("new", "ada"), nobody})), "409 409 404") << "nothing frees it";
  EXPECT_EQ(statuses(run({group("g", "G", {"bulkId:new"}), nobody, user("new", "ada")})), "409 404 409");
}

// Requirements: B-12
TEST_F(Bulk, GroupsThatContainEachOther) {
  // RFC 7644 3.7.1
  const Json entries = run({group("qwerty", "Group A", {"bulkId:ytrewq"}), group("ytrewq", "Group B", {"bulkId:qwerty"})});
  ASSERT_EQ(statuses(entries), "201 201");
  EXPECT_EQ(members_of(get(entries[0])), Ids{id_of(entries[1])});
  EXPECT_EQ(members_of(get(entries[1])), Ids{id_of(entries[0])});
  for (const Json& entry : entries) EXPECT_EQ(entry["version"], get(entry)["meta"]["version"]) << "of the final state";
}

// Requirements: B-12
TEST_F(Bulk, UsersThatManageEachOther) {
  const Json entries = run({user("a", "a", managed_by("bulkId:b")), user("b", "b", managed_by("bulkId:c")),
                            user("c", "c", managed_by("bulkId:a")), user("self", "self", managed_by("bulkId:self")),
                            group("all", "All", {"bulkId:a", "bulkId:self"})});
  ASSERT_EQ(statuses(entries), "201 201 201 201 201");
  const auto manager = [&](const Json& entry) { return get(entry)[std::string(urn::kEnterpriseUser)]["manager"]["value"]; };
  EXPECT_EQ(manager(entries[0]), id_of(entries[1]));
  EXPECT_EQ(manager(entries[1]), id_of(entries[2]));
  EXPECT_EQ(manager(entries[2]), id_of(entries[0]));
  EXPECT_EQ(manager(entries[3]), id_of(entries[3]));
  for (const Json& entry : entries) EXPECT_EQ(entry["version"], get(entry)["meta"]["version"]);
}

// Requirements: B-12, B-16
TEST_F(Bulk, CirclesThatCannotBe) {
  const Json entries = run({group("self", "Self", {"bulkId:self"}), group("a", "A", {"bulkId:b"}),
                            group("b", "B", {"bulkId:a", "bulkId:bad"}), create("/Users", "bad", {{"schemas", {urn::kUser}}}),
                            user("fine", "fine")});
  EXPECT_EQ(statuses(entries), "409 409 409 400 201");
  EXPECT_NE(detail(entries[0]).find("circular reference cannot be resolved"), std::string::npos) << detail(entries[0]);
  EXPECT_NE(detail(entries[2]).find("\"bad\" failed"), std::string::npos) << detail(entries[2]);
  EXPECT_EQ(total("/Groups"), 0) << "nothing half-made stays";

  config_.group_cycles = GroupCycles::reject;
  reopen();
  EXPECT_EQ(statuses(run({group("a", "A", {"bulkId:b"}), group("b", "B", {"bulkId:a"})})), "409 409");
  EXPECT_EQ(total("/Groups"), 0);
}

// Requirements: B-7, B-12
TEST_F(Bulk, FailOnErrorsWithACircle) {
  const Json job = {user("x", "x"), user("a", "a", managed_by("bulkId:b")), user("b", "X", managed_by("bulkId:a")),
                    user("y", "y")};
  const Json entries = run(job, {{"failOnErrors", 1}});
  EXPECT_EQ(statuses(entries), "201 409") << "the culprit alone";
  EXPECT_EQ(entries[1]["bulkId"], "b");
  EXPECT_EQ(entries[1]["response"]["scimType"], "uniqueness");
  EXPECT_EQ(total("/Users"), 1);
  EXPECT_EQ(statuses(run(job)), "409 409 409 201");
}

// Requirements: B-15, B-16
TEST_F(Bulk, ReferencesThatLeadNowhere) {
  const std::string staff = insert_group("Staff");
  const Json entries = run({group("g", "G", {"bulkId:nobody"}), add_member("/Groups/bulkId:nobody", "x"),
                            add_member("/Groups/" + staff, "bulkId:g"), add_member("/Groups/bulkId:g", "x"),
                            create("/Nope", "lost", {{"schemas", Json::array()}}),
                            add_member("/Groups/" + staff, "bulkId:lost")});
  EXPECT_EQ(statuses(entries), "400 400 409 409 404 409");
  EXPECT_EQ(entries[0]["response"]["scimType"], "invalidValue");
  EXPECT_FALSE(entries[1].contains("location")) << "of nothing";
  EXPECT_EQ(entries[2]["location"], kBase + "/Groups/" + staff);
  EXPECT_EQ(detail(entries[2]), "the operation with the bulkId \"g\" failed");
  EXPECT_EQ(members_of(get(entries[2])), Ids{});
  EXPECT_EQ(statuses(run(Json::array({user("a", "bulkId:zz", {{"title", "bulkId:a"}})}))), "201") << "text stays text";
}

// Requirements: B-14, B-19
TEST_F(Bulk, LimitsComeBeforeAnythingElse) {
  config_.bulk.max_payload_bytes = 60;
  Response response = send("POST", "/Bulk", std::string(61, '{'), writer_);
  EXPECT_EQ(response.status, 413);
  EXPECT_NE(response.body.find("maxPayloadSize, 60 bytes"), std::string::npos) << response.body;
  EXPECT_EQ(send("POST", "/Bulk", std::string(60, '{'), writer_).status, 400);
  config_.bulk = {};
  config_.bulk.max_operations = 2;
  response = post({user("a", "a"), user("b", "b"), user("c", "c")});
  EXPECT_EQ(response.status, 413);
  EXPECT_NE(response.body.find("maxOperations 2"), std::string::npos) << response.body;
  EXPECT_EQ(total("/Users"), 0);
}

// Requirements: B-1, B-14
TEST_F(Bulk, DiscoveryTellsTheTruth) {
  const auto told = [&] { return (*parse_json(send("GET", "/ServiceProviderConfig", "", writer_).body))["bulk"].dump(); };
  EXPECT_EQ(told(), R"({"supported":true,"maxOperations":1000,"maxPayloadSize":1048576})");
  config_.max_body_bytes = 5000;
  EXPECT_EQ(told(), R"({"supported":true,"maxOperations":1000,"maxPayloadSize":5000})");
  config_.bulk.enabled = false;
  EXPECT_EQ(told(), R"({"supported":false,"maxOperations":0,"maxPayloadSize":0})");
  EXPECT_EQ(post(Json::array({user("a", "a")})).status, 501);
}

// Requirements: B-17
TEST_F(Bulk, EveryOperationIsAuthorized) {
  const Json operations = {user("a", "a"), operation("DELETE", "/Users/x", nullptr)};
  const Json body = {{"schemas", {urn::kBulkRequest}}, {"Operations", operations}};
  Response response = send("POST", "/Bulk", to_text(body), reader_);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(statuses((*parse_json(response.body))["Operations"]), "403 403");
  EXPECT_EQ(send("POST", "/Bulk", to_text(body), "Bearer wrong").status, 401);
}

// Requirements: B-18
TEST_F(Bulk, AtomicIsAllOrNothing) {
  const Json all{{"atomic", true}};
  Json entries = run({user("a", "a"), group("g", "G", {"bulkId:a"}), user("b", "A"), user("c", "c")}, all);
  EXPECT_EQ(statuses(entries), "409 409 409");
  EXPECT_NE(detail(entries[0]).find("undone"), std::string::npos);
  EXPECT_EQ(entries[2]["response"]["scimType"], "uniqueness");
  EXPECT_EQ(total("/Users") + total("/Groups"), 0);
  for (const Json& entry : entries) EXPECT_FALSE(entry.contains("location")) << entry.dump();

  entries = run({user("a", "a"), operation("GET", "/Users/x", nullptr), group("g", "G", {"bulkId:nobody"})}, all);
  EXPECT_EQ(statuses(entries), "400 400") << "what is wrong from the start keeps the others from starting";
  EXPECT_EQ(entries[0]["method"], "GET");

  entries = run({group("x", "X", {"bulkId:y", "bulkId:a"}), group("y", "Y", {"bulkId:x"}), user("a", "a"),
                 add("/Users/bulkId:a", "title", "T")}, all);
  EXPECT_EQ(statuses(entries), "201 201 201 200");
  EXPECT_EQ(get(entries[3])["title"], "T");
  EXPECT_EQ(members_of(get(entries[1])), Ids{id_of(entries[0])});

  entries = run({user("z", "z"), group("s", "S", {"bulkId:s"}), user("w", "w")}, all);
  EXPECT_EQ(statuses(entries), "409 409");
  EXPECT_EQ(total("/Users"), 1);

  config_.bulk.atomic = true;
  EXPECT_EQ(statuses(run({user("d", "d"), user("e", "a")})), "409 409") << "where the configuration says so";
  EXPECT_EQ(statuses(run({user("d", "d"), user("e", "a")}, {{"atomic", false}})), "201 409") << "unless the request says not";
}

TEST_F(Bulk, PasswordsOfAnAtomicJob) {
  const Json secret{{"password", "same Secret 1"}};
  const Json entries = run({user("a", "a", secret), user("b", "b", secret),
                            add("/Users/bulkId:a", "password", "other Secret 2")},
                           {{"atomic", true}});
  ASSERT_EQ(statuses(entries), "201 201 200");
  const std::string a = rows("SELECT password FROM users WHERE user_name = 'a'");
  const std::string b = rows("SELECT password FROM users WHERE user_name = 'b'");
  EXPECT_TRUE(sql::verify_password("other Secret 2", a));
  EXPECT_TRUE(sql::verify_password("same Secret 1", b));
  const Json twins = run({user("c", "c", secret), user("d", "d", secret)}, {{"atomic", true}});
  ASSERT_EQ(statuses(twins), "201 201");
  EXPECT_EQ(rows("SELECT count(DISTINCT password) FROM users"), "4") << "no two share a salt";
}

// Requirements: B-6
TEST_F(Bulk, ABusyDatabaseIsNotWaitedForTwice) {
  config_.busy_timeout_ms = 20;
  const auto other = open();
  auto writing = other->begin(Store::Mode::write);
  ASSERT_TRUE(writing);
  for (const char* atomic : {"false", "true"}) {
    const Response response = post({user("a", "a"), user("b", "b")}, {{"atomic", std::string(atomic) == "true"}});
    EXPECT_EQ(response.status, 503) << atomic << ": nothing is done, all of it can come again";
    EXPECT_EQ(response.header("Retry-After"), "1");
  }
  writing->reset();
  EXPECT_EQ(statuses(run({user("a", "a"), user("b", "b")})), "201 201");
}

/// Titles are shouted inside and whispered outside.
class Shouting : public Adapter {
 public:
  Result<Json> from_scim(const ResourceType&, Json resource) const override { return with_title(std::move(resource), "LOUD"); }
  Result<Json> to_scim(const ResourceType&, Json resource) const override { return with_title(std::move(resource), "low"); }

 private:
  static Json with_title(Json resource, const char* title) {
    if (resource.contains("title")) resource["title"] = title;
    return resource;
  }
};

TEST_F(Bulk, PlugInsSeeEveryOperation) {
  const Shouting shouting;
  adapter_ = &shouting;
  const Json title{{"title", "x"}};
  EXPECT_EQ(statuses(run({user("a", "a", title), user("b", "b", title)})), "201 201");
  EXPECT_EQ(statuses(run({user("c", "c", title), user("d", "d", title)}, {{"atomic", true}})), "201 201");
  EXPECT_EQ(rows("SELECT title FROM users"), "LOUD,LOUD,LOUD,LOUD");
}

/// Does something when a resource with a title comes in.
class Meddling : public Shouting {
 public:
  explicit Meddling(std::function<void()> meddle) : meddle_(std::move(meddle)) {}
  Result<Json> from_scim(const ResourceType& type, Json resource) const override {
    if (resource.contains("title")) meddle_();
    return Shouting::from_scim(type, std::move(resource));
  }

 private:
  std::function<void()> meddle_;
};

// Requirements: B-6, B-10
TEST_F(Bulk, FaultsAreThoseOfOneOperation) {
  const Meddling meddling([] { throw std::runtime_error("boom"); });
  adapter_ = &meddling;
  const Json job = {user("a", "a"), user("b", "b", {{"title", "x"}}), group("g", "G", {"bulkId:a"}),
                    group("h", "H", {"bulkId:b"})};
  EXPECT_EQ(statuses(run(job, {{"atomic", true}})), "409 500");
  EXPECT_EQ(statuses(run(job)), "201 500 201 409");
}

// Requirements: B-6
TEST_F(Bulk, WhatIsDoneStaysWhenTheDatabaseBecomesBusy) {
  config_.busy_timeout_ms = 20;
  const auto other = open();
  std::unique_ptr<Transaction> writing;
  const Meddling meddling([&] { writing = std::move(*other->begin(Store::Mode::write)); });
  adapter_ = &meddling;
  Json job = users(kShared);
  for (const Json& each : {user("b", "b", {{"title", "x"}}), user("c", "c"), user("d", "d", managed_by("bulkId:d"))}) job.push_back(each);
  const Json entries = run(job);
  writing.reset();
  EXPECT_EQ(statuses(entries), repeated("201 ", kShared) + "503 503 503");
  EXPECT_EQ(total("/Users"), kShared);
}

/// The store over a connection whose commits the test decides about.
class BulkCommits : public Bulk {
 protected:
  BulkCommits() {
    static_cast<void>(store());
    auto db = sql::open_sqlite(database_.file(), sql::Open::existing, sql::Journal::as_it_is, sql::Sync::normal, 1000).value();
    steered_ = std::make_unique<sql::SqlStore>(std::make_unique<SteeredDb>(std::move(db), log_, commits_), mapping_,
                                               sql::StoreOptions(), env_);
    store_instead_ = steered_.get();
  }

  SteeredDb::Log log_;
  Commits commits_;
  std::unique_ptr<sql::SqlStore> steered_;
};

TEST_F(BulkCommits, AreSharedByManyOperations) {
  Json job = users(3 * kShared);
  job.insert(job.begin() + 5, user("again", "user1"));
  job.push_back(add("/Users/bulkId:7", "title", "Seventh"));
  const Json entries = run(job);
  EXPECT_EQ(statuses(entries), repeated("201 ", 5) + "409 " + repeated("201 ", 3 * kShared - 5) + "200");
  EXPECT_EQ(total("/Users"), 3 * kShared) << "the one that failed took nothing with it";
  EXPECT_EQ(rows("SELECT user_name FROM users WHERE title = 'Seventh'"), "user7");
  EXPECT_EQ(commits_.count, 4);
}

TEST_F(BulkCommits, DoNotComeTooLate) {
  const Meddling meddling([this] { env_.advance(std::chrono::milliseconds(60)); });
  adapter_ = &meddling;
  EXPECT_EQ(statuses(run({user("a", "a"), user("slow", "slow", {{"title", "x"}}), user("b", "b"), user("c", "c")})), "201 201 201 201");
  EXPECT_EQ(commits_.count, 2) << "after the slow one, and at the end";
}

TEST_F(Bulk, NothingIsPreparedThatACircleComesBefore) {
  Json job = Json::array();
  for (int i = 0; i < 6; ++i) {
    const std::string name = std::to_string(i);
    job.push_back(user("single" + name, "single" + name));
    job.push_back(user("circle" + name, "circle" + name, managed_by("bulkId:circle" + name)));
  }
  int prepared = 0;
  int performed = 0;
  const BulkSteps steps{[](const Route&) { return Result<void>(); }, [&](const Route&, const Request&, App&) { ++prepared; },
                        [&](const Route&, const Request&, App&, Atomicity) {
                          Outcome outcome;
                          outcome.location = kBase + "/Users/" + std::to_string(++performed);
                          return Result<Outcome>(outcome);
                        }};
  Request request;
  request.base_url = kBase;
  const Json message = {{"schemas", {urn::kBulkRequest}}, {"Operations", job}};
  request.body = to_text(message);
  App app{config_, registry_, store(), tokens_, env_};
  ASSERT_TRUE(bulk(request, app, steps));
  EXPECT_EQ(performed, 18) << "each circle is added to";
  EXPECT_EQ(prepared, 12) << "each operation once";
}

TEST_F(BulkCommits, FailAllThatShareThem) {
  commits_.error = sql::DbError{sql::DbErrorKind::unavailable, "full"};
  EXPECT_EQ(post({user("a", "a"), user("b", "b")}).status, 503) << "all of it can come again";
  commits_.error = sql::DbError{sql::DbErrorKind::other, "broken"};
  EXPECT_EQ(statuses(run({user("a", "a"), user("again", "a"), user("b", "b")})), "500 500 500") << "what was refused for another, too";
  commits_.error = {};
  EXPECT_EQ(total("/Users"), 0);
  commits_.before = [this, first = commits_.count + 1] {
    if (commits_.count > first) commits_.error = sql::DbError{sql::DbErrorKind::unavailable, "full"};
  };
  EXPECT_EQ(statuses(run(users(kShared + 2))), repeated("201 ", kShared) + "503 503");
  EXPECT_EQ(total("/Users"), kShared);
}

TEST_F(BulkCommits, KeepWhatWasDoneBeforeAJobIsGivenUp) {
  Json job = users(3);
  job.push_back(user("again", "user1"));
  job.push_back(user("late", "late"));
  EXPECT_EQ(statuses(run(job, {{"failOnErrors", 1}})), "201 201 201 409");
  EXPECT_EQ(total("/Users"), 3);
  EXPECT_EQ(commits_.count, 1);
}

// Requirements: B-12, B-14
TEST_F(Bulk, ManyThatReferToEachOther) {
  constexpr int kMany = 300;
  Json chain = Json::array();
  for (int i = 0; i < kMany; ++i) chain.push_back(group(std::to_string(i), "G", {"bulkId:" + std::to_string((i + 1) % kMany)}));
  Json entries = run(chain);
  ASSERT_EQ(entries.size(), static_cast<std::size_t>(kMany));
  for (const Json& entry : entries) ASSERT_EQ(entry["status"], "201") << entry.dump();
  EXPECT_EQ(members_of(get(entries.back())), Ids{id_of(entries.front())});

  constexpr int kDense = 50;
  Json dense = Json::array();
  for (int i = 0; i < kDense; ++i) {
    Ids members;
    for (int j = 0; j < kDense; ++j) {
      if (j != i) members.push_back("bulkId:" + std::to_string(j));
    }
    dense.push_back(group(std::to_string(i), "D", members));
  }
  entries = run(dense);
  for (const Json& entry : entries) ASSERT_EQ(entry["status"], "201") << entry.dump();
  EXPECT_EQ(members_of(get(entries.front())).size(), static_cast<std::size_t>(kDense - 1));
}

}  // namespace
}  // namespace scim::test
