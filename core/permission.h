// SPDX-License-Identifier: MIT
// What a client may reach, as it was granted to it: kept with what it has asked for, if that is done later.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "core/tolerance.h"

namespace scim {

struct Permission {
  std::vector<std::string> types = {};   ///< names of the resource types that it is restricted to; empty: all
  std::vector<std::string> hidden = {};  ///< paths of attributes that it does not see
  std::string user_name = {};            ///< whose resource /Me is, "" if nobody's
  std::optional<Dialect> dialect = std::nullopt;  ///< of the client; nullopt: as configured (strict)
  std::optional<Instant> expires = std::nullopt;  ///< of itself; nullopt: not by itself, as one by a token that is looked up
};

/// As it is kept.
std::string to_text(const Permission& permission);
/// invalidValue for what is none.
Result<Permission> permission_from_text(std::string_view text);

}  // namespace scim
