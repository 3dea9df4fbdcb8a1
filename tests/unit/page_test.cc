// SPDX-License-Identifier: MIT
// Pages: over several types, while others write, positions that are none, and what a page costs.
#include "tests/unit/random_stores.h"
#include "tests/unit/recording_db.h"
#include "tests/unit/sort_store.h"

namespace scim::test {
namespace {

constexpr std::array<const char*, 10> kSorts = {"userName",  "displayName",  "meta.lastModified", "id",           "externalId",
                                                "emails",    "members",      "meta.location",     "meta.version", "unknown"};

/// One query for each type, by what each makes of `path`; "": unsorted.
template <class Store>
class SeveralTypes {
 public:
  SeveralTypes(const Store& store, const std::vector<const char*>& types, std::string_view path, SortOrder order) {
    for (const char* name : types) {
      std::optional<Sort> sort;
      if (!path.empty()) sort = Sort{store.attribute(name, path), order};
      listings_.push_back(store.listing(name, sort));
    }
  }
  std::vector<Query> queries() const& {  // which borrow from this
    std::vector<Query> queries;
    for (const auto& listing : listings_) queries.push_back(listing.query());
    return queries;
  }

 private:
  std::vector<typename Store::Listing> listings_;
};

class OpenStore : public SortStore {
 public:
  using SortStore::attribute;
  using SortStore::Listing;
  using SortStore::listing;

 protected:
  using SortStore::SortStore;

  std::vector<const char*> types_ = {"User", "Group"};

  SeveralTypes<OpenStore> several(std::string_view path, SortOrder order = SortOrder::ascending) const {
    return {*this, types_, path, order};
  }
  void compare_several() {
    for (const SortOrder order : {SortOrder::ascending, SortOrder::descending}) {
      for (const char* path : kSorts) compare_several(path, order);
    }
    compare_several("", SortOrder::ascending);
  }
  void compare_several(const char* path, SortOrder order) {
    const auto all = several(path, order);
    const Ids whole = listing_in_memory(all.queries());
    EXPECT_EQ(search(all.queries()).ids, whole) << path;
    expect_walks(all.queries(), whole, std::string("all by ") + path);
    for (int page = 0; page < 5; ++page) expect_slice(all.queries(), whole);
  }
};

class EmbeddedPages : public RandomEmbedded<OpenStore> {
 protected:
  EmbeddedPages() {
    types_.push_back("Widget");
    for (const char* name : types_) shuffle_ids(name);
  }

  /// Adds or removes a user or a group, or does nothing; ids that are gone.
  Ids disturb() {
    const char* name = random_.chance(0.7) ? "User" : "Group";
    const std::size_t choice = random_.below(4);
    if (choice == 0) return {};
    if (choice < 3) {
      Json body = {{name == std::string("User") ? "userName" : "displayName", random_.word() + std::to_string(++added_) + "new"}};
      fill(body, type(name).attributes, random_);
      body.erase("members");
      insert(type(name), std::move(body));
      return {};
    }
    const Ids ids = search({listing(name).query()}).ids;
    const std::string gone = random_.pick(ids);
    write([&](Transaction& transaction) { ASSERT_TRUE(transaction.remove(type(name), gone)); });
    return {gone};
  }

  int added_ = 0;
};

// Requirements: L-6, L-8, S-7, S-8, S-9
TEST_F(EmbeddedPages, SeveralTypesInOneOrder) { compare_several(); }

// Requirements: K-3, L-11
TEST_F(EmbeddedPages, WhoLivesThroughoutIsSeenOnceWhileOthersComeAndGo) {
  std::size_t gone = 0;
  for (const SortOrder order : {SortOrder::ascending, SortOrder::descending}) {
    for (const char* path : {"userName", "title", "emails", "meta.created", "displayName"}) {
      const Listing users = listing("User", Sort{attribute("User", path), order});
      gone += expect_all_survivors({users.query()}, path, [&] { return disturb(); });
      gone += expect_all_survivors(several(path, order).queries(), path, [&] { return disturb(); });
    }
  }
  gone += expect_all_survivors({listing("User").query()}, "by creation", [&] { return disturb(); });
  gone += expect_all_survivors({listing("Group").query()}, "by creation", [&] { return disturb(); });
  gone += expect_all_survivors(several("").queries(), "by creation", [&] { return disturb(); });
  EXPECT_GT(gone, 20U);
}

// Requirements: K-7
TEST_F(EmbeddedPages, WhatIsNoPositionIsRefused) {
  const Listing plain = listing("User");
  const Listing sorted = listing("User", Sort{attribute("User", "title")});
  const auto refused = [&](const Listing& wanted, const Json& position) {
    Query query = wanted.query();
    query.paging = Paging::by_position;
    query.anchor = Anchor{position};
    const auto transaction = store_->begin(Store::Mode::read).value();
    JsonWriter out;
    const auto found = transaction->search(query, out);
    return !found && found.error().kind == ErrorKind::invalid_cursor;
  };
  EXPECT_FALSE(refused(plain, {1, "User"}));
  EXPECT_FALSE(refused(sorted, {"a", "id", "User"}));
  EXPECT_FALSE(refused(sorted, {nullptr, "id", "User"}));
  for (const char* text : {"null", "7", "\"x\"", "{}", "[]", "[1]", "[1,\"Group\"]", "[null,\"User\"]", "[true,\"User\"]", "[\"User\",1]",
                           "[{},\"User\"]", "[[1],\"User\"]", "[[\"=\"],\"User\"]"}) {
    EXPECT_TRUE(refused(plain, Json::parse(text))) << text;
  }
  for (const char* text : {"[1,\"User\"]", "[1,2,\"User\"]", "[\"a\",null,\"User\"]", "[\"a\",\"id\",\"Nobody\"]", "[false,\"id\",\"User\"]"}) {
    EXPECT_TRUE(refused(sorted, Json::parse(text))) << text;
  }
}

TEST_F(EmbeddedPages, APageOfNothingHasTheTotal) {
  const auto types = several("userName");
  const std::vector<Query> all = types.queries();
  const std::int64_t total = search(all).found.total;
  for (const Paging paging : {Paging::by_index, Paging::by_position}) {
    std::vector<Query> none = all;
    for (Query& query : none) {
      query.limit = 0;
      query.paging = paging;
    }
    const Shown shown = search(none);
    EXPECT_EQ(shown.found.total, total);
    EXPECT_EQ(shown.found.returned, 0);
    EXPECT_TRUE(shown.found.first.is_null());
    EXPECT_FALSE(shown.found.has_after);
  }
}

class ForeignPages : public RandomForeign<OpenStore>, public ::testing::WithParamInterface<const char*> {
 protected:
  ForeignPages() : RandomForeign(GetParam()) {}

  Ids disturb() {
    const std::size_t choice = random_.below(4);
    if (choice == 0) return {};
    if (choice == 1) add_user(++added_ + 1000);
    if (choice == 2) application_adds_user();
    if (choice < 3) return {};
    const Ids ids = search({listing("User").query()}).ids;
    const std::string gone = random_.pick(ids);
    write([&](Transaction& transaction) { ASSERT_TRUE(transaction.remove(type("User"), gone)); });
    return {gone};
  }

  /// A row that nobody has given an id yet.
  void application_adds_user() {
    const std::string name = random_.word() + "app" + std::to_string(++added_);
    const std::string key = std::to_string(random_.below(1'000'000)) + name;
    const std::string schema = GetParam();
    if (schema == "flat") run("INSERT INTO account (uid, login, score, created, changed) VALUES (?, ?, 0, 0, 0)", {key, name});
    if (schema == "children") {
      run("INSERT INTO person (tenant, username, zone, status, created_at, updated_at) VALUES (7, ?, 'UTC', 'active', "
          "'2020-01-02T03:04:05Z', '2020-01-02T03:04:05Z')", {name});
    }
    if (schema == "joined") {
      const auto padded = [](std::size_t size, const std::string& digits) { return std::string(size - digits.size(), '0') + digits; };
      const std::string id = padded(32, std::to_string(random_.below(1'000'000)) + padded(6, std::to_string(added_)));
      run("INSERT INTO member (id, public_id, handle, joined_at, touched_at) VALUES (?, ?, ?, 0, 0)",
          {id, "decade00-0000-4000-8000-" + padded(12, std::to_string(added_)), name});
    }
  }

  int added_ = 0;
};

// Requirements: L-6, L-8, S-7, S-8, S-9
TEST_P(ForeignPages, SeveralTypesInOneOrder) { compare_several(); }

// Requirements: K-3, L-11
TEST_P(ForeignPages, WhoLivesThroughoutIsSeenOnceWhileOthersComeAndGo) {
  std::size_t gone = 0;
  for (const SortOrder order : {SortOrder::ascending, SortOrder::descending}) {
    for (const char* path : {"userName", "title", "emails", "meta.created"}) {
      gone += expect_all_survivors({listing("User", Sort{attribute("User", path), order}).query()}, path, [&] { return disturb(); });
    }
  }
  gone += expect_all_survivors(several("displayName").queries(), "displayName", [&] { return disturb(); });
  gone += expect_all_survivors({listing("User").query()}, "by key", [&] { return disturb(); });
  gone += expect_all_survivors(several("").queries(), "by key", [&] { return disturb(); });
  EXPECT_GT(gone, 10U);
}

// Requirements: A-3
TEST_P(ForeignPages, MembersAreNotHashedForAVersionThatIsNotShown) {
  RecordingDb::Log log;
  auto db = sql::open_database(config(), sql::Open::existing, sql::Journal::as_it_is, env_).value();
  sql::SqlStore recorded(std::make_unique<RecordingDb>(std::move(db), log), served_.mapping, sql::StoreOptions(), env_);
  const auto reads_members = [&](const Predicate& where, const char* excluded) {
    const Projection projection = Projection::from_parameters(type("Group"), "", excluded);
    Query query = listing("Group").query();
    query.where = &where;
    query.projection = &projection;
    log.clear();
    const auto transaction = recorded.begin(Store::Mode::read).value();
    JsonWriter out;
    EXPECT_GT(transaction->search(query, out).value().returned, 0);
    const sql::TypeMapping& group = served_.mapping.of(type("Group"));
    const std::string& table = group.members.begin()->second.front().name;
    return std::any_of(log.begin(), log.end(), [&](const auto& statement) { return statement->reads(table); });
  };
  EXPECT_FALSE(reads_members(Predicate(), "members,meta.version"));
  EXPECT_TRUE(reads_members(Predicate(), "members")) << "the version that is shown is a hash over them";
  // Whoever looks one up is told its entity tag.
  EXPECT_TRUE(reads_members(id_is(groups_.front()), "members,meta.version"));
}

INSTANTIATE_TEST_SUITE_P(Mapping, ForeignPages, ::testing::Values("flat", "children", "joined"),
                         [](const auto& schema) { return std::string(schema.param); });

}  // namespace
}  // namespace scim::test
