// SPDX-License-Identifier: MIT
// The texts, and what of them is made out of the tables that the program itself uses.
#include "cli/help/help_topics.h"

#include <algorithm>
#include <array>

#include "cli/exit_code.h"
#include "cli/output/wrap.h"
#include "core/config.h"
#include "scim_cli_lib_texts.h"

namespace scim::cli {
namespace {

/// Those that whoever installs it has to think about.
constexpr std::array kImportantKeys = {"base_url",    "database.url", "mapping", "access.check",
                                       "user.delete", "strict",       "log_level"};

std::string exit_codes_text() {
  std::string text = "What commands exit with, for scripts:\n\n";
  for (const ExitCodeInfo& code : exit_codes()) {
    text += wrapped("  " + std::to_string(static_cast<int>(code.code)) + "  ", code.meaning);
  }
  return text + "\n  scimctl get user userName=nobody -q || test $? -eq 3\n";
}

std::string config_text() {
  std::string text(texts::config_txt);
  for (const ConfigKey& key : config_keys()) {
    const bool is_important = std::find(kImportantKeys.begin(), kImportantKeys.end(), key.name) != kImportantKeys.end();
    if (!is_important) continue;
    text.append("  ").append(key.name).append(key.default_text.empty() ? "" : " = ").append(key.default_text).append("\n");
    text += wrapped("      ", std::string(key.help) + " (" + std::string(key.type) + ")");
  }
  return text;
}

constexpr HelpTopic kTopics[] = {
    {"exit-codes", "what commands exit with", exit_codes_text},
    {"filters", "how to say which resources are meant", [] { return std::string(texts::filters_txt); }},
    {"config", "where the configuration is looked for, and what is in it", config_text},
    {"output", "tables, JSON, CSV; what goes where", [] { return std::string(texts::output_txt); }},
    {"ids", "how one user or group is named", [] { return std::string(texts::ids_txt); }},
    {"environment", "the variables that are heeded", [] { return std::string(texts::environment_txt); }},
};

}  // namespace

std::span<const HelpTopic> help_topics() { return kTopics; }

const HelpTopic* find_topic(std::string_view name) {
  const auto found = std::find_if(std::begin(kTopics), std::end(kTopics), [&](const HelpTopic& topic) { return topic.name == name; });
  return found == std::end(kTopics) ? nullptr : found;
}

}  // namespace scim::cli
