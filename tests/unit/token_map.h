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
  Result<std::vector<Token>> list_tokens() override { return tokens_; }
  Result<void> insert_token(const Token& token) override {
    tokens_.push_back(token);
    return {};
  }
  Result<void> remove_token(std::string_view name) override {
    std::erase_if(tokens_, [&](const Token& token) { return token.name == name; });
    return {};
  }
  Result<std::string> secret(std::string_view name, std::string_view fresh) override {
    return secrets_.emplace(name, fresh).first->second;
  }

 private:
  std::vector<Token> tokens_;
  std::map<std::string, std::string, std::less<>> secrets_;
};

}  // namespace scim::test
