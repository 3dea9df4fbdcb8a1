// SPDX-License-Identifier: MIT
// db.h over SQLite: the only file that knows SQLiteCpp and sqlite3.h.
#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <optional>
#include <thread>

#include "core/text.h"
#include "sql/db.h"
#include "sql/dialect.h"
#include "sql/idle_pool.h"
#include "sql/sqlite_catalog.h"

namespace scim::sql {
namespace {

/// Idle statements kept per connection. The texts of filters have no bound, memory has.
constexpr std::size_t kMostIdleStatements = 100;

/// To which the log of WAL is cut when it is used from its beginning again. A reader that takes long makes it grow.
constexpr const char* kLogLimit = "PRAGMA journal_size_limit=67108864";

DbErrorKind kind_of(int extended_code) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return DbErrorKind::unique;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return DbErrorKind::foreign_key;
    case SQLITE_CONSTRAINT_NOTNULL:
      return DbErrorKind::not_null;
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_DATATYPE:
    case SQLITE_CONSTRAINT_TRIGGER:
      return DbErrorKind::check;
    default:
      break;
  }
  switch (extended_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DbErrorKind::busy;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOTADB:
    case SQLITE_NOMEM:
      return DbErrorKind::unavailable;
    default:
      return DbErrorKind::other;
  }
}

/// "UNIQUE constraint failed: users.user_name_key" -> the part after the colon, for constraints.
DbError make_error(int extended_code, std::string_view message) {
  const DbErrorKind kind = kind_of(extended_code);
  const std::size_t colon = message.find("failed: ");
  const bool names_columns = kind == DbErrorKind::unique || kind == DbErrorKind::not_null;
  if (names_columns && colon != std::string_view::npos) message.remove_prefix(colon + 8);
  return {kind, std::string(message)};
}

/// Exceptions that we throw ourselves have no extended code.
int code_of(const SQLite::Exception& e) {
  return e.getExtendedErrorCode() > 0 ? e.getExtendedErrorCode() : e.getErrorCode();
}

tl::unexpected<DbError> refused(const ErrorSink& sink, DbError error) {
  if (sink && error.kind != DbErrorKind::unique) sink(error);
  return tl::unexpected<DbError>(std::move(error));
}

/// Calls `action`; what it throws becomes its error, so that no exception leaves this file.
template <class Action>
auto guarded(const ErrorSink& sink, Action action) -> decltype(action()) {
  try {
    return action();
  } catch (const SQLite::Exception& e) {
    return refused(sink, make_error(code_of(e), e.what()));
  } catch (const std::exception& e) {
    return refused(sink, {DbErrorKind::unavailable, e.what()});
  }
}

/// A prepared statement. SQLiteCpp has one too, which counts references and checks indices for every value that is read.
class Statement {
 public:
  Statement(sqlite3* db, const std::string& text) : db_(db) {
    const int size = static_cast<int>(text.size()) + 1;
    const int code = sqlite3_prepare_v3(db, text.c_str(), size, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code != SQLITE_OK) throw SQLite::Exception(db, code);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(handle_); }

  sqlite3_stmt* handle() const { return handle_; }

  void bind_all(const std::vector<Cell>& binds) {
    if (static_cast<std::size_t>(sqlite3_bind_parameter_count(handle_)) != binds.size())
      throw SQLite::Exception("the statement has another number of parameters than were given");
    struct Binder {
      sqlite3_stmt* handle;
      int index;
      int operator()(std::monostate) const { return sqlite3_bind_null(handle, index); }
      int operator()(std::int64_t value) const { return sqlite3_bind_int64(handle, index, value); }
      int operator()(double value) const { return sqlite3_bind_double(handle, index, value); }
      int operator()(const std::string& value) const {
        return sqlite3_bind_text64(handle, index, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
      }
    };
    for (std::size_t i = 0; i < binds.size(); ++i) {
      const int code = std::visit(Binder{handle_, static_cast<int>(i) + 1}, binds[i]);
      if (code != SQLITE_OK) throw SQLite::Exception(db_, code);
    }
  }

  void reset() noexcept {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
  }

 private:
  sqlite3* db_;
  sqlite3_stmt* handle_ = nullptr;
};

/// Prepared statements by their text.
class StatementCache {
 public:
  using Taken = IdlePool<Statement>::Taken;

  explicit StatementCache(sqlite3* db) : db_(db) {}

  Taken take(const std::string& text) {
    return pool_.take(text, [&] { return std::make_unique<Statement>(db_, text); });
  }
  void give_back(Taken taken) noexcept {
    taken->reset();
    pool_.give_back(std::move(taken));
  }

 private:
  sqlite3* db_;
  IdlePool<Statement> pool_{kMostIdleStatements};
};

class SqliteCursor : public Cursor {
 public:
  SqliteCursor(StatementCache& cache, StatementCache::Taken statement, Db::Counters& counters, const ErrorSink& sink)
      : cache_(cache), statement_(std::move(statement)), handle_(statement_->handle()), counters_(counters), sink_(sink) {}
  SqliteCursor(const SqliteCursor&) = delete;
  SqliteCursor& operator=(const SqliteCursor&) = delete;
  ~SqliteCursor() override { cache_.give_back(std::move(statement_)); }

  DbResult<bool> next() override {
    if (is_done_) return false;
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) {
      ++counters_.rows;
      return true;
    }
    is_done_ = true;
    if (code == SQLITE_DONE) return false;
    sqlite3* db = sqlite3_db_handle(handle_);
    return refused(sink_, make_error(sqlite3_extended_errcode(db), sqlite3_errmsg(db)));
  }

  Kind kind(int column) const override {
    switch (sqlite3_column_type(handle_, column)) {
      case SQLITE_NULL: return Kind::null;
      case SQLITE_INTEGER: return Kind::integer;
      case SQLITE_FLOAT: return Kind::decimal;
      default: return Kind::text;
    }
  }
  bool is_null(int column) const override { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(handle_, column); }
  double decimal(int column) const override { return sqlite3_column_double(handle_, column); }
  std::string_view text(int column) const override {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
  }

 private:
  StatementCache& cache_;
  StatementCache::Taken statement_;
  sqlite3_stmt* handle_;
  bool is_done_ = false;
  Db::Counters& counters_;
  const ErrorSink& sink_;
};

class SqliteDb : public Db {
 public:
  SqliteDb(const std::string& path, Open open, int busy_timeout_ms, ErrorSink sink)
      : sink_(std::move(sink)), db_(path, flags(open), busy_timeout_ms), statements_(db_.getHandle()) {}

  SQLite::Database& database() { return db_; }

  DbResult<std::unique_ptr<Cursor>> query(const Sql& sql) override {
    return guarded(sink_, [&]() -> DbResult<std::unique_ptr<Cursor>> { return start(sql); });
  }

  DbResult<std::int64_t> run(const Sql& sql) override {
    return guarded(sink_, [&]() -> DbResult<std::int64_t> {
      const int before = db_.getTotalChanges();
      const auto cursor = start(sql);
      while (true) {
        const DbResult<bool> row = cursor->next();
        if (!row) return tl::unexpected<DbError>(row.error());
        if (!*row) break;
      }
      // getChanges() speaks of the last statement that changed anything.
      return db_.getTotalChanges() == before ? 0 : db_.getChanges();
    });
  }

  DbResult<void> run_script(std::string_view sql) override {
    return guarded(sink_, [&]() -> DbResult<void> {
      ++counters_.statements;
      db_.exec(std::string(sql));
      return {};
    });
  }

  DbResult<void> begin(Begin mode) override {
    return guarded(sink_, [&]() -> DbResult<void> {
      if (!rollback_) rollback_.emplace(db_.getHandle(), "ROLLBACK");
      return run_plain(mode == Begin::write ? begin_write_ : begin_read_);
    });
  }
  DbResult<void> commit() override {
    if (has_written() && has_moved()) {
      return refused(sink_, {DbErrorKind::unavailable,
                             "the file of the database has been moved or replaced since it was opened: put it back, or start again"});
    }
    return run_plain(commit_);
  }
  void rollback() noexcept override {
    if (!in_transaction()) return;
    // Prepared, for it ends every transaction that reads. Whatever goes wrong with that, the transaction ends.
    if (rollback_) {
      sqlite3_step(rollback_->handle());
      rollback_->reset();
    }
    if (in_transaction()) (void)db_.tryExec("ROLLBACK");
  }
  bool in_transaction() const override { return sqlite3_get_autocommit(db_.getHandle()) == 0; }
  DbResult<bool> has_deferred_violations() override {
    int some = 0;
    int most = 0;
    sqlite3_db_status(db_.getHandle(), SQLITE_DBSTATUS_DEFERRED_FKS, &some, &most, 0);
    return some != 0;
  }

  Counters counters() const override { return counters_; }

  const Dialect& dialect() const override { return kSqliteDialect; }
  std::unique_ptr<Catalog> catalog() override {
    return sqlite_catalog(*this, [this](const std::string& table, const std::string& column) { return collation(table, column); });
  }

 private:
  static int flags(Open open) {
    const int mode = SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX;
    return open == Open::create ? mode | SQLite::OPEN_CREATE : mode;
  }

  std::unique_ptr<Cursor> start(const Sql& sql) {
    ++counters_.statements;
    auto statement = statements_.take(sql.text);
    try {
      statement->bind_all(sql.binds);
    } catch (...) {
      statements_.give_back(std::move(statement));
      throw;
    }
    return std::make_unique<SqliteCursor>(statements_, std::move(statement), counters_, sink_);
  }

  bool has_written() const { return sqlite3_txn_state(db_.getHandle(), "main") == SQLITE_TXN_WRITE; }
  /// What is written then is nowhere for whoever opens the file by its name.
  bool has_moved() const {
    int moved = 0;
    return sqlite3_file_control(db_.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
  }

  std::string collation(const std::string& table, const std::string& column) {
    const char* name = nullptr;
    const int code = sqlite3_table_column_metadata(db_.getHandle(), "main", table.c_str(), column.c_str(), nullptr, &name,
                                                   nullptr, nullptr, nullptr);
    return code == SQLITE_OK && name != nullptr ? name : "";
  }

  DbResult<void> run_plain(const Sql& sql) {
    const DbResult<std::int64_t> result = run(sql);
    if (!result) return tl::unexpected<DbError>(result.error());
    return {};
  }

  const Sql begin_write_{"BEGIN IMMEDIATE", {}};
  const Sql begin_read_{"BEGIN", {}};
  const Sql commit_{"COMMIT", {}};

  ErrorSink sink_;
  SQLite::Database db_;
  std::optional<Statement> rollback_;
  StatementCache statements_;  // before db_ is closed, its statements are finalized
  Counters counters_;
};

/// A function of one text argument; NULL gives NULL.
template <class Function>
void call(sqlite3_context* context, sqlite3_value* argument, Function function) noexcept {
  if (sqlite3_value_type(argument) == SQLITE_NULL) return sqlite3_result_null(context);
  const void* bytes = sqlite3_value_text(argument);
  if (bytes == nullptr) return sqlite3_result_error_nomem(context);
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(argument));
  try {
    function(std::string_view(static_cast<const char*>(bytes), size));
  } catch (const std::exception&) {
    sqlite3_result_error_nomem(context);
  }
}

void result_text(sqlite3_context* context, const std::string& text) {
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

template <Collation collation>
void fold_function(sqlite3_context* context, int, sqlite3_value** arguments) {
  call(context, arguments[0], [&](std::string_view text) { result_text(context, collation_key(text, collation)); });
}

void instant_function(sqlite3_context* context, int, sqlite3_value** arguments) {
  call(context, arguments[0], [&](std::string_view text) {
    // SQL parts date and time with a blank, RFC 3339 with a T.
    std::string moment(text);
    if (moment.size() > 10 && moment[10] == ' ') moment[10] = 'T';
    const std::optional<Instant> instant = parse_instant(moment);
    if (!instant) return sqlite3_result_null(context);
    sqlite3_result_int64(context, instant->time_since_epoch().count());
  });
}

/// 32 hexadecimal digits in lower case; anything else stays as it is, and can be asked for as it is.
void uuid_function(sqlite3_context* context, int, sqlite3_value** arguments) {
  call(context, arguments[0], [&](std::string_view text) {
    std::string uuid(text);
    if (uuid.size() == 32 && uuid.find_first_not_of("0123456789abcdef") == std::string::npos) {
      for (const std::size_t dash : {8, 13, 18, 23}) uuid.insert(dash, 1, '-');
    }
    result_text(context, uuid);
  });
}

/// FNV-1a over the values with their types and lengths: tells contents apart, and hides nothing.
std::uint64_t hash_of(int count, sqlite3_value** values) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto feed = [&](const void* bytes, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<const unsigned char*>(bytes)[i]) * 1099511628211ULL;
  };
  for (int i = 0; i < count; ++i) {
    const int type = sqlite3_value_type(values[i]);
    const unsigned char* text = type == SQLITE_NULL ? nullptr : sqlite3_value_text(values[i]);
    const int size = text == nullptr ? 0 : sqlite3_value_bytes(values[i]);
    feed(&type, sizeof type);
    feed(&size, sizeof size);
    feed(text, static_cast<std::size_t>(size));
  }
  return hash;
}

void hash_function(sqlite3_context* context, int count, sqlite3_value** values) {
  sqlite3_result_int64(context, static_cast<std::int64_t>(hash_of(count, values) >> 24));
}

void version_function(sqlite3_context* context, int count, sqlite3_value** values) {
  const std::uint64_t hash = hash_of(count, values);
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(hash >> shift);
  result_text(context, hex_encode(bytes));
}

void register_functions(SQLite::Database& db) {
  struct Function {
    const char* name;
    int arguments;  ///< -1: any number
    void (*call)(sqlite3_context*, int, sqlite3_value**);
  };
  static constexpr Function kFunctions[] = {
      {"scim_fold", 1, fold_function<Collation::folded>},
      {"scim_username", 1, fold_function<Collation::username>},
      {"scim_instant", 1, instant_function},
      {"scim_uuid", 1, uuid_function},
      {"scim_hash", -1, hash_function},
      {"scim_version", -1, version_function},
  };
  for (const Function& function : kFunctions) {
    const int code = sqlite3_create_function_v2(db.getHandle(), function.name, function.arguments,
                                                SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr,
                                                function.call, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw SQLite::Exception(db.getHandle(), code);
  }
}

/// Without this a misspelt "column" of a mapping would be a text.
void refuse_quoted_texts(SQLite::Database& db) {
  sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
}

std::string pragma(SQLite::Database& db, const char* text) {
  Statement statement(db.getHandle(), text);
  const int code = sqlite3_step(statement.handle());
  if (code != SQLITE_ROW) throw SQLite::Exception(db.getHandle(), code);
  return reinterpret_cast<const char*>(sqlite3_column_text(statement.handle(), 0));
}

/// The change to WAL needs the file for itself for a moment, and SQLite does not call its busy handler for it: when
/// several start at once, all but one must try again.
void use_wal(SQLite::Database& db, std::int64_t busy_timeout_ms) {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(busy_timeout_ms);
  while (true) {
    try {
      if (pragma(db, "PRAGMA journal_mode") == "wal") return;
      const std::string mode = pragma(db, "PRAGMA journal_mode=WAL");
      if (mode == "wal" || mode == "memory") return;
      throw SQLite::Exception("the file system does not support WAL: journal mode is " + mode, SQLITE_CANTOPEN);
    } catch (const SQLite::Exception& e) {
      if (kind_of(code_of(e)) != DbErrorKind::busy || std::chrono::steady_clock::now() >= deadline) throw;
    }
    std::this_thread::sleep_for(5ms);
  }
}

/// Makes the file before SQLite does, since SQLite would let others read it. By mknod() and not by open(): to close a
/// descriptor of a file drops the locks that this process has on it.
void create_private(const std::string& path) {
  if (path == ":memory:" || ::mknod(path.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0) == 0 || errno == EEXIST) return;
  throw SQLite::Exception("unable to create the database file: " + std::generic_category().message(errno),
                          SQLITE_CANTOPEN);
}

/// SQLite says no more than that it cannot open a file, or not for writing.
std::string reason_against(const std::string& path) {
  const auto reason = [](int error) { return ": " + std::generic_category().message(error); };
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return reason(errno);
  if (S_ISDIR(status.st_mode)) return reason(EISDIR);
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) != 0) return reason(errno);
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0 ? "" : reason(errno) + " (its directory)";
}

/// Calls `action`, which opens the file.
template <class Action>
auto explained(const std::string& path, Action action) -> decltype(action()) {
  try {
    return action();
  } catch (const SQLite::Exception& e) {
    const int code = e.getErrorCode() & 0xff;
    const bool is_unexplained = (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) && std::string_view(e.what()) == sqlite3_errstr(code);
    if (!is_unexplained) throw;
    throw SQLite::Exception(e.what() + reason_against(path), code);
  }
}

/// Once for the process, before SQLite does anything: else all threads share a lock for each piece of memory, only to
/// count it. (SQLITE_CONFIG_STMTJRNL_SPILL stays as it is: above 128 KiB Debian's SQLite says that the disk is full.)
void count_no_memory() {
  static const int kDone = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(kDone);
}

}  // namespace

DbResult<std::unique_ptr<Db>> open_sqlite(const std::string& path, Open open, Journal journal, Sync sync,
                                          std::int64_t busy_timeout_ms, ErrorSink sink) {
  return guarded(sink, [&]() -> DbResult<std::unique_ptr<Db>> {
    count_no_memory();
    constexpr std::int64_t kLongest = std::numeric_limits<int>::max();
    const auto timeout = static_cast<int>(std::clamp<std::int64_t>(busy_timeout_ms, 0, kLongest));
    if (open == Open::create) create_private(path);
    return explained(path, [&] {
      auto db = std::make_unique<SqliteDb>(path, open, timeout, sink);
      refuse_quoted_texts(db->database());
      register_functions(db->database());
      if (journal == Journal::wal) {
        use_wal(db->database(), timeout);
        db->database().exec(kLogLimit);
      }
      // Not FULL: with a rollback journal, as applications have them, that leaves it open whether the power cut finds the
      // journal deleted, and with it the commit done. With WAL the two are the same.
      db->database().exec(sync == Sync::full ? "PRAGMA synchronous=EXTRA" : "PRAGMA synchronous=NORMAL");
      db->database().exec("PRAGMA foreign_keys=ON");
      return std::unique_ptr<Db>(std::move(db));
    });
  });
}

}  // namespace scim::sql
