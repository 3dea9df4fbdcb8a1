// SPDX-License-Identifier: MIT
#include "core/secrets.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/text.h"
#include "core/type_definition.h"

namespace scim::cli {
namespace {

/// Users with a badge whose pin is written only, and a code that is never returned.
Registry registry() {
  const Json schema = Json::parse(R"({"id": "urn:example:Badge", "name": "Badge", "attributes": [
    {"name": "code", "type": "string", "returned": "never"}, {"name": "secretary", "type": "string"}, {"name": "passwordHint", "type": "string"},
    {"name": "badge", "type": "complex", "subAttributes": [{"name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never"},
                                                            {"name": "value", "type": "string"}]}]})");
  std::vector<Schema> schemas = standard_schemas();
  schemas.push_back(*schema_from_json(schema));
  std::vector<ResourceType> types = standard_resource_types();
  types.front().extensions.push_back({"urn:example:Badge", false});
  return *Registry::make(std::move(schemas), std::move(types));
}

std::string cleaned(const char* text) {
  Json body = Json::parse(text);
  Secrets(registry()).remove_from(body);
  return to_text(body);
}

TEST(Secrets, AreTakenOutWhereverTheyStand) {
  for (const char* body : {
           R"({"password": "s3cret"})",
           R"({"PassWord": "s3cret"})",
           R"({"password": ["s3cret"]})",
           R"({"password": {"value": "s3cret"}})",
           R"({"urn:ietf:params:scim:schemas:core:2.0:User:password": "s3cret"})",
           R"({"urn:ietf:params:scim:schemas:core:2.0:User": {"password": "s3cret"}})",
           R"({"code": "s3cret"})",
           R"({"urn:example:Badge": {"CODE": "s3cret"}})",
           R"({"urn:example:Badge": {"badge": {"pin": "s3cret"}}})",
           R"({"urn:example:Badge": {"badge": [{"pin": "s3cret"}]}})",
           R"({"urn:example:Badge:badge.pin": "s3cret"})",
           R"({"Operations": [{"op": "replace", "path": "password", "value": "s3cret"}]})",
           R"({"Operations": [{"Op": "Replace", "Path": "PASSWORD", "Value": "s3cret"}]})",
           R"({"Operations": [{"op": "replace", "value": {"password": "s3cret"}}]})",
           R"({"Operations": [{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:password", "value": "s3cret"}]})",
           R"({"Operations": [{"op": "add", "path": "urn:example:Badge", "value": {"code": "s3cret"}}]})",
           R"({"Operations": [{"op": "add", "path": "urn:example:Badge:badge", "value": {"pin": "s3cret"}}]})",
           R"({"Operations": [{"op": "add", "path": "urn:example:Badge:badge.pin", "value": "s3cret"}]})",
           R"({"Operations": [{"op": "add", "path": "urn:example:Badge:badge[value eq \"a.b:c\"].pin", "value": "s3cret"}]})",
           R"({"Operations": [{"op": "remove", "path": "badge[pin eq \"s3cret\"]"}]})",
           R"({"Operations": [{"method": "POST", "path": "/Users", "data": {"password": "s3cret"}}]})",
           R"({"Operations": [{"method": "PATCH", "path": "/Users/1", "data": {"Operations": [{"op": "add", "path": "password", "value": "s3cret"}]}}]})",
           R"({"filter": "userName pr and password eq \"s3cret\""})",
           R"({"filter": "userName eq \"a\\\"b\" and password eq \"s3cret\""})",
           R"({"filter": "userName eq \"a\\\" and password eq \"s3cret\""})",
           R"({"filter": "userName eq \"a and password eq s3cret"})",
           R"({"filter": "password eq 's3cret'"})",
           R"({"path": "password", "value": "s3cret"})",
           R"({"Operations": [{"op": "add", "path": " password ", "value": "s3cret"}]})",
           R"({"Operations": [{"op": "add", "path": "/password", "value": "s3cret"}]})",
           R"({"Operations": [{"op": "add", "path": "user.password", "value": "s3cret"}]})",
           R"({"Operations": [{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User.password", "value": "s3cret"}]})",
           R"({"Operations": [{"op": "add", "path": "password.value", "value": "s3cret"}]})",
           R"({"Operations": [{"op": "add", "path": "password[type eq \"a\\\"]\"]", "value": "s3cret"}]})",
           R"({"Operations": [{"op": "add", "path": "urn:example:Badge:badge[value eq \"a\\\"]b\"].pin", "value": "s3cret"}]})",
           R"({"Operations": [{"op": "replace", "value": {"urn:ietf:params:scim:schemas:core:2.0:User:password": "s3cret"}}]})",
           R"({"Operations": [{"op": "replace", "value": [{"password": "s3cret"}]}]})",
           R"({"Operations": [{"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User", "value": {"password": "s3cret"}}]})",
           R"({"Operations": [{"method": "POST", "path": "/Users", "data": "{\"password\": \"s3cret\"}"}]})",
           R"({"data": " {\"password\": [\"s3cret\"]}"})",
           R"({"Operations": [{"method": "POST", "path": "/Bulk", "data": {"Operations": [{"method": "PUT", "path": "/Users/1", "data": {"password": "s3cret"}}]}}]})",
       }) {
    EXPECT_EQ(cleaned(body).find("s3cret"), std::string::npos) << body << "\n" << cleaned(body);
    EXPECT_NE(cleaned(body).find("(removed)"), std::string::npos) << body;
  }
}

TEST(Secrets, AreWhatNoSchemaKnowsAndWhatIsCalledLikeOne) {
  for (const char* name : {"passwrd", "passwort", "Pasword", "passowrd", "newPassword", "userPasswd", "PWD", "clientSecret", "urn:example:Badge:passwrd"}) {
    const Json bodies[] = {{{name, "s3cret"}},
                           {{"Operations", {{{"op", "replace"}, {"path", name}, {"value", "s3cret"}}}}},
                           {{"Operations", {{{"op", "add"}, {"value", {{name, "s3cret"}}}}}}},
                           {{"filter", std::string(name) + " eq \"s3cret\""}}};
    for (const Json& body : bodies) EXPECT_EQ(cleaned(to_text(body).c_str()).find("s3cret"), std::string::npos) << body;
  }
  EXPECT_TRUE(Secrets().are_named_in("pwd=x"));
}

TEST(Secrets, AllElseStays) {
  for (const char* body : {
           R"({"userName":"password","value":"pin"})",
           R"({"emails":[{"type":"work","value":"a@example.com"}]})",
           R"({"urn:example:Badge":{"badge":{"value":"7"}}})",
           R"({"Operations":[{"op":"remove","path":"password"}]})",
           R"({"Operations":[{"op":"replace","path":"title","value":"password"}]})",
           R"({"Operations":[{"op":"replace","path":"emails[value eq \"password\"].value","value":"x"}]})",
           R"({"filter":"userName eq \"password\""})",
           R"({"userName":"{password}"})",
           R"({"urn:example:Badge":{"secretary":"bob","passwordHint":"dog"}})",
           R"({"changePassword":{"supported":true}})",
           R"({"word":"x","pass":"day","keyword":"y"})",
           R"({"Operations":[{"method":"DELETE","path":"/Users/password"}]})",
       }) {
    EXPECT_EQ(cleaned(body), to_text(Json::parse(body)));
  }
}

TEST(Secrets, InQueries) {
  std::vector<std::string> found;
  const auto without = [&](const char* query) { return Secrets().removed_from_query(query, found); };
  EXPECT_EQ(without("count=1&filter=password%20eq%20%22s3cret%22&attributes=id"), "count=1&filter=%28removed%29&attributes=id");
  EXPECT_EQ(without("FILTER=PASSWORD+eq+%22s3cret%22"), "FILTER=%28removed%29");
  EXPECT_EQ(without("%66ilter=urn:x:User:password%20sw%20%22s%22"), "%66ilter=%28removed%29");
  EXPECT_EQ(without("filter=%zzpassword"), "filter=%28removed%29") << "broken escapes hide nothing";
  for (const char* secret : {"s3cret", "s"}) EXPECT_NE(std::find(found.begin(), found.end(), secret), found.end()) << secret;
  for (const char* query : {"password=s3cret", "Access_Token=s3cret", "filter=userName+eq+%22a%5C%22b%22+and+password+eq+%22s3cret%22", "token=s3cret&count=1",
                            "urn:x:User:PassWord=s3cret", "filter=password+eq+s3cret", "filter=password+%3D%3D+%27s3cret+word%27"}) {
    found.clear();
    EXPECT_EQ(without(query).find("s3cret"), std::string::npos) << query;
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](const std::string& text) { return text.starts_with("s3cret"); })) << query << ": an error may repeat it";
  }
  for (const char* kept : {"", "count=1", "filter=userName%20eq%20%22password%22", "attributes=password", "filter=userName%20pr", "cursor=s3cret", "sortBy=password"}) {
    EXPECT_EQ(without(kept), kept);
  }
}

TEST(Secrets, SayWhatTheyHaveTaken) {
  Json body = Json::parse(R"({"password": ["one", {"x": "two"}]})");
  EXPECT_EQ(Secrets().remove_from(body), (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(Secrets().are_named_in("userName=ada&PassWord=x"));
  EXPECT_FALSE(Secrets().are_named_in("<html>"));
}

TEST(DropRemoved, LeavesOutWhatIsNothingWithoutIt) {
  const auto dropped = [](const char* text) {
    Json body = Json::parse(text);
    EXPECT_TRUE(drop_removed(body)) << text;
    return to_text(body);
  };
  EXPECT_EQ(dropped(R"j({"userName":"a","password":"(removed)"})j"), R"j({"userName":"a"})j");
  EXPECT_EQ(dropped(R"j({"Operations":[{"op":"add","path":"password","value":"(removed)"},{"op":"remove","path":"title"}]})j"),
            R"j({"Operations":[{"op":"remove","path":"title"}]})j");
  EXPECT_EQ(dropped(R"j({"Operations":[{"Op":"Add","Path":"(removed)"}]})j"), R"j({"Operations":[]})j");
  EXPECT_EQ(dropped(R"j({"Operations":[{"op":"add","value":{"password":"(removed)"}}]})j"), R"j({"Operations":[]})j");
  EXPECT_EQ(dropped(R"j({"Operations":[{"op":"add","value":{"password":"(removed)","title":"B"}}]})j"), R"j({"Operations":[{"op":"add","value":{"title":"B"}}]})j");
  Json nothing = Json::parse(R"({"Operations":[{"op":"remove","path":"x"}],"title":"removed"})");
  EXPECT_FALSE(drop_removed(nothing));
}

}  // namespace
}  // namespace scim::cli
