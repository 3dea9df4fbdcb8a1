// SPDX-License-Identifier: MIT
#include "fcgi/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "core/exchange_record.h"
#include "core/text.h"

namespace scim::fcgi {
namespace {

tl::unexpected<Error> cannot_be_opened(const std::string& file) {
  return fail(ErrorKind::invalid_value, "journal.file " + quote(file) + ": cannot be opened: " + std::strerror(errno));
}

std::string folder_of(const std::string& file) {
  const std::string folder = std::filesystem::path(file).parent_path().string();
  return folder.empty() ? "." : folder;
}

bool is_allowed(const std::string& path, int access) { return ::faccessat(AT_FDCWD, path.c_str(), access, AT_EACCESS) == 0; }

}  // namespace

Result<void> Journal::check(const JournalConfig& config) {
  if (config.file.empty()) return {};
  std::error_code ignored;
  if (std::filesystem::is_directory(config.file, ignored)) errno = EISDIR;
  else if (is_allowed(config.file, W_OK) || (errno == ENOENT && is_allowed(folder_of(config.file), W_OK | X_OK))) return {};
  return cannot_be_opened(config.file);
}

Result<std::unique_ptr<Journal>> Journal::open(const JournalConfig& config, const Registry& registry, Env& env) {
  if (config.file.empty()) return nullptr;
  auto file = AppendedFile::open(config.file);
  if (!file) return cannot_be_opened(config.file);
  if (file->is_readable_for_others()) {
    env.log(LogLevel::warning, "others may read the request journal, which has personal data in it: chmod 600 " + printable(config.file));
  }
  return std::unique_ptr<Journal>(new Journal(*std::move(file), config, registry, env));
}

Result<void> Journal::reopen() {
  auto file = AppendedFile::open(path_);
  if (!file) return cannot_be_opened(path_);
  const std::lock_guard lock(mutex_);
  file_ = *std::move(file);
  has_complained_ = false;
  return {};
}

void Journal::write(const Request& request, const Response& response) {
  const std::string line = to_text(line_of(request, response)) + '\n';
  const std::lock_guard lock(mutex_);
  if (file_.append(line) || std::exchange(has_complained_, true)) return;
  env_.log(LogLevel::error, std::string("the request journal cannot be written: ") + std::strerror(errno));
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
