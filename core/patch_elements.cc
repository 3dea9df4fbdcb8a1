// SPDX-License-Identifier: MIT
// How PATCH changes one object, and one list of elements.
#include "core/patch_elements.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "core/validate.h"

namespace scim {
namespace {

bool sets_primary(const Json& value) {
  return value.is_object() && value.contains("primary") && value["primary"] == Json(true);
}

/// The `value` of an element, or the simple value that it is, as a key; "" if it has none.
std::string value_key(const Attribute& list, const Json& element) {
  if (list.type != Type::complex) return equality_key(list, element);
  const Attribute* value = list.find("value");
  if (value == nullptr || !element.is_object() || !element.contains("value")) return {};
  return equality_key(*value, element["value"]);
}

std::string type_key(const Attribute& list, const Json& element) {
  const Attribute* type = list.find("type");
  return type != nullptr && element.contains("type") ? equality_key(*type, element["type"]) : std::string();
}

/// Calls `visit` with the index of each element that may have the `value` under `key`: all of them, if it is "".
template <class Index, class Visit>
void for_candidates(const Index& by_value, const std::string& key, std::size_t count, Visit visit) {
  if (key.empty()) {
    for (std::size_t i = 0; i < count; ++i) visit(i);
    return;
  }
  const auto [begin, end] = by_value.equal_range(key);
  for (auto at = begin; at != end; ++at) visit(at->second);
}

/// Adds the eq terms of an and-chain to `seed`; false if the filter says anything else.
Result<bool> add_terms(const Filter& filter, const Attribute& list, Json& seed, Leniency& leniency) {
  if (filter.kind == Filter::Kind::and_) {
    for (const Filter& child : filter.children) {
      SCIM_ASSIGN(const bool seeded, add_terms(child, list, seed, leniency));
      if (!seeded) return false;
    }
    return true;
  }
  if (filter.kind != Filter::Kind::compare || filter.op != Op::eq || filter.literal.is_null()) return false;
  if (list.type != Type::complex) {
    SCIM_ASSIGN(seed, canonical_value(list, filter.literal, Shape::element, leniency));
    return true;
  }
  const Attribute* part = list.find(filter.path.name);
  if (part == nullptr || part->mutability == Mutability::read_only) return false;
  SCIM_ASSIGN(Json value, canonical_value(*part, filter.literal, Shape::whole, leniency));
  if (seed.contains(part->name) && !equal_values(*part, seed[part->name], value)) return false;
  seed[part->name] = std::move(value);
  return true;
}

}  // namespace

tl::unexpected<Error> immutable_error(const Attribute& attribute) {
  return fail(ErrorKind::mutability, attribute.path() + ": is immutable and has a value");
}

bool covers(const Attribute& attribute, const Json& stored, const Json& given) {
  if (attribute.multi_valued && stored.is_array()) {
    if (!given.is_array() || given.size() > stored.size()) return false;
    return std::all_of(given.begin(), given.end(), [&](const Json& part) {
      return std::any_of(stored.begin(), stored.end(),
                         [&](const Json& element) { return covers(attribute, element, part); });
    });
  }
  if (!given.is_object() || !stored.is_object()) return equal_values(attribute, stored, given);
  for (const auto& [name, part] : given.items()) {
    const Attribute* sub = attribute.find(name);
    if (sub == nullptr || is_unassigned(part)) continue;
    const auto at = stored.find(sub->name);
    const Json value = at != stored.end() ? *at : is_primary(*sub) ? Json(false) : Json(nullptr);
    if (!covers(*sub, value, part)) return false;
  }
  return true;
}

Result<void> set_part(Json& owner, const Attribute& part, Json value) {
  const auto stored = owner.find(part.name);
  const bool has_value = stored != owner.end() && !is_unassigned(*stored);
  if (has_value && part.mutability == Mutability::immutable) {
    if (!value.is_null() && equal_values(part, *stored, value)) return {};
    return immutable_error(part);
  }
  if (value.is_null()) {
    if (has_value && part.required) return fail(missing_error(part, ErrorKind::mutability));
    owner.erase(part.name);
    return {};
  }
  owner[part.name] = std::move(value);
  return {};
}

Result<void> merge_parts(Json& owner, const Attribute& attribute, const Json& parts) {
  if (!owner.is_object()) owner = Json::object();
  const auto id = parts.find("value");
  if (id != parts.end() && owner.contains("value") && owner["value"] != *id) owner.erase("$ref");
  for (const auto& [name, value] : parts.items()) SCIM_TRY(set_part(owner, *attribute.find(name), value));
  return {};
}

Result<Json> seed_from(const Filter& filter, const Attribute& list, Leniency& leniency) {
  Json seed = Json::object();
  SCIM_ASSIGN(const bool seeded, add_terms(filter, list, seed, leniency));
  return seeded ? seed : Json(nullptr);
}

Result<std::vector<Json>> listed_values(const Attribute& list, const Json& value, Leniency& leniency) {
  std::vector<Json> listed;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    const bool is_bare = item.is_string() && list.type == Type::complex && !list.is_membership() &&
                         leniency.allows(Tolerance::element_string);
    SCIM_ASSIGN(Json element, canonical_value(list, is_bare ? Json({{"value", item}}) : item, Shape::element, leniency));
    if (!is_unassigned(element)) listed.push_back(std::move(element));
  }
  return listed;
}

Elements::Elements(const Attribute& list, const Json* stored) : list_(list) {
  if (stored == nullptr) return;
  if (list.multi_valued && stored->is_array()) {
    values_.assign(stored->begin(), stored->end());
  } else {
    values_.push_back(*stored);
  }
}

void Elements::note_primary(std::size_t index, const Json& given) {
  if (sets_primary(given)) made_primary_.insert(index);
}

bool Elements::is_same(const Json& element, const Json& given) const {
  if (covers(list_, element, given)) return true;
  // RFC 7643 2.4: one (type, value) pair stands in a list once.
  return element.contains("value") && given.contains("value") && value_key(list_, element) == value_key(list_, given) &&
         type_key(list_, element) == type_key(list_, given);
}

std::unordered_multimap<std::string, std::size_t> Elements::index() const {
  std::unordered_multimap<std::string, std::size_t> by_value;
  for (std::size_t i = 0; i < values_.size(); ++i) by_value.emplace(value_key(list_, values_[i]), i);
  return by_value;
}

Result<void> Elements::add_all(const Json& given) {
  auto by_value = index();
  for (const Json& item : given) {
    const std::string key = value_key(list_, item);
    std::optional<std::size_t> same;
    for_candidates(by_value, key, values_.size(), [&](std::size_t i) {
      if (!same && is_same(values_[i], item)) same = i;
    });
    note_primary(same.value_or(values_.size()), item);
    if (!same) {
      by_value.emplace(key, values_.size());
      values_.push_back(item);
    } else if (!covers(list_, values_[*same], item)) {
      SCIM_TRY(merge_parts(values_[*same], list_, item));
    }
  }
  return {};
}

void Elements::remove_all(const std::vector<Json>& listed) {
  const auto by_value = index();
  for (const Json& item : listed) {
    for_candidates(by_value, value_key(list_, item), values_.size(), [&](std::size_t i) {
      if (!values_[i].is_null() && covers(list_, values_[i], item)) values_[i] = nullptr;
    });
  }
}

Result<Json> Elements::settle() && {
  if (made_primary_.size() > 1) return fail(ErrorKind::invalid_value, list_.path() + ": only one value can be primary");
  Json settled = Json::array();
  std::unordered_set<std::string> keys;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    Json& element = values_[i];
    if (!made_primary_.empty() && !made_primary_.contains(i) && sets_primary(element)) element["primary"] = false;
    if (is_unassigned(element)) continue;
    if (keys.insert(equality_key(list_, element)).second) settled.push_back(std::move(element));
  }
  if (settled.size() > kListLimit) {
    return fail(ErrorKind::invalid_value, list_.path() + ": more than " + std::to_string(kListLimit) + " values");
  }
  if (settled.empty()) return Json(nullptr);
  return list_.multi_valued ? std::move(settled) : settled.front();
}

}  // namespace scim
