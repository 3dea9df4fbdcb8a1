// SPDX-License-Identifier: MIT
#include "core/bulk_response.h"

#include "core/json.h"
#include "core/render.h"

namespace scim {
namespace {

void write_text(std::string_view name, const std::string& value, JsonWriter& out) {
  if (value.empty()) return;
  out.key(name);
  out.string(value);
}

/// What the client sent, as it sent it.
void write_sent(std::string_view name, const Json& value, JsonWriter& out) {
  if (value.is_null()) return;
  out.key(name);
  out.value(value);
}

void write_entry(const BulkTask& task, JsonWriter& out) {
  const bool is_done = task.state == BulkTask::State::done;
  out.begin_object();
  write_text("location", task.location, out);
  write_sent("method", task.operation.method, out);
  write_sent("bulkId", task.operation.bulk_id, out);
  if (is_done) write_text("version", task.outcome.version, out);
  write_text("status", std::to_string(is_done ? task.outcome.status : info(task.error.kind).status), out);
  if (!is_done) {
    out.key("response");
    out.raw(render_error(task.error).body);
  }
  out.end_object();
}

}  // namespace

std::string bulk_response(const std::vector<BulkTask>& tasks) {
  JsonWriter out;
  out.begin_object();
  out.key("schemas");
  out.begin_array();
  out.string(urn::kBulkResponse);
  out.end_array();
  out.key("Operations");
  out.begin_array();
  for (const BulkTask& task : tasks) {
    if (task.state != BulkTask::State::waiting) write_entry(task, out);
  }
  out.end_array();
  out.end_object();
  return out.take();
}

}  // namespace scim
