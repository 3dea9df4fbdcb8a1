# SPDX-License-Identifier: MIT
"""scimctl import: what comes in, what is refused, and what is left in the database then."""
import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import threading
import unittest

SCIMCTL = os.environ["SCIMCTL"]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def lines(*resources):
    return "".join(json.dumps(resource) + "\n" for resource in resources)


def users(count, first=0):
    return [{"schemas": [USER], "userName": "u%d" % i, "emails": [{"value": "u%d@example.com" % i, "type": "work"}]}
            for i in range(first, first + count)]


class Import(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.database = self.folder / "scim.db"

    def run_cli(self, *arguments, status=0, stdin=""):
        done = subprocess.run([SCIMCTL, "--db", "sqlite:%s" % self.database, *arguments], input=stdin, capture_output=True,
                              text=True, timeout=120, cwd=self.folder, env={**os.environ, "SCIMCTL_CONFIG": ""})
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_cli(*arguments, "-o", "json", **options).stdout)

    def names(self):
        return sorted(user["userName"] for user in self.json("list", "users", "--all")["Resources"])

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

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
        with sqlite3.connect(self.database) as database:
            self.assertTrue(database.execute("SELECT password FROM users").fetchone()[0].startswith("$y$"))

    def test_the_first_refused_line_stops(self):
        file = self.write("users.jsonl", lines(*users(600), {"userName": "U7"}, *users(9, first=600)))
        done = self.run_cli("import", "users", file, status=7)
        self.assertIn('users.jsonl:601: userName "U7" is already in use (uniqueness)', done.stderr)
        self.assertIn("imported 600, 1 refused", done.stderr)
        self.assertEqual(len(self.names()), 600)

    def test_the_code_says_why_when_nothing_was_written(self):
        self.run_cli("import", "users", "-", stdin=lines(*users(1)))
        for text, status, detail in ((lines(*users(1)), 5, "standard input:1: userName"),
                                     ("\n{", 2, "standard input:2: "),
                                     ("[]", 2, "a JSON object is wanted"),
                                     (lines({"schemas": [USER]}), 2, "userName")):
            self.assertIn(detail, self.run_cli("import", "users", "-", status=status, stdin=text).stderr)
        self.run_cli("import", "users", "missing.jsonl", status=2)
        self.run_cli("import", "users", "-", "--dry-run", status=2, stdin=lines(*users(1)))
        self.assertEqual(self.names(), ["u0"])

    def test_others_can_write_meanwhile(self):
        self.run_cli("list", "users")  # makes the database
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
        self.run_cli("delete", "user", before)
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


if __name__ == "__main__":
    unittest.main()
