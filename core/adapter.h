// SPDX-License-Identifier: MIT
// Resources on their way in and out, as a plug-in wants them: what no mapping can say.
#pragma once

#include "core/json.h"
#include "core/resource.h"
#include "core/sight.h"
#include "core/store.h"

namespace scim {

/// Both sides of one resource. Safe to use from several threads.
class Adapter {
 public:
  virtual ~Adapter() = default;
  /// invalidValue with a text for the client; internal.
  virtual Result<Json> from_scim(const ResourceType& type, Json resource) const = 0;
  virtual Result<Json> to_scim(const ResourceType& type, Json resource) const = 0;
};

/// The body of a POST or PUT, before it is validated; as it is without an adapter, or if it is no object.
Result<Json> adapt_body(const Adapter* adapter, const ResourceType& type, Json body);

/// What `changes` make of `before`, memberships aside, after from_scim; invalidValue for what it gives, as in a body.
Result<Resource> adapt_state(const Adapter& adapter, const Changes& changes, const Resource& before);
/// The changes from `before` to `after`, with those of `planned` that a state does not show: memberships, and the removal
/// of what is never read, a password.
Changes adapt_changes(const Changes& planned, const Resource& before, const Resource& after);

/// A store whose answers go through to_scim. Everything else is that of `store`; all borrowed.
class AdaptingStore : public Store {
 public:
  /// What `sight` does not show is not in the answers, whatever to_scim makes of them.
  AdaptingStore(Store& store, const Adapter& adapter, const Sight& sight) : store_(store), adapter_(adapter), sight_(sight) {}
  Result<std::unique_ptr<Transaction>> begin(Mode mode) override;
  Result<void> confirm_refusal() override { return store_.confirm_refusal(); }
  bool has_lost_conflict() override { return store_.has_lost_conflict(); }
  void prepare_password(const ResourceType& type, std::string_view id, std::string_view clear) override {
    store_.prepare_password(type, id, clear);
  }

 private:
  Store& store_;
  const Adapter& adapter_;
  const Sight& sight_;
};

}  // namespace scim
