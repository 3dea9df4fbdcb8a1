// SPDX-License-Identifier: MIT
// Long answers: what is sent before it is whole, what never is, and what a PATCH of a large group sends back.
#include "core/handler.h"
#include "tests/unit/application.h"
#include "tests/unit/forwarding_db.h"
#include "tests/unit/recording_db.h"

namespace scim::test {
namespace {

/// Keeps what it is sent.
struct Recorder : BodySink {
  std::optional<Response> head;
  std::string body;
  int pieces = 0;
  std::function<bool()> on_piece = [] { return true; };

  void begin(const Response& response) override {
    EXPECT_FALSE(head) << "once";
    head = response;
  }
  bool write(std::string_view piece) override {
    EXPECT_TRUE(head) << "first";
    ++pieces;
    body += piece;
    return on_piece();
  }
};

/// A database whose statements fail after so many rows.
class BreakingDb : public ForwardingDb {
 public:
  BreakingDb(std::unique_ptr<sql::Db> db, const std::int64_t& last_row) : ForwardingDb(std::move(db)), last_row_(last_row) {}
  sql::DbResult<std::unique_ptr<sql::Cursor>> query(const sql::Sql& sql) override {
    auto cursor = ForwardingDb::query(sql);
    if (!cursor) return tl::unexpected(cursor.error());
    return std::make_unique<Breaking>(*std::move(cursor), last_row_);
  }
 private:
  class Breaking : public ForwardingCursor {
   public:
    Breaking(std::unique_ptr<sql::Cursor> cursor, std::int64_t rows) : ForwardingCursor(std::move(cursor)), left_(rows) {}
    sql::DbResult<bool> next() override {
      if (left_-- == 0) return tl::unexpected(sql::DbError{sql::DbErrorKind::unavailable, "the disk is gone"});
      return ForwardingCursor::next();
    }

   private:
    std::int64_t left_;
  };

  const std::int64_t& last_row_;
};

constexpr int kMany = 900;  // members of a group that is sent in several pieces

class Answers : public ::testing::Test {
 protected:
  /// The id of a group with so many members.
  std::string make_group(Application& app, int members) {
    const auto transaction = app.store().begin(Store::Mode::write).value();
    Json list = Json::array();
    for (int i = 0; i < members; ++i) {
      const Json user = {{"userName", "user" + std::to_string(++users_)}};
      list.push_back({{"value", transaction->insert({app.registry().type_by_name("User"), user}).value().id}});
    }
    const Json group = {{"displayName", "group" + std::to_string(users_)}, {"members", list}};
    std::string id = transaction->insert({app.registry().type_by_name("Group"), group}).value().id;
    EXPECT_TRUE(transaction->commit());
    return id;
  }
  Response ask(Application& app, Store& store, const std::string& path, BodySink* sink, const std::string& if_none_match = "") {
    Request request;
    request.method = "GET";
    request.path = path.substr(0, path.find('?'));
    if (path.find('?') != std::string::npos) request.query = path.substr(path.find('?') + 1);
    request.base_url = "https://example.com/v2";
    request.if_none_match = if_none_match;
    request.sink = sink;
    App scim{app.config(), app.registry(), store, app.store(), app.env()};
    return handle_as(Scope::unrestricted_for_cli(), request, scim);
  }
  Response ask(Application& app, const std::string& path, BodySink* sink, const std::string& if_none_match = "") {
    return ask(app, app.store(), path, sink, if_none_match);
  }

  int users_ = 0;
};

TEST_F(Answers, ALargeGroupIsSentInPieces) {
  Application app("embedded");
  const std::string path = "/Groups/" + make_group(app, kMany);
  const Response whole = ask(app, path, nullptr);
  EXPECT_EQ(whole.holds, Response::Body::whole);
  Recorder sink;
  const Response rest = ask(app, path, &sink);
  EXPECT_EQ(rest.holds, Response::Body::rest);
  EXPECT_GE(sink.pieces, 2);
  EXPECT_EQ(sink.body + rest.body, whole.body);
  ASSERT_TRUE(sink.head);
  EXPECT_EQ(sink.head->status, 200);
  EXPECT_EQ(sink.head->headers, whole.headers) << "with the ETag, before the members are read";
  EXPECT_FALSE(whole.header("ETag").empty());
}

TEST_F(Answers, ALongListIsSentInPieces) {
  Application app("embedded");
  make_group(app, kMany);
  for (const char* query : {"count=1000", "count=1000&sortBy=userName", "count=1000&cursor="}) {
    SCOPED_TRACE(query);
    const std::string path = std::string("/Users?") + query;
    Recorder sink;
    const Response rest = ask(app, path, &sink);
    EXPECT_GE(sink.pieces, 2);
    const Json list = Json::parse(sink.body + rest.body);
    EXPECT_EQ(list, Json::parse(ask(app, path, nullptr).body));
    EXPECT_EQ(list["totalResults"], kMany);
    EXPECT_EQ(list["Resources"].size(), static_cast<std::size_t>(kMany));
    EXPECT_EQ(list.begin().key(), "schemas");
  }
}

TEST_F(Answers, SmallOnesAreWhole) {
  Application app("embedded");
  const std::string path = "/Groups/" + make_group(app, 3);
  for (const std::string& each : {path, std::string("/Users"), std::string("/Groups/nobody")}) {
    Recorder sink;
    EXPECT_EQ(ask(app, each, &sink).holds, Response::Body::whole);
    EXPECT_FALSE(sink.head);
  }
}

TEST_F(Answers, WhatTheClientHasIsNotReadAgain) {
  Application app("embedded");
  const std::string path = "/Groups/" + make_group(app, kMany);
  const std::string version(ask(app, path, nullptr).header("ETag"));
  Recorder sink;
  const std::int64_t before = app.store().db().counters().rows;
  const Response response = ask(app, path, &sink, version);
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.header("ETag"), version);
  EXPECT_TRUE(response.body.empty());
  EXPECT_FALSE(sink.head);
  EXPECT_LT(app.store().db().counters().rows - before, 10) << "no members";
  EXPECT_EQ(ask(app, path, nullptr, "W/\"other\"").status, 200);
  EXPECT_EQ(ask(app, "/Groups/nobody", nullptr, "*").status, 404);
}

TEST_F(Answers, AnErrorAfterTheFirstPieceIsNoEndOfTheDocument) {
  Application app("embedded");
  const std::string path = "/Groups/" + make_group(app, kMany);
  std::int64_t last_row = kMany - 10;
  auto db = sql::open_database(app.config(), sql::Open::existing, sql::Journal::as_it_is, app.env()).value();
  sql::SqlStore store(std::make_unique<BreakingDb>(std::move(db), last_row), app.mapping(), sql::StoreOptions(), app.env());
  Recorder sink;
  const Response broken = ask(app, store, path, &sink);
  EXPECT_GE(sink.pieces, 1);
  EXPECT_EQ(broken.holds, Response::Body::whole) << "which says that what was sent has no end";
  EXPECT_EQ(broken.status, 503);
  last_row = 10;
  Recorder early;
  EXPECT_EQ(ask(app, store, path, &early).status, 503);
  EXPECT_FALSE(early.head) << "an error document, as ever";
}

TEST_F(Answers, WhoHasGoneIsSentNoMore) {
  Application app("embedded");
  const std::string path = "/Groups/" + make_group(app, kMany);
  Recorder sink;
  sink.on_piece = [] { return false; };
  EXPECT_EQ(ask(app, path, &sink).holds, Response::Body::rest);
  EXPECT_EQ(sink.pieces, 1);
}

TEST_F(Answers, MembersThatNobodyHasSeenGetTheirIdsBeforeAnythingIsSent) {
  Application app(
      "CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT UNIQUE); CREATE TABLE g (id INTEGER PRIMARY KEY, n TEXT UNIQUE);"
      "CREATE TABLE gu (g INTEGER REFERENCES g, u INTEGER REFERENCES u, PRIMARY KEY (g, u));"
      "INSERT INTO g VALUES (1, 'all');"
      "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 900) INSERT INTO u SELECT i, 'user' || i FROM c;"
      "INSERT INTO gu SELECT 1, id FROM u;",
      "[database]\nurl = 'sqlite:@DB@'\n[user]\ntable = 'u'\nkey = 'id'\n[user.map]\nuserName = { column = 'n', unique = true }\n"
      "[group]\ntable = 'g'\nkey = 'id'\n[group.map]\ndisplayName = 'n'\nmembers = { table = 'gu', owner = 'g', value = 'u' }\n");
  const std::string id = Json(app.ask("GET", "/Groups?attributes=displayName").body["Resources"][0]).value("id", "");
  for (const std::string& path : {"/Groups/" + id, std::string("/Groups")}) {
    app.run("INSERT INTO u SELECT max(id) + 1, 'late' || max(id) FROM u");  // after those that have an id
    app.run("INSERT INTO gu SELECT 1, max(id) FROM u");
    Recorder sink;
    const Response rest = ask(app, path, &sink);
    EXPECT_GE(sink.pieces, 2);
    Json group = Json::parse(sink.body + rest.body);
    if (path == "/Groups") group = Json(group["Resources"][0]);
    EXPECT_EQ(Json(group["members"]).size(), path == "/Groups" ? 902U : 901U);
    for (const Json& member : group["members"]) EXPECT_FALSE(member.value("value", "").empty());
  }
}

// Requirements: PA-11, A-11, E-9
TEST_F(Answers, APatchOfALargeGroupSendsNoMembersBack) {
  Application app("embedded");
  app.config().inline_members = 5;
  const Json nothing = Json::array({{{"op", "replace"}, {"path", "externalId"}, {"value", "x"}}});
  const std::string small = "/Groups/" + make_group(app, 5);
  const Answer shown = app.patch(small, nothing);
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.body["members"].size(), 5U);

  const std::string large = "/Groups/" + make_group(app, 6);
  const Answer silent = app.patch(large, nothing);
  EXPECT_EQ(silent.status, 204);
  EXPECT_TRUE(silent.body.is_null());
  EXPECT_EQ(silent.version, app.ask("GET", large).version) << "the new one";
  EXPECT_EQ(app.ask("GET", large).body["externalId"], "x");
  EXPECT_EQ(app.patch(large, nothing).status, 204) << "as a change that changes nothing";
  EXPECT_EQ(app.patch(large + "?attributes=members", nothing).body["members"].size(), 6U);
  EXPECT_EQ(app.patch(large + "?attributes=displayName", nothing).status, 200);
  EXPECT_EQ(app.patch(large + "?excludedAttributes=members", nothing).status, 200);
  EXPECT_EQ(app.ask("PUT", large, {{"schemas", {urn::kGroup}}, {"displayName", "put"}, {"members", app.ask("GET", large).body["members"]}}).status, 200)
      << "client-quirks 20: PUT needs a body";
  EXPECT_EQ(app.patch(large, Json::array({{{"op", "remove"}, {"path", "members"}}})).status, 200) << "it is not large any more";
}

TEST_F(Answers, APatchCountsNoMoreMembersThanItMust) {
  Application app("embedded");
  app.config().inline_members = 5;
  const Json rename = Json::array({{{"op", "replace"}, {"path", "externalId"}, {"value", "x"}}});
  const auto cost = [&](int members) {
    const std::string path = "/Groups/" + make_group(app, members);
    app.patch(path, rename);
    const sql::Db::Counters before = app.store().db().counters();
    EXPECT_EQ(app.patch(path, rename).status, 204);
    const sql::Db::Counters after = app.store().db().counters();
    return std::pair(after.statements - before.statements, after.rows - before.rows);
  };
  EXPECT_EQ(cost(6), cost(200));

  RecordingDb::Log log;
  auto db = sql::open_database(app.config(), sql::Open::existing, sql::Journal::as_it_is, app.env()).value();
  sql::SqlStore store(std::make_unique<RecordingDb>(std::move(db), log), app.mapping(), sql::StoreOptions(), app.env());
  const ResourceType& group = *app.registry().type_by_name("Group");
  EXPECT_TRUE(store.begin(Store::Mode::read).value()->has_more_members(group, make_group(app, 6), 5).value());
  ASSERT_FALSE(log.empty());
  const sql::Sql counting = log.back()->sql;
  const auto plan = app.store().db().query({"EXPLAIN QUERY PLAN " + counting.text, counting.binds}).value();
  std::string lines;
  while (plan->next().value()) lines += std::string(plan->text(3)) + '\n';
  EXPECT_EQ(lines.find("SCAN group"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("SCAN m"), std::string::npos) << lines;
}

}  // namespace
}  // namespace scim::test
