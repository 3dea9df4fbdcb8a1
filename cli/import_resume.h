// SPDX-License-Identifier: MIT
// import --resume: who was there before is passed over, users by userName, groups by externalId or else displayName.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/backend.h"
#include "cli/import_references.h"
#include "cli/import_report.h"

namespace scim::cli {

class ResumeFilter {
 public:
  /// All is borrowed.
  ResumeFilter(Backend& backend, const ResourceType& type, ImportReport& report) : backend_(backend), type_(type), report_(report) {}

  /// Takes those out of `entries`, and counts them. Several of one name are there as often as they were before the run.
  Try<void> take_out(std::vector<ImportEntry>& entries);
  /// At the end: an import that was broken off may not have come to managers, and groups within groups, of those who were there.
  Try<void> finish();

 private:
  using Key = std::pair<const Attribute*, std::string>;  ///< what tells a record, as it is compared
  struct PassedOver {
    std::size_t number = 0;  ///< of its line
    std::string id;
    std::vector<OpenReference> references;
  };
  Try<void> look_up(const std::vector<ImportEntry>& entries);

  Backend& backend_;
  const ResourceType& type_;
  ImportReport& report_;
  std::map<Key, std::vector<std::string>> ids_;  ///< of those that were there, and that no record has been yet
  std::vector<PassedOver> passed_over_;          ///< with references
};

}  // namespace scim::cli
