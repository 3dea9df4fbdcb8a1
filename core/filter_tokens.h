// SPDX-License-Identifier: MIT
// A filter as somebody has written it, in pieces, whatever quotes, signs and encodings it has.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scim {

struct FilterToken {
  enum class Kind {
    word,
    string,  ///< `text` is what stands between the quotes
    sign,    ///< "==", "&&"
    open,
    close,
    open_bracket,
    close_bracket,
    comma,
    end,
  };
  Kind kind = Kind::end;
  std::string text;
};

/// The last one is Kind::end. nullopt: it is not clear where a string ends.
std::optional<std::vector<FilterToken>> filter_tokens(std::string_view text);

/// `text` as it was before a shell, URL or program changed it: without `filter=` before it, percent-decoded where it has no
/// blanks, quotes without a backslash.
std::string decoded_filter(std::string_view text);

}  // namespace scim
