// SPDX-License-Identifier: MIT
#include "sql/own_types.h"

#include <algorithm>

#include "core/text.h"
#include "sql/mapping.h"

namespace scim::sql {
namespace {

tl::unexpected<Error> refuse(const ResourceType& type, const Attribute& attribute, const std::string& why) {
  return fail(ErrorKind::invalid_value, "resource type " + quote(type.name) + ": " + attribute.path() + ": " + why);
}

/// "urn:...:ble:2.0:Device:deviceMacAddress" -> "x_urn_..._ble_2_0_device_devicemacaddress". Should two paths ever give
/// the same, the mapping refuses it.
std::string column_name(const Attribute& attribute) {
  std::string name = "x_";
  for (const char c : ascii_lower(attribute.path())) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_plain) name += c;
    else name += c == '_' ? "__" : c == '-' ? "_2d_" : c == '$' ? "_24_" : "_";
  }
  return name;
}

/// What the database can compare by an index as SCIM compares it.
bool can_be_unique(const Attribute& attribute) {
  switch (attribute.type) {
    case Type::string:
    case Type::reference:
    case Type::binary:
    case Type::integer:
    case Type::decimal: return true;
    case Type::boolean:
    case Type::date_time:
    case Type::complex: return false;
  }
  return false;
}

bool is_folded(const Attribute& attribute) { return attribute.type == Type::string && attribute.collation != Collation::exact; }

/// Adds entries for the attributes that need a column to the map of a section.
class ColumnPlanner {
 public:
  ColumnPlanner(const ResourceType& type, Json& map) : type_(type), map_(map) {}

  Result<void> add(const Attribute& attribute) {
    if (attribute.mutability == Mutability::read_only) return {};
    if (attribute.multi_valued) return refuse_unique_parts(attribute);
    const bool is_unique = attribute.uniqueness != Uniqueness::none;
    if (is_unique && !can_be_unique(attribute)) return refuse_unique(attribute);
    if (attribute.type == Type::complex) {
      for (const Attribute& sub : attribute.sub_attributes) SCIM_TRY(add(sub));
      return {};
    }
    if (is_unique || attribute.returned == Returned::never) map_[attribute.path()] = column(attribute);
    return {};
  }

 private:
  static Json column(const Attribute& attribute) {
    const std::string name = column_name(attribute);
    const bool has_key = attribute.uniqueness != Uniqueness::none && is_folded(attribute);
    if (!has_key) return name;
    return {{"column", name}, {"folded", name + "_key"}};
  }

  Result<void> refuse_unique_parts(const Attribute& list) const {
    if (list.uniqueness != Uniqueness::none) return refuse_unique(list);
    for (const Attribute& sub : list.sub_attributes) {
      if (sub.uniqueness != Uniqueness::none) return refuse_unique(sub);
    }
    return {};
  }

  tl::unexpected<Error> refuse_unique(const Attribute& attribute) const {
    return refuse(type_, attribute, "uniqueness must be none: only single strings, references, binary values and numbers can be unique");
  }

  const ResourceType& type_;
  Json& map_;
};

constexpr std::string_view kDocumentColumn = "document";

}  // namespace

std::string own_table_of(const ResourceType& type) {
  std::string name = "scim_type_" + ascii_lower(type.name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

Result<Json> own_section(const ResourceType& type) {
  Json section = {{"type", type.name},
                  {"table", own_table_of(type)},
                  {"key", "key"},
                  {"link",
                   {{"id", "id"},
                    {"externalId", "external_id"},
                    {"created", "created"},
                    {"lastModified", "last_modified"},
                    {"version", "version"},
                    {"document", kDocumentColumn}}},
                  {"map", Json::object()}};
  ColumnPlanner planner(type, section["map"]);
  for (const Attribute& attribute : type.attributes) {
    if (!is_common(attribute)) SCIM_TRY(planner.add(attribute));
  }
  return section;
}

std::set<std::string> added_extensions(const Json& section, const ResourceType& type) {
  std::set<std::string> urns;
  for (const ResourceType::Extension& extension : type.extensions) {
    bool is_mapped = false;
    for (const auto& item : section.at("map").items()) is_mapped = is_mapped || item.key().starts_with(extension.schema + ':');
    if (!is_mapped) urns.insert(extension.schema);
  }
  return urns;
}

Result<Json> embedded_section(Json section, const ResourceType& type) {
  const std::set<std::string> added = added_extensions(section, type);
  Json map = Json::object();
  for (const auto& [path, entry] : section.at("map").items()) {
    const std::string urn = path.substr(0, std::min(path.rfind(':'), path.size()));
    const bool is_of_extension = path.find(':') != std::string::npos;
    if (!is_of_extension || type.find(urn) != nullptr) map[path] = entry;
  }
  ColumnPlanner planner(type, map);
  for (const std::string& urn : added) SCIM_TRY(planner.add(*type.find(urn)));
  section["map"] = std::move(map);
  if (!added.empty()) section["link"]["document"] = kDocumentColumn;
  return section;
}

}  // namespace scim::sql
