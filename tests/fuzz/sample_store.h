// SPDX-License-Identifier: MIT
// Users, groups and widgets (every data type, mutability and returned value) of the case files in a database, for targets to ask.
// What they write is forgotten, so that an input does the same whatever came before it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/app.h"
#include "core/http.h"
#include "sql/served.h"
#include "sql/sql_store.h"
#include "tests/unit/frozen_env.h"
#include "tests/unit/temp_dir.h"
#include "tests/unit/token_map.h"

namespace scim::fuzz {

/// Millions of inputs would fill the log.
class QuietEnv final : public test::FrozenEnv {
 public:
  void log(LogLevel, std::string_view) override {}
};

/// The embedded store with widgets, in a file of the directory.
Config config_with_widgets(const test::TempDir& dir);

class SampleStore {
 public:
  static constexpr std::string_view kBaseUrl = "https://example.com/scim/v2";

  SampleStore();

  const std::vector<const ResourceType*>& types() const { return types_; }
  const ResourceType& type(std::string_view name) const;
  const Config& config() const { return config_; }
  const sql::Mapping& mapping() const { return served_.mapping; }
  const std::string& authorization() const { return authorization_; }
  QuietEnv& env() { return env_; }
  test::TokenMap& tokens() { return tokens_; }

  /// All resources of a type, whole, by creation.
  const std::vector<Resource>& resources(const ResourceType& type) const;
  Result<std::vector<Resource>> find(const ResourceType& type, const Predicate& where);
  /// As search does it for a list of up to a hundred.
  Result<Found> search(const Query& query);
  /// Whatever it writes is undone.
  Response handle(const Request& request);

 private:
  void insert(const ResourceType& type, const Json& body);

  test::TempDir dir_;
  QuietEnv env_;
  test::TokenMap tokens_;
  Config config_;
  sql::Served served_;
  std::unique_ptr<sql::SqlStore> store_;
  std::vector<const ResourceType*> types_;
  std::vector<std::vector<Resource>> resources_;  // by type
  std::string authorization_;
};

}  // namespace scim::fuzz
