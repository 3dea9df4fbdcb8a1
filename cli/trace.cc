// SPDX-License-Identifier: MIT
#include "cli/trace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

/// A short one, "1" say, may well be an id in an answer that repeats nothing.
void drop_short(std::vector<std::string>& found) { std::erase_if(found, is_short_secret); }

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

std::optional<Response> response_of(const Json& part) {
  if (!part.is_object()) return std::nullopt;
  const Json status = part.value("status", Json());
  const Json headers = part.value("headers", Json::object());
  if (!status.is_number_integer() || !headers.is_object()) return std::nullopt;
  Response response;
  response.status = status.get<int>();
  response.body = body_text(part.value("body", Json()));
  for (const auto& [name, value] : headers.items()) {
    if (value.is_string()) response.headers.emplace_back(name, value.get<std::string>());
  }
  return response;
}

void append_response(const Response& response, const Secrets& secrets, std::vector<std::string>& found, Json& line) {
  line["response"] = {{"status", response.status}};
  for (const std::string_view name : kHeaders) {
    const std::string_view value = response.header(name);
    if (!value.empty()) line["response"]["headers"][std::string(name)] = value;
  }
  if (!response.body.empty()) line["response"]["body"] = body_value(response.body, secrets, found);
}

std::optional<TraceRecord> record_of(const Json& line) {
  if (!line.is_object() || !line.contains("request") || !line.at("request").is_object()) return std::nullopt;
  const Json& request = line.at("request");
  TraceRecord record;
  record.time = text_at(line, "time");
  record.request.method = text_at(request, "method");
  const std::string target = text_at(request, "path");
  record.request.path = target.substr(0, target.find('?'));
  if (record.request.path.size() < target.size()) record.request.query = target.substr(record.request.path.size() + 1);
  record.request.if_match = text_at(request, "ifMatch");
  record.request.body = body_text(request.value("body", Json()));
  if (record.request.method.empty() || !target.starts_with('/')) return std::nullopt;
  record.no_answer = text_at(line, "noAnswer");
  if (record.no_answer.empty()) {
    auto response = response_of(line.value("response", Json()));
    if (!response) return std::nullopt;
    record.response = *std::move(response);
  }
  record.before = state_at(line, "before");
  record.after = state_at(line, "after");
  return record;
}

}  // namespace

bool TraceRecord::is_outcome_known() const {
  const bool is_without_word = response.status == 502 || response.status == 503 || response.status == 504;
  return no_answer.empty() && !is_without_word;
}

Json to_json(const TraceRecord& record, const Secrets& secrets) {
  const Request& request = record.request;
  std::vector<std::string> found;
  Json line{{"time", record.time}};
  line["request"] = {{"method", request.method}, {"path", request.path + (request.query.empty() ? "" : '?' + secrets.removed_from_query(request.query, found))}};
  if (!request.if_match.empty()) line["request"]["ifMatch"] = request.if_match;
  if (!request.body.empty()) line["request"]["body"] = body_value(request.body, secrets, found);
  if (record.no_answer.empty()) append_response(record.response, secrets, found, line);
  else line["noAnswer"] = record.no_answer;
  append_state("before", record.before, secrets, line);
  append_state("after", record.after, secrets, line);
  if (record.succeeded()) drop_short(found);
  for (const char* name : {"response", "noAnswer"}) {
    if (line.contains(name)) hide_secrets(line[name], found);
  }
  return line;
}

Try<TraceFile> TraceFile::open(const std::string& path, Console& console) {
  constexpr mode_t kOwnerOnly = 0600;
  const int made = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kOwnerOnly);
  const int reason = errno;
  if (made < 0) {
    return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--trace: " + printable(path) + " cannot be written: " + std::strerror(reason), ""}));
  }
  struct stat status{};
  const bool is_file = ::fstat(made, &status) == 0 && S_ISREG(status.st_mode);
  if (is_file && (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    console.say("scimctl: warning: others may read the trace in " + printable(path) + ": chmod 600 " + printable(path));
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
    if (!record) return fail(ErrorKind::invalid_syntax, place + R"(: is no exchange: {"request": {"method", "path"}, "response": {"status"}}, or "noAnswer")");
    record->place = place;
    records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace scim::cli
