// SPDX-License-Identifier: MIT
#include "cli/line/command_tree.h"

#include <algorithm>

#include "cli/help/examples.h"

namespace scim::cli {
namespace {

Json to_json(const OptionInfo& option) {
  Json json{{"names", option.names}, {"value", option.value.empty() ? Json() : Json(option.value)}, {"help", option.help}};
  if (!option.words.empty()) json["words"] = option.words;
  if (option.times == OptionInfo::Times::many) json["repeated"] = true;
  return json;
}

Json to_json(const std::vector<OptionInfo>& options) {
  Json json = Json::array();
  for (const OptionInfo& option : options) json.push_back(to_json(option));
  return json;
}

}  // namespace

bool OptionInfo::is_called(std::string_view name) const { return std::find(names.begin(), names.end(), name) != names.end(); }

const CommandInfo* CommandInfo::find(std::string_view command) const {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const CommandInfo& c) { return c.name == command; });
  return found == commands.end() ? nullptr : &*found;
}

const OptionInfo* CommandInfo::find_option(std::string_view option) const {
  const auto found = std::find_if(options.begin(), options.end(), [&](const OptionInfo& o) { return o.is_called(option); });
  return found == options.end() ? nullptr : &*found;
}

Json to_json(const CommandInfo& command, const std::string& path) {
  Json commands = Json::array();
  for (const CommandInfo& sub : command.commands) commands.push_back(to_json(sub, path + (path.empty() ? "" : " ") + sub.name));
  Json examples = Json::array();
  for (const std::string_view line : examples_of(path)) examples.push_back(std::string(line));
  return Json{{"name", command.name},          {"command", "scimctl" + (path.empty() ? "" : ' ' + path)},
              {"help", command.help},          {"arguments", to_json(command.arguments)},
              {"options", to_json(command.options)}, {"commands", std::move(commands)},
              {"examples", std::move(examples)}};
}

}  // namespace scim::cli
