// SPDX-License-Identifier: MIT
#include "cli/import/import_twins.h"

#include "cli/names/existing.h"
#include "cli/names/resource_finder.h"
#include "core/resource.h"

namespace scim::cli {

void ImportTwins::look_for_others() {
  const Attribute* const name = type_.find("displayName");
  const bool is_name = name != nullptr && type_.find("userName") == nullptr && name->type == Type::string && name->uniqueness == Uniqueness::none;
  if (!is_name) return;
  const auto page = backend_.send_for_list(request_for("GET", type_.endpoint, "attributes=id&count=1"));
  if (page && page->total > 0) name_ = name;
}

void ImportTwins::add(const std::vector<ImportEntry>& entries) {
  if (name_ == nullptr) return;
  for (const ImportEntry& entry : entries) {
    const Json* const value = entry.resource ? find_value(entry.resource->body, *name_) : nullptr;
    if (value == nullptr || !value->is_string()) continue;
    Record& record = records_[key_of(*name_, value->get<std::string>())];
    if (record.count++ == 0) record = {entry.line.number, value->get<std::string>(), 1};
  }
}

std::optional<ImportTwins::Twins> ImportTwins::find(std::size_t made) {
  std::vector<Sought> sought;
  for (const auto& [key, record] : records_) sought.push_back({name_, record.name});
  if (sought.empty()) return std::nullopt;
  Found found(type_, {name_});
  if (!ResourceFinder(backend_, type_, "attributes=id%2CdisplayName").find(sought, found)) return std::nullopt;
  std::optional<Twins> twins;
  for (const auto& [key, record] : records_) {
    if (found.having({name_, record.name}).size() <= made * record.count) continue;
    if (!twins) twins.emplace();
    twins->count += record.count;
    const bool is_first = twins->line == 0 || record.line < twins->line;
    if (!is_first) continue;
    twins->line = record.line;
    twins->name = record.name;
  }
  return twins;
}

}  // namespace scim::cli
