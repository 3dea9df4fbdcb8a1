# SPDX-License-Identifier: MIT
"""scimctl import: what comes in, what is refused, and what is left in the database then.

On PostgreSQL rows wait to be written together, and what is refused is found out by writing them one by one: nobody is to see a
difference."""
import contextlib
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import tempfile
import threading
import unittest

import harness
import postgresql

SCIMCTL = os.environ["SCIMCTL"]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def lines(*resources):
    return "".join(json.dumps(resource) + "\n" for resource in resources)


def users(count, first=0):
    return [{"schemas": [USER], "userName": "u%d" % i, "emails": [{"value": "u%d@example.com" % i, "type": "work"}]}
            for i in range(first, first + count)]


class ImportCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.database = self.folder / "scim.db"
        self.config = ""
        if harness.on_postgresql():
            self.postgresql = self.enterContext(postgresql.database_at(os.environ[postgresql.VARIABLE]))

    @property
    def url(self):
        return self.postgresql if harness.on_postgresql() else "sqlite:%s" % self.database

    def sql(self, text):
        """The first column of each row."""
        if not harness.on_postgresql():
            with contextlib.closing(sqlite3.connect(self.database)) as database:
                return [str(row[0]) for row in database.execute(text)]
        done = subprocess.run([postgresql.BIN / "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set",
                               "ON_ERROR_STOP=1", "--dbname", self.url], input=text, capture_output=True, text=True,
                              timeout=harness.PATIENCE, check=True)
        return done.stdout.splitlines()

    def run_cli(self, *arguments, status=0, stdin=""):
        done = subprocess.run([SCIMCTL, "--db", self.url, *arguments], input=stdin, capture_output=True,
                              text=True, timeout=120, cwd=self.folder, env={**os.environ, "SCIMCTL_CONFIG": self.config})
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_cli(*arguments, "-o", "json", **options).stdout)

    def names(self):
        return sorted(user["userName"] for user in self.json("list", "users", "--all")["Resources"])

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name


class Import(ImportCase):
    def test_a_file_and_standard_input(self):
        file = self.write("users.jsonl", "\n" + lines(*users(3)) + "  \n")
        said = self.run_cli("import", "users", file).stderr
        self.assertRegex(said, r"imported 3, \d+ a second")
        self.run_cli("import", "users", "-", stdin=lines(*users(2, first=3)))
        self.assertEqual(self.names(), ["u0", "u1", "u2", "u3", "u4"])
        self.assertEqual(self.json("get", "user", "userName=u4")["emails"], [{"value": "u4@example.com", "type": "work"}])

    def test_bodies_are_those_of_a_post(self):
        body = {"username": "ada", "id": "mine", "meta": {"version": "x"}, "password": "correct horse", "emails": []}
        self.run_cli("import", "users", "-", stdin=lines(body))
        ada = self.json("get", "user", "userName=ada")
        self.assertNotEqual(ada["id"], "mine")
        self.assertTrue(ada["active"])
        self.assertTrue(self.sql("SELECT password FROM users")[0].startswith("$y$"))

    def test_the_first_refused_line_stops(self):
        file = self.write("users.jsonl", lines(*users(600), {"userName": "U7"}, *users(9, first=600)))
        done = self.run_cli("import", "users", file, status=7)
        self.assertIn('users.jsonl:601: userName "U7" is already in use (uniqueness)', done.stderr)
        self.assertIn("imported 600, 1 refused", done.stderr)
        self.assertEqual(len(self.names()), 600)

    def test_the_code_says_why_when_nothing_was_written(self):
        self.run_cli("import", "users", "-", stdin=lines(*users(1)))
        for text, status, detail in ((lines(*users(1)), 5, "standard input:1: userName"),
                                     ("\n{", 2, "standard input:2:2: not JSON: "),
                                     ("[1]", 2, "an array of objects is wanted"),
                                     (lines({"schemas": [USER]}), 2, "userName")):
            self.assertIn(detail, self.run_cli("import", "users", "-", status=status, stdin=text).stderr)
        self.run_cli("import", "users", "missing.jsonl", status=2)
        self.assertEqual(self.names(), ["u0"])

    @unittest.skipIf(harness.on_postgresql(), "there they always can")
    def test_others_can_write_meanwhile(self):
        self.run_cli("db", "migrate")  # makes the database
        enough = threading.Event()
        importer = subprocess.Popen([SCIMCTL, "--db", "sqlite:%s" % self.database, "import", "users", "-"],
                                    stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=self.folder,
                                    env={**os.environ, "SCIMCTL_CONFIG": ""})
        fed = []

        def feed():
            with importer.stdin:
                while not enough.is_set():
                    importer.stdin.write(lines(*users(1000, first=len(fed) * 1000)))
                    fed.append(1)
        feeder = threading.Thread(target=feed)
        feeder.start()
        try:
            # A transaction of an import takes 3 seconds.
            other = self.enterContext(contextlib.closing(sqlite3.connect(self.database, timeout=10, isolation_level=None)))
            while not other.execute("SELECT count(*) FROM users").fetchone()[0]:
                self.assertIsNone(importer.poll())
            for _ in range(3):
                other.execute("BEGIN IMMEDIATE")
                other.execute("COMMIT")
        finally:
            enough.set()
            feeder.join()
        self.assertEqual(importer.wait(), 0)
        self.assertEqual(other.execute("SELECT count(*) FROM users").fetchone()[0], len(fed) * 1000)

    def test_continue_passes_over_refused_lines(self):
        mixed = [user for pair in zip(users(40), users(40)) for user in pair]
        done = self.run_cli("import", "users", "-", "--continue", status=7, stdin=lines(*mixed) + "{\n" + lines(*users(5, first=40)))
        self.assertIn("imported 45, 41 refused", done.stderr)
        self.assertEqual(done.stderr.count("is already in use"), 40)
        self.assertEqual(len(self.names()), 45)
        done = self.run_cli("import", "users", "-", "--continue", "-o", "json", status=7, stdin=lines(*users(2, first=44)))
        self.assertEqual(json.loads(done.stdout), {"imported": 1, "refused": 1})
        self.assertEqual(json.loads(done.stderr.splitlines()[0])["scimType"], "uniqueness")

    def test_who_was_deleted_comes_back(self):
        self.run_cli("import", "users", "-", stdin=lines(*users(2)))
        before = self.json("get", "user", "userName=u1")["id"]
        self.run_cli("delete", "user", "--yes", before)
        self.run_cli("import", "users", "-", stdin=lines({"userName": "u1", "title": "new"}))
        after = self.json("get", "user", "userName=u1")
        self.assertNotEqual(after["id"], before)
        self.assertNotIn("emails", after)

    def test_groups_name_their_members(self):
        self.run_cli("import", "users", "-", stdin=lines(*users(3)))
        by_id = self.json("get", "user", "userName=u0")["id"]
        groups = [{"displayName": "inner", "members": [{"value": "userName=u1"}]},
                  {"displayName": "outer", "members": [{"value": by_id}, {"value": "userName=u2"}, {"value": "displayName=inner"}]}]
        self.run_cli("import", "groups", "-", stdin=lines(*groups))
        outer = self.json("get", "group", "displayName=outer")
        self.assertEqual(sorted(member["type"] for member in outer["members"]), ["Group", "User", "User"])
        unknown = {"displayName": "x", "members": [{"value": "userName=nobody"}]}
        self.assertIn('members: there is no user and no group with "userName=nobody"',
                      self.run_cli("import", "groups", "-", status=2, stdin=lines(unknown)).stderr)

    def test_lines_around_a_refused_group_keep_their_members(self):
        self.run_cli("import", "users", "-", stdin=lines(*users(1)))
        members = [{"value": "userName=u0"}]
        self.run_cli("import", "groups", "-", "--continue", status=7,
                     stdin=lines(*({"displayName": name, "members": members} for name in ("a", "b")), {"displayName": 7},
                                 {"displayName": "c", "members": members}))
        groups = self.json("list", "groups", "--all", "--attributes", "displayName,members")["Resources"]
        self.assertEqual([(group["displayName"], len(group["members"])) for group in groups], [("a", 1), ("b", 1), ("c", 1)])


def refused(done):
    """What is said of each line that was."""
    return [line.removeprefix("scimctl: standard input:") for line in done.stderr.splitlines() if ": standard input:" in line]


ODD = ["tab\there", "new\nline", "re\rturn", "back\\slash", "\\N", "\\.", "\\t", "quote\"'", "\U0001f600 \u00e4\u1e9e", " ", "\x7f\x08\x0b", ","]


def odd_users():
    return [{"userName": "Odd%d %s" % (i, text.strip() or "space"), "displayName": text, "title": text, "externalId": text,
             "emails": [{"value": text + "@x", "display": text, "primary": True}, {"value": "b"}], "roles": [{"value": text}],
             "addresses": [{"formatted": text}], "active": i % 2 == 0, "urn:ietf:params:scim:schemas:core:2.0:User:nickName": text}
            for i, text in enumerate(ODD)]


class Together(ImportCase):
    """Lines of which some cannot be written as they are, among many others."""

    def exported(self, noun):
        """All that can be told of them without ids and moments, in the order of their creation."""
        found = self.json("list", noun, "--all")["Resources"]
        for resource in found:
            del resource["id"], resource["meta"]
            for member in resource.get("members", []) + resource.get("groups", []):
                del member["value"]
                member.pop("$ref", None)
        return found

    def order(self):
        return [user["userName"] for user in self.exported("users")]

    def test_is_what_one_by_one_makes(self):
        """Where every second line is refused all others are written one by one."""
        some = odd_users()
        some += [{"userName": "empty", "displayName": "", "emails": [], "phoneNumbers": [{"type": "work"}]}, *users(200)]
        groups = [{"displayName": "g%d" % i, "externalId": "", "members": [{"value": "userName=u%d" % (i * 7 % 200)}, {"value": "userName=u%d" % i}]}
                  for i in range(100)]
        groups[50]["members"] += [{"value": "displayName=g3"}, {"value": "displayName=G49"}]
        made = []
        for between in ("", "{\n"):
            arguments = ("--continue",) if between else ()
            for noun, lot in (("users", some), ("groups", groups)):
                text = "".join(line + between for line in lines(*lot).splitlines(keepends=True))
                done = self.run_cli("import", noun, "-", *arguments, status=7 if between else 0, stdin=text)
                self.assertIn("imported %d," % len(lot), done.stderr)
            made.append((self.exported("users"), self.exported("groups")))
            self.database = self.folder / "second.db"
            if harness.on_postgresql():
                self.sql("DELETE FROM groups; DELETE FROM users")
        self.assertEqual(len(made[0][0]), len(some))
        self.assertEqual([user["title"] for user in made[0][0][:len(ODD)]], ODD)
        self.assertEqual(made[0], made[1])

    def test_a_taken_name_in_the_middle_stops(self):
        self.run_cli("import", "users", "-", stdin=lines({"userName": "U300"}))
        done = self.run_cli("import", "users", "-", status=7, stdin=lines(*users(2500)))
        self.assertEqual(refused(done), ['301: userName "u300" is already in use (uniqueness)'])
        self.assertIn("imported 300, 1 refused", done.stderr)
        self.assertEqual(self.order(), ["U300"] + ["u%d" % i for i in range(300)])

    def test_taken_names_are_passed_over(self):
        self.run_cli("import", "users", "-", stdin=lines({"userName": "U99"}, {"userName": "u100"}, {"userName": "u2400"}))
        some = users(3000)
        some[2700] = {"userName": "U2699"}
        done = self.run_cli("import", "users", "-", "--continue", status=7, stdin=lines(*some))
        self.assertEqual(refused(done), ['%d: userName "%s" is already in use (uniqueness)' % (number, name)
                                         for number, name in ((100, "u99"), (101, "u100"), (2401, "u2400"), (2701, "U2699"))])
        self.assertIn("imported 2996, 4 refused", done.stderr)
        self.assertEqual(self.order(), ["U99", "u100", "u2400"] + ["u%d" % i for i in range(3000) if i not in (99, 100, 2400, 2700)])
        self.assertEqual(self.json("get", "user", "userName=u2399")["emails"], [{"value": "u2399@example.com", "type": "work"}])
        self.assertEqual(self.sql("SELECT count(*) FROM user_emails"), ["2996"])

    def test_the_first_to_be_refused_is_the_first_line(self):
        """Also if it is seen only when it is written, and another one when it is read."""
        some = lines(*users(90), {"userName": "U7"}, *users(9, first=90)) + '{"userName": 1}\n' + lines(*users(9, first=99))
        done = self.run_cli("import", "users", "-", status=7, stdin=some)
        self.assertEqual([line.split(":")[0] for line in refused(done)], ["91"])
        self.assertEqual(len(self.names()), 90)
        done = self.run_cli("import", "users", "-", "--continue", status=7, stdin=some.replace(': "u', ': "v').replace('"U7"', '"V7"'))
        self.assertEqual([line.split(":")[0] for line in refused(done)], ["91", "101"])
        self.assertIn("imported 108, 2 refused", done.stderr)

    def test_who_was_deleted_comes_back(self):
        self.run_cli("import", "users", "-", stdin=lines(*users(3, first=500)))
        before = {name: self.json("get", "user", "userName=" + name)["id"] for name in ("u500", "u501", "u502")}
        for name in ("u501", "u502"):
            self.run_cli("delete", "user", "--yes", before[name])
        some = users(1500)
        some[501] = {"userName": "U501", "title": "new"}
        del some[500]
        done = self.run_cli("import", "users", "-", stdin=lines(*some))
        self.assertIn("imported 1499,", done.stderr)
        after = self.json("get", "user", "userName=u501")
        self.assertNotEqual(after["id"], before["u501"])
        self.assertEqual((after["userName"], after["title"], after["active"], after.get("emails")), ("U501", "new", True, None))
        self.assertEqual(self.json("get", "user", "userName=u502")["emails"], [{"value": "u502@example.com", "type": "work"}])
        self.assertEqual(sorted(name.lower() for name in self.names()), sorted("u%d" % i for i in range(1500)))

    def test_a_manager_of_an_earlier_file(self):
        self.run_cli("import", "users", "-", stdin=lines({"userName": "boss", "displayName": "The Boss"}))
        boss = self.json("get", "user", "userName=boss")["id"]
        enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        self.run_cli("import", "users", "-", stdin=lines(*(dict(user, **{enterprise: {"manager": {"value": boss}}}) for user in users(200))))
        self.assertEqual(self.json("get", "user", "userName=u199")[enterprise]["manager"]["displayName"], "The Boss")

    def test_passwords_in_between(self):
        some = users(300)
        some[100]["password"] = some[200]["password"] = "correct horse"
        some[201]["userName"] = "U100"
        done = self.run_cli("import", "users", "-", "--continue", status=7, stdin=lines(*some))
        self.assertEqual([line.split(":")[0] for line in refused(done)], ["202"])
        self.assertEqual(self.order(), ["u%d" % i for i in range(300) if i != 201])
        self.assertEqual(self.sql("SELECT count(*) FROM users WHERE password LIKE '$y$%'"), ["2"])

    def test_nul_is_refused(self):
        some = lines(*users(100)) + '{"userName": "a\\u0000b"}\n' + lines(*users(100, first=100))
        done = self.run_cli("import", "users", "-", "--continue", status=7, stdin=some)
        self.assertEqual([line.split(":")[0] for line in refused(done)], ["101"])
        self.assertEqual(len(self.names()), 200)

    def test_groups_within_groups_of_the_same_file(self):
        groups = [{"displayName": "g0"}] + [{"displayName": "g%d" % i, "members": [{"value": "displayName=G%d" % (i - 1)}]} for i in range(1, 50)]
        groups.append({"displayName": "all", "members": [{"value": "displayName=g%d" % i} for i in range(50)]})
        self.run_cli("import", "groups", "-", stdin=lines(*groups))
        self.assertEqual([member["display"] for member in self.json("get", "group", "displayName=g49")["members"]], ["g48"])
        self.assertEqual(len(self.json("get", "group", "displayName=all")["members"]), 50)

    def test_a_member_that_fits_several(self):
        """One that is there and one that is to be written, or two of these."""
        self.run_cli("import", "groups", "-", stdin=lines({"displayName": "twin"}))
        for name, before in (("twin", [{"displayName": "Twin"}]), ("pair", [{"displayName": "pair"}, {"displayName": "x"}, {"displayName": "Pair"}])):
            groups = [*before, {"displayName": "outer", "members": [{"value": "displayName=" + name}]}, {"displayName": "last"}]
            done = self.run_cli("import", "groups", "-", status=7, stdin=lines(*groups))
            self.assertEqual(refused(done)[:1], ['%d: members: "displayName=%s" fits several resources (invalidValue)' % (len(before) + 1, name)])
            self.assertIn("imported %d, 1 refused" % len(before), done.stderr)

    def test_nothing_is_left_of_a_group_with_a_member_that_nobody_is(self):
        self.run_cli("import", "users", "-", stdin=lines(*users(1)))
        known = {"value": "userName=u0"}
        groups = [{"displayName": "a", "members": [known]}, {"displayName": "b", "members": [known, {"value": "nobody"}]},
                  {"displayName": "c", "members": [known]}]
        done = self.run_cli("import", "groups", "-", "--continue", status=7, stdin=lines(*groups))
        self.assertEqual(refused(done), ['2: members: there is no User and no Group with the id "nobody"; a name is written userName=nobody (invalidValue)'])
        self.assertNotIn("warning", done.stderr, "what the store says of skipped members")
        self.assertEqual([(group["displayName"], len(group["members"])) for group in self.exported("groups")], [("a", 1), ("c", 1)])

    def test_a_manager_that_is_the_id_of_nobody(self):
        """The user is there, without the manager, on both ways of writing; one whose id is known keeps it."""
        self.run_cli("import", "users", "-", stdin=lines(*users(1)))
        boss = self.json("get", "user", "userName=u0")["id"]
        some = users(8, first=1)
        for user, manager in zip(some, (boss, "boss", boss, "id=" + boss, "id=gone", "userName=nobody", boss, boss)):
            user.update({"schemas": [USER, ENTERPRISE], ENTERPRISE: {"manager": {"value": manager}}})
        text = lines(*some)
        for mode, status in (("--dry-run", 7), ("--continue", 7)):
            done = self.run_cli("import", "users", "-", mode, status=status, stdin=text)
            place = "standard input:%d: " + ENTERPRISE + ":manager.value: %s (invalidValue)"
            self.assertEqual([line.removeprefix("scimctl: ") for line in done.stderr.splitlines() if "manager" in line],
                             [place % (2, 'there is no User with the id "boss"; a name is written userName=boss'),
                              place % (5, 'there is no User with the id "gone"; a name is written userName=gone'),
                              place % (6, 'there is no user and no group with "userName=nobody"')])
        managers = {user["userName"]: user.get(ENTERPRISE, {}).get("manager", {}).get("value") for user in self.exported("users")}
        self.assertEqual([managers["u%d" % i] for i in range(1, 9)], [boss, None, boss, boss, None, None, boss, boss])

    def test_unknown_attributes_are_mentioned_once(self):
        some = [{"userName": "a"}, {"userName": "b", "tittle": "x", "name": {"givenNmae": "B"}},
                {"userName": "c", "tittle": "x", "emails": [{"value": "c@x"}, {"value": "d@x", "tpye": "work"}]}, {"userName": "d", "emails": [{"value": "e@x", "tpye": "x"}]}]
        done = self.run_cli("import", "users", self.write("people.jsonl", lines(*some)))
        self.assertEqual(sorted(line for line in done.stderr.splitlines() if "unknown" in line), [
            'scimctl: people.jsonl:2: unknown attribute "name.givenNmae" is passed over, did you mean name.givenName?',
            'scimctl: people.jsonl:2: unknown attribute "tittle" is passed over, did you mean title?',
            'scimctl: people.jsonl:3: unknown attribute "emails.tpye" is passed over, did you mean emails.type?'])
        self.assertIn("imported 4", done.stderr)
        self.config = self.write("reject.toml", 'unknown = "reject"\n')
        done = self.run_cli("import", "users", "-", status=2, stdin=lines({"userName": "e", "tittle": "x"}))
        self.assertEqual(refused(done), ['1: unknown attribute "tittle" (invalidSyntax)'])

    def test_groups_that_are_there_already(self):
        file = self.write("groups.jsonl", lines({"displayName": "Staff"}, {"displayName": "Staff"}, {"displayName": "other"}))
        self.assertNotIn("displayName", self.run_cli("import", "groups", file).stderr, "the file has what it has")
        again = self.write("again.jsonl", lines({"displayName": "new"}, {"displayName": "STAFF"}))
        wanted = 'again.jsonl:2: has a displayName that another Group had before: "STAFF"; --resume passes over those who are there'
        for mode in (["--dry-run"], []):
            self.assertIn(wanted, self.run_cli("import", "groups", again, *mode).stderr)
        said = self.run_cli("import", "groups", file).stderr
        self.assertIn('groups.jsonl:1: 3 records have a displayName that another Group had before: the first is "Staff"; ', said)
        self.assertNotIn("displayName", self.run_cli("import", "groups", file, "--resume").stderr)

    def test_rejects_and_resume(self):
        """What is refused in the middle of a batch is in the file, and only that; those of a batch that was written are passed over."""
        some = [{"userName": "u%d" % i, "externalId": str(i)} for i in range(1500)]
        some[700] = {"userName": "U699", "title": "second"}
        some[1200] = {"userName": "v", "active": "perhaps"}
        done = self.run_cli("import", "users", "-", "--rejects", "rejects.jsonl", status=7, stdin=lines(*some))
        self.assertEqual([line.split(":")[0] for line in refused(done)], ["701", "1201"])
        self.assertEqual((self.folder / "rejects.jsonl").read_text(), lines(some[700], some[1200]))
        self.assertEqual(self.json("import", "users", "-", "--resume", "--dry-run", stdin=lines(*users(1510))), {"importable": 12, "refused": 0, "skipped": 1498})
        self.assertEqual(self.json("import", "users", "-", "--resume", stdin=lines(*users(1510))), {"imported": 12, "refused": 0, "skipped": 1498})
        self.assertEqual(len(set(self.names())), 1510)

    def test_a_dry_run_leaves_nothing(self):
        groups = [{"displayName": "g%d" % i, "members": [{"value": "displayName=g%d" % (i + 1)}, {"value": "userName=u0"}]} for i in range(300)]
        self.run_cli("import", "users", "-", stdin=lines(*users(1)))
        before = self.sql("SELECT count(*) FROM users UNION ALL SELECT count(*) FROM groups")
        done = self.run_cli("import", "groups", "-", "--dry-run", status=7, stdin=lines(*groups))
        self.assertEqual(refused(done), ['300: members: there is no user and no group with "displayName=g300" (invalidValue)'])
        self.assertIn("would import 300, 1 without a reference", done.stderr)
        some = users(1200, first=1)
        some[1100]["userName"] = "U1"
        done = self.run_cli("import", "users", "-", "--dry-run", status=7, stdin=lines(*some))
        self.assertIn("would import 1199, 1 refused", done.stderr)
        self.assertEqual(self.sql("SELECT count(*) FROM users UNION ALL SELECT count(*) FROM groups"), before)
        self.run_cli("import", "groups", "-", status=7, stdin=lines(*groups))
        self.assertEqual(len(self.json("get", "group", "displayName=g0")["members"]), 2)

    def test_killed_and_resumed_everybody_is_there_once(self):
        """What goes before a password is committed before it: that takes long."""
        some = users(1500)
        some[300]["password"] = "correct horse"
        importer = subprocess.Popen([SCIMCTL, "--db", self.url, "import", "users", "-"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                    cwd=self.folder, env={**os.environ, "SCIMCTL_CONFIG": ""})
        self.run_cli("db", "migrate")  # makes the tables, if that has not been done
        self.addCleanup(importer.kill)
        with importer.stdin:
            importer.stdin.write(lines(*some[:1300]).encode())
            importer.stdin.flush()
            harness.wait_for("users", lambda: self.sql("SELECT count(*) FROM users") != ["0"])
            importer.kill()
            importer.wait()
        done = self.json("import", "users", "-", "--resume", stdin=lines(*some))
        self.assertEqual((done["imported"] + done["skipped"], done["refused"]), (1500, 0))
        self.assertGreaterEqual(done["skipped"], 300)
        self.assertEqual(self.sql("SELECT count(*) FROM users"), ["1500"])
        self.assertEqual(self.sql("SELECT count(*) FROM user_emails"), ["1500"])

    def test_a_member_that_was_refused_itself(self):
        """What is looked for makes those wait no longer that are before it, and one of them is refused."""
        self.config = self.write("unique.toml", "unique_groups = true\n")
        self.run_cli("import", "groups", "-", stdin=lines({"displayName": "taken"}))
        groups = [{"displayName": "a"}, {"displayName": "Taken", "externalId": "second"}, {"displayName": "b", "members": [{"value": "displayName=a"}]},
                  {"displayName": "c", "members": [{"value": "externalId=second"}]}]
        done = self.run_cli("import", "groups", "-", "--continue", status=7, stdin=lines(*groups))
        self.assertEqual(refused(done), ['2: displayName "Taken" is already in use (uniqueness)',
                                         '4: members: there is no user and no group with "externalId=second" (invalidValue)'])
        self.assertEqual([member["display"] for member in self.json("get", "group", "displayName=b")["members"]], ["a"])
        self.run_cli("delete", "group", "--yes", "displayName=a")
        self.run_cli("delete", "group", "--yes", "displayName=b")
        done = self.run_cli("import", "groups", "-", status=7, stdin=lines(*groups))
        self.assertEqual(refused(done), ['2: displayName "Taken" is already in use (uniqueness)'])
        self.assertIn("imported 1, 1 refused", done.stderr)


@unittest.skipIf(not harness.on_postgresql(), "rows are written one by one there")
class Copied(ImportCase):
    def setUp(self):
        super().setUp()
        self.run_cli("db", "migrate")  # makes the tables

    def count_statements(self, table):
        """From now on."""
        self.sql("""CREATE TABLE statements (name text);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO statements VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
            CREATE TRIGGER note AFTER INSERT ON %s FOR EACH STATEMENT EXECUTE FUNCTION note()""" % table)

    def statements(self):
        return int(self.sql("SELECT count(*) FROM statements")[0])

    def test_many_rows_are_one_statement(self):
        self.count_statements("users")
        self.run_cli("import", "users", "-", stdin=lines(*users(2000)))
        self.assertEqual(self.sql("SELECT count(*) FROM users"), ["2000"])
        self.assertLessEqual(self.statements(), 3)

    def test_whatever_is_in_a_text(self):
        self.count_statements("users")
        self.run_cli("import", "users", "-", stdin=lines(*odd_users()))
        self.assertEqual(self.statements(), 1)
        found = self.json("list", "users", "--all")["Resources"]
        self.assertEqual([(user["title"], user["roles"][0]["value"], user["active"]) for user in found],
                         [(text, text, i % 2 == 0) for i, text in enumerate(ODD)])

    def test_members_too(self):
        self.run_cli("import", "users", "-", stdin=lines(*users(20)))
        self.count_statements("group_users")
        for run, who in enumerate(("userName=u%d", "emails.value=u%d@example.com")):
            groups = [{"displayName": "g%d" % i, "members": [{"value": who % (j % 20)} for j in range(i, i + 5)]} for i in range(40)]
            self.run_cli("import", "groups", "-", stdin=lines(*groups))
            self.assertEqual(self.sql("SELECT count(*) FROM group_users"), [str(200 * (run + 1))])
            self.assertEqual(self.statements(), run + 1)

    def test_goes_on_after_a_refused_line(self):
        self.count_statements("users")
        some = users(4000)
        some[10] = {"userName": "U9"}
        done = self.run_cli("import", "users", "-", "--continue", status=7, stdin=lines(*some))
        self.assertEqual([line.split(":")[0] for line in refused(done)], ["11"])
        self.assertLess(self.statements(), 1200)

    def test_too_long_for_an_index(self):
        some = users(300)
        some[100]["userName"] = "".join(chr(0x4e00 + i * 7919 % 20000) for i in range(2000))
        done = self.run_cli("import", "users", "-", "--continue", status=7, stdin=lines(*some))
        self.assertEqual(refused(done), ["101: userName is longer than what an index of the database takes (invalidValue)"])
        self.assertNotIn("database", done.stderr.replace(refused(done)[0], ""))  # which is said by the line that is refused
        self.assertEqual(self.sql("SELECT count(*) FROM users"), ["299"])

    def test_somebody_else_comes_first(self):
        """Who has inserted the same name and not committed is waited for."""
        with postgresql.Session(self.url) as other:
            other.run("BEGIN; INSERT INTO users (id, created, last_modified, user_name, user_name_key) VALUES ('x', 0, 0, 'U50', 'u50')")
            importer = subprocess.Popen([SCIMCTL, "--db", self.url, "import", "users", "-", "--continue"], stdin=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, cwd=self.folder, env={**os.environ, "SCIMCTL_CONFIG": ""})
            with importer.stdin:
                importer.stdin.write(lines(*users(200)))
            harness.wait_for("a lock", lambda: self.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") != ["0"])
            other.run("COMMIT")
            said = importer.stderr.read()
            importer.stderr.close()
        self.assertEqual(importer.wait(harness.PATIENCE), 7)
        self.assertIn('standard input:51: userName "u50" is already in use (uniqueness)', said)
        self.assertIn("imported 199, 1 refused", said)

    def test_what_a_lost_connection_has_undone_is_written_again(self):
        importer = subprocess.Popen([SCIMCTL, "--db", self.url, "import", "users", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                    text=True, cwd=self.folder, env={**os.environ, "SCIMCTL_CONFIG": ""})
        with importer.stdin:
            importer.stdin.write(lines(*users(1500)))
            importer.stdin.flush()
            ours = "FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
            harness.wait_for("rows that are not committed", lambda: self.sql("SELECT pg_terminate_backend(pid) " + ours) == ["t"])
            importer.stdin.write(lines(*users(500, first=1500)))
        said = importer.stderr.read()
        importer.stderr.close()
        self.assertEqual(importer.wait(harness.PATIENCE), 0, said)
        self.assertIn("imported 2000,", said)
        self.assertEqual(self.sql("SELECT count(DISTINCT user_name) FROM users"), ["2000"])
        self.assertEqual(self.sql("SELECT count(*) FROM user_emails"), ["2000"])

    def test_where_rows_cannot_be_copied_they_come_one_by_one(self):
        self.sql("ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY; CREATE POLICY open ON users USING (true)")
        self.count_statements("user_emails")
        done = self.run_cli("import", "users", "-", stdin=lines(*users(1500)))
        self.assertNotIn("database", done.stderr)
        self.assertEqual(self.statements(), 1500)

    def test_where_keys_cannot_be_taken_they_come_one_by_one(self):
        role = "scim_%s" % os.urandom(6).hex()
        self.sql("CREATE ROLE %s LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %s" % (role, role))
        owner = self.postgresql
        try:
            self.postgresql = re.sub(r"\buser=[^&]*", "user=" + role, owner)
            done = self.run_cli("import", "users", "-", stdin=lines(*users(200)))
            self.assertNotIn("database", done.stderr)
        finally:
            self.postgresql = owner
            self.sql("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %s; DROP ROLE %s" % (role, role))
        self.assertEqual(self.sql("SELECT count(*) FROM users"), ["200"])

    def test_our_own_trigger_that_refuses_names_the_line(self):
        self.sql("""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not %', NEW.user_name; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON users FOR EACH ROW WHEN (NEW.user_name = 'u77') EXECUTE FUNCTION refuse()""")
        some = users(200)
        some[10] = {"userName": "U3"}
        done = self.run_cli("import", "users", "-", "--continue", "-o", "json", status=1, stdin=lines(*some))
        self.assertIn("standard input:78: ", done.stderr)
        written = int(self.sql("SELECT count(*) FROM users")[0])
        self.assertGreaterEqual(written, 10)
        self.assertEqual(json.loads(done.stdout), {"imported": written, "refused": 1})


TYPED = """
[user]
table = "people"
key = "id"
link = { created = { column = "joined", of = "row" } }
[user.map]
userName = { column = "login", unique = true }
active = "enabled"
emails = { column = "email", type = "work", primary = true }
[group]
table = "teams"
key = "id"
[group.map]
displayName = { column = "name", unique = true }
members = { table = "team_people", owner = "team", value = "person" }
"""


@unittest.skipIf(not harness.on_postgresql(), "it is about types that SQLite has not")
class Typed(ImportCase):
    """The tables of an application."""

    def setUp(self):
        super().setUp()
        self.sql("""CREATE TABLE people (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), login varchar(20) UNIQUE NOT NULL,
                                         enabled boolean NOT NULL DEFAULT true, email text, joined timestamptz NOT NULL DEFAULT now());
            CREATE TABLE teams (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text UNIQUE NOT NULL);
            CREATE TABLE team_people (team uuid NOT NULL REFERENCES teams, person uuid NOT NULL REFERENCES people, PRIMARY KEY (team, person))""")
        self.config = self.write("typed.toml", TYPED)

    def test_uuids_times_and_truth(self):
        some = users(300)
        some[7]["active"] = False
        some[8]["userName"] = "too long for a varchar(20)"
        some[200]["userName"] = "u199"
        dry = self.run_cli("import", "users", "-", "--dry-run", status=7, stdin=lines(*some))
        self.assertEqual(self.sql("SELECT count(*) FROM people"), ["0"])
        done = self.run_cli("import", "users", "-", "--rejects", "rejects.jsonl", status=7, stdin=lines(*some))
        self.assertEqual(refused(dry), refused(done))
        self.assertEqual([line.split(":")[0] for line in refused(done)], ["9", "201"])
        self.assertEqual((self.folder / "rejects.jsonl").read_text(), lines(some[8], some[200]))
        self.assertEqual(self.sql("SELECT login FROM people WHERE NOT enabled"), ["u7"])
        self.assertEqual(self.sql("SELECT count(*) FROM people WHERE abs(extract(epoch FROM now() - joined)) > 3600"), ["0"])
        self.assertEqual(self.json("import", "users", "-", "--resume", stdin=lines(*users(300))), {"imported": 2, "refused": 0, "skipped": 298})
        groups = [{"displayName": "g%d" % i, "members": [{"value": "userName=u%d" % (i + j)} for j in range(3)]} for i in range(50)]
        groups[20]["members"].append({"value": "userName=nobody"})
        done = self.run_cli("import", "groups", "-", "--continue", status=7, stdin=lines(*groups))
        self.assertEqual(refused(done), ['21: members: there is no user and no group with "userName=nobody" (invalidValue)'])
        self.assertEqual(self.sql("SELECT count(*) FROM team_people"), ["147"])
        exported = self.run_cli("export", "groups").stdout
        self.assertEqual(exported.count('"userName=u2"'), 3)


def contents(file):
    """All that a database holds but what differs each time: ids and moments. Of an index of trigrams, which texts have what,
    once it has what is in its tail."""
    def without_marks(value):
        return re.sub(r"[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[0-9:.]+Z", "", value) if isinstance(value, str) else value

    with contextlib.closing(sqlite3.connect(file)) as database:
        def rows(text):
            return [tuple(map(without_marks, row)) for row in database.execute(text)]

        # Undone when the connection is closed.
        database.execute("UPDATE trigram_marks SET user_key = (SELECT coalesce(max(key), 0) FROM users), "
                         "email_key = (SELECT coalesce(max(key), 0) FROM user_emails)")
        found = {"schema": rows("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")}
        for (name,) in rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '*_trigrams*' AND name <> 'sqlite_sequence'"):
            columns = [column[1] for column in rows("SELECT * FROM pragma_table_info('%s')" % name)]
            shown = [column for column in columns if column not in ("id", "created", "last_modified", "time")]
            found[name] = rows('SELECT "%s" FROM "%s" ORDER BY 1, 2' % ('", "'.join(shown), name))
        for index in ("user_trigrams", "user_email_trigrams"):
            database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, %s, 'row')" % index)
            found[index] = rows("SELECT term, doc FROM temp.terms ORDER BY term")
            database.execute("DROP TABLE temp.terms")
            database.execute("INSERT INTO %s (%s, rank) VALUES ('integrity-check', 1)" % (index, index))
        found["integrity"] = rows("PRAGMA integrity_check")
        found["foreign keys"] = rows("PRAGMA foreign_key_check")
        return found


@unittest.skipIf(harness.on_postgresql(), "it is about indexes of SQLite")
class WholeImport(ImportCase):
    """A large file into a database with little in it is one transaction; standard input is many, so it says what is right."""

    def setUp(self):
        super().setUp()
        self.other = self.folder / "other.db"

    SPACES = 12_000 * " "

    def large(self, count=740, refused=()):
        """More than 8 MiB, of spaces most of them. Lines of `refused` are replaced."""
        body = [json.dumps({"userName": "u%d" % (i * 7 % count), "displayName": "Name %d" % i, "externalId": str(i),
                            "emails": [{"value": "u%d@example.com" % i}], "roles": [{"value": "r%d" % (i % 5)}]}) + self.SPACES for i in range(count)]
        for number, text in dict(refused).items():
            body[number - 1] = text
        return self.write("large.jsonl", "\n".join(body) + "\n")

    def both(self, noun, file, *arguments, status=0):
        """The file into one database, and what it says through standard input into the other; both say the same."""
        text = (self.folder / file).read_text()
        said = self.run_cli("import", noun, file, *arguments, status=status).stderr
        self.assertTrue(self.was_whole())
        self.database, first = self.other, self.database
        other = self.run_cli("import", noun, "-", *arguments, status=status, stdin=text).stderr.replace("standard input:", file + ":")
        self.assertFalse(self.was_whole())
        self.database = first
        self.assertEqual(*([line for line in words.splitlines() if line.startswith("scimctl: %s:" % file)] for words in (said, other)))
        self.assertEqual(contents(self.database), contents(self.other))
        return said

    def was_whole(self):
        """Indexes that were made again stand behind all others."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            last = "SELECT max(rowid) FROM sqlite_schema WHERE name IN "
            of_first_version = database.execute(last + "('user_emails_value', 'group_users_user')").fetchone()
            return of_first_version > database.execute(last + "('group_blocks_delete')").fetchone()

    def make_both(self, *some):
        for database in (self.other, self.folder / "scim.db"):
            self.database = database
            self.run_cli("import", "users", "-", stdin=lines(*some))

    def test_is_what_many_transactions_make(self):
        self.both("users", self.large())
        self.assertEqual(len(contents(self.database)["users"]), 740)

    def test_beside_what_is_there(self):
        self.make_both(*users(3, first=100_000))
        self.both("users", self.large())
        self.run_cli("import", "users", "-", stdin=lines(*users(2, first=200_000)))
        self.assertEqual(len(self.json("list", "users", "--filter", 'userName sw "u20000"', "--all")["Resources"]), 2)

    def test_refused_lines(self):
        self.make_both({"userName": "ada"})
        again = json.dumps({"userName": "ADA", "emails": [{"value": "lost@example.com"}]})
        refused = {2: again, 300: '{"userName": 7}', 301: "{", 600: json.dumps({"userName": "U14", "roles": [{"value": "lost"}]})}
        file = self.large(refused=refused)
        said = self.both("users", file, "--continue", status=7)
        self.assertIn("imported 736, 4 refused", said)
        self.assertIn('large.jsonl:2: userName "ADA" is already in use (uniqueness)', said)
        self.assertIn('large.jsonl:600: userName "U14" is already in use (uniqueness)', said)

    def test_the_first_refused_line_stops_it(self):
        said = self.both("users", self.large(refused={640: '{"userName": "u7"}'}), status=7)
        self.assertIn("imported 639, 1 refused", said)

    def test_groups(self):
        self.make_both(*users(60))
        names = ["g%d" % i for i in range(740)]
        groups = [{"displayName": name, "members": [{"value": "userName=u%d" % (j % 60)} for j in range(i % 7)]}
                  for i, name in enumerate(names)]
        groups[5]["members"].append({"value": "displayName=" + names[4]})
        groups[9]["members"] = [{"value": "userName=nobody"}]
        self.both("groups", self.write("groups.jsonl", lines(*groups).replace("\n", self.SPACES + "\n")), "--continue", status=7)

    def test_passwords_are_written_by_transactions_of_their_own(self):
        file = self.large(refused={740: json.dumps({"userName": "ada", "password": "correct horse"})})
        self.run_cli("import", "users", file)
        self.assertEqual(len(self.names()), 740)
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            self.assertEqual(database.execute("SELECT count(*) FROM users WHERE password GLOB '$y$*'").fetchone(), (1,))
        self.assertEqual(contents(self.database)["integrity"], [("ok",)])

    def test_who_was_deleted_comes_back_in_many_transactions(self):
        self.make_both({"userName": "u7"})
        self.run_cli("delete", "user", "--yes", "userName=u7")
        self.run_cli("import", "users", self.large())
        self.assertFalse(self.was_whole())
        self.assertEqual(len(self.names()), 740)

    def test_broken_off_it_has_done_nothing(self):
        self.make_both(*users(3, first=100_000))
        before = contents(self.database)
        self.large(count=1700)
        importer = subprocess.Popen([SCIMCTL, "--db", "sqlite:%s" % self.database, "import", "users", "large.jsonl"],
                                    stderr=subprocess.DEVNULL, cwd=self.folder, env={**os.environ, "SCIMCTL_CONFIG": ""})
        with contextlib.closing(sqlite3.connect(self.database, timeout=0, isolation_level=None)) as other:
            while importer.poll() is None:
                try:
                    other.execute("BEGIN IMMEDIATE")
                    other.execute("ROLLBACK")
                except sqlite3.OperationalError:
                    break  # it has begun
            self.assertEqual(other.execute("SELECT count(*) FROM users INDEXED BY users_id WHERE id > ''").fetchone(), (3,))
            importer.kill()
            self.assertEqual(importer.wait(), -9)
        self.assertEqual(contents(self.database), before)
        self.run_cli("import", "users", "large.jsonl")
        self.assertEqual(len(contents(self.database)["users"]), 1703)


if __name__ == "__main__":
    unittest.main()
