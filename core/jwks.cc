// SPDX-License-Identifier: MIT
#include "core/jwks.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/json.h"
#include "core/text.h"

namespace scim {
namespace {

constexpr std::chrono::seconds kInterval{5};

tl::unexpected<Error> wrong(std::size_t position, const std::string& why) {
  return fail(ErrorKind::invalid_value, "keys[" + std::to_string(position) + "]: " + why);
}

/// By its exact name; nullptr if it is no string.
const std::string* text_in(const Json& key, const char* name) {
  const auto found = key.find(name);
  return found == key.end() ? nullptr : found->get_ptr<const std::string*>();
}

bool is(const Json& key, const char* name, std::string_view value) {
  const std::string* text = text_in(key, name);
  return text != nullptr && *text == value;
}

/// What may be absent, but not another one.
bool is_or_absent(const Json& key, const char* name, std::string_view value) { return !key.contains(name) || is(key, name, value); }

std::string bytes_in(const Json& key, const char* name) {
  const std::string* text = text_in(key, name);
  return text == nullptr ? "" : base64url_canonical(*text).value_or("");
}

/// Whether it is there to verify signatures of that algorithm (RFC 7517 4.2 to 4.4).
bool verifies(const Json& key, std::string_view algorithm) {
  const auto uses = key.find("key_ops");
  const bool is_listed = uses == key.end() || (uses->is_array() && std::find(uses->begin(), uses->end(), Json("verify")) != uses->end());
  return is_listed && is_or_absent(key, "use", "sig") && is_or_absent(key, "alg", algorithm);
}

/// nullopt: a key for something else.
Result<std::optional<PublicKey>> public_key(const Json& key) {
  Result<PublicKey> made = fail(ErrorKind::invalid_value, "");
  if (is(key, "kty", "RSA") && verifies(key, "RS256")) made = PublicKey::rsa(bytes_in(key, "n"), bytes_in(key, "e"));
  else if (is(key, "kty", "EC") && is(key, "crv", "P-256") && verifies(key, "ES256")) made = PublicKey::p256(bytes_in(key, "x"), bytes_in(key, "y"));
  else if (is(key, "kty", "OKP") && is(key, "crv", "Ed25519") && verifies(key, "EdDSA")) made = PublicKey::ed25519(bytes_in(key, "x"));
  else return std::nullopt;
  if (!made) return fail(std::move(made).error());
  return std::optional<PublicKey>(*std::move(made));
}

}  // namespace

Result<Jwks> Jwks::parse(std::string_view text) {
  SCIM_ASSIGN(const Json json, parse_json(text));
  const auto list = json.is_object() ? json.find("keys") : json.end();
  if (!json.is_object() || list == json.end() || !list->is_array()) return fail(ErrorKind::invalid_value, "it is no JWK set: an object with an array `keys`");
  Jwks keys;
  std::size_t position = 0;
  for (const Json& key : *list) {
    if (!key.is_object()) return wrong(position, "is no object");
    if (key.contains("d") || key.contains("k")) return wrong(position, "is a secret one: whoever has it can make tokens; take the public key set of the issuer");
    Result<std::optional<PublicKey>> made = public_key(key);
    if (!made) return wrong(position, made.error().detail);
    const std::string* id = text_in(key, "kid");
    if (*made) {
      const std::optional<std::string> name = id == nullptr ? std::nullopt : std::optional<std::string>(*id);
      if (name && keys.find(name, (*made)->kind()) != nullptr) return wrong(position, "has the id " + quote(*name) + " of another one");
      keys.keys_.push_back({name, **std::move(made)});
    }
    ++position;
  }
  if (keys.keys_.empty()) return fail(ErrorKind::invalid_value, "none of its keys is for RS256, ES256 or EdDSA");
  return keys;
}

const PublicKey* Jwks::find(const std::optional<std::string>& id, PublicKey::Kind kind) const {
  const PublicKey* found = nullptr;
  for (const Key& each : keys_) {
    if (each.key.kind() != kind || (id && each.id != id)) continue;
    if (found != nullptr) return nullptr;  // any of them
    found = &each.key;
  }
  return found;
}

Result<std::unique_ptr<JwksFile>> JwksFile::open(std::string path, Env& env) {
  std::unique_ptr<JwksFile> file(new JwksFile(std::move(path), env));
  file->looked_ = env.now();
  file->has_changed();
  SCIM_ASSIGN(file->keys_, file->read());
  return file;
}

Result<std::shared_ptr<const Jwks>> JwksFile::read() const {
  std::ifstream stream(path_, std::ios::binary);
  if (!stream) return fail(ErrorKind::not_found, "jwt.keys: " + path_ + ": cannot be read");
  std::ostringstream text;
  text << stream.rdbuf();
  Result<Jwks> keys = Jwks::parse(text.str());
  if (!keys) return fail(ErrorKind::invalid_value, "jwt.keys: " + path_ + ": " + keys.error().detail);
  return std::make_shared<const Jwks>(*std::move(keys));
}

bool JwksFile::has_changed() {
  struct stat now {};
  if (::stat(path_.c_str(), &now) != 0) now = {};
  const bool is_same = now.st_ino == seen_.st_ino && now.st_size == seen_.st_size && now.st_mtim.tv_sec == seen_.st_mtim.tv_sec &&
                       now.st_mtim.tv_nsec == seen_.st_mtim.tv_nsec;
  seen_ = now;
  return !is_same;
}

std::shared_ptr<const Jwks> JwksFile::current() {
  const Instant now = env_.now();
  const std::lock_guard lock(mutex_);
  const bool is_fresh = now >= looked_ && now - looked_ < kInterval;
  if (is_fresh) return keys_;
  looked_ = now;
  if (!has_changed()) return keys_;
  Result<std::shared_ptr<const Jwks>> read = this->read();
  if (read) keys_ = *std::move(read);
  else env_.log(LogLevel::error, read.error().detail + "; the keys from before go on");
  return keys_;
}

Result<std::unique_ptr<JwksFile>> open_keys(const std::string& path, Env& env) {
  if (path.empty()) return nullptr;
  return JwksFile::open(path, env);
}

}  // namespace scim
