// SPDX-License-Identifier: MIT
#include "cli/output/progress.h"

#include <algorithm>
#include <cmath>
#include <ostream>

namespace scim::cli {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";
constexpr auto kBetween = std::chrono::milliseconds(200);

/// "[=====>    ]  52%, 8 s left, ", "" where nobody knows.
std::string bar_text(double part, std::chrono::duration<double> elapsed) {
  constexpr int kWidth = 24;
  if (part <= 0) return {};
  part = std::min(part, 1.0);
  const int full = static_cast<int>(part * kWidth);
  std::string bar = "[" + std::string(static_cast<std::size_t>(full), '=') + (full < kWidth ? ">" : "");
  bar += std::string(static_cast<std::size_t>(std::max(0, kWidth - full - 1)), ' ') + "] ";
  const auto left = std::llround(elapsed.count() / part - elapsed.count());
  return bar + std::to_string(static_cast<int>(part * 100)) + "%, " + std::to_string(left) + " s left, ";
}

}  // namespace

void ProgressLine::show(std::size_t done, double part) {
  const bool is_wanted = console_.progress == Console::Progress::shown && console_.words == Words::all;
  const auto now = std::chrono::steady_clock::now();
  if (!is_wanted || (is_shown_ && now - shown_at_ < kBetween)) return;
  shown_at_ = now;
  is_shown_ = true;
  console_.err << kEraseLine << bar_text(part, elapsed()) << done << ", " << rate_text(done, elapsed()) << std::flush;
}

void ProgressLine::clear() {
  if (!is_shown_) return;
  console_.err << kEraseLine << std::flush;
  is_shown_ = false;
}

std::string rate_text(std::size_t count, std::chrono::duration<double> elapsed) {
  const double seconds = std::max(elapsed.count(), 0.001);
  return std::to_string(std::llround(static_cast<double>(count) / seconds)) + " a second";
}

}  // namespace scim::cli
