// SPDX-License-Identifier: MIT
#include "core/access.h"

#include <algorithm>

#include "core/crypto.h"
#include "core/text.h"

namespace scim {
namespace {

constexpr std::string_view kPrefix = "scim_";
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLongestToken = 512;

constexpr std::size_t kLongestLogin = 2048;  // base64

constexpr std::string_view kBearer = "Bearer realm=\"scim\"";
constexpr std::string_view kInvalidToken = "Bearer realm=\"scim\", error=\"invalid_token\"";
constexpr std::string_view kBasic = "Basic realm=\"scim\", charset=\"UTF-8\"";

std::string hash_of(std::string_view secret) { return hex_encode(sha256(secret)); }

struct TokenParts {
  std::string_view id;
  std::string_view secret;
};

/// scim_<id>_<secret>
std::optional<TokenParts> split(std::string_view token) {
  const std::size_t id_length = kIdBytes * 2;
  if (!token.starts_with(kPrefix) || token.size() > kLongestToken) return std::nullopt;
  token.remove_prefix(kPrefix.size());
  if (token.size() <= id_length + 1 || token[id_length] != '_') return std::nullopt;
  return TokenParts{token.substr(0, id_length), token.substr(id_length + 1)};
}

struct Login {
  std::string user;
  std::string password;
};

/// RFC 7617 2: base64 of "user:password"; the first colon separates.
std::optional<Login> parse_login(std::string_view credentials) {
  if (credentials.size() > kLongestLogin) return std::nullopt;
  const auto text = base64_decode(credentials);
  if (!text || !is_utf8(*text) || text->find('\0') != std::string::npos) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Login{text->substr(0, colon), text->substr(colon + 1)};
}

/// An Authorization header (RFC 9110 11.6.2).
struct Authorization {
  std::string_view scheme;
  std::string_view credentials;
};

Authorization parse_authorization(std::string_view header) {
  header = trim(header);
  const auto blank = header.find(' ');
  if (blank == std::string_view::npos) return {header, {}};
  return {header.substr(0, blank), trim(header.substr(blank))};
}

}  // namespace

bool has_credentials(const Request& request) {
  return !request.authorization.empty() || !request.remote_user.empty();
}

bool offers_basic(const AccessConfig& config, const Accounts* accounts) { return config.basic && accounts != nullptr; }

tl::unexpected<Error> Access::unauthorized(std::string detail, std::string_view bearer_challenge) const {
  std::string challenge(bearer_challenge);
  if (offers_basic(config_, sources_.accounts)) challenge.append(", ").append(kBasic);
  return fail(ErrorKind::unauthorized, std::move(detail), std::move(challenge));
}

/// One text for everything that is wrong with a token: whoever guesses learns nothing (RFC 6750 3.1).
tl::unexpected<Error> Access::invalid_token() const {
  return unauthorized("the bearer token is not valid", kInvalidToken);
}

Result<Scope> Access::bearer(std::string_view credentials) {
  const auto parts = split(credentials);
  if (!parts) return invalid_token();
  SCIM_ASSIGN(const std::optional<Token> token, sources_.tokens.find_token(parts->id));
  // The same work whether the id is known or not.
  const std::string hash = hash_of(parts->secret);
  if (!equal_in_constant_time(hash, token ? token->hash : std::string(hash.size(), '-'))) return invalid_token();
  if (token->expires && *token->expires <= env_.now()) return invalid_token();
  Scope scope("token:" + token->name, token->read_only ? Rights::read : Rights::read_and_write);
  scope.subject_ = "token:" + token->id;  // a name may be given again
  scope.user_name_ = token->user_name;
  scope.token_id_ = token->id;
  scope.dialect_ = token->dialect;
  return scope;
}

/// As with tokens, one text and the same work whatever is wrong: an unknown user is one without a password.
Result<Scope> Access::basic(std::string_view credentials) {
  const auto refuse = [&] { return unauthorized("the user name or the password is not valid", kBearer); };
  const auto login = parse_login(credentials);
  if (!login) return refuse();
  SCIM_ASSIGN(const std::optional<Account> found, sources_.accounts->find_account(login->user));
  const Account account = found.value_or(Account{});
  if (!is_password(login->password, account) || !account.active) return refuse();
  return admit(account.user_name, account);
}

bool Access::is_password(std::string_view clear, const Account& account) {
  // Whom it does not let in must not find out, by a fast answer, that the password was right.
  PasswordCache* passwords = account.active ? sources_.passwords : nullptr;
  if (passwords != nullptr && passwords->contains(clear, account.password)) return true;
  if (!sources_.accounts->verify(clear, account) || account.password.empty() || clear.empty()) return false;
  if (passwords != nullptr) passwords->insert(clear, account.password);
  return true;
}

Result<Scope> Access::remote_user(std::string_view user) {
  if (sources_.accounts == nullptr) return admit(user, std::nullopt);
  SCIM_ASSIGN(const std::optional<Account> account, sources_.accounts->find_account(user));
  return admit(user, account);
}

Result<Scope> Access::admit(std::string_view user, const std::optional<Account>& account) const {
  if (!is_admitted(user, account)) return fail(ErrorKind::forbidden, "this user may not use SCIM");
  Scope scope("user:" + std::string(user), Rights::read_and_write);
  scope.user_name_ = user;
  return scope;
}

/// `user` is who they say they are. Whom the application has locked out, no list lets in.
bool Access::is_admitted(std::string_view user, const std::optional<Account>& account) const {
  if (account && !account->active) return false;
  switch (config_.check) {
    case AccessCheck::nobody: return false;
    case AccessCheck::is_superuser:
      return account ? account->superuser || is_listed(*account) : is_listed(user);
    case AccessCheck::is_authenticated: return account || sources_.accounts == nullptr;
    case AccessCheck::plugin: return false;
  }
  return false;
}

/// A name of the list means the account that the application finds by it, not another that differs by case alone.
bool Access::is_listed(const Account& account) const {
  const std::string key = collation_key(account.user_name, Collation::username);
  return std::any_of(config_.superusers.begin(), config_.superusers.end(), [&](const std::string& name) {
    if (collation_key(name, Collation::username) != key) return false;
    const auto meant = sources_.accounts->find_account(name);
    return meant && *meant && (*meant)->user_name == account.user_name;
  });
}

bool Access::is_listed(std::string_view user) const {
  const std::string key = collation_key(user, Collation::username);
  return std::any_of(config_.superusers.begin(), config_.superusers.end(),
                     [&](const std::string& name) { return collation_key(name, Collation::username) == key; });
}

Result<Scope> Access::plugin(const Request& request) const {
  if (sources_.check == nullptr) return fail(ErrorKind::internal, "the access check is not loaded");
  SCIM_ASSIGN(const RequestCheck::Decision decision, sources_.check->check(request));
  if (decision.rights) return Scope("plugin:" + decision.name, *decision.rights);
  env_.log(LogLevel::info, "access.check denies " + quote(request.method) + " to " + quote(decision.name));
  if (!has_credentials(request)) return unauthorized("authentication is needed", kBearer);
  return fail(ErrorKind::forbidden, "this client may not use SCIM");
}

Result<Scope> Access::authenticate(const Request& request) {
  const auto [scheme, credentials] = parse_authorization(request.authorization);
  const bool has_plugin = config_.check == AccessCheck::plugin;
  if (equal_ignoring_case(scheme, "bearer")) {
    // What a web server makes of two Authorization headers (RFC 6750 3.1).
    if (credentials.find(',') != std::string_view::npos) {
      return fail(ErrorKind::bad_request, "more than one Authorization header");
    }
    // A token that is not of our making may be one that the plug-in knows.
    if (!has_plugin || credentials.starts_with(kPrefix)) return bearer(credentials);
  }
  if (has_plugin) return plugin(request);
  // Before REMOTE_USER, which some web servers fill from a Basic header that nobody has verified.
  if (equal_ignoring_case(scheme, "basic") && offers_basic(config_, sources_.accounts)) return basic(credentials);
  // nginx makes a REMOTE_USER of any Basic header, verified or not; AUTH_TYPE says that it was (RFC 3875 4.1.1).
  const bool is_hearsay = equal_ignoring_case(scheme, "basic") && !equal_ignoring_case(request.auth_type, "basic");
  if (!request.remote_user.empty() && !is_hearsay) return remote_user(request.remote_user);
  return unauthorized(scheme.empty() ? "authentication is needed" : "this authentication scheme is not offered", kBearer);
}

NewToken make_token(std::string name, Rights rights, std::optional<Instant> expires, Env& env) {
  const std::string id = hex_encode(env.random_bytes(kIdBytes));
  const std::string secret = base64url_encode(env.random_bytes(kSecretBytes));
  NewToken token;
  token.text = std::string(kPrefix) + id + '_' + secret;
  token.kept.id = id;
  token.kept.name = std::move(name);
  token.kept.hash = hash_of(secret);
  token.kept.read_only = rights == Rights::read;
  token.kept.created = env.now();
  token.kept.expires = expires;
  return token;
}

}  // namespace scim
