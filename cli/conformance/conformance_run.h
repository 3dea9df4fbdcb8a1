// SPDX-License-Identifier: MIT
// Runs checks against a server, and takes away what they have made.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/backend.h"
#include "cli/conformance/conformance_check.h"
#include "cli/conformance/conformance_values.h"

namespace scim::cli {

struct ConformanceResult {
  enum class Outcome {
    passed,
    failed,
    skipped,  ///< the server does not offer what it is about
    error,    ///< no answer, or what the check needs could not be made
  };
  Outcome outcome = Outcome::passed;
  std::string expected;  ///< of failed
  std::string got;       ///< of failed
  std::string reason;    ///< of skipped and error
  std::optional<Request> request;  ///< the last that was sent, of failed and error
  std::optional<Response> response;
};

std::string_view to_string(ConformanceResult::Outcome outcome);

class ConformanceRun {
 public:
  /// `name` is what the names of all that is made begin with, so that nobody else has such. `is_interrupted` is asked
  /// before each request.
  ConformanceRun(Backend& backend, const ConformanceTarget& target, std::string name, std::function<bool()> is_interrupted);

  ConformanceResult run(const ConformanceCheck& check);
  /// Looks for what is there under our name in spite of run(), and removes it.
  void sweep();
  /// Paths of what could not be removed.
  const std::vector<std::string>& left() const { return left_; }

 private:
  using Verdict = std::optional<ConformanceResult>;  ///< nullopt: go on
  struct Difference {
    std::string expected;
    std::string got;
  };

  Verdict take_step(const ConformanceStep& step);
  Verdict exchange(const ConformanceStep& step);
  Result<Request> request_of(const ConformanceStep& step);
  Try<Response> send(const ConformanceStep& step, const Request& request);
  bool is_left_out(const ConformanceStep& step, const Response& response) const;
  Verdict judge(const ConformanceStep& step, const Request& request, const Response& response);
  Result<std::optional<Difference>> difference(const ConformanceStep& step, const Response& response);
  std::optional<Difference> difference_of_found(const ConformanceStep& step) const;

  std::string note_made(const ConformanceStep& step, const Request& request, const Response& response);
  void remember(std::string path);
  void remove_made();
  bool is_ours(std::string_view name) const;
  std::vector<std::string> found_of_ours(const std::string& endpoint, const char* attribute);

  Backend& backend_;
  const ConformanceTarget& target_;
  const std::string name_;
  const std::function<bool()> is_interrupted_;

  ConformanceValues values_;       ///< of the check that runs
  std::vector<std::string> made_;  ///< paths, the newest last
  std::vector<std::string> left_;
  int checks_ = 0;  ///< that have run, for what is made
};

}  // namespace scim::cli
