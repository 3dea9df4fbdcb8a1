// SPDX-License-Identifier: MIT
// The first resources and tokens of the database that begin with what was typed. Only what an index finds is looked for: it
// is to be there at once, however many there are.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "cli/completion/candidate.h"
#include "cli/local.h"

namespace scim::cli {

class Listing {
 public:
  /// Opens a database that is there and up to date; else there is nothing to list.
  static Try<Listing> open(const Globals& globals);

  /// ID arguments: `userName=`, then `userName=ada`; ids that begin with `word`.
  std::vector<Candidate> ids(Kind kind, std::string_view word);
  std::vector<Candidate> user_names(std::string_view word);
  std::vector<Candidate> tokens(std::string_view word);

 private:
  explicit Listing(std::unique_ptr<LocalBackend> backend) : backend_(std::move(backend)) {}
  Result<std::vector<Candidate>> find(const ResourceType& type, std::string_view name, std::string_view begin, std::string_view before);

  std::unique_ptr<LocalBackend> backend_;
};

}  // namespace scim::cli
