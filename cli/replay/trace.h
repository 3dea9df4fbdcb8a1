// SPDX-License-Identifier: MIT
// --trace: exchanges as JSON lines, without secrets, so that they can be read, sent again and undone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/failure.h"
#include "cli/output/output.h"
#include "core/appended_file.h"
#include "core/http.h"
#include "core/json.h"
#include "core/secrets.h"

namespace scim::cli {

/// One exchange. A change has two lines: one before it is sent, and one with its answer, which is all of it again.
struct TraceRecord {
  std::string time;   ///< when it was sent, as meta.created is written
  std::string exchange;  ///< what the two lines of a change have in common: the last one counts; "": there is only one
  Request request;    ///< method, path, query, if_match, body
  Response response;  ///< those headers that say something about the resource
  std::string no_answer;  ///< why there is none; "": there is one
  std::string not_sent;   ///< why a change was not sent after all; "": it was
  /// What PUT, PATCH and DELETE were about to change.
  std::optional<Json> before;
  /// What they left behind, unless the answer has all of it.
  std::optional<Json> after;
  /// Where it stands, for messages: "trace.jsonl:3". Set by read_trace().
  std::string place;

  /// Whether the answer says if it was done. A connection that ends, a gateway, or a server that has lost its database, does not.
  bool is_outcome_known() const;
  bool succeeded() const { return scim::succeeded(response.status); }
};

/// What neither the trace announces nor an undo has to do with.
bool only_reads(const Request& request);

Json to_json(const TraceRecord& record, const Secrets& secrets);

class TraceFile {
 public:
  /// Appends to `path`; a new file is for its owner's eyes only, and one that others may read is warned of. ExitCode::usage: it
  /// cannot be written, or ends within a line, which the next one would spoil.
  static Try<TraceFile> open(const std::string& path, Console& console);

  /// In the file when it returns, as a whole or not at all. `otherwise`: what that means, for the message.
  Try<void> append(const Json& line, std::string_view otherwise);

 private:
  TraceFile(std::string path, AppendedFile file) : path_(std::move(path)), file_(std::move(file)) {}
  std::string path_;
  AppendedFile file_;
};

/// In the order in which they were sent, `path` "-" from console.in. A last line that was cut, as when the machine lost its power, is
/// passed over with a word: what it was about has a line before it, or was not sent. invalidSyntax names the line.
Try<std::vector<TraceRecord>> read_trace(const std::string& path, Console& console);

}  // namespace scim::cli
