// SPDX-License-Identifier: MIT
// Where on a command line somebody is who has typed some words of it, and what can come next.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/line/command_tree.h"

namespace scim::cli {

struct Place {
  const CommandInfo* root = nullptr;
  const CommandInfo* command = nullptr;  ///< the last one that was named
  std::string path;                      ///< "token create", "" for the program
  std::vector<std::string> arguments;
  std::map<std::string, std::string> options;  ///< what was given, by the longest name; "" takes no value
  const OptionInfo* pending = nullptr;         ///< the option whose value comes next

  enum class Options { allowed, over } further = Options::allowed;  ///< over: after --
  enum class Words { known, unknown } words = Words::known;         ///< unknown: a command that is none
};

/// After `words`, without the program's name.
Place place_after(const CommandInfo& root, const std::vector<std::string>& words);

/// The option of that name, of the command or of every command; nullptr: there is none.
const OptionInfo* find_option(const Place& place, std::string_view name);

/// The argument that comes next; nullptr: there is none.
const OptionInfo* next_argument(const Place& place);

}  // namespace scim::cli
