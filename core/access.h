// SPDX-License-Identifier: MIT
// Who is asking, and what they may do. Only this file makes a Scope, and every operation needs one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/env.h"
#include "core/error.h"
#include "core/http.h"
#include "core/jwt.h"
#include "core/password_cache.h"
#include "core/permission.h"
#include "core/token.h"

namespace scim {

struct Clients;
class JwksFile;

/// A user as the application knows them: who may log in there, and with what.
struct Account {
  std::string user_name;
  bool active = false;
  bool superuser = false;
  std::string password;  ///< as the application keeps it, hashed; "" if there is none
};

/// The application's own users, read anew for each question: the application changes them while we serve.
class Accounts {
 public:
  virtual ~Accounts() = default;
  /// By the name that somebody says they have: the account that is spelt the same, else the only one that compares as
  /// userName does; nullopt: nobody, or several. Those that DELETE has deactivated are not active. unavailable.
  virtual Result<std::optional<Account>> find_account(std::string_view user_name) = 0;
  /// Whether `clear` is the account's password. Slow, as the application's hash is; and as slow where there is no
  /// password, so that nobody can measure who exists.
  virtual bool verify(std::string_view clear, const Account& account) = 0;
};

/// Who else than a token holder gets in, once the web server (REMOTE_USER) or we ourselves (Basic) know who it is.
enum class AccessCheck { nobody, is_superuser, is_authenticated, plugin };

struct AccessConfig {
  AccessCheck check = AccessCheck::is_superuser;
  std::string plugin;                   ///< absolute path of the shared object, for AccessCheck::plugin
  bool basic = false;                   ///< HTTP Basic, against the passwords of the application
  std::vector<std::string> superusers;  ///< compared as userName is; beside those of the application
  std::int64_t warn_days = 14;     ///< before a token expires
  std::int64_t failed_logins = 20;  ///< of one address in a minute, until more are 429; 0: any number
  std::int64_t rate_limit = 0;      ///< requests of one client in a minute; 0: any number
  JwtConfig jwt;
};

/// An access check that is not ours, over the whole request. Safe to use from several threads.
class RequestCheck {
 public:
  struct Decision {
    std::optional<Rights> rights;  ///< nullopt: denied
    std::string name;              ///< for the log; may be empty
  };
  virtual ~RequestCheck() = default;
  virtual Result<Decision> check(const Request& request) const = 0;  ///< internal
};

/// What a decision rests on. Borrowed.
struct AccessSources {
  TokenStore& tokens;
  Accounts* accounts = nullptr;        ///< nullptr: the web server alone knows who is who
  PasswordCache* passwords = nullptr;  ///< nullptr: every password is hashed each time
  const RequestCheck* check = nullptr;  ///< of AccessCheck::plugin; nullptr: it lets nobody in
  Clients* clients = nullptr;           ///< what the process remembers of clients; nullptr: nothing
  JwksFile* keys = nullptr;             ///< of who signs JWTs; nullptr: they are not taken
};

/// What the holder may do. Made here only.
class Scope {
 public:
  bool may_write() const { return rights_ == Rights::read_and_write; }
  /// For scimctl, which the file permissions of the database have let in already.
  /// `login`: who runs it.
  static Scope unrestricted_for_cli(std::string_view login = {}) {
    Scope scope("scimctl", Rights::read_and_write);
    if (!login.empty()) scope.name_.append(":").append(login);
    scope.permission_.dialect = Dialect::any;
    scope.guarding_ = Guarding::free;
    return scope;
  }
  /// Without credentials, for discovery that the configuration has opened (ambiguities A-78).
  static Scope public_discovery() { return Scope("public", Rights::read); }
  const std::string& name() const { return name_; }  ///< for logs: token:NAME, user:NAME, plugin:NAME, jwt:SUBJECT, scimctl:LOGIN
  /// Who it is, never the same for two: token:ID, user:NAME, plugin:NAME, jwt:SUBJECT.
  const std::string& holder() const { return subject_; }
  /// The same with what they may do, so that it changes with that.
  std::string subject() const;
  /// Whether limits on what one client may take away are for it, too.
  bool is_guarded() const { return guarding_ == Guarding::limited; }
  const std::string& guard() const { return guard_; }  ///< as in Token
  const std::string& token_id() const { return token_id_; }  ///< "" without a token
  const Permission& permission() const { return permission_; }
  std::optional<Dialect> dialect() const { return permission_.dialect; }
  const std::string& user_name() const { return permission_.user_name; }
  const std::vector<std::string>& types() const { return permission_.types; }
  const std::vector<std::string>& hidden() const { return permission_.hidden; }
  std::optional<std::int64_t> rate_limit() const { return rate_limit_; }  ///< as in Token

 private:
  friend class Access;
  Scope(std::string name, Rights rights) : name_(std::move(name)), subject_(name_), rights_(rights) {}
  std::string name_;
  std::string subject_;
  std::string token_id_;
  Permission permission_;
  std::optional<std::int64_t> rate_limit_;
  std::string guard_;
  Rights rights_ = Rights::read;
  enum class Guarding { limited, free } guarding_ = Guarding::limited;
};

/// Whether a request says who it is from. What is said may be wrong.
bool has_credentials(const Request& request);
/// Whether user name and password are accepted (RFC 7617).
bool offers_basic(const AccessConfig& config, const Accounts* accounts);

/// For one request.
class Access {
 public:
  Access(const AccessConfig& config, const AccessSources& sources, Env& env)
      : config_(config), sources_(sources), env_(env) {}
  /// 401 with a challenge (RFC 6750 3, RFC 7617 2), 403 for somebody known who may not, 400 for two Authorization
  /// headers, 429 for whom too many credentials were wrong, or who asks too often, 503.
  Result<Scope> authenticate(const Request& request);
  /// Of somebody who may do all and carries out what a client with that permission has asked for: what that does not reach, or
  /// does not see, stays as it is.
  /// `token`: the client's id of it, "" without one.
  static Scope on_behalf_of(Permission permission, std::string token, std::string_view login);

 private:
  Result<Scope> identify(const Request& request);
  Result<Scope> bearer(std::string_view credentials);
  Result<Scope> jwt(std::string_view credentials) const;
  Result<std::optional<Scope>> certificate(const Request& request);
  static Scope scope_of(const Token& token);
  Result<Scope> basic(std::string_view credentials, std::string_view address);
  bool limits_failures(std::string_view address) const;
  Result<void> begin_guess(std::string_view address);
  void end_right_guess(std::string_view address);
  Error noted(Error error, const Request& request) const;
  Result<void> check_rate(const Scope& scope) const;
  Result<Scope> remote_user(std::string_view user);
  Result<Scope> plugin(const Request& request) const;
  bool is_password(std::string_view clear, const Account& account);
  Result<Scope> admit(std::string_view user, const std::optional<Account>& account) const;
  bool is_admitted(std::string_view user, const std::optional<Account>& account) const;
  bool is_listed(const Account& account) const;
  bool is_listed(std::string_view user) const;
  tl::unexpected<Error> unauthorized(std::string detail, std::string_view bearer_challenge) const;
  tl::unexpected<Error> invalid_token() const;

  const AccessConfig& config_;
  AccessSources sources_;
  Env& env_;
  bool is_guess_counted_ = false;
};

}  // namespace scim
