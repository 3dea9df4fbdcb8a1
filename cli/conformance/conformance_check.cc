// SPDX-License-Identifier: MIT
// JSON -> checks.
#include "cli/conformance/conformance_check.h"

#include <algorithm>
#include <array>

#include "cli/conformance/expectation.h"
#include "core/schema.h"
#include "scim_cli_lib_texts.h"

namespace scim::cli {
namespace {

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorKind::invalid_syntax, std::move(detail)); }

std::vector<int> promised_status(const ConformanceStep& step) {
  const bool is_query = step.path.ends_with("/.search") || step.path == "/Bulk";
  if (step.method == "POST" && !is_query) return {201};
  if (step.method == "DELETE") return {204};
  if (step.method == "PATCH") return {200, 204};
  return {200};
}

Result<void> read_send(ConformanceStep& step, const Json& value) {
  const std::string line = value.get<std::string>();
  const std::size_t blank = line.find(' ');
  if (blank == std::string::npos) return invalid("send must be \"METHOD /path\"");
  step.method = line.substr(0, blank);
  step.path = line.substr(blank + 1);
  return {};
}

Result<void> read_make(ConformanceStep& step, const Json& value) {
  if (value != "User" && value != "Group") return invalid("make must be User or Group");
  step.about = ConformanceStep::About::preparation;
  step.method = "POST";
  step.path = "/" + value.get<std::string>() + "s";
  if (step.body.is_null()) step.body = Json::object();
  step.body["+required"] = value;
  return {};
}

Result<void> read_get(ConformanceStep& step, const Json& value) {
  step.method = "GET";
  step.path = "{{" + value.get<std::string>() + ".path}}";
  return {};
}

Result<void> read_patch(ConformanceStep& step, const Json& value) {
  step.method = "PATCH";
  step.path = "{{" + value.get<std::string>() + ".path}}";
  return {};
}

Result<void> read_finds(ConformanceStep& step, const Json& value, ConformanceStep::Finds finding) {
  step.finding = finding;
  step.finds = value.get<std::vector<std::string>>();
  return {};
}

Result<void> read_matchers(Json& into, const Json& value) {
  for (const auto& [name, matcher] : value.items()) SCIM_TRY(check_matcher(matcher));
  into = value;
  return {};
}

ConformanceStep::SkipIf one_skip_if(const Json& value) {
  if (value.is_string()) return {{400}, value.get<std::string>()};
  return {value.at("status").get<std::vector<int>>(), value.value("scimType", std::string())};
}

Result<void> read_skip_if(ConformanceStep& step, const Json& value) {
  for (const Json& each : value.is_array() ? value : Json::array({value})) step.skip_if.push_back(one_skip_if(each));
  return {};
}

template <std::string ConformanceStep::* member>
Result<void> read_text(ConformanceStep& step, const Json& value) {
  step.*member = value.get<std::string>();
  return {};
}

struct StepRow {
  std::string_view name;
  Result<void> (*read)(ConformanceStep& step, const Json& value);
};
constexpr std::array<StepRow, 24> kStepRows = {{
    {"send", read_send},
    {"make", read_make},
    {"get", read_get},
    {"patch", read_patch},
    {"operations",
     [](ConformanceStep& step, const Json& value) -> Result<void> {
       step.body = Json{{"schemas", Json::array({std::string(urn::kPatchOp)})}, {"Operations", value}};
       return {};
     }},
    {"with",
     [](ConformanceStep& step, const Json& value) -> Result<void> {
       step.body.update(value);
       return {};
     }},
    {"body", [](ConformanceStep& step, const Json& value) -> Result<void> { step.body = value; return {}; }},
    {"query", [](ConformanceStep& step, const Json& value) -> Result<void> { step.query = value; return {}; }},
    {"for_each", read_text<&ConformanceStep::for_each>},
    {"as", read_text<&ConformanceStep::as>},
    {"text", read_text<&ConformanceStep::text>},
    {"content_type", read_text<&ConformanceStep::content_type>},
    {"accept", read_text<&ConformanceStep::accept>},
    {"if_match", read_text<&ConformanceStep::if_match>},
    {"if_none_match", read_text<&ConformanceStep::if_none_match>},
    {"authorization", read_text<&ConformanceStep::authorization>},
    {"given",
     [](ConformanceStep& step, const Json& value) -> Result<void> {
       if (value == Json(true)) step.about = ConformanceStep::About::premise;
       return {};
     }},
    {"skip_if", read_skip_if},
    {"status", [](ConformanceStep& step, const Json& value) -> Result<void> { step.status = value.get<std::vector<int>>(); return {}; }},
    {"scimType", read_text<&ConformanceStep::scim_type>},
    {"headers", [](ConformanceStep& step, const Json& value) { return read_matchers(step.headers, value); }},
    {"expect", [](ConformanceStep& step, const Json& value) { return read_matchers(step.expected, value); }},
    {"finds", [](ConformanceStep& step, const Json& value) { return read_finds(step, value, ConformanceStep::Finds::any_order); }},
    {"finds_in_order", [](ConformanceStep& step, const Json& value) { return read_finds(step, value, ConformanceStep::Finds::this_order); }},
}};

Result<ConformanceStep> read_step(const Json& json) {
  ConformanceStep step;
  for (const auto& [name, value] : json.items()) {
    const auto row = std::find_if(kStepRows.begin(), kStepRows.end(), [&wanted = name](const StepRow& r) { return r.name == wanted; });
    if (row == kStepRows.end()) return invalid("a step has no " + quote(name));
    SCIM_TRY(row->read(step, value));
  }
  if (step.method.empty()) return invalid("a step must have send, make, get or patch");
  if (step.status.empty()) step.status = promised_status(step);
  return step;
}

Result<ConformanceCheck> read_check(const Json& json, const std::string& area) {
  ConformanceCheck check;
  check.area = area;
  check.id = json.at("id").get<std::string>();
  check.title = json.at("title").get<std::string>();
  check.rfc = json.at("rfc").get<std::string>();
  check.requirement = json.at("requirement").get<std::string>();
  const std::string level = json.at("level").get<std::string>();
  if (level != "MUST" && level != "SHOULD") return invalid(check.id + ": the level must be MUST or SHOULD");
  check.level = level == "MUST" ? Level::must : Level::should;
  check.needs = json.value("needs", std::vector<std::string>());
  for (const Json& step : json.at("steps")) {
    auto read = read_step(step);
    if (!read) return invalid(check.id + ": " + read.error().detail);
    check.steps.push_back(*std::move(read));
  }
  return check;
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::must: return "MUST";
    case Level::should: return "SHOULD";
  }
  return "";
}

Result<std::vector<ConformanceCheck>> read_conformance_checks(std::string_view text) {
  SCIM_ASSIGN(const Json json, parse_json(text));
  std::vector<ConformanceCheck> checks;
  try {
    for (const Json& each : json.at("checks")) {
      SCIM_ASSIGN(ConformanceCheck check, read_check(each, json.at("area").get<std::string>()));
      checks.push_back(std::move(check));
    }
  } catch (const Json::exception& error) {
    return invalid(std::string("after ") + (checks.empty() ? "the beginning" : checks.back().id) + ": " + error.what());
  }
  return checks;
}

bool is_among(int status, const std::vector<int>& named) {
  return std::any_of(named.begin(), named.end(), [&](int each) { return each == status || each == status / 100; });
}

Result<std::vector<ConformanceCheck>> conformance_checks() {
  std::vector<ConformanceCheck> all;
  for (const std::string_view text : {texts::discovery_json, texts::protocol_json, texts::create_json, texts::read_json, texts::list_json,
                                      texts::filter_json, texts::sort_json, texts::replace_json, texts::patch_json, texts::group_json,
                                      texts::etag_json, texts::delete_json, texts::bulk_json}) {
    SCIM_ASSIGN(std::vector<ConformanceCheck> checks, read_conformance_checks(text));
    std::move(checks.begin(), checks.end(), std::back_inserter(all));
  }
  return all;
}

bool is_named(const ConformanceCheck& check, std::string_view wanted) {
  if (wanted.empty() || !check.id.starts_with(wanted)) return false;
  return check.id.size() == wanted.size() || check.id[wanted.size()] == '.' || check.id[wanted.size()] == '-';
}

}  // namespace scim::cli
