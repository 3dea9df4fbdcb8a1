# SPDX-License-Identifier: MIT
"""Replays what real clients send (tests/data/vectors) through nginx. later.txt has the vectors that need a feature of a
later issue: they must fail or be skipped still, so that the list cannot outlive them."""
import json
import subprocess
import sys
import unittest

from harness import BASE, ROOT, Site

VECTORS = ROOT / "tests/data/vectors"


def later():
    """id -> issue, from lines `id  #issue  reason`."""
    lines = (VECTORS / "later.txt").read_text().splitlines()
    return {line.split()[0]: line.split()[1] for line in lines if line.strip() and not line.startswith("#")}


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
        self.assertGreater(len(results), 200)
        expected = later()
        failed = {r["id"]: r["error"] for r in results if r["result"] != "pass" and r["id"] not in expected}
        self.assertEqual(failed, {}, "\n".join("%s: %s" % f for f in failed.items()))
        passed = {r["id"] for r in results if r["result"] == "pass"}
        self.assertEqual(sorted(passed & set(expected)), [], "these pass: take them out of later.txt")
        self.assertEqual(sorted(set(expected) - {r["id"] for r in results}), [], "later.txt names vectors that do not exist")


if __name__ == "__main__":
    unittest.main(verbosity=2)
