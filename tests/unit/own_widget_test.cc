// SPDX-License-Identifier: MIT
// Widget, which has every data type, mutability and returned value, as a type that the configuration declares: filters and
// PATCH must mean the same in the document of a table of ours as they do in memory.
#include <cstdlib>

#include "tests/unit/application.h"
#include "tests/unit/filter_store.h"

namespace scim::test {
namespace {

std::string with_widgets(const std::string& toml) {
  const std::string data = SCIMCTL_TEST_DATA;
  return "schemas = [\"" + data + "/scim/Widget.json\"]\nresource_types = [\"" + data + "/schemas/types-widget.json\"]\n" + toml;
}

/// What is served depends on the kind of the database.
sql::Served widgets() {
  Config config = parse_config(with_widgets(""), "scimctl.toml").value();
  if (std::getenv("SCIMCTL_TEST_POSTGRESQL") != nullptr) config.database_url = "postgresql://";
  return sql::load_served(config).value();
}

class OwnWidgets : public FilterStore {
 protected:
  OwnWidgets() : FilterStore(widgets(), "") {}

  /// What a client could send of a case's resource; id and times are put right in the table.
  void insert_case(const Json& given) {
    Json body = Json::object();
    for (const auto& [name, value] : given.items()) {
      const bool is_derived = name == "id" || name == "meta" || name == "schemas" || is_unassigned(value);
      if (!is_derived) body[name] = value;
    }
    const std::string made = insert(type("Widget"), std::move(body));
    const auto instant = [&](const char* name) {
      return sql::Cell(parse_instant(given["meta"][name].get<std::string>())->time_since_epoch().count());
    };
    run("UPDATE scim_type_widget SET id = ?, created = ?, last_modified = ? WHERE id = ?",
        {given["id"].get<std::string>(), instant("created"), instant("lastModified"), made});
  }
};

TEST_F(OwnWidgets, FiltersFindWhatTheCaseFileSays) {
  const Json cases = read_cases("scim/filters-cases.json");
  for (const Json& body : cases["resources"]["Widget"]) insert_case(body);
  int ran = 0;
  for (const Json& each : cases["eval"]) {
    if (!each.contains("matches") || each["on"] != "Widget") continue;
    SCOPED_TRACE(each["id"].get<std::string>() + ": " + each["filter"].get<std::string>());
    const auto filter = parse_filter(each["filter"].get<std::string>());
    ASSERT_TRUE(filter) << filter.error().detail;
    const auto predicate = bind(*filter, type("Widget"));
    ASSERT_TRUE(predicate) << predicate.error().detail;
    std::vector<std::string> found = ids_by_sql(*predicate, type("Widget"));
    EXPECT_EQ(found, ids_by_match(*predicate, read_all(type("Widget"))));
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, each["matches"].get<std::vector<std::string>>());
    ++ran;
  }
  EXPECT_GT(ran, 20);
}

TEST_F(OwnWidgets, RandomFiltersMeanTheSameInMemory) {
  for (int i = 0; i < 20; ++i) {
    Json body = {{"label", random_.word()}};
    fill(body, type("Widget").attributes, random_);
    insert(type("Widget"), std::move(body));
  }
  const long rounds = rounds_ * 2 / 10;
  EXPECT_GT(compare("Widget", sql::Visible::living, rounds), rounds / 4);
}

/// Without what the server decides: a read-only attribute has nobody who would set it.
nlohmann::json comparable(Json body) {
  for (const char* derived : {"schemas", "id", "meta", "status", "note"}) body.erase(derived);
  nlohmann::json sorted = nlohmann::json::parse(body.dump());
  for (nlohmann::json& value : sorted) {
    if (!value.is_array()) continue;
    for (nlohmann::json& element : value) {
      if (element.is_object() && !element.value("primary", true)) element.erase("primary");
    }
    std::sort(value.begin(), value.end());
  }
  return sorted;
}

TEST(OwnWidgetsByHttp, PatchesDoWhatTheCaseFileSays) {
  Application app("embedded", with_widgets);
  int ran = 0;
  const Json file = read_cases("scim/patch-cases.json");
  for (const Json& each : file["cases"]) {
    // What a type without a place for read-only values cannot have.
    if (each["resourceType"] != "Widget" || to_text(each["ops"]).find("status") != std::string::npos) continue;
    SCOPED_TRACE(each["id"].get<std::string>() + ": " + to_text(each["ops"]));
    const Answer made = app.ask("POST", "/Widgets", each["resource"]);
    ASSERT_EQ(made.status, 201) << made.body.dump();
    EXPECT_EQ(comparable(made.body), comparable(each["resource"]));
    const Answer answer = app.patch("/Widgets/" + made.id(), each["ops"]);
    const Answer after = app.ask("GET", "/Widgets/" + made.id());
    ++ran;
    if (each["expect"].contains("error")) {
      EXPECT_EQ(answer.status, each["expect"]["error"]["status"].get<int>()) << answer.body.dump();
      EXPECT_EQ(after.body, made.body);
      continue;
    }
    ASSERT_EQ(answer.status, 200) << answer.body.dump();
    EXPECT_EQ(comparable(after.body), comparable(each["expect"]));
    EXPECT_EQ(after.version != made.version, each["modified"].get<bool>());
  }
  EXPECT_GT(ran, 15);
}

}  // namespace
}  // namespace scim::test
