// SPDX-License-Identifier: MIT
// Queries from the request to the document: .search, the root, pages by index and by cursor, over the embedded store.
#include "core/handler.h"
#include "tests/unit/embedded_store.h"

namespace scim::test {
namespace {

class Queries : public EmbeddedStore {
 protected:
  Queries() {
    reader_ = new_token("reader");
    writer_ = new_token("writer");
  }
  std::string new_token(const std::string& name) {
    const NewToken token = make_token(name, Rights::read_and_write, {}, env_);
    EXPECT_TRUE(store().insert_token(token.kept));
    return "Bearer " + token.text;
  }
  Response ask(const std::string& method, const std::string& path, const std::string& query, const Json& body = nullptr) {
    Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.base_url = "https://example.com/scim/v2";
    request.authorization = reader_;
    if (!body.is_null()) request.body = to_text(body);
    App app{config_, registry_, store(), store(), env_};
    return handle(request, app);
  }
  Json get(const std::string& path, const std::string& query) {
    const Response response = ask("GET", path, query);
    EXPECT_EQ(response.status, 200) << response.body;
    return parse_json(response.body).value();
  }
  /// "400 invalidCursor"
  std::string refused(const std::string& path, const std::string& query) {
    const Response response = ask("GET", path, query);
    return std::to_string(response.status) + ' ' + parse_json(response.body)->value("scimType", "");
  }
  void add_users(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "user" + std::to_string(i);
      EXPECT_EQ(ask("POST", "/Users", "", {{"schemas", {urn::kUser}}, {"userName", name}, {"title", i % 2 == 0 ? "even" : "odd"}}).status, 201);
    }
  }
  static std::string names(const Json& list, const char* attribute = "userName") {
    std::string text;
    for (const Json& resource : list["Resources"]) text += (text.empty() ? "" : " ") + resource.value(attribute, "-");
    return text;
  }

  std::string reader_;
  std::string writer_;
};

// Requirements
TEST_F(Queries, SearchIsTheSameAsGet) {
  add_users(5);
  const Json search = {{"schemas", {urn::kSearchRequest}}, {"filter", "title eq \"even\""}, {"sortBy", "userName"},
                       {"sortOrder", "descending"}, {"startIndex", 2}, {"count", 1}, {"attributes", {"userName"}}};
  const Response posted = ask("POST", "/Users/.search", "count=0&filter=title+eq+%22none%22", search);
  EXPECT_EQ(posted.status, 200);
  EXPECT_EQ(posted.body, ask("GET", "/Users",
                             "filter=title+eq+%22even%22&sortBy=userName&sortOrder=descending&startIndex=2&count=1&attributes=userName").body);
  EXPECT_EQ(names(parse_json(posted.body).value()), "user2");
  EXPECT_EQ(get("/Users", "count=0")["totalResults"], 5) << "nothing is created";
}

// Requirements: L-1, L-2, L-3, L-4, L-5, I-4, I-5, I-6, I-8, I-9, L-10
TEST_F(Queries, PagesByIndexSayWhatTheyAre) {
  add_users(5);
  config_.max_results = 3;
  config_.default_results = 2;
  struct Case { const char* query; int start; int items; };
  for (const Case& c : {Case{"", 1, 2}, {"count=3", 1, 3}, {"count=4", 1, 3}, {"count=100", 1, 3}, {"startIndex=5&count=3", 5, 1}, {"startIndex=6", 6, 0},
                        {"startIndex=0&count=1", 1, 1}, {"count=0", 1, 0}, {"startIndex=9223372036854775807&count=2", -1, 0}}) {
    const Json list = get("/Users", c.query);
    EXPECT_EQ(list["totalResults"], 5) << c.query;
    if (c.start > 0) { EXPECT_EQ(list["startIndex"], c.start) << c.query; }
    EXPECT_EQ(list["itemsPerPage"], c.items) << c.query;
    EXPECT_EQ(list["Resources"].size(), static_cast<std::size_t>(c.items)) << c.query;
    EXPECT_FALSE(list.contains("nextCursor")) << "index is the default (RFC 9865 2.4)";
  }
}

// Requirements: L-6, L-8, Q-1, F-22
TEST_F(Queries, TheRootIsEveryType) {
  add_users(2);
  EXPECT_EQ(ask("POST", "/Groups", "", {{"schemas", {urn::kGroup}}, {"displayName", "Staff"}}).status, 201);
  EXPECT_EQ(get("/", "")["totalResults"], 3);
  EXPECT_EQ(names(get("/", "filter=userName+pr")), "user0 user1");
  EXPECT_EQ(names(get("/", "filter=meta.resourceType+eq+%22Group%22"), "displayName"), "Staff");
  EXPECT_EQ(names(get("/", "sortBy=userName&sortOrder=descending")), "- user1 user0") << "who has no value comes first";
  EXPECT_EQ(names(get("/", "startIndex=2&count=1")), "user1");
  EXPECT_EQ(refused("/", "filter=nosuch+pr"), "400 invalidFilter");
  const Json search = {{"schemas", {urn::kSearchRequest}}, {"attributes", {"displayName"}}, {"filter", "displayName sw \"s\""}};
  const Json found = parse_json(ask("POST", "/.search", "", search).body).value();
  EXPECT_EQ(found["totalResults"], 1);
  EXPECT_EQ(found["Resources"][0]["displayName"], "Staff");
}

// Requirements: K-1, K-3, K-4, K-9, K-11, S-9
TEST_F(Queries, CursorsWalkForwardAndBack) {
  add_users(6);
  for (const std::string order : {"", "&sortBy=title", "&sortBy=title&sortOrder=descending", "&sortBy=nickName"}) {
    const std::string query = "count=2" + order;
    const std::string all = names(get("/Users", "count=6" + order));
    std::vector<Json> pages = {get("/Users", "cursor&" + query)};
    EXPECT_FALSE(pages.front().contains("previousCursor"));
    while (pages.back().contains("nextCursor")) {
      ASSERT_LT(pages.size(), 4U);
      pages.push_back(get("/Users", "cursor=" + pages.back()["nextCursor"].get<std::string>() + '&' + query));
      EXPECT_EQ(pages.back()["totalResults"], 6);
      EXPECT_EQ(pages.back()["itemsPerPage"], 2);
      EXPECT_FALSE(pages.back().contains("startIndex"));
    }
    ASSERT_EQ(pages.size(), 3U) << "the last full page ends it";
    EXPECT_EQ(names(pages[0]) + ' ' + names(pages[1]) + ' ' + names(pages[2]), all) << order;
    const Json back = get("/Users", "cursor=" + pages[2]["previousCursor"].get<std::string>() + '&' + query);
    EXPECT_EQ(names(back), names(pages[1])) << order;
    EXPECT_EQ(names(get("/Users", "cursor=" + back["previousCursor"].get<std::string>() + '&' + query)), names(pages[0])) << order;
  }
}

// Requirements: K-6, K-7, K-12
TEST_F(Queries, CursorsAreForTheSameQueryOfTheSameClient) {
  add_users(5);
  const std::string query = "&count=2&filter=userName+sw+%22user%22";
  const std::string cursor = "cursor=" + get("/Users", "cursor=" + query)["nextCursor"].get<std::string>();
  EXPECT_EQ(names(get("/Users", cursor + query + "&attributes=userName")), "user2 user3");
  EXPECT_EQ(names(get("/Users", cursor + "&filter=userName+sw+%22user%22")), "user2 user3") << "the count goes on";
  EXPECT_EQ(refused("/Users", cursor + "&count=3&filter=userName+sw+%22user%22"), "400 invalidCount");
  EXPECT_EQ(refused("/Users", cursor + "&count=2"), "400 invalidCursor");
  EXPECT_EQ(refused("/Users", cursor + "&count=2&filter=userName+sw+%22use%22"), "400 invalidCursor");
  EXPECT_EQ(refused("/Users", cursor + query + "&sortBy=userName"), "400 invalidCursor");
  EXPECT_EQ(refused("/Users", cursor + query + "&sortOrder=descending"), "400 invalidCursor");
  EXPECT_EQ(refused("/Groups", cursor + "&count=2&filter=displayName+sw+%22user%22"), "400 invalidCursor");
  EXPECT_EQ(refused("/Users", "cursor=nonsense" + query), "400 invalidCursor");
  EXPECT_EQ(refused("/Users", cursor + query + "&startIndex=1"), "400 invalidValue");
  const Json search = {{"schemas", {urn::kSearchRequest}}, {"filter", "userName sw \"user\""}, {"count", 2}, {"cursor", cursor.substr(7)}};
  EXPECT_EQ(names(parse_json(ask("POST", "/Users/.search", "", search).body).value()), "user2 user3");
  std::swap(reader_, writer_);
  EXPECT_EQ(refused("/Users", cursor + query), "400 invalidCursor");
  std::swap(reader_, writer_);
  const std::string fresh = "cursor=" + get("/Users", "cursor=" + query)["nextCursor"].get<std::string>();
  env_.advance(std::chrono::seconds(config_.cursor_timeout_s));
  EXPECT_EQ(names(get("/Users", fresh + query)), "user2 user3") << "at the limit";
  env_.advance(std::chrono::seconds(1));
  EXPECT_EQ(refused("/Users", fresh + query), "400 expiredCursor") << "beyond it";
  EXPECT_EQ(refused("/Users", cursor + query), "400 expiredCursor");
}

// Requirements: K-5, K-7, I-4
TEST_F(Queries, CursorsAndSizesOfPages) {
  add_users(4);
  config_.max_results = 3;
  EXPECT_FALSE(get("/Users", "cursor=&count=0").contains("nextCursor"));
  EXPECT_EQ(get("/Users", "cursor=&count=-1")["totalResults"], 4);
  const Json cut = get("/Users", "cursor=&count=50");
  EXPECT_EQ(cut["itemsPerPage"], 3);
  EXPECT_EQ(names(get("/Users", "count=50&cursor=" + cut["nextCursor"].get<std::string>())), "user3");
  EXPECT_FALSE(get("/Users", "cursor=&count=4&filter=userName+eq+%22nobody%22").contains("nextCursor"));
}

TEST_F(Queries, CursorsHoldLongValues) {
  for (const char* name : {"a", "b", "c"}) {
    const Json body = {{"schemas", {urn::kGroup}}, {"displayName", std::string(7000, 'x') + name}};
    EXPECT_EQ(ask("POST", "/Groups", "", body).status, 201);
  }
  Json search = {{"schemas", {urn::kSearchRequest}}, {"sortBy", "displayName"}, {"cursor", ""}, {"count", 1}};
  std::string seen;
  for (int page = 0; page < 3; ++page) {
    const Response response = ask("POST", "/Groups/.search", "", search);
    ASSERT_EQ(response.status, 200) << response.body;
    const Json list = parse_json(response.body).value();
    seen += list["Resources"][0]["displayName"].get<std::string>().back();
    search["cursor"] = list.value("nextCursor", "");
  }
  EXPECT_EQ(seen, "abc");
}

// Requirements: K-13
TEST_F(Queries, CursorsEndWithTheRightsThatMadeThem) {
  add_users(3);
  const std::string cursor = get("/Users", "cursor=&count=1")["nextCursor"];
  ASSERT_TRUE(store().db().run({"UPDATE scim_tokens SET read_only = 1 WHERE name = ?", {std::string("reader")}}));
  EXPECT_EQ(refused("/Users", "count=1&cursor=" + cursor), "400 invalidCursor");
}

// Requirements: S-4, S-8
TEST_F(Queries, SortByNamesAnAttributeOfTheType) {
  add_users(2);
  for (const char* by : {"nosuch", "password"}) {  // nobody may see the password
    EXPECT_EQ(names(get("/Users", std::string("sortOrder=descending&sortBy=") + by)), "user0 user1") << by;
  }
  EXPECT_EQ(names(get("/Users", "sortBy=urn:ietf:params:scim:schemas:core:2.0:user:USERNAME&sortOrder=descending")), "user1 user0");
  EXPECT_EQ(refused("/Users", "sortBy=name"), "400 invalidValue");
  EXPECT_EQ(refused("/Users", "sortBy=userName&sortOrder=up"), "400 invalidValue");
}

// Requirements: E-4, E-6, E-12
TEST_F(Queries, IfMatchCanBeRequired) {
  add_users(1);
  const Json user = get("/Users", "")["Resources"][0];
  config_.require_if_match = true;
  EXPECT_EQ(ask("DELETE", "/Users/" + user["id"].get<std::string>(), "").status, 428);
  EXPECT_EQ(ask("DELETE", "/Users/nobody", "").status, 404);
  EXPECT_EQ(ask("GET", "/Users/" + user["id"].get<std::string>(), "").status, 200);
}

}  // namespace
}  // namespace scim::test
