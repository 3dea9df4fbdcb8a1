// SPDX-License-Identifier: MIT
#include "cli/trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "cli/input.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// Headers of an answer that are kept; cookies and the like are nobody's business.
constexpr std::array<std::string_view, 4> kHeaders = {"Content-Type", "ETag", "Location", "Retry-After"};

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& each) { return equal_ignoring_case(each, name); });
}

/// The last name of "urn:...:User:password", of "password" itself.
std::string_view last_name(std::string_view path) { return path.substr(path.find_last_of(":.") + 1); }

/// An operation of a PATCH whose target is secret.
bool is_secret_operation(const Json& object, const std::vector<std::string>& names) {
  const auto path = object.find("path");
  return path != object.end() && path->is_string() && is_among(names, last_name(path->get_ref<const std::string&>()));
}

/// JSON where the text is, else the text.
Json body_value(const std::string& text, const std::vector<std::string>& secret_names) {
  if (text.empty()) return nullptr;
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return text;
  remove_secrets(value, secret_names);
  return value;
}

std::string body_text(const Json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

std::string text_at(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::optional<TraceRecord> record_of(const Json& line) {
  const bool has_parts = line.contains("request") && line.at("request").is_object() && line.contains("response") && line.at("response").is_object();
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
  for (const auto& [name, value] : headers.items()) {
    if (value.is_string()) record.response.headers.emplace_back(name, value.get<std::string>());
  }
  if (line.contains("before") && line.at("before").is_object()) record.before = line.at("before");
  return record;
}

}  // namespace

void remove_secrets(Json& body, const std::vector<std::string>& names) {
  if (body.is_object()) {
    const bool is_secret = is_secret_operation(body, names);
    for (auto& [name, value] : body.items()) {
      if (is_among(names, last_name(name)) || (is_secret && name == "value")) value = std::string(kRemoved);
    }
  }
  for (Json& part : body) {
    if (part.is_structured()) remove_secrets(part, names);
  }
}

bool drop_removed(Json& body) {
  bool any = false;
  const auto is_removed = [](const Json& value) { return value == Json(std::string(kRemoved)); };
  if (body.is_object()) {
    std::vector<std::string> gone;
    for (const auto& [name, value] : body.items()) {
      if (is_removed(value)) gone.push_back(name);
    }
    for (const std::string& name : gone) body.erase(name);
    any = !gone.empty();
  }
  if (body.is_array()) {
    // An operation is nothing without its value.
    const auto is_lost = [&](const Json& part) { return part.is_object() && part.contains("op") && is_removed(part.value("value", Json())); };
    const auto kept = std::remove_if(body.begin(), body.end(), is_lost);
    any = kept != body.end();
    body.erase(kept, body.end());
  }
  for (Json& part : body) {
    if (part.is_structured() && drop_removed(part)) any = true;
  }
  return any;
}

Json to_json(const TraceRecord& record, const std::vector<std::string>& secret_names) {
  const Request& request = record.request;
  Json line{{"time", record.time}};
  line["request"] = {{"method", request.method}, {"path", request.path + (request.query.empty() ? "" : '?' + request.query)}};
  if (!request.if_match.empty()) line["request"]["ifMatch"] = request.if_match;
  if (!request.body.empty()) line["request"]["body"] = body_value(request.body, secret_names);
  line["response"] = {{"status", record.response.status}};
  for (const std::string_view name : kHeaders) {
    const std::string_view value = record.response.header(name);
    if (!value.empty()) line["response"]["headers"][std::string(name)] = value;
  }
  if (!record.response.body.empty()) line["response"]["body"] = body_value(record.response.body, secret_names);
  if (record.before) {
    line["before"] = *record.before;
    remove_secrets(line["before"], secret_names);
  }
  return line;
}

Try<TraceFile> TraceFile::open(const std::string& path) {
  constexpr mode_t kOwnerOnly = 0600;
  const int made = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kOwnerOnly);
  std::ofstream out;
  if (made >= 0) {
    ::close(made);
    out.open(path, std::ios::binary | std::ios::app);
  }
  if (out) return TraceFile(path, std::move(out));
  return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--trace: " + path + " cannot be written: " + std::strerror(errno), ""}));
}

Try<void> TraceFile::append(const Json& line) {
  out_ << to_text(line) << '\n' << std::flush;
  if (out_) return {};
  return fail(ErrorKind::internal, "--trace: " + path_ + " cannot be written: what was sent is not recorded");
}

Try<std::vector<TraceRecord>> read_trace(const std::string& path, std::istream& in) {
  SCIM_ASSIGN(const std::string text, read_input(path, in));
  SCIM_ASSIGN(const std::vector<Json> lines, parse_documents(text, path));
  std::vector<TraceRecord> records;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string place = path + ": exchange " + std::to_string(i + 1);
    auto record = record_of(lines[i]);
    if (!record) return fail(ErrorKind::invalid_syntax, place + ": is none; a trace has {\"request\": {\"method\", \"path\"}, \"response\": {\"status\"}}");
    record->place = place;
    records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace scim::cli
