// SPDX-License-Identifier: MIT
// --dry-run: what a change would do, planned here with the functions that the server uses, and shown as a difference.
// Nothing is written.
#pragma once

#include <string>

#include "cli/backend.h"

namespace scim::cli {

/// One thing that would be different. A list is compared element by element.
struct Difference {
  enum class Kind { added, removed };
  Kind kind = Kind::added;
  std::string path;
  Json value;
};

/// What is different between two resources, but for what only the server changes. Passwords are never shown.
std::vector<Difference> differences(const ResourceType& type, const Json& before, const Json& after);

/// Lines under a title, on console.out: "- title: ...", "+ title: ...".
void print_differences(const std::vector<Difference>& all, std::string_view title, Console& console);
/// An array of {kind, path, value}.
Json differences_json(const std::vector<Difference>& all);

/// They, below `title`, on console.out. Where a document is wanted they are its last member, after those of `about`.
void print(const std::vector<Difference>& all, std::string_view title, Json about, Console& console);

/// For what prints them, and has no rows of resources: -o csv, -o name and --columns are refused. `what` does it: "diff".
Try<void> check_wants_no_rows(const Globals& globals, std::string_view what);

/// What `request` would do: a row for `printer` where a document is asked for, else words on console.out. Fails as the server
/// would, as far as that can be known beforehand.
Try<void> preview(const Request& request, const ResourceType& type, std::string_view id, Backend& backend, Printer& printer,
                  Console& console);

}  // namespace scim::cli
