// SPDX-License-Identifier: MIT
// The request journal: what clients sent and what they got, as scimctl --trace writes it, without secrets. For finding out
// what an identity provider really does; off by default.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/env.h"
#include "core/http.h"
#include "core/registry.h"
#include "core/secrets.h"

namespace scim::fcgi {

/// Used by many threads: each line is one write to the end of the file.
class Journal {
 public:
  /// Appends to the file that the configuration names; one that is new is for its owner's eyes only. nullptr: it names none.
  /// `registry` and `env` outlive it. invalidValue: it cannot be opened.
  static Result<std::unique_ptr<Journal>> open(const JournalConfig& config, const Registry& registry, Env& env);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// What cannot be written is said in the log, once, and nothing else: requests are served all the same.
  void write(const Request& request, const Response& response);

 private:
  Journal(int file, const JournalConfig& config, const Registry& registry, Env& env)
      : file_(file), max_body_bytes_(config.max_body_bytes), secrets_(registry), env_(env) {}
  void add_body(const std::string& text, std::vector<std::string>& found, Json& part) const;
  Json line_of(const Request& request, const Response& response) const;

  const int file_;
  const std::int64_t max_body_bytes_;
  const Secrets secrets_;
  Env& env_;
  std::atomic<bool> has_complained_ = false;
};

}  // namespace scim::fcgi
