// SPDX-License-Identifier: MIT
// A thin driver: statements, rows, transactions. No SCIM words; each database library is included by one file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"

namespace scim::sql {

/// A bound parameter or a column's value.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

/// SQL text with its parameters in the order of its placeholders. The text never holds a value.
struct Sql {
  std::string text;
  std::vector<Cell> binds;
};

/// What the database refused, for those who can say it better.
enum class DbErrorKind {
  unique,       ///< a unique constraint; `detail` names table.column as far as the database does
  foreign_key,
  not_null,     ///< `detail` as for unique
  check,        ///< a CHECK, or a value of the wrong type
  too_long,     ///< for an index
  busy,         ///< another writer, for longer than the busy timeout
  conflict,     ///< with another transaction: the same again from the beginning may go well
  unavailable,  ///< gone, disk full, read-only, corrupt
  unknown_outcome,  ///< gone while it wrote: it may have been done
  other,
};
struct DbError {
  DbErrorKind kind = DbErrorKind::other;
  std::string detail;  ///< of the database library: for the log, not for clients
};
template <class T>
using DbResult = tl::expected<T, DbError>;

/// A statement that is giving rows. Values are those of the row that next() stepped to; text is valid until the next
/// step. Gone before its Db is, and before a commit().
class Cursor {
 public:
  virtual ~Cursor() = default;
  enum class Kind { null, integer, decimal, text };
  virtual DbResult<bool> next() = 0;  ///< false: no more rows
  virtual Kind kind(int column) const = 0;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual double decimal(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  /// The value as the database keeps it: for keys, whose type is the application's choice.
  Cell cell(int column) const;
};

class Catalog;
struct Dialect;

/// One connection, used by one thread at a time. Statements are prepared once and kept by their text.
class Db {
 public:
  /// What is read sees one moment. What writes has SQLite's write lock from the beginning; on PostgreSQL each statement sees
  /// what is committed by then, and rows are locked as they are asked for (Dialect::lock_rows).
  enum class Begin { read, write };
  virtual ~Db() = default;
  virtual DbResult<std::unique_ptr<Cursor>> query(const Sql& sql) = 0;
  /// Runs to the end; how many rows it changed.
  virtual DbResult<std::int64_t> run(const Sql& sql) = 0;
  /// Adds rows, whose cells follow each other in the order of `columns`: the fastest way to write very many.
  /// PostgreSQL's refusals are told to the caller alone, and to no ErrorSink: who writes many at once may know better.
  virtual DbResult<void> insert_rows(std::string_view table, std::span<const std::string> columns, std::span<const Cell> cells);
  /// Several statements without parameters: migrations.
  virtual DbResult<void> run_script(std::string_view sql) = 0;
  virtual DbResult<void> begin(Begin mode) = 0;
  virtual DbResult<void> commit() = 0;
  virtual void rollback() noexcept = 0;
  /// Whether one has begun and not ended. Some errors end it: a full disk, a rule of the database that says so.
  virtual bool in_transaction() const = 0;
  /// Whether a conflict with another transaction has ended the last one: the same again may go well.
  virtual bool has_lost_conflict() const { return false; }
  /// Whether a commit would fail, since rows point nowhere whose foreign keys are looked at then.
  virtual DbResult<bool> has_deferred_violations() = 0;
  /// Statements run since the connection was opened, and rows stepped: for tests that count.
  struct Counters {
    std::int64_t statements = 0;
    std::int64_t rows = 0;
  };
  virtual Counters counters() const = 0;
  /// What the database says of its tables (catalog.h). Gone before its Db is.
  virtual std::unique_ptr<Catalog> catalog() = 0;
  /// How it wants to be spoken to (dialect.h).
  virtual const Dialect& dialect() const = 0;
};

enum class Sync { full, normal };
enum class Open { existing, create };
/// The journal mode stays with the file: that of an application's database is the application's choice.
enum class Journal { wal, as_it_is };

/// Told of every error that a connection returns, unique violations apart: the way to the log.
using ErrorSink = std::function<void(const DbError&)>;

/// A SQLite file with foreign keys on and the functions of Dialect registered: scim_fold(text), scim_username(text) and
/// scim_instant(text) are collation_key() and parse_instant() of core/text.h, NULL for NULL. A file that Open::create
/// makes is readable for its owner only, whatever the umask.
DbResult<std::unique_ptr<Db>> open_sqlite(const std::string& path, Open open, Journal journal, Sync sync,
                                          std::int64_t busy_timeout_ms, ErrorSink sink = {});

/// In a transaction for writing: it may take its time, and nobody else makes tables of ours until its end.
DbResult<void> keep_others_out(Db& db);

/// `name` in double quotes: identifiers come from the mapping, and "group" or "order" may be among them.
std::string identifier(std::string_view name);
void append_identifier(std::string& out, std::string_view name);

/// DbError -> Error for whoever has nothing better to say: busy and unavailable are 503 with Retry-After, else 500.
Error to_error(const DbError& error);

}  // namespace scim::sql
