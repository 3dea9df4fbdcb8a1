// SPDX-License-Identifier: MIT
#include "cli/completion/listing.h"

#include <algorithm>
#include <array>

#include "core/filter.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// As many as one looks through.
constexpr std::int64_t kMost = 50;

/// Attributes that name a resource, and have an index in scimctl's own tables that is in the order of their values: of
/// elements of lists, as of emails.value, all would have to be found before the first ones are known.
constexpr std::array<std::string_view, 2> kNamesOfUsers = {"userName", "externalId"};
constexpr std::array<std::string_view, 2> kNamesOfGroups = {"displayName", "externalId"};

std::span<const std::string_view> names_of(Kind kind) {
  switch (kind) {
    case Kind::users: return kNamesOfUsers;
    case Kind::groups: break;
  }
  return kNamesOfGroups;
}

/// What tells people who it is: a name that is not the one that is completed.
std::string description(const Json& resource, std::string_view completed) {
  for (const char* name : {"displayName", "userName"}) {
    const auto found = resource.find(name);
    if (name != completed && found != resource.end() && found->is_string()) return printable(found->get<std::string>());
  }
  return {};
}

}  // namespace

Try<Listing> Listing::open(const Globals& globals) {
  // Somebody who types does not wait for a server, nor is it asked each time.
  if (globals.remote.is_wanted()) return fail(Error{ErrorKind::not_found, "only databases are looked into", {}});
  SCIM_ASSIGN(auto backend, LocalBackend::open_existing(globals));
  return Listing(std::move(backend));
}

Result<std::vector<Candidate>> Listing::find(const ResourceType& type, std::string_view name, std::string_view begin,
                                             std::string_view before) {
  SCIM_ASSIGN(const PathName path, parse_path_name(name));
  const Attribute* attribute = resolve(type, path);
  if (attribute == nullptr) return std::vector<Candidate>();
  // Not `pr`: from the first value on in the index, past all those who have none.
  const std::string filter = std::string(name) + (begin.empty() ? " gt \"\"" : " sw " + to_text(Json(std::string(begin))));
  SCIM_ASSIGN(const Filter parsed, parse_filter(filter));
  SCIM_ASSIGN(const Predicate predicate, bind(parsed, type));
  const Projection projection = Projection::from_parameters(type, "userName,displayName," + std::string(name), "");
  Query query;
  query.type = &type;
  query.where = &predicate;
  query.projection = &projection;
  query.limit = kMost;
  query.total = Query::Total::left;
  query.paging = Paging::by_position;
  query.sort = Sort{attribute};
  SCIM_ASSIGN(const auto transaction, backend_->store().begin(Store::Mode::read));
  JsonWriter writer;
  writer.begin_array();
  SCIM_TRY(transaction->search(query, writer));
  writer.end_array();
  std::vector<Candidate> list;
  for (const Json& resource : Json::parse(writer.text())) {
    const std::string value = resource.value(attribute->name, "");
    if (printable(value) == value) list.push_back({std::string(before) + value, description(resource, name)});
  }
  return list;
}

std::vector<Candidate> Listing::ids(Kind kind, std::string_view word) {
  const auto type = backend_->type(kind);
  if (!type) return {};
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  if (equals != std::string_view::npos) {
    for (const std::string_view known : names_of(kind)) {
      if (equal_ignoring_case(known, name)) return find(**type, known, word.substr(equals + 1), word.substr(0, equals + 1)).value_or(std::vector<Candidate>());
    }
    return {};
  }
  std::vector<Candidate> list;
  for (const std::string_view known : names_of(kind)) {
    if (ascii_lower(known).starts_with(ascii_lower(name))) list.push_back({std::string(known) + '=', "by its " + std::string(known)});
  }
  if (word.empty()) return list;
  const auto found = find(**type, "id", word, "");
  if (found) list.insert(list.end(), found->begin(), found->end());
  return list;
}

std::vector<Candidate> Listing::user_names(std::string_view word) {
  const auto type = backend_->type(Kind::users);
  if (!type) return {};
  return find(**type, "userName", word, "").value_or(std::vector<Candidate>());
}

std::vector<Candidate> Listing::tokens(std::string_view word) {
  std::vector<Candidate> list;
  const auto tokens = backend_->tokens().list_tokens();
  if (!tokens) return list;
  for (const Token& token : *tokens) {
    if (token.name.starts_with(word)) list.push_back({token.name, token.user_name.empty() ? "" : "of " + printable(token.user_name)});
  }
  return list;
}

}  // namespace scim::cli
