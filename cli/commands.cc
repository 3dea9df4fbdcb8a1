// SPDX-License-Identifier: MIT
// Verbs -> requests -> rows.
#include "cli/commands.h"

#include "cli/draft.h"
#include "cli/inspect.h"
#include "cli/lookup.h"
#include "cli/preview.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// Small enough that a page is there at once, large enough that few are needed; the server may give less.
constexpr int kPage = 1000;

/// Whether the format shows columns and no more, so that the rest need not be read.
bool shows_columns_only(Format format) {
  switch (format) {
    case Format::table:
    case Format::csv:
    case Format::name: return true;
    case Format::json:
    case Format::jsonl: return false;
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

Result<View> view_of(const ResourceType& type, const Globals& globals, const Console& console, std::string_view attributes,
                     std::string_view excluded) {
  const std::vector<std::string> names = globals.columns.empty() ? default_columns(type) : globals.columns;
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
    ++failed_;
    last_ = result.error().code;
    console_.report(result.error(), count_ > 1 ? subject : "");
    return false;
  }
  ExitCode code() const {
    if (failed_ == 0) return ExitCode::ok;
    return count_ == 1 ? last_ : ExitCode::some_failed;
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
  ExitCode last_ = ExitCode::ok;
};

/// One page of a list, each resource to the printer.
Try<Envelope> print_page(Backend& backend, const ResourceType& type, const ListCommand& command, std::string query, Printer& printer) {
  append_parameter(query, "filter", command.filter);
  if (command.start_index) append_parameter(query, "startIndex", std::to_string(*command.start_index));
  if (command.count) append_parameter(query, "count", std::to_string(*command.count));
  SCIM_ASSIGN(ListPage page, backend.send_for_list(request_for("GET", type.endpoint, std::move(query))));
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
    case Effect::preview: return preview(request, type, id, backend, console);
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

void finish(Printer& printer, const Batch& batch, const Globals& globals, Console& console) {
  switch (globals.effect) {
    case Effect::write:
      if (batch.envelope().kind != Envelope::Kind::one || batch.code() == ExitCode::ok) printer.finish(batch.envelope());
      break;
    case Effect::preview: console.say("scimctl: nothing was written (--dry-run)"); break;
  }
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
  return change(std::move(request), type, id, globals, backend, printer, console);
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
  SCIM_TRY(change(std::move(request), type, id, globals, backend, printer, console));
  if (removes && globals.effect == Effect::write) console.say("scimctl: deleted " + type.name + " " + printable(id));
  return {};
}

/// Where the next page begins: startIndex counts what has been seen, a cursor is what the server gave.
class Position {
 public:
  explicit Position(Paging paging) : paging_(paging) {}

  void append_to(std::string& query) const {
    switch (paging_) {
      case Paging::index: append_parameter(query, "startIndex", std::to_string(seen_ + 1)); break;
      case Paging::cursor: query += "&cursor=" + percent_encode(cursor_); break;  // an empty one asks for the first page
    }
  }
  /// False: that was the last page.
  Try<bool> advance(const ListPage& page) {
    const bool is_first = seen_ == 0;
    seen_ += static_cast<std::int64_t>(page.resources.size());
    const bool is_complete = seen_ >= page.total;
    switch (paging_) {
      case Paging::cursor:
        if (is_first && page.next_cursor.empty() && !is_complete) paging_ = Paging::index;  // says that it has cursors, and has none
        else return advance_cursor(page);
        break;
      case Paging::index: break;
    }
    return is_complete ? Try<bool>(false) : advance_index(page);
  }
  std::int64_t seen() const { return seen_; }

 private:
  Try<bool> advance_cursor(const ListPage& page) {
    if (!page.next_cursor.empty() && page.next_cursor == cursor_) return repeated("cursor");
    cursor_ = page.next_cursor;
    return !cursor_.empty();
  }
  Try<bool> advance_index(const ListPage& page) {
    if (page.resources.empty()) {
      return fail(ErrorKind::internal, "the server says that there are " + std::to_string(page.total) + ", and gives " + std::to_string(seen_));
    }
    Json first = page.resources.front().value("id", Json());
    if (first == first_) return repeated("startIndex");
    first_ = std::move(first);
    return true;
  }
  static tl::unexpected<Error> repeated(const std::string& parameter) {
    return fail(ErrorKind::internal, "the server gives the same page again and again: it does not know " + parameter);
  }

  Paging paging_;
  std::int64_t seen_ = 0;
  std::string cursor_;
  Json first_ = Json::object();
};

}  // namespace

Try<std::int64_t> for_each_resource(Backend& backend, const ResourceType& type, std::string_view filter, std::string query,
                                    const std::function<void(Json)>& take) {
  append_parameter(query, "filter", filter);
  append_parameter(query, "count", std::to_string(kPage));
  SCIM_ASSIGN(const Paging paging, backend.paging());
  Position position(paging);
  for (bool is_more = true; is_more;) {
    std::string page = query;
    position.append_to(page);
    SCIM_ASSIGN(ListPage list, backend.send_for_list(request_for("GET", type.endpoint, std::move(page))));
    SCIM_ASSIGN(is_more, position.advance(list));
    for (Json& resource : list.resources) take(std::move(resource));
  }
  return position.seen();
}

Try<ExitCode> run(const ListCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const ResourceType* found_type, backend->type(command.kind));
  const ResourceType& type = *found_type;
  SCIM_TRY(check_filter(command.filter, type));
  SCIM_ASSIGN(View view, view_of(type, globals, console, command.attributes, command.excluded_attributes));
  Printer printer(console, std::move(view.columns));
  Envelope envelope{Envelope::Kind::list_response};
  switch (command.pages) {
    case ListCommand::Pages::one: {
      SCIM_ASSIGN(envelope, print_page(*backend, type, command, view.query, printer));
      break;
    }
    case ListCommand::Pages::all: {
      const auto add = [&](Json resource) { printer.add(std::move(resource)); };
      SCIM_ASSIGN(envelope.total, for_each_resource(*backend, type, command.filter, view.query, add));
      break;
    }
  }
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
    Try<Json> resource = find_id(*backend, type, argument).and_then([&](const std::string& id) {
      return backend->send(request_for("GET", resource_path(type, id), view.query));
    });
    if (batch.passed(resource, argument)) printer.add(*std::move(resource));
  }
  if (command.ids.size() > 1 || batch.code() == ExitCode::ok) printer.finish(batch.envelope());
  return batch.code();
}

Try<ExitCode> run(const EditCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const ResourceType* found_type, backend->type(command.kind));
  const ResourceType& type = *found_type;
  SCIM_ASSIGN(View view, view_of(type, globals, console, {}, {}));
  SCIM_ASSIGN(const std::vector<Draft> drafts, make_drafts(command, *backend, console));
  Printer printer(console, std::move(view.columns));
  Batch batch(console, drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const std::string subject = drafts[i].argument.empty() ? "object " + std::to_string(i + 1) : drafts[i].argument;
    batch.passed(send_draft(command, drafts[i], view.query, globals, *backend, printer, console), subject);
  }
  finish(printer, batch, globals, console);
  return batch.code();
}

Try<ExitCode> run(const TargetsCommand& command, const Globals& globals, Console& console) {
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
  if (command.verb != TargetsCommand::Verb::remove || globals.effect == Effect::preview) finish(printer, batch, globals, console);
  return batch.code();
}

}  // namespace scim::cli
