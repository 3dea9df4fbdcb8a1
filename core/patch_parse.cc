// SPDX-License-Identifier: MIT
// The PATCH message -> operations: syntax, paths and filters are right after this stage.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/config.h"
#include "core/patch.h"
#include "core/registry.h"
#include "core/sight.h"
#include "core/validate.h"
#include "core/value_counts.h"

namespace scim {
namespace {

constexpr std::array<std::pair<std::string_view, PatchOp>, 3> kOps = {
    {{"add", PatchOp::add}, {"remove", PatchOp::remove}, {"replace", PatchOp::replace}}};

/// One member of Operations, as far as it is read.
struct Message {
  PatchOp op = PatchOp::add;
  std::string where;  ///< "Operations[2]"
  std::size_t position = 0;
  const Json* value = nullptr;  ///< nullptr: none
};

tl::unexpected<Error> within(const std::string& where, Error error) {
  error.detail = where + ": " + error.detail;
  return fail(std::move(error));
}

/// Entra capitalises (ambiguities A-32).
std::optional<PatchOp> op_of(const Json& operation, Leniency& leniency) {
  const Json* word = find_member(operation, "op");
  if (word == nullptr || !word->is_string()) return std::nullopt;
  for (const auto& [name, op] : kOps) {
    const std::string& text = word->get_ref<const std::string&>();
    if (text == name) return op;
    if (equal_ignoring_case(text, name) && leniency.allows(Tolerance::capitalised_op)) return op;
  }
  return std::nullopt;
}

/// "name.sub" or "urn:name", whichever prefix the value of an extension or of the base schema adds.
std::string name_within(std::string_view urn, std::string_view member) {
  return urn.empty() ? std::string(member) : std::string(urn) + ':' + std::string(member);
}

class Parser {
 public:
  Parser(const ResourceType& type, const PatchLimits& limits, Leniency& leniency) : type_(type), limits_(limits), leniency_(leniency) {}

  Result<void> parse(const Json& operation, std::size_t position) {
    Message message;
    message.position = position;
    message.where = "Operations[" + std::to_string(position) + ']';
    const auto op = op_of(operation, leniency_);
    if (!op) return fail(ErrorKind::invalid_syntax, message.where + ".op: must be add, remove or replace");
    message.op = *op;
    message.value = find_member(operation, "value");
    if (message.value == nullptr && message.op != PatchOp::remove) {
      return fail(ErrorKind::invalid_value, message.where + ": value is missing");
    }
    const Json* path = find_member(operation, "path");
    if (path == nullptr || path->is_null()) return parse_members(message, {});
    if (!path->is_string()) return fail(ErrorKind::invalid_path, message.where + ".path: must be a string");
    const std::string& text = path->get_ref<const std::string&>();
    if (equal_ignoring_case(text, type_.schema)) return parse_members(message, type_.schema);
    return parse_target(message, text, PatchOperation::Origin::path);
  }

  std::vector<PatchOperation> take() { return std::move(operations_); }

 private:
  using Origin = PatchOperation::Origin;

  /// Without a path every member of the value is a target of its own: plain, dotted, with its URN, or a whole schema
  /// as an object (ambiguities A-34).
  Result<void> parse_members(const Message& message, std::string_view urn) {
    if (message.op == PatchOp::remove) return fail(ErrorKind::no_target, message.where + ": remove needs a path");
    if (!message.value->is_object()) {
      return fail(ErrorKind::invalid_value, message.where + ".value: must be an object, since there is no path");
    }
    for (const auto& [name, value] : message.value->items()) {
      Message member = message;
      member.value = &value;
      if (urn.empty() && equal_ignoring_case(name, type_.schema)) {
        if (!leniency_.allows(Tolerance::urn_key)) return refuse_key(message, name, "is a URN");
        SCIM_TRY(parse_members(member, type_.schema));
        continue;
      }
      // Clients give the value of an extension a `schemas` of its own: it says what the path said.
      if (!urn.empty() && equal_ignoring_case(name, "schemas")) continue;
      SCIM_TRY(check_key(member, urn, name));
      SCIM_TRY(parse_target(member, name_within(urn, name), Origin::member));
    }
    return {};
  }

  /// RFC 7644 3.5.2: the value holds attributes as a resource does, by their names, extensions by their URN. Clients
  /// write paths (client-quirks E7).
  Result<void> check_key(const Message& message, std::string_view urn, const std::string& key) {
    const Result<Path> path = parse_path(key, limits_.filter);
    if (!path || type_.find(key) != nullptr) return {};
    const bool is_path = !path->name.sub.empty() || path->filter != nullptr;
    if (is_path && !leniency_.allows(Tolerance::dotted_key)) return refuse_key(message, key, "is a path");
    const bool has_urn = urn.empty() && !path->name.urn.empty();
    if (has_urn && !leniency_.allows(Tolerance::urn_key)) return refuse_key(message, key, "has a URN before its name");
    return {};
  }

  static tl::unexpected<Error> refuse_key(const Message& message, const std::string& key, const std::string& why) {
    return fail(ErrorKind::invalid_path, message.where + ".value: " + quote(key) + ' ' + why + ", which belongs in `path`");
  }

  Result<void> parse_target(const Message& message, std::string_view text, Origin origin) {
    const std::string where = message.where + (origin == Origin::path ? ".path" : ".value");
    Result<Path> path = parse_path(text, limits_.filter);
    if (!path) return within(where, std::move(path).error());
    PatchOperation operation;
    operation.op = message.op;
    operation.origin = origin;
    operation.position = message.position;
    Result<void> resolved = resolve_target(*path, operation);
    if (!resolved) return within(where, std::move(resolved).error());
    if (operation.attribute->is_extension && message.op != PatchOp::remove && message.value->is_object()) {
      return parse_members(message, operation.attribute->name);
    }
    operation.has_value = message.value != nullptr;
    if (operation.has_value) {
      if (!counts_.add(*operation.attribute, *message.value)) return fail(too_many_values(operation.attribute->path(), limits_.members));
      operation.value = *message.value;
    }
    operations_.push_back(std::move(operation));
    return {};
  }

  Result<void> resolve_target(const Path& path, PatchOperation& operation) const {
    const Attribute* attribute = resolve(type_, path.name);
    if (attribute == nullptr || !leniency_.sees(*attribute)) return unknown(path.name);
    if (attribute->parent != nullptr && attribute->parent->multi_valued) {
      operation.sub = attribute;
      attribute = attribute->parent;
    }
    operation.attribute = attribute;
    if (path.filter == nullptr) return {};

    const bool takes_brackets = operation.sub == nullptr && !attribute->is_extension &&
                                (attribute->multi_valued || attribute->type == Type::complex);
    if (!takes_brackets) {
      return fail(ErrorKind::invalid_path,
                  quote(path.name.text()) + " takes no brackets: it is neither a list nor complex");
    }
    operation.filter = path.filter;
    SCIM_ASSIGN(Predicate selected, bind_element(*path.filter, *attribute, leniency_));
    operation.selected = std::make_shared<const Predicate>(std::move(selected));
    if (path.sub.empty()) return {};
    operation.sub = attribute->find(path.sub);
    if (operation.sub == nullptr || !leniency_.sees(*operation.sub)) {
      return fail(ErrorKind::invalid_path, quote(path.sub) + " is not a sub-attribute of " + quote(attribute->path()));
    }
    return {};
  }

  Result<void> unknown(const PathName& name) const {
    const std::string nearest = leniency_.sight().nearest_name(type_, name);
    Error error;
    error.kind = ErrorKind::invalid_path;
    error.offset = name.offset;
    error.detail = "unknown attribute " + quote(name.text()) + " at " + std::to_string(name.offset);
    if (!nearest.empty()) error.detail += ", did you mean " + quote(nearest) + '?';
    return fail(std::move(error));
  }

  const ResourceType& type_;
  const PatchLimits& limits_;
  Leniency& leniency_;
  ValueCounts counts_{limits_.members};
  std::vector<PatchOperation> operations_;
};

}  // namespace

PatchLimits patch_limits(const Config& config) {
  return {static_cast<std::size_t>(config.max_operations), static_cast<std::size_t>(config.max_members), config.filter,
          static_cast<std::size_t>(config.max_body_bytes), static_cast<std::size_t>(config.max_comparisons)};
}

Result<std::vector<PatchOperation>> parse_patch(const Json& body, const ResourceType& type, const PatchLimits& limits,
                                                Leniency& leniency) {
  if (!body.is_object()) return fail(ErrorKind::invalid_syntax, "the body must be a JSON object");
  if (!has_message_urn(body, urn::kPatchOp)) {
    return fail(ErrorKind::invalid_syntax, "schemas: must contain " + quote(urn::kPatchOp));
  }
  const Json* operations = find_member(body, "Operations");
  if (operations == nullptr || !operations->is_array() || operations->empty()) {
    return fail(ErrorKind::invalid_syntax, "Operations: must be an array of one operation or more");
  }
  if (operations->size() > limits.operations) {
    return fail(ErrorKind::invalid_syntax, "Operations: more than " + std::to_string(limits.operations) + " (limits.operations)");
  }
  Parser parser(type, limits, leniency);
  std::size_t position = 0;
  for (const Json& operation : *operations) {
    if (Result<void> parsed = parser.parse(operation, position); !parsed) {
      Error error = std::move(parsed).error();
      error.operation = position;
      return fail(std::move(error));
    }
    ++position;
  }
  return parser.take();
}

Result<std::vector<PatchOperation>> parse_patch(const Json& body, const ResourceType& type, const PatchLimits& limits) {
  Leniency any;
  return parse_patch(body, type, limits, any);
}

}  // namespace scim
