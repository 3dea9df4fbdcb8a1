# SPDX-License-Identifier: MIT
"""PgBouncer in transaction mode between scim-fcgi and PostgreSQL: with `pooled` nothing is different, without it is said."""
import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

import harness
import postgresql
from harness import FastCgi, Site, check_error, user
from served import group, op, patch_body

SETTINGS = """[databases]
* = host=%(server)s user=%(user)s
[pgbouncer]
listen_addr =
unix_socket_dir = %(home)s
auth_type = any
pool_mode = transaction
default_pool_size = %(sessions)d
"""
SESSIONS = 3  # fewer than there are threads, so that each transaction may meet another session
THREADS = 8


def name_of(url):
    return urllib.parse.urlsplit(url).path[1:]


class PgBouncer:
    """In front of a Postgresql; as a context it is stopped and removed at the end."""

    def __init__(self, server):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="scimpool"))
        settings = self.home / "pgbouncer.ini"
        settings.write_text(SETTINGS % {"server": server.home, "user": postgresql.USER, "home": self.home, "sessions": SESSIONS})
        for path in (self.home, settings):
            server.give(path)
        command = postgresql.ending_with_us("TERM", *server.identity, "/usr/sbin/pgbouncer", settings)
        self.program = harness.Program(command, self.home / "log")
        harness.wait_for("PgBouncer", lambda: harness.can_connect(str(self.home / ".s.PGSQL.6432")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.close()
        shutil.rmtree(self.home)

    def url(self, url):
        """The way through it to the database that `url` leads to."""
        return "postgresql:///%s?host=%s&port=6432" % (name_of(url), self.home)


class Pooled(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(postgresql.Postgresql())
        cls.pooler = cls.enterClassContext(PgBouncer(cls.server))

    def serve(self, settings):
        """A site whose only way to its database is the pooler."""
        self.direct = self.server.create_database()
        site = self.enterContext(Site(database_url=self.pooler.url(self.direct)))
        with open(site.config, "a") as config:  # ends with [database]
            config.write(settings)
        site.token
        self.scim = site.start_scim("--threads", str(THREADS))
        return site

    def ask(self, site, status, method, path, body=None):
        with FastCgi(site.socket) as connection:
            answer = connection.request(method, path, site.token, b"" if body is None else json.dumps(body).encode())
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def work(self, site):
        """Threads at once that make users, put them into one group, change and find them."""
        crew = self.ask(site, 201, "POST", "/Groups", group("crew"))["id"]

        def one(number):
            made = self.ask(site, 201, "POST", "/Users", user("ada-%d" % number))["id"]
            self.ask(site, 200, "PATCH", "/Groups/" + crew, patch_body(op("add", "members", [{"value": made}])))
            self.ask(site, 200, "PATCH", "/Users/" + made, patch_body(op("replace", "title", "Countess %d" % number)))
            found = self.ask(site, 200, "GET", "/Users?filter=title%%20eq%%20%%22countess%%20%d%%22" % number)
            self.assertEqual([each["id"] for each in found["Resources"]], [made])
            return made
        with concurrent.futures.ThreadPoolExecutor(2 * THREADS) as threads:
            made = list(threads.map(one, range(6 * THREADS)))
        members = self.ask(site, 200, "GET", "/Groups/" + crew)["members"]
        self.assertEqual(sorted(member["value"] for member in members), sorted(made))

    def test_nothing_is_different(self):
        site = self.serve("pooled = true\n")
        self.work(site)
        self.assertNotIn("database.pooled", self.scim.log.read_text())

    def test_timeouts_hold_in_each_transaction(self):
        site = self.serve("pooled = true\nbusy_timeout_ms = 50\n")
        made = self.ask(site, 201, "POST", "/Users", user("ada"))["id"]
        other = self.enterContext(postgresql.Session(self.direct))
        other.run("BEGIN; UPDATE users SET title = 'held'")
        for _ in range(2 * SESSIONS):
            with FastCgi(site.socket) as connection:
                body = json.dumps(patch_body(op("replace", "title", "mine"))).encode()
                check_error(self, connection.request("PATCH", "/Users/" + made, site.token, body), 503)
        other.run("ROLLBACK")
        self.ask(site, 200, "PATCH", "/Users/" + made, patch_body(op("replace", "title", "mine")))

    def test_without_it_the_log_says_what_is_missing(self):
        """Requests may fail, by 503, and nothing else is done than what they ask for."""
        site = self.serve("")

        def make(number):
            with FastCgi(site.socket) as connection:
                answer = connection.request("POST", "/Users", site.token, json.dumps(user("ada-%d" % number)).encode())
            self.assertIn(answer.status, (201, 503), answer)
            return answer.status == 201
        with concurrent.futures.ThreadPoolExecutor(2 * THREADS) as threads:
            made = sum(threads.map(make, range(6 * THREADS)))
        self.assertEqual(self.server.sql("SELECT count(*) FROM users", name_of(self.direct)), "%d\n" % made)
        self.assertIn("database.pooled = true", self.scim.log.read_text())


if __name__ == "__main__":
    unittest.main()
