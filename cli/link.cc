// SPDX-License-Identifier: MIT
#include "cli/link.h"

#include <array>

#include "cli/files/input.h"
#include "cli/files/records.h"
#include "cli/local.h"
#include "cli/set_path.h"
#include "core/text.h"

namespace scim::cli {
namespace {

using sql::LinkOutcome;

const char* word(LinkOutcome outcome) {
  switch (outcome) {
    case LinkOutcome::exact: return "exact";
    case LinkOutcome::linked: return "linked";
    case LinkOutcome::conflict: return "conflict";
    case LinkOutcome::ambiguous: return "ambiguous";
    case LinkOutcome::none: return "none";
  }
  return "";
}

constexpr std::array kOutcomes = {LinkOutcome::exact, LinkOutcome::linked, LinkOutcome::conflict, LinkOutcome::ambiguous,
                                  LinkOutcome::none};

using Counts = std::map<LinkOutcome, std::size_t>;

Counts count(const sql::LinkPlan& plan) {
  Counts counts;
  for (const sql::LinkMatch& match : plan.matches) ++counts[match.outcome];
  return counts;
}

/// What rows and people are called by: userName, displayName.
const char* name_attribute(const ResourceType& type) { return type.find("userName") != nullptr ? "userName" : "displayName"; }

Result<std::vector<const Attribute*>> match_attributes(const std::vector<std::string>& paths, const ResourceType& type) {
  std::vector<const Attribute*> attributes;
  for (const std::string& path : paths) {
    SCIM_ASSIGN(const Target target, resolve_target(path, type));
    if (target.filter != nullptr) return fail(ErrorKind::invalid_path, "--match " + quote(path) + ": brackets have no use here");
    attributes.push_back(&target.leaf());
  }
  return attributes;
}

/// externalId and userName of JSON that are numbers would silently match nothing.
Result<void> check_text(const Record& record, const std::string& path, const ResourceType& type) {
  SCIM_ASSIGN(const Target target, resolve_target(path, type));
  const Json value = target.read(record.body);
  for (const Json& one : value.is_array() ? value : Json::array({value})) {
    if (!one.is_null() && !one.is_string()) return fail(ErrorKind::invalid_value, record.place + ": " + path + " must be a string");
  }
  return {};
}

Result<void> check_texts(const std::vector<Record>& records, const sql::LinkRequest& request) {
  std::vector<std::string> paths = {name_attribute(*request.type), "externalId"};
  for (const Attribute* attribute : request.match) paths.push_back(attribute->path());
  for (const Record& record : records) {
    for (const std::string& path : paths) SCIM_TRY(check_text(record, path, *request.type));
  }
  return {};
}

Json key_json(const sql::Cell& key) {
  if (const auto* number = std::get_if<std::int64_t>(&key)) return *number;
  if (const auto* text = std::get_if<std::string>(&key)) return *text;
  return nullptr;
}

Json text_json(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json rows_json(const std::vector<sql::LinkRow>& rows, const ResourceType& type) {
  Json list = Json::array();
  for (const sql::LinkRow& row : rows) {
    list.push_back({{"key", key_json(row.key)},
                    {"id", text_json(row.id)},
                    {name_attribute(type), text_json(row.name)},
                    {"externalId", text_json(row.external_id)}});
  }
  return list;
}

Json match_json(std::size_t number, const Json& record, const sql::LinkMatch& match, const ResourceType& type) {
  const char* name = name_attribute(type);
  return Json{{"record", number},
              {"recordName", record.contains(name) ? record.at(name) : Json()},
              {"outcome", word(match.outcome)},
              {"matchedBy", match.by == nullptr ? Json() : Json(match.by->path())},
              {"rows", rows_json(match.rows, type)},
              {"reason", text_json(match.reason)}};
}

Json unmatched_json(const sql::LinkRow& row, const ResourceType& type) {
  return Json{{"record", nullptr},
              {"recordName", nullptr},
              {"outcome", "unmatched"},
              {"matchedBy", nullptr},
              {"rows", rows_json({row}, type)},
              {"reason", nullptr}};
}

/// A member of a line, or of the rows in it.
Json read_member(const Json& line, const std::string& name) {
  if (line.contains(name)) return line.at(name);
  Json values = Json::array();
  for (const Json& row : line.at("rows")) {
    if (row.contains(name) && !row.at(name).is_null()) values.push_back(row.at(name));
  }
  return values;
}

Result<std::vector<Column>> columns_of(const std::vector<std::string>& wanted, const ResourceType& type) {
  const std::vector<std::string> all = {"record", "recordName", "outcome", "matchedBy", "key", "id", name_attribute(type), "reason"};
  std::vector<std::string> known = all;
  known.emplace_back("externalId");
  SCIM_TRY(check_columns(wanted, known));
  std::vector<Column> columns;
  for (const std::string& name : wanted.empty() ? all : wanted) {
    columns.push_back({name, [name](const Json& line) { return read_member(line, name); }});
  }
  return columns;
}

void print(const sql::LinkPlan& plan, const sql::LinkRequest& request, LinkCommand::Unmatched unmatched, Printer printer) {
  for (std::size_t i = 0; i < plan.matches.size(); ++i) {
    printer.add(match_json(i + 1, request.records[i], plan.matches[i], *request.type));
  }
  switch (unmatched) {
    case LinkCommand::Unmatched::count: break;
    case LinkCommand::Unmatched::list:
      for (const sql::LinkRow& row : plan.unmatched) printer.add(unmatched_json(row, *request.type));
      break;
  }
  printer.finish(Envelope{Envelope::Kind::array});
}

std::string summary(const sql::LinkPlan& plan, Counts counts) {
  std::string text;
  for (const LinkOutcome outcome : kOutcomes) {
    text += (text.empty() ? "" : ", ") + std::to_string(counts[outcome]) + " " + word(outcome);
  }
  return "scimctl: " + std::to_string(plan.matches.size()) + (plan.matches.size() == 1 ? " record: " : " records: ") + text + "; " + std::to_string(plan.unmatched.size()) +
         " of the application in no record";
}

/// What came of `link apply`.
Try<ExitCode> finish_apply(const sql::LinkPlan& plan, Counts counts, Console& console) {
  const std::size_t doubtful = counts[LinkOutcome::ambiguous] + counts[LinkOutcome::conflict];
  if (!plan.is_applied) {
    return fail(ErrorKind::conflict, "nothing was written: " + std::to_string(doubtful) +
                                         " of " + std::to_string(plan.matches.size()) +
                                         " records are ambiguous or in conflict; --skip links the others");
  }
  console.say("scimctl: linked " + std::to_string(counts[LinkOutcome::exact]));
  return doubtful == 0 ? ExitCode::ok : ExitCode::some_failed;
}

sql::LinkRequest::Work work_of(const LinkCommand& command, const Globals& globals) {
  using Work = sql::LinkRequest::Work;
  if (command.verb == LinkCommand::Verb::plan || globals.effect == Effect::preview) return Work::plan;
  switch (command.doubtful) {
    case LinkCommand::Doubtful::refuse: break;
    case LinkCommand::Doubtful::skip: return Work::apply_certain;
  }
  return Work::apply;
}

}  // namespace

Try<ExitCode> run(const LinkCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  sql::LinkRequest request;
  SCIM_ASSIGN(request.type, backend->type(command.kind));
  SCIM_ASSIGN(request.match, match_attributes(command.match, *request.type));
  request.work = work_of(command, globals);
  if (backend->config().audit.enabled) request.actor = backend->recorder().actor();
  request.masked = backend->config().audit.masked;
  SCIM_ASSIGN(std::vector<Column> columns, columns_of(globals.columns, *request.type));
  SCIM_ASSIGN(std::string text, read_input(command.file, console.in));
  const std::string name = command.file == "-" ? "standard input" : command.file;
  SCIM_ASSIGN(std::vector<Record> records, parse_records(std::move(text), name, *request.type, command.unknown));
  SCIM_TRY(check_texts(records, request));
  for (Record& record : records) request.records.push_back(std::move(record.body));

  SCIM_ASSIGN(const sql::LinkPlan plan, backend->linker().link(request));
  const Counts counts = count(plan);
  print(plan, request, command.unmatched, Printer(console, std::move(columns), "recordName"));
  console.say(summary(plan, counts));
  if (request.work != sql::LinkRequest::Work::plan) return finish_apply(plan, counts, console);
  const bool has_others = counts.contains(LinkOutcome::none) || counts.contains(LinkOutcome::ambiguous) || counts.contains(LinkOutcome::conflict);
  return has_others ? ExitCode::different : ExitCode::ok;
}

}  // namespace scim::cli
