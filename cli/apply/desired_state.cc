// SPDX-License-Identifier: MIT
#include "cli/apply/desired_state.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <sstream>

#include "cli/files/csv.h"
#include "cli/files/document_lines.h"
#include "cli/files/input.h"
#include "cli/files/records.h"
#include "cli/names/unknown_names.h"
#include "cli/set_path.h"
#include "core/draft_urn.h"
#include "core/text.h"
#include "core/validate.h"

namespace scim::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStandardInput = "-";

Failure misuse(const std::string& detail) { return Failure(ExitCode::usage, {ErrorKind::bad_request, detail, ""}); }

Failure refused_at(const std::string& place, const Error& error) {
  return Failure(ExitCode::usage, {error.kind, place + ": " + error.detail, ""});
}

// Which files.

bool is_read(const fs::path& path) {
  constexpr std::array<std::string_view, 3> kEndings = {".json", ".jsonl", ".csv"};
  const std::string ending = ascii_lower(path.extension().string());
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

/// The files of directories, those of symbolic links too: whom they have is in a file.
class Folders {
 public:
  Folders(std::vector<std::string>& files, Console& console) : files_(files), console_(console) {}

  Try<void> read(const fs::path& folder) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error) return fail(misuse(folder.string() + " cannot be read: " + error.message()));
    if (!read_.insert(real).second) return {};  // links may lead back, and to what is read anyway
    std::vector<fs::path> entries;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) entries.push_back(at->path());
    if (error) return fail(misuse(folder.string() + " cannot be read: " + error.message()));
    std::sort(entries.begin(), entries.end());
    for (const fs::path& entry : entries) SCIM_TRY(take(entry));
    return {};
  }

 private:
  Try<void> take(const fs::path& entry) {
    const bool is_hidden = entry.filename().string().starts_with('.');
    if (is_hidden) return {};
    std::error_code error;
    const fs::file_status status = fs::status(entry, error);
    if (fs::is_directory(status)) return read(entry);
    const bool is_file = fs::is_regular_file(status) && is_read(entry);
    // A link to nowhere: whom it has would be in no file.
    if (!fs::exists(status) || (is_read(entry) && !is_file)) return fail(misuse(entry.string() + " cannot be read"));
    if (is_file) files_.push_back(entry.string());
    else console_.say("scimctl: " + printable(entry.string()) + " is passed over: it is no .json, .jsonl or .csv");
    return {};
  }

  std::vector<std::string>& files_;
  Console& console_;
  std::set<fs::path> read_;
};

Try<std::vector<std::string>> files_of(const std::vector<std::string>& arguments, Console& console) {
  std::vector<std::string> files;
  Folders folders(files, console);
  for (const std::string& argument : arguments) {
    std::error_code ignored;
    if (argument != kStandardInput && fs::is_directory(argument, ignored)) {
      SCIM_TRY(folders.read(argument));
    } else {
      files.push_back(argument);
    }
  }
  return files;
}

// What is in them.

/// A draft had one URN for users and groups.
bool has_draft_schema(const Json& document) {
  const Json* const schemas = find_member(document, "schemas");
  return schemas != nullptr && schemas->is_array() && std::any_of(schemas->begin(), schemas->end(), [](const Json& urn) {
    return urn.is_string() && is_draft_core(urn.get_ref<const std::string&>());
  });
}

/// nullopt: neither.
std::optional<Kind> kind_of(const Json& document) {
  if (find_member(document, "schemas") != nullptr && !has_draft_schema(document)) {
    if (has_message_urn(document, urn::kUser)) return Kind::users;
    if (has_message_urn(document, urn::kGroup)) return Kind::groups;
    return std::nullopt;
  }
  if (find_member(document, "userName") != nullptr) return Kind::users;
  if (find_member(document, "displayName") != nullptr) return Kind::groups;
  return std::nullopt;
}

/// The enterprise extension by the URN of the RFC, also where a file has that of a draft.
Json with_urn_of_today(const Json& document, const ResourceType& type) {
  const Attribute* const enterprise = type.find(urn::kEnterpriseUser);
  Json today = document;
  for (const auto& [name, value] : document.items()) {
    if (enterprise == nullptr || !is_draft_enterprise(name)) continue;
    today.erase(name);
    if (!today.contains(enterprise->name)) today[enterprise->name] = value;
  }
  return today;
}

/// By the columns of the header; nullopt: neither.
Result<std::optional<Kind>> kind_of_csv(const std::string& text) {
  std::istringstream in(text);
  CsvReader reader(in);
  std::vector<std::string> header;
  SCIM_TRY(reader.next(header));
  Json names = Json::object();
  for (const std::string& column : header) names[std::string(trim(column))] = true;
  return kind_of(names);
}

class Reader {
 public:
  Reader(Backend& backend, Console& console) : backend_(backend), console_(console), unknown_(console) {}

  Try<void> read(const std::string& file) {
    const std::string name = file == kStandardInput ? "standard input" : file;
    auto text = read_input(file, console_.in);
    if (!text) return fail(Failure(ExitCode::usage, text.error()));
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text->starts_with(kByteOrderMark)) text->erase(0, kByteOrderMark.size());
    const bool is_empty = text->find_first_not_of(" \t\r\n") == std::string::npos;
    if (text->empty() && file != kStandardInput) return fail(misuse(file + " is empty"));  // an export that has failed
    if (is_empty) return {};
    return is_json(*text) ? read_json(*text, name) : read_csv(*std::move(text), name);
  }

  std::vector<DesiredResource> take() {
    std::stable_partition(all_.begin(), all_.end(), [](const DesiredResource& each) { return each.kind == Kind::users; });
    return std::move(all_);
  }

 private:
  Try<void> read_json(const std::string& text, const std::string& name) {
    const auto documents = parse_documents(text, name, Lists::whole);
    if (!documents) return fail(Failure(ExitCode::usage, documents.error()));
    const std::vector<std::size_t> lines = document_lines(text, documents->size());
    for (std::size_t i = 0; i < documents->size(); ++i) {
      const Json& document = (*documents)[i];
      const std::string place = name + ":" + std::to_string(lines[i]);
      const std::optional<Kind> kind = kind_of(document);
      if (!kind) {
        return fail(misuse(place + ": is it a user or a group? `schemas` has the URN of neither, or without `schemas` there is neither "
                                   "userName nor displayName"));
      }
      SCIM_ASSIGN(const ResourceType* type, backend_.type(*kind));
      SCIM_TRY(add(place, *kind, *type, named(document, *type)));
    }
    return {};
  }

  Try<void> read_csv(std::string text, const std::string& name) {
    const auto kind = kind_of_csv(text);
    if (!kind) return fail(refused_at(name, kind.error()));
    if (!*kind) return fail(misuse(name + ":1: is it JSON, or CSV of users or groups? A header has userName or displayName"));
    SCIM_ASSIGN(const ResourceType* type, backend_.type(**kind));
    SCIM_ASSIGN(auto records, parse_records(std::move(text), name, *type, UnknownColumns::refuse));
    for (Record& record : records) SCIM_TRY(add(record.place, **kind, *type, std::move(record.body)));
    return {};
  }

  Json named(const Json& document, const ResourceType& type) const {
    if (backend_.config().strict) return with_canonical_names(document, type);
    return with_canonical_names(with_urn_of_today(document, type), type);
  }

  Try<void> add(const std::string& place, Kind kind, const ResourceType& type, Json said) {
    if (!said.contains("schemas")) said["schemas"] = schemas_of(type, said);
    const Config& config = backend_.config();
    Leniency leniency(config.strict ? Dialect::rfc : Dialect::any, config.unknown);
    auto resource = resource_from_body(said, type, leniency);
    if (!resource) return fail(refused_at(place, resource.error()));
    unknown_.mention(place, said, type);
    all_.push_back({place, kind, &type, std::move(said), std::move(resource->body)});
    return {};
  }

  Backend& backend_;
  std::vector<DesiredResource> all_;
  Console& console_;
  UnknownNames unknown_;
};

/// Who has which value, to find who has one that is taken.
class Owners {
 public:
  /// The place of another one that has the value.
  std::string take(const Attribute& attribute, const DesiredResource& resource, const std::string& value) {
    const std::string key = resource.type->name + ' ' + attribute.name + ' ' + equality_key(attribute, Json(value));
    const auto [at, is_new] = owners_.try_emplace(key, &resource);
    return is_new || is_another(attribute, resource, *at->second) ? std::string() : at->second->place;
  }

 private:
  /// Groups may share a displayName, where something else tells them apart.
  static bool is_another(const Attribute& attribute, const DesiredResource& a, const DesiredResource& b) {
    if (a.kind == Kind::users || &attribute != &a.name_attribute()) return false;
    const bool both_have_ids = !a.id().empty() && !b.id().empty();
    const bool both_have_external_ids = !a.external_id().empty() && !b.external_id().empty();
    return both_have_ids || both_have_external_ids;
  }

  std::unordered_map<std::string, const DesiredResource*> owners_;
};

Try<void> check_unique(const std::vector<DesiredResource>& all) {
  Owners owners;
  for (const DesiredResource& each : all) {
    const std::pair<const Attribute*, std::string> values[] = {
        {each.type->find("id"), each.id()}, {each.type->find("externalId"), each.external_id()}, {&each.name_attribute(), each.name()}};
    for (const auto& [attribute, value] : values) {
      if (attribute == nullptr || value.empty()) continue;
      const std::string other = owners.take(*attribute, each, value);
      if (other.empty()) continue;
      return fail(misuse(each.place + ": the " + each.type->name + " with " + attribute->name + ' ' + quote(value) +
                         " is there already, at " + other));
    }
  }
  return {};
}

}  // namespace

std::string DesiredResource::id() const { return text_at(said, "id"); }

std::string DesiredResource::external_id() const { return text_at(body, "externalId"); }

std::string DesiredResource::name() const { return text_at(body, name_attribute().name); }

const Attribute& DesiredResource::name_attribute() const { return cli::name_attribute(*type); }

const Attribute& name_attribute(const ResourceType& type) {
  const Attribute* const user_name = type.find("userName");
  return user_name != nullptr ? *user_name : *type.find("displayName");
}

Try<std::vector<DesiredResource>> read_desired_state(const std::vector<std::string>& files, Backend& backend, Console& console) {
  SCIM_ASSIGN(const std::vector<std::string> names, files_of(files, console));
  Reader reader(backend, console);
  for (const std::string& name : names) SCIM_TRY(reader.read(name));
  std::vector<DesiredResource> all = reader.take();
  SCIM_TRY(check_unique(all));
  return all;
}

}  // namespace scim::cli
