// SPDX-License-Identifier: MIT
#include "core/allowances.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace scim {
namespace {

constexpr double kMinute = 60;

std::chrono::seconds until_one(double left, std::int64_t per_minute) {
  if (left >= 1) return std::chrono::seconds(0);
  const double seconds = (1 - left) * kMinute / static_cast<double>(per_minute);
  return std::chrono::seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(seconds))));
}

}  // namespace

Allowances::Allowance& Allowances::allowance(std::string_view key, std::int64_t per_minute, Instant now) {
  const auto most = static_cast<double>(per_minute);
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) {
    if (by_key_.size() >= kCapacity) {
      by_key_.erase(order_.back());
      order_.pop_back();
    }
    order_.emplace_front(key);
    return by_key_.emplace(order_.front(), Allowance{most, now, order_.begin()}).first->second;
  }
  Allowance& found = known->second;
  order_.splice(order_.begin(), order_, found.place);
  // A clock that is set back gives nothing.
  const double seconds = std::max(0.0, std::chrono::duration<double>(now - found.as_of).count());
  found.left = std::min(most, found.left + seconds * most / kMinute);
  found.as_of = now;
  return found;
}

std::chrono::seconds Allowances::take(std::string_view key, std::int64_t per_minute, Instant now) {
  const std::lock_guard lock(mutex_);
  Allowance& found = allowance(key, per_minute, now);
  const std::chrono::seconds wait = until_one(found.left, per_minute);
  if (wait.count() == 0) found.left -= 1;
  return wait;
}

void Allowances::give_back(std::string_view key, std::int64_t per_minute, Instant now) {
  const std::lock_guard lock(mutex_);
  Allowance& found = allowance(key, per_minute, now);
  found.left = std::min(static_cast<double>(per_minute), found.left + 1);
}

std::string source_of(std::string_view address) {
  constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  constexpr std::size_t kNetwork = 8;
  const std::string text(address);
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  const std::string_view whole(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!whole.starts_with(kMapped)) return hex_encode(whole.substr(0, kNetwork)) + "/64";
  std::array<char, INET_ADDRSTRLEN> v4{};
  return ::inet_ntop(AF_INET, bytes.data() + kMapped.size(), v4.data(), v4.size());
}

}  // namespace scim
