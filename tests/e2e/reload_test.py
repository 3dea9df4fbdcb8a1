# SPDX-License-Identifier: MIT
"""Another configuration, another process: nothing of it is seen by those who send requests meanwhile."""
import contextlib
import http.client
import itertools
import json
import os
import re
import threading
import unittest

import harness
from harness import FastCgi, Site, user
from service_manager import ServiceManager


class Load(contextlib.ExitStack):
    """Clients that provision and read without a pause, over kept connections to nginx or scim-fcgi."""

    def __init__(self, site, clients, send):
        super().__init__()
        self.site, self.send = site, send
        self.failures, self.answers = [], itertools.count()
        self.ends = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=("c%d" % i,)) for i in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join()

    def work(self, name):
        try:
            with self.send(self.site) as send:
                for i in itertools.count():
                    if self.ends.is_set():
                        return
                    self.round(send, "%s-%d" % (name, i))
        except Exception as error:  # a client that is gone has failed
            self.failures.append(repr(error))

    def round(self, send, name):
        """A user's life. What is written is there, once, and gone once."""
        made = self.expect(201, send("POST", "/Users", user(name)))
        path = "/Users/" + made["id"]
        patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                 "Operations": [{"op": "add", "path": "title", "value": "x"}]}
        self.expect(200, send("PATCH", path, patch))
        self.expect(200, send("GET", path, None))
        self.expect(204, send("DELETE", path, None))

    def expect(self, status, answer):
        next(self.answers)
        if answer[0] != status:
            self.failures.append(answer)
        return json.loads(answer[1]) if answer[1] else None

    def until_more(self, count):
        """Waits for so many more answers: what has been done is met by requests."""
        def seen():
            return int(repr(self.answers)[6:-1])
        begin = seen()
        harness.wait_for("answers; failures %s" % self.failures, lambda: self.failures or seen() >= begin + count)


@contextlib.contextmanager
def by_http(site):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=harness.PATIENCE)) as connection:
        def send(method, path, body):
            connection.request(method, harness.BASE + path, harness.encode(body),
                               {"Authorization": "Bearer " + site.token, "Content-Type": harness.SCIM_TYPE})
            response = connection.getresponse()
            return response.status, response.read()
        yield send


@contextlib.contextmanager
def by_fastcgi(site):
    with FastCgi(site.socket) as web:
        def send(method, path, body):
            answer = web.request(method, path, site.token, harness.encode(body) or b"")
            return answer.status, answer.body
        yield send


class Reload(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())
        self.site.token
        self.manager = self.enterContext(ServiceManager(self.site))
        self.whole = self.site.config.read_text()

    def configure(self, line):
        self.site.config.write_text(line + "\n" + self.whole)

    def results(self):
        with FastCgi(self.site.socket) as web:
            return web.request("GET", "/ServiceProviderConfig", self.site.token).json()["filter"]["maxResults"]

    def test_new_requests_meet_the_new_configuration_and_a_broken_one_is_refused(self):
        scim = self.manager.start("--threads", "2")
        kept = self.enterContext(FastCgi(self.site.socket))
        self.assertEqual(self.results(), 1000)
        self.configure("limits.results = 7")
        said = self.manager.reload()
        self.assertTrue(any(re.fullmatch(r"MONOTONIC_USEC=\d+", line) for line in said), said)
        self.assertEqual(self.results(), 7)
        for broken, why in (("nonsense = 1", "unknown key nonsense"), ("mapping = 'none.toml'", "none.toml: cannot be read"),
                            ("adapter = '/nonexistent/x.so'", "cannot open"), ("x = ", "scimctl.toml:1")):
            self.configure(broken)
            self.manager.reload()
            line = scim.log.read_text().splitlines()[-1]
            self.assertIn(" error SIGHUP: serves on as before", line)
            self.assertIn(why, line)
            self.assertEqual(self.results(), 7)
        self.site.config.unlink()
        self.manager.reload()
        self.assertEqual(self.results(), 7)
        self.site.config.write_text(self.whole)
        self.manager.reload()
        self.assertEqual(self.results(), 1000)
        # The connection has seen all of it.
        self.assertEqual(kept.request("GET", "/Users", self.site.token).status, 200)
        self.manager.stop()

    def test_a_reload_makes_no_database_and_no_journal_for_what_it_refuses(self):
        scim = self.manager.start("--threads", "2")
        journal = self.site.directory / "journal.jsonl"
        mistyped = self.site.directory / "scmi.db"
        if not harness.on_postgresql():
            self.site.config.write_text("journal.file = '%s'\n[database]\nurl = 'sqlite:%s'\n" % (journal, mistyped))
            self.manager.reload()
            line = scim.log.read_text().splitlines()[-1]
            self.assertIn(" error SIGHUP: serves on as before", line)
            self.assertIn("there is no file %s" % mistyped, line)
            self.assertFalse(mistyped.exists())
            self.assertFalse(journal.exists())
            self.assertEqual(self.results(), 1000)
        journal.touch(0o644)
        self.configure("journal.file = '%s'" % journal)
        self.manager.reload()
        self.assertIn("others may read the request journal", scim.log.read_text())
        self.assertEqual(self.results(), 1000)
        self.assertIn("/ServiceProviderConfig", journal.read_text())
        # logrotate does not ask whether the configuration is well.
        moved = journal.rename(journal.with_suffix(".1"))
        before = moved.read_text()
        self.configure("journal.file = '%s'\nnonsense = 1" % journal)
        self.manager.reload()
        self.assertIn(" error SIGHUP: serves on as before", scim.log.read_text().splitlines()[-1])
        self.assertEqual(self.results(), 1000)
        self.assertIn("/ServiceProviderConfig", journal.read_text())
        self.assertEqual(journal.stat().st_mode & 0o777, 0o600)
        self.assertEqual(moved.read_text(), before)
        self.manager.stop()

    def test_what_is_counted_of_clients_outlives_a_configuration(self):
        self.configure("access.failed_logins = 2")
        self.manager.start("--threads", "2")

        def guess():
            with FastCgi(self.site.socket) as web:
                return web.request("GET", "/Users", "scim_0123456789abcdef_guess", more=[("REMOTE_ADDR", "192.0.2.1")]).status

        self.assertEqual([guess(), guess(), guess()], [401, 401, 429])
        self.manager.reload()
        self.assertEqual(guess(), 429)
        self.manager.stop()

    def test_a_request_ends_with_the_configuration_with_which_it_began(self):
        self.manager.start("--threads", "2")
        body = json.dumps(user("ada", nickname="x" * 300)).encode()
        with FastCgi(self.site.socket) as web:
            web.begin(harness.cgi_variables("POST", "/Users", self.site.token, len(body)))
            web.body(body[:10])
            self.results()  # the other thread serves: the first one has the request
            self.configure("limits.body_bytes = 20")
            self.manager.reload()
            with FastCgi(self.site.socket) as other:
                harness.check_error(self, other.request("POST", "/Users", self.site.token, body), 413)
            web.body(body[10:])
            web.end_body()
            self.assertEqual(web.answer().status, 201)
        self.manager.stop()

    def test_no_request_is_lost(self):
        self.site.start_nginx()
        scim = self.manager.start("--threads", "4")
        descriptors = "/proc/%d/fd" % scim.process.pid
        with Load(self.site, 4, by_http) as load:
            load.until_more(20)
            for i in range(30):
                self.configure("limits.results = %d\nbroken = 1" % i if i % 5 == 4 else "limits.results = %d" % (i + 1))
                self.manager.reload()
                load.until_more(5)
        self.assertEqual(load.failures, [])
        self.assertEqual(self.results(), 29)
        # What was replaced is gone: a generation has some descriptors for each thread.
        with FastCgi(self.site.socket) as web:
            self.assertEqual(web.request("GET", "/Users", self.site.token).json()["totalResults"], 0)
        harness.wait_for("old generations to end", lambda: len(os.listdir(descriptors)) < 60)
        self.manager.stop()

    def test_signals_in_a_row_are_no_more_than_reloads(self):
        scim = self.manager.start("--threads", "2")
        with Load(self.site, 2, by_fastcgi) as load:
            for _ in range(50):
                scim.process.send_signal(1)
            load.until_more(20)
        self.assertEqual(load.failures, [])
        scim.process.send_signal(1)
        scim.process.send_signal(15)
        self.assertEqual(scim.wait(), 0)


class Restart(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())
        self.site.token

    def test_the_next_process_goes_on_with_the_connections(self):
        manager = self.enterContext(ServiceManager(self.site))
        manager.start("--threads", "2")
        with FastCgi(self.site.socket) as idle, FastCgi(self.site.socket) as busy, FastCgi(self.site.socket) as fresh:
            self.assertEqual(idle.request("GET", "/Users", self.site.token).status, 200)
            body = json.dumps(user("ada")).encode()
            busy.begin(harness.cgi_variables("POST", "/Users", self.site.token, len(body)))
            busy.body(body[:5])
            self.assertEqual(idle.request("GET", "/Users", self.site.token).status, 200)
            manager.program.process.terminate()
            busy.body(body[5:])
            busy.end_body()
            self.assertEqual(busy.answer().status, 201)
            manager.stop()
            self.assertEqual(len(manager.kept), 3)
            # Nobody serves now: what is asked waits.
            for web in (idle, busy, fresh):
                web.begin(harness.cgi_variables("GET", "/Users", self.site.token))
                web.end_body()
            manager.start("--threads", "2")
            for web in (idle, busy, fresh):
                self.assertEqual(web.answer().json()["totalResults"], 1)
                self.assertEqual(web.request("GET", "/Users", self.site.token).status, 200)
        manager.stop()

    def test_no_request_is_lost(self):
        manager = self.enterContext(ServiceManager(self.site))
        manager.start("--threads", "4")
        self.site.start_nginx()
        with Load(self.site, 4, by_http) as load:
            for _ in range(20):
                load.until_more(12)
                manager.restart("--threads", "4")
            load.until_more(12)
        self.assertEqual(load.failures, [])
        manager.stop()

    def test_where_nobody_keeps_connections_they_are_closed_and_what_waits_is_served(self):
        manager = self.enterContext(ServiceManager(self.site, keeps=0))
        manager.start("--threads", "2")
        with FastCgi(self.site.socket) as idle:
            self.assertEqual(idle.request("GET", "/Users", self.site.token).status, 200)
            manager.stop()
            self.assertTrue(idle.at_end())
        with FastCgi(self.site.socket) as waiting:
            waiting.begin(harness.cgi_variables("GET", "/Users", self.site.token))
            waiting.end_body()
            manager.start("--threads", "2")
            self.assertEqual(waiting.answer().status, 200)
        manager.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
