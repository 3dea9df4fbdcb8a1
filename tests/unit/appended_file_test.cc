// SPDX-License-Identifier: MIT
#include "core/appended_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/unit/temp_dir.h"

namespace scim::test {
namespace {

/// As a disk that is full after so many bytes: a write is cut, and the next one fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : signal_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, signal_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*const signal_)(int);
  rlimit before_{};
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(AppendedFiles, ALineIsInItAsAWholeOrNotAtAll) {
  const TempDir dir;
  const std::string path = dir.file("lines");
  auto file = AppendedFile::open(path);
  ASSERT_TRUE(file);
  EXPECT_FALSE(file->is_readable_for_others());
  EXPECT_TRUE(file->append("first\n"));
  {
    const FileSizeLimit full(10);
    EXPECT_FALSE(file->append("the second\n"));
    EXPECT_EQ(errno, EFBIG);
  }
  EXPECT_EQ(content(path), "first\n");
  EXPECT_TRUE(file->append("third\n"));
  EXPECT_EQ(content(path), "first\nthird\n");
  ::chmod(path.c_str(), 0640);
  EXPECT_TRUE(file->is_readable_for_others());
  EXPECT_FALSE(AppendedFile::open(dir.file("none/lines")));
}

}  // namespace
}  // namespace scim::test
