// SPDX-License-Identifier: MIT
// The records of files, whatever their format.
#include "cli/files/record_source.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cli/files/ldif_records.h"
#include "core/registry.h"

namespace scim {
namespace {

using cli::RecordFormat;
using namespace std::string_literals;

class RecordSource : public ::testing::Test {
 protected:
  struct Read {
    std::vector<cli::SourceRecord> records;
    std::string header;
    std::string error;
  };

  Read read(const std::string& text, const char* type = "User", cli::SourceOptions options = {"file", {}, {}}) {
    std::istringstream in(text);
    auto source = cli::open_records(in, *registry_.type_by_name(type), options);
    Read all;
    if (!source) {
      all.error = source.error().detail;
      return all;
    }
    all.header = (*source)->header();
    while (true) {
      auto record = (*source)->next();
      if (!record) all.error = record.error().detail;
      if (!record || !*record) return all;
      all.records.push_back(**record);
    }
  }
  Json body(const Read& all, std::size_t index) { return Json::parse(all.records.at(index).json.value()); }

  const Registry registry_ = Registry::standard();
};

TEST_F(RecordSource, JsonLines) {
  const Read all = read("\n {\"userName\":\"a\"}\n\n{not JSON\n");
  ASSERT_EQ(all.records.size(), 2u);
  EXPECT_EQ(all.records[0].line, 2u);
  EXPECT_EQ(all.records[1].line, 4u);
  EXPECT_EQ(*all.records[1].json, "{not JSON");  // what is wrong is that record's own
}

TEST_F(RecordSource, JsonThatIsOneDocument) {
  EXPECT_EQ(read("[{\"userName\":\"a\"},\n{\"userName\":\"b\"}]").records.size(), 2u);
  EXPECT_EQ(read("{\n  \"userName\": \"a\"\n}\n").records.size(), 1u);
  EXPECT_EQ(read("{\n \"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\n \"Resources\": [{\"userName\": \"a\"}]}").records.size(), 1u);
  EXPECT_EQ(read("{\n  \"userName\": oops\n}\n").error.substr(0, 7), "file:2:");
}

TEST_F(RecordSource, CsvKnowsWhichRecordIsWrong) {
  const Read all = read("userName,emails,active,name.givenName\na,\"[{\"\"value\"\":\"\"a@x\"\"}]\",true,\"A, \"\"B\"\"\"\nshort\nb,,,\n");
  ASSERT_EQ(all.error, "");
  ASSERT_EQ(all.records.size(), 3u);
  EXPECT_EQ(body(all, 0), Json::parse(R"({"userName":"a","emails":[{"value":"a@x"}],"active":true,"name":{"givenName":"A, \"B\""}})"));
  EXPECT_EQ(all.records[1].json.error().detail, "has 1 columns, the header has 4");
  EXPECT_EQ(all.records[1].line, 3u);
  EXPECT_EQ(all.records[0].original, "a,\"[{\"\"value\"\":\"\"a@x\"\"}]\",true,\"A, \"\"B\"\"\"\n");
  EXPECT_EQ(all.header, "userName,emails,active,name.givenName\n");
  EXPECT_EQ(body(all, 2), Json::parse(R"({"userName":"b"})"));
}

TEST_F(RecordSource, JsonOfOneDocumentHasItsLines) {
  const Read all = read("[\n {\"userName\":\"a\"},\n\n {\n\"userName\":\"b\"}]");
  ASSERT_EQ(all.records.size(), 2u);
  EXPECT_EQ(all.records[0].line, 2u);
  EXPECT_EQ(all.records[1].line, 4u);
}

TEST_F(RecordSource, RecordsThatAreTooLong) {
  const auto error = [&](const std::string& text) { return read(text, "User", {"file", {}, {}, 50'000}).error; };
  const std::string blanks(50'001, ' ');
  const std::string end = ": is longer than 50000 bytes";
  const std::string lost = end + "; from here on nothing was read: mend it, and import all of it again with --resume";
  EXPECT_EQ(error("{\"userName\":\"a\"}\n{\"userName\":\"" + blanks + "\"}\n"), "file:2" + lost);
  EXPECT_EQ(error("{\"userName\":\"" + blanks + "\"}\n"), "file:1" + lost);
  EXPECT_EQ(error("userName\na\n\"" + blanks + "\n"), "file:3" + lost);
  EXPECT_EQ(error("userName" + blanks), "file:1" + end);
  EXPECT_EQ(error("dn: uid=a\ncn: " + blanks + "\n"), "file:2" + end);
  EXPECT_EQ(error("[{\"userName\":\"a\"}" + blanks + "]"), "") << "it is no line";
  EXPECT_EQ(error("{\"userName\":\"a\"}" + blanks.substr(17)), "");
}

TEST_F(RecordSource, TextThatIsNoUtf8) {
  const std::string error = "file:1: the file is UTF-16, or no text at all: save it as UTF-8";
  EXPECT_EQ(read("\xFF\xFEu\0s\0"s).error, error);
  EXPECT_EQ(read("\xFE\xFF\0u\0s"s).error, error);
  EXPECT_EQ(read("\0{\0\"\0}"s).error, error);
  const Read all = read("userName,title\na,\xE9\nb,B\n");
  ASSERT_EQ(all.records.size(), 2u);
  EXPECT_EQ(all.records[0].json.error().detail, "column 2 is not UTF-8");
  EXPECT_EQ(all.records[0].original, "a,\xE9\n");
}

TEST_F(RecordSource, NothingIsLostBehindABrokenRecord) {
  const std::string broken = "a,\"b\nc,d\n";
  const Read all = read("userName,title\r\nx,y\r\n" + broken);
  ASSERT_EQ(all.records.size(), 2u);
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.header, "userName,title\r\n");
  EXPECT_EQ(all.records[1].json.error().detail, "a field in quotes has no end");
  EXPECT_EQ(all.records[1].line, 3u);
  EXPECT_EQ(all.records[1].original, broken);
}

TEST_F(RecordSource, SeveralAddressesInACell) {
  for (const std::string column : {"emails", "emails.value", "\"emails[type eq \"\"work\"\"].value\""}) {
    for (const std::string cell : {"a@x;b@x", "a@x; b@x", "\"a@x,b@x\""}) {
      const Read all = read("userName," + column + "\nada," + cell + "\nbob,b@x\n");
      ASSERT_EQ(all.records.size(), 2u) << column;
      ASSERT_FALSE(all.records[0].json.has_value()) << column << cell;
      EXPECT_NE(all.records[0].json.error().detail.find("column 2: \"a@x"), std::string::npos) << all.records[0].json.error().detail;
      EXPECT_TRUE(all.records[1].json.has_value());
    }
  }
  EXPECT_EQ(body(read("emails,title\n\"[{\"\"value\"\":\"\"a@x\"\"},{\"\"value\"\":\"\"b@x\"\"}]\",a@x;b@x\n"), 0),
            Json::parse(R"({"emails":[{"value":"a@x"},{"value":"b@x"}],"title":"a@x;b@x"})"));
}

TEST_F(RecordSource, CsvHeaders) {
  EXPECT_NE(read("userNmae\na\n").error.find("file:1: column 1: unknown attribute \"userNmae\" of User, did you mean userName?"), std::string::npos);
  const std::string urn = "urn:ietf:params:scim:schemas:core:2.0:User:userName";
  EXPECT_EQ(read("userName,USERNAME\na,b\n").error, "file:1: column 2: \"USERNAME\" is there twice, first as column 1, \"userName\"");
  EXPECT_EQ(read("title,userName, " + urn + "\n").error, "file:1: column 3: \" " + urn + "\" is there twice, first as column 2, \"userName\"");
  EXPECT_NE(read("emails[type eq \"\"work\"\"].value,\"emails[Type eq \"\"work\"\"].value\"\n").error, "");
  EXPECT_NE(read("\"emails[type eq \"\"work\"\"].value\",\"emails[Type  eq \"\"work\"\"].value\"\n").error.find("is there twice"), std::string::npos);
  EXPECT_EQ(read("\"emails[type eq \"\"work\"\"].value\",\"emails[type eq \"\"home\"\"].value\"\n").error, "");
  EXPECT_EQ(read("\xEF\xBB\xBFuserName\na\n").records.size(), 1u);
  EXPECT_EQ(read("").error, "file:1: is empty");
}

constexpr const char* kDirectory =
    "version: 1\n\n"
    "dn: ou=people,dc=x\nobjectClass: organizationalUnit\nou: people\n\n"
    "dn: uid=ada,ou=people,dc=x\nobjectClass: inetOrgPerson\nuid: ada\ncn: Ada L\nsn: Lovelace\ngivenName: Ada\n"
    "mail: ada@x\nmail: a@x\nl: London\nst: LDN\nemployeeNumber: 7\nmanager: cn=The Boss, ou=people, dc=x\n"
    "entryUUID: 7e0e2b5c\nuserPassword:: e1NTSEF9\n\n"
    "dn: cn=The Boss,ou=people,dc=x\nobjectClass: user\nsAMAccountName: boss\nuserAccountControl: 514\n"
    "objectGUID:: AAECAwQFBgcICQoLDA0ODw==\n\n"
    "dn: cn=staff,ou=groups,dc=x\nobjectClass: groupOfNames\ncn: staff\nmember: uid=ada,ou=people,dc=x\n"
    "member: CN=the boss,OU=people,DC=x\nmember: cn=inner,ou=groups,dc=x\n\n"
    "dn: cn=inner,ou=groups,dc=x\nobjectClass: posixGroup\ncn: inner\nmemberUid: ada\n";

TEST_F(RecordSource, PeopleOfADirectory) {
  const Read all = read(kDirectory);
  ASSERT_EQ(all.error, "");
  ASSERT_EQ(all.records.size(), 2u);
  EXPECT_EQ(body(all, 0), Json::parse(R"({
    "userName":"ada","externalId":"7e0e2b5c","displayName":"Ada L","name":{"givenName":"Ada","familyName":"Lovelace"},
    "emails":[{"value":"ada@x","type":"work","primary":true},{"value":"a@x","type":"work"}],
    "addresses":[{"locality":"London","type":"work","region":"LDN"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"7","manager":{"value":"userName=boss"}}})"))
      << *all.records[0].json;
  EXPECT_EQ(body(all, 1), Json::parse(R"({"userName":"boss","externalId":"03020100-0504-0706-0809-0a0b0c0d0e0f","active":false})"));
  EXPECT_EQ(all.records[1].line, 22u);
  EXPECT_EQ(all.records[1].original.substr(0, 12), "dn: cn=The B");
}

TEST_F(RecordSource, GroupsOfADirectory) {
  const Read all = read(kDirectory, "Group");
  ASSERT_EQ(all.records.size(), 2u);
  EXPECT_EQ(body(all, 0), Json::parse(R"({"displayName":"staff","members":[{"value":"userName=ada"},{"value":"userName=boss"},{"value":"displayName=inner"}]})"));
  EXPECT_EQ(body(all, 1), Json::parse(R"({"displayName":"inner","members":[{"value":"userName=ada"}]})"));
}

TEST_F(RecordSource, AnEntryByItselfRefersByName) {
  const std::string text = std::string(kDirectory) + "\ndn: uid=ada,ou=people,dc=x\nuid: other\n";
  const Read groups = read(text, "Group");
  const Read alone = read(groups.records[0].original, "Group");
  ASSERT_EQ(alone.records.size(), 1u) << groups.records[0].original;
  EXPECT_EQ(body(alone, 0), body(groups, 0));
  const Read users = read(text);
  EXPECT_EQ(body(read(users.records[0].original), 0), body(users, 0));
  ASSERT_EQ(users.records.size(), 3u);
  EXPECT_EQ(users.records[2].json.error().detail, "its dn is that of line 7");
}

TEST_F(RecordSource, FaultsOfLdifAreOfTheirEntry) {
  const Read all = read(
      "dn: uid=a\nuid: a\njpegPhoto:< file:///etc/passwd\n\ndn: uid=b\nuid: b\nmail:< file:///etc/passwd\n\n"
      "dn: uid=c\nchangetype: modify\nreplace: mail\nmail: c@x\n-\n\ndn: uid=d\nuid: d\ntitle:: 6Q==\n\ndn: uid=e\nuid:: 6Q==\n\ndn: ou=x\nou:: *\n");
  ASSERT_EQ(all.records.size(), 5u) << all.error;
  EXPECT_EQ(body(all, 0), Json::parse(R"({"userName":"a"})")) << "nobody looks at the photo";
  EXPECT_EQ(all.records[1].json.error().detail, "line 7: mail: values in other files are not read");
  EXPECT_EQ(all.records[2].json.error().detail, "line 10: only entries and additions can be imported, not \"modify\"");
  EXPECT_EQ(all.records[3].json.error().detail, "title is not UTF-8");
  EXPECT_EQ(all.records[4].json.error().detail, "uid is not UTF-8");
  EXPECT_EQ(all.records[2].original, "dn: uid=c\nchangetype: modify\nreplace: mail\nmail: c@x\n-\n\n");
}

TEST_F(RecordSource, AMemberThatTheFileDoesNotHave) {
  const Read all = read("dn: cn=g\nobjectClass: group\ncn: g\nmember: cn=Somebody,dc=x\n\ndn: cn=h\nobjectClass: group\ncn: h\nmember: uid=ada,dc=x\n", "Group");
  ASSERT_EQ(all.records.size(), 2u);
  EXPECT_NE(all.records[0].json.error().detail.find("\"cn=Somebody,dc=x\" is not in this file"), std::string::npos);
  EXPECT_EQ(body(all, 1)["members"][0]["value"], "userName=ada");
}

TEST(LdapRows, StandInTheManualInTheirOrder) {
  std::ifstream stream(std::string(SCIMCTL_TEST_DATA) + "/../../man/scimctl.1");
  const std::string page{std::istreambuf_iterator<char>(stream), {}};
  std::string table;
  for (const cli::LdapRow& row : cli::ldap_user_rows()) {
    table.append(row.ldap).append("\t").append(row.path).append(row.type.empty() ? "" : ", type ").append(row.type).append("\n");
  }
  EXPECT_NE(page.find("\n" + table + ".Ed\n"), std::string::npos) << table;
}

TEST_F(RecordSource, LdapNamesThatAreChosenComeFirst) {
  const std::string text =
      "dn: cn=a\nuid: a\nmail: a@x\nroomNumber: 7\n\ndn: cn=g\nobjectClass: group\ncn: g\nmember: cn=a\n";
  const cli::SourceOptions options{"people.ldif", {}, {{"mail", "userName"}, {"roomNumber", "title"}}};
  EXPECT_EQ(body(read(text, "User", options), 0), Json::parse(R"({"userName":"a@x","title":"7","emails":[{"value":"a@x","type":"work","primary":true}]})"));
  EXPECT_EQ(body(read(text, "Group", {"people.ldif", {}, {{"mail", "userName"}}}), 0)["members"][0]["value"], "userName=a@x");
  EXPECT_NE(read(text, "User", {"people.ldif", {}, {{"mail", "userNmae"}}}).error.find("did you mean userName?"), std::string::npos);
}

}  // namespace
}  // namespace scim
