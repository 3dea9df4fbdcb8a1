// SPDX-License-Identifier: MIT
#include "cli/output/wrap.h"

#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::size_t kColumns = 78;

}  // namespace

std::string wrapped(std::string_view first, std::string_view text) {
  const std::size_t indent = display_width(first);
  std::string out(first);
  std::size_t column = indent;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    const std::size_t width = display_width(word);
    if (column > indent && column + 1 + width > kColumns) {
      out.append("\n").append(indent, ' ');
      column = indent;
    }
    if (column > indent) out += ' ';
    out += word;
    column += (column > indent ? 1 : 0) + width;
    at = end + 1;
  }
  return out + '\n';
}

}  // namespace scim::cli
