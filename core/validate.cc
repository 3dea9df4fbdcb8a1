// SPDX-License-Identifier: MIT
// Canonical values by schema. `where` names the place in what the client sent: "emails[1].value".
#include "core/validate.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_set>

#include "core/draft_urn.h"

namespace scim {
namespace {

/// What becomes of the null parts of an object.
enum class Nulls { drop, keep };

/// A place in what the client sent, put into words only where something is wrong there.
class Where {
 public:
  explicit Where(std::string_view path) : name_(path) {}
  Where(const Where& outer, char mark, std::string_view name) : outer_(&outer), mark_(mark), name_(name) {}
  Where(const Where& outer, std::size_t position) : outer_(&outer), mark_('['), position_(position) {}

  std::string text() const {
    if (outer_ == nullptr) return std::string(name_);
    std::string text = outer_->text() + mark_;
    if (mark_ == '[') return text + std::to_string(position_) + ']';
    return text.append(name_);
  }

 private:
  const Where* outer_ = nullptr;  // borrowed, as the name is
  char mark_ = '.';               // [: an element
  std::string_view name_;
  std::size_t position_ = 0;
};

tl::unexpected<Error> refuse(const Where& where, const std::string& why) {
  return fail(ErrorKind::invalid_value, where.text() + ": " + why);
}

Result<Json> one_value(const Attribute& attribute, const Json& value, Nulls nulls, const Where& where, Leniency& leniency);
Result<Json> list_value(const Attribute& attribute, const Json& values, const Where& where, Leniency& leniency);

/// Within std::int64_t, without fraction or exponent (RFC 7643 2.3.4).
bool is_integer(const Json& value) {
  if (!value.is_number_integer()) return false;
  return !value.is_number_unsigned() || value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX);
}

Result<Json> simple_value(const Attribute& attribute, const Json& value, const Where& where, Leniency& leniency) {
  const std::string* text = value.is_string() ? &value.get_ref<const std::string&>() : nullptr;
  switch (attribute.type) {
    case Type::boolean: {
      const auto boolean = boolean_of(value, leniency);
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

/// Policy, for what no schema knows (ambiguities A-41).
Result<void> pass_over(const Where& where, Leniency& leniency) {
  switch (leniency.unknown()) {
    case UnknownAttribute::ignore: return {};
    case UnknownAttribute::note: return leniency.note_unknown(where.text()), Result<void>();
    case UnknownAttribute::reject: break;
  }
  return fail(ErrorKind::invalid_syntax, "unknown attribute " + quote(where.text()));
}

/// nullptr: the client knows no such part.
const Attribute* known_part(const Attribute& attribute, std::string_view name, const Leniency& leniency) {
  const Attribute* part = attribute.find(name);
  return part != nullptr && leniency.sees(*part) ? part : nullptr;
}

Result<Json> object_value(const Attribute& attribute, const Json& object, Nulls nulls, const Where& where,
                          Leniency& leniency) {
  Json out = Json::object();
  out.get_ref<Json::object_t&>().reserve(object.size());
  for (const auto& [name, part] : object.get_ref<const Json::object_t&>()) {
    const Attribute* sub = known_part(attribute, name, leniency);
    const Where part_where(where, attribute.is_extension ? ':' : '.', sub != nullptr ? sub->name : name);
    if (sub == nullptr) SCIM_TRY(pass_over(part_where, leniency));
    if (sub == nullptr || sub->mutability == Mutability::read_only) continue;
    SCIM_ASSIGN(Json value, sub->multi_valued ? list_value(*sub, part, part_where, leniency)
                                              : one_value(*sub, part, Nulls::drop, part_where, leniency));
    if (!value.is_null() || nulls == Nulls::keep) out[sub->name] = std::move(value);
  }
  return out;
}

/// {"value": id}: the rest of a member is ours to fill in (RFC 7643 4.2).
Result<Json> member_value(const Attribute& attribute, const Json& member, const Where& where, Leniency& leniency) {
  if (member.is_object()) {
    for (const auto& [name, part] : member.items()) {
      if (attribute.find(name) == nullptr) SCIM_TRY(pass_over(Where(where, '.', name), leniency));
    }
  }
  const bool is_bare = member.is_string() && leniency.allows(Tolerance::element_string);
  const Json* id = is_bare ? &member : find_member(member, "value");
  if (id == nullptr || !id->is_string() || id->get_ref<const std::string&>().empty()) {
    return refuse(where, "must be an object with the id of a resource as `value`");
  }
  return Json({{"value", *id}});
}

/// The one value of an attribute like `manager`, which stands for another resource: clients send its id alone, or in
/// an array, and "" to clear it (ambiguities A-35, client-quirks E9, O5).
Result<Json> reference_object(const Attribute& attribute, const Json& value, Nulls nulls, const Where& where,
                              Leniency& leniency) {
  const bool is_bent = value.is_string() || (value.is_array() && value.size() == 1);
  if (!value.is_object() && (!is_bent || !leniency.allows(Tolerance::manager_string))) return refuse(where, "must be an object");
  if (value.is_string()) {
    const bool says_nothing = value.get_ref<const std::string&>().empty() || known_part(attribute, "value", leniency) == nullptr;
    return says_nothing ? Json(nullptr) : Json({{"value", value}});
  }
  if (value.is_array()) return one_value(attribute, value.front(), nulls, where, leniency);
  SCIM_ASSIGN(Json object, object_value(attribute, value, Nulls::keep, where, leniency));
  const auto id = object.find("value");
  if (id != object.end() && (id->is_null() || *id == Json(""))) return Json(nullptr);
  if (nulls == Nulls::keep) return object;
  return object_value(attribute, object, Nulls::drop, where, leniency);
}

/// RFC 7643 4.1.2 leaves the format of a role to the provider, so clients send it in all shapes (client-quirks E10).
bool is_roles(const Attribute& attribute) { return attribute.multi_valued && attribute.name == "roles"; }

/// {"value": "{\"id\":...,\"value\":...}"}: Entra's AppRoleAssignmentsComplex (client-quirks E10). What it means, as an
/// object; null if it is no such thing.
Json role_within(const Attribute& attribute, const Json& role) {
  const Json* text = find_member(role, "value");
  const bool may_be = is_roles(attribute) && text != nullptr && text->is_string() &&
                      text->get_ref<const std::string&>().starts_with('{');
  if (!may_be) return nullptr;
  const Result<Json> inner = parse_json(text->get_ref<const std::string&>());
  const Json* value = inner ? find_member(*inner, "value") : nullptr;
  if (value == nullptr || !value->is_string()) return nullptr;
  Json unwrapped = role;
  for (const auto& [name, part] : inner->items()) {
    const Attribute* sub = attribute.find(equal_ignoring_case(name, "displayName") ? std::string_view("display") : std::string_view(name));
    if (sub != nullptr && part.is_primitive()) unwrapped[sub->name] = part;
  }
  return unwrapped;
}

Result<Json> complex_value(const Attribute& attribute, const Json& value, Nulls nulls, const Where& where,
                           Leniency& leniency) {
  if (attribute.is_membership()) return member_value(attribute, value, where, leniency);
  const bool has_value = !attribute.is_extension && attribute.find("value") != nullptr;
  if (has_value && !attribute.multi_valued) return reference_object(attribute, value, nulls, where, leniency);
  if (has_value && is_roles(attribute) && value.is_string() && leniency.allows(Tolerance::element_string)) {
    return complex_value(attribute, Json({{"value", value}}), nulls, where, leniency);
  }
  if (!value.is_object()) return refuse(where, "must be an object");
  const Json role = role_within(attribute, value);
  if (!role.is_null() && leniency.allows(Tolerance::role_json)) return object_value(attribute, role, nulls, where, leniency);
  return object_value(attribute, value, nulls, where, leniency);
}

/// A singular value or one element of a list.
Result<Json> one_value(const Attribute& attribute, const Json& value, Nulls nulls, const Where& where, Leniency& leniency) {
  if (value.is_null()) return Json(nullptr);
  if (attribute.type != Type::complex) return simple_value(attribute, value, where, leniency);
  SCIM_ASSIGN(Json object, complex_value(attribute, value, nulls, where, leniency));
  const bool says_nothing = nulls == Nulls::drop ? is_unassigned(object) : value.is_structured() && value.empty();
  return says_nothing ? Json(nullptr) : object;
}

/// The elements of a list, equal ones once.
class ListReader {
 public:
  ListReader(const Attribute& attribute, const Where& where, Leniency& leniency)
      : attribute_(attribute), where_(where), leniency_(leniency) {}

  Result<void> read(const Json& value, const Where& where) {
    if (value.is_null()) return refuse(where, "null is not a value of a list");
    SCIM_ASSIGN(Json element, one_value(attribute_, value, Nulls::drop, where, leniency_));
    if (is_unassigned(element) || is_there(element)) return {};
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
  /// The only one has nothing that it could equal.
  bool is_there(const Json& element) {
    if (elements_.empty()) return false;
    if (keys_.empty()) keys_.insert(equality_key(attribute_, elements_.front()));
    return !keys_.insert(equality_key(attribute_, element)).second;
  }

  const Attribute& attribute_;
  const Where& where_;
  Leniency& leniency_;
  Json elements_ = Json::array();
  std::unordered_set<std::string> keys_;
};

std::size_t count_primaries(const Json& list) {
  return static_cast<std::size_t>(std::count_if(list.begin(), list.end(), [](const Json& element) {
    const auto primary = element.is_object() ? element.find("primary") : element.end();
    return primary != element.end() && *primary == Json(true);
  }));
}

Result<void> check_primary(const Attribute& attribute, const Json& list, const Where& where) {
  if (!attribute.multi_valued || count_primaries(list) < 2 || attribute.find("primary") == nullptr) return {};
  return refuse(where, "only one value can be primary");
}

Result<Json> list_value(const Attribute& attribute, const Json& values, const Where& where, Leniency& leniency) {
  if (values.is_null()) return Json(nullptr);
  if (!values.is_array()) return refuse(where, "must be an array");
  ListReader reader(attribute, where, leniency);
  std::size_t position = 0;
  for (const Json& value : values) SCIM_TRY(reader.read(value, Where(where, position++)));
  SCIM_ASSIGN(Json list, reader.finish());
  if (!list.is_null()) SCIM_TRY(check_primary(attribute, list, where));
  return list;
}

/// A member's attribute; extensions go by their URN, or by that of the drafts.
const Attribute* attribute_of_member(const ResourceType& type, std::string_view name, Leniency& leniency) {
  const bool is_draft = is_draft_enterprise(name);
  const Attribute* attribute = type.find(is_draft ? urn::kEnterpriseUser : name);
  if (attribute == nullptr || !leniency.sees(*attribute)) return nullptr;
  return !is_draft || leniency.allows(Tolerance::legacy_urn) ? attribute : nullptr;
}

/// What the `schemas` of a body say.
struct Declared {
  bool has_base = false;
  std::set<const Attribute*> extensions;
};

/// One URN of `schemas` (RFC 7643 3). What the type does not have is tolerated: what counts is the data (ambiguities A-43).
Result<void> declare(const std::string& urn, const ResourceType& type, Leniency& leniency, Declared& declared) {
  if (equal_ignoring_case(urn, type.schema)) {
    declared.has_base = true;
    return {};
  }
  const bool is_base = is_draft_core(urn);
  const bool is_legacy = is_base || is_draft_enterprise(urn);
  if (is_legacy && !leniency.allows(Tolerance::legacy_urn)) {
    return fail(ErrorKind::invalid_syntax, "schemas: " + quote(urn) + " is a draft's, today's is " +
                                               quote(is_base ? std::string_view(type.schema) : urn::kEnterpriseUser));
  }
  if (is_base) declared.has_base = true;
  const Attribute* extension = type.find(is_legacy ? urn::kEnterpriseUser : std::string_view(urn));
  if (extension != nullptr && extension->is_extension && leniency.sees(*extension)) declared.extensions.insert(extension);
  if (is_legacy || declared.extensions.contains(extension)) return {};
  if (leniency.allows(Tolerance::unknown_schema)) return {};
  return fail(ErrorKind::invalid_value, "schemas: " + quote(urn) + " is no schema of " + type.name);
}

Result<Declared> read_schemas(const Json& body, const ResourceType& type, Leniency& leniency) {
  const Json* schemas = find_member(body, "schemas");
  if (schemas == nullptr) return fail(ErrorKind::invalid_syntax, "schemas: missing");
  const bool all_strings = schemas->is_array() && std::all_of(schemas->begin(), schemas->end(),
                                                              [](const Json& urn) { return urn.is_string(); });
  if (!all_strings) return fail(ErrorKind::invalid_syntax, "schemas: must be an array of URNs");
  Declared declared;
  for (const Json& urn : *schemas) SCIM_TRY(declare(urn.get_ref<const std::string&>(), type, leniency, declared));
  if (declared.has_base) return declared;
  return fail(ErrorKind::invalid_syntax, "schemas: must contain " + quote(type.schema));
}

}  // namespace

bool has_message_urn(const Json& body, std::string_view urn) {
  const Json* schemas = find_member(body, "schemas");
  if (schemas == nullptr || !schemas->is_array()) return false;
  return std::any_of(schemas->begin(), schemas->end(), [&](const Json& item) {
    return item.is_string() && equal_ignoring_case(item.get_ref<const std::string&>(), urn);
  });
}

Result<Resource> resource_from_body(const Json& body, const ResourceType& type, Leniency& leniency) {
  if (!body.is_object()) return fail(ErrorKind::invalid_syntax, "the body must be a JSON object");
  SCIM_ASSIGN(const Declared declared, read_schemas(body, type, leniency));
  Resource resource;
  resource.type = &type;
  resource.body.get_ref<Json::object_t&>().reserve(body.size() + 2);  // schemas, active
  for (const auto& [name, value] : body.get_ref<const Json::object_t&>()) {
    const Attribute* attribute = attribute_of_member(type, name, leniency);
    if (attribute == nullptr) SCIM_TRY(pass_over(Where(name), leniency));
    if (attribute == nullptr || is_schemas(*attribute) || attribute->mutability == Mutability::read_only) continue;
    SCIM_ASSIGN(Json canonical, canonical_value(*attribute, value, Shape::whole, leniency));
    const bool is_undeclared = attribute->is_extension && !canonical.is_null() && !declared.extensions.contains(attribute);
    if (is_undeclared && !leniency.allows(Tolerance::undeclared_extension)) {
      return fail(ErrorKind::invalid_syntax, "schemas: must contain " + quote(attribute->name) + ", which has data");
    }
    assign_value(resource.body, *attribute, std::move(canonical));
  }
  SCIM_TRY(check_complete(resource, ErrorKind::invalid_value));
  resource.body["schemas"] = schemas_of(type, resource.body);
  return resource;
}

Result<Json> canonical_value(const Attribute& attribute, const Json& value, Shape shape, Leniency& leniency) {
  const std::string path = attribute.path();
  const Where where(path);
  switch (shape) {
    case Shape::whole:
      if (!attribute.multi_valued) return one_value(attribute, value, Nulls::drop, where, leniency);
      return list_value(attribute, value, where, leniency);
    case Shape::lenient:
      if (!attribute.multi_valued) return one_value(attribute, value, Nulls::keep, where, leniency);
      return list_value(attribute, value.is_array() || value.is_null() ? value : Json::array({value}), where, leniency);
    case Shape::element:
      if (value.is_array() && value.size() == 1) return one_value(attribute, value.front(), Nulls::keep, where, leniency);
      return one_value(attribute, value, Nulls::keep, where, leniency);
  }
  return Json(nullptr);
}

Result<Resource> resource_from_body(const Json& body, const ResourceType& type) {
  Leniency any;
  return resource_from_body(body, type, any);
}

Result<Json> canonical_value(const Attribute& attribute, const Json& value, Shape shape) {
  Leniency any;
  return canonical_value(attribute, value, shape, any);
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
  const std::string path = attribute.multi_valued ? attribute.path() : "";
  SCIM_TRY(check_primary(attribute, *value, Where(path)));
  // RFC 7643 4.1.1: userName is not empty.
  const bool is_user_name = attribute.collation == Collation::username && value->is_string();
  if (is_user_name && trim(value->get_ref<const std::string&>()).empty()) {
    return refuse(Where(attribute.path()), "must not be empty");
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
