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
      const Answer made = app_.create_user(user);
      EXPECT_EQ(made.status, 201) << made.body.dump();
      ids_.push_back(made.id());
      members.push_back({{"value", ids_.back()}});
    }
    group_ = app_.create_group({{"displayName", "Allocators"}, {"members", members}}).id();
  }

  bool is_embedded() const { return std::string(GetParam()) == "embedded"; }

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
      const Response response = app_.handle(request);
      counted = allocations - before;
      EXPECT_EQ(response.status, 200) << target;
      EXPECT_NE(response.body.find("\"id\":"), std::string::npos) << "it shows nothing: " << response.body;
    }
    return counted;
  }

  Application app_;
  std::vector<std::string> ids_;
  std::string group_;
};

TEST_P(Allocations, OfOneUserAreFew) { EXPECT_LE(count("/Users/" + ids_[7]), is_embedded() ? 65 : 85); }

TEST_P(Allocations, OfALookupAreFew) {
  // Of foreign tables the total is counted, and the columns of a version are many.
  EXPECT_LE(count("/Users?filter=userName%20eq%20%22user107%40example.com%22"), is_embedded() ? 85 : 165);
}

TEST_P(Allocations, OfOneMoreUserOnAPageAreFew) {
  const std::int64_t few = count("/Users?count=20");
  EXPECT_LE(count("/Users?count=50") - few, 30 * (is_embedded() ? 10 : 23));
}

TEST_P(Allocations, OfOneMoreMemberAreFew) {
  const std::string path = "/Groups/" + group_;
  const std::int64_t without = count(path + "?excludedAttributes=members");
  // Its location, and its id where that is not text.
  EXPECT_LE(count(path) - without, kUsers * (std::string(GetParam()) == "flat" ? 2 : 1) + 10);
}

INSTANTIATE_TEST_SUITE_P(Mapping, Allocations, ::testing::Values("embedded", "flat", "children"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace scim::test
