// SPDX-License-Identifier: MIT
// Who is asking, and what they may do. Only this file makes a Scope, and every operation needs one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/env.h"
#include "core/error.h"
#include "core/http.h"

namespace scim {

/// A bearer token as it is kept: never the token itself.
struct Token {
  std::string id;    ///< the part of the token before the secret; not secret
  std::string name;  ///< what the admin called it
  std::string hash;  ///< hex SHA-256 of the secret
  bool read_only = false;
  Instant created;
  std::optional<Instant> expires;
};

/// Where tokens are kept; shared by all nodes.
class TokenStore {
 public:
  virtual ~TokenStore() = default;
  virtual Result<std::optional<Token>> find_token(std::string_view id) = 0;
  virtual Result<std::vector<Token>> list_tokens() = 0;       ///< by creation
  virtual Result<void> insert_token(const Token& token) = 0;  ///< conflict: the name is taken
  virtual Result<void> remove_token(std::string_view name) = 0;  ///< notFound
};

/// Who else than a token holder gets in, by REMOTE_USER as the web server verified it.
enum class AccessCheck { nobody, is_superuser, is_authenticated };

struct AccessConfig {
  AccessCheck check = AccessCheck::is_superuser;
  std::vector<std::string> superusers;  ///< compared as userName is
};

enum class Rights { read, read_and_write };

/// What the holder may do. Made here only.
class Scope {
 public:
  bool may_write() const { return rights_ == Rights::read_and_write; }
  /// For scimctl, which the file permissions of the database have let in already.
  static Scope unrestricted_for_cli() { return Scope("scimctl", Rights::read_and_write); }
  /// Without credentials, for discovery that the configuration has opened (ambiguities A-78).
  static Scope public_discovery() { return Scope("public", Rights::read); }
  const std::string& name() const { return name_; }  ///< for the log: token:NAME or user:NAME

 private:
  friend class Access;
  Scope(std::string name, Rights rights) : name_(std::move(name)), rights_(rights) {}
  std::string name_;
  Rights rights_ = Rights::read;
};

class Access {
 public:
  Access(AccessConfig config, TokenStore& tokens, Env& env) : config_(std::move(config)), tokens_(tokens), env_(env) {}
  /// 401 with a challenge (RFC 6750 3), 403 for somebody known who may not, 400 for two Authorization headers, 503.
  Result<Scope> authenticate(const Request& request);

 private:
  Result<Scope> bearer(std::string_view credentials);
  Result<Scope> remote_user(std::string_view user) const;
  AccessConfig config_;
  TokenStore& tokens_;
  Env& env_;
};

/// A new token: `text` is shown once, `kept` is what the store gets.
struct NewToken {
  std::string text;
  Token kept;
};
NewToken make_token(std::string name, Rights rights, std::optional<Instant> expires, Env& env);

}  // namespace scim
