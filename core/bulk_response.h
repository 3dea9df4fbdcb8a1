// SPDX-License-Identifier: MIT
// RFC 7644 3.7.3: what has become of each operation -> BulkResponse.
#pragma once

#include <string>
#include <vector>

#include "core/bulk_parse.h"
#include "core/bulk_references.h"
#include "core/service.h"

namespace scim {

/// One operation of a job, and what has become of it.
struct BulkTask {
  enum class State { waiting, done, failed };
  BulkOperation operation;
  State state = State::waiting;
  BulkTarget created;    ///< of a POST, also while its circle is not complete; the id is "" before
  Outcome outcome;       ///< if it is done
  Error error;           ///< if it failed
  std::string location;  ///< "": none to tell
};

/// An entry for each task that does not wait any more, in their order.
std::string bulk_response(const std::vector<BulkTask>& tasks);

}  // namespace scim
