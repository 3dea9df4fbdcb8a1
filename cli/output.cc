// SPDX-License-Identifier: MIT
// Rows -> text in each format; the width of text on a terminal.
#include "cli/output.h"

#include <algorithm>
#include <ostream>

#include "cli/set_path.h"
#include "core/render.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kGap = "  ";
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

std::string table_cell(const Column& column, const Json& row) {
  const std::string text = printable(cell_text(column.read(row)));
  return text.empty() ? "-" : text;
}

}  // namespace

void Console::say(std::string_view line) {
  if (words == Words::all) err << line << '\n';
}

void Console::report(const Failure& failure, std::string_view subject) {
  if (errors == Errors::documents) {
    err << failure.document << '\n';
    return;
  }
  err << "scimctl: ";
  if (!subject.empty()) err << printable(subject) << ": ";
  err << failure.detail << '\n';
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
    case Format::json: rows_.push_back(std::move(row)); break;
    case Format::jsonl: console_.out << to_text(row) << '\n'; break;
    case Format::csv: print_csv_line([&](const Column& column) { return cell_text(column.read(row)); }); break;
    case Format::name: console_.out << (row.contains(name_) ? printable(cell_text(row.at(name_))) : "") << '\n'; break;
  }
}

void Printer::finish(const Envelope& envelope) {
  switch (console_.format) {
    case Format::table: print_table(); break;
    case Format::json: print_json(envelope); break;
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
    for (std::size_t i = 0; i < columns_.size(); ++i) console_.out << (i > 0 ? "," : "") << csv_field(field(columns_[i]));
    console_.out << '\n';
  };
  if (!has_header_) print([](const Column& column) { return column.name; });
  has_header_ = true;
  if (cell) print(cell);
}

void Printer::print_json(const Envelope& envelope) {
  switch (envelope.kind) {
    case Envelope::Kind::one:
      for (const Json& row : rows_) console_.out << pretty_json(row);
      break;
    case Envelope::Kind::array: console_.out << pretty_json(Json(rows_)); break;
    case Envelope::Kind::list_response: {
      const auto returned = static_cast<std::int64_t>(rows_.size());
      Json list = Json::parse(list_response({envelope.total, returned, envelope.start_index, {}, {}}, Json::array()));
      list["Resources"] = std::move(rows_);
      console_.out << pretty_json(list);
      break;
    }
  }
}

void Printer::print_table() {
  if (rows_.empty()) return;
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string> header;
  for (const Column& column : columns_) header.push_back(ascii_upper(printable(column.name)));
  lines.push_back(std::move(header));
  for (const Json& row : rows_) {
    std::vector<std::string> line;
    for (const Column& column : columns_) line.push_back(table_cell(column, row));
    lines.push_back(std::move(line));
  }
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  }
  for (std::size_t l = 0; l < lines.size(); ++l) {
    const bool bold = l == 0 && console_.style == Style::color;
    if (bold) console_.out << kBold;
    for (std::size_t i = 0; i < lines[l].size(); ++i) {
      console_.out << lines[l][i];
      if (i + 1 < lines[l].size()) console_.out << std::string(widths[i] - display_width(lines[l][i]), ' ') << kGap;
    }
    if (bold) console_.out << kReset;
    console_.out << '\n';
  }
}

}  // namespace scim::cli
