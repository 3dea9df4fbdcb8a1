// SPDX-License-Identifier: MIT
// What `scimctl help TOPIC` explains: a text each, in cli/help/.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace scim::cli {

struct HelpTopic {
  std::string_view name;
  std::string_view title;
  std::string (*text)();
};

std::span<const HelpTopic> help_topics();
/// nullptr: there is none.
const HelpTopic* find_topic(std::string_view name);

}  // namespace scim::cli
