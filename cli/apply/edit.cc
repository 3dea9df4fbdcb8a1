// SPDX-License-Identifier: MIT
#include "cli/apply/edit.h"

#include <istream>
#include <ostream>
#include <set>

#include "cli/apply/edited_file.h"
#include "cli/backend.h"
#include "cli/files/document_lines.h"
#include "cli/files/input.h"
#include "cli/names/lookup.h"
#include "cli/names/reference_finder.h"
#include "cli/set_path.h"
#include "cli/trials/preview.h"
#include "cli/writable.h"
#include "core/text.h"
#include "core/validate.h"

namespace scim::cli {
namespace {

/// Editors go by lines.
Error mistake(const std::string& text, Error error) {
  if (error.offset == std::string::npos) return error;
  const JsonMistake mistake = json_mistake(text, error.offset);
  error.detail = "line " + std::to_string(mistake.place.line) + ", column " + std::to_string(mistake.place.column) + ": not JSON: " + printable(mistake.reason);
  return error;
}

/// What was there is an id, also where it looks like a name.
std::set<std::string> ids_in(const ResourceType& type, Json resource) {
  std::set<std::string> ids;
  for_each_reference(type, resource, [&](const Reference& reference) { return ids.insert(reference.text), true; });
  return ids;
}

/// The text as the body of a PUT, members by their ids. A name that no schema has is a slip of the pen here.
Try<Json> read_edited(const std::string& text, const ResourceType& type, const Json& before, Backend& backend) {
  const Result<Json> document = parse_json(text, kFileLimits);
  if (!document) return fail(mistake(text, document.error()));
  if (!document->is_object()) return fail(ErrorKind::invalid_syntax, "a JSON object is wanted");
  Json said = with_canonical_names(*document, type);
  if (!said.contains("schemas")) said["schemas"] = schemas_of(type, said);
  Leniency leniency(Dialect::any, UnknownAttribute::reject);
  SCIM_ASSIGN(Resource resource, resource_from_body(said, type, leniency));
  BackendFinder finder(backend);
  const std::set<std::string> known = ids_in(type, before);
  std::optional<Failure> failure;
  for_each_reference(type, resource.body, [&](const Reference& reference) {
    if (failure || known.contains(reference.text)) return true;
    auto id = finder.types_of(reference.attribute).and_then([&](const auto& types) { return finder.id_of(reference.text, types); });
    if (id) reference.text = *std::move(id);
    else failure = std::move(id).error();
    return true;
  });
  if (failure) return fail(*std::move(failure));
  return std::move(resource.body);
}

/// Asks on the terminal; an empty answer is yes.
bool edits_again(const Failure& failure, Console& console) {
  switch (console.interaction) {
    case Console::Interaction::none: return false;
    case Console::Interaction::terminal: break;
  }
  console.report(failure);
  console.err << "Edit again? [Y/n] " << std::flush;
  std::string answer;
  if (!std::getline(console.in, answer)) return false;
  const std::string word = ascii_lower(trim(answer));
  return word.empty() || word == "y" || word == "yes";
}

/// The failure, and where the work of somebody's hands is.
Failure with_place(Failure failure, const std::string& path) {
  const std::string more = "\nThe edited text is kept in " + path;
  Json document = Json::parse(failure.document, nullptr, false);
  if (document.is_object()) document["detail"] = failure.detail + more;
  failure.detail += more;
  failure.document = to_text(document);
  return failure;
}

/// Nobody has typed an If-Match that the server could speak of.
Failure overtaken(Failure failure) {
  if (failure.code != ExitCode::precondition_failed) return failure;
  return Error{ErrorKind::precondition_failed, "somebody else has changed it since it was read, and it is left as it is: edit it again", ""};
}

class Editing {
 public:
  Editing(const ResourceType& type, Json resource, EditedFile file, Backend& backend, const Globals& globals, Console& console)
      : type_(type), resource_(std::move(resource)), file_(std::move(file)), backend_(backend), globals_(globals), console_(console) {}

  Try<ExitCode> run(const std::string& shown) {
    SCIM_ASSIGN(const std::optional<Json> edited, edit(shown));
    const Json operations = edited ? operations_between(type_, resource_, *edited) : Json::array();
    if (operations.empty()) {
      console_.say("scimctl: nothing changed");
      if (console_.document_is_asked_for()) console_.print(resource_);
      return ExitCode::ok;
    }
    switch (globals_.effect) {
      case Effect::preview: return show(*edited);
      case Effect::write: break;
    }
    const auto sent = send(operations);
    if (!sent) return fail(with_place(sent.error(), file_.keep()));
    return ExitCode::ok;
  }

 private:
  /// Until it can be read or nobody wants to go on; nullopt: it is as it was.
  Try<std::optional<Json>> edit(const std::string& shown) {
    while (true) {
      const auto done = file_.edit();
      SCIM_ASSIGN(const std::string text, file_.text());
      const bool is_as_before = text == shown;
      if (!done) return fail(is_as_before ? done.error() : with_place(done.error(), file_.keep()));
      if (is_as_before) return std::nullopt;
      auto edited = read_edited(text, type_, resource_, backend_);
      if (edited) return *std::move(edited);
      if (!edits_again(edited.error(), console_)) {
        edited.error().code = ExitCode::usage;
        return fail(with_place(edited.error(), file_.keep()));
      }
    }
  }

  Try<ExitCode> show(const Json& edited) {
    const std::vector<Difference> all = differences(type_, writable_resource(type_, resource_), edited);
    const std::string path = resource_path(type_, text_at(resource_, "id"));
    print(all, "PATCH " + path, {{"method", "PATCH"}, {"path", path}}, console_);
    console_.say("scimctl: nothing was written (--dry-run)");
    return ExitCode::ok;
  }

  /// Prints what the server answers, or reads.
  Try<void> send(const Json& operations) {
    const std::string path = resource_path(type_, text_at(resource_, "id"));
    Request request = request_for("PATCH", path, "");
    request.body = to_text(patch_message(operations));
    request.if_match = version_of(resource_);
    SCIM_ASSIGN(Json answer, backend_.send(std::move(request)).map_error(overtaken));
    if (answer.is_null()) {
      SCIM_ASSIGN(answer, backend_.send(request_for("GET", path, "")));
    }
    SCIM_ASSIGN(auto columns, resource_columns(type_, globals_.columns.empty() ? default_columns(type_) : globals_.columns));
    Printer printer(console_, std::move(columns));
    printer.add(std::move(answer));
    printer.finish({});
    return {};
  }

  const ResourceType& type_;
  const Json resource_;  // as it was read
  EditedFile file_;
  Backend& backend_;
  const Globals& globals_;
  Console& console_;
};

}  // namespace

Try<ExitCode> run(const EditorCommand& command, const Globals& globals, Console& console) {
  if (globals.effect == Effect::preview) SCIM_TRY(check_wants_no_rows(globals, "--dry-run"));
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const ResourceType* type, backend->type(command.kind));
  SCIM_ASSIGN(const std::string id, find_id(*backend, *type, command.id));
  SCIM_ASSIGN(Json resource, backend->read(resource_path(*type, id), "").map_error([&](Failure failure) {
    return with_name_hint(std::move(failure), *type, command.id);
  }));
  const std::string shown = pretty_json(writable_resource(*type, resource));
  SCIM_ASSIGN(EditedFile file, EditedFile::make(shown, ".json"));
  return Editing(*type, std::move(resource), std::move(file), *backend, globals, console).run(shown);
}

}  // namespace scim::cli
