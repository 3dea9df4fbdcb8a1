# SPDX-License-Identifier: MIT
"""scimctl as a program: every verb, output form, ID form and exit code, against a database of its own."""
import json
import os
import pathlib
import sqlite3
import stat
import subprocess
import tempfile
import unittest

SCIMCTL = os.environ["SCIMCTL"]


class Cli(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.database = self.folder / "scim.db"
        self.environment = {**os.environ, "SCIMCTL_CONFIG": str(self.folder / "scimctl.toml")}
        (self.folder / "scimctl.toml").write_text("[database]\nurl = 'sqlite:%s'\n" % self.database)

    def run_cli(self, *arguments, status=0, stdin=""):
        done = subprocess.run([SCIMCTL, *arguments], input=stdin, capture_output=True, text=True, timeout=60,
                              cwd=self.folder, env=self.environment)
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_cli(*arguments, "-o", "json", **options).stdout)

    def make_user(self, name, *arguments):
        return self.json("create", "user", "--user-name", name, *arguments)["id"]

    def test_create_forms(self):
        ada = self.json("create", "user", "--user-name", "ada", "--external-id", "42", "--set", "name.givenName=Ada",
                        "--set", 'emails[type eq "work"].value=ada@example.com', "--set", "active=true", "--set", "title=1")
        self.assertEqual(ada["emails"], [{"value": "ada@example.com", "type": "work"}])
        self.assertEqual((ada["externalId"], ada["active"], ada["title"]), ("42", True, "1"))
        bob = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob"}
        self.assertEqual(self.json("create", "user", "-f", "-", stdin=json.dumps(bob))["userName"], "bob")
        lines = "".join(json.dumps({**bob, "userName": "u%d" % i}) + "\n" for i in range(3))
        self.assertEqual(len(self.run_cli("create", "users", "-f", "-", "-o", "jsonl", stdin=lines).stdout.splitlines()), 3)
        self.assertEqual(self.json("list", "users")["totalResults"], 5)

    def test_some_of_many_fail(self):
        self.make_user("u1")
        lines = "".join(json.dumps({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": n}) + "\n"
                        for n in ("u0", "u1", "u2"))
        self.run_cli("create", "users", "-f", "-", status=7, stdin=lines)
        self.assertEqual(self.json("list", "users")["totalResults"], 3)

    def test_id_forms(self):
        first, second = self.make_user("ada", "--external-id", "7"), self.make_user("bob", "--external-id", "7")
        for form in (first, "userName=ADA", "id=" + first):
            self.assertEqual(self.json("get", "user", form)["id"], first)
        self.assertIn(second, self.run_cli("get", "user", "externalId=7", status=5).stderr)
        self.run_cli("get", "user", "userName=nobody", status=3)
        self.run_cli("get", "user", "00000000-0000-4000-8000-000000000000", status=3)
        self.run_cli("get", "user", "nosuch=x", status=2)

    def test_change(self):
        self.make_user("ada", "--set", "title=A")
        version = self.json("get", "user", "userName=ada")["meta"]["version"]
        self.assertEqual(self.json("patch", "user", "userName=ada", "--set", "title=B", "--if-match", version)["title"], "B")
        self.run_cli("patch", "user", "userName=ada", "--set", "title=C", "--if-match", version, status=6)
        self.assertNotIn("title", self.json("patch", "user", "userName=ada", "--unset", "title"))
        op = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
              "Operations": [{"op": "add", "path": "nickName", "value": "Countess"}]}
        self.assertEqual(self.json("patch", "user", "userName=ada", "-f", "-", stdin=json.dumps(op))["nickName"], "Countess")
        replaced = self.json("replace", "user", "userName=ada", "--user-name", "ada2")
        self.assertEqual((replaced["userName"], "nickName" in replaced), ("ada2", False))
        self.run_cli("patch", "user", "userName=ada2", "--set", "active=maybe", status=2)
        self.run_cli("patch", "user", "userName=ada2", "--set", "nosuch=1", status=2)

    def test_dry_run_writes_nothing(self):
        self.make_user("ada", "--set", "title=A")
        before = self.json("get", "user", "userName=ada")
        shown = self.run_cli("patch", "user", "userName=ada", "--set", "title=B", "--dry-run").stdout
        self.assertIn("B", shown)
        self.run_cli("delete", "user", "userName=ada", "--dry-run")
        self.run_cli("create", "user", "--user-name", "zoe", "--dry-run")
        self.assertEqual(self.json("get", "user", "userName=ada"), before)
        self.assertEqual(self.json("list", "users")["totalResults"], 1)

    def test_active_and_delete(self):
        one, two = self.make_user("ada"), self.make_user("bob")
        self.assertFalse(self.json("deactivate", "user", one)["active"])
        self.assertTrue(self.json("activate", "user", one)["active"])
        self.run_cli("delete", "users", "--yes", one, "00000000-0000-4000-8000-000000000000", two, status=7)
        self.assertEqual(self.json("list", "users")["totalResults"], 0)
        self.assertNotEqual(self.make_user("ada"), one)

    def test_groups(self):
        ada = self.make_user("ada")
        self.json("create", "group", "--display-name", "Staff", "--add-member", "userName=ada")
        self.assertEqual(self.json("get", "user", ada)["groups"][0]["display"], "Staff")
        group = self.json("patch", "group", "displayName=Staff", "--remove-member", ada)
        self.assertEqual(group["members"], [])

    def test_names_stand_for_ids_in_bodies(self):
        ada, bob = self.make_user("ada"), self.make_user("bob")
        staff = {"displayName": "Staff", "members": [{"value": "userName=ada"}, {"value": bob}]}
        made = self.json("create", "group", "-f", "-", stdin=json.dumps(staff))
        self.assertEqual({member["value"] for member in made["members"]}, {ada, bob})
        replaced = self.json("replace", "group", "displayName=Staff", "-f", "-",
                             stdin=json.dumps({"displayName": "Staff", "members": [{"value": "userName=ada"}]}))
        self.assertEqual([member["value"] for member in replaced["members"]], [ada])
        op = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
              "Operations": [{"op": "add", "path": "members", "value": [{"value": "userName=bob"}]}]}
        patched = self.json("patch", "group", "displayName=Staff", "-f", "-", stdin=json.dumps(op))
        self.assertEqual({member["value"] for member in patched["members"]}, {ada, bob})
        manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"
        managed = self.json("patch", "user", "userName=bob", "--set", manager + "=userName=ada")
        self.assertEqual(managed["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]["value"], ada)
        self.run_cli("patch", "group", "displayName=Staff", "-f", "-", status=3, stdin=json.dumps({"members": [{"value": "userName=eve"}]}))
        self.assertIn("userName=ada", self.run_cli("patch", "group", "displayName=Staff", "--add-member", "ada", status=3).stderr)

    def test_what_is_mistyped_hits_nobody(self):
        user = self.make_user("J\ufffdrg")
        done = subprocess.run([SCIMCTL.encode(), b"delete", b"user", b"userName=J\xe4rg", b"--yes"], cwd=self.folder, env=self.environment,
                              capture_output=True, timeout=60)
        self.assertEqual((done.returncode, b"not UTF-8" in done.stderr), (2, True), done.stderr)
        self.json("get", "user", user)
        grace = self.make_user("grace", "--set", 'emails[type eq "work"].value=a@example.com', "--set", 'emails[type eq "home"].value=b@example.com')
        several = self.run_cli("patch", "user", grace, "--set", "emails.value=new@example.com", status=2)
        self.assertIn('emails[type eq "work"].value', several.stderr)
        said = self.run_cli("create", "user", "-f", "-", stdin=json.dumps({"userName": "tim", "tittle": "x"}))
        self.assertIn("tittle", said.stderr)
        missing = "sqlite:%s" % (self.folder / "typo.db")
        for words in (["list", "users"], ["token", "list"], ["raw", "GET", "/Users"], ["export", "users"]):
            self.assertIn("there is no database", self.run_cli("--db", missing, *words, status=2).stderr)
        self.assertFalse((self.folder / "typo.db").exists())

    def test_a_page_says_that_it_is_not_all(self):
        lines = "".join(json.dumps({"userName": "u%d" % i}) + "\n" for i in range(101))
        self.run_cli("import", "users", "-", stdin=lines)
        self.assertIn("100 of 101", self.run_cli("list", "users", "-o", "name").stderr)
        for words in (["--all"], ["--count", "5"], ["--limit", "101"]):
            self.assertEqual(self.run_cli("list", "users", "-o", "name", *words).stderr, "")

    def test_outputs(self):
        self.make_user("漢字", "--set", 'displayName=a,"b"')
        self.assertEqual(self.run_cli("list", "users", "-o", "csv", "--columns", "userName,displayName").stdout,
                         'userName,displayName\n漢字,"a,""b"""\n')
        self.assertEqual(self.run_cli("list", "users", "-o", "name").stdout.strip(), self.json("list", "users")["Resources"][0]["id"])
        header, row = self.run_cli("list", "users", "-o", "table", "--columns", "userName,active").stdout.splitlines()
        self.assertEqual(header.index("ACTIVE"), row.index("true") + 2, "wide characters take two columns")
        self.assertEqual(json.loads(self.run_cli("list", "users", "-o", "jsonl").stdout)["userName"], "漢字")

    def test_all_pages(self):
        for i in range(5):
            self.make_user("u%d" % i)
        self.assertEqual(len(self.json("list", "users", "--count", "2")["Resources"]), 2)
        self.assertEqual(len(self.run_cli("list", "users", "--all", "-o", "name").stdout.splitlines()), 5)

    def test_errors(self):
        self.assertEqual(self.run_cli(status=2).stdout, "")
        self.run_cli("frob", status=2)
        self.run_cli("list", "cats", status=2)
        self.run_cli("list", "users", "-o", "xml", status=2)
        self.run_cli("list", "users", "--filter", "userName", status=2)
        self.make_user("ada")
        error = json.loads(self.run_cli("create", "user", "--user-name", "ADA", "-o", "json", status=5).stderr)
        self.assertEqual((error["scimType"], error["status"]), ("uniqueness", "409"))
        done = self.run_cli("list", "users", "--db", "sqlite:%s/none/x.db" % self.folder, status=2)
        self.assertIn("none/x.db", done.stderr)
        self.assertIn("Usage", self.run_cli("list", "--help").stdout)

    def test_broken_pipe_is_no_crash(self):
        for i in range(40):
            self.make_user("u%d" % i)
        done = subprocess.run(["bash", "-c", "set -o pipefail; '%s' list users | head -c 10 >/dev/null" % SCIMCTL],
                              env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertLess(done.returncode, 128 + 1 if done.returncode == 0 else 142, done.stderr)
        self.assertNotIn("terminate", done.stderr)

    def test_tokens(self):
        done = self.run_cli("token", "create", "okta")
        self.assertRegex(done.stdout, r"\Ascim_[0-9a-f]{16}_[A-Za-z0-9_-]{43}\n\Z")
        self.run_cli("token", "create", "okta", status=5)
        self.run_cli("token", "create", "old", "--expires", "2020-01-01T00:00:00Z", status=2)
        self.run_cli("token", "create", "soon", "--read-only", "--expires", "90d")
        listed = self.json("token", "list")
        self.assertEqual([t["name"] for t in listed], ["okta", "soon"])
        self.assertNotIn(done.stdout.strip().split("_", 2)[2], json.dumps(listed))
        self.run_cli("token", "revoke", "--yes", "okta")
        self.run_cli("token", "revoke", "--yes", "okta", status=3)
        with sqlite3.connect(self.database) as database:
            dump = "\n".join(database.iterdump())
        self.assertNotIn(done.stdout.strip().split("_", 2)[-1], dump)
        self.assertEqual(stat.S_IMODE(self.database.stat().st_mode), 0o600)

    def test_password_is_hashed_and_never_shown(self):
        self.run_cli("create", "user", "--user-name", "ada", "--password-stdin", stdin="s3cret-word\n")
        self.assertNotIn("password", self.json("get", "user", "userName=ada"))
        with sqlite3.connect(self.database) as database:
            dump = "\n".join(database.iterdump())
        self.assertNotIn("s3cret-word", dump)
        self.assertIn("$y$", dump)

    def test_filter_test(self):
        self.run_cli("filter-test", "userName pr")
        self.assertFalse(self.database.exists(), "needs no database and makes none")
        self.make_user("ada")
        self.assertIn("ada", self.run_cli("filter-test", 'userName eq "ADA"').stdout)
        self.run_cli("filter-test", 'userName eq "zoe"', status=9)
        bad = self.run_cli("filter-test", 'title eq "é" and userNmae pr', status=2).stderr.splitlines()
        self.assertEqual(bad[2].index("^"), bad[1].index("userNmae"))
        resources = [{"userName": "a", "id": "1"}, {"userName": "b", "id": "2"}]
        found = self.json("filter-test", 'userName eq "B"', "-f", "-", stdin=json.dumps(resources))
        self.assertEqual([m["id"] for m in found["matches"]], ["2"])

    def test_check_of_the_embedded_store(self):
        self.assertIn("not there yet", self.run_cli("check").stdout)
        self.assertFalse(self.database.exists(), "check makes nothing")
        self.make_user("ada")
        self.assertRegex(self.run_cli("check", "--strict").stdout, r"\n0 errors, 0 warnings, 1 hint; checked as \S+\n\Z")
        self.database.chmod(0o646)
        found = json.loads(self.run_cli("check", "-o", "json", status=1).stdout)
        self.assertEqual([f["severity"] for f in found], ["error", "warning", "hint"])
        self.assertEqual((found[0]["place"], found[0]["fix"]), (str(self.database), "chmod o-w %s" % self.database))

    def test_check_of_a_mapping(self):
        application = self.folder / "app.db"
        toml = self.folder / "scimctl.toml"
        toml.write_text("""base_url = "https://app.example.com/scim/v2"
            [database]
            url = "sqlite:%s"
            [user]
            table = "person"
            key = "id"
            [user.map]
            userName = { column = "login", unique = true }
            active = "enabled"\n""" % application)
        self.assertIn("cannot be opened", self.run_cli("check", status=1).stdout)
        with sqlite3.connect(application) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, login TEXT NOT NULL UNIQUE, "
                             "enabled INTEGER NOT NULL, tenant INTEGER NOT NULL)")
        application.chmod(0o600)
        found = self.json("check", status=1)
        self.assertEqual(len(found), 2, found)
        self.assertEqual((found[0]["severity"], found[0]["place"], found[0]["fix"]),
                         ("error", "person.tenant", "[user]: defaults = { tenant = 0 }"))
        toml.write_text(toml.read_text().replace('key = "id"', 'key = "id"\ndefaults = { tenant = 0 }'))
        found = self.json("check")
        self.assertEqual([f["place"] for f in found], ["[user.map] userName"])
        self.json("check", "--strict", status=1)
        # The advice is followed, word by word.
        mapping, index = found[0]["fix"].splitlines()
        self.assertEqual(mapping, '[user.map] userName: fold = "lower"')
        with sqlite3.connect(application) as database:
            database.execute(index)
        toml.write_text(toml.read_text().replace("unique = true", 'unique = true, fold = "lower"'))
        self.assertEqual(self.json("check", "--strict"), [])
        self.make_user("ada")
        self.assertEqual(self.json("check", "--strict"), [], "with our own tables")


unittest.main()
