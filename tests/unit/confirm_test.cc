// SPDX-License-Identifier: MIT
// What cannot be undone happens only when somebody has said so.
#include "cli/confirm.h"

#include <gtest/gtest.h>

#include <sstream>

namespace scim::test {
namespace {

using namespace scim::cli;

struct Answered {
  bool goes_ahead = false;
  ExitCode code = ExitCode::ok;
  std::string said;    ///< to the one on the terminal
  std::string detail;  ///< of the failure
};

Answered ask(const std::vector<std::string>& names, const std::string& typed, const Globals& globals = {},
             Console::Interaction interaction = Console::Interaction::terminal) {
  std::istringstream in(typed);
  std::ostringstream out;
  std::ostringstream err;
  Console console{in, out, err};
  console.interaction = interaction;
  const Try<void> done = confirm({"delete", "user", names}, globals, console);
  EXPECT_EQ(out.str(), "");
  return {done.has_value(), done ? ExitCode::ok : done.error().code, err.str(), done ? "" : done.error().detail};
}

TEST(Confirm, AsksWhatAndHowMany) {
  EXPECT_EQ(ask({"userName=ada"}, "y\n").said, "delete 1 user (userName=ada)? [y/N] ");
  EXPECT_EQ(ask({"a", "b", "c", "d", "e", "f", "g"}, "y\n").said, "delete 7 users (a, b, c, d, e and 2 more)? [y/N] ");
}

TEST(Confirm, NamesCannotRepaintTheQuestion) {
  EXPECT_EQ(ask({"a\r\x1b[2K"}, "n\n").said.find_first_of("\r\x1b"), std::string::npos);
}

TEST(Confirm, OnlyYesIsYes) {
  for (const char* typed : {"y\n", "Y\n", "yes\n", " YES \n", "y"}) EXPECT_TRUE(ask({"ada"}, typed).goes_ahead) << typed;
  for (const char* typed : {"\n", "n\n", "no\n", "yy\n", "ja\n", "\ny\n", ""}) {
    const Answered answered = ask({"ada"}, typed);
    EXPECT_FALSE(answered.goes_ahead) << typed;
    EXPECT_EQ(answered.code, ExitCode::error);
    EXPECT_EQ(answered.detail, "not confirmed: nothing was done");
  }
}

TEST(Confirm, WithoutATerminalNobodyIsAsked) {
  const Answered answered = ask({"ada"}, "y\n", {}, Console::Interaction::none);
  EXPECT_FALSE(answered.goes_ahead);
  EXPECT_EQ(answered.code, ExitCode::usage);
  EXPECT_EQ(answered.said, "");
  EXPECT_NE(answered.detail.find("--yes"), std::string::npos);
}

TEST(Confirm, WhoHasSaidYesIsNotAsked) {
  Globals globals;
  globals.consent = Consent::given;
  for (const auto interaction : {Console::Interaction::none, Console::Interaction::terminal}) {
    const Answered answered = ask({"ada"}, "n\n", globals, interaction);
    EXPECT_TRUE(answered.goes_ahead);
    EXPECT_EQ(answered.said, "");
  }
}

TEST(Confirm, ADryRunNeverAsks) {
  Globals globals;
  globals.effect = Effect::preview;
  for (const auto interaction : {Console::Interaction::none, Console::Interaction::terminal}) {
    EXPECT_TRUE(ask({"ada"}, "n\n", globals, interaction).goes_ahead);
  }
}

}  // namespace
}  // namespace scim::test
