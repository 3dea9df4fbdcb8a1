// SPDX-License-Identifier: MIT
#include "cli/apply/desired_matches.h"

#include <algorithm>
#include <set>

#include "cli/names/resource_finder.h"
#include "cli/writable.h"
#include "core/resource.h"
#include "core/text.h"

namespace scim::cli {
namespace {

/// Groups of a user can be many, and are not compared; members are as many, and are compared where a file has some.
std::string reading_query(const ResourceType& type, const std::vector<DesiredResource>& desired) {
  const auto says_members = [&](const DesiredResource& each) { return each.type == &type && each.said.contains("members"); };
  const bool needs_members = std::any_of(desired.begin(), desired.end(), says_members);
  std::string wanted;
  std::string unwanted;
  bool has_hidden = false;
  for (const Attribute& attribute : type.attributes) {
    const bool is_left_out = attribute.name == "groups" || (attribute.is_membership() && !needs_members);
    std::string& names = is_left_out ? unwanted : wanted;
    names += (names.empty() ? "" : ",") + attribute.path();
    has_hidden = has_hidden || (attribute.returned == Returned::request && is_written(attribute));
  }
  std::string query;
  append_parameter(query, has_hidden ? "attributes" : "excludedAttributes", has_hidden ? wanted : unwanted);
  return query;
}

/// What tells which resource is meant, best first.
enum class Identity { id, external_id, name };
constexpr Identity kIdentities[] = {Identity::id, Identity::external_id, Identity::name};

/// nullopt: the file does not say it.
std::optional<Sought> sought_by(Identity identity, const DesiredResource& resource) {
  Sought sought;
  switch (identity) {
    case Identity::id: sought = {resource.type->find("id"), resource.id()}; break;
    case Identity::external_id: sought = {resource.type->find("externalId"), resource.external_id()}; break;
    case Identity::name: sought = {&resource.name_attribute(), resource.name()}; break;
  }
  return sought.attribute == nullptr || sought.value.empty() ? std::nullopt : std::optional(std::move(sought));
}

void append_compared(const std::vector<Attribute>& attributes, std::vector<const Attribute*>& out) {
  for (const Attribute& attribute : attributes) {
    const bool is_compared = is_written(attribute) && !is_schemas(attribute) && attribute.is_kept && attribute.returned != Returned::never;
    if (attribute.is_extension) append_compared(attribute.sub_attributes, out);
    else if (is_compared) out.push_back(&attribute);
  }
}

/// Those of one kind.
class Matcher {
 public:
  Matcher(const std::vector<DesiredResource>& desired, std::vector<std::size_t> indices, Backend& backend, std::vector<Json>& matches)
      : desired_(desired), indices_(std::move(indices)), type_(*desired[indices_.front()].type), query_(reading_query(type_, desired)), backend_(backend),
        finder_(backend, type_, query_), found_(type_, {type_.find("externalId"), &name_attribute(type_)}), matches_(matches) {}

  Try<void> match() {
    for (const Identity identity : kIdentities) SCIM_TRY(find_by(identity));
    SCIM_TRY(check_names());
    return complete();
  }

 private:
  using Searches = std::vector<std::pair<std::size_t, Sought>>;

  /// What is found by its id is not looked for by its name.
  Try<void> find_by(Identity identity) {
    Searches searches;
    for (const std::size_t i : indices_) {
      if (!matches_[i].is_null()) continue;
      if (auto sought = sought_by(identity, desired_[i])) searches.emplace_back(i, *std::move(sought));
    }
    SCIM_TRY(find(searches));
    for (const auto& [i, sought] : searches) SCIM_TRY(take(i, identity, sought));
    return {};
  }

  Try<void> find(const Searches& searches) {
    std::vector<Sought> values;
    for (const auto& [i, sought] : searches) values.push_back(sought);
    return finder_.find(values, found_);
  }

  Try<void> take(std::size_t i, Identity identity, const Sought& sought) {
    const std::vector<std::size_t> found = found_.having(sought);
    if (found.size() > 1 && identity == Identity::name) return fail(several(desired_[i], found));
    if (found.size() != 1) return {};
    matches_[i] = found_.all()[found.front()];
    if (identity != Identity::name) found_otherwise_.emplace_back(i, identity);
    const auto [at, is_new] = owners_.try_emplace(id_of(i), i);
    if (is_new) return {};
    return fail(Error{ErrorKind::conflict, desired_[i].place + ": is the same " + type_.name + " (id " + printable(id_of(i)) + ") as " +
                                               desired_[at->second].place, ""});
  }

  Error several(const DesiredResource& resource, const std::vector<std::size_t>& found) const {
    std::string detail = resource.place + ": " + resource.name_attribute().name + ' ' + quote(resource.name()) + " fits " +
                         std::to_string(found.size()) + " resources, name one by its id:";
    for (const std::size_t match : found) detail += "\n  " + printable(text_at(found_.all()[match], "id"));
    return {ErrorKind::conflict, std::move(detail), ""};
  }

  /// Who is renamed takes the name of nobody else. Groups with an externalId may share one.
  Try<void> check_names() {
    Searches searches;
    for (const auto& [i, identity] : found_otherwise_) {
      const DesiredResource& resource = desired_[i];
      const bool may_share = resource.kind == Kind::groups && identity == Identity::external_id;
      const Json* const name = find_value(matches_[i], resource.name_attribute());
      const bool is_same = name != nullptr && equal_values(resource.name_attribute(), *name, Json(resource.name()));
      if (may_share || is_same) continue;
      if (auto sought = sought_by(Identity::name, resource)) searches.emplace_back(i, *std::move(sought));
    }
    SCIM_TRY(find(searches));
    for (const auto& [i, sought] : searches) SCIM_TRY(check_name(i, sought));
    return {};
  }

  Try<void> check_name(std::size_t i, const Sought& sought) const {
    for (const std::size_t match : found_.having(sought)) {
      const std::string other = text_at(found_.all()[match], "id");
      if (owners_.contains(other)) continue;  // it is in the files too, by its own id or by another name
      const std::string name = text_at(matches_[i], sought.attribute->name);
      return fail(Error{ErrorKind::conflict, desired_[i].place + ": is the " + type_.name + ' ' + quote(name) + " by its " + identity_text(i) +
                                                 ", but " + sought.attribute->name + ' ' + quote(sought.value) + " is that of another one (id " +
                                                 printable(other) + "): leave out the one or the other", ""});
    }
    return {};
  }

  std::string identity_text(std::size_t i) const {
    const bool is_by_id = desired_[i].id() == id_of(i);
    return is_by_id ? "id " + quote(id_of(i)) : "externalId " + quote(desired_[i].external_id());
  }

  /// Servers may leave things out of lists, members above all: what a file mentions and a list lacks is read from the resource.
  Try<void> complete() {
    append_compared(type_.attributes, compared_);
    for (const Json& resource : found_.all()) {
      for (const Attribute* attribute : compared_) {
        if (!attribute->is_membership() && find_value(resource, *attribute) != nullptr) known_.insert(attribute);
      }
    }
    for (const std::size_t i : indices_) {
      if (!matches_[i].is_null() && is_uncertain(i)) SCIM_TRY(read_whole(i));
    }
    return {};
  }

  bool is_uncertain(std::size_t i) const {
    return std::any_of(compared_.begin(), compared_.end(), [&](const Attribute* attribute) {
      if (known_.contains(attribute) || find_value(matches_[i], *attribute) != nullptr) return false;
      return attribute->is_membership() ? desired_[i].said.contains(attribute->name) : find_value(desired_[i].body, *attribute) != nullptr;
    });
  }

  Try<void> read_whole(std::size_t i) {
    auto whole = backend_.read(resource_path(type_, id_of(i)), query_);
    if (!whole) return fail(failure_at(desired_[i].place, whole.error()));
    (*whole)["id"] = id_of(i);  // also where a server passes over it
    matches_[i] = *std::move(whole);
    // One that has no more than the list said is taken as a sign that lists leave out no such thing, but for members.
    for (const Attribute* attribute : compared_) {
      if (!attribute->is_membership() && find_value(desired_[i].body, *attribute) != nullptr && find_value(matches_[i], *attribute) == nullptr) known_.insert(attribute);
    }
    return {};
  }

  std::string id_of(std::size_t i) const { return text_at(matches_[i], "id"); }

  const std::vector<DesiredResource>& desired_;
  const std::vector<std::size_t> indices_;
  const ResourceType& type_;
  const std::string query_;
  Backend& backend_;
  ResourceFinder finder_;
  Found found_;
  std::vector<Json>& matches_;
  std::unordered_map<std::string, std::size_t> owners_;              // id -> resource of the files
  std::vector<std::pair<std::size_t, Identity>> found_otherwise_;    // not by name
  std::vector<const Attribute*> compared_;
  std::set<const Attribute*> known_;  // that lists have
};

}  // namespace

Try<std::vector<Json>> match_desired(const std::vector<DesiredResource>& desired, Backend& backend) {
  std::vector<Json> matches(desired.size());
  for (const Kind kind : {Kind::users, Kind::groups}) {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < desired.size(); ++i) {
      if (desired[i].kind == kind) indices.push_back(i);
    }
    if (!indices.empty()) SCIM_TRY(Matcher(desired, std::move(indices), backend, matches).match());
  }
  return matches;
}

}  // namespace scim::cli
