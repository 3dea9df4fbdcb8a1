# SPDX-License-Identifier: MIT
"""Every command has a JSON form, and JSON errors, also for what is wrong with the command line itself."""
import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

import harness

SCIMCTL = os.environ["SCIMCTL"]
USERS = '{"userName":"%s"}\n{"userName":"%s"}\n'

# What is typed for each command so that it succeeds, in this order on one database: (arguments, standard input, exit code).
CALLS = {
    "import": (["import", "users", "-"], USERS % ("ada", "bob"), 0),
    "create": (["create", "group", "--display-name", "Staff"], "", 0),
    "list": (["list", "users"], "", 0),
    "get": (["get", "users", "userName=ada", "userName=bob"], "", 0),
    "replace": (["replace", "user", "userName=ada", "--user-name", "ada"], "", 0),
    "patch": (["patch", "user", "userName=ada", "--set", "title=Countess"], "", 0),
    "deactivate": (["deactivate", "user", "userName=ada"], "", 0),
    "activate": (["activate", "users", "userName=ada", "userName=bob"], "", 0),
    "delete": (["delete", "users", "userName=ada", "userName=bob", "--yes"], "", 0),
    "token create": (["token", "create", "okta"], "", 0),
    "token update": (["token", "update", "okta", "--dialect", "okta"], "", 0),
    "token rotate": (["token", "rotate", "okta", "--overlap", "1h"], "", 0),
    "token show": (["token", "show", "okta"], "", 0),
    "token dialects": (["token", "dialects"], "", 0),
    "token list": (["token", "list"], "", 0),
    "token revoke": (["token", "revoke", "okta", "--yes"], "", 0),
    "log list": (["log", "list"], "", 0),
    "log show": (["log", "show", "0-1"], "", 0),
    "log verify": (["log", "verify"], "", 0),
    "log export": (["log", "export", "log.jsonl"], "", 0),
    "events": (["events"], "", 0),
    "revert": (["revert", "0-1", "--force", "--dry-run"], "", 0),
    "log prune": (["log", "prune", "--before", "9d", "--yes"], "", 0),
    "history": (["history", "user", "userName=bob"], "", 0),
    "hold list": (["hold", "list"], "", 0),
    "hold show": (["hold", "show", "0123456789ab"], "", 3),
    "hold release": (["hold", "release", "--all", "--yes"], "", 0),
    "hold reject": (["hold", "reject", "--all", "--yes"], "", 0),
    "export": (["export", "users", "users.jsonl"], "", 0),
    "raw": (["raw", "GET", "/Users"], "", 0),
    "replay": (["replay", "-"], '{"request":{"method":"GET","path":"/Users"},"response":{"status":200}}', 0),
    "patch-test": (["patch-test", "users", "-"], '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"userName","value":"ada"}]}', 0),
    "filter-test": (["filter-test", "userName pr"], "", 9),
    "link plan": (["link", "plan", "users", "-", "--config", "application.toml"], "userName,externalId\nada,1\n", 0),
    "link apply": (["link", "apply", "users", "-", "--config", "application.toml"], "userName,externalId\nada,1\n", 0),
    "check": (["check"], "", 0),
    "config": (["config"], "", 0),
    "db status": (["db", "status"], "", 0),
    "db migrate": (["db", "migrate"], "", 0),
    "db copy": (["db", "copy", "scim.db", "copy.db"], "", 0),
    "db verify": (["db", "verify", "scim.db", "copy.db"], "", 0),
    "apply": (["apply", "-f", "-"], '{"userName":"carl"}', 0),
    "diff": (["diff", "-f", "-"], '{"userName":"carl","title":"Dr."}', 9),
    "edit": (["edit", "user", "userName=carl"], "", 0),
    "conformance": (["conformance", "--only", "D-7"], "", 0),
    "completion": (["completion", "bash"], "", 0),
    "help": (["help", "ids"], "", 0),
}
# Others: commands that take a dry run, which has a JSON form of its own.
DRY_RUNS = [["create", "user", "--user-name", "eve"], ["delete", "groups", "displayName=Staff"], ["db", "migrate"]]


def leaves(command):
    if not command["commands"]:
        yield command["command"].removeprefix("scimctl ")
    for sub in command["commands"]:
        yield from leaves(sub)


class Documents(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "scimctl.toml").write_text("[database]\nurl = 'sqlite:%s/scim.db'\n" % self.folder)
        (self.folder / "application.toml").write_text(
            '[database]\nurl = "sqlite:app.db"\n[user]\ntable = "people"\nkey = "id"\n[user.map]\nuserName = "login"\n')
        with sqlite3.connect(self.folder / "app.db") as application:
            application.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE)")
            application.execute("INSERT INTO people (login) VALUES ('ada')")
        application.close()

    def run_cli(self, *arguments, stdin=""):
        return subprocess.run([SCIMCTL, *arguments], input=stdin, capture_output=True, text=True, timeout=harness.PATIENCE,
                              cwd=self.folder, env={**os.environ, "SCIMCTL_CONFIG": str(self.folder / "scimctl.toml"), "EDITOR": "true", "VISUAL": ""})

    def check_error(self, done, code):
        """One SCIM error document (RFC 7644 3.12) and nothing else."""
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        error = json.loads(done.stderr)
        self.assertEqual(error["schemas"], [harness.ERROR_URN])
        self.assertTrue(error["detail"])
        self.assertRegex(error["status"], r"^4\d\d$")
        return error

    def test_every_command_has_both(self):
        commands = list(leaves(json.loads(self.run_cli("help", "-o", "json").stdout)))
        self.assertEqual(sorted(commands), sorted(CALLS))
        for name, (arguments, stdin, code) in CALLS.items():
            with self.subTest(command=name):
                done = self.run_cli(*arguments, "-o", "json", stdin=stdin)
                self.assertEqual(done.returncode, code, done.stderr)
                json.loads(done.stdout or done.stderr)
                self.check_error(self.run_cli(*name.split(), "--no-such-option", "-o", "json"), 2)
        for arguments in DRY_RUNS:
            done = self.run_cli(*arguments, "--dry-run", "-o", "json")
            self.assertEqual(done.returncode, 0, done.stderr)
            json.loads(done.stdout)

    def test_errors_of_the_command_line(self):
        self.assertIn("list", self.check_error(self.run_cli("-o", "json", "lst", "users"), 2)["detail"])
        for arguments in (["-ojson"], ["--output=json", "list", "cats"], ["list", "users", "--count", "x", "-o", "json"],
                          ["help", "fliters", "-o", "json"], ["list", "users", "-o", "jsonl", "--frob"],
                          ["list", "users", "--config", "none.toml", "-o", "json"]):
            with self.subTest(arguments=arguments):
                self.check_error(self.run_cli(*arguments), 2)
        self.assertFalse((self.folder / "scim.db").exists(), "nothing was done")
        self.run_cli("create", "user", "--user-name", "ada", "-o", "json")
        self.check_error(self.run_cli("get", "user", "userName=nobody", "-q", "-o", "json"), 3)
        plain = self.run_cli("lst", "users").stderr
        self.assertTrue(plain.startswith("scimctl: "), "without -o json an error is words")


unittest.main()
