// SPDX-License-Identifier: MIT
// The checks of scimctl conformance: that they can be read, what their matchers accept, what is said of the results.
#include "cli/conformance/conformance_check.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "cli/conformance/conformance_report.h"
#include "cli/conformance/conformance_target.h"
#include "cli/conformance/conformance_values.h"
#include "cli/conformance/expectation.h"

namespace scim::test {
namespace {

using namespace cli;
using Outcome = ConformanceResult::Outcome;

std::string mismatch_of(const std::string& matcher, const std::string& value) {
  const Json json = value.empty() ? Json() : Json::parse(value);
  return mismatch(Json::parse(matcher), value.empty() ? nullptr : &json).value_or("fits");
}

bool fits(const std::string& matcher, const std::string& value) { return mismatch_of(matcher, value) == "fits"; }

TEST(Conformance, AllChecksCanBeReadAndHaveNamesOfTheirOwn) {
  const auto checks = conformance_checks();
  ASSERT_TRUE(checks) << checks.error().detail;
  EXPECT_GT(checks->size(), 150u);
  std::set<std::string> ids;
  const std::regex form("[A-Z]+-[0-9]+\\.[a-z-]+");
  for (const ConformanceCheck& check : *checks) {
    EXPECT_TRUE(ids.insert(check.id).second) << check.id << " is there twice";
    EXPECT_TRUE(std::regex_match(check.id, form)) << check.id;
    EXPECT_TRUE(check.rfc.starts_with("RFC ")) << check.id;
    EXPECT_FALSE(check.title.empty() || check.requirement.empty() || check.steps.empty()) << check.id;
  }
}

TEST(Conformance, WhatAServerOffersByTheStandardIsWhatChecksNeed) {
  // A need that is misspelt would have a check skipped for ever.
  const ConformanceTarget target(Json::parse(R"({"pagination": {"cursor": true, "index": true}, "filter": {"supported": true}, "patch": {"supported": true},
    "sort": {"supported": true}, "bulk": {"supported": true}, "etag": {"supported": true}})"), Json(), Json());
  const auto checks = conformance_checks();
  ASSERT_TRUE(checks);
  for (const ConformanceCheck& check : *checks) {
    for (const std::string& need : check.needs) {
      const bool is_refusal = need.starts_with("no ");
      EXPECT_EQ(is_refusal ? "" : target.lacks(need).value_or(""), "") << check.id;
    }
  }
}

TEST(Conformance, NeedsAreLookedUpInWhatTheServerSaysOfItself) {
  const ConformanceTarget target(
      Json::parse(R"({"filter": {"supported": false}, "pagination": {"index": false}})"), Json::parse(R"({"Resources": [{"name": "User"}]})"),
      Json::parse(R"({"Resources": [{"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": [
        {"name": "username", "required": true}, {"name": "tag", "type": "string", "required": true, "multiValued": true},
        {"name": "groups", "mutability": "readOnly", "required": true},
        {"name": "name", "type": "complex", "subAttributes": [{"name": "givenName"}]}]}]})"));
  EXPECT_EQ(target.lacks("filter"), "ServiceProviderConfig does not offer filter");
  EXPECT_EQ(target.lacks("no filter"), std::nullopt);
  EXPECT_EQ(target.lacks("index"), "ServiceProviderConfig does not offer paging by index");
  EXPECT_EQ(target.lacks("cursor"), "ServiceProviderConfig does not offer cursors");
  EXPECT_EQ(target.lacks("User"), std::nullopt);
  EXPECT_EQ(target.lacks("Group"), "the server has no resource type Group");
  EXPECT_EQ(target.lacks("User.name.givenName"), std::nullopt);
  EXPECT_EQ(target.lacks("User.name.familyName"), "the server's schema has no User.name.familyName");
  EXPECT_EQ(target.lacks("enterprise.department"), "users have no enterprise extension");
  EXPECT_EQ(target.lacks("User.userName:caseExact=false"), std::nullopt) << "the default of RFC 7643 2.2";
  EXPECT_EQ(target.lacks("User.userName:uniqueness=server"), "the server's schema declares otherwise than User.userName:uniqueness=server");
  EXPECT_EQ(target.required_of("User", "ada").dump(),
            R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"tag":["ada"],"userName":"ada"})");
}

TEST(Conformance, CharacteristicsAreThoseOfWhatAnAttributeIsAPartOf) {
  const ConformanceTarget target(Json(), Json(), Json::parse(R"({"Resources": [{"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": [
        {"name": "name", "type": "complex", "returned": "always", "subAttributes": [{"name": "givenName"}]},
        {"name": "emails", "type": "complex", "mutability": "readOnly", "subAttributes": [{"name": "value"}]},
        {"name": "groups", "type": "Complex", "returned": "request"}]}]})"));
  for (const char* need : {"User.name.givenName:kept", "User.name.givenName:returned=default|always", "User.groups:returned=request", "User.groups:type=complex"}) {
    EXPECT_EQ(target.lacks(need), std::nullopt) << need;
  }
  for (const char* need : {"User.name.givenName:returned=default", "User.emails.value:kept", "User.groups:kept", "User.groups:returned=default|always"}) {
    EXPECT_EQ(target.lacks(need), std::string("the server's schema declares otherwise than ") + need);
  }
}

TEST(Conformance, ExtensionsThatAreRequiredAreGiven) {
  const ConformanceTarget target(
      Json(), Json::parse(R"({"Resources": [{"name": "User", "schemaExtensions": [{"schema": "urn:x:Must", "required": true}, {"schema": "urn:x:May", "required": false}]}]})"),
      Json::parse(R"({"Resources": [{"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": [
        {"name": "emails", "type": "complex", "multiValued": true, "required": true, "subAttributes": [
          {"name": "type", "type": "string", "required": true, "canonicalValues": ["work"]}, {"name": "primary", "type": "boolean", "required": true}]}]},
        {"id": "urn:x:Must", "attributes": [{"name": "badge", "type": "integer", "required": true}, {"name": "desk"}]}]})"));
  EXPECT_EQ(target.required_of("User", "ada").dump(),
            R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:x:Must"],"emails":[{"type":"work","primary":false}],"userName":"ada","urn:x:Must":{"badge":1}})");
}

TEST(ConformanceValues, PlaceholdersAreWhatAnAnswerHad) {
  const ConformanceTarget target{Json(), Json(), Json()};
  ConformanceValues values(target, "run-1");
  values.keep_answer("ada", {200, {{"ETag", "W/\"1\""}}, R"({"id": "a:b/c", "n": 2})"});
  values.keep_answer("", {404, {}, ""});
  const auto expanded = [&](const char* json) {
    const auto got = values.expanded(Json::parse(json));
    return got ? got->dump() : got.error().detail;
  };
  EXPECT_EQ(expanded(R"(["{{run}}-x", "{{ada:etag}}", "{{ada/n}}", "{{ada/none|ada/id}}", "{{answer.status}}", "{{ada.status}}"])"),
            R"(["run-1-x","W/\"1\"",2,"a:b/c","404","200"])");
  EXPECT_EQ(expanded(R"("{{answer:ETag}}")"), "no answer had answer:ETag");
  EXPECT_EQ(values.expanded_path("/Users/{{ada/id}}").value_or(""), "/Users/a:b%2Fc");
  EXPECT_EQ(expanded(R"({"+beyond": "{{ada/n}}", "each": "{{run}}"})"), R"(["run-1","run-1","run-1"])");
  EXPECT_EQ(expanded(R"({"+beyond": 1000000000, "each": 1})"), "cannot go beyond 1000000000");
}

TEST(ConformanceValues, WhatACheckSaysIsOverWhatIsRequired) {
  const ConformanceTarget target(
      Json(), Json::parse(R"({"Resources": [{"name": "User", "schemaExtensions": [{"schema": "urn:x:Must", "required": true}]}]})"),
      Json::parse(R"({"Resources": [{"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": [
        {"name": "name", "type": "complex", "required": true, "subAttributes": [{"name": "givenName", "required": true}, {"name": "familyName", "required": true}]},
        {"name": "emails", "type": "complex", "multiValued": true, "required": true, "subAttributes": [{"name": "type", "required": true}]}]},
        {"id": "urn:x:Must", "attributes": [{"name": "badge", "required": true}]}]})"));
  ConformanceValues values(target, "r");
  const auto got = values.expanded(Json::parse(R"({"+required": "User", "NAME": {"familyName": "Ada"}, "emails": [{"value": "a"}, {"value": "b", "type": "home"}],
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:x:May"], "USERNAME": null})"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->dump(),
            R"({"urn:x:Must":{"badge":"r-1@example.com"},"NAME":{"givenName":"r-1@example.com","familyName":"Ada"},)"
            R"("emails":[{"type":"r-1@example.com","value":"a"},{"value":"b","type":"home"}],)"
            R"("schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:x:Must","urn:x:May"],"USERNAME":null})");
}

TEST(Conformance, NamesSelectAChecksItselfItsRequirementOrItsArea) {
  ConformanceCheck check;
  check.id = "F-17.unknown-operator";
  for (const char* name : {"F", "F-17", "F-17.unknown", "F-17.unknown-operator"}) EXPECT_TRUE(is_named(check, name)) << name;
  for (const char* name : {"", "F-", "F-1", "F-17.unk", "f", "FF", "F-17.unknown-operator-too"}) EXPECT_FALSE(is_named(check, name)) << name;
}

TEST(Conformance, FaultsOfAFileAreNamed) {
  const auto error = [](const std::string& step) {
    const auto read = read_conformance_checks(R"({"area": "a", "checks": [{"id": "A-1.x", "level": "MUST", "rfc": "RFC 1", "title": "t", "requirement": "r", "steps": [)" +
                                              step + "]}]}");
    return read ? std::string() : read.error().detail;
  };
  EXPECT_EQ(error(R"({"send": "GET /Users", "expect": {"/id": {"type": "string"}}})"), "");
  EXPECT_EQ(error(R"({"send": "GET /Users", "expects": {}})"), "A-1.x: a step has no \"expects\"");
  EXPECT_EQ(error(R"({"send": "GET /Users", "expect": {"/id": {"typ": "string"}}})"), "A-1.x: there is no matcher \"typ\"");
  EXPECT_EQ(error(R"({"send": "GET /Users", "expect": {"/Resources": {"each": {"/id": {"typ": "string"}}}}})"), "A-1.x: there is no matcher \"typ\"");
  EXPECT_EQ(error(R"({"send": "GET /Users", "skip_if": ["invalidFilter", {"status": [4]}]})"), "");
  EXPECT_EQ(error(R"({"expect": {}})"), "A-1.x: a step must have send, make, get or patch");
  EXPECT_EQ(error(R"({"make": "Device"})"), "A-1.x: make must be User or Group");
}

TEST(Expectation, PlainValuesAreEqualAndNullIsNone) {
  EXPECT_TRUE(fits("\"a\"", "\"a\""));
  EXPECT_EQ(mismatch_of("\"a\"", "\"A\""), "to be \"a\"");
  EXPECT_EQ(mismatch_of("1", "\"1\""), "to be 1");
  EXPECT_FALSE(fits("1", ""));
  for (const char* none : {"", "null", "[]"}) EXPECT_TRUE(fits("null", none)) << none;
  EXPECT_EQ(mismatch_of("null", "\"\""), "to be absent");
}

TEST(Expectation, Words) {
  const std::string list = R"([{"value": "a", "primary": true}, {"value": "b"}])";
  EXPECT_TRUE(fits(R"({"has": {"value": "b"}, "lacks": {"value": "c"}, "length": 2})", list));
  EXPECT_EQ(mismatch_of(R"({"has": {"value": "c"}})", list), "to have {\"value\":\"c\"}");
  EXPECT_FALSE(fits(R"({"lacks": {"value": "b"}})", list));
  EXPECT_FALSE(fits(R"({"length": 1})", list));
  EXPECT_TRUE(fits(R"({"length": 0})", ""));
  EXPECT_TRUE(fits(R"({"length": [7, 8]})", list));
  EXPECT_TRUE(fits(R"({"count": {"of": {"primary": true}, "least": 1, "most": 1}})", list));
  EXPECT_FALSE(fits(R"({"count": {"of": {}, "most": 1}})", list));
  EXPECT_TRUE(fits(R"({"each": {"/value": {"type": "string"}}})", list));
  EXPECT_FALSE(fits(R"({"each": {"/primary": true}})", list));
  EXPECT_FALSE(fits(R"({"each": {"/value": {"type": "string"}}})", "\"text\""));
  EXPECT_TRUE(fits(R"({"starts": "a", "ends": "c", "has": "b", "folded": "ABC", "starts_not": "b"})", "\"abc\""));
  EXPECT_FALSE(fits(R"({"starts_not": "a"})", "\"abc\""));
  EXPECT_TRUE(fits(R"({"in": [1, 2], "least": 2, "most": 2, "not": 1, "is": 2})", "2"));
  EXPECT_FALSE(fits(R"({"least": 3})", "2"));
  EXPECT_FALSE(fits(R"({"least": 1})", "\"2\""));
  EXPECT_TRUE(fits(R"({"not": 1})", ""));
  EXPECT_TRUE(fits(R"({"optional": true, "type": "boolean"})", ""));
  EXPECT_FALSE(fits(R"({"optional": true, "type": "boolean"})", "\"true\""));
  EXPECT_TRUE(fits(R"({"present": true})", "0"));
  EXPECT_FALSE(fits(R"({"present": true})", "[]"));
}

TEST(Expectation, CaseIsOfNoMatterWhereAServerMayChangeIt) {
  const std::string list = R"([{"value": "ADA", "type": "Work"}])";
  EXPECT_TRUE(fits(R"({"has": {"value": "ada"}, "count": {"of": {"type": "work"}, "least": 1}})", list));
  EXPECT_TRUE(fits(R"({"lacks": {"value": "ada"}})", list)) << "ids that differ in their case are two";
  EXPECT_FALSE(fits(R"({"lacks": {"value": "ADA"}})", list));
  EXPECT_TRUE(fits(R"({"folded": "žofie Straße"})", "\"ŽOFIE STRASSE\""));
  EXPECT_TRUE(fits(R"({"starts": "application/", "in_folded": ["Application/JSON"]})", "\"APPLICATION/json\""));
  EXPECT_FALSE(fits(R"({"in_folded": ["a", "b"]})", "\"c\""));
}

TEST(Expectation, OneUriMayBeWrittenInSeveralWays) {
  for (const char* same : {"\"https://host/scim/v2/Users/1\"", "\"/scim/v2/Users/1\"", "\"Users/1\"", "\"/Users/%31\""}) {
    EXPECT_TRUE(fits(R"({"uri": "/Users/1"})", same)) << same;
  }
  for (const char* other : {"\"https://host/Users/11\"", "\"https://host/Powerusers/1\"", "\"\"", "1", ""}) EXPECT_FALSE(fits(R"({"uri": "/Users/1"})", other)) << other;
}

TEST(Expectation, Distinct) {
  EXPECT_TRUE(fits(R"({"distinct": "/id"})", R"([{"id": "a"}, {"id": "b"}, {}, {}])"));
  EXPECT_FALSE(fits(R"({"distinct": "/id"})", R"([{"id": "urn:a"}, {"id": "urn:A"}])"));
}

TEST(Expectation, Types) {
  const auto is = [](const std::string& type, const std::string& value) { return fits(R"({"type": ")" + type + "\"}", value); };
  EXPECT_TRUE(is("string", "\"a\""));
  EXPECT_FALSE(is("string", "\"\"")) << "an empty one is none";
  EXPECT_TRUE(is("integer", "0"));
  EXPECT_FALSE(is("integer", "1.5"));
  EXPECT_TRUE(is("dateTime", "\"2026-11-29T15:00:00Z\""));
  EXPECT_FALSE(is("dateTime", "\"yesterday\""));
  EXPECT_TRUE(is("etag", R"("W/\"1\"")"));
  EXPECT_TRUE(is("etag", R"("\"1\"")"));
  EXPECT_FALSE(is("etag", "\"1\""));
  EXPECT_TRUE(is("unreserved", "\"aZ0-._~\""));
  EXPECT_FALSE(is("unreserved", "\"a+b\""));
  EXPECT_FALSE(is("string", ""));
}

TEST(ConformanceReport, JunitIsEscapedAndCounted) {
  ConformanceCheck must{"F-1.a", "Filters & more", "a < b", "RFC 1", "it \"must\"", Level::must, {}, {}};
  ConformanceCheck should = must;
  should.level = Level::should;
  ConformanceResult failed;
  failed.outcome = Outcome::failed;
  failed.expected = "\"<x>\"";
  failed.got = std::string("a\x01&\nb");
  const std::vector<ConformanceRow> rows = {{&must, failed}, {&should, failed}, {&must, {}}};
  const std::string mild = junit_xml(rows, ConformanceCommand::Fail::on_must);
  EXPECT_NE(mild.find("<testsuite name=\"Filters &amp; more\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\">"), std::string::npos) << mild;
  EXPECT_NE(mild.find("name=\"F-1.a a &lt; b\""), std::string::npos) << mild;
  EXPECT_NE(mild.find("<failure message=\"MUST: expected &quot;&lt;x&gt;&quot;\">"), std::string::npos) << mild;
  EXPECT_NE(mild.find("<skipped message=\"warning: SHOULD: expected"), std::string::npos) << mild;
  EXPECT_EQ(mild.find('\x01'), std::string::npos) << "no XML can have it";
  const std::string strict = junit_xml(rows, ConformanceCommand::Fail::on_should_too);
  EXPECT_NE(strict.find("failures=\"2\" errors=\"0\" skipped=\"0\""), std::string::npos) << strict;
}

}  // namespace
}  // namespace scim::test
