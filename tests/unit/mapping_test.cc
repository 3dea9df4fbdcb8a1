// SPDX-License-Identifier: MIT
// Mappings: what the preset says about each attribute, and what is refused with which words.
#include "sql/mapping.h"

#include <gtest/gtest.h>

#include "tests/unit/case_file.h"

namespace scim::test {
namespace {

using sql::Codec;

class MappingTest : public ::testing::Test {
 protected:
  const Attribute& attribute(const char* type, const std::string& path) const {
    const Attribute* found = resolve(*registry_.type_by_name(type), *parse_path_name(path));
    if (found == nullptr) throw std::runtime_error("no attribute " + path);
    return *found;
  }
  /// The message for a mapping of Group with these lines in its map.
  std::string refusal(const std::string& lines) const {
    const auto mapping = sql::parse_mapping(kUser + kGroup + lines, "app.toml", registry_);
    return mapping ? "accepted" : mapping.error().detail;
  }

  const std::string kUser = "[user]\ntable = 'u'\nkey = 'k'\nlink = { id = 'id' }\n[user.map]\nuserName = 'name'\n";
  const std::string kGroup = "[group]\ntable = 'g'\nkey = 'k'\nlink = { id = 'id' }\n[group.map]\n";
  const Registry registry_ = Registry::standard();
};

/// Every leaf that can be stored has a place; what is read-only is derived.
void expect_mapped(const sql::TypeMapping& mapping, const Attribute& attribute) {
  if (sql::link_part(attribute) != sql::LinkPart::none || attribute.name == "schemas") return;
  if (mapping.members.contains(&attribute) || mapping.reverse.contains(&attribute)) return;
  if (attribute.multi_valued) {
    const auto list = mapping.lists.find(&attribute);
    ASSERT_NE(list, mapping.lists.end()) << attribute.path();
    for (const Attribute& sub : attribute.sub_attributes) {
      EXPECT_TRUE(list->second.columns.contains(&sub)) << sub.path();
    }
    return;
  }
  if (attribute.type != Type::complex) {
    EXPECT_TRUE(mapping.columns.contains(&attribute) || mapping.lookups.contains(&attribute)) << attribute.path();
  }
  for (const Attribute& sub : attribute.sub_attributes) expect_mapped(mapping, sub);
}

TEST_F(MappingTest, EmbeddedPresetHasAPlaceForEveryAttribute) {
  const auto mapping = sql::embedded_mapping(registry_);
  ASSERT_TRUE(mapping) << mapping.error().detail;
  for (const auto& type : registry_.types()) {
    for (const Attribute& each : type->attributes) expect_mapped(mapping->of(*type), each);
  }
}

TEST_F(MappingTest, CodecsFollowTheType) {
  const auto mapping = sql::embedded_mapping(registry_);
  const sql::TypeMapping& user = mapping->of(*registry_.type_by_name("User"));
  EXPECT_EQ(user.columns.at(&attribute("User", "active")).codec, Codec::boolean);
  EXPECT_EQ(user.columns.at(&attribute("User", "password")).codec, Codec::password);
  EXPECT_EQ(user.columns.at(&attribute("User", "title")).codec, Codec::text);
  EXPECT_EQ(user.columns.at(&attribute("User", "userName")).folded, "user_name_key");
  const auto& emails = user.lists.at(&attribute("User", "emails"));
  EXPECT_EQ(emails.owner, "user");
  EXPECT_EQ(emails.columns.at(&attribute("User", "emails.primary")).codec, Codec::boolean);
}

TEST_F(MappingTest, MembersKnowBothSides) {
  const auto mapping = sql::embedded_mapping(registry_);
  const sql::TypeMapping& group = mapping->of(*registry_.type_by_name("Group"));
  const auto& members = group.members.at(&attribute("Group", "members"));
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].member_type->name, "User");
  EXPECT_EQ(members[1].member_type->name, "Group");
  const auto& reverse = mapping->of(*registry_.type_by_name("User")).reverse.at(&attribute("User", "groups"));
  EXPECT_EQ(reverse.group_type->name, "Group");
  EXPECT_EQ(reverse.members, &attribute("Group", "members"));
}

TEST_F(MappingTest, WidgetUsesLinkAndJoinedTables) {
  const Registry registry = registry_with_widget();
  const std::string toml = kUser + kGroup + read_file(std::string(SCIMCTL_TEST_DATA) + "/mapping/widget.toml");
  const auto mapping = sql::parse_mapping(toml, "widget.toml", registry);
  ASSERT_TRUE(mapping) << mapping.error().detail;
  const sql::TypeMapping& widget = mapping->of(*registry.type_by_name("Widget"));
  ASSERT_EQ(widget.tables.size(), 3U);
  EXPECT_EQ(widget.tables[static_cast<std::size_t>(widget.link.id.table)].name, "widget_scim");
  EXPECT_EQ(widget.tables[2].name, "widget_box") << "one join, however many columns";
}

TEST_F(MappingTest, OneColumnOrATableWithItsColumn) {
  EXPECT_EQ(refusal("displayName = 'name'\n"), "accepted");
  EXPECT_EQ(refusal("displayName = { column = 'name', folded = 'key' }\nmembers = { table = 'm', owner = 'g', value = 'u' }\n"),
            "accepted");
}

TEST_F(MappingTest, RefusalsNameThePlace) {
  EXPECT_EQ(refusal("displayNmae = 'name'\n"),
            "app.toml: [group.map] displayNmae: the resource type Group has no attribute \"displayNmae\", did you mean "
            "\"displayName\"?");
  EXPECT_EQ(refusal("displayName = 'a'\nDISPLAYNAME = 'b'\n"), "app.toml: [group.map] displayName: is mapped twice");
  EXPECT_EQ(refusal("displayName = 7\n"),
            "app.toml: [group.map] displayName: must be the name of a column, or { column = ... }");
  EXPECT_EQ(refusal("displayName = { colunm = 'a' }\n"),
            "app.toml: [group.map] displayName: unknown key \"colunm\"; known are column, folded, fold, lower, readonly, "
            "unique, absent, values, invert, format, null_means, number, scheme, refers, substring_index, substring_tail, table, owner, defaults");
  EXPECT_EQ(refusal("id = 'id'\n"), "app.toml: [group.map] id: belongs to `link`, not to `map`");
  EXPECT_EQ(refusal("\"meta.created\" = 'c'\n"), "app.toml: [group.map] meta.created: belongs to `link`, not to `map`");
  EXPECT_EQ(refusal("\"members.value\" = 'c'\n"),
            "app.toml: [group.map] members.value: is part of a list: map it within \"members\"");
  EXPECT_EQ(refusal("members = { table = 'm', owner = 'g', value = 'u', type = 'Robot' }\n"),
            "app.toml: [group.map] members type: there is no resource type \"Robot\"");
  EXPECT_EQ(refusal("members = { members = 'user.emails' }\n"),
            "app.toml: [group.map] members members: is not mapped as a membership");
}

TEST_F(MappingTest, ListsNeedTheirTable) {
  const auto user_refusal = [&](const std::string& line) {
    const auto mapping = sql::parse_mapping(kUser + line + '\n' + kGroup, "app.toml", registry_);
    return mapping ? "accepted" : mapping.error().detail;
  };
  EXPECT_EQ(user_refusal("emails = 7"),
            "app.toml: [user.map] emails: is a list: it needs { table = ..., owner = ..., ... }, or a column");
  EXPECT_EQ(user_refusal("addresses = 'address'"),
            "app.toml: [user.map] addresses: has no sub-attribute `value`: it needs a table");
  EXPECT_EQ(user_refusal("emails = { table = 't', owner = 'o', key = 'k' }"),
            "app.toml: [user.map] emails: maps no sub-attribute");
  EXPECT_EQ(user_refusal("emails = { table = 't', owner = 'o', key = 'k', vlaue = 'v' }"),
            "app.toml: [user.map] emails: \"vlaue\" is neither table, owner, key, defaults nor a sub-attribute");
  EXPECT_EQ(user_refusal("name = 'n'"), "app.toml: [user.map] name: is complex: map its sub-attributes");
  EXPECT_EQ(user_refusal("externalId = 'n'"), "app.toml: [user.map] externalId: belongs to `link`, not to `map`");
  EXPECT_EQ(user_refusal("profileUrl = { column = 'n', folded = 'f' }"),
            "app.toml: [user.map] profileUrl: is compared as it is: it has no use for `folded`");
}

TEST_F(MappingTest, EveryTypeNeedsATable) {
  const auto mapping = sql::parse_mapping(kUser, "app.toml", registry_);
  ASSERT_FALSE(mapping);
  EXPECT_EQ(mapping.error().detail, "app.toml: no table maps the resource type Group");
  EXPECT_EQ(mapping.error().kind, ErrorKind::invalid_value);
}

}  // namespace
}  // namespace scim::test
