// SPDX-License-Identifier: MIT
#include "fcgi/metrics.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace scim::fcgi {
namespace {

Answered answered(std::string_view operation, int status, std::chrono::microseconds time) {
  return {status, {operation, operation.empty() ? "" : "User", "token:okta"}, 10, 20, time};
}

bool has_line(const std::string& text, const std::string& line) { return ("\n" + text).find("\n" + line + "\n") != std::string::npos; }

TEST(Metrics, CountsOfAllThreadsAreAddedUp) {
  using std::chrono::microseconds;
  Metrics metrics(2);
  metrics.count(0, answered("create", 201, microseconds(250'000)));
  metrics.count(1, answered("create", 201, microseconds(250'000)));
  metrics.count(1, answered("create", 409, microseconds(20'000'000)));
  metrics.count(0, answered("", 404, microseconds(501)));
  const std::string text = metrics.text();
  for (const char* line : {
           "# TYPE scim_requests_total counter",
           "scim_requests_total{operation=\"create\",type=\"User\",status=\"201\"} 2",
           "scim_requests_total{operation=\"create\",type=\"User\",status=\"409\"} 1",
           "scim_requests_total{operation=\"other\",type=\"\",status=\"404\"} 1",
           "# TYPE scim_request_duration_seconds histogram",
           "scim_request_duration_seconds_bucket{operation=\"create\",le=\"0.25\"} 2",
           "scim_request_duration_seconds_bucket{operation=\"create\",le=\"10\"} 2",
           "scim_request_duration_seconds_bucket{operation=\"create\",le=\"+Inf\"} 3",
           "scim_request_duration_seconds_count{operation=\"create\"} 3",
           "scim_request_duration_seconds_sum{operation=\"create\"} 20.5",
           "scim_request_duration_seconds_bucket{operation=\"other\",le=\"0.0005\"} 0",
           "scim_request_duration_seconds_bucket{operation=\"other\",le=\"0.001\"} 1",
           "scim_request_body_bytes_total 40",
           "scim_response_body_bytes_total 80",
       }) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
  EXPECT_EQ(text.find("okta"), std::string::npos) << "who asks is for the log";
}

TEST(Metrics, AreReadWhileThreadsCount) {
  constexpr std::size_t kThreads = 3;
  constexpr int kRequests = 2000;
  Metrics metrics(kThreads);
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int request = 0; request < kRequests; ++request) metrics.count(i, answered("get", 200, std::chrono::microseconds(request)));
    });
  }
  const std::string all = "scim_request_duration_seconds_count{operation=\"get\"} 6000";
  while (!has_line(metrics.text(), all)) std::this_thread::yield();
}

TEST(Metrics, LabelsHoldAnyText) { EXPECT_EQ(metric_label("type", "a\"b\\c\nd"), "type=\"a\\\"b\\\\c\\nd\""); }

}  // namespace
}  // namespace scim::fcgi
