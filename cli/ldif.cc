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
      if (named.name != "dn") return refuse(line.number, "an entry begins with its dn, not with " + quote(named.name));
      entry.dn = std::move(named.value);
      continue;
    }
    if (named.name == "changetype" && named.value != "add") return refuse(line.number, "only entries and additions can be imported, not " + quote(named.value));
    if (named.name != "changetype") entry.attributes.emplace_back(std::move(named.name), std::move(named.value));
  }
  return entry;
}

std::string folded_dn(std::string_view dn) {
  std::string out;
  while (!dn.empty()) {
    std::size_t end = 0;
    while (end < dn.size() && dn[end] != ',') end += dn[end] == '\\' ? 2 : 1;
    end = std::min(end, dn.size());
    std::string_view part = dn.substr(0, end);
    dn.remove_prefix(std::min(end + 1, dn.size()));
    const std::size_t equals = part.find('=');
    if (!out.empty()) out += ',';
    if (equals == std::string_view::npos) out += ascii_lower(trim(part));
    else out += ascii_lower(trim(part.substr(0, equals))) + '=' + ascii_lower(trim(part.substr(equals + 1)));
  }
  return out;
}

std::optional<std::string> rdn_value(std::string_view dn, std::string_view lower_name) {
  const std::size_t equals = dn.find('=');
  if (equals == std::string_view::npos || ascii_lower(trim(dn.substr(0, equals))) != lower_name) return std::nullopt;
  std::string value;
  for (std::size_t i = equals + 1; i < dn.size() && dn[i] != ',' && dn[i] != '+'; ++i) {
    if (dn[i] == '\\' && i + 1 < dn.size()) ++i;
    value += dn[i];
  }
  return std::string(trim(value));
}

}  // namespace scim::cli
