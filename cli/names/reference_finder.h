// SPDX-License-Identifier: MIT
// Whom the name in a reference means.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/backend.h"
#include "cli/names/lookup.h"
#include "cli/names/references.h"
#include "core/store.h"

namespace scim::cli {

/// Groups are known by their displayName, users are not: those of `types` that such a text means if one of them has it. Empty for
/// all other texts.
std::vector<const ResourceType*> groups_first(const std::string& text, const std::vector<const ResourceType*>& types);

/// The id that the text is, as it is or as `id=X`; nullopt: it is a name.
std::optional<std::string> id_in(const std::string& text, const std::vector<const ResourceType*>& types);
/// Nobody has the id.
Error no_such_id(const std::string& id, const std::vector<const ResourceType*>& types);

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

  /// Those of `ids` that nobody has. Asks for many at once.
  virtual Result<std::set<std::string>> nobodies(const std::vector<std::string>& ids, const Types& types) = 0;

  virtual Result<Types> types_of(const Attribute& reference) = 0;

 protected:
  /// The ids of some of those that have it.
  virtual Result<std::vector<std::string>> ids_having(const ResourceType& type, const Lookup& lookup) = 0;

 private:
  Result<std::optional<std::string>> find_among(const std::string& text, const Types& types);
};

/// Ids that somebody was found to have: of members and managers, whom many records name.
class PresentIds {
 public:
  bool contains(const ResourceType& type, const std::string& id) const { return ids_.contains({&type, id}); }
  void add(const ResourceType& type, const std::string& id) { ids_.emplace(&type, id); }
  /// Of very many, not all are kept.
  void bound() {
    constexpr std::size_t kMost = 100'000;
    if (ids_.size() > kMost && all_of_.empty()) ids_.clear();
  }
  /// What is there of the type is all that there will be: nobody else is looked for.
  void set_complete(const ResourceType& type) { all_of_.insert(&type); }
  bool is_complete(const ResourceType& type) const { return all_of_.contains(&type); }

 private:
  std::set<const ResourceType*> all_of_;
  std::set<std::pair<const ResourceType*, std::string>> ids_;
};

/// In a transaction.
class TransactionFinder final : public ReferenceFinder {
 public:
  /// All is borrowed.
  TransactionFinder(Transaction& transaction, const Registry& registry, PresentIds& present)
      : transaction_(transaction), registry_(registry), present_(present) {}
  Result<std::set<std::string>> nobodies(const std::vector<std::string>& ids, const Types& types) override;
  Result<Types> types_of(const Attribute& reference) override { return referred_types(reference, registry_); }
  /// The ids of all that are there now, for when others come only with ids that nobody can know.
  Result<void> learn_all(const ResourceType& type);

 private:
  Result<std::vector<std::string>> ids_having(const ResourceType& type, const Lookup& lookup) override;

  /// Of all if `filter` is "".
  Result<std::vector<std::string>> ids_matching(const ResourceType& type, const std::string& filter, std::int64_t most);
  Result<void> look_for(const ResourceType& type, const std::set<std::string>& ids);

  Transaction& transaction_;
  const Registry& registry_;
  PresentIds& present_;
};

/// By asking; what has been answered is remembered.
class BackendFinder : public ReferenceFinder {
 public:
  explicit BackendFinder(Backend& backend) : backend_(backend) {}
  Result<Types> types_of(const Attribute& reference) override;
  /// Nobody's are none where the server lets nobody look: it says itself what it does not take.
  Result<std::set<std::string>> nobodies(const std::vector<std::string>& ids, const Types& types) override;

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
  Try<void> look_for(const ResourceType& type, const std::set<std::string>& ids);

  Backend& backend_;
  std::map<Key, std::vector<std::string>> known_;  ///< ids, by type and what they are called
  bool may_look_for_ids_ = true;
};

}  // namespace scim::cli
