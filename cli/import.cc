// SPDX-License-Identifier: MIT
#include "cli/import.h"

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <thread>

#include "cli/import_members.h"
#include "cli/import_source.h"
#include "cli/progress.h"
#include "core/text.h"
#include "sql/bulk_load.h"
#include "sql/whole_load.h"

namespace scim::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// A transaction ends when it is as large or as old as this: the longer it is, the fewer times a part of an index is
/// written, and the longer others who want to write wait (database.busy_timeout_ms is 5 s).
constexpr std::size_t kMostRows = 50'000;
constexpr std::size_t kMostBytes = 64 << 20;
constexpr auto kLongest = std::chrono::seconds(3);
/// Lines that wait to be written together, where that is faster (SqlStore::can_load), and their bytes. If the database refuses one of
/// them, all are written again one by one: fewer wait then, and where few fit in a transaction none.
constexpr std::size_t kMostWaiting = 1000;
constexpr std::size_t kFewestWaiting = 64;
constexpr std::size_t kMostWaitingBytes = 4 << 20;
/// Other processes look again and again whether they can write, in the end every 100 ms (SQLite's busy handler). Between
/// two transactions that follow each other at once they would hardly ever find the database free: after so much work it is
/// left alone for longer than that.
constexpr auto kWork = std::chrono::seconds(1);
constexpr auto kRest = std::chrono::milliseconds(120);

Result<void> checked(const sql::DbResult<void>& done) {
  if (!done) return fail(sql::to_error(done.error()));
  return {};
}

/// Writes entries in their order. What is refused takes nothing else with it: the transaction is undone, and what was in
/// it before is written again.
class ImportWriter {
 public:
  ImportWriter(const ImportCommand& command, std::string name, Backend& backend, const LineParser& parser, Console& console)
      : command_(command), name_(std::move(name)), backend_(backend), parser_(parser), console_(console), progress_(console) {}

  /// Before the first one: whether lines may wait, and all of a file of so many bytes in one transaction, if that pays.
  Try<void> plan(const ResourceType& type, std::uint64_t bytes) {
    sql::Db& db = backend_.store().db();
    const sql::TypeMapping& mapped = backend_.mapping().of(type);
    can_load_ = backend_.store().can_load(type);
    auto pays = sql::WholeLoad::pays(db, backend_.mapping(), mapped, bytes);
    if (!pays) return fail(sql::to_error(pays.error()));
    SCIM_TRY(checked(sql::begin_load(db, *pays ? sql::Sync::full : sql::Sync::normal)));
    SCIM_TRY(backend_.store().leave_renderings());
    if (!*pays) return {};
    SCIM_TRY(checked(backend_.store().begin_whole()));
    // Somebody else may have come in between.
    pays = sql::WholeLoad::pays(db, backend_.mapping(), mapped, bytes);
    if (!pays) return fail(sql::to_error(pays.error()));
    if (!*pays) {
      SCIM_TRY(checked(backend_.store().end_whole()));
      return {};
    }
    SCIM_TRY(checked(whole_.emplace(db, mapped).begin()));
    return {};
  }

  /// False: no more is wanted.
  Try<bool> write(ImportEntry& entry) {
    if (!may_load(entry)) {
      SCIM_ASSIGN(const bool goes_on, settle());
      return goes_on ? write_alone(entry) : false;
    }
    if (transaction_) SCIM_TRY(commit());
    if (load(*entry.resource)) {
      keep(std::move(entry.line));
      return flush_if_full();
    }
    // Lines before it are first to be refused, and it may be for what became of them.
    SCIM_ASSIGN(const bool goes_on, settle());
    if (!goes_on) return false;
    entry.resource = parser_.parse(entry.line.text());
    return write_alone(entry);
  }

  /// Everything is on the disk from here on.
  Try<void> finish() {
    SCIM_TRY(settle());
    SCIM_TRY(commit());
    SCIM_TRY(end_whole());
    keep_renderings();
    SCIM_TRY(checked(sql::end_load(backend_.store().db())));
    return {};
  }

  /// What came of it, for people or as JSON.
  ExitCode conclude() {
    progress_.clear();
    if (whole_) imported_ = 0;  // it has ended without a commit
    if (console_.document_is_asked_for()) console_.print(Json{{"imported", imported_}, {"refused", refused_}});
    const std::string rate = imported_ == 0 ? "" : ", " + rate_text(imported_, progress_.elapsed());
    const std::string refused = refused_ == 0 ? "" : ", " + std::to_string(refused_) + " refused";
    console_.say("scimctl: imported " + std::to_string(imported_) + refused + rate);
    if (refused_ == 0) return ExitCode::ok;
    return imported_ == 0 && command_.on_refused == ImportCommand::OnRefused::stop ? last_code_ : ExitCode::some_failed;
  }

 private:
  /// A password is prepared in between two transactions.
  bool may_load(const ImportEntry& entry) const {
    return can_load_ && most_rows_ >= kFewestWaiting && entry.resource && !entry.resource->body.contains("password");
  }

  Result<void> load(Resource& resource) {
    if (!load_) {
      SCIM_ASSIGN(load_, backend_.store().begin_loading());
      begun_ = Clock::now();
    }
    SCIM_TRY(resolve_members(*load_, backend_.registry(), resource));
    SCIM_TRY(load_->insert(resource));
    return {};
  }

  Try<bool> flush_if_full() {
    if (is_full()) return settle();
    waiting_bytes_ += written_.back().size;
    const bool are_enough = written_.size() - load_->kept() >= std::min(most_waiting_, most_rows_) || waiting_bytes_ >= kMostWaitingBytes;
    return are_enough ? flush() : true;
  }

  /// Lines that wait are written. False: no more is wanted.
  Try<bool> flush() {
    waiting_bytes_ = 0;
    if (!load_) return true;
    const Result<void> flushed = load_->flush();
    if (!flushed) return write_again(flushed.error());
    most_waiting_ = std::min(most_waiting_ * 2, kMostWaiting);
    return true;
  }

  /// And committed.
  Try<bool> settle() {
    SCIM_ASSIGN(const bool goes_on, flush());
    if (load_) SCIM_TRY(commit());
    return goes_on;
  }

  /// Those that could not be written together, one by one.
  Try<bool> write_again(const Error& error) {
    can_load_ = error.kind != ErrorKind::internal;  // it is not about them
    most_waiting_ = kFewestWaiting;
    const auto first = written_.begin() + static_cast<std::ptrdiff_t>(load_->kept());
    std::vector<Line> again(std::make_move_iterator(first), std::make_move_iterator(written_.end()));
    written_.erase(first, written_.end());
    if (written_.empty()) load_.reset();
    SCIM_TRY(commit());
    for (Line& line : again) {
      ImportEntry entry{std::move(line), {}};
      entry.resource = parser_.parse(entry.line.text());
      SCIM_ASSIGN(const bool goes_on, write_alone(entry));
      if (!goes_on) return false;
    }
    return true;
  }

  /// Not together with others. False: no more is wanted.
  Try<bool> write_alone(ImportEntry& entry) {
    const Result<void> inserted = insert(entry.resource);
    if (!inserted) {
      SCIM_TRY(undo(entry.line, inserted.error()));
      return command_.on_refused == ImportCommand::OnRefused::go_on;
    }
    keep(std::move(entry.line));
    if (is_full()) SCIM_TRY(commit());
    return true;
  }

  bool is_full() const { return written_.size() >= most_rows_ || bytes_ >= kMostBytes || Clock::now() - begun_ >= kLongest; }

  Result<void> insert(Result<Resource>& resource) {
    if (!resource) return fail(resource.error());
    SCIM_TRY(prepare_password(*resource));
    SCIM_TRY(begin());
    SCIM_TRY(resolve_members(*transaction_, backend_.registry(), *resource));
    SCIM_TRY(transaction_->insert(*resource));
    return {};
  }

  /// Slow by design: others can write meanwhile.
  Result<void> prepare_password(const Resource& resource) {
    const auto password = resource.body.find("password");
    if (password == resource.body.end() || !password->is_string()) return {};
    SCIM_TRY(commit());
    SCIM_TRY(end_whole());
    backend_.store().prepare_password(*resource.type, "", password->get_ref<const std::string&>());
    return {};
  }

  /// What insert() has left: many at once cost a fraction. Without them everything is there, only slower to read: what stands
  /// in the way here (somebody else writes for too long) is no failure of the import, and scim-fcgi makes the rest.
  void keep_renderings() {
    if (!sql::begin_load(backend_.store().db(), sql::Sync::normal)) return;
    Result<bool> goes_on = true;
    while (goes_on && *goes_on) {
      rest();
      goes_on = backend_.store().keep_missing_renderings();
    }
  }

  Result<void> begin() {
    if (transaction_) return {};
    rest();
    SCIM_ASSIGN(transaction_, backend_.store().begin(Store::Mode::write));
    begun_ = Clock::now();
    return {};
  }

  void rest() {
    if (whole_ || Clock::now() - rested_ < kWork) return;
    std::this_thread::sleep_for(kRest);
    rested_ = Clock::now();
  }

  void keep(Line line) {
    bytes_ += line.size;
    written_.push_back(std::move(line));
  }

  Result<void> commit() {
    if (transaction_) SCIM_TRY(std::exchange(transaction_, nullptr)->commit());
    if (load_) SCIM_TRY(std::exchange(load_, nullptr)->commit());
    imported_ += written_.size();
    written_.clear();
    bytes_ = 0;
    most_rows_ = std::min(most_rows_ * 2, kMostRows);
    progress_.show(imported_);
    return {};
  }

  /// What follows is written in transactions of its own.
  Result<void> end_whole() {
    if (!whole_) return {};
    SCIM_TRY(checked(whole_->end()));
    SCIM_TRY(checked(backend_.store().end_whole()));
    whole_.reset();
    return {};
  }

  /// After this, what was written before the line is committed.
  Try<void> undo(const Line& line, const Error& error) {
    transaction_.reset();
    std::vector<Line> before = std::exchange(written_, {});
    bytes_ = 0;
    SCIM_TRY(refuse(line, error));
    for (Line& good : before) {
      Result<Resource> again = parser_.parse(good.text());
      const Result<void> inserted = insert(again);
      if (!inserted) return fail(at(good, inserted.error()));  // somebody else has come in between
      keep(std::move(good));
    }
    SCIM_TRY(commit());
    most_rows_ = 1;  // where one is refused, others may follow: less is undone then
    return {};
  }

  Error at(const Line& line, Error error) const {
    const std::string_view scim_type = info(error.kind).scim_type;
    error.detail.insert(0, name_ + ":" + std::to_string(line.number) + ": ");
    if (!scim_type.empty()) error.detail += " (" + std::string(scim_type) + ")";
    return error;
  }

  /// A database that is gone is not the line's fault.
  Try<void> refuse(const Line& line, const Error& error) {
    const Failure failure(at(line, error));
    if (info(error.kind).status >= 500) return fail(failure);
    ++refused_;
    last_code_ = failure.code;
    progress_.clear();
    console_.report(failure);
    return {};
  }

  const ImportCommand& command_;
  const std::string name_;
  Backend& backend_;
  const LineParser& parser_;
  Console& console_;
  ProgressLine progress_;
  std::optional<sql::WholeLoad> whole_;  ///< all of it is one transaction, and transaction_ a part of that
  std::unique_ptr<Transaction> transaction_;
  std::unique_ptr<sql::LoadTransaction> load_;  ///< instead of it, for lines that wait
  bool can_load_ = false;
  std::size_t most_waiting_ = kMostWaiting;
  std::size_t waiting_bytes_ = 0;
  Clock::time_point begun_;
  Clock::time_point rested_ = Clock::now();
  std::vector<Line> written_;  // in the transaction
  std::size_t bytes_ = 0;      // of written_
  std::size_t most_rows_ = kMostRows;
  std::size_t imported_ = 0;
  std::size_t refused_ = 0;
  ExitCode last_code_ = ExitCode::ok;
};

Try<void> write_all(ImportSource& source, ImportWriter& writer) {
  while (auto entries = source.next()) {
    for (ImportEntry& entry : *entries) {
      SCIM_ASSIGN(const bool goes_on, writer.write(entry));
      if (!goes_on) return {};
    }
    source.give_back(*std::move(entries));
  }
  return {};
}

/// 0 for what is no plain file: nobody knows how much will come, and when.
std::uint64_t size_of(const std::string& name) {
  std::error_code unknown;
  if (name == "-" || !std::filesystem::is_regular_file(name, unknown)) return 0;
  const auto bytes = std::filesystem::file_size(name, unknown);
  return unknown ? 0 : bytes;
}

/// standard input for "-"; else `file`, opened.
Try<std::istream*> open_input(const std::string& name, std::ifstream& file, Console& console) {
  if (name == "-") return &console.in;
  file.open(name, std::ios::binary);
  if (file) return &file;
  return fail(ErrorKind::bad_request, name + " cannot be read: " + std::strerror(errno));
}

}  // namespace

Try<ExitCode> run(const ImportCommand& command, const Globals& globals, Console& console) {
  std::ifstream file;
  SCIM_ASSIGN(std::istream* const in, open_input(command.file, file, console));
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const ResourceType* const type, backend->type(command.kind));
  const LineParser parser(*type, backend->config(), backend->adapter());
  ImportWriter writer(command, command.file == "-" ? "standard input" : command.file, *backend, parser, console);
  SCIM_TRY(writer.plan(*type, size_of(command.file)));
  {
    ImportSource source(*in, parser);
    const Try<void> written = write_all(source, writer);
    if (!written) {
      writer.conclude();
      return fail(written.error());
    }
  }
  // Lines that waited may be written only here.
  if (const Try<void> finished = writer.finish(); !finished) {
    writer.conclude();
    return fail(finished.error());
  }
  return writer.conclude();
}

}  // namespace scim::cli
