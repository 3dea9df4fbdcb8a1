// SPDX-License-Identifier: MIT
#include "core/match.h"

#include <algorithm>

#include "core/resource.h"
#include "core/text.h"

namespace scim {
namespace {

using Kind = Predicate::Kind;

/// What the attributes of a predicate are looked up in.
enum class Within { resource, element };
struct Context {
  const Json& value;
  Within within;
};

const Json* look_up(const Attribute& attribute, const Context& context) {
  if (context.within == Within::resource) return find_value(context.value, attribute);
  if (!context.value.is_object()) return &context.value;
  const auto at = context.value.find(attribute.name);
  return at == context.value.end() || at->is_null() ? nullptr : &*at;
}

/// RFC 7644 Table 3 on two values of one type.
template <class T>
bool holds(const T& value, Op op, const T& wanted) {
  switch (op) {
    case Op::eq: return value == wanted;
    case Op::ne: return value != wanted;
    case Op::gt: return value > wanted;
    case Op::ge: return value >= wanted;
    case Op::lt: return value < wanted;
    case Op::le: return value <= wanted;
    case Op::co:
    case Op::sw:
    case Op::ew: break;  // bind() lets these through for text only
  }
  return false;
}

bool text_holds(std::string_view value, Op op, std::string_view wanted) {
  switch (op) {
    case Op::co: return value.find(wanted) != std::string_view::npos;
    case Op::sw: return value.starts_with(wanted);
    case Op::ew: return value.ends_with(wanted);
    case Op::eq:
    case Op::ne:
    case Op::gt:
    case Op::ge:
    case Op::lt:
    case Op::le: return holds(value, op, wanted);
  }
  return false;
}

/// A number against a literal that may be of the other number type.
template <class Wanted>
bool number_holds(const Json& value, Op op, Wanted wanted) {
  if (!value.is_number()) return op == Op::ne;
  if (value.is_number_integer() && std::is_integral_v<Wanted>) {
    return holds(value.get<std::int64_t>(), op, static_cast<std::int64_t>(wanted));
  }
  return holds(value.get<double>(), op, static_cast<double>(wanted));
}

/// A value that is not of the attribute's type (a foreign row) differs from everything.
struct Comparison {
  const Attribute& attribute;
  const Json& value;
  Op op;

  bool operator()(std::monostate) const { return op == Op::ne; }
  bool operator()(bool wanted) const {
    return value.is_boolean() ? holds(value.get<bool>(), op, wanted) : op == Op::ne;
  }
  bool operator()(std::int64_t wanted) const { return number_holds(value, op, wanted); }
  bool operator()(double wanted) const { return number_holds(value, op, wanted); }
  bool operator()(const std::string& wanted) const {
    if (!value.is_string()) return op == Op::ne;
    return text_holds(collation_key(value.get_ref<const std::string&>(), attribute.collation), op, wanted);
  }
  bool operator()(Instant wanted) const {
    if (!value.is_string()) return op == Op::ne;
    const auto instant = parse_instant(value.get_ref<const std::string&>());
    return instant ? holds(*instant, op, wanted) : op == Op::ne;
  }
};

bool compare(const Predicate& p, const Context& context) {
  const Json* value = look_up(*p.attribute, context);
  if (value != nullptr) return std::visit(Comparison{*p.attribute, *value, p.op}, p.value);
  const bool wants_null = std::holds_alternative<std::monostate>(p.value);
  return (p.op == Op::ne) != wants_null;
}

bool present(const Predicate& p, const Context& context) {
  const Json* value = look_up(*p.attribute, context);
  if (value == nullptr) return false;
  return !value->is_string() || !value->get_ref<const std::string&>().empty();
}

bool evaluate(const Predicate& p, const Context& context);

bool any(const Predicate& p, const Context& context) {
  const Json* list = look_up(*p.attribute, context);
  if (list == nullptr || !list->is_array()) return false;
  return std::any_of(list->begin(), list->end(),
                     [&](const Json& element) { return match_element(p.children.front(), element); });
}

bool evaluate(const Predicate& p, const Context& context) {
  const auto child_holds = [&](const Predicate& child) { return evaluate(child, context); };
  switch (p.kind) {
    case Kind::always: return true;
    case Kind::never: return false;
    case Kind::and_: return std::all_of(p.children.begin(), p.children.end(), child_holds);
    case Kind::or_: return std::any_of(p.children.begin(), p.children.end(), child_holds);
    case Kind::not_: return !child_holds(p.children.front());
    case Kind::compare: return compare(p, context);
    case Kind::present: return present(p, context);
    case Kind::any: return any(p, context);
    case Kind::id: {
      const auto id = context.value.find("id");
      return id != context.value.end() && std::find(p.ids.begin(), p.ids.end(), *id) != p.ids.end();
    }
  }
  return false;
}

}  // namespace

bool match(const Predicate& predicate, const Json& body) { return evaluate(predicate, Context{body, Within::resource}); }
bool match_element(const Predicate& predicate, const Json& element) {
  return evaluate(predicate, Context{element, Within::element});
}

}  // namespace scim
