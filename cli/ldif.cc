// SPDX-License-Identifier: MIT
#include "cli/ldif.h"

#include <algorithm>

#include "core/text.h"

namespace scim::cli {
namespace {

tl::unexpected<Error> refuse(std::size_t line, const std::string& what) {
  return fail(ErrorKind::invalid_syntax, std::to_string(line) + ": " + what);
}

struct NamedValue {
  std::string name;  ///< in lower case
  std::string value;
};

/// "name: value", "name:: base64".
Result<NamedValue> parse_line(std::string_view text, std::size_t line) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return refuse(line, "a line of LDIF is `attribute: value`, not " + quote(text.substr(0, 60)));
  NamedValue named;
  const std::string_view described = text.substr(0, colon);
  named.name = ascii_lower(described.substr(0, described.find(';')));
  std::string_view value = text.substr(colon + 1);
  if (value.starts_with('<')) return refuse(line, named.name + ": values in other files are not read");
  const bool is_encoded = value.starts_with(':');
  if (is_encoded) value.remove_prefix(1);
  value = trim(value);
  if (!is_encoded) {
    named.value = value;
    return named;
  }
  auto decoded = base64_decode(value);
  if (!decoded) return refuse(line, named.name + ": is no base64");
  named.value = *std::move(decoded);
  return named;
}

}  // namespace

const std::string* LdifEntry::find(std::string_view lower_name) const {
  const auto at = std::find_if(attributes.begin(), attributes.end(), [&](const auto& each) { return each.first == lower_name; });
  return at == attributes.end() ? nullptr : &at->second;
}

std::optional<std::string> LdifReader::take_line() {
  std::string line;
  if (!std::getline(in_, line)) return std::nullopt;
  ++line_;
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::vector<LdifReader::LogicalLine> LdifReader::take_block(std::string& original) {
  std::vector<LogicalLine> lines;
  bool in_comment = false;
  while (const auto line = take_line()) {
    if (line->empty() && !lines.empty()) break;
    if (line->empty()) continue;
    original += *line + '\n';
    const bool is_folded = line->starts_with(' ');
    if (!is_folded) in_comment = line->starts_with('#');
    if (in_comment) continue;
    if (is_folded && !lines.empty()) lines.back().text += line->substr(1);
    else lines.push_back({line_, *line});
  }
  return lines;
}

Result<std::optional<LdifEntry>> LdifReader::next() {
  LdifEntry entry;
  std::vector<LogicalLine> lines = take_block(entry.original);
  const bool is_version = entries_ == 0 && !lines.empty() && lines.front().text.starts_with("version:");
  if (is_version) lines.erase(lines.begin());
  if (is_version && lines.empty()) lines = take_block(entry.original = {});
  if (lines.empty()) return std::nullopt;
  ++entries_;
  entry.line = lines.front().number;
  for (const LogicalLine& line : lines) {
    SCIM_ASSIGN(NamedValue named, parse_line(line.text, line.number));
    if (&line == &lines.front()) {
      const bool is_about_search = named.name == "search" || named.name == "ref";  // what ldapsearch adds
      if (is_about_search) return next();
      if (named.name != "dn") return refuse(line.number, "an entry begins with its dn, not with " + quote(named.name));
      entry.dn = std::move(named.value);
      continue;
    }
    if (named.name == "changetype" && named.value != "add") return refuse(line.number, "only entries and additions can be imported, not " + quote(named.value));
    if (named.name != "changetype") entry.attributes.emplace_back(std::move(named.name), std::move(named.value));
  }
  return entry;
}

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// A comma is written "\\2C" or "\\," (RFC 4514 2.4).
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const bool is_pair = i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    out += is_pair ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i + 1];
    i += is_pair ? 2 : 1;
  }
  return out;
}

/// The end of the first part of a name: its first comma, or `also`, that is not escaped.
std::size_t part_end(std::string_view dn, char also) {
  std::size_t end = 0;
  while (end < dn.size() && dn[end] != ',' && dn[end] != also) end += dn[end] == '\\' ? 2 : 1;
  return std::min(end, dn.size());
}

}  // namespace

std::string folded_dn(std::string_view dn) {
  std::string out;
  while (!dn.empty()) {
    const std::size_t end = part_end(dn, ',');
    std::string_view part = dn.substr(0, end);
    dn.remove_prefix(std::min(end + 1, dn.size()));
    const std::size_t equals = part.find('=');
    if (!out.empty()) out += '\0';  // in no name
    if (equals == std::string_view::npos) out += ascii_lower(trim(part));
    else out += ascii_lower(trim(part.substr(0, equals))) + '=' + ascii_lower(unescaped(trim(part.substr(equals + 1))));
  }
  return out;
}

std::optional<std::string> rdn_value(std::string_view dn, std::string_view lower_name) {
  const std::size_t equals = dn.find('=');
  if (equals == std::string_view::npos || ascii_lower(trim(dn.substr(0, equals))) != lower_name) return std::nullopt;
  dn.remove_prefix(equals + 1);
  return unescaped(trim(dn.substr(0, part_end(dn, '+'))));
}

}  // namespace scim::cli
