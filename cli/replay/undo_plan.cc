// SPDX-License-Identifier: MIT
#include "cli/replay/undo_plan.h"

#include <algorithm>

#include "cli/backend.h"
#include "cli/files/input.h"
#include "cli/replay/bulk_answer.h"
#include "cli/replay/renaming.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr const char* kUnknownMade = "whether anything was made is not known: there was no answer; look for it";
constexpr const char* kUnknownBulk = "whether any of its operations was done is not known: there was no answer; look for what it made";
constexpr const char* kUnknownBefore = "whether it was changed is not known: there was no answer, and the trace does not say what was before";

bool changes(const TraceRecord& record) {
  const Request& request = record.request;
  return !only_reads(request) && (record.succeeded() || !record.is_outcome_known());
}

tl::unexpected<Error> cannot(const TraceRecord& record) {
  return fail(ErrorKind::bad_request, record.place + ": " + record.request.method + ' ' + printable(record.request.path) +
                                          " cannot be undone: the trace does not say what was before");
}

bool is_bulk(const TraceRecord& record) { return record.request.method == "POST" && cli::is_bulk(record.request.path); }

/// Of what was made in the same request: its answer says where that is.
std::string settled_path(const std::string& path, const std::string& location) {
  const std::size_t id = location.rfind('/');
  if (path.find("bulkId:") == std::string::npos || id == std::string::npos || id == 0) return path;
  const std::size_t endpoint = location.rfind('/', id - 1);
  return endpoint == std::string::npos ? path : location.substr(endpoint);
}

/// One operation of a bulk request, as if it had been sent by itself. nullopt: it was not done, or nobody knows: no answer is its own.
std::optional<TraceRecord> record_of(const Json& operation, std::size_t index, std::size_t count, const Json& answer, const TraceRecord& bulk) {
  const std::string bulk_id = text_at(operation, "bulkId");
  const Json* done = bulk_id.empty() ? nullptr : answer_to(bulk_id, answer);
  const auto answers = answer.is_object() ? answer.find("Operations") : answer.end();
  const bool is_in_order = bulk_id.empty() && answers != answer.end() && answers->is_array() && answers->size() == count;
  if (is_in_order) done = &answers->at(index);
  if (done == nullptr || !done->is_object()) return std::nullopt;
  TraceRecord record;
  record.time = bulk.time;
  record.place = bulk.place;
  record.request.method = text_at(operation, "method");
  record.request.path = settled_path(text_at(operation, "path"), text_at(*done, "location"));
  record.response = response_of(*done);
  return record;
}

}  // namespace

Result<void> UndoPlan::add(const TraceRecord& record) {
  if (!changes(record)) return {};
  if (is_bulk(record)) return add_operations(record);
  if (record.request.method == "POST") return add_made(record);
  const std::string path(without_slash(record.request.path));
  const auto known = std::find_if(touched_.begin(), touched_.end(), [&](const Touched& t) { return t.path == path; });
  const bool is_change = record.request.method == "PUT" || record.request.method == "PATCH" || record.request.method == "DELETE";
  const bool is_lost = known == touched_.end() && !record.before;
  if (is_change && is_lost && !record.is_outcome_known()) return add_unknown(record, kUnknownBefore);
  if (!is_change || is_lost) return cannot(record);
  Touched touched{path, record.before, {}, true};
  if (known != touched_.end()) {
    touched = std::move(*known);
    touched_.erase(known);
  }
  touched.changes.push_back({&record, changes_++});
  touched.is_there = record.request.method != "DELETE" || !record.is_outcome_known();
  touched_.push_back(std::move(touched));
  return {};
}

std::vector<Touched> UndoPlan::take() {
  std::erase_if(touched_, [](const Touched& t) { return !t.before && !t.is_there; });
  std::reverse(touched_.begin(), touched_.end());
  return std::move(touched_);
}

Result<void> UndoPlan::add_unknown(const TraceRecord& record, const char* why) {
  unknown_.push_back({&record, why});
  return {};
}

Result<void> UndoPlan::add_operations(const TraceRecord& record) {
  if (!record.is_outcome_known()) return add_unknown(record, kUnknownBulk);
  const auto request = parse_json(record.request.body, kFileLimits);
  const auto answer = parse_json(record.response.body, kFileLimits);
  const bool is_told = request && answer && request->is_object() && request->contains("Operations") && request->at("Operations").is_array();
  if (!is_told) return cannot(record);
  const Json& operations = request->at("Operations");
  for (std::size_t i = 0; i < operations.size(); ++i) {
    auto operation = record_of(operations[i], i, operations.size(), *answer, record);
    if (!operation) continue;
    auto added = add(operations_.emplace_back(*std::move(operation)));
    if (added) continue;
    added.error().detail += "; it is an operation of POST /Bulk, where only what was made can be undone";
    return added;
  }
  return {};
}

Result<void> UndoPlan::add_made(const TraceRecord& record) {
  const std::string id = id_of(record.response);
  const std::string path(without_slash(record.request.path));
  const bool is_collection = path != "/Me" && path.size() > 1;
  if (is_collection && !record.is_outcome_known()) return add_unknown(record, kUnknownMade);
  if (!is_collection || id.empty()) return cannot(record);
  touched_.push_back({path + '/' + percent_encode(id), std::nullopt, {{&record, changes_++}}, true});
  return {};
}

}  // namespace scim::cli
