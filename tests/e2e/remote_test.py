# SPDX-License-Identifier: MIT
"""Every verb of scimctl on the database, on scim-fcgi behind nginx, and on a server that others have written: the same
assertions, and where both see the same database the same bytes."""
import contextlib
import json
import sqlite3
import subprocess
import unittest

import harness
import virtual_environment
from command import Command
from harness import Site
from served import op, patch_body

NOBODY = "00000000-0000-4000-8000-000000000000"


class Verbs:
    """What is done is the same wherever it is done. HAS_VERSIONS: whether If-Match is kept."""

    def make(self, name, *more):
        return self.json("create", "user", "--user-name", name, *more)["id"]

    def columns(self, *arguments):
        """The rows that csv prints, without the header."""
        return self.run_cli(*arguments, "-o", "csv").stdout.splitlines()[1:]

    def test_a_user(self):
        made = self.json("create", "user", "--user-name", "ada", "--external-id", "42", "--set", "name.givenName=Ada",
                         "--set", 'emails[type eq "work"].value=ada@example.com', "--active")
        self.assertEqual((made["externalId"], made["active"], made["emails"]), ("42", True, [{"value": "ada@example.com", "type": "work"}]))
        for argument in (made["id"], "userName=ADA", "externalId=42"):
            self.assertEqual(self.run_cli("get", "user", argument, "-o", "name").stdout.strip(), made["id"])
        self.assertEqual(self.columns("list", "users", "--filter", 'name.givenName sw "A"', "--columns", "userName,name.givenName,emails"),
                         ["ada,Ada,ada@example.com"])
        self.assertEqual(self.columns("patch", "user", "userName=ada", "--set", "title=Countess", "--columns", "userName,title"), ["ada,Countess"])
        operation = json.dumps(patch_body(op("add", "nickName", "A")))
        patched = self.json("patch", "user", made["id"], "-f", "-", stdin=operation)
        self.assertEqual(patched["nickName"], "A")
        self.assertEqual(self.columns("deactivate", "user", "userName=ada", "--columns", "active,nickName"), ["false,A"])
        self.assertEqual(self.columns("activate", "user", "userName=ada", "--columns", "active"), ["true"])
        replaced = self.json("replace", "user", "userName=ada", "--user-name", "ada2", "--external-id", "42")
        self.assertEqual((replaced["userName"], "nickName" in replaced, replaced["id"]), ("ada2", False, made["id"]))
        self.assertIn("deleted User " + made["id"], self.run_cli("delete", "--yes", "user", "userName=ada2").stderr)
        self.run_cli("get", "user", made["id"], status=3)

    def test_exit_codes(self):
        one = self.make("codes")
        self.assertIn("userName=nobody", self.refusal("get", "user", "userName=nobody", status=3))
        self.refusal("delete", "--yes", "user", NOBODY, status=3)
        error = json.loads(self.refusal("create", "user", "--user-name", "CODES", "-o", "json", status=5))
        self.assertEqual((error["scimType"], error["status"]), ("uniqueness", "409"))
        self.assertIn("userNmae", self.refusal("list", "users", "--filter", 'userNmae eq "x"', status=2))
        self.refusal("patch", "user", one, "--set", "nosuch=1", status=2)
        # Below the endpoint they would mean every user, or what is above.
        for argument in ("", ".", ".."):
            self.assertIn("is no id", self.refusal("delete", "--yes", "user", argument, status=2))
        done = self.run_cli("deactivate", "users", one, NOBODY, "-o", "name", status=7)
        self.assertEqual(done.stdout.split(), [one])
        self.assertIn(NOBODY, done.stderr)

    def test_if_match(self):
        one = self.make("versions", "--set", "title=A")
        version = self.json("get", "user", one)["meta"]["version"]
        self.assertEqual(self.columns("patch", "user", one, "--set", "title=B", "--if-match", version, "--columns", "title"), ["B"])
        for verb in (["patch", "user", one, "--set", "title=C"], ["replace", "user", one, "--user-name", "v"], ["deactivate", "user", one], ["delete", "--yes", "user", one]):
            self.refusal(*verb, "--if-match", version, status=6)
        self.assertEqual(self.columns("get", "user", one, "--columns", "title"), ["B"])

    def test_dry_run(self):
        one = self.make("dry", "--set", "title=A")
        before = self.json("get", "user", one)
        shown = self.run_cli("patch", "user", one, "--set", "title=B", "--dry-run", "-o", "table").stdout
        self.assertIn('- title: "A"\n+ title: "B"', shown)
        self.run_cli("create", "user", "--user-name", "wet", "--dry-run")
        self.run_cli("delete", "--yes", "user", one, "--dry-run")
        self.refusal("create", "user", "--user-name", "dry", "--dry-run", status=5)
        self.assertEqual(self.json("get", "user", one), before)
        self.run_cli("get", "user", "userName=wet", status=3)

    def test_members_by_name(self):
        one, two = self.make("m1"), self.make("m2")
        staff = self.json("create", "group", "--display-name", "Staff", "--add-member", "userName=m1")
        self.assertEqual([m["value"] for m in staff["members"]], [one])
        changed = self.json("patch", "group", "displayName=Staff", "--add-member", "userName=m2", "--remove-member", one)
        self.assertEqual([m["value"] for m in self.json("get", "group", changed["id"])["members"]], [two])
        self.refusal("patch", "group", staff["id"], "--add-member", "userName=nobody", status=3)
        self.run_cli("delete", "--yes", "group", "displayName=Staff")

    def test_pages(self):
        lines = "".join(json.dumps({"schemas": [harness.USER_URN], "userName": "page-%d" % i}) + "\n" for i in range(7))
        made = self.run_cli("create", "users", "-f", "-", "-o", "name", stdin=lines).stdout.split()
        few = ["--filter", 'userName sw "page-"']
        listed = self.run_cli("list", "users", "--all", *few, "-o", "name").stdout.split()
        self.assertEqual(sorted(listed), sorted(made))
        page = self.json("list", "users", *few, "--count", "3", "--start-index", "2")
        self.assertEqual((len(page["Resources"]), page["totalResults"], page["startIndex"]), (3, 7, 2))


class Database(Verbs, Command):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.where = ["--db", "sqlite:scim.db"]

    def test_a_list_writes_nothing(self):
        """Not even the secret of cursors: a role may be one that only reads."""
        config = ["--config", self.write("small.toml", "[limits]\nresults = 1\n")]
        self.make("quiet-1"), self.make("quiet-2")
        before = self.dump()
        self.run_cli("list", "users", "--all", where=[*self.where, *config])
        self.assertEqual(self.dump(), before)

    def dump(self):
        with contextlib.closing(sqlite3.connect(self.folder / "scim.db")) as database:
            return list(database.iterdump())


class BehindNginx(Verbs, Command):
    # A page is smaller than the lists here, so that more than one is asked for.
    CONFIG = "[limits]\nresults = 3\n"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.enterClassContext(Site(config=cls.CONFIG))
        cls.site.start_scim()
        cls.site.start_nginx()
        cls.environment["SCIMCTL_TOKEN"] = cls.site.token
        cls.where = ["--url", "http://127.0.0.1:%d%s" % (cls.site.port, harness.BASE)]

    def test_prints_what_the_database_prints(self):
        """Byte for byte, standard error too."""
        ada = self.make("same-ada", "--set", "name.familyName=L")
        group = self.json("create", "group", "--display-name", "Same", "--add-member", ada)["id"]
        database = ["--config", str(self.site.config)]
        url = self.where[1]
        for arguments in (["get", "user", ada, "-o", "json"], ["get", "group", group, "-o", "jsonl"],
                          ["list", "users", "--all", "-o", "jsonl"], ["list", "groups", "--filter", 'displayName eq "same"', "-o", "table"],
                          ["get", "users", ada, NOBODY, "-o", "csv"], ["create", "user", "--user-name", "same-ada", "-o", "json"],
                          ["patch", "group", group, "--add-member", "userName=nobody", "-o", "json"], ["list", "users", "--count", "2", "-o", "json"],
                          ["patch", "user", ada, "--set", "title=B", "--dry-run", "-o", "json"]):
            with self.subTest(arguments):
                runs = [subprocess.run([harness.SCIMCTL, *arguments, *where], capture_output=True, text=True, env=self.environment, stdin=subprocess.DEVNULL)
                        for where in (self.where, database)]
                seen = [(r.returncode, r.stdout.replace(url, harness.BASE), r.stderr) for r in runs]
                self.assertEqual(seen[0], seen[1])

    def test_the_token_decides(self):
        self.assertIn("SCIMCTL_TOKEN", self.refusal("list", "users", status=4, environment={"SCIMCTL_TOKEN": "scim_wrong"}))
        reader = self.site.scimctl("token", "create", "reader", "--read-only").strip()
        self.refusal("create", "user", "--user-name", "no", status=4, environment={"SCIMCTL_TOKEN": reader})
        self.run_cli("list", "users", environment={"SCIMCTL_TOKEN": "", "SCIMCTL_CONFIG": ""}, status=4)


class OthersServer(Verbs, Command):
    """PyPI's scim2-server 0.8.3. It has no cursors unless told so: --all is startIndex there. None of its faults, if it has any,
    is in the way of these verbs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        python = virtual_environment.make("scim2_server")
        port = harness.free_port()
        program = harness.Program([python, "-c", "from scim2_server.testserver.cli import main; main()", "--port", port, "--bearer-token", "others-token"],
                                  cls.folder / "server.log")
        cls.addClassCleanup(program.close)

        def up():
            if not program.running():
                raise AssertionError(program.log.read_text())
            return harness.can_connect(("127.0.0.1", port))
        harness.wait_for("scim2-server", up)
        cls.environment["SCIMCTL_TOKEN"] = "others-token"
        cls.where = ["--url", "http://127.0.0.1:%d/v2" % port]


if __name__ == "__main__":
    unittest.main(verbosity=2)
