// SPDX-License-Identifier: MIT
#include "cli/login.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

namespace scim::cli {
namespace {

constexpr std::size_t kEntrySize = 16384;

std::string name_of(uid_t user) {
  std::vector<char> buffer(kEntrySize);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return std::to_string(user);
  return found->pw_name;
}

}  // namespace

std::string login_name() {
  const std::string user = name_of(::geteuid());
  const char* before = std::getenv("SUDO_USER");
  if (before == nullptr || *before == '\0' || user == before) return user;
  return std::string(before) + " as " + user;
}

}  // namespace scim::cli
