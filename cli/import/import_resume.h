// SPDX-License-Identifier: MIT
// import --resume: who was there before is passed over, users by userName, groups by externalId or else displayName.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/backend.h"
#include "cli/import/import_references.h"
#include "cli/import/import_report.h"
#include "cli/names/resource_finder.h"

namespace scim::cli {

class ResumeFilter {
 public:
  /// All is borrowed.
  ResumeFilter(Backend& backend, const ResourceType& type, ImportReport& report) : backend_(backend), type_(type), report_(report) {}

  /// Takes those out of `entries`, and counts them. Several of one name are there as often as they were before the run.
  Try<void> take_out(std::vector<ImportEntry>& entries);
  /// One that take_out() let through, and that is refused because it exists: whether somebody else has made it since, who counts
  /// then as if it had been there. `open`: the references that `body` is to get in the end.
  Try<bool> take_out_late(const Line& line, const Json& body, std::vector<OpenReference>& open);
  /// At the end: an import that was broken off may not have come to managers, and groups within groups, of those who were there.
  Try<void> finish();

 private:
  using Key = std::pair<const Attribute*, std::string>;  ///< what tells a record, as it is compared
  struct PassedOver {
    std::size_t number = 0;  ///< of its line
    std::string id;
    std::vector<OpenReference> references;
  };
  struct Named {
    std::vector<std::string> ids;   ///< of those that were there, and that no record has been yet
    std::size_t let_through = 0;    ///< records that are to be made
  };
  using Unknown = std::map<const Attribute*, std::vector<Sought>>;
  Try<void> look_up(const std::vector<ImportEntry>& entries);
  Try<void> find(const Unknown& unknown);
  void pass_over(const Line& line, Named& named, std::vector<OpenReference> references);
  static Key key_of(const Sought& sought);

  Backend& backend_;
  const ResourceType& type_;
  ImportReport& report_;
  std::map<Key, Named> named_;
  std::vector<PassedOver> passed_over_;  ///< with references
};

}  // namespace scim::cli
