// SPDX-License-Identifier: MIT
#include "cli/completion/place.h"

namespace scim::cli {
namespace {

void take_option(Place& place, const std::string& word) {
  const std::size_t equals = word.find('=');
  const bool is_long = word.starts_with("--");
  const std::string name = is_long ? word.substr(0, equals) : word.substr(0, 2);
  const OptionInfo* option = find_option(place, name);
  if (option == nullptr) return;
  std::string& value = place.options[option->names.back()];
  if (option->value.empty()) return;
  if (is_long && equals != std::string::npos) {
    value = word.substr(equals + 1);
  } else if (!is_long && word.size() > 2) {
    value = word.substr(2);
  } else {
    place.pending = option;
  }
}

void take_plain(Place& place, const std::string& word) {
  if (place.command->commands.empty()) {
    place.arguments.push_back(word);
    return;
  }
  const CommandInfo* sub = place.command->find(word);
  if (sub == nullptr) {
    place.words = Place::Words::unknown;
    return;
  }
  place.command = sub;
  place.path += (place.path.empty() ? "" : " ") + word;
}

void take(Place& place, const std::string& word) {
  if (place.pending != nullptr) {
    place.options[place.pending->names.back()] = word;
    place.pending = nullptr;
    return;
  }
  const bool may_be_option = place.further == Place::Options::allowed && word.size() > 1 && word.front() == '-';
  if (may_be_option && word == "--") {
    place.further = Place::Options::over;
  } else if (may_be_option) {
    take_option(place, word);
  } else {
    take_plain(place, word);
  }
}

}  // namespace

Place place_after(const CommandInfo& root, const std::vector<std::string>& words) {
  Place place;
  place.root = &root;
  place.command = &root;
  for (const std::string& word : words) take(place, word);
  return place;
}

const OptionInfo* find_option(const Place& place, std::string_view name) {
  const OptionInfo* own = place.command->find_option(name);
  return own != nullptr ? own : place.root->find_option(name);
}

const OptionInfo* next_argument(const Place& place) {
  const auto& known = place.command->arguments;
  if (place.arguments.size() < known.size()) return &known[place.arguments.size()];
  const bool goes_on = !known.empty() && known.back().times == OptionInfo::Times::many;
  return goes_on ? &known.back() : nullptr;
}

}  // namespace scim::cli
