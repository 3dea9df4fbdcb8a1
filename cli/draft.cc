// SPDX-License-Identifier: MIT
// Options -> edits -> bodies.
#include "cli/draft.h"

#include "cli/files/document_lines.h"
#include "cli/files/input.h"
#include "cli/names/lookup.h"
#include "cli/names/reference_finder.h"
#include "cli/names/unknown_names.h"
#include "cli/set_path.h"
#include "cli/writable.h"
#include "core/reference_walk.h"
#include "core/text.h"

namespace scim::cli {
namespace {

using Verb = EditCommand::Verb;

/// The flags that stand for one attribute each.
Result<void> add_flags(const EditCommand& command, const ResourceType& type, std::vector<Edit>& edits) {
  const std::pair<const char*, const std::optional<std::string>&> texts[] = {
      {"userName", command.user_name}, {"externalId", command.external_id}, {"displayName", command.display_name}};
  for (const auto& [path, value] : texts) {
    if (!value) continue;
    SCIM_ASSIGN(Edit edit, make_edit(Edit::Kind::set, path, *value, type));
    edits.push_back(std::move(edit));
  }
  if (!command.active) return {};
  SCIM_ASSIGN(Edit edit, make_edit(Edit::Kind::set, "active", *command.active, type));
  edits.push_back(std::move(edit));
  return {};
}

Try<void> add_members(Edit::Kind kind, const std::vector<std::string>& arguments, const ResourceType& type,
                      BackendFinder& finder, std::vector<Edit>& edits) {
  if (arguments.empty()) return {};
  Json members = Json::array();
  SCIM_ASSIGN(const Target target, resolve_target("members", type));
  SCIM_ASSIGN(const auto types, finder.types_of(*target.attribute));
  std::vector<std::pair<std::string, ReferenceFinder::Types>> texts;
  for (const std::string& argument : arguments) texts.emplace_back(argument, types);
  SCIM_TRY(finder.ask_for(texts));
  for (const std::string& argument : arguments) {
    // Who is gone may still be a member, and is taken out by the id.
    const bool may_be_gone = kind == Edit::Kind::remove;
    SCIM_ASSIGN(const std::string id, may_be_gone ? finder.id_of(argument, types) : finder.present_id_of(argument, types));
    // Names are looked for in the whole body in the end, where an id may look like one; not in filters, which take members out.
    const bool is_id_said = !may_be_gone && has_equals(id);
    members.push_back({{"value", is_id_said ? "id=" + id : id}});
  }
  SCIM_ASSIGN(Edit edit, make_edit(kind, "members", std::move(members), type));
  edits.push_back(std::move(edit));
  return {};
}

/// The names that stand in a body where ids belong: `userName=ada`.
class Names : public ReferenceVisitor {
 public:
  explicit Names(BackendFinder& finder) : finder_(finder) {}

  /// Puts the ids in their place.
  Try<void> replace(const ResourceType& type, Operation operation, Json& body) {
    walk_references(type, operation, body, *this);
    if (texts_.empty()) return {};
    SCIM_TRY(finder_.ask_for(texts_));
    for (const Named& named : texts_) {
      SCIM_ASSIGN(ids_[named], finder_.id_of(named.first, named.second));
    }
    walk_references(type, operation, body, *this);
    return {};
  }

  void id(const Attribute& link, const Json*, std::string& text) override {
    if (!has_equals(text) || link.mutability == Mutability::read_only) return;
    const auto types = finder_.types_of(link);
    if (!types) return;
    const auto known = ids_.find({text, *types});
    if (known != ids_.end()) text = known->second;
    else texts_.emplace_back(text, *types);
  }
  void uri(std::string&) override {}
  void filter(const Attribute&, std::string&) override {}

 private:
  using Named = std::pair<std::string, ReferenceFinder::Types>;

  BackendFinder& finder_;
  std::vector<Named> texts_;
  std::map<Named, std::string> ids_;
};

/// In the order in which they take effect: what is unset first, so that a list can be made anew.
Try<std::vector<Edit>> edits_of(const EditCommand& command, const ResourceType& type, BackendFinder& finder, Console& console) {
  std::vector<Edit> edits;
  for (const std::string& path : command.unset) {
    SCIM_ASSIGN(Edit edit, parse_unset(path, type));
    edits.push_back(std::move(edit));
  }
  SCIM_TRY(add_flags(command, type, edits));
  for (const std::string& text : command.set) {
    SCIM_ASSIGN(Edit edit, parse_set(text, type));
    edits.push_back(std::move(edit));
  }
  if (command.password == EditCommand::Password::from_stdin) {
    SCIM_ASSIGN(std::string password, read_secret(console.in));
    SCIM_ASSIGN(Edit edit, make_edit(Edit::Kind::set, "password", std::move(password), type));
    edits.push_back(std::move(edit));
  }
  SCIM_TRY(add_members(Edit::Kind::remove, command.remove_members, type, finder, edits));
  SCIM_TRY(add_members(Edit::Kind::add, command.add_members, type, finder, edits));
  return edits;
}

bool is_patch_message(const Json& document) {
  const auto schemas = document.find("schemas");
  return schemas != document.end() && schemas->is_array() && schemas->size() == 1 && schemas->front().is_string() &&
         equal_ignoring_case(schemas->front().get_ref<const std::string&>(), urn::kPatchOp);
}

/// Resources have no such attribute, messages have.
bool lacks_schemas_of_patch(const Json& document, const ResourceType& type) {
  return document.contains("Operations") && type.find("Operations") == nullptr && !is_patch_message(document);
}

/// A PATCH as it is, or an object whose members are to be replaced (RFC 7644 3.5.2.3 without a path).
Json patch_body(const Json& document, const ResourceType& type, const std::vector<Edit>& edits) {
  Json body = is_patch_message(document) ? document : patch_message(Json::array());
  if (!is_patch_message(document) && !document.empty()) {
    Json value = with_canonical_names(document, type);
    for (const char* name : {"id", "meta", "schemas"}) value.erase(name);  // where from, not what
    if (!value.empty()) body["Operations"].push_back({{"op", "replace"}, {"value", std::move(value)}});
  }
  for (const Edit& edit : edits) append_operations(edit, body["Operations"]);
  return body;
}

Result<Json> whole_body(const Json& document, const ResourceType& type, const std::vector<Edit>& edits) {
  Json body = with_canonical_names(document, type);
  for (const Edit& edit : edits) SCIM_TRY(apply_edit(edit, body));
  if (!body.contains("schemas")) body["schemas"] = schemas_of(type, body);
  return body;
}

Operation operation_of(Verb verb) {
  switch (verb) {
    case Verb::create: return Operation::create;
    case Verb::replace: return Operation::replace;
    case Verb::patch: break;
  }
  return Operation::patch;
}

Try<Draft> make_draft(const EditCommand& command, const Json& document, const ResourceType& type, const std::vector<Edit>& edits) {
  Draft draft;
  if (command.verb != Verb::create) {
    draft.argument = command.id;
    if (draft.argument.empty()) draft.argument = document.contains("id") ? cell_text(document.at("id")) : "";
    if (draft.argument.empty()) return fail(ErrorKind::bad_request, "an ID is wanted, as an argument or as `id` of each object");
  }
  switch (command.verb) {
    case Verb::create:
    case Verb::replace: {
      SCIM_ASSIGN(draft.body, whole_body(document, type, edits));
      break;
    }
    case Verb::patch:
      if (lacks_schemas_of_patch(document, type)) {
        return fail(ErrorKind::invalid_syntax, "Operations are those of a PatchOp, which is to say so: \"schemas\": [\"" + std::string(urn::kPatchOp) + "\"] is missing");
      }
      draft.body = patch_body(document, type, edits);
      break;
  }
  return draft;
}

/// A PATCH of `emails.value` makes all e-mails equal, which nobody means who has several.
Try<void> check_parts(const std::vector<Edit>& edits, const Draft& draft, const ResourceType& type, Backend& backend, Verb verb) {
  if (verb != Verb::patch) return {};
  for (const Edit& edit : edits) {
    const Target& target = edit.target;
    const bool is_of_each = edit.kind == Edit::Kind::set && target.attribute->multi_valued && target.sub != nullptr && target.filter == nullptr;
    if (!is_of_each) continue;
    SCIM_ASSIGN(const std::string id, find_id(backend, type, draft.argument));
    std::string query;
    append_parameter(query, "attributes", target.attribute->path());
    SCIM_ASSIGN(const Json resource, backend.send(request_for("GET", resource_path(type, id), std::move(query))));
    const std::size_t count = target.read(resource).size();
    if (count < 2) continue;
    const std::string& list = target.attribute->name;
    return fail(ErrorKind::bad_request, quote(edit.path) + " is a part of each of " + std::to_string(count) + " " + list + ", say of which: " + list +
                                            "[type eq \"work\"]." + target.sub->name);
  }
  return {};
}

struct Document {
  Json body = Json::object();
  std::string place;
};

/// One without anything where there is no file.
Try<std::vector<Document>> read_documents(const std::string& file, Console& console) {
  if (file.empty()) return std::vector<Document>(1);
  const std::string name = file == "-" ? "standard input" : file;
  SCIM_ASSIGN(const std::string text, read_input(file, console.in));
  SCIM_ASSIGN(std::vector<Json> bodies, parse_documents(text, name));
  const std::vector<std::size_t> lines = document_lines(text, bodies.size());
  std::vector<Document> documents;
  for (std::size_t i = 0; i < bodies.size(); ++i) documents.push_back({std::move(bodies[i]), name + ':' + std::to_string(lines[i])});
  return documents;
}

}  // namespace

Try<std::vector<Draft>> make_drafts(const EditCommand& command, Backend& backend, Console& console) {
  SCIM_ASSIGN(const ResourceType* found_type, backend.type(command.kind));
  const ResourceType& type = *found_type;
  SCIM_ASSIGN(const std::vector<Document> documents, read_documents(command.file, console));
  BackendFinder finder(backend);
  SCIM_ASSIGN(const std::vector<Edit> edits, edits_of(command, type, finder, console));
  if (command.file.empty() && edits.empty()) {
    return fail(ErrorKind::bad_request, "nothing to do: say what with -f, --set or the like");
  }
  if (documents.size() > 1 && !command.id.empty()) {
    return fail(ErrorKind::bad_request, "one ID, but " + std::to_string(documents.size()) + " objects in " + command.file);
  }
  std::vector<Draft> drafts;
  UnknownNames unknown(console);
  for (const Document& document : documents) {
    SCIM_ASSIGN(Draft draft, make_draft(command, document.body, type, edits));
    draft.place = document.place;
    if (command.verb != Verb::patch) unknown.mention(draft.place, draft.body, type);
    SCIM_TRY(check_parts(edits, draft, type, backend, command.verb));
    SCIM_TRY(Names(finder).replace(type, operation_of(command.verb), draft.body));
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

Json active_patch(TargetsCommand::Verb verb) {
  const bool active = verb == TargetsCommand::Verb::activate;
  return patch_message(Json::array({{{"op", "replace"}, {"path", "active"}, {"value", active}}}));
}

}  // namespace scim::cli
