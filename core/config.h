// SPDX-License-Identifier: MIT
// scimctl.toml -> Config. Every key stands in one table with its default and help: man/scimctl.toml.5 follows it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/access.h"
#include "core/env.h"
#include "core/error.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/recorder.h"
#include "core/tolerance.h"

namespace scim {

/// What an id among `members` does that belongs to nobody.
enum class UnknownMember { ignore, reject };
/// Whether groups may contain each other, directly or through others. No group is ever a member of itself.
enum class GroupCycles { allow, reject };
/// What DELETE does to the row of a user.
enum class DeleteMode { deactivate, remove };
/// How often SQLite waits for the disk: full survives power loss, normal survives a crash of the program.
enum class Synchronous { full, normal };

/// POST /Bulk (RFC 7644 3.7).
struct BulkConfig {
  bool enabled = true;
  bool atomic = false;  ///< all or nothing where the request does not say
  std::int64_t max_operations = 1000;
  std::int64_t max_payload_bytes = 1 << 20;
};

/// Which requests have a line of their own in the log.
enum class LogRequests { none, errors, all };

struct LogConfig {
  LogFormat format = LogFormat::text;
  LogRequests requests = LogRequests::all;
};

/// What scim-fcgi keeps of requests and answers, without secrets.
struct JournalConfig {
  std::string file;  ///< "": nothing
  std::int64_t max_body_bytes = 65536;
};

struct Config {
  /// The tables that map resource types to the application's tables, [user], [group] ..., as they stand in the file;
  /// sql/mapping.h knows what is in them. Empty, and no `mapping`: the embedded store.
  Json sections = Json::object();
  std::string mapping;               ///< a preset's name or the path of a file, under `sections`
  std::vector<std::string> schemas;         ///< paths of RFC 7643 Schema documents
  std::vector<std::string> resource_types;  ///< paths of RFC 7643 ResourceType documents
  std::string name;                  ///< of the file, for messages
  std::string base_url;  ///< "" : from the trusted parameters of the web server
  std::string database_url = "sqlite:/var/lib/scimctl/scim.db";
  Synchronous synchronous = Synchronous::full;
  std::int64_t busy_timeout_ms = 5000;
  std::int64_t cache_kb = 2000;  ///< pages that each connection keeps
  std::int64_t mmap_mb = 0;          ///< of the database file; 0: none
  std::int64_t statement_timeout_ms = 30'000;  ///< of PostgreSQL; 0: as the server has it
  bool pooled = false;               ///< a pooler gives each transaction another session of PostgreSQL
  AccessConfig access;
  std::string adapter;  ///< absolute path of a shared object; "": none
  bool public_discovery = false;
  UnknownMember unknown_member = UnknownMember::ignore;
  UnknownAttribute unknown = UnknownAttribute::ignore;
  bool strict = false;  ///< Dialect::rfc for whoever has no dialect
  bool unique_groups = false;
  GroupCycles group_cycles = GroupCycles::allow;
  DeleteMode user_delete = DeleteMode::deactivate;
  bool deleted_visible = false;
  std::int64_t max_body_bytes = 10 << 20;
  std::int64_t max_results = 1000;   ///< most resources in one response
  std::int64_t default_results = 100;  ///< when the client does not say
  std::int64_t cursor_timeout_s = 3600;
  bool require_if_match = false;
  std::int64_t max_operations = 1000;  ///< of one PATCH
  JsonLimits json = {.of = LimitOf::configuration};      ///< of request bodies
  FilterLimits filter = {.of = LimitOf::configuration};  ///< of clients
  std::int64_t max_members = 200'000;    ///< values of one attribute in one request body
  std::int64_t max_comparisons = 4'000'000;  ///< of stored values with terms of filters, in one PATCH
  std::int64_t max_header_bytes = 65'536;
  std::int64_t request_s = 30;           ///< to send a request, and to take its answer
  std::int64_t inline_members = 1000;  ///< most members that the answer to a PATCH shows
  BulkConfig bulk;
  AuditConfig audit;
  GuardConfig guard;
  JournalConfig journal;
  LogLevel log_level = LogLevel::info;
  LogConfig log;
  std::string metrics_listen;  ///< address for whoever watches the program; "": nobody does
};

/// One key of the file: where it stands, what it means. The man page and `scimctl config` print this table.
struct ConfigKey {
  std::string_view name;  ///< "access.check"
  std::string_view type;  ///< "string", "integer from 1 to 9", "boolean", "list of strings", or the words
                          ///< allowed: "full | normal"; "limit": GuardLimit;
                          ///< a word like "plugin:PATH" stands for all that begin with "plugin:"
  std::string_view default_text;
  std::string_view help;
};
std::span<const ConfigKey> config_keys();

/// Whether the tables are an application's.
bool is_mapped(const Config& config);

/// An unknown key, a wrong type or word is invalidValue with file, line and a hint. `name` is for messages.
Result<Config> parse_config(std::string_view toml, std::string_view name);

/// TOML text as Json, for those who read whole tables (the mapping); invalidValue with the line.
Result<Json> parse_toml(std::string_view toml, std::string_view name);

}  // namespace scim
