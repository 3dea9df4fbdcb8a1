// SPDX-License-Identifier: MIT
#include "cli/expectation.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace scim::cli {
namespace {

bool is_absent(const Json* value) {
  return value == nullptr || value->is_null() || (value->is_array() && value->empty());
}

bool is_text(const Json* value) { return value != nullptr && value->is_string(); }

std::string text_of(const Json* value) { return is_text(value) ? value->get<std::string>() : std::string(); }

/// Equal, or an object that has at least the members of `wanted`.
bool is_like(const Json& wanted, const Json& value) {
  if (!wanted.is_object() || !value.is_object()) return wanted == value;
  return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& member) {
    return value.contains(member.key()) && is_like(member.value(), value.at(member.key()));
  });
}

std::int64_t count_like(const Json& wanted, const Json* value) {
  if (value == nullptr || !value->is_array()) return 0;
  return std::count_if(value->begin(), value->end(), [&](const Json& element) { return is_like(wanted, element); });
}

bool holds_part(const Json& wanted, const Json* value) {
  if (is_text(value) && wanted.is_string()) return text_of(value).find(wanted.get<std::string>()) != std::string::npos;
  return count_like(wanted, value) > 0;
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

constexpr std::array<Word, 17> kWords = {{
    {"is", "to be", [](const Json& w, const Json* v) { return v != nullptr && *v == w; }},
    {"not", "not to be", [](const Json& w, const Json* v) { return v == nullptr || *v != w; }},
    {"in", "to be one of", [](const Json& w, const Json* v) { return v != nullptr && std::find(w.begin(), w.end(), *v) != w.end(); }},
    {"type", "to be of type", is_of_type},
    {"present", "to be present:", [](const Json& w, const Json* v) { return is_absent(v) != w.get<bool>(); }},
    {"has", "to have", holds_part},
    {"lacks", "not to have", [](const Json& w, const Json* v) { return !holds_part(w, v); }},
    {"length", "to have as many elements as",
     [](const Json& w, const Json* v) { return (is_absent(v) ? 0 : v->size()) == wanted_length(w); }},
    {"least", "to be at least", [](const Json& w, const Json* v) { return is_number_like(w, v, [](double a, double b) { return a >= b; }); }},
    {"most", "to be at most", [](const Json& w, const Json* v) { return is_number_like(w, v, [](double a, double b) { return a <= b; }); }},
    {"count", "to have so many elements:", [](const Json& w, const Json* v) { return is_within(w, count_like(w.at("of"), v)); }},
    {"each", "to have in each element", each_fits},
    {"folded", "to be, whatever the case,",
     [](const Json& w, const Json* v) { return is_text(v) && w.is_string() && equal_ignoring_case(text_of(v), w.get<std::string>()); }},
    {"starts", "to start with", [](const Json& w, const Json* v) { return text_of(v).starts_with(w.get<std::string>()); }},
    {"starts_not", "not to start with", [](const Json& w, const Json* v) { return !text_of(v).starts_with(w.get<std::string>()); }},
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
