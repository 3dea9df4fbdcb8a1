// SPDX-License-Identifier: MIT
// What an application is told of a write: that it happened, not what is in it.
#pragma once

#include <string>

#include "sql/audit_log.h"

namespace scim::cli {

struct Event {
  std::string id;        ///< of the entry of the audit log: the same each time it is told
  std::int64_t chain = 0;
  std::int64_t number = 0;
  std::int64_t position = 0;  ///< among all: those of one resource are in this order
  std::string type;      ///< user.created, user.deactivated, group.updated ...
  std::string resource;  ///< id
  bool is_for_nobody = false;  ///< it is of a token, or the like: applications hear of resources
  std::string text;      ///< one line of JSON: {"id", "type", "timestamp", "event", "data"}
};

/// invalidValue: it is no entry.
Result<Event> event_of(const sql::LoggedEntry& entry);

}  // namespace scim::cli
