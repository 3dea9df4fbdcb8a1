# SPDX-License-Identifier: MIT
"""A directory moved from SQLite to a throw-away PostgreSQL, which is there to be measured: a commit is on the disk."""
import contextlib
import json
import os
import time

from data import Directory
import postgresql  # of tests/e2e, where site_of.py makes it found

IMPORTED = 20000  # the most users that are imported straight into PostgreSQL
# Else as PostgreSQL comes: memory for its machine, and a log that lets a move run through before all is written once more.
SETTINGS = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "256MB", "max_wal_size": "4GB"}
PATIENCE = 3600   # seconds, for the copy of a large database


def server():
    return postgresql.Postgresql(SETTINGS, PATIENCE)


class MovedDirectory(Directory):
    """That of SQLite in a database of `server`: ids and the token stay, and so does what is asked for."""

    def __init__(self, programs, home, size, server):
        super().__init__(programs, home, size)
        self.server = server
        self.facts = {"size": size, **self.import_users(), **self.move()}

    def import_users(self):
        count = min(self.size, IMPORTED)
        with self.database_called("imported") as url:
            lines = self.server.home / "users.jsonl"
            lines.write_text("".join(line + "\n" for line in self.lines(0, count)))
            self.scimctl(os.devnull, "db", "migrate", "--db", url)
            start = time.monotonic()
            self.scimctl(os.devnull, "import", "users", lines, "--db", url)
            return {"imported": count, "import_seconds": time.monotonic() - start}

    def move(self):
        """To where copies are made from. VACUUM ANALYZE is what PostgreSQL would do by itself a minute later, amid the rest."""
        self.server.sql("CREATE DATABASE moved OWNER " + postgresql.USER)
        start = time.monotonic()
        found = self.scimctl(os.devnull, "db", "copy", self.url, self.server.url("moved"), "--verify", "-o", "json")
        moved = time.monotonic()
        self.server.sql("VACUUM ANALYZE", "moved")
        return {"rows": sum(table["from"] for table in json.loads(found)), "move_seconds": moved - start,
                "analyze_seconds": time.monotonic() - moved,
                "database_bytes": int(self.server.sql("SELECT pg_database_size('moved')"))}

    @contextlib.contextmanager
    def database_called(self, name, template="template1"):
        """Its URL; dropped at the end."""
        self.server.sql("CREATE DATABASE %s OWNER %s TEMPLATE %s STRATEGY FILE_COPY" % (name, postgresql.USER, template))
        yield self.server.url(name)
        self.server.sql("DROP DATABASE %s WITH (FORCE)" % name)

    def copy(self, nodes):
        """What so many nodes serve: none finds what was written through others."""
        return self.database_called("nodes_%d" % nodes, "moved")
