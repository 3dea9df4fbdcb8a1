// SPDX-License-Identifier: MIT
// scimctl: reads the command line, runs one verb, and says what came of it.
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>
#include <variant>

#include "cli/apply/apply.h"
#include "cli/apply/edit.h"
#include "cli/audit/audit.h"
#include "cli/audit/holds.h"
#include "cli/audit/revert.h"
#include "cli/check.h"
#include "cli/commands.h"
#include "cli/completion/completion.h"
#include "cli/conformance/conformance.h"
#include "cli/database.h"
#include "cli/events/events.h"
#include "cli/files/export.h"
#include "cli/help/help.h"
#include "cli/import/import.h"
#include "cli/line/options.h"
#include "cli/link.h"
#include "cli/replay/raw.h"
#include "cli/replay/replay.h"
#include "cli/settings.h"
#include "cli/tokens/tokens.h"
#include "cli/trials/inspect.h"
#include "cli/trials/rehearsal.h"

namespace {

using namespace scim::cli;

/// How many columns the terminal has, 0 if nobody knows: COLUMNS, else what it says itself.
std::size_t terminal_width() {
  const char* set = std::getenv("COLUMNS");
  const std::string_view text = set != nullptr ? set : "";
  std::size_t width = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
  if (error == std::errc() && end == text.data() + text.size() && width > 0) return width;
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

Console console_for(const Globals& globals) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  Console console{std::cin, std::cout, std::cerr};
  console.words = globals.words;
  if (terminal) {
    console.target = Console::Target::terminal;
    console.width = terminal_width();
  }
  console.style = terminal && (no_color == nullptr || *no_color == '\0') ? Style::color : Style::plain;
  console.format = globals.format.value_or(terminal ? Format::table : Format::json);
  const bool json = globals.format == Format::json || globals.format == Format::jsonl;
  console.errors = json ? Console::Errors::documents : Console::Errors::words;
  if (::isatty(STDERR_FILENO) == 1) console.progress = Console::Progress::shown;
  if (::isatty(STDERR_FILENO) == 1 && ::isatty(STDIN_FILENO) == 1) console.interaction = Console::Interaction::terminal;
  return console;
}

template <class... Commands>
bool is_one_of(const Command& command) {
  return (std::holds_alternative<Commands>(command) || ...);
}

bool sends_no_request(const Command& command) {
  return is_one_of<TokenCreateCommand, TokenUpdateCommand, TokenShowCommand, TokenDialectsCommand, TokenListCommand, TokenRevokeCommand, TokenRotateCommand, LinkCommand, CheckCommand,
                   DbStatusCommand, DbMigrateCommand, DbCopyCommand, DbVerifyCommand, PatchTestCommand, LogListCommand, LogShowCommand, LogVerifyCommand, LogExportCommand, LogPruneCommand, EventsCommand, HoldListCommand, HoldShowCommand, HoldRejectCommand, ConfigCommand, HelpCommand, CompletionCommand>(command);
}

/// What came of it when its output is lost; "": nothing but the output.
std::string_view outcome_of(const Options& options, ExitCode code) {
  const bool changes = is_one_of<EditCommand, TargetsCommand, TokenUpdateCommand, TokenRevokeCommand, TokenRotateCommand, ImportCommand, ApplyCommand, ReplayCommand, LogPruneCommand, RevertCommand, HoldReleaseCommand, HoldRejectCommand>(options.command);
  if (!changes || options.globals.effect == Effect::preview) return "";
  return code == ExitCode::ok ? "; the change was made all the same" : "; what was not refused was changed all the same";
}

/// Options of every command that would mean nothing to this one.
Try<void> check_options_are_heeded(const Options& options, const Console& console) {
  const auto misuse = [](const char* what) { return scim::fail(Failure(ExitCode::usage, {scim::ErrorKind::bad_request, what, ""})); };
  const bool has_columns = console.format == Format::table || console.format == Format::csv;  // what -o says, or a pipe without it
  if (!has_columns && !options.globals.columns.empty()) {
    return misuse("--columns is for -o table and -o csv: --attributes chooses what -o json shows");
  }
  if (!options.globals.trace.empty() && sends_no_request(options.command)) {
    return misuse("--trace: this command sends no request, and nothing would be recorded");
  }
  return {};
}

ExitCode run_verb(const Options& options, Console& console) {
  if (const auto heeded = check_options_are_heeded(options, console); !heeded) {
    console.report(heeded.error());
    return heeded.error().code;
  }
  const auto code = std::visit([&](const auto& command) { return run(command, options.globals, console); }, options.command);
  if (code) return *code;
  console.report(code.error());
  return code.error().code;
}

/// A reader that has enough (`scimctl list users | head`) is no error; a full disk is.
ExitCode finish_output(ExitCode code, std::string_view outcome) {
  std::cout.flush();
  if (std::cout) return code;
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  const bool reader_left = ::poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
  if (reader_left) return code;
  std::cerr << "scimctl: standard output cannot be written" << outcome << '\n';
  return ExitCode::error;
}

ExitCode run_program(int argc, char** argv) {
  const auto parsed = parse_options({argv + 1, argv + argc});
  if (const auto* stop = std::get_if<Stop>(&parsed)) {
    std::cout << stop->out;
    std::cerr << stop->err;
    return finish_output(stop->code, "");
  }
  const Options& options = std::get<Options>(parsed);
  Console console = console_for(options.globals);
  const ExitCode code = run_verb(options, console);
  return finish_output(code, outcome_of(options, code));
}

}  // namespace

int main(int argc, char** argv) {
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  try {
    return static_cast<int>(run_program(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "scimctl: internal error: " << error.what() << '\n';
    return static_cast<int>(ExitCode::error);
  }
}
