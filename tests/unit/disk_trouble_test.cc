// SPDX-License-Identifier: MIT
// The disk is full, or fails, at each operation of some requests in turn: they are answered by 503, and when it is over all
// goes on without a restart, and what was acknowledged is there, and nothing else.
#include <sqlite3.h>

#include "tests/unit/faulty_disk.h"
#include "tests/unit/recorded_writer.h"

namespace scim::test {
namespace {

using Operation = FaultyDisk::Operation;

/// What goes wrong.
struct Trouble {
  int code;
  std::vector<Operation> with;
  enum class Lasts { once, on } lasts;
};

class DiskTrouble : public ::testing::TestWithParam<const char*> {
 protected:
  DiskTrouble() {
    // Who lists rows of an application that have no ids yet has to write.
    EXPECT_EQ(app_.ask("GET", "/Users").status, 200);
    const std::string file = sql::database_file(app_.config());
    disk_ = std::make_unique<FaultyDisk>(file.substr(0, file.rfind('/') + 1));
    writers_ = sql::open_write_queue(app_.config(), app_.mapping(), app_.env()).value();
    store_ = sql::open_store(app_.config(), app_.mapping(), app_.env(), writers_.get()).value();
  }

  /// From the operation with this number on. Whether there are so many.
  void begin(const Trouble& trouble, int number) {
    seen_ = 0;
    disk_->refuse([this, trouble, number](Operation operation) {
      if (std::find(trouble.with.begin(), trouble.with.end(), operation) == trouble.with.end()) return SQLITE_OK;
      ++seen_;
      const bool is_due = trouble.lasts == Trouble::Lasts::on ? seen_ >= number : seen_ == number;
      return is_due ? trouble.code : SQLITE_OK;
    });
  }
  void end() { disk_->refuse(nullptr); }

  static bool is_put_off(const Answer& answer) {
    if (answer.status != 200) return answer.status == 503;
    for (const Json& operation : answer.body.value("Operations", Json::array())) {
      if (operation["status"] == "503") return true;
    }
    return false;
  }

  /// At each `step`th operation.
  void try_all(const Trouble& trouble, int step) {
    int number = 1;
    int refused = 0;
    do {
      RecordedWriter writer("writer" + std::to_string(number), app_, *store_, history_);
      begin(trouble, number);
      writer.turn(0);
      writer.turn(1);
      const int read = app_.ask(*store_, "GET", "/Users?count=3").status;
      EXPECT_TRUE(read == 200 || trouble.code != SQLITE_FULL) << "a full disk keeps nobody from reading: " << read;
      const bool has_happened = seen_ >= number;
      end();
      const std::size_t failures = writer.failures().size();
      for (const Answer& failure : writer.failures()) EXPECT_TRUE(is_put_off(failure)) << number << ": " << failure.status << ' ' << failure.body;
      writer.turn(2);
      EXPECT_EQ(writer.failures().size(), failures) << "it does not go on after operation " << number;
      refused += failures > 0 ? 1 : 0;
      if (!has_happened) break;
      number += step;
    } while (!HasFailure());
    EXPECT_GT(refused, 5) << "of " << number;
    const Look look(app_);
    EXPECT_EQ(look.problems(), std::vector<std::string>());
    EXPECT_EQ(history_.problems(look.looks()), std::vector<std::string>());
    EXPECT_EQ(app_.rows("SELECT integrity_check AS r FROM pragma_integrity_check"), "'ok'");
  }

  Application app_{GetParam()};
  std::unique_ptr<FaultyDisk> disk_;
  WriteHistory history_;

 private:
  std::unique_ptr<sql::WriteQueue> writers_;
  std::unique_ptr<sql::SqlStore> store_;
  int seen_ = 0;
};

TEST_P(DiskTrouble, AFullDisk) { try_all({SQLITE_FULL, {Operation::extend}, Trouble::Lasts::on}, 5); }

TEST_P(DiskTrouble, AWriteThatFails) { try_all({SQLITE_IOERR_WRITE, {Operation::write, Operation::extend}, Trouble::Lasts::once}, 11); }

TEST_P(DiskTrouble, ASyncThatFails) { try_all({SQLITE_IOERR_FSYNC, {Operation::sync}, Trouble::Lasts::once}, 1); }

TEST_P(DiskTrouble, AFileSystemThatIsReadOnlyForAWhile) {
  try_all({SQLITE_READONLY, {Operation::write, Operation::extend, Operation::truncate}, Trouble::Lasts::on}, 11);
}

INSTANTIATE_TEST_SUITE_P(Mapping, DiskTrouble, ::testing::Values("embedded", "flat"));

}  // namespace
}  // namespace scim::test
