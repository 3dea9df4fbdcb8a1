// SPDX-License-Identifier: MIT
// Canonical values by schema. `where` names the place in what the client sent: "emails[1].value".
#include "core/validate.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

namespace scim {
namespace {

/// What becomes of the null parts of an object.
enum class Nulls { drop, keep };

tl::unexpected<Error> refuse(const std::string& where, const std::string& why) {
  return fail(ErrorKind::invalid_value, where + ": " + why);
}

Result<Json> one_value(const Attribute& attribute, const Json& value, Nulls nulls, const std::string& where);
Result<Json> list_value(const Attribute& attribute, const Json& values, const std::string& where);

std::optional<bool> boolean_of(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (!value.is_string()) return std::nullopt;
  // Entra's default job and OneLogin's template send booleans as strings (client-quirks E2, N4).
  const std::string& text = value.get_ref<const std::string&>();
  if (equal_ignoring_case(text, "true")) return true;
  if (equal_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

/// Within std::int64_t, without fraction or exponent (RFC 7643 2.3.4).
bool is_integer(const Json& value) {
  if (!value.is_number_integer()) return false;
  return !value.is_number_unsigned() || value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX);
}

Result<Json> simple_value(const Attribute& attribute, const Json& value, const std::string& where) {
  const std::string* text = value.is_string() ? &value.get_ref<const std::string&>() : nullptr;
  switch (attribute.type) {
    case Type::boolean: {
      const auto boolean = boolean_of(value);
      if (!boolean) return refuse(where, "must be true or false");
      return Json(*boolean);
    }
    case Type::integer:
      if (!is_integer(value)) return refuse(where, "must be an integer");
      return value;
    case Type::decimal:
      if (!value.is_number()) return refuse(where, "must be a number");
      return value;
    case Type::string:
    case Type::reference:
      if (text == nullptr) return refuse(where, "must be a string");
      return value;
    case Type::date_time:
      if (text == nullptr || !parse_instant(*text)) return refuse(where, "must be a dateTime: 2024-05-13T04:42:34Z");
      return value;
    case Type::binary:
      if (text == nullptr || !base64_decode(*text)) return refuse(where, "must be base64");
      return value;
    case Type::complex: break;
  }
  return refuse(where, "must be an object");
}

Result<Json> object_value(const Attribute& attribute, const Json& object, Nulls nulls, const std::string& where) {
  Json out = Json::object();
  for (const auto& [name, part] : object.items()) {
    const Attribute* sub = attribute.find(name);
    if (sub == nullptr || sub->mutability == Mutability::read_only) continue;
    const std::string part_where = where + (attribute.is_extension ? ":" : ".") + sub->name;
    SCIM_ASSIGN(Json value, sub->multi_valued ? list_value(*sub, part, part_where)
                                              : one_value(*sub, part, Nulls::drop, part_where));
    if (!value.is_null() || nulls == Nulls::keep) out[sub->name] = std::move(value);
  }
  return out;
}

/// {"value": id}: the rest of a member is ours to fill in (RFC 7643 4.2).
Result<Json> member_value(const Json& member, const std::string& where) {
  const Json* id = member.is_string() ? &member : find_member(member, "value");
  if (id == nullptr || !id->is_string() || id->get_ref<const std::string&>().empty()) {
    return refuse(where, "must be an object with the id of a resource as `value`");
  }
  return Json({{"value", *id}});
}

/// The one value of an attribute like `manager`, which stands for another resource: clients send its id alone, or in
/// an array, and "" to clear it (ambiguities A-35, client-quirks E9, O5).
Result<Json> reference_object(const Attribute& attribute, const Json& value, Nulls nulls, const std::string& where) {
  if (value.is_string()) {
    if (value.get_ref<const std::string&>().empty()) return Json(nullptr);
    return Json({{"value", value}});
  }
  if (value.is_array() && value.size() == 1) return one_value(attribute, value.front(), nulls, where);
  if (!value.is_object()) return refuse(where, "must be an object");
  SCIM_ASSIGN(Json object, object_value(attribute, value, Nulls::keep, where));
  const auto id = object.find("value");
  if (id != object.end() && (id->is_null() || *id == Json(""))) return Json(nullptr);
  if (nulls == Nulls::keep) return object;
  return object_value(attribute, object, Nulls::drop, where);
}

Result<Json> complex_value(const Attribute& attribute, const Json& value, Nulls nulls, const std::string& where) {
  if (attribute.is_membership()) return member_value(value, where);
  if (!attribute.multi_valued && !attribute.is_extension && attribute.find("value") != nullptr) {
    return reference_object(attribute, value, nulls, where);
  }
  if (!value.is_object()) return refuse(where, "must be an object");
  return object_value(attribute, value, nulls, where);
}

/// A singular value or one element of a list.
Result<Json> one_value(const Attribute& attribute, const Json& value, Nulls nulls, const std::string& where) {
  if (value.is_null()) return Json(nullptr);
  if (attribute.type != Type::complex) return simple_value(attribute, value, where);
  SCIM_ASSIGN(Json object, complex_value(attribute, value, nulls, where));
  const bool says_nothing = nulls == Nulls::drop ? is_unassigned(object) : value.is_structured() && value.empty();
  return says_nothing ? Json(nullptr) : object;
}

/// The elements of a list, equal ones once.
class ListReader {
 public:
  ListReader(const Attribute& attribute, const std::string& where) : attribute_(attribute), where_(where) {}

  Result<void> read(const Json& value, const std::string& where) {
    if (value.is_null()) return refuse(where, "null is not a value of a list");
    SCIM_ASSIGN(Json element, one_value(attribute_, value, Nulls::drop, where));
    if (is_unassigned(element) || !keys_.insert(equality_key(attribute_, element)).second) return {};
    elements_.push_back(std::move(element));
    return {};
  }

  Result<Json> finish() {
    if (elements_.size() > kListLimit && !attribute_.is_membership()) {
      return refuse(where_, "more than " + std::to_string(kListLimit) + " values");
    }
    return elements_.empty() ? Json(nullptr) : std::move(elements_);
  }

 private:
  const Attribute& attribute_;
  const std::string& where_;
  Json elements_ = Json::array();
  std::unordered_set<std::string> keys_;
};

std::size_t count_primaries(const Json& list) {
  return static_cast<std::size_t>(std::count_if(list.begin(), list.end(), [](const Json& element) {
    return element.is_object() && element.contains("primary") && element["primary"] == Json(true);
  }));
}

Result<void> check_primary(const Attribute& attribute, const Json& list, const std::string& where) {
  if (!attribute.multi_valued || attribute.find("primary") == nullptr || count_primaries(list) < 2) return {};
  return refuse(where, "only one value can be primary");
}

Result<Json> list_value(const Attribute& attribute, const Json& values, const std::string& where) {
  if (values.is_null()) return Json(nullptr);
  if (!values.is_array()) return refuse(where, "must be an array");
  ListReader reader(attribute, where);
  std::size_t position = 0;
  for (const Json& value : values) SCIM_TRY(reader.read(value, where + '[' + std::to_string(position++) + ']'));
  SCIM_ASSIGN(Json list, reader.finish());
  if (!list.is_null()) SCIM_TRY(check_primary(attribute, list, where));
  return list;
}

/// The URNs of drafts before RFC 7643, which OneLogin still sends, stand for today's (client-quirks N1).
bool stands_for_base(const Json& urn, const ResourceType& type) {
  constexpr std::string_view kDraft = "urn:scim:schemas:";
  const std::string_view text = urn.get_ref<const std::string&>();
  return equal_ignoring_case(text, type.schema) || equal_ignoring_case(text.substr(0, kDraft.size()), kDraft);
}

/// Other URNs are tolerated: what counts is the data (ambiguities A-43).
Result<void> check_schemas(const Json& body, const ResourceType& type) {
  const Json* schemas = find_member(body, "schemas");
  if (schemas == nullptr) return fail(ErrorKind::invalid_syntax, "schemas: missing");
  const bool all_strings = schemas->is_array() && std::all_of(schemas->begin(), schemas->end(),
                                                              [](const Json& urn) { return urn.is_string(); });
  if (!all_strings) return fail(ErrorKind::invalid_syntax, "schemas: must be an array of URNs");
  const bool has_base = std::any_of(schemas->begin(), schemas->end(),
                                    [&](const Json& urn) { return stands_for_base(urn, type); });
  if (!has_base) return fail(ErrorKind::invalid_syntax, "schemas: must contain " + quote(type.schema));
  return {};
}

/// A member's attribute; extensions go by their URN, or by that of the drafts.
const Attribute* attribute_of_member(const ResourceType& type, std::string_view name) {
  for (const std::string_view draft :
       {"urn:scim:schemas:extension:enterprise:2.0:User", "urn:scim:schemas:extension:enterprise:2.0",
        "urn:scim:schemas:extension:enterprise:1.0"}) {
    if (equal_ignoring_case(name, draft)) return type.find(urn::kEnterpriseUser);
  }
  return type.find(name);
}

}  // namespace

const Json* find_member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  for (auto at = object.begin(); at != object.end(); ++at) {
    if (equal_ignoring_case(at.key(), name)) return &*at;
  }
  return nullptr;
}

bool has_message_urn(const Json& body, std::string_view urn) {
  const Json* schemas = find_member(body, "schemas");
  if (schemas == nullptr || !schemas->is_array()) return false;
  return std::any_of(schemas->begin(), schemas->end(), [&](const Json& item) {
    return item.is_string() && equal_ignoring_case(item.get_ref<const std::string&>(), urn);
  });
}

Result<Resource> resource_from_body(const Json& body, const ResourceType& type) {
  if (!body.is_object()) return fail(ErrorKind::invalid_syntax, "the body must be a JSON object");
  SCIM_TRY(check_schemas(body, type));
  Resource resource;
  resource.type = &type;
  for (const auto& [name, value] : body.items()) {
    const Attribute* attribute = attribute_of_member(type, name);
    if (attribute == nullptr || is_schemas(*attribute) || attribute->mutability == Mutability::read_only) continue;
    SCIM_ASSIGN(Json canonical, canonical_value(*attribute, value, Shape::whole));
    assign_value(resource.body, *attribute, std::move(canonical));
  }
  SCIM_TRY(check_complete(resource, ErrorKind::invalid_value));
  resource.body["schemas"] = schemas_of(type, resource.body);
  return resource;
}

Result<Json> canonical_value(const Attribute& attribute, const Json& value, Shape shape) {
  const std::string where = attribute.path();
  switch (shape) {
    case Shape::whole:
      if (!attribute.multi_valued) return one_value(attribute, value, Nulls::drop, where);
      return list_value(attribute, value, where);
    case Shape::lenient:
      if (!attribute.multi_valued) return one_value(attribute, value, Nulls::keep, where);
      return list_value(attribute, value.is_array() || value.is_null() ? value : Json::array({value}), where);
    case Shape::element:
      if (value.is_array() && value.size() == 1) return one_value(attribute, value.front(), Nulls::keep, where);
      return one_value(attribute, value, Nulls::keep, where);
  }
  return Json(nullptr);
}

const Attribute* find_missing(const Attribute& attribute, const Json& body) {
  const Json* value = find_value(body, attribute);
  if (value == nullptr) {
    const bool is_ours = attribute.mutability == Mutability::read_only || is_schemas(attribute);
    return attribute.required && !is_ours ? &attribute : nullptr;
  }
  if (attribute.type != Type::complex || attribute.is_membership()) return nullptr;
  for (const Attribute& sub : attribute.sub_attributes) {
    if (!attribute.multi_valued) {
      if (const Attribute* missing = find_missing(sub, body)) return missing;
      continue;
    }
    if (!sub.required || sub.mutability == Mutability::read_only) continue;
    const bool everywhere = std::all_of(value->begin(), value->end(), [&](const Json& element) {
      const auto part = element.find(sub.name);
      return part != element.end() && !is_unassigned(*part);
    });
    if (!everywhere) return &sub;
  }
  return nullptr;
}

Result<void> check_values(const Attribute& attribute, const Json& body) {
  if (attribute.is_extension) {
    for (const Attribute& sub : attribute.sub_attributes) SCIM_TRY(check_values(sub, body));
    return {};
  }
  const Json* value = find_value(body, attribute);
  if (value == nullptr) return {};
  SCIM_TRY(check_primary(attribute, *value, attribute.path()));
  // RFC 7643 4.1.1: userName is not empty.
  const bool is_user_name = attribute.collation == Collation::username && value->is_string();
  if (is_user_name && trim(value->get_ref<const std::string&>()).empty()) {
    return refuse(attribute.path(), "must not be empty");
  }
  return {};
}

Error missing_error(const Attribute& missing, ErrorKind kind) {
  return Error{kind, missing.path() + ": is required", {}};
}

Result<void> check_complete(const Resource& resource, ErrorKind kind) {
  for (const Attribute& attribute : resource.type->attributes) {
    if (const Attribute* missing = find_missing(attribute, resource.body)) return fail(missing_error(*missing, kind));
    SCIM_TRY(check_values(attribute, resource.body));
  }
  return {};
}

}  // namespace scim
