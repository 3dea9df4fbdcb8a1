// SPDX-License-Identifier: MIT
// db.h over SQLite: the only file that knows SQLiteCpp and sqlite3.h.
#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <thread>
#include <unordered_map>

#include "core/text.h"
#include "sql/db.h"
#include "sql/sqlite_catalog.h"

namespace scim::sql {
namespace {

/// Idle statements kept per connection. The texts of filters have no bound, memory has.
constexpr std::size_t kMostIdleStatements = 256;

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

void bind_all(SQLite::Statement& statement, const std::vector<Cell>& binds) {
  if (static_cast<std::size_t>(statement.getBindParameterCount()) != binds.size())
    throw SQLite::Exception("the statement has another number of parameters than were given");
  struct Binder {
    SQLite::Statement& statement;
    int index;
    void operator()(std::monostate) const { statement.bind(index); }
    void operator()(std::int64_t value) const { statement.bind(index, value); }
    void operator()(double value) const { statement.bind(index, value); }
    void operator()(const std::string& value) const { statement.bind(index, value); }
  };
  for (std::size_t i = 0; i < binds.size(); ++i) std::visit(Binder{statement, static_cast<int>(i) + 1}, binds[i]);
}

/// Prepared statements by their text. One that is taken is nobody else's until it comes back.
class StatementCache {
 public:
  explicit StatementCache(SQLite::Database& db) : db_(db) {}

  std::unique_ptr<SQLite::Statement> take(const std::string& text) {
    const auto found = idle_.find(text);
    if (found == idle_.end()) return std::make_unique<SQLite::Statement>(db_, text);
    auto statement = std::move(found->second);
    idle_.erase(found);
    return statement;
  }

  void give_back(std::unique_ptr<SQLite::Statement> statement) noexcept {
    try {
      statement->tryReset();
      statement->clearBindings();
      if (idle_.size() >= kMostIdleStatements) idle_.erase(idle_.begin());
      std::string text = statement->getQuery();
      idle_.insert_or_assign(std::move(text), std::move(statement));
    } catch (const std::exception&) {
      // It is finalized instead of kept.
    }
  }

 private:
  SQLite::Database& db_;
  std::unordered_map<std::string, std::unique_ptr<SQLite::Statement>> idle_;
};

class SqliteCursor : public Cursor {
 public:
  SqliteCursor(StatementCache& cache, std::unique_ptr<SQLite::Statement> statement, Db::Counters& counters,
               const ErrorSink& sink)
      : cache_(cache), statement_(std::move(statement)), counters_(counters), sink_(sink) {}
  ~SqliteCursor() override { cache_.give_back(std::move(statement_)); }

  DbResult<bool> next() override {
    if (statement_->isDone()) return false;
    const int code = statement_->tryExecuteStep();
    if (code == SQLITE_DONE) return false;
    if (code == SQLITE_ROW) {
      ++counters_.rows;
      return true;
    }
    return refused(sink_, make_error(statement_->getExtendedErrorCode(), statement_->getErrorMsg()));
  }

  bool is_null(int column) const override { return statement_->getColumn(column).isNull(); }
  std::int64_t integer(int column) const override { return statement_->getColumn(column).getInt64(); }
  double decimal(int column) const override { return statement_->getColumn(column).getDouble(); }
  std::string_view text(int column) const override {
    const SQLite::Column value = statement_->getColumn(column);
    const char* bytes = value.getText("");
    return {bytes, static_cast<std::size_t>(value.getBytes())};
  }
  Cell cell(int column) const override {
    switch (statement_->getColumn(column).getType()) {
      case SQLITE_NULL:
        return {};
      case SQLITE_INTEGER:
        return integer(column);
      case SQLITE_FLOAT:
        return decimal(column);
      default:
        return std::string(text(column));
    }
  }

 private:
  StatementCache& cache_;
  std::unique_ptr<SQLite::Statement> statement_;
  Db::Counters& counters_;
  const ErrorSink& sink_;
};

class SqliteDb : public Db {
 public:
  SqliteDb(const std::string& path, Open open, int busy_timeout_ms, ErrorSink sink)
      : sink_(std::move(sink)), db_(path, flags(open), busy_timeout_ms), statements_(db_) {}

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
    return run_plain(mode == Begin::write ? "BEGIN IMMEDIATE" : "BEGIN");
  }
  DbResult<void> commit() override { return run_plain("COMMIT"); }
  void rollback() noexcept override {
    if (sqlite3_get_autocommit(db_.getHandle()) == 0) (void)db_.tryExec("ROLLBACK");
  }

  Counters counters() const override { return counters_; }

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
    bind_all(*statement, sql.binds);
    return std::make_unique<SqliteCursor>(statements_, std::move(statement), counters_, sink_);
  }

  std::string collation(const std::string& table, const std::string& column) {
    const char* name = nullptr;
    const int code = sqlite3_table_column_metadata(db_.getHandle(), "main", table.c_str(), column.c_str(), nullptr, &name,
                                                   nullptr, nullptr, nullptr);
    return code == SQLITE_OK && name != nullptr ? name : "";
  }

  DbResult<void> run_plain(const char* text) {
    const DbResult<std::int64_t> result = run({text, {}});
    if (!result) return tl::unexpected<DbError>(result.error());
    return {};
  }

  ErrorSink sink_;
  SQLite::Database db_;
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

std::string pragma(SQLite::Database& db, const char* text) { return db.execAndGet(text).getString(); }

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

}  // namespace

DbResult<std::unique_ptr<Db>> open_sqlite(const std::string& path, Open open, Journal journal, Sync sync,
                                          std::int64_t busy_timeout_ms, ErrorSink sink) {
  return guarded(sink, [&]() -> DbResult<std::unique_ptr<Db>> {
    constexpr std::int64_t kLongest = std::numeric_limits<int>::max();
    const auto timeout = static_cast<int>(std::clamp<std::int64_t>(busy_timeout_ms, 0, kLongest));
    if (open == Open::create) create_private(path);
    auto db = std::make_unique<SqliteDb>(path, open, timeout, sink);
    refuse_quoted_texts(db->database());
    register_functions(db->database());
    if (journal == Journal::wal) use_wal(db->database(), timeout);
    db->database().exec(sync == Sync::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    db->database().exec("PRAGMA foreign_keys=ON");
    return std::unique_ptr<Db>(std::move(db));
  });
}

}  // namespace scim::sql
