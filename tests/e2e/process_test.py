# SPDX-License-Identifier: MIT
"""scim-fcgi as a process: how it is started, what it inherits, how it ends."""
import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import unittest

import harness
from harness import FastCgi, Site

BODY = json.dumps(harness.user("ada")).encode()


class Listening(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())

    def run_scim(self, *arguments, env=None):
        return subprocess.run([harness.SCIM_FCGI, *arguments], capture_output=True, text=True, timeout=harness.PATIENCE,
                              stdin=subprocess.DEVNULL, env=env)

    def test_unix_socket_has_mode_0660_and_goes_at_exit(self):
        scim = self.site.start_scim()
        self.assertEqual(stat.S_IMODE(os.stat(self.site.socket).st_mode), 0o660)
        self.assertEqual(scim.stop(), 0)
        self.assertFalse(os.path.exists(self.site.socket))

    def test_stale_socket_is_replaced(self):
        scim = self.site.start_scim()
        scim.process.kill()
        scim.process.wait()
        self.assertTrue(os.path.exists(self.site.socket))
        self.site.start_scim()

    def test_socket_in_use_is_refused(self):
        self.site.start_scim()
        done = self.run_scim("--config", str(self.site.config), "--listen", "unix:" + self.site.socket)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another program is listening there", done.stderr)
        self.assertTrue(harness.can_connect(self.site.socket))

    def test_other_file_is_left_alone(self):
        path = self.site.directory / "precious"
        path.write_text("x")
        done = self.run_scim("--config", str(self.site.config), "--listen", "unix:%s" % path)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(path.read_text(), "x")

    def test_tcp(self):
        port = harness.free_port()
        scim = self.site.start([harness.SCIM_FCGI, "--config", self.site.config, "--listen", "127.0.0.1:%d" % port],
                               "scim.log", ready=("127.0.0.1", port))
        with FastCgi(("127.0.0.1", port)) as web:
            self.assertEqual(web.request("GET", "/Users", self.site.token).status, 200)
        self.assertEqual(scim.stop(), 0)

    def test_misuse_is_2_with_the_usage(self):
        for arguments in (["--nonsense"], ["extra"], ["--threads", "0"], ["--threads"], ["--version=1"], []):
            with self.subTest(arguments):
                done = self.run_scim(*arguments, env={})
                self.assertEqual(done.returncode, 2, done)
                self.assertIn("usage: scim-fcgi", done.stderr)
                self.assertEqual(done.stdout, "")

    def test_help_and_version(self):
        self.assertIn("--threads", self.run_scim("--help").stdout)
        self.assertRegex(self.run_scim("--version").stdout, r"^scim-fcgi \d+\.\d+\.\d+\n$")

    def test_wrong_configuration_and_database_are_1(self):
        self.site.config.write_text('[database]\nurl = "sqlite:/nonexistent/dir/x.db"\n')
        done = self.run_scim("--config", str(self.site.config), "--listen", "unix:" + self.site.socket)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "scim-fcgi: .+")
        for key in ('adapter = "/nonexistent/x.so"', 'access.check = "plugin:/nonexistent/x.so"'):
            self.site.config.write_text(key + "\n")
            done = self.run_scim("--config", str(self.site.config), "--listen", "unix:" + self.site.socket)
            self.assertEqual(done.returncode, 1)
            self.assertIn(": /nonexistent/x.so: cannot open", done.stderr)
        self.site.config.write_text("nonsense = 1\n")
        done = self.run_scim("--config", str(self.site.config), "--listen", "unix:" + self.site.socket)
        self.assertEqual(done.returncode, 1)
        self.assertIn("nonsense", done.stderr)
        self.assertFalse(os.path.exists(self.site.socket))

    def test_a_configuration_can_be_tested(self):
        def test():
            return self.run_scim("--test", "--config", str(self.site.config))
        if not harness.on_postgresql():
            done = test()
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            self.assertFalse(self.site.database.exists(), "a test makes nothing")
            self.assertIn("can be served; the database %s is not there: the next start makes it" % self.site.database, done.stderr)
        self.site.token
        whole = self.site.config.read_text()
        journal = self.site.directory / "journal.jsonl"
        self.site.config.write_text("journal.file = '%s'\n%s" % (journal, whole))
        self.assertEqual(test().stderr, "scim-fcgi: this configuration can be served\n")
        self.assertFalse(journal.exists(), "its owner would be whoever tests")
        self.site.config.write_text("journal.file = '/nonexistent/x'\n" + whole)
        self.assertIn('journal.file "/nonexistent/x": cannot be opened', test().stderr)
        for broken, why in (("nonsense = 1", "unknown key nonsense"), ("access.basic = true", "access.basic needs users of an application"),
                            ("access.check = 'plugin:/nonexistent/x.so'", "/nonexistent/x.so: cannot open")):
            self.site.config.write_text(broken + "\n" + whole)
            done = test()
            self.assertEqual(done.returncode, 1)
            self.assertIn(why, done.stderr)

    def test_errors_of_check_stop_it_before_it_writes(self):
        database = self.site.directory / "app.db"
        with sqlite3.connect(database) as connection:
            connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, login TEXT NOT NULL, tenant INTEGER NOT NULL)")
        self.site.config.write_text("""[database]
            url = "sqlite:%s"
            [user]
            table = "person"
            key = "id"
            delete = "remove"
            [user.map]
            userName = "logni"\n""" % database)
        done = self.run_scim("--config", str(self.site.config), "--listen", "unix:" + self.site.socket)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.splitlines(), [
            "scim-fcgi: does not start, see `scimctl check`:",
            "  [user.map] userName: the table person has no column logni, did you mean login?",
            "  person.login: is NOT NULL without a default, and nothing fills it in a new row",
            "  person.tenant: is NOT NULL without a default, and nothing fills it in a new row"])
        self.assertFalse(os.path.exists(self.site.socket))
        with sqlite3.connect(database) as connection:
            self.assertEqual(connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'scim%'").fetchall(), [])


class Inherited(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())

    def check_serves(self):
        with FastCgi(self.site.socket) as web:
            self.assertEqual(web.request("GET", "/Users", self.site.token).status, 200)
            made = web.request("POST", "/Users", self.site.token, BODY)
            self.assertEqual(made.status, 201)
            self.assertEqual(made.header("Location"), "http://scim.example/scim/v2/Users/" + made.json()["id"])
            self.assertEqual(web.request("DELETE", "/Users/" + made.json()["id"], self.site.token).status, 204)

    def test_systemd_activation(self):
        listener = self.enterContext(socket.socket(socket.AF_UNIX))
        listener.bind(self.site.socket)
        listener.listen()
        # LISTEN_PID must be the pid of scim-fcgi itself, known only after fork: the shell becomes it.
        scim = self.site.start(["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 3<&%d' % listener.fileno(),
                                harness.SCIM_FCGI, "--config", self.site.config], "scim.log", ready=self.site.socket,
                               pass_fds=[listener.fileno()])
        self.check_serves()
        self.assertEqual(scim.stop(), 0)
        self.assertTrue(os.path.exists(self.site.socket), "the socket is systemd's")

    def test_sockets_of_another_process_are_not_taken(self):
        done = subprocess.run([harness.SCIM_FCGI], env={"LISTEN_PID": "1", "LISTEN_FDS": "1"}, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 2)

    @unittest.skipUnless(shutil.which("spawn-fcgi"), "spawn-fcgi is not installed")
    def test_spawn_fcgi_two_processes(self):
        token = self.site.token
        done = subprocess.run(["spawn-fcgi", "-s", self.site.socket, "-F", "2", "-P", str(self.site.directory / "pids"), "--",
                               harness.SCIM_FCGI, "--config", str(self.site.config), "--threads", "1"],
                              capture_output=True, text=True, timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 0, done)
        pids = [int(p) for p in (self.site.directory / "pids").read_text().split()]
        self.addCleanup(self.end_spawned, pids)
        self.assertEqual(len(pids), 2)
        self.check_serves()
        # One process ends: the other serves on, and nothing that waits in their common socket is lost.
        os.kill(pids[0], signal.SIGTERM)
        harness.wait_for("one process to end", lambda: not alive(pids[0]))
        for _ in range(5):
            with FastCgi(self.site.socket) as web:
                self.assertEqual(web.request("GET", "/Users", token, flags=0).status, 200)

    def end_spawned(self, pids):
        for pid in filter(alive, pids):
            os.kill(pid, signal.SIGTERM)
        harness.wait_for("spawned processes to end", lambda: not any(map(alive, pids)))


def alive(pid):
    """Children of spawn-fcgi become those of process 1 (or of nobody who reaps them)."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class PlainCgi(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())

    def cgi(self, method, path, body=b"", token=None, **more):
        env = dict(harness.cgi_variables(method, path, token, len(body) if body else None), **more)
        # The server may leave standard input open after the body.
        reader, writer = os.pipe()
        os.write(writer, body)
        try:
            done = subprocess.run([harness.SCIM_FCGI, "--config", str(self.site.config)], env=env, stdin=reader,
                                  capture_output=True, timeout=harness.PATIENCE)
        finally:
            os.close(reader)
            os.close(writer)
        self.assertEqual(done.returncode, 0, done)
        return harness.cgi_answer(done.stdout)

    def test_one_request(self):
        token = self.site.token
        made = self.cgi("POST", "/Users", BODY, token)
        self.assertEqual(made.status, 201)
        got = self.cgi("GET", "/Users?filter=userName%20eq%20%22ada%22", token=token)
        self.assertEqual(got.json()["totalResults"], 1)
        self.assertEqual(int(got.header("Content-Length")), len(got.body))

    def test_first_error_is_a_scim_document(self):
        harness.check_error(self, self.cgi("GET", "/Users"), 401)

    def test_without_request_uri(self):
        got = self.cgi("GET", "/", token=self.site.token, REQUEST_URI="", SCRIPT_NAME="", PATH_INFO="")
        harness.check_error(self, got, 404)

    def test_remote_user_alone_lets_nobody_in(self):
        harness.check_error(self, self.cgi("GET", "/Users", REMOTE_USER="admin"), 403)


class Ending(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())
        self.token = self.site.token

    def test_a_request_in_flight_is_answered(self):
        scim = self.site.start_scim("--threads", "2")
        idle = self.enterContext(FastCgi(self.site.socket))
        self.assertEqual(idle.request("GET", "/Users", self.token).status, 200)
        busy = self.enterContext(FastCgi(self.site.socket))
        busy.begin(harness.cgi_variables("POST", "/Users", self.token, len(BODY)))
        busy.body(BODY[:10])
        # Both threads are known to be at work or waiting: the first body bytes are read before the signal is sent,
        # for another request is served by the one thread that is left.
        self.assertEqual(idle.request("GET", "/Users", self.token).status, 200)
        scim.process.send_signal(signal.SIGTERM)
        busy.body(BODY[10:])
        busy.end_body()
        self.assertEqual(busy.answer().status, 201)
        self.assertTrue(idle.at_end())
        self.assertEqual(scim.wait(), 0)

    def test_sigint_ends_it_with_idle_connections(self):
        scim = self.site.start_scim()
        idle = [self.enterContext(FastCgi(self.site.socket)) for _ in range(5)]
        self.assertEqual(idle[0].request("GET", "/Users", self.token).status, 200)
        scim.process.send_signal(signal.SIGINT)
        self.assertEqual(scim.wait(), 0)

    def test_restart_keeps_what_was_written(self):
        scim = self.site.start_scim()
        with FastCgi(self.site.socket) as web:
            made = web.request("POST", "/Users", self.token, BODY)
        scim.process.kill()
        scim.process.wait()
        self.site.start_scim()
        with FastCgi(self.site.socket) as web:
            self.assertEqual(web.request("GET", "/Users/" + made.json()["id"], self.token).status, 200)


class Protocol(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())
        self.token = self.site.token
        self.site.start_scim("--threads", "1")

    def test_body_over_the_limit_is_refused_unread(self):
        with FastCgi(self.site.socket) as web:
            web.begin(harness.cgi_variables("POST", "/Users", self.token, 11 << 20))
            harness.check_error(self, web.answer(), 413)  # before a byte of the body is sent
            # What is sent nevertheless goes nowhere, and the only thread serves others meanwhile.
            with FastCgi(self.site.socket) as other:
                self.assertEqual(other.request("GET", "/Users", self.token).status, 200)
            web.body(b"x" * (1 << 20))
            self.assertTrue(web.at_end())

    def test_body_without_a_length_is_read_to_its_end_or_the_limit(self):
        with FastCgi(self.site.socket) as web:
            web.begin(harness.cgi_variables("POST", "/Users", self.token))
            web.body(BODY)
            web.end_body()
            self.assertEqual(web.answer().status, 201)
            web.begin(harness.cgi_variables("POST", "/Users", self.token))
            web.body(b" " * ((10 << 20) + 1))
            harness.check_error(self, web.answer(), 413)

    def test_broken_lengths(self):
        for length in ("-1", "1x", " 5"):
            with self.subTest(length), FastCgi(self.site.socket) as web:
                web.begin([p for p in harness.cgi_variables("POST", "/Users", self.token) if p[0] != "CONTENT_LENGTH"] +
                          [("CONTENT_LENGTH", length)])
                web.end_body()
                harness.check_error(self, web.answer(), 400)
        with FastCgi(self.site.socket) as web:
            web.begin(harness.cgi_variables("POST", "/Users", self.token, 1000))
            web.body(BODY)
            web.end_body()
            harness.check_error(self, web.answer(), 400)

    def test_kept_connection_carries_many_requests(self):
        with FastCgi(self.site.socket) as web:
            for i in range(20):
                self.assertEqual(web.request("GET", "/Users", self.token).status, 200)
            self.assertEqual(web.request("GET", "/Users", self.token, flags=0).status, 200)
            self.assertTrue(web.at_end())

    def test_what_is_not_fastcgi_is_closed(self):
        for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x01\x01\x00\x00\x00\x08\x00\x00", b"\x00" * 64):
            with self.subTest(noise), FastCgi(self.site.socket) as web:
                web.socket.sendall(noise)
                self.assertTrue(web.at_end())
        with FastCgi(self.site.socket) as web:
            self.assertEqual(web.request("GET", "/Users", self.token).status, 200)

    def test_peer_that_leaves_early(self):
        for _ in range(3):
            with FastCgi(self.site.socket) as web:
                web.begin(harness.cgi_variables("POST", "/Users", self.token, len(BODY)))
                web.body(BODY[:5])
        with FastCgi(self.site.socket) as web:
            self.assertEqual(web.request("GET", "/Users", self.token).json()["totalResults"], 0)

    def test_the_last_of_two_values_counts(self):
        with FastCgi(self.site.socket) as web:
            more = [("REMOTE_USER", "admin"), ("REMOTE_USER", "")]
            harness.check_error(self, web.request("GET", "/Users", None, more=more), 401)

    def test_two_authorization_headers(self):
        with FastCgi(self.site.socket) as web:
            more = [("HTTP_AUTHORIZATION", "Bearer other")]
            harness.check_error(self, web.request("GET", "/Users", self.token, more=more), 400)


if __name__ == "__main__":
    unittest.main(verbosity=2)
