// SPDX-License-Identifier: MIT
#include "cli/confirm.h"

#include <algorithm>
#include <istream>
#include <ostream>

#include "core/text.h"

namespace scim::cli {
namespace {

/// How many names a question has: it should stay a line.
constexpr std::size_t kShown = 5;

/// "3 users (userName=ada, userName=bob, userName=eve)".
std::string what(const Removal& removal) {
  const std::size_t count = removal.names.size();
  std::string text = std::to_string(count) + ' ' + std::string(removal.noun) + (count == 1 ? "" : "s") + " (";
  for (std::size_t i = 0; i < std::min(count, kShown); ++i) text += (i > 0 ? ", " : "") + printable(removal.names[i]);
  if (count > kShown) text += " and " + std::to_string(count - kShown) + " more";
  return text + ')';
}

bool is_yes(std::string_view answer) {
  return equal_ignoring_case(trim(answer), "y") || equal_ignoring_case(trim(answer), "yes");
}

Try<void> ask(const Removal& removal, Console& console) {
  console.err << removal.verb << ' ' << what(removal) << "? [y/N] " << std::flush;
  std::string answer;
  // The end of input is an answer too, but no line feed has been typed.
  if (!std::getline(console.in, answer)) console.err << '\n';
  if (is_yes(answer)) return {};
  return fail(Failure(ExitCode::error, Error{ErrorKind::bad_request, "not confirmed: nothing was done", {}}));
}

}  // namespace

Try<void> confirm(const Removal& removal, const Globals& globals, Console& console) {
  switch (globals.effect) {
    case Effect::preview: return {};
    case Effect::write: break;
  }
  switch (globals.consent) {
    case Consent::given: return {};
    case Consent::asked_for: break;
  }
  switch (console.interaction) {
    case Console::Interaction::terminal: return ask(removal, console);
    case Console::Interaction::none: break;
  }
  return fail(ErrorKind::bad_request, std::string(removal.verb) + ' ' + what(removal) +
                                          ": there is no terminal to ask on, say --yes (-y) if it is meant; nothing was done");
}

}  // namespace scim::cli
