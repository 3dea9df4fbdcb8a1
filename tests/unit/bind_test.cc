// SPDX-License-Identifier: MIT
// Meaning: the evaluation cases of tests/data/scim/filters-cases.json through bind() and match().
#include <gtest/gtest.h>

#include <algorithm>

#include "case_file.h"
#include "core/match.h"
#include "core/predicate.h"

namespace scim {
namespace {

class Bind : public testing::Test {
 protected:
  std::vector<const ResourceType*> types_for(const std::string& on) const {
    if (on != "*") return {registry_.type_by_name(on)};
    return {registry_.type_by_name("User"), registry_.type_by_name("Widget")};
  }
  /// The normalised filter, or the error.
  std::string bound(const std::string& text, const char* type = "User") const {
    const auto filter = parse_filter(text);
    if (!filter) return "error: " + filter.error().detail;
    const auto predicate = bind(*filter, *registry_.type_by_name(type));
    return predicate ? to_text(*predicate) : "error: " + predicate.error().detail;
  }
  int evaluate_cases(Dialect dialect) const;
  const Registry registry_ = test::registry_with_widget();
};

/// The evaluation cases that hold for who speaks `dialect`: how many.
int Bind::evaluate_cases(Dialect dialect) const {
  const Json file = test::read_cases("scim/filters-cases.json");
  int cases = 0;
  for (const Json& item : file["eval"]) {
    if (dialect == Dialect::rfc && item["basis"] != "rfc") continue;
    SCOPED_TRACE(item["id"].get<std::string>() + ": " + item["filter"].get<std::string>());
    ++cases;
    const auto types = types_for(item["on"].get<std::string>());
    const auto filter = parse_filter(item["filter"].get<std::string>());
    EXPECT_TRUE(filter) << filter.error().detail;
    if (!filter) continue;
    Leniency leniency(dialect);
    const auto predicates = bind_types(*filter, types, leniency);
    if (item.contains("error")) {
      EXPECT_FALSE(predicates);
      if (predicates) continue;
      EXPECT_EQ(info(predicates.error().kind).scim_type, item["error"]["scimType"].get<std::string>());
      EXPECT_NE(predicates.error().offset, std::string::npos);
      continue;
    }
    EXPECT_TRUE(predicates) << predicates.error().detail;
    if (!predicates) continue;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < types.size(); ++i) {
      for (const Json& resource : file["resources"][types[i]->name]) {
        if (match((*predicates)[i], resource)) ids.push_back(resource["id"].get<std::string>());
      }
      EXPECT_EQ(to_text(simplify((*predicates)[i])), to_text((*predicates)[i])) << "simplify is idempotent";
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, item["matches"].get<std::vector<std::string>>());
  }
  return cases;
}

// Requirements: F-7, F-8, F-9, F-10, F-11, F-12, F-13, F-14, F-15, F-16, F-19, F-20, F-22, F-23, F-24, F-25, F-26, F-27
// Requirements: F-30
TEST_F(Bind, EvaluationCases) { EXPECT_EQ(evaluate_cases(Dialect::any), 140); }

/// What follows from the text of the RFC needs no tolerance.
TEST_F(Bind, EvaluationCasesOfTheRfcWithoutTolerances) { EXPECT_EQ(evaluate_cases(Dialect::rfc), 106); }

// Requirements: F-16
TEST_F(Bind, NormalisedForm) {
  EXPECT_EQ(bound("USERNAME EQ \"ADA\""), "userName eq \"ada\"");
  EXPECT_EQ(bound("id eq \"a\" or id eq \"b\" or id eq \"a\""), "(id eq \"a\" or id eq \"b\")");
  EXPECT_EQ(bound("emails.value co \"X\""), "emails[value co \"x\"]");
  EXPECT_EQ(bound("emails[type eq \"work\"].value eq \"x\""), "emails[type eq \"work\" and value eq \"x\"]");
  EXPECT_EQ(bound("not (not (title pr))"), "title pr");
  EXPECT_EQ(bound("title pr and meta.resourceType eq \"Group\""), "false");
  EXPECT_EQ(bound("title ne \"a\" or (nickName pr or active eq true)"), "title ne \"a\" or nickName pr or active eq true");
  EXPECT_EQ(bound("members eq \"x\"", "Group"), "members[value eq \"x\"]");
  EXPECT_EQ(bound("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq \"m\""),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq \"m\"");
}

// Requirements: H-26, F-25
TEST_F(Bind, PrimaryThatIsNotSaidIsFalse) {
  EXPECT_EQ(bound("emails[primary eq false]"), "emails[not (primary eq true)]");
  EXPECT_EQ(bound("emails[primary ne false]"), "emails[primary eq true]");
  EXPECT_EQ(bound("emails[primary eq \"True\"]"), "emails[primary eq true]");
}

// Requirements: F-12, F-26, F-27, PW-4
TEST_F(Bind, ErrorsNameThePlaceAndHint) {
  EXPECT_EQ(bound("title pr or userNmae eq \"a\""), "error: unknown attribute \"userNmae\", did you mean \"userName\"? at 12");
  EXPECT_EQ(bound("employeeNumber eq \"1\""),
            "error: unknown attribute \"employeeNumber\", did you mean "
            "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber\"? at 0");
  EXPECT_EQ(bound("active gt true"), "error: \"active\" is boolean, which has no operator `gt`, but eq, ne or pr at 7");
  EXPECT_EQ(bound("count pr and title pr", "Widget"), "error: unknown attribute \"title\" at 13");
  EXPECT_EQ(bound("count eq \"5\"", "Widget"), "error: \"count\" is integer, which cannot be compared with \"5\" at 9");
  EXPECT_EQ(bound("meta.created gt \"2011-05-13\""), "error: \"meta.created\" is dateTime, which cannot be compared with \"2011-05-13\", but with a time: "
                                                    "\"2026-01-02T03:04:05Z\" at 16");
  EXPECT_EQ(bound("password pr"), "error: \"password\" cannot be filtered at 0");
  EXPECT_EQ(bound("name eq \"x\""), "error: \"name\" is complex: compare one of its sub-attributes, such as name.formatted at 0");
  EXPECT_EQ(bound("emails[vlaue pr]"), "error: \"vlaue\" is not a sub-attribute of \"emails\", did you mean \"value\"? at 7");
  EXPECT_EQ(bound("active eq \"yes\""), "error: \"active\" is boolean, which cannot be compared with \"yes\", but with true or false at 10");
  EXPECT_EQ(bound("urn:ietf:params:scim:schemas:core:2.0:User.userName pr"),
            "error: unknown attribute \"urn:ietf:params:scim:schemas:core:2.0:User.userName\", did you mean \"userName\"? at 0");
  EXPECT_EQ(bound("userName[value eq \"x\"]"), "error: \"userName\" takes no brackets: it is neither a list nor complex at 0");
  EXPECT_EQ(bound("title gt null"), "error: \"title\" can be compared with null by eq and ne only at 0");
}

// Requirements: F-22, L-8
TEST_F(Bind, MixedTypesKnowMoreThanEach) {
  const auto types = types_for("*");
  EXPECT_TRUE(bind_types(*parse_filter("userName pr or label pr"), types));
  EXPECT_FALSE(bind_types(*parse_filter("userName pr or nosuch pr"), types));
}

}  // namespace
}  // namespace scim
