// SPDX-License-Identifier: MIT
// An entry of the audit log -> the requests that make what it tells undone.
#pragma once

#include <string>
#include <vector>

#include "core/audit.h"
#include "core/http.h"
#include "core/registry.h"

namespace scim::cli {

/// A member of what is taken back.
struct Membership {
  const Attribute* attribute = nullptr;
  std::string id;  ///< as the log knows it
};

/// How one entry is taken back.
struct Reversal {
  enum class Kind { patch, remove, create };
  Kind kind = Kind::patch;
  const ResourceType* type = nullptr;
  std::int64_t position = 0;        ///< of the entry in the log
  std::string id;                   ///< of the resource as the log knows it
  std::string name;                 ///< of it, for people
  Json operations = Json::array();  ///< of a PATCH
  Json body;                        ///< of a POST
  /// What the attributes must still be, or somebody else has changed them: path -> value, null for none.
  std::vector<std::pair<std::string, Json>> expected;
  std::vector<std::string> groups;  ///< ids of those that it left when it was removed
  Json afterwards = Json::array();  ///< operations of a PATCH, when it is in its groups again
  std::vector<Membership> members;  ///< that come back, if they are still there
  std::vector<std::string> lost;    ///< paths that nobody can restore, since the log does not show them: of what is made again they are gone
};

/// invalidValue: there is no such type any more, or it is of no resource.
Result<Reversal> reversal_of(const AuditEntry& entry, const Registry& registry);

/// Whether what is there is what `expected` says; the path that is not, else "".
std::string changed_since(const Reversal& reversal, const Json& current);

}  // namespace scim::cli
