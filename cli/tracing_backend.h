// SPDX-License-Identifier: MIT
// A backend whose exchanges are recorded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/backend.h"
#include "cli/trace.h"
#include "core/env.h"

namespace scim::cli {

class TracingBackend final : public Backend {
 public:
  /// Appends to the file `trace` what goes through `inner`. ExitCode::usage: it cannot be written.
  static Try<std::unique_ptr<Backend>> open(std::unique_ptr<Backend> inner, const std::string& trace);

  /// What is to be changed or deleted is read before, so that it can be undone.
  Try<Response> exchange(Request request) override;
  /// Not recorded.
  std::unique_ptr<Backend> asked_by(Stranger stranger) override { return inner_->asked_by(stranger); }
  Try<const ResourceType*> type(Kind kind) override { return inner_->type(kind); }
  Try<Paging> paging() override { return inner_->paging(); }

 private:
  TracingBackend(std::unique_ptr<Backend> inner, TraceFile file);
  std::optional<Json> state_of(const std::string& path);

  std::unique_ptr<Backend> inner_;
  TraceFile file_;
  std::unique_ptr<Env> env_;
  std::vector<std::string> secret_names_;
};

}  // namespace scim::cli
