// SPDX-License-Identifier: MIT
// scimctl.toml: a configuration is refused in words, or is one that filters and searches can be compiled for on both databases.
#include "core/config.h"
#include "core/filter.h"
#include "core/predicate.h"
#include "sql/compile.h"
#include "sql/served.h"
#include "tests/fuzz/property.h"

namespace scim::fuzz {
namespace {

void check_refusal(const Error& error) {
  expect(error.kind == ErrorKind::invalid_value || error.kind == ErrorKind::not_found, "a configuration is invalid or not there", error.detail);
  expect(error.detail.find("fuzz.toml") != std::string::npos, "a refusal names the file", error.detail);
}

/// Presets come with the program; files of this machine are none of the input's business.
bool reads_files(const Config& config) {
  return config.mapping.find_first_of("/.") != std::string::npos || !config.schemas.empty() || !config.resource_types.empty();
}

void check_attribute(const Attribute& attribute, const ResourceType& type, const sql::Mapping& mapping) {
  const auto filter = parse_filter(attribute.path() + " pr");
  const auto predicate = filter ? bind(*filter, type) : tl::unexpected<Error>(Error{});
  if (predicate) {
    for (const sql::Dialect* dialect : {&sql::kSqliteDialect, &sql::kPostgresqlDialect}) {
      const sql::Sql sql = sql::compile_select_ids(*predicate, mapping.of(type), {mapping, *dialect, "https://example.com/scim/v2"});
      expect(!sql.text.empty(), "every filter is SQL", attribute.path());
    }
  }
  for (const Attribute& sub : attribute.sub_attributes) check_attribute(sub, type, mapping);
}

}  // namespace
}  // namespace scim::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scim;
  const auto config = parse_config(fuzz::text_of(data, size), "fuzz.toml");
  if (!config) {
    fuzz::check_refusal(config.error());
    return 0;
  }
  if (fuzz::reads_files(*config)) return 0;
  const auto served = sql::load_served(*config);
  if (!served) {
    fuzz::check_refusal(served.error());
    return 0;
  }
  for (const auto& type : served->registry->types()) {
    for (const Attribute& attribute : type->attributes) fuzz::check_attribute(attribute, *type, served->mapping);
  }
  return 0;
}
