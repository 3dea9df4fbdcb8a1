// SPDX-License-Identifier: MIT
// What the parsers take at most, so that nothing that arrives costs more than was meant.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace scim {

/// Who has set a limit: of one that is the configuration's, a refusal names the key.
enum class LimitOf { program, configuration };

struct JsonLimits {
  std::size_t depth = 32;
  std::size_t nodes = 2'000'000;  ///< values of any kind, members included
  LimitOf of = LimitOf::program;
};

struct FilterLimits {
  std::size_t bytes = 8192;
  std::size_t depth = 32;
  std::size_t terms = 200;
  LimitOf of = LimitOf::program;
};

/// "32 (limits.json_depth)", or "32".
inline std::string named_limit(std::size_t limit, LimitOf of, std::string_view key) {
  std::string text = std::to_string(limit);
  if (of == LimitOf::configuration) text.append(" (limits.").append(key).append(")");
  return text;
}

}  // namespace scim
