// SPDX-License-Identifier: MIT
// What a request needs of the program that serves it.
#pragma once

#include "core/access.h"
#include "core/config.h"
#include "core/env.h"
#include "core/registry.h"
#include "core/store.h"

namespace scim {

/// One for each thread: `store` and `tokens` are used by one thread at a time, the rest is const or locks itself.
struct App {
  const Config& config;
  const Registry& registry;
  Store& store;
  TokenStore& tokens;
  Env& env;
};

}  // namespace scim
