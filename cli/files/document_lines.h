// SPDX-License-Identifier: MIT
// Where in a file its documents stand, for messages: JSON values do not remember it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace scim::cli {

/// The line, from 1, in which each of the `count` objects begins that parse_documents() has found in `text`.
std::vector<std::size_t> document_lines(std::string_view text, std::size_t count);

/// The line, from 1, of what stands `offset` bytes from the beginning of `text`.
std::size_t line_of(std::string_view text, std::size_t offset);

/// Where in a file, from 1.
struct TextPlace {
  std::size_t line = 1;
  std::size_t column = 1;  ///< in characters
};

/// Why `text` is no JSON, and where.
struct JsonMistake {
  TextPlace place;
  std::string reason;      ///< what is there, and what was expected
};
/// `offset`: of the byte that parse_json() could not read.
JsonMistake json_mistake(std::string_view text, std::size_t offset);
/// ":3:7: reason", of the error that parse_json() gave for `text`; ":3: detail" where the text is JSON and refused for something else.
/// `begin`: where the text begins in its file.
std::string json_mistake_in(std::string_view text, const Error& error, TextPlace begin = {});

}  // namespace scim::cli
