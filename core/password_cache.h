// SPDX-License-Identifier: MIT
// Passwords that were right, so that a client which sends one with each request costs a slow hash once.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/env.h"

namespace scim {

/// One for each process, shared by its threads. A password is kept as an HMAC under a secret of the process, together
/// with the hash that it was verified against: once the hash is another one, nothing is remembered.
class PasswordCache {
 public:
  static constexpr std::size_t kCapacity = 256;  ///< then the oldest goes

  explicit PasswordCache(Env& env) : secret_(env.random_bytes(32)) {}

  /// Whether `clear` was verified against `stored`.
  bool contains(std::string_view clear, std::string_view stored) const;
  /// After `clear` has been verified against `stored`. What is wrong is never remembered.
  void insert(std::string_view clear, std::string_view stored);

 private:
  std::string seal(std::string_view clear, std::string_view stored) const;
  bool has(const std::string& seal) const;

  const std::string secret_;
  mutable std::mutex mutex_;
  std::vector<std::string> seals_;
  std::size_t oldest_ = 0;  // in seals_, once it is full
};

}  // namespace scim
