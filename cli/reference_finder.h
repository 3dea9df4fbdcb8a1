// SPDX-License-Identifier: MIT
// Whom the name in a reference means.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/backend.h"
#include "cli/lookup.h"
#include "cli/references.h"
#include "core/store.h"

namespace scim::cli {

/// Groups are known by their displayName, users are not: those of `types` that such a text means if one of them has it. Empty for
/// all other texts.
std::vector<const ResourceType*> groups_first(const std::string& text, const std::vector<const ResourceType*>& types);

/// A name means a resource of one of the types that the attribute refers to. A displayName means a group before it means a user;
/// else what fits two resources is a conflict, whatever their types are.
class ReferenceFinder {
 public:
  using Types = std::vector<const ResourceType*>;
  virtual ~ReferenceFinder() = default;

  /// The id; nullopt: nobody has it (yet). conflict: several. invalidPath: none of the types has such an attribute, nor such an id.
  Result<std::optional<std::string>> find(const std::string& text, const Types& types);
  /// The same while resources of the type `coming` may be made: a user who has the displayName is not taken for a group.
  Result<std::optional<std::string>> find_before(const ResourceType& coming, const std::string& text, const Types& types);
  /// The id that the text is, or of whom it names. notFound: nobody.
  Result<std::string> id_of(const std::string& text, const Types& types);
  /// The same, and somebody has the id. notFound: nobody.
  Result<std::string> present_id_of(const std::string& text, const Types& types);

  virtual Result<Types> types_of(const Attribute& reference) = 0;

 protected:
  /// The ids of some of those that have it.
  virtual Result<std::vector<std::string>> ids_having(const ResourceType& type, const Lookup& lookup) = 0;

 private:
  Result<std::optional<std::string>> find_among(const std::string& text, const Types& types);
};

/// In a transaction.
class TransactionFinder final : public ReferenceFinder {
 public:
  /// Both are borrowed.
  TransactionFinder(Transaction& transaction, const Registry& registry) : transaction_(transaction), registry_(registry) {}
  Result<Types> types_of(const Attribute& reference) override { return referred_types(reference, registry_); }

 private:
  Result<std::vector<std::string>> ids_having(const ResourceType& type, const Lookup& lookup) override;

  Transaction& transaction_;
  const Registry& registry_;
};

/// By asking; what has been answered is remembered.
class BackendFinder : public ReferenceFinder {
 public:
  explicit BackendFinder(Backend& backend) : backend_(backend) {}
  Result<Types> types_of(const Attribute& reference) override;

  /// Asks for many at once, which are found then.
  Try<void> ask_for(const std::vector<std::pair<std::string, Types>>& texts);
  /// Somebody who is there now.
  void learn(const ResourceType& type, const std::string& text, const std::string& id) { known_[{&type, text}] = {id}; }
  /// Who was not there, and may be now, is asked for again.
  void forget_nobodies();

 protected:
  Result<std::vector<std::string>> ids_having(const ResourceType& type, const Lookup& lookup) override;

 private:
  using Key = std::pair<const ResourceType*, std::string>;
  Try<std::vector<std::string>> ask(const ResourceType& type, const Lookup& lookup);
  Try<void> ask_for(const ResourceType& type, const std::vector<std::string>& texts);

  Backend& backend_;
  std::map<Key, std::vector<std::string>> known_;  ///< ids, by type and what they are called
};

}  // namespace scim::cli
