// SPDX-License-Identifier: MIT
// How far a long work is, on a line of the terminal that is written again and again.
#pragma once

#include <chrono>
#include <cstddef>

#include "cli/output/output.h"

namespace scim::cli {

class ProgressLine {
 public:
  /// `console` is borrowed. Nothing is shown unless its standard error is a terminal, nor with --quiet.
  explicit ProgressLine(Console& console) : console_(console) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// At most a few times a second. `part`: of the whole, from 0 to 1; 0: nobody knows how much there is.
  void show(std::size_t done, double part = 0);
  /// Before anything else is written there.
  void clear();
  std::chrono::duration<double> elapsed() const { return std::chrono::steady_clock::now() - begun_; }

 private:
  Console& console_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_at_;
  bool is_shown_ = false;
};

/// "20700 a second".
std::string rate_text(std::size_t count, std::chrono::duration<double> elapsed);

}  // namespace scim::cli
