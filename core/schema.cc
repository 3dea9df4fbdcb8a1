// SPDX-License-Identifier: MIT
#include "core/schema.h"

#include <array>
#include <utility>

#include "core/words.h"

namespace scim {
namespace {

constexpr Words<Type, 8> kTypes = {{{"string", Type::string},
                                                                      {"boolean", Type::boolean},
                                                                      {"decimal", Type::decimal},
                                                                      {"integer", Type::integer},
                                                                      {"dateTime", Type::date_time},
                                                                      {"binary", Type::binary},
                                                                      {"reference", Type::reference},
                                                                      {"complex", Type::complex}}};
constexpr Words<Mutability, 4> kMutabilities = {
    {{"readOnly", Mutability::read_only},
     {"readWrite", Mutability::read_write},
     {"immutable", Mutability::immutable},
     {"writeOnly", Mutability::write_only}}};
constexpr Words<Returned, 4> kReturned = {{{"always", Returned::always},
                                                                             {"never", Returned::never},
                                                                             {"default", Returned::by_default},
                                                                             {"request", Returned::request}}};
constexpr Words<Uniqueness, 3> kUniqueness = {
    {{"none", Uniqueness::none}, {"server", Uniqueness::server}, {"global", Uniqueness::global}}};

/// RFC 7643 2.1, with the leading '$' of $ref.
bool is_attribute_name(std::string_view name) {
  if (name.starts_with('$')) name.remove_prefix(1);
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || !letter(name.front())) return false;
  for (const char c : name) {
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '$') return false;
  }
  return true;
}

/// Reads the members of one attribute definition; the first fault is kept.
class AttributeReader {
 public:
  explicit AttributeReader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  std::string text(const char* member, std::string otherwise) {
    const auto at = json_.find(member);
    if (at == json_.end() || at->is_null()) return otherwise;
    if (!at->is_string()) return wrong(member, "a string"), otherwise;
    return at->get<std::string>();
  }
  bool flag(const char* member) {
    const auto at = json_.find(member);
    if (at == json_.end() || at->is_null()) return false;
    if (!at->is_boolean()) return wrong(member, "true or false"), false;
    return at->get<bool>();
  }
  std::vector<std::string> texts(const char* member) {
    const auto at = json_.find(member);
    std::vector<std::string> out;
    if (at == json_.end() || at->is_null()) return out;
    if (!at->is_array()) return wrong(member, "an array of strings"), out;
    for (const Json& item : *at) {
      if (!item.is_string()) return wrong(member, "an array of strings"), out;
      out.push_back(item.get<std::string>());
    }
    return out;
  }
  template <class Table, class E>
  E word(const char* member, const Table& table, E otherwise) {
    const std::string given = text(member, std::string(word_for(table, otherwise)));
    std::string known;
    for (const auto& [name, value] : table) {
      if (name == given) return value;
      known.append(known.empty() ? "" : ", ").append(name);
    }
    wrong(member, "one of " + known + ", not " + quote(given));
    return otherwise;
  }
  void wrong(std::string_view member, std::string_view wanted) {
    if (error_.empty()) error_ = where_ + ": " + std::string(member) + " must be " + std::string(wanted);
  }
  const std::string& error() const { return error_; }

 private:
  const Json& json_;
  std::string where_;
  std::string error_;
};

Result<std::vector<Attribute>> read_attributes(const Json& list, const std::string& where, std::string_view member);

/// parse_json bounds the depth of this recursion.
Result<Attribute> read_attribute(const Json& json, const std::string& where) {
  if (!json.is_object()) return fail(ErrorKind::invalid_value, where + ": an attribute must be an object");
  AttributeReader reader(json, where);
  Attribute attribute;
  attribute.name = reader.text("name", "");
  attribute.type = reader.word("type", kTypes, Type::string);
  attribute.multi_valued = reader.flag("multiValued");
  attribute.description = reader.text("description", "");
  attribute.required = reader.flag("required");
  attribute.canonical_values = reader.texts("canonicalValues");
  attribute.case_exact = reader.flag("caseExact");
  attribute.mutability = reader.word("mutability", kMutabilities, Mutability::read_write);
  attribute.returned = reader.word("returned", kReturned, Returned::by_default);
  attribute.uniqueness = reader.word("uniqueness", kUniqueness, Uniqueness::none);
  attribute.reference_types = reader.texts("referenceTypes");
  if (!is_attribute_name(attribute.name)) reader.wrong("name", "an attribute name (RFC 7643 section 2.1)");
  if (!reader.error().empty()) return fail(ErrorKind::invalid_value, reader.error());
  if (attribute.type == Type::binary || attribute.type == Type::reference) {
    // RFC 7643 2.3.6, 2.3.7. `schemas` is the exception: URNs have no case (RFC 8141 3.1).
    attribute.case_exact = attribute.name != "schemas";
  }
  attribute.collation = attribute.case_exact ? Collation::exact : Collation::folded;
  if (attribute.type != Type::complex) return attribute;
  const auto subs = json.find("subAttributes");
  if (subs == json.end()) return fail(ErrorKind::invalid_value, where + ": a complex attribute needs subAttributes");
  SCIM_ASSIGN(attribute.sub_attributes, read_attributes(*subs, where + '.', "subAttributes"));
  return attribute;
}

/// `where`: what stands before the JSON path of the list, whose last part is `member`.
Result<std::vector<Attribute>> read_attributes(const Json& list, const std::string& where, std::string_view member) {
  const std::string path = where + std::string(member);
  if (!list.is_array()) return fail(ErrorKind::invalid_value, path + ": must be an array");
  std::vector<Attribute> attributes;
  for (const Json& item : list) {
    const std::string at = path + '[' + std::to_string(attributes.size()) + ']';
    SCIM_ASSIGN(Attribute attribute, read_attribute(item, at));
    for (const Attribute& other : attributes) {
      if (equal_ignoring_case(other.name, attribute.name)) {
        return fail(ErrorKind::invalid_value, at + ": the attribute " + quote(attribute.name) + " stands there twice");
      }
    }
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

bool is_text(Type type) { return type == Type::string || type == Type::reference || type == Type::binary; }

Json attribute_to_json(const Attribute& attribute) {
  Json json = {{"name", attribute.name}, {"type", to_string(attribute.type)}};
  if (!attribute.sub_attributes.empty()) {
    json["subAttributes"] = Json::array();
    for (const Attribute& sub : attribute.sub_attributes) {
      if (sub.is_kept) json["subAttributes"].push_back(attribute_to_json(sub));
    }
  }
  json["multiValued"] = attribute.multi_valued;
  json["description"] = attribute.description;
  json["required"] = attribute.required;
  if (!attribute.canonical_values.empty()) json["canonicalValues"] = attribute.canonical_values;
  if (is_text(attribute.type)) json["caseExact"] = attribute.case_exact;
  json["mutability"] = to_string(attribute.mutability);
  json["returned"] = to_string(attribute.returned);
  const bool may_be_unique = attribute.type == Type::string || attribute.type == Type::reference;
  if (may_be_unique || attribute.uniqueness != Uniqueness::none) {
    json["uniqueness"] = to_string(attribute.uniqueness);
  }
  if (!attribute.reference_types.empty()) json["referenceTypes"] = attribute.reference_types;
  return json;
}

const Attribute* find_in(const std::vector<Attribute>& attributes, std::string_view name) {
  for (const Attribute& attribute : attributes) {
    if (equal_ignoring_case(attribute.name, name)) return &attribute;
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(Type type) { return word_for(kTypes, type); }
std::string_view to_string(Mutability mutability) { return word_for(kMutabilities, mutability); }
std::string_view to_string(Returned returned) { return word_for(kReturned, returned); }
std::string_view to_string(Uniqueness uniqueness) { return word_for(kUniqueness, uniqueness); }

const Attribute* Attribute::find(std::string_view sub_name) const { return find_in(sub_attributes, sub_name); }
const Attribute* ResourceType::find(std::string_view attribute_name) const {
  return find_in(attributes, attribute_name);
}

bool Attribute::is_membership() const {
  if (!multi_valued || type != Type::complex) return false;
  const Attribute* value = find("value");
  return value != nullptr && value->mutability == Mutability::immutable && find("$ref") != nullptr;
}

std::string Attribute::path() const {
  if (parent == nullptr) return name;
  return parent->path() + (parent->is_extension ? ":" : ".") + name;
}

const Attribute& Attribute::top() const {
  return parent == nullptr || parent->is_extension ? *this : parent->top();
}

Result<Schema> schema_from_json(const Json& json) {
  if (!json.is_object()) return fail(ErrorKind::invalid_value, "a schema must be a JSON object");
  AttributeReader reader(json, "schema");
  Schema schema;
  schema.id = reader.text("id", "");
  schema.name = reader.text("name", "");
  schema.description = reader.text("description", "");
  if (schema.id.find(':') == std::string::npos) reader.wrong("id", "a URN");
  if (!reader.error().empty()) return fail(ErrorKind::invalid_value, reader.error());
  const auto attributes = json.find("attributes");
  if (attributes == json.end()) return fail(ErrorKind::invalid_value, schema.id + ": attributes are missing");
  SCIM_ASSIGN(schema.attributes, read_attributes(*attributes, schema.id + ": ", "attributes"));
  return schema;
}

Json schema_to_json(const Schema& schema, std::string_view location) {
  Json json = {{"schemas", {urn::kSchema}}, {"id", schema.id}, {"name", schema.name}, {"description", schema.description}};
  json["attributes"] = Json::array();
  for (const Attribute& attribute : schema.attributes) {
    if (attribute.is_kept) json["attributes"].push_back(attribute_to_json(attribute));
  }
  json["meta"] = {{"resourceType", "Schema"}, {"location", location}};
  return json;
}

}  // namespace scim
