// SPDX-License-Identifier: MIT
#include "cli/replay/trace.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unordered_map>

#include "cli/backend.h"
#include "cli/files/input.h"
#include "core/exchange_record.h"
#include "core/text.h"

namespace scim::cli {
namespace {

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
  line["response"] = response_record(response);
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
  record.exchange = text_at(line, "exchange");
  record.no_answer = text_at(line, "noAnswer");
  record.not_sent = text_at(line, "notSent");
  if (record.no_answer.empty() && record.not_sent.empty()) {
    auto response = response_of(line.value("response", Json()));
    if (!response) return std::nullopt;
    record.response = *std::move(response);
  }
  record.before = state_at(line, "before");
  record.after = state_at(line, "after");
  return record;
}

/// Whether another line would be appended to the beginning of one.
bool ends_within_line(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return false;
  std::ifstream file(path, std::ios::binary);
  return file.seekg(-1, std::ios::end) && file.get() != '\n';
}

}  // namespace

bool only_reads(const Request& request) {
  return request.method == "GET" || request.method == "HEAD" || request.path.ends_with("/.search");
}

bool TraceRecord::is_outcome_known() const {
  const bool is_without_word = response.status == 502 || response.status == 503 || response.status == 504;
  return no_answer.empty() && !is_without_word;
}

Json to_json(const TraceRecord& record, const Secrets& secrets) {
  const Request& request = record.request;
  std::vector<std::string> found;
  Json line{{"time", record.time}};
  if (!record.exchange.empty()) line["exchange"] = record.exchange;
  line["request"] = request_record(request, secrets, found);
  if (!request.body.empty()) line["request"]["body"] = body_value(request.body, secrets, found);
  if (!record.not_sent.empty()) line["notSent"] = record.not_sent;
  else if (!record.no_answer.empty()) line["noAnswer"] = record.no_answer;
  else append_response(record.response, secrets, found, line);
  append_state("before", record.before, secrets, line);
  append_state("after", record.after, secrets, line);
  if (record.succeeded()) drop_short(found);
  for (const char* name : {"response", "noAnswer", "notSent"}) {
    if (line.contains(name)) hide_secrets(line[name], found);
  }
  return line;
}

Try<TraceFile> TraceFile::open(const std::string& path, Console& console) {
  auto file = AppendedFile::open(path);
  if (!file) {
    return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--trace: " + printable(path) + " cannot be written: " + std::strerror(errno), ""}));
  }
  if (ends_within_line(path)) {
    return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--trace: " + printable(path) + " ends within a line, as when it was cut: name another file", ""}));
  }
  warn_of_readers(path, "the trace", console);
  return TraceFile(path, *std::move(file));
}

Try<void> TraceFile::append(const Json& line, std::string_view otherwise) {
  if (file_.append(to_text(line) + '\n')) return {};
  return fail(ErrorKind::internal, "--trace: " + printable(path_) + " cannot be written: " + std::strerror(errno) + ": " + std::string(otherwise));
}

Try<std::vector<TraceRecord>> read_trace(const std::string& path, Console& console) {
  SCIM_ASSIGN(const std::string text, read_input(path, console.in));
  std::vector<TraceRecord> records;
  std::unordered_map<std::string, std::size_t> announced;
  std::istringstream lines(text);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (trim(line).empty()) continue;
    const std::string place = path + ":" + std::to_string(number);
    const auto value = parse_json(line, kFileLimits);
    const bool is_cut = !value && lines.eof();
    if (is_cut) {
      console.say("scimctl: " + printable(place) + " is cut, and is passed over: it ends within the line");
      break;
    }
    if (!value) return fail(ErrorKind::invalid_syntax, place + ": " + value.error().detail);
    auto record = record_of(*value);
    if (!record) return fail(ErrorKind::invalid_syntax, place + R"(: is no exchange: {"request": {"method", "path"}, "response": {"status"}}, or "noAnswer")");
    record->place = place;
    const bool is_one_line = record->exchange.empty();
    const auto at = is_one_line ? announced.end() : announced.find(record->exchange);
    if (at != announced.end()) {
      records[at->second] = *std::move(record);
      continue;
    }
    if (!is_one_line) announced.emplace(record->exchange, records.size());
    records.push_back(*std::move(record));
  }
  std::erase_if(records, [](const TraceRecord& record) { return !record.not_sent.empty(); });
  return records;
}

}  // namespace scim::cli
