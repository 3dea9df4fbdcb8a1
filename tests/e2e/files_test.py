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
import postgresql

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
        if harness.on_postgresql():
            self.target[1] = self.enterContext(postgresql.database_at(os.environ[postgresql.VARIABLE]))
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

    def test_names_without_the_attribute(self):
        """They would be ids, and nobody has them."""
        self.run_cli("create", "users", "--user-name", "ada")
        there = self.json("get", "user", "userName=ada")["id"]
        groups = lines([{"displayName": "a", "members": [{"value": there}, {"value": "ada"}]}, {"displayName": "b", "members": [{"value": there}]}])
        for mode in ("--dry-run", "--continue"):
            done = self.run_cli("import", "groups", self.write("groups.jsonl", groups), mode, status=7)
            self.assertIn('groups.jsonl:1: members: there is no User and no Group with the id "ada"; a name is written userName=ada (invalidValue)\n', done.stderr)
            self.assertIn(" 1, 1 refused", done.stderr)
        self.write("hr.csv", "userName,%s\nbob,ada\ncid,%s\n" % (MANAGER, there))
        for mode in ("--dry-run", "--continue"):
            done = self.run_cli("import", "users", "hr.csv", mode, status=7)
            self.assertIn('hr.csv:2: %s: there is no User with the id "ada"; a name is written userName=ada' % MANAGER, done.stderr)
            self.assertIn(" 2, 1 without a reference", done.stderr)
        managers = {user["userName"]: user.get(ENTERPRISE, {}).get("manager", {}).get("value") for user in self.json("list", "users", "--all")["Resources"]}
        self.assertEqual(managers, {"ada": None, "bob": None, "cid": there})

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
        whole = json.dumps([{"userName": "a"}, {"userName": "b", "manager": 1}, {"userName": "A"}], indent=1)
        done = self.run_cli("import", "users", "-", "--dry-run", stdin=whole, status=7)
        self.assertIn('standard input:9: userName "A" is already in use', done.stderr)
        whole = whole.replace('"A"', '"c"')
        self.assertEqual(self.json("import", "users", "-", stdin=whole), {"imported": 3, "refused": 0})
        done = self.run_cli("import", "users", "-", status=2, stdin='{\n "userName": "c",\n}')
        self.assertIn("standard input:3:1: not JSON: ", done.stderr)

    def test_a_rest_that_cannot_be_understood(self):
        broken = 'x,"no end,,,,\ny,,,,,\n'
        done = self.run_cli("import", "users", self.write("hr.csv", HR + broken), "--rejects", "rest.csv", status=7)
        self.assertIn("hr.csv:5: a field in quotes has no end", done.stderr)
        self.assertIn("imported 3, 1 refused", done.stderr)
        self.assertEqual(self.read("rest.csv"), HR.splitlines()[0] + "\n" + broken)
        self.write("rest.csv", self.read("rest.csv").replace('"', ""))
        self.assertEqual(self.json("import", "users", "rest.csv"), {"imported": 2, "refused": 0})

    def test_rejects_of_a_directory_need_nobody_else(self):
        ldif = self.write("directory.ldif", DIRECTORY.replace("cn: staff", "cn:: 6Q==") + "\ndn: cn=ops,dc=x\nobjectClass: group\ncn: ops\nmember: cn=boss,ou=people,dc=x\n")
        self.run_cli("import", "users", ldif)
        done = self.run_cli("import", "groups", ldif, "--rejects", "again.ldif", status=7)
        self.assertIn("directory.ldif:19: cn is not UTF-8", done.stderr)
        self.write("again.ldif", self.read("again.ldif").replace("cn:: 6Q==", "cn: staff"))
        self.run_cli("import", "groups", "again.ldif")
        staff = self.json("get", "groups", "displayName=staff", "--attributes", "members.display")
        self.assertEqual(len(staff["members"]), 2)

    def test_groups_of_one_name_are_told_apart(self):
        self.run_cli("import", "groups", "-", stdin=lines([{"displayName": "Twin", "externalId": "t1"}, {"displayName": "twin", "externalId": "t2"}]))
        self.run_cli("import", "groups", "-", stdin=lines([{"displayName": "outer", "members": [{"value": "externalId=t2"}]}]))
        exported = self.run_cli("export", "groups").stdout
        self.assertEqual(json.loads(exported.splitlines()[2])["members"], [{"value": "externalId=t2"}])
        other = ["--db", "other.db"]
        self.run_cli("import", "groups", "-", stdin=exported, target=other)
        self.assertEqual(self.run_cli("export", "groups", target=other).stdout, exported)
        self.run_cli("create", "group", "--display-name", "TWIN")
        self.run_cli("patch", "group", "displayName=outer", "--add-member", self.json("list", "groups", "--filter", "not (externalId pr) and displayName eq \"twin\"")["Resources"][0]["id"])
        done = self.run_cli("export", "groups", "groups.csv")
        self.assertIn('several groups are called "TWIN", and no externalId tells them apart', done.stderr)
        self.assertIn("externalId=t2", self.read("groups.csv"))

    def test_columns_that_are_the_same(self):
        urn = "urn:ietf:params:scim:schemas:core:2.0:User:userName"
        self.assertIn('standard input:1: column 2: "%s" is there twice, first as column 1, "UserName"' % urn,
                      self.run_cli("import", "users", "-", stdin="UserName,%s\na,b\n" % urn, status=2).stderr)

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

    def test_killed_and_resumed_everybody_is_there_once(self):
        """What goes before a password is committed before it: that takes long."""
        some = [{"userName": "u%d" % i, "title": 100 * "x"} for i in range(900)]
        some[200]["password"] = "correct horse"
        file = self.write("some.jsonl", lines(some))
        importer = subprocess.Popen([SCIMCTL, *self.target, "import", "users", "-", "--quiet"], stdin=subprocess.PIPE, cwd=self.folder, env=self.environment)
        self.addCleanup(importer.kill)
        with importer.stdin:
            importer.stdin.write(lines(some[:700]).encode())
            importer.stdin.flush()
            harness.wait_for("users", lambda: self.json("list", "users", "--count", "0")["totalResults"] > 0)
            importer.kill()
            importer.wait()
        done = self.json("import", "users", file, "--resume")
        self.assertEqual((done["imported"] + done["skipped"], done["refused"]), (900, 0))
        self.assertGreater(done["skipped"], 0)
        names = self.run_cli("list", "users", "--all", "-o", "csv", "--columns", "userName").stdout.split()
        self.assertEqual(sorted(names[1:]), sorted(user["userName"] for user in some))

    def test_resume_counts_those_of_one_name_and_makes_up_for_managers(self):
        self.run_cli("import", "groups", "-", stdin=lines([{"displayName": "Staff"}]))
        twice = lines([{"displayName": "Staff"}, {"displayName": "Staff"}])
        self.assertEqual(self.json("import", "groups", "-", "--resume", stdin=twice), {"imported": 1, "refused": 0, "skipped": 1})
        # Broken off before groups within groups.
        nested = lines([{"displayName": "Outer", "members": [{"value": "displayName=Inner"}]}, {"displayName": "Inner"}])
        self.run_cli("import", "groups", "-", stdin=lines([{"displayName": "Outer"}]))
        for imported in (1, 0):
            self.assertEqual(self.json("import", "groups", "-", "--resume", stdin=nested), {"imported": imported, "refused": 0, "skipped": 2 - imported})
            self.assertEqual([member["display"] for member in self.json("get", "group", "displayName=Outer")["members"]], ["Inner"])
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

    def test_dry_run_finds_what_only_the_database_knows(self):
        some = [{"userName": "a", "password": "correct horse"}, {"userName": "b", "password": "x" * 600}, {"userName": "c", ENTERPRISE: {"manager": {"value": "userName=d"}}},
                {"userName": "d", "title": "\0"}, {"userName": "e" * 7, "emails": [{"value": "e@x"}]}, {"userName": "f", ENTERPRISE: {"manager": {"value": "emails.value=e@x"}}}]
        file = self.write("some.jsonl", lines(some))
        dry = self.run_cli("import", "users", file, "--dry-run", status=7)
        if not harness.on_postgresql():
            self.assertFalse((self.folder / "one.db").exists())
        wet = self.run_cli("import", "users", file, "--continue", status=7)
        def said(done):
            return [line for line in done.stderr.splitlines() if "some.jsonl:" in line]
        self.assertEqual(said(dry), said(wet))
        self.assertEqual([line.split(":")[2] for line in said(dry)], ["2", "4", "3"])
        self.assertIn("would import 4, 2 refused, 1 without a reference", dry.stderr)
        groups = lines([{"displayName": "g", "members": [{"value": "displayName=later"}]}, {"displayName": "x", "members": [{"value": "userName=nobody"}]}, {"displayName": "later"}])
        done = self.run_cli("import", "groups", "-", "--dry-run", "-o", "json", stdin=groups, status=7)
        self.assertEqual(json.loads(done.stdout), {"importable": 2, "refused": 1})
        done = self.run_cli("import", "users", file, "--dry-run", "--resume", "-o", "json", status=7)
        self.assertEqual(json.loads(done.stdout), {"importable": 0, "refused": 2, "skipped": 4, "incomplete": 1})
        self.assertEqual((self.json("list", "groups", "--count", "0")["totalResults"], self.json("list", "users", "--count", "0")["totalResults"]), (0, 4))

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
        self.assertIn("/dev/full cannot be written", self.run_cli("export", "users", "/dev/full", status=1).stderr)
        if not harness.on_postgresql():
            self.assertIn("one.db is the database", self.run_cli("export", "users", "one.db", status=2).stderr)
            self.assertIn("one.db is the database", self.run_cli("import", "users", "-", "--rejects", "one.db", status=2, stdin="{}").stderr)

    def test_names_do_not_command_a_terminal(self):
        self.run_cli("import", "users", "-", stdin=lines([{"userName": "c1", "title": "\u009b2J \u202e"}]))
        for arguments in ((), ("--format", "csv")):
            terminal, follower = os.openpty()
            subprocess.run([SCIMCTL, *self.target, "export", "users", *arguments], stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.DEVNULL,
                           timeout=120, cwd=self.folder, env=self.environment, check=True)
            os.close(follower)
            said = os.read(terminal, 65536).decode()
            os.close(terminal)
            self.assertIn("\\u009b2J \\u202e", said)
        self.assertIn("\u009b2J \u202e", self.run_cli("export", "users").stdout)

    def test_mistakes_in_options(self):
        self.assertIn("--map wants LDAP=PATH", self.run_cli("import", "users", "-", "--map", "uid", status=2).stderr)
        said = self.run_cli("import", "users", "-", "--format", "ldif", "--map", "uid=userNmae", status=2).stderr
        self.assertIn('scimctl: --map uid=userNmae: unknown attribute "userNmae" of User, did you mean userName?', said)
        self.write("hr.csv", "uid,userName\n")
        said = self.run_cli("import", "users", "hr.csv", "--map", "uid=userName", status=2).stderr
        self.assertIn("scimctl: --map uid=userName: is for LDIF, hr.csv is CSV: ", said)
        said = self.run_cli("import", "users", "hr.csv", status=2).stderr
        self.assertIn("hr.csv:1: column 1: unknown attribute", said)
        self.assertNotIn("--ignore-unknown", said, "link has it")
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


@unittest.skipIf(harness.on_postgresql(), "what the server keeps things in makes no difference to a client")
class OnAServerWithLittleRoom(FilesCase):
    def test_what_no_bulk_has_room_for_comes_alone(self):
        site = self.enterContext(harness.Site(config="[bulk]\nmax_payload_bytes = 5000\n"))
        site.start_scim()
        site.start_nginx()
        self.target = ["--url", "http://127.0.0.1:%d%s" % (site.port, harness.BASE)]
        self.environment.update(SCIMCTL_TOKEN=site.token, no_proxy="127.0.0.1")
        some = [{"userName": "u%d" % i, "title": "x" * (9000 if i == 3 else 1)} for i in range(6)]
        self.run_cli("import", "users", "-", stdin=lines(some))
        names = self.run_cli("list", "users", "--all", "-o", "csv", "--columns", "userName").stdout.split()
        self.assertEqual(names[1:], [user["userName"] for user in some])


class OnAServerWithoutBulk(OnAServer):
    """One POST for each."""
    CONFIG = "[bulk]\nenabled = false\n"


if __name__ == "__main__":
    unittest.main()
