// SPDX-License-Identifier: MIT
#include "cli/names/reference_finder.h"

#include <algorithm>
#include <limits>

#include "cli/names/resource_finder.h"
#include "core/filter.h"
#include "core/predicate.h"
#include "core/project.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

using Types = ReferenceFinder::Types;

/// What the text says of the type; an id where it names no attribute.
Lookup meaning(const std::string& text, const ResourceType& type) {
  const auto lookup = lookup_of(text, type);
  return lookup ? *lookup : Lookup{type.find("id"), "id", text};
}

bool is_group(const ResourceType* type) { return type->name == "Group"; }

/// `id=X` is X, as X alone is where it looks like nothing else.
std::optional<std::string> plain_id(const std::string& text, const Types& types) {
  const auto lookup = types.empty() ? std::nullopt : lookup_of(text, *types.front());
  return lookup && lookup->is_id() ? std::optional(std::string(lookup->value)) : std::nullopt;
}

/// Those that the text may be said of.
Types having(const std::string& text, const Types& types) {
  Types some;
  std::copy_if(types.begin(), types.end(), std::back_inserter(some), [&](const ResourceType* type) { return lookup_of(text, *type).has_value(); });
  return some;
}

std::string names_of(const Types& types) {
  std::string names;
  for (const ResourceType* type : types) names += (names.empty() ? "" : " and no ") + type->name;
  return names;
}

}  // namespace

std::optional<std::string> id_in(const std::string& text, const Types& types) { return has_equals(text) ? plain_id(text, types) : std::optional(text); }

Error no_such_id(const std::string& id, const Types& types) {
  const std::string hint = has_equals(id) ? "" : "; a name is written userName=" + printable(id);
  return {ErrorKind::not_found, "there is no " + names_of(types) + " with the id " + quote(id) + hint, "", {}};
}

Types groups_first(const std::string& text, const Types& types) {
  Types groups;
  if (text.starts_with("displayName=")) std::copy_if(types.begin(), types.end(), std::back_inserter(groups), is_group);
  return groups;
}

Result<std::optional<std::string>> ReferenceFinder::find(const std::string& text, const Types& types) {
  if (auto id = plain_id(text, types)) return id;
  SCIM_ASSIGN(const std::optional<std::string> group, find_among(text, groups_first(text, types)));
  return group ? group : find_among(text, types);
}

Result<std::optional<std::string>> ReferenceFinder::find_before(const ResourceType& coming, const std::string& text, const Types& types) {
  const Types first = groups_first(text, types);
  const bool may_come = std::find(first.begin(), first.end(), &coming) != first.end();
  return may_come ? find_among(text, first) : find(text, types);
}

Result<std::string> ReferenceFinder::id_of(const std::string& text, const Types& types) {
  if (!has_equals(text)) return text;
  SCIM_ASSIGN(std::optional<std::string> id, find(text, types));
  if (id) return *std::move(id);
  return fail(ErrorKind::not_found, "there is no " + names_of(having(text, types)) + " with " + printable(text));
}

Result<std::string> ReferenceFinder::present_id_of(const std::string& text, const Types& types) {
  if (has_equals(text)) return id_of(text, types);
  for (const ResourceType* type : types) {
    SCIM_ASSIGN(const std::vector<std::string> ids, ids_having(*type, Lookup{type->find("id"), "id", text}));
    if (!ids.empty()) return text;
  }
  return fail(no_such_id(text, types));
}

Result<std::optional<std::string>> ReferenceFinder::find_among(const std::string& text, const Types& types) {
  const Types named = having(text, types);
  const bool is_odd_id = named.empty();
  std::optional<std::string> found;
  std::string all;
  std::size_t count = 0;
  for (const ResourceType* type : is_odd_id ? types : named) {
    SCIM_ASSIGN(const std::vector<std::string> ids, ids_having(*type, meaning(text, *type)));
    for (const std::string& id : ids) all += (all.empty() ? "" : ", ") + type->name + ' ' + printable(id);
    count += ids.size();
    if (!ids.empty()) found = ids.front();
  }
  if (count > 1) return fail(ErrorKind::conflict, quote(text) + " fits several resources: " + all);
  if (!found && is_odd_id && !types.empty()) return fail(unknown_name(text, *types.front()));
  return found;
}

Result<std::vector<std::string>> TransactionFinder::ids_having(const ResourceType& type, const Lookup& lookup) {
  return ids_matching(type, lookup.filter(), 2);
}

Result<std::vector<std::string>> TransactionFinder::ids_matching(const ResourceType& type, const std::string& text, std::int64_t most) {
  Predicate where;  // always
  if (!text.empty()) {
    SCIM_ASSIGN(const Filter filter, parse_filter(text));
    SCIM_ASSIGN(where, bind(filter, type));
  }
  const Projection projection = Projection::from_parameters(type, "id", "");
  Query query;
  query.type = &type;
  query.where = &where;
  query.projection = &projection;
  query.limit = most;
  SCIM_ASSIGN(const std::vector<Resource> found, transaction_.read(query));
  std::vector<std::string> ids;
  for (const Resource& resource : found) ids.emplace_back(resource.id());
  return ids;
}

Result<std::set<std::string>> TransactionFinder::nobodies(const std::vector<std::string>& ids, const Types& types) {
  std::set<std::string> left(ids.begin(), ids.end());
  for (const ResourceType* type : types) {
    const auto is_known = [&](const std::string& id) { return present_.contains(*type, id); };
    std::erase_if(left, is_known);
  }
  for (const ResourceType* type : types) {
    SCIM_TRY(look_for(*type, left));
    std::erase_if(left, [&](const std::string& id) { return present_.contains(*type, id); });
  }
  return left;
}

Result<void> TransactionFinder::learn_all(const ResourceType& type) {
  SCIM_ASSIGN(const std::vector<std::string> all, ids_matching(type, "", std::numeric_limits<std::int64_t>::max()));
  for (const std::string& id : all) present_.add(type, id);
  present_.set_complete(type);
  return {};
}

Result<void> TransactionFinder::look_for(const ResourceType& type, const std::set<std::string>& ids) {
  if (present_.is_complete(type)) return {};
  constexpr std::int64_t kTogether = 50;
  const Attribute* const attribute = type.find("id");
  for (auto at = ids.begin(); at != ids.end();) {
    std::string filter;
    for (std::int64_t count = 0; at != ids.end() && count < kTogether; ++at, ++count) {
      filter += (filter.empty() ? "" : " or ") + Lookup{attribute, "id", *at}.filter();
    }
    SCIM_ASSIGN(const std::vector<std::string> found, ids_matching(type, filter, kTogether));
    for (const std::string& id : found) present_.add(type, id);
  }
  return {};
}

Result<Types> BackendFinder::types_of(const Attribute& reference) {
  const auto registry = backend_.types();
  if (!registry) return fail(to_error(registry.error()));
  return referred_types(reference, **registry);
}

Result<std::vector<std::string>> BackendFinder::ids_having(const ResourceType& type, const Lookup& lookup) {
  const Key key{&type, std::string(lookup.name) + '=' + std::string(lookup.value)};
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  auto ids = ask(type, lookup);
  if (!ids) return fail(to_error(ids.error()));
  return known_[key] = *std::move(ids);
}

Try<std::vector<std::string>> BackendFinder::ask(const ResourceType& type, const Lookup& lookup) {
  if (!lookup.is_id()) {
    SCIM_ASSIGN(Matches matches, find_matches(backend_, type, lookup));
    // Not all may be in the list.
    if (matches.total > 1 && matches.ids.size() == 1) matches.ids.emplace_back("...");
    return std::move(matches.ids);
  }
  const auto resource = backend_.send(request_for("GET", resource_path(type, lookup.value), "attributes=id"));
  if (resource) return std::vector{std::string(lookup.value)};
  const bool is_nobody = resource.error().code == ExitCode::not_found || resource.error().code == ExitCode::usage;
  if (is_nobody) return std::vector<std::string>();
  return fail(resource.error());
}

Result<std::set<std::string>> BackendFinder::nobodies(const std::vector<std::string>& ids, const Types& types) {
  std::set<std::string> left(ids.begin(), ids.end());
  for (const ResourceType* type : types) {
    may_look_for_ids_ = may_look_for_ids_ && look_for(*type, left);
    if (!may_look_for_ids_) return std::set<std::string>();
    std::erase_if(left, [&](const std::string& id) { return !known_[{type, "id=" + id}].empty(); });
  }
  return left;
}

Try<void> BackendFinder::look_for(const ResourceType& type, const std::set<std::string>& ids) {
  std::vector<std::string> unknown;
  for (const std::string& id : ids) {
    if (!known_.contains({&type, "id=" + id})) unknown.push_back("id=" + id);
  }
  SCIM_TRY(ask_for(type, unknown));
  for (const std::string& text : unknown) {
    std::vector<std::string>& known = known_[{&type, text}];
    if (!known.empty()) continue;
    SCIM_ASSIGN(known, ask(type, meaning(text, type)));  // not every server filters by id
  }
  return {};
}

Try<void> BackendFinder::ask_for(const std::vector<std::pair<std::string, Types>>& texts) {
  std::map<const ResourceType*, std::vector<std::string>> by_type;
  for (const auto& [text, types] : texts) {
    if (plain_id(text, types)) continue;
    const Types named = having(text, types);
    for (const ResourceType* type : named.empty() ? types : named) by_type[type].push_back(text);
  }
  for (const auto& [type, some] : by_type) SCIM_TRY(ask_for(*type, some));
  return {};
}

Try<void> BackendFinder::ask_for(const ResourceType& type, const std::vector<std::string>& texts) {
  std::vector<Sought> sought;
  std::vector<std::string> keys;
  std::vector<const Attribute*> attributes;
  std::string names = "id";
  for (const std::string& text : texts) {
    const Lookup lookup = meaning(text, type);
    const Attribute& attribute = *lookup.attribute;
    const bool is_single = !attribute.multi_valued && attribute.type == Type::string && (attribute.parent == nullptr || !attribute.parent->multi_valued);
    if (!is_single) continue;  // found one by one
    std::string key = std::string(lookup.name) + '=' + std::string(lookup.value);
    if (known_.contains({&type, key})) continue;
    sought.push_back({&attribute, std::string(lookup.value)});
    keys.push_back(std::move(key));
    if (std::find(attributes.begin(), attributes.end(), &attribute) != attributes.end()) continue;
    attributes.push_back(&attribute);
    if (!lookup.is_id()) names += ',' + attribute.path();
  }
  if (sought.empty()) return {};
  std::string query;
  append_parameter(query, "attributes", names);
  Found found(type, attributes);
  SCIM_TRY(ResourceFinder(backend_, type, query).find(sought, found));
  for (std::size_t i = 0; i < sought.size(); ++i) {
    std::vector<std::string> ids;
    for (const std::size_t match : found.having(sought[i])) ids.push_back(text_at(found.all()[match], "id"));
    known_[{&type, keys[i]}] = std::move(ids);
  }
  return {};
}

void BackendFinder::forget_nobodies() {
  std::erase_if(known_, [](const auto& each) { return each.second.empty(); });
}

}  // namespace scim::cli
