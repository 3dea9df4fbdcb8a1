// SPDX-License-Identifier: MIT
// Resource types and extensions that a configuration declares: devices in the manner of RFC 9944 and badges of users, in
// the embedded store and beside the tables of an application.
#include <fstream>

#include "tests/unit/application.h"

namespace scim::test {
namespace {

const std::string kDevice = "urn:ietf:params:scim:schemas:core:2.0:Device";
const std::string kBle = "urn:ietf:params:scim:schemas:extension:ble:2.0:Device";
const std::string kApps = "urn:ietf:params:scim:schemas:extension:endpointAppsExt:2.0:Device";
const std::string kBadge = "urn:example:params:scim:schemas:extension:badge:2.0:User";

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "\"" : ", \"") + std::string(SCIMCTL_TEST_DATA) + "/schemas/" + name + ".json\"";
  return '[' + list + ']';
}

/// The lines that declare devices, in front of what else the file says.
std::string with_devices(std::string toml) {
  return "schemas = " + list_of({"Device", "BleDevice", "EndpointAppsDevice", "EndpointApp", "BadgeUser"}) +
         "\nresource_types = " + list_of({"types-device"}) + '\n' + std::move(toml);
}
std::string with_badges(std::string toml) {
  return "schemas = " + list_of({"BadgeUser"}) + "\nresource_types = " + list_of({"types-user"}) + '\n' + std::move(toml);
}

Json device(const std::string& address) {
  return {{"schemas", {kDevice, kBle}},
          {"displayName", "Monitor " + address},
          {"externalId", "ext-" + address},
          {"active", true},
          {"mudUrl", "https://example.com/mud"},
          {kBle,
           {{"versionSupport", {"5.3", "5.4"}},
            {"deviceMacAddress", address},
            {"isRandom", false},
            {"irk", "0123456789abcdef"},
            {"pairingMethods", {"urn:example:JustWorks"}},
            {"firstSeen", "2026-01-01T00:00:00Z"}}}};
}

class Devices : public ::testing::TestWithParam<const char*> {
 protected:
  std::string made(const std::string& address) {
    const Answer answer = app_.ask("POST", "/Devices", device(address));
    EXPECT_EQ(answer.status, 201) << answer.body.dump();
    return "/Devices/" + answer.id();
  }
  Json one(const char* op, const std::string& path, Json value) {
    return Json::array({{{"op", op}, {"path", path}, {"value", std::move(value)}}});
  }

  Application app_{GetParam(), with_devices};
};

// Requirements: D-11, D-12
TEST_P(Devices, DiscoveryShowsWhatIsStored) {
  const Json types = app_.ask("GET", "/ResourceTypes").body["Resources"];
  std::vector<std::string> names;
  for (const Json& type : types) {
    names.push_back(type["name"].get<std::string>());
    EXPECT_EQ(app_.ask("GET", "/Schemas/" + type["schema"].get<std::string>()).status, 200);
    for (const Json& extension : type.value("schemaExtensions", Json::array())) {
      EXPECT_EQ(app_.ask("GET", "/Schemas/" + extension["schema"].get<std::string>()).status, 200) << extension;
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{"User", "Group", "Device", "EndpointApp"}));
  const Json type = app_.ask("GET", "/ResourceTypes/Device").body;
  EXPECT_EQ(type["endpoint"], "/Devices");
  EXPECT_EQ(type["meta"]["location"], "https://example.com/v2/ResourceTypes/Device");
  EXPECT_EQ(type["schemaExtensions"], Json::array({{{"schema", kBle}, {"required", true}}, {{"schema", kApps}, {"required", false}}}));
  const Json schema = app_.ask("GET", "/Schemas/" + kBle).body;
  EXPECT_EQ(schema["attributes"].size(), 8U);
  EXPECT_EQ(schema["attributes"][1]["uniqueness"], "global");
  EXPECT_EQ(app_.ask("GET", "/Schemas/" + kBadge).status, 404) << "declared, but of no type";
}

// Requirements: C-1, C-8, EX-1, EX-2
TEST_P(Devices, NothingThatIsSentIsLost) {
  const Json sent = device("AA:BB:CC:00:00:01");
  const Answer answer = app_.ask("POST", "/Devices", sent);
  ASSERT_EQ(answer.status, 201) << answer.body.dump();
  Json shown = app_.ask("GET", "/Devices/" + answer.id()).body;
  EXPECT_EQ(shown, answer.body);
  EXPECT_EQ(shown["meta"]["resourceType"], "Device");
  EXPECT_EQ(shown["meta"]["location"], "https://example.com/v2/Devices/" + answer.id());
  Json expected = sent;
  expected[kBle].erase("irk");  // never returned
  for (const char* ours : {"id", "meta"}) shown.erase(ours);
  EXPECT_EQ(nlohmann::json::parse(shown.dump()), nlohmann::json::parse(expected.dump()));
}

TEST_P(Devices, WhatIsStoredIsFound) {
  const std::string path = made("AA:BB:CC:00:00:01");
  Json other = device("AA:BB:CC:00:00:02");
  other["active"] = false;
  other["displayName"] = "Other";
  other[kBle]["versionSupport"] = {"4.2"};
  other[kBle]["isRandom"] = true;
  other[kBle]["firstSeen"] = "2025-01-01T00:00:00Z";
  other[kBle]["pairingMethods"] = {"urn:example:PassKey"};
  ASSERT_EQ(app_.ask("POST", "/Devices", other).status, 201);
  for (const std::string& filter :
       {std::string("displayName sw \"moni\""), std::string("active eq true"), std::string("externalId eq \"ext-AA:BB:CC:00:00:01\""),
        kBle + ":deviceMacAddress eq \"aa:bb:cc:00:00:01\"", kBle + ":isRandom eq false", kBle + ":versionSupport eq \"5.4\"",
        kBle + ":firstSeen gt \"2025-06-01T00:00:00+01:00\"", kBle + ":pairingMethods eq \"urn:example:JustWorks\""}) {
    EXPECT_EQ("/Devices/" + app_.only("/Devices", filter).value("id", ""), path) << filter;
  }
  EXPECT_EQ(app_.find("/Devices", kBle + ":pairingMethods eq \"urn:example:justworks\"").body["totalResults"], 0) << "caseExact";
  EXPECT_EQ(app_.find("/Devices", kBle + ":irk eq \"0123456789abcdef\"").status, 400) << "what is hidden cannot be guessed at";
}

// Requirements: C-9, EX-5
TEST_P(Devices, WhatIsRequiredIs) {
  Json body = device("AA:BB:CC:00:00:01");
  body.erase(kBle);
  Answer answer = app_.ask("POST", "/Devices", body);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.scim_type(), "invalidValue");
  body = device("AA:BB:CC:00:00:01");
  body[kBle].erase("deviceMacAddress");
  answer = app_.ask("POST", "/Devices", body);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.detail(), kBle + ":deviceMacAddress: is required");
  body = device("AA:BB:CC:00:00:01");
  body.erase("active");
  EXPECT_EQ(app_.ask("POST", "/Devices", body).status, 400);
}

// Requirements: H-21, C-7
TEST_P(Devices, AnAddressIsGivenOnce) {
  made("AA:BB:CC:00:00:01");
  const std::string second = made("AA:BB:CC:00:00:02");
  Answer answer = app_.ask("POST", "/Devices", device("aa:bb:cc:00:00:01"));
  EXPECT_EQ(answer.status, 409) << answer.body.dump();
  EXPECT_EQ(answer.scim_type(), "uniqueness");
  EXPECT_NE(answer.detail().find("deviceMacAddress"), std::string::npos) << answer.detail();
  answer = app_.patch(second, one("replace", kBle + ":deviceMacAddress", "AA:bb:CC:00:00:01"));
  EXPECT_EQ(answer.status, 409) << answer.body.dump();
  answer = app_.ask("PUT", second, device("AA:BB:CC:00:00:01"));
  EXPECT_EQ(answer.status, 409) << answer.body.dump();
  EXPECT_EQ(app_.patch(second, one("replace", kBle + ":deviceMacAddress", "aa:bb:cc:00:00:02")).status, 200) << "its own";
}

// Requirements: EX-4
TEST_P(Devices, PatchReachesIntoExtensions) {
  const std::string path = made("AA:BB:CC:00:00:01");
  Answer answer = app_.patch(path, one("replace", kBle + ":isRandom", true));
  ASSERT_EQ(answer.status, 200) << answer.body.dump();
  EXPECT_EQ(answer.body[kBle]["isRandom"], true);
  answer = app_.patch(path, one("add", kBle + ":versionSupport", {"4.2"}));
  EXPECT_EQ(answer.body[kBle]["versionSupport"], Json::array({"5.3", "5.4", "4.2"})) << answer.body.dump();
  answer = app_.patch(path, one("add", kApps + ":applications", Json::array({{{"value", "app1"}}})));
  EXPECT_EQ(answer.body[kApps]["applications"], Json::array({{{"value", "app1"}}})) << answer.body.dump();
  EXPECT_EQ(answer.body["schemas"], Json::array({kDevice, kBle, kApps}));
  answer = app_.patch(path, Json::array({{{"op", "remove"}, {"path", kBle + ":deviceMacAddress"}}}));
  EXPECT_EQ(answer.status, 400) << "required";
  answer = app_.patch(path, one("replace", kBle + ":firstSeen", "2027-01-01T00:00:00Z"));
  EXPECT_EQ(answer.scim_type(), "mutability") << "immutable";
  answer = app_.patch(path, Json::array({{{"op", "remove"}, {"path", kApps}}}));
  EXPECT_EQ(answer.body["schemas"], Json::array({kDevice, kBle})) << answer.body.dump();
}

TEST_P(Devices, PutReplaces) {
  const std::string path = made("AA:BB:CC:00:00:01");
  Json body = device("AA:BB:CC:00:00:09");
  for (const char* gone : {"displayName", "mudUrl"}) body.erase(gone);
  for (const char* gone : {"irk", "pairingMethods", "firstSeen"}) body[kBle].erase(gone);
  const Answer answer = app_.ask("PUT", path, body);
  ASSERT_EQ(answer.status, 200) << answer.body.dump();
  EXPECT_FALSE(answer.body.contains("displayName"));
  EXPECT_FALSE(answer.body[kBle].contains("pairingMethods"));
  EXPECT_EQ(answer.body[kBle]["firstSeen"], "2026-01-01T00:00:00Z") << "immutable: it stays";
  EXPECT_EQ(app_.ask("PUT", path, body).version, answer.version) << "nothing has changed";
}

/// `returned: request` comes when it is asked for, `never` is kept all the same.
TEST_P(Devices, WhatIsReturned) {
  Json body = device("AA:BB:CC:00:00:01");
  body[kApps]["telemetryEnterpriseEndpoint"] = "https://example.com/telemetry";
  const std::string path = "/Devices/" + app_.ask("POST", "/Devices", body).id();
  EXPECT_FALSE(app_.ask("GET", path).body.contains(kApps));
  EXPECT_EQ(app_.ask("GET", path + "?attributes=" + kApps + ":telemetryEnterpriseEndpoint").body[kApps]["telemetryEnterpriseEndpoint"],
            "https://example.com/telemetry");
  EXPECT_EQ(app_.ask("GET", path + "?attributes=" + kBle + ":irk").body.contains(kBle), false);
  EXPECT_EQ(app_.rows("SELECT x_urn_ietf_params_scim_schemas_extension_ble_2_0_device_irk r FROM scim_type_device"), "'0123456789abcdef'");
}

TEST_P(Devices, DeleteRemoves) {
  const std::string path = made("AA:BB:CC:00:00:01");
  EXPECT_EQ(app_.ask("DELETE", path).status, 204);
  EXPECT_EQ(app_.ask("GET", path).status, 404);
  EXPECT_EQ(app_.ask("POST", "/Devices", device("AA:BB:CC:00:00:01")).status, 201);
}

INSTANTIATE_TEST_SUITE_P(Store, Devices, ::testing::Values("embedded", "flat", "children"),
                         [](const auto& store) { return std::string(store.param); });

// --- A table of the application --------------------------------------------------------------------------------------

const char* const kInventory = R"(CREATE TABLE device (number INTEGER PRIMARY KEY, name TEXT, on_line INTEGER NOT NULL DEFAULT 1, mac TEXT NOT NULL UNIQUE COLLATE NOCASE);
INSERT INTO device VALUES (1, 'Old', 0, 'AA:00');
CREATE TABLE person (number INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE);)";
const char* const kInventoryMap = R"([database]
url = "sqlite:@DB@"
[device]
table = "device"
key = "number"
#device#
[device.map]
displayName = "name"
active = "on_line"
"urn:ietf:params:scim:schemas:extension:ble:2.0:Device:deviceMacAddress" = { column = "mac", fold = "column", unique = true }
[person]
type = "User"
table = "person"
key = "number"
extensions = ["urn:example:params:scim:schemas:extension:badge:2.0:User"]
[person.map]
userName = "login"
)";

TEST(MappedDevices, LiveInTheTableOfTheApplication) {
  Application app(kInventory, with_devices(kInventoryMap));
  EXPECT_EQ(app.only("/Devices", "displayName eq \"old\"")[kBle], Json({{"deviceMacAddress", "AA:00"}}));
  const Answer made = app.ask("POST", "/Devices", device("BB:01"));
  ASSERT_EQ(made.status, 201) << made.body.dump();
  EXPECT_EQ(made.body[kBle]["versionSupport"], Json::array({"5.3", "5.4"})) << "beside the table";
  EXPECT_EQ(app.rows("SELECT number || mac r FROM device"), "'1AA:00';'2BB:01'");
  EXPECT_EQ(app.only("/Devices", kBle + ":versionSupport eq \"5.4\" and " + kBle + ":deviceMacAddress eq \"bb:01\"").value("id", ""), made.id());
  EXPECT_EQ(app.ask("POST", "/Devices", device("bb:01")).scim_type(), "uniqueness");
  EXPECT_EQ(app.ask("DELETE", "/Devices/" + made.id()).status, 204);
  EXPECT_EQ(app.rows("SELECT number r FROM device"), "1") << "no user: it goes";
  EXPECT_EQ(app.ask("GET", "/ResourceTypes/Group").status, 404) << "nothing maps groups";
  EXPECT_EQ(app.ask("GET", "/Schemas/" + std::string(urn::kGroup)).status, 404);
  const Json app_made = {{"schemas", {"urn:ietf:params:scim:schemas:core:2.0:EndpointApp"}}, {"applicationType", "telemetry"}, {"applicationName", "T"}};
  EXPECT_EQ(app.ask("POST", "/EndpointApps", app_made).status, 201) << "without a section, in a table of ours";
  EXPECT_EQ(app.ask("POST", "/EndpointApps", app_made).status, 409);
}

TEST(MappedDevices, StayIfTheSectionSaysSo) {
  std::string map = kInventoryMap;
  map.replace(map.find("#device#"), 8, "delete = \"deactivate\"");
  Application app(kInventory, with_devices(map));
  const std::string path = "/Devices/" + app.ask("POST", "/Devices", device("BB:01")).id();
  EXPECT_EQ(app.ask("DELETE", path).status, 204);
  EXPECT_EQ(app.ask("GET", path).status, 404);
  EXPECT_EQ(app.rows("SELECT mac || on_line r FROM device"), "'AA:000';'BB:010'");
}

TEST(MappedDevices, NothingIsPromisedThatNobodyChecks) {
  Application app(kInventory, with_devices(kInventoryMap));
  const Json badge = app.ask("GET", "/Schemas/" + kBadge).body["attributes"];
  EXPECT_FALSE(badge[0].contains("uniqueness")) << "in the document: " << badge[0];
  const Json ble = app.ask("GET", "/Schemas/" + kBle).body["attributes"];
  EXPECT_EQ(ble[1]["uniqueness"], "global") << "a column";
  for (const Json& attribute : ble) EXPECT_NE(attribute["name"], "irk") << "never returned, and without a column: not kept";
}

// --- Extensions of users in the embedded store -----------------------------------------------------------------------

TEST(Badges, LiveBesideTheUser) {
  Application app("embedded", with_badges);
  const Json badge = {{"number", 7}, {"doors", {"Front", "Lab"}}, {"issuer", {{"name", "HR"}, {"on", "2026-01-01T00:00:00Z"}}}};
  Json body = {{"schemas", {urn::kUser, kBadge}}, {"userName", "ada"}, {kBadge, badge}};
  body[kBadge]["pin"] = "1234";
  const Answer made = app.ask("POST", "/Users", body);
  ASSERT_EQ(made.status, 201) << made.body.dump();
  EXPECT_EQ(made.body[kBadge], badge);
  EXPECT_EQ(made.body["schemas"], Json::array({urn::kUser, kBadge}));
  for (const char* filter : {":number eq 7", ":doors eq \"lab\"", ":issuer.name sw \"h\"", ":issuer.on gt \"2025-01-01T00:00:00Z\""}) {
    EXPECT_EQ(app.only("/Users", kBadge + filter).value("id", ""), made.id()) << filter;
  }
  body["userName"] = "bob";
  Answer answer = app.ask("POST", "/Users", body);
  EXPECT_EQ(answer.status, 409) << answer.body.dump();
  EXPECT_EQ(answer.detail(), kBadge + ":number is already in use");
  body[kBadge]["number"] = 8;
  ASSERT_EQ(app.ask("POST", "/Users", body).status, 201);
  answer = app.patch("/Users/" + made.id(), Json::array({{{"op", "replace"}, {"path", kBadge + ":number"}, {"value", 8}}}));
  EXPECT_EQ(answer.scim_type(), "uniqueness") << answer.body.dump();
  answer = app.patch("/Users/" + made.id(), Json::array({{{"op", "remove"}, {"path", kBadge}}}));
  EXPECT_EQ(answer.body["schemas"], Json::array({urn::kUser})) << answer.body.dump();
  EXPECT_EQ(app.rows("SELECT x_urn_example_params_scim_schemas_extension_badge_2_0_user_pin r FROM users WHERE user_name = 'ada'"), "NULL");
}

TEST(Badges, AreKeptWhileNobodyDeclaresThem) {
  Application app("embedded", with_badges);
  const Json body = {{"schemas", {urn::kUser, kBadge}}, {"userName", "ada"}, {kBadge, {{"number", 7}, {"doors", {"Lab"}}}}};
  const std::string path = "/Users/" + app.ask("POST", "/Users", body).id();
  const std::string plain = "[database]\nurl = \"sqlite:@DB@\"\n";
  ASSERT_TRUE(app.restart(plain));
  const Answer without = app.ask("PUT", path, {{"schemas", {urn::kUser}}, {"userName", "ada"}, {"title", "Countess"}});
  ASSERT_EQ(without.status, 200) << without.body.dump();
  EXPECT_FALSE(without.body.contains(kBadge));
  ASSERT_TRUE(app.restart(with_badges(plain)));
  EXPECT_EQ(app.ask("GET", path).body[kBadge], body[kBadge]);
}

TEST(Badges, TheRestOfAUserIsAsItWas) {
  Application plain("embedded");
  Application badges("embedded", with_badges);
  for (const char* path : {"/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "/Schemas/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                           "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group", "/ResourceTypes/Group"}) {
    EXPECT_EQ(badges.ask("GET", path).body, plain.ask("GET", path).body) << path;
  }
}

// --- A definition that changes ---------------------------------------------------------------------------------------

class Evolution : public ::testing::Test {
 protected:
  static constexpr const char* kUrn = "urn:example:Thing";

  Evolution() { write("[]", "[]"); }

  /// The attributes of the schema and of its extension, as RFC 7643 section 7 has them.
  void write(const std::string& attributes, const std::string& extension) {
    file("schemas.json", R"([{"id":"urn:example:Thing","name":"Thing","attributes":)" + attributes +
                             R"(},{"id":"urn:example:More","name":"More","attributes":)" + extension + "}]");
    file("types.json", R"({"name":"Thing","endpoint":"/Things","schema":"urn:example:Thing",
                           "schemaExtensions":[{"schema":"urn:example:More","required":false}]})");
  }
  void file(const std::string& name, const std::string& text) { std::ofstream(dir_.file(name)) << text; }
  std::string toml() const {
    return "schemas = [\"" + dir_.file("schemas.json") + "\"]\nresource_types = [\"" + dir_.file("types.json") +
           "\"]\n[database]\nurl = \"sqlite:@DB@\"\n";
  }
  std::string start(const std::string& attributes, const std::string& extension = "[]") {
    write(attributes, extension);
    const auto started = app_.restart(toml());
    return started ? "" : started.error().detail;
  }
  std::string made(Json body) {
    body["schemas"] = {kUrn};
    const Answer answer = app_.ask("POST", "/Things", body);
    EXPECT_EQ(answer.status, 201) << answer.body.dump();
    return "/Things/" + answer.id();
  }
  int status_of(Json body) {
    body["schemas"] = {kUrn};
    return app_.ask("POST", "/Things", body).status;
  }

  TempDir dir_;
  Application app_{"embedded"};
};

const char* const kFree = R"([{"name":"code","type":"string"},{"name":"note","type":"string"}])";
const char* const kUnique = R"([{"name":"code","type":"string","uniqueness":"server"},{"name":"note","type":"string"}])";
const char* const kExact = R"([{"name":"code","type":"string","uniqueness":"server","caseExact":true},{"name":"note","type":"string"}])";

TEST_F(Evolution, AttributesComeAndGoAndNothingIsLost) {
  ASSERT_EQ(start(kFree), "");
  const std::string path = made({{"code", "A"}, {"note", "n"}});
  ASSERT_EQ(start(R"([{"name":"code","type":"string"},{"name":"size","type":"integer"}])"), "");
  EXPECT_FALSE(app_.ask("GET", path).body.contains("note"));
  EXPECT_EQ(app_.patch(path, Json::array({{{"op", "add"}, {"path", "size"}, {"value", 3}}})).body["size"], 3);
  ASSERT_EQ(start(kFree), "");
  EXPECT_EQ(app_.ask("GET", path).body["note"], "n");
}

TEST_F(Evolution, ValuesBecomeUniqueAndFreeAgain) {
  ASSERT_EQ(start(kFree), "");
  const std::string path = made({{"code", "Ab"}, {"note", "n"}});
  ASSERT_EQ(start(kUnique), "");
  EXPECT_EQ(app_.ask("GET", path).body["code"], "Ab");
  EXPECT_EQ(app_.rows("SELECT document r FROM scim_type_thing"), R"('{"note":"n"}')");
  EXPECT_EQ(status_of({{"code", "aB"}}), 409);
  ASSERT_EQ(start(kExact), "");
  EXPECT_EQ(status_of({{"code", "aB"}}), 201);
  EXPECT_EQ(status_of({{"code", "Ab"}}), 409);
  EXPECT_NE(start(kUnique).find("code is to be unique, but several resources have \"Ab\": change them first"), std::string::npos);
  ASSERT_EQ(start(kExact), "") << "a refused start has changed nothing";
  ASSERT_EQ(start(kFree), "");
  EXPECT_EQ(app_.ask("GET", path).body["code"], "Ab");
  EXPECT_EQ(status_of({{"code", "Ab"}}), 201);
  EXPECT_NE(start(kExact).find("several resources have \"Ab\""), std::string::npos);
}

TEST_F(Evolution, ExtensionsAndSubAttributesMoveToo) {
  const char* const free = R"([{"name":"box","type":"complex","subAttributes":[{"name":"serial","type":"integer"},{"name":"colour","type":"string"}]}])";
  const char* const unique = R"([{"name":"box","type":"complex","subAttributes":[{"name":"serial","type":"integer","uniqueness":"server"},{"name":"colour","type":"string"}]}])";
  ASSERT_EQ(start("[]", free), "");
  const Json box = {{"serial", 7}, {"colour", "red"}};
  const std::string path = made({{"urn:example:More", {{"box", box}}}});
  const std::string bare = made({{"urn:example:More", {{"box", {{"serial", 8}}}}}});
  ASSERT_EQ(start("[]", unique), "");
  EXPECT_EQ(app_.ask("GET", path).body["urn:example:More"]["box"], box);
  EXPECT_EQ(app_.only("/Things", "urn:example:More:box.serial eq 8").value("id", ""), bare.substr(8));
  EXPECT_EQ(status_of({{"urn:example:More", {{"box", {{"serial", 7}}}}}}), 409);
  ASSERT_EQ(start("[]", free), "");
  EXPECT_EQ(app_.ask("GET", path).body["urn:example:More"]["box"], box);
  EXPECT_EQ(app_.ask("GET", bare).body["urn:example:More"]["box"], Json({{"serial", 8}}));
}

/// A list like Group.members, of a type without a table for it: ids, as they come.
TEST_F(Evolution, MembershipsWithoutATableAreListsOfIds) {
  ASSERT_EQ(start(R"([{"name":"members","type":"complex","multiValued":true,"subAttributes":[
                       {"name":"value","mutability":"immutable","caseExact":true},{"name":"$ref","type":"reference","mutability":"readOnly"}]}])"), "");
  const auto ids = [](const std::vector<std::string>& values) {
    Json list = Json::array();
    for (const std::string& value : values) list.push_back({{"value", value}});
    return list;
  };
  const std::string path = made({{"members", ids({"a", "b"})}});
  Answer answer = app_.patch(path, Json::array({{{"op", "add"}, {"path", "members"}, {"value", ids({"c", "a"})}}}));
  EXPECT_EQ(answer.body["members"], ids({"a", "b", "c"})) << answer.body.dump();
  answer = app_.patch(path, Json::array({{{"op", "remove"}, {"path", "members[value eq \"b\"]"}}}));
  EXPECT_EQ(answer.body["members"], ids({"a", "c"})) << answer.body.dump();
  EXPECT_EQ(app_.only("/Things", "members.value eq \"c\"").value("id", ""), path.substr(8));
  answer = app_.ask("PUT", path, {{"schemas", {kUrn}}, {"members", ids({"c", "d"})}});
  EXPECT_EQ(answer.body["members"], ids({"c", "d"})) << answer.body.dump();
  answer = app_.patch(path, Json::array({{{"op", "replace"}, {"path", "members"}, {"value", ids({"e"})}}}));
  EXPECT_EQ(answer.body["members"], ids({"e"})) << answer.body.dump();
  answer = app_.patch(path, Json::array({{{"op", "remove"}, {"path", "members"}}}));
  EXPECT_FALSE(answer.body.contains("members")) << answer.body.dump();
}

TEST_F(Evolution, AnotherTypeNeedsAnotherName) {
  ASSERT_EQ(start(kFree), "");
  EXPECT_EQ(start(R"([{"name":"code","type":"integer"}])"), "") << "there are no values yet";
  const std::string path = made({{"code", 5}});
  for (const char* attributes : {kFree, kUnique, R"([{"name":"code","type":"integer","multiValued":true}])", R"([{"name":"Code","type":"integer"}])",
                                 R"([{"name":"code","type":"complex","subAttributes":[{"name":"x"}]}])"}) {
    const std::string refused = start(attributes);
    EXPECT_NE(refused.find("and 1 resources have a value"), std::string::npos) << attributes << ": " << refused;
  }
  ASSERT_EQ(start(R"([{"name":"code","type":"integer","uniqueness":"server"}])"), "");
  EXPECT_EQ(app_.ask("GET", path).body["code"], 5);
}

TEST_F(Evolution, AStartThatChangesNothingNeedsNoWriteLock) {
  ASSERT_EQ(start(kUnique), "");
  const auto another = app_.open_another();
  const auto held = another->begin(Store::Mode::write);
  ASSERT_TRUE(held);
  const auto started = app_.restart(toml() + "busy_timeout_ms = 1\n");
  EXPECT_TRUE(started) << started.error().detail;
}

TEST_F(Evolution, ManyProcessesMayStartAtOnce) {
  ASSERT_EQ(start(kFree), "");
  for (int i = 0; i < 20; ++i) made({{"code", "c" + std::to_string(i)}});
  write(kUnique, "[]");
  const Config config = app_.config();
  std::vector<std::string> errors(6);
  std::vector<std::thread> threads;
  for (std::string& error : errors) {
    threads.emplace_back([&] {
      FrozenEnv env;
      auto served = sql::load_served(config).value();
      const auto store = sql::open_store(config, served.mapping, env);
      if (!store) error = store.error().detail;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& error : errors) EXPECT_EQ(error, "");
  ASSERT_EQ(start(kUnique), "");
  EXPECT_EQ(status_of({{"code", "C7"}}), 409);
}

TEST_F(Evolution, ATableOfThatNameThatIsNotOurs) {
  app_.run("CREATE TABLE scim_type_thing (mine TEXT)");
  EXPECT_NE(start(kFree).find("has a table \"scim_type_thing\" that scimctl has not made"), std::string::npos);
}

// --- What cannot be --------------------------------------------------------------------------------------------------

struct Bad {
  const char* schemas;  ///< the attributes of urn:example:Thing, or what begins with { or [{"id": the whole file
  const char* type;     ///< members that are put over those of a good type
  const char* expected;
};

class BadDefinitions : public Evolution {};

// Requirements: D-13, D-19, H-2
TEST_F(BadDefinitions, AreRefusedWithFilePathAndReason) {
  const Bad bad[] = {
      {"[]", R"({"name":"User"})", "types.json: schema: the base schema of a User is"},
      {"[]", R"({"name":"user"})", "types.json: name: \"user\" is taken"},
      {"[]", R"({"name":"Schema"})", "types.json: name: \"Schema\" is a document of discovery"},
      {"[]", R"({"name":"Token"})", "types.json: name: \"Token\" is what the audit log calls something else"},
      {"[]", R"({"name":"1"})", "types.json: name: \"1\" must be a letter"},
      {"[]", R"({"name":7})", "types.json: name: must be a string"},
      {"[]", R"({"endpoint":"/Users"})", "types.json: endpoint: \"/Users\" is taken by User"},
      {"[]", R"({"endpoint":"Things"})", "types.json: endpoint: \"Things\" must be a slash and one name"},
      {"[]", R"({"endpoint":"/a/b"})", "types.json: endpoint: \"/a/b\" must be a slash and one name"},
      {"[]", R"({"endpoint":"/Schemas"})", "types.json: endpoint: \"/Schemas\" belongs to the protocol"},
      {"[]", R"({"endpoint":"/resourcetypes"})", "belongs to the protocol"},
      {"[]", R"({"endpoint":"/ServiceProviderConfig"})", "belongs to the protocol"},
      {"[]", R"({"endpoint":"/Bulk"})", "belongs to the protocol"},
      {"[]", R"({"endpoint":"/Me"})", "belongs to the protocol"},
      {"[]", R"({"endpoint":"/.search"})", "belongs to the protocol"},
      {"[]", R"({"schema":"urn:example:None"})", "types.json: schema: \"urn:example:None\" is not declared"},
      {"[]", R"({"schemaExtensions":[{"schema":"urn:example:None"}]})", "types.json: schemaExtensions[0].schema: \"urn:example:None\" is not declared"},
      {"[]", R"({"schemaExtensions":[{"schema":"urn:example:Thing"}]})", "schemaExtensions[0].schema: \"urn:example:Thing\" is the base schema"},
      {"[]", R"({"schemaExtensions":[{"schema":"urn:example:More"},{"schema":"URN:example:More"}]})", "schemaExtensions[1].schema: \"URN:example:More\" stands there twice"},
      {"[]", R"({"schemaExtensions":[{"schema":"urn:example:More","required":1}]})", "schemaExtensions[0].required: must be true or false"},
      {R"([{"name":"a b"}])", "{}", "schemas.json: [0] urn:example:Thing: attributes[0]: name must be an attribute name"},
      {R"([{"name":"a"},{"name":"A"}])", "{}", "attributes[1]: the attribute \"A\" stands there twice"},
      {R"([{"name":"a","type":"text"}])", "{}", "attributes[0]: type must be one of string, boolean"},
      {R"([{"name":"a","mutability":"x"}])", "{}", "attributes[0]: mutability must be one of readOnly"},
      {R"([{"name":"a","type":"complex"}])", "{}", "attributes[0]: a complex attribute needs subAttributes"},
      {R"([{"name":"a","type":"complex","subAttributes":[]}])", "{}", "attributes[0].subAttributes: must not be empty"},
      {R"([{"name":"a","type":"complex","subAttributes":[{"name":"b","type":"complex","subAttributes":[{"name":"c"}]}]}])", "{}",
       "attributes[0].subAttributes[0].type: sub-attributes are never complex"},
      {R"([{"name":"ID"}])", "{}", "types.json: schema: urn:example:Thing: attributes[0].name: \"ID\" is what every resource has already"},
      {R"([{"name":"meta","type":"complex","subAttributes":[{"name":"x"}]}])", "{}", "\"meta\" is what every resource has already"},
      {R"([{"name":"a","mutability":"writeOnly"}])", "{}", "attributes[0].returned: must be never, as the attribute is writeOnly"},
      {R"([{"name":"a","returned":"never","multiValued":true}])", "{}", "attributes[0].returned: never is for single values"},
      {R"([{"name":"a","returned":"never","required":true}])", "{}", "attributes[0].required: is never returned"},
      {R"([{"name":"a","multiValued":true,"uniqueness":"server"}])", "{}", "a: uniqueness must be none"},
      {R"([{"name":"a","type":"boolean","uniqueness":"server"}])", "{}", "a: uniqueness must be none"},
  };
  for (const Bad& each : bad) {
    write(each.schemas, "[]");
    Json type = Json::parse(R"({"name":"Thing","endpoint":"/Things","schema":"urn:example:Thing","schemaExtensions":[]})");
    type.update(Json::parse(each.type));
    file("types.json", type.dump());
    const auto started = app_.restart(toml());
    ASSERT_FALSE(started) << each.schemas << each.type;
    EXPECT_NE(started.error().detail.find(each.expected), std::string::npos) << each.expected << "\n" << started.error().detail;
  }
}

TEST_F(BadDefinitions, NamesAreTakenByOtherFilesToo) {
  file("more.json", R"([{"name":"Other","endpoint":"/Others","schema":"urn:example:More"},{"name":"THING","endpoint":"/T","schema":"urn:example:More"}])");
  const std::string both = toml().replace(toml().find("types.json\""), 11, "types.json\", \"" + dir_.file("more.json") + '"');
  const auto started = app_.restart(both);
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().detail.find("more.json: [1].name: \"THING\" is taken"), std::string::npos) << started.error().detail;
  file("schemas.json", R"({"id":"urn:ietf:params:scim:schemas:core:2.0:user","attributes":[]})");
  EXPECT_NE(app_.restart(toml()).error().detail.find("is declared already"), std::string::npos);
  file("schemas.json", R"({"id":"urn:ietf:params:scim:schemas:core:2.0:Schema","attributes":[]})");
  EXPECT_NE(app_.restart(toml()).error().detail.find("is what discovery itself is described by"), std::string::npos);
}

}  // namespace
}  // namespace scim::test
