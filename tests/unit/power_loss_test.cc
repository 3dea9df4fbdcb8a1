// SPDX-License-Identifier: MIT
// The power goes at some moment: what a machine finds that is started again has all that was acknowledged, nothing by half,
// and a database that is whole. SCIMCTL_CRASH_ROUNDS: ten times how often, as there are dozens of such moments in a round.
#include <sqlite3.h>

#include <cstdlib>
#include <fstream>

#include "tests/unit/faulty_disk.h"
#include "tests/unit/recorded_writer.h"

namespace scim::test {
namespace {

unsigned rounds() {
  const char* given = std::getenv("SCIMCTL_CRASH_ROUNDS");
  return given == nullptr ? 1 : std::max(1U, static_cast<unsigned>(std::strtoul(given, nullptr, 10)) / 10);
}

/// What was on the disk when the power went, and what had been acknowledged by then.
struct Cut {
  WriteHistory history;
  FaultyDisk::Image image;
};

/// A service on a disk of which some moments are kept.
class PowerLoss : public ::testing::TestWithParam<const char*> {
 protected:
  static constexpr std::size_t kMostCuts = 30;
  static constexpr unsigned kWrites = 40;  ///< of the disk, from one moment that is kept to the next, on the average

  struct Setup {
    FaultyDisk::Fsync fsync = FaultyDisk::Fsync::kept;
    std::string synchronous = "full";
    int threads = 1;
    int turns = 6;
  };

  static Application::Change with(const std::string& synchronous) {
    return [synchronous](std::string toml) {
      const std::string section = "[database]\n";
      return toml.insert(toml.find(section) + section.size(), "synchronous = \"" + synchronous + "\"\n");
    };
  }

  static std::vector<Cut> run(const Setup& setup, unsigned seed) {
    Application app(GetParam(), with(setup.synchronous));
    const std::string file = sql::database_file(app.config());
    const std::string folder = file.substr(0, file.rfind('/') + 1);
    // A connection sees the disk that was there when it was made.
    FaultyDisk disk(folder, setup.fsync);
    const auto writers = sql::open_write_queue(app.config(), app.mapping(), app.env()).value();
    FaultyDisk::Random random(seed);
    WriteHistory history;
    std::vector<Cut> cuts;
    disk.before_each([&] {
      // In this order: what is acknowledged by then is on the disk.
      if (cuts.size() < kMostCuts && random() % kWrites == 0) cuts.push_back({history, disk.image(random)});
    });
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < setup.threads; ++i) {
        threads.emplace_back([&, i] {
          const auto store = sql::open_store(app.config(), app.mapping(), app.env(), writers.get()).value();
          RecordedWriter writer("writer" + std::to_string(i), app, *store, history);
          for (int turn = 0; turn < setup.turns; ++turn) writer.turn(turn);
          for (const Answer& failure : writer.failures()) ADD_FAILURE() << failure.status << ' ' << failure.body;
        });
      }
    }
    disk.before_each(nullptr);
    cuts.push_back({history, disk.image(random)});
    return cuts;
  }

  /// The machine is started again.
  static std::vector<std::string> problems(const Cut& cut, const std::string& synchronous) {
    const TempDir machine;
    std::string file;
    for (const auto& [path, content] : cut.image) {
      const std::string name = path.substr(path.rfind('/') + 1);
      std::ofstream(machine.file(name), std::ios::binary) << content;
      if (name.ends_with(".db")) file = machine.file(name);
    }
    if (file.empty()) return {"there is no database"};
    try {
      Application app(std::string(), toml_at(file, synchronous));
      const std::string integrity = app.rows("SELECT integrity_check AS r FROM pragma_integrity_check");
      if (integrity != "'ok'") return {integrity};
      const std::string dangling = app.rows("SELECT \"table\" AS r FROM pragma_foreign_key_check");
      if (!dangling.empty()) return {"rows that point nowhere in " + dangling};
      const Look look(app);
      std::vector<std::string> all = look.problems();
      for (std::string& problem : cut.history.problems(look.looks())) all.push_back(std::move(problem));
      return all;
    } catch (const std::exception& e) {
      return {e.what()};
    }
  }

  static std::string toml_at(const std::string& file, const std::string& synchronous) {
    const bool is_embedded = std::string(GetParam()) == "embedded";
    std::string toml = is_embedded ? "[database]\nurl = \"sqlite:@DB@\"\n"
                                   : read_file(std::string(SCIMCTL_TEST_DATA) + "/mapping/" + GetParam() + ".toml");
    toml = with(synchronous)(toml);
    return toml.replace(toml.find("@DB@"), 4, file);
  }

  static std::vector<std::string> problems(const std::vector<Cut>& cuts, const Setup& setup) {
    std::vector<std::string> all;
    for (const Cut& cut : cuts) {
      for (std::string& problem : problems(cut, setup.synchronous)) all.push_back(std::move(problem));
    }
    return all;
  }
};

TEST_P(PowerLoss, WhatIsAcknowledgedIsThereAndNothingByHalf) {
  for (unsigned seed = 1; seed <= rounds(); ++seed) {
    const std::vector<Cut> cuts = run({}, seed);
    EXPECT_GT(cuts.size(), 5U);
    EXPECT_EQ(problems(cuts, {}), std::vector<std::string>()) << "seed " << seed;
    if (HasFailure()) return;
  }
}

TEST_P(PowerLoss, AlsoOfWritersThatShareACommit) {
  for (unsigned seed = 1; seed <= rounds(); ++seed) {
    Setup setup;
    setup.threads = 4;
    setup.turns = 2;
    EXPECT_EQ(problems(run(setup, seed), setup), std::vector<std::string>()) << "seed " << seed;
    if (HasFailure()) return;
  }
}

/// That these tests can fail.
TEST_P(PowerLoss, ADiskThatIgnoresFsyncLosesWhatWasAcknowledged) {
  Setup setup;
  setup.fsync = FaultyDisk::Fsync::ignored;
  EXPECT_NE(problems(run(setup, 1), setup), std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Mapping, PowerLoss, ::testing::Values("embedded", "flat"));

class PowerLossInWal : public PowerLoss {};

/// As scimctl.toml(5) says of it: the last writes may be lost, and the database is whole.
TEST_P(PowerLossInWal, NormalSynchronisationLosesWritesAndBreaksNothing) {
  Setup setup;
  setup.synchronous = "normal";
  const std::vector<std::string> all = problems(run(setup, 1), setup);
  EXPECT_FALSE(all.empty());
  for (const std::string& problem : all) EXPECT_NE(problem.find(" was acknowledged"), std::string::npos) << problem;
}

INSTANTIATE_TEST_SUITE_P(Mapping, PowerLossInWal, ::testing::Values("embedded"));

}  // namespace
}  // namespace scim::test
