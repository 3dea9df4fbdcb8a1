// SPDX-License-Identifier: MIT
// Operations + the resource as it is -> Changes. Each operation sees the result of the one before (RFC 7644 3.5.2).
#include "core/patch.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "core/match.h"
#include "core/membership_delta.h"
#include "core/patch_elements.h"
#include "core/validate.h"
#include "core/value_counts.h"

namespace scim {
namespace {

tl::unexpected<Error> read_only_error(const Attribute& attribute) {
  return fail(ErrorKind::mutability, attribute.path() + ": is read-only");
}
tl::unexpected<Error> no_target(const Attribute& attribute) {
  return fail(ErrorKind::no_target, attribute.path() + ": no value is selected");
}

bool is_read_only(const Attribute& attribute) {
  if (attribute.mutability == Mutability::read_only) return true;
  return attribute.parent != nullptr && is_read_only(*attribute.parent);
}

/// Never read back, so that `before` cannot tell whether it has a value.
bool is_unseen(const Attribute& attribute) {
  return attribute.mutability == Mutability::write_only || attribute.returned == Returned::never;
}

/// The ids of `value eq "a" or value eq "b"`; nullopt if the filter says anything else.
std::optional<std::vector<std::string>> listed_ids(const Filter& filter) {
  if (filter.kind == Filter::Kind::compare && filter.op == Op::eq && filter.literal.is_string() &&
      equal_ignoring_case(filter.path.name, "value")) {
    return std::vector<std::string>{filter.literal.get<std::string>()};
  }
  if (filter.kind != Filter::Kind::or_) return std::nullopt;
  std::vector<std::string> ids;
  for (const Filter& child : filter.children) {
    const auto more = listed_ids(child);
    if (!more) return std::nullopt;
    ids.insert(ids.end(), more->begin(), more->end());
  }
  return ids;
}

/// The one id that an element seeded by the filter would have.
std::optional<std::string> seeded_id(const PatchOperation& operation) {
  const auto ids = listed_ids(*operation.filter);
  if (operation.op != PatchOp::add || !ids || ids->size() != 1) return std::nullopt;
  return ids->front();
}

std::size_t terms_of(const Filter& filter) {
  std::size_t terms = filter.children.empty() ? 1 : 0;
  for (const Filter& child : filter.children) terms += terms_of(child);
  return terms;
}

std::size_t size_of(const Json* list) { return list == nullptr ? 0 : list->is_array() ? list->size() : 1; }

/// What it costs to compare the values of a list, in comparisons: long texts take longer.
std::size_t comparing(const Json* list, std::size_t terms) {
  constexpr std::size_t kTextOfOne = 256;
  return list == nullptr ? 0 : terms * (size_of(list) + text_bytes(*list) / kTextOfOne);
}

/// What it costs to write the list anew, in comparisons.
std::size_t writing(const Json* list) {
  constexpr std::size_t kElement = 16;
  return size_of(list) * kElement;
}

/// The working copy, and what is done to it.
class Planner {
 public:
  Planner(const Resource& before, const PatchLimits& limits, Leniency& leniency)
      : before_(before), limits_(limits), leniency_(leniency), body_(before.body) {}

  Result<void> run(const PatchOperation& operation);
  Changes changes() const;
  /// The attribute, or extension, of `changes` that may not stay as it is now; nullptr if all may.
  const Attribute* find_fault(const Changes& changes) const;
  Result<void> check(const Attribute& attribute) const;
  Result<void> check_size() const;

 private:
  Result<void> run_read_only(const PatchOperation& operation) const;
  Result<void> run_schemas(const PatchOperation& operation);
  Result<void> run_extension(const PatchOperation& operation);
  Result<void> run_membership(const PatchOperation& operation);
  Result<void> run_selected_members(const PatchOperation& operation, MembershipDelta& delta);
  Result<void> run_single(const PatchOperation& operation);
  Result<void> run_list(const PatchOperation& operation);
  Result<void> run_selected(const PatchOperation& operation);
  bool may_create(const PatchOperation& operation, const Json& seed) const;
  Result<void> create_element(const PatchOperation& operation, Elements& elements) const;
  Result<void> check_remove(const PatchOperation& operation) const;

  Result<void> remove_from_list(const Attribute& list, const Json& value);
  /// Each value of an add or remove may have to be compared with every stored one.
  Result<void> count_compared(const Attribute& list, std::size_t values);
  /// A list is written anew, or compared with a filter.
  Result<void> count_work(const Attribute& list, std::size_t comparisons);
  /// A value is written into one more element.
  Result<void> count_spread(const Json& value);
  std::size_t own_bytes(const Json& body) const;
  tl::unexpected<Error> too_large() const;
  Result<void> unassign_extension(const Attribute& extension);
  Result<void> merge(const Attribute& attribute, const Json& parts);
  Result<void> assign(const Attribute& attribute, Json value);
  MembershipDelta& membership(const Attribute& attribute);

  const Resource& before_;
  const PatchLimits& limits_;
  Leniency& leniency_;
  std::size_t work_ = 0;  // comparisons, in all operations
  std::size_t spread_bytes_ = 0;  // that values have in the elements that were selected, in all operations
  Json body_;
  std::size_t compared_ = 0;  // values, in all operations
  std::map<int, std::pair<const Attribute*, MembershipDelta>> memberships_;  // by Attribute::index
  std::map<int, const Attribute*> cleared_unseen_;                           // by Attribute::index
};

Result<void> Planner::run(const PatchOperation& operation) {
  const Attribute& attribute = *operation.attribute;
  SCIM_TRY(check_remove(operation));
  if (is_schemas(attribute)) return run_schemas(operation);
  if (is_read_only(operation.sub != nullptr ? *operation.sub : attribute)) return run_read_only(operation);
  if (attribute.is_extension) return run_extension(operation);
  if (attribute.is_membership()) return run_membership(operation);
  if (operation.selected != nullptr || operation.sub != nullptr) return run_selected(operation);
  if (attribute.multi_valued) return run_list(operation);
  return run_single(operation);
}

/// The RFC gives the value of a remove no meaning. Whoever sends one with a list wants those removed (ambiguities A-24):
/// to pass over it would empty the list. With a part of all elements, or with an object of several parts, it would remove
/// more than was meant as well, and nobody is known to send that.
Result<void> Planner::check_remove(const PatchOperation& operation) const {
  const Attribute& attribute = *operation.attribute;
  const bool has_value = operation.has_value && !operation.value.is_null();
  if (operation.op != PatchOp::remove || !has_value || operation.selected != nullptr) return {};
  if (attribute.multi_valued && operation.sub == nullptr && leniency_.allows(Tolerance::remove_with_value)) return {};
  const bool is_link = !attribute.is_extension && attribute.find("value") != nullptr;
  const bool is_of_parts = attribute.type == Type::complex && !is_link && operation.value.is_structured();
  if (!attribute.multi_valued && !is_of_parts) return {};
  return fail(ErrorKind::invalid_syntax, attribute.path() + ": remove takes no value, the path says what goes");
}

/// A path to it is an error; in a value that clients send back, unchanged is fine (ambiguities A-28).
Result<void> Planner::run_read_only(const PatchOperation& operation) const {
  const Attribute& attribute = *operation.attribute;
  if (operation.origin == PatchOperation::Origin::path || operation.sub != nullptr) return read_only_error(attribute);
  if (is_unassigned(operation.value)) return {};
  const Json* stored = find_value(before_.body, attribute);
  const bool is_unchanged = stored != nullptr && covers(attribute, *stored, operation.value);
  if (is_unchanged && leniency_.allows(Tolerance::unchanged_read_only)) return {};
  return read_only_error(attribute);
}

/// Ambiguities A-31: `schemas` follows the data, so adding a URN does nothing, and taking one away takes its data away.
Result<void> Planner::run_schemas(const PatchOperation& operation) {
  const ResourceType& type = *before_.type;
  const Attribute& schemas = *operation.attribute;
  if (operation.sub != nullptr) return fail(ErrorKind::invalid_path, "schemas: has no sub-attributes");
  Json listed = Json::array();
  if (operation.has_value && !operation.value.is_null()) {
    SCIM_ASSIGN(listed, canonical_value(schemas, operation.value, Shape::lenient, leniency_));
  }
  if (operation.op == PatchOp::add || operation.origin == PatchOperation::Origin::member) return {};

  const bool removes_all = operation.op == PatchOp::remove && operation.selected == nullptr && listed.empty();
  const auto goes = [&](const std::string& urn) {
    if (operation.selected != nullptr) return match_element(*operation.selected, Json(urn));
    const bool named = std::any_of(listed.begin(), listed.end(),
                                   [&](const Json& item) { return equal_values(schemas, item, Json(urn)); });
    return named == (operation.op == PatchOp::remove);
  };
  if (removes_all || goes(type.schema)) {
    return fail(ErrorKind::mutability, "schemas: " + quote(type.schema) + " must stay");
  }
  for (const Attribute& attribute : type.attributes) {
    if (attribute.is_extension && goes(attribute.name)) SCIM_TRY(unassign_extension(attribute));
  }
  return {};
}

Result<void> Planner::run_extension(const PatchOperation& operation) {
  if (operation.op != PatchOp::remove && !operation.value.is_null()) {
    return fail(ErrorKind::invalid_value, operation.attribute->path() + ": must be an object");
  }
  if (operation.op == PatchOp::add) return {};
  return unassign_extension(*operation.attribute);
}

Result<void> Planner::unassign_extension(const Attribute& extension) {
  for (const Attribute& attribute : extension.sub_attributes) {
    if (attribute.mutability != Mutability::read_only) SCIM_TRY(assign(attribute, nullptr));
  }
  return {};
}

MembershipDelta& Planner::membership(const Attribute& attribute) {
  const auto stored = find_value(before_.body, attribute);
  return memberships_.try_emplace(attribute.index, &attribute, MembershipDelta(stored)).first->second.second;
}

Result<void> Planner::run_membership(const PatchOperation& operation) {
  const Attribute& attribute = *operation.attribute;
  // RFC 7643 4.2: the parts of a member cannot change, whoever they are.
  if (operation.sub != nullptr) return immutable_error(*operation.sub);
  MembershipDelta& delta = membership(attribute);
  if (operation.selected != nullptr) return run_selected_members(operation, delta);

  if (operation.op == PatchOp::remove && operation.has_value && !operation.value.is_null()) {
    SCIM_ASSIGN(const auto listed, listed_values(attribute, operation.value, leniency_));
    for (const Json& member : listed) delta.remove(member_id(member));
    return {};
  }
  Json members;
  if (operation.op != PatchOp::remove) {
    SCIM_ASSIGN(members, canonical_value(attribute, operation.value, Shape::lenient, leniency_));
  }
  if (operation.op != PatchOp::add) delta.clear();
  for (const Json& member : members) delta.add(member_id(member));
  return {};
}

Result<void> Planner::run_selected_members(const PatchOperation& operation, MembershipDelta& delta) {
  const Attribute& attribute = *operation.attribute;
  const bool removes = operation.op == PatchOp::remove || operation.value.is_null();
  if (const auto ids = listed_ids(*operation.filter); ids && operation.op == PatchOp::remove) {
    for (const std::string& id : *ids) delta.remove(id);
    return {};
  }
  Json given;  // null if it does not name the member
  if (!removes && (!operation.value.is_object() || find_member(operation.value, "value") != nullptr)) {
    SCIM_ASSIGN(given, canonical_value(attribute, operation.value, Shape::element, leniency_));
  }
  if (const auto id = seeded_id(operation)) {
    if (!given.is_null() && member_id(given) != *id) return immutable_error(*attribute.find("value"));
    delta.add(*id);
    return {};
  }
  SCIM_TRY(count_work(attribute, delta.most() * terms_of(*operation.filter)));
  std::vector<std::string> selected;
  delta.for_each([&](const Json& member) {
    if (match_element(*operation.selected, member)) selected.push_back(member_id(member));
  });
  for (const std::string& id : selected) {
    if (removes) {
      delta.remove(id);
    } else if (!given.is_null() && member_id(given) != id) {
      return immutable_error(*attribute.find("value"));
    }
  }
  if (!selected.empty() || operation.op == PatchOp::remove) return {};
  return no_target(attribute);
}

Result<void> Planner::run_single(const PatchOperation& operation) {
  const Attribute& attribute = *operation.attribute;
  Json value;
  if (operation.op != PatchOp::remove) {
    SCIM_ASSIGN(value, canonical_value(attribute, operation.value, Shape::lenient, leniency_));
  }
  const Attribute* owner = attribute.parent;
  // "" clears what stands for another resource, by its part as by itself (client-quirks E9).
  if (owner != nullptr && !owner->is_extension && attribute.name == "value" && value == Json("")) return assign(*owner, nullptr);
  if (owner != nullptr && !owner->is_extension) return merge(*owner, Json({{attribute.name, std::move(value)}}));
  return value.is_object() ? merge(attribute, value) : assign(attribute, std::move(value));
}

Result<void> Planner::merge(const Attribute& attribute, const Json& parts) {
  const Json* stored = find_value(body_, attribute);
  Json merged = stored == nullptr ? Json::object() : *stored;
  SCIM_TRY(merge_parts(merged, attribute, parts));
  return assign(attribute, std::move(merged));
}

Result<void> Planner::run_list(const PatchOperation& operation) {
  const Attribute& list = *operation.attribute;
  if (operation.op == PatchOp::remove) {
    if (!operation.has_value || operation.value.is_null()) return assign(list, nullptr);
    return remove_from_list(list, operation.value);
  }
  SCIM_ASSIGN(Json value, canonical_value(list, operation.value, Shape::lenient, leniency_));
  if (operation.op == PatchOp::replace) return assign(list, std::move(value));
  if (value.is_null()) return {};
  SCIM_TRY(count_compared(list, value.size()));
  const Json* const stored = find_value(body_, list);
  SCIM_TRY(count_work(list, writing(stored)));
  Elements elements(list, stored);
  SCIM_TRY(elements.add_all(value));
  SCIM_ASSIGN(Json settled, std::move(elements).settle());
  return assign(list, std::move(settled));
}

Result<void> Planner::count_compared(const Attribute& list, std::size_t values) {
  compared_ += values;
  if (compared_ <= kListLimit) return {};
  return fail(ErrorKind::invalid_value,
              list.path() + ": more than " + std::to_string(kListLimit) + " values in one request");
}

Result<void> Planner::count_work(const Attribute& list, std::size_t comparisons) {
  work_ += comparisons;
  if (work_ <= limits_.comparisons) return {};
  return fail(ErrorKind::payload_too_large,
              list.path() + ": the operations need more than " + std::to_string(limits_.comparisons) + " comparisons (limits.comparisons); send fewer in one request");
}

Result<void> Planner::count_spread(const Json& value) {
  spread_bytes_ += text_bytes(value);
  return spread_bytes_ <= limits_.resource_bytes ? Result<void>() : too_large();
}

std::size_t Planner::own_bytes(const Json& body) const {
  std::size_t bytes = text_bytes(body);
  for (const Attribute& attribute : before_.type->attributes) {
    const Json* members = attribute.is_membership() ? find_value(body, attribute) : nullptr;
    if (members != nullptr) bytes -= text_bytes(*members);
  }
  return bytes;
}

tl::unexpected<Error> Planner::too_large() const {
  return fail(ErrorKind::payload_too_large, "the resource would have more than " + std::to_string(limits_.resource_bytes) + " bytes (limits.body_bytes)");
}

/// One that is larger already may become smaller.
Result<void> Planner::check_size() const {
  const std::size_t bytes = own_bytes(body_);
  if (bytes <= limits_.resource_bytes || bytes <= own_bytes(before_.body)) return {};
  return too_large();
}

Result<void> Planner::remove_from_list(const Attribute& list, const Json& value) {
  SCIM_ASSIGN(const auto listed, listed_values(list, value, leniency_));
  SCIM_TRY(count_compared(list, listed.size()));
  const Json* const stored = find_value(body_, list);
  SCIM_TRY(count_work(list, writing(stored)));
  Elements elements(list, stored);
  elements.remove_all(listed);
  SCIM_ASSIGN(Json settled, std::move(elements).settle());
  return assign(list, std::move(settled));
}

/// `list[filter]`, `list[filter].sub` and `list.sub`, which is a part of every element (ambiguities A-25).
Result<void> Planner::run_selected(const PatchOperation& operation) {
  const Attribute& list = *operation.attribute;
  const Attribute& target = operation.sub != nullptr ? *operation.sub : list;
  Json value;
  if (operation.op != PatchOp::remove) {
    const Shape shape = operation.sub != nullptr ? Shape::lenient : Shape::element;
    SCIM_ASSIGN(value, canonical_value(target, operation.value, shape, leniency_));
    // Nothing to add is nothing to do.
    if (value.is_null() && operation.op == PatchOp::add) return {};
  }
  const Json* const stored = find_value(body_, list);
  SCIM_TRY(count_work(list, writing(stored) + (operation.filter == nullptr ? 0 : comparing(stored, terms_of(*operation.filter)))));
  Elements elements(list, stored);
  bool found = false;
  for (std::size_t i = 0; i < elements.values().size(); ++i) {
    Json& element = elements.values()[i];
    if (operation.selected != nullptr && !match_element(*operation.selected, element)) continue;
    found = true;
    SCIM_TRY(count_spread(value));
    if (operation.sub != nullptr) {
      SCIM_TRY(set_part(element, *operation.sub, value));
      elements.note_primary(i, Json({{operation.sub->name, value}}));
    } else if (value.is_object()) {
      SCIM_TRY(merge_parts(element, list, value));
      elements.note_primary(i, value);
    } else {
      element = value;
    }
  }
  // Nothing to remove is nothing to do (ambiguities A-23).
  if (!found && operation.op == PatchOp::remove) return {};
  if (!found) SCIM_TRY(create_element(operation, elements));
  SCIM_ASSIGN(Json settled, std::move(elements).settle());
  return assign(list, std::move(settled));
}

/// Whether an operation that selects nothing makes the element that its filter describes. RFC 7644 3.5.2.3 says noTarget
/// for replace, 3.5.2.1 leaves add open (ambiguities A-20, client-quirks E4, E5).
bool Planner::may_create(const PatchOperation& operation, const Json& seed) const {
  if (operation.op == PatchOp::add) return leniency_.allows(Tolerance::missing_element_add);
  // What a client replaces is the value of its one element of a type; anything else is a mistake.
  const bool is_one_of_a_type = operation.sub != nullptr && !seed.empty() && std::all_of(seed.items().begin(), seed.items().end(), [](const auto& part) {
    return part.key() == "type" || part.key() == "primary";
  });
  return is_one_of_a_type && !operation.value.is_null() && leniency_.allows(Tolerance::missing_element_replace);
}

/// The element that an operation on a filter without match means: its eq terms, and the value.
Result<void> Planner::create_element(const PatchOperation& operation, Elements& elements) const {
  const Attribute& list = *operation.attribute;
  const bool taken = !list.multi_valued && !elements.values().empty();
  if (operation.filter == nullptr || taken) return no_target(list);
  SCIM_ASSIGN(Json element, seed_from(*operation.filter, list, leniency_));
  if (element.is_null() || !may_create(operation, element)) return no_target(list);
  if (operation.sub != nullptr) {
    SCIM_ASSIGN(Json value, canonical_value(*operation.sub, operation.value, Shape::lenient, leniency_));
    element[operation.sub->name] = std::move(value);
  } else {
    SCIM_ASSIGN(const Json value, canonical_value(list, operation.value, Shape::element, leniency_));
    if (value.is_object()) {
      for (const auto& [name, part] : value.items()) element[name] = part;
    } else {
      element = value;
    }
  }
  elements.note_primary(elements.values().size(), element);
  elements.values().push_back(std::move(element));
  return {};
}

/// Immutable: as long as there is no value (RFC 7643 7). Each operation is judged on the state before it.
Result<void> Planner::assign(const Attribute& attribute, Json value) {
  if (const Json* stored = find_value(body_, attribute)) {
    if (attribute.mutability == Mutability::immutable) {
      if (!value.is_null() && equal_values(attribute, *stored, value)) return {};
      return immutable_error(attribute);
    }
    if (attribute.type == Type::complex && !attribute.multi_valued && value.is_null()) {
      for (const Attribute& sub : attribute.sub_attributes) {
        if (sub.mutability == Mutability::immutable && find_value(body_, sub) != nullptr) return immutable_error(sub);
      }
    }
  }
  const Attribute& top = attribute.top();
  if (is_unseen(top) && value.is_null()) {
    cleared_unseen_.emplace(top.index, &top);
  } else {
    cleared_unseen_.erase(top.index);
  }
  assign_value(body_, attribute, std::move(value));
  return {};
}

/// What is required and no longer there was removed; what never was there is missing in what the client sent.
Result<void> Planner::check(const Attribute& attribute) const {
  SCIM_TRY(check_values(attribute, body_));
  const Attribute* missing = find_missing(attribute, body_);
  if (missing == nullptr) return {};
  const bool was_there = find_value(before_.body, *missing) != nullptr;
  return fail(missing_error(*missing, was_there ? ErrorKind::mutability : ErrorKind::invalid_value));
}

Changes Planner::changes() const {
  Changes changes = difference(*before_.type, before_.body, body_);
  for (const auto& [index, unseen] : cleared_unseen_) {
    if (find_value(before_.body, *unseen) == nullptr) changes.push_back({unseen, Change::Kind::clear, nullptr});
  }
  for (const auto& [index, membership] : memberships_) membership.second.append_changes(*membership.first, changes);
  return changes;
}

/// The attribute, or the extension, that `attribute` is part of.
const Attribute& whole_of(const Attribute& attribute) {
  const Attribute* whole = &attribute;
  while (whole->parent != nullptr) whole = whole->parent;
  return *whole;
}

const Attribute* Planner::find_fault(const Changes& changes) const {
  std::set<const Attribute*> checked;
  for (const Change& change : changes) {
    if (change.attribute->is_membership()) continue;  // that of the body is the one before
    const Attribute& whole = whole_of(*change.attribute);
    if (checked.insert(&whole).second && !check(whole)) return &whole;
  }
  return nullptr;
}

/// The operation from which on `faulty` is not as it may stay, in a message that has failed for that. They are carried out
/// once more: to check after each would cost those that are right.
std::size_t position_of_fault(const std::vector<PatchOperation>& operations, const Resource& before, const Attribute& faulty,
                              Leniency& leniency) {
  const PatchLimits none;  // it has passed once
  Planner planner(before, none, leniency);
  std::size_t position = operations.front().position;
  bool was_right = true;
  for (const PatchOperation& operation : operations) {
    if (!planner.run(operation)) break;
    if (&whole_of(*operation.attribute) != &faulty && !is_schemas(*operation.attribute)) continue;
    const bool is_right = planner.check(faulty).has_value();
    if (was_right && !is_right) position = operation.position;
    was_right = is_right;
  }
  return position;
}

tl::unexpected<Error> at_operation(std::size_t position, Error error) {
  error.detail = "Operations[" + std::to_string(position) + "]: " + error.detail;
  error.operation = position;
  return fail(std::move(error));
}

}  // namespace

bool needs_members(const std::vector<PatchOperation>& operations) {
  return std::any_of(operations.begin(), operations.end(), [](const PatchOperation& operation) {
    if (!operation.attribute->is_membership()) return false;
    if (operation.selected == nullptr || operation.sub != nullptr) return false;
    const bool removes_listed = operation.op == PatchOp::remove && listed_ids(*operation.filter);
    return !removes_listed && !seeded_id(operation);
  });
}

Result<Changes> plan_patch(const std::vector<PatchOperation>& operations, const Resource& before, const PatchLimits& limits, Leniency& leniency) {
  Planner planner(before, limits, leniency);
  for (const PatchOperation& operation : operations) {
    Result<void> done = planner.run(operation);
    if (!done) return at_operation(operation.position, std::move(done).error());
  }
  SCIM_TRY(planner.check_size());
  Changes changes = planner.changes();
  const Attribute* faulty = planner.find_fault(changes);
  if (faulty == nullptr) return changes;
  return at_operation(position_of_fault(operations, before, *faulty, leniency), std::move(planner.check(*faulty)).error());
}

Result<Changes> plan_patch(const std::vector<PatchOperation>& operations, const Resource& before) {
  Leniency any;
  return plan_patch(operations, before, {}, any);
}

}  // namespace scim
