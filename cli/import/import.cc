// SPDX-License-Identifier: MIT
// A file -> records -> resources (in a thread of its own) -> where they go.
#include "cli/import/import.h"

#include <filesystem>
#include <fstream>

#include "cli/files/input.h"
#include "cli/import/import_local.h"
#include "cli/import/import_preview.h"
#include "cli/import/import_remote.h"
#include "cli/import/import_resume.h"
#include "cli/import/import_twins.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// 0 for what is no plain file: nobody knows how much will come, and when.
std::uint64_t size_of(const std::string& name) {
  std::error_code unknown;
  if (name == "-" || !std::filesystem::is_regular_file(name, unknown)) return 0;
  const auto bytes = std::filesystem::file_size(name, unknown);
  return unknown ? 0 : bytes;
}

/// standard input for "-"; else `file`, opened.
Try<std::istream*> open_input(const std::string& name, std::ifstream& file, Console& console) {
  if (name == "-") return &console.in;
  SCIM_TRY(open_file(name, file));
  return &file;
}

Try<SourceOptions> source_options(const ImportCommand& command) {
  SourceOptions options{command.file == "-" ? "standard input" : command.file, command.format, {}};
  for (const std::string& text : command.ldap_names) {
    const std::size_t equals = text.find('=');
    const bool is_pair = equals != std::string::npos && equals > 0 && equals + 1 < text.size();
    if (!is_pair) return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--map wants LDAP=PATH, not " + quote(text), ""}));
    options.ldap_names.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return options;
}

/// What the records go through, and where.
struct Import {
  std::unique_ptr<Backend> backend;
  LocalBackend* local = nullptr;  ///< the same, if it is the database

  /// Whether references of who was there may be completed: if they are written, or undone with all else.
  bool may_complete(const ImportCommand& command) const { return command.does == ImportCommand::Does::write || local != nullptr; }

  static Try<Import> open(const Globals& globals, Console& console) {
    Import import;
    const bool is_traced = !globals.trace.empty() && globals.effect != Effect::preview;
    if (globals.remote.is_wanted() || is_traced) {
      SCIM_ASSIGN(import.backend, Backend::open(globals, console, Absent::is_made));
      return import;
    }
    SCIM_ASSIGN(auto local, LocalBackend::open(globals, console, Absent::is_made));
    import.local = local.get();
    import.backend = std::move(local);
    return import;
  }

  Try<std::unique_ptr<ImportSink>> sink(const ImportCommand& command, const ResourceType& type, const LineParser& parser, std::uint64_t bytes,
                                        ResumeFilter& resume, ImportReport& report) const {
    switch (command.does) {
      case ImportCommand::Does::check:
        if (local == nullptr) return import_into_nothing(*backend, type, report);
        return rehearse_import_into_database(*local, type, parser, report);
      case ImportCommand::Does::write: break;
    }
    const bool is_resumed = command.existing == ImportCommand::Existing::pass_over;
    if (local == nullptr) return import_into_server(*backend, type, is_resumed ? &resume : nullptr, report);
    // Whoever looks at what is there needs it to be committed.
    return import_into_database(*local, type, parser, is_resumed ? 0 : bytes, report);
  }
};

/// What is done with the records on their way.
struct Seen {
  const ResourceType& type;
  ResumeFilter& resume;
  ImportTwins& twins;
  ImportReport& report;
};

Try<void> write_all(ImportSource& source, ImportSink& sink, const ImportCommand& command, Seen seen) {
  while (auto entries = source.next()) {
    if (seen.report.is_interrupted()) return {};
    for (const ImportEntry& entry : *entries) seen.report.mention_unknown(entry, seen.type);
    seen.twins.add(*entries);
    switch (command.existing) {
      case ImportCommand::Existing::pass_over: {
        SCIM_ASSIGN(const bool goes_on, sink.settle());
        if (!goes_on) return {};
        SCIM_TRY(seen.resume.take_out(*entries));
        break;
      }
      case ImportCommand::Existing::refuse: break;
    }
    SCIM_ASSIGN(const bool goes_on, sink.write(*entries));
    if (!goes_on) return {};
    source.give_back(*std::move(entries));
  }
  SCIM_TRY(source.outcome());
  return {};
}

/// Also when the rest of the file cannot be understood, what was good before is kept.
Try<void> import_all(const ImportCommand& command, const Import& import, const ResourceType& type, RecordSource& records, std::uint64_t bytes,
                     ImportReport& report) {
  const Adapter* const adapter = import.local == nullptr ? nullptr : import.local->adapter();
  const LineParser parser(type, import.backend->config(), adapter);
  ImportTwins twins(*import.backend, type);
  switch (command.existing) {
    case ImportCommand::Existing::refuse: twins.look_for_others(); break;
    case ImportCommand::Existing::pass_over: break;
  }
  ResumeFilter resume(*import.backend, type, report);
  SCIM_ASSIGN(const auto sink, import.sink(command, type, parser, bytes, resume, report));
  Try<void> written;
  {
    ImportSource source(records, parser);
    written = write_all(source, *sink, command, {type, resume, twins, report});
    const bool is_broken_file = !written && !source.outcome();
    if (!written && !is_broken_file) return written;
  }
  if (report.is_interrupted()) {
    SCIM_TRY(sink->settle());
    return fail(Failure(ExitCode::error, {ErrorKind::unavailable, interrupted(command), ""}));
  }
  SCIM_TRY(sink->finish());
  if (import.may_complete(command)) SCIM_TRY(resume.finish());
  const std::size_t made = import.may_complete(command) ? 1 : 0;
  if (const auto found = twins.find(made)) report.mention_twins(*found, type);
  return written;
}

}  // namespace

Try<ExitCode> run(const ImportCommand& command, const Globals& globals, Console& console) {
  std::ifstream file;
  SCIM_ASSIGN(std::istream* const in, open_input(command.file, file, console));
  SCIM_ASSIGN(const SourceOptions options, source_options(command));
  SCIM_ASSIGN(const Import import, Import::open(globals, console));
  SCIM_ASSIGN(const ResourceType* const type, import.backend->type(command.kind));
  auto records = open_records(*in, *type, options);
  if (!records) return fail(Failure(ExitCode::usage, records.error()));
  const std::uint64_t bytes = size_of(command.file);
  ImportReport report(command, **records, bytes, console);
  SCIM_TRY(check_is_no_database(command.rejects, import.backend->config()));
  SCIM_TRY(report.open_rejects());
  const Try<void> imported = import_all(command, import, *type, **records, bytes, report);
  const ExitCode code = report.conclude();
  if (!imported) return fail(imported.error());
  return code;
}

}  // namespace scim::cli
