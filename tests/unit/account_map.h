// SPDX-License-Identifier: MIT
// Accounts in memory. A password is kept as "hash of PASSWORD", and how often one was compared is counted.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "core/access.h"

namespace scim::test {

class AccountMap : public Accounts {
 public:
  enum class Is { active, superuser, inactive, inactive_superuser };

  void add(const std::string& name, const std::string& password, Is is) {
    Account& account = accounts_[collation_key(name, Collation::username)];
    account.user_name = name;
    account.password = password.empty() ? "" : "hash of " + password;
    account.active = is == Is::active || is == Is::superuser;
    account.superuser = is == Is::superuser || is == Is::inactive_superuser;
  }
  Result<std::optional<Account>> find_account(std::string_view user_name) override {
    if (is_down) return fail(ErrorKind::unavailable, "the database is busy", "1");
    const auto found = accounts_.find(collation_key(user_name, Collation::username));
    if (found == accounts_.end()) return std::nullopt;
    return found->second;
  }
  bool verify(std::string_view clear, const Account& account) override {
    ++verified;
    if (const auto meanwhile = std::exchange(meanwhile_, nullptr)) meanwhile();
    return "hash of " + std::string(clear) == account.password;
  }

  /// Runs it while the next password is being compared.
  void during_next(std::function<void()> meanwhile) { meanwhile_ = std::move(meanwhile); }

  bool is_down = false;
  int verified = 0;

 private:
  std::function<void()> meanwhile_;
  std::map<std::string, Account> accounts_;
};

}  // namespace scim::test
