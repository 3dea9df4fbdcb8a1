// SPDX-License-Identifier: MIT
// What is counted of requests, for Prometheus.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "fcgi/answered.h"

namespace scim::fcgi {

/// Since the start of the process. Each thread counts in a part of its own, whose mutex only a reader ever wants as well.
class Metrics {
 public:
  explicit Metrics(std::size_t threads) : parts_(threads) {}

  /// By the thread of this number.
  void count(std::size_t thread, const Answered& answered);
  /// In the text format of Prometheus.
  std::string text() const;

 private:
  /// Upper bounds of the classes of durations, in milliseconds; what is longer is counted behind them.
  static constexpr std::array<double, 14> kBounds = {0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000};
  struct Durations {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    double seconds = 0;
  };
  using Series = std::tuple<std::string_view, std::string, int>;  ///< operation, type, status
  struct Counts {
    std::map<Series, std::uint64_t> requests;
    std::map<std::string_view, Durations> durations;  ///< by operation
    std::uint64_t request_bytes = 0;
    std::uint64_t response_bytes = 0;
  };
  struct Part {
    mutable std::mutex mutex;
    Counts counts;
  };
  Counts sum() const;

  std::vector<Part> parts_;
};

/// What stands before the values of a metric.
void append_metric_head(std::string& text, std::string_view name, std::string_view type, std::string_view help);
/// A value; `labels` as metric_label() makes them, with commas between, or "".
void append_metric(std::string& text, std::string_view name, std::string_view labels, double value);
/// `name="value"`, escaped.
std::string metric_label(std::string_view name, std::string_view value);

}  // namespace scim::fcgi
