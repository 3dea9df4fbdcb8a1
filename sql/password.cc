// SPDX-License-Identifier: MIT
// crypt(3) through libxcrypt.
#include "sql/password.h"

#include <crypt.h>

#include <cstdlib>
#include <memory>

namespace scim::sql {
namespace {

/// The crypt(3) string of `clear` under a salt or an older string; "" if libcrypt refuses.
std::string crypt_with(std::string_view clear, const std::string& setting) {
  const auto data = std::make_unique<crypt_data>();
  const char* hashed = ::crypt_rn(std::string(clear).c_str(), setting.c_str(), data.get(), sizeof(crypt_data));
  return hashed == nullptr ? std::string() : std::string(hashed);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<unsigned char>(difference | static_cast<unsigned char>(a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace

Result<std::string> hash_password(std::string_view clear) {
  if (clear.find('\0') != std::string_view::npos)
    return fail(ErrorKind::invalid_value, "password: a NUL character is not possible");
  if (clear.size() >= CRYPT_MAX_PASSPHRASE_SIZE)
    return fail(ErrorKind::invalid_value, "password: at most " + std::to_string(CRYPT_MAX_PASSPHRASE_SIZE - 1) + " bytes");
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  const std::unique_ptr<char, Free> salt(::crypt_gensalt_ra(nullptr, 0, nullptr, 0));
  const std::string hashed = salt == nullptr ? std::string() : crypt_with(clear, salt.get());
  if (hashed.empty()) return fail(ErrorKind::internal, "the password could not be hashed");
  return hashed;
}

bool verify_password(std::string_view clear, std::string_view stored) {
  if (stored.empty() || clear.find('\0') != std::string_view::npos) return false;
  const std::string hashed = crypt_with(clear, std::string(stored));
  return !hashed.empty() && equal_in_constant_time(hashed, stored);
}

}  // namespace scim::sql
