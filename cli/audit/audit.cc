// SPDX-License-Identifier: MIT
#include "cli/audit/audit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <ostream>

#include "cli/audit/audit_entries.h"
#include "cli/audit/own_entries.h"
#include "cli/confirm.h"
#include "cli/files/input.h"
#include "cli/local.h"
#include "cli/moment.h"
#include "cli/names/lookup.h"
#include "cli/trials/preview.h"
#include "sql/audit_log.h"
#include "sql/change_feed.h"

namespace scim::cli {
namespace {

const std::vector<std::string> kColumns = {"entry", "time", "actor", "operation", "type", "name", "changed"};
const std::vector<std::string> kMoreColumns = {"id", "request", "address", "token", "hash"};

/// The paths of what was changed.
Json paths_of(const Json& changes) {
  Json paths = Json::array();
  for (const Json& change : changes) paths.push_back(change.value("path", ""));
  return paths;
}

/// The entry as documents show it.
Json document_of(const sql::LoggedEntry& logged) {
  Json document = {{"entry", name_of(logged)}};
  const Json told = Json::parse(logged.text, nullptr, false);
  // Somebody has written what is no entry; verify tells more.
  if (told.is_object()) document.update(told);
  else document["text"] = logged.text;
  document["hash"] = logged.hash;
  return document;
}

std::vector<Column> columns_of(const std::vector<std::string>& names) {
  std::vector<Column> columns = member_columns(names);
  for (Column& column : columns) {
    if (column.name == "changed") column.read = [](const Json& row) { return paths_of(row.value("changes", Json::array())); };
  }
  return columns;
}

/// `7d`: so long ago.
Result<std::optional<Instant>> moment_of(const std::string& text, std::string_view option, Instant now) {
  if (text.empty()) return std::nullopt;
  if (const auto duration = parse_duration(text)) return std::optional<Instant>(now - *duration);
  const auto moment = parse_moment(text);
  if (moment) return moment;
  return fail(ErrorKind::bad_request, std::string(option) + " wants 2h, 7d (ago), 2027-01-01 or 2027-01-01T00:00:00Z, not " + quote(text));
}

Result<sql::LogQuery> query_of(const LogSelection& selection, LocalBackend& backend) {
  sql::LogQuery query;
  const Instant now = backend.env().now();
  SCIM_ASSIGN(query.since, moment_of(selection.since, "--since", now));
  SCIM_ASSIGN(query.before, moment_of(selection.before, "--before", now));
  query.request = selection.request;
  query.actor = selection.token.empty() ? selection.actor : "token:" + selection.token;
  return query;
}

/// Whether nothing was found, of which nothing is printed then.
enum class Rows { none, some };

Try<Rows> print_rows(const sql::LogQuery& query, LocalBackend& backend, const Globals& globals, Console& console) {
  SCIM_TRY(chosen_columns(globals.columns, kColumns, kMoreColumns));
  Printer printer(console, columns_of(globals.columns.empty() ? kColumns : globals.columns), "entry");
  Rows rows = Rows::none;
  SCIM_TRY(sql::for_each_entry(backend.store().db(), query, [&](const sql::LoggedEntry& entry) -> Result<bool> {
    printer.add(document_of(entry));
    rows = Rows::some;
    return true;
  }));
  if (rows == Rows::some) printer.finish(Envelope{Envelope::Kind::array});
  return rows;
}

void print_no_rows(Console& console) { Printer(console, columns_of(kColumns), "entry").finish(Envelope{Envelope::Kind::array}); }

void add_differences(const Json& change, const char* member, Difference::Kind kind, const Json& other, std::vector<Difference>& out) {
  const auto value = change.find(member);
  if (value == change.end()) return;
  const std::string path = change.value("path", "");
  if (!value->is_array()) {
    out.push_back({kind, path, *value});
    return;
  }
  for (const Json& element : *value) {
    const bool is_in_both = other.is_array() && std::find(other.begin(), other.end(), element) != other.end();
    if (!is_in_both) out.push_back({kind, path, element});
  }
}

std::vector<Difference> differences_of(const Json& changes) {
  std::vector<Difference> all;
  for (const Json& change : changes) {
    const bool is_masked = change.contains("masked");
    if (is_masked) all.push_back({Difference::Kind::added, change.value("path", ""), "(not shown)"});
    if (change.contains("masked_parts")) all.push_back({Difference::Kind::added, change.value("path", ""), "(*** is not shown, and may have changed)"});
    add_differences(change, "before", Difference::Kind::removed, change.value("after", Json()), all);
    add_differences(change, "removed", Difference::Kind::removed, Json(), all);
    add_differences(change, "after", Difference::Kind::added, change.value("before", Json()), all);
    add_differences(change, "added", Difference::Kind::added, Json(), all);
  }
  return all;
}

/// For people: who did what, and below it the attributes.
void print_entry(const Json& entry, Console& console) {
  const auto text = [&](const char* name) { return printable(entry.value(name, "")); };
  const std::string name = text("name");
  const std::string address = text("address");
  const std::string title = text("entry") + "  " + text("time") + "  " + text("operation") + ' ' + text("type") + ' ' + name + (name.empty() ? "" : " ") +
                            text("id") + " by " + text("actor") + (address.empty() ? "" : " from " + address) + ", request " + text("request");
  print_differences(differences_of(entry.value("changes", Json::array())), title, console);
}

Json heads_json(const std::vector<sql::ChainHead>& heads) {
  Json list = Json::array();
  for (const sql::ChainHead& head : heads) list.push_back({{"chain", head.chain}, {"number", head.number}, {"hash", head.hash}});
  return list;
}

Try<std::vector<sql::ChainHead>> read_heads(const std::string& file, Console& console) {
  std::vector<sql::ChainHead> heads;
  if (file.empty()) return heads;
  SCIM_ASSIGN(const std::string text, read_input(file, console.in));
  const Json document = Json::parse(text, nullptr, false);
  const auto refuse = [&] { return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--against " + file + ": is not what scimctl log verify -o json prints", ""})); };
  if (!document.is_object() || !document.contains("heads") || !document["heads"].is_array()) return refuse();
  for (const Json& head : document["heads"]) {
    const bool is_head = head.is_object() && head.value("chain", Json()).is_number_integer() && head.value("number", Json()).is_number_integer() &&
                         head.value("hash", Json()).is_string();
    if (!is_head) return refuse();
    heads.push_back({head["chain"], head["number"], head["hash"]});
  }
  return heads;
}

/// Of somebody who is there the id, of who has gone the name that the log knows them by.
Try<sql::LogQuery> whose_history(const HistoryCommand& command, const ResourceType& type, LocalBackend& backend) {
  sql::LogQuery query;
  const auto id = find_id(backend, type, command.id);
  if (id) {
    query.resource = *id;
    return query;
  }
  if (id.error().code != ExitCode::not_found) return fail(id.error());
  const auto lookup = lookup_of(command.id, type);
  const bool is_name = lookup && (lookup->attribute->name == "userName" || lookup->attribute->name == "displayName");
  if (is_name) query.name = lookup->value;
  else query.resource = lookup && lookup->is_id() ? std::string(lookup->value) : command.id;
  return query;
}

/// Who cuts the log, and how much of it, is not what is missing.
AuditEntry entry_of_pruning(Instant before) {
  AuditEntry entry;
  entry.deed = Deed::deleted;
  entry.type = kLogType;
  entry.id = kLogType;
  entry.changes = Json::array({{{"path", "before"}, {"after", format_instant(before)}}});
  return entry;
}

/// Nothing but what readers have not read keeps an entry as old as that.
Result<bool> is_held_up_by_readers(sql::Db& db, Instant before) {
  SCIM_ASSIGN(const std::vector<sql::LogReader> readers, sql::list_readers(db));
  if (readers.empty()) return false;
  sql::LogQuery query;
  query.before = before;
  bool is_any = false;
  SCIM_TRY(sql::for_each_entry(db, query, [&](const sql::LoggedEntry&) -> Result<bool> {
    is_any = true;
    return false;
  }));
  return is_any;
}

/// One that is new is for its owner's eyes only: what was written to everybody is in it.
std::ofstream open_private(const std::string& path) {
  const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (made >= 0) ::close(made);
  return std::ofstream(path, std::ios::binary | std::ios::trunc);
}

}  // namespace

Try<ExitCode> run(const LogListCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(sql::LogQuery query, query_of(command.selection, *backend));
  query.limit = command.limit;
  SCIM_ASSIGN(const Rows rows, print_rows(query, *backend, globals, console));
  if (rows == Rows::none) print_no_rows(console);
  return ExitCode::ok;
}

Try<ExitCode> run(const LogShowCommand& command, const Globals& globals, Console& console) {
  SCIM_TRY(check_wants_no_rows(globals, "log show"));
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  Json documents = Json::array();
  for (const std::string& name : command.entries) {
    SCIM_ASSIGN(const std::vector<sql::LoggedEntry> entries, entries_called(name, backend->store().db()));
    for (const sql::LoggedEntry& entry : entries) documents.push_back(document_of(entry));
  }
  if (console.document_is_asked_for()) {
    console.print(documents);
    return ExitCode::ok;
  }
  for (const Json& document : documents) print_entry(document, console);
  return ExitCode::ok;
}

Try<ExitCode> run(const LogVerifyCommand& command, const Globals& globals, Console& console) {
  SCIM_TRY(check_wants_no_rows(globals, "log verify"));
  SCIM_ASSIGN(const std::vector<sql::ChainHead> known, read_heads(command.heads, console));
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const sql::LogVerification found, sql::verify_log(backend->store().db(), known));
  if (console.document_is_asked_for()) {
    console.print({{"entries", found.entries}, {"heads", heads_json(found.heads)}, {"findings", found.findings}, {"not_compared", found.not_compared}});
  } else {
    console.out << found.entries << (found.entries == 1 ? " entry\n" : " entries\n");
    for (const sql::ChainHead& head : found.heads) console.out << "chain " << head.chain << " ends at number " << head.number << ", " << head.hash << '\n';
    for (const std::string& finding : found.findings) console.out << "CHANGED: " << printable(finding) << '\n';
    for (const std::string& head : found.not_compared) console.out << "NOT COMPARED: " << head << " (scimctl log prune, audit.keep_days)\n";
  }
  return found.findings.empty() && found.not_compared.empty() ? ExitCode::ok : ExitCode::different;
}

Try<ExitCode> run(const LogExportCommand& command, const Globals& globals, Console& console) {
  SCIM_TRY(check_wants_no_rows(globals, "log export"));
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_TRY(check_is_no_database(command.file, backend->config()));
  SCIM_ASSIGN(const sql::LogQuery query, query_of(command.selection, *backend));
  const bool is_file = !command.file.empty() && command.file != "-";
  std::ofstream file;
  if (is_file) file = open_private(command.file);
  std::ostream& out = is_file ? file : console.out;
  const auto refuse = [&] { return fail(ErrorKind::internal, (is_file ? command.file : "standard output") + ": cannot be written"); };
  if (!out) return refuse();
  std::int64_t count = 0;
  SCIM_TRY(sql::for_each_entry(backend->store().db(), query, [&](const sql::LoggedEntry& entry) -> Result<bool> {
    ++count;
    out << to_text(Json{{"chain", entry.chain}, {"number", entry.number}, {"hash", entry.hash}, {"entry", entry.text}}) << '\n';
    if (!out) return refuse();
    return true;
  }));
  out.flush();
  if (!out) return refuse();
  if (is_file && console.document_is_asked_for()) console.print({{"file", command.file}, {"entries", count}});
  if (is_file) console.say("scimctl: wrote " + std::to_string(count) + " entries to " + command.file);
  return ExitCode::ok;
}

Try<ExitCode> run(const LogPruneCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  const Instant now = backend->env().now();
  SCIM_ASSIGN(std::optional<Instant> before, moment_of(command.before, "--before", now));
  const std::int64_t keep_days = backend->config().audit.keep_days;
  if (!before && keep_days > 0) before = now - std::chrono::days(keep_days);
  if (!before) return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "all entries are to be kept (audit.keep_days = 0); say which with --before", ""}));
  if (*before > now) return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, "--before is in the future: what is written until then would be gone, too", ""}));
  const std::string what = "entries before " + format_instant(*before);
  SCIM_TRY(confirm({"forget", "part of the audit log", {what}}, globals, console));
  switch (globals.effect) {
    case Effect::preview: console.say("scimctl: would forget " + what + " (--dry-run)"); return ExitCode::ok;
    case Effect::write: break;
  }
  std::int64_t forgotten = 0;
  const auto tell_once = [&]() -> Result<void> { return forgotten == 0 ? tell(entry_of_pruning(*before), *backend) : Result<void>(); };
  for (std::int64_t some = 1; some > 0; forgotten += some) {
    SCIM_ASSIGN(some, sql::forget_entries(backend->store().db(), *before, tell_once));
  }
  if (console.document_is_asked_for()) console.print({{"forgotten", forgotten}, {"before", format_instant(*before)}});
  console.say("scimctl: " + std::to_string(forgotten) + " " + what + " are forgotten");
  SCIM_ASSIGN(const bool is_held_up, is_held_up_by_readers(backend->store().db(), *before));
  if (is_held_up) console.say("scimctl: others before then are kept, since not every reader has read them: scimctl events --readers");
  return ExitCode::ok;
}

Try<ExitCode> run(const HistoryCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  SCIM_ASSIGN(const ResourceType* type, backend->type(command.kind));
  SCIM_ASSIGN(const sql::LogQuery query, whose_history(command, *type, *backend));
  SCIM_ASSIGN(const Rows rows, print_rows(query, *backend, globals, console));
  if (rows == Rows::some) return ExitCode::ok;
  const bool is_there = query.name.empty() && backend->read(resource_path(*type, query.resource), "attributes=id");
  if (is_there) {
    print_no_rows(console);
    return ExitCode::ok;
  }
  return fail(Failure(ExitCode::not_found, {ErrorKind::not_found, "there is no " + type->name + " " + quote(command.id) + ", and the audit log knows of none", ""}));
}

}  // namespace scim::cli
