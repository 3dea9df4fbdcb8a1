// SPDX-License-Identifier: MIT
// One operation of a PATCH, as three lines: `add User`, its path, its value (there may be none). What it makes of a resource is a
// resource, and an operation that selects nothing by a filter changes nothing when it is repeated.
#include "core/patch.h"
#include "core/validate.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/sample_store.h"

namespace scim::fuzz {
namespace {

struct Sent {
  std::string type;
  Json body;
};

Sent read(std::string_view rest) {
  const std::string_view head = take_line(rest);
  const std::size_t blank = std::min(head.find(' '), head.size());
  Json operation = {{"op", head.substr(0, blank)}};
  const std::string_view path = take_line(rest);
  if (!path.empty()) operation["path"] = path;
  if (const auto value = parse_json(rest)) operation["value"] = *value;
  const Json body = {{"schemas", {urn::kPatchOp}}, {"Operations", {operation}}};
  return {std::string(head.substr(std::min(blank + 1, head.size()))), body};
}

void check_path(const std::string& text) {
  const auto path = parse_path(text);
  if (!path) return expect(path.error().offset == std::string::npos || path.error().offset <= text.size(), "an offset is in the path", text);
  const auto name = parse_path_name(path->name.text());
  expect(name.has_value(), "a name that was printed is read", path->name.text());
  expect_equal(name->text(), path->name.text(), "a name that was printed reads to the same");
}

/// What a client could have sent for `resource`.
Json sent_as(const Resource& resource) {
  Json body = resource.body;
  body["schemas"] = schemas_of(*resource.type, body);
  return body;
}

void check_result(const Resource& after, const std::string& how) {
  const auto complete = check_complete(after, ErrorKind::invalid_value);
  expect(complete.has_value(), "what a PATCH makes is complete", how + "\n" + to_text(after.body));
  const auto sent = resource_from_body(sent_as(after), *after.type);
  expect(sent.has_value(), "what a PATCH makes could be sent", how + "\n" + to_text(after.body) + (sent ? "" : "\n" + sent.error().detail));
  const Changes differences = difference(*after.type, after.body, sent->body);
  expect(differences.empty(), "what a PATCH makes is canonical",
         how + "\n" + to_text(after.body) + "\n" + to_text(sent->body) + (differences.empty() ? "" : "\n" + differences.front().attribute->path()));
}

void check_plan(const std::vector<PatchOperation>& operations, const Resource& before, const std::string& how) {
  const auto changes = plan_patch(operations, before);
  if (!changes) return expect(!changes.error().detail.empty(), "a refusal says why");
  Resource after = before;
  apply(*changes, after);
  check_result(after, how);
  const bool selects = std::any_of(operations.begin(), operations.end(), [](const PatchOperation& each) { return each.selected != nullptr; });
  if (selects) return;
  const auto again = plan_patch(operations, after);
  expect(again.has_value(), "what could be done can be repeated", how + "\n" + to_text(after.body) + (again ? "" : "\n" + again.error().detail));
  // The store knows whether it removes members that are there.
  Resource same = after;
  apply(*again, same);
  expect_equal(to_text(same.body), to_text(after.body), "what is repeated changes nothing: " + how);
}

}  // namespace
}  // namespace scim::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scim;
  static const fuzz::SampleStore sample;  // there is no other place between two inputs
  const std::string text = fuzz::text_of(data, size);
  if (!is_utf8(text)) return 0;  // parse_json() refuses it
  const fuzz::Sent sent = fuzz::read(text);
  const Json& operation = sent.body["Operations"][0];
  if (operation.contains("path")) fuzz::check_path(operation["path"].get<std::string>());
  for (const ResourceType* type : sample.types()) {
    if (type->name != sent.type) continue;
    const auto operations = parse_patch(sent.body, *type);
    if (!operations) break;
    for (const Resource& before : sample.resources(*type)) fuzz::check_plan(*operations, before, text);
  }
  return 0;
}
