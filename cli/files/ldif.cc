// SPDX-License-Identifier: MIT
#include "cli/files/ldif.h"

#include <algorithm>

#include "core/text.h"

namespace scim::cli {
namespace {

Error mistake(const std::string& what) { return {ErrorKind::invalid_syntax, what, "", {}}; }

struct NamedValue {
  std::string name;       ///< in lower case, "" if the line has none
  std::string options;    ///< in lower case, ";range=0-*"
  std::string described;  ///< both as they are written
  Result<std::string> value;
};

Result<std::string> decoded(std::string_view value) {
  if (value.starts_with('<')) return fail(mistake("values in other files are not read"));
  const bool is_encoded = value.starts_with(':');
  if (is_encoded) value.remove_prefix(1);
  value = trim(value);
  if (!is_encoded) return std::string(value);
  auto bytes = base64_decode(value);
  if (!bytes) return fail(mistake("is no base64"));
  return *std::move(bytes);
}

/// "name: value", "name:: base64".
NamedValue parse_line(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool has_name = colon != std::string_view::npos && colon > 0 && text.front() != ';';
  if (!has_name) return {"", "", "", fail(mistake("a line of LDIF is `attribute: value`, not " + quote(text.substr(0, 60))))};
  const std::string_view described = text.substr(0, colon);
  const std::size_t end = std::min(described.find(';'), described.size());
  return {ascii_lower(described.substr(0, end)), ascii_lower(described.substr(end)), std::string(described), decoded(text.substr(colon + 1))};
}

/// Active Directory gives very many values in portions, ";range=0-1499": a group that is half read is not what it was.
bool is_portion(std::string_view options) { return options.find(";range=") != std::string_view::npos && options != ";range=0-*"; }

/// As a line may have it without encoding (RFC 2849, SAFE-STRING).
bool is_safe(std::string_view value) {
  if (value.empty()) return true;
  const bool is_plain = std::all_of(value.begin(), value.end(), [](char c) { return c > 0 && c != '\r' && c != '\n'; });
  return is_plain && std::string_view(" :<").find(value.front()) == std::string_view::npos && value.back() != ' ';
}

std::string ldif_line(const std::string& described, std::string_view value) {
  return described + (is_safe(value) ? ": " + std::string(value) : ":: " + base64_encode(value)) + '\n';
}

}  // namespace

const std::string* LdifEntry::find(std::string_view lower_name) const {
  const auto at = std::find_if(attributes.begin(), attributes.end(), [&](const auto& each) { return each.first == lower_name; });
  return at == attributes.end() ? nullptr : &at->second;
}

std::string LdifEntry::original_with(const NewValue& new_value) const {
  std::string out;
  for (std::string_view rest = original; !rest.empty();) {
    std::string logical;
    std::size_t end = 0;
    do {
      const std::size_t line_end = std::min(rest.find('\n', end), rest.size() - 1);
      logical.append(rest.substr(end, line_end - end).substr(logical.empty() ? 0 : 1));
      end = line_end + 1;
    } while (end < rest.size() && rest[end] == ' ');
    const NamedValue named = parse_line(logical);
    const bool has_value = !logical.starts_with('#') && named.value;
    const auto value = has_value ? new_value(named.name, *named.value) : std::nullopt;
    if (value) out += ldif_line(named.described, *value);
    else out += rest.substr(0, end);
    rest.remove_prefix(end);
  }
  return out;
}

Result<std::optional<std::string>> LdifReader::take_line() {
  std::string line;
  const auto found = lines_.next(line);
  if (!found) return fail(mistake(std::to_string(lines_.number()) + ": " + found.error().detail));
  if (!*found) return std::nullopt;
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

Result<std::vector<LdifReader::LogicalLine>> LdifReader::take_block(std::string& original) {
  std::vector<LogicalLine> lines;
  bool in_comment = false;
  while (true) {
    SCIM_ASSIGN(const std::optional<std::string> line, take_line());
    if (!line || (line->empty() && !lines.empty())) return lines;
    if (line->empty()) continue;
    original += *line + '\n';
    const bool is_folded = line->starts_with(' ');
    if (!is_folded) in_comment = line->starts_with('#');
    if (in_comment) continue;
    if (is_folded && !lines.empty()) lines.back().text += line->substr(1);
    else lines.push_back({lines_.number(), *line});
  }
}

void LdifReader::add_line(const LogicalLine& line, LdifEntry& entry) {
  NamedValue named = parse_line(line.text);
  const auto refuse = [&](const std::string& name, const std::string& what) {
    const std::string place = line.number == entry.line ? "" : "line " + std::to_string(line.number) + ": ";
    entry.faults.push_back({name, mistake(place + what)});
  };
  const bool is_first = line.number == entry.line;
  if (is_first && named.name != "dn") refuse("", "an entry begins with its dn, not with " + quote(named.name.empty() ? line.text.substr(0, 60) : named.name));
  if (named.name.empty()) return refuse("", named.value.error().detail);
  if (!named.value) return refuse(is_first ? "" : named.name, named.name + ": " + named.value.error().detail);
  if (is_portion(named.options)) return refuse(named.name, named.described + " has a part of the values: ask the directory for all of them");
  if (is_first && named.name == "dn") entry.dn = *std::move(named.value);
  else if (named.name != "changetype") entry.attributes.emplace_back(named.name + named.options, *std::move(named.value));
  else if (*named.value != "add") refuse("", "only entries and additions can be imported, not " + quote(*named.value));
}

Result<std::optional<LdifEntry>> LdifReader::next() {
  while (true) {
    LdifEntry entry;
    SCIM_ASSIGN(std::vector<LogicalLine> lines, take_block(entry.original));
    const bool is_version = entries_ == 0 && !lines.empty() && lines.front().text.starts_with("version:");
    if (is_version) lines.erase(lines.begin());
    if (is_version && lines.empty()) {
      SCIM_ASSIGN(lines, take_block(entry.original = {}));
    }
    if (lines.empty()) return std::nullopt;
    ++entries_;
    const std::string first = parse_line(lines.front().text).name;
    const bool is_about_search = first == "search" || first == "ref";  // what ldapsearch adds
    if (is_about_search) continue;
    entry.line = lines.front().number;
    for (const LogicalLine& line : lines) add_line(line, entry);
    const auto has_no_options = [](const auto& each) { return each.first.find(';') == std::string::npos; };
    const auto with_options = std::stable_partition(entry.attributes.begin(), entry.attributes.end(), has_no_options);
    std::for_each(with_options, entry.attributes.end(), [](auto& each) { each.first.resize(each.first.find(';')); });
    return entry;
  }
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

std::string one_part_dn(std::string_view name, std::string_view value) {
  std::string out = std::string(name) + '=';
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool is_at_an_end = i == 0 || i + 1 == value.size();
    if (value[i] == ' ' && is_at_an_end) {
      out += "\\20";
      continue;
    }
    if (std::string_view(",+\"\\<>;=#").find(value[i]) != std::string_view::npos) out += '\\';
    out += value[i];
  }
  return out;
}

std::optional<std::string> one_part_value(std::string_view dn, std::string_view lower_name) {
  return part_end(dn, '+') == dn.size() ? rdn_value(dn, lower_name) : std::nullopt;
}

}  // namespace scim::cli
