// SPDX-License-Identifier: MIT
#include "cli/import/import_report.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <ostream>

#include "core/text.h"

namespace scim::cli {

ImportReport::ImportReport(const ImportCommand& command, const RecordSource& records, std::uint64_t bytes, Console& console)
    : command_(command), records_(records), bytes_(bytes), console_(console), name_(command.file == "-" ? "standard input" : command.file), progress_(console), unknown_(console),
      // Whoever waits for a pipe cannot be asked to stop.
      interruption_(bytes == 0 ? std::function<void()>([this] { say_last_words(); }) : nullptr) {}

void ImportReport::say_last_words() {
  const bool is_preview = command_.does == ImportCommand::Does::check;
  console_.say("scimctl: " + (is_preview ? "" : "imported " + std::to_string(imported_) + "; ") + interrupted(command_));
}

std::string interrupted(const ImportCommand& command) {
  switch (command.does) {
    case ImportCommand::Does::check: return "interrupted";
    case ImportCommand::Does::write: break;
  }
  return "interrupted: the same with --resume goes on";
}

Try<void> ImportReport::open_rejects() {
  if (command_.rejects.empty()) return {};
  std::error_code none;
  if (std::filesystem::equivalent(command_.file, command_.rejects, none)) {
    return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--rejects: " + command_.rejects + " is the file that is imported", ""}));
  }
  rejects_.open(command_.rejects, std::ios::binary | std::ios::trunc);
  if (rejects_) return {};
  return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--rejects: " + command_.rejects + " cannot be written: " + std::strerror(errno), ""}));
}

void ImportReport::add_imported(std::size_t count, std::size_t bytes) {
  imported_ += count;
  bytes_done_ += bytes;
  show_progress();
}

void ImportReport::add_skipped(const Line& line) {
  ++skipped_;
  bytes_done_ += line.size;
  show_progress();
}

void ImportReport::mention_unknown(const ImportEntry& entry, const ResourceType& type) {
  if (entry.unknown.empty()) return;
  progress_.clear();
  unknown_.mention(name_ + ':' + std::to_string(entry.line.number), entry.unknown, type);
}

void ImportReport::show_progress() {
  const double part = bytes_ == 0 ? 0 : static_cast<double>(bytes_done_) / static_cast<double>(bytes_);
  progress_.show(imported_ + skipped_, part);
}

void ImportReport::mention_twins(const ImportTwins::Twins& twins, const ResourceType& type) {
  const bool are_more = twins.count > 1;
  std::string said = are_more ? std::to_string(twins.count) + " records have a displayName that another " : "has a displayName that another ";
  said += type.name + " had before: " + (are_more ? "the first is " : "") + quote(twins.name) + "; --resume passes over those who are there";
  progress_.clear();
  console_.say("scimctl: " + printable(name_) + ':' + std::to_string(twins.line) + ": " + said);
}

Error ImportReport::at(std::size_t number, Error error) const {
  const std::string_view scim_type = info(error.kind).scim_type;
  error.detail.insert(0, name_ + ":" + std::to_string(number) + ": ");
  if (!scim_type.empty()) error.detail += " (" + std::string(scim_type) + ")";
  return error;
}

Try<void> ImportReport::refuse(const Line& line, const Error& error) {
  const Failure failure(at(line.number, error));
  if (info(error.kind).status >= 500) return fail(failure);
  ++refused_;
  bytes_done_ += line.size;
  last_code_ = failure.code;
  progress_.clear();
  console_.report(failure);
  if (!rejects_.is_open()) return {};
  if (refused_ == 1) rejects_ << records_.header();
  rejects_ << (line.original.empty() ? std::string(line.text()) + '\n' : line.original) << std::flush;
  if (rejects_) return {};
  return fail(ErrorKind::internal, "--rejects: " + command_.rejects + " cannot be written");
}

void ImportReport::complain(std::size_t number, const Error& error) {
  ++incomplete_;
  progress_.clear();
  console_.report(Failure(at(number, error)));
}

ExitCode ImportReport::conclude() {
  progress_.clear();
  const bool is_preview = command_.does == ImportCommand::Does::check;
  if (console_.document_is_asked_for()) {
    Json said{{is_preview ? "importable" : "imported", imported_.load()}, {"refused", refused_}};
    if (skipped_ > 0) said["skipped"] = skipped_;
    if (incomplete_ > 0) said["incomplete"] = incomplete_;
    console_.print(said);
  }
  std::string words = (is_preview ? "would import " : "imported ") + std::to_string(imported_);
  if (skipped_ > 0) words += ", " + std::to_string(skipped_) + " were there";
  if (refused_ > 0) words += ", " + std::to_string(refused_) + " refused";
  if (incomplete_ > 0) words += ", " + std::to_string(incomplete_) + " without a reference";
  if (imported_ > 0 && !is_preview) words += ", " + rate_text(imported_, progress_.elapsed());
  console_.say("scimctl: " + words);
  if (is_preview) console_.say("scimctl: nothing was written (--dry-run)");
  if (refused_ == 0) return incomplete_ == 0 ? ExitCode::ok : ExitCode::some_failed;
  return imported_ == 0 && !goes_on_after_refusal() ? last_code_ : ExitCode::some_failed;
}

}  // namespace scim::cli
