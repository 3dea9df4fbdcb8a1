// SPDX-License-Identifier: MIT
#include "cli/completion/completion.h"

#include <signal.h>
#include <unistd.h>

#include <ostream>

#include "cli/completion/candidates.h"
#include "cli/completion/shell_words.h"
#include "core/text.h"
#include "scim_cli_lib_texts.h"

namespace scim::cli {
namespace {

/// Nobody waits longer for what may be typed next, be the database as far away as it is.
constexpr unsigned kPatienceSeconds = 5;
/// A description is to stay on the line.
constexpr std::size_t kLongestDescription = 70;

constexpr std::string_view kFiles = ":files\n";

std::string_view name_of(Shell shell) {
  switch (shell) {
    case Shell::bash: return "bash";
    case Shell::zsh: return "zsh";
    case Shell::fish: break;
  }
  return "fish";
}

std::string_view script_of(Shell shell) {
  switch (shell) {
    case Shell::bash: return texts::scimctl_bash;
    case Shell::zsh: return texts::scimctl_zsh;
    case Shell::fish: break;
  }
  return texts::scimctl_fish;
}

/// `text` cut at a space, on one line.
std::string short_text(const std::string& text) {
  const std::string line = printable(text);
  if (line.size() <= kLongestDescription) return line;
  return line.substr(0, line.rfind(' ', kLongestDescription)) + " ...";
}

void print_described(const Candidates& found, std::ostream& out) {
  for (const Candidate& candidate : found.list) {
    out << candidate.text << (candidate.description.empty() ? "" : '\t' + short_text(candidate.description)) << '\n';
  }
}

/// bash replaces what it takes for the word, which may begin after a `=` or `:` of ours; `replaced` is that, without quotes.
/// What is typed instead keeps the quotes that have been begun.
void print_for_bash(const Candidates& found, const TypedWords& line, std::string_view replaced, std::ostream& out) {
  const std::string& word = line.words.back();
  const std::string piece = split_words(replaced).words.back();
  const std::size_t kept = word.ends_with(piece) ? word.size() - piece.size() : 0;
  for (const Candidate& candidate : found.list) {
    if (candidate.text.size() >= kept) out << typed(std::string_view(candidate.text).substr(kept), line.quotation) << '\n';
  }
}

Candidates answer(const std::vector<std::string>& words) {
  const CommandInfo tree = command_tree();
  const Place place = place_after(tree, {words.begin(), words.end() - 1});
  return candidates(place, words.back());
}

/// `words` begins with the line up to the cursor, and what bash replaces.
void complete_bash(const std::vector<std::string>& words, std::ostream& out) {
  if (words.size() != 2) return;
  TypedWords line = split_words(words[0]);
  if (line.words.size() < 2) return;
  line.words.erase(line.words.begin());  // the program
  const Candidates found = answer(line.words);
  switch (found.kind) {
    case Candidates::Kind::files: out << kFiles; return;
    case Candidates::Kind::listed: return print_for_bash(found, line, words[1], out);
  }
}

void complete_words(const std::vector<std::string>& words, std::ostream& out) {
  if (words.empty()) return;
  const Candidates found = answer(words);
  switch (found.kind) {
    case Candidates::Kind::files: out << kFiles; return;
    case Candidates::Kind::listed: return print_described(found, out);
  }
}

void give_up(int) { ::_exit(0); }

}  // namespace

Try<ExitCode> run(const CompletionCommand& command, const Globals&, Console& console) {
  if (console.document_is_asked_for()) {
    console.print({{"shell", std::string(name_of(command.shell))}, {"script", std::string(script_of(command.shell))}});
  } else {
    console.out << script_of(command.shell);
  }
  return ExitCode::ok;
}

Try<ExitCode> run(const CompleteCommand& command, const Globals&, Console& console) try {
  static_cast<void>(::signal(SIGALRM, give_up));
  ::alarm(kPatienceSeconds);
  switch (command.shell) {
    case Shell::bash: complete_bash(command.words, console.out); break;
    case Shell::zsh:
    case Shell::fish: complete_words(command.words, console.out); break;
  }
  return ExitCode::ok;
} catch (const std::exception&) {
  return ExitCode::ok;
}

}  // namespace scim::cli
