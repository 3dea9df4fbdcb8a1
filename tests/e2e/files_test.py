# SPDX-License-Identifier: MIT
"""scimctl import and export with files of every format, on the database and on a server: what comes in, what is refused and
kept for another try, what is passed over, and that export writes what import reads."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import harness

SCIMCTL = os.environ["SCIMCTL"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MANAGER = ENTERPRISE + ":manager.value"

HR = '''\
userName,name.givenName,name.familyName,emails.value,%s:employeeNumber,%s
ada,Ada,Lovelace,ada@example.com,7,userName=boss
bob,"Bob, ""B""",O'Neil,bob@example.com,8,userName=ada
boss,The,Boss,boss@example.com,1,
''' % (ENTERPRISE, MANAGER)

DIRECTORY = """\
version: 1

dn: ou=people,dc=x
objectClass: organizationalUnit
ou: people

dn: uid=ada,ou=people,dc=x
objectClass: inetOrgPerson
uid: ada
cn: Ada Lovelace
mail: ada@example.com
manager: cn=boss,ou=people,dc=x

dn: cn=boss,ou=people,dc=x
objectClass: user
sAMAccountName: boss
userAccountControl: 514

dn: cn=staff,dc=x
objectClass: groupOfNames
cn: staff
member: uid=ada,ou=people,dc=x
member: CN=Boss, OU=people, DC=x
"""

# What each attribute may be: texts that CSV and JSON must quote, lists, parts, extensions, numbers as text.
WIDE = [
    {"userName": "plain"},
    {"userName": 'q"u,o;t\te', "displayName": " two\nlines ", "title": "=1+1", "active": False},
    {"userName": "ünïcode", "displayName": "日本語 🎉", "nickName": "true", "locale": "007", "profileUrl": "https://x/?a=b"},
    {"userName": "lists", "emails": [{"value": "a@x", "type": "work", "primary": True}, {"value": "b@x", "display": 'B, "b"'}],
     "phoneNumbers": [{"value": "tel:+1-201-555-0123", "type": "mobile"}],
     "addresses": [{"streetAddress": "1 Main\nSt", "locality": "L", "country": "NL", "type": "home"}],
     "ims": [{"value": "x", "type": "aim"}], "roles": [{"value": "admin"}], "entitlements": [{"value": "e", "primary": True}],
     "x509Certificates": [{"value": "AAEC"}], "photos": [{"value": "https://x/p.png", "type": "photo"}]},
    {"userName": "parts", "externalId": "e,1", "name": {"familyName": "Ö", "honorificPrefix": "Dr.", "formatted": "Dr. Ö"},
     ENTERPRISE: {"employeeNumber": "0012", "costCenter": "c", "department": "", "manager": {"value": "userName=plain"}}},
]
GROUPS = [
    {"displayName": "inner", "members": [{"value": "userName=plain"}, {"value": 'userName=q"u,o;t\te'}]},
    {"displayName": "outer, all", "externalId": "g", "members": [{"value": "displayName=inner"}, {"value": "userName=lists"}]},
    {"displayName": "empty"},
]


def lines(resources):
    return "".join(json.dumps(resource) + "\n" for resource in resources)


class FilesCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.target = ["--db", "one.db"]
        self.environment = {**os.environ, "SCIMCTL_CONFIG": "", "HOME": str(self.folder)}

    def run_cli(self, *arguments, status=0, stdin="", target=None):
        done = subprocess.run([SCIMCTL, *(target or self.target), *arguments], input=stdin, capture_output=True, text=True,
                              timeout=120, cwd=self.folder, env=self.environment)
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_cli(*arguments, "-o", "json", **options).stdout)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def read(self, name):
        return (self.folder / name).read_text()


class Anywhere:
    """The same on the database and on a server."""

    def test_csv_with_managers_who_come_later(self):
        self.run_cli("import", "users", self.write("hr.csv", HR))
        users = {user["userName"]: user for user in self.json("list", "users", "--all")["Resources"]}
        self.assertEqual(users["bob"]["name"], {"familyName": "O'Neil", "givenName": 'Bob, "B"'})
        self.assertEqual(users["ada"][ENTERPRISE]["manager"]["value"], users["boss"]["id"])
        self.assertEqual(users["bob"][ENTERPRISE]["manager"]["value"], users["ada"]["id"])

    def test_rejects_and_another_try(self):
        bad = HR + "short\nada,again,,,,\nghosted,,,,,userName=ghost\n"
        done = self.run_cli("import", "users", self.write("hr.csv", bad), "--rejects", "bad.csv", status=7)
        self.assertIn("hr.csv:5: has 1 columns, the header has 6 (invalidSyntax)", done.stderr)
        self.assertRegex(done.stderr, r'hr\.csv:6: .*"ada".*\(uniqueness\)' if self.ours else r"hr\.csv:6: ")
        self.assertIn('hr.csv:7: %s: there is no user and no group with "userName=ghost"' % MANAGER, done.stderr)
        self.assertIn("imported 4, 2 refused, 1 without a reference", done.stderr)
        self.assertEqual(self.read("bad.csv"), HR.splitlines()[0] + "\nshort\nada,again,,,,\n")
        mended = self.read("bad.csv").replace("short\n", "s,,,,,\n").replace("ada,again", "ada2,again")
        self.assertIn("imported 2", self.run_cli("import", "users", self.write("bad.csv", mended)).stderr)

    def test_resume_passes_over_who_is_there(self):
        self.run_cli("import", "users", "-", "--format", "csv", stdin="\n".join(HR.splitlines()[:3]) + "\n", status=7)
        done = self.run_cli("import", "users", self.write("hr.csv", HR.replace("\nada", "\nADA")), "--resume", "-o", "json")
        self.assertEqual(json.loads(done.stdout), {"imported": 1, "refused": 0, "skipped": 2})
        self.run_cli("import", "groups", "-", stdin=lines([{"displayName": "a"}, {"displayName": "b", "externalId": "B"}]))
        again = lines([{"displayName": "a"}, {"displayName": "other name", "externalId": "B"}, {"displayName": "c"}])
        self.assertEqual(self.json("import", "groups", "-", "--resume", stdin=again), {"imported": 1, "refused": 0, "skipped": 2})

    def test_dry_run_finds_everything_and_writes_nothing(self):
        self.run_cli("create", "users", "--user-name", "bob")
        bad = HR + "ADA,again,,,,\n{,,,,,userName=ghost\n"
        done = self.run_cli("import", "users", self.write("hr.csv", bad), "--dry-run", status=7)
        self.assertEqual([line.split(":")[2] for line in done.stderr.splitlines() if line.startswith("scimctl: hr.csv:")], ["3", "5", "6"])
        self.assertIn("would import 3, 2 refused, 1 without a reference\nscimctl: nothing was written", done.stderr)
        self.assertEqual([user["userName"] for user in self.json("list", "users", "--all")["Resources"]], ["bob"])

    def test_a_directory(self):
        ldif = self.write("directory.ldif", DIRECTORY)
        self.run_cli("import", "users", ldif)
        self.run_cli("import", "groups", ldif)
        users = {user["userName"]: user for user in self.json("list", "users", "--all")["Resources"]}
        self.assertEqual(users["ada"]["emails"], [{"value": "ada@example.com", "type": "work", "primary": True}])
        self.assertEqual(users["ada"][ENTERPRISE]["manager"]["value"], users["boss"]["id"])
        self.assertIs(users["boss"]["active"], False)
        group = self.json("get", "groups", "displayName=staff")
        self.assertEqual({member["value"] for member in group["members"]}, {users["ada"]["id"], users["boss"]["id"]})

    def test_json_that_is_no_lines(self):
        whole = json.dumps([{"userName": "a"}, {"userName": "b", "manager": 1}], indent=2)
        self.assertEqual(self.json("import", "users", "-", stdin=whole), {"imported": 2, "refused": 0})
        done = self.run_cli("import", "users", "-", status=2, stdin='{\n "userName": "c",\n}')
        self.assertIn("standard input:3: ", done.stderr)

    def test_a_rest_that_cannot_be_understood(self):
        done = self.run_cli("import", "users", self.write("hr.csv", HR + 'x,"no end\n'), status=2)
        self.assertIn("a field in quotes has no end", done.stderr)
        self.assertIn("imported 3", done.stderr)
        self.assertEqual(self.json("list", "users", "--count", "0")["totalResults"], 3)

    def test_what_is_exported_comes_back_exactly(self):
        self.run_cli("import", "users", "-", stdin=lines(WIDE))
        self.run_cli("import", "groups", "-", stdin=lines(GROUPS))
        for kind, ending in (("users", "jsonl"), ("users", "csv"), ("groups", "jsonl"), ("groups", "csv")):
            self.run_cli("export", kind, "%s.%s" % (kind, ending))
        wanted = self.read("users.jsonl"), self.read("groups.jsonl")
        names = [json.loads(line)["userName"] for line in wanted[0].splitlines()]
        self.assertEqual(names, [user["userName"] for user in WIDE])
        for ending in ("jsonl", "csv"):
            other = ["--db", ending + ".db"]
            self.run_cli("import", "users", "users." + ending, target=other)
            self.run_cli("import", "groups", "groups." + ending, target=other)
            got = tuple(self.run_cli("export", kind, target=other).stdout for kind in ("users", "groups"))
            if ending == "csv":  # no cell tells an empty text from none
                wanted = tuple(text.replace(',"department":""', "") for text in wanted)
            self.assertEqual(got, wanted)
        with_ids = json.loads(self.run_cli("export", "groups", "--ids", "--filter", 'displayName eq "inner"').stdout)
        self.assertEqual(with_ids["members"][0]["value"], self.json("get", "users", "userName=plain")["id"])


    def test_groups_within_groups_that_come_later_and_names_that_users_have_too(self):
        self.run_cli("import", "users", "-", stdin=lines([{"userName": "svc", "displayName": "Support"}, {"userName": "ada"}]))
        groups = lines([{"displayName": "Outer", "members": [{"value": "displayName=Support"}, {"value": "displayName=Nobody"}]},
                        {"displayName": "Support", "members": [{"value": "displayName=Outer"}, {"value": "userName=ada"}]}])
        done = self.run_cli("import", "groups", "-", stdin=groups, status=7)
        self.assertIn('standard input:1: members: there is no user and no group with "displayName=Nobody"', done.stderr)
        support = self.json("get", "group", "displayName=Support")
        outer = self.json("get", "group", "displayName=Outer")
        self.assertEqual([member["value"] for member in outer["members"]], [support["id"]])
        self.assertIn(outer["id"], [member["value"] for member in support["members"]])

    def test_resume_counts_those_of_one_name_and_makes_up_for_managers(self):
        self.run_cli("import", "groups", "-", stdin=lines([{"displayName": "Staff"}]))
        twice = lines([{"displayName": "Staff"}, {"displayName": "Staff"}])
        self.assertEqual(self.json("import", "groups", "-", "--resume", stdin=twice), {"imported": 1, "refused": 0, "skipped": 1})
        # Broken off before the managers.
        self.run_cli("import", "users", "-", stdin=lines([{"userName": "ada"}, {"userName": "boss"}]))
        self.run_cli("import", "users", self.write("hr.csv", HR), "--resume")
        users = {user["userName"]: user for user in self.json("list", "users", "--all")["Resources"]}
        self.assertEqual(users["ada"][ENTERPRISE]["manager"]["value"], users["boss"]["id"])


class OnTheDatabase(Anywhere, FilesCase):
    ours = True

    def test_a_terminal_sees_how_far_it_is(self):
        name = self.write("many.jsonl", lines([{"userName": "u%d" % i} for i in range(700)]))
        terminal, follower = os.openpty()
        done = subprocess.run([SCIMCTL, *self.target, "import", "users", name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=follower,
                              timeout=120, cwd=self.folder, env=self.environment)
        os.close(follower)
        said = os.read(terminal, 65536)
        os.close(terminal)
        self.assertEqual(done.returncode, 0, said)
        self.assertRegex(said, rb"\[=*>? *\] \d+%, \d+ s left, \d+, \d+ a second")
        self.assertRegex(said, rb"\r\x1b\[Kscimctl: imported 700, \d+ a second\r\n$", "what it said before is gone")

    def test_what_is_written_stays_what_it_is(self):
        self.run_cli("import", "users", "-", stdin=lines(WIDE[:1]))
        (self.folder / "real.jsonl").write_text("")
        (self.folder / "real.jsonl").chmod(0o600)
        (self.folder / "link.jsonl").symlink_to("real.jsonl")
        self.run_cli("export", "users", "link.jsonl")
        self.assertTrue((self.folder / "link.jsonl").is_symlink())
        self.run_cli("export", "users", "real.jsonl")
        self.assertEqual((self.folder / "real.jsonl").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.read("link.jsonl").count("plain"), 1)
        self.assertEqual(self.run_cli("export", "groups", "--format", "csv").stdout, "displayName\n")

    def test_files_that_are_none(self):
        (self.folder / "d.jsonl").mkdir()
        self.assertIn("is a directory", self.run_cli("import", "users", "d.jsonl", status=2).stderr)
        name = self.write("u.csv", "externalId,userName\n,a\n,a\n")
        self.assertIn("is the file that is imported", self.run_cli("import", "users", name, "--rejects", name, status=2).stderr)
        self.run_cli("import", "users", name, "--rejects", "r.csv", status=7)
        self.assertEqual(self.read("r.csv"), "externalId,userName\n,a\n")
        done = self.run_cli("import", "users", "-", "--rejects", "/dev/full", status=1, stdin=lines([{"userName": "b"}, {"userName": "B"}]))
        self.assertIn("--rejects: /dev/full cannot be written", done.stderr)
        self.assertEqual(self.json("list", "users", "--filter", 'userName eq "b"')["totalResults"], 1)

    def test_json_as_others_write_it(self):
        for text in ('\ufeff[{"userName":"a1"}]', '{ "userName":\n "a2" }', '{"Resources":[{"userName":"a3"}]}', '\ufeff{"userName":"a4"}'):
            self.assertEqual(self.json("import", "users", "-", stdin=text.replace('{"Resources"', '{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources"')),
                             {"imported": 1, "refused": 0}, text)
        done = self.run_cli("import", "users", "-", "--continue", status=7, stdin='{bad\n{"userName":"a5"}\n')
        self.assertIn("standard input:1: ", done.stderr)
        self.assertIn("imported 1, 1 refused", done.stderr)

    def test_files_that_cannot_be_written(self):
        self.run_cli("import", "users", "-", stdin=lines(WIDE[:1]))
        self.assertIn("cannot be written", self.run_cli("export", "users", "no/such/file", status=2).stderr)
        self.assertIn("--rejects: no/such", self.run_cli("import", "users", "-", "--rejects", "no/such", status=2, stdin="{}").stderr)
        self.run_cli("export", "users", "u.jsonl")
        self.assertEqual(sorted(path.name for path in self.folder.glob("u.*")), ["u.jsonl"])

    def test_mistakes_in_options(self):
        self.assertIn("--map wants LDAP=PATH", self.run_cli("import", "users", "-", "--map", "uid", status=2).stderr)
        self.assertIn("did you mean userName?", self.run_cli("import", "users", "-", "--format", "ldif", "--map", "uid=userNmae", status=2).stderr)
        self.assertIn("did you mean userName?", self.run_cli("import", "users", "-", status=2, stdin="userNmae\na\n").stderr)
        self.assertIn("^", self.run_cli("export", "users", "--filter", "userNmae pr", status=2).stderr)

    def test_thousands(self):
        """Batches, and what lies across two of them."""
        users = [{"userName": "u%d" % i, ENTERPRISE: {"manager": {"value": "userName=u%d" % (i + 1)}}} for i in range(1200)]
        users[-1].pop(ENTERPRISE)
        self.run_cli("import", "users", "-", stdin=lines(users[:700]), status=7)  # the manager of the last one is missing
        self.assertEqual(self.json("import", "users", "-", "--resume", stdin=lines(users)), {"imported": 500, "refused": 0, "skipped": 700})
        out = self.run_cli("export", "users").stdout.splitlines()
        named = [json.loads(line).get(ENTERPRISE, {}).get("manager", {}).get("value") for line in out]
        wanted = ["userName=u%d" % (i + 1) for i in range(1199)] + [None]
        self.assertEqual(named, wanted)


@unittest.skipIf(harness.on_postgresql(), "what the server keeps things in makes no difference to a client")
class OnAServer(Anywhere, FilesCase):
    """Several records go in one POST /Bulk."""
    ours = True
    CONFIG = ""

    def setUp(self):
        super().setUp()
        site = self.enterContext(harness.Site(config=self.CONFIG))
        site.start_scim()
        site.start_nginx()
        self.target = ["--url", "http://127.0.0.1:%d%s" % (site.port, harness.BASE)]
        self.environment["SCIMCTL_TOKEN"] = site.token
        self.environment["no_proxy"] = "127.0.0.1"


class OnAServerWithoutBulk(OnAServer):
    """One POST for each."""
    CONFIG = "[bulk]\nenabled = false\n"


if __name__ == "__main__":
    unittest.main()
