// SPDX-License-Identifier: MIT
// A plan, done.
#pragma once

#include "cli/apply/apply_plan.h"

namespace scim::cli {

struct Tally {
  std::size_t created = 0;
  std::size_t incomplete = 0;  ///< of those: what they refer to could not be put into them
  std::size_t patched = 0;
  std::size_t deleted = 0;
  std::size_t failed = 0;
  std::size_t left = 0;  ///< when it was interrupted
};

/// Does one action after the other, in their order. A failure is reported with its place, and does not stop the rest; an interruption does.
Tally run_plan(const ApplyCommand& command, const Plan& plan, const std::vector<DesiredResource>& desired, const DesiredReferences& references,
               Backend& backend, Console& console);

}  // namespace scim::cli
