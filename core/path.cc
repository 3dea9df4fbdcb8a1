// SPDX-License-Identifier: MIT
#include "core/path.h"

#include "core/filter.h"
#include "core/text.h"

namespace scim {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// ATTRNAME of RFC 7644 Figure 1, with '$' (erratum 8924).
bool is_name(std::string_view name) {
  if (name.starts_with('$')) name.remove_prefix(1);
  if (name.empty() || !is_letter(name.front())) return false;
  for (const char c : name) {
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '$') return false;
  }
  return true;
}

}  // namespace

std::string PathName::text() const {
  std::string out = urn;
  if (!urn.empty() && !name.empty()) out += ':';
  out += name;
  if (!sub.empty()) out += '.' + sub;
  return out;
}

Result<PathName> parse_path_name(std::string_view text) {
  PathName out;
  const auto colon = text.rfind(':');
  std::string_view local = text;
  if (colon != std::string_view::npos) {
    out.urn = text.substr(0, colon);
    local = text.substr(colon + 1);
  }
  const auto dot = local.find('.');
  out.name = local.substr(0, dot);
  if (dot != std::string_view::npos) out.sub = local.substr(dot + 1);
  const bool names_are_right = is_name(out.name) && (dot == std::string_view::npos || is_name(out.sub));
  if (names_are_right && !(out.urn.empty() && colon != std::string_view::npos)) return out;
  // A URN may end in something that is no name, as in urn:example:thing:2.0.
  if (equal_ignoring_case(text.substr(0, 4), "urn:") && !local.empty() && !is_letter(local.front())) {
    out.urn = text;
    out.name.clear();
    out.sub.clear();
    return out;
  }
  return fail_at(ErrorKind::invalid_path, 0, quote(text) + " is not an attribute name");
}

Result<Path> parse_path(std::string_view text, const FilterLimits& limits) {
  Path path;
  const auto bracket = text.find('[');
  if (bracket == std::string_view::npos) {
    SCIM_ASSIGN(path.name, parse_path_name(text));
    return path;
  }
  SCIM_ASSIGN(path.name, parse_path_name(text.substr(0, bracket)));

  // A bracket or a quote inside a string of the filter is text.
  std::size_t close = std::string_view::npos;
  bool in_string = false;
  for (std::size_t i = bracket + 1; i < text.size() && close == std::string_view::npos; ++i) {
    if (in_string && text[i] == '\\') ++i;
    else if (text[i] == '"') in_string = !in_string;
    else if (!in_string && text[i] == ']') close = i;
    else if (!in_string && text[i] == '[') return fail_at(ErrorKind::invalid_path, i, "brackets do not nest");
  }
  if (close == std::string_view::npos) return fail_at(ErrorKind::invalid_path, bracket, "this bracket is not closed");
  const std::string_view inner = text.substr(bracket + 1, close - bracket - 1);
  if (trim(inner).empty()) return fail_at(ErrorKind::invalid_path, bracket, "nothing in the brackets");
  if (inner.find_first_not_of("0123456789 ") == std::string_view::npos) {
    return fail_at(ErrorKind::invalid_path, bracket, "elements have no index, a filter selects them");
  }
  Result<Filter> filter = parse_filter(inner, limits);
  if (!filter) {
    Error error = std::move(filter).error();
    error.detail = "in brackets (from " + std::to_string(bracket + 1) + "): " + error.detail;
    if (error.offset != std::string::npos) error.offset += bracket + 1;
    return fail(std::move(error));
  }
  path.filter = std::make_shared<const Filter>(*std::move(filter));

  const std::string_view rest = text.substr(close + 1);
  if (rest.empty()) return path;
  if (rest.front() != '.' || !is_name(rest.substr(1))) {
    return fail_at(ErrorKind::invalid_path, close + 1, quote(rest) + " cannot follow the bracket");
  }
  path.sub = rest.substr(1);
  return path;
}

}  // namespace scim
