// SPDX-License-Identifier: MIT
// --trace: exchanges as JSON lines, without secrets, so that they can be read, sent again and undone.
#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "cli/failure.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "core/http.h"
#include "core/json.h"

namespace scim::cli {

/// One line of a trace.
struct TraceRecord {
  std::string time;   ///< when it was sent, as meta.created is written
  Request request;    ///< method, path, query, if_match, body
  Response response;  ///< those headers that say something about the resource
  std::string no_answer;  ///< why there is none; "": there is one
  /// What PUT, PATCH and DELETE were about to change.
  std::optional<Json> before;
  /// What they left behind, unless the answer has all of it.
  std::optional<Json> after;
  /// Where it stands, for messages: "trace.jsonl:3". Set by read_trace().
  std::string place;

  /// Whether the answer says if it was done. A connection that ends, a gateway, or a server that has lost its database, does not.
  bool is_outcome_known() const;
  bool succeeded() const { return response.status >= 200 && response.status < 300; }
};

Json to_json(const TraceRecord& record, const Secrets& secrets);

class TraceFile {
 public:
  /// Appends to `path`; a new file is for its owner's eyes only, and one that others may read is warned of.
  static Try<TraceFile> open(const std::string& path, Console& console);
  /// In the file when it returns.
  Try<void> append(const Json& line);

 private:
  TraceFile(std::string path, std::ofstream out) : path_(std::move(path)), out_(std::move(out)) {}
  std::string path_;
  std::ofstream out_;
};

/// invalidSyntax names the line.
Try<std::vector<TraceRecord>> read_trace(const std::string& path, std::istream& in);

}  // namespace scim::cli
