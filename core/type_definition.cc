// SPDX-License-Identifier: MIT
#include "core/type_definition.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace scim {
namespace {

tl::unexpected<Error> refuse(const std::string& where, const std::string& why) {
  return fail(ErrorKind::invalid_value, where + ": " + why);
}

std::string indexed(const std::string& list, std::size_t index) { return list + '[' + std::to_string(index) + ']'; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Part of a URL, of messages and of the names of tables.
bool is_type_name(std::string_view name) {
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

/// One segment of the unreserved characters of RFC 3986 2.3, after a slash.
bool is_endpoint(std::string_view endpoint) {
  if (!endpoint.starts_with('/') || endpoint.size() < 2) return false;
  endpoint.remove_prefix(1);
  return std::all_of(endpoint.begin(), endpoint.end(), [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos;
  });
}

template <class Words>
bool is_among(const Words& words, std::string_view text) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return equal_ignoring_case(word, text); });
}

/// What the protocol serves there (RFC 7644 Table 2).
constexpr std::array<std::string_view, 6> kReservedEndpoints = {"/Schemas", "/ResourceTypes", "/ServiceProviderConfig",
                                                                "/Bulk", "/Me", "/.search"};
/// What meta.resourceType says of the documents of discovery.
constexpr std::array<std::string_view, 3> kReservedNames = {"Schema", "ResourceType", "ServiceProviderConfig"};
/// What the audit log says of what is no resource.
constexpr std::array<std::string_view, 3> kNamesOfTheLog = {"Token", "Hold", "AuditLog"};
constexpr std::array<std::string_view, 3> kDiscoverySchemas = {urn::kSchema, urn::kResourceType, urn::kServiceProviderConfig};
/// RFC 7643 3.1.
constexpr std::array<std::string_view, 4> kCommonAttributes = {"id", "externalId", "meta", "schemas"};

/// Reads the members of a ResourceType document.
class TypeReader {
 public:
  TypeReader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {}

  Result<ResourceType> read() const {
    if (!json_.is_object()) return refuse(path_.empty() ? "a resource type" : path_, "must be a JSON object");
    ResourceType type;
    SCIM_ASSIGN(type.name, text("name", json_, path_));
    SCIM_ASSIGN(type.endpoint, text("endpoint", json_, path_));
    SCIM_ASSIGN(type.schema, text("schema", json_, path_));
    if (json_.contains("description")) {
      SCIM_ASSIGN(type.description, text("description", json_, path_));
    }
    const Json extensions = json_.value("schemaExtensions", Json::array());
    if (!extensions.is_array()) return refuse(path_ + "schemaExtensions", "must be an array");
    for (std::size_t i = 0; i < extensions.size(); ++i) {
      SCIM_ASSIGN(ResourceType::Extension extension, read_extension(extensions[i], indexed(path_ + "schemaExtensions", i)));
      type.extensions.push_back(std::move(extension));
    }
    return type;
  }

 private:
  static Result<std::string> text(const char* member, const Json& json, const std::string& path) {
    const auto at = json.find(member);
    if (at == json.end()) return refuse(path + member, "is missing");
    if (!at->is_string()) return refuse(path + member, "must be a string");
    return at->get<std::string>();
  }

  static Result<ResourceType::Extension> read_extension(const Json& json, const std::string& path) {
    if (!json.is_object()) return refuse(path, "must be a JSON object");
    ResourceType::Extension extension;
    SCIM_ASSIGN(extension.schema, text("schema", json, path + '.'));
    const Json required = json.value("required", Json(false));
    if (!required.is_boolean()) return refuse(path + ".required", "must be true or false");
    extension.required = required.get<bool>();
    return extension;
  }

  const Json& json_;
  std::string path_;  // "" or "[2]."
};

/// What a server could not do as the definition promises.
Result<void> check_attribute(const Attribute& attribute, const Attribute* owner, const std::string& path) {
  const bool is_complex = attribute.type == Type::complex;
  if (is_complex && owner != nullptr) return refuse(path + ".type", "sub-attributes are never complex (RFC 7643 2.3.8)");
  if (is_complex && attribute.sub_attributes.empty()) return refuse(path + ".subAttributes", "must not be empty");
  if (owner != nullptr && owner->multi_valued && attribute.multi_valued) {
    return refuse(path + ".multiValued", "is a list within a list");
  }
  const bool is_hidden = attribute.returned == Returned::never;
  if (attribute.mutability == Mutability::write_only && !is_hidden) {
    return refuse(path + ".returned", "must be never, as the attribute is writeOnly");
  }
  if (is_hidden && (is_complex || attribute.multi_valued || owner != nullptr)) {
    return refuse(path + ".returned", "never is for single values that are no sub-attributes");
  }
  if (is_hidden && attribute.required) {
    return refuse(path + ".required", "is never returned: whoever PUTs what has been read would be refused");
  }
  for (std::size_t i = 0; i < attribute.sub_attributes.size(); ++i) {
    SCIM_TRY(check_attribute(attribute.sub_attributes[i], &attribute, indexed(path + ".subAttributes", i)));
  }
  return {};
}

/// RFC 3986 has no quotes, backslashes and spaces; that they are in no name and no path either is relied on.
bool is_uri(std::string_view text) {
  return text.find(':') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && std::string_view("\"'\\<>`").find(c) == std::string_view::npos; });
}

Result<void> check_schema(const Schema& schema) {
  if (!is_uri(schema.id)) return refuse("id", quote(schema.id) + " is not a URI");
  if (is_among(kDiscoverySchemas, schema.id)) return refuse(schema.id + ": id", "is what discovery itself is described by");
  for (std::size_t i = 0; i < schema.attributes.size(); ++i) {
    SCIM_TRY(check_attribute(schema.attributes[i], nullptr, indexed(schema.id + ": attributes", i)));
  }
  return {};
}

const Schema* find_schema(const std::vector<Schema>& schemas, std::string_view id) {
  const auto at = std::find_if(schemas.begin(), schemas.end(), [&](const Schema& s) { return equal_ignoring_case(s.id, id); });
  return at == schemas.end() ? nullptr : &*at;
}

Result<void> check_extensions(const ResourceType& type, const std::vector<Schema>& schemas, const std::string& path) {
  for (std::size_t i = 0; i < type.extensions.size(); ++i) {
    const std::string& urn = type.extensions[i].schema;
    const std::string where = indexed(path + "schemaExtensions", i) + ".schema";
    if (find_schema(schemas, urn) == nullptr) return refuse(where, quote(urn) + " is not declared: its file belongs into `schemas`");
    if (equal_ignoring_case(urn, type.schema)) return refuse(where, quote(urn) + " is the base schema");
    for (std::size_t j = 0; j < i; ++j) {
      if (equal_ignoring_case(urn, type.extensions[j].schema)) return refuse(where, quote(urn) + " stands there twice");
    }
  }
  return {};
}

Result<void> check_type(const ResourceType& type, const std::vector<Schema>& schemas, const std::string& path) {
  if (!is_type_name(type.name)) return refuse(path + "name", quote(type.name) + " must be a letter, then letters, digits, - and _");
  if (is_among(kReservedNames, type.name)) return refuse(path + "name", quote(type.name) + " is a document of discovery");
  if (is_among(kNamesOfTheLog, type.name)) return refuse(path + "name", quote(type.name) + " is what the audit log calls something else");
  if (!is_endpoint(type.endpoint)) return refuse(path + "endpoint", quote(type.endpoint) + " must be a slash and one name: /Devices");
  if (is_among(kReservedEndpoints, type.endpoint)) return refuse(path + "endpoint", quote(type.endpoint) + " belongs to the protocol");
  const Schema* base = find_schema(schemas, type.schema);
  if (base == nullptr) return refuse(path + "schema", quote(type.schema) + " is not declared: its file belongs into `schemas`");
  for (std::size_t i = 0; i < base->attributes.size(); ++i) {
    const std::string& name = base->attributes[i].name;
    if (!is_among(kCommonAttributes, name)) continue;
    return refuse(path + "schema", base->id + ": " + indexed("attributes", i) + ".name: " + quote(name) +
                                       " is what every resource has already (RFC 7643 3.1)");
  }
  return check_extensions(type, schemas, path);
}

/// The standard type in whose place it comes.
ResourceType* find_replaced(const ResourceType& type, std::vector<ResourceType>& types) {
  const auto at = std::find_if(types.begin(), types.end(), [&](const ResourceType& other) { return other.name == type.name; });
  return at == types.end() ? nullptr : &*at;
}

/// Refused if `other` has the name or endpoint, also in other letters' case: tables and people confuse them.
Result<void> check_apart(const DeclaredType& declared, const ResourceType& other) {
  const ResourceType& type = declared.type;
  if (equal_ignoring_case(other.name, type.name)) return refuse(declared.where + "name", quote(type.name) + " is taken");
  if (!equal_ignoring_case(other.endpoint, type.endpoint)) return {};
  return refuse(declared.where + "endpoint", quote(type.endpoint) + " is taken by " + other.name);
}

template <class Read>
auto read_documents(const Json& json, Read read) {
  using Document = typename decltype(read(json, std::string()))::value_type;
  std::vector<Document> documents;
  const Json list = json.is_array() ? json : Json::array({json});
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto document = read(list[i], json.is_array() ? indexed("", i) : std::string());
    if (!document) return Result<std::vector<Document>>(fail(document.error()));
    documents.push_back(*std::move(document));
  }
  return Result<std::vector<Document>>(std::move(documents));
}

}  // namespace

Result<std::vector<Schema>> schemas_from_json(const Json& json) {
  return read_documents(json, [](const Json& document, const std::string& path) -> Result<Schema> {
    Result<Schema> schema = schema_from_json(document);
    const Result<void> checked = schema ? check_schema(*schema) : Result<void>(fail(schema.error()));
    if (!checked) return fail(ErrorKind::invalid_value, (path.empty() ? "" : path + ' ') + checked.error().detail);
    return schema;
  });
}

Result<void> add_schemas(std::vector<Schema>& schemas, std::vector<Schema> declared) {
  for (Schema& schema : declared) {
    if (find_schema(schemas, schema.id) != nullptr) return refuse("id", quote(schema.id) + " is declared already");
    schemas.push_back(std::move(schema));
  }
  return {};
}

Result<std::vector<DeclaredType>> resource_types_from_json(const Json& json) {
  return read_documents(json, [](const Json& document, const std::string& path) -> Result<DeclaredType> {
    DeclaredType declared{{}, path.empty() ? "" : path + '.'};
    SCIM_ASSIGN(declared.type, TypeReader(document, declared.where).read());
    return declared;
  });
}

Result<void> add_types(std::vector<ResourceType>& types, std::vector<DeclaredType> declared, const std::vector<Schema>& schemas) {
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const ResourceType& type = declared[i].type;
    SCIM_TRY(check_type(type, schemas, declared[i].where));
    for (std::size_t j = 0; j < i; ++j) SCIM_TRY(check_apart(declared[i], declared[j].type));
    const ResourceType* replaced = find_replaced(type, types);
    for (const ResourceType& other : types) {
      if (&other != replaced) SCIM_TRY(check_apart(declared[i], other));
    }
    if (replaced == nullptr || equal_ignoring_case(replaced->schema, type.schema)) continue;
    return refuse(declared[i].where + "schema", "the base schema of a " + type.name + " is " + quote(replaced->schema));
  }
  for (DeclaredType& each : declared) {
    if (ResourceType* replaced = find_replaced(each.type, types)) *replaced = std::move(each.type);
    else types.push_back(std::move(each.type));
  }
  return {};
}

}  // namespace scim
