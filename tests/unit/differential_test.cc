// SPDX-License-Identifier: MIT
// match() and SQL must agree: on the cases of filters-cases.json, and on random filters over random resources.
// SCIMCTL_DIFFERENTIAL_ROUNDS sets how many filters, SCIMCTL_DIFFERENTIAL_SEED which.
#include <array>
#include <cstdlib>
#include <map>
#include <random>

#include "tests/unit/filter_store.h"

namespace scim::test {
namespace {

// --- The case file -------------------------------------------------------------------------------------------------

class EvalCases : public FilterStore {
 protected:
  EvalCases() {
    cases_ = read_cases("scim/filters-cases.json");
    for (const char* name : {"User", "Widget"}) {
      for (const Json& body : cases_["resources"][name]) insert_case(type(name), body);
    }
    const std::string group = insert(type("Group"), {{"displayName", "Tour Guides"}});
    run("UPDATE groups SET id = 'g1'");
    run("INSERT INTO group_users SELECT groups.key, users.key FROM groups, users WHERE users.id = 'u1'");
  }

  /// Through the store; what it decides itself (id, meta) is put right in the tables.
  void insert_case(const ResourceType& resource_type, Json body) {
    const Json meta = body["meta"];
    const std::string id = body["id"].get<std::string>();
    for (const char* derived : {"id", "meta", "schemas", "groups"}) body.erase(derived);
    if (const auto enterprise = body.find(std::string(urn::kEnterpriseUser)); enterprise != body.end()) {
      if (enterprise->contains("manager")) (*enterprise)["manager"].erase("displayName");
    }
    Json assigned = Json::object();
    for (const auto& [name, value] : body.items()) {
      if (!is_unassigned(value)) assigned[name] = value;
    }
    const bool says_active = assigned.contains("active");
    const std::string made = insert(resource_type, std::move(assigned));
    // The store makes a user active that does not say; the cases have users that are neither.
    if (!says_active && resource_type.name == "User") run("UPDATE users SET active = NULL WHERE id = ?", {made});

    const sql::Link& link = mapping_.of(resource_type).link;
    const auto& table = mapping_.of(resource_type).tables[static_cast<std::size_t>(link.id.table)];
    const auto instant = [&](const char* name) {
      return sql::Cell(parse_instant(meta[name].get<std::string>())->time_since_epoch().count());
    };
    // "u2-1" becomes version 2: versions are numbers here.
    run("UPDATE " + table.name + " SET id = ?, " + link.created.name + " = ?, " + link.last_modified.name +
            " = ?, " + link.version.name + " = ? WHERE id = ?",
        {id, instant("created"), instant("lastModified"), std::int64_t{id[1] - '0'}, made});
  }

  Json cases_;
};

TEST_F(EvalCases, SqlFindsWhatTheCaseFileSays) {
  int ran = 0;
  for (const Json& each : cases_["eval"]) {
    if (!each.contains("matches")) continue;
    SCOPED_TRACE(each["id"].get<std::string>() + ": " + each["filter"].get<std::string>());
    std::string text = each["filter"].get<std::string>();
    if (const auto at = text.find("u2-1"); at != std::string::npos) text.replace(at, 4, "2");
    std::vector<const ResourceType*> types = {&type("User"), &type("Widget")};
    if (each["on"] != "*") types = {&type(each["on"].get<std::string>().c_str())};
    const auto filter = parse_filter(text);
    ASSERT_TRUE(filter) << filter.error().detail;
    const auto predicates = bind_types(*filter, types);
    ASSERT_TRUE(predicates) << predicates.error().detail;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < types.size(); ++i) {
      const auto found = ids_by_sql((*predicates)[i], *types[i]);
      EXPECT_EQ(found, ids_by_match((*predicates)[i], read_all(*types[i])));
      ids.insert(ids.end(), found.begin(), found.end());
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, each["matches"].get<std::vector<std::string>>());
    ++ran;
  }
  EXPECT_GT(ran, 100);
}

// --- Random filters ------------------------------------------------------------------------------------------------

/// Few words, so that filters hit; hard ones: quotes, patterns, characters that fold, compose, or sort far up.
constexpr std::array<std::string_view, 28> kWords = {
    "",       "a",      "A",      "ab",    "aB",   "abc",  "b",    "%",         "_",    "a%",   "a_b", "'",   "O'Malley",
    "\"",     "\\",     "work",   "Work",  "home", "\u00e9", "e\u0301", "\u00c9", "Stra\u00dfe", "strasse", "\uff21b", "\U0001F600", "a b",
    "ab\u00e9", "x\U0001F600",
};
constexpr std::array<std::string_view, 7> kInstants = {
    "2020-01-01T00:00:00Z",     "2020-01-01T01:00:00+01:00", "2019-12-31T23:59:59.999Z", "2020-01-01T00:00:00.5Z",
    "2026-01-02T03:04:05Z", "2026-01-02T03:04:25Z", "2030-06-01T00:00:00",
};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(engine_); }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(engine_); }
  template <class Range>
  const auto& pick(const Range& range) {
    return range[below(std::size(range))];
  }
  std::string word() { return std::string(pick(kWords)); }

 private:
  std::mt19937 engine_;
};

/// A value of the attribute's type, as a client could have sent it.
Json random_value(const Attribute& attribute, Random& random) {
  switch (attribute.type) {
    case Type::boolean: return random.chance(0.5);
    case Type::integer: return static_cast<std::int64_t>(random.below(7)) - 2;
    case Type::decimal: return static_cast<double>(random.below(9)) / 4 - 1;
    case Type::date_time: return std::string(random.pick(kInstants));
    case Type::binary: return random.chance(0.5) ? "AAEC" : "aaec";
    case Type::string:
    case Type::reference: return random.word();
    case Type::complex: break;
  }
  Json object = Json::object();
  for (const Attribute& sub : attribute.sub_attributes) {
    if (sub.mutability != Mutability::read_only && random.chance(0.6)) object[sub.name] = random_value(sub, random);
  }
  return object;
}

/// Up to three different elements, at most one of them primary.
Json random_list(const Attribute& attribute, Random& random) {
  Json list = Json::array();
  bool has_primary = false;
  for (std::size_t i = random.below(4); i > 0; --i) {
    Attribute element = attribute;
    element.multi_valued = false;
    Json value = random_value(element, random);
    if (is_unassigned(value) || std::find(list.begin(), list.end(), value) != list.end()) continue;
    if (value.is_object() && value.value("primary", false)) {
      if (has_primary) value["primary"] = false;
      has_primary = true;
    }
    list.push_back(std::move(value));
  }
  return list;
}

/// Writable attributes of the type, each there or not. Memberships come later.
void fill(Json& body, const std::vector<Attribute>& attributes, Random& random) {
  for (const Attribute& attribute : attributes) {
    if (attribute.mutability == Mutability::read_only || attribute.name == "schemas" || attribute.name == "userName" ||
        attribute.returned == Returned::never || attribute.is_membership() || !random.chance(0.7)) {
      continue;
    }
    Json value = attribute.multi_valued ? random_list(attribute, random) : random_value(attribute, random);
    if (attribute.is_extension) {
      value = Json::object();
      fill(value, attribute.sub_attributes, random);
    }
    if (!is_unassigned(value)) body[attribute.name] = std::move(value);
  }
}

/// What exists, by the name of the attribute that it can be asked for with: ids, locations, versions, names.
using Texts = std::map<std::string, std::vector<std::string>>;

/// Filter text for one type.
class FilterWriter {
 public:
  FilterWriter(const ResourceType& type, Random& random, Texts texts)
      : type_(type), random_(random), texts_(std::move(texts)) {
    for (const Attribute& attribute : type.attributes) collect(attribute);
  }

  std::string write(int depth) {
    const std::size_t form = depth == 0 ? 0 : random_.below(6);
    if (form == 1) return "not (" + write(depth - 1) + ')';
    if (form == 2 || form == 3) return write(depth - 1) + (form == 2 ? " and " : " or ") + write(depth - 1);
    if (form == 4) return '(' + write(depth - 1) + " or " + write(depth - 1) + ") and (" + write(depth - 1) + ')';
    return random_.chance(0.35) ? value_path() : term(*random_.pick(terms_), Place::outside);
  }

 private:
  enum class Place { outside, brackets };

  void collect(const Attribute& attribute) {
    if (attribute.returned == Returned::never) return;
    terms_.push_back(&attribute);
    // Lists are few among all the attributes, and have the most to get wrong.
    const bool takes_brackets = attribute.type == Type::complex && !attribute.is_extension;
    if (takes_brackets || (attribute.multi_valued && attribute.name != "schemas")) owners_.push_back(&attribute);
    if (attribute.name == "members" || attribute.name == "groups") owners_.insert(owners_.end(), 4, &attribute);
    for (const Attribute& sub : attribute.sub_attributes) collect(sub);
  }

  std::string value_path() {
    const Attribute& owner = *random_.pick(owners_);
    return owner.path() + '[' + inner(owner, 2) + ']';
  }

  std::string inner(const Attribute& owner, int depth) {
    const std::size_t form = depth == 0 ? 0 : random_.below(5);
    if (form == 1) return "not (" + inner(owner, depth - 1) + ')';
    if (form == 2 || form == 3) return inner(owner, depth - 1) + (form == 2 ? " and " : " or ") + inner(owner, depth - 1);
    if (owner.type != Type::complex) return term(owner, Place::brackets);
    const Attribute& part = random_.pick(owner.sub_attributes);
    return term(part, Place::brackets);
  }

  std::string term(const Attribute& attribute, Place place) {
    const bool is_list_itself = attribute.sub_attributes.empty() && place == Place::brackets && attribute.multi_valued;
    const std::string name = is_list_itself ? "value" : place == Place::brackets ? attribute.name : attribute.path();
    if (random_.chance(0.12)) return name + " pr";
    if (random_.chance(0.08)) return name + (random_.chance(0.5) ? " eq null" : " ne null");
    const Attribute* compared = &attribute;
    if (attribute.type == Type::complex) compared = attribute.is_extension ? nullptr : attribute.find("value");
    if (compared == nullptr) return name + " pr";
    return name + ' ' + random_operator(*compared) + ' ' + literal(*compared);
  }

  std::string random_operator(const Attribute& attribute) {
    static constexpr std::array<std::string_view, 9> kAll = {"eq", "ne", "gt", "ge", "lt", "le", "co", "sw", "ew"};
    const bool is_text = attribute.type == Type::string || attribute.type == Type::reference;
    std::size_t count = is_text ? 9 : 6;
    if (attribute.type == Type::boolean) count = 2;
    if (attribute.type == Type::binary) {
      static constexpr std::array<std::string_view, 5> kBinary = {"eq", "ne", "co", "sw", "ew"};
      return std::string(random_.pick(kBinary));
    }
    return std::string(kAll[random_.below(count)]);
  }

  std::string literal(const Attribute& attribute) {
    const bool is_text = attribute.type == Type::string || attribute.type == Type::reference;
    if (is_text && attribute.name == "type" && random_.chance(0.6)) {
      static constexpr std::array<std::string_view, 5> kTypes = {"User", "group", "direct", "Indirect", "direc"};
      return to_text(Json(random_.pick(kTypes)));
    }
    const auto known = texts_.find(attribute.name);
    if (attribute.type == Type::date_time && known != texts_.end() && random_.chance(0.7)) {
      return to_text(Json(random_.pick(known->second)));
    }
    if (is_text && known != texts_.end() && random_.chance(0.7)) {
      std::string text = random_.pick(known->second);
      // A piece of it now and then, for co, sw and ew.
      if (text.size() > 4 && is_ascii(text) && random_.chance(0.3)) text = text.substr(random_.below(text.size() / 2));
      if (text.size() > 4 && is_ascii(text) && random_.chance(0.3)) text.resize(text.size() - random_.below(text.size() / 2));
      return to_text(Json(text));
    }
    if (attribute.type == Type::integer && random_.chance(0.2)) return "1.5";
    return to_text(random_value(attribute, random_));
  }

  const ResourceType& type_;
  Random& random_;
  Texts texts_;
  std::vector<const Attribute*> terms_;
  std::vector<const Attribute*> owners_;
};

long number_from_environment(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atol(text);
}

class Differential : public FilterStore {
 protected:
  static constexpr int kUsers = 40;
  static constexpr int kGroups = 14;
  static constexpr int kWidgets = 20;

  Differential() {
    for (int i = 0; i < kUsers; ++i) {
      Json body = {{"userName", random_.word() + std::to_string(i)}};
      fill(body, type("User").attributes, random_);
      point_to_manager(body);
      users_.push_back(insert(type("User"), std::move(body)));
      env_.advance(std::chrono::seconds(random_.below(2)));
    }
    for (int i = 0; i < kGroups; ++i) insert_group();
    for (int i = 0; i < kWidgets; ++i) {
      Json body = {{"label", random_.word()}};
      fill(body, type("Widget").attributes, random_);
      insert(type("Widget"), std::move(body));
    }
    disturb();
  }

  /// Some managers are users, the others are from elsewhere.
  void point_to_manager(Json& body) {
    const auto enterprise = body.find(std::string(urn::kEnterpriseUser));
    if (enterprise == body.end() || users_.empty() || random_.chance(0.5)) return;
    (*enterprise)["manager"]["value"] = random_.pick(users_);
  }

  /// Groups hold users and older groups: no cycles, several ways up. The first two are empty.
  void insert_group() {
    env_.advance(std::chrono::seconds(random_.below(2)));
    Json members = Json::array();
    for (std::size_t i = groups_.size() < 2 ? 0 : random_.below(6); i > 0; --i) members.push_back({{"value", random_.pick(users_)}});
    for (std::size_t i = groups_.size() < 2 ? 0 : random_.below(4); i > 0; --i) {
      members.push_back({{"value", random_.pick(groups_)}});
    }
    Json unique = Json::array();
    for (Json& member : members) {
      if (std::find(unique.begin(), unique.end(), member) == unique.end()) unique.push_back(std::move(member));
    }
    Json body = {{"displayName", random_.word()}};
    if (groups_.size() % 2 == 0) body["externalId"] = random_.word();
    if (!unique.empty()) body["members"] = std::move(unique);
    groups_.push_back(insert(type("Group"), std::move(body)));
  }

  /// Later versions, and users that are gone but still stand in their groups.
  void disturb() {
    for (int i = 0; i < 10; ++i) {
      change(type("User"), "title", random_.pick(users_));
      change(type("Group"), "displayName", random_.pick(groups_));
    }
    for (std::size_t i = 0; i < users_.size(); i += 7) {
      const sql::Cell id = users_[i];
      run("UPDATE users SET deactivated = 1, active = 0 WHERE id = ?", {id});
    }
  }

  void change(const ResourceType& resource_type, const char* name, const std::string& id) {
    env_.advance(std::chrono::milliseconds(700));
    write([&](Transaction& transaction) {
      ASSERT_TRUE(transaction.update(resource_type, id, {{resource_type.find(name), Change::Kind::set, random_.word()}}));
    });
  }

  void note_texts(const std::vector<Resource>& resources, Texts& texts) const {
    for (const Resource& resource : resources) {
      texts["value"].emplace_back(resource.id());
      for (const char* name : {"location", "version", "created", "lastModified"}) {
        texts[name].push_back(resource.body["meta"][name].get<std::string>());
      }
      for (const char* name : {"displayName", "userName", "label"}) {
        if (resource.body.contains(name)) texts["display"].push_back(resource.body[name].get<std::string>());
      }
    }
    texts["id"] = texts["value"];
    texts["$ref"] = texts["location"];
  }

  /// match() over what is read back, against SQL; returns how many filters found something, but not everything.
  int compare(const char* type_name, sql::Visible visible, long rounds) {
    const ResourceType& resource_type = type(type_name);
    const std::vector<Resource> resources = read_all(resource_type, visible);
    Texts texts;
    note_texts(resources, texts);
    for (const char* other : {"User", "Group"}) note_texts(read_all(type(other), visible), texts);
    FilterWriter writer(resource_type, random_, std::move(texts));
    int telling = 0;
    for (long round = 0; round < rounds && !HasFailure(); ++round) {
      const std::string text = writer.write(3);
      const auto filter = parse_filter(text);
      EXPECT_TRUE(filter) << text << "\n" << filter.error().detail;
      if (!filter) break;
      const auto predicate = bind(*filter, resource_type);
      EXPECT_TRUE(predicate) << text << "\n" << predicate.error().detail;
      if (!predicate) break;
      const auto expected = ids_by_match(*predicate, resources);
      EXPECT_EQ(ids_by_sql(*predicate, resource_type, visible), expected)
          << "filter " << text << "\nmeans  " << to_text(*predicate) << "\nsql    "
          << sql::compile_select_ids(*predicate, mapping_.of(resource_type), context(visible)).text << "\nseed   " << seed_;
      telling += !expected.empty() && expected.size() < resources.size();
    }
    return telling;
  }

  const long seed_ = number_from_environment("SCIMCTL_DIFFERENTIAL_SEED", 20260102);
  const long rounds_ = number_from_environment("SCIMCTL_DIFFERENTIAL_ROUNDS", 1500);
  Random random_{static_cast<unsigned>(seed_)};
  std::vector<std::string> users_;
  std::vector<std::string> groups_;
};

// A quarter of the filters must tell resources apart, or the rest says little.
TEST_F(Differential, Users) {
  const long rounds = rounds_ * 4 / 10;
  EXPECT_GT(compare("User", sql::Visible::living, rounds), rounds / 4);
}
TEST_F(Differential, UsersWithTheDeactivated) {
  const long rounds = rounds_ / 10;
  EXPECT_GT(compare("User", sql::Visible::all, rounds), rounds / 4);
}
TEST_F(Differential, Groups) {
  const long rounds = rounds_ * 3 / 10;
  EXPECT_GT(compare("Group", sql::Visible::living, rounds), rounds / 4);
}
TEST_F(Differential, Widgets) {
  const long rounds = rounds_ * 2 / 10;
  EXPECT_GT(compare("Widget", sql::Visible::living, rounds), rounds / 4);
}

}  // namespace
}  // namespace scim::test
