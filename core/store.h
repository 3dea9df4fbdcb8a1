// SPDX-License-Identifier: MIT
// The interface between SCIM and whatever keeps it. Nothing above knows SQL, nothing below knows HTTP.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/ledger.h"
#include "core/predicate.h"
#include "core/project.h"
#include "core/resource.h"
#include "core/sort.h"

namespace scim {

/// Where a resource stands in the order of a query, in the store's own terms: the values that it is ordered by. It stays
/// true while others come and go; null: nowhere.
using Position = Json;

/// A page that begins or ends next to a position, rather than after so many resources.
struct Anchor {
  enum class Side { after, before };
  Position position;
  Side side = Side::after;
};

/// How a page of a query is found: after `offset` resources, or by Query::anchor (RFC 9865), the first page if there is
/// none.
enum class Paging { by_index, by_position };

/// Whether the resources that were found are to be written.
enum class Want { resources, nothing };
/// Hears of a search that nothing can take back any more, before the first resource is written: `version` is the entity tag
/// of the only one that was found, "" of several.
using Announcement = std::function<Want(std::string_view version)>;

/// What to find, of one resource type. Pointers are borrowed for the call.
struct Query {
  const ResourceType* type = nullptr;
  const Predicate* where = nullptr;
  const Projection* projection = nullptr;
  std::string_view base_url;  ///< without a trailing slash: meta.location and $ref begin with it
  std::int64_t offset = 0;    ///< resources to skip
  std::int64_t limit = 0;     ///< most resources to give
  std::optional<Sort> sort = std::nullopt;   ///< nullopt: the store's order, by creation
  Paging paging = Paging::by_index;
  std::optional<Anchor> anchor = std::nullopt;
  /// Whether Found::total is wanted: to count is to look at all that match. left: it is 0 unless the page shows it.
  enum class Total { counted, left } total = Total::counted;
  /// Of a search in a transaction for reading; may be empty. From then on `out` may be sent. Whoever cannot promise that what
  /// it writes stays does not call it.
  Announcement announce = nullptr;
};

struct Found {
  std::int64_t total = 0;     ///< all that match, whatever the page
  std::int64_t returned = 0;  ///< how many were written, or would have been if they were wanted
  std::string version;        ///< entity tag of the last one written, `W/"..."`: if it is shown, or one id was asked for
  // Paging::by_position only, null and false if nothing was written.
  Position first;             ///< of the first one written
  Position last;
  bool has_before = false;    ///< whether something stands before the first one
  bool has_after = false;
};

/// What a change did. Nothing changed: lastModified and version have not moved (RFC 7644 3.5.2.1).
enum class Effect { unchanged, changed };
struct Update {
  Effect effect = Effect::unchanged;
  std::vector<MembershipChange> memberships;  ///< those that have changed
};
struct Inserted {
  std::string id;
  std::vector<MembershipChange> memberships;
  std::optional<Resource> taken_over = std::nullopt;  ///< what there was before: a row of the application that nobody had asked for yet
};

/// A group that has lost a member with it. Of a type with the attribute `groups` none are told: those stand in the resource itself.
struct LeftGroup {
  const ResourceType* type = nullptr;
  std::string id;
  const Attribute* attribute = nullptr;  ///< of the group: its members
};
struct Removed {
  Removal how = Removal::none;
  std::vector<LeftGroup> left;
};

/// One transaction. Destroyed without commit(), it has done nothing. All errors are unavailable (busy, gone) or
/// internal unless said otherwise.
class Transaction {
 public:
  virtual ~Transaction() = default;

  /// Appends each resource found to `out`, which stands inside an array. invalidCursor: the anchor is no position of this
  /// query.
  virtual Result<Found> search(const Query& query, JsonWriter& out) = 0;
  /// The same over several types at once (RFC 7644 3.4.2.1): one order and one page over all. Without a sort, the types
  /// stand in the order of `queries`. Sort::order, paging, offset, anchor and limit are those of the first one.
  virtual Result<Found> search_all(const std::vector<Query>& queries, JsonWriter& out) = 0;
  /// The same into memory, for what has to be planned on.
  virtual Result<std::vector<Resource>> read(const Query& query) = 0;
  /// How many match, no more.
  virtual Result<std::int64_t> count(const Query& query) = 0;
  /// Whether the resource has more than `limit` members, be they deactivated or not. Looks at no more of them than that.
  virtual Result<bool> has_more_members(const ResourceType& type, std::string_view id, std::int64_t limit) = 0;

  // Writes: only in a transaction begun with Mode::write.

  /// Stores a new resource under a new id. A deactivated row with the same unique values comes back as this resource.
  /// uniqueness; invalidValue for a member that does not exist or closes a forbidden cycle.
  virtual Result<Inserted> insert(const Resource& resource) = 0;
  /// uniqueness, invalidValue as insert(); notFound.
  virtual Result<Update> update(const ResourceType& type, std::string_view id, const Changes& changes) = 0;
  /// Before what is to be removed is read: who holds what comes in an order that all keep to, so that they do not wait for
  /// each other in a circle.
  virtual Result<void> prepare_removal(const ResourceType&, std::string_view) { return {}; }
  /// DELETE, in the way the mapping says: users are deactivated by default. notFound.
  virtual Result<Removed> remove(const ResourceType& type, std::string_view id) = 0;
  /// What is kept of writes, of a transaction for writing; nullptr: the store keeps nothing. Gone with the transaction.
  virtual Ledger* ledger() { return nullptr; }

  virtual Result<void> commit() = 0;

  // Parts of a transaction for writing, one after the other, each of which can be taken back alone.

  virtual Result<void> begin_part() = 0;
  /// As commit() refuses what was written. Then the part may only be undone.
  virtual Result<void> keep_part() = 0;
  /// Also after a write that failed; commit() fails if this did.
  virtual void undo_part() noexcept = 0;
};

class Store {
 public:
  enum class Mode { read, write };
  virtual ~Store() = default;
  virtual Result<std::unique_ptr<Transaction>> begin(Mode mode) = 0;
  /// Whether what was concluded in the last transaction for writing is true if that has ended without a commit. It may have
  /// seen what others wrote that are committed together: unavailable if they were not.
  virtual Result<void> confirm_refusal() { return {}; }
  /// Whether the last transaction for writing has done nothing because of a conflict with another one: the same again may
  /// go well.
  virtual bool has_lost_conflict() { return false; }
  /// The request is answered: what a look at tokens has left open for it is closed.
  virtual void end_request() noexcept {}
  /// Does the slow part of writing a password, which is slow by design, before the transaction that keeps other writers
  /// waiting; several may be prepared for one. `id`: of the resource that is to have it, "" of a new one; `clear` "": a new
  /// one that is given none.
  virtual void prepare_password(const ResourceType&, std::string_view /*id*/, std::string_view /*clear*/) {}
};

}  // namespace scim
