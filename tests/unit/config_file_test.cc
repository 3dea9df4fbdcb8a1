// SPDX-License-Identifier: MIT
#include "core/config_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/unit/temp_dir.h"

namespace scim::test {
namespace {

/// In a directory of its own, where nothing names a configuration.
class ConfigFiles : public ::testing::Test {
 protected:
  ConfigFiles() {
    ::unsetenv("SCIMCTL_CONFIG");
    std::filesystem::current_path(dir_.file(""));
  }
  ~ConfigFiles() override { std::filesystem::current_path(before_); }
  void write(const std::string& name, mode_t mode = 0644) {
    std::ofstream(name) << "strict = true\n";
    ::chmod(name.c_str(), mode);
  }
  /// The path, or why there is none.
  static std::string found(const std::string& named = "") {
    const auto file = find_config(named);
    return file ? file->path : file.error().detail;
  }

  const std::filesystem::path before_ = std::filesystem::current_path();
  TempDir dir_;
};

TEST_F(ConfigFiles, TheFirstThatExists) {
  EXPECT_FALSE(found().starts_with("./")) << found();
  write("scimctl.toml");
  EXPECT_EQ(found(), "./scimctl.toml");
  write("other.toml");
  ::setenv("SCIMCTL_CONFIG", "other.toml", 1);
  EXPECT_EQ(found(), "other.toml");
  EXPECT_EQ(found("./scimctl.toml"), "./scimctl.toml");
  ::setenv("SCIMCTL_CONFIG", "gone.toml", 1);
  EXPECT_EQ(found(), "gone.toml: cannot be read: No such file or directory") << "what is named is not passed over";
  EXPECT_EQ(find_config("").error().kind, ErrorKind::not_found);
  ::unsetenv("SCIMCTL_CONFIG");
  EXPECT_TRUE(find_config("").and_then(read_config)->strict);
  EXPECT_FALSE(read_config(ConfigFile())->strict);
}

TEST_F(ConfigFiles, WhatIsThereAndCannotBeReadIsNotPassedOver) {
  ASSERT_EQ(::mknod("scimctl.toml", S_IFSOCK | 0600, 0), 0);
  EXPECT_TRUE(found().starts_with("./scimctl.toml: cannot be read: ")) << found();
  EXPECT_TRUE(found().ends_with("; name another one with --config (/dev/null: none)")) << found();
  std::filesystem::remove("scimctl.toml");
  std::filesystem::create_directory("scimctl.toml");
  EXPECT_EQ(found(), "./scimctl.toml: is a directory");
}

TEST_F(ConfigFiles, ALinkOrAPipeThatLiesThereIsNotTaken) {
  write("trusted.toml", 0644);
  std::filesystem::create_symlink("trusted.toml", "scimctl.toml");
  EXPECT_EQ(found(), "./scimctl.toml: is a symbolic link, and is not taken unless it is named: --config ./scimctl.toml, if you trust it");
  EXPECT_EQ(found("./scimctl.toml"), "./scimctl.toml");
  std::filesystem::remove("scimctl.toml");
  ASSERT_EQ(::mkfifo("scimctl.toml", 0600), 0);
  EXPECT_EQ(found(), "./scimctl.toml: is no file") << "and nobody waits for who writes into it";
}

TEST_F(ConfigFiles, APipeThatIsNamedIsReadWhenSomebodyWrites) {
  ASSERT_EQ(::mkfifo("given", 0600), 0);
  std::thread writer([] { std::ofstream("given") << "[log]\nlevel = \"debug\"\n"; });
  EXPECT_EQ(found("given"), "given");
  writer.join();
  const auto late = find_config("given", std::chrono::milliseconds(50));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().detail, "given: is a pipe that is not written to its end in time");
}

TEST_F(ConfigFiles, WhatOthersHaveWrittenIsNotTakenUnlessItIsNamed) {
  write("scimctl.toml", 0666);
  EXPECT_EQ(found(), "./scimctl.toml: others can write it, and is not taken unless it is named: --config ./scimctl.toml, if you trust it");
  EXPECT_EQ(found("./scimctl.toml"), "./scimctl.toml");
  ::setenv("SCIMCTL_CONFIG", "scimctl.toml", 1);
  EXPECT_EQ(found(), "scimctl.toml");
  ::unsetenv("SCIMCTL_CONFIG");
  ::chmod("scimctl.toml", 0664);
  EXPECT_EQ(found(), "./scimctl.toml") << "the group is the caller's own";
  if (::geteuid() != 0) return;  // nobody else gives files away
  constexpr uid_t kOther = 65534;
  ASSERT_EQ(::chown("scimctl.toml", 0, kOther), 0);
  EXPECT_TRUE(found().starts_with("./scimctl.toml: others can write it")) << found();
  ::chmod("scimctl.toml", 0644);
  EXPECT_EQ(found(), "./scimctl.toml");
  ASSERT_EQ(::chown("scimctl.toml", kOther, 0), 0);
  EXPECT_TRUE(found().starts_with("./scimctl.toml: belongs neither to you nor to root")) << found();
  EXPECT_EQ(found("scimctl.toml"), "scimctl.toml");
}

}  // namespace
}  // namespace scim::test
