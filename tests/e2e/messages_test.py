#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What scimctl says when something is wrong: the place, what was given and what is wanted, once; the code that scripts read; and what is
no error but would surprise."""
import json
import os
import shutil
import sqlite3
import subprocess
import unittest

from command import SCIMCTL, Command
from scripted import Reply, Scripted

PATCH = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "title", "value": "B"}]}
NOT_FOUND = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "no User"}


class OnDatabase(Command):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.where = ["--db", "sqlite:scim.db"]
        subprocess.run([SCIMCTL, "create", "users", "-f", "-", "-q", *cls.where], input='{"userName":"ada"}\n{"userName":"grace","title":"Admiral"}\n',
                       capture_output=True, text=True, cwd=cls.folder, env=cls.environment, check=True)
        subprocess.run([SCIMCTL, "create", "group", "--display-name", "Staff", "-q", *cls.where], capture_output=True, cwd=cls.folder,
                       env=cls.environment, check=True)

    def says(self, text, *arguments, status=2, **options):
        with self.subTest(arguments):
            said = self.refusal(*arguments, status=status, **options)
            self.assertIn(text, said)
            return said

    def test_a_database_that_cannot_be_opened(self):
        self.write("file", "")
        for url, why in (("sqlite:no/such/scim.db", "No such file or directory"), ("sqlite:.", "Is a directory"), ("sqlite:file/scim.db", "Not a directory")):
            said = self.says(why, "create", "user", "--user-name", "bob", status=1, where=["--db", url])
            self.assertEqual(len(said.splitlines()), 1, said)
        error = json.loads(self.refusal("create", "user", "--user-name", "bob", "-o", "json", status=1, where=["--db", "sqlite:no/such/scim.db"]))
        self.assertIn("No such file or directory", error["detail"])
        self.assertNotIn("--db", error["detail"])

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "wants somebody who may not")
    def test_a_database_of_somebody_else(self):
        def as_nobody(*arguments):
            return subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", SCIMCTL, *arguments], capture_output=True, text=True, cwd="/", env=self.environment)
        if as_nobody("--version").returncode != 0:
            self.skipTest("the program itself is not for everybody")
        for mode, status in ((0o755, 1), (0o700, 2)):
            with self.subTest(mode=mode):
                self.folder.chmod(mode)
                done = as_nobody("list", "users", "--db", "sqlite:%s/scim.db" % self.folder)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn("Permission denied", done.stderr)

    def test_a_database_that_refuses(self):
        """The reason is the operator's; nothing of a log stands beside it."""
        shutil.copy(self.folder / "scim.db", self.folder / "broken.db")
        with sqlite3.connect(self.folder / "broken.db") as db:
            db.execute("CREATE TRIGGER full BEFORE INSERT ON users BEGIN INSERT INTO nowhere VALUES (1); END")
        db.close()
        broken = ["--db", "sqlite:broken.db"]
        said = self.says("nowhere", "create", "user", "--user-name", "bob", status=1, where=broken)
        self.assertEqual(len(said.splitlines()), 1, said)
        error = json.loads(self.refusal("create", "user", "--user-name", "bob", "-o", "json", status=1, where=broken))
        self.assertIn("nowhere", error["detail"])

    def test_names_for_ids(self):
        self.says("did you mean userName=grace?", "get", "user", "grace", status=3)
        self.says("did you mean userName=grace?", "patch", "user", "grace", "--set", "title=A", status=3)
        self.says("did you mean displayName=Staff?", "delete", "group", "Staff", "-y", status=3)
        self.says('"userName=" has no value', "get", "user", "userName=")
        self.assertNotIn("mean", self.refusal("get", "user", "00000000-0000-4000-8000-000000000000", status=3))

    def test_command_lines(self):
        for arguments, text in (
                (("list", "users", "--flter", "x"), "there is no option --flter of scimctl list, did you mean --filter?"),
                (("list", "users", "x"), '"x" is one argument too many'),
                (("list",), "TYPE is missing: users or groups"),
                (("create", "user", "--user-name"), "--user-name wants a value: --user-name TEXT"),
                (("list", "users", "--count", "abc"), '--count wants a number, not "abc"'),
                (("list", "users", "--count", "-1"), "less than nothing"),
                (("list", "users", "-o", "jsn"), '"jsn" is not one of csv, json, jsonl, name, table, yaml, did you mean json?'),
                (("tokens", "list"), 'there is no command "tokens", did you mean token?'),
                (("user", "list"), "the command comes first: scimctl list user"),
                (("token",), "token wants one of create, update, show, dialects, list, rotate, revoke"),
                ((), "a command is missing"),
                (("list", "users", "--all", "--limit", "1"), "cannot be given together")):
            self.says(text, *arguments, where=[])

    def test_files(self):
        bad = self.write("bad.json", '{"userName": "eve",\n "title": tru}')
        patch = self.write("patch.json", json.dumps(PATCH))
        self.says("bad.json:2:14: not JSON: invalid literal", "create", "user", "-f", bad)
        self.says("bad.json:2:14: not JSON: invalid literal", "patch-test", "users", bad)
        for arguments in (("create", "user", "-f", "."), ("patch-test", "users", "."), ("patch-test", "users", patch, "."),
                          ("diff", "-f", "-", "--config", "."), ("import", "users", ".")):
            self.says("directory", *arguments)
        self.assertIn("directory", self.run_cli("filter-test", "userName pr", "-f", ".", status=2).stderr)
        self.says("directory", "list", "users", where=["--config", self.write("mapped.toml", 'mapping = "."\n[database]\nurl = "sqlite:%s/scim.db"\n' % self.folder)])
        self.says("directory", "list", "users", where=["--url", "http://127.0.0.1:1", "--token-file", "."])
        self.says("is missing", "patch", "user", "userName=ada", "-f", "-", stdin=json.dumps({"Operations": PATCH["Operations"]}))
        self.says("did you mean name.givenName?", "import", "users", "-", stdin="First Name\nx\n")

    def test_codes(self):
        self.run_cli("get", "user", "userName=n1", "userName=n2", status=3)
        self.run_cli("get", "user", "userName=n1", "userName=ada", status=7)
        self.says("already in use", "create", "user", "--user-name", "ada", "--dry-run", status=5)
        again = '{"userName":"new"}\n\n{"userName":"ada"}\n'
        self.assertIn("standard input:3: userName", self.run_cli("create", "users", "-f", "-", status=7, stdin=again).stderr)
        self.run_cli("delete", "user", "userName=new", "-y")

    def test_formats_that_are_no_use(self):
        for arguments in (("filter-test", "userName pr", "-o", "csv"), ("diff", "-f", "-", "-o", "name"),
                          ("patch", "user", "userName=ada", "--set", "title=A", "--dry-run", "-o", "csv")):
            self.says("no rows", *arguments)
        self.says("--attributes", "list", "users", "-o", "json", "--columns", "title")
        self.says("prints ids", "patch-test", "users", self.write("patch.json", json.dumps(PATCH)), "-o", "name")
        self.says("*.jsonl", "export", "users", "u.yaml")
        self.assertFalse((self.folder / "u.yaml").exists())

    def test_attributes(self):
        done = self.run_cli("get", "user", "userName=grace", "--attributes", "title,nosuch", "-o", "csv")
        self.assertIn('--attributes: unknown attribute "nosuch"', done.stderr)
        header, row = done.stdout.splitlines()
        self.assertEqual((header, row.split(",")[1:]), ("id,title", ["Admiral"]))
        header = self.run_cli("list", "users", "--excluded-attributes", "emails,active", "-o", "csv").stdout.splitlines()[0]
        self.assertEqual(header, "id,userName,displayName,externalId")
        self.assertRegex(self.run_cli("filter-test", "userName pr", "--why", "--limit", "0").stdout, "Why\n  2 more are not shown")

    def test_tokens(self):
        self.run_cli("token", "create", "t", "--expires", "2999-01-01")
        self.assertEqual(self.json("token", "show", "t")["expires"], "2999-01-01T00:00:00.000Z")
        self.run_cli("token", "update", "t", "--expires", "2999-02-01T00:00:00Z")
        self.assertEqual(self.json("token", "show", "t")["expires"], "2999-02-01T00:00:00.000Z")
        self.run_cli("token", "update", "t", "--expires", "never")
        self.assertIsNone(self.json("token", "show", "t")["expires"])
        self.says("wants a time to come", "token", "update", "t", "--expires", "2001-01-01")
        self.says("2027-01-01T00:00:00Z", "token", "create", "u", "--expires", "soon")

    def test_the_own_file_has_profiles_only(self):
        home = self.folder / "home" / ".config" / "scimctl"
        home.mkdir(parents=True)
        (home / "scimctl.toml").write_text('[database]\nurl = "sqlite:scim.db"\n')
        self.says("only profiles are read here", "list", "users", where=[], environment={"HOME": str(self.folder / "home")})


class OnServers(Command):
    def test_what_is_no_base_url(self):
        with Scripted() as server:
            error = Reply(404, NOT_FOUND, [("Content-Type", "application/scim+json")])
            for url, reply, status in ((server.url, Reply(404, "<html>"), 1), (server.url + "/Users", error, 1), (server.url, error, 3)):
                with self.subTest(url=url, status=status):
                    server.begin({"/Users/0": reply})
                    said = self.refusal("get", "user", "0", status=status, where=["--url", url])
                    self.assertEqual("is no SCIM base URL" in said, status == 1, said)
            server.begin({"/ServiceProviderConfig": Reply(200, {"bulk": {}})})
            self.refusal("get", "user", "0", status=3, where=["--url", server.url])
            said = self.refusal("list", "users", status=1, where=["--url", server.url.replace("http:", "https:")])
            self.assertIn("is it http:// there?", said)

    def test_a_command_of_curl_wants_its_token(self):
        token = self.write("token", "secret-of-a-file")
        where = ["--url", "http://127.0.0.1:1", "--token-file", token]
        self.assertIn("SCIMCTL_TOKEN, which is not set", self.run_cli("raw", "GET", "/Users", "--as-curl", where=where).stderr)
        self.assertEqual(self.run_cli("raw", "GET", "/Users", "--as-curl", where=where[:2], environment={"SCIMCTL_TOKEN": "secret-of-mine"}).stderr, "")


if __name__ == "__main__":
    unittest.main()
