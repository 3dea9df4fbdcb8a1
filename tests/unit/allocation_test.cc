// SPDX-License-Identifier: MIT
// What a request costs in allocations: rows go to bytes without a tree between, from plans that are made once. The bounds
// are a little above what was counted; whoever needs more says why here.
#include "tests/unit/application.h"
#include "tests/unit/counted_new.h"

namespace scim::test {
namespace {

class Allocations : public ::testing::TestWithParam<const char*> {
 protected:
  static constexpr int kUsers = 60;

  Allocations() : app_(GetParam()) {
    Json members = Json::array();
    for (int i = 0; i < kUsers; ++i) {
      const std::string name = "user" + std::to_string(100 + i) + "@example.com";
      const Json user = {{"userName", name}, {"name", {{"familyName", "Hopper"}, {"givenName", "Grace"}}}, {"emails", {{{"value", name}, {"type", "work"}}}}};
      ids_.push_back(app_.ask("POST", "/Users", user).id());
      members.push_back({{"value", ids_.back()}});
    }
    group_ = app_.ask("POST", "/Groups", {{"displayName", "Staff"}, {"members", members}}).id();
  }

  /// Of one request, once its plans and statements are there.
  std::int64_t count(const std::string& target) {
    Request request;
    request.method = "GET";
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    request.base_url = "https://example.com/v2";
    std::int64_t counted = 0;
    for (int i = 0; i < 3; ++i) {
      const std::int64_t before = allocations;
      EXPECT_EQ(app_.handle(request).status, 200) << target;
      counted = allocations - before;
    }
    return counted;
  }

  Application app_;
  std::vector<std::string> ids_;
  std::string group_;
};

TEST_P(Allocations, OfOneUserAreFew) {
  // Beside the tables of an application there is the document of what has no column, which is parsed.
  const bool has_document = std::string(GetParam()) != "embedded";
  EXPECT_LE(count("/Users/" + ids_[7]), has_document ? 190 : 100);
}

TEST_P(Allocations, OfALookupAreFew) {
  EXPECT_LE(count("/Users?filter=userName%20eq%20%22user107%40example.com%22"), 190);
}

TEST_P(Allocations, OfOneMoreUserOnAPageAreFew) {
  const std::int64_t few = count("/Users?count=20");
  EXPECT_LE(count("/Users?count=50") - few, 30 * 12);
}

TEST_P(Allocations, OfMembersAreNone) {
  const std::string path = "/Groups/" + group_;
  const std::int64_t without = count(path + "?excludedAttributes=members");
  EXPECT_LE(count(path) - without, 60);  // of the statements: nothing for each of the members
}

INSTANTIATE_TEST_SUITE_P(Mapping, Allocations, ::testing::Values("embedded", "flat", "children"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace scim::test
