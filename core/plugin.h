// SPDX-License-Identifier: MIT
// Shared objects with the C interface of core/scim_plugin.h.
#pragma once

#include <memory>

#include "core/access.h"
#include "core/adapter.h"
#include "core/config.h"
#include "core/env.h"

namespace scim {

// What the configuration names, loaded once for the process; nullptr for what it does not name. `env` outlives them.
// invalidValue with key, file and what is wrong: it cannot be loaded, has another version, or lacks a function.

Result<std::unique_ptr<const RequestCheck>> load_check(const Config& config, Env& env);
Result<std::unique_ptr<const Adapter>> load_adapter(const Config& config, Env& env);

}  // namespace scim
