# SPDX-License-Identifier: MIT
"""What whoever runs scim-fcgi sees of it: the log as JSON, metrics, health and readiness."""
import http.client
import json
import os
import re
import socket
import sqlite3
import subprocess
import unittest

import harness
from harness import FastCgi, Site, user


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=harness.PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(harness.PATIENCE)
        self.sock.connect(self.path)


class Operations(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())
        self.site.token
        self.watched = str(self.site.directory / "metrics")
        self.whole = self.site.config.read_text()

    def start(self, settings="", *arguments):
        self.site.config.write_text("metrics.listen = 'unix:%s'\n%s\n%s" % (self.watched, settings, self.whole))
        return self.site.start_scim("--threads", "2", *arguments)

    def page(self, path):
        connection = UnixConnection(self.watched)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def metrics(self):
        """name and labels -> value"""
        status, text = self.page("/metrics")
        self.assertEqual(status, 200)
        return {name: float(value) for name, value in re.findall(r"(?m)^([a-z_]+(?:\{.*\})?) (\S+)$", text)}

    def lines(self, scim):
        return [json.loads(line) for line in scim.log.read_bytes().decode().splitlines()]

    def test_metrics_tell_what_the_guard_does_and_what_is_refused_unread(self):
        self.start('limits.header_bytes = 1024\n[guard]\naction = "hold"\ndeactivations = "0"\n')
        refusing = self.site.scimctl("token", "create", "refused", "--guard", "refuse deactivations=0").strip()
        warned = self.site.scimctl("token", "create", "warned", "--guard", "warn deactivations=0").strip()
        with FastCgi(self.site.socket) as web:
            path = "/Users/" + web.request("POST", "/Users", self.site.token, json.dumps(user("ada")).encode()).json()["id"]
            statuses = [web.request("DELETE", path, token).status for token in (self.site.token, self.site.token, refusing, warned)]
            self.assertEqual(statuses, [503, 503, 403, 204])
            self.assertEqual(web.request("GET", path + "?filter=" + 1024 * "x", self.site.token).status, 431)
        found = self.metrics()
        self.assertEqual([found['scim_guard_total{action="%s"}' % action] for action in ("hold", "refuse", "warn")], [2, 1, 1])
        self.assertEqual(found["scim_heads_refused_total"], 1)

    def test_metrics(self):
        self.start()
        with FastCgi(self.site.socket) as web:
            made = web.request("POST", "/Users", self.site.token, json.dumps(user("ada")).encode())
            self.assertEqual(made.status, 201)
            self.assertEqual(web.request("POST", "/Users", self.site.token, json.dumps(user("ada")).encode()).status, 409)
            self.assertEqual(web.request("GET", "/Users/" + made.json()["id"], self.site.token).status, 200)
            self.assertEqual(web.request("GET", "/Users", "wrong").status, 401)
            self.assertEqual(web.request("GET", "/nothing", self.site.token).status, 404)
            found = self.metrics()
        self.assertEqual(found['scim_requests_total{operation="create",type="User",status="201"}'], 1)
        self.assertEqual(found['scim_requests_total{operation="create",type="User",status="409"}'], 1)
        self.assertEqual(found['scim_requests_total{operation="get",type="User",status="200"}'], 1)
        self.assertEqual(found['scim_requests_total{operation="list",type="User",status="401"}'], 1)
        self.assertEqual(found['scim_requests_total{operation="other",type="",status="404"}'], 1)
        self.assertEqual(found['scim_request_duration_seconds_count{operation="create"}'], 2)
        self.assertEqual(found['scim_request_duration_seconds_bucket{operation="create",le="+Inf"}'], 2)
        self.assertGreater(found["scim_response_body_bytes_total"], len(made.body))
        self.assertEqual((found["scim_threads"], found["scim_connections"], found["scim_generations"]), (2, 1, 1))
        self.assertEqual(found["scim_writers_waiting"], 0)
        if not harness.on_postgresql():
            self.assertGreaterEqual(found["scim_write_commits_total"], 1)
            self.assertGreaterEqual(found["scim_writes_total"], found["scim_write_commits_total"])
        self.assertIn("process_start_time_seconds", found)
        self.assertTrue(any(name.startswith("scim_build_info{version=") for name in found))
        self.assertEqual(self.page("/")[0], 404)

    def test_health_and_readiness(self):
        scim = self.start()
        self.assertEqual(self.page("/healthz"), (200, "ok\n"))
        self.assertEqual(self.page("/readyz"), (200, "ready\n"))
        if not harness.on_postgresql():
            with sqlite3.connect(self.site.database) as database:
                database.execute("ALTER TABLE scim_tokens RENAME TO elsewhere")
            self.assertEqual(self.page("/readyz")[0], 503)
            self.assertEqual(self.page("/healthz"), (200, "ok\n"))
            with sqlite3.connect(self.site.database) as database:
                database.execute("ALTER TABLE elsewhere RENAME TO scim_tokens")
            self.assertEqual(self.page("/readyz"), (200, "ready\n"))
        body = json.dumps(user("ada")).encode()
        with FastCgi(self.site.socket) as busy, FastCgi(self.site.socket) as other:
            busy.begin(harness.cgi_variables("POST", "/Users", self.site.token, len(body)))
            busy.body(body[:5])
            self.assertEqual(other.request("GET", "/Users", self.site.token).status, 200)  # the other thread has the first request
            scim.process.terminate()
            harness.wait_for("the end of readiness", lambda: self.page("/readyz") == (503, "stopping\n"))
            self.assertEqual(self.page("/healthz"), (200, "ok\n"))
            busy.body(body[5:])
            busy.end_body()
            self.assertEqual(busy.answer().status, 201)
        self.assertEqual(scim.wait(), 0)
        self.assertFalse(os.path.exists(self.watched))

    def test_json_lines(self):
        scim = self.start("log.format = 'json'")
        with FastCgi(self.site.socket) as web:
            more = [("REQUEST_ID", "r-1"), ("REMOTE_ADDR", "192.0.2.1"), ("HTTP_X_REQUEST_ID", 'x"\nerror: forged')]
            got = web.request("GET", "/Users?filter=userName%20eq%20%22secret%22", self.site.token, more=more)
            self.assertEqual((got.status, got.header("X-Request-Id")), (200, "r-1"))
            odd = b"/scim/v2/\xff\xfe\"\n\\\x1b[31m" + b"a" * 4000
            self.assertEqual(web.request("GET", "/", self.site.token, more=[("REQUEST_URI", odd)]).status, 404)
            unnamed = web.request("GET", "/Users", None, more=[("REQUEST_ID", "a b")])
            self.assertRegex(unnamed.header("X-Request-Id"), "^[0-9a-f-]{36}$")
        lines = self.lines(scim)
        self.assertEqual(len(lines), 4, lines)  # one says that it serves
        self.assertEqual({line["level"] for line in lines}, {"info"})
        asked = lines[1]
        self.assertRegex(asked.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertGreaterEqual(asked.pop("duration_us"), 1)
        self.assertRegex(asked.pop("message"), r'^"GET" "/scim/v2/Users\?filter" 200 \d+ bytes \d+ ms r-1$')
        self.assertEqual(asked, {"level": "info", "request_id": "r-1", "method": "GET", "path": "/scim/v2/Users?filter", "operation": "list",
                                 "type": "User", "status": 200, "request_bytes": 0, "bytes": len(got.body), "subject": "token:e2e",
                                 "remote_addr": "192.0.2.1", "client_request_id": 'x"\nerror: forged'})
        self.assertTrue(lines[2]["path"].startswith("/scim/v2/\ufffd\ufffd\"\n\\\x1b[31maaa"), lines[2]["path"])
        self.assertEqual(len(lines[2]["path"]), 512)
        self.assertEqual((lines[3]["status"], lines[3]["subject"]), (401, ""))
        self.assertNotIn("secret", scim.log.read_text())

    def test_how_much_is_logged_changes_with_a_reload(self):
        scim = self.start("log_level = 'warning'")
        with FastCgi(self.site.socket) as web:
            self.assertEqual(web.request("GET", "/Users", self.site.token).status, 200)
            self.assertEqual(scim.log.read_text(), "")
            self.site.config.write_text("log.format = 'json'\nlog.requests = 'errors'\n" + self.whole)
            scim.process.send_signal(1)
            harness.wait_for("the reload", lambda: "as it is now" in scim.log.read_text())
            self.assertEqual(web.request("GET", "/Users", self.site.token).status, 200)
            self.assertEqual(web.request("GET", "/Users/none", self.site.token).status, 404)
        text = scim.log.read_text()
        self.assertIn("warning SIGHUP: metrics.listen stays as it is until a restart\n", text)
        self.assertEqual([json.loads(line).get("status") for line in text.splitlines()[1:]], [None, 404])
        self.assertEqual(self.page("/healthz")[0], 200)

    def test_others_cannot_be_let_in(self):
        for address, why in (("0.0.0.0:0", "scimctl.toml:1: metrics.listen must be unix:PATH or a loopback address"),
                             ("127.0.0.1", "scim-fcgi: metrics.listen: an address is unix:/path or host:port")):
            self.site.config.write_text("metrics.listen = '%s'\n%s" % (address, self.whole))
            done = subprocess.run([harness.SCIM_FCGI, "--config", str(self.site.config), "--listen", "unix:" + self.site.socket],
                                  capture_output=True, text=True, timeout=harness.PATIENCE, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 1)
            self.assertIn(why, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
