// SPDX-License-Identifier: MIT
#include "fcgi/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/exchange_record.h"

namespace scim::fcgi {

Result<std::unique_ptr<Journal>> Journal::open(const JournalConfig& config, const Registry& registry, Env& env) {
  if (config.file.empty()) return nullptr;
  const int file = ::open(config.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return fail(ErrorKind::invalid_value, "journal.file " + quote(config.file) + ": cannot be opened: " + std::strerror(errno));
  return std::unique_ptr<Journal>(new Journal(file, config, registry, env));
}

Journal::~Journal() { ::close(file_); }

void Journal::write(const Request& request, const Response& response) {
  const std::string line = to_text(line_of(request, response)) + '\n';
  const ssize_t written = ::write(file_, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size()) || has_complained_.exchange(true)) return;
  env_.log(LogLevel::error, std::string("the request journal cannot be written: ") + (written < 0 ? std::strerror(errno) : "the disk is full"));
}

/// What is no JSON may hide anything.
void Journal::add_body(const std::string& text, std::vector<std::string>& found, Json& part) const {
  if (text.empty()) return;
  if (static_cast<std::int64_t>(text.size()) > max_body_bytes_) {
    part["bodyBytes"] = text.size();
    return;
  }
  auto body = parse_json(text);
  if (!body) {
    part["body"] = kRemoved;
    return;
  }
  const std::vector<std::string> secrets = secrets_.remove_from(*body);
  found.insert(found.end(), secrets.begin(), secrets.end());
  part["body"] = *std::move(body);
}

Json Journal::line_of(const Request& request, const Response& response) const {
  std::vector<std::string> found;
  Json line = {{"time", format_instant(env_.now())}, {"id", request.id}};
  if (!request.remote_addr.empty()) line["address"] = request.remote_addr;
  line["request"] = request_record(request, secrets_, found);
  add_body(request.body, found, line["request"]);
  line["response"] = response_record(response);
  if (response.holds == Response::Body::whole) add_body(response.body, found, line["response"]);
  // A short one, "1" say, may well be an id in an answer that repeats nothing.
  std::erase_if(found, is_short_secret);
  hide_secrets(line, found);
  return line;
}

}  // namespace scim::fcgi
