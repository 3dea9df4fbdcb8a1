// SPDX-License-Identifier: MIT
// What a verb talks to: the configured database (cli/local.h), or a SCIM server at a URL (cli/remote/remote_backend.h).
#pragma once

#include <memory>
#include <string>

#include "cli/line/options.h"
#include "core/config.h"
#include "core/http.h"
#include "core/registry.h"

namespace scim::cli {

/// How lists longer than a page are read.
enum class PagedBy {
  index,   ///< startIndex (RFC 7644 3.4.2.4)
  cursor,  ///< RFC 9865: what others add and remove meanwhile moves nothing
};

/// What is used of a server only if it offers it.
struct Features {
  PagedBy paging = PagedBy::index;
  std::int64_t bulk_operations = 0;  ///< most of one POST /Bulk; 0: there is none
  std::int64_t bulk_bytes = 0;       ///< of its body
};

struct ListPage {
  std::vector<Json> resources;  ///< objects
  std::int64_t total = 0;
  std::int64_t start_index = 1;
  std::string next_cursor;  ///< "": there is none
};

/// Somebody whom a server must not let in.
enum class Stranger { without_credentials, with_wrong_credentials };

/// What becomes of a database that is not there, if it could be made: who makes something makes it, too.
enum class Absent { is_refused, is_made };

class Backend {
 public:
  virtual ~Backend() = default;
  /// The server at --url or of --profile, else the configured database.
  static Try<std::unique_ptr<Backend>> open(const Globals& globals, Console& console, Absent absent = Absent::is_refused);

  /// The answer as it is, also one that refuses. `request` needs method, path, query, body, if_match. Fails when there is none.
  virtual Try<Response> exchange(Request request) = 0;
  /// The same server, asked by a stranger; nullptr: it asks nobody who he is.
  virtual std::unique_ptr<Backend> asked_by(Stranger stranger) = 0;
  virtual Try<const Registry*> types() = 0;
  virtual Try<Features> features() = 0;
  /// After an answer 404: fails if SCIM is not served there at all, so that it says nothing of a resource.
  virtual Try<void> check_is_scim(const Response& not_found) = 0;

  /// notFound: there is no such resource type.
  Try<const ResourceType*> type(Kind kind);
  /// The resource, list or nothing that the server answers with.
  Try<Json> send(Request request);
  /// A resource. Its meta.version is the ETag if the server says it there alone.
  Try<Json> read(std::string path, std::string query);
  /// A ListResponse (RFC 7644 3.4.2). An answer that is none is an error that says so.
  Try<ListPage> send_for_list(Request request);
  const Config& config() const { return config_; }

 protected:
  explicit Backend(Config config) : config_(std::move(config)) {}

 private:
  Try<Json> document_of(const Response& response);

  const Config config_;
};

/// For what works on a database alone: refused with --url and --profile, or the wrong one would be worked on.
Try<void> check_is_local(const Globals& globals);

/// --config (else where it is looked for), then --db over it.
Try<Config> configuration(const Globals& globals);

/// --db and its like: a plain path is one of SQLite.
std::string full_url(const std::string& url);

/// What meta.location and $ref begin with.
std::string base_url(const Config& config);

Try<const ResourceType*> type_of(const Registry& registry, Kind kind);

/// "filter=...&count=...": name and value are encoded here. Nothing for an empty value.
void append_parameter(std::string& query, std::string_view name, std::string_view value);

/// "/Users/ID".
std::string resource_path(const ResourceType& type, std::string_view id);

/// A member of an object that is text; "" if there is none.
std::string text_at(const Json& object, const std::string& name);
/// meta.version of a resource, "" if the server gives none.
std::string version_of(const Json& resource);

Request request_for(std::string_view method, std::string path, std::string query);

}  // namespace scim::cli
