// SPDX-License-Identifier: MIT
// Random resources, and random filters over them that hit. SCIMCTL_DIFFERENTIAL_ROUNDS sets how many filters,
// SCIMCTL_DIFFERENTIAL_SEED which.
#pragma once

#include <array>
#include <cstdlib>
#include <map>
#include <random>

#include "core/resource.h"
#include "core/text.h"

namespace scim::test {

/// Few words, so that filters hit; hard ones: quotes, patterns, characters that fold, compose, or sort far up.
constexpr std::array<std::string_view, 32> kWords = {
    "",       "a",      "A",      "ab",    "aB",   "abc",  "b",    "%",         "_",    "a%",   "a_b", "'",   "O'Malley",
    "\"",     "\\",     "work",   "Work",  "home", "\u00e9", "e\u0301", "\u00c9", "Stra\u00dfe", "strasse", "\uff21b", "\U0001F600", "a b",
    "ab\u00e9", "x\U0001F600", "M\u00fcller-L\u00fcdenscheid",
    "Stra\u00dfenbahn \"7\"", "a\u0301b\u0301c\u0301d", "x\U0001F600y\U0001F601z",
};
constexpr std::array<std::string_view, 7> kInstants = {
    "2020-01-01T00:00:00Z",     "2020-01-01T01:00:00+01:00", "2019-12-31T23:59:59.999Z", "2020-01-01T00:00:00.5Z",
    "2026-01-02T03:04:05Z", "2026-01-02T03:04:25Z", "2030-06-01T00:00:00",
};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(engine_); }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(engine_); }
  template <class Range>
  const auto& pick(const Range& range) {
    return range[below(std::size(range))];
  }
  std::string word() { return std::string(pick(kWords)); }

 private:
  std::mt19937 engine_;
};

/// A value of the attribute's type, as a client could have sent it.
inline Json random_value(const Attribute& attribute, Random& random) {
  switch (attribute.type) {
    case Type::boolean: return random.chance(0.5);
    case Type::integer: return static_cast<std::int64_t>(random.below(7)) - 2;
    case Type::decimal: return static_cast<double>(random.below(9)) / 4 - 1;
    case Type::date_time: return std::string(random.pick(kInstants));
    case Type::binary: return random.chance(0.5) ? "AAEC" : "aaec";
    case Type::string:
    case Type::reference: return random.word();
    case Type::complex: break;
  }
  Json object = Json::object();
  for (const Attribute& sub : attribute.sub_attributes) {
    if (sub.mutability != Mutability::read_only && random.chance(0.6)) object[sub.name] = random_value(sub, random);
  }
  return object;
}

/// Up to three different elements, at most one of them primary.
inline Json random_list(const Attribute& attribute, Random& random) {
  Json list = Json::array();
  bool has_primary = false;
  for (std::size_t i = random.below(4); i > 0; --i) {
    Attribute element = attribute;
    element.multi_valued = false;
    Json value = random_value(element, random);
    if (is_unassigned(value) || std::find(list.begin(), list.end(), value) != list.end()) continue;
    if (value.is_object() && value.value("primary", false)) {
      if (has_primary) value["primary"] = false;
      has_primary = true;
    }
    list.push_back(std::move(value));
  }
  return list;
}

/// Writable attributes of the type, each there or not. Memberships come later.
inline void fill(Json& body, const std::vector<Attribute>& attributes, Random& random) {
  for (const Attribute& attribute : attributes) {
    if (attribute.mutability == Mutability::read_only || attribute.name == "schemas" || attribute.name == "userName" ||
        attribute.returned == Returned::never || attribute.is_membership() || !random.chance(0.7)) {
      continue;
    }
    Json value = attribute.multi_valued ? random_list(attribute, random) : random_value(attribute, random);
    if (attribute.is_extension) {
      value = Json::object();
      fill(value, attribute.sub_attributes, random);
    }
    if (!is_unassigned(value)) body[attribute.name] = std::move(value);
  }
}

/// What exists, by the name of the attribute that it can be asked for with: ids, locations, versions, names.
using Texts = std::map<std::string, std::vector<std::string>>;

/// Filter text for one type.
class FilterWriter {
 public:
  FilterWriter(const ResourceType& type, Random& random, Texts texts) : random_(random), texts_(std::move(texts)) {
    for (const Attribute& attribute : type.attributes) collect(attribute);
  }

  std::string write(int depth) {
    const std::size_t form = depth == 0 ? 0 : random_.below(6);
    if (form == 1) return "not (" + write(depth - 1) + ')';
    if (form == 2 || form == 3) return write(depth - 1) + (form == 2 ? " and " : " or ") + write(depth - 1);
    if (form == 4) return '(' + write(depth - 1) + " or " + write(depth - 1) + ") and (" + write(depth - 1) + ')';
    return random_.chance(0.35) ? value_path() : term(*random_.pick(terms_), Place::outside);
  }

 private:
  enum class Place { outside, brackets };

  void collect(const Attribute& attribute) {
    if (attribute.returned == Returned::never || !attribute.is_kept) return;
    terms_.push_back(&attribute);
    // Lists are few among all the attributes, and have the most to get wrong.
    const bool takes_brackets = attribute.type == Type::complex && !attribute.is_extension;
    if (takes_brackets || (attribute.multi_valued && attribute.name != "schemas")) owners_.push_back(&attribute);
    if (attribute.name == "members" || attribute.name == "groups") owners_.insert(owners_.end(), 4, &attribute);
    for (const Attribute& sub : attribute.sub_attributes) collect(sub);
  }

  std::string value_path() {
    const Attribute& owner = *random_.pick(owners_);
    return owner.path() + '[' + inner(owner, 2) + ']';
  }

  std::string inner(const Attribute& owner, int depth) {
    const std::size_t form = depth == 0 ? 0 : random_.below(5);
    if (form == 1) return "not (" + inner(owner, depth - 1) + ')';
    if (form == 2 || form == 3) return inner(owner, depth - 1) + (form == 2 ? " and " : " or ") + inner(owner, depth - 1);
    if (owner.type != Type::complex) return term(owner, Place::brackets);
    const Attribute* part = &random_.pick(owner.sub_attributes);
    while (!part->is_kept) part = &random_.pick(owner.sub_attributes);
    return term(*part, Place::brackets);
  }

  std::string term(const Attribute& attribute, Place place) {
    const bool is_list_itself = attribute.sub_attributes.empty() && place == Place::brackets && attribute.multi_valued;
    const std::string name = is_list_itself ? "value" : place == Place::brackets ? attribute.name : attribute.path();
    if (random_.chance(0.12)) return name + " pr";
    if (random_.chance(0.08)) return name + (random_.chance(0.5) ? " eq null" : " ne null");
    const Attribute* compared = &attribute;
    if (attribute.type == Type::complex) compared = attribute.is_extension ? nullptr : attribute.find("value");
    if (compared == nullptr) return name + " pr";
    return name + ' ' + random_operator(*compared) + ' ' + literal(*compared);
  }

  std::string random_operator(const Attribute& attribute) {
    static constexpr std::array<std::string_view, 9> kAll = {"eq", "ne", "gt", "ge", "lt", "le", "co", "sw", "ew"};
    const bool is_text = attribute.type == Type::string || attribute.type == Type::reference;
    std::size_t count = is_text ? 9 : 6;
    if (attribute.type == Type::boolean) count = 2;
    if (attribute.type == Type::binary) {
      static constexpr std::array<std::string_view, 5> kBinary = {"eq", "ne", "co", "sw", "ew"};
      return std::string(random_.pick(kBinary));
    }
    return std::string(kAll[random_.below(count)]);
  }

  std::string literal(const Attribute& attribute) {
    const bool is_text = attribute.type == Type::string || attribute.type == Type::reference;
    if (is_text && attribute.name == "type" && random_.chance(0.6)) {
      static constexpr std::array<std::string_view, 5> kTypes = {"User", "group", "direct", "Indirect", "direc"};
      return to_text(Json(random_.pick(kTypes)));
    }
    const auto known = texts_.find(attribute.name);
    if (attribute.type == Type::date_time && known != texts_.end() && random_.chance(0.7)) {
      return to_text(Json(random_.pick(known->second)));
    }
    if (is_text && known != texts_.end() && random_.chance(0.7)) {
      std::string text = random_.pick(known->second);
      // A piece of it now and then, for co, sw and ew.
      if (text.size() > 4 && is_ascii(text) && random_.chance(0.3)) text = text.substr(random_.below(text.size() / 2));
      if (text.size() > 4 && is_ascii(text) && random_.chance(0.3)) text.resize(text.size() - random_.below(text.size() / 2));
      return to_text(Json(text));
    }
    if (attribute.type == Type::integer && random_.chance(0.2)) return "1.5";
    if (is_text && random_.chance(0.3)) return to_text(Json(piece(random_.word())));
    return to_text(random_value(attribute, random_));
  }

  /// One to eight characters of `text` that stand together.
  std::string piece(const std::string& text) {
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
    }
    if (starts.empty()) return text;
    const std::size_t first = random_.below(starts.size());
    const std::size_t end = first + 1 + random_.below(8);
    return text.substr(starts[first], end < starts.size() ? starts[end] - starts[first] : std::string::npos);
  }

  Random& random_;
  Texts texts_;
  std::vector<const Attribute*> terms_;
  std::vector<const Attribute*> owners_;
};

inline long number_from_environment(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atol(text);
}

}  // namespace scim::test
