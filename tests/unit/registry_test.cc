// SPDX-License-Identifier: MIT
#include "core/registry.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "case_file.h"

namespace scim {
namespace {

const Attribute* find(const Registry& registry, const char* type, const std::string& name) {
  return resolve(*registry.type_by_name(type), parse_path_name(name).value());
}

// Requirements: N-1, N-2, F-20, A-6
TEST(Registry, NamesHaveNoCaseAndPathsPrintCanonically) {
  const Registry registry = Registry::standard();
  const std::string enterprise(urn::kEnterpriseUser);
  EXPECT_EQ(find(registry, "User", "USERNAME")->path(), "userName");
  EXPECT_EQ(find(registry, "User", "Name.GIVENNAME")->path(), "name.givenName");
  EXPECT_EQ(find(registry, "User", "urn:ietf:params:scim:schemas:core:2.0:user:emails.type")->path(), "emails.type");
  EXPECT_EQ(find(registry, "User", enterprise + ":manager.VALUE")->path(), enterprise + ":manager.value");
  EXPECT_EQ(find(registry, "User", enterprise)->is_extension, true);
  EXPECT_EQ(find(registry, "User", "meta.lastmodified")->path(), "meta.lastModified");
  for (const char* unknown : {"department", "nosuch", "name.nosuch", "userName.x", "urn:example:x:userName"}) {
    EXPECT_EQ(find(registry, "User", unknown), nullptr) << unknown;
  }
}

TEST(Registry, IndicesAreDenseAndParentsRight) {
  const Registry registry = Registry::standard();
  for (const auto& type : registry.types()) {
    std::set<int> seen;
    const std::function<void(const std::vector<Attribute>&, const Attribute*)> walk =
        [&](const std::vector<Attribute>& attributes, const Attribute* parent) {
          for (const Attribute& attribute : attributes) {
            EXPECT_TRUE(seen.insert(attribute.index).second);
            EXPECT_EQ(attribute.parent, parent);
            walk(attribute.sub_attributes, &attribute);
          }
        };
    walk(type->attributes, nullptr);
    EXPECT_EQ(static_cast<int>(seen.size()), type->attribute_count);
    EXPECT_EQ(*seen.rbegin(), type->attribute_count - 1);
  }
}

// Requirements: F-13, H-13
TEST(Registry, WhatCountsAsTheSameText) {
  const Registry registry = Registry::standard();
  EXPECT_EQ(find(registry, "User", "userName")->collation, Collation::username);
  EXPECT_EQ(find(registry, "User", "displayName")->collation, Collation::folded);
  EXPECT_EQ(find(registry, "User", "externalId")->collation, Collation::exact);
  EXPECT_EQ(find(registry, "User", "profileUrl")->collation, Collation::exact);
  EXPECT_EQ(find(registry, "User", "schemas")->collation, Collation::folded);
  EXPECT_TRUE(find(registry, "Group", "members")->is_membership());
  EXPECT_FALSE(find(registry, "User", "emails")->is_membership());
}

TEST(Registry, SchemasSurviveTheRoundTrip) {
  const Registry registry = Registry::standard();
  std::vector<Schema> schemas = registry.schemas();
  schemas.insert(schemas.end(), discovery_schemas().begin(), discovery_schemas().end());
  for (const Schema& schema : schemas) {
    const Json json = schema_to_json(schema, "https://example.com/Schemas/x");
    const auto again = schema_from_json(json);
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(schema_to_json(*again, "https://example.com/Schemas/x"), json);
  }
}

// Requirements: D-13, D-19, H-2, H-11
TEST(Registry, RefusesWhatCannotBe) {
  std::vector<ResourceType> twice = standard_resource_types();
  twice.push_back(twice.front());
  EXPECT_FALSE(Registry::make(standard_schemas(), twice));
  std::vector<ResourceType> unknown = standard_resource_types();
  unknown.front().extensions.push_back({"urn:example:none", false});
  EXPECT_FALSE(Registry::make(standard_schemas(), unknown));

  const char* const bad[] = {
      R"([])",
      R"({"id":"x","attributes":[]})",
      R"({"id":"urn:x:y","attributes":[{"name":"1a","type":"string"}]})",
      R"({"id":"urn:x:y","attributes":[{"name":"a","type":"text"}]})",
      R"({"id":"urn:x:y","attributes":[{"name":"a","required":"yes"}]})",
      R"({"id":"urn:x:y","attributes":[{"name":"a"},{"name":"A"}]})",
      R"({"id":"urn:x:y","attributes":[{"name":"a","type":"complex"}]})",
  };
  for (const char* text : bad) EXPECT_FALSE(schema_from_json(*parse_json(text))) << text;

  const char* const bad_parts[] = {
      R"([{"name":"a","type":"complex","subAttributes":[{"name":"b","type":"complex","subAttributes":[]}]}])",
      R"([{"name":"a","type":"complex","multiValued":true,"subAttributes":[{"name":"b","multiValued":true}]}])",
  };
  for (const char* attributes : bad_parts) {
    Json json = {{"id", "urn:x:y"}, {"attributes", *parse_json(attributes)}};
    ResourceType type;
    type.name = "X";
    type.endpoint = "/X";
    type.schema = "urn:x:y";
    EXPECT_FALSE(Registry::make({schema_from_json(json).value()}, {type})) << attributes;
  }
}

// Requirements: H-1
TEST(Registry, WhatADefinitionLeavesOut) {
  const Schema schema = schema_from_json(*parse_json(R"({"id": "urn:x:y", "attributes": [{"name": "bare"}]})")).value();
  const Attribute& bare = schema.attributes.front();
  EXPECT_EQ(bare.type, Type::string);
  EXPECT_FALSE(bare.multi_valued);
  EXPECT_FALSE(bare.required);
  EXPECT_FALSE(bare.case_exact);
  EXPECT_EQ(bare.mutability, Mutability::read_write);
  EXPECT_EQ(bare.returned, Returned::by_default);
  EXPECT_EQ(bare.uniqueness, Uniqueness::none);
}

TEST(Registry, NearestName) {
  const Registry registry = Registry::standard();
  const ResourceType& user = *registry.type_by_name("User");
  EXPECT_EQ(nearest_name(user, *parse_path_name("userNmae")), "userName");
  EXPECT_EQ(nearest_name(user, *parse_path_name("name.givenNam")), "name.givenName");
  EXPECT_EQ(nearest_name(user, *parse_path_name("department")), std::string(urn::kEnterpriseUser) + ":department");
  EXPECT_EQ(nearest_name(user, *parse_path_name("titel")), "title");
  EXPECT_EQ(nearest_name(user, *parse_path_name("email")), "emails.value");
  EXPECT_EQ(nearest_name(user, *parse_path_name("user_name")), "userName");
  EXPECT_EQ(nearest_name(user, *parse_path_name(std::string(urn::kUser) + ".userName")), "userName");
  EXPECT_EQ(nearest_part(*user.find("emails"), *parse_path_name("tpye")), "type");
  EXPECT_EQ(nearest_part(*user.find("emails"), *parse_path_name("emails.vlaue")), "value");
  EXPECT_EQ(nearest_name(user, *parse_path_name("zzzzzzzz")), "");
}

}  // namespace
}  // namespace scim
