// SPDX-License-Identifier: MIT
#include "cli/trials/filter_mistake.h"

#include <optional>

#include "core/filter_repair.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// Beside RFC 7644's own members of an error.
constexpr std::string_view kMistakeSchema = "urn:scimctl:params:scim:api:messages:1.0:FilterMistake";

std::string under(std::string_view filter, std::size_t offset) {
  const std::string before = printable(filter.substr(0, std::min(offset, filter.size())));
  return "\n  " + printable(filter) + "\n  " + std::string(display_width(before), ' ') + '^';
}

std::string document_of(const Failure& failure, const Error& error, std::string_view filter, const std::string& suggestion) {
  Json document = Json::parse(failure.document);
  document["schemas"].push_back(kMistakeSchema);
  Json& mistake = document[std::string(kMistakeSchema)] = Json::object();
  mistake["filter"] = filter;
  if (error.offset != std::string::npos) mistake["offset"] = error.offset;
  if (!suggestion.empty()) mistake["suggestion"] = suggestion;
  return to_text(document);
}

Failure failure_of(const Error& error, std::string_view filter, const ResourceType& type) {
  const std::string suggestion = repaired_filter(filter, type);
  Failure failure(ExitCode::usage, error);
  failure.document = document_of(failure, error, filter, suggestion);
  if (error.offset != std::string::npos) failure.detail += under(filter, error.offset);
  if (!suggestion.empty()) failure.detail += "\n  try: " + printable(suggestion);
  return failure;
}

/// The name that stands at `offset`; nullptr: none does.
const PathName* name_at(const Filter& filter, std::size_t offset) {
  const bool has_path = !filter.path.name.empty() || !filter.path.urn.empty();
  if (has_path && filter.path.offset == offset) return &filter.path;
  for (const Filter& child : filter.children) {
    if (const PathName* found = name_at(child, offset)) return found;
  }
  return nullptr;
}

/// What other types have under a name that this one does not know.
std::string elsewhere(const Filter& filter, std::size_t offset, const ResourceType& type, const Registry& registry) {
  const PathName* name = name_at(filter, offset);
  if (name == nullptr || resolve(type, *name) != nullptr) return {};
  for (const auto& other : registry.types()) {
    if (other.get() == &type || resolve(*other, *name) == nullptr) continue;
    const std::string how = other->name == "Group" ? " (--groups)" : other->name == "User" ? " (without --groups)" : "";
    return ", which is an attribute of " + other->name + how;
  }
  return {};
}

}  // namespace

Try<BoundFilter> bind_filter(std::string_view text, const ResourceType& type, const Registry& registry) {
  auto filter = parse_filter(text);
  if (!filter) return fail(failure_of(filter.error(), text, type));
  auto predicate = bind(*filter, type);
  if (predicate) return BoundFilter{*std::move(filter), *std::move(predicate)};
  Error error = std::move(predicate).error();
  error.detail += elsewhere(*filter, error.offset, type, registry);
  return fail(failure_of(error, text, type));
}

Try<void> check_filter(std::string_view filter, const ResourceType& type) {
  if (filter.empty()) return {};
  const auto parsed = parse_filter(filter);
  if (!parsed) return fail(failure_of(parsed.error(), filter, type));
  const auto predicate = bind(*parsed, type);
  if (!predicate) return fail(failure_of(predicate.error(), filter, type));
  return {};
}

}  // namespace scim::cli
