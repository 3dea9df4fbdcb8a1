// SPDX-License-Identifier: MIT
// Records of an export, CSV or SCIM JSON, as bodies of resources.
#pragma once

#include <string>
#include <vector>

#include "cli/failure.h"
#include "cli/files/csv_records.h"
#include "core/json.h"
#include "core/schema.h"

namespace scim::cli {

struct Record {
  std::string place;  ///< for messages: "people.csv:2", "people.json: record 1"
  Json body;          ///< names in the case of the schema
};

/// JSON (an object, an array, a ListResponse, JSON lines) if `text` begins as such, else CSV whose header has attribute
/// paths: userName, name.givenName, emails.value. Empty fields are no values. `name` is for messages.
/// ExitCode::usage, with line and column.
Try<std::vector<Record>> parse_records(std::string text, const std::string& name, const ResourceType& type,
                                       UnknownColumns unknown);

}  // namespace scim::cli
