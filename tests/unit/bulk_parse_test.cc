// SPDX-License-Identifier: MIT
// What of a bulk request is understood before anything is carried out: the message, paths, references, the order.
#include "core/bulk_parse.h"

#include <gtest/gtest.h>

#include "core/bulk_order.h"
#include "core/bulk_references.h"
#include "core/handler.h"
#include "frozen_env.h"
#include "memory_store.h"
#include "token_map.h"

namespace scim {
namespace {

constexpr std::string_view kBase = "https://example.com/scim/v2";

class BulkParse : public testing::Test {
 protected:
  Result<BulkJob> parse(Json body) const { return parse_bulk(std::move(body), kBase, registry_, config_); }
  static Json message(Json operations) {
    return {{"schemas", {urn::kBulkRequest}}, {"Operations", std::move(operations)}};
  }
  BulkOperation parse_one(Json operation) const {
    return parse(message(Json::array({std::move(operation)}))).value().operations.front();
  }
  std::vector<std::string> references(Json operation) const { return parse_one(std::move(operation)).references; }

  const Registry registry_ = Registry::standard();
  BulkConfig config_;
};

using Ids = std::vector<std::string>;

// Requirements: B-2, B-7, B-15
TEST_F(BulkParse, MessagesThatAreRefused) {
  const std::string start = R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],)";
  const std::string one = R"({"method":"DELETE","path":"/Users/x"})";
  const std::string post = R"({"method":"POST","path":"/Users","bulkId":"a","data":{}})";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "must be an object"},
      {"{\"Operations\":[" + one + "]}", "schemas must contain"},
      {R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[)" + one + "]}", "schemas must contain"},
      {start + "\"x\":1}", "Operations must be"},
      {start + "\"Operations\":{}}", "Operations must be"},
      {start + "\"Operations\":[]}", "Operations must be"},
      {start + "\"failOnErrors\":0,\"Operations\":[" + one + "]}", "failOnErrors"},
      {start + "\"failOnErrors\":-1,\"Operations\":[" + one + "]}", "failOnErrors"},
      {start + "\"failOnErrors\":1.5,\"Operations\":[" + one + "]}", "failOnErrors"},
      {start + "\"failOnErrors\":\"1\",\"Operations\":[" + one + "]}", "failOnErrors"},
      {start + "\"atomic\":\"yes\",\"Operations\":[" + one + "]}", "atomic"},
      {start + "\"Operations\":[" + post + "," + post + "]}", "two operations have the bulkId \"a\""},
  };
  for (const auto& [body, detail] : cases) {
    const auto refused = parse(*parse_json(body));
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid_syntax) << body;
    EXPECT_NE(refused.error().detail.find(detail), std::string::npos) << refused.error().detail;
  }
}

// Requirements: B-14
TEST_F(BulkParse, TooManyOperations) {
  config_.max_operations = 2;
  Json operations = Json::array();
  for (int i = 0; i < 3; ++i) operations.push_back({{"method", "DELETE"}, {"path", "/Users/x"}});
  const auto refused = parse(message(operations));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::payload_too_large);
  EXPECT_EQ(refused.error().detail, "there are 3 operations, more than maxOperations 2");
}

// Requirements: B-3, B-4
TEST_F(BulkParse, OperationsThatAreWrongAlone) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {R"(7)", "must be an object"},
      {R"({"path":"/Users/x"})", "method is missing"},
      {R"({"method":1,"path":"/Users/x"})", "method is missing"},
      {R"({"method":"GET","path":"/Users/x"})", "method must be"},
      {R"({"method":"delete","path":"/Users/x"})", "method must be"},
      {R"({"method":"DELETE"})", "path is missing"},
      {R"({"method":"DELETE","path":""})", "POST goes to an endpoint"},
      {R"({"method":"DELETE","path":"/Users"})", "POST goes to an endpoint"},
      {R"({"method":"POST","path":"/Users/x","bulkId":"a","data":{}})", "POST goes to an endpoint"},
      {R"({"method":"PUT","path":"/Schemas/x","data":{}})", "POST goes to an endpoint"},
      {R"({"method":"POST","path":"https://example.com/scim/v2/Users","bulkId":"a","data":{}})", "relative"},
      {R"({"method":"POST","path":"//example.com/Users","bulkId":"a","data":{}})", "relative"},
      {R"({"method":"POST","path":"/Users?attributes=id","bulkId":"a","data":{}})", "no query"},
      {R"({"method":"POST","path":"/Bulk","bulkId":"a","data":{}})", "cannot go to"},
      {R"({"method":"POST","path":"/%42ulk","bulkId":"a","data":{}})", "cannot go to"},
      {R"({"method":"PATCH","path":"/Me","data":{}})", "cannot go to"},
      {R"({"method":"POST","path":"/.search","bulkId":"a","data":{}})", "cannot go to"},
      {R"({"method":"POST","path":"/Users/.search","bulkId":"a","data":{}})", "cannot go to"},
      {R"({"method":"POST","path":"/Users","data":{}})", "needs a bulkId"},
      {R"({"method":"POST","path":"/Users","bulkId":"","data":{}})", "bulkId must be"},
      {R"({"method":"POST","path":"/Users","bulkId":7,"data":{}})", "bulkId must be"},
      {R"({"method":"POST","path":"/Users","bulkId":"a"})", "data is missing"},
      {R"({"method":"PUT","path":"/Users/x"})", "data is missing"},
      {R"({"method":"PUT","path":"/Users/x","data":[]})", "data must be"},
      {R"({"method":"PUT","path":"/Users/x","version":1,"data":{}})", "version must be"},
      {R"({"method":"PUT","path":"/Users/x","version":"","data":{}})", "version must be"},
  };
  for (const auto& [text, detail] : cases) {
    const BulkOperation operation = parse_one(*parse_json(text));
    ASSERT_TRUE(operation.error) << text;
    EXPECT_EQ(operation.error->kind, ErrorKind::invalid_syntax) << text;
    EXPECT_NE(operation.error->detail.find(detail), std::string::npos) << text << ": " << operation.error->detail;
  }
  EXPECT_EQ(parse_one({{"method", "DELETE"}, {"path", "/Nope/x"}}).error->kind, ErrorKind::not_found);
  EXPECT_EQ(parse_one({{"method", "DELETE"}, {"path", "/v1/Users/x"}}).error->kind, ErrorKind::invalid_version);
}

// Requirements: B-4, B-5, B-11
TEST_F(BulkParse, PathsInEveryForm) {
  for (const char* path : {"/Users/x%2Fy", "Users/x%2Fy", "/v2/Users/x%2Fy", "v2/Users/x%2Fy", "/scim/v2/Users/x%2Fy",
                           "/Users/x%2fy/"}) {
    const BulkOperation operation = parse_one({{"method", "DELETE"}, {"path", path}, {"version", "W/\"3\""}});
    ASSERT_FALSE(operation.error) << path << operation.error->detail;
    EXPECT_EQ(operation.route.id, "x/y") << path;
    EXPECT_FALSE(operation.target);
    EXPECT_EQ(operation.version, "W/\"3\"");
  }
  for (const char* path : {"/Users/bulkId:x", "/Users/bulkid:x", "/Users/bulkId%3Ax", "/Users/BULKID:%78"}) {
    EXPECT_EQ(parse_one({{"method", "DELETE"}, {"path", path}}).target, "x") << path;
  }
}

// Requirements: B-11
TEST_F(BulkParse, WhereReferencesStand) {
  const auto user = [&](const char* data) {
    return references({{"method", "POST"}, {"path", "/Users"}, {"bulkId", "u"}, {"data", *parse_json(data)}});
  };
  const auto group = [&](const char* data) {
    return references({{"method", "PUT"}, {"path", "/Groups/g"}, {"data", *parse_json(data)}});
  };
  EXPECT_EQ(group(R"({"members":[{"value":"bulkId:a"},{"VALUE":"bulkid:b"},{"value":"x"}]})"), (Ids{"a", "b"}));
  EXPECT_EQ(group(R"({"members":[{"$ref":"/Users/bulkId:c"},{"$ref":"bulkId:e"}]})"), (Ids{"c", "e"}));
  EXPECT_EQ(group(R"({"members":[{"$ref":"https://example.com/scim/v2/Users/bulkId%3Ad"}]})"), (Ids{"d"}));
  EXPECT_EQ(group(R"({"members":["bulkId:a"]})"), (Ids{"a"}));
  EXPECT_EQ(group(R"({"members":{"value":"bulkId:a"}})"), (Ids{"a"}));
  EXPECT_EQ(user(R"({"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:m"}}})"),
            (Ids{"m"}));
  EXPECT_EQ(user(R"({"URN:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"Manager":"bulkId:m"}})"), (Ids{"m"}));
  // Text stays text.
  EXPECT_EQ(group(R"({"displayName":"bulkId:a","members":[{"value":"xbulkId:a"},{"value":"bulkId:"},{"display":"bulkId:a"}]})"),
            Ids{});
  EXPECT_EQ(user(R"({"userName":"bulkId:a","emails":[{"value":"bulkId:a"}],"profileUrl":"bulkId:a"})"), Ids{});
  EXPECT_EQ(user(R"({"bulkId:a":{"value":"bulkId:a"}})"), Ids{});
}

// Requirements: B-11
TEST_F(BulkParse, WhereReferencesStandInAPatch) {
  const auto patch = [&](const char* path, const char* operations) {
    return references({{"method", "PATCH"}, {"path", path}, {"data", *parse_json(operations)}});
  };
  EXPECT_EQ(patch("/Groups/g", R"([{"op":"add","path":"members","value":[{"value":"bulkId:a"}]}])"), (Ids{"a"}))
      << "RFC 7644 3.7.3 shows operations without their message";
  EXPECT_EQ(patch("/Groups/g", R"({"Operations":[{"op":"add","value":{"members":[{"value":"bulkId:a"}]}}]})"), (Ids{"a"}));
  EXPECT_EQ(patch("/Groups/g", R"([{"op":"remove","path":"members[value eq \"bulkId:a\"]"}])"), (Ids{"a"}));
  EXPECT_EQ(patch("/Groups/g", R"([{"op":"replace","path":"displayName","value":"bulkId:a"}])"), Ids{});
  EXPECT_EQ(patch("/Users/u", R"([{"op":"remove","path":"emails[value eq \"bulkId:a\"]"}])"), Ids{});
  const std::string manager = R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager)";
  for (const std::string& operation : {R"({"path":)" + manager + R"(","value":"bulkId:a"})",
                                       R"({"path":)" + manager + R"(.value","value":"bulkId:a"})",
                                       R"({"value":{)" + manager + R"(":"bulkId:a"}})"}) {
    EXPECT_EQ(patch("/Users/u", ('[' + operation + ']').c_str()), (Ids{"a"})) << operation;
  }
  EXPECT_EQ(patch("/Users/u", R"([{"op":"add","path":"no path]","value":"bulkId:a"}, 7, {"op":"add"}])"), Ids{});
}

// Requirements: B-11
TEST_F(BulkParse, WhatTakesThePlaceOfAReference) {
  const BulkTarget target{"id/1", "https://x/Users/id%2F1"};
  const BulkLookup lookup = [&](const std::string& bulk_id) { return bulk_id == "a" ? &target : nullptr; };
  Json data = *parse_json(R"({"members":[{"value":"bulkId:a","$ref":"../Users/bulkId:a"},{"value":"bulkId:b"}]})");
  resolve_bulk_ids(*registry_.type_by_name("Group"), Operation::create, data, lookup);
  EXPECT_EQ(data.dump(), R"({"members":[{"value":"id/1","$ref":"https://x/Users/id%2F1"},{"value":"bulkId:b"}]})");
  data = *parse_json(R"({"Operations":[{"op":"remove","path":"members[value eq \"bulkId:a\" or display eq \"x\"]"}]})");
  resolve_bulk_ids(*registry_.type_by_name("Group"), Operation::patch, data, lookup);
  EXPECT_EQ(data["Operations"][0]["path"], R"(members[value eq "id/1" or display eq "x"])");
}

// Requirements: B-12
TEST_F(BulkParse, WhatIsLeftOutOfACircle) {
  Json data = *parse_json(R"({"displayName":"G","members":[{"value":"bulkId:a"},{"value":"bulkId:b"}]})");
  const auto later = postpone(*registry_.type_by_name("Group"), data, [](const std::string& id) { return id == "a"; });
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later.front().attribute->name, "members");
  EXPECT_EQ(later.front().value.dump(), R"([{"value":"bulkId:a"}])");
  EXPECT_EQ(data.dump(), R"({"displayName":"G","members":[{"value":"bulkId:b"}]})");
}

/// Things that cannot be without an owner, and may have a friend by its URI.
class BulkRequired : public testing::Test {
 protected:
  static Registry things() {
    const auto thing = schema_from_json(Json::parse(R"({"id":"urn:example:Thing","name":"Thing","attributes":[
      {"name":"owner","type":"complex","required":true,"subAttributes":[
        {"name":"value","type":"string","caseExact":true},{"name":"$ref","type":"reference","referenceTypes":["Thing"]}]},
      {"name":"friend","type":"reference","referenceTypes":["Thing"]}]})"));
    ResourceType type;
    type.name = "Thing";
    type.endpoint = "/Things";
    type.schema = "urn:example:Thing";
    return Registry::make({thing.value()}, {type}).value();
  }
  static Json thing(const std::string& bulk_id, const std::string& owner, const std::string& friend_uri) {
    const Json data = {{"schemas", {"urn:example:Thing"}}, {"owner", {{"value", owner}}}, {"friend", friend_uri}};
    return {{"method", "POST"}, {"path", "/Things"}, {"bulkId", bulk_id}, {"data", data}};
  }
  /// The statuses of the entries.
  std::string run(const Json& operations) {
    Request request;
    request.method = "POST";
    request.path = "/Bulk";
    request.base_url = kBase;
    request.body = to_text(Json{{"schemas", {urn::kBulkRequest}}, {"Operations", operations}});
    App app{config_, registry_, store_, tokens_, env_};
    const Response response = handle_as(Scope::unrestricted_for_cli(), request, app);
    std::string statuses;
    const Json body = *parse_json(response.body);
    for (const Json& entry : body["Operations"]) statuses += entry["status"].get<std::string>() + ' ';
    return statuses;
  }

  const Registry registry_ = things();
  Config config_;
  test::MemoryStore store_;
  test::TokenMap tokens_;
  test::FrozenEnv env_;
};

// Requirements: B-12
TEST_F(BulkRequired, WhatCannotWaitIsCreatedFirst) {
  EXPECT_EQ(run({thing("a", "bulkId:b", "https://x/"), thing("b", "somebody", "/Things/bulkId:a")}), "201 201 ");
  EXPECT_EQ(store_.body("1")["friend"], std::string(kBase) + "/Things/2") << "b, without its friend at first";
  EXPECT_EQ(store_.body("2")["owner"]["value"], "1");
}

// Requirements: B-12
TEST_F(BulkRequired, CirclesOfWhatCannotWait) {
  EXPECT_EQ(run({thing("a", "bulkId:b", "https://x/"), thing("b", "bulkId:a", "https://x/"), thing("c", "y", "https://x/")}),
            "409 409 201 ");
  EXPECT_EQ(run(Json::array({thing("a", "bulkId:a", "https://x/")})), "409 ");
  EXPECT_EQ(store_.resources.size(), 1U);
}

std::string order_of(const BulkEdges& edges) {
  std::string text;
  for (const BulkStep& step : order_steps(edges)) {
    text += step.kind == BulkStep::Kind::circle ? " (" : " ";
    for (const std::size_t i : step.members) text += std::to_string(i);
    text += step.kind == BulkStep::Kind::circle ? ")" : "";
  }
  return text;
}

// Requirements: B-12, B-13
TEST(BulkOrder, WhatIsReferredToComesFirst) {
  EXPECT_EQ(order_of({{}, {}, {}}), " 0 1 2");
  EXPECT_EQ(order_of({{}, {0}, {1}}), " 0 1 2");
  EXPECT_EQ(order_of({{2}, {}, {}}), " 2 0 1");
  EXPECT_EQ(order_of({{1}, {0}, {}}), " (01) 2");
  EXPECT_EQ(order_of({{3}, {2}, {1}, {}}), " 3 0 (12)");
  EXPECT_EQ(order_of({{0}}), " (0)");
  EXPECT_EQ(order_of({{1, 2}, {3}, {0}, {}}), " 3 1 (02)");
}

// Requirements: B-12
TEST(BulkOrder, LongChainsAndLargeCircles) {
  constexpr std::size_t kMany = 200000;
  BulkEdges chain(kMany);
  for (std::size_t i = 0; i + 1 < kMany; ++i) chain[i] = {i + 1};
  EXPECT_EQ(order_steps(chain).front().members.front(), kMany - 1);
  chain.back() = {0};
  const auto steps = order_steps(chain);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps.front().members.size(), kMany);
}

}  // namespace
}  // namespace scim
