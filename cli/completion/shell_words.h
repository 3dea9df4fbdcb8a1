// SPDX-License-Identifier: MIT
// A command line as bash reads it, up to the cursor, and words as they have to be typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scim::cli {

/// What the cursor stands in.
enum class Quotation { none, single, doubled };

struct TypedWords {
  std::vector<std::string> words;  ///< without quotes; the last one is being typed, and may be empty
  Quotation quotation = Quotation::none;
};

/// The words of the last command of `line`: what stands before a pipe, `;` or `&` is others'.
TypedWords split_words(std::string_view line);

/// `text` as it goes on inside the quotation: what the shell would read otherwise is escaped.
std::string typed(std::string_view text, Quotation quotation);

}  // namespace scim::cli
