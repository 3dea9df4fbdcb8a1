// SPDX-License-Identifier: MIT
// Rows -> text in each format.
#include "cli/output/output.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/output/table.h"
#include "cli/output/yaml.h"
#include "cli/set_path.h"
#include "core/render.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr int kIndent = 2;

std::string ascii_upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

/// What an object is known by among its like.
std::string object_text(const Json& object) {
  for (const char* name : {"value", "display", "displayName", "formatted"}) {
    const auto at = object.find(name);
    if (at != object.end() && at->is_string()) return at->get<std::string>();
  }
  return to_text(object);
}

/// As a server has written it, if no terminal can take harm.
std::string harmless_document(const std::string& document) {
  if (printable_lines(document) == document) return document;
  const Json parsed = Json::parse(document, nullptr, false);
  return printable(parsed.is_discarded() ? document : to_text(parsed));
}

std::string table_cell(const Column& column, const Json& row) {
  const std::string text = printable(cell_text(column.read(row)));
  return text.empty() ? "-" : text;
}

}  // namespace

void Console::say(std::string_view line) {
  if (words == Words::all) err << printable_lines(line) << '\n';
}

void Console::report(const Failure& failure, std::string_view subject) {
  const std::string why = std::exchange(reason, "");
  const bool has_reason = failure.code == ExitCode::error && !why.empty() && failure.detail.find(why) == std::string::npos;
  const Failure told = has_reason ? failure_because(why, failure) : failure;
  if (errors == Errors::documents) {
    err << harmless_document(told.document) << '\n';
    return;
  }
  err << "scimctl: ";
  if (!subject.empty()) err << printable(subject) << ": ";
  err << printable_lines(told.detail) << '\n';
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

void Console::print(const Json& document) {
  switch (format) {
    case Format::yaml: out << to_yaml(document); break;
    case Format::jsonl: out << printable(to_text(document)) << '\n'; break;
    case Format::table:
    case Format::json:
    case Format::csv:
    case Format::name: out << printable_lines(pretty_json(document)); break;
  }
}

std::string pretty_json(const Json& value) {
  return value.dump(kIndent, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string cell_text(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object()) return object_text(value);
  if (!value.is_array()) return to_text(value);
  std::string out;
  for (const Json& element : value) {
    if (!out.empty()) out += ", ";
    out += cell_text(element);
  }
  return out;
}

Result<std::vector<Column>> resource_columns(const ResourceType& type, const std::vector<std::string>& paths) {
  std::vector<Column> columns;
  for (const std::string& path : paths) {
    SCIM_ASSIGN(Target target, resolve_target(path, type));
    columns.push_back({path, [target = std::move(target)](const Json& row) { return target.read(row); }});
  }
  return columns;
}

std::vector<Column> member_columns(const std::vector<std::string>& names) {
  std::vector<Column> columns;
  for (const std::string& name : names) {
    columns.push_back({name, [name](const Json& row) { return row.contains(name) ? row.at(name) : Json(); }});
  }
  return columns;
}

Result<void> check_columns(const std::vector<std::string>& names, const std::vector<std::string>& known) {
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string all;
    for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
    return fail(ErrorKind::bad_request, "--columns: there is no " + quote(name) + ", but " + all);
  }
  return {};
}

Result<std::vector<Column>> chosen_columns(const std::vector<std::string>& chosen, const std::vector<std::string>& all,
                                           const std::vector<std::string>& besides) {
  std::vector<std::string> known = all;
  known.insert(known.end(), besides.begin(), besides.end());
  SCIM_TRY(check_columns(chosen, known));
  return member_columns(chosen.empty() ? all : chosen);
}

std::vector<std::string> default_columns(const ResourceType& type) {
  std::vector<std::string> columns = {"id"};
  for (const char* name : {"userName", "displayName", "emails", "active", "externalId"}) {
    if (type.find(name) != nullptr) columns.emplace_back(name);
  }
  return columns;
}

std::vector<std::string> split_columns(std::string_view text) {
  std::vector<std::string> columns(1);
  bool in_string = false;
  int brackets = 0;
  for (const char c : text) {
    if (c == '"') in_string = !in_string;
    if (!in_string && c == '[') ++brackets;
    if (!in_string && c == ']') --brackets;
    if (c == ',' && !in_string && brackets == 0) {
      columns.emplace_back();
    } else {
      columns.back() += c;
    }
  }
  for (std::string& column : columns) column = std::string(trim(column));
  std::erase_if(columns, [](const std::string& column) { return column.empty(); });
  return columns;
}

void Printer::add(Json row) {
  switch (console_.format) {
    case Format::table:
    case Format::json:
    case Format::yaml: rows_.push_back(std::move(row)); break;
    case Format::jsonl: console_.print(row); break;
    case Format::csv: print_csv_line([&](const Column& column) { return cell_text(column.read(row)); }); break;
    case Format::name: console_.out << (row.contains(name_) ? printable(cell_text(row.at(name_))) : "") << '\n'; break;
  }
}

void Printer::finish(const Envelope& envelope) {
  switch (console_.format) {
    case Format::table: print_table(); break;
    case Format::json:
    case Format::yaml: print_documents(envelope); break;
    case Format::csv:
      if (!has_header_) print_csv_line(nullptr);
      break;
    case Format::jsonl:
    case Format::name: break;
  }
  console_.out.flush();
}

void Printer::print_csv_line(const std::function<std::string(const Column&)>& cell) {
  const auto print = [&](const auto& field) {
    std::string line;
    for (const Column& column : columns_) line += (&column != &columns_.front() ? "," : "") + csv_field(field(column));
    // A line without anything would be no record.
    if (line.empty()) line = "\"\"";
    switch (console_.target) {
      case Console::Target::file: break;
      case Console::Target::terminal: line = printable_lines(line); break;
    }
    console_.out << line << '\n';
  };
  if (!has_header_) print([](const Column& column) { return column.name; });
  has_header_ = true;
  if (cell) print(cell);
}

void Printer::print_documents(const Envelope& envelope) {
  switch (envelope.kind) {
    case Envelope::Kind::one:
      for (const Json& row : rows_) console_.print(row);
      break;
    case Envelope::Kind::array: console_.print(Json(std::move(rows_))); break;
    case Envelope::Kind::list_response: {
      const auto returned = static_cast<std::int64_t>(rows_.size());
      Json list = Json::parse(list_response({envelope.total, returned, envelope.start_index, {}, {}}, Json::array()));
      list["Resources"] = std::move(rows_);
      console_.print(list);
      break;
    }
  }
}

void Printer::print_table() {
  if (rows_.empty()) return;
  Table table;
  for (const Column& column : columns_) table.header.push_back(ascii_upper(printable(column.name)));
  for (const Json& row : rows_) {
    std::vector<std::string> cells;
    for (const Column& column : columns_) cells.push_back(table_cell(column, row));
    table.rows.push_back(std::move(cells));
  }
  const bool is_bold = console_.style == Style::color;
  const TableStyle style{console_.width, is_bold ? TableStyle::Header::bold : TableStyle::Header::plain};
  const std::vector<std::size_t> widths = fitted_widths(table, style);
  console_.out << table_text(table, widths, style);
  std::string left_out;
  for (std::size_t i = widths.size(); i < columns_.size(); ++i) left_out += (left_out.empty() ? "" : ", ") + printable(columns_[i].name);
  if (!left_out.empty()) console_.say("scimctl: the terminal is too narrow to show " + left_out);
}

}  // namespace scim::cli
