// SPDX-License-Identifier: MIT
// What clients ask for all day is answered from an index, whatever the number of users.
#include "tests/unit/filter_store.h"

namespace scim::test {
namespace {

class QueryPlan : public FilterStore {
 protected:
  /// The lines of EXPLAIN QUERY PLAN, joined by line feeds.
  std::string plan(const std::string& filter, const char* type_name) {
    const auto predicate = bind(parse_filter(filter).value(), type(type_name)).value();
    sql::Sql sql = sql::compile_select_ids(predicate, served_.mapping.of(type(type_name)), context());
    sql.text = "EXPLAIN QUERY PLAN " + sql.text;
    const auto cursor = store_->db().query(sql).value();
    std::string lines;
    while (cursor->next().value()) lines += std::string(cursor->text(3)) + '\n';
    return lines;
  }
};

TEST_F(QueryPlan, ReadsNoTableFromEndToEnd) {
  const struct {
    const char* type;
    const char* filter;
    const char* index;
  } kCases[] = {
      {"User", "userName eq \"x\"", "t0 USING INDEX users_user_name"},
      {"User", "userName sw \"x\"", "t0 USING INDEX users_user_name"},
      {"User", "externalId eq \"x\"", "t0 USING INDEX users_external_id"},
      {"User", "id eq \"x\"", "t0 USING INDEX users_id"},
      {"User", "id eq \"x\" or id eq \"y\"", "t0 USING INDEX users_id"},
      {"User", "displayName eq \"x\"", "t0 USING INDEX users_display_name"},
      {"User", "meta.location eq \"https://example.com/v2/Users/x\"", "t0 USING INDEX users_id"},
      {"User", "emails.value eq \"x\"", "c USING INDEX user_emails_value"},
      {"User", "emails[type eq \"work\" and value eq \"x\"]", "c USING INDEX user_emails_value"},
      {"User", "emails[type eq \"work\"].value eq \"x\"", "c USING INDEX user_emails_value"},
      {"User", "emails.value sw \"x\"", "c USING INDEX user_emails_value"},
      {"User", "userName eq \"x\" or emails.value eq \"x\"", "t0 USING INDEX users_user_name"},
      {"User", "groups.value eq \"x\"", "g0 USING COVERING INDEX groups_id"},
      {"User", "groups.display eq \"x\"", "g0 USING COVERING INDEX groups_display_name"},
      {"User", "groups[value eq \"x\" and type eq \"direct\"]", "g0 USING COVERING INDEX groups_id"},
      {"Group", "members.value eq \"x\"", "m0 USING INDEX users_id"},
      {"Group", "members[value eq \"x\" and type eq \"User\"]", "j USING COVERING INDEX group_users_user"},
      {"Group", "id eq \"g\" and members.value eq \"x\"", "t0 USING COVERING INDEX groups_id"},
      {"Group", "displayName eq \"x\"", "t0 USING INDEX groups_display_name"},
      {"Group", "externalId eq \"x\"", "t0 USING INDEX groups_external_id"},
  };
  for (const auto& [type_name, filter, index] : kCases) {
    const std::string lines = plan(filter, type_name);
    SCOPED_TRACE(std::string(type_name) + ": " + filter + '\n' + lines);
    EXPECT_NE(lines.find(std::string("SEARCH ") + index), std::string::npos);
    for (const char* alias : {"t0", "c", "j", "m", "g"}) {
      EXPECT_EQ(lines.find("SCAN " + std::string(alias) + '\n'), std::string::npos);
      EXPECT_EQ(lines.find("SCAN " + std::string(alias) + ' '), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace scim::test
