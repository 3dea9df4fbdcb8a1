// SPDX-License-Identifier: MIT
// Bearer tokens in the database.
#include "tests/unit/embedded_store.h"

namespace scim::test {
namespace {

class TokenStoreTest : public EmbeddedStore {
 protected:
  Token token(const std::string& id, const std::string& name) {
    env_.advance(std::chrono::milliseconds(1));
    return {id, name, "hash-" + id, false, "", env_.now(), std::nullopt};
  }
};

TEST_F(TokenStoreTest, KeepsEveryPartOfAToken) {
  Token made = token("id1", "okta");
  made.read_only = true;
  made.user_name = "ada";
  made.dialect = Dialect::entra;
  made.expires = made.created + std::chrono::hours(24);
  ASSERT_TRUE(store().insert_token(made));
  const auto found = store().find_token("id1");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->name, "okta");
  EXPECT_EQ((*found)->hash, "hash-id1");
  EXPECT_TRUE((*found)->read_only);
  EXPECT_EQ((*found)->user_name, "ada");
  EXPECT_EQ((*found)->dialect, Dialect::entra);
  EXPECT_EQ((*found)->created, made.created);
  EXPECT_EQ((*found)->expires, made.expires);
}

TEST_F(TokenStoreTest, KeepsScopesAndSecretsAndUses) {
  Token made = token("id1", "okta");
  made.types = {"User", "Device"};
  made.hidden = {"phoneNumbers", "urn:example:2.0:User:badge"};
  made.rate_limit = 0;
  made.certificate = "CN=okta,O=Example";
  made.previous_hash = "before";
  made.previous_until = made.created + std::chrono::hours(1);
  made.guard = "deletions=10";
  ASSERT_TRUE(store().insert_token(made));
  const auto check = [&](const std::string& where) {
    SCOPED_TRACE(where);
    const Token found = **store().find_certificate(made.certificate);
    EXPECT_EQ(found.types, made.types);
    EXPECT_EQ(found.hidden, made.hidden);
    EXPECT_EQ(found.rate_limit, made.rate_limit);
    EXPECT_EQ(found.certificate, made.certificate);
    EXPECT_EQ(found.hash, made.hash);
    EXPECT_EQ(found.read_only, made.read_only);
    EXPECT_EQ(found.previous_hash, made.previous_hash);
    EXPECT_EQ(found.previous_until, made.previous_until);
    EXPECT_EQ(found.guard, made.guard);
    EXPECT_FALSE(found.last_used);
  };
  check("inserted");
  const Token before = made;
  made = {"id1", "another", "new", true, "", made.created, std::nullopt};
  made.certificate = "CN=other";
  ASSERT_TRUE(store().update_token(made, before));
  check("updated");
  EXPECT_EQ((**store().find_token("id1")).name, "okta");
  EXPECT_FALSE(*store().find_certificate("CN=okta,O=Example"));
  EXPECT_FALSE(*store().find_certificate(""));
}

TEST_F(TokenStoreTest, ACertificateIsOneToken) {
  Token first = token("id1", "a");
  Token second = token("id2", "b");
  first.certificate = second.certificate = "CN=okta";
  ASSERT_TRUE(store().insert_token(first));
  EXPECT_EQ(store().insert_token(second).error().kind, ErrorKind::conflict);
  second.certificate.clear();
  EXPECT_TRUE(store().insert_token(second));
  EXPECT_TRUE(store().insert_token(token("id3", "c"))) << "any number has none";
}

TEST_F(TokenStoreTest, UsesAreNotedOncePerInterval) {
  ASSERT_TRUE(store().insert_token(token("id1", "a")));
  const Instant now = env_.now();
  const auto last = [&] { return (**store().find_token("id1")).last_used; };
  ASSERT_TRUE(store().note_token_uses({{"id1", now, "192.0.2.1"}, {"gone", now, ""}}));
  EXPECT_EQ(last(), now);
  EXPECT_EQ((**store().find_token("id1")).last_address, "192.0.2.1");
  ASSERT_TRUE(store().note_token_uses({{"id1", now + std::chrono::seconds(59), "192.0.2.2"}}));
  ASSERT_TRUE(store().note_token_uses({{"id1", now - std::chrono::hours(1), "192.0.2.3"}}));
  EXPECT_EQ(last(), now) << "another process has written already";
  ASSERT_TRUE(store().note_token_uses({{"id1", now + std::chrono::seconds(60), "192.0.2.2"}}));
  EXPECT_EQ(last(), now + std::chrono::seconds(60));
}

TEST_F(TokenStoreTest, WithoutExpiryThereIsNone) {
  ASSERT_TRUE(store().insert_token(token("id1", "a")));
  EXPECT_FALSE((**store().find_token("id1")).expires);
  EXPECT_FALSE((**store().find_token("id1")).read_only);
}

TEST_F(TokenStoreTest, UnknownIdIsNoError) {
  const auto found = store().find_token("id' OR 1=1 --");
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TEST_F(TokenStoreTest, ListsByCreation) {
  const Token first = token("z", "z");
  ASSERT_TRUE(store().insert_token(token("a", "a")));
  ASSERT_TRUE(store().insert_token(first));
  const auto all = store().list_tokens();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].name, "z");
  EXPECT_EQ((*all)[1].name, "a");
}

TEST_F(TokenStoreTest, NamesAreUnique) {
  ASSERT_TRUE(store().insert_token(token("id1", "okta")));
  const auto again = store().insert_token(token("id2", "okta"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::conflict);
  EXPECT_NE(again.error().detail.find("\"okta\""), std::string::npos);
  EXPECT_EQ(rows("SELECT id FROM scim_tokens"), "id1");
}

TEST_F(TokenStoreTest, RemovesByName) {
  ASSERT_TRUE(store().insert_token(token("id1", "okta")));
  ASSERT_TRUE(store().remove_token("okta"));
  EXPECT_FALSE(*open()->find_token("id1"));
  EXPECT_EQ(store().remove_token("okta").error().kind, ErrorKind::not_found);
}

TEST_F(TokenStoreTest, UserDialectAndExpiryCanChange) {
  Token made = token("id1", "okta");
  ASSERT_TRUE(store().insert_token(made));
  EXPECT_FALSE((**store().find_token("id1")).dialect);
  const Token before = made;
  made.dialect = Dialect::okta;
  made.user_name = "ada";
  made.expires = *parse_instant("2030-01-01T00:00:00Z");
  made.name = "another";
  ASSERT_TRUE(store().update_token(made, before));
  const Token found = **open()->find_token("id1");
  EXPECT_EQ(found.dialect, Dialect::okta);
  EXPECT_EQ(found.user_name, "ada");
  EXPECT_EQ(found.expires, made.expires);
  EXPECT_EQ(found.name, "okta") << "it keeps its name";
  const Token none = token("id2", "none");
  EXPECT_EQ(store().update_token(none, none).error().kind, ErrorKind::not_found);
}

TEST_F(TokenStoreTest, WhoHasReadItBeforeARotationDoesNotBringTheOldSecretBack) {
  ASSERT_TRUE(store().insert_token(token("id1", "okta")));
  const Token read = **store().find_token("id1");
  const NewToken rotated = rotate_token(read, env_.now() + std::chrono::hours(1), env_);
  ASSERT_TRUE(open()->update_token(rotated.kept, read));
  Token changed = read;
  changed.read_only = true;
  const auto refused = store().update_token(changed, read);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::precondition_failed);
  EXPECT_NE(refused.error().detail.find("\"okta\""), std::string::npos) << refused.error().detail;
  const Token kept = **store().find_token("id1");
  EXPECT_EQ(kept.hash, rotated.kept.hash);
  EXPECT_EQ(kept.previous_hash, read.hash);
  EXPECT_FALSE(kept.read_only);
  // A use is no change.
  ASSERT_TRUE(store().note_token_uses({{"id1", env_.now(), "192.0.2.1"}}));
  EXPECT_TRUE(store().update_token(changed, kept));
}

TEST_F(TokenStoreTest, ADialectOfAnotherVersionIsNone) {
  ASSERT_TRUE(store().insert_token(token("id1", "okta")));
  rows("UPDATE scim_tokens SET dialect = 'klingon'");
  EXPECT_FALSE((**store().find_token("id1")).dialect);
}

TEST_F(TokenStoreTest, TolerancesAddUp) {
  ASSERT_TRUE(store().insert_token(token("id1", "entra")));
  ASSERT_TRUE(store().insert_token(token("id2", "okta")));
  const Instant now = env_.now();
  const Instant before = now - std::chrono::hours(1);
  ASSERT_TRUE(store().add_tolerance_uses({{"id1", Tolerance::string_boolean, 2, now},
                                          {"id1", Tolerance::trailing_slash, 5, now},
                                          {"gone", Tolerance::trailing_slash, 1, now},
                                          {"id2", Tolerance::urn_key, 1, now}}));
  // Another process, which has counted before.
  ASSERT_TRUE(open()->add_tolerance_uses({{"id1", Tolerance::string_boolean, 7, before}}));
  const auto uses = store().tolerance_uses("id1").value();
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_EQ(uses[0].tolerance, Tolerance::string_boolean);
  EXPECT_EQ(uses[0].count, 9);
  EXPECT_EQ(uses[0].last, now);
  EXPECT_EQ(uses[1].tolerance, Tolerance::trailing_slash);
  EXPECT_EQ(uses[1].count, 5);
  EXPECT_TRUE(store().tolerance_uses("gone").value().empty());
  ASSERT_TRUE(store().remove_token("entra"));
  EXPECT_EQ(rows("SELECT token FROM scim_token_tolerances"), "id2");
}

TEST_F(TokenStoreTest, ASecretIsTheSameForAll) {
  EXPECT_EQ(store().secret("cursor", "first").value(), "first");
  EXPECT_EQ(open()->secret("cursor", "second").value(), "first");
  EXPECT_EQ(store().secret("other", "third").value(), "third");
}

}  // namespace
}  // namespace scim::test
