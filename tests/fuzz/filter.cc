// SPDX-License-Identifier: MIT
// A filter: printed and read again it is the same, as SQL it finds what match() does, and its values never stand in the SQL.
#include "core/filter.h"

#include <set>

#include "core/match.h"
#include "core/predicate.h"
#include "sql/compile.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/sample_store.h"

namespace scim::fuzz {
namespace {

void check_printing(const Filter& filter) {
  const std::string text = to_text(filter);
  // What is printed may be longer than what was written: blanks, escapes.
  FilterLimits wide;
  wide.bytes *= 8;
  const auto again = parse_filter(text, wide);
  expect(again.has_value(), "a filter that was printed is read", text + (again ? "" : "\n" + again.error().detail));
  expect_equal(to_sexpr(*again), to_sexpr(filter), "a filter that was printed reads to the same");
  expect_equal(to_text(*again), text, "printing again changes nothing");
}

std::string ids_of(const std::vector<Resource>& resources) {
  std::string ids;
  for (const Resource& each : resources) ids.append(each.id()).append(" ");
  return ids;
}

std::string ids_by_match(const Predicate& predicate, const std::vector<Resource>& resources) {
  std::string ids;
  for (const Resource& each : resources) {
    if (match(predicate, each.body)) ids.append(each.id()).append(" ");
  }
  return ids;
}

/// What `filter` printed from a predicate says must mean the same, where the grammar can say it.
void check_normalised(const Predicate& predicate, const ResourceType& type, const std::vector<Resource>& resources) {
  const auto filter = parse_filter(to_text(predicate));
  if (!filter) return;
  const auto again = bind(*filter, type);
  if (!again) return;
  expect_equal(ids_by_match(*again, resources), ids_by_match(predicate, resources), "the normalised filter means the same: " + to_text(predicate));
}

/// Whether each parameter stands in the statement: `sign` 1 to `count`, and none beyond.
void check_parameters(const sql::Sql& sql, char sign) {
  std::set<unsigned long> named;
  for (std::size_t at = sql.text.find(sign); at != std::string::npos; at = sql.text.find(sign, at + 1)) {
    const std::size_t end = sql.text.find_first_not_of("0123456789", at + 1);
    if (end != at + 1) named.insert(std::stoul(sql.text.substr(at + 1, end - at - 1)));
  }
  expect(named.size() == sql.binds.size() && (named.empty() || *named.rbegin() == sql.binds.size()),
         "each value is a parameter, and each parameter has a value", sql.text);
}

/// A mapping knows the attributes of one registry, and so does a predicate.
void check_sql(const Filter& filter, const ResourceType& type, const sql::Mapping& mapping, const sql::Dialect& dialect) {
  const auto predicate = bind(filter, type);
  if (!predicate) return;
  check_parameters(sql::compile_select_ids(*predicate, mapping.of(type), {mapping, dialect, SampleStore::kBaseUrl}), dialect.parameter_sign);
}

void check_meaning(const Filter& filter, const ResourceType& type, SampleStore& sample) {
  const auto predicate = bind(filter, type);
  if (!predicate) return expect(!predicate.error().detail.empty(), "a refusal says why");
  expect_equal(to_text(simplify(*predicate)), to_text(*predicate), "simplifying again changes nothing");
  const std::vector<Resource>& resources = sample.resources(type);
  check_normalised(*predicate, type, resources);
  const auto found = sample.find(type, *predicate);
  expect(found.has_value(), "a filter that is bound can be asked", to_text(*predicate) + (found ? "" : "\n" + found.error().detail));
  expect_equal(ids_of(*found), ids_by_match(*predicate, resources), "SQL finds what match() does: " + to_text(*predicate));
}

sql::Served served_on_postgresql(const Config& config) {
  Config other = config;
  other.database_url = "postgresql://";
  return sql::load_served(other).value();
}

}  // namespace
}  // namespace scim::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scim;
  static fuzz::SampleStore sample;  // there is no other place between two inputs
  static const sql::Served on_postgresql = fuzz::served_on_postgresql(sample.config());
  const std::string text = fuzz::text_of(data, size);
  const auto filter = parse_filter(text);
  if (!filter) {
    fuzz::expect(filter.error().offset == std::string::npos || filter.error().offset <= text.size(), "an offset is in the text", filter.error().detail);
    return 0;
  }
  fuzz::check_printing(*filter);
  for (const ResourceType* type : sample.types()) {
    fuzz::check_sql(*filter, *type, sample.mapping(), sql::kSqliteDialect);
    fuzz::check_sql(*filter, *on_postgresql.registry->type_by_name(type->name), on_postgresql.mapping, sql::kPostgresqlDialect);
    fuzz::check_meaning(*filter, *type, sample);
  }
  return 0;
}
