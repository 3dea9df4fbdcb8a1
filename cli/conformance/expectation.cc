// SPDX-License-Identifier: MIT
#include "cli/conformance/expectation.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/text.h"

namespace scim::cli {
namespace {

bool is_absent(const Json* value) {
  return value == nullptr || value->is_null() || (value->is_array() && value->empty());
}

bool is_text(const Json* value) { return value != nullptr && value->is_string(); }

std::string text_of(const Json* value) { return is_text(value) ? value->get<std::string>() : std::string(); }

using Equal = bool (*)(const Json& a, const Json& b);

bool is_same(const Json& a, const Json& b) { return a == b; }

/// What is not caseExact, a server may keep as it likes.
bool is_same_folded(const Json& a, const Json& b) {
  if (!a.is_string() || !b.is_string()) return a == b;
  return collation_key(a.get_ref<const std::string&>(), Collation::folded) == collation_key(b.get_ref<const std::string&>(), Collation::folded);
}

/// Equal, or an object that has at least the members of `wanted`.
bool is_like(const Json& wanted, const Json& value, Equal equal) {
  if (!wanted.is_object() || !value.is_object()) return equal(wanted, value);
  return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& member) {
    return value.contains(member.key()) && is_like(member.value(), value.at(member.key()), equal);
  });
}

std::int64_t count_like(const Json& wanted, const Json* value, Equal equal = is_same_folded) {
  if (value == nullptr || !value->is_array()) return 0;
  return std::count_if(value->begin(), value->end(), [&](const Json& element) { return is_like(wanted, element, equal); });
}

/// The part of a text, or an element of an array.
bool holds(const Json& wanted, const Json* value, Equal equal) {
  if (is_text(value) && wanted.is_string()) return text_of(value).find(wanted.get<std::string>()) != std::string::npos;
  return count_like(wanted, value, equal) > 0;
}

/// Two that differ in their case are two here, and one to `has`: in doubt nobody is accused.
bool lacks(const Json& wanted, const Json* value) { return !holds(wanted, value, is_same); }
bool has(const Json& wanted, const Json* value) { return holds(wanted, value, is_same_folded); }

bool is_one_of_folded(const Json& wanted, const Json* value) {
  return value != nullptr && std::any_of(wanted.begin(), wanted.end(), [&](const Json& each) { return is_same_folded(each, *value); });
}

bool begins_with(const Json& wanted, const Json* value) {
  return collation_key(text_of(value), Collation::folded).starts_with(collation_key(wanted.get<std::string>(), Collation::folded));
}

/// No two elements have the same at this pointer.
bool is_distinct(const Json& pointer, const Json* value) {
  if (value == nullptr || !value->is_array()) return true;
  std::set<std::string> seen;
  return std::all_of(value->begin(), value->end(), [&](const Json& element) {
    const Json* const at = find(element, pointer.get<std::string>());
    return at == nullptr || seen.insert(collation_key(to_text(*at), Collation::folded)).second;
  });
}

/// "Users/1" of "/Users/%31".
std::string path_of_uri(const std::string& uri) {
  const std::string path = percent_decode(uri, Plus::literal).value_or(uri);
  return path.starts_with('/') ? path.substr(1) : path;
}

/// Either may be the end of the other, from a segment on: a reference can be relative (RFC 7643 2.3.7).
bool is_same_uri(const Json& wanted, const Json* value) {
  if (!wanted.is_string() || !is_text(value)) return false;
  const std::string a = path_of_uri(wanted.get<std::string>());
  const std::string b = path_of_uri(text_of(value));
  return !a.empty() && !b.empty() && (a == b || a.ends_with('/' + b) || b.ends_with('/' + a));
}

bool is_entity_tag(std::string_view text) {
  if (text.starts_with("W/")) text.remove_prefix(2);
  return text.size() >= 2 && text.starts_with('"') && text.ends_with('"') && text.substr(1, text.size() - 2).find('"') == std::string_view::npos;
}

bool is_unreserved(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

struct TypeRow {
  std::string_view name;
  bool (*fits)(const Json& value);
};
constexpr std::array<TypeRow, 8> kTypes = {{
    {"string", [](const Json& v) { return v.is_string() && !v.get_ref<const std::string&>().empty(); }},
    {"boolean", [](const Json& v) { return v.is_boolean(); }},
    {"integer", [](const Json& v) { return v.is_number_integer(); }},
    {"array", [](const Json& v) { return v.is_array(); }},
    {"object", [](const Json& v) { return v.is_object(); }},
    {"dateTime", [](const Json& v) { return v.is_string() && parse_instant(v.get<std::string>()).has_value(); }},
    {"etag", [](const Json& v) { return v.is_string() && is_entity_tag(v.get<std::string>()); }},
    {"unreserved", [](const Json& v) { return v.is_string() && is_unreserved(v.get<std::string>()); }},
}};

bool is_of_type(const Json& name, const Json* value) {
  const auto row = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRow& r) { return name == Json(std::string(r.name)); });
  return value != nullptr && row != kTypes.end() && row->fits(*value);
}

/// Within `least` and `most`, as far as they are said.
bool is_within(const Json& bounds, std::int64_t number) {
  const bool is_enough = !bounds.contains("least") || number >= bounds.at("least").get<std::int64_t>();
  return is_enough && (!bounds.contains("most") || number <= bounds.at("most").get<std::int64_t>());
}

bool is_number_like(const Json& wanted, const Json* value, bool (*compare)(double value, double bound)) {
  return value != nullptr && value->is_number() && wanted.is_number() && compare(value->get<double>(), wanted.get<double>());
}

std::optional<std::string> mismatch_of_members(const Json& matchers, const Json& element) {
  for (const auto& [pointer, matcher] : matchers.items()) {
    if (const auto wrong = mismatch(matcher, find(element, pointer))) return "in each element " + pointer + ' ' + *wrong;
  }
  return std::nullopt;
}

bool each_fits(const Json& matchers, const Json* value) {
  if (value == nullptr || !value->is_array()) return value == nullptr;
  return std::none_of(value->begin(), value->end(), [&](const Json& element) { return mismatch_of_members(matchers, element).has_value(); });
}

/// An array is another answer's: a server may have something else there.
std::size_t wanted_length(const Json& wanted) {
  return wanted.is_number_integer() ? wanted.get<std::size_t>() : wanted.size();
}

struct Word {
  std::string_view name;
  std::string_view text;  ///< what is expected, before the wanted value
  bool (*holds)(const Json& wanted, const Json* value);
};

constexpr std::array<Word, 20> kWords = {{
    {"is", "to be", [](const Json& w, const Json* v) { return v != nullptr && *v == w; }},
    {"not", "not to be", [](const Json& w, const Json* v) { return v == nullptr || *v != w; }},
    {"in", "to be one of", [](const Json& w, const Json* v) { return v != nullptr && std::find(w.begin(), w.end(), *v) != w.end(); }},
    {"in_folded", "to be, whatever the case, one of", is_one_of_folded},
    {"type", "to be of type", is_of_type},
    {"present", "to be present:", [](const Json& w, const Json* v) { return is_absent(v) != w.get<bool>(); }},
    {"has", "to have", has},
    {"lacks", "not to have", lacks},
    {"distinct", "to have elements that differ in", is_distinct},
    {"length", "to have as many elements as",
     [](const Json& w, const Json* v) { return (is_absent(v) ? 0 : v->size()) == wanted_length(w); }},
    {"least", "to be at least", [](const Json& w, const Json* v) { return is_number_like(w, v, [](double a, double b) { return a >= b; }); }},
    {"most", "to be at most", [](const Json& w, const Json* v) { return is_number_like(w, v, [](double a, double b) { return a <= b; }); }},
    {"count", "to have so many elements:", [](const Json& w, const Json* v) { return is_within(w, count_like(w.at("of"), v)); }},
    {"each", "to have in each element", each_fits},
    {"folded", "to be, whatever the case,", [](const Json& w, const Json* v) { return is_text(v) && is_same_folded(w, *v); }},
    {"uri", "to be the URI", is_same_uri},
    {"starts", "to start with", begins_with},
    {"starts_not", "not to start with", [](const Json& w, const Json* v) { return !begins_with(w, v); }},
    {"ends", "to end with", [](const Json& w, const Json* v) { return text_of(v).ends_with(w.get<std::string>()); }},
    {"optional", "", [](const Json&, const Json*) { return true; }},
}};

const Word* word_of(std::string_view name) {
  const auto at = std::find_if(kWords.begin(), kWords.end(), [&](const Word& word) { return word.name == name; });
  return at == kWords.end() ? nullptr : &*at;
}

}  // namespace

const Json* find(const Json& document, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  return document.contains(at) ? &document.at(at) : nullptr;
}

std::optional<std::string> mismatch(const Json& matcher, const Json* value) {
  if (matcher.is_null()) return is_absent(value) ? std::nullopt : std::optional<std::string>("to be absent");
  if (!matcher.is_object()) {
    const bool is_equal = value != nullptr && *value == matcher;
    return is_equal ? std::nullopt : std::optional<std::string>("to be " + to_text(matcher));
  }
  if (matcher.value("optional", false) && is_absent(value)) return std::nullopt;
  for (const auto& [name, wanted] : matcher.items()) {
    const Word* const word = word_of(name);
    if (word == nullptr || !word->holds(wanted, value)) return std::string(word == nullptr ? name : word->text) + ' ' + to_text(wanted);
  }
  return std::nullopt;
}

Result<void> check_matcher(const Json& matcher) {
  if (!matcher.is_object()) return {};
  for (const auto& [name, wanted] : matcher.items()) {
    if (word_of(name) == nullptr) return fail(ErrorKind::invalid_syntax, "there is no matcher " + quote(name));
    if (name != "each") continue;
    for (const auto& [pointer, inner] : wanted.items()) SCIM_TRY(check_matcher(inner));
  }
  return {};
}

}  // namespace scim::cli
