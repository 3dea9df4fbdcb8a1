// SPDX-License-Identifier: MIT
// What verbs print: resources as table, JSON, JSON lines, CSV or ids, and words for people on standard error.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failure.h"
#include "core/json.h"
#include "core/schema.h"
#include "core/text.h"

namespace scim::cli {

enum class Format {
  table,
  json,
  jsonl,  ///< one resource a line
  csv,
  name,  ///< one id a line
};

/// Whether words beside the data are wanted (--quiet). Errors always are.
enum class Words { all, errors_only };
enum class Style { plain, color };

/// Where a verb reads and writes, and how it talks.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Words words = Words::all;
  Style style = Style::plain;
  Format format = Format::json;
  /// Whether errors are SCIM error documents.
  enum class Errors { words, documents } errors = Errors::words;
  /// Whether long work says how far it is.
  enum class Progress { hidden, shown } progress = Progress::hidden;
  /// Whether somebody reads `err` and types `in`, and so can be asked.
  enum class Interaction { none, terminal } interaction = Interaction::none;

  /// A line on standard error, unless --quiet.
  void say(std::string_view line);
  /// `subject`: what failed, "" if that is clear.
  void report(const Failure& failure, std::string_view subject = {});
  /// `-o json` as said, not as the default of a pipe: for verbs that print text otherwise.
  bool json_is_asked_for() const { return errors == Errors::documents; }
};

/// A value as one cell: text as it is, lists joined by ", ", objects by their `value` or `display`.
std::string cell_text(const Json& value);

/// Indented JSON with a line feed.
std::string pretty_json(const Json& value);

/// One column of a table.
struct Column {
  std::string name;  ///< the path it shows: "name.givenName"
  std::function<Json(const Json& row)> read;
};

/// Columns of resources, by path: also `emails[type eq "work"].value`. invalidPath, invalidFilter.
Result<std::vector<Column>> resource_columns(const ResourceType& type, const std::vector<std::string>& paths);
/// Columns of plain objects, by the names of their members.
std::vector<Column> member_columns(const std::vector<std::string>& names);
/// What a table shows if nobody says.
std::vector<std::string> default_columns(const ResourceType& type);
/// Splits at commas that are not inside quotes or brackets.
std::vector<std::string> split_columns(std::string_view text);

/// What JSON output wraps the rows in.
struct Envelope {
  enum class Kind { one, array, list_response } kind = Kind::one;
  std::int64_t total = 0;        ///< of a ListResponse
  std::int64_t start_index = 1;  ///< of a ListResponse
};

/// Prints rows. JSON lines, CSV and ids are printed as they come; a table and JSON at the end.
class Printer {
 public:
  /// `name` is the member that Format::name prints.
  Printer(Console& console, std::vector<Column> columns, std::string name = "id")
      : console_(console), columns_(std::move(columns)), name_(std::move(name)) {}
  void add(Json row);
  void finish(const Envelope& envelope);

 private:
  void print_table();
  void print_json(const Envelope& envelope);
  void print_csv_line(const std::function<std::string(const Column&)>& cell);

  Console& console_;
  std::vector<Column> columns_;
  std::string name_;
  std::vector<Json> rows_;  ///< kept for table and JSON only
  bool has_header_ = false;
};

}  // namespace scim::cli
