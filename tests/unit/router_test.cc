// SPDX-License-Identifier: MIT
#include "core/router.h"

#include <gtest/gtest.h>

namespace scim {
namespace {

struct RouteCase {
  const char* method;
  const char* path;
  int status;             // 200: a route
  const char* allow_or_id;
};

TEST(Router, Table) {
  const Registry registry = Registry::standard();
  const RouteCase cases[] = {
      {"GET", "/Users", 200, ""},
      {"GET", "/Users/", 200, ""},
      {"HEAD", "/Users/x", 200, "x"},
      {"GET", "/Users/a%2Fb", 200, "a/b"},
      {"GET", "/Users/%41", 200, "A"},
      {"PATCH", "/Groups/g", 200, "g"},
      {"GET", "/Schemas/urn%3Aietf:x", 200, "urn:ietf:x"},
      {"GET", "/Users/%4", 400, ""},
      {"GET", "/users", 404, ""},
      {"GET", "/Nope", 404, ""},
      {"GET", "/Users/x/extra", 404, ""},
      {"GET", "/Users//x", 404, ""},
      {"GET", "/ServiceProviderConfig/x", 404, ""},
      {"PUT", "/Users", 405, "GET, HEAD, POST, OPTIONS"},
      {"POST", "/Users/x", 405, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
      {"DELETE", "/Schemas", 405, "GET, HEAD, OPTIONS"},
      {"GET", "/Bulk", 405, "POST, OPTIONS"},
      {"GET", "/Users/.search", 405, "POST, OPTIONS"},
      {"TRACE", "/Users", 501, ""},
      {"get", "/Users", 501, ""},
  };
  for (const RouteCase& item : cases) {
    SCOPED_TRACE(std::string(item.method) + ' ' + item.path);
    const auto found = route(item.method, item.path, registry);
    ASSERT_EQ(found ? 200 : info(found.error().kind).status, item.status);
    if (found) {
      EXPECT_EQ(found->id, item.allow_or_id);
    } else if (item.status == 405) {
      EXPECT_EQ(found.error().header, item.allow_or_id);
    }
  }
}

TEST(Router, ASlashAtTheEndIsNoted) {
  const Registry registry = Registry::standard();
  for (const char* path : {"/Users/", "/Users/x/", "/Schemas/"}) {
    EXPECT_EQ(route("GET", path, registry).value().slash, Slash::trailing) << path;
  }
  for (const char* path : {"", "/", "/Users", "/Users/x%2F"}) {
    EXPECT_EQ(route("GET", path, registry).value().slash, Slash::none) << path;
  }
}

TEST(Router, QueriesAreOverOneTypeOrAll) {
  const Registry registry = Registry::standard();
  EXPECT_EQ(route("POST", "/Users/.search", registry).value().operation, Operation::search);
  EXPECT_EQ(route("POST", "/Users/.search", registry).value().type, registry.type_by_name("User"));
  EXPECT_EQ(route("POST", "/.search", registry).value().type, nullptr);
  EXPECT_EQ(route("POST", "/.search", registry).value().effects, Effects::reads);
  EXPECT_EQ(route("GET", "/", registry).value().operation, Operation::list);
  EXPECT_EQ(route("GET", "", registry).value().type, nullptr);
}

TEST(Router, MeIsTheResourceOfWhoIsAsking) {
  const Registry registry = Registry::standard();
  for (const auto& [method, operation] :
       {std::pair{"GET", Operation::get}, {"PUT", Operation::replace}, {"PATCH", Operation::patch}, {"DELETE", Operation::remove},
        {"POST", Operation::create}}) {
    const auto found = route(method, "/Me", registry);
    ASSERT_TRUE(found) << method;
    EXPECT_EQ(found->operation, operation);
    EXPECT_EQ(found->target, Route::Target::subject);
  }
  EXPECT_EQ(route("GET", "/Users/Me", registry).value().target, Route::Target::named);
}

}  // namespace
}  // namespace scim
