// SPDX-License-Identifier: MIT
// db.h over PostgreSQL: a connection of libpq.
//
// A round trip costs more than most statements. So BEGIN is sent with the first statement of its transaction, PREPARE with the
// first use of a statement (pipeline mode), and nobody waits for the answer to the ROLLBACK that ends a transaction for reading.
#include "sql/pg_db.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <random>
#include <unordered_map>
#include <unordered_set>

#include "sql/dialect.h"
#include "sql/pg_catalog.h"
#include "sql/pg_errors.h"
#include "sql/pg_values.h"

namespace scim::sql {
namespace {

/// Of statements prepared in a session, and the bytes of their texts. The texts of filters have no bound, the server's memory has:
/// what it keeps of a statement is a hundred times its text.
constexpr std::size_t kMostStatements = 400;
constexpr std::size_t kMostStatementBytes = 256 << 10;
/// Statements that have been sent once, of which the hash is kept.
constexpr std::size_t kMostSeen = 4096;
/// What COPY sends is sent in such pieces, in bytes, so that it is in memory once.
constexpr std::size_t kCopiedAtOnce = 256 << 10;

struct Finish {
  void operator()(PGconn* connection) const { pq().PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, Finish>;

constexpr std::string_view kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr std::string_view kBeginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

class PgDb : public Db {
 public:
  PgDb(std::string url, const PgOptions& options, ErrorSink sink) : url_(std::move(url)), options_(options), sink_(std::move(sink)) {}

  DbResult<void> connect();

  DbResult<std::unique_ptr<Cursor>> query(const Sql& sql) override {
    auto answer = execute(sql);
    if (!answer) return tl::unexpected<DbError>(std::move(answer).error());
    return cursor_over(std::move(*answer), counters_);
  }
  DbResult<std::int64_t> run(const Sql& sql) override {
    const auto answer = execute(sql);
    if (!answer) return tl::unexpected<DbError>(answer.error());
    const std::string_view count = pq().PQcmdTuples(answer->get());
    std::int64_t rows = 0;
    std::from_chars(count.data(), count.data() + count.size(), rows);
    return rows;
  }
  DbResult<void> insert_rows(std::string_view table, std::span<const std::string> columns, std::span<const Cell> cells) override;
  DbResult<void> run_script(std::string_view sql) override;
  DbResult<void> begin(Begin mode) override;
  DbResult<void> commit() override;
  void rollback() noexcept override;
  bool in_transaction() const override { return state_ != State::outside; }
  bool has_lost_conflict() const override { return has_lost_conflict_; }
  DbResult<bool> has_deferred_violations() override;
  Counters counters() const override { return counters_; }
  std::unique_ptr<Catalog> catalog() override { return pg_catalog(*this); }
  const Dialect& dialect() const override { return kPostgresqlDialect; }

 private:
  /// Of a transaction. begun: nothing has been sent of it.
  enum class State { outside, begun, open };

  bool is_lost() const { return is_broken_ || !connection_ || pq().PQstatus(connection_.get()) == CONNECTION_BAD; }
  DbResult<void> be_connected();
  DbResult<Answer> execute(const Sql& sql);
  DbResult<Answer> execute_within(const Sql& sql);
  DbResult<Answer> exchange(const Sql& sql);
  DbResult<Answer> exchange_unprepared(const Sql& sql);
  DbResult<void> drop_statements();
  void forget(const std::string& text, std::string_view state);
  DbResult<Answer> refuse_begin(const Answer& answer);
  DbResult<Answer> run_plain(const std::string& text);
  DbResult<Answer> send_begin();
  DbResult<void> be_ready();
  DbResult<Answer> copy_in(std::string_view table, std::span<const std::string> columns, std::span<const Cell> cells);
  /// Who hears of a refusal: the sink too, or the caller alone, who may have an answer to it.
  enum class Told { sink, caller };
  DbResult<Answer> finished(Answer answer, const std::string* prepared = nullptr, Told told = Told::sink);
  bool send(const Sql& sql, const std::string& name);
  struct Received {
    Answer answer;    ///< the last one, or the first that is an error
    int failed = -1;  ///< which one that is; -1: none
  };
  Received receive(int answers);
  Received lose(Received received, Answer answer, int at);
  void collect();
  std::string begin_text() const;
  std::string settings(std::string_view set) const;
  tl::unexpected<DbError> refused(DbError error) const;
  tl::unexpected<DbError> lost() const;

  const std::string url_;
  const PgOptions options_;
  const ErrorSink sink_;
  Connection connection_;
  std::unordered_map<std::string, std::string> statements_;  ///< name by text
  std::size_t statement_bytes_ = 0;                          ///< of these texts
  bool is_stale_ = false;                                    ///< some of them are of no use any more
  std::unordered_set<std::size_t> seen_;                     ///< hashes of texts: what comes again is worth preparing
  /// Nobody else's statement has such a name, not even where a pooler lends the same session to both.
  const std::string statement_prefix_ = "scim_" + std::to_string(std::random_device{}()) + "_" + std::to_string(std::random_device{}()) + "_";
  std::int64_t last_statement_ = 0;
  bool has_told_of_pooler_ = false;
  State state_ = State::outside;
  Begin mode_ = Begin::read;
  bool has_lost_conflict_ = false;
  bool is_broken_ = false;  ///< the connection, in the middle of a pipeline
  bool is_rollback_sent_ = false;  ///< its answer is still to come
  std::optional<bool> can_defer_;  ///< whether some constraint of the database can
  Counters counters_;
};

tl::unexpected<DbError> PgDb::refused(DbError error) const {
  if (sink_ && error.kind != DbErrorKind::unique && error.kind != DbErrorKind::conflict) sink_(error);
  return tl::unexpected<DbError>(std::move(error));
}

tl::unexpected<DbError> PgDb::lost() const {
  const std::string_view message = connection_ ? pq().PQerrorMessage(connection_.get()) : "out of memory";
  return refused({DbErrorKind::unavailable, "the connection is lost: " + std::string(first_line(message))});
}

DbResult<void> PgDb::connect() {
  // What stands before the URL is what it may say otherwise. A peer that has vanished without a word is noticed in 20 seconds.
  constexpr std::array kKeywords = {"connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
                                    "fallback_application_name", "dbname", "client_encoding", static_cast<const char*>(nullptr)};
  const std::array values = {"5", "10", "5", "2", "20000", "scimctl", url_.c_str(), "UTF8", static_cast<const char*>(nullptr)};
  statements_.clear();
  statement_bytes_ = 0;
  is_stale_ = false;
  is_rollback_sent_ = false;
  is_broken_ = false;
  state_ = State::outside;
  if (const auto loaded = load_pq(); !loaded) return refused({DbErrorKind::unavailable, loaded.error().detail});
  connection_.reset(pq().PQconnectdbParams(kKeywords.data(), values.data(), 1));
  if (is_lost()) {
    const std::string_view message = connection_ ? pq().PQerrorMessage(connection_.get()) : "out of memory";
    return refused({DbErrorKind::unavailable, "no connection: " + std::string(first_line(message))});
  }
  pq().PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
  const char* told = pq().PQparameterStatus(connection_.get(), "server_encoding");
  const std::string encoding = told == nullptr ? "not known" : told;
  if (encoding != "UTF8") {
    connection_.reset();
    return refused({DbErrorKind::unavailable, "the encoding of the database is " + encoding + ", and has to be UTF8"});
  }
  if (options_.session == PgOptions::Session::pooled) return {};
  const auto done = run_plain(settings("SET "));
  if (done) return {};
  connection_.reset();  // without them it answers something else
  return tl::unexpected<DbError>(done.error());
}

DbResult<void> PgDb::be_connected() { return is_lost() ? connect() : DbResult<void>(); }

DbResult<void> PgDb::begin(Begin mode) {
  if (state_ != State::outside) return refused({DbErrorKind::other, "a transaction within another one"});
  has_lost_conflict_ = false;
  if (auto connected = be_connected(); !connected) return connected;
  state_ = State::begun;
  mode_ = mode;
  return {};
}

std::string PgDb::begin_text() const {
  std::string text(mode_ == Begin::read ? kBeginRead : kBeginWrite);
  if (options_.session == PgOptions::Session::pooled) text += "; " + settings("SET LOCAL ");
  return text;
}

/// Whatever the server, the database and the role have set otherwise: moments without an offset, in the order of ISO 8601, all
/// digits of numbers, bytes and intervals as they are shown elsewhere, and backslashes in our texts that are just that.
std::string PgDb::settings(std::string_view set) const {
  std::string text;
  const auto add = [&](std::string_view setting, const std::string& value) {
    text.append(text.empty() ? "" : "; ").append(set).append(setting).append(" = ").append(value);
  };
  add("timezone", "'UTC'");
  add("datestyle", "'ISO, YMD'");
  add("intervalstyle", "'postgres'");
  add("bytea_output", "'hex'");
  add("extra_float_digits", "1");
  add("standard_conforming_strings", "on");
  if (options_.statement_timeout_ms > 0) add("statement_timeout", std::to_string(options_.statement_timeout_ms));
  if (options_.lock_timeout_ms > 0) add("lock_timeout", std::to_string(options_.lock_timeout_ms));
  return text;
}

/// The answer if it is none of an error. `prepared`: the text of the prepared statement that it is the answer to.
DbResult<Answer> PgDb::finished(Answer answer, const std::string* prepared, Told told) {
  const ExecStatusType status = answer ? pq().PQresultStatus(answer.get()) : PGRES_FATAL_ERROR;
  const bool is_done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
  if (is_done) return answer;
  // What the server has not said, libpq says of the connection.
  const std::string_view state = answer ? error_field(answer.get(), PG_DIAG_SQLSTATE) : std::string_view();
  if (state.empty()) is_broken_ = true;
  if (is_lost()) {
    state_ = State::outside;
    return lost();
  }
  DbError error = error_of(answer.get());
  const bool is_stale = prepared != nullptr && (state == kNotPrepared || state == kNotSupported);
  if (is_stale) {
    forget(*prepared, state);
    error.kind = DbErrorKind::conflict;
  }
  if (error.kind == DbErrorKind::conflict) has_lost_conflict_ = true;
  if (told == Told::caller) return tl::unexpected<DbError>(std::move(error));
  return refused(std::move(error));
}

/// A prepared statement that cannot be executed any more: next time it will be prepared anew.
void PgDb::forget(const std::string& text, std::string_view state) {
  if (state == kNotSupported) is_stale_ = true;
  if (state != kNotPrepared || statements_.erase(text) == 0) return;
  statement_bytes_ -= text.size();
  if (!std::exchange(has_told_of_pooler_, true) && sink_) {
    sink_({DbErrorKind::busy, "a statement is not prepared any more: a pooler that changes sessions needs database.pooled = true"});
  }
}

/// Without parameters, and perhaps several.
DbResult<Answer> PgDb::run_plain(const std::string& text) {
  options_.before_wait();
  collect();
  ++counters_.statements;
  return finished(Answer(pq().PQexec(connection_.get(), text.c_str())));
}

DbResult<Answer> PgDb::send_begin() {
  auto begun = run_plain(begin_text());
  if (begun) state_ = State::open;
  return begun;
}

/// The answer to a ROLLBACK that nobody has waited for.
void PgDb::collect() {
  if (!std::exchange(is_rollback_sent_, false)) return;
  while (const Answer answer{pq().PQgetResult(connection_.get())}) {
  }
}

/// One statement, and again where nothing can have been done yet: the connection was lost, or the server has forgotten the
/// statement, or its tables have changed since it was prepared.
DbResult<Answer> PgDb::execute(const Sql& sql) {
  if (std::any_of(sql.binds.begin(), sql.binds.end(), has_nul)) return refused({DbErrorKind::check, "a text with a NUL"});
  const State before = state_;
  // Only within a transaction it is sure which settings hold.
  if (before == State::outside && options_.session == PgOptions::Session::pooled) return execute_within(sql);
  if (before == State::outside) {
    has_lost_conflict_ = false;
    if (const auto connected = be_connected(); !connected) return tl::unexpected<DbError>(connected.error());
  }
  auto answer = exchange(sql);
  if (answer) return answer;
  const bool is_harmless = before == State::begun || (before == State::outside && sql.text.starts_with("SELECT"));
  if (!is_lost() && is_harmless && answer.error().kind == DbErrorKind::conflict) {
    if (before == State::begun) rollback();
    state_ = before;
    has_lost_conflict_ = false;
    return exchange(sql);
  }
  if (!is_lost()) return answer;
  if (!is_harmless) {
    if (before == State::outside) return refused({DbErrorKind::unknown_outcome, answer.error().detail});
    return answer;
  }
  if (const auto connected = connect(); !connected) return tl::unexpected<DbError>(connected.error());
  state_ = before;
  return exchange(sql);
}

/// In a transaction of its own.
DbResult<Answer> PgDb::execute_within(const Sql& sql) {
  if (const auto begun = begin(sql.text.starts_with("SELECT") ? Begin::read : Begin::write); !begun) {
    return tl::unexpected<DbError>(begun.error());
  }
  auto answer = execute(sql);
  if (!answer) {
    rollback();
    return answer;
  }
  if (const auto committed = commit(); !committed) return tl::unexpected<DbError>(committed.error());
  return answer;
}

/// With what has to go before it, in one round trip. What is sent for the first time is not prepared: most texts that filters
/// become never come again.
DbResult<Answer> PgDb::exchange(const Sql& sql) {
  options_.before_wait();
  ++counters_.statements;
  collect();
  PGconn* connection = connection_.get();
  if (options_.session == PgOptions::Session::pooled) return exchange_unprepared(sql);
  if (state_ != State::open) {
    if (auto dropped = drop_statements(); !dropped) return tl::unexpected<DbError>(dropped.error());
  }
  const auto known = statements_.find(sql.text);
  const bool is_prepared = known != statements_.end();
  const bool is_new = !is_prepared && seen_.insert(std::hash<std::string>()(sql.text)).second;
  if (seen_.size() > kMostSeen) seen_.clear();
  const bool is_to_be_prepared = !is_prepared && !is_new;
  const std::string name = is_prepared ? known->second : statement_prefix_ + std::to_string(++last_statement_);
  const Parameters parameters(sql.binds);
  const auto execute = [&](auto of_prepared, auto of_text) {
    if (is_new) return of_text(connection, numbered_parameters(sql.text).c_str(), parameters.count(), nullptr, parameters.data(), nullptr, nullptr, 0);
    return of_prepared(connection, name.c_str(), parameters.count(), parameters.data(), nullptr, nullptr, 0);
  };
  const bool is_alone = state_ != State::begun && !is_to_be_prepared;
  if (is_alone) {
    Answer answer(execute(pq().PQexecPrepared, pq().PQexecParams));
    return finished(std::move(answer), is_prepared ? &sql.text : nullptr);
  }
  pq().PQenterPipelineMode(connection);
  int answers = 1;
  bool is_sent = true;
  const bool begins = state_ == State::begun;
  if (begins) {
    is_sent = pq().PQsendQueryParams(connection, begin_text().c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 0;
    ++answers;
  }
  if (is_to_be_prepared) {
    is_sent = is_sent && pq().PQsendPrepare(connection, name.c_str(), numbered_parameters(sql.text).c_str(), 0, nullptr) != 0;
    ++answers;
  }
  is_sent = is_sent && execute(pq().PQsendQueryPrepared, pq().PQsendQueryParams) != 0;
  is_sent = is_sent && pq().PQpipelineSync(connection) != 0;
  Received received = is_sent ? receive(answers) : lose({}, {}, 0);
  if (!is_lost()) pq().PQexitPipelineMode(connection);
  const bool is_prepared_now = is_to_be_prepared && is_sent && (received.failed < 0 || received.failed == answers - 1);
  if (is_prepared_now) {
    statements_.emplace(sql.text, name);
    statement_bytes_ += sql.text.size();
  }
  if (begins && received.failed == 0 && !is_lost()) return refuse_begin(received.answer);
  // Where BEGIN was refused, nothing else was done.
  if (begins && pq().PQtransactionStatus(connection) != PQTRANS_IDLE) state_ = State::open;
  return finished(std::move(received.answer), is_prepared ? &sql.text : nullptr);
}

DbResult<Answer> PgDb::exchange_unprepared(const Sql& sql) {
  if (state_ == State::begun) {
    if (auto begun = send_begin(); !begun) return begun;
  }
  const Parameters parameters(sql.binds);
  return finished(Answer(pq().PQexecParams(connection_.get(), numbered_parameters(sql.text).c_str(), parameters.count(), nullptr, parameters.data(),
                                      nullptr, nullptr, 0)));
}

/// Those that are too many or of no use any more.
DbResult<void> PgDb::drop_statements() {
  const bool are_too_many = statements_.size() >= kMostStatements || statement_bytes_ >= kMostStatementBytes;
  if (!are_too_many && !is_stale_) return {};
  if (const auto done = run_plain("DEALLOCATE ALL"); !done) return tl::unexpected<DbError>(done.error());
  statements_.clear();
  statement_bytes_ = 0;
  is_stale_ = false;
  return {};
}

/// By a standby, for one: a URL may have other hosts, so the connection is of no use.
DbResult<Answer> PgDb::refuse_begin(const Answer& answer) {
  is_broken_ = true;
  state_ = State::outside;
  return refused({DbErrorKind::unavailable, error_of(answer.get()).detail});
}

/// One answer and a NULL for each, and one without a NULL for the end of the pipeline. Of a connection that has broken off there
/// may be any number of either: what comes without an end, or ends without the other, is a lost connection.
PgDb::Received PgDb::receive(int answers) {
  Received received;
  for (int i = 0; i < answers; ++i) {
    Answer answer{pq().PQgetResult(connection_.get())};
    if (!answer || is_lost()) return lose(std::move(received), std::move(answer), i);
    if (received.failed < 0) {
      received.answer = std::move(answer);
      if (pq().PQresultStatus(received.answer.get()) == PGRES_FATAL_ERROR) received.failed = i;
    }
    if (const Answer end{pq().PQgetResult(connection_.get())}) return lose(std::move(received), {}, i);
  }
  const Answer end{pq().PQgetResult(connection_.get())};
  if (!end || pq().PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC) return lose(std::move(received), {}, answers - 1);
  return received;
}

/// The connection is of no use any more, whatever libpq thinks of it.
PgDb::Received PgDb::lose(Received received, Answer answer, int at) {
  if (received.failed < 0) received = {std::move(answer), at};
  is_broken_ = true;
  return received;
}

/// Connected, and in the transaction if one has begun.
DbResult<void> PgDb::be_ready() {
  if (state_ == State::outside) return be_connected();
  if (state_ == State::open) return {};
  if (send_begin()) return {};
  // Nothing was sent before: a connection that was lost meanwhile is made again.
  if (auto connected = be_connected(); !connected) return connected;
  if (const auto begun = send_begin(); !begun) return tl::unexpected<DbError>(begun.error());
  return {};
}

DbResult<void> PgDb::run_script(std::string_view sql) {
  if (auto ready = be_ready(); !ready) return ready;
  const bool was_outside = state_ == State::outside;
  const auto done = run_plain(std::string(sql));
  if (done) return {};
  if (was_outside && is_lost()) return refused({DbErrorKind::unknown_outcome, done.error().detail});
  return tl::unexpected<DbError>(done.error());
}

/// By COPY, which is one statement for all of them.
DbResult<void> PgDb::insert_rows(std::string_view table, std::span<const std::string> columns, std::span<const Cell> cells) {
  if (cells.empty()) return {};
  if (std::any_of(cells.begin(), cells.end(), has_nul)) return tl::unexpected<DbError>({DbErrorKind::check, "a text with a NUL"});
  if (auto ready = be_ready(); !ready) return ready;
  const bool was_outside = state_ == State::outside;
  const auto copied = copy_in(table, columns, cells);
  if (copied) return {};
  if (was_outside && is_lost()) return refused({DbErrorKind::unknown_outcome, copied.error().detail});
  return tl::unexpected<DbError>(copied.error());
}

DbResult<Answer> PgDb::copy_in(std::string_view table, std::span<const std::string> columns, std::span<const Cell> cells) {
  std::string statement = "COPY " + identifier(table) + " (";
  for (std::size_t i = 0; i < columns.size(); ++i) statement.append(i == 0 ? "" : ", ").append(identifier(columns[i]));
  options_.before_wait();
  collect();
  ++counters_.statements;
  PGconn* connection = connection_.get();
  Answer begun(pq().PQexec(connection, (statement + ") FROM STDIN").c_str()));
  if (pq().PQresultStatus(begun.get()) != PGRES_COPY_IN) return finished(std::move(begun), nullptr, Told::caller);
  std::string data;
  bool is_sent = true;
  for (; is_sent && !cells.empty(); cells = cells.subspan(columns.size())) {
    append_copied(data, cells.first(columns.size()));
    const bool is_last = cells.size() == columns.size();
    if (data.size() < kCopiedAtOnce && !is_last) continue;
    is_sent = pq().PQputCopyData(connection, data.data(), static_cast<int>(data.size())) == 1;
    data.clear();
  }
  // Without its end the server would wait for more, and libpq say so again and again.
  is_broken_ = is_broken_ || !is_sent || pq().PQputCopyEnd(connection, nullptr) != 1;
  Answer last;
  while (Answer answer{pq().PQgetResult(connection)}) {
    if (!last) last = std::move(answer);
    if (is_lost()) break;
  }
  return finished(std::move(last), nullptr, Told::caller);
}

DbResult<void> PgDb::commit() {
  if (state_ == State::outside) return refused({DbErrorKind::other, "there is no transaction to commit"});
  if (std::exchange(state_, State::outside) == State::begun) return {};
  const auto done = run_plain("COMMIT");
  // The server may have done it and not have been able to say so.
  if (!done && is_lost()) return refused({DbErrorKind::unknown_outcome, done.error().detail});
  if (!done) return tl::unexpected<DbError>(done.error());
  // After an error the server takes back instead, and calls that a success.
  if (std::string_view(pq().PQcmdStatus(done->get())) != "COMMIT") return refused({DbErrorKind::other, "the transaction had failed"});
  return {};
}

void PgDb::rollback() noexcept {
  if (std::exchange(state_, State::outside) != State::open || is_lost()) return;
  collect();
  if (pq().PQsendQuery(connection_.get(), "ROLLBACK") == 0) return connection_.reset();
  is_rollback_sent_ = true;
  // Nobody waits for the end of what only was read. What was written keeps others from writing until it is taken back.
  if (mode_ == Begin::write) collect();
}

DbResult<bool> PgDb::has_deferred_violations() {
  if (state_ != State::open) return false;
  if (!can_defer_) {
    const auto some = query({"SELECT EXISTS (SELECT 1 FROM information_schema.table_constraints WHERE is_deferrable = 'YES')", {}});
    if (!some) return tl::unexpected<DbError>(some.error());
    if (const auto row = (*some)->next(); !row) return tl::unexpected<DbError>(row.error());
    can_defer_ = (*some)->integer(0) != 0;
  }
  if (!*can_defer_) return false;
  // Both ways, since what follows may again be right only at the end.
  const auto looked = run_plain("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED");
  if (looked) return false;
  switch (looked.error().kind) {
    case DbErrorKind::unique:
    case DbErrorKind::foreign_key:
    case DbErrorKind::not_null:
    case DbErrorKind::check: return true;
    case DbErrorKind::too_long:
    case DbErrorKind::busy:
    case DbErrorKind::conflict:
    case DbErrorKind::unavailable:
    case DbErrorKind::unknown_outcome:
    case DbErrorKind::other: break;
  }
  return tl::unexpected<DbError>(looked.error());
}

}  // namespace

bool is_postgresql(std::string_view url) { return url.starts_with("postgresql://") || url.starts_with("postgres://"); }

DbResult<std::unique_ptr<Db>> open_postgresql(const std::string& url, const PgOptions& options, ErrorSink sink) {
  auto db = std::make_unique<PgDb>(url, options, std::move(sink));
  if (const auto connected = db->connect(); !connected) return tl::unexpected<DbError>(connected.error());
  return db;
}

}  // namespace scim::sql
