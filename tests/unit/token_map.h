// SPDX-License-Identifier: MIT
// Tokens in memory.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "core/access.h"

namespace scim::test {

class TokenMap : public TokenStore {
 public:
  Result<std::optional<Token>> find_token(std::string_view id) override {
    for (const Token& token : tokens_) {
      if (token.id == id) return token;
    }
    return std::nullopt;
  }
  Result<std::optional<Token>> find_certificate(std::string_view subject) override {
    for (const Token& token : tokens_) {
      if (token.certificate == subject) return token;
    }
    return std::nullopt;
  }
  Result<std::vector<Token>> list_tokens() override { return tokens_; }
  Result<void> insert_token(const Token& token) override {
    tokens_.push_back(token);
    return {};
  }
  Result<void> update_token(const Token& token, const Token& /*expected*/) override {
    for (Token& kept : tokens_) {
      if (kept.id == token.id) kept = token;
    }
    return {};
  }
  Result<void> remove_token(std::string_view name) override {
    std::erase_if(tokens_, [&](const Token& token) { return token.name == name; });
    return {};
  }
  Result<void> note_token_uses(const std::vector<TokenUse>& uses) override {
    token_uses.insert(token_uses.end(), uses.begin(), uses.end());
    return {};
  }
  Result<void> add_tolerance_uses(const std::vector<ToleranceUse>& uses) override {
    if (busy) return fail(ErrorKind::unavailable, "busy");
    uses_.insert(uses_.end(), uses.begin(), uses.end());
    return {};
  }
  Result<std::vector<ToleranceUse>> tolerance_uses(std::string_view token_id) override {
    std::vector<ToleranceUse> uses = uses_;
    std::erase_if(uses, [&](const ToleranceUse& use) { return use.token != token_id; });
    return uses;
  }
  Result<std::string> secret(std::string_view name, std::string_view fresh) override {
    return secrets_.emplace(name, fresh).first->second;
  }

  std::vector<TokenUse> token_uses;  ///< that were noted
  bool busy = false;  ///< add_tolerance_uses() fails

 private:
  std::vector<Token> tokens_;
  std::vector<ToleranceUse> uses_;
  std::map<std::string, std::string, std::less<>> secrets_;
};

}  // namespace scim::test
