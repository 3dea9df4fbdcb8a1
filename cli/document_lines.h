// SPDX-License-Identifier: MIT
// Where in a file its documents stand, for messages: JSON values do not remember it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace scim::cli {

/// The line, from 1, in which each of the `count` objects begins that parse_documents() has found in `text`.
std::vector<std::size_t> document_lines(std::string_view text, std::size_t count);

/// The line, from 1, of what stands `offset` bytes from the beginning of `text`.
std::size_t line_of(std::string_view text, std::size_t offset);

}  // namespace scim::cli
