// SPDX-License-Identifier: MIT
// What came of checks: text for people, JSON, JUnit XML.
#pragma once

#include <string>
#include <vector>

#include "cli/conformance/conformance_run.h"
#include "cli/line/options.h"

namespace scim::cli {

struct ConformanceRow {
  const ConformanceCheck* check;
  ConformanceResult result;
};

Json to_json(const ConformanceCheck& check);
/// That, and result, and of what did not pass: reason, expected, got, request, response.
Json to_json(const ConformanceRow& row);

/// What fails a SHOULD and does not count is skipped there, with the word warning.
std::string junit_xml(const std::vector<ConformanceRow>& rows, ConformanceCommand::Fail fail);

class ConformanceReport {
 public:
  /// Text, unless --output says otherwise.
  ConformanceReport(const Globals& globals, Console& console);
  /// Text is printed as it comes.
  void add(ConformanceRow row, ConformanceCommand::Fail fail);
  void finish();
  const std::vector<ConformanceRow>& rows() const { return rows_; }

 private:
  void print_text(const ConformanceRow& row, ConformanceCommand::Fail fail);
  void print_summary();

  Console& console_;
  std::optional<Printer> printer_;  ///< nullopt: text
  std::vector<ConformanceRow> rows_;
};

}  // namespace scim::cli
