// SPDX-License-Identifier: MIT
#include "cli/conformance/conformance_report.h"

#include <algorithm>
#include <ostream>

#include "core/text.h"

namespace scim::cli {
namespace {

using Outcome = ConformanceResult::Outcome;

/// How much of a body is shown, in bytes.
constexpr std::size_t kShown = 600;
constexpr std::size_t kIdWidth = 26;

std::string cut(const std::string& text) { return text.size() <= kShown ? text : text.substr(0, kShown) + "..."; }

std::string target_of(const Request& request) { return request.path + (request.query.empty() ? "" : '?' + request.query); }

bool is_warning(const ConformanceRow& row, ConformanceCommand::Fail fail) {
  return row.result.outcome == Outcome::failed && row.check->level == Level::should && fail == ConformanceCommand::Fail::on_must;
}

std::string_view word_of(const ConformanceRow& row, ConformanceCommand::Fail fail) {
  if (is_warning(row, fail)) return "warn";
  switch (row.result.outcome) {
    case Outcome::passed: return "ok";
    case Outcome::failed: return "FAIL";
    case Outcome::skipped: return "skip";
    case Outcome::error: return "ERROR";
  }
  return "";
}

Json body_of(const std::string& text) {
  Json body = Json::parse(text, nullptr, false);
  return body.is_discarded() ? Json(cut(text)) : body;
}

/// What there is to know about a check that did not pass, a line each.
std::vector<std::string> details(const ConformanceRow& row) {
  const ConformanceResult& result = row.result;
  std::vector<std::string> lines;
  const auto add = [&](const std::string& name, const std::string& text) { lines.push_back(name + printable(text)); };
  if (!result.reason.empty()) add("", result.reason);
  if (!result.expected.empty()) add("expected  ", result.expected);
  if (!result.got.empty()) add("got       ", cut(result.got));
  if (result.request) add("request   ", result.request->method + ' ' + target_of(*result.request));
  if (result.request && !result.request->if_match.empty()) add("          If-Match: ", result.request->if_match);
  if (result.request && !result.request->if_none_match.empty()) add("          If-None-Match: ", result.request->if_none_match);
  if (result.request && !result.request->body.empty()) add("          ", cut(result.request->body));
  if (result.response) add("answer    ", std::to_string(result.response->status) + ' ' + cut(result.response->body));
  if (result.outcome == Outcome::failed) add("", row.check->rfc + ": " + row.check->requirement);
  return lines;
}

std::ptrdiff_t count(const std::vector<ConformanceRow>& rows, Outcome outcome) {
  return std::count_if(rows.begin(), rows.end(), [&](const ConformanceRow& row) { return row.result.outcome == outcome; });
}

std::ptrdiff_t count_failed(const std::vector<ConformanceRow>& rows, Level level) {
  return std::count_if(rows.begin(), rows.end(), [&](const ConformanceRow& row) { return row.result.outcome == Outcome::failed && row.check->level == level; });
}

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string attribute(std::string_view name, std::string_view value) { return ' ' + std::string(name) + "=\"" + xml_text(value) + '"'; }

std::string text_of(const ConformanceRow& row) {
  std::string text;
  for (const std::string& line : details(row)) text += line + '\n';
  return xml_text(text);
}

std::string junit_case(const ConformanceRow& row, ConformanceCommand::Fail fail) {
  const std::string open = "    <testcase" + attribute("classname", row.check->area) + attribute("name", row.check->id + ' ' + row.check->title);
  const auto with = [&](const std::string& element, const std::string& message) {
    return open + ">\n      <" + element + attribute("message", printable(message)) + '>' + text_of(row) + "</" + element + ">\n    </testcase>\n";
  };
  const std::string what = std::string(to_string(row.check->level)) + ": expected " + row.result.expected;
  if (is_warning(row, fail)) return with("skipped", "warning: " + what);
  switch (row.result.outcome) {
    case Outcome::passed: return open + "/>\n";
    case Outcome::failed: return with("failure", what);
    case Outcome::skipped: return with("skipped", row.result.reason);
    case Outcome::error: return with("error", row.result.reason);
  }
  return "";
}

std::string junit_suite(const std::vector<ConformanceRow>& rows, const std::string& area, ConformanceCommand::Fail fail) {
  std::vector<ConformanceRow> ours;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(ours), [&](const ConformanceRow& row) { return row.check->area == area; });
  const std::ptrdiff_t warnings = std::count_if(ours.begin(), ours.end(), [&](const ConformanceRow& row) { return is_warning(row, fail); });
  std::string xml = "  <testsuite" + attribute("name", area) + attribute("tests", std::to_string(ours.size())) +
                    attribute("failures", std::to_string(count(ours, Outcome::failed) - warnings)) +
                    attribute("errors", std::to_string(count(ours, Outcome::error))) +
                    attribute("skipped", std::to_string(count(ours, Outcome::skipped) + warnings)) + ">\n";
  for (const ConformanceRow& row : ours) xml += junit_case(row, fail);
  return xml + "  </testsuite>\n";
}

}  // namespace

Json to_json(const ConformanceCheck& check) {
  return Json{{"id", check.id},       {"area", check.area}, {"level", std::string(to_string(check.level))},
              {"title", check.title}, {"rfc", check.rfc},   {"requirement", check.requirement},
              {"needs", check.needs}};
}

Json to_json(const ConformanceRow& row) {
  const ConformanceResult& result = row.result;
  Json json = to_json(*row.check);
  json.erase("needs");
  json["result"] = std::string(to_string(result.outcome));
  if (!result.reason.empty()) json["reason"] = result.reason;
  if (!result.expected.empty()) json["expected"] = result.expected;
  if (!result.got.empty()) json["got"] = result.got;
  if (result.request) {
    json["request"] = Json{{"method", result.request->method}, {"path", target_of(*result.request)}};
    if (!result.request->body.empty()) json["request"]["body"] = body_of(result.request->body);
  }
  if (result.response) json["response"] = Json{{"status", result.response->status}, {"body", body_of(result.response->body)}};
  return json;
}

std::string junit_xml(const std::vector<ConformanceRow>& rows, ConformanceCommand::Fail fail) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"scimctl conformance\">\n";
  const std::string* before = nullptr;
  for (const ConformanceRow& row : rows) {
    if (before == nullptr || *before != row.check->area) xml += junit_suite(rows, row.check->area, fail);
    before = &row.check->area;
  }
  return xml + "</testsuites>\n";
}

ConformanceReport::ConformanceReport(const Globals& globals, Console& console) : console_(console) {
  const std::vector<std::string> all = {"id", "level", "result", "title", "expected", "got", "reason"};
  if (globals.format) printer_.emplace(console, member_columns(globals.columns.empty() ? all : globals.columns));
}

void ConformanceReport::add(ConformanceRow row, ConformanceCommand::Fail fail) {
  if (printer_) printer_->add(to_json(row));
  else print_text(row, fail);
  rows_.push_back(std::move(row));
}

void ConformanceReport::finish() {
  if (printer_) printer_->finish(Envelope{Envelope::Kind::array});
  else print_summary();
}

void ConformanceReport::print_text(const ConformanceRow& row, ConformanceCommand::Fail fail) {
  std::ostream& out = console_.out;
  if (rows_.empty() || rows_.back().check->area != row.check->area) out << (rows_.empty() ? "" : "\n") << row.check->area << '\n';
  const std::string word(word_of(row, fail));
  const std::size_t id_width = std::max(kIdWidth, row.check->id.size());
  out << "  " << word << std::string(7 - word.size(), ' ') << row.check->id << std::string(id_width - row.check->id.size() + 1, ' ')
      << row.check->title << '\n';
  for (const std::string& line : details(row)) out << "         " << line << '\n';
  out.flush();
}

void ConformanceReport::print_summary() {
  const std::ptrdiff_t must = count_failed(rows_, Level::must);
  const std::ptrdiff_t should = count_failed(rows_, Level::should);
  console_.out << '\n' << rows_.size() << (rows_.size() == 1 ? " check: " : " checks: ") << count(rows_, Outcome::passed) << " passed, " << must << " failed of MUST, " << should
               << " of SHOULD, " << count(rows_, Outcome::skipped) << " skipped, " << count(rows_, Outcome::error) << " errors\n";
}

}  // namespace scim::cli
