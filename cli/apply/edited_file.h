// SPDX-License-Identifier: MIT
// A text that somebody changes in the editor of their choice.
#pragma once

#include <string>

#include "cli/failure.h"

namespace scim::cli {

/// A temporary file that only its owner can read. It goes with this object, unless keep() was called.
class EditedFile {
 public:
  /// In TMPDIR, else /tmp; its name ends in `ending`, which tells editors what it is.
  static Try<EditedFile> make(const std::string& text, const std::string& ending);
  EditedFile(EditedFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  EditedFile(const EditedFile&) = delete;
  EditedFile& operator=(const EditedFile&) = delete;
  ~EditedFile();

  /// Runs $VISUAL, else $EDITOR, else vi, by the shell, so that it may have words: `code --wait`. Fails if it does.
  Try<void> edit() const;
  Try<std::string> text() const;
  /// Where it stays.
  std::string keep() { return std::exchange(path_, {}); }

 private:
  explicit EditedFile(std::string path) : path_(std::move(path)) {}

  std::string path_;  ///< "": nothing to remove
};

}  // namespace scim::cli
