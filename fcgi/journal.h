// SPDX-License-Identifier: MIT
// The request journal: what clients sent and what they got, as scimctl --trace writes it, without secrets. For finding out
// what an identity provider really does; off by default.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/appended_file.h"
#include "core/config.h"
#include "core/env.h"
#include "core/http.h"
#include "core/registry.h"
#include "core/secrets.h"

namespace scim::fcgi {

/// Used by many threads.
class Journal {
 public:
  /// Whether open() would succeed, without making the file. invalidValue: it would not.
  static Result<void> check(const JournalConfig& config);

  /// Appends to the file that the configuration names; one that is new is for its owner's eyes only, one that others may read is
  /// warned of. nullptr: it names none.
  /// `registry` and `env` outlive it. invalidValue: it cannot be opened.
  static Result<std::unique_ptr<Journal>> open(const JournalConfig& config, const Registry& registry, Env& env);

  /// Goes on in the file that has the name now. invalidValue: it cannot be opened, and nothing has changed.
  Result<void> reopen();

  /// What cannot be written is said in the log, once, and nothing else: requests are served all the same.
  void write(const Request& request, const Response& response);

 private:
  Journal(AppendedFile file, const JournalConfig& config, const Registry& registry, Env& env)
      : path_(config.file), max_body_bytes_(config.max_body_bytes), secrets_(registry), env_(env), file_(std::move(file)) {}
  void add_body(const std::string& text, std::vector<std::string>& found, Json& part) const;
  Json line_of(const Request& request, const Response& response) const;

  const std::string path_;
  const std::int64_t max_body_bytes_;
  const Secrets secrets_;
  Env& env_;
  std::mutex mutex_;  ///< guards what follows
  AppendedFile file_;
  bool has_complained_ = false;
};

}  // namespace scim::fcgi
