// SPDX-License-Identifier: MIT
// What clients ask for all day is answered from an index, whatever the number of users.
#include "sql/catalog.h"
#include "tests/unit/recording_db.h"
#include "tests/unit/sort_store.h"

namespace scim::test {
namespace {

class QueryPlan : public FilterStore {
 protected:
  /// The lines of EXPLAIN QUERY PLAN, joined by line feeds.
  std::string plan(const std::string& filter, const char* type_name) {
    const auto predicate = bind(parse_filter(filter).value(), type(type_name)).value();
    sql::Sql sql = sql::compile_select_ids(predicate, served_.mapping.of(type(type_name)), context());
    sql.text = "EXPLAIN QUERY PLAN " + sql.text;
    const auto cursor = store_->db().query(sql).value();
    std::string lines;
    while (cursor->next().value()) lines += std::string(cursor->text(3)) + '\n';
    return lines;
  }
};

TEST_F(QueryPlan, ReadsNoTableFromEndToEnd) {
  const struct {
    const char* type;
    const char* filter;
    const char* index;
  } kCases[] = {
      {"User", "userName eq \"x\"", "t0 USING INDEX users_user_name"},
      {"User", "userName sw \"x\"", "t0 USING INDEX users_user_name"},
      {"User", "externalId eq \"x\"", "t0 USING INDEX users_external_id"},
      {"User", "id eq \"x\"", "t0 USING INDEX users_id"},
      {"User", "id eq \"x\" or id eq \"y\"", "t0 USING INDEX users_id"},
      {"User", "displayName eq \"x\"", "t0 USING INDEX users_display_name"},
      {"User", "meta.location eq \"https://example.com/v2/Users/x\"", "t0 USING INDEX users_id"},
      {"User", "emails.value eq \"x\"", "c USING INDEX user_emails_value"},
      {"User", "emails[type eq \"work\" and value eq \"x\"]", "c USING INDEX user_emails_value"},
      {"User", "emails[type eq \"work\"].value eq \"x\"", "c USING INDEX user_emails_value"},
      {"User", "emails.value sw \"x\"", "c USING INDEX user_emails_value"},
      // What completion looks for.
      {"User", "id sw \"x\"", "t0 USING INDEX users_id"},
      {"User", "externalId sw \"x\"", "t0 USING INDEX users_external_id"},
      {"Group", "id sw \"x\"", "t0 USING COVERING INDEX groups_id"},
      {"Group", "displayName sw \"x\"", "t0 USING INDEX groups_display_name"},
      {"Group", "externalId sw \"x\"", "t0 USING INDEX groups_external_id"},
      {"User", "userName eq \"x\" or emails.value eq \"x\"", "t0 USING INDEX users_user_name"},
      {"User", "groups.value eq \"x\"", "g0 USING COVERING INDEX groups_id"},
      {"User", "groups.display eq \"x\"", "g0 USING COVERING INDEX groups_display_name"},
      {"User", "groups[value eq \"x\" and type eq \"direct\"]", "g0 USING COVERING INDEX groups_id"},
      {"Group", "members.value eq \"x\"", "m0 USING INDEX users_id"},
      {"Group", "members[value eq \"x\" and type eq \"User\"]", "j USING COVERING INDEX group_users_user"},
      {"Group", "id eq \"g\" and members.value eq \"x\"", "t0 USING COVERING INDEX groups_id"},
      {"Group", "displayName eq \"x\"", "t0 USING INDEX groups_display_name"},
      {"Group", "externalId eq \"x\"", "t0 USING INDEX groups_external_id"},
  };
  for (const auto& [type_name, filter, index] : kCases) {
    const std::string lines = plan(filter, type_name);
    SCOPED_TRACE(std::string(type_name) + ": " + filter + '\n' + lines);
    EXPECT_NE(lines.find(std::string("SEARCH ") + index), std::string::npos);
    for (const char* alias : {"t0", "c", "j", "m", "g"}) {
      EXPECT_EQ(lines.find("SCAN " + std::string(alias) + '\n'), std::string::npos);
      EXPECT_EQ(lines.find("SCAN " + std::string(alias) + ' '), std::string::npos);
    }
  }
}

// Requirements: F-9
TEST_F(QueryPlan, PartsOfTextsAreFoundByTheirTrigrams) {
  const auto finds = [](const std::string& lines, std::string_view what) { return lines.find(what) != std::string::npos; };
  for (const char* filter :
       {"userName co \"abc\"", "userName ew \"abcd\"", "displayName co \"abc\"", "name.familyName co \"a\u00e9\u00df\"",
        "name.givenName co \"abc\"", "emails.value co \"abc\"", "emails[type eq \"work\" and value co \"abc\"]",
        "userName co \"abc\" or emails.value co \"abc\""}) {
    const std::string lines = plan(filter, "User");
    SCOPED_TRACE(std::string(filter) + '\n' + lines);
    EXPECT_TRUE(finds(lines, "trigrams VIRTUAL TABLE INDEX"));
    EXPECT_FALSE(finds(lines, "SCAN t0"));
    EXPECT_FALSE(finds(lines, "SCAN c"));
    EXPECT_TRUE(finds(lines, "USING INTEGER PRIMARY KEY (rowid=?)")) << "what the index names, and its tail";
    // The tail: rows after the mark, and the few that have changed.
    const bool of_users = finds(filter, "Name");
    const bool of_emails = finds(filter, "emails");
    EXPECT_EQ(finds(lines, "SEARCH users USING INTEGER PRIMARY KEY (rowid>?)"), of_users);
    EXPECT_EQ(finds(lines, "SEARCH user_emails USING INTEGER PRIMARY KEY (rowid>?)"), of_emails);
    EXPECT_FALSE(finds(lines, "SCAN users"));
    EXPECT_FALSE(finds(lines, "SCAN user_emails"));
  }
  const std::string lines = plan("userName co \"ab\"", "User");
  EXPECT_TRUE(finds(lines, "SCAN t0")) << lines;
}

/// The same as steps, which name the tables.
TEST_F(QueryPlan, StepsNameTablesAndIndexes) {
  const auto steps = [&](const std::string& filter) {
    const auto predicate = bind(parse_filter(filter).value(), type("User")).value();
    sql::Sql sql = sql::compile_from_where(predicate, served_.mapping.of(type("User")), context());
    sql.text = "SELECT 1 " + sql.text;
    std::vector<std::string> found;
    const auto plan = store_->db().catalog()->plan(sql).value();
    for (const sql::PlanStep& step : plan) {
      const char* how = step.how == sql::PlanStep::How::search ? "search " : "scan ";
      found.push_back(how + step.table + (step.index.empty() ? "" : " by " + step.index));
    }
    return found;
  };
  using Steps = std::vector<std::string>;
  EXPECT_EQ(steps("userName eq \"x\""), Steps{"search users by users_user_name"});
  EXPECT_EQ(steps("title co \"x\""), Steps{"scan users"});
  EXPECT_EQ(steps("emails.value eq \"x\" and title pr"), (Steps{"search users", "search user_emails by user_emails_value"}));
  EXPECT_EQ(steps("emails.display co \"x\" or phoneNumbers.display co \"y\""),
            (Steps{"scan user_emails", "search users", "scan user_phone_numbers", "search users"}))
      << "two lists under one alias";
}

TEST_F(QueryPlan, RowsAreCounted) {
  insert(type("User"), {{"userName", "ada"}});
  const sql::RowCount count = store_->db().catalog()->row_count("users").value();
  EXPECT_EQ(count.rows, 1);
  EXPECT_FALSE(store_->db().catalog()->row_count("nosuch"));
}

/// What a page costs, by the statements that are really run.
class PagePlan : public SortStore {
 protected:
  PagePlan() {
    for (int i = 0; i < 40; ++i) users_.push_back(insert(type("User"), {{"userName", "user" + std::to_string(100 + i)}}));
    for (int i = 0; i < 20; ++i) add_group(i);
    auto db = sql::open_sqlite(database_.file(), sql::Open::existing, sql::Journal::as_it_is, sql::Sync::normal, 1000).value();
    recorded_ = std::make_unique<sql::SqlStore>(std::make_unique<RecordingDb>(std::move(db), log_), served_.mapping, sql::StoreOptions(), env_);
  }

  void add_group(int number) {
    Json members = Json::array();
    for (const std::string& id : users_) members.push_back({{"value", id}});
    insert(type("Group"), {{"displayName", "group" + std::to_string(100 + number)}, {"members", members}});
  }

  /// Runs the queries; log_ has their statements.
  Found record(const std::vector<Query>& queries) {
    log_.clear();
    const auto transaction = recorded_->begin(Store::Mode::read).value();
    JsonWriter out;
    return transaction->search_all(queries, out).value();
  }
  std::int64_t rows_read() const {
    std::int64_t rows = 0;
    for (const auto& statement : log_) rows += statement->rows;
    return rows;
  }
  bool reads(std::string_view table) const {
    return std::any_of(log_.begin(), log_.end(), [&](const auto& statement) { return statement->reads(table); });
  }
  /// The plan of a statement.
  std::string plan(const sql::Sql& sql) {
    const auto cursor = store_->db().query({"EXPLAIN QUERY PLAN " + sql.text, sql.binds}).value();
    std::string lines;
    while (cursor->next().value()) lines += std::string(cursor->text(3)) + '\n';
    return lines;
  }
  /// The plan of the statement that finds the page after `from`.
  std::string plan_of_page(const Listing& wanted, const Json& from) {
    Query query = wanted.query(5);
    query.paging = Paging::by_position;
    query.anchor = Anchor{from};
    EXPECT_EQ(record({query}).returned, 5);
    return log_.front()->sql.text + '\n' + plan(log_.front()->sql);
  }

  std::vector<std::string> users_;
  RecordingDb::Log log_;
  std::unique_ptr<sql::SqlStore> recorded_;
};

TEST_F(PagePlan, APageByPositionBeginsWhereItBegins) {
  const auto expect = [](const std::string& lines, const char* index) {
    EXPECT_NE(lines.find(std::string("SEARCH t0 USING ") + index), std::string::npos) << lines;
    EXPECT_EQ(lines.find("USE TEMP B-TREE FOR ORDER BY"), std::string::npos) << lines;
  };
  const Json by_name = {"user110", users_[10], "User"};
  expect(plan_of_page(listing("User"), {10, "User"}), "INTEGER PRIMARY KEY (rowid>?)");
  expect(plan_of_page(listing("User", Sort{attribute("User", "userName")}), by_name), "INDEX users_user_name (user_name_key>?)");
  expect(plan_of_page(listing("User", Sort{attribute("User", "userName"), SortOrder::descending}), by_name),
         "INDEX users_user_name (user_name_key<?)");
}

TEST_F(PagePlan, AFirstPageByAnIndexReadsNoMore) {
  record({listing("User", Sort{attribute("User", "userName")}).query(5)});
  const std::string lines = plan(log_.front()->sql);
  EXPECT_NE(lines.find("SCAN t0 USING INDEX users_user_name"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("TEMP B-TREE"), std::string::npos) << lines;
}

TEST_F(PagePlan, WhoNeedsNoTotalIsNotKeptWaitingForIt) {
  const auto where = [&] { return bind(parse_filter("userName sw \"u\"").value(), type("User")).value(); };
  const auto counts = [&] {
    return std::any_of(log_.begin(), log_.end(), [](const auto& statement) { return statement->sql.text.find("count(") != std::string::npos; });
  };
  for (const auto& sort : {std::optional<Sort>(), std::optional<Sort>(Sort{attribute("User", "userName")})}) {
    for (const Paging paging : {Paging::by_index, Paging::by_position}) {
      const Listing wanted = listing("User", sort, where());
      Query query = wanted.query(5);
      query.paging = paging;
      EXPECT_EQ(record({query}).total, 40);
      query.total = Query::Total::left;
      EXPECT_EQ(record({query}).returned, 5);
      EXPECT_FALSE(counts());
    }
  }
  // As completion asks: the first names by their index, none of the others.
  const std::string lines = plan(log_.front()->sql);
  EXPECT_NE(lines.find("SEARCH t0 USING INDEX users_user_name"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("TEMP B-TREE"), std::string::npos) << lines;
}

/// As completion asks by externalId, which a million users may not have.
TEST_F(PagePlan, WhoHasNoValueIsNotLookedForWhereOneIsAskedFor) {
  const auto looks_for_none = [&](const char* filter) {
    const Listing wanted = listing("User", Sort{attribute("User", "externalId")}, bind(parse_filter(filter).value(), type("User")).value());
    Query query = wanted.query(5);
    query.paging = Paging::by_position;
    record({query});
    return std::any_of(log_.begin(), log_.end(), [](const auto& statement) { return statement->sql.text.find(") IS NULL") != std::string::npos; });
  };
  for (const char* filter : {"externalId sw \"u\"", "externalId gt \"\"", "externalId pr", "userName pr and externalId eq \"u\"", "externalId eq \"u\" or externalId sw \"v\""}) {
    EXPECT_FALSE(looks_for_none(filter)) << filter;
  }
  for (const char* filter : {"externalId ne \"u\"", "externalId eq null", "not (externalId pr)", "userName pr", "externalId eq \"u\" or userName pr"}) {
    EXPECT_TRUE(looks_for_none(filter)) << filter;
  }
  const Listing wanted = listing("User", Sort{attribute("User", "externalId")}, bind(parse_filter("externalId gt \"\"").value(), type("User")).value());
  Query query = wanted.query(5);
  query.paging = Paging::by_position;
  record({query});
  EXPECT_NE(plan(log_.front()->sql).find("SEARCH t0 USING INDEX users_external_id (external_id>?)"), std::string::npos) << plan(log_.front()->sql);
}

TEST_F(PagePlan, StatementsDoNotDependOnThePage) {
  const auto count = [&](std::string_view path, Paging paging, std::int64_t limit) {
    std::vector<Query> queries;
    const Projection users = Projection::defaults(type("User"));
    const Projection groups = Projection::defaults(type("Group"));
    const Predicate always;
    for (const char* name : {"User", "Group"}) {
      Query& query = queries.emplace_back();
      query.type = &type(name);
      query.where = &always;
      query.projection = name == std::string("User") ? &users : &groups;
      query.limit = limit;
      query.paging = paging;
      if (!path.empty()) query.sort = Sort{attribute(name, path)};
    }
    record(queries);
    return log_.size();
  };
  for (const Paging paging : {Paging::by_index, Paging::by_position}) {
    for (const char* path : {"", "displayName"}) {
      // Both types are on these pages, and there is more.
      const std::size_t statements = count(path, paging, 45);
      EXPECT_EQ(count(path, paging, 59), statements);
      EXPECT_LE(count(path, paging, 2), statements);
      EXPECT_LT(statements, 25U);
    }
  }
}

// Requirements: A-3
TEST_F(PagePlan, MembersThatAreNotWantedAreNotRead) {
  const Predicate always;
  const Projection without = Projection::from_parameters(type("Group"), "", "members");
  const Projection with = Projection::defaults(type("Group"));
  Query query;
  query.type = &type("Group");
  query.where = &always;
  query.projection = &without;
  query.limit = 20;
  for (const Paging paging : {Paging::by_index, Paging::by_position}) {
    query.paging = paging;
    EXPECT_EQ(record({query}).returned, 20);
    EXPECT_FALSE(reads("group_users"));
    EXPECT_FALSE(reads("group_groups"));
    EXPECT_LE(rows_read(), 2 * 20 + 1);
  }
  query.projection = &with;
  record({query});
  EXPECT_TRUE(reads("group_users"));
  EXPECT_GE(rows_read(), 20 * 40);
}

TEST_F(PagePlan, ListsThatAreNotWantedAreNotRead) {
  const Predicate always;
  const Projection names = Projection::from_parameters(type("User"), "userName,name", "");
  Query query;
  query.type = &type("User");
  query.where = &always;
  query.projection = &names;
  query.limit = 10;
  record({query});
  for (const char* table : {"user_emails", "user_phone_numbers", "user_addresses", "group_users"}) EXPECT_FALSE(reads(table)) << table;
  EXPECT_LE(rows_read(), 11);
}

}  // namespace
}  // namespace scim::test
