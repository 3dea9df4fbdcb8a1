// SPDX-License-Identifier: MIT
#include "core/password_cache.h"

#include <algorithm>

#include "core/crypto.h"

namespace scim {
namespace {

/// Whatever comes of it.
struct Cleansed {
  std::string& secret;
  ~Cleansed() { cleanse(secret); }
};

}  // namespace

bool PasswordCache::contains(std::string_view clear, std::string_view stored) const {
  const std::string wanted = seal(clear, stored);
  const std::lock_guard lock(mutex_);
  return has(wanted);
}

void PasswordCache::insert(std::string_view clear, std::string_view stored) {
  std::string added = seal(clear, stored);
  const std::lock_guard lock(mutex_);
  if (has(added)) return;
  if (seals_.size() < kCapacity) {
    seals_.push_back(std::move(added));
    return;
  }
  seals_[oldest_] = std::move(added);
  oldest_ = (oldest_ + 1) % kCapacity;
}

/// With the length of the first part, so that no other pair has the same text.
std::string PasswordCache::seal(std::string_view clear, std::string_view stored) const {
  std::string text = std::to_string(stored.size()) + ':';
  text.append(stored).append(clear);
  const Cleansed cleansed{text};
  return hmac_sha256(secret_, text);
}

bool PasswordCache::has(const std::string& seal) const {
  return std::any_of(seals_.begin(), seals_.end(), [&](const std::string& kept) { return equal_in_constant_time(kept, seal); });
}

}  // namespace scim
