# SPDX-License-Identifier: MIT
"""Runs scimctl as a program, for tests: a folder of its own, an environment without what the machine has set."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import PATIENCE, SCIMCTL

NOT_OURS = ("SCIMCTL_CONFIG", "SCIMCTL_PROFILE", "SCIMCTL_TOKEN", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy",
            "XDG_CONFIG_HOME")


def words(name):
    return {**{k: v for k, v in os.environ.items() if k not in NOT_OURS}, "HOME": str(name), "NO_COLOR": "1"}


class Command(unittest.TestCase):
    """Each class of tests has one folder; WHERE are the options that say what scimctl works on."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="scim")))
        cls.environment = words(cls.folder)
        cls.where = []

    def run_cli(self, *arguments, status=0, stdin="", environment=None, where=None):
        done = subprocess.run([SCIMCTL, *arguments, *(self.where if where is None else where)], input=stdin, capture_output=True, text=True,
                              timeout=PATIENCE, cwd=self.folder, env={**self.environment, **(environment or {})})
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_cli(*arguments, "-o", "json", **options).stdout)

    def refusal(self, *arguments, status, **options):
        """What it says on standard error when it fails; nothing else is printed."""
        done = self.run_cli(*arguments, status=status, **options)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        return str(path)
