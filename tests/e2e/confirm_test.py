# SPDX-License-Identifier: MIT
"""What cannot be undone asks on a terminal, and wants --yes where there is none; JSON of what was done."""
import json
import os
import pathlib
import pty
import select
import subprocess
import tempfile
import time
import unittest

import harness

SCIMCTL = os.environ["SCIMCTL"]


class Confirm(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        config = self.folder / "scimctl.toml"
        config.write_text("[database]\nurl = 'sqlite:%s/scim.db'\n" % self.folder)
        self.environment = {**os.environ, "SCIMCTL_CONFIG": str(config)}
        people = "".join('{"userName":"%s"}\n' % name for name in ("ada", "bob", "eve"))
        self.run_cli("import", "users", "-", stdin=people)

    def run_cli(self, *arguments, status=0, stdin=""):
        done = subprocess.run([SCIMCTL, *arguments], input=stdin, capture_output=True, text=True, timeout=harness.PATIENCE,
                              cwd=self.folder, env=self.environment)
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def on_terminal(self, typed, *arguments, stdin=None):
        """(exit code, what the terminal showed); `typed` is typed once there is a question. `stdin` instead of the terminal."""
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        process = subprocess.Popen([SCIMCTL, *arguments], stdin=follower if stdin is None else stdin, stdout=follower, stderr=follower,
                                   cwd=self.folder, env=self.environment, start_new_session=True)
        os.close(follower)
        shown, asked, end = b"", False, time.monotonic() + harness.PATIENCE
        while time.monotonic() < end:
            if not select.select([leader], [], [], 1)[0]:
                continue
            try:
                data = os.read(leader, 65536)
            except OSError:  # EIO: the last one that had it open is gone
                break
            if not data:
                break
            shown += data
            if b"[y/N] " in shown and not asked:
                asked = True
                os.write(leader, typed)
        return process.wait(harness.PATIENCE), shown.decode()

    def names(self):
        return self.run_cli("list", "users", "-o", "csv", "--columns", "userName").stdout.split()[1:]

    def test_without_a_terminal_nothing_is_done(self):
        for arguments in (("delete", "users", "userName=ada", "userName=bob"), ("token", "revoke", "okta")):
            done = self.run_cli(*arguments, status=2, stdin="y\n")
            self.assertIn("--yes", done.stderr)
            self.assertIn("nothing was done", done.stderr)
            error = json.loads(self.run_cli(*arguments, "-o", "json", status=2, stdin="y\n").stderr)
            self.assertEqual(error["status"], "400")
        self.run_cli("deactivate", "user", "userName=ada")
        self.run_cli("delete", "users", "userName=ada", "--dry-run")
        self.assertEqual(self.names(), ["ada", "bob", "eve"])

    def test_on_a_terminal_there_is_a_question(self):
        code, shown = self.on_terminal(b"n\n", "delete", "users", "userName=ada", "userName=bob")
        self.assertIn("delete 2 users (userName=ada, userName=bob)? [y/N] ", shown)
        self.assertIn("nothing was done", shown)
        self.assertEqual(code, 1)
        code, shown = self.on_terminal(b"\x04", "delete", "user", "userName=ada")
        self.assertEqual(code, 1, shown)
        code, shown = self.on_terminal(b"y\n", "delete", "user", "userName=ada")
        self.assertEqual(code, 0, shown)
        code, shown = self.on_terminal(b"", "delete", "user", "userName=bob", "-y")
        self.assertEqual((code, "[y/N]" in shown), (0, False), shown)
        code, shown = self.on_terminal(b"y\n", "delete", "user", "userName=eve", stdin=subprocess.DEVNULL)
        self.assertEqual((code, "[y/N]" in shown), (2, False), shown)
        self.assertEqual(self.names(), ["eve"])

    def test_tokens(self):
        made = json.loads(self.run_cli("token", "create", "okta", "-o", "json").stdout)
        self.assertRegex(made["token"], r"^scim_")
        self.assertEqual(made["name"], "okta")
        code, shown = self.on_terminal(b"n\n", "token", "revoke", "okta")
        self.assertIn("revoke 1 token (okta)? [y/N] ", shown)
        self.assertEqual(code, 1)
        # A dry run of these writes nothing, as of all others.
        self.run_cli("token", "revoke", "okta", "--dry-run")
        self.run_cli("token", "create", "second", "--dry-run")
        self.run_cli("token", "create", "okta", "--dry-run", status=5)
        self.assertEqual(json.loads(self.run_cli("token", "update", "okta", "--dialect", "okta", "--dry-run", "-o", "json").stdout)["dialect"], "okta")
        kept = json.loads(self.run_cli("token", "list", "-o", "json").stdout)
        self.assertEqual([(token["name"], token["dialect"]) for token in kept], [("okta", "default")])
        self.assertEqual(json.loads(self.run_cli("token", "revoke", "okta", "-y", "-o", "json").stdout), [{"name": "okta"}])

    def test_what_was_deleted_as_json(self):
        planned = json.loads(self.run_cli("delete", "users", "userName=ada", "userName=bob", "--dry-run", "-o", "json").stdout)
        self.assertEqual([change["method"] for change in planned], ["DELETE", "DELETE"])
        ids = self.run_cli("get", "users", "userName=ada", "userName=bob", "-o", "name").stdout.split()
        gone = json.loads(self.run_cli("delete", "users", "userName=ada", "userName=bob", "--yes", "-o", "json").stdout)
        self.assertEqual(gone, [{"id": name} for name in ids])


unittest.main()
