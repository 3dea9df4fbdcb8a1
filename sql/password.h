// SPDX-License-Identifier: MIT
// Passwords as crypt(3) strings: the only includer of crypt.h is password.cc.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace scim::sql {

/// A crypt(3) string of libcrypt's default scheme with a new salt; about 20 ms of work. invalidValue for what crypt(3)
/// cannot take: NUL, or more than 511 bytes.
Result<std::string> hash_password(std::string_view clear);

/// Whether `clear` is the password that `stored`, a crypt(3) string of any scheme, was made of. The comparison takes the
/// same time whatever differs.
bool verify_password(std::string_view clear, std::string_view stored);

}  // namespace scim::sql
