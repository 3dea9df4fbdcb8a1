// SPDX-License-Identifier: MIT
#include "cli/import/import_local.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/import/import_references.h"
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

/// Whether the resource refers to one, not to many, by such a text.
template <typename Is>
bool has_single(const Resource& resource, Is is) {
  const std::vector<OpenReference> references = single_references(resource);
  return std::any_of(references.begin(), references.end(), [&](const OpenReference& reference) { return is(reference.argument); });
}

/// Writes entries in their order. What is refused takes nothing else with it: the transaction is undone, and what was in
/// it before is written again.
class LocalImport final : public ImportSink {
 public:
  LocalImport(LocalBackend& backend, const ResourceType& type, const LineParser& parser, ImportReport& report)
      : backend_(backend), type_(type), parser_(parser), report_(report), recorder_(backend.recorder()) {}
  ~LocalImport() override {
    if (whole_) report_.take_back_imported();  // it ends without a commit
  }

  /// Before the first one: all is to be undone.
  Try<void> rehearse() {
    sql::Db& db = backend_.store().db();
    can_load_ = backend_.store().can_load(type_);
    extent_ = Extent::rehearsal;
    SCIM_TRY(checked(sql::begin_load(db, sql::Sync::full)));
    SCIM_TRY(backend_.store().begin_rehearsal());
    SCIM_TRY(backend_.store().leave_renderings());
    return {};
  }

  /// Before the first one: whether lines may wait, and all of a file of so many bytes in one transaction, if that pays.
  Try<void> plan(std::uint64_t bytes) {
    sql::Db& db = backend_.store().db();
    const sql::TypeMapping& mapped = backend_.mapping().of(type_);
    can_load_ = backend_.store().can_load(type_);
    auto pays = sql::WholeLoad::pays(db, backend_.mapping(), mapped, bytes);
    if (!pays) return fail(sql::to_error(pays.error()));
    SCIM_TRY(checked(sql::begin_load(db, *pays ? sql::Sync::full : sql::Sync::normal)));
    SCIM_TRY(backend_.store().leave_renderings());
    if (!*pays) return {};
    SCIM_TRY(backend_.store().begin_whole());
    // Somebody else may have come in between.
    pays = sql::WholeLoad::pays(db, backend_.mapping(), mapped, bytes);
    if (!pays) return fail(sql::to_error(pays.error()));
    if (!*pays) {
      SCIM_TRY(backend_.store().end_whole());
      return {};
    }
    SCIM_TRY(learn_ids());
    SCIM_TRY(checked(whole_.emplace(db, mapped).begin()));
    extent_ = Extent::whole;
    return {};
  }

  Try<bool> write(std::vector<ImportEntry>& entries) override {
    SCIM_TRY(look_for_managers(entries));
    for (ImportEntry& entry : entries) {
      if (report_.is_interrupted()) return false;
      SCIM_ASSIGN(const bool goes_on, write(entry));
      if (!goes_on) return false;
    }
    return true;
  }

  Try<bool> settle() override {
    SCIM_ASSIGN(const bool goes_on, write_waiting());
    SCIM_TRY(commit());
    SCIM_TRY(end_whole());
    return goes_on;
  }

  Try<void> finish() override {
    SCIM_TRY(write_waiting());
    SCIM_TRY(commit());
    SCIM_TRY(end_whole());
    complete_references();
    switch (extent_) {
      case Extent::rehearsal: return {};
      case Extent::many:
      case Extent::whole: break;
    }
    keep_renderings();
    SCIM_TRY(checked(sql::end_load(backend_.store().db())));
    return {};
  }

 private:
  /// What the transactions of the records are.
  enum class Extent {
    many,
    whole,      ///< parts of one, whole_
    rehearsal,  ///< parts of one that is undone
  };

  /// False: no more is wanted.
  Try<bool> write(ImportEntry& entry) {
    if (!may_load(entry)) {
      SCIM_ASSIGN(const bool goes_on, write_waiting());
      return goes_on ? write_alone(entry) : false;
    }
    if (transaction_) SCIM_TRY(commit());
    if (load(*entry.resource)) {
      keep(std::move(entry.line));
      return flush_if_full();
    }
    // Lines before it are first to be refused, and it may be for what became of them.
    SCIM_ASSIGN(const bool goes_on, write_waiting());
    if (!goes_on) return false;
    entry.resource = parser_.parse(entry.line.text());
    return write_alone(entry);
  }

  /// A password is prepared in between two transactions; to look for a manager would write those that wait.
  bool may_load(const ImportEntry& entry) const {
    if (!can_load_ || most_rows_ < kFewestWaiting || !entry.resource) return false;
    return !entry.resource->body.contains("password") && !has_single(*entry.resource, has_equals);
  }

  Result<void> load(Resource& resource) {
    if (!load_) {
      SCIM_ASSIGN(load_, backend_.store().begin_loading());
      begun_ = Clock::now();
    }
    return insert_into(*load_, resource);
  }

  Try<bool> flush_if_full() {
    if (is_full()) return write_waiting();
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
  Try<bool> write_waiting() {
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
    if (!again.empty()) forget_references_from(again.front().number);
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
      return report_.goes_on_after_refusal();
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
    return insert_into(*transaction_, *resource);
  }

  /// The ids of managers, in few queries: to look for one would write those that wait.
  Result<void> look_for_managers(std::vector<ImportEntry>& entries) {
    present_.bound();
    const auto has_id = [](const ImportEntry& entry) { return entry.resource && has_single(*entry.resource, [](auto text) { return !has_equals(text); }); };
    if (std::none_of(entries.begin(), entries.end(), has_id)) return {};
    if (!load_) SCIM_TRY(begin());
    TransactionFinder finder(load_ ? *load_ : *transaction_, backend_.registry(), present_);
    look_for_ids(finder, entries);
    return {};
  }

  /// Without its indexes each id that is looked for would be a scan. They are few beside what comes, whose ids no file can know.
  Result<void> learn_ids() {
    SCIM_ASSIGN(const auto transaction, backend_.store().begin(Store::Mode::write));
    SCIM_TRY(TransactionFinder(*transaction, backend_.registry(), present_).learn_all(type_));
    return transaction->commit();
  }

  Result<void> insert_into(Transaction& transaction, Resource& resource) {
    TransactionFinder finder(transaction, backend_.registry(), present_);
    SCIM_ASSIGN(open_.references, resolve_references(finder, resource));
    SCIM_ASSIGN(Inserted inserted, transaction.insert(resource));
    open_.id = inserted.id;
    return recorder_.created(transaction, resource, inserted);
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
    if (extent_ != Extent::many || Clock::now() - rested_ < kWork) return;
    std::this_thread::sleep_for(kRest);
    rested_ = Clock::now();
  }

  void keep(Line line) {
    bytes_ += line.size;
    open_.number = line.number;
    if (!open_.references.empty()) open_here_.push_back(std::exchange(open_, {}));
    written_.push_back(std::move(line));
  }

  Result<void> commit() {
    if (transaction_) SCIM_TRY(std::exchange(transaction_, nullptr)->commit());
    if (load_) SCIM_TRY(std::exchange(load_, nullptr)->commit());
    report_.add_imported(written_.size(), bytes_);
    written_.clear();
    bytes_ = 0;
    most_rows_ = std::min(most_rows_ * 2, kMostRows);
    open_references_.insert(open_references_.end(), open_here_.begin(), open_here_.end());
    open_here_.clear();
    return {};
  }

  /// What follows is written in transactions of its own.
  Result<void> end_whole() {
    if (!whole_) return {};
    SCIM_TRY(checked(whole_->end()));
    SCIM_TRY(backend_.store().end_whole());
    whole_.reset();
    extent_ = Extent::many;
    return {};
  }

  /// After this, what was written before the line is committed.
  Try<void> undo(const Line& line, const Error& error) {
    transaction_.reset();
    std::vector<Line> before = std::exchange(written_, {});
    open_here_.clear();
    bytes_ = 0;
    const bool is_lines_fault = info(error.kind).status < 500;
    if (!is_lines_fault) return report_.refuse(line, error);
    for (Line& good : before) {
      Result<Resource> again = parser_.parse(good.text());
      const Result<void> inserted = insert(again);
      if (!inserted) return fail(report_.at(good.number, inserted.error()));  // somebody else has come in between
      keep(std::move(good));
    }
    SCIM_TRY(commit());
    most_rows_ = 1;  // where one is refused, others may follow: less is undone then
    return report_.refuse(line, error);
  }

  void forget_references_from(std::size_t number) {
    std::erase_if(open_here_, [&](const OpenRecord& open) { return open.number >= number; });
  }

  /// Whom a record names may have come after it. The resource itself is there: what is missing is said.
  void complete_references() {
    ReferenceCompleter completer(backend_, type_);
    for (const OpenRecord& open : open_references_) {
      for (const OpenReference& reference : open.references) {
        const auto done = completer.complete(open.id, reference);
        if (!done) report_.complain(open.number, {ErrorKind::invalid_value, reference.path + ": " + done.error().detail, "", {}});
      }
    }
  }

  /// What is left to do for a record.
  struct OpenRecord {
    std::size_t number = 0;  ///< of its line
    std::string id;
    std::vector<OpenReference> references;
  };

  LocalBackend& backend_;
  const ResourceType& type_;
  const LineParser& parser_;
  ImportReport& report_;
  const Recorder recorder_;
  Extent extent_ = Extent::many;
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
  PresentIds present_;
  OpenRecord open_;                          // of the record at hand
  std::vector<OpenRecord> open_here_;        // in the transaction
  std::vector<OpenRecord> open_references_;  // committed
};

}  // namespace

Try<std::unique_ptr<ImportSink>> import_into_database(LocalBackend& backend, const ResourceType& type, const LineParser& parser,
                                                      std::uint64_t bytes, ImportReport& report) {
  auto sink = std::make_unique<LocalImport>(backend, type, parser, report);
  SCIM_TRY(sink->plan(bytes));
  return std::unique_ptr<ImportSink>(std::move(sink));
}

Try<std::unique_ptr<ImportSink>> rehearse_import_into_database(LocalBackend& backend, const ResourceType& type, const LineParser& parser,
                                                               ImportReport& report) {
  auto sink = std::make_unique<LocalImport>(backend, type, parser, report);
  SCIM_TRY(sink->rehearse());
  return std::unique_ptr<ImportSink>(std::move(sink));
}

}  // namespace scim::cli
