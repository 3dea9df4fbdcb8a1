// SPDX-License-Identifier: MIT
#include "core/clients.h"

namespace scim {

void TokenUses::note(const std::string& token, const std::string& address, Instant now) {
  const std::lock_guard lock(mutex_);
  Use& use = uses_[token];
  use.last = now;
  use.address = address;
}

Result<void> TokenUses::write(TokenStore& tokens) {
  std::vector<TokenUse> due;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [token, use] : uses_) {
      if (use.last - use.written < TokenUse::kInterval) continue;
      due.push_back({token, use.last, use.address});
      use.written = use.last;
    }
  }
  return due.empty() ? Result<void>() : tokens.note_token_uses(due);
}

}  // namespace scim
