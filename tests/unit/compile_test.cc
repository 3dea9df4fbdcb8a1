// SPDX-License-Identifier: MIT
// Filters as SQL: the text that filter-test shows, and that no value ever stands in it.
#include "sql/compile.h"

#include <gtest/gtest.h>

#include "core/filter.h"
#include "core/registry.h"
#include "sql/compiled_filters.h"
#include "sql/condition.h"

namespace scim::test {
namespace {

class CompileTest : public ::testing::Test {
 protected:
  sql::Sql compile(const std::string& filter, const char* type_name = "User",
                   sql::Visible visible = sql::Visible::all) const {
    const ResourceType& type = *registry_.type_by_name(type_name);
    const auto predicate = bind(parse_filter(filter).value(), type);
    if (!predicate) throw std::runtime_error(predicate.error().detail);
    const sql::CompileContext context{mapping_, sql::kSqliteDialect, "https://x/v2", visible};
    return sql::compile_select_ids(*predicate, mapping_.of(type), context);
  }
  /// What stands between WHERE and ORDER BY, deactivated users included.
  std::string where(const std::string& filter, const char* type_name = "User") const {
    const std::string text = compile(filter, type_name).text;
    const auto from = text.find(" WHERE ");
    if (from == std::string::npos) return "";
    return text.substr(from + 7, text.rfind(" ORDER BY ") - from - 7);
  }

  sql::Sql compile_where(const std::string& filter, const char* type_name, sql::CompiledFilters* filters) const {
    const ResourceType& type = *registry_.type_by_name(type_name);
    const sql::CompileContext context{mapping_, sql::kSqliteDialect, "https://x/v2", sql::Visible::living, nullptr, filters};
    return sql::compile_from_where(bind(parse_filter(filter).value(), type).value(), mapping_.of(type), context);
  }

  const Registry registry_ = Registry::standard();
  const sql::Mapping mapping_ = sql::embedded_mapping(registry_).value();
};

TEST_F(CompileTest, WholeStatement) {
  const sql::Sql sql = compile("userName eq \"Ada\"", "User", sql::Visible::living);
  EXPECT_EQ(sql.text,
            "SELECT t0.\"id\" FROM \"users\" t0 WHERE t0.\"user_name_key\" = ?1 AND t0.\"deactivated\" IS NULL "
            "ORDER BY t0.\"key\"");
  ASSERT_EQ(sql.binds.size(), 1U);
  EXPECT_EQ(std::get<std::string>(sql.binds[0]), "ada");
}

struct Asked {
  const char* type;
  const char* filter;
  std::size_t kept;  ///< so far
};

// Random filters are in differential_test.cc.
TEST_F(CompileTest, OfFiltersThatDifferInTextsOneIsKept) {
  sql::CompiledFilters filters;
  for (const Asked& asked : {
           Asked{"User", "userName eq \"ada\"", 1}, Asked{"User", "userName eq \"Jessica\"", 1},
           Asked{"User", "externalId eq \"ada\"", 2}, Asked{"User", "not (userName eq \"ada\")", 3},
           Asked{"User", "emails[type eq \"work\" and value eq \"a@x\"]", 4},
           Asked{"User", "emails[type eq \"home\" and value eq \"b@x\"]", 4},
           Asked{"User", "emails[value eq \"home\" and type eq \"b@x\"]", 5},
           Asked{"User", "active eq true", 6}, Asked{"User", "active eq false", 7}, Asked{"User", "userName eq null", 8},
           Asked{"User", "userName pr", 9}, Asked{"Group", "displayName eq \"a\"", 10},
           Asked{"User", "userName eq \"a\" and externalId eq \"b\"", 11},
           Asked{"User", "userName eq \"a\" or externalId eq \"b\"", 12},
           Asked{"User", "(userName eq \"a\" or externalId eq \"b\") and title eq \"c\"", 13},
           Asked{"User", "userName eq \"a\" or externalId eq \"b\" and title eq \"c\"", 14},
           // Of these there may be as many as there are texts.
           Asked{"User", "userName co \"ada\"", 14}, Asked{"User", "userName ne \"ada\"", 14}, Asked{"User", "userName eq \"\"", 14},
           Asked{"User", "userName eq \"\u00e9\"", 14}, Asked{"User", "id eq \"ada\"", 14},
           Asked{"User", "meta.created gt \"2020-01-01T00:00:00Z\"", 14},
           // Of these it is kept that the text decides.
           Asked{"User", "groups.type eq \"direct\"", 15}, Asked{"User", "groups.type eq \"indirect\"", 15},
           Asked{"User", "meta.version eq \"W/1\"", 16}, Asked{"User", "meta.version eq \"W/\\\"1\\\"\"", 16},
           Asked{"Group", "members.type eq \"User\"", 17}, Asked{"Group", "members.type eq \"Group\"", 17},
       }) {
    const sql::Sql anew = compile_where(asked.filter, asked.type, nullptr);
    const sql::Sql kept = compile_where(asked.filter, asked.type, &filters);
    EXPECT_EQ(kept.text, anew.text) << asked.filter;
    EXPECT_EQ(kept.binds, anew.binds) << asked.filter;
    EXPECT_EQ(filters.size(), asked.kept) << asked.filter;
  }
}

TEST_F(CompileTest, KeptFiltersHaveABound) {
  sql::CompiledFilters filters;
  std::string filter = "userName eq \"a\"";
  for (int i = 0; i < 150; ++i) {
    filter += " or userName eq \"a\"";
    EXPECT_EQ(compile_where(filter, "User", &filters).text, compile_where(filter, "User", nullptr).text);
    EXPECT_LE(filters.size(), 64U);
  }
}

TEST_F(CompileTest, Comparisons) {
  EXPECT_EQ(where("title eq \"x\""), "scim_fold(t0.\"title\") = ?1");
  EXPECT_EQ(where("title ne \"x\""), "scim_fold(t0.\"title\") IS NOT ?1");
  EXPECT_EQ(where("title eq null"), "t0.\"title\" IS NULL");
  EXPECT_EQ(where("title ne null"), "t0.\"title\" IS NOT NULL");
  EXPECT_EQ(where("title pr"), "t0.\"title\" <> ''");
  EXPECT_EQ(where("externalId le \"x\""), "t0.\"external_id\" <= ?1");
  EXPECT_EQ(where("active eq true"), "(t0.\"active\" <> 0) = ?1");
  EXPECT_EQ(where("active pr"), "(t0.\"active\" <> 0) IS NOT NULL");
  EXPECT_EQ(where("meta.created gt \"2020-01-01T00:00:00Z\""), "t0.\"created\" > ?1");
}

TEST_F(CompileTest, SubstringsAreNoPatterns) {
  EXPECT_EQ(where("userName sw \"a%_\""), "t0.\"user_name_key\" >= ?1 AND t0.\"user_name_key\" < ?2");
  EXPECT_EQ(where("userName co \"%_\""), "instr(t0.\"user_name_key\", ?1) > 0");
  EXPECT_EQ(where("userName ew \"%_\""), "substr(t0.\"user_name_key\", -?1) = ?2");
  EXPECT_EQ(where("userName co \"a%_\""),
            "t0.\"key\" IN (SELECT rowid FROM \"user_trigrams\" WHERE \"user_trigrams\" MATCH ?1 "
            "UNION ALL SELECT \"key\" FROM \"user_trigrams_tail\") AND "
            "instr(t0.\"user_name_key\", ?2) > 0");
  EXPECT_EQ(where("title co \"\""), "t0.\"title\" IS NOT NULL");
  EXPECT_EQ(std::get<std::string>(compile("userName sw \"a%_\"").binds[1]), "a%`");
}

TEST_F(CompileTest, NotIsTwoValued) {
  EXPECT_EQ(where("not (title eq \"x\")"), "NOT coalesce(scim_fold(t0.\"title\") = ?1, false)");
  EXPECT_EQ(where("not (title eq null)"), "NOT (t0.\"title\" IS NULL)");
  EXPECT_EQ(where("not (active eq true and title pr)"),
            "NOT coalesce((t0.\"active\" <> 0) = ?1 AND t0.\"title\" <> '', false)");
}

TEST_F(CompileTest, OrStandsInParenthesesWithinAnd) {
  EXPECT_EQ(where("active eq true and (title pr or nickName pr)"),
            "(t0.\"active\" <> 0) = ?1 AND (t0.\"title\" <> '' OR t0.\"nick_name\" <> '')");
}

TEST_F(CompileTest, ListsAreNotCorrelated) {
  EXPECT_EQ(where("emails[type eq \"work\" and value eq \"x\"]"),
            "t0.\"key\" IN (SELECT c.\"user\" FROM \"user_emails\" c WHERE scim_fold(c.\"type\") = ?1 AND "
            "c.\"value_key\" = ?2)");
  EXPECT_EQ(where("emails eq \"x\" or emails eq \"y\""),
            "t0.\"key\" IN (SELECT c.\"user\" FROM \"user_emails\" c WHERE c.\"value_key\" = ?1 OR c.\"value_key\" = ?2)")
      << "one visit for both";
  EXPECT_EQ(where("emails eq null"),
            "NOT coalesce(t0.\"key\" IN (SELECT c.\"user\" FROM \"user_emails\" c WHERE (c.\"value\" IS NOT NULL OR "
            "c.\"display\" IS NOT NULL OR c.\"type\" IS NOT NULL OR (c.\"is_primary\" <> 0) IS NOT NULL)), false)")
      << "a row that shows nothing is no element";
}

TEST_F(CompileTest, Ids) {
  EXPECT_EQ(where("id eq \"a\""), "t0.\"id\" = ?1");
  EXPECT_EQ(where("id eq \"a\" or id eq \"b\""), "t0.\"id\" IN (?1, ?2)");
}

TEST_F(CompileTest, DerivedValuesBecomeColumns) {
  const sql::Sql version = compile("meta.version eq \"W/\\\"7\\\"\"");
  EXPECT_NE(version.text.find("t0.\"version\" = ?1"), std::string::npos) << version.text;
  EXPECT_EQ(std::get<std::int64_t>(version.binds.at(0)), 7);
  const sql::Sql location = compile("meta.location eq \"https://x/v2/Users/abc\"");
  EXPECT_NE(location.text.find("t0.\"id\" = ?1"), std::string::npos) << location.text;
  EXPECT_EQ(std::get<std::string>(location.binds.at(0)), "abc");
  EXPECT_EQ(where("meta.version eq \"7\""), "false") << "no resource has such a tag";
  EXPECT_EQ(where("meta.version eq \"W/\\\"07\\\"\""), "false");
  EXPECT_EQ(where("meta.location eq \"https://y/v2/Users/abc\""), "false");
}

TEST_F(CompileTest, MemberTypesPickTheirTable) {
  const std::string users = where("members[type eq \"user\" and value eq \"a\"]", "Group");
  EXPECT_NE(users.find("\"group_users\""), std::string::npos) << users;
  EXPECT_EQ(users.find("\"group_groups\""), std::string::npos) << users;
  EXPECT_EQ(where("members[type eq \"robot\"]", "Group"), "false");
  EXPECT_NE(users.find("m0.\"deactivated\" IS NULL"), std::string::npos) << users;
}

TEST_F(CompileTest, GroupsAreWalkedFromTheFewerSide) {
  const std::string down = where("groups.value eq \"g\"");
  EXPECT_NE(down.find("IN (WITH RECURSIVE r(k)"), std::string::npos) << down;
  const std::string direct = where("groups[type eq \"direct\" and value eq \"g\"]");
  EXPECT_EQ(direct.find("RECURSIVE"), std::string::npos) << direct;
  const std::string indirect = where("groups[type eq \"indirect\" and value eq \"g\"]");
  EXPECT_NE(indirect.find("EXISTS (WITH RECURSIVE up"), std::string::npos) << indirect;
  EXPECT_EQ(where("groups eq null").find("RECURSIVE"), std::string::npos);
}

TEST_F(CompileTest, OnlyTheLivingAmongWhatAnOrLetsIn) {
  const std::string users = where("members[type eq \"User\" and (value eq \"a\" or display eq \"b\")]", "Group");
  EXPECT_NE(users.find("WHERE (m0.\"id\" = ?1 OR "), std::string::npos) << users;
  EXPECT_NE(users.find(") AND m0.\"deactivated\" IS NULL"), std::string::npos) << users;
}

TEST_F(CompileTest, GroupsOfAnOrStayApart) {
  const std::string apart = where("groups.value eq \"g\" or groups[type eq \"direct\" and display eq \"d\"]");
  EXPECT_EQ(apart.find("EXISTS"), std::string::npos) << "neither needs a look at each user: " << apart;
}

TEST_F(CompileTest, AKeyOfAnotherCollationIsNotUsed) {
  // display folds case, userName also maps width: its key column would compare something else.
  const std::string users = where("members[type eq \"User\" and display eq \"b\"]", "Group");
  EXPECT_NE(users.find("coalesce(m0.\"display_name_key\", scim_fold(m0.\"user_name\")) = ?1"), std::string::npos) << users;
}

TEST_F(CompileTest, WithoutAKeyColumnTheCollationIsAFunction) {
  const std::string rest = "table = 't'\nkey = 'k'\nlink = { id = 'id' }\nown_table = false\n";
  const auto mapping = sql::parse_mapping(
      "[user]\n" + rest + "[user.map]\nuserName = 'n'\n[group]\n" + rest + "[group.map]\n", "app.toml", registry_);
  ASSERT_TRUE(mapping) << mapping.error().detail;
  const ResourceType& user = *registry_.type_by_name("User");
  const auto predicate = bind(parse_filter("userName eq \"x\"").value(), user).value();
  const sql::CompileContext context{*mapping, sql::kSqliteDialect, ""};
  EXPECT_EQ(sql::compile_select_ids(predicate, mapping->of(user), context).text,
            "SELECT t0.\"id\" FROM \"t\" t0 WHERE scim_username(t0.\"n\") = ?1 ORDER BY t0.\"k\"");
}

// Requirements: SEC-4
TEST_F(CompileTest, TextNeverHoldsAValue) {
  for (const char* filter :
       {"userName eq \"needle\"", "emails.value sw \"needle\"", "groups.display co \"needle\"", "id eq \"needle\"",
        "meta.location co \"needle\"", "externalId ew \"needle\"", "groups[type eq \"indirect\" and display eq \"needle\"]"}) {
    const sql::Sql sql = compile(filter);
    EXPECT_EQ(sql.text.find("needle"), std::string::npos) << sql.text;
    EXPECT_NE(sql.text.find("?" + std::to_string(sql.binds.size())), std::string::npos) << sql.text;
    EXPECT_EQ(sql.text.find("?" + std::to_string(sql.binds.size() + 1)), std::string::npos) << sql.text;
  }
}

TEST(PrefixEnd, IsTheNextTextInCodePointOrder) {
  EXPECT_EQ(sql::prefix_end("ab"), "ac");
  EXPECT_EQ(sql::prefix_end("a\x7F"), "a\xC2\x80");
  EXPECT_EQ(sql::prefix_end("\xC3\xBF"), "\xC4\x80") << "U+00FF";
  EXPECT_EQ(sql::prefix_end("\xDF\xBF"), "\xE0\xA0\x80") << "U+07FF";
  EXPECT_EQ(sql::prefix_end("\xED\x9F\xBF"), "\xEE\x80\x80") << "surrogates are skipped";
  EXPECT_EQ(sql::prefix_end("\xEF\xBF\xBF"), "\xF0\x90\x80\x80") << "U+FFFF";
  EXPECT_EQ(sql::prefix_end("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x81");
  EXPECT_EQ(sql::prefix_end("a\xF4\x8F\xBF\xBF"), "b") << "after U+10FFFF the character before it";
  EXPECT_EQ(sql::prefix_end("\xF4\x8F\xBF\xBF"), std::nullopt);
}

}  // namespace
}  // namespace scim::test
