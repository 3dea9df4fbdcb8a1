// SPDX-License-Identifier: MIT
#include "core/appended_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace scim {
namespace {

/// How much of `text` is in the file now.
std::size_t write_some(int file, std::string_view text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  return written;
}

}  // namespace

std::optional<AppendedFile> AppendedFile::open(const std::string& path) {
  constexpr mode_t kOwnerOnly = 0600;
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kOwnerOnly);
  if (file < 0) return std::nullopt;
  return AppendedFile(file);
}

AppendedFile::~AppendedFile() {
  if (file_ >= 0) ::close(file_);
}

bool AppendedFile::is_readable_for_others() const {
  struct stat status{};
  const bool is_file = ::fstat(file_, &status) == 0 && S_ISREG(status.st_mode);
  return is_file && (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

bool AppendedFile::append(std::string_view text) {
  const std::size_t written = write_some(file_, text);
  if (written == text.size()) return true;
  const int reason = errno;
  if (written > 0) take_back(written);
  errno = reason;
  return false;
}

/// The beginning of a line that is not in the file as a whole would spoil the next one. Unless others have appended meanwhile: then
/// the file goes on behind where this writing ended.
void AppendedFile::take_back(std::size_t count) {
  struct stat status{};
  const bool is_file = ::fstat(file_, &status) == 0 && S_ISREG(status.st_mode);
  const auto length = static_cast<off_t>(count);
  if (is_file && status.st_size == ::lseek(file_, 0, SEEK_CUR)) static_cast<void>(::ftruncate(file_, status.st_size - length) == 0);
}

}  // namespace scim
