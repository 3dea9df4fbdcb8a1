// SPDX-License-Identifier: MIT
#include "cli/ldif.h"

#include <gtest/gtest.h>

#include <sstream>

namespace scim {
namespace {

struct Entries {
  std::vector<cli::LdifEntry> all;
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

TEST(Ldif, MistakesHaveTheirLine) {
  EXPECT_EQ(read("cn: a\n").error, "1: an entry begins with its dn, not with \"cn\"");
  EXPECT_EQ(read("dn: uid=a\nno colon\n").error, "2: a line of LDIF is `attribute: value`, not \"no colon\"");
  EXPECT_EQ(read("dn: uid=a\ncn:: ***\n").error, "2: cn: is no base64");
  EXPECT_EQ(read("dn: uid=a\njpegPhoto:< file:///etc/passwd\n").error, "2: jpegphoto: values in other files are not read");
  EXPECT_EQ(read("\ndn: uid=a\nchangetype: delete\n").error, "3: only entries and additions can be imported, not \"delete\"");
  EXPECT_EQ(read("dn: uid=a\nchangetype: add\ncn: b\n").error, "");
  EXPECT_EQ(read("").all.size(), 0u);
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
