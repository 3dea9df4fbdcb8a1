// SPDX-License-Identifier: MIT
// Verbs -> requests -> rows.
#include "cli/commands.h"

#include <algorithm>

#include "cli/confirm.h"
#include "cli/draft.h"
#include "cli/names/lookup.h"
#include "cli/pages.h"
#include "cli/set_path.h"
#include "cli/trials/filter_mistake.h"
#include "cli/trials/preview.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// Whether the format shows columns and no more, so that the rest need not be read.
bool shows_columns_only(Format format) {
  switch (format) {
    case Format::table:
    case Format::csv:
    case Format::name: return true;
    case Format::json:
    case Format::jsonl:
    case Format::yaml: return false;
  }
  return false;
}

/// The `attributes` that make the columns. Names in brackets and after them are left out: the list is asked for.
std::string attributes_of(const std::vector<std::string>& columns) {
  std::string names;
  for (const std::string& column : columns) names += (names.empty() ? "" : ",") + column.substr(0, column.find('['));
  return names;
}

struct View {
  std::vector<Column> columns;
  std::string query;  ///< attributes and excludedAttributes
};

/// The attributes of a list that the type has. The server passes over the others, which is said here.
std::vector<std::string> known_attributes(const ResourceType& type, std::string_view option, std::string_view list, Console& console) {
  std::vector<std::string> known;
  for (const std::string& name : split_columns(list)) {
    const auto target = resolve_target(name, type);
    if (target) known.push_back(name);
    else console.say("scimctl: warning: " + std::string(option) + ": " + target.error().detail);
  }
  return known;
}

/// What a table shows where --columns does not say it: what was asked for, and the id, which every answer has.
std::vector<std::string> columns_of(const ResourceType& type, std::string_view attributes, std::string_view excluded, Console& console) {
  const std::vector<std::string> wanted = known_attributes(type, "--attributes", attributes, console);
  const std::vector<std::string> unwanted = known_attributes(type, "--excluded-attributes", excluded, console);
  std::vector<std::string> names = {"id"};
  if (attributes.empty()) names = default_columns(type);
  for (const std::string& name : wanted) {
    if (!equal_ignoring_case(name, "id")) names.push_back(name);
  }
  std::erase_if(names, [&](const std::string& name) {
    return name != "id" && std::any_of(unwanted.begin(), unwanted.end(), [&](const std::string& other) { return equal_ignoring_case(name, other); });
  });
  return names;
}

Result<View> view_of(const ResourceType& type, const Globals& globals, Console& console, std::string_view attributes,
                     std::string_view excluded) {
  std::vector<std::string> names = columns_of(type, attributes, excluded, console);
  if (!globals.columns.empty()) names = globals.columns;
  View view;
  SCIM_ASSIGN(view.columns, resource_columns(type, names));
  const bool said = !attributes.empty() || !excluded.empty();
  const bool narrow = !said && shows_columns_only(console.format);
  append_parameter(view.query, "attributes", narrow ? attributes_of(names) : attributes);
  append_parameter(view.query, "excludedAttributes", excluded);
  return view;
}

/// Several resources one after the other: a failure of one is reported and does not stop the rest.
class Batch {
 public:
  Batch(Console& console, std::size_t count) : console_(console), count_(count) {}

  /// True: go on with the result.
  template <class T>
  bool passed(const Try<T>& result, std::string_view subject) {
    if (result) return true;
    const ExitCode code = result.error().code;
    common_ = failed_ == 0 || common_ == code ? code : ExitCode::some_failed;
    ++failed_;
    console_.report(result.error(), count_ > 1 ? subject : "");
    return false;
  }
  ExitCode code() const {
    if (failed_ == 0) return ExitCode::ok;
    return failed_ == count_ ? common_ : ExitCode::some_failed;
  }
  Envelope envelope() const {
    Envelope envelope;
    envelope.kind = count_ == 1 ? Envelope::Kind::one : Envelope::Kind::list_response;
    envelope.total = static_cast<std::int64_t>(count_ - failed_);
    return envelope;
  }

 private:
  Console& console_;
  std::size_t count_;
  std::size_t failed_ = 0;
  ExitCode common_ = ExitCode::ok;  // of all failures, if they have one
};

/// --sort as parameters. SCIM sorts by one attribute, and a server passes over a name that it does not know.
Result<void> append_sort(std::string& query, const std::string& sort, const ResourceType& type) {
  if (sort.empty()) return {};
  std::string_view path = sort;
  bool is_descending = false;
  for (const std::string_view order : {":asc", ":desc"}) {
    if (!path.ends_with(order)) continue;
    path.remove_suffix(order.size());
    is_descending = order == ":desc";
    break;
  }
  if (path.find(',') != std::string_view::npos) return fail(ErrorKind::bad_request, "--sort takes one attribute: that is all SCIM can sort by");
  SCIM_ASSIGN(const Target target, resolve_target(path, type));
  if (target.filter != nullptr) return fail(ErrorKind::invalid_path, "--sort takes no brackets: lists are sorted by their primary value");
  append_parameter(query, "sortBy", path);
  if (is_descending) append_parameter(query, "sortOrder", "descending");
  return {};
}

/// As many pages as it takes.
Try<Envelope> print_pages(Backend& backend, const ResourceType& type, const ListCommand& command, std::string query, Printer& printer) {
  Walk walk{command.filter, std::move(query)};
  walk.first = std::max(command.start_index.value_or(1), std::int64_t{1});
  walk.page = command.count.value_or(walk.page);
  walk.limit = command.limit;
  return walk_resources(backend, type, walk, [&](Json resource) { printer.add(std::move(resource)); });
}

/// A page is not the list: who goes on with it has to know, unless it is what was asked for.
void mention_rest(const ListPage& page, const ListCommand& command, const ResourceType& type, Console& console) {
  const auto shown = static_cast<std::int64_t>(page.resources.size());
  const std::int64_t before = std::max(page.start_index, std::int64_t{1}) - 1;
  const bool is_what_was_asked_for = command.count && shown >= *command.count;
  if (is_what_was_asked_for || page.total <= before + shown) return;
  console.say("scimctl: " + std::to_string(shown) + " of " + std::to_string(page.total) + " " + type.endpoint.substr(1) +
              " are shown; --all shows all");
}

/// One page of a list, each resource to the printer.
Try<Envelope> print_page(Backend& backend, const ResourceType& type, const ListCommand& command, std::string query, Printer& printer,
                         Console& console) {
  append_parameter(query, "filter", command.filter);
  if (command.start_index) append_parameter(query, "startIndex", std::to_string(*command.start_index));
  if (command.count) append_parameter(query, "count", std::to_string(*command.count));
  SCIM_ASSIGN(ListPage page, backend.send_for_list(request_for("GET", type.endpoint, std::move(query))));
  mention_rest(page, command, type, console);
  for (Json& resource : page.resources) printer.add(std::move(resource));
  return Envelope{Envelope::Kind::list_response, page.total, page.start_index};
}

/// What reads the resource that `request` changes, where the answer is empty (RFC 7644 3.5.2): without its members unless
/// they are asked for, as large groups are what is answered so. No method: there is nothing to be read.
Request read_again(const Request& request, const ResourceType& type) {
  if (request.method != "PUT" && request.method != "PATCH") return {};
  Request get = request_for("GET", request.path, request.query);
  if (get.query.empty() && type.find("members") != nullptr) append_parameter(get.query, "excludedAttributes", "members");
  return get;
}

/// Writes one resource, or shows what would be written; prints the resource that the server answers with.
Try<void> change(Request request, const ResourceType& type, std::string_view id, const Globals& globals, Backend& backend,
                 Printer& printer, Console& console) {
  switch (globals.effect) {
    case Effect::preview: return preview(request, type, id, backend, printer, console);
    case Effect::write: break;
  }
  const Request again = read_again(request, type);
  SCIM_ASSIGN(Json resource, backend.send(std::move(request)));
  const bool says_nothing = resource.is_null() && !again.method.empty();
  if (says_nothing) {
    SCIM_ASSIGN(resource, backend.send(again));
  }
  if (!resource.is_null()) printer.add(std::move(resource));
  return {};
}

/// Of one resource that failed there is nothing to print.
void finish_rows(Printer& printer, const Batch& batch, const Envelope& envelope) {
  if (envelope.kind != Envelope::Kind::one || batch.code() == ExitCode::ok) printer.finish(envelope);
}

void finish(Printer& printer, const Batch& batch, const Globals& globals, Console& console) {
  Envelope envelope = batch.envelope();
  switch (globals.effect) {
    case Effect::write: return finish_rows(printer, batch, envelope);
    case Effect::preview: break;
  }
  if (envelope.kind == Envelope::Kind::list_response) envelope.kind = Envelope::Kind::array;  // differences are no resources
  if (console.document_is_asked_for()) finish_rows(printer, batch, envelope);
  console.say("scimctl: nothing was written (--dry-run)");
}

std::string_view method_of(EditCommand::Verb verb) {
  switch (verb) {
    case EditCommand::Verb::create: return "POST";
    case EditCommand::Verb::replace: return "PUT";
    case EditCommand::Verb::patch: break;
  }
  return "PATCH";
}

Try<void> send_draft(const EditCommand& command, const Draft& draft, const std::string& query, const Globals& globals,
                     Backend& backend, Printer& printer, Console& console) {
  SCIM_ASSIGN(const ResourceType* found_type, backend.type(command.kind));
  const ResourceType& type = *found_type;
  std::string id;
  if (command.verb != EditCommand::Verb::create) {
    SCIM_ASSIGN(id, find_id(backend, type, draft.argument));
  }
  Request request = request_for(method_of(command.verb), id.empty() ? type.endpoint : resource_path(type, id), query);
  request.body = to_text(draft.body);
  request.if_match = command.if_match;
  return change(std::move(request), type, id, globals, backend, printer, console).map_error([&](Failure failure) {
    return with_name_hint(std::move(failure), type, draft.argument);
  });
}

Try<void> send_target(const TargetsCommand& command, const std::string& argument, const std::string& query,
                      const Globals& globals, Backend& backend, Printer& printer, Console& console) {
  SCIM_ASSIGN(const ResourceType* found_type, backend.type(command.kind));
  const ResourceType& type = *found_type;
  SCIM_ASSIGN(const std::string id, find_id(backend, type, argument));
  const bool removes = command.verb == TargetsCommand::Verb::remove;
  Request request = request_for(removes ? "DELETE" : "PATCH", resource_path(type, id), removes ? "" : query);
  if (!removes) request.body = to_text(active_patch(command.verb));
  request.if_match = command.if_match;
  SCIM_TRY(change(std::move(request), type, id, globals, backend, printer, console).map_error([&](Failure failure) {
    return with_name_hint(std::move(failure), type, argument);
  }));
  if (!removes || globals.effect == Effect::preview) return {};
  if (console.document_is_asked_for()) printer.add({{"id", id}});
  console.say("scimctl: deleted " + type.name + " " + printable(id));
  return {};
}

}  // namespace

Try<ExitCode> run(const ListCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const ResourceType* found_type, backend->type(command.kind));
  const ResourceType& type = *found_type;
  SCIM_TRY(check_filter(command.filter, type));
  SCIM_ASSIGN(View view, view_of(type, globals, console, command.attributes, command.excluded_attributes));
  SCIM_TRY(append_sort(view.query, command.sort, type));
  Printer printer(console, std::move(view.columns));
  const bool is_one_page = command.pages == ListCommand::Pages::one && !command.limit;
  SCIM_ASSIGN(const Envelope envelope, is_one_page ? print_page(*backend, type, command, view.query, printer, console)
                                                   : print_pages(*backend, type, command, view.query, printer));
  printer.finish(envelope);
  if (console.format == Format::table && envelope.total == 0) console.say("scimctl: no " + type.name + " matches");
  return ExitCode::ok;
}

Try<ExitCode> run(const GetCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const ResourceType* found_type, backend->type(command.kind));
  const ResourceType& type = *found_type;
  SCIM_ASSIGN(View view, view_of(type, globals, console, command.attributes, command.excluded_attributes));
  Printer printer(console, std::move(view.columns));
  Batch batch(console, command.ids.size());
  for (const std::string& argument : command.ids) {
    const Try<Json> found = find_id(*backend, type, argument).and_then([&](const std::string& id) {
      return backend->send(request_for("GET", resource_path(type, id), view.query));
    });
    auto resource = found.map_error([&](Failure failure) { return with_name_hint(std::move(failure), type, argument); });
    if (batch.passed(resource, argument)) printer.add(*std::move(resource));
  }
  if (command.ids.size() > 1 || batch.code() == ExitCode::ok) printer.finish(batch.envelope());
  return batch.code();
}

Try<ExitCode> run(const EditCommand& command, const Globals& globals, Console& console) {
  if (globals.effect == Effect::preview) SCIM_TRY(check_wants_no_rows(globals, "--dry-run"));
  const Absent absent = command.verb == EditCommand::Verb::create ? Absent::is_made : Absent::is_refused;
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console, absent));
  SCIM_ASSIGN(const ResourceType* found_type, backend->type(command.kind));
  const ResourceType& type = *found_type;
  SCIM_ASSIGN(View view, view_of(type, globals, console, {}, {}));
  SCIM_ASSIGN(const std::vector<Draft> drafts, make_drafts(command, *backend, console));
  Printer printer(console, std::move(view.columns));
  Batch batch(console, drafts.size());
  for (const Draft& draft : drafts) batch.passed(send_draft(command, draft, view.query, globals, *backend, printer, console), draft.place);
  finish(printer, batch, globals, console);
  return batch.code();
}

Try<ExitCode> run(const TargetsCommand& command, const Globals& globals, Console& console) {
  if (globals.effect == Effect::preview) SCIM_TRY(check_wants_no_rows(globals, "--dry-run"));
  switch (command.verb) {
    case TargetsCommand::Verb::remove:
      SCIM_TRY(confirm({"delete", command.kind == Kind::users ? "user" : "group", command.ids}, globals, console));
      break;
    case TargetsCommand::Verb::deactivate:
    case TargetsCommand::Verb::activate: break;  // the one undoes the other
  }
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const ResourceType* found_type, backend->type(command.kind));
  const ResourceType& type = *found_type;
  if (command.verb != TargetsCommand::Verb::remove && type.find("active") == nullptr) {
    return fail(ErrorKind::bad_request, "a " + type.name + " cannot be active or not; delete removes it");
  }
  SCIM_ASSIGN(View view, view_of(type, globals, console, {}, {}));
  Printer printer(console, std::move(view.columns));
  Batch batch(console, command.ids.size());
  for (const std::string& argument : command.ids) {
    batch.passed(send_target(command, argument, view.query, globals, *backend, printer, console), argument);
  }
  const bool prints_ids = command.verb == TargetsCommand::Verb::remove && globals.effect == Effect::write;
  if (!prints_ids) {
    finish(printer, batch, globals, console);
  } else if (console.document_is_asked_for()) {
    printer.finish(Envelope{Envelope::Kind::array});
  }
  return batch.code();
}

}  // namespace scim::cli
