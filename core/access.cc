// SPDX-License-Identifier: MIT
#include "core/access.h"

#include <algorithm>

#include "core/clients.h"
#include "core/jwks.h"
#include "core/text.h"

namespace scim {
namespace {

constexpr std::size_t kLongestLogin = 2048;  // base64

constexpr std::string_view kBearer = "Bearer realm=\"scim\"";
constexpr std::string_view kInvalidToken = "Bearer realm=\"scim\", error=\"invalid_token\"";
constexpr std::string_view kInsufficientScope = "Bearer realm=\"scim\", error=\"insufficient_scope\"";
constexpr std::string_view kBasic = "Basic realm=\"scim\", charset=\"UTF-8\"";

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

/// The subject of a client certificate that the web server has verified (nginx and Apache call it so), "" if there is none. Clients
/// cannot send these variables: what they send are headers, HTTP_... (RFC 3875 4.1.18).
std::string_view verified_certificate(const Request& request) {
  return request.certificate_verified == "SUCCESS" ? std::string_view(request.certificate_subject) : std::string_view();
}

/// A bearer token that we take as a JWT, right or not.
bool is_jwt(std::string_view credentials, const AccessSources& sources) {
  return sources.keys != nullptr && !credentials.starts_with(kTokenPrefix) && looks_like_jwt(credentials);
}

tl::unexpected<Error> too_many(std::string detail, std::chrono::seconds wait) {
  return fail(ErrorKind::too_many_requests, std::move(detail), std::to_string(wait.count()));
}

constexpr const char* kManyFailures = "too many credentials of this address were wrong";

/// The words of a JWT's scopes.
struct Granted {
  std::optional<Rights> rights;
  std::vector<std::string> types;
};

Granted granted_by(const std::vector<std::string>& scopes) {
  Granted granted;
  for (const std::string& scope : scopes) {
    if (scope == "write") granted.rights = Rights::read_and_write;
    else if (scope == "read") granted.rights = granted.rights.value_or(Rights::read);
    else granted.types.push_back(scope);
  }
  return granted;
}

}  // namespace

std::string Scope::subject() const {
  std::string subject = subject_ + (may_write() ? "+w" : "");
  for (const std::string& type : types()) subject.append("+").append(type);
  for (const std::string& path : hidden()) subject.append("-").append(path);
  return subject;
}

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

Scope Access::scope_of(const Token& token) {
  Scope scope("token:" + token.name, token.read_only ? Rights::read : Rights::read_and_write);
  scope.subject_ = "token:" + token.id;  // a name may be given again
  scope.token_id_ = token.id;
  scope.permission_ = {token.types, token.hidden, token.user_name, token.dialect};
  scope.rate_limit_ = token.rate_limit;
  scope.guard_ = token.guard;
  return scope;
}

Scope Access::on_behalf_of(Permission permission, std::string token, std::string_view login) {
  Scope scope = Scope::unrestricted_for_cli(login);
  scope.permission_ = std::move(permission);
  scope.token_id_ = std::move(token);
  return scope;
}

Result<Scope> Access::bearer(std::string_view credentials) {
  if (is_jwt(credentials, sources_)) return jwt(credentials);
  const auto parts = split_token(credentials);
  if (!parts) return invalid_token();
  SCIM_ASSIGN(const std::optional<Token> token, sources_.tokens.find_token(parts->id));
  if (!has_secret(token, parts->secret, env_.now()) || token->is_expired(env_.now())) return invalid_token();
  return scope_of(*token);
}

/// What is wrong with it is for the log: the client hears what everybody hears.
Result<Scope> Access::jwt(std::string_view credentials) const {
  const std::shared_ptr<const Jwks> keys = sources_.keys->current();
  const Result<JwtClaims> claims = verify_jwt(credentials, *keys, config_.jwt, env_.now());
  if (!claims) {
    env_.log(LogLevel::info, "a JWT is refused: " + claims.error().detail);
    return invalid_token();
  }
  const Granted granted = granted_by(claims->scopes);
  if (!granted.rights) {
    return fail(ErrorKind::forbidden, "none of the scopes of this token is for SCIM", std::string(kInsufficientScope));
  }
  Scope scope("jwt:" + claims->subject, *granted.rights);
  scope.permission_.types = granted.types;
  scope.permission_.expires = claims->expires;
  return scope;
}

/// nullopt: there is no certificate, or no token says that it is one.
Result<std::optional<Scope>> Access::certificate(const Request& request) {
  const std::string_view subject = verified_certificate(request);
  if (subject.empty() || !is_utf8(subject)) return std::nullopt;
  SCIM_ASSIGN(const std::optional<Token> token, sources_.tokens.find_certificate(subject));
  if (!token || token->is_expired(env_.now())) return std::nullopt;
  return std::optional<Scope>(scope_of(*token));
}

/// As with tokens, one text and the same work whatever is wrong: an unknown user is one without a password.
/// After too many failures a password is not even looked at: it can be guessed, and to hash it is work. One that was right
/// before is known, so that nobody is locked out by a neighbour behind the same address.
Result<Scope> Access::basic(std::string_view credentials, std::string_view address) {
  const auto refuse = [&] { return unauthorized("the user name or the password is not valid", kBearer); };
  const auto login = parse_login(credentials);
  if (!login) return refuse();
  SCIM_ASSIGN(const std::optional<Account> found, sources_.accounts->find_account(login->user));
  const Account account = found.value_or(Account{});
  const bool is_known = sources_.passwords != nullptr && account.active && sources_.passwords->contains(login->password, account.password);
  if (!is_known) SCIM_TRY(begin_guess(address));
  if (!is_password(login->password, account) || !account.active) return refuse();
  end_right_guess(address);
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
  // One account has one name, however it was spelt.
  const std::string name = account ? account->user_name : std::string(user);
  Scope scope("user:" + name, Rights::read_and_write);
  scope.permission_.user_name = name;
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

bool Access::limits_failures(std::string_view address) const {
  return sources_.clients != nullptr && config_.failed_logins > 0 && !address.empty();
}

/// Counted before the slow comparison: of those that are made at the same time no more may begin than may fail.
Result<void> Access::begin_guess(std::string_view address) {
  if (!limits_failures(address)) return {};
  const auto wait = sources_.clients->failures.take(source_of(address), config_.failed_logins, env_.now());
  if (wait.count() != 0) return too_many(kManyFailures, wait);
  is_guess_counted_ = true;
  return {};
}

void Access::end_right_guess(std::string_view address) {
  if (is_guess_counted_) sources_.clients->failures.give_back(source_of(address), config_.failed_logins, env_.now());
  is_guess_counted_ = false;
}

/// Credentials that were wrong: some are 401, more of the same address 429. What is right gets in from anywhere: 32 random
/// bytes are not guessed, and whoever else is behind the address must not lock a client out.
Error Access::noted(Error error, const Request& request) const {
  const bool is_failure = error.kind == ErrorKind::unauthorized && !request.authorization.empty();
  if (!is_failure || is_guess_counted_ || !limits_failures(request.remote_addr)) return error;
  const auto wait = sources_.clients->failures.take(source_of(request.remote_addr), config_.failed_logins, env_.now());
  return wait.count() == 0 ? error : too_many(kManyFailures, wait).value();
}

Result<void> Access::check_rate(const Scope& scope) const {
  const std::int64_t per_minute = scope.rate_limit().value_or(config_.rate_limit);
  if (sources_.clients == nullptr || per_minute == 0) return {};
  const auto wait = sources_.clients->requests.take(scope.holder(), per_minute, env_.now());
  return wait.count() == 0 ? Result<void>() : too_many("more than " + std::to_string(per_minute) + " requests in a minute", wait);
}

Result<Scope> Access::authenticate(const Request& request) {
  Result<Scope> scope = identify(request);
  if (!scope) return fail(noted(std::move(scope).error(), request));
  SCIM_TRY(check_rate(*scope));
  if (sources_.clients != nullptr && !scope->token_id().empty()) {
    sources_.clients->uses.note(scope->token_id(), request.remote_addr, env_.now());
  }
  return scope;
}

Result<Scope> Access::identify(const Request& request) {
  const auto [scheme, credentials] = parse_authorization(request.authorization);
  if (scheme.empty()) {
    SCIM_ASSIGN(std::optional<Scope> known, certificate(request));
    if (known) return *std::move(known);
  }
  const bool has_plugin = config_.check == AccessCheck::plugin;
  if (equal_ignoring_case(scheme, "bearer")) {
    // What a web server makes of two Authorization headers (RFC 6750 3.1).
    if (credentials.find(',') != std::string_view::npos) {
      return fail(ErrorKind::bad_request, "more than one Authorization header");
    }
    // A token that is not of our making may be one that the plug-in knows.
    if (!has_plugin || credentials.starts_with(kTokenPrefix) || is_jwt(credentials, sources_)) return bearer(credentials);
  }
  if (has_plugin) return plugin(request);
  // Before REMOTE_USER, which some web servers fill from a Basic header that nobody has verified.
  if (equal_ignoring_case(scheme, "basic") && offers_basic(config_, sources_.accounts)) return basic(credentials, request.remote_addr);
  // nginx makes a REMOTE_USER of any Basic header, verified or not; AUTH_TYPE says that it was (RFC 3875 4.1.1).
  const bool is_hearsay = equal_ignoring_case(scheme, "basic") && !equal_ignoring_case(request.auth_type, "basic");
  if (!request.remote_user.empty() && !is_hearsay) return remote_user(request.remote_user);
  return unauthorized(scheme.empty() ? "authentication is needed" : "this authentication scheme is not offered", kBearer);
}

}  // namespace scim
