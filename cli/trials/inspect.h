// SPDX-License-Identifier: MIT
// scimctl filter-test: what a filter means, as tree, normalised filter and SQL, how it would be run, and which resources it finds.
#pragma once

#include <string>

#include "cli/line/options.h"
#include "cli/output/output.h"
#include "core/filter.h"

namespace scim::cli {

/// The filter as a tree of lines, each with its indentation.
std::string tree_text(const Filter& filter, int depth = 0);
Json tree_json(const Filter& filter);

Try<ExitCode> run(const FilterTestCommand& command, const Globals& globals, Console& console);

}  // namespace scim::cli
