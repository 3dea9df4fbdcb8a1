// SPDX-License-Identifier: MIT
// Where the records of an import go: the database (cli/import/import_local.h), a server (cli/import/import_remote.h), or nowhere
// (cli/import/import_preview.h).
#pragma once

#include <vector>

#include "cli/failure.h"
#include "cli/import/import_source.h"

namespace scim::cli {

class ImportSink {
 public:
  virtual ~ImportSink() = default;
  /// In their order. False: no more is wanted.
  virtual Try<bool> write(std::vector<ImportEntry>& entries) = 0;
  /// What was written so far can be seen by others. False: no more is wanted.
  virtual Try<bool> settle() = 0;
  /// Everything is on the disk from here on.
  virtual Try<void> finish() = 0;
};

}  // namespace scim::cli
