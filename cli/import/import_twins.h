// SPDX-License-Identifier: MIT
// Groups that have the displayName of another group after an import: a file that is imported twice makes all of them twice.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/backend.h"
#include "cli/import/import_source.h"

namespace scim::cli {

/// Users are refused when their name is taken; who else is called by displayName is not.
class ImportTwins {
 public:
  /// Both are borrowed.
  ImportTwins(Backend& backend, const ResourceType& type) : backend_(backend), type_(type) {}

  /// Before anything is written: whether there can be any.
  void look_for_others();
  void add(const std::vector<ImportEntry>& entries);

  struct Twins {
    std::size_t line = 0;  ///< of the first of them
    std::string name;      ///< its displayName
    std::size_t count = 0;
  };
  /// What was there before. `made`: how many a record has made by now, 0 or 1. nullopt: none, or nobody may look.
  std::optional<Twins> find(std::size_t made);

 private:
  struct Record {
    std::size_t line = 0;
    std::string name;
    std::size_t count = 0;
  };

  Backend& backend_;
  const ResourceType& type_;
  const Attribute* name_ = nullptr;  ///< nullptr: nobody is to be looked for
  std::map<std::string, Record> records_;  ///< by displayName, as it is compared
};

}  // namespace scim::cli
