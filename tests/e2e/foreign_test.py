# SPDX-License-Identifier: MIT
"""What real clients send, against the tables of other applications (tests/data/mapping): the same vectors as against the
embedded store. differs.txt has those that such an application must answer otherwise, with the reason; they must differ
still. Rows that the application made and no client touched stay byte for byte the same."""
import json
import re
import sqlite3
import subprocess
import sys
import unittest

from harness import BASE, ROOT, Site

VECTORS = ROOT / "tests/data/vectors"
MAPPING = ROOT / "tests/data/mapping"


def expected_differences(schema):
    """From lines `schema  vector  reason`."""
    lines = (MAPPING / "differs.txt").read_text().splitlines()
    words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return {vector for name, vector, *_ in words if name == schema}


def rows_of(database):
    """All rows of the application's tables."""
    with sqlite3.connect(database) as connection:
        tables = [name for name, in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                  if not name.startswith(("scim_", "sqlite_"))]
        return {table: set(connection.execute('SELECT * FROM "%s"' % table)) for table in tables}


class Foreign(unittest.TestCase):
    def serve(self, schema, change=lambda toml: toml):
        site = self.enterContext(Site())
        with sqlite3.connect(site.database) as connection:
            connection.executescript((MAPPING / (schema + ".sql")).read_text())
        toml = (MAPPING / (schema + ".toml")).read_text().replace("@DB@", str(site.database))
        site.config.write_text(change(toml))
        site.start_scim()
        site.start_nginx()
        return site

    def replay(self, site):
        result = site.directory / "result.json"
        done = subprocess.run([sys.executable, VECTORS / "replay.py", "http://127.0.0.1:%d%s" % (site.port, BASE), site.token,
                               VECTORS / "client-vectors.json", "--timeout", "60", "--json", result],
                              capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
        return json.loads(result.read_text())

    def check(self, schema, *change):
        site = self.serve(schema, *change)
        before = rows_of(site.database)
        results = self.replay(site)
        self.assertGreater(len(results), 200)
        expected = expected_differences(schema)
        failed = {r["id"]: r["error"] for r in results if r["result"] != "pass" and r["id"] not in expected}
        self.assertEqual(failed, {}, "\n".join("%s: %s" % f for f in failed.items()))
        passed = {r["id"] for r in results if r["result"] == "pass"}
        self.assertEqual(sorted(passed & expected), [], "these pass: take them out of differs.txt")
        after = rows_of(site.database)
        for table, rows in before.items():
            self.assertLessEqual(rows, after[table], table)
        with sqlite3.connect(site.database) as connection:
            self.assertEqual(connection.execute("PRAGMA foreign_key_check").fetchall(), [])
            self.assertEqual(connection.execute("PRAGMA user_version").fetchone(), (0,), "the application's own")

    def test_flat_table_with_text_keys(self):
        # The clients use words for userType that the application does not have: it is kept beside the table.
        def any_user_type(toml):
            return re.sub("(?m)^userType = .*", "userType = false", toml)
        self.check("flat", any_user_type)

    def test_child_tables(self):
        self.check("children")

    def test_joined_profile(self):
        self.check("joined")


if __name__ == "__main__":
    unittest.main(verbosity=2)
