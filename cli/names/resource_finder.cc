// SPDX-License-Identifier: MIT
#include "cli/names/resource_finder.h"

#include <algorithm>

#include "cli/pages.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// Most values in one filter, and its most bytes in a URL: every server takes so much.
constexpr std::size_t kTogether = 20;
constexpr std::size_t kLongestFilter = 4000;

std::string filter_for(const Sought& sought) { return sought.attribute->path() + " eq " + to_text(Json(sought.value)); }

std::string key_of(const Attribute& attribute, const Json& value) { return attribute.path() + ' ' + equality_key(attribute, value); }

/// Whether a server says that it does not know such a filter.
bool is_refusal(const Failure& failure) {
  const Json document = Json::parse(failure.document, nullptr, false);
  const std::string status = document.is_object() && document.contains("status") ? to_text(document.at("status")) : "";
  return failure.code == ExitCode::usage || status.find("501") != std::string::npos;
}

}  // namespace

Found::Found(const ResourceType& type, std::vector<const Attribute*> attributes) : id_(*type.find("id")), indexed_(std::move(attributes)) {
  if (std::find(indexed_.begin(), indexed_.end(), &id_) == indexed_.end()) indexed_.push_back(&id_);
}

void Found::add(Json resource) {
  const Json* const id = find_value(resource, id_);
  if (id == nullptr || by_value_.contains(key_of(id_, *id))) return;
  for (const Attribute* attribute : indexed_) {
    const Json* const value = find_value(resource, *attribute);
    if (value != nullptr) by_value_[key_of(*attribute, *value)].push_back(all_.size());
  }
  all_.push_back(std::move(resource));
}

std::vector<std::size_t> Found::having(const Sought& sought) const {
  const auto at = by_value_.find(key_of(*sought.attribute, Json(sought.value)));
  return at == by_value_.end() ? std::vector<std::size_t>() : at->second;
}

Try<void> ResourceFinder::find(const std::vector<Sought>& sought, Found& found) {
  std::vector<const Sought*> batch;
  std::size_t length = 0;
  const auto flush = [&]() -> Try<void> {
    if (batch.empty()) return {};
    SCIM_TRY(find_together(batch, found));
    batch.clear();
    length = 0;
    return {};
  };
  for (const Sought& each : sought) {
    const std::size_t more = percent_encode(filter_for(each)).size();
    if (batch.size() == kTogether || length + more > kLongestFilter) SCIM_TRY(flush());
    batch.push_back(&each);
    length += more;
  }
  return flush();
}

Try<void> ResourceFinder::find_together(const std::vector<const Sought*>& batch, Found& found) {
  switch (asking_) {
    case Asking::one_by_one: return find_one_by_one(batch, found);
    case Asking::together: break;
  }
  std::string filter;
  for (const Sought* sought : batch) filter += (filter.empty() ? "" : " or ") + filter_for(*sought);
  const auto done = search(filter, found);
  if (done || !is_refusal(done.error())) return done;
  asking_ = Asking::one_by_one;
  return find_one_by_one(batch, found);
}

Try<void> ResourceFinder::find_one_by_one(const std::vector<const Sought*>& batch, Found& found) {
  for (const Sought* sought : batch) SCIM_TRY(find_one(*sought, found));
  return {};
}

Try<void> ResourceFinder::find_one(const Sought& sought, Found& found) {
  if (sought.attribute->path() != "id") return search(filter_for(sought), found);
  auto resource = backend_.send(request_for("GET", resource_path(type_, sought.value), query_));
  if (!resource && resource.error().code == ExitCode::not_found) return {};
  if (!resource) return fail(std::move(resource).error());
  found.add(*std::move(resource));
  return {};
}

Try<void> ResourceFinder::search(const std::string& filter, Found& found) {
  const auto add = [&](Json resource) { found.add(std::move(resource)); };
  SCIM_TRY(for_each_resource(backend_, type_, filter, query_, add));
  return {};
}

}  // namespace scim::cli
