// SPDX-License-Identifier: MIT
// What a request needs of the program that serves it.
#pragma once

#include "core/access.h"
#include "core/adapter.h"
#include "core/clients.h"
#include "core/config.h"
#include "core/env.h"
#include "core/registry.h"
#include "core/store.h"
#include "core/tolerance_counts.h"

namespace scim {

/// One for each thread: `store`, `tokens` and `accounts` are used by one thread at a time, the rest is const or locks
/// itself.
struct App {
  const Config& config;
  const Registry& registry;
  Store& store;
  TokenStore& tokens;
  Env& env;
  Accounts* accounts = nullptr;        ///< the application's users; nullptr: it has none that log in
  PasswordCache* passwords = nullptr;  ///< of the process; nullptr: none are remembered
  const RequestCheck* check = nullptr;  ///< of AccessCheck::plugin
  const Adapter* adapter = nullptr;     ///< nullptr: resources are as the store has them
  ToleranceCounts* tolerances = nullptr;  ///< of the process; nullptr: nothing is counted
  Clients* clients = nullptr;             ///< of the process; nullptr: nothing is remembered of them
  JwksFile* keys = nullptr;               ///< of who signs JWTs; nullptr: they are not taken
  Leniency* leniency = nullptr;  ///< of the request at hand, never nullptr while one is performed
  const Recorder* recorder = nullptr;  ///< the same, of one that writes

  App with_store(Store& other) const {
    return {config, registry, other, tokens, env, accounts, passwords, check, adapter, tolerances, clients, keys, leniency, recorder};
  }
  App with_leniency(Leniency& of_request) const {
    App app = *this;
    app.leniency = &of_request;
    return app;
  }
  App with_recorder(const Recorder& of_request) const {
    App app = *this;
    app.recorder = &of_request;
    return app;
  }
};

}  // namespace scim
