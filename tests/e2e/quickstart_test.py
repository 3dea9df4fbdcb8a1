# SPDX-License-Identifier: MIT
"""fcgi/quickstart in a directory that is there already: what is in it stays, and what belongs to another run is left alone."""
import signal
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

import harness


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.data = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.port = harness.free_port()
        # Not ours: what happens to have the name of something that earlier versions made.
        (self.data / "run").mkdir()
        self.precious = self.data / "run" / "precious"
        self.precious.touch()

    def arguments(self, *more):
        return [harness.ROOT / "fcgi/quickstart", "--data", self.data, "--port", str(self.port), *more]

    def refused(self, *more):
        done = subprocess.run(self.arguments(*more), capture_output=True, text=True, timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def start(self):
        """Until it greets; the token."""
        running = self.enterContext(subprocess.Popen(self.arguments(), stdout=subprocess.PIPE, text=True))
        self.addCleanup(running.terminate)
        token = next((line.split()[1] for line in running.stdout if line.startswith("  token ")), None)
        self.assertIsNotNone(token, "it has ended without a greeting")
        return running, token

    def status(self, token):
        request = urllib.request.Request("http://127.0.0.1:%d/scim/v2/Users" % self.port, headers={"Authorization": "Bearer " + token})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=harness.PATIENCE) as answer:
            return answer.status

    def test_a_run_is_alone_in_its_directory_and_removes_nothing_that_it_has_not_made(self):
        self.refused("--bin", "/nonexistent")
        self.assertTrue(self.precious.exists())
        # Of a database that is gone.
        (self.data / "token").write_text("scim_0123456789abcdef_gone\n")
        first, token = self.start()
        self.assertEqual((self.data / "token").read_text().strip(), token)
        self.assertIn("another one runs with %s" % self.data, self.refused())
        self.assertEqual(self.status(token), 200)
        first.send_signal(signal.SIGINT)
        self.assertEqual(first.wait(timeout=harness.PATIENCE), 0)
        self.assertTrue(self.precious.exists())
        # A token that somebody has put there is not overwritten.
        (self.data / "token").write_text("scim_0123456789abcdef_other\n")
        self.assertIn("remove that file", self.refused())
        self.assertEqual((self.data / "token").read_text(), "scim_0123456789abcdef_other\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
