# SPDX-License-Identifier: MIT
"""`scimctl events --follow` while its database cannot answer: it waits for what mends itself, says so once, and ends by what does not."""
import contextlib
import json
import os
import sqlite3
import unittest

import harness
from harness import Site
from postgresql import Postgresql

WAITS = "scimctl: no events for now: "
IS_BACK = "scimctl: the database answers again\n"


class Follower(unittest.TestCase):
    def follow(self, site, gate="/dev/null"):
        """The command has told an event when it has read to the end of `gate`."""
        self.site = site
        site.token  # makes the database
        site.scimctl("events", "--reader", "app")
        self.told = site.directory / "told.jsonl"
        self.told.touch()
        self.program = site.start([harness.SCIMCTL, "--config", site.config, "events", "--follow", "--reader", "app", "--exec", "cat >> %s; cat %s" % (self.told, gate)], "follower.log")
        self.make("first")
        self.wait_for_event("first")

    def make(self, name):
        self.site.scimctl("create", "user", "--user-name", name)

    def said(self):
        return self.program.log.read_text()

    def wait_for_event(self, name):
        harness.wait_for("the event of " + name, lambda: name in [json.loads(line)["data"]["name"] for line in self.told.read_text().splitlines()])

    def wait_for_words(self, words):
        harness.wait_for(words, lambda: words in self.said())

    def test_a_file_that_is_locked(self):
        site = self.enterContext(Site())
        site.config.write_text(site.config.read_text() + "busy_timeout_ms = 50\n")
        gate = site.directory / "gate"
        os.mkfifo(gate)
        self.follow(site, gate)
        with contextlib.closing(sqlite3.connect(self.site.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            gate.write_text("")  # told, and that cannot be written down
            self.wait_for_words(WAITS + "the database is busy")
            other.execute("ROLLBACK")
        self.wait_for_words(IS_BACK)
        self.make("second")
        self.wait_for_event("second")
        gate.write_text("")
        self.assertEqual(self.said().count(WAITS), 1, self.said())
        with contextlib.closing(sqlite3.connect(self.site.database)) as other:
            other.execute("ALTER TABLE scim_log_chains RENAME TO gone")
        self.assertEqual(self.program.wait(), 1)
        self.assertIn("no such table", self.said())

    def test_a_server_that_goes_away_and_comes_back(self):
        server = self.enterContext(Postgresql())
        site = self.enterContext(Site(database_url=server.create_database()))
        self.follow(site)
        # Nothing is being written any more: of a write that is cut off it is not known whether it was done, which is said otherwise.
        harness.wait_for("its place", lambda: json.loads(site.scimctl("events", "--readers", "-o", "json")) == [{"reader": "app", "unread": 0}])
        server.crash()
        self.wait_for_words(WAITS + "the database is not available")
        server.start()
        self.make("second")
        self.wait_for_event("second")
        self.wait_for_words(IS_BACK)
        self.assertEqual(self.said().count(WAITS), 1, self.said())
        self.assertEqual(self.program.stop(), 0)


if __name__ == "__main__":
    unittest.main()
