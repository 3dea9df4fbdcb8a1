# SPDX-License-Identifier: MIT
"""The throw-away PostgreSQL of the tests: what survives a crash, and that nothing of it is left."""
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import unittest

import harness
import postgresql

COMMAND = [sys.executable, "-B", str(pathlib.Path(__file__).with_name("postgresql.py")), "--"]


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.Postgresql()
        cls.addClassCleanup(cls.server.stop)

    def name_of(self, url):
        return url.split("/")[3].split("?")[0]

    def test_a_crash_loses_nothing_that_was_committed(self):
        name = self.name_of(self.server.create_database())
        self.server.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (1)", name, postgresql.USER)
        self.server.crash()
        with self.assertRaisesRegex(AssertionError, "connection to server"):
            self.server.sql("SELECT 1")
        self.server.start()
        self.assertEqual(self.server.sql("SELECT a FROM t", name, postgresql.USER), "1\n")
        self.server.restart()
        self.assertEqual(self.server.sql("SELECT a FROM t", name, postgresql.USER), "1\n")

    def test_databases_are_empty_and_belong_to_one_who_may_little(self):
        names = [self.name_of(self.server.create_database()) for _ in range(2)]
        self.assertNotEqual(*names)
        self.server.sql("CREATE TABLE t (a int)", names[0], postgresql.USER)
        self.assertEqual(self.server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", names[1]), "0\n")
        self.assertEqual(self.server.sql("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user", names[1],
                                         postgresql.USER), "f|t\n")

    def test_it_listens_on_a_socket_alone(self):
        self.assertEqual(self.server.sql("SHOW listen_addresses"), "\n")
        self.assertEqual(self.server.sql("SHOW server_encoding; SHOW lc_collate; SHOW max_connections"), "UTF8\nC\n300\n")


class Command(unittest.TestCase):
    """What the command starts it ends, and removes."""

    def setUp(self):
        self.temporary = self.enterContext(tempfile.TemporaryDirectory(prefix="scim"))
        os.chmod(self.temporary, 0o711)
        self.environment = {k: v for k, v in os.environ.items() if k != postgresql.VARIABLE}
        self.environment["TMPDIR"] = self.temporary

    def left_over(self):
        return os.listdir(self.temporary)

    def test_it_exits_as_what_it_runs(self):
        done = subprocess.run(COMMAND + ["sh", "-c", 'echo "$%s"; exit 7' % postgresql.VARIABLE], env=self.environment,
                              capture_output=True, text=True, timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertRegex(done.stdout, r"^postgresql:///postgres\?host=%s/\S+&user=scim\n$" % self.temporary)
        self.assertEqual(self.left_over(), [])

    def test_it_takes_the_server_that_there_is(self):
        done = subprocess.run(COMMAND + ["sh", "-c", 'echo "$%s"' % postgresql.VARIABLE], capture_output=True, text=True,
                              env={**self.environment, postgresql.VARIABLE: "postgresql://elsewhere/"}, timeout=harness.PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (0, "postgresql://elsewhere/\n"))

    def test_a_signal_ends_it_all(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            with self.subTest(number):
                self.check_signal(number)

    def check_signal(self, number):
        # The pipe is open as long as the command or the server lives.
        script = 'cat "%s"/*/data/postmaster.pid | head -n 1; exec sleep 600' % self.temporary
        with subprocess.Popen(COMMAND + ["sh", "-c", script], env=self.environment, stdout=subprocess.PIPE, text=True) as process:
            server = os.pidfd_open(int(process.stdout.readline()))
            process.send_signal(number)
            self.assertEqual(process.wait(harness.PATIENCE), -number if number == signal.SIGKILL else 128 + number)
            self.assertEqual(process.stdout.read(), "")
        self.assertTrue(select.select([server], [], [], harness.PATIENCE)[0], "the server goes on")
        os.close(server)
        if number != signal.SIGKILL:
            self.assertEqual(self.left_over(), [])


if __name__ == "__main__":
    unittest.main()
