// SPDX-License-Identifier: MIT
#include "core/config.h"

#include <gtest/gtest.h>

#include <set>

namespace scim {
namespace {

std::string fault(const std::string& toml) {
  const auto config = parse_config(toml, "scimctl.toml");
  return config ? "accepted" : config.error().detail;
}

TEST(Config, EveryKeyIsRead) {
  const auto config = parse_config(R"(
base_url = "https://app.example.com/scim/v2/"
adapter = "/etc/scimctl/adapter.so"
log_level = "warning"
public_discovery = true
unknown_member = "reject"
unknown = "reject"
strict = true
unique_groups = true
[database]
url = "sqlite:/tmp/x.db"
synchronous = "normal"
busy_timeout_ms = 7
[log]
format = "json"
requests = "errors"
[metrics]
listen = "unix:/run/metrics.sock"
[access]
check = "is_authenticated"
basic = true
superusers = ["ada", "bob"]
[user]
delete = "remove"
deleted_visible = true
[limits]
body_bytes = 1
results = 50
default_results = 70
operations = 3
members = 4
json_depth = 5
json_nodes = 6
filter_bytes = 7
filter_depth = 8
filter_terms = 9
header_bytes = 1024
request_s = 10
)", "x");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->base_url, "https://app.example.com/scim/v2");
  EXPECT_EQ(config->adapter, "/etc/scimctl/adapter.so");
  EXPECT_EQ(config->log_level, LogLevel::warning);
  EXPECT_TRUE(config->public_discovery);
  EXPECT_EQ(config->unknown_member, UnknownMember::reject);
  EXPECT_EQ(config->unknown, UnknownAttribute::reject);
  EXPECT_TRUE(config->strict);
  EXPECT_TRUE(config->unique_groups);
  EXPECT_EQ(config->database_url, "sqlite:/tmp/x.db");
  EXPECT_EQ(config->synchronous, Synchronous::normal);
  EXPECT_EQ(config->busy_timeout_ms, 7);
  EXPECT_EQ(config->log.format, LogFormat::json);
  EXPECT_EQ(config->log.requests, LogRequests::errors);
  EXPECT_EQ(config->metrics_listen, "unix:/run/metrics.sock");
  EXPECT_EQ(config->access.check, AccessCheck::is_authenticated);
  EXPECT_TRUE(config->access.basic);
  EXPECT_EQ(config->access.superusers, (std::vector<std::string>{"ada", "bob"}));
  EXPECT_EQ(config->user_delete, DeleteMode::remove);
  EXPECT_TRUE(config->deleted_visible);
  EXPECT_EQ(config->max_body_bytes, 1);
  EXPECT_EQ(config->max_results, 50);
  EXPECT_EQ(config->default_results, 50);
  EXPECT_EQ(config->max_operations, 3);
  EXPECT_EQ(config->max_members, 4);
  EXPECT_EQ(config->json.depth, 5);
  EXPECT_EQ(config->json.nodes, 6);
  EXPECT_EQ(config->filter.bytes, 7);
  EXPECT_EQ(config->filter.depth, 8);
  EXPECT_EQ(config->filter.terms, 9);
  EXPECT_EQ(config->max_header_bytes, 1024);
  EXPECT_EQ(config->request_s, 10);
}

TEST(Config, DefaultsAreThoseOfTheTable) {
  // Every default, written into a file, is the default.
  std::string toml;
  std::set<std::string> tables;
  for (const ConfigKey& key : config_keys()) {
    const bool quoted = key.type == "string" || key.type == "limit" || key.type.find('|') != std::string_view::npos;
    if (key.name == "base_url") continue;
    toml += std::string(key.name) + " = " + (quoted ? '"' + std::string(key.default_text) + '"' : std::string(key.default_text)) + '\n';
  }
  const auto read = parse_config(toml, "x");
  ASSERT_TRUE(read) << read.error().detail;
  const Config config;
  EXPECT_EQ(read->log_level, config.log_level);
  EXPECT_EQ(read->public_discovery, config.public_discovery);
  EXPECT_EQ(read->unknown_member, config.unknown_member);
  EXPECT_EQ(read->unique_groups, config.unique_groups);
  EXPECT_EQ(read->database_url, config.database_url);
  EXPECT_EQ(read->synchronous, config.synchronous);
  EXPECT_EQ(read->busy_timeout_ms, config.busy_timeout_ms);
  EXPECT_EQ(read->log.format, config.log.format);
  EXPECT_EQ(read->log.requests, config.log.requests);
  EXPECT_EQ(read->metrics_listen, config.metrics_listen);
  EXPECT_EQ(read->access.check, config.access.check);
  EXPECT_EQ(read->access.basic, config.access.basic);
  EXPECT_EQ(read->access.warn_days, config.access.warn_days);
  EXPECT_EQ(read->access.failed_logins, config.access.failed_logins);
  EXPECT_EQ(read->access.rate_limit, config.access.rate_limit);
  EXPECT_EQ(read->access.jwt.leeway_s, config.access.jwt.leeway_s);
  EXPECT_EQ(read->access.jwt.scope_claim, config.access.jwt.scope_claim);
  EXPECT_EQ(read->access.jwt.scope_prefix, config.access.jwt.scope_prefix);
  EXPECT_EQ(read->access.jwt.subject_claim, config.access.jwt.subject_claim);
  EXPECT_EQ(read->adapter, config.adapter);
  EXPECT_EQ(read->user_delete, config.user_delete);
  EXPECT_EQ(read->deleted_visible, config.deleted_visible);
  EXPECT_EQ(read->max_body_bytes, config.max_body_bytes);
  EXPECT_EQ(read->max_results, config.max_results);
  EXPECT_EQ(read->default_results, config.default_results);
  EXPECT_EQ(read->max_operations, config.max_operations);
  EXPECT_EQ(read->max_members, config.max_members);
  EXPECT_EQ(read->json.depth, config.json.depth);
  EXPECT_EQ(read->json.nodes, config.json.nodes);
  EXPECT_EQ(read->filter.bytes, config.filter.bytes);
  EXPECT_EQ(read->filter.depth, config.filter.depth);
  EXPECT_EQ(read->filter.terms, config.filter.terms);
  EXPECT_EQ(read->max_header_bytes, config.max_header_bytes);
  EXPECT_EQ(read->request_s, config.request_s);
}

TEST(Config, AccessCheckOfAPlugin) {
  const auto config = parse_config("access.check = \"plugin:/etc/scimctl/a:b.so\"", "x");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->access.check, AccessCheck::plugin);
  EXPECT_EQ(config->access.plugin, "/etc/scimctl/a:b.so");
}

TEST(Config, FaultsNameFileLineAndKey) {
  EXPECT_EQ(fault("\nbase_ulr = \"x\""), "scimctl.toml:2: unknown key base_ulr, did you mean base_url?");
  EXPECT_EQ(fault("[access]\ncheck = \"everybody\""),
            "scimctl.toml:2: access.check must be nobody | is_superuser | is_authenticated | plugin:PATH");
  for (const char* toml : {"[/user]", "[[/user]]", "[user./map]"}) EXPECT_TRUE(fault(toml).starts_with("scimctl.toml:1: ")) << fault(toml);
  EXPECT_EQ(fault("[limits]\nresults = 0"), "scimctl.toml:2: limits.results must be an integer from 1 to 1000000");
  EXPECT_EQ(fault("limits.json_depth = 256"), "accepted");
  EXPECT_EQ(fault("limits.json_depth = 257"), "scimctl.toml:1: limits.json_depth must be an integer from 1 to 256");
  EXPECT_EQ(fault("limits.json_depth = 0"), "scimctl.toml:1: limits.json_depth must be an integer from 1 to 256");
  EXPECT_EQ(fault("limits.header_bytes = 1023"), "scimctl.toml:1: limits.header_bytes must be an integer from 1024 to 131072");
  EXPECT_EQ(fault("access.warn_days = -1"), "scimctl.toml:1: access.warn_days must be an integer from 0 to 36525");
  EXPECT_EQ(fault("unique_groups = \"yes\""), "scimctl.toml:1: unique_groups must be boolean");
  EXPECT_EQ(fault("[access]\nsuperusers = [\"a\", 1]"), "scimctl.toml:2: access.superusers must be list of strings");
  EXPECT_EQ(fault("metrics.listen = \"0.0.0.0:9464\""),
            "scimctl.toml:1: metrics.listen must be unix:PATH or a loopback address and a port: others could ask");
  EXPECT_EQ(fault("base_url = \"app.example.com\""), "scimctl.toml:1: base_url must begin with https:// or http://");
  for (const char* check : {"nobody", "plugin:/x.so"}) {
    EXPECT_EQ(fault("[access]\nbasic = true\ncheck = \"" + std::string(check) + '"'),
              "scimctl.toml:2: access.basic needs access.check to be is_superuser or is_authenticated");
  }
  EXPECT_EQ(fault("adapter = \"adapter.so\""), "scimctl.toml:1: adapter must be an absolute path");
  EXPECT_EQ(fault("access.check = \"plugin:check.so\""),
            "scimctl.toml:1: access.check must be plugin: and an absolute path");
  for (const char* check : {"plugin", "plugin:", "plugins:/x.so", "is_superuser:/x.so"}) {
    EXPECT_TRUE(fault("access.check = \"" + std::string(check) + '"').starts_with("scimctl.toml:1: access.check must be nobody"));
  }
  EXPECT_TRUE(fault("a = [").starts_with("scimctl.toml:1: ")) << fault("a = [");
  EXPECT_EQ(fault(""), "accepted");
}

TEST(Config, KeysOfJwtsNeedToKnowWhose) {
  EXPECT_TRUE(parse_config("[jwt]\nkeys = 'k'\nissuer = 'i'\naudience = 'a'", "x"));
  for (const char* toml : {"[jwt]\nkeys = 'k'", "[jwt]\nkeys = 'k'\nissuer = 'i'", "[jwt]\nkeys = 'k'\naudience = 'a'"}) {
    const auto read = parse_config(toml, "x");
    ASSERT_FALSE(read) << toml;
    EXPECT_EQ(read.error().detail.substr(0, 5), "x:2: ") << read.error().detail;
  }
}

TEST(Config, EveryNumberHasBounds) {
  for (const ConfigKey& key : config_keys()) {
    if (!key.type.starts_with("integer")) continue;
    EXPECT_NE(key.type.find(" to "), std::string_view::npos) << key.name;
    for (const char* beyond : {"9223372036854775807", "-1"}) {
      const std::string wanted = "scimctl.toml:1: " + std::string(key.name) + " must be an " + std::string(key.type);
      EXPECT_EQ(fault(std::string(key.name) + " = " + beyond), wanted);
    }
    EXPECT_EQ(fault(std::string(key.name) + " = " + std::string(key.default_text)), "accepted");
  }
}

}  // namespace
}  // namespace scim
