// SPDX-License-Identifier: MIT
// Which attributes a response carries.
#include "core/project.h"

#include <gtest/gtest.h>

#include "case_file.h"

namespace scim {
namespace {

const Registry& registry() {
  static const Registry kRegistry = test::registry_with_widget();
  return kRegistry;
}

const ResourceType& type_of(const char* name) { return *registry().type_by_name(name); }

void append_wanted(const std::vector<Attribute>& attributes, const Projection& projection, std::string& text) {
  for (const Attribute& attribute : attributes) {
    if (!projection.wants(attribute)) continue;
    text += (text.empty() ? "" : " ") + std::string(attribute.parent == nullptr ? "" : ".") +
            (attribute.is_extension ? "EXT" : attribute.name);
    append_wanted(attribute.sub_attributes, projection, text);
  }
}

/// All that is wanted: "id name .givenName".
std::string wanted(const char* type, std::string_view attributes, std::string_view excluded = "") {
  std::string text;
  append_wanted(type_of(type).attributes, Projection::from_parameters(type_of(type), attributes, excluded), text);
  return text;
}

bool wants(const Projection& projection, const char* type, const std::string& path) {
  return projection.wants(*resolve(type_of(type), parse_path_name(path).value()));
}

const std::string kEnterprise(urn::kEnterpriseUser);

// Requirements: H-19, G-3
TEST(Projection, DefaultsAreAlwaysAndDefault) {
  const Projection user = Projection::defaults(type_of("User"));
  for (const char* path : {"id", "schemas", "meta.version", "userName", "emails.primary", "groups.value"}) EXPECT_TRUE(wants(user, "User", path)) << path;
  EXPECT_TRUE(wants(user, "User", kEnterprise + ":manager.displayName"));
  EXPECT_FALSE(wants(user, "User", "password"));
  const Projection widget = Projection::defaults(type_of("Widget"));
  EXPECT_TRUE(wants(widget, "Widget", "kind"));
  EXPECT_FALSE(wants(widget, "Widget", "note"));
  EXPECT_FALSE(wants(widget, "Widget", "secret"));
}

// Requirements
TEST(Projection, NamedAttributes) {
  EXPECT_EQ(wanted("User", "userName"), "schemas id userName");
  EXPECT_EQ(wanted("User", " USERNAME , title,"), "schemas id userName title");
  EXPECT_EQ(wanted("User", "name.givenName"), "schemas id name .givenName");
  EXPECT_EQ(wanted("User", "name.givenName,name.familyName"), "schemas id name .familyName .givenName");
  EXPECT_EQ(wanted("User", "emails"), "schemas id emails .value .display .type .primary");
  EXPECT_EQ(wanted("User", "emails.value"), "schemas id emails .value");
  EXPECT_EQ(wanted("User", "emails[type eq \"work\"].value"), "schemas id emails .value");
  EXPECT_EQ(wanted("User", "emails[type eq \"work\"]"), "schemas id emails .value .display .type .primary");
  EXPECT_EQ(wanted("User", std::string(urn::kUser) + ":title"), "schemas id title");
  EXPECT_EQ(wanted("User", "meta.version"), "schemas id meta .version");
}

// Requirements: A-6
TEST(Projection, NamedExtensions) {
  EXPECT_EQ(wanted("User", kEnterprise + ":department"), "schemas id EXT .department");
  EXPECT_EQ(wanted("User", kEnterprise + ":manager.value"), "schemas id EXT .manager .value");
  EXPECT_EQ(wanted("User", ascii_lower(kEnterprise)),
            "schemas id EXT .employeeNumber .costCenter .organization .division .department .manager .value .$ref .displayName");
}

// Requirements: A-8
TEST(Projection, UnknownNamesAreIgnored) {
  EXPECT_EQ(wanted("User", "nosuch,name.nosuch,userName.x,,[,urn:x:y"), "schemas id");
  EXPECT_EQ(wanted("User", "department"), "schemas id");
  EXPECT_EQ(wanted("User", "", "nosuch"), wanted("User", ""));
}

// Requirements: H-17, H-18, H-20, A-10
TEST(Projection, ReturnedGoesBeforeNames) {
  EXPECT_EQ(wanted("User", "password"), "schemas id");
  EXPECT_EQ(wanted("Widget", "secret,note"), "schemas id note kind");
  EXPECT_EQ(wanted("Widget", "", "id,schemas,kind,label"), wanted("Widget", "", "label"));
}

// Requirements: A-3
TEST(Projection, ExcludedAttributes) {
  const auto without = [](const char* type, std::string_view excluded) {
    return Projection::from_parameters(type_of(type), "", excluded);
  };
  EXPECT_FALSE(wants(without("Group", "members"), "Group", "members"));
  EXPECT_FALSE(wants(without("Group", "members"), "Group", "members.value"));
  const Projection no_type = without("User", "emails.type");
  EXPECT_FALSE(wants(no_type, "User", "emails.type"));
  EXPECT_TRUE(wants(no_type, "User", "emails.value"));
  EXPECT_FALSE(wants(without("User", "meta.resourceType,meta.created,meta.lastModified,meta.location,meta.version"), "User", "meta"));
  EXPECT_FALSE(wants(without("User", kEnterprise), "User", kEnterprise));
  EXPECT_TRUE(wants(without("User", kEnterprise), "User", "userName"));
  EXPECT_TRUE(wants(without("User", kEnterprise + ":manager"), "User", kEnterprise + ":department"));
  EXPECT_FALSE(wants(without("Widget", "label"), "Widget", "note"));
}

// Requirements: H-20
TEST(Projection, WhatIsReturnedOnRequestComesToWhoHasSetIt) {
  const ResourceType& widget = type_of("Widget");
  const AttributeSet set = {widget.find("note"), widget.find("label"), widget.find("secret")};
  EXPECT_TRUE(wants(Projection::from_parameters(widget, "", "", set), "Widget", "note"));
  EXPECT_FALSE(wants(Projection::from_parameters(widget, "", "", set), "Widget", "secret")) << "never returned";
  EXPECT_FALSE(wants(Projection::from_parameters(widget, "", "note", set), "Widget", "note"));
  EXPECT_FALSE(wants(Projection::from_parameters(widget, "label", "", set), "Widget", "note"));
}

TEST(Projection, ForPlanning) {
  const Projection group = Projection::for_planning(type_of("Group"), Members::skip);
  EXPECT_FALSE(wants(group, "Group", "members"));
  EXPECT_FALSE(wants(group, "Group", "members.value"));
  EXPECT_TRUE(wants(group, "Group", "displayName"));
  EXPECT_TRUE(wants(Projection::for_planning(type_of("Group"), Members::read), "Group", "members.value"));
  const Projection widget = Projection::for_planning(type_of("Widget"), Members::skip);
  EXPECT_TRUE(wants(widget, "Widget", "note"));
  EXPECT_FALSE(wants(widget, "Widget", "secret"));
  EXPECT_TRUE(wants(Projection::for_planning(type_of("User"), Members::skip), "User", kEnterprise + ":manager.value"));
}

}  // namespace
}  // namespace scim
