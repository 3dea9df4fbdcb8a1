// SPDX-License-Identifier: MIT
// Exports against rows that an application has made: what matches, what is written, and what is not.
#include <gtest/gtest.h>

#include "core/path.h"
#include "sql/linker.h"
#include "sql/served.h"
#include "sql/sql_store.h"
#include "tests/unit/case_file.h"
#include "tests/unit/embedded_store.h"
#include "tests/unit/test_database.h"

namespace scim::test {
namespace {

using sql::LinkOutcome;
using sql::LinkPlan;
using sql::LinkRequest;
using Work = sql::LinkRequest::Work;

std::string mapping_file(const std::string& name, const char* ending) {
  return read_file(std::string(SCIMCTL_TEST_DATA) + "/mapping/" + name + ending);
}

const char* word(LinkOutcome outcome) {
  switch (outcome) {
    case LinkOutcome::exact: return "exact";
    case LinkOutcome::linked: return "linked";
    case LinkOutcome::conflict: return "conflict";
    case LinkOutcome::ambiguous: return "ambiguous";
    case LinkOutcome::none: return "none";
  }
  return "";
}

class LinkerTest : public ::testing::Test {
 protected:
  /// Opens an application's database; `more` goes into the section [user], over the [user.link] of the file.
  void open(const std::string& name, const std::string& more = "") {
    std::string toml = mapping_file(name, ".toml");
    replace(toml, "sqlite:@DB@", database_.url());
    if (more.find("link") != std::string::npos) {
      const std::size_t link = toml.find("\n[user.link]");
      toml.erase(link, toml.find("\n[user.map]") - link);
    }
    if (!more.empty()) replace(toml, "[user]", "[user]\n" + more);
    const Config config = parse_config(toml, name + ".toml").value();
    served_ = std::make_unique<sql::Served>(sql::load_served(config).value());
    const auto tables = sql::open_database(config, sql::Open::create, sql::Journal::wal, env_).value();
    if (!tables->run_script(database_.script(mapping_file(name, ".sql")))) throw std::runtime_error("no tables");
    store_ = sql::open_store(config, served_->mapping, env_).value();
  }
  static void replace(std::string& text, std::string_view what, const std::string& with) {
    text.replace(text.find(what), what.size(), with);
  }

  const ResourceType& type(const char* name) const { return *served_->registry->type_by_name(name); }
  const Attribute* attribute(const char* path) const { return resolve(type("User"), *parse_path_name(path)); }

  Result<LinkPlan> link(std::vector<Json> records, Work work = Work::plan, std::vector<const Attribute*> match = {},
                        const char* type_name = "User") {
    return store_->link({&type(type_name), std::move(match), std::move(records), work, {}, {}});
  }
  /// "exact userName ada|conflict ...": outcome, what found the rows, their names.
  std::string outcomes(const LinkPlan& plan) {
    std::string text;
    for (const sql::LinkMatch& match : plan.matches) {
      text += (text.empty() ? "" : "|") + std::string(word(match.outcome));
      if (match.by != nullptr) text += " " + match.by->path();
      for (const sql::LinkRow& row : match.rows) text += " " + row.name;
    }
    return text;
  }
  std::string planned(std::vector<Json> records, std::vector<const Attribute*> match = {}) {
    const auto plan = link(std::move(records), Work::plan, std::move(match));
    return plan ? outcomes(*plan) : plan.error().detail;
  }

  /// A query's first column.
  std::string rows(const std::string& text) {
    auto cursor = store_->db().query({text, {}}).value();
    std::string out;
    while (cursor->next().value()) out += (out.empty() ? "" : ",") + (cursor->is_null(0) ? "NULL" : std::string(cursor->text(0)));
    return out;
  }
  void run(const std::string& text) { store_->db().run({text, {}}).value(); }

  TestDatabase database_;
  FrozenEnv env_;
  std::unique_ptr<sql::Served> served_;
  std::unique_ptr<sql::SqlStore> store_;
};

Json person(const std::string& name, const std::string& external_id = "") {
  Json body = {{"userName", name}};
  if (!external_id.empty()) body["externalId"] = external_id;
  return body;
}
Json with_mail(Json body, const std::vector<std::string>& mails) {
  for (const std::string& mail : mails) body["emails"].push_back({{"value", mail}});
  return body;
}

TEST_F(LinkerTest, NamesMatchAsScimComparesThem) {
  open("flat");
  EXPECT_EQ(planned({person("ADA", "1"), person("ōe", "2"), person("strasse"), person("nobody", "4"), Json{{"externalId", "5"}}}),
            "exact userName ada|exact userName Ōe|exact userName STRAßE|none|none");
  EXPECT_EQ(link({Json{{"externalId", "5"}}})->matches[0].reason, "has no userName");
}

TEST_F(LinkerTest, PlanWritesNothing) {
  open("flat");
  ASSERT_TRUE(link({person("ada", "1")}));
  EXPECT_EQ(rows("SELECT count(*) FROM scim_user"), "0");
}

TEST_F(LinkerTest, MatchAttributesGoInTheirOrder) {
  open("children", "match = [\"userName\", \"emails.value\"]");
  EXPECT_EQ(planned({with_mail(person("grace"), {"zoë@exämple.se"}), with_mail(person("x"), {"none@x", "GRACE@example.ORG"}),
                     with_mail(person("y"), {"grace@example.com", "zoë@exämple.se"})}),
            "conflict userName grace|conflict emails.value grace|ambiguous emails.value grace Zoë");
  EXPECT_EQ(planned({with_mail(person("grace"), {"zoë@exämple.se"})}, {attribute("emails.value")}), "exact emails.value Zoë");
  EXPECT_EQ(planned({person("Grace Hopper")}, {attribute("displayName")}), "none");
  EXPECT_EQ(planned({Json{{"displayName", "Grace Hopper"}}}, {attribute("displayName")}), "exact displayName grace");
}

TEST_F(LinkerTest, WhatNoTextColumnHoldsIsNoMatch) {
  open("flat");
  for (const char* path : {"active", "password", "preferredLanguage", "nickName", "emails.type"}) {
    EXPECT_EQ(planned({person("ada")}, {attribute(path)}),
              std::string(path) + " is not mapped to a column of text: nothing can be matched by it");
  }
}

TEST_F(LinkerTest, SeveralRowsAreAmbiguous) {
  open("flat");
  run("UPDATE account SET mail = 'team@example.com' WHERE login IN ('ada', 'system')");
  const auto plan = link({with_mail(person("x"), {"Team@example.com"})}, Work::plan, {attribute("emails.value")});
  EXPECT_EQ(outcomes(*plan), "ambiguous emails.value ada system");
  EXPECT_EQ(plan->matches[0].reason, "2 have the same emails.value");
}

TEST_F(LinkerTest, RowsThatNoRecordMeans) {
  open("flat");
  const auto plan = link({person("ada"), person("nobody")});
  std::string names;
  for (const sql::LinkRow& row : plan->unmatched) names += row.name + " ";
  EXPECT_EQ(names, "Ōe STRAßE system ");
}

TEST_F(LinkerTest, RecordsThatMeanTheSameAreConflicts) {
  open("flat");
  const auto rows_shared = link({person("ada", "1"), person("system"), person("ADA", "2")});
  EXPECT_EQ(outcomes(*rows_shared), "conflict userName ada|exact userName system|conflict userName ada");
  EXPECT_EQ(rows_shared->matches[0].reason, "record 3 finds it too");
  EXPECT_EQ(rows_shared->matches[2].reason, "record 1 finds it too");
  const auto ids_shared = link({person("ada", "1"), person("nobody", "1")});
  EXPECT_EQ(outcomes(*ids_shared), "conflict userName ada|conflict");
  EXPECT_EQ(ids_shared->matches[1].reason, "record 1 has the same externalId");
}

TEST_F(LinkerTest, ApplyLinksWhatIsExactAndIsIdempotent) {
  open("flat");
  const std::string before = rows("SELECT uid || login || CAST(created AS TEXT) || CAST(changed AS TEXT) FROM account ORDER BY 1");
  const std::vector<Json> records = {person("ada", "a-1"), person("strasse"), person("nobody", "n")};
  const auto applied = link(records, Work::apply);
  ASSERT_TRUE(applied) << applied.error().detail;
  EXPECT_TRUE(applied->is_applied);
  EXPECT_FALSE(applied->matches[0].rows[0].id.empty());
  const std::string all = "SELECT owner || id || coalesce(external_id, '-') || coalesce(CAST(claimed AS TEXT), '-') || CAST(last_modified AS TEXT) FROM scim_user ORDER BY 1";
  const std::string links = rows(all);
  EXPECT_EQ(rows("SELECT coalesce(external_id, '-') FROM scim_user WHERE claimed IS NOT NULL ORDER BY 1"), "-,a-1");
  EXPECT_EQ(rows("SELECT uid || login || CAST(created AS TEXT) || CAST(changed AS TEXT) FROM account ORDER BY 1"), before);
  env_.advance(std::chrono::hours(1));
  const auto again = link(records, Work::apply);
  EXPECT_EQ(outcomes(*again), "linked userName ada|linked userName STRAßE|none");
  EXPECT_EQ(rows(all), links);
}

TEST_F(LinkerTest, AnExternalIdFindsARowThatHasAnotherName) {
  open("flat");
  ASSERT_TRUE(link({person("ada", "1")}, Work::apply)->is_applied);
  EXPECT_EQ(planned({person("ada.byron", "1")}), "linked externalId ada");
  EXPECT_EQ(planned({person("ada", "2")}), "conflict userName ada");
  EXPECT_EQ(link({person("ada", "2")})->matches[0].reason, "is linked to externalId \"1\"");
  EXPECT_EQ(planned({person("ADA")}), "linked userName ada");
  const auto other = link({person("system", "1")});
  EXPECT_EQ(outcomes(*other), "conflict userName system");
  EXPECT_EQ(other->matches[0].reason, "externalId belongs to \"ada\"");
}

TEST_F(LinkerTest, ALinkedRowWithoutExternalIdGetsIt) {
  open("flat");
  ASSERT_TRUE(link({person("ada")}, Work::apply));
  const std::string claimed = rows("SELECT claimed FROM scim_user");
  env_.advance(std::chrono::hours(1));
  EXPECT_EQ(outcomes(*link({person("ada", "1")}, Work::apply)), "exact userName ada");
  EXPECT_EQ(rows("SELECT external_id FROM scim_user"), "1");
  EXPECT_EQ(rows("SELECT claimed FROM scim_user"), claimed);
}

TEST_F(LinkerTest, DoubtStopsAllUnlessItIsSkipped) {
  open("flat");
  run("UPDATE account SET mail = 'team@example.com' WHERE login IN ('Ōe', 'system')");
  const std::vector<const Attribute*> match = {attribute("userName"), attribute("emails.value")};
  const std::vector<Json> records = {person("ada", "1"), with_mail(person("x", "2"), {"team@example.com"})};
  EXPECT_FALSE(link(records, Work::apply, match)->is_applied);
  EXPECT_EQ(rows("SELECT count(*) FROM scim_user"), "0");
  EXPECT_TRUE(link(records, Work::apply_certain, match)->is_applied);
  EXPECT_EQ(rows("SELECT external_id FROM scim_user"), "1");
}

TEST_F(LinkerTest, WhatScimHasDeletedIsNoMatch) {
  open("children");
  const std::string id = link({person("grace", "1")}, Work::apply)->matches[0].rows[0].id;
  auto transaction = store_->begin(Store::Mode::write).value();
  ASSERT_TRUE(transaction->remove(type("User"), id));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(planned({person("grace", "1")}), "none");
}

TEST_F(LinkerTest, IdsOfTheApplicationStay) {
  open("joined");
  const auto plan = link({person("Chief", "1"), person("bare"), with_mail(person("x"), {"søren@example.dk"})}, Work::apply,
                         {attribute("userName"), attribute("emails.value")});
  ASSERT_TRUE(plan) << plan.error().detail;
  EXPECT_EQ(outcomes(*plan), "exact userName Chief|exact userName bare|exact emails.value søren");
  EXPECT_EQ(plan->matches[0].rows[0].id, "c0ffee00-0000-4000-8000-000000000001");
  EXPECT_EQ(rows("SELECT coalesce(external_id, '-') FROM scim_user WHERE claimed IS NOT NULL ORDER BY 1"), "-,-,1");
  EXPECT_EQ(rows("SELECT touched_at FROM member ORDER BY id LIMIT 1"), "1577934245000001");
  EXPECT_EQ(outcomes(*link({person("Chief", "1")}, Work::apply)), "linked userName Chief");
}

TEST_F(LinkerTest, ARowOfOursBeginsWithTheFirstChange) {
  open("joined", "link = { id = 'public_id' }");
  ASSERT_TRUE(link({person("Chief", "1")}, Work::apply));
  auto transaction = store_->begin(Store::Mode::write).value();
  const Changes title = {{attribute("title"), Change::Kind::set, "Baker"}};
  EXPECT_TRUE(transaction->update(type("User"), "c0ffee00-0000-4000-8000-000000000003", title));
  EXPECT_TRUE(transaction->remove(type("User"), "c0ffee00-0000-4000-8000-000000000002"));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(rows("SELECT count(*) FROM scim_user WHERE created = last_modified"), "3");
}

TEST_F(LinkerTest, ElementsThatOnlyTheDocumentHoldsMatch) {
  open("flat");
  auto transaction = store_->begin(Store::Mode::write).value();
  const Json mails = {{{"value", "eve@example.com"}, {"type", "work"}}, {{"value", "eve@home.example"}, {"type", "home"}}};
  ASSERT_TRUE(transaction->insert({&type("User"), {{"userName", "eve"}, {"emails", mails}}}));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(planned({with_mail(person("x"), {"Eve@home.example"})}, {attribute("emails.value")}), "linked emails.value eve");
}

TEST_F(LinkerTest, GroupsMatchByDisplayName) {
  open("flat");
  const auto plan = link({Json{{"displayName", "STAFF"}, {"externalId", "g"}}}, Work::apply, {}, "Group");
  ASSERT_TRUE(plan) << plan.error().detail;
  EXPECT_EQ(outcomes(*plan), "exact displayName Staff");
  EXPECT_EQ(rows("SELECT owner || external_id FROM scim_group"), "r-1g");
}

TEST_F(LinkerTest, MayLackAPlaceForExternalId) {
  open("flat", "own_table = false\nlink = { id = 'uid' }\nunmapped = 'ignore'");
  EXPECT_EQ(planned({person("ada", "1")}), "the mapping has no place for externalId");
  EXPECT_EQ(planned({person("ada")}), "exact userName ada");
}

/// Everything in the embedded store is SCIM's.
using LinkerEmbeddedTest = EmbeddedStore;
TEST_F(LinkerEmbeddedTest, IsRefused) {
  const auto plan = store().link({&user(), {}, {person("ada")}, Work::plan, {}, {}});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::bad_request);
}

}  // namespace
}  // namespace scim::test
