// SPDX-License-Identifier: MIT
#include "fcgi/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scim::fcgi {
namespace {

constexpr double kMillisecondsPerSecond = 1000;

std::string number(double value) {
  std::array<char, 400> buffer;  // the largest double has 309 digits
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return error == std::errc() ? std::string(buffer.data(), end) : "NaN";
}

/// Of a request that is none of ours.
std::string_view operation_of(const Answered& answered) {
  return answered.about.operation.empty() ? std::string_view("other") : answered.about.operation;
}

}  // namespace

void append_metric_head(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_metric(std::string& text, std::string_view name, std::string_view labels, double value) {
  text.append(name);
  if (!labels.empty()) text.append("{").append(labels).append("}");
  text.append(" ").append(number(value)).append("\n");
}

std::string metric_label(std::string_view name, std::string_view value) {
  std::string label(name);
  label += "=\"";
  for (const char c : value) {
    if (c == '\n') {
      label += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') label += '\\';
    label += c;
  }
  return label + '"';
}

void Metrics::count(std::size_t thread, const Answered& answered) {
  const double seconds = std::chrono::duration<double>(answered.time).count();
  const auto* const bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds * kMillisecondsPerSecond);
  const std::string_view operation = operation_of(answered);
  Part& part = parts_[thread];
  const std::lock_guard lock(part.mutex);
  ++part.counts.requests[{operation, answered.about.type, answered.status}];
  Durations& durations = part.counts.durations[operation];
  ++durations.counts[static_cast<std::size_t>(bound - kBounds.begin())];
  durations.seconds += seconds;
  part.counts.request_bytes += answered.request_bytes;
  part.counts.response_bytes += answered.response_bytes;
}

Metrics::Counts Metrics::sum() const {
  Counts sum;
  for (const Part& part : parts_) {
    const std::lock_guard lock(part.mutex);
    for (const auto& [series, count] : part.counts.requests) sum.requests[series] += count;
    for (const auto& [operation, durations] : part.counts.durations) {
      Durations& all = sum.durations[operation];
      for (std::size_t i = 0; i < all.counts.size(); ++i) all.counts[i] += durations.counts[i];
      all.seconds += durations.seconds;
    }
    sum.request_bytes += part.counts.request_bytes;
    sum.response_bytes += part.counts.response_bytes;
  }
  return sum;
}

std::string Metrics::text() const {
  const Counts all = sum();
  std::string text;
  append_metric_head(text, "scim_requests_total", "counter", "Requests that have been answered.");
  for (const auto& [series, count] : all.requests) {
    const auto& [operation, type, status] = series;
    append_metric(text, "scim_requests_total",
                  metric_label("operation", operation) + "," + metric_label("type", type) + "," + metric_label("status", std::to_string(status)),
                  static_cast<double>(count));
  }
  constexpr std::string_view kDuration = "scim_request_duration_seconds";
  append_metric_head(text, kDuration, "histogram", "Time from the first byte of a request to the last one of its answer.");
  for (const auto& [operation, durations] : all.durations) {
    const std::string label = metric_label("operation", operation);
    double seen = 0;
    for (std::size_t i = 0; i < durations.counts.size(); ++i) {
      seen += static_cast<double>(durations.counts[i]);
      const std::string bound = i < kBounds.size() ? number(kBounds[i] / kMillisecondsPerSecond) : "+Inf";
      append_metric(text, std::string(kDuration) + "_bucket", label + "," + metric_label("le", bound), seen);
    }
    append_metric(text, std::string(kDuration) + "_sum", label, durations.seconds);
    append_metric(text, std::string(kDuration) + "_count", label, seen);
  }
  append_metric_head(text, "scim_request_body_bytes_total", "counter", "Bytes of bodies that were received.");
  append_metric(text, "scim_request_body_bytes_total", "", static_cast<double>(all.request_bytes));
  append_metric_head(text, "scim_response_body_bytes_total", "counter", "Bytes of bodies that were sent.");
  append_metric(text, "scim_response_body_bytes_total", "", static_cast<double>(all.response_bytes));
  return text;
}

}  // namespace scim::fcgi
