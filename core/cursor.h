// SPDX-License-Identifier: MIT
// Cursors of RFC 9865 without state: a position, sealed so that nobody can read it, make one, or use it elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/access.h"
#include "core/env.h"
#include "core/error.h"
#include "core/store.h"

namespace scim {

/// What a cursor says.
struct Cursor {
  Anchor anchor;
  std::optional<std::int64_t> count;  ///< of the first request, as it was asked
};

class CursorSeal {
 public:
  /// The key is kept by `tokens`, so cursors are good in every process and after a restart. `lifetime` begins anew with
  /// each page.
  static Result<CursorSeal> open(TokenStore& tokens, std::chrono::seconds lifetime, Env& env);

  /// `context`: what the cursor is good for: who asks, and what for. Unreserved characters only (RFC 9865 2).
  std::string seal(const Cursor& cursor, std::string_view context);
  /// invalidCursor, one text whatever is wrong (RFC 9865 5.2): not ours, or of another context; expiredCursor.
  Result<Cursor> unseal(std::string_view text, std::string_view context);

 private:
  CursorSeal(std::string key, std::chrono::seconds lifetime, Env& env)
      : key_(std::move(key)), lifetime_(lifetime), env_(env) {}
  std::string key_;
  std::chrono::seconds lifetime_;
  Env& env_;
};

}  // namespace scim
