# SPDX-License-Identifier: MIT
"""SIGINT and SIGTERM in the middle of long work: what was done is said, and nothing half done stays."""
import json
import signal
import subprocess
import unittest

from command import Command
from harness import PATIENCE, SCIMCTL
from scripted import Reply, Scripted

COUNT = 300


class Interrupted(Command):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Scripted())
        cls.where = ["--url", cls.server.url]

    def setUp(self):
        self.process = None
        self.users = self.write("users.jsonl", "".join(json.dumps({"userName": "u%d" % i}) + "\n" for i in range(COUNT)))

    def run_interrupted(self, *arguments, **options):
        """Whether it ended by itself, and what it said."""
        with subprocess.Popen([SCIMCTL, *arguments, *self.where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
                              env=self.environment, stdin=options.get("stdin", subprocess.DEVNULL), preexec_fn=options.get("before")) as self.process:
            if "typed" in options:
                self.process.stdin.write(options["typed"])
                self.process.stdin.flush()
            self.process.wait(PATIENCE)
            out, err = self.process.stdout.read(), self.process.stderr.read()
        return self.process.returncode, out, err

    def posted(self):
        return sum(asked.method == "POST" for asked in self.server.asked)

    def serve(self, at, *signals, waits=False):
        """The signals come with that POST, or list; waits: which has no answer until the program has ended."""
        def answer(asked):
            reached = self.posted() == at if asked.method == "POST" else at == 0 and "startIndex" in asked.path
            for each in signals if reached else ():
                self.process.send_signal(each)
            if reached and waits:
                self.process.wait(PATIENCE)
            if asked.method == "GET":
                found = [{"id": "1", "userName": "ada"}] if at == 0 else []
                return Reply(200, {"totalResults": len(found), "Resources": found})
            return Reply(201, {"id": str(self.posted()), **json.loads(asked.body)})
        self.server.begin({"/Users": answer})

    def test_import(self):
        for each in (signal.SIGINT, signal.SIGTERM):
            self.serve(3, each)
            status, _, err = self.run_interrupted("import", "users", self.users)
            self.assertEqual(status, 1, err)
            self.assertLess(self.posted(), COUNT)
            self.assertIn("scimctl: imported %d, " % self.posted(), err)
            self.assertIn("interrupted: the same with --resume goes on", err)

    def test_import_from_a_pipe_that_stays_silent(self):
        self.serve(1, signal.SIGTERM, waits=True)
        status, _, err = self.run_interrupted("import", "users", "-", stdin=subprocess.PIPE, typed="".join('{"userName": "u%d"}\n' % i for i in range(5000)))
        self.assertEqual((status, err), (-signal.SIGTERM, "scimctl: imported 0; interrupted: the same with --resume goes on\n"))

    def test_a_second_one_ends_it_at_once(self):
        self.serve(1, signal.SIGTERM, signal.SIGINT, waits=True)
        status, _, err = self.run_interrupted("import", "users", self.users)
        self.assertIn(status, (-signal.SIGTERM, -signal.SIGINT), err)

    def test_apply(self):
        desired = self.write("users.csv", "userName\n" + "".join("u%d\n" % i for i in range(COUNT)))
        self.serve(3, signal.SIGTERM)
        status, _, err = self.run_interrupted("apply", "-f", desired)
        self.assertEqual(status, 1, err)
        self.assertLess(self.posted(), COUNT)
        self.assertIn("created %d, " % self.posted(), err)
        self.assertIn("interrupted: %d of %d changes were not made" % (COUNT - self.posted(), COUNT), err)

    def test_export(self):
        before = self.folder / "out.jsonl"
        before.write_text("before")
        self.serve(0, signal.SIGTERM, waits=True)
        status, _, err = self.run_interrupted("export", "users", "out.jsonl")
        self.assertEqual((status, err), (-signal.SIGTERM, "scimctl: interrupted: not all was exported\n"))
        self.assertEqual((before.read_text(), [p.name for p in self.folder.glob("*.partial")]), ("before", []))

    def test_a_dry_run(self):
        many = self.write("many.jsonl", "".join(json.dumps({"userName": "u%d" % i}) + "\n" for i in range(20000)))

        def answer(asked):
            if sum(each.path.startswith("/Users") for each in self.server.asked) == 1:
                self.process.send_signal(signal.SIGINT)
            return Reply(200, {"totalResults": 0, "Resources": []})
        self.server.begin({"/Users": answer})
        with subprocess.Popen([SCIMCTL, "import", "users", many, "--dry-run", *self.where], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                              cwd=self.folder, env=self.environment) as self.process:
            said = self.process.stderr.read()
        self.assertEqual(said.count("interrupted"), 1, said)
        self.assertLess(len(self.server.asked), 20000 / 20)

    def test_who_ignores_it_goes_on(self):
        """As what a script runs in the background does."""
        self.serve(0, signal.SIGINT)
        status, _, err = self.run_interrupted("export", "users", "all.jsonl", before=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        self.assertEqual((status, (self.folder / "all.jsonl").read_text()), (0, '{"userName":"ada"}\n'), err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
