// SPDX-License-Identifier: MIT
// A file that lines are appended to, each of which is in it as a whole or not at all: a trace, the request journal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace scim {

/// Not for several threads at once. Other processes may append to the same file.
class AppendedFile {
 public:
  /// A new one is for its owner's eyes only. nullopt, with the reason in errno.
  static std::optional<AppendedFile> open(const std::string& path);
  ~AppendedFile();
  AppendedFile(AppendedFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  AppendedFile& operator=(AppendedFile&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }

  /// Whether others than its owner may read it.
  bool is_readable_for_others() const;

  /// false, with the reason in errno: it is not in the file, and neither is a part of it, unless others have appended meanwhile.
  bool append(std::string_view text);

 private:
  explicit AppendedFile(int file) : file_(file) {}
  void take_back(std::size_t count);
  int file_;
};

}  // namespace scim
