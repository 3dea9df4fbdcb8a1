// SPDX-License-Identifier: MIT
#include "core/tolerance.h"

#include <algorithm>
#include <array>

#include "core/sight.h"

namespace scim {
namespace {

constexpr std::array<std::string_view, kDialects> kDialectNames = {"any", "rfc", "entra", "okta"};

constexpr unsigned bit(Dialect dialect) { return 1U << static_cast<unsigned>(dialect); }
constexpr unsigned kAny = bit(Dialect::any);
constexpr unsigned kEntra = bit(Dialect::entra);
constexpr unsigned kOkta = bit(Dialect::okta);

/// Who sends what: the vendors' documents and traces of their clients. What only others send, OneLogin or JumpCloud, is
/// in `any` alone.
constexpr std::array<ToleranceInfo, kTolerances> kTable = {{
    {Tolerance::string_boolean, "string-boolean",
     "\"True\" and \"false\", in any case, where the schema says boolean: in bodies, PATCH values and filters.", kAny | kEntra},
    {Tolerance::capitalised_op, "capitalised-op", "The op of a PATCH in another case: Add, Replace, Remove.", kAny | kEntra},
    {Tolerance::missing_element_add, "missing-element-add",
     "add to emails[type eq \"work\"].value, where there is no such element, makes it.", kAny | kEntra | kOkta},
    {Tolerance::missing_element_replace, "missing-element-replace",
     "replace of a part of an element that is not there makes it, where RFC 7644 3.5.2.3 demands noTarget.", kEntra | kOkta},
    {Tolerance::manager_string, "manager-string",
     "An id alone, or in an array of one, for an object with a value, as manager is; \"\" clears it.", kAny | kEntra | kOkta},
    {Tolerance::element_string, "element-string",
     "A string for a role or a member, or for what a remove lists: it is the value of that element.", kAny | kEntra},
    {Tolerance::role_json, "role-json",
     "A role whose value is a JSON document in a string is taken apart, instead of stored as that string.", kAny | kEntra},
    {Tolerance::dotted_key, "dotted-key",
     "Paths as members of a PATCH value without a path: {\"name.givenName\": \"Ada\"}.", kAny | kEntra},
    {Tolerance::urn_key, "urn-key",
     "URN and attribute in one as members of a PATCH value without a path: {\"urn:...:User:department\": \"IT\"}.",
     kAny | kEntra},
    {Tolerance::remove_with_value, "remove-with-value",
     "remove of a list with a value removes the values listed. The RFC has no such value, so without this it is refused, "
     "rather than empty the list.",
     kAny | kEntra},
    {Tolerance::unchanged_read_only, "unchanged-read-only",
     "id and other read-only attributes in a PATCH value without a path, unchanged.", kAny | kOkta},
    {Tolerance::legacy_urn, "legacy-urn",
     "The URNs of drafts before the RFC, urn:scim:schemas:core:2.0 and urn:scim:schemas:extension:enterprise:2.0.", kAny},
    {Tolerance::unknown_schema, "unknown-schema", "URNs in schemas that the resource type does not have.", kAny | kEntra},
    {Tolerance::undeclared_extension, "undeclared-extension", "Data of an extension whose URN is not in schemas.",
     kAny | kEntra},
    {Tolerance::filter_after_brackets, "filter-after-brackets",
     "Filters such as emails[type eq \"work\"].value eq \"ada@example.com\".", kAny | kEntra},
    {Tolerance::trailing_slash, "trailing-slash", "A slash after the path: /Users/ and /Users/?filter=...", kAny | kEntra},
    {Tolerance::empty_parameter, "empty-parameter", "An & in the query with nothing before or after it.", kAny | kEntra},
    {Tolerance::parameter_case, "parameter-case", "The names of query parameters in another case: startindex for startIndex.", kAny},
    {Tolerance::attribute_brackets, "attribute-brackets",
     "A filter in brackets in attributes and excludedAttributes, as in emails[type eq \"work\"], is passed over.", kAny | kEntra},
    {Tolerance::unquoted_etag, "unquoted-etag", "If-Match and If-None-Match with a version without quotes.", kAny},
}};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].tolerance) != i) return false;
  }
  return true;
}
static_assert(is_in_order());

const ToleranceInfo& row_of(Tolerance tolerance) { return kTable[static_cast<std::size_t>(tolerance)]; }

}  // namespace

std::span<const ToleranceInfo> tolerances() { return kTable; }

std::string_view to_string(Tolerance tolerance) { return row_of(tolerance).name; }
std::string_view to_string(Dialect dialect) { return kDialectNames[static_cast<std::size_t>(dialect)]; }

std::optional<Tolerance> tolerance_of(std::string_view name) {
  for (const ToleranceInfo& row : kTable) {
    if (row.name == name) return row.tolerance;
  }
  return std::nullopt;
}

std::optional<Dialect> dialect_of(std::string_view name) {
  const auto at = std::find(kDialectNames.begin(), kDialectNames.end(), name);
  if (at == kDialectNames.end()) return std::nullopt;
  return static_cast<Dialect>(at - kDialectNames.begin());
}

bool Leniency::allows(Tolerance tolerance) {
  const bool allowed = row_of(tolerance).dialects.test(static_cast<std::size_t>(dialect_));
  if (allowed) used_.set(static_cast<std::size_t>(tolerance));
  return allowed;
}

const Sight& Leniency::sight() const {
  static const Sight everything;
  return sight_ == nullptr ? everything : *sight_;
}

bool Leniency::sees(const Attribute& attribute) const { return sight_ == nullptr || sight_->shows(attribute); }

std::optional<bool> boolean_of(const Json& value, Leniency& leniency) {
  if (value.is_boolean()) return value.get<bool>();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  const bool is_true = equal_ignoring_case(text, "true");
  if (!is_true && !equal_ignoring_case(text, "false")) return std::nullopt;
  if (!leniency.allows(Tolerance::string_boolean)) return std::nullopt;
  return is_true;
}

}  // namespace scim
