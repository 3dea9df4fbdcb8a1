// SPDX-License-Identifier: MIT
// crypt(3) through libxcrypt, PBKDF2 through OpenSSL, Argon2 through libargon2.
#include "sql/password.h"

#include <argon2.h>
#include <crypt.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "core/crypto.h"
#include "core/text.h"

namespace scim::sql {
namespace {

constexpr std::array<std::pair<std::string_view, PasswordScheme>, 5> kSchemes = {
    {{"yescrypt", PasswordScheme::yescrypt},
     {"sha512", PasswordScheme::sha512},
     {"bcrypt", PasswordScheme::bcrypt},
     {"django", PasswordScheme::django},
     {"argon2", PasswordScheme::argon2}}};

// What verifying may cost, a few seconds and 256 MiB: whoever can write a password column must not stop the server.
constexpr std::size_t kLongestClear = 4096;  // as Django's forms; what is hashed here is shorter
constexpr std::size_t kLongestStored = 512;
constexpr std::uint32_t kMostRounds = 10'000'000;
constexpr std::uint32_t kMostBcryptCost = 16;
constexpr std::uint32_t kMostArgonMemory = 256 << 10;  // KiB
constexpr std::uint64_t kMostArgonWork = 4 << 20;      // KiB, over all passes
constexpr std::uint32_t kMostArgonLanes = 32;              // each is a thread

constexpr std::size_t kBcryptBytes = 72;  // it looks at no more
constexpr unsigned long kBcryptCost = 12;
constexpr unsigned long kDefaultCost = 0;  // libcrypt's own choice

constexpr std::uint32_t kDjangoRounds = 1'000'000;  // of Django 5.2
constexpr std::size_t kDjangoSalt = 22;

// PHP's defaults.
constexpr std::uint32_t kArgonMemory = 65536;
constexpr std::uint32_t kArgonPasses = 4;
constexpr std::uint32_t kArgonLanes = 1;
constexpr std::size_t kArgonSalt = 16;
constexpr std::size_t kArgonHash = 32;

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

/// Takes `label` and the number behind it off the front of `text`; nullopt: they are not there.
std::optional<std::uint32_t> take_number(std::string_view& text, std::string_view label) {
  if (!text.starts_with(label)) return std::nullopt;
  const std::string_view digits = text.substr(label.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc()) return std::nullopt;
  text = digits.substr(static_cast<std::size_t>(end - digits.data()));
  return number;
}

// ---- crypt(3)

/// The crypt(3) string of `clear` under a salt or an older string; "" if libcrypt refuses.
std::string crypt_with(std::string_view clear, const std::string& setting) {
  const auto data = std::make_unique<crypt_data>();
  const char* hashed = ::crypt_rn(std::string(clear).c_str(), setting.c_str(), data.get(), sizeof(crypt_data));
  return hashed == nullptr ? std::string() : std::string(hashed);
}

std::string new_crypt(std::string_view clear, const char* prefix, unsigned long cost) {
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  const std::unique_ptr<char, Free> salt(::crypt_gensalt_ra(prefix, cost, nullptr, 0));
  return salt == nullptr ? std::string() : crypt_with(clear, salt.get());
}

bool verify_crypt(std::string_view clear, std::string_view stored) {
  const std::string hashed = crypt_with(clear, std::string(stored));
  return !hashed.empty() && equal_in_constant_time(hashed, stored);
}

/// "$6$rounds=5000$...", where the rounds may be missing.
bool verify_sha2(std::string_view clear, std::string_view stored) {
  std::string_view rest = stored.substr(3);
  if (rest.starts_with("rounds=") && take_number(rest, "rounds=").value_or(kMostRounds + 1) > kMostRounds) return false;
  return verify_crypt(clear, stored);
}

/// "$y$j9T$...": j, a letter for the logarithm of N, a letter for r, as crypt_gensalt(3) writes them. DT is 256 MiB.
bool verify_yescrypt(std::string_view clear, std::string_view stored) {
  const std::string_view cost = stored.substr(stored.find('$', 1) + 1);
  const bool usual = cost.size() > 3 && cost[0] == 'j' && (cost[2] == '5' || cost[2] == 'T') && cost[3] == '$';
  if (!usual || cost[1] > 'D') return false;
  return verify_crypt(clear, stored);
}

/// "$2y$12$..."
bool verify_bcrypt(std::string_view clear, std::string_view stored) {
  if (clear.size() > kBcryptBytes || stored.size() < 4 || !stored.starts_with("$2") || stored[3] != '$') return false;
  std::string_view rest = stored.substr(3);
  if (take_number(rest, "$").value_or(kMostBcryptCost + 1) > kMostBcryptCost) return false;
  return verify_crypt(clear, stored);
}

/// bcrypt of a digest, so that every byte of a long password counts.
bool verify_bcrypt_sha256(std::string_view clear, std::string_view stored) {
  return verify_bcrypt(hex_encode(sha256(clear)), stored);
}

// ---- Django's PBKDF2

struct Pbkdf2 {
  std::string_view name;  ///< Django's, with the $ that ends it
  PbkdfDigest digest;
};
constexpr Pbkdf2 kPbkdf2Sha256{"pbkdf2_sha256$", PbkdfDigest::sha256};
constexpr Pbkdf2 kPbkdf2Sha1{"pbkdf2_sha1$", PbkdfDigest::sha1};

/// "pbkdf2_sha256$1000000$salt$hash"
std::string pbkdf2(const Pbkdf2& kind, std::string_view clear, std::string_view salt, std::uint32_t rounds) {
  return std::string(kind.name) + std::to_string(rounds) + "$" + std::string(salt) + "$" +
         base64_encode(pbkdf2_hmac(kind.digest, clear, salt, rounds));
}

bool verify_pbkdf2(const Pbkdf2& kind, std::string_view clear, std::string_view stored) {
  std::string_view rest = stored;
  const std::uint32_t rounds = take_number(rest, kind.name).value_or(0);
  if (rounds == 0 || rounds > kMostRounds || !rest.starts_with('$')) return false;
  rest.remove_prefix(1);
  const std::size_t salt = rest.find('$');
  if (salt == 0 || salt == std::string_view::npos) return false;
  return equal_in_constant_time(pbkdf2(kind, clear, rest.substr(0, salt), rounds), stored);
}

/// Letters and digits, each as likely.
std::string django_salt() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  constexpr std::size_t kFair = 256 / kLetters.size() * kLetters.size();  // bytes from here on would favour some
  std::string salt;
  while (salt.size() < kDjangoSalt) {
    for (const char byte : random_bytes(2 * kDjangoSalt)) {
      const std::size_t value = static_cast<unsigned char>(byte);
      if (value < kFair && salt.size() < kDjangoSalt) salt += kLetters[value % kLetters.size()];
    }
  }
  return salt;
}

std::string new_django(std::string_view clear) { return pbkdf2(kPbkdf2Sha256, clear, django_salt(), kDjangoRounds); }

// ---- Argon2

std::string new_argon2(std::string_view clear) {
  const std::string salt = random_bytes(kArgonSalt);
  std::string text(argon2_encodedlen(kArgonPasses, kArgonMemory, kArgonLanes, kArgonSalt, kArgonHash, Argon2_id), '\0');
  if (argon2id_hash_encoded(kArgonPasses, kArgonMemory, kArgonLanes, clear.data(), clear.size(), salt.data(), salt.size(),
                            kArgonHash, text.data(), text.size()) != ARGON2_OK)
    return "";
  text.resize(text.find('\0'));
  return text;
}

/// `parameters` as in "$v=19$m=65536,t=4,p=1$...": the version is missing in strings of Argon2 1.0.
bool is_affordable(std::string_view parameters) {
  take_number(parameters, "$v=");
  const auto memory = take_number(parameters, "$m=");
  const auto passes = take_number(parameters, ",t=");
  const auto lanes = take_number(parameters, ",p=");
  if (!memory || !passes || !lanes) return false;
  return *memory <= kMostArgonMemory && std::uint64_t{*memory} * *passes <= kMostArgonWork && *lanes <= kMostArgonLanes;
}

/// "$argon2i$..." and "$argon2id$..."; libargon2 compares in constant time.
bool verify_argon2(std::string_view clear, std::string_view stored) {
  const std::size_t parameters = stored.find('$', 1);
  if (parameters == std::string_view::npos || !is_affordable(stored.substr(parameters))) return false;
  const std::string_view name = stored.substr(0, parameters);
  if (name != "$argon2i" && name != "$argon2id") return false;
  const argon2_type type = name == "$argon2id" ? Argon2_id : Argon2_i;
  return argon2_verify(std::string(stored).c_str(), clear.data(), clear.size(), type) == ARGON2_OK;
}

// ---- all of them

struct Verifier {
  std::string_view prefix;
  std::size_t word;  ///< so many bytes of it are Django's, in front of a string of somebody else's form
  bool (*verify)(std::string_view clear, std::string_view stored);
};

// Not here: what no library makes safe, as crypt(3)'s DES, which looks at 8 bytes.
constexpr std::array kVerifiers = {
    Verifier{"pbkdf2_sha256$", 0, [](auto clear, auto stored) { return verify_pbkdf2(kPbkdf2Sha256, clear, stored); }},
    Verifier{"pbkdf2_sha1$", 0, [](auto clear, auto stored) { return verify_pbkdf2(kPbkdf2Sha1, clear, stored); }},
    Verifier{"bcrypt_sha256$", 14, verify_bcrypt_sha256},
    Verifier{"bcrypt$", 7, verify_bcrypt},
    Verifier{"argon2$", 6, verify_argon2},
    Verifier{"$argon2", 0, verify_argon2},
    Verifier{"$2", 0, verify_bcrypt},
    Verifier{"$y$", 0, verify_yescrypt},
    Verifier{"$gy$", 0, verify_yescrypt},
    Verifier{"$5$", 0, verify_sha2},
    Verifier{"$6$", 0, verify_sha2},
    Verifier{"$1$", 0, verify_crypt},
};

/// "" if a library refuses.
std::string hash_with(PasswordScheme scheme, std::string_view clear) {
  switch (scheme) {
    case PasswordScheme::yescrypt: return new_crypt(clear, "$y$", kDefaultCost);
    case PasswordScheme::sha512: return new_crypt(clear, "$6$", kDefaultCost);
    case PasswordScheme::bcrypt: return new_crypt(clear, "$2y$", kBcryptCost);
    case PasswordScheme::django: return new_django(clear);
    case PasswordScheme::argon2: return new_argon2(clear);
  }
  return "";
}

/// One bound for all schemes but bcrypt, so that a mapping can change its scheme.
std::size_t longest(PasswordScheme scheme) {
  return scheme == PasswordScheme::bcrypt ? kBcryptBytes : CRYPT_MAX_PASSPHRASE_SIZE - 1;
}

}  // namespace

std::optional<PasswordScheme> password_scheme(std::string_view name) {
  for (const auto& [known, scheme] : kSchemes) {
    if (known == name) return scheme;
  }
  return std::nullopt;
}

std::string known_password_schemes() {
  std::string names;
  for (const auto& [known, scheme] : kSchemes) names.append(names.empty() ? "" : ", ").append(known);
  return names;
}

std::size_t hash_length(PasswordScheme scheme) {
  switch (scheme) {
    case PasswordScheme::yescrypt: return 73;
    case PasswordScheme::sha512: return 106;
    case PasswordScheme::bcrypt: return 60;
    case PasswordScheme::django: return 89;
    case PasswordScheme::argon2: return 97;
  }
  return 0;
}

Result<void> check_password(std::string_view clear, PasswordScheme scheme) {
  if (clear.empty()) return fail(ErrorKind::invalid_value, "password: must not be empty");
  if (has_nul(clear)) return fail(ErrorKind::invalid_value, "password: a NUL character is not possible");
  if (opaque_string(clear).size() > longest(scheme))
    return fail(ErrorKind::invalid_value, "password: at most " + std::to_string(longest(scheme)) + " bytes");
  return {};
}

Result<std::string> hash_password(std::string_view clear, PasswordScheme scheme) {
  SCIM_TRY(check_password(clear, scheme));
  std::string hashed = hash_with(scheme, opaque_string(clear));
  if (hashed.empty()) return fail(ErrorKind::internal, "the password could not be hashed");
  return hashed;
}

bool is_password_hash(std::string_view stored) {
  return std::any_of(std::begin(kVerifiers), std::end(kVerifiers), [&](const auto& verifier) {
    return stored.starts_with(verifier.prefix);
  });
}

bool verify_password(std::string_view clear, std::string_view stored) {
  if (clear.size() > kLongestClear || stored.size() > kLongestStored || has_nul(clear) || has_nul(stored)) return false;
  for (const auto& [prefix, word, verify] : kVerifiers) {
    if (!stored.starts_with(prefix)) continue;
    const std::string_view kept = stored.substr(word);
    if (verify(clear, kept)) return true;
    const std::string prepared = opaque_string(clear);
    return prepared != clear && prepared.size() <= kLongestClear && verify(prepared, kept);
  }
  return false;
}

}  // namespace scim::sql
