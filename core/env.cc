// SPDX-License-Identifier: MIT
#include "core/env.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "core/crypto.h"
#include "core/json.h"

namespace scim {
namespace {

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "";
}

/// As syslog(3) counts them.
std::string_view priority(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "<7>";
    case LogLevel::info: return "<6>";
    case LogLevel::warning: return "<4>";
    case LogLevel::error: return "<3>";
  }
  return "";
}

std::string text_line(Instant now, LogLevel level, std::string_view message) {
  std::string line = format_instant(now);
  line.append(" ").append(to_string(level)).append(" ").append(message);
  return line;
}

std::string json_line(Instant now, LogLevel level, std::string_view message, std::span<const LogFact> facts) {
  Json line = {{"time", format_instant(now)}, {"level", to_string(level)}, {"message", message}};
  for (const LogFact& fact : facts) {
    std::visit([&](const auto& value) { line[std::string(fact.name)] = value; }, fact.value);
  }
  return to_text(line);
}

}  // namespace

SystemEnv::SystemEnv(const LogOptions& options) : level_(options.level), format_(options.format), reader_(reader()) {}

SystemEnv::Reader SystemEnv::reader() {
  // systemd.exec(5): "device:inode" of the stream, so that nobody is misled whose standard error is another one.
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return Reader::file;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream ? Reader::journal : Reader::file;
}

Instant SystemEnv::now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

std::string SystemEnv::random_bytes(std::size_t count) { return scim::random_bytes(count); }

void SystemEnv::log_facts(LogLevel level, std::string_view message, std::span<const LogFact> facts) {
  if (level < level_.load()) return;
  std::string line = format_.load() == LogFormat::json ? json_line(now(), level, message, facts) : text_line(now(), level, message);
  if (reader_ == Reader::journal) line.insert(0, priority(level));
  line += '\n';
  // One write, so that lines of several threads and processes do not mix. A full disk must not stop the service.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::string Env::new_id() {
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string id = hex_encode(bytes);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) id.insert(at, "-");
  return id;
}

std::unique_ptr<Env> system_env(LogLevel level) { return std::make_unique<SystemEnv>(LogOptions{level, LogFormat::text}); }

}  // namespace scim
