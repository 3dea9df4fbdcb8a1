// SPDX-License-Identifier: MIT
#include "cli/files/ldif.h"

#include <gtest/gtest.h>

#include <sstream>

namespace scim {
namespace {

struct Entries {
  std::vector<cli::LdifEntry> all;
  std::string faults;  // of all of them: name of the attribute, and what is wrong
  std::string error;
};

Entries read(const std::string& text) {
  std::istringstream in(text);
  cli::LdifReader reader(in);
  Entries entries;
  while (true) {
    auto entry = reader.next();
    if (!entry) entries.error = entry.error().detail;
    if (!entry || !*entry) return entries;
    entries.all.push_back(**entry);
    for (const auto& fault : (*entry)->faults) entries.faults += fault.name + "|" + fault.error.detail + "\n";
  }
}

TEST(Ldif, EntriesOfADirectory) {
  const Entries entries = read(
      "version: 1\n\n# people\n#  and more\ndn: uid=ada,ou=people,dc=example\nobjectClass: person\ncn;lang-en: Ada\n"
      "description:: w6RwZmVs\n\n\ndn:: dWlkPWJvYg==\r\nsn:Long\r\n  name\r\n");
  ASSERT_EQ(entries.error, "");
  ASSERT_EQ(entries.all.size(), 2u);
  EXPECT_EQ(entries.all[0].line, 5u);
  EXPECT_EQ(entries.all[0].dn, "uid=ada,ou=people,dc=example");
  EXPECT_EQ(*entries.all[0].find("cn"), "Ada");
  EXPECT_EQ(*entries.all[0].find("description"), "äpfel");
  EXPECT_EQ(entries.all[1].dn, "uid=bob");
  EXPECT_EQ(*entries.all[1].find("sn"), "Long name");
  EXPECT_EQ(entries.all[1].original, "dn:: dWlkPWJvYg==\nsn:Long\n  name\n");
}

TEST(Ldif, TheVersionMayStandBeforeTheFirstEntry) {
  const Entries entries = read("version: 1\ndn: uid=ada\ncn: a\n");
  ASSERT_EQ(entries.all.size(), 1u);
  EXPECT_EQ(entries.all[0].line, 2u);
}

TEST(Ldif, AFoldedCommentIsAComment) {
  const Entries entries = read("dn: uid=ada\n# one\n  two\ncn: a\n");
  ASSERT_EQ(entries.all.size(), 1u) << entries.error;
  EXPECT_EQ(entries.all[0].attributes.size(), 1u);
}

TEST(Ldif, FaultsHaveTheirLine) {
  EXPECT_EQ(read("cn: a\n").faults, "|an entry begins with its dn, not with \"cn\"\n");
  EXPECT_EQ(read("dn: uid=a\nno colon\n").faults, "|line 2: a line of LDIF is `attribute: value`, not \"no colon\"\n");
  EXPECT_EQ(read("dn: uid=a\n;x-home: b\n").faults, "|line 2: a line of LDIF is `attribute: value`, not \";x-home: b\"\n");
  EXPECT_EQ(read("dn: uid=a\ncn:: ***\n").faults, "cn|line 2: cn: is no base64\n");
  EXPECT_EQ(read("dn:: ***\n").faults, "|dn: is no base64\n");
  EXPECT_EQ(read("dn: uid=a\njpegPhoto:< file:///etc/passwd\n").faults, "jpegphoto|line 2: jpegphoto: values in other files are not read\n");
  EXPECT_EQ(read("\ndn: uid=a\nchangetype: delete\n").faults, "|line 3: only entries and additions can be imported, not \"delete\"\n");
  EXPECT_EQ(read("dn: uid=a\nchangetype: add\ncn: b\n").faults, "");
  EXPECT_EQ(read("").all.size(), 0u);
}

TEST(Ldif, WhatFollowsAnEntryWithAFaultIsRead) {
  const Entries entries = read("dn: uid=a\ncn:: ***\nsn: A\n\ndn: uid=b\n");
  ASSERT_EQ(entries.all.size(), 2u);
  EXPECT_EQ(*entries.all[0].find("sn"), "A");
  EXPECT_TRUE(entries.all[1].faults.empty());
}

TEST(Ldif, ValuesWithOptionsComeBehindAllOthers) {
  const Entries entries = read("dn: uid=a\ncn;lang-de: Äda\ncn: Ada\nmail;x-home: b@x\n");
  EXPECT_EQ(*entries.all[0].find("cn"), "Ada");
  EXPECT_EQ(*entries.all[0].find("mail"), "b@x");
}

TEST(Ldif, APortionOfTheValuesIsNotTakenForAll) {
  EXPECT_EQ(read("dn: cn=g\nmember;range=0-1499: cn=a\n").faults, "member|line 2: member;range=0-1499 has a part of the values: ask the directory for all of them\n");
  EXPECT_EQ(read("dn: cn=g\nmember;range=0-*: cn=a\n").faults, "");
}

TEST(Ldif, OneValueReplacedLeavesTheRestAsItIs) {
  const Entries entries = read("# note\ndn: cn=g\nMember;x: cn=a,\n dc=x\nmember: cn=b\ncn:: w6RwZmVs\n");
  ASSERT_EQ(entries.all.size(), 1u) << entries.error;
  const auto text = [&](const std::string& value) {
    return entries.all[0].original_with([&](const std::string& name, const std::string& old) { return name == "member" && old == "cn=a,dc=x" ? std::optional(value) : std::nullopt; });
  };
  EXPECT_EQ(text("userName=a"), "# note\ndn: cn=g\nMember;x: userName=a\nmember: cn=b\ncn:: w6RwZmVs\n");
  EXPECT_EQ(text("userName=ä"), "# note\ndn: cn=g\nMember;x:: dXNlck5hbWU9w6Q=\nmember: cn=b\ncn:: w6RwZmVs\n");
}

TEST(Ldif, NamesOfOnePartGoThereAndBack) {
  for (const std::string value : {"ada", "Smith, J+K", " # \"a\"=\\<b> ", "ä;b", "\\"}) {
    EXPECT_EQ(cli::one_part_value(cli::one_part_dn("userName", value), "username"), value) << cli::one_part_dn("userName", value);
  }
  EXPECT_EQ(cli::one_part_value("userName=a,dc=x", "username"), std::nullopt);
  EXPECT_EQ(cli::one_part_value("uid=a", "username"), std::nullopt);
}

TEST(Ldif, DistinguishedNamesAreComparedByTheirParts) {
  EXPECT_EQ(cli::folded_dn("UID=Ada , OU=People,DC=x"), cli::folded_dn("uid=ada,ou=people,dc=x"));
  EXPECT_NE(cli::folded_dn("cn=a\\,b"), cli::folded_dn("cn=a,b"));
  EXPECT_EQ(cli::rdn_value("UID=Ada\\, B,ou=x", "uid"), "Ada, B");
  EXPECT_EQ(cli::rdn_value("cn=Ada,uid=x", "uid"), std::nullopt);
  EXPECT_EQ(cli::rdn_value("\\", "uid"), std::nullopt);
  EXPECT_EQ(cli::rdn_value("uid=smith\\2C j+cn=x,dc=y", "uid"), "smith, j");
  EXPECT_EQ(cli::folded_dn("cn=a\\2Cb"), cli::folded_dn("cn=a\\,b"));
}

}  // namespace
}  // namespace scim
