// SPDX-License-Identifier: MIT
#include "sql/installation_check.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/jwks.h"
#include "core/text.h"
#include "sql/catalog.h"
#include "sql/mapping_check_parts.h"
#include "sql/migrations.h"
#include "sql/token_store.h"
#include "sql/type_tables.h"

namespace scim::sql {
namespace {

using Severity = Finding::Severity;

constexpr std::string_view kMemory = ":memory:";

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string user_name(uid_t uid) {
  const passwd* user = ::getpwuid(uid);
  return user == nullptr ? std::to_string(uid) : std::string(user->pw_name);
}

bool may_write(const std::string& path) { return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0; }

/// What decides who is let in, or what is served.
std::vector<std::string> trusted_files(const Config& config) {
  std::vector<std::string> files = config.schemas;
  files.insert(files.end(), config.resource_types.begin(), config.resource_types.end());
  for (const std::string& path : {config.name, config.mapping, database_file(config), config.access.plugin, config.adapter, config.access.jwt.keys}) {
    if (!path.empty() && path != kMemory && status_of(path)) files.push_back(path);
  }
  return files;
}

void writable_for_all(const std::string& path, Findings& findings) {
  const auto file = status_of(path);
  if (file && (file->st_mode & S_IWOTH) != 0) {
    findings.push_back({Severity::error, path, "everybody on this machine can write it", "chmod o-w " + path});
  }
  const std::string folder = folder_of(path);
  const auto around = status_of(folder);
  const bool is_open = around && (around->st_mode & S_IWOTH) != 0 && (around->st_mode & S_ISVTX) == 0;
  if (is_open) findings.push_back({Severity::warning, folder,
                                   "everybody on this machine can put another file in the place of " + path,
                                   "chmod o-w " + folder});
}

/// A journal is made beside the file, and not beside what points to it.
void writable_for_us(const std::string& link, Findings& findings) {
  std::error_code ignored;
  const std::filesystem::path target = std::filesystem::weakly_canonical(link, ignored);
  const std::string path = target.empty() ? link : target.string();
  const std::string folder = folder_of(path);
  for (const std::string& each : {path, folder}) {
    if (!status_of(each) || may_write(each)) continue;
    findings.push_back({Severity::error, each, "cannot be written by " + this_user() + ", who runs this", ""});
  }
  if (!status_of(folder)) findings.push_back({Severity::error, folder, "does not exist", "mkdir -m 700 " + folder});
}

void database_permissions(const std::string& path, Findings& findings) {
  const auto file = status_of(path);
  if (!file) return;
  if ((file->st_mode & S_IROTH) != 0) {
    findings.push_back({Severity::warning, path,
                        "everybody on this machine can read it, with names, addresses and hashes of passwords",
                        "chmod o-r " + path});
  }
  if (file->st_uid == ::geteuid()) return;
  const std::string owner = user_name(file->st_uid);
  findings.push_back({Severity::hint, path,
                      "belongs to " + owner + ", and this was checked as " + this_user() +
                          ": check again as the user that scim-fcgi runs as",
                      "runuser -u " + owner + " -- scimctl check"});
}

void journal_permissions(const std::string& path, Findings& findings) {
  const auto file = status_of(path);
  if (!file || !S_ISREG(file->st_mode) || (file->st_mode & (S_IRGRP | S_IROTH)) == 0) return;
  findings.push_back({Severity::warning, path, "others can read it, with what was sent and answered", "chmod 600 " + path});
}

void check_files(const Config& config, Findings& findings) {
  if (!config.journal.file.empty()) journal_permissions(config.journal.file, findings);
  for (const std::string& path : trusted_files(config)) writable_for_all(path, findings);
  const std::string database = database_file(config);
  if (database.empty() || database == kMemory) return;
  writable_for_us(database, findings);
  database_permissions(database, findings);
}

bool is_local(std::string_view host) {
  static constexpr std::array<std::string_view, 3> kLocal = {"localhost", "127.", "[::1]"};
  return std::any_of(kLocal.begin(), kLocal.end(), [&](std::string_view start) { return host.starts_with(start); });
}

bool guards_nothing(const GuardConfig& guard) {
  const bool has_limit = guard.deactivations.any() || guard.deletions.any() || guard.removals.any();
  return guard.action != GuardAction::off && !has_limit;
}

void check_guard(const Config& config, Findings& findings) {
  if (!guards_nothing(config.guard)) return;
  findings.push_back({Severity::warning, "guard.action", "has no limit, and guards nothing but tokens with limits of their own", "guard.deactivations = \"50 or 5%\""});
}

void check_address(const Config& config, Findings& findings) {
  constexpr std::string_view kPlain = "http://";
  if (config.base_url.empty()) {
    findings.push_back({Severity::hint, "base_url",
                        "is not set: the URLs in answers are made of what the web server passes (REQUEST_SCHEME, "
                            "SERVER_NAME, SERVER_PORT)", "base_url = \"https://HOST/scim/v2\""});
    return;
  }
  if (!config.base_url.starts_with(kPlain) || is_local(std::string_view(config.base_url).substr(kPlain.size()))) return;
  findings.push_back({Severity::warning, "base_url", "is http: tokens and passwords cross the network in clear",
                      "base_url = \"https://" + config.base_url.substr(kPlain.size()) + '"'});
}

/// Not at the start: it takes as long as to read the file, and what is whole in it can be served.
bool is_damaged(Db& db, const std::string& file, Findings& findings) {
  const DbResult<std::string> damage = db.catalog()->damage();
  if (damage && damage->empty()) return false;
  findings.push_back({Severity::error, file.empty() ? "database" : file, "is damaged: " + (damage ? *damage : damage.error().detail), ""});
  return true;
}

/// The embedded store makes and migrates its tables itself.
void check_embedded(Db& db, const std::string& file, Findings& findings) {
  const Result<TableVersion> version = version_of_tables(db);
  if (!version) {
    findings.push_back({Severity::error, file.empty() ? "database" : file, version.error().detail, ""});
  } else if (version->seen == 0) {
    findings.push_back({Severity::hint, "database", "has no tables of ours yet: the next start makes them", "scimctl db migrate"});
  } else if (!version->is_current()) {
    findings.push_back({Severity::hint, "database", "is of an older version: the next start brings it up to date", "scimctl db migrate"});
  }
}

/// What the configuration declares, and the values that there are: whether the next start will be refused.
void check_types(Db& db, const Mapping& mapping, Findings& findings) {
  const Result<Titles> update = update_type_tables(db, mapping, Work::rehearse);
  if (!update) findings.push_back({Severity::error, "resource_types", update.error().detail, ""});
}

/// Columns of an older database are added by the next start.
void check_tokens(Db& db, const Config& config, Env& env, Findings& findings) {
  const Result<std::vector<Token>> tokens = list_tokens(db);
  if (!tokens) return;
  for (const Token& token : *tokens) {
    const auto guard = guard_of_token(token.guard, config.guard);
    if (!token.guard.empty() && guard && guards_nothing(*guard)) {
      findings.push_back({Severity::warning, "tokens", "the guard of the token " + quote(token.name) + " has no limit", "scimctl token update '" + token.name + "' --guard 'hold deactivations=50'"});
    }
    const TokenWarning warning = warning_of(token, env.now(), config.access.warn_days);
    switch (warning) {
      case TokenWarning::none: break;
      case TokenWarning::expires_soon:
        findings.push_back({Severity::warning, "tokens", text_of(warning, token), "scimctl token update '" + token.name + "' --expires 90d"});
        break;
      case TokenWarning::old_secret_ends_soon: findings.push_back({Severity::hint, "tokens", text_of(warning, token), ""}); break;
    }
  }
}

void check_jwt(const Config& config, Env& env, Findings& findings) {
  const auto keys = open_keys(config.access.jwt.keys, env);
  if (!keys) findings.push_back({Severity::error, "jwt.keys", keys.error().detail, ""});
}

bool has_errors(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::error; });
}

/// Without the types whose tables are ours.
Mapping of_application(const Mapping& mapping) {
  Mapping application;
  application.is_embedded = false;
  for (const auto& type : mapping.types) {
    const bool is_own = std::any_of(mapping.own.begin(), mapping.own.end(), [&](const OwnType& own) { return own.type == type.get(); });
    if (!is_own) application.types.push_back(std::make_unique<const TypeMapping>(*type));
  }
  return application;
}

Result<void> check_database(const Config& config, const Mapping& mapping, Env& env, Depth depth, Findings& findings) {
  const std::string file = database_file(config);
  if (const std::string missing = missing_database(config, mapping); !missing.empty()) {
    findings.push_back({Severity::hint, missing,
                        "is not there yet: it is made when scim-fcgi starts, or with the first token", ""});
    return {};
  }
  auto db = open_database(config, Open::existing, Journal::as_it_is, env);
  if (!db) {
    findings.push_back({Severity::error, "database", db.error().detail, ""});
    return {};
  }
  if (depth == Depth::everything && is_damaged(**db, file, findings)) return {};
  if (mapping.is_embedded) {
    check_embedded(**db, file, findings);
  } else {
    SCIM_ASSIGN(const Findings found, check_mapping(**db, of_application(mapping), store_options(config), depth));
    findings.insert(findings.end(), found.begin(), found.end());
  }
  if (const auto asked = check_grants(mapping, store_options(config), *(*db)->catalog(), findings); !asked) return fail(to_error(asked.error()));
  // An older database has no columns yet for what would be rehearsed.
  const Result<TableVersion> version = version_of_tables(**db);
  const bool is_ready = !mapping.is_embedded || (version && version->is_current());
  if (is_ready && !has_errors(findings)) check_types(**db, mapping, findings);
  if (depth == Depth::everything && is_ready) check_tokens(**db, config, env, findings);
  return {};
}

}  // namespace

std::string missing_database(const Config& config, const Mapping& mapping) {
  std::string file = database_file(config);
  const bool is_missing = mapping.is_embedded && !file.empty() && !status_of(file);
  return is_missing ? file : std::string();
}

std::string this_user() { return user_name(::geteuid()); }

Result<Findings> check_installation(const Config& config, const Mapping& mapping, Env& env, Depth depth) {
  Findings findings;
  check_files(config, findings);
  check_address(config, findings);
  check_guard(config, findings);
  check_jwt(config, env, findings);
  SCIM_TRY(check_database(config, mapping, env, depth, findings));
  if (depth == Depth::errors) {
    std::erase_if(findings, [](const Finding& finding) { return finding.severity != Severity::error; });
  }
  sort_by_severity(findings);
  return findings;
}

}  // namespace scim::sql
