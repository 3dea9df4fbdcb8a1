// SPDX-License-Identifier: MIT
// Resources -> what a client can write of them -> JSON lines or CSV.
#include "cli/files/export.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "cli/interruption.h"
#include "cli/local.h"
#include "cli/names/reference_names.h"
#include "cli/output/progress.h"
#include "cli/pages.h"
#include "cli/trials/filter_mistake.h"
#include "cli/writable.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

using FileFormat = ExportCommand::Format;

/// How many are looked up and written at once.
constexpr std::size_t kAtOnce = 500;

/// Standard output, or a file that is there as a whole or not at all.
class OutputFile {
 public:
  static Try<std::unique_ptr<OutputFile>> open(const std::string& file, Console& console) {
    if (file.empty() || file == "-") return std::unique_ptr<OutputFile>(new OutputFile("", console));
    std::error_code none;
    const auto status = std::filesystem::symlink_status(file, none);
    std::unique_ptr<OutputFile> target(new OutputFile(file, console));
    // A pipe, a device, a link: it is to stay what it is.
    target->is_direct_ = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
    target->stream_.open(target->written(), std::ios::binary | std::ios::trunc);
    if (target->stream_ && !target->is_direct_ && std::filesystem::exists(status)) std::filesystem::permissions(target->partial(), status.permissions(), none);
    if (!target->stream_) return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, file + " cannot be written: " + std::strerror(errno), ""}));
    return target;
  }
  ~OutputFile() {
    if (!is_done_) give_up();
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  Try<void> put(const std::string& line) {
    out() << (is_shown() ? printable_lines(line) : line) << '\n';
    if (out() || file_.empty()) return {};  // main looks at standard output
    return fail(ErrorKind::internal, file_ + " cannot be written: " + std::strerror(errno));
  }
  /// From another thread, too, until finish() is called.
  void give_up() const {
    if (!file_.empty() && !is_direct_) static_cast<void>(std::remove(partial().c_str()));
  }
  Try<void> finish() {
    out().flush();
    if (file_.empty()) return {};
    stream_.close();
    is_done_ = !stream_.fail() && (is_direct_ || std::rename(partial().c_str(), file_.c_str()) == 0);
    if (is_done_) return {};
    return fail(ErrorKind::internal, file_ + " cannot be written: " + std::strerror(errno));
  }

 private:
  OutputFile(std::string file, Console& console) : file_(std::move(file)), console_(console) {}
  std::ostream& out() { return file_.empty() ? console_.out : stream_; }
  /// On a terminal, which is to obey nobody's name.
  bool is_shown() const { return file_.empty() && console_.target == Console::Target::terminal; }
  std::string partial() const { return file_ + ".partial"; }
  std::string written() const { return is_direct_ ? file_ : partial(); }

  const std::string file_;  // "" standard output
  Console& console_;
  std::ofstream stream_;
  bool is_direct_ = false;  // without .partial
  bool is_done_ = false;
};

/// What CSV has a column for: single values by their path, lists as a whole.
void append_columns(const std::vector<Attribute>& attributes, std::vector<const Attribute*>& out) {
  for (const Attribute& attribute : attributes) {
    if (attribute.mutability == Mutability::read_only || is_schemas(attribute)) continue;
    const bool has_parts = attribute.type == Type::complex && !attribute.multi_valued;
    if (has_parts) append_columns(attribute.sub_attributes, out);
    else out.push_back(&attribute);
  }
}

std::string cell_of(const Json* value) {
  if (value == nullptr) return {};
  return value->is_string() ? value->get<std::string>() : to_text(*value);
}

/// The columns that something stands in.
class CsvColumns {
 public:
  explicit CsvColumns(const ResourceType& type) {
    append_columns(type.attributes, all_);
    for (const Attribute* attribute : all_) used_.push_back(attribute->required && attribute->parent == nullptr);
  }

  void notice(const Json& body) {
    for (std::size_t i = 0; i < all_.size(); ++i) used_[i] = used_[i] || find_value(body, *all_[i]) != nullptr;
  }
  std::string header() const {
    return line_of([](const Attribute& attribute) { return attribute.path(); });
  }
  /// nullopt: it has something that no column was made for.
  std::optional<std::string> row(const Json& body) const {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (!used_[i] && find_value(body, *all_[i]) != nullptr) return std::nullopt;
    }
    return line_of([&](const Attribute& attribute) { return cell_of(find_value(body, attribute)); });
  }

 private:
  template <class Cell>
  std::string line_of(Cell cell) const {
    std::string line;
    bool is_first = true;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (!used_[i]) continue;
      line += (is_first ? "" : ",") + csv_field(cell(*all_[i]));
      is_first = false;
    }
    return line;
  }

  std::vector<const Attribute*> all_;
  std::vector<bool> used_;
};

class Exporter {
 public:
  Exporter(const ExportCommand& command, Backend& backend, const ResourceType& type, Console& console)
      : command_(command), backend_(backend), type_(type), names_(backend), progress_(console) {}

  /// Every resource, as many as `take` can be given at once.
  Try<std::size_t> read(const std::function<Try<void>(std::vector<Json>&)>& take) {
    std::vector<Json> bodies;
    std::vector<ReferenceHints> hints;
    std::size_t seen = 0;
    Try<void> taken;
    const auto flush = [&]() -> Try<void> {
      switch (command_.references) {
        case ExportCommand::References::by_name: SCIM_TRY(names_.put_into(bodies, hints, type_)); break;
        case ExportCommand::References::by_id: break;
      }
      seen += bodies.size();
      SCIM_TRY(take(bodies));
      bodies.clear();
      hints.clear();
      progress_.show(seen);
      return {};
    };
    const auto add = [&](Json resource) {
      if (!taken) return;
      bodies.push_back(writable_resource(type_, resource));
      hints.emplace_back(type_, std::move(resource));
      if (bodies.size() == kAtOnce) taken = flush();
    };
    SCIM_TRY(for_each_resource(backend_, type_, command_.filter, "", add));
    SCIM_TRY(std::move(taken));
    SCIM_TRY(flush());
    progress_.clear();
    return seen;
  }

  /// References that only this server understands.
  void say_ambiguous_names(Console& console) const {
    for (const std::string& name : names_.ambiguous()) {
      console.say("scimctl: several groups are called " + quote(printable(name)) + ", and no externalId tells them apart: where they are members they have " +
                  "their ids, which only this server knows");
    }
  }

  Try<std::size_t> write_jsonl(OutputFile& out) {
    return read([&](const std::vector<Json>& bodies) -> Try<void> {
      for (const Json& body : bodies) SCIM_TRY(out.put(to_text(body)));
      return {};
    });
  }

  /// Read twice: the columns must be known before the first row.
  Try<std::size_t> write_csv(OutputFile& out) {
    CsvColumns columns(type_);
    SCIM_TRY(read([&](const std::vector<Json>& bodies) -> Try<void> {
      for (const Json& body : bodies) columns.notice(body);
      return {};
    }));
    SCIM_TRY(out.put(columns.header()));
    return read([&](const std::vector<Json>& bodies) -> Try<void> {
      for (const Json& body : bodies) {
        const auto row = columns.row(body);
        if (!row) return fail(ErrorKind::conflict, "somebody changes what is being exported: try again, or export JSON lines");
        SCIM_TRY(out.put(*row));
      }
      return {};
    });
  }

 private:
  const ExportCommand& command_;
  Backend& backend_;
  const ResourceType& type_;
  ReferenceNames names_;
  ProgressLine progress_;
};

/// What is no table of text would be read as what its name says.
Try<void> check_name(const ExportCommand& command) {
  if (command.format) return {};
  const std::string name = ascii_lower(command.file);
  for (const std::string_view ending : {".yaml", ".yml", ".ldif", ".ldf", ".xml", ".toml", ".xlsx"}) {
    if (!name.ends_with(ending)) continue;
    return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "export writes JSON lines or CSV, not " + std::string(ending) + ": name the file *.jsonl or *.csv, or say --format", ""}));
  }
  return {};
}

FileFormat format_of(const ExportCommand& command, const Globals& globals) {
  if (command.format) return *command.format;
  const bool is_csv = ascii_lower(command.file).ends_with(".csv") || globals.format == Format::csv;
  return is_csv ? FileFormat::csv : FileFormat::jsonl;
}

}  // namespace

Try<ExitCode> run(const ExportCommand& command, const Globals& globals, Console& console) {
  SCIM_TRY(check_name(command));
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const ResourceType* const type, backend->type(command.kind));
  SCIM_TRY(check_filter(command.filter, *type));
  SCIM_TRY(check_is_no_database(command.file, backend->config()));
  SCIM_ASSIGN(const auto target, OutputFile::open(command.file, console));
  std::optional<Interruption> interruption;
  interruption.emplace([&] {
    target->give_up();
    console.say("scimctl: interrupted: not all was exported");
  });
  Exporter exporter(command, *backend, *type, console);
  std::size_t count = 0;
  switch (format_of(command, globals)) {
    case FileFormat::jsonl: {
      SCIM_ASSIGN(count, exporter.write_jsonl(*target));
      break;
    }
    case FileFormat::csv: {
      SCIM_ASSIGN(count, exporter.write_csv(*target));
      break;
    }
  }
  interruption.reset();
  SCIM_TRY(target->finish());
  exporter.say_ambiguous_names(console);
  const bool is_in_file = !command.file.empty() && command.file != "-";
  if (is_in_file && console.document_is_asked_for()) console.print({{"exported", count}});
  console.say("scimctl: exported " + std::to_string(count));
  return ExitCode::ok;
}

}  // namespace scim::cli
