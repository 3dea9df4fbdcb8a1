// SPDX-License-Identifier: MIT
// JSON documents from a file or standard input.
#pragma once

#include <iosfwd>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output/output.h"
#include "core/error.h"
#include "core/json.h"

namespace scim::cli {

/// A file is the admin's own: only its nesting is bounded.
inline constexpr JsonLimits kFileLimits = {.depth = 64, .nodes = std::numeric_limits<std::size_t>::max()};

/// A file, opened. badRequest if it cannot be read, as a directory cannot.
Result<void> open_file(const std::string& file, std::ifstream& stream);

/// The whole of a file, or of `in` for "-". notFound, badRequest if it cannot be read.
Result<std::string> read_input(const std::string& file, std::istream& in);

/// Says so if others than its owner may read the file, in which there is `what`: "the token".
void warn_of_readers(const std::string& file, std::string_view what, Console& console);

/// Whether the text begins as JSON documents do, and CSV does not.
bool is_json(std::string_view text);

/// Which ListResponses are read. For whom it matters what is not there, a page of one says too little.
enum class Lists { any, whole };

/// The objects in `text`: one object, an array, the Resources of a ListResponse, or one object a line. `name` is for
/// messages. invalidSyntax with the line.
Result<std::vector<Json>> parse_documents(std::string_view text, std::string_view name, Lists lists = Lists::any);

/// A line without its end: a password. badRequest if there is none.
Result<std::string> read_secret(std::istream& in);

}  // namespace scim::cli
