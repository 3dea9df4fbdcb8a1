// SPDX-License-Identifier: MIT
#include "core/config_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace scim {
namespace {

/// As seen from the folder of `file`.
std::string relative_to(const std::string& file, const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  return path.starts_with('/') || folder.empty() ? path : (folder / path).string();
}

/// Whose word it is that a file is to be read.
enum class Trust {
  whoever_named_it,
  whoever_set_up_the_machine,
  root_and_caller,  ///< nobody has named it: it just lies there
};

/// What it says is done with the rights of whoever runs this, up to loading a plug-in.
Result<void> check_trust(const std::string& path, const struct stat& status) {
  const bool is_foreign = status.st_uid != 0 && status.st_uid != ::geteuid();
  const bool is_open = (status.st_mode & S_IWOTH) != 0 || ((status.st_mode & S_IWGRP) != 0 && status.st_gid != ::getegid());
  if (!is_foreign && !is_open) return {};
  return fail(ErrorKind::invalid_value, path + (is_foreign ? ": belongs neither to you nor to root" : ": others can write it") +
                                            ", and is not taken unless it is named: --config " + path + ", if you trust it");
}

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;

int milliseconds_until(const Deadline& deadline) {
  if (!deadline) return -1;
  return static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count()));
}

/// Until its end.
Result<std::string> read_all(const std::string& path, int fd, const Deadline& deadline) {
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    pollfd awaited{fd, POLLIN, 0};
    const int ready = ::poll(&awaited, 1, milliseconds_until(deadline));
    if (ready == 0 || (deadline && Clock::now() >= *deadline)) return fail(ErrorKind::invalid_value, path + ": is a pipe that is not written to its end in time");
    const ssize_t count = ready < 0 ? ready : ::read(fd, buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    else if (errno != EINTR) return fail(ErrorKind::invalid_value, path + ": cannot be read: " + std::strerror(errno));
  }
}

/// nullptr: errno says why. What just lies there may be a link to what is trusted, beside files that are not.
std::FILE* open_file(const std::string& path, Trust trust) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | (trust == Trust::root_and_caller ? O_NOFOLLOW : 0));
  return fd < 0 ? nullptr : ::fdopen(fd, "rb");
}

/// notFound only if it is not there. What is looked at is what is read, whatever becomes of the name meanwhile.
Result<ConfigFile> read_file(const std::string& path, Trust trust, const Deadline& deadline) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(open_file(path, trust), &std::fclose);
  if (!file) {
    const int error = errno;
    if (error == ELOOP && trust == Trust::root_and_caller) {
      return fail(ErrorKind::invalid_value, path + ": is a symbolic link, and is not taken unless it is named: --config " + path + ", if you trust it");
    }
    const char* const hint = trust == Trust::whoever_named_it ? "" : "; name another one with --config (/dev/null: none)";
    return fail(error == ENOENT ? ErrorKind::not_found : ErrorKind::invalid_value, path + ": cannot be read: " + std::strerror(error) + hint);
  }
  struct stat status{};
  if (::fstat(::fileno(file.get()), &status) == 0 && S_ISDIR(status.st_mode)) return fail(ErrorKind::invalid_value, path + ": is a directory");
  if (trust == Trust::root_and_caller) SCIM_TRY(check_trust(path, status));
  if (trust == Trust::root_and_caller && !S_ISREG(status.st_mode)) return fail(ErrorKind::invalid_value, path + ": is no file");
  SCIM_ASSIGN(std::string text, read_all(path, ::fileno(file.get()), deadline));
  return ConfigFile{path, std::move(text)};
}

}  // namespace

Result<ConfigFile> find_config(const std::string& named, std::optional<std::chrono::milliseconds> patience) {
  const Deadline deadline = patience ? Deadline(Clock::now() + *patience) : std::nullopt;
  if (!named.empty()) return read_file(named, Trust::whoever_named_it, deadline);
  if (const char* variable = std::getenv("SCIMCTL_CONFIG"); variable != nullptr && *variable != '\0') {
    return read_file(variable, Trust::whoever_named_it, deadline);
  }
  constexpr std::array<std::pair<const char*, Trust>, 2> kPlaces = {
      {{"./scimctl.toml", Trust::root_and_caller}, {"/etc/scimctl/scimctl.toml", Trust::whoever_set_up_the_machine}}};
  for (const auto& [path, trust] : kPlaces) {
    auto found = read_file(path, trust, deadline);
    if (found || found.error().kind != ErrorKind::not_found) return found;
  }
  return ConfigFile();
}

Result<Config> read_config(const ConfigFile& file) {
  const std::string& path = file.path;
  if (path.empty()) return Config();
  SCIM_ASSIGN(Config config, parse_config(file.text, path));
  if (config.mapping.find_first_of("/.") != std::string::npos) config.mapping = relative_to(path, config.mapping);
  if (!config.journal.file.empty()) config.journal.file = relative_to(path, config.journal.file);
  if (!config.access.jwt.keys.empty()) config.access.jwt.keys = relative_to(path, config.access.jwt.keys);
  for (std::string& schema : config.schemas) schema = relative_to(path, schema);
  for (std::string& type : config.resource_types) type = relative_to(path, type);
  return config;
}

}  // namespace scim
