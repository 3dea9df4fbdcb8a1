// SPDX-License-Identifier: MIT
#include "cli/trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "cli/backend.h"
#include "cli/input.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// Headers of an answer that are kept; cookies and the like are nobody's business.
constexpr std::array<std::string_view, 4> kHeaders = {"Content-Type", "ETag", "Location", "Retry-After"};

/// Shorter than most passwords: such a word may stand anywhere.
constexpr std::size_t kShortestSecret = 6;

/// What is in it where it is JSON, else the text.
Json body_value(const std::string& text, const Secrets& secrets, std::vector<std::string>& found) {
  auto value = parse_json(text, kFileLimits);
  if (!value) {
    const bool is_kept = !secrets.are_named_in(text);
    if (!is_kept) append_quoted(text, found);
    return is_kept ? text : std::string(kRemoved);
  }
  const std::vector<std::string> more = secrets.remove_from(*value);
  found.insert(found.end(), more.begin(), more.end());
  return *std::move(value);
}

/// Errors repeat what they refuse.
void hide(Json& value, const std::vector<std::string>& found) {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    for (const std::string& secret : found) {
      if (secret.size() < kShortestSecret) continue;
      for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) text.replace(at, secret.size(), kRemoved);
    }
  }
  if (!value.is_structured()) return;
  for (Json& part : value) hide(part, found);
}

std::string body_text(const Json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

std::optional<Json> state_at(const Json& line, const char* name) {
  const auto at = line.find(name);
  return at != line.end() && at->is_object() ? std::optional<Json>(*at) : std::nullopt;
}

void append_state(const char* name, const std::optional<Json>& state, const Secrets& secrets, Json& line) {
  if (!state) return;
  line[name] = *state;
  secrets.remove_from(line[name]);
}

std::optional<TraceRecord> record_of(const Json& line) {
  const bool has_parts = line.is_object() && line.contains("request") && line.at("request").is_object() && line.contains("response") && line.at("response").is_object();
  if (!has_parts) return std::nullopt;
  const Json& request = line.at("request");
  const Json& response = line.at("response");
  TraceRecord record;
  record.time = text_at(line, "time");
  record.request.method = text_at(request, "method");
  const std::string target = text_at(request, "path");
  record.request.path = target.substr(0, target.find('?'));
  if (record.request.path.size() < target.size()) record.request.query = target.substr(record.request.path.size() + 1);
  record.request.if_match = text_at(request, "ifMatch");
  record.request.body = body_text(request.value("body", Json()));
  const Json status = response.value("status", Json());
  if (record.request.method.empty() || !target.starts_with('/') || !status.is_number_integer()) return std::nullopt;
  record.response.status = status.get<int>();
  record.response.body = body_text(response.value("body", Json()));
  const Json headers = response.value("headers", Json::object());
  if (!headers.is_object()) return std::nullopt;
  for (const auto& [name, value] : headers.items()) {
    if (value.is_string()) record.response.headers.emplace_back(name, value.get<std::string>());
  }
  record.before = state_at(line, "before");
  record.after = state_at(line, "after");
  return record;
}

}  // namespace

Json to_json(const TraceRecord& record, const Secrets& secrets) {
  const Request& request = record.request;
  std::vector<std::string> found;
  Json line{{"time", record.time}};
  line["request"] = {{"method", request.method}, {"path", request.path + (request.query.empty() ? "" : '?' + secrets.removed_from_query(request.query, found))}};
  if (!request.if_match.empty()) line["request"]["ifMatch"] = request.if_match;
  if (!request.body.empty()) line["request"]["body"] = body_value(request.body, secrets, found);
  line["response"] = {{"status", record.response.status}};
  for (const std::string_view name : kHeaders) {
    const std::string_view value = record.response.header(name);
    if (!value.empty()) line["response"]["headers"][std::string(name)] = value;
  }
  if (!record.response.body.empty()) line["response"]["body"] = body_value(record.response.body, secrets, found);
  append_state("before", record.before, secrets, line);
  append_state("after", record.after, secrets, line);
  hide(line["response"], found);
  return line;
}

Try<TraceFile> TraceFile::open(const std::string& path) {
  constexpr mode_t kOwnerOnly = 0600;
  const int made = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kOwnerOnly);
  const int reason = errno;
  if (made < 0) {
    return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--trace: " + printable(path) + " cannot be written: " + std::strerror(reason), ""}));
  }
  ::close(made);
  return TraceFile(path, std::ofstream(path, std::ios::binary | std::ios::app));
}

Try<void> TraceFile::append(const Json& line) {
  out_ << to_text(line) << '\n' << std::flush;
  if (out_) return {};
  return fail(ErrorKind::internal, "--trace: " + printable(path_) + " cannot be written: what was sent, and done, is not recorded");
}

Try<std::vector<TraceRecord>> read_trace(const std::string& path, std::istream& in) {
  SCIM_ASSIGN(const std::string text, read_input(path, in));
  std::vector<TraceRecord> records;
  std::istringstream lines(text);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (trim(line).empty()) continue;
    const std::string place = path + ":" + std::to_string(number);
    const auto value = parse_json(line, kFileLimits);
    if (!value) return fail(ErrorKind::invalid_syntax, place + ": " + value.error().detail);
    auto record = record_of(*value);
    if (!record) return fail(ErrorKind::invalid_syntax, place + R"(: is no exchange: {"request": {"method", "path"}, "response": {"status"}})");
    record->place = place;
    records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace scim::cli
