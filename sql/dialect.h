// SPDX-License-Identifier: MIT
// What differs between databases, as data.
#pragma once

#include <string_view>

namespace scim::sql {

/// How a path into JSON is written.
enum class JsonPath {
  dollar,  ///< '$."emails"[0]."value"'
  array,   ///< '{"emails",0,"value"}'
};

/// What tables of our own have beside their rows: counts of blocks, indexes of trigrams, renderings, all by triggers.
enum class Aids { triggers, none };

/// Whether the columns of a UNION, and the results of a CASE, may be of several types.
enum class Typing { dynamic, strict };

/// Rows of a query are read as its cursor steps, or all of them are in memory before it does.
enum class Fetch { stepwise, whole };

/// What a text can hold: any bytes, or UTF-8 without U+0000.
enum class Texts { any, utf8 };

/// Types of the columns of our own tables.
struct ColumnTypes {
  std::string_view key;      ///< a primary key that the database counts up
  std::string_view text;     ///< compared by its bytes
  std::string_view integer;  ///< of 64 bits
  std::string_view decimal;
  std::string_view boolean;
};

/// Whose the functions are that follow: of each connection, so that no index of an application can use them, or of the database.
enum class Functions { of_connection, of_database };

struct Dialect {
  std::string_view name;
  Typing typing;
  Aids aids;
  Functions functions;
  Fetch fetch;
  Texts texts;
  std::string_view distinct;     ///< NULL-safe "is not equal": `a IS NOT b`
  std::string_view by_bytes;     ///< after a text: it is ordered by its bytes, whatever its column says
  std::string_view in_order;     ///< the same after a text that is compared by > or <, where an index would else serve it
  std::string_view truth_start;  ///< before a column that is 0 for false, or false
  std::string_view truth_end;    ///< and after it
  char parameter_sign;           ///< before the number of a parameter, for who reads a statement
  std::string_view number_start; ///< before a parameter that is no whole number
  std::string_view number_end;   ///< and after it
  std::string_view fold;         ///< function for Collation::folded
  std::string_view username;     ///< function for Collation::username
  std::string_view instant;      ///< function from dateTime text, of SQL or RFC 3339, to microseconds
  std::string_view uuid;         ///< function from 32 hexadecimal digits to a UUID
  std::string_view hash;         ///< function of any values to an integer below 2^40, so that many can be added up
  std::string_view version;      ///< function of any values to a short text that differs when they do
  std::string_view values_start; ///< before the arguments of those two
  std::string_view values_end;   ///< and after them
  std::string_view value_start;  ///< before each of them
  std::string_view value_end;    ///< and after it
  std::string_view position;     ///< function (haystack, needle) -> 1-based position in characters, 0 if absent
  std::string_view tail;         ///< function (text, tail_sign n) -> the last n characters, all if there are fewer
  std::string_view tail_sign;
  JsonPath json_path;
  // Functions (document, path) -> the value there as SQL has it, NULL if there is none.
  std::string_view json_text;
  std::string_view json_integer;
  std::string_view json_decimal;
  std::string_view json_boolean;
  std::string_view json_valid;   ///< function of any text: whether it is JSON
  std::string_view json_each;    ///< table function (document, path) -> rows `key` (position), `value`, `type`
  std::string_view ordered_join; ///< a join whose left side is to be read first
  std::string_view last_key;     ///< statement for the key of the row that was inserted last; "": INSERT has to say it
  // After a SELECT, and before an alias; "": nobody else writes at the same time.
  std::string_view lock_rows;    ///< nobody else writes these rows until the end of the transaction
  std::string_view keep_rows;    ///< the same, but many may say so of the same rows
  std::string_view lock_value;   ///< statement (text): nobody else says so of the same text until the end of the transaction
  std::string_view lock_nesting; ///< statement: one transaction after the other decides which group may be in which
  std::string_view take_time;    ///< statement for a transaction that may take longer than clients would wait; "": all may
  std::string_view take_all;     ///< script for one that reads or writes all there is: it has any time, and an error where rows are hidden; "": it has
  // Around the names of tables, with commas: nobody else writes any of their rows until the end of the transaction; "": nobody does.
  std::string_view lock_all_start;
  std::string_view lock_all_end;
  std::string_view data_version; ///< statement for a number that changes when others commit; "": there is none
  ColumnTypes types;
  std::string_view table_end;    ///< after CREATE TABLE (...): columns hold values of their types only
  std::string_view find_table;   ///< statement that has a row if there is a table or view with a name
  std::string_view find_index;   ///< the same for an index
  std::string_view is_text_start;  ///< before an expression: whether it is a text
  std::string_view is_text_end;    ///< and after it
  std::string_view random_hex;     ///< an expression: 32 hexadecimal digits, others for each row
  std::string_view key_type;       ///< statement (table, column) -> the type for a column of ours that is compared with that one
  /// Statement (table) -> rows (column, name of its type, whether its own comparison takes several texts for one, whether it is
  /// the primary key); "": types say nothing of what a column holds.
  std::string_view column_types;
  std::string_view lock_tables;    ///< statement in a transaction for writing: nobody else makes tables of ours until its end; "": needs none
  std::string_view find_function;  ///< the same for a function that is the database's; "" if none is
  std::string_view server_version; ///< statement for what the database calls its version
  std::string_view find_columns; ///< statement for the names of a table's columns, those that it computes left out
  std::string_view counted;      ///< statement (table, column) -> the last key given out; NULL: none, or the role may not ask; "": the greatest there
  /// Statement (how many, table, column) -> so many keys for new rows, in their order, which no other row gets; NULL: the role may not
  /// take them; "": INSERT has to make each.
  std::string_view new_keys;
  std::string_view count_on;     ///< statement (table, column, key): new rows get greater keys; "": they do by themselves
};

extern const Dialect kSqliteDialect;
extern const Dialect kPostgresqlDialect;

}  // namespace scim::sql
