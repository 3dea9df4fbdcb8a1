// SPDX-License-Identifier: MIT
#include "core/value_counts.h"

#include "core/text.h"

namespace scim {

Error too_many_values(std::string_view attribute, std::size_t most) {
  return Error{ErrorKind::payload_too_large, quote(attribute) + " has more values than " + std::to_string(most) + " (limits.members)", {}};
}

Result<void> check_value_counts(const Json& resource, std::size_t most) {
  if (!resource.is_object()) return {};
  for (const auto& [name, value] : resource.items()) {
    if (value.is_array() && value.size() > most) return fail(too_many_values(name, most));
    SCIM_TRY(check_value_counts(value, most));  // of an extension
  }
  return {};
}

std::size_t text_bytes(const Json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) return text->size() + 1;
  std::size_t bytes = 1;
  if (const auto* members = value.get_ptr<const Json::object_t*>()) {
    for (const auto& [name, member] : *members) bytes += name.size() + text_bytes(member);
  } else if (const auto* elements = value.get_ptr<const Json::array_t*>()) {
    for (const Json& element : *elements) bytes += text_bytes(element);
  }
  return bytes;
}

bool ValueCounts::add(const Attribute& attribute, const Json& value) {
  std::size_t& count = counts_[&attribute];
  count += value.is_array() ? value.size() : 1;
  return count <= most_;
}

}  // namespace scim
