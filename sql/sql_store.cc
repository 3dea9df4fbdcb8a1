// SPDX-License-Identifier: MIT
// core/store.h from the parts of this folder: transactions, and opening a database.
#include "sql/sql_store.h"

#include <algorithm>
#include <limits>
#include <set>

#include "core/text.h"
#include "sql/compile.h"
#include "sql/compiled_filters.h"
#include "sql/database_url.h"
#include "sql/ledger.h"
#include "sql/links.h"
#include "sql/migrations.h"
#include "sql/native.h"
#include "sql/order.h"
#include "sql/page.h"
#include "sql/password.h"
#include "sql/pg_db.h"
#include "sql/row_buffer.h"
#include "sql/row_plan.h"
#include "sql/rows.h"
#include "sql/type_tables.h"
#include "sql/write.h"
#include "sql/write_members.h"
#include "sql/write_rendering.h"

namespace scim::sql {
namespace {

constexpr std::string_view kSqliteScheme = "sqlite:";
constexpr int kMostAttempts = 8;
constexpr std::int64_t kBytesOfMegabyte = 1 << 20;
constexpr std::int64_t kLinksAtOnce = 1000;
constexpr std::string_view kBeginPart = "SAVEPOINT scim_part";
constexpr std::string_view kKeepPart = "RELEASE scim_part";
constexpr std::string_view kUndoPart = "ROLLBACK TO scim_part";

class SqlTransaction : public LoadTransaction {
 public:
  /// Reads in a transaction that has begun on `context.db`, and makes links as one of `writers`.
  SqlTransaction(const WriteContext& context, WriteQueue& writers)
      : context_(context), writers_(writers), ledger_(context_, SqlLedger::Writes::late) {}
  /// Writes; `buffer` is nullptr if nothing waits. `refusal`: what becomes of the others if this one ends without a commit.
  SqlTransaction(const WriteContext& context, WriteQueue& writers, std::unique_ptr<WriteQueue::Turn> turn,
                 std::unique_ptr<PreparedPasswords> prepared, std::unique_ptr<RowBuffer> buffer, TailWatch& tails, Result<void>& refusal)
      : context_(context),
        writers_(writers),
        turn_(std::move(turn)),
        prepared_(std::move(prepared)),
        buffer_(std::move(buffer)),
        ledger_(context_, buffer_ ? SqlLedger::Writes::late : SqlLedger::Writes::early),
        tails_(&tails),
        refusal_(&refusal) {
    context_.prepared = prepared_.get();
    context_.buffer = buffer_.get();
  }
  ~SqlTransaction() override {
    if (!turn_ && state_ != State::ended) context_.db.rollback();
    if (!turn_) return;
    if (const auto undone = turn_->undo(); !undone) *refusal_ = fail(to_error(undone.error()));
  }

  Result<Found> search(const Query& query, JsonWriter& out) override { return search_among(std::span(&query, 1), out); }
  Result<Found> search_all(const std::vector<Query>& queries, JsonWriter& out) override {
    return queries.empty() ? Found() : search_among(queries, out);
  }
  Result<std::vector<Resource>> read(const Query& query) override {
    if (buffer_ && buffer_->may_find(context_.mapping.of(*query.type), *query.where)) SCIM_TRY(flush());
    auto found = lock_asked_for(query).and_then([&] {
      return with_links(std::span(&query, 1), [&](Unseen& unseen) { return read_rows(context_.db, query, read_context(query), unseen); });
    });
    if (!found) note_broken(found.error());
    return found;
  }
  Result<std::int64_t> count(const Query& query) override {
    SCIM_TRY(flush());
    return count_rows(context_.db, query, read_context(query));
  }

  Result<bool> has_more_members(const ResourceType& type, std::string_view id, std::int64_t limit) override {
    SCIM_TRY(flush());
    return sql::has_more_members(context_, context_.mapping.of(type), id, limit);
  }

  Result<Inserted> insert(const Resource& resource) override {
    if (buffer_) return insert_later(resource);
    return write([&] { return insert_resource(context_, resource); });
  }
  Result<Update> update(const ResourceType& type, std::string_view id, const Changes& changes) override {
    SCIM_TRY(flush());
    SCIM_TRY(lock(type, std::string(id)));
    return write([&] { return update_resource(context_, type, id, changes); });
  }
  Result<void> prepare_removal(const ResourceType& type, std::string_view id) override {
    SCIM_TRY(flush());
    return lock_groups_of(context_, context_.mapping.of(type), id);
  }
  Result<Removed> remove(const ResourceType& type, std::string_view id) override {
    SCIM_TRY(flush());
    SCIM_TRY(lock(type, std::string(id)));
    return write([&] { return remove_resource(context_, type, id); });
  }

  Ledger* ledger() override { return turn_ ? &ledger_ : nullptr; }

  Result<void> flush() override {
    if (!buffer_ || !flushed_) return flushed_;
    if (state_ != State::open) return fail(ended_by_database());
    if (buffer_->size() == 0) return {};
    const std::size_t count = buffer_->size();
    flushed_ = write_waiting();
    if (flushed_) kept_ += count;
    buffer_->keep_first(0);
    return flushed_;
  }
  std::size_t kept() const override { return state_ == State::open ? kept_ : 0; }

  Result<void> commit() override {
    if (buffer_ && buffer_->size() > 0) SCIM_TRY(flush());
    if (state_ != State::open) return fail(not_open("the transaction has failed or ended"));
    if (turn_ && context_.mapping.is_embedded && context_.dialect.aids == Aids::triggers) {
      if (const auto indexed = tails_->index_long_tails(context_.db); !indexed) return fail(to_error(indexed.error()));
    }
    SCIM_TRY(append_recorded());
    const DbResult<void> committed = turn_ ? turn_->commit() : context_.db.commit();
    // Foreign keys that wait for the end of the transaction.
    if (!committed && committed.error().kind == DbErrorKind::foreign_key) return fail(refers_error());
    if (!committed) return fail(to_error(committed.error()));
    state_ = State::ended;
    return {};
  }

  Result<void> begin_part() override {
    if (!turn_ || state_ != State::open) return fail(not_open("a part of a transaction that is not open for writing"));
    ledger_.begin_part();
    return run_about_part(kBeginPart);
  }
  Result<void> keep_part() override {
    if (state_ != State::open) return fail(not_open("the part has failed"));
    // Foreign keys that wait for the end of the transaction: there they would fail the other parts with this one.
    const DbResult<bool> has_violations = context_.db.has_deferred_violations();
    if (!has_violations) return fail(to_error(has_violations.error()));
    if (*has_violations) return fail(refers_error());
    ledger_.keep_part();
    return run_about_part(kKeepPart);
  }
  void undo_part() noexcept override {
    ledger_.undo_part();
    locked_.clear();  // what was locked in the part is free again
    const bool is_undone = run_about_part(kUndoPart) && run_about_part(kKeepPart);
    state_ = is_undone ? State::open : State::failed;
  }

 private:
  enum class State {
    open,
    failed,  ///< a write stopped half-way: only a rollback is left
    ended,
  };

  static Error ended_by_database() { return {ErrorKind::unavailable, "the database has ended the transaction", "1"}; }

  /// A connection that was lost is no fault of ours.
  Error not_open(const char* otherwise) const {
    const bool is_lost = state_ == State::failed && !context_.db.in_transaction();
    return is_lost ? ended_by_database() : Error{ErrorKind::internal, otherwise, ""};
  }

  Result<void> run_about_part(std::string_view statement) {
    // A savepoint outside a transaction would begin one, and its release would be a commit.
    if (!context_.db.in_transaction()) return fail(ended_by_database());
    const auto done = context_.db.run({std::string(statement), {}});
    if (!done) return fail(to_error(done.error()));
    return {};
  }

  CompileContext read_context(const Query& query) const {
    const Visible visible = context_.options.deleted_visible ? Visible::all : Visible::living;
    return {context_.mapping, context_.dialect, query.base_url, visible, context_.plans, context_.filters};
  }

  Result<Found> search_among(std::span<const Query> queries, JsonWriter& out) {
    SCIM_TRY(flush());
    const JsonWriter::Mark mark = out.mark();
    return with_links(queries, [&](Unseen& unseen) {
      out.rewind(mark);
      return write_rows(context_.db, queries, read_context(queries.front()), out, unseen);
    });
  }

  /// What is ordered by ids must have them, or it would stand elsewhere on the next page.
  Result<void> link_for_order(const Query& query, const TypeMapping& type) {
    if (!query.sort || context_.mapping.is_embedded) return {};
    SCIM_TRY(link_all(type));
    if (!is_ordered_by_others(query.sort->by, type)) return {};
    for (const auto& other : context_.mapping.types) SCIM_TRY(link_all(*other));
    return {};
  }

  /// Runs `action`, and again as long as it meets rows of the application that have no id yet: those get one first.
  template <class Action>
  auto with_links(std::span<const Query> queries, Action action) -> decltype(action(std::declval<Unseen&>())) {
    for (const Query& query : queries) {
      const TypeMapping& type = context_.mapping.of(*query.type);
      if (type.has_link_table() && mentions_link(*query.where)) SCIM_TRY(link_all(type));
      SCIM_TRY(link_for_order(query, type));
    }
    // The application may add rows while we look.
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
      Unseen unseen;
      auto result = action(unseen);
      if (!result || unseen.empty()) return result;
      SCIM_TRY(link(unseen));
    }
    return fail(ErrorKind::unavailable, "the application adds rows faster than they can be read", "1");
  }

  /// Without ids there is nothing to read: a transaction for reading makes room for one that writes them.
  Result<void> link(const Unseen& unseen) {
    if (turn_) return link_by(context_, unseen);
    context_.db.rollback();
    SCIM_TRY(link_alone(unseen));
    if (const auto begun = context_.db.begin(Db::Begin::read); !begun) return fail(to_error(begun.error()));
    return {};
  }

  Result<void> link_alone(const Unseen& unseen) {
    const auto turn = writers_.begin();
    if (!turn) return fail(to_error(turn.error()));
    const WriteContext& own = context_;
    SCIM_TRY(link_by({(*turn)->db(), own.mapping, own.dialect, own.options, own.env}, unseen));
    if (const auto done = (*turn)->commit(); !done) return fail(to_error(done.error()));
    return {};
  }

  static Result<void> link_by(const WriteContext& context, const Unseen& unseen) {
    for (const auto& [type, keys] : unseen) SCIM_TRY(link_rows(context, *type, keys));
    return {};
  }

  /// In portions, so that the application can write in between.
  Result<void> link_all(const TypeMapping& type) {
    while (true) {
      SCIM_ASSIGN(const std::set<Cell> keys, unseen_rows(context_, type, kLinksAtOnce));
      if (keys.empty()) return {};
      SCIM_TRY(link({{&type, keys}}));
    }
  }

  /// What a transaction for writing has read by its id is what it goes on from.
  Result<void> lock_asked_for(const Query& query) {
    if (query.where->kind != Predicate::Kind::id) return {};
    for (const std::string& id : query.where->ids) SCIM_TRY(lock(*query.type, id));
    return {};
  }

  Result<void> lock(const ResourceType& type, const std::string& id) {
    if (!turn_ || context_.dialect.lock_rows.empty()) return {};
    if (!locked_.emplace(&type, id).second) return {};
    return lock_row(context_, context_.mapping.of(type), id);
  }

  /// What is refused here has written nothing, and leaves those that wait as they are.
  Result<Inserted> insert_later(const Resource& resource) {
    if (state_ != State::open) return fail(not_open("an insert into a transaction that is not open"));
    SCIM_TRY(flushed_);
    const std::size_t before = buffer_->size();
    auto inserted = insert_resource(context_, resource);
    if (inserted) return inserted;
    buffer_->keep_first(before);
    note_broken(inserted.error());
    return inserted;
  }

  /// An error of the database has ended what waits with the transaction.
  void note_broken(const Error& error) {
    if (buffer_ && info(error.kind).status >= 500) state_ = State::failed;
  }

  Result<void> append_recorded() {
    auto appended = ledger_.append();
    if (!appended) state_ = State::failed;
    return appended;
  }

  Result<void> write_waiting() {
    Result<void> written = begin_part();
    if (written) written = buffer_->write(context_);
    if (written) written = keep_part();
    if (!written) undo_part();
    if (written) return append_recorded();
    ledger_.forget();  // of what waited: the rest has been appended
    return written;
  }

  template <class Action>
  auto write(Action action) -> decltype(action()) {
    if (!turn_ || state_ != State::open)
      return fail(ErrorKind::internal, "a write outside a transaction for writing");
    auto result = action();
    if (!result) state_ = State::failed;
    tails_->wrote();
    return result;
  }

  WriteContext context_;
  WriteQueue& writers_;
  std::unique_ptr<WriteQueue::Turn> turn_;  // nullptr: a transaction for reading
  std::unique_ptr<PreparedPasswords> prepared_;
  std::unique_ptr<RowBuffer> buffer_;  // nullptr: what is inserted is written at once
  std::size_t kept_ = 0;             // of those that have waited
  SqlLedger ledger_;
  Result<void> flushed_;             // an error stays
  TailWatch* tails_ = nullptr;       // of the store
  Result<void>* refusal_ = nullptr;  // of the store
  std::set<std::pair<const ResourceType*, std::string>> locked_;
  State state_ = State::open;
};

Sync sync_of(Synchronous synchronous) {
  switch (synchronous) {
    case Synchronous::full:
      return Sync::full;
    case Synchronous::normal:
      return Sync::normal;
  }
  return Sync::full;
}

ErrorSink log_to(Env& env) {
  return [&env](const DbError& error) {
    const LogLevel level = error.kind == DbErrorKind::busy ? LogLevel::warning : LogLevel::error;
    constexpr std::size_t kLongest = 400;  // a message of PostgreSQL names what it is about
    env.log(level, "database: " + quote(error.detail, kLongest));
  };
}

}  // namespace

StoreOptions store_options(const Config& config) {
  return {config.unknown_member, config.user_delete, config.deleted_visible, config.unique_groups,
          config.group_cycles};
}

SqlStore::SqlStore(std::unique_ptr<Db> db, const Mapping& mapping, const StoreOptions& options, Env& env)
    : own_writers_(std::make_unique<WriteQueue>(std::move(db), GroupLimits())),
      writers_(*own_writers_),
      db_(writers_.db()),
      mapping_(mapping),
      options_(options),
      env_(env),
      plans_(std::make_unique<RowPlans>()),
      filters_(std::make_unique<CompiledFilters>()) {}

SqlStore::SqlStore(std::unique_ptr<Db> db, WriteQueue& writers, const Mapping& mapping, const StoreOptions& options, Env& env)
    : own_db_(std::move(db)),
      writers_(writers),
      db_(*own_db_),
      mapping_(mapping),
      options_(options),
      env_(env),
      plans_(std::make_unique<RowPlans>()),
      filters_(std::make_unique<CompiledFilters>()) {}

SqlStore::~SqlStore() = default;

Result<std::unique_ptr<Transaction>> SqlStore::begin(Mode mode) {
  switch (mode) {
    case Mode::read: {
      // A part of begin_whole() or begin_rehearsal(): it is to see what was written.
      if (own_writers_ != nullptr && snapshot_ == Snapshot::none && db_.in_transaction()) break;
      prepared_.reset();
      SCIM_TRY(begin_snapshot());
      snapshot_ = Snapshot::none;  // the transaction ends it
      return std::make_unique<SqlTransaction>(WriteContext{db_, mapping_, db_.dialect(), options_, env_, nullptr, plans_.get(), filters_.get()}, writers_);
    }
    case Mode::write: break;
  }
  return begin_writing(nullptr);
}

Result<void> SqlStore::begin_whole() {
  end_snapshot();
  if (const auto begun = writers_.begin_whole(); !begun) return fail(to_error(begun.error()));
  return {};
}

Result<void> SqlStore::end_whole() {
  if (const auto ended = writers_.end_whole(); !ended) return fail(to_error(ended.error()));
  return {};
}

Result<void> SqlStore::begin_rehearsal() {
  SCIM_TRY(begin_whole());
  performance_ = Performance::rehearsal;
  return {};
}

Result<std::unique_ptr<LoadTransaction>> SqlStore::begin_loading() { return begin_writing(std::make_unique<RowBuffer>()); }

bool SqlStore::can_load(const ResourceType& type) const { return RowBuffer::takes(mapping_, mapping_.of(type), db_.dialect()); }

Result<std::unique_ptr<LoadTransaction>> SqlStore::begin_writing(std::unique_ptr<RowBuffer> buffer) {
  auto prepared = std::move(prepared_);
  end_snapshot();
  refusal_ = {};
  auto turn = writers_.begin();
  if (!turn) return fail(to_error(turn.error()));
  const WriteContext context{(*turn)->db(), mapping_, (*turn)->db().dialect(), options_, env_, nullptr, plans_.get(), filters_.get()};
  return std::make_unique<SqlTransaction>(context, writers_, std::move(*turn), std::move(prepared), std::move(buffer), tails_, refusal_);
}

Result<void> SqlStore::begin_snapshot() {
  // An error of the disk may have ended it.
  if (snapshot_ == Snapshot::kept && db_.in_transaction()) return {};
  if (const auto begun = db_.begin(Db::Begin::read); !begun) return fail(to_error(begun.error()));
  snapshot_ = Snapshot::kept;
  return {};
}

void SqlStore::end_snapshot() noexcept {
  if (snapshot_ == Snapshot::none) return;
  db_.rollback();
  snapshot_ = Snapshot::none;
}

void SqlStore::keep_prepared(PreparedPassword prepared) {
  if (!prepared_) prepared_ = std::make_unique<PreparedPasswords>();
  prepared_->add(std::move(prepared));
}

/// "" if the password cannot be: the transaction refuses it.
std::string SqlStore::new_hash(std::string_view clear, PasswordScheme scheme) {
  switch (performance_) {
    case Performance::real: return hash_password(clear, scheme).value_or("");
    case Performance::rehearsal: break;
  }
  if (!check_password(clear, scheme)) return "";
  std::string& hash = rehearsed_hashes_[scheme];
  if (hash.empty()) hash = hash_password(clear, scheme).value_or("");
  return hash;
}

void SqlStore::prepare_password(const ResourceType& resource_type, std::string_view id, std::string_view clear) {
  const TypeMapping& type = mapping_.of(resource_type);
  const Attribute* attribute = resource_type.find("password");
  const auto column = type.columns.find(attribute);
  if (column == type.columns.end() || column->second.codec != Codec::password || column->second.read_only) return;
  end_snapshot();
  PreparedPassword prepared;
  prepared.clear = clear;
  if (clear.empty()) {
    const DefaultValue* otherwise = find_default(type.tables.front().defaults, column->second.name);
    if (otherwise == nullptr || otherwise->kind != DefaultValue::Kind::password) return;
    prepared.hash = hash_of_unknown(env_, scheme_of(column->second)).value_or("");
    keep_prepared(std::move(prepared));
    return;
  }
  if (!id.empty()) {
    const WriteContext context{db_, mapping_, db_.dialect(), options_, env_};
    const auto row = load_row(context, type, id, {{attribute, &column->second, column->second.name, {}}});
    if (!row || !*row) return;  // the transaction will say so
    prepared.stored = (*row)->values.front();
  }
  const auto* stored = std::get_if<std::string>(&prepared.stored);
  prepared.is_same = stored != nullptr && verify_password(clear, *stored);
  if (!prepared.is_same) prepared.hash = new_hash(clear, scheme_of(column->second));
  keep_prepared(std::move(prepared));
}

Result<void> SqlStore::leave_renderings() {
  end_snapshot();
  if (db_.dialect().aids == Aids::none) return {};
  options_.renderings = StoreOptions::Renderings::left;
  const auto turn = writers_.begin();
  if (!turn) return fail(to_error(turn.error()));
  SCIM_TRY(open_rendering_gap({(*turn)->db(), mapping_, (*turn)->db().dialect(), options_, env_}));
  if (const auto done = (*turn)->commit(); !done) return fail(to_error(done.error()));
  return {};
}

Result<bool> SqlStore::keep_missing_renderings() {
  end_snapshot();
  if (!walk_) walk_ = std::make_unique<RenderingWalk>();
  const WriteContext reading{db_, mapping_, db_.dialect(), options_, env_, nullptr, plans_.get()};
  SCIM_ASSIGN(const std::optional<RenderingGap> seen, find_rendering_gap(reading, *walk_));
  if (!seen) {
    walk_.reset();
    return false;
  }
  const auto turn = writers_.begin();
  if (!turn) return fail(to_error(turn.error()));
  const WriteContext context{(*turn)->db(), mapping_, (*turn)->db().dialect(), options_, env_, nullptr, plans_.get()};
  // Another process may have filled it.
  SCIM_ASSIGN(const std::optional<RenderingGap> gap, find_rendering_gap(context, *walk_));
  if (!gap) {
    walk_.reset();
    return false;
  }
  SCIM_TRY(fill_rendering_gap(context, *gap));
  if (const auto done = (*turn)->commit(); !done) return fail(to_error(done.error()));
  (*walk_)[gap->type] = gap->up_to;
  return true;
}

std::string database_file(const Config& config) {
  const std::string_view url = config.database_url;
  return url.starts_with(kSqliteScheme) ? std::string(url.substr(kSqliteScheme.size())) : std::string();
}

namespace {

Result<std::unique_ptr<Db>> open_file(const Config& config, Open how, Journal journal, Env& env) {
  const std::string path = database_file(config);
  if (path.empty()) {
    return fail(ErrorKind::invalid_value, "database url " + quote(without_password(config.database_url)) +
                                              ": must be sqlite:PATH or postgresql://...");
  }
  auto db = open_sqlite(path, how, journal, sync_of(config.synchronous), config.busy_timeout_ms, log_to(env));
  // A negative size is one in KiB, a positive one in pages.
  const auto sized = db.and_then([&](const auto& opened) {
    return opened->run_script("PRAGMA cache_size=-" + std::to_string(config.cache_kb) +
                              ";PRAGMA mmap_size=" + std::to_string(config.mmap_mb * kBytesOfMegabyte));
  });
  if (sized) return std::move(*db);
  Error error = to_error(sized.error());
  error.detail = "the database " + quote(path) + " cannot be opened: " + sized.error().detail;
  return fail(std::move(error));
}

Result<std::unique_ptr<Db>> connect(const Config& config, Env& env, BeforeWait before_wait) {
  PgOptions options;
  options.statement_timeout_ms = config.statement_timeout_ms;
  options.lock_timeout_ms = std::max<std::int64_t>(1, config.busy_timeout_ms);  // 0 would be for ever
  options.session = config.pooled ? PgOptions::Session::pooled : PgOptions::Session::own;
  options.before_wait = std::move(before_wait);
  auto db = open_postgresql(config.database_url, options, log_to(env));
  if (db) return std::move(*db);
  Error error = to_error(db.error());
  error.detail = "the database " + quote(without_password(config.database_url)) + " cannot be opened: " + db.error().detail;
  return fail(std::move(error));
}

}  // namespace

Result<std::unique_ptr<Db>> open_database(const Config& config, Open how, Journal journal, Env& env, BeforeWait before_wait) {
  if (is_postgresql(config.database_url)) return connect(config, env, std::move(before_wait));
  return open_file(config, how, journal, env);
}

namespace {

/// An application's database is there already, and its journal mode is the application's choice.
Result<std::unique_ptr<Db>> open_mapped(const Config& config, const Mapping& mapping, Env& env, BeforeWait before_wait = [] {}) {
  if (mapping.is_embedded) return open_database(config, Open::create, Journal::wal, env, std::move(before_wait));
  return open_database(config, Open::existing, Journal::as_it_is, env, std::move(before_wait));
}

Result<Titles> update_own(Db& db, const Mapping& mapping, const StoreOptions& options) {
  if (!mapping.is_embedded) return make_own_tables(db, mapping);
  SCIM_ASSIGN(Titles made, migrate(db));
  SCIM_ASSIGN(Titles names, apply_group_names(db, mapping, options.unique_groups ? GroupNames::unique : GroupNames::free));
  std::move(names.begin(), names.end(), std::back_inserter(made));
  return made;
}

Result<Titles> update_all(Db& db, Mapping& mapping, const StoreOptions& options) {
  SCIM_ASSIGN(Titles made, update_own(db, mapping, options));
  SCIM_ASSIGN(Titles types, update_type_tables(db, mapping, Work::apply));
  std::move(types.begin(), types.end(), std::back_inserter(made));
  SCIM_TRY(learn_columns(db, mapping));
  return made;
}

Result<Titles> update_tables(Db& db, Mapping& mapping, const Config& config) {
  auto made = update_all(db, mapping, store_options(config));
  if (made || made.error().kind != ErrorKind::unavailable) return made;
  Error error = made.error();
  error.detail = "the database " + quote(without_password(config.database_url)) + ": " + error.detail;
  return fail(std::move(error));
}

}  // namespace

Result<Titles> bring_up_to_date(const Config& config, Mapping& mapping, Env& env) {
  SCIM_ASSIGN(const auto db, open_mapped(config, mapping, env));
  return update_tables(*db, mapping, config);
}

Result<std::unique_ptr<SqlStore>> open_store(const Config& config, Mapping& mapping, Env& env) {
  SCIM_ASSIGN(auto db, open_mapped(config, mapping, env));
  SCIM_TRY(update_tables(*db, mapping, config));
  return std::make_unique<SqlStore>(std::move(db), mapping, store_options(config), env);
}

Result<std::unique_ptr<WriteQueue>> open_write_queue(const Config& config, Mapping& mapping, Env& env, BeforeWait before_wait) {
  SCIM_ASSIGN(auto db, open_mapped(config, mapping, env));
  SCIM_TRY(update_tables(*db, mapping, config));
  const bool has_one_writer = db->dialect().lock_rows.empty();
  if (!has_one_writer) return nullptr;
  GroupLimits limits;
  constexpr std::int64_t kLongest = std::numeric_limits<int>::max();  // as for the connection itself
  limits.patience = std::chrono::milliseconds(std::clamp<std::int64_t>(config.busy_timeout_ms, 0, kLongest));
  return std::make_unique<WriteQueue>(std::move(db), limits, std::move(before_wait));
}

Result<std::unique_ptr<SqlStore>> open_store(const Config& config, const Mapping& mapping, Env& env, WriteQueue* writers,
                                             BeforeWait before_wait) {
  SCIM_ASSIGN(auto db, open_mapped(config, mapping, env, std::move(before_wait)));
  if (writers == nullptr) return std::make_unique<SqlStore>(std::move(db), mapping, store_options(config), env);
  return std::make_unique<SqlStore>(std::move(db), *writers, mapping, store_options(config), env);
}

}  // namespace scim::sql
