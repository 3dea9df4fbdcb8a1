// SPDX-License-Identifier: MIT
#include "core/bulk_references.h"

#include "core/reference_walk.h"
#include "core/text.h"

namespace scim {
namespace {

constexpr std::string_view kKeyword = "bulkId:";

/// Puts in place of each bulkId what it stands for.
class BulkIds final : public ReferenceVisitor {
 public:
  explicit BulkIds(const BulkLookup& lookup) : lookup_(lookup) {}

  void id(const Attribute&, const Json*, std::string& id) override {
    const BulkTarget* const target = find(id);
    if (target != nullptr) id = target->id;
  }

  /// "bulkId:x" alone, or as the last segment of a path.
  void uri(std::string& uri) override {
    const std::size_t slash = uri.rfind('/');
    const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
    const auto segment = percent_decode(std::string_view(uri).substr(begin), Plus::literal);
    const BulkTarget* const target = segment ? find(*segment) : nullptr;
    if (target != nullptr) uri = target->location;
  }

  /// `members[value eq "bulkId:x"]`: the strings of a filter on links.
  void filter(const Attribute&, std::string& path) override {
    std::string out;
    std::size_t done = 0;
    while (true) {
      const std::size_t open = path.find('"', done);
      const std::size_t close = open == std::string::npos ? open : path.find('"', open + 1);
      if (close == std::string::npos) break;
      const std::string literal = path.substr(open + 1, close - open - 1);
      const BulkTarget* const target = find(literal);
      out += path.substr(done, open - done) + '"' + (target == nullptr ? literal : target->id) + '"';
      done = close + 1;
    }
    path = out + path.substr(done);
  }

 private:
  const BulkTarget* find(std::string_view text) const {
    const auto bulk_id = bulk_id_of(text);
    return bulk_id ? lookup_(*bulk_id) : nullptr;
  }

  const BulkLookup& lookup_;
};

void walk(const Attribute& attribute, Json& value, const BulkLookup& lookup) {
  BulkIds ids(lookup);
  walk_references(attribute, value, ids);
}

/// Whether a value of `attribute` cannot be without a pending reference.
bool has_pending(const Attribute& attribute, Json& value, const BulkPending& is_pending) {
  bool found = false;
  const BulkLookup look = [&](const std::string& bulk_id) -> const BulkTarget* {
    found = found || is_pending(bulk_id);
    return nullptr;
  };
  walk(attribute, value, look);
  return found;
}

/// Leaves in `value` what can be written now, null if that is nothing.
void split(const Attribute& attribute, Json& value, const BulkPending& is_pending, std::vector<Postponed>& postponed) {
  if (!value.is_array()) {
    if (!has_pending(attribute, value, is_pending)) return;
    postponed.push_back({&attribute, std::move(value)});
    value = nullptr;
    return;
  }
  Json now = Json::array();
  Json later = Json::array();
  for (Json& element : value) (has_pending(attribute, element, is_pending) ? later : now).push_back(std::move(element));
  value = now.empty() ? Json() : std::move(now);
  if (!later.empty()) postponed.push_back({&attribute, std::move(later)});
}

}  // namespace

std::optional<std::string> bulk_id_of(std::string_view text) {
  if (text.size() <= kKeyword.size() || !equal_ignoring_case(text.substr(0, kKeyword.size()), kKeyword)) return std::nullopt;
  return std::string(text.substr(kKeyword.size()));
}

void resolve_bulk_ids(const ResourceType& type, Operation operation, Json& data, const BulkLookup& lookup) {
  BulkIds ids(lookup);
  walk_references(type, operation, data, ids);
}

std::vector<Postponed> postpone(const ResourceType& type, Json& data, const BulkPending& is_pending) {
  std::vector<Postponed> postponed;
  if (!data.is_object()) return postponed;
  for (auto& [name, value] : data.items()) {
    const Attribute* attribute = type.find(name);
    if (attribute == nullptr) continue;
    if (!attribute->is_extension || !value.is_object()) {
      split(*attribute, value, is_pending, postponed);
      continue;
    }
    for (auto& [sub_name, sub_value] : value.items()) {
      const Attribute* sub = attribute->find(sub_name);
      if (sub != nullptr) split(*sub, sub_value, is_pending, postponed);
    }
  }
  return postponed;
}

std::vector<std::string> required_bulk_ids(const ResourceType& type, Json data) {
  std::vector<std::string> required;
  const BulkLookup note = [&](const std::string& bulk_id) -> const BulkTarget* {
    required.push_back(bulk_id);
    return nullptr;
  };
  for (Postponed& part : postpone(type, data, [](const std::string&) { return true; })) {
    if (part.attribute->required) walk(*part.attribute, part.value, note);
  }
  return required;
}

}  // namespace scim
