// SPDX-License-Identifier: MIT
// Paragraphs for people: help is read in terminals of 80 columns.
#pragma once

#include <string>
#include <string_view>

namespace scim::cli {

/// `text` in lines of at most 78 columns, broken at spaces. The first line stands behind `first`, the others behind as many
/// spaces; each ends with a line feed.
std::string wrapped(std::string_view first, std::string_view text);

}  // namespace scim::cli
