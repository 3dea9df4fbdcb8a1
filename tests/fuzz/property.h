// SPDX-License-Identifier: MIT
// What every fuzzer needs: its input as text, and a way to say that a property does not hold.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

/// What libFuzzer calls, and replay.cc where it is not linked. Each file of this folder that is named after a target has one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace scim::fuzz {

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
  return data == nullptr ? std::string() : std::string(data, data + size);
}

/// Nobody catches it in a target, which ends the program as a crash does: that is what libFuzzer keeps an input for.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] inline void broken(std::string_view property, const std::string& seen) { throw Broken("broken: " + std::string(property) + "\n" + seen); }

/// `property`: what holds, as a sentence.
inline void expect(bool holds, std::string_view property, const std::string& seen = {}) {
  if (!holds) broken(property, seen);
}
inline void expect_equal(const std::string& a, const std::string& b, std::string_view property) {
  if (a != b) broken(property, "  " + a + "\n  " + b);
}

/// The first line of `rest`, which is taken off.
inline std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

}  // namespace scim::fuzz
