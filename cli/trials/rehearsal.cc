// SPDX-License-Identifier: MIT
// Two files -> message and resource -> what comes of them.
#include "cli/trials/rehearsal.h"

#include <algorithm>

#include "cli/backend.h"
#include "cli/files/document_lines.h"
#include "cli/files/input.h"
#include "cli/set_path.h"
#include "cli/trials/preview.h"
#include "core/patch.h"
#include "core/text.h"
#include "core/validate.h"
#include "sql/served.h"

namespace scim::cli {
namespace {

/// What files are called in messages.
std::string name_of(const std::string& file) { return file == "-" ? "standard input" : printable(file); }

tl::unexpected<Error> in_file(const std::string& file, Error error) {
  error.detail = name_of(file) + ": " + error.detail;
  return fail(std::move(error));
}

/// As the server reads it, limits included.
Result<Json> read_message(const std::string& file, std::istream& in) {
  SCIM_ASSIGN(const std::string text, read_input(file, in));
  auto message = parse_json(text);
  if (message) return message;
  if (message.error().offset == std::string::npos) return in_file(file, std::move(message).error());
  return fail(message.error().kind, name_of(file) + json_mistake_in(text, message.error()));
}

Result<Json> read_document(const std::string& file, std::istream& in) {
  SCIM_ASSIGN(const std::string text, read_input(file, in));
  SCIM_ASSIGN(std::vector<Json> documents, parse_documents(text, name_of(file)));
  if (documents.size() == 1) return std::move(documents.front());
  return fail(ErrorKind::invalid_syntax, name_of(file) + ": one resource is wanted, here are " + std::to_string(documents.size()));
}

/// Without what is unassigned.
Json assigned(const Json& value) {
  if (!value.is_structured()) return value;
  Json out(value.type());
  for (const auto& [name, part] : value.items()) {
    if (is_unassigned(part)) continue;
    if (value.is_array()) {
      out.push_back(assigned(part));
    } else {
      out[name] = assigned(part);
    }
  }
  return out;
}

/// Any value of the type is right, also of what only the server writes.
Result<void> check(const Attribute& attribute, const Json& value, const std::string& file) {
  Leniency nothing_but_the_rfc(Dialect::rfc);
  const auto checked = canonical_value(attribute, value, Shape::whole, nothing_but_the_rfc);
  if (!checked) return in_file(file, checked.error());
  return {};
}

/// The resource as a server has it: what is never read back is not in it.
Result<Resource> read_resource(const std::string& file, const ResourceType& type, Console& console) {
  Resource resource{&type, Json{{"schemas", Json::array()}}};
  Json document = Json::object();
  if (!file.empty()) {
    SCIM_ASSIGN(document, read_document(file, console.in));
  }
  const Json named = with_canonical_names(document, type);
  for (const auto& [name, value] : named.items()) {
    const Attribute* attribute = type.find(name);
    if (attribute == nullptr) {
      console.say("scimctl: " + name_of(file) + ": passed over " + quote(name) + ", which a " + type.name + " does not have");
      continue;
    }
    SCIM_TRY(check(*attribute, value, file));
    if (!is_unassigned(value) && attribute->returned != Returned::never) resource.body[attribute->name] = assigned(value);
  }
  resource.body["schemas"] = schemas_of(type, resource.body);
  return resource;
}

struct Rehearsed {
  Changes changes;
  Resource after;
};

Result<Rehearsed> rehearse(const Json& message, const Resource& before, const Config& config, Leniency& leniency) {
  SCIM_ASSIGN(const auto operations, parse_patch(message, *before.type, patch_limits(config), leniency));
  Rehearsed rehearsed{{}, before};
  SCIM_ASSIGN(rehearsed.changes, plan_patch(operations, before, patch_limits(config), leniency));
  scim::apply(rehearsed.changes, rehearsed.after);
  return rehearsed;
}

/// "replace name.givenName"; nothing of its value, which may be a password.
std::string describe(const Json& operation) {
  std::string text;
  for (const char* name : {"op", "path"}) {
    const Json* word = find_member(operation, name);
    if (word != nullptr && word->is_string()) text += ' ' + printable(word->get_ref<const std::string&>());
  }
  return text.empty() ? text : ":" + text;
}

std::string place_of(const Error& error, const Json& message, const std::string& file) {
  if (error.operation == std::string::npos) return name_of(file);
  const Json& operation = find_member(message, "Operations")->at(error.operation);
  return "operation " + std::to_string(error.operation + 1) + " of " + name_of(file) + describe(operation);
}

/// What the server would say; below it, which operation that is, for people who count from 1.
Failure failure_of(Error error, const Json& message, const std::string& file) {
  const std::string scim_type = info(error.kind).scim_type;
  const std::string said = error.detail + (scim_type.empty() ? "" : " (" + scim_type + ")");
  const std::string place = "\n  " + place_of(error, message, file);
  error.detail += place;
  Failure failure(error);
  failure.detail = said + place;
  return failure;
}

void say_tolerances(const ToleranceSet& used, Console& console) {
  for (const ToleranceInfo& tolerance : tolerances()) {
    if (!used.test(static_cast<std::size_t>(tolerance.tolerance))) continue;
    console.say("scimctl: taken by tolerance: " + std::string(tolerance.name) + ": " + std::string(tolerance.help));
  }
}

/// A client whose dialect is wrong is the commonest fault.
void say_who_takes_it(const Json& message, const Resource& before, const Config& config, Console& console) {
  Leniency any(Dialect::any, config.unknown);
  if (!rehearse(message, before, config, any)) return;
  console.say("scimctl: with --dialect any the patch is taken:");
  say_tolerances(any.used(), console);
}

/// What a server shows of it.
Json shown(Resource resource) {
  for (const Attribute& attribute : resource.type->attributes) {
    if (attribute.returned == Returned::never) assign_value(resource.body, attribute, nullptr);
  }
  return std::move(resource.body);
}

Try<void> print_resource(Resource resource, const Globals& globals, Console& console) {
  const ResourceType& type = *resource.type;
  const bool has_no_name = globals.format == Format::name && text_at(resource.body, "id").empty();
  if (has_no_name) return fail(ErrorKind::bad_request, "-o name prints ids, and the resource has none");
  SCIM_ASSIGN(std::vector<Column> columns, resource_columns(type, globals.columns.empty() ? default_columns(type) : globals.columns));
  Console here = console;
  here.format = globals.format.value_or(Format::json);  // on a terminal too: a row would not show what has changed
  Printer printer(here, std::move(columns));
  printer.add(shown(std::move(resource)));
  printer.finish(Envelope{});
  return {};
}

Try<void> print_outcome(const PatchTestCommand& command, const Resource& before, Rehearsed rehearsed, const Globals& globals,
                        Console& console) {
  const bool wants_differences = command.shown == PatchTestCommand::Shown::differences || globals.effect == Effect::preview;
  if (!wants_differences) return print_resource(std::move(rehearsed.after), globals, console);
  SCIM_TRY(check_wants_no_rows(globals, "--diff"));
  print(differences(*before.type, before.body, rehearsed.after.body), "PATCH " + before.type->name, Json::object(), console);
  return {};
}

}  // namespace

Try<ExitCode> run(const PatchTestCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const Config config, configuration(globals));
  const auto served = sql::load_served(config);
  if (!served) return fail(Failure(ExitCode::usage, served.error()));
  SCIM_ASSIGN(const ResourceType* type, type_of(*served->registry, command.kind));
  SCIM_ASSIGN(const Json message, read_message(command.patch_file, console.in));
  SCIM_ASSIGN(const Resource before, read_resource(command.resource_file, *type, console));
  const Dialect configured = config.strict ? Dialect::rfc : Dialect::any;
  const Dialect dialect = command.dialect.value_or(configured);
  Leniency leniency(dialect, config.unknown);
  auto rehearsed = rehearse(message, before, config, leniency);
  if (!rehearsed) {
    if (dialect != Dialect::any) say_who_takes_it(message, before, config, console);
    return fail(failure_of(std::move(rehearsed).error(), message, command.patch_file));
  }
  say_tolerances(leniency.used(), console);
  if (!config.adapter.empty()) console.say("scimctl: the adapter of the configuration takes no part in this");
  if (rehearsed->changes.empty()) console.say("scimctl: the patch changes nothing");
  SCIM_TRY(print_outcome(command, before, *std::move(rehearsed), globals, console));
  return ExitCode::ok;
}

}  // namespace scim::cli
