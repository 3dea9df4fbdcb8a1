// SPDX-License-Identifier: MIT
// Passwords as the applications keep them: the only includer of crypt.h and argon2.h is password.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace scim::sql {

/// What a new password is written as.
enum class PasswordScheme {
  yescrypt,  ///< crypt(3) "$y$": Debian's own
  sha512,    ///< crypt(3) "$6$"
  bcrypt,    ///< crypt(3) "$2y$": PHP and Laravel; Devise and Django's bcrypt read it too
  django,    ///< pbkdf2_sha256, Django's default
  argon2,    ///< "$argon2id$" as PHP keeps it; Django puts the word argon2 in front of it
};

/// By its name, as above; nullopt: there is no such scheme.
std::optional<PasswordScheme> password_scheme(std::string_view name);
std::string known_password_schemes();  ///< "yescrypt, sha512, ...": for messages

/// How many bytes the text of hash_password() has: what a column must have room for.
std::size_t hash_length(PasswordScheme scheme);

/// Whether hash_password() would take it.
Result<void> check_password(std::string_view clear, PasswordScheme scheme);

/// The text to keep, of `clear` as opaque_string() prepares it, with a new salt; 20 to 500 ms of work. invalidValue for what
/// the scheme cannot take whole: NUL, more than 511 bytes, more than 72 bytes for bcrypt.
Result<std::string> hash_password(std::string_view clear, PasswordScheme scheme = PasswordScheme::yescrypt);

/// Whether `stored` is a text that verify_password() works on; false: its answer comes at once.
bool is_password_hash(std::string_view stored);

/// Whether `clear` is the password that `stored` was made of, as it is or prepared: an application may prepare none. `stored`
/// itself says how: yescrypt, SHA-2, bcrypt and MD5 of crypt(3), Argon2, and Django's pbkdf2_*, bcrypt*, argon2. False for
/// anything else, for what costs absurdly much time or memory to verify, and for more bytes than bcrypt looks at. The
/// comparison takes the same time whatever differs.
bool verify_password(std::string_view clear, std::string_view stored);

}  // namespace scim::sql
