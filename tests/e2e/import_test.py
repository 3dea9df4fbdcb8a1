# SPDX-License-Identifier: MIT
"""scimctl import: what comes in, what is refused, and what is left in the database then."""
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

SCIMCTL = os.environ["SCIMCTL"]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def lines(*resources):
    return "".join(json.dumps(resource) + "\n" for resource in resources)


def users(count, first=0):
    return [{"schemas": [USER], "userName": "u%d" % i, "emails": [{"value": "u%d@example.com" % i, "type": "work"}]}
            for i in range(first, first + count)]


class ImportCase(unittest.TestCase):
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


def contents(file):
    """All that a database holds but what differs each time: ids and moments. Of an index of trigrams, which texts have what,
    once it has what is in its tail."""
    def without_marks(value):
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[0-9:.]+Z", "", value) if isinstance(value, str) else value

    with contextlib.closing(sqlite3.connect(file)) as database:
        def rows(text):
            return [tuple(map(without_marks, row)) for row in database.execute(text)]

        # Undone when the connection is closed.
        database.execute("UPDATE trigram_marks SET user_key = (SELECT coalesce(max(key), 0) FROM users), "
                         "email_key = (SELECT coalesce(max(key), 0) FROM user_emails)")
        found = {"schema": rows("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")}
        for (name,) in rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '*_trigrams*' AND name <> 'sqlite_sequence'"):
            columns = [column[1] for column in rows("SELECT * FROM pragma_table_info('%s')" % name)]
            shown = [column for column in columns if column not in ("id", "created", "last_modified")]
            found[name] = rows('SELECT "%s" FROM "%s" ORDER BY 1, 2' % ('", "'.join(shown), name))
        for index in ("user_trigrams", "user_email_trigrams"):
            database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, %s, 'row')" % index)
            found[index] = rows("SELECT term, doc FROM temp.terms ORDER BY term")
            database.execute("DROP TABLE temp.terms")
            database.execute("INSERT INTO %s (%s, rank) VALUES ('integrity-check', 1)" % (index, index))
        found["integrity"] = rows("PRAGMA integrity_check")
        found["foreign keys"] = rows("PRAGMA foreign_key_check")
        return found


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
        self.run_cli("delete", "user", "userName=u7")
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
