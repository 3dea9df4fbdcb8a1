// SPDX-License-Identifier: MIT
#include "core/password_cache.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <stdexcept>

namespace scim {

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
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  const unsigned char* made =
      HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), reinterpret_cast<unsigned char*>(mac.data()), &length);
  OPENSSL_cleanse(text.data(), text.size());
  // An empty seal would make all passwords equal.
  if (made == nullptr || length == 0) throw std::runtime_error("no HMAC from libcrypto");
  mac.resize(length);
  return mac;
}

bool PasswordCache::has(const std::string& seal) const {
  return std::any_of(seals_.begin(), seals_.end(), [&](const std::string& kept) {
    return kept.size() == seal.size() && CRYPTO_memcmp(kept.data(), seal.data(), seal.size()) == 0;
  });
}

}  // namespace scim
