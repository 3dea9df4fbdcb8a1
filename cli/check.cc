// SPDX-License-Identifier: MIT
// The findings of sql/installation_check.h as text or rows.
#include "cli/check.h"

#include <algorithm>
#include <ostream>

#include "cli/console_env.h"
#include "cli/local.h"
#include "sql/installation_check.h"

namespace scim::cli {
namespace {

using sql::Finding;
using Severity = Finding::Severity;

std::ptrdiff_t count(const sql::Findings& findings, Severity severity) {
  return std::count_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.severity == severity; });
}

/// "1 warning", "0 errors".
std::string counted(const sql::Findings& findings, Severity severity) {
  const std::ptrdiff_t number = count(findings, severity);
  return std::to_string(number) + ' ' + std::string(to_string(severity)) + (number == 1 ? "" : "s");
}

Json row_of(const Finding& finding) {
  return Json{{"severity", std::string(to_string(finding.severity))},
              {"place", finding.place},
              {"text", finding.text},
              {"fix", finding.fix}};
}

void print_text(const sql::Findings& findings, std::ostream& out) {
  for (const Finding& finding : findings) {
    out << to_string(finding.severity) << ": " << printable(finding.place) << ": " << printable(finding.text) << '\n';
    for (std::size_t at = 0; at < finding.fix.size();) {
      const std::size_t end = std::min(finding.fix.find('\n', at), finding.fix.size());
      out << "    " << printable(finding.fix.substr(at, end - at)) << '\n';
      at = end + 1;
    }
  }
  out << counted(findings, Severity::error) << ", " << counted(findings, Severity::warning) << ", "
      << counted(findings, Severity::hint) << "; checked as " << sql::this_user() << '\n';
}

Try<void> print_rows(const sql::Findings& findings, const Globals& globals, Console& console) {
  const std::vector<std::string> all = {"severity", "place", "text", "fix"};
  SCIM_ASSIGN(std::vector<Column> columns, chosen_columns(globals.columns, all));
  Printer printer(console, std::move(columns), "place");
  for (const Finding& finding : findings) printer.add(row_of(finding));
  printer.finish(Envelope{Envelope::Kind::array});
  return {};
}

}  // namespace

Try<ExitCode> run(const CheckCommand& command, const Globals& globals, Console& console) {
  SCIM_TRY(check_is_local(globals));
  SCIM_ASSIGN(const Config config, configuration(globals));
  auto served = sql::load_served(config);
  if (!served) return fail(Failure(ExitCode::usage, served.error()));
  const auto env = console_env(console, config.log_level);
  SCIM_ASSIGN(const sql::Findings findings, sql::check_installation(config, served->mapping, *env, sql::Depth::everything));
  if (globals.format) {
    SCIM_TRY(print_rows(findings, globals, console));
  } else {
    print_text(findings, console.out);
  }
  const bool is_bad = count(findings, Severity::error) > 0 ||
                      (command.fail == CheckCommand::Fail::on_warnings_too && count(findings, Severity::warning) > 0);
  return is_bad ? ExitCode::error : ExitCode::ok;
}

}  // namespace scim::cli
