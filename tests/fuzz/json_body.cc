// SPDX-License-Identifier: MIT
// The body of a POST or PUT: what is read prints, and what is printed reads to the same; what validates is canonical.
#include "core/json.h"
#include "core/registry.h"
#include "core/validate.h"
#include "tests/fuzz/property.h"
#include "tests/unit/case_file.h"

namespace scim::fuzz {
namespace {

void check_printing(const Json& value) {
  const std::string text = to_text(value);
  const auto again = parse_json(text);
  expect(again.has_value(), "JSON that was printed is read", text);
  expect_equal(to_text(*again), text, "JSON that was printed reads to the same");
  JsonWriter writer;
  writer.value(value);
  expect_equal(writer.text(), text, "a writer prints as to_text() does");
}

void check_no_unassigned(const Json& value) {
  expect(!is_unassigned(value), "a resource has no null, no empty list and no empty object", to_text(value));
  if (!value.is_structured()) return;
  for (const Json& part : value) check_no_unassigned(part);
}

/// What is canonical comes back as it is.
void check_validation(const Json& body, const ResourceType& type) {
  const auto resource = resource_from_body(body, type);
  if (!resource) return expect(!resource.error().detail.empty(), "a refusal says why");
  Json canonical = resource->body;
  for (const Json& part : canonical) check_no_unassigned(part);
  check_printing(canonical);
  canonical["schemas"] = schemas_of(type, canonical);
  const auto again = resource_from_body(canonical, type);
  expect(again.has_value(), "a canonical body validates", to_text(canonical) + (again ? "" : "\n" + again.error().detail));
  expect_equal(to_text(again->body), to_text(resource->body), "a canonical body validates to itself");
  expect(difference(type, resource->body, again->body).empty(), "nothing differs from itself", to_text(canonical));
}

}  // namespace
}  // namespace scim::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scim;
  static const Registry registry = test::registry_with_widget();  // there is no other place between two inputs
  const auto body = parse_json(fuzz::text_of(data, size));
  if (!body) return 0;
  fuzz::check_printing(*body);
  for (const auto& type : registry.types()) fuzz::check_validation(*body, *type);
  return 0;
}
