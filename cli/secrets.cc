// SPDX-License-Identifier: MIT
#include "cli/secrets.h"

#include <algorithm>

#include "core/http.h"
#include "core/text.h"

namespace scim::cli {
namespace {

bool is_secret(const Attribute& attribute) { return attribute.mutability == Mutability::write_only || attribute.returned == Returned::never; }

/// Without what stands in brackets and what stands in quotes there.
std::string without_brackets(std::string_view path) {
  std::string out;
  bool in_string = false;
  int depth = 0;
  for (const char c : path) {
    if (c == '"') in_string = !in_string;
    if (!in_string && c == '[') ++depth;
    if (depth == 0) out += c;
    if (!in_string && c == ']') --depth;
  }
  return out;
}

/// "emails.value" of "urn:...:User:emails[type eq "work"].value".
std::string plain_path(std::string_view path) {
  const std::string plain = ascii_lower(without_brackets(path));
  return plain.substr(plain.rfind(':') + 1);
}

const Json* find_member(const Json& object, std::string_view name) {
  for (const auto& [key, value] : object.items()) {
    if (equal_ignoring_case(key, name)) return &value;
  }
  return nullptr;
}

/// The path of an operation of a PATCH, "" if it has none, or `object` is no operation.
std::string path_of_operation(const Json& object) {
  const Json* const path = find_member(object, "op") == nullptr ? nullptr : find_member(object, "path");
  return path != nullptr && path->is_string() ? path->get<std::string>() : "";
}

bool is_removed(const Json& value) { return value.is_string() && value.get_ref<const std::string&>() == kRemoved; }

void append_texts(const Json& value, std::vector<std::string>& found) {
  if (value.is_string()) found.push_back(value.get<std::string>());
  if (!value.is_structured()) return;
  for (const Json& part : value) append_texts(part, found);
}

bool is_word_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '$'; }

/// Whether an operation says nothing any more.
bool is_lost(const Json& part) {
  if (!part.is_object() || find_member(part, "op") == nullptr) return false;
  const Json* const value = find_member(part, "value");
  const Json* const path = find_member(part, "path");
  return (value != nullptr && is_removed(*value)) || (path != nullptr && is_removed(*path));
}

/// An operation without a path whose value had nothing but secrets.
bool is_emptied(const Json& part) {
  const Json* const value = part.is_object() && find_member(part, "op") != nullptr ? find_member(part, "value") : nullptr;
  return value != nullptr && value->is_object() && value->empty();
}

}  // namespace

Secrets::Secrets(const Registry& registry) : Secrets() {
  for (const auto& type : registry.types()) append(type->attributes);
}

void Secrets::append(const std::vector<Attribute>& attributes) {
  for (const Attribute& attribute : attributes) {
    const bool is_part = attribute.parent != nullptr && !attribute.parent->is_extension;
    const std::string name = ascii_lower((is_part ? attribute.parent->name + '.' : std::string()) + attribute.name);
    if (is_secret(attribute)) names_.push_back(name);
    append(attribute.sub_attributes);
  }
}

/// Whether `path`, or what it is a part of, is secret.
bool Secrets::covers(std::string_view path) const {
  return std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
    return path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '.');
  });
}

/// Whether a secret, or what it is a part of, is named outside of quotes.
bool Secrets::are_compared_in(std::string_view filter) const {
  std::string word;
  bool in_string = false;
  const auto is_named = [&] {
    return std::any_of(names_.begin(), names_.end(), [&](const std::string& name) { return name.substr(0, name.find('.')) == word; });
  };
  for (const char c : ascii_lower(filter) + ' ') {
    if (c == '"') in_string = !in_string;
    if (!in_string && is_word_character(c)) {
      word += c;
      continue;
    }
    if (is_named()) return true;
    word.clear();
  }
  return false;
}

bool Secrets::are_named_in(std::string_view text) const {
  const std::string lower = ascii_lower(text);
  return std::any_of(names_.begin(), names_.end(), [&](const std::string& name) { return lower.find(name.substr(name.rfind('.') + 1)) != std::string::npos; });
}

void Secrets::remove(Json& value, const std::string& parent, std::vector<std::string>& found) const {
  if (value.is_object()) remove_from_object(value, parent, found);
  if (!value.is_array()) return;
  for (Json& element : value) remove(element, parent, found);
}

void Secrets::remove_from_object(Json& object, const std::string& parent, std::vector<std::string>& found) const {
  const std::string operation = path_of_operation(object);
  const std::string target = plain_path(operation);
  const auto take = [&](Json& value) {
    append_texts(value, found);
    value = std::string(kRemoved);
  };
  for (auto& [name, value] : object.items()) {
    const bool is_value = !operation.empty() && equal_ignoring_case(name, "value");
    const std::string path = is_value ? target : plain_path(name);
    // A path that ends in a secret says nothing by itself; one that looks for its value does.
    const bool is_looking = !operation.empty() && equal_ignoring_case(name, "path") && operation.find('[') != std::string::npos;
    const bool is_filter = is_looking || equal_ignoring_case(name, "filter");
    const bool compares = is_filter && value.is_string() && are_compared_in(value.get_ref<const std::string&>());
    if (compares) append_quoted(value.get_ref<const std::string&>(), found);
    if (compares || covers(path) || (!is_value && covers(parent + '.' + path))) take(value);
    else remove(value, path, found);
  }
}

std::vector<std::string> Secrets::remove_from(Json& body) const {
  std::vector<std::string> found;
  remove(body, "", found);
  return found;
}

std::string Secrets::removed_from_query(std::string_view query, std::vector<std::string>& found) const {
  std::string out;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const std::size_t equals = parameter.find('=');
    const auto name = percent_decode(parameter.substr(0, equals), Plus::space);
    const auto text = percent_decode(parameter.substr(std::min(equals, parameter.size())), Plus::space);
    const bool is_kept = name && text && (!equal_ignoring_case(*name, "filter") || !are_compared_in(*text));
    if (!is_kept && text) append_quoted(*text, found);
    out += out.empty() ? "" : "&";
    out += is_kept ? std::string(parameter) : std::string(parameter.substr(0, equals)) + '=' + percent_encode(kRemoved);
  }
  return out;
}

void append_quoted(std::string_view text, std::vector<std::string>& found) {
  for (std::size_t open = text.find('"'); open != std::string_view::npos;) {
    const std::size_t close = text.find('"', open + 1);
    if (close == std::string_view::npos) return;
    found.emplace_back(text.substr(open + 1, close - open - 1));
    open = text.find('"', close + 1);
  }
}

bool drop_removed(Json& body) {
  bool any = false;
  if (body.is_object()) {
    std::vector<std::string> gone;
    for (const auto& [name, value] : body.items()) {
      if (is_removed(value)) gone.push_back(name);
    }
    for (const std::string& name : gone) body.erase(name);
    any = !gone.empty();
  }
  if (body.is_array()) any = std::erase_if(body.get_ref<Json::array_t&>(), is_lost) > 0;
  for (Json& part : body) {
    if (!part.is_structured() || !drop_removed(part)) continue;
    any = true;
  }
  if (any && body.is_array()) std::erase_if(body.get_ref<Json::array_t&>(), is_emptied);
  return any;
}

}  // namespace scim::cli
