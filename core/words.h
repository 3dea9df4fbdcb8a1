// SPDX-License-Identifier: MIT
// The words that stand for the values of a closed enum, in files, in rows and for people.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace scim {

template <class E, std::size_t N>
using Words = std::array<std::pair<std::string_view, E>, N>;

/// "" for a value without a word.
template <class E, std::size_t N>
constexpr std::string_view word_for(const Words<E, N>& words, E value) {
  for (const auto& [word, known] : words) {
    if (known == value) return word;
  }
  return {};
}

/// nullopt: it is none of them.
template <class E, std::size_t N>
constexpr std::optional<E> value_for(const Words<E, N>& words, std::string_view text) {
  for (const auto& [word, value] : words) {
    if (word == text) return value;
  }
  return std::nullopt;
}

}  // namespace scim
