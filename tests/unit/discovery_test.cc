// SPDX-License-Identifier: MIT
// What other servers say of themselves, and how much of it can be understood.
#include <gtest/gtest.h>

#include "cli/remote/remote_backend.h"
#include "core/path.h"

namespace scim::cli {
namespace {

constexpr const char* kUserUrn = "urn:ietf:params:scim:schemas:core:2.0:User";

Registry read(const char* types, const char* schemas) { return registry_from_discovery(Json::parse(types), Json::parse(schemas)); }

const Attribute* find(const Registry& registry, std::string_view path) {
  const auto name = parse_path_name(path);
  return name ? resolve(*registry.type_by_name("User"), *name) : nullptr;
}

TEST(Discovery, OfWhatIsNoneTheStandardTypesAreTaken) {
  for (const char* document : {"null", "[]", "{}", "1", "\"x\"", R"({"Resources":1})", R"({"Resources":[1,null,[],{}]})", R"({"detail":"forbidden","status":"403"})",
                               R"({"Resources":[{"id":"urn:x:y"},{"name":"User"},{"name":1,"endpoint":2,"schema":3}]})",
                               R"({"Resources":[{"id":7,"attributes":"none"},{"id":"urn:x:y","attributes":[{"name":7}]}]})"}) {
    const Registry registry = read(document, document);
    EXPECT_EQ(registry.type_by_name("User")->endpoint, "/Users") << document;
    EXPECT_EQ(registry.type_by_name("Group")->endpoint, "/Groups") << document;
    EXPECT_NE(find(registry, "name.givenName"), nullptr) << document;
  }
}

TEST(Discovery, EndpointsInTheirForms) {
  for (const char* endpoint : {"/People", "People", "/People/", "https://host/scim/v2/People", "/scim/v2/People/"}) {
    const Json types = Json::array({{{"name", "User"}, {"endpoint", endpoint}, {"schema", kUserUrn}}});
    EXPECT_EQ(registry_from_discovery(types, Json()).type_by_name("User")->endpoint, "/People") << endpoint;
  }
  for (const char* endpoint : {"", "/", "//", "/Peo ple", "/..%2f", "/Me", "/Groups"}) {
    const Json types = Json::array({{{"name", "User"}, {"endpoint", endpoint}, {"schema", kUserUrn}}});
    EXPECT_EQ(registry_from_discovery(types, Json()).type_by_name("User")->endpoint, "/Users") << endpoint;
  }
}

TEST(Discovery, WhatASchemaLeavesOutIsThereAllTheSame) {
  const Registry registry = read("null", R"({"Resources":[{"id":"URN:ietf:params:scim:schemas:core:2.0:user","attributes":[
    {"name":"userName","type":"string","required":true},
    {"name":"shoeSize","type":"integer"},
    {"name":"name","type":"complex","subAttributes":[{"name":"givenName","type":"string","caseExact":true}]},
    {"name":"emails","type":"string"},
    {"name":"broken","type":"complex"},{"name":"odd","type":"text"},{"name":"a b","type":"string"},
    {"name":"box","type":"complex","multiValued":true,"subAttributes":[{"name":"lid","type":"string"},{"name":"boxes","type":"complex",
      "subAttributes":[{"name":"lid","type":"string"}]},{"name":"list","type":"string","multiValued":true}]}]}]})");
  EXPECT_NE(find(registry, "box.lid"), nullptr);
  EXPECT_NE(find(registry, "shoeSize"), nullptr);
  EXPECT_NE(find(registry, "title"), nullptr);
  EXPECT_TRUE(find(registry, "name.givenName")->case_exact);
  EXPECT_NE(find(registry, "name.familyName"), nullptr);
  EXPECT_NE(find(registry, "emails.value"), nullptr) << "a list of texts is no description of it";
}

TEST(Discovery, MembersGroupsAndPasswordsMeanWhatTheRfcSays) {
  const Registry registry = read("null", R"({"Resources":[
    {"id":"urn:ietf:params:scim:schemas:core:2.0:Group","attributes":[{"name":"members","type":"complex","multiValued":true,"subAttributes":[
      {"name":"value","type":"string","mutability":"readWrite"},{"name":"$ref","type":"string"}]}]},
    {"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[{"name":"password","type":"string"},
      {"name":"groups","type":"complex","multiValued":true,"subAttributes":[{"name":"value","type":"string"}]}]}]})");
  EXPECT_TRUE(registry.type_by_name("Group")->find("members")->is_membership()) << "else a PATCH would replace all members";
  EXPECT_EQ(find(registry, "password")->mutability, Mutability::write_only);
  EXPECT_EQ(find(registry, "password")->returned, Returned::never);
  EXPECT_EQ(find(registry, "groups")->mutability, Mutability::read_only);
}

TEST(Discovery, CommonAttributesAndDuplicatesDoNoHarm) {
  const Registry registry = read(R"([{"name":"User","endpoint":"/Users","schema":"urn:ietf:params:scim:schemas:core:2.0:User",
                                      "schemaExtensions":[{"schema":"urn:x:Pet"},{"schema":"urn:x:undescribed"}]}])",
                                 R"([{"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[
                                       {"name":"id","type":"string"},{"name":"externalId","type":"string"},{"name":"schemas","type":"string"},
                                       {"name":"meta","type":"complex","subAttributes":[{"name":"version","type":"string"}]},
                                       {"name":"hat","type":"string"},{"name":"HAT","type":"integer"}]},
                                     {"id":"urn:x:Pet","attributes":[{"name":"name","type":"string"},{"name":"name","type":"string"},
                                       {"name":"collar","type":"string","mutability":"writeOnly","returned":"default"}]}])");
  EXPECT_EQ(find(registry, "hat")->type, Type::string);
  EXPECT_NE(find(registry, "urn:x:Pet:name"), nullptr);
  EXPECT_EQ(find(registry, "urn:x:Pet:collar")->returned, Returned::never);
  EXPECT_EQ(registry.type_by_name("User")->find("urn:x:undescribed"), nullptr);
  EXPECT_EQ(find(registry, "id")->mutability, Mutability::read_only);
}

}  // namespace
}  // namespace scim::cli
