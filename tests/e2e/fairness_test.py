# SPDX-License-Identifier: MIT
"""Fewer threads than connections: kept connections are served, idle ones hold nobody up."""
import signal
import time
import unittest

import harness
from harness import FastCgi, Site

GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LONGEST_WAIT = 20  # seconds; it is milliseconds on a quiet machine, and for ever if a thread is bound to a connection


class Fairness(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())
        self.token = self.site.token
        self.scim = self.site.start_scim("--threads", "2")

    def run_clients(self, count, client):
        """Each client returns its waits, in seconds."""
        waits = harness.at_once(count, client)
        self.assertLess(max(max(w) for w in waits), LONGEST_WAIT)

    def hold_idle(self, count):
        """Connections that have been served once, and then are kept open."""
        for _ in range(count):
            web = self.enterContext(FastCgi(self.site.socket))
            self.assertEqual(web.request("GET", "/Users?count=0", self.token).status, 200)

    def test_32_clients_through_nginx_beside_idle_connections(self):
        self.hold_idle(10)
        self.site.start_nginx()

        def client(_):
            connection = harness.http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=harness.PATIENCE)
            waits = []
            for _ in range(20):
                begin = time.monotonic()
                connection.request("GET", harness.BASE + "/Users?count=0", headers={"Authorization": "Bearer " + self.token})
                answer = connection.getresponse()
                answer.read()
                self.assertEqual(answer.status, 200)
                waits.append(time.monotonic() - begin)
            connection.close()
            return waits
        self.run_clients(32, client)

    def test_32_kept_fastcgi_connections(self):
        self.hold_idle(10)

        def client(_):
            waits = []
            with FastCgi(self.site.socket) as web:
                for _ in range(20):
                    begin = time.monotonic()
                    self.assertEqual(web.request("GET", "/Users?count=0", self.token).status, 200)
                    waits.append(time.monotonic() - begin)
            return waits
        self.run_clients(32, client)

    def test_writers_of_one_database_wait_for_each_other(self):
        def client(number):
            waits = []
            with FastCgi(self.site.socket) as web:
                for i in range(5):
                    body = harness.encode(harness.user("u%d-%d" % (number, i)))
                    begin = time.monotonic()
                    self.assertEqual(web.request("POST", "/Users", self.token, body).status, 201)
                    waits.append(time.monotonic() - begin)
            return waits
        self.run_clients(16, client)
        with FastCgi(self.site.socket) as web:
            self.assertEqual(web.request("GET", "/Users?count=0", self.token).json()["totalResults"], 80)

    def test_more_connections_than_threads_are_told_once(self):
        told = " connections are open at once and 2 threads serve them"
        self.hold_idle(2)
        self.assertNotIn(told, self.scim.log.read_text())
        self.hold_idle(5)
        self.assertEqual(self.scim.log.read_text().count(told), 1)

    # Requirements: H-21
    def test_writers_of_two_processes_share_one_database(self):
        second = str(self.site.directory / "second")
        self.site.start([harness.SCIM_FCGI, "--config", self.site.config, "--listen", "unix:" + second, "--threads", "4"],
                        "second.log", ready=second)
        with FastCgi(second) as web:
            group = web.request("POST", "/Groups", self.token, harness.encode({"schemas": [GROUP_URN], "displayName": "All"})).json()["id"]

        def client(number):
            waits = []
            with FastCgi(second if number % 2 else self.site.socket) as web:
                for i in range(5):
                    begin = time.monotonic()
                    made = web.request("POST", "/Users", self.token, harness.encode(harness.user("u%d-%d" % (number, i))))
                    self.assertEqual(made.status, 201)
                    added = web.request("PATCH", "/Groups/" + group, self.token, harness.encode({
                        "schemas": [PATCH_URN],
                        "Operations": [{"op": "add", "path": "members", "value": [{"value": made.json()["id"]}]}]}))
                    self.assertIn(added.status, (200, 204))
                    waits.append(time.monotonic() - begin)
            return waits
        self.run_clients(12, client)
        for socket in (second, self.site.socket):
            with FastCgi(socket) as web:
                members = web.request("GET", "/Groups/" + group, self.token).json()["members"]
                self.assertEqual(len({m["value"] for m in members}), 60)

    def test_more_idle_connections_than_are_kept(self):
        self.hold_idle(520)
        with FastCgi(self.site.socket) as web:
            self.assertEqual(web.request("GET", "/Users?count=0", self.token).status, 200)

    def test_a_request_that_has_arrived_is_answered_however_many_connections_come(self):
        held = [self.enterContext(FastCgi(self.site.socket)) for _ in range(512)]
        for web in held:
            self.assertEqual(web.request("GET", "/ServiceProviderConfig", self.token).status, 200)
        # While it stands still, all of them send a request, and others connect.
        self.scim.process.send_signal(signal.SIGSTOP)
        for web in held:
            web.begin(harness.cgi_variables("GET", "/ServiceProviderConfig", self.token))
            web.end_body()
        fresh = [self.enterContext(FastCgi(self.site.socket)) for _ in range(40)]
        self.scim.process.send_signal(signal.SIGCONT)
        self.assertEqual({web.answer().status for web in held}, {200})
        self.assertEqual(fresh[-1].request("GET", "/ServiceProviderConfig", self.token).status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
