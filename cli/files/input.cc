// SPDX-License-Identifier: MIT
// Files -> JSON documents.
#include "cli/files/input.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <istream>

#include "cli/files/document_lines.h"
#include "core/schema.h"
#include "core/text.h"

namespace scim::cli {
namespace {

bool is_list_response(const Json& value) {
  if (!value.is_object() || !value.contains("Resources") || !value.contains("schemas")) return false;
  const Json& schemas = value.at("schemas");
  return schemas.is_array() && std::find(schemas.begin(), schemas.end(), Json(std::string(urn::kListResponse))) != schemas.end();
}

Result<void> check_whole(const Json& list, std::string_view name) {
  const std::string total = list.contains("totalResults") ? to_text(list.at("totalResults")) : "";
  const std::size_t there = list.at("Resources").size();
  const char* const first = total.data() + (total.starts_with('"') ? 1 : 0);  // some servers write it as text
  double number = 0;
  std::from_chars(first, total.data() + total.size(), number);
  const bool are_more = number > static_cast<double>(there);
  const bool goes_on = list.contains("nextCursor") && !list.at("nextCursor").empty();
  if (!are_more && !goes_on) return {};
  return fail(ErrorKind::bad_request, std::string(name) + ": is one page of a list, " + std::to_string(there) + " of " +
                                          (are_more ? total : "more") +
                                          " resources: give all of them (list --all), or the Resources alone, as an array, if no others are to be");
}

Result<std::vector<Json>> objects_of(const Json& value, std::string_view name, Lists lists) {
  if (is_list_response(value)) {
    switch (lists) {
      case Lists::any: break;
      case Lists::whole: SCIM_TRY(check_whole(value, name)); break;
    }
    return objects_of(value.at("Resources"), name, lists);
  }
  std::vector<Json> objects;
  if (value.is_object()) objects.push_back(value);
  for (const Json& element : value.is_array() ? value : Json::array()) {
    if (!element.is_object()) break;
    objects.push_back(element);
  }
  if (value.is_object() || (value.is_array() && objects.size() == value.size())) return objects;
  return fail(ErrorKind::invalid_syntax, std::string(name) + ": a JSON object or an array of objects is wanted");
}

Result<std::vector<Json>> objects_by_line(std::string_view text, std::string_view name) {
  std::vector<Json> objects;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto value = parse_json(line, kFileLimits);
    if (!value) return fail(value.error().kind, std::string(name) + json_mistake_in(line, value.error(), {number}));
    const std::string place = std::string(name) + ":" + std::to_string(number);
    if (!value->is_object()) return fail(ErrorKind::invalid_syntax, place + ": a JSON object is wanted");
    objects.push_back(*std::move(value));
  }
  return objects;
}

/// Whether the first line is a value by itself and others follow.
bool is_lines(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  text.remove_prefix(start);
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || text.find_first_not_of(" \t\r\n", end) == std::string_view::npos) return false;
  return parse_json(text.substr(0, end), kFileLimits).has_value();
}

}  // namespace

Result<void> open_file(const std::string& file, std::ifstream& stream) {
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown)) return fail(ErrorKind::bad_request, file + " is a directory");
  stream.open(file, std::ios::binary);
  if (stream.is_open()) return {};
  return fail(ErrorKind::bad_request, file + " cannot be read: " + std::strerror(errno));
}

Result<std::string> read_input(const std::string& file, std::istream& in) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(in), {});
  std::ifstream stream;
  SCIM_TRY(open_file(file, stream));
  std::string text;
  char piece[64 * 1024];
  while (stream.read(piece, sizeof piece), stream.gcount() > 0) text.append(piece, static_cast<std::size_t>(stream.gcount()));
  if (!stream.bad()) return text;
  return fail(ErrorKind::bad_request, file + " cannot be read to its end");
}

void warn_of_readers(const std::string& file, std::string_view what, Console& console) {
  struct stat status{};
  const bool is_file = file != "-" && ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  if (is_file && (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    console.say("scimctl: warning: others may read " + std::string(what) + " in " + printable(file) + ": chmod 600 " + printable(file));
  }
}

bool is_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

Result<std::vector<Json>> parse_documents(std::string_view text, std::string_view name, Lists lists) {
  if (is_lines(text)) return objects_by_line(text, name);
  const auto value = parse_json(text, kFileLimits);
  if (!value) {
    const bool is_known = value.error().offset != std::string::npos;
    return fail(value.error().kind, std::string(name) + (is_known ? json_mistake_in(text, value.error()) : ": " + value.error().detail));
  }
  return objects_of(*value, name, lists);
}

Result<std::string> read_secret(std::istream& in) {
  std::string line;
  if (!std::getline(in, line) || line.empty()) {
    return fail(ErrorKind::bad_request, "--password-stdin: there is no password on standard input");
  }
  if (line.ends_with('\r')) line.pop_back();
  if (!is_utf8(line)) return fail(ErrorKind::bad_request, "--password-stdin: the password is not UTF-8");
  return line;
}

}  // namespace scim::cli
