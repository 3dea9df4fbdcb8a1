// SPDX-License-Identifier: MIT
#include "tests/fuzz/service_intents.h"

#include <algorithm>
#include <array>

namespace scim::fuzz {
namespace {

/// Some of them are the same name (RFC 8265): capitals, composition, width.
constexpr std::array<std::string_view, 10> kNames = {"ada", "Ada", "ADA", "\uff21da", "grac\u00e9", "grace\u0301", "GRAC\u00c9", "bob", "o'malley@x.example", "\u5f20\u4f1f"};
constexpr std::array<std::string_view, 3> kPlainOps = {"add", "replace", "Replace"};

bool is_sent(const Attribute& attribute) {
  const bool is_of_the_server = attribute.mutability == Mutability::read_only || attribute.name == "schemas" || attribute.name == "$ref";
  // Passwords take their time by design; what nobody is shown unless asked, the model does not see.
  return !is_of_the_server && attribute.is_kept && attribute.mutability != Mutability::write_only && attribute.returned != Returned::request;
}

/// The part that tells the elements of a list apart.
const Attribute* distinct_part(const Attribute& list) {
  for (const char* name : {"value", "streetAddress"}) {
    if (const Attribute* part = list.find(name)) return part;
  }
  return nullptr;
}

/// How many elements have the value, as a filter sees it.
long count_of(const Json& elements, const Attribute& part, const Json& value) {
  return std::count_if(elements.begin(), elements.end(), [&](const Json& element) {
    const auto found = element.find(part.name);
    return found != element.end() && equality_key(part, *found) == equality_key(part, value);
  });
}

bool is_bulk_id(const std::string& id) { return id.starts_with("bulkId:"); }

/// Where the attribute lies: in the body, or in the extension that it is part of. Made if it is not there.
Json& holder_of(const Attribute& attribute, Json& body) {
  if (attribute.parent == nullptr || !attribute.parent->is_extension) return body;
  return body.emplace(attribute.parent->name, Json::object()).first.value();
}

/// An object without parts is no value.
void drop_empty(Json& body) {
  Json kept = Json::object();
  for (const auto& [name, value] : body.items()) {
    if (!is_unassigned(value)) kept[name] = value;
  }
  body = std::move(kept);
}

void make_only_primary(Json& list, std::size_t index) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i != index && list[i].is_object()) list[i].erase("primary");
  }
}

bool is_primary_set(const Json& element) { return element.is_object() && element.value("primary", false); }

/// RFC 7644 3.5.2.1: values are added; one that is primary makes the others not be so.
void append(Json& list, const Json& elements) {
  for (const Json& element : elements) {
    list.push_back(element);
    if (is_primary_set(element)) make_only_primary(list, list.size() - 1);
  }
}

}  // namespace

const ResourceType& IntentWriter::random_type() {
  static constexpr std::array<std::string_view, 8> kTypes = {"User", "User", "User", "User", "Group", "Group", "Group", "Widget"};
  return *registry_.type_by_name(random_.pick(kTypes));
}

Intent IntentWriter::write(const Model& model) {
  // About as many as fit on a few pages.
  constexpr std::size_t kUsual = 40;
  const bool grows = model.entries().size() < kUsual ? random_.chance(0.4) : random_.chance(0.1);
  return grows ? create(model) : change(model);
}

Intent IntentWriter::create(const Model& model) {
  const ResourceType& type = random_type();
  Intent intent{"POST", &type, "", Json(), 201, random_entry(model, type, "", Way::create)};
  intent.body = body_of(intent.after);
  if (type.name != "User") return intent;
  if (model.is_taken(intent.after.body["userName"].get<std::string>(), "")) intent.status = 409;
  // A new user who does not say is active.
  if (!intent.after.body.contains("active")) intent.after.body["active"] = true;
  return intent;
}

Intent IntentWriter::change(const Model& model) {
  const std::vector<std::string> ids = model.ids(random_type());
  if (ids.empty()) return create(model);
  const std::string id = random_.pick(ids);
  switch (random_.below(8)) {
    case 0: return remove(model, id);
    case 1:
    case 2: return replace(model, id);
    default: return patch(model, id);
  }
}

Intent IntentWriter::remove(const Model& model, const std::string& id) {
  return {"DELETE", model.find(id)->type, id, Json(), 204, {}};
}

Intent IntentWriter::replace(const Model& model, const std::string& id) {
  const Model::Entry& before = *model.find(id);
  Intent intent{"PUT", before.type, id, Json(), 200, random_entry(model, *before.type, id, Way::update)};
  intent.body = body_of(intent.after);
  // RFC 7644 3.5.1: an immutable value stays; and who does not say is as active as before.
  for (const char* kept : {"serial", "active"}) {
    if (before.body.contains(kept) && !intent.after.body.contains(kept)) intent.after.body[kept] = before.body[kept];
  }
  // The parts of a complex attribute are immutable one by one.
  if (before.body.contains("box") && before.body["box"].contains("stamp")) intent.after.body["box"]["stamp"] = before.body["box"]["stamp"];
  if (before.type->name == "User" && model.is_taken(intent.after.body["userName"].get<std::string>(), id)) intent.status = 409;
  return intent;
}

Intent IntentWriter::patch(const Model& model, const std::string& id) {
  const Model::Entry& before = *model.find(id);
  Intent intent{"PATCH", before.type, id, {{"schemas", {urn::kPatchOp}}, {"Operations", Json::array()}}, 200, before};
  for (std::size_t i = 1 + random_.below(3); i > 0; --i) {
    Json operation = patch_operation(model, id, intent.after);
    drop_empty(intent.after.body);
    intent.body["Operations"].push_back(std::move(operation));
  }
  if (before.type->name == "User" && model.is_taken(intent.after.body["userName"].get<std::string>(), id)) intent.status = 409;
  return intent;
}

std::string IntentWriter::user_name() { return std::string(random_.pick(kNames)) + (random_.chance(0.7) ? std::to_string(random_.below(9)) : ""); }

std::string IntentWriter::unique_text() { return random_.word() + '#' + std::to_string(++counter_); }

Model::Entry IntentWriter::random_entry(const Model& model, const ResourceType& type, const std::string& id, Way way) {
  Model::Entry entry;
  entry.type = &type;
  fill(entry.body, type.attributes, model, way);
  if (type.name == "Group") entry.members = random_members(model, id);
  return entry;
}

void IntentWriter::fill(Json& body, const std::vector<Attribute>& attributes, const Model& model, Way way) {
  for (const Attribute& attribute : attributes) {
    const bool may_be_set = is_sent(attribute) && !attribute.is_membership() && (way == Way::create || attribute.mutability != Mutability::immutable);
    if (!may_be_set || !(attribute.required || random_.chance(0.4))) continue;
    Json value = attribute.multi_valued ? random_list(attribute, model) : value_of(attribute, model, way);
    if (!is_unassigned(value)) body[attribute.name] = std::move(value);
  }
}

Json IntentWriter::value_of(const Attribute& attribute, const Model& model, Way way) {
  if (attribute.name == "userName") return user_name();
  if (attribute.parent != nullptr && attribute.parent->name == "manager") {
    const std::vector<std::string> ids = model.possible_members();
    return ids.empty() || random_.chance(0.3) ? unique_text() : random_.pick(ids);
  }
  switch (attribute.type) {
    case Type::complex: {
      Json object = Json::object();
      fill(object, attribute.sub_attributes, model, way);
      return object;
    }
    case Type::reference: return "https://x.example/" + std::to_string(++counter_);
    case Type::binary: return base64_encode("b" + std::to_string(++counter_));
    case Type::string:
    case Type::boolean:
    case Type::decimal:
    case Type::integer:
    case Type::date_time: break;
  }
  Json value = test::random_value(attribute, random_);
  // Groups and widgets must be called something.
  return attribute.required && value == Json("") ? Json(unique_text()) : value;
}

/// Elements that are all different, of which one may be primary.
Json IntentWriter::random_list(const Attribute& attribute, const Model& model) {
  Json list = Json::array();
  Attribute element = attribute;
  element.multi_valued = false;
  const Attribute* distinct = distinct_part(attribute);
  for (std::size_t i = random_.below(4); i > 0; --i) {
    Json value = value_of(element, model, Way::create);
    if (attribute.type == Type::string) value = unique_text();
    if (attribute.type == Type::integer) value = ++counter_;
    if (value.is_object()) {
      if (distinct == nullptr) continue;
      value[distinct->name] = distinct->type == Type::string ? Json(unique_text()) : value_of(*distinct, model, Way::create);
    }
    append(list, Json::array({value}));
  }
  return list;
}

std::set<std::string> IntentWriter::random_members(const Model& model, const std::string& group) {
  std::set<std::string> members;
  const std::vector<std::string> ids = model.possible_members();
  for (std::size_t i = ids.empty() ? 0 : random_.below(5); i > 0; --i) {
    const std::string& id = random_.pick(ids);
    if (id != group) members.insert(id);
  }
  return members;
}

/// Now and then with an id that is nobody's, which is passed over.
Json IntentWriter::members_json(const std::set<std::string>& ids) {
  Json members = Json::array();
  for (const std::string& id : ids) members.push_back({{"value", id}});
  if (random_.chance(0.1)) members.push_back({{"value", "nobody-" + std::to_string(++counter_)}});
  return members;
}

Json IntentWriter::body_of(const Model::Entry& entry) {
  Json body = {{"schemas", schemas_of(*entry.type, entry.body)}};
  body.update(entry.body);
  if (!entry.members.empty()) body["members"] = members_json(entry.members);
  return body;
}

Json IntentWriter::with_path(const char* op, const Attribute& attribute, Json value) {
  Json operation = {{"op", op}, {"path", attribute.path()}};
  if (!value.is_null()) operation["value"] = std::move(value);
  return operation;
}

Json IntentWriter::patch_operation(const Model& model, const std::string& id, Model::Entry& after) {
  if (after.type->name == "Group" && random_.chance(0.7)) return patch_members(model, id, after);
  std::vector<const Attribute*> targets;
  const auto collect = [&](const std::vector<Attribute>& attributes) {
    for (const Attribute& attribute : attributes) {
      if (is_sent(attribute) && !attribute.is_membership() && !attribute.is_extension && attribute.mutability != Mutability::immutable) targets.push_back(&attribute);
    }
  };
  collect(after.type->attributes);
  for (const Attribute& attribute : after.type->attributes) {
    if (attribute.is_extension) collect(attribute.sub_attributes);
  }
  const Attribute& target = *random_.pick(targets);
  Json& holder = holder_of(target, after.body);
  if (!target.multi_valued) return patch_value(target, model, holder);
  const bool has_elements = holder.contains(target.name) && !holder[target.name].empty();
  return has_elements && random_.chance(0.5) ? patch_element(target, holder) : patch_list(target, model, holder);
}

/// A singular attribute: set, taken away, or, if it is complex, joined with what is there (RFC 7644 3.5.2.3).
Json IntentWriter::patch_value(const Attribute& attribute, const Model& model, Json& holder) {
  if (!attribute.required && random_.chance(0.2)) {
    // Of `box` the part that is immutable cannot go.
    const bool keeps_part = holder.contains(attribute.name) && holder[attribute.name].is_object() && holder[attribute.name].contains("stamp");
    if (!keeps_part) {
      holder.erase(attribute.name);
      return with_path("remove", attribute, nullptr);
    }
  }
  Json value = value_of(attribute, model, Way::update);
  while (is_unassigned(value)) value = value_of(attribute, model, Way::update);
  if (value.is_object() && holder.contains(attribute.name)) holder[attribute.name].update(value);
  else holder[attribute.name] = value;
  if (attribute.parent == nullptr && random_.chance(0.3)) return {{"op", random_.pick(kPlainOps)}, {"value", {{attribute.name, value}}}};
  return with_path(std::string(random_.pick(kPlainOps)).c_str(), attribute, value);
}

Json IntentWriter::patch_list(const Attribute& list, const Model& model, Json& holder) {
  Json elements = random_list(list, model);
  while (elements.empty()) elements = random_list(list, model);
  const bool adds = random_.chance(0.5);
  if (!adds || !holder.contains(list.name)) holder[list.name] = Json::array();
  append(holder[list.name], elements);
  return with_path(adds ? "add" : "replace", list, std::move(elements));
}

/// One element, by what tells it apart.
Json IntentWriter::patch_element(const Attribute& list, Json& holder) {
  Json& elements = holder[list.name];
  const std::size_t index = random_.below(elements.size());
  const Attribute* distinct = distinct_part(list);
  const bool is_selectable = distinct != nullptr && elements[index].is_object() && elements[index].contains(distinct->name) && distinct->type == Type::string &&
                             count_of(elements, *distinct, elements[index][distinct->name]) == 1;
  if (!is_selectable) {
    holder.erase(list.name);
    return with_path("remove", list, nullptr);
  }
  const std::string path = list.path() + '[' + distinct->name + " eq " + to_text(elements[index][distinct->name]) + ']';
  if (random_.chance(0.4)) {
    elements.erase(index);
    return {{"op", "remove"}, {"path", path}};
  }
  if (random_.chance(0.3)) {
    elements[index]["primary"] = true;
    make_only_primary(elements, index);
    return {{"op", "replace"}, {"path", path + ".primary"}, {"value", true}};
  }
  const std::string type = unique_text();
  elements[index]["type"] = type;
  if (random_.chance(0.5)) return {{"op", "replace"}, {"path", path}, {"value", {{"type", type}}}};
  return {{"op", "add"}, {"path", path + ".type"}, {"value", type}};
}

Json IntentWriter::patch_members(const Model& model, const std::string& id, Model::Entry& after) {
  const Attribute& members = *after.type->find("members");
  if (!after.members.empty() && random_.chance(0.3)) {
    const std::vector<std::string> there(after.members.begin(), after.members.end());
    const std::string gone = random_.pick(there);
    after.members.erase(gone);
    const bool by_value = is_bulk_id(gone) || random_.chance(0.5);
    if (by_value) return with_path("remove", members, Json::array({{{"value", gone}}}));
    return {{"op", "remove"}, {"path", "members[value eq " + to_text(Json(gone)) + "]"}};
  }
  const std::set<std::string> some = random_members(model, id);
  const bool adds = random_.chance(0.7) || some.empty();
  if (adds && some.empty()) {
    after.members.clear();
    return with_path("remove", members, nullptr);
  }
  if (!adds) after.members.clear();
  after.members.insert(some.begin(), some.end());
  return with_path(adds ? "add" : "replace", members, members_json(some));
}

}  // namespace scim::fuzz
