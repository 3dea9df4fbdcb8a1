// SPDX-License-Identifier: MIT
// What becomes of the records of an import: counted, reported, and kept for another try.
#pragma once

#include <atomic>
#include <fstream>
#include <optional>
#include <string>

#include "cli/import/import_source.h"
#include "cli/import/import_twins.h"
#include "cli/interruption.h"
#include "cli/line/options.h"
#include "cli/names/unknown_names.h"
#include "cli/output/progress.h"

namespace scim::cli {

/// What to do then.
std::string interrupted(const ImportCommand& command);

class ImportReport {
 public:
  /// `bytes`: of the file, 0 if nobody knows. All is borrowed.
  ImportReport(const ImportCommand& command, const RecordSource& records, std::uint64_t bytes, Console& console);

  /// Opens the file of --rejects. ExitCode::usage: it cannot be written.
  Try<void> open_rejects();

  /// So many more are on the disk, out of so many bytes of the file.
  void add_imported(std::size_t count, std::size_t bytes);
  /// Nothing of it is on the disk after all.
  void take_back_imported() { imported_ = 0; }
  void add_skipped(const Line& line);
  /// Attributes that no schema has, each once.
  void mention_unknown(const ImportEntry& entry, const ResourceType& type);
  /// The record was refused. Fails if that is not its fault: the database or the server is gone.
  Try<void> refuse(const Line& line, const Error& error);
  /// It is there, but not all of it.
  void complain(std::size_t number, const Error& error);
  /// Some have the names of others that were there before.
  void mention_twins(const ImportTwins::Twins& twins, const ResourceType& type);
  /// The file's name and the line before what is wrong.
  Error at(std::size_t number, Error error) const;

  /// What is not written yet is to be left: it is not counted.
  bool is_interrupted() const { return interruption_.has_come(); }
  bool goes_on_after_refusal() const { return command_.on_refused == ImportCommand::OnRefused::go_on; }
  /// What came of it, for people or as JSON.
  ExitCode conclude();

 private:
  void show_progress();
  void say_last_words();

  const ImportCommand& command_;
  const RecordSource& records_;
  const std::uint64_t bytes_;
  Console& console_;
  const std::string name_;
  ProgressLine progress_;
  UnknownNames unknown_;
  std::ofstream rejects_;
  std::uint64_t bytes_done_ = 0;
  std::atomic<std::size_t> imported_ = 0;  ///< also for the last words
  std::size_t refused_ = 0;
  std::size_t skipped_ = 0;
  std::size_t incomplete_ = 0;
  ExitCode last_code_ = ExitCode::ok;
  const Interruption interruption_;  ///< the last, as it may say all else
};

}  // namespace scim::cli
