// SPDX-License-Identifier: MIT
// The command line as it is, for what has to know all of it: help, completion, tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace scim::cli {

/// An option, or an argument by its place.
struct OptionInfo {
  enum class Times { once, many };
  std::vector<std::string> names;  ///< "-o", "--output"; of an argument "ID" alone
  std::string value;               ///< what it takes: "FORMAT", "FILE"; "" takes none. Of an argument its name.
  std::vector<std::string> words;  ///< the values that there are; none: any
  std::string help;
  Times times = Times::once;

  bool is_called(std::string_view name) const;
};

struct CommandInfo {
  std::string name;
  std::string help;
  std::vector<OptionInfo> options;    ///< its own; those of the program hold for every command
  std::vector<OptionInfo> arguments;  ///< in their order
  std::vector<CommandInfo> commands;

  /// nullptr: there is none.
  const CommandInfo* find(std::string_view command) const;
  const OptionInfo* find_option(std::string_view option) const;
};

/// With the examples of each; `path` is "" or "token create".
Json to_json(const CommandInfo& command, const std::string& path);

}  // namespace scim::cli
