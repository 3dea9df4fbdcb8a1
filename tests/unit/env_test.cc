// SPDX-License-Identifier: MIT
#include "core/env.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <regex>
#include <set>

#include "core/json.h"

namespace scim {
namespace {

// Requirements: T-3, SEC-6
TEST(Env, IdsAreRandomUuids) {
  const auto env = system_env(LogLevel::error);
  const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = env->new_id();
    EXPECT_TRUE(std::regex_match(id, uuid)) << id;
    EXPECT_TRUE(seen.insert(id).second);
  }
}

/// What is written to standard error meanwhile.
std::string written(const std::function<void()>& action) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const int kept = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
  action();
  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  std::string text;
  std::array<char, 4096> buffer;
  ssize_t count = 0;
  while ((count = ::read(ends[0], buffer.data(), buffer.size())) > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  ::close(ends[0]);
  return text;
}

const std::array kFacts = {LogFact{"path", "/a\"\n\xff<"}, LogFact{"status", std::int64_t{200}}};

TEST(Log, TextIsForPeople) {
  const std::string text = written([] {
    SystemEnv env({LogLevel::info, LogFormat::text});
    env.log_facts(LogLevel::info, "GET", kFacts);
    env.log(LogLevel::debug, "no");
    env.set_log({LogLevel::debug, LogFormat::text});
    env.log(LogLevel::debug, "yes");
  });
  const std::string time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ";
  EXPECT_TRUE(std::regex_match(text, std::regex(time + "info GET\n" + time + "debug yes\n"))) << text;
}

// Requirements: SEC-2
TEST(Log, JsonHasTheFactsAndOneLineWhateverIsInThem) {
  const std::string text = written([] {
    SystemEnv env({LogLevel::info, LogFormat::json});
    env.log_facts(LogLevel::warning, "a \"b\"", kFacts);
  });
  ASSERT_EQ(text.find('\n'), text.size() - 1) << text;
  const auto line = parse_json(text);
  ASSERT_TRUE(line) << text;
  EXPECT_EQ(line->at("level"), "warning");
  EXPECT_EQ(line->at("message"), "a \"b\"");
  EXPECT_EQ(line->at("path"), "/a\"\n\xef\xbf\xbd<");
  EXPECT_EQ(line->at("status"), 200);
  EXPECT_TRUE(parse_instant(line->at("time").get<std::string>()));
}

TEST(Log, TheJournalIsToldTheLevel) {
  const std::string text = written([] {
    struct stat status {};
    ASSERT_EQ(::fstat(STDERR_FILENO, &status), 0);
    ::setenv("JOURNAL_STREAM", (std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino)).c_str(), 1);
    SystemEnv env({LogLevel::debug, LogFormat::json});
    for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) env.log(level, "x");
    ::setenv("JOURNAL_STREAM", "1:1", 1);  // of another stream
    SystemEnv({LogLevel::info, LogFormat::json}).log(LogLevel::info, "x");
    ::unsetenv("JOURNAL_STREAM");
  });
  EXPECT_TRUE(std::regex_match(text, std::regex("<7>\\{.*\n<6>\\{.*\n<4>\\{.*\n<3>\\{.*\n\\{.*\n"))) << text;
}

}  // namespace
}  // namespace scim
