// SPDX-License-Identifier: MIT
// No more than so many deactivations, deletions and removals of members an hour: for the night in which an identity
// provider goes mad.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit.h"
#include "core/env.h"
#include "core/http.h"
#include "core/permission.h"

namespace scim {

class Ledger;
class Transaction;

/// "50", "5%", "50 or 5%": the greater of the two. Neither: there is no limit.
struct GuardLimit {
  std::optional<std::int64_t> count;    ///< whatever the type
  std::optional<std::int64_t> percent;  ///< of one resource type, of all that there are of it
  bool any() const { return count || percent; }
};
/// invalidValue.
Result<GuardLimit> parse_guard_limit(std::string_view text);

/// What becomes of a write beyond a limit: nothing but a line in the log; it waits for an admin, 503; it is refused, 403.
enum class GuardAction { off, warn, hold, refuse };

struct GuardConfig {
  GuardAction action = GuardAction::off;
  GuardLimit deactivations;
  GuardLimit deletions;
  GuardLimit removals;
  std::int64_t max_held = 1000;  ///< requests of one client that wait at a time
};
/// What a token has of its own, over `otherwise`: "hold deactivations=50 deletions=5% member_removals=1000", or "off".
/// invalidValue with the word.
Result<GuardConfig> guard_of_token(std::string_view text, const GuardConfig& otherwise);

/// A request that waits for an admin, or has waited.
struct HeldRequest {
  enum class State { held, released, rejected };
  std::string id;      ///< the same for the same request of the same client, which sends it again and again
  State state = State::held;
  Instant first_seen;
  Instant last_seen;
  std::int64_t attempts = 1;
  std::string reason;  ///< which limit, in a sentence
  Actor actor;
  std::string method;
  std::string path;
  std::string query;
  std::string if_match;
  std::string body;    ///< "" once it has been released or rejected
  Permission permission;
};
/// What becomes of a request that is to wait. too_many: as many of its client wait already as may.
enum class Keeping { kept, too_many };

/// What one write takes away of one type.
struct TypedLosses {
  const ResourceType* type = nullptr;
  Losses losses;
};

/// Of one request, which is borrowed.
class Guard {
 public:
  Guard(GuardConfig config, Actor actor, Permission permission, const Request& request, Env& env)
      : config_(std::move(config)), actor_(std::move(actor)), permission_(std::move(permission)), request_(request), env_(env) {}

  /// The same, of a request that is part of another one.
  Guard for_request(const Request& part) const { return {config_, actor_, permission_, part, env_}; }

  /// After a write has been made, before it is committed. forbidden; held: hold() is to be called, in another transaction.
  Result<void> allow(Transaction& transaction, const std::vector<TypedLosses>& lost) const;
  /// Keeps the request for an administrator. held: too many wait.
  Result<void> hold(Ledger& ledger, const Error& reason) const;

 private:
  struct Rule;
  static const Rule kRules[];
  Result<bool> is_within(Transaction& transaction, const std::vector<TypedLosses>& lost, const Rule& rule, const LossesByType& used) const;
  Result<bool> is_within(Transaction& transaction, const ResourceType& type, const Rule& rule, const LossesByType& used) const;
  HeldRequest request_to_hold(const Error& reason) const;
  Result<std::int64_t> all_there_were(Transaction& transaction, const ResourceType& type, const Rule& rule, std::int64_t used) const;
  Result<void> act(const std::string& what) const;
  Result<void> refuse(const std::string& why) const;
  void warn(const std::string& what_happens, const std::string& why) const;
  std::string hold_id() const;

  const GuardConfig config_;
  const Actor actor_;
  const Permission permission_;
  const Request& request_;
  Env& env_;
};

}  // namespace scim
