# SPDX-License-Identifier: MIT
"""scimctl db: state and updates of our own tables, and everything moved between SQLite and PostgreSQL with proof."""
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import unittest

import postgresql

SCIMCTL = os.environ["SCIMCTL"]
URN = "urn:ietf:params:scim:schemas:"
BADGE = {"id": "urn:example:Badge", "name": "Badge", "attributes": [
    {"name": "code", "type": "string", "required": True, "uniqueness": "server"},
    {"name": "weight", "type": "decimal", "uniqueness": "server"},
    {"name": "holders", "type": "complex", "multiValued": True, "subAttributes": [{"name": "value", "type": "string"}]}]}
BADGE_TYPE = {"id": "Badge", "name": "Badge", "endpoint": "/Badges", "schema": "urn:example:Badge"}
# What each way of writing rows has to escape, and what databases order in other ways than bytes.
ODD = ["tab\there", "line\nfeed\rreturn", "back\\slash \\N \\.", "quote'\" {} $1 ?", "Ünïcode ß ǅ 漢字 😀", " blank ", "\\N", "\\."]


def name_of(url):
    return url.split("///")[1].split("?")[0]


def psql(server, url, text):
    return server.sql(text, name_of(url)).strip()


class DbCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(postgresql.Postgresql())

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.files = 0
        self.environment = {**os.environ, "SCIMCTL_CONFIG": ""}

    def configure(self, text):
        (self.folder / "scimctl.toml").write_text(text)
        self.environment["SCIMCTL_CONFIG"] = str(self.folder / "scimctl.toml")

    def start(self, *arguments):
        return subprocess.Popen([SCIMCTL, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                cwd=self.folder, env=self.environment)

    def run_cli(self, *arguments, status=0, stdin=""):
        done = subprocess.run([SCIMCTL, *arguments], input=stdin, capture_output=True, text=True, timeout=300, cwd=self.folder,
                              env=self.environment)
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_cli(*arguments, "-o", "json", **options).stdout)

    def new_sqlite(self):
        self.files += 1
        return "sqlite:%s/%d.db" % (self.folder, self.files)

    def new_postgresql(self):
        return self.server.create_database()

    def copy_of(self, url):
        """The same database once more, by its own means."""
        if url.startswith("postgresql"):
            return self.server.create_database(template=name_of(url))
        copy = self.new_sqlite()
        shutil.copy(url.removeprefix("sqlite:"), copy.removeprefix("sqlite:"))
        return copy

    def makers(self):
        return {"sqlite": self.new_sqlite, "postgresql": self.new_postgresql}

    def run_sql(self, url, text):
        """The first column of its rows as text, a line each."""
        if url.startswith("postgresql"):
            return psql(self.server, url, text)
        with sqlite3.connect(url.removeprefix("sqlite:")) as database:
            return "\n".join(str(row[0]) for row in database.execute(text))


class Status(DbCase):
    def test_of_an_empty_database_and_one_that_is_up_to_date(self):
        for kind, make in self.makers().items():
            with self.subTest(kind):
                url = make()
                empty = self.json("db", "status", "--db", url, status=9)
                self.assertEqual((empty["kind"], empty["version"]), (kind, 0))
                self.assertEqual(empty["database"], url)
                self.assertEqual([table["name"] for table in empty["tables"] if table["exists"]], [])
                self.assertEqual(len(empty["migrate"]), empty["known_version"])
                self.assertRegex(empty["server_version"], r"^\d+\.\d+")
                self.run_cli("db", "migrate", "--db", url)
                made = self.json("db", "status", "--db", url)
                self.assertEqual((made["version"], made["migrate"]), (empty["known_version"], []))
                self.assertEqual([table["name"] for table in made["tables"] if not table["exists"]], [])
                self.assertLessEqual({"users", "user_emails", "groups", "group_users", "scim_tokens", "scim_secrets"},
                                     {table["name"] for table in made["tables"]})
                self.assertIn("migrate: nothing to do\n", self.run_cli("db", "status", "--db", url).stdout)

    def test_looking_makes_no_file(self):
        url = self.new_sqlite()
        self.run_cli("db", "status", "--db", url, status=9)
        self.run_cli("db", "migrate", "--dry-run", "--db", url)
        self.assertEqual(list(self.folder.glob("*.db*")), [])

    def test_no_password_is_shown(self):
        for secret in ("postgresql://scim:S3cret@nowhere.invalid/x", "postgresql://nowhere.invalid/x?user=scim&password=S3cret"):
            done = self.run_cli("db", "status", "--db", secret, status=1)
            self.assertNotIn("S3cret", done.stdout + done.stderr)
            self.assertIn("***", done.stderr)

    def test_what_the_configuration_wants_is_work(self):
        for kind, make in self.makers().items():
            with self.subTest(kind):
                url = make()
                self.configure("")
                self.run_cli("db", "migrate", "--db", url)
                self.configure("unique_groups = true\n")
                self.assertEqual(len(self.json("db", "status", "--db", url, status=9)["migrate"]), 1)
                self.run_cli("db", "migrate", "--db", url)
                self.assertEqual(self.json("db", "status", "--db", url)["migrate"], [])

    def test_a_newer_database_is_refused(self):
        for kind, make in self.makers().items():
            with self.subTest(kind):
                url = make()
                self.run_cli("db", "migrate", "--db", url)
                self.run_sql(url, {"sqlite": "PRAGMA user_version = 99", "postgresql": "UPDATE scim_schema SET version = 99"}[kind])
                for verb in ("status", "migrate"):
                    self.assertIn("use a newer scimctl", self.run_cli("db", verb, "--db", url, status=1).stderr)

    def test_beside_an_application(self):
        url = self.new_sqlite()
        self.run_sql(url, "CREATE TABLE people (no INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE)")
        self.configure('[user]\ntable = "people"\nkey = "no"\n[user.map]\nuserName = "login"\n')
        before = self.json("db", "status", "--db", url, status=9)
        self.assertEqual(before["version"], None)
        self.assertIn({"name": "scim_tokens", "exists": False}, before["tables"])
        self.assertIn("table scim_user", before["migrate"])
        self.run_cli("db", "migrate", "--db", url)
        self.assertEqual(self.json("db", "status", "--db", url)["migrate"], [])
        self.assertIn("own tables", self.run_cli("db", "copy", url, self.new_sqlite(), status=2).stderr)


class Migrate(DbCase):
    def test_says_what_it_did(self):
        for kind, make in self.makers().items():
            with self.subTest(kind):
                url = make()
                done = self.json("db", "migrate", "--db", url)
                self.assertEqual(len(done["done"]), done["version"])
                again = self.run_cli("db", "migrate", "--db", url)
                self.assertIn("there was nothing to do", again.stderr)
                self.assertEqual(self.json("db", "migrate", "--db", url)["done"], [])

    def test_dry_run_prints_what_would_be_run(self):
        for kind, make in self.makers().items():
            with self.subTest(kind):
                url = make()
                script = self.run_cli("db", "migrate", "--dry-run", "--db", url).stdout
                self.assertIn("CREATE TABLE users", script)
                steps = self.json("db", "migrate", "--dry-run", "--db", url)
                self.assertEqual([step["step"] for step in steps], self.json("db", "status", "--db", url, status=9)["migrate"])
        # Where no function of ours is called, another program can run it.
        self.run_script(url, script)
        self.assertEqual(self.json("db", "status", "--db", url)["migrate"], [])
        self.assertEqual(self.run_cli("db", "migrate", "--dry-run", "--db", url).stdout, "")

    def run_by_owner(self, url, text):
        return self.server.sql(text, url.split("///")[1].split("?")[0], postgresql.USER).strip()

    def run_script(self, url, script):
        self.assertTrue(script.startswith("BEGIN;\n") and script.endswith(";\n\nCOMMIT;\n"), script[:100] + "..." + script[-100:])
        self.assertEqual(self.run_by_owner(url, script), "")

    def test_beside_an_application_it_is_what_status_says(self):
        url = self.new_postgresql()
        self.run_by_owner(url, "CREATE TABLE people (no BIGINT PRIMARY KEY, login TEXT NOT NULL UNIQUE)")
        self.configure('[user]\ntable = "people"\nkey = "no"\n[user.map]\nuserName = "login"\n')

        def status(code=9):
            return self.json("db", "status", "--db", url, status=code)["migrate"]
        everything = ["version 1 of the functions", "tables scim_tokens, scim_token_tolerances and scim_secrets", "table scim_locks",
                      "tables scim_log, scim_log_chains, scim_log_readers and scim_held", "columns of scim_tokens", "columns of scim_log and scim_held",
                      "table scim_user"]
        self.assertEqual(status(), everything)
        self.run_script(url, self.run_cli("db", "migrate", "--dry-run", "--db", url).stdout)
        self.assertEqual(status(0), [])
        self.run_by_owner(url, "COMMENT ON FUNCTION scim_version(text[]) IS '0'; DROP TABLE scim_locks")
        self.assertEqual(status(), ["version 1 of the functions", "table scim_locks"])
        self.assertEqual(self.json("db", "migrate", "--db", url)["done"], ["version 1 of the functions", "table scim_locks"])
        self.assertEqual(status(0), [])
        self.assertEqual(self.run_by_owner(url, "SELECT name FROM scim_locks"), "nesting")

    def test_many_processes_at_once(self):
        for kind, make in self.makers().items():
            with self.subTest(kind):
                url = make()
                running = [self.start("db", "migrate", "--db", url) for _ in range(6)]
                made = ""
                for process in running:
                    out, err = process.communicate(timeout=120)
                    self.assertEqual(process.returncode, 0, out + err)
                    made += err
                self.assertEqual(self.json("db", "status", "--db", url)["migrate"], [])
                self.assertEqual(made.count("made version 1 of the tables"), 1, "only who has made it says so")
                self.assertEqual(made.count("there was nothing to do"), 5)


@unittest.skipIf(os.environ.get("SCIMCTL_SANITIZE"), "what a sanitizer takes beside the program is no measure of it")
class Large(DbCase):
    """However large rows are, few of them are in memory."""
    ROWS = 150
    MOST_MB = 60  # for some portions of 4 MiB; all rows are 150 MB

    def peak_mb(self, *arguments):
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen([SCIMCTL, *arguments], stdout=errors, stderr=errors, stdin=subprocess.DEVNULL, cwd=self.folder, env=self.environment)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            self.assertEqual(process.returncode, 0, errors.read())
        return usage.ru_maxrss / 1024

    def test_photographs_of_everybody(self):
        source, target = self.new_sqlite(), self.new_postgresql()
        self.run_cli("db", "migrate", "--db", source)
        with sqlite3.connect(source.removeprefix("sqlite:")) as database:
            database.execute("PRAGMA synchronous = OFF")
            for i in range(1, self.ROWS + 1):
                database.execute("INSERT INTO users (key, id, created, last_modified, user_name, user_name_key) VALUES (?1, ?1, 1, 2, ?1, ?1)", [i])
                database.execute('INSERT INTO user_photos ("user", value) VALUES (?, ?)', [i, "data:," + "%08x" % i * (1 << 17)])
        few = self.peak_mb("db", "status", "--db", source)
        for arguments in (("copy", source, target), ("verify", source, target), ("verify", target, source)):
            self.assertLess(self.peak_mb("db", *arguments), few + self.MOST_MB, arguments)
        self.assertEqual(self.run_sql(target, "SELECT count(*) FROM user_photos WHERE length(value) > 1000000"), str(self.ROWS))


class Copy(DbCase):
    filled = {}  # by kind, for all tests that only read them

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def setUp(self):
        super().setUp()
        (self.folder / "badge.json").write_text(json.dumps(BADGE))
        (self.folder / "type.json").write_text(json.dumps([BADGE_TYPE]))
        self.types = 'schemas = ["badge.json"]\nresource_types = ["type.json"]\n'

    def full(self, kind):
        """A database with something in every table, which nobody may change."""
        if kind not in self.filled:
            url = self.new_postgresql() if kind == "postgresql" else "sqlite:%s" % (self.home / "full.db")
            self.fill(url)
            self.filled[kind] = url
        return self.filled[kind]

    def fill(self, url):
        plural = ("emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates")
        users = []
        for i, text in enumerate(ODD):
            users.append({"userName": "%d %s" % (i, text), "displayName": text, "title": text, "externalId": text,
                          "name": {"familyName": text, "givenName": "Ada"}, "active": i % 3 != 0, "userType": "" if i else "x",
                          URN + "extension:enterprise:2.0:User": {"employeeNumber": text},
                          **{name: [{"value": "aGk=" if name == "x509Certificates" else "https://x/%d" % i if name == "photos" else text,
                                     "type": "work", "primary": i % 2 == 0}, {"value": "eA==" if name == "x509Certificates" else "https://y/%d" % i}]
                             for name in plural},
                          "addresses": [{"locality": text, "formatted": "a\nb", "primary": True}]})
            if i == 2:
                del users[-1]["active"]
        users += [{"userName": "u%d" % i} for i in range(2500)]  # some portions
        self.run_cli("import", "users", "-", "--db", url, stdin="".join(json.dumps(user) + "\n" for user in users))
        self.run_cli("patch", "user", "userName=u7", "--password-stdin", "--db", url, stdin="correct horse battery\n")
        self.run_cli("delete", "users", "--yes", "userName=u8", "userName=u2499", "--db", url)
        members = [{"value": "userName=u%d" % i} for i in range(9, 30)]
        groups = [{"displayName": "Staff", "members": members}, {"displayName": "All", "members": [{"value": "displayName=Staff"}]}]
        self.run_cli("import", "groups", "-", "--db", url, stdin="".join(json.dumps(group) + "\n" for group in groups))
        self.run_cli("token", "create", "okta", "--expires", "90d", "--dialect", "okta", "--db", url)
        self.run_cli("token", "create", "report", "--read-only", "--user", "u7", "--db", url)
        self.run_sql(url, "INSERT INTO scim_token_tolerances SELECT id, 'patch-op-case', 3, 1700000000000000 FROM scim_tokens")
        self.run_sql(url, "INSERT INTO scim_secrets VALUES ('other', 'x')")
        self.run_sql(url, "INSERT INTO scim_held SELECT '3f0a9c51d2e7', 'held', 1, 2, 3, 'why', 'token:okta', id, 'r', '', 'DELETE', '/Users/1', '', '', '', '{}' "
                          "FROM scim_tokens WHERE name = 'okta'")
        self.run_cli("events", "--reader", "app", "--db", url)

    def everything(self, url):
        return [self.json("list", kind, "--all", "--db", url) for kind in ("users", "groups")] + [self.json("token", "list", "--db", url)]

    def counts(self, rows):
        return {row["table"]: row["rows"] for row in rows}

    def check_target(self, source, target):
        self.assertEqual(self.everything(target), self.everything(source))  # ids, versions and moments among it
        verified = self.json("db", "verify", source, target)
        self.assertEqual([row for row in verified if row["differences"] or row["from"] != row["to"]], [])
        self.assertEqual(self.json("log", "verify", "--db", target), self.json("log", "verify", "--db", source))
        # New rows get new keys, and indexes find old and new ones.
        made = self.json("create", "user", "--user-name", "new", "--set", "emails.value=new@example.com", "--db", target)
        self.assertEqual(self.json("get", "user", "userName=new", "--db", target)["id"], made["id"])
        self.json("create", "group", "--display-name", "New", "--add-member", "userName=new", "--db", target)
        for filter, count in (('displayName co "漢字"', 1), ('emails.value co "new@exam"', 1), ('name.familyName co "BACK\\\\S"', 1)):
            self.assertEqual(self.json("list", "users", "--filter", filter, "--db", target)["totalResults"], count, filter)
        count = "SELECT count(*) FROM users WHERE deactivated IS NULL"
        self.assertEqual(self.json("list", "users", "--count", "0", "--db", target)["totalResults"], int(self.run_sql(target, count)))

    def test_every_pair(self):
        for from_kind in self.makers():
            source = self.full(from_kind)
            for to_kind, to_maker in self.makers().items():
                with self.subTest("%s to %s" % (from_kind, to_kind)):
                    target = to_maker()
                    done = self.run_cli("db", "copy", source, target, "--verify", "-o", "json")
                    rows = {row["table"]: row for row in json.loads(done.stdout)}
                    self.assertIn("both have the same", done.stderr)
                    for table, row in rows.items():
                        self.assertEqual(row["from"], int(self.run_sql(source, "SELECT count(*) FROM " + table)), table)
                        self.assertGreater(row["from"], 0, table + ": nothing was copied")
                    self.check_target(source, target)

    def test_there_and_back_is_the_same(self):
        first, between, last = self.full("sqlite"), self.new_postgresql(), self.new_sqlite()
        self.run_cli("db", "copy", first, between)
        self.run_cli("db", "copy", between, last)
        with sqlite3.connect(first.removeprefix("sqlite:")) as one, sqlite3.connect(last.removeprefix("sqlite:")) as other:
            tables = [name for name, in one.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%trigram%' "
                                                    "AND name NOT LIKE '%rendering%' AND name NOT LIKE '%_blocks'")]
            self.assertGreater(len(tables), 14)
            for table in tables:
                columns = ", ".join(name for name, in one.execute("SELECT name FROM pragma_table_info(?)", [table]))
                text = "SELECT %s FROM %s ORDER BY 1, 2" % (columns, table)
                self.assertEqual(one.execute(text).fetchall(), other.execute(text).fetchall(), table)
            self.assertEqual(one.execute("SELECT * FROM user_blocks WHERE total > 0").fetchall(),
                             other.execute("SELECT * FROM user_blocks").fetchall())
            self.assertEqual(other.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            other.execute("INSERT INTO user_trigrams (user_trigrams) VALUES ('integrity-check')")

    def test_a_target_with_rows_is_refused(self):
        source = self.new_sqlite()
        self.run_cli("create", "user", "--user-name", "ada", "--db", source)
        for kind, make in self.makers().items():
            with self.subTest(kind):
                target = make()
                self.run_cli("token", "create", "mine", "--db", target)
                refused = self.run_cli("db", "copy", source, target, status=5)
                self.assertIn("scim_tokens", refused.stderr)
                self.assertEqual(self.json("list", "users", "--db", target)["totalResults"], 0)
                self.assertEqual(len(self.json("token", "list", "--db", target)), 1)

    def test_what_fails_leaves_nothing(self):
        """The last table takes nothing: what was copied before it is gone too."""
        source = self.new_sqlite()
        self.run_cli("create", "user", "--user-name", "ada", "--db", source)
        self.run_cli("token", "create", "okta", "--db", source)
        targets = self.makers()
        for kind, make in targets.items():
            with self.subTest(kind):
                target = make()
                self.run_cli("db", "migrate", "--db", target)
                if kind == "sqlite":
                    self.run_sql(target, "CREATE TRIGGER no BEFORE INSERT ON scim_tokens BEGIN SELECT RAISE(ABORT, 'not this one'); END")
                else:
                    self.run_sql(target, "ALTER TABLE scim_tokens ADD CHECK (name <> 'okta')")
                self.assertIn("scim_tokens", self.run_cli("db", "copy", source, target, status=1).stderr)
                self.assertEqual(self.run_sql(target, "SELECT count(*) FROM users"), "0")
                if kind == "sqlite":
                    self.run_sql(target, "DROP TRIGGER no")
                    self.run_cli("db", "copy", source, target, "--verify")

    def test_texts_that_the_target_cannot_hold_are_named(self):
        for text, name in (("'a' || char(0) || 'b'", "NUL"), ("CAST(x'ff41' AS TEXT)", "no UTF-8")):
            with self.subTest(name):
                source, target = self.new_sqlite(), self.new_postgresql()
                self.run_cli("import", "users", "-", "--db", source, stdin="".join('{"userName":"u%d"}\n' % i for i in range(3)))
                self.run_sql(source, "UPDATE users SET title = %s WHERE key = 2" % text)
                refused = self.run_cli("db", "copy", source, target, status=2).stderr
                self.assertIn("the table users has it in key 2: title", refused)
                self.run_cli("db", "copy", source, self.new_sqlite(), "--verify")

    def test_rows_that_are_hidden_are_an_error(self):
        """Of policies the copy would be a part, and the comparison would find it whole."""
        source = self.new_postgresql()
        self.run_cli("import", "users", "-", "--db", source, stdin='{"userName":"u1"}\n{"userName":"u2"}\n')
        self.run_sql(source, "CREATE ROLE backup LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO backup; "
                             "ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY a_part ON users TO backup USING (user_name <> 'u1')")
        hidden = source.replace("user=scim", "user=backup")
        target = self.new_sqlite()
        self.assertIn("row-level security", self.run_cli("db", "copy", hidden, target, "--verify", status=1).stderr)
        self.assertEqual(self.json("list", "users", "--db", target)["totalResults"], 0)
        self.run_cli("db", "copy", source, target)
        self.assertIn("row-level security", self.run_cli("db", "verify", target, hidden, status=1).stderr)

    def test_tables_are_those_that_a_name_alone_finds(self):
        source = self.new_postgresql()
        self.run_cli("create", "user", "--user-name", "ada", "--db", source)
        self.run_sql(source, "CREATE SCHEMA scim AUTHORIZATION scim")  # the first in the search path of the user of that name
        self.run_cli("db", "copy", source, self.new_sqlite(), "--verify")

    def test_an_older_source_is_refused(self):
        source, target = self.new_sqlite(), self.new_postgresql()
        self.run_sql(source, "CREATE TABLE other (x)")
        refused = self.run_cli("db", "copy", source, target, status=2)
        self.assertIn("db migrate", refused.stderr)
        self.run_cli("db", "copy", self.new_sqlite(), target, status=1)  # there is no such file

    def test_differences_are_found(self):
        source = self.full("sqlite")
        for kind, make in self.makers().items():
            copied = make()
            self.run_cli("db", "copy", source, copied)
            no = {"sqlite": "0", "postgresql": "false"}[kind]
            for table, first, change in (
                    ("users", ": nick_name, title", "UPDATE users SET title = 'x', nick_name = 'y' WHERE user_name = 'u1000'"),
                    ("users", " is missing in the target", "DELETE FROM users WHERE user_name = 'u2498'"),
                    ("user_emails", "key 1: is_primary", "UPDATE user_emails SET is_primary = %s WHERE key = 1" % no),
                    ("group_users", " is missing in the target", "DELETE FROM group_users WHERE user_key = (SELECT max(user_key) FROM group_users)"),
                    ("scim_tokens", ": expires", "UPDATE scim_tokens SET expires = NULL WHERE name = 'okta'"),
                    ("scim_secrets", 'name "more" is missing in the source', "INSERT INTO scim_secrets VALUES ('more', 'x')")):
                with self.subTest("%s: %s" % (kind, change)):
                    target = self.copy_of(copied)
                    self.run_sql(target, change)
                    done = self.run_cli("db", "verify", source, target, "-o", "json", status=9)
                    different = [row for row in json.loads(done.stdout) if row["differences"]]
                    self.assertEqual([(row["table"], row["differences"]) for row in different], [(table, 1)])
                    self.assertTrue(different[0]["first"].endswith(first), different)
                    self.assertIn("the databases differ, first in %s: " % table, done.stderr)

    def test_types_of_the_configuration(self):
        self.configure(self.types)
        source = self.new_sqlite()
        self.run_cli("db", "migrate", "--db", source)
        self.run_sql(source, "INSERT INTO scim_type_badge (id, created, last_modified, document) VALUES ('a', 1, 2, '{\"code\":\"x\"}')")
        for kind, make in {"sqlite": self.new_sqlite}.items():
            with self.subTest(kind):
                target = make()
                rows = {row["table"]: row["from"] for row in self.json("db", "copy", source, target, "--verify")}
                self.assertEqual((rows["scim_type_badge"], rows["scim_types"]), (1, 1))
                self.configure("")
                self.assertIn("Badge", self.run_cli("db", "copy", source, make(), status=2).stderr)
                self.configure(self.types)

    def test_the_source_may_be_serving(self):
        """One moment of it is copied, whatever is written meanwhile."""
        for kind, make in self.makers().items():
            with self.subTest(kind):
                source, target = make(), self.new_postgresql()
                self.run_cli("import", "users", "-", "--db", source, stdin="".join('{"userName":"u%d"}\n' % i for i in range(5000)))
                done = threading.Event()

                def write():
                    i = 0
                    while not done.is_set():
                        self.run_cli("create", "user", "--user-name", "more%d" % i, "--db", source)
                        i += 1
                writer = threading.Thread(target=write)
                writer.start()
                try:
                    self.run_cli("db", "copy", source, target, "--verify")
                finally:
                    done.set()
                    writer.join()


if __name__ == "__main__":
    unittest.main(verbosity=2)
