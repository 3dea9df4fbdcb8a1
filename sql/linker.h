// SPDX-License-Identifier: MIT
// Adoption in bulk: which rows of an application the people of an export are, found out and noted before an identity
// provider sends them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/audit.h"
#include "core/json.h"
#include "core/schema.h"
#include "sql/db.h"

namespace scim::sql {

/// What became of a record of the export.
enum class LinkOutcome {
  exact,      ///< one row, which is not linked yet, or lacks the externalId
  linked,     ///< one row, linked already
  conflict,   ///< the row or the externalId is somebody else's
  ambiguous,  ///< several rows
  none,       ///< no row: the provider will make a new one
};

struct LinkRow {
  Cell key;
  std::string id;    ///< "": nobody has seen the row yet
  std::string name;  ///< userName, else displayName
  std::string external_id;
  bool is_claimed = false;  ///< a SCIM client has made it, taken it over or changed it
};

struct LinkMatch {
  LinkOutcome outcome = LinkOutcome::none;
  const Attribute* by = nullptr;  ///< what found the rows
  std::vector<LinkRow> rows;      ///< at most a few of very many
  std::string reason;             ///< of a conflict, of several rows, or of none
};

struct LinkPlan {
  std::vector<LinkMatch> matches;   ///< of each record
  std::vector<LinkRow> unmatched;   ///< living rows that no record means
  bool is_applied = false;          ///< the exact matches are linked
};

struct LinkRequest {
  enum class Work {
    plan,
    apply,          ///< all that are exact, or nothing if some are ambiguous or in conflict
    apply_certain,  ///< all that are exact
  };
  const ResourceType* type = nullptr;
  /// What tells the row of a record, best first; empty: as the mapping says.
  std::vector<const Attribute*> match;
  std::vector<Json> records;  ///< bodies with canonical names
  Work work = Work::plan;
  std::optional<Actor> actor;  ///< who is named in the audit log; nullopt: nothing is told there
  Masks masked;                ///< what that does not show
};

class Linker {
 public:
  virtual ~Linker() = default;
  /// In one transaction. badRequest: the database is our own; invalidValue: `match` names what no column holds.
  virtual Result<LinkPlan> link(const LinkRequest& request) = 0;
};

}  // namespace scim::sql
