// SPDX-License-Identifier: MIT
// Filter + schema -> Predicate: names, types and operators are checked here and nowhere else.
#include <algorithm>
#include <optional>

#include "core/predicate.h"
#include "core/registry.h"
#include "core/sight.h"
#include "core/text.h"

namespace scim {
namespace {

using Kind = Predicate::Kind;

Predicate leaf(Kind kind, const Attribute& attribute) {
  Predicate p;
  p.kind = kind;
  p.attribute = &attribute;
  return p;
}

Predicate compare(const Attribute& attribute, Op op, Value value) {
  Predicate p = leaf(Kind::compare, attribute);
  p.op = op;
  p.value = std::move(value);
  return p;
}

Predicate any(const Attribute& list, Predicate inner) {
  Predicate p = leaf(Kind::any, list);
  p.children.push_back(std::move(inner));
  return p;
}

Predicate negate(Predicate inner) {
  Predicate p;
  p.kind = Kind::not_;
  p.children.push_back(std::move(inner));
  return p;
}

Predicate join(Kind kind, std::vector<Predicate> children) {
  Predicate p;
  p.kind = kind;
  p.children = std::move(children);
  return p;
}

bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

/// The list that a leaf is an element, or a part of an element, of; nullptr if it is singular all the way up.
const Attribute* list_of(const Attribute& attribute) {
  for (const Attribute* at = &attribute; at != nullptr; at = at->parent) {
    if (at->multi_valued) return at;
  }
  return nullptr;
}

/// and, or, not: each child by `bind`.
template <class Bind>
Result<Predicate> bind_children(Kind kind, const Filter& filter, Bind bind) {
  Predicate p = join(kind, {});
  for (const Filter& child : filter.children) {
    SCIM_ASSIGN(Predicate bound, bind(child));
    p.children.push_back(std::move(bound));
  }
  return p;
}

/// One filter bound to one type. Terms that the type does not know are noted, and taken as having no value.
class Binder {
 public:
  Binder(const ResourceType& type, Leniency& leniency) : type_(type), leniency_(leniency) {}

  Result<Predicate> bind(const Filter& filter) {
    switch (filter.kind) {
      case Filter::Kind::and_: return bind_all(Kind::and_, filter);
      case Filter::Kind::or_: return bind_all(Kind::or_, filter);
      case Filter::Kind::not_: return bind_all(Kind::not_, filter);
      case Filter::Kind::present:
      case Filter::Kind::compare: return bind_term(filter);
      case Filter::Kind::value_path: return bind_value_path(filter);
    }
    return constant(false);
  }

  const std::vector<const PathName*>& unknown() const { return unknown_; }

 private:
  Result<Predicate> bind_all(Kind kind, const Filter& filter) {
    return bind_children(kind, filter, [this](const Filter& child) { return bind(child); });
  }

  /// nullptr: the client has no such attribute.
  const Attribute* known(const PathName& path) const {
    const Attribute* attribute = resolve(type_, path);
    return attribute != nullptr && attribute->is_kept && leniency_.sees(*attribute) ? attribute : nullptr;
  }

  /// What a term over an attribute that does not exist means: no value.
  Predicate missing(const Filter& filter) {
    unknown_.push_back(&filter.path);
    if (filter.kind != Filter::Kind::compare) return constant(false);
    return constant(filter.literal.is_null() ? filter.op == Op::eq : filter.op == Op::ne);
  }

  Result<Predicate> bind_term(const Filter& filter);
  Result<Predicate> bind_value_path(const Filter& filter);

  const ResourceType& type_;
  Leniency& leniency_;
  std::vector<const PathName*> unknown_;
};

tl::unexpected<Error> refuse(const PathName& path, const std::string& why) {
  return fail_at(ErrorKind::invalid_filter, path.offset, quote(path.text()) + ' ' + why);
}

/// The static checks of filter-grammar.md section 2: does the operator fit the type?
bool fits(Op op, Type type) {
  switch (op) {
    case Op::eq:
    case Op::ne: return true;
    case Op::co:
    case Op::sw:
    case Op::ew: return type == Type::string || type == Type::reference || type == Type::binary;
    case Op::gt:
    case Op::ge:
    case Op::lt:
    case Op::le: return type != Type::boolean && type != Type::binary;
  }
  return false;
}

/// "eq, ne or pr".
std::string operators_of(Type type) {
  std::string names;
  for (const Op op : {Op::eq, Op::ne, Op::co, Op::sw, Op::ew, Op::gt, Op::ge, Op::lt, Op::le}) {
    if (fits(op, type)) names += std::string(to_string(op)) + ", ";
  }
  names.resize(names.size() - 2);
  return names + " or pr";
}

Result<void> check_operator(const Filter& filter, const Attribute& attribute) {
  if (!fits(filter.op, attribute.type)) {
    return fail_at(ErrorKind::invalid_filter, filter.op_offset,
                   quote(filter.path.text()) + " is " + std::string(to_string(attribute.type)) + ", which has no operator `" +
                       std::string(to_string(filter.op)) + "`, but " + operators_of(attribute.type));
  }
  if (filter.literal.is_null() && filter.op != Op::eq && filter.op != Op::ne) {
    return refuse(filter.path, "can be compared with null by eq and ne only");
  }
  return {};
}

/// The literal as a value of the attribute's type; nullopt if it is none.
std::optional<Value> value_of(const Json& literal, const Attribute& attribute, Leniency& leniency) {
  if (literal.is_null()) return Value{};
  switch (attribute.type) {
    case Type::boolean: {
      const auto value = boolean_of(literal, leniency);
      if (!value) return std::nullopt;
      return Value(*value);
    }
    case Type::integer:
    case Type::decimal:
      if (literal.is_number_integer()) return Value(literal.get<std::int64_t>());
      if (literal.is_number_float()) return Value(literal.get<double>());
      return std::nullopt;
    case Type::date_time: {
      if (!literal.is_string()) return std::nullopt;
      const auto instant = parse_instant(literal.get_ref<const std::string&>());
      if (!instant) return std::nullopt;
      return Value(*instant);
    }
    case Type::string:
    case Type::binary:
    case Type::reference:
      if (!literal.is_string()) return std::nullopt;
      return Value(collation_key(literal.get_ref<const std::string&>(), attribute.collation));
    case Type::complex: return std::nullopt;
  }
  return std::nullopt;
}

/// Has a value at all, of what the client sees: what `ne null` asks, and what makes an object that may stand before a bracket.
Predicate assigned(const Attribute& attribute, const Sight& sight) {
  if (attribute.multi_valued) return any(attribute, constant(true));
  if (attribute.type != Type::complex) return compare(attribute, Op::ne, Value{});
  Predicate p = join(Kind::or_, {});
  for (const Attribute& sub : attribute.sub_attributes) {
    if (sight.shows(sub)) p.children.push_back(assigned(sub, sight));
  }
  return p;
}

/// `pr`: not empty; a complex value that has some part, a list that has some such element (RFC 7644 Table 3).
Predicate present(const Attribute& attribute, const Sight& sight);

Predicate some_part_present(const Attribute& attribute, const Sight& sight) {
  if (attribute.type != Type::complex) return leaf(Kind::present, attribute);
  Predicate p = join(Kind::or_, {});
  for (const Attribute& sub : attribute.sub_attributes) {
    if (sight.shows(sub)) p.children.push_back(present(sub, sight));
  }
  return p;
}

Predicate present(const Attribute& attribute, const Sight& sight) {
  if (!attribute.multi_valued || (attribute.parent != nullptr && attribute.parent->multi_valued)) {
    return some_part_present(attribute, sight);
  }
  return any(attribute, some_part_present(attribute, sight));
}

/// A comparison of a leaf as it is: singular, or about the element at hand.
Predicate compare_leaf(const Attribute& attribute, Op op, const Value& value) {
  // RFC 7643 2.4: an element that does not say `primary` is not primary.
  const bool is_primary = attribute.type == Type::boolean && attribute.name == "primary" &&
                          attribute.parent != nullptr && attribute.parent->multi_valued;
  if (is_primary && !is_null(value)) {
    const bool wanted = std::get<bool>(value) == (op == Op::eq);
    Predicate is_true = compare(attribute, Op::eq, Value(true));
    return wanted ? is_true : negate(std::move(is_true));
  }
  return compare(attribute, op, value);
}

/// The same over a list: some element satisfies it; with no element at all, once with no value (ambiguities ).
Predicate compare_list(const Attribute& list, const Attribute& attribute, Op op, const Value& value) {
  Predicate some = any(list, compare_leaf(attribute, op, value));
  const bool holds_without_value = (op == Op::ne) != is_null(value);
  if (!holds_without_value) return some;
  return join(Kind::or_, {std::move(some), negate(any(list, constant(true)))});
}

/// `name eq null`: as a whole, whatever its parts.
Predicate compare_whole_with_null(const Attribute& attribute, Op op, const Sight& sight) {
  return op == Op::ne ? assigned(attribute, sight) : negate(assigned(attribute, sight));
}

bool holds(std::string_view value, Op op, const Value& wanted) {
  if (is_null(wanted)) return op == Op::ne;
  const std::string_view key = std::get<std::string>(wanted);
  switch (op) {
    case Op::eq: return value == key;
    case Op::ne: return value != key;
    case Op::co: return value.find(key) != std::string_view::npos;
    case Op::sw: return value.starts_with(key);
    case Op::ew: return value.ends_with(key);
    case Op::gt: return value > key;
    case Op::ge: return value >= key;
    case Op::lt: return value < key;
    case Op::le: return value <= key;
  }
  return false;
}

/// `schemas` follows from which extensions have data, so it is not stored.
Predicate compare_schemas(const ResourceType& type, const Attribute& schemas, Op op, const Value& value, const Sight& sight) {
  if (holds(collation_key(type.schema, schemas.collation), op, value)) return constant(true);
  Predicate p = join(Kind::or_, {});
  for (const ResourceType::Extension& extension : type.extensions) {
    const Attribute& whole = *type.find(extension.schema);
    if (sight.shows(whole) && holds(collation_key(extension.schema, schemas.collation), op, value)) {
      p.children.push_back(assigned(whole, sight));
    }
  }
  return p;
}

/// How a value of the type is written, for who has written another; "" if that is clear.
std::string example_of(Type type) {
  switch (type) {
    case Type::boolean: return ", but with true or false";
    case Type::date_time: return ", but with a time: \"2026-01-02T03:04:05Z\"";
    case Type::integer:
    case Type::decimal:
    case Type::string:
    case Type::binary:
    case Type::reference:
    case Type::complex: break;
  }
  return {};
}

/// "`name` is complex: compare name.formatted or another of its sub-attributes".
tl::unexpected<Error> refuse_complex(const PathName& path, const Attribute& attribute, const Leniency& leniency) {
  const bool is_comparable = !attribute.is_extension && !attribute.sub_attributes.empty();
  const auto& parts = attribute.sub_attributes;
  const auto seen = std::find_if(parts.begin(), parts.end(), [&](const Attribute& part) { return leniency.sees(part); });
  const std::string example = is_comparable && seen != parts.end() ? ", such as " + seen->path() : "";
  return refuse(path, "is complex: compare one of its sub-attributes" + example);
}

/// Checks and converts what stands right of the attribute.
Result<Value> bind_literal(const Filter& filter, const Attribute& attribute, Leniency& leniency) {
  SCIM_TRY(check_operator(filter, attribute));
  const auto value = value_of(filter.literal, attribute, leniency);
  if (!value) {
    return fail_at(ErrorKind::invalid_filter, filter.literal_offset,
                   quote(filter.path.text()) + " is " + std::string(to_string(attribute.type)) +
                       ", which cannot be compared with " + to_text(filter.literal) + example_of(attribute.type));
  }
  return *value;
}

Result<Predicate> Binder::bind_term(const Filter& filter) {
  const Attribute* attribute = known(filter.path);
  if (attribute == nullptr) return missing(filter);
  if (attribute->returned == Returned::never) return refuse(filter.path, "cannot be filtered");
  const std::string name = attribute->path();

  if (filter.kind == Filter::Kind::present) {
    if (name == "schemas" || name == "meta.resourceType") return constant(true);
    const Attribute* list = list_of(*attribute);
    return list == nullptr || list == attribute ? present(*attribute, leniency_.sight()) : any(*list, present(*attribute, leniency_.sight()));
  }
  if (attribute->type == Type::complex && filter.literal.is_null()) {
    SCIM_TRY(check_operator(filter, *attribute));
    return compare_whole_with_null(*attribute, filter.op, leniency_.sight());
  }
  if (attribute->type == Type::complex) {
    const Attribute* part = compared_part(*attribute);
    if (part == nullptr || !leniency_.sees(*part)) return refuse_complex(filter.path, *attribute, leniency_);
    attribute = part;
  }
  SCIM_ASSIGN(const Value value, bind_literal(filter, *attribute, leniency_));
  if (name == "schemas") return compare_schemas(type_, *attribute, filter.op, value, leniency_.sight());
  if (name == "meta.resourceType") return constant(holds(type_.name, filter.op, value));
  if (name == "id" && filter.op == Op::eq && !is_null(value)) return id_is(std::get<std::string>(value));
  if (const Attribute* list = list_of(*attribute)) return compare_list(*list, *attribute, filter.op, value);
  return compare_leaf(*attribute, filter.op, value);
}

/// Binds what stands in brackets: names are sub-attributes of `owner`, or `value` for a list of simple values.
class ElementBinder {
 public:
  /// What the store does not keep: a filter that asks for it is a mistake, a PATCH may name it.
  enum class Unkept { refused, bound };
  ElementBinder(const Attribute& owner, Unkept unkept, Leniency& leniency)
      : owner_(owner), unkept_(unkept), leniency_(leniency) {}

  Result<Predicate> bind(const Filter& filter) const {
    switch (filter.kind) {
      case Filter::Kind::and_: return bind_all(Kind::and_, filter);
      case Filter::Kind::or_: return bind_all(Kind::or_, filter);
      case Filter::Kind::not_: return bind_all(Kind::not_, filter);
      case Filter::Kind::present:
      case Filter::Kind::compare: return bind_term(filter);
      case Filter::Kind::value_path: return refuse(filter.path, "opens a bracket within brackets");
    }
    return constant(false);
  }

 private:
  Result<Predicate> bind_all(Kind kind, const Filter& filter) const {
    return bind_children(kind, filter, [this](const Filter& child) { return bind(child); });
  }

  const Attribute* find(const PathName& path) const {
    if (!path.urn.empty() || !path.sub.empty()) return nullptr;
    if (owner_.type == Type::complex) {
      const Attribute* part = owner_.find(path.name);
      return part != nullptr && leniency_.sees(*part) ? part : nullptr;
    }
    return equal_ignoring_case(path.name, "value") ? &owner_ : nullptr;
  }

  Result<Predicate> bind_term(const Filter& filter) const {
    const Attribute* attribute = find(filter.path);
    if (attribute == nullptr || (unkept_ == Unkept::refused && !attribute->is_kept)) {
      std::string hint = leniency_.sight().nearest_part(owner_, filter.path);
      if (!hint.empty()) hint = ", did you mean \"" + hint + "\"?";
      return refuse(filter.path, "is not a sub-attribute of " + quote(owner_.path()) + hint);
    }
    if (attribute->returned == Returned::never) return refuse(filter.path, "cannot be filtered");
    // A list within a singular complex value, or an extension's complex attribute, is not an element's part.
    if (attribute != &owner_ && (attribute->multi_valued || attribute->type == Type::complex)) {
      return refuse(filter.path, "cannot be compared in brackets");
    }
    if (filter.kind == Filter::Kind::present) return leaf(Kind::present, *attribute);
    SCIM_ASSIGN(const Value value, bind_literal(filter, *attribute, leniency_));
    return compare_leaf(*attribute, filter.op, value);
  }

  const Attribute& owner_;
  const Unkept unkept_;
  Leniency& leniency_;
};

Result<Predicate> Binder::bind_value_path(const Filter& filter) {
  const Attribute* attribute = known(filter.path);
  if (attribute == nullptr) {
    unknown_.push_back(&filter.path);
    return constant(false);
  }
  if (attribute->returned == Returned::never) return refuse(filter.path, "cannot be filtered");
  if (attribute->name == "schemas") return refuse(filter.path, "takes no brackets in a filter");
  const bool takes_brackets = attribute->multi_valued || (attribute->type == Type::complex && !attribute->is_extension &&
                                                          list_of(*attribute) == nullptr);
  if (!takes_brackets) return refuse(filter.path, "takes no brackets: it is neither a list nor complex");

  // Not in the RFC's grammar, but Entra sends it (ambiguities A-8).
  const bool goes_on = filter.children.size() > 1;
  if (goes_on && !leniency_.allows(Tolerance::filter_after_brackets)) return refuse(filter.path, "is compared after its brackets");

  std::vector<Predicate> conditions;
  for (const Filter& child : filter.children) {
    SCIM_ASSIGN(Predicate bound, ElementBinder(*attribute, ElementBinder::Unkept::refused, leniency_).bind(child));
    conditions.push_back(std::move(bound));
  }
  Predicate inner = join(Kind::and_, std::move(conditions));
  if (attribute->multi_valued) return any(*attribute, std::move(inner));
  return both(assigned(*attribute, leniency_.sight()), std::move(inner));
}

/// The first term that every type lacks, as an error.
Result<void> check_known(const std::vector<Binder>& binders, std::span<const ResourceType* const> types, const Sight& sight) {
  for (const PathName* name : binders.front().unknown()) {
    const bool nobody_knows = std::all_of(binders.begin(), binders.end(), [&](const Binder& binder) {
      return std::find(binder.unknown().begin(), binder.unknown().end(), name) != binder.unknown().end();
    });
    if (!nobody_knows) continue;
    const Attribute* const unkept = resolve(*types.front(), *name);
    if (unkept != nullptr && sight.shows(*unkept)) {
      return fail_at(ErrorKind::invalid_filter, name->offset, "the application keeps no " + quote(name->text()) + ", named");
    }
    std::string hint = sight.nearest_name(*types.front(), *name);
    if (!hint.empty()) hint = ", did you mean \"" + hint + "\"?";
    return fail_at(ErrorKind::invalid_filter, name->offset, "unknown attribute " + quote(name->text()) + hint);
  }
  return {};
}

}  // namespace

const Attribute* compared_part(const Attribute& attribute) {
  return attribute.is_extension ? nullptr : attribute.find("value");
}

Result<std::vector<Predicate>> bind_types(const Filter& filter, std::span<const ResourceType* const> types, Leniency& leniency) {
  std::vector<Binder> binders;
  std::vector<Predicate> predicates;
  for (const ResourceType* type : types) {
    binders.emplace_back(*type, leniency);
    SCIM_ASSIGN(Predicate predicate, binders.back().bind(filter));
    predicates.push_back(simplify(std::move(predicate)));
  }
  if (!binders.empty()) SCIM_TRY(check_known(binders, types, leniency.sight()));
  return predicates;
}

Result<Predicate> bind(const Filter& filter, const ResourceType& type, Leniency& leniency) {
  const ResourceType* const types[] = {&type};
  SCIM_ASSIGN(std::vector<Predicate> predicates, bind_types(filter, types, leniency));
  return std::move(predicates.front());
}

Result<Predicate> bind_element(const Filter& filter, const Attribute& list, Leniency& leniency) {
  SCIM_ASSIGN(Predicate predicate, ElementBinder(list, ElementBinder::Unkept::bound, leniency).bind(filter));
  return simplify(std::move(predicate));
}

Result<std::vector<Predicate>> bind_types(const Filter& filter, std::span<const ResourceType* const> types) {
  Leniency any;
  return bind_types(filter, types, any);
}

Result<Predicate> bind(const Filter& filter, const ResourceType& type) {
  Leniency any;
  return bind(filter, type, any);
}

Result<Predicate> bind_element(const Filter& filter, const Attribute& list) {
  Leniency any;
  return bind_element(filter, list, any);
}

}  // namespace scim
