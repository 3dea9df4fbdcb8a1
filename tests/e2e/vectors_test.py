# SPDX-License-Identifier: MIT
"""Replays what real clients send (tests/data/vectors) through nginx: nothing fails, nothing is skipped."""
import json
import subprocess
import sys
import unittest

from harness import BASE, ROOT, Site

VECTORS = ROOT / "tests/data/vectors"


class Vectors(unittest.TestCase):
    def test_replay(self):
        site = self.enterContext(Site())
        site.start_scim()
        site.start_nginx()
        result = site.directory / "result.json"
        done = subprocess.run([sys.executable, VECTORS / "replay.py", "http://127.0.0.1:%d%s" % (site.port, BASE), site.token,
                               VECTORS / "client-vectors.json", "--timeout", "60", "--json", result],
                              capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
        results = json.loads(result.read_text())
        self.assertEqual(len(results), len(json.loads((VECTORS / "client-vectors.json").read_text())["vectors"]))
        others = ["%s: %s: %s" % (r["id"], r["result"], r.get("error")) for r in results if r["result"] != "pass"]
        self.assertEqual(others, [], "\n".join(others))


if __name__ == "__main__":
    unittest.main(verbosity=2)
