// SPDX-License-Identifier: MIT
#include "cli/conformance/conformance.h"

#include <algorithm>
#include <fstream>
#include <ostream>

#include "cli/conformance/conformance_report.h"
#include "cli/conformance/conformance_run.h"
#include "cli/interruption.h"
#include "core/env.h"
#include "core/text.h"

namespace scim::cli {
namespace {

using Outcome = ConformanceResult::Outcome;

/// Of each run another one, so that two at once are not in each other's way.
constexpr std::size_t kRandomBytes = 4;
/// After so many checks in a row without an answer the server is gone: each could take as long as --timeout says.
constexpr int kMostSilent = 3;

tl::unexpected<Failure> misuse(std::string detail) {
  return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, std::move(detail), ""}));
}

Try<std::vector<ConformanceCheck>> chosen_checks(const ConformanceCommand& command) {
  SCIM_ASSIGN(std::vector<ConformanceCheck> checks, conformance_checks());
  for (const std::string& wanted : command.only) {
    const bool is_there = std::any_of(checks.begin(), checks.end(), [&](const ConformanceCheck& c) { return is_named(c, wanted); });
    if (!is_there) return misuse("no check is called " + quote(wanted) + "; --list shows them");
  }
  const auto is_left_out = [&](const ConformanceCheck& check) {
    return !command.only.empty() && std::none_of(command.only.begin(), command.only.end(), [&](const std::string& w) { return is_named(check, w); });
  };
  std::erase_if(checks, is_left_out);
  return checks;
}

ExitCode list(const std::vector<ConformanceCheck>& checks, const Globals& globals, Console& console) {
  Printer printer(console, member_columns(globals.columns.empty() ? std::vector<std::string>{"id", "level", "rfc", "title"} : globals.columns));
  for (const ConformanceCheck& check : checks) printer.add(to_json(check));
  printer.finish(Envelope{Envelope::Kind::array});
  return ExitCode::ok;
}

/// What could not be removed is somebody's work now, so --quiet does not hide it.
void report_left(const ConformanceRun& run, const Backend& backend, Console& console) {
  for (const std::string& path : run.left()) console.err << "scimctl: left behind, remove it: " << printable(base_url(backend.config()) + path) << '\n';
}

bool has_no_answer(const ConformanceResult& result) {
  return result.outcome == Outcome::error && result.request && !result.response;
}

ExitCode code_of(const std::vector<ConformanceRow>& rows, ConformanceCommand::Fail fail) {
  const auto counts = [&](const ConformanceRow& row) { return row.check->level == Level::must || fail == ConformanceCommand::Fail::on_should_too; };
  const auto has = [&](Outcome outcome) {
    return std::any_of(rows.begin(), rows.end(), [&](const ConformanceRow& row) { return row.result.outcome == outcome && counts(row); });
  };
  if (has(Outcome::failed)) return ExitCode::different;
  return has(Outcome::error) ? ExitCode::error : ExitCode::ok;
}

}  // namespace

Try<ExitCode> run(const ConformanceCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const std::vector<ConformanceCheck> checks, chosen_checks(command));
  switch (command.does) {
    case ConformanceCommand::Does::list: return list(checks, globals, console);
    case ConformanceCommand::Does::run: break;
  }
  std::ofstream junit;
  if (!command.junit_file.empty()) junit.open(command.junit_file);
  if (!junit) return misuse(command.junit_file + ": cannot be written");
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const ConformanceTarget target, ConformanceTarget::discover(*backend));
  Interruption interruption;
  const std::string name = "scimctl-conformance-" + hex_encode(system_env(LogLevel::warning)->random_bytes(kRandomBytes));
  ConformanceRun run(*backend, target, name, [&] { return interruption.has_come(); });
  ConformanceReport report(globals, console);
  int silent = 0;
  for (const ConformanceCheck& check : checks) {
    if (interruption.has_come() || silent == kMostSilent) break;
    ConformanceResult result = run.run(check);
    silent = has_no_answer(result) ? silent + 1 : 0;
    report.add({&check, std::move(result)}, command.fail);
  }
  run.sweep();
  report.finish();
  if (junit.is_open()) junit << junit_xml(report.rows(), command.fail) << std::flush;
  report_left(run, *backend, console);
  if (!junit) return misuse(command.junit_file + ": cannot be written");
  if (interruption.has_come()) return fail(Failure(ExitCode::error, {ErrorKind::unavailable, "interrupted", ""}));
  if (silent == kMostSilent) return fail(Failure(ExitCode::error, {ErrorKind::unavailable, "the server does not answer any more: not all checks have been run", ""}));
  return code_of(report.rows(), command.fail);
}

}  // namespace scim::cli
