// SPDX-License-Identifier: MIT
// A backend whose exchanges are recorded.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/backend.h"
#include "cli/replay/trace.h"
#include "core/env.h"

namespace scim::cli {

class TracingBackend final : public Backend {
 public:
  /// Appends to `file` what goes through `inner`.
  static Try<std::unique_ptr<Backend>> open(std::unique_ptr<Backend> inner, TraceFile file);

  /// What is to be changed or deleted is read before, and after where the answer does not say, so that it can be undone. A change
  /// that cannot be recorded is not sent.
  Try<Response> exchange(Request request) override;
  /// Not recorded.
  std::unique_ptr<Backend> asked_by(Stranger stranger) override { return inner_->asked_by(stranger); }
  Try<const Registry*> types() override { return inner_->types(); }
  Try<Features> features() override { return inner_->features(); }
  Try<void> check_is_scim(const Response& not_found) override { return inner_->check_is_scim(not_found); }

 private:
  TracingBackend(std::unique_ptr<Backend> inner, TraceFile file, Secrets secrets);
  Try<void> announce(TraceRecord& record);
  std::optional<Json> state_of(const std::string& path);
  std::optional<Json> state_after(const TraceRecord& record);

  std::unique_ptr<Backend> inner_;
  TraceFile file_;
  std::unique_ptr<Env> env_;
  const Secrets secrets_;
};

}  // namespace scim::cli
