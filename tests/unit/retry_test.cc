// SPDX-License-Identifier: MIT
#include "cli/remote/retry.h"

#include <gtest/gtest.h>

namespace scim::cli {
namespace {

using std::chrono::seconds;

/// Sun, 06 Nov 1994 08:49:37 GMT.
constexpr std::chrono::system_clock::time_point kNow{seconds(784111777)};

std::optional<seconds> after(int status, const std::string& header, int attempt = 1) {
  Response response;
  response.status = status;
  if (!header.empty()) response.headers = {{"retry-after", header}};
  return retry_after(response, attempt, kNow);
}

TEST(RetryAfter, OnlyWhatWasPutOff) {
  for (const int status : {200, 204, 307, 400, 401, 404, 409, 412, 428, 500, 501, 502, 504}) EXPECT_EQ(after(status, "1"), std::nullopt) << status;
  EXPECT_EQ(after(429, "1"), seconds(1));
  EXPECT_EQ(after(503, "1"), seconds(1));
}

TEST(RetryAfter, SecondsAndDates) {
  EXPECT_EQ(after(429, "0"), seconds(0));
  EXPECT_EQ(after(429, " 120 "), seconds(120));
  EXPECT_EQ(after(429, "Sun, 06 Nov 1994 08:49:47 GMT"), seconds(10));
  EXPECT_EQ(after(429, "Sun, 06 Nov 1994 08:49:37 GMT"), seconds(0));
  EXPECT_EQ(after(429, "Sun, 06 Nov 1993 08:49:37 GMT"), seconds(0)) << "has passed";
}

TEST(RetryAfter, BeyondEveryLimit) {
  EXPECT_GT(*after(429, "301"), kLongestWait);
  EXPECT_GT(*after(429, "99999999999999999999999"), kLongestWait);
  EXPECT_GT(*after(429, "Sun, 06 Nov 2094 08:49:37 GMT"), kLongestWait);
}

TEST(RetryAfter, WithoutOneThatCanBeReadTwiceAsLongEachTime) {
  for (const char* header : {"", "-1", "1.5", "soon", "1 2", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 CET"}) {
    EXPECT_EQ(after(503, header), seconds(1)) << header;
    EXPECT_EQ(after(503, header, 3), seconds(4)) << header;
    EXPECT_EQ(after(503, header, 1000), seconds(32)) << header;
  }
}

}  // namespace
}  // namespace scim::cli
