// SPDX-License-Identifier: MIT
// What verbs print: resources as table, JSON, JSON lines, YAML, CSV or ids, and words for people on standard error.
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
  yaml,
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

  /// How many columns the terminal has that `out` is; 0: it is none, or does not say.
  std::size_t width = 0;
  /// Whether `out` is a terminal.
  enum class Target { file, terminal } target = Target::file;

  /// What the database says of why it fails (cli/console_env.h): the failure that is reported next has it.
  std::string reason{};

  /// A line on standard error, unless --quiet.
  void say(std::string_view line);
  /// `subject`: what failed, "" if that is clear.
  void report(const Failure& failure, std::string_view subject = {});
  /// `-o json` as said, not as the default of a pipe: for verbs that print text otherwise.
  bool json_is_asked_for() const { return errors == Errors::documents; }
  /// `-o json`, `-o jsonl` or `-o yaml`: for verbs that print text otherwise, and for whose document there are no rows.
  bool document_is_asked_for() const { return json_is_asked_for() || format == Format::yaml; }
  /// A document in the form that was asked for; JSON for those that show rows only.
  void print(const Json& document);
};

/// A value as one cell: text as it is, lists joined by ", ", objects by their `value` or `display`.
std::string cell_text(const Json& value);

/// As RFC 4180 writes a field: in quotes where it must be.
std::string csv_field(const std::string& text);

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
/// badRequest if one of `names` is none of `known`.
Result<void> check_columns(const std::vector<std::string>& names, const std::vector<std::string>& known);
/// Columns of plain objects: what --columns says, else `all`. `besides`: what may be named too. badRequest.
Result<std::vector<Column>> chosen_columns(const std::vector<std::string>& chosen, const std::vector<std::string>& all,
                                           const std::vector<std::string>& besides = {});
/// What a table shows if nobody says.
std::vector<std::string> default_columns(const ResourceType& type);
/// Splits at commas that are not inside quotes or brackets.
std::vector<std::string> split_columns(std::string_view text);

/// What JSON and YAML wrap the rows in.
struct Envelope {
  enum class Kind { one, array, list_response } kind = Kind::one;
  std::int64_t total = 0;        ///< of a ListResponse
  std::int64_t start_index = 1;  ///< of a ListResponse
};

/// Prints rows. JSON lines, CSV and ids are printed as they come; a table, JSON and YAML at the end.
class Printer {
 public:
  /// `name` is the member that Format::name prints.
  Printer(Console& console, std::vector<Column> columns, std::string name = "id")
      : console_(console), columns_(std::move(columns)), name_(std::move(name)) {}
  void add(Json row);
  void finish(const Envelope& envelope);

 private:
  void print_table();
  void print_documents(const Envelope& envelope);
  void print_csv_line(const std::function<std::string(const Column&)>& cell);

  Console& console_;
  std::vector<Column> columns_;
  std::string name_;
  std::vector<Json> rows_;  ///< kept for table, JSON and YAML only
  bool has_header_ = false;
};

}  // namespace scim::cli
