# SPDX-License-Identifier: MIT
"""scimctl on a database of its own, and through --url on scim-fcgi behind nginx: the same tests for both.

A class of tests inherits from OnDatabase or OnServer, and from the class that has the assertions.
"""
import json
import os
import pathlib
import pty
import select
import subprocess
import tempfile
import time

import harness


class Backend:
    """What both have; TARGET are the options that say where."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = {**os.environ, "SCIMCTL_CONFIG": "", "TMPDIR": str(self.folder / "tmp")}
        (self.folder / "tmp").mkdir()
        self.set_up_backend()

    def command(self, *arguments):
        return [harness.SCIMCTL, *self.target, *(str(a) for a in arguments)]

    def run_cli(self, *arguments, status=0, stdin="", **environment):
        done = subprocess.run(self.command(*arguments), input=stdin, capture_output=True, text=True, timeout=120, cwd=self.folder,
                              env={**self.environment, **environment})
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_cli(*arguments, "-o", "json", **options).stdout)

    def all(self, kind):
        """Each by its name."""
        name = "userName" if kind == "users" else "displayName"
        return {r[name]: r for r in self.json("list", kind, "--all")["Resources"]}

    def write(self, name, content):
        """Text as it is, a string of lines for each of a tuple, else JSON."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, tuple):
            content = "".join(json.dumps(each) + "\n" for each in content)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return name

    def on_terminal(self, *arguments, answers, status=0, **environment):
        """What is said on a terminal. `answers`: (the end of a question, what is typed) or (the same, what is done first, typed)."""
        child, terminal = pty.fork()
        if child == 0:
            try:
                os.chdir(self.folder)
                command = self.command(*arguments)
                os.execvpe(command[0], command, {**self.environment, **environment})
            finally:
                os._exit(127)
        said = b""
        deadline = time.monotonic() + harness.PATIENCE
        for question, *before, answer in [*answers, ("\0", "")]:
            at = len(said)
            while question.encode() not in said[at:]:
                self.assertLess(time.monotonic(), deadline, said)
                if not select.select([terminal], [], [], 1)[0]:
                    continue
                try:
                    said += os.read(terminal, 65536)
                except OSError:  # it has ended
                    break
            if question == "\0":
                break
            for act in before:
                act()
            os.write(terminal, answer.encode())
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), status, said.decode())
        return said.decode()


class OnDatabase(Backend):
    def set_up_backend(self):
        self.target = ["--db", "sqlite:%s" % (self.folder / "scim.db")]
        self.run_cli("db", "migrate", "-q")  # makes it


class OnServer(Backend):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(harness.Site())
        cls.site.start_scim()
        cls.site.start_nginx()
        cls.site.token

    def set_up_backend(self):
        """Empties it."""
        self.target = ["--url", "http://127.0.0.1:%d%s" % (self.site.port, harness.BASE)]
        self.environment["SCIMCTL_TOKEN"] = self.site.token
        for path in ("/Users", "/Groups"):
            for resource in self.site.http("GET", path + "?count=1000&attributes=id").json()["Resources"]:
                self.site.http("DELETE", path + "/" + resource["id"])
