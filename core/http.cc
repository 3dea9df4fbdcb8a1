// SPDX-License-Identifier: MIT
#include "core/http.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace scim {
namespace {

/// The next item of a comma- or semicolon-separated header, outside of quoted strings; `rest` moves behind it.
std::string_view next_item(std::string_view& rest, char separator) {
  bool in_string = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\\' && in_string) ++i;
    else if (rest[i] == '"') in_string = !in_string;
    else if (rest[i] == separator && !in_string) {
      const std::string_view item = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return trim(item);
    }
  }
  const std::string_view item = rest;
  rest = {};
  return trim(item);
}

/// "charset=utf-8" -> {"charset", "utf-8"}, without quotes.
std::pair<std::string_view, std::string_view> parameter(std::string_view item) {
  const auto equals = item.find('=');
  if (equals == std::string_view::npos) return {item, {}};
  std::string_view value = trim(item.substr(equals + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return {trim(item.substr(0, equals)), value};
}

/// Character sets in which the bytes of ASCII mean ASCII; what else is in the body must then be UTF-8, as JSON is.
constexpr std::array<std::string_view, 8> kAsciiCompatible = {"utf-8",      "utf8",        "us-ascii",     "ascii",
                                                              "iso-8859-1", "iso-8859-15", "windows-1252", "latin1"};

/// "W/"3"" and "3" -> 3: tags are compared weakly, and unquoted ones are taken as they are.
std::string_view opaque_tag(std::string_view tag) {
  tag = trim(tag);
  if (tag.starts_with("W/") || tag.starts_with("w/")) tag.remove_prefix(2);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
  return tag;
}

}  // namespace

std::string_view Response::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view item = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (item.empty()) continue;
    const auto equals = item.find('=');
    auto name = percent_decode(item.substr(0, equals), Plus::space);
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1), Plus::space);
    if (!name || !value) return fail(ErrorKind::bad_request, "the query string has a broken %-escape in " + quote(item));
    out.emplace_back(*std::move(name), *std::move(value));
  }
  return out;
}

bool has_empty_parameter(std::string_view query) {
  return query.starts_with('&') || query.ends_with('&') || query.find("&&") != std::string_view::npos;
}

bool is_json_media_type(std::string_view media_type) {
  std::string_view rest = media_type;
  const std::string_view type = next_item(rest, ';');
  if (type.empty()) return trim(media_type).empty();
  if (!equal_ignoring_case(type, "application/scim+json") && !equal_ignoring_case(type, "application/json")) return false;
  while (!rest.empty()) {
    const auto [name, value] = parameter(next_item(rest, ';'));
    if (!equal_ignoring_case(name, "charset")) continue;
    const std::string charset = ascii_lower(value);
    if (std::find(kAsciiCompatible.begin(), kAsciiCompatible.end(), charset) == kAsciiCompatible.end()) return false;
  }
  return true;
}

bool accepts_json(std::string_view accept) {
  if (trim(accept).empty()) return true;
  constexpr std::array<std::string_view, 4> kTaken = {"application/scim+json", "application/json", "application/*", "*/*"};
  std::string_view ranges = accept;
  while (!ranges.empty()) {
    std::string_view range = next_item(ranges, ',');
    const std::string type = ascii_lower(next_item(range, ';'));
    bool refused = false;
    while (!range.empty()) {
      const auto [name, value] = parameter(next_item(range, ';'));
      refused = equal_ignoring_case(name, "q") && value.find_first_not_of("0.") == std::string_view::npos;
    }
    if (!refused && std::find(kTaken.begin(), kTaken.end(), type) != kTaken.end()) return true;
  }
  return false;
}

bool are_entity_tags(std::string_view header) {
  if (trim(header) == "*") return true;
  while (!header.empty()) {
    std::string_view tag = next_item(header, ',');
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') return false;
  }
  return true;
}

bool matches_entity_tag(std::string_view header, std::string_view version) {
  if (trim(header) == "*") return true;
  std::string_view rest = header;
  while (!rest.empty()) {
    if (opaque_tag(next_item(rest, ',')) == opaque_tag(version)) return true;
  }
  return false;
}

}  // namespace scim
