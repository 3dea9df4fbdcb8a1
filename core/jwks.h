// SPDX-License-Identifier: MIT
// The public keys of who signs JWTs: a JWK set (RFC 7517) in a file, which is read again when it changes.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto.h"
#include "core/env.h"
#include "core/error.h"

namespace scim {

class Jwks {
 public:
  /// Keys for anything but RS256, ES256 and EdDSA are passed over. invalidValue says which key is wrong: too small, not on
  /// its curve, private, with an id that another one of its kind has; or that none is left.
  static Result<Jwks> parse(std::string_view text);

  /// Without an id the only key of that kind is meant; nullptr: none is.
  const PublicKey* find(const std::optional<std::string>& id, PublicKey::Kind kind) const;

 private:
  struct Key {
    std::optional<std::string> id;
    PublicKey key;
  };
  std::vector<Key> keys_;
};

/// Safe to use from several threads.
class JwksFile {
 public:
  /// Reads it; notFound, invalidValue.
  static Result<std::unique_ptr<JwksFile>> open(std::string path, Env& env);

  /// The keys of the file as it is now, or was a few seconds ago. One that has become unreadable or wrong is logged, and what
  /// was there before goes on.
  std::shared_ptr<const Jwks> current();

 private:
  JwksFile(std::string path, Env& env) : path_(std::move(path)), env_(env) {}
  Result<std::shared_ptr<const Jwks>> read() const;
  /// Whether it is another file than the one that was looked at last, which it then is.
  bool has_changed();

  const std::string path_;
  Env& env_;
  std::mutex mutex_;  ///< guards what follows
  std::shared_ptr<const Jwks> keys_;
  struct stat seen_ {};
  Instant looked_;
};

/// Those of `path`, "": nullptr, and no JWT is taken. notFound, invalidValue.
Result<std::unique_ptr<JwksFile>> open_keys(const std::string& path, Env& env);

}  // namespace scim
