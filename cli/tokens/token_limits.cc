// SPDX-License-Identifier: MIT
#include "cli/tokens/token_limits.h"

#include <algorithm>
#include <charconv>

#include "core/guard.h"
#include "core/sight.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kNone = "none";
constexpr std::string_view kAsConfigured = "default";
/// More is a mistake, and needs no counting.
constexpr std::int64_t kMostRequests = 1'000'000;

bool has(const std::vector<std::string>& words, std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); }

std::string known_words(const Registry& registry) {
  std::string words = "read, write, all";
  for (const auto& type : registry.types()) words.append(", ").append(ascii_lower(std::string_view(type->endpoint).substr(1)));
  return words;
}

/// Rights and types, each of which stays as it is unless something is said of it: nothing becomes more by the way.
Result<void> set_scopes(const std::vector<std::string>& scopes, const Registry& registry, Token& token) {
  const bool reads = has(scopes, "read");
  const bool writes = has(scopes, "write");
  if (reads && writes) return fail(ErrorKind::bad_request, "--scope is read or write: who may write may read");
  if (reads || writes) token.read_only = reads;
  const bool is_for_all = has(scopes, "all");
  std::vector<std::string> types;
  for (const std::string& scope : scopes) {
    if (scope == "read" || scope == "write" || scope == "all") continue;
    const ResourceType* const type = type_of_word(scope, registry);
    if (type == nullptr) return fail(ErrorKind::invalid_value, "--scope " + quote(scope) + " is none of " + known_words(registry));
    if (!has(types, type->name)) types.push_back(type->name);
  }
  if (is_for_all && !types.empty()) return fail(ErrorKind::bad_request, "--scope all, or types one by one");
  if (is_for_all || !types.empty()) token.types = std::move(types);
  return {};
}

Result<void> set_hidden(const std::vector<std::string>& hidden, const Registry& registry, Token& token) {
  if (hidden.empty()) return {};
  token.hidden.clear();
  if (hidden.size() == 1 && hidden.front() == kNone) return {};
  for (const std::string& path : hidden) {
    if (Result<void> checked = check_hidden(path, registry); !checked) return fail(ErrorKind::invalid_value, "--hide: " + checked.error().detail);
    if (!has(token.hidden, path)) token.hidden.push_back(path);
  }
  return {};
}

Result<void> set_rate_limit(const std::string& text, Token& token) {
  if (text.empty()) return {};
  token.rate_limit.reset();
  if (text == kAsConfigured) return {};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && number >= 0 && number <= kMostRequests;
  if (!is_number) return fail(ErrorKind::bad_request, "--rate-limit wants requests a minute from 0 to " + std::to_string(kMostRequests) + ", or default, not " + quote(text));
  token.rate_limit = number;
  return {};
}

Result<void> set_guard(const std::string& text, Token& token) {
  if (text.empty()) return {};
  token.guard = text == kAsConfigured ? std::string() : text;
  if (const auto checked = guard_of_token(token.guard, {}); !checked) return fail(ErrorKind::bad_request, "--guard: " + checked.error().detail);
  return {};
}

}  // namespace

Result<void> set_limits(const TokenLimits& limits, const Registry& registry, Token& token) {
  SCIM_TRY(set_scopes(limits.scopes, registry, token));
  SCIM_TRY(set_hidden(limits.hidden, registry, token));
  SCIM_TRY(set_rate_limit(limits.rate_limit, token));
  return set_guard(limits.guard, token);
}

std::string limits_text(const Token& token) {
  std::string text = token.read_only ? "read" : "write";
  for (const std::string& type : token.types) text.append(" ").append(type);
  for (const std::string& path : token.hidden) text.append(" -").append(path);
  return text;
}

}  // namespace scim::cli
