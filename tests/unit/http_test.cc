// SPDX-License-Identifier: MIT
#include "core/http.h"

#include <gtest/gtest.h>

namespace scim {
namespace {

TEST(Http, QueryStrings) {
  const auto items = parse_query("filter=userName+eq+%22a%2Bb%22&&count=5&cursor&x=&");
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 4U);
  EXPECT_EQ((*items)[0].second, "userName eq \"a+b\"");
  EXPECT_EQ((*items)[2].first, "cursor");
  EXPECT_FALSE(parse_query("a=%zz"));
}

// Requirements: P-5
TEST(Http, MediaTypes) {
  for (const char* good : {"", "application/scim+json", "application/json", "Application/JSON; Charset=\"UTF-8\"",
                           "application/scim+json;charset=us-ascii", "application/json; charset=iso-8859-1",
                           "application/json; profile=x; charset=utf8"}) {
    EXPECT_TRUE(is_json_media_type(good)) << good;
  }
  for (const char* bad : {"text/plain", "application/xml", "application/json; charset=utf-16", "application/jsonp",
                          "application/merge-patch+json", "multipart/form-data; boundary=x", ";charset=utf-8"}) {
    EXPECT_FALSE(is_json_media_type(bad)) << bad;
  }
}

// Requirements: P-2, P-3
TEST(Http, Accept) {
  for (const char* good : {"", "*/*", "application/*", "application/json", "text/html, application/scim+json;q=0.1",
                           "application/scim+json;q=0, */*", "APPLICATION/JSON"}) {
    EXPECT_TRUE(accepts_json(good)) << good;
  }
  for (const char* bad : {"text/html", "application/xml, text/*", "application/json;q=0", "application/json;q=0.000"}) {
    EXPECT_FALSE(accepts_json(bad)) << bad;
  }
}

// Requirements: E-5
TEST(Http, EntityTagsAreComparedWeakly) {
  for (const char* good : {"*", "W/\"3\"", "\"3\"", "3", "W/\"1\", \"3\"", " W/\"3\" "}) {
    EXPECT_TRUE(matches_entity_tag(good, "W/\"3\"")) << good;
  }
  for (const char* bad : {"\"33\"", "W/\"1\", W/\"2\"", "\"W/3\""}) EXPECT_FALSE(matches_entity_tag(bad, "W/\"3\"")) << bad;
}

TEST(Http, EmptyParameters) {
  for (const char* query : {"&", "a=1&", "&a=1", "a=1&&b=2"}) EXPECT_TRUE(has_empty_parameter(query)) << query;
  for (const char* query : {"", "a", "a=", "a=1&b=2", "a=%26"}) EXPECT_FALSE(has_empty_parameter(query)) << query;
}

TEST(Http, EntityTagsStandInQuotes) {
  for (const char* tags : {"", "*", "\"1\"", "W/\"1\"", "W/\"1\", \"a,b\""}) EXPECT_TRUE(are_entity_tags(tags)) << tags;
  for (const char* tags : {"1", "W/1", "\"1", "\"1\", 2", "\""}) EXPECT_FALSE(are_entity_tags(tags)) << tags;
}

}  // namespace
}  // namespace scim
