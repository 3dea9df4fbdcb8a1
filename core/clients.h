// SPDX-License-Identifier: MIT
// What a process remembers of its clients from one request to the next, and from one configuration to the next.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "core/allowances.h"
#include "core/token.h"

namespace scim {

/// When tokens were used, until it is written down. Safe to use from several threads.
class TokenUses {
 public:
  void note(const std::string& token, const std::string& address, Instant now);
  /// Writes those that are due. What cannot be written is passed over, until the token is used TokenUse::kInterval later.
  Result<void> write(TokenStore& tokens);

 private:
  struct Use {
    Instant last;
    std::string address;
    Instant written;  ///< the `last` that was
  };
  std::mutex mutex_;
  std::map<std::string, Use> uses_;  // by Token::id
};

/// One for each process, shared by its threads.
struct Clients {
  Allowances failures;  ///< of authentication, by source_of() the address
  Allowances requests;  ///< by Scope::holder()
  TokenUses uses;
};

}  // namespace scim
