// SPDX-License-Identifier: MIT
// How much somebody may do in a minute: so much at once, and as much again with time. Of this process alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "core/text.h"

namespace scim {

/// Safe to use from several threads. Of more than kCapacity keys, those are forgotten that were seen longest ago.
class Allowances {
 public:
  static constexpr std::size_t kCapacity = 4096;

  /// Takes one of `per_minute`, 1 or more: zero if there was one, else how long until there is.
  std::chrono::seconds take(std::string_view key, std::int64_t per_minute, Instant now);
  /// What was taken was not needed.
  void give_back(std::string_view key, std::int64_t per_minute, Instant now);

 private:
  struct Allowance {
    double left = 0;
    Instant as_of;
    std::list<std::string>::iterator place;  // in order_
  };
  /// With mutex_ locked.
  Allowance& allowance(std::string_view key, std::int64_t per_minute, Instant now);

  std::mutex mutex_;
  std::map<std::string, Allowance, std::less<>> by_key_;
  std::list<std::string> order_;  // the last seen first
};

/// Who shares an allowance of failures: an address of IPv4, or a network /64 of IPv6, which is what one customer gets.
std::string source_of(std::string_view address);

}  // namespace scim
