# SPDX-License-Identifier: MIT
"""A database file that is full, locked, damaged, gone or not for us: scim-fcgi does not start and says why, or answers 503 until
it is over, reads as long as it can, and has lost nothing afterwards."""
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import unittest

import harness
from harness import FastCgi, Site, check_error, user
from served import group

NOBODY = 65534
FILLER = 1 << 19


class TroubleCase(unittest.TestCase):
    CONFIG = ""

    def setUp(self):
        self.site = self.enterContext(Site(config=self.CONFIG))
        with open(self.site.config, "a") as config:  # ends with [database]
            config.write("busy_timeout_ms = 200\n")
        self.site.token

    def ask(self, method, path, body=None):
        with FastCgi(self.site.socket) as connection:
            return connection.request(method, path, self.site.token, b"" if body is None else json.dumps(body).encode())

    def make(self, name):
        answer = self.ask("POST", "/Users", user(name))
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def check_unavailable(self, answer):
        check_error(self, answer, 503)
        self.assertGreaterEqual(int(answer.header("Retry-After")), 1)
        return answer

    def names(self):
        return {each["userName"] for each in self.ask("GET", "/Users?count=1000").json()["Resources"]}

    def database(self):
        return contextlib.closing(sqlite3.connect(self.site.database, isolation_level=None, timeout=harness.PATIENCE))

    def check_whole(self):
        with self.database() as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def run_program(self, *arguments, **options):
        return subprocess.run([str(each) for each in arguments], capture_output=True, text=True, timeout=harness.PATIENCE,
                              stdin=subprocess.DEVNULL, **options)

    def check_refused(self, *words, **options):
        """Neither program goes on with it; both name the file and the reason. What scim-fcgi says."""
        scim = self.run_program(harness.SCIM_FCGI, "--config", self.site.config, "--listen", "unix:" + self.site.socket, **options)
        cli = self.run_program(harness.SCIMCTL, "list", "users", "--config", self.site.config, **options)
        for done in (scim, cli):
            self.assertEqual(done.returncode, 1, done)
            for word in (str(self.site.database), *words):
                self.assertIn(word, done.stderr)
        self.assertFalse(os.path.exists(self.site.socket))
        return scim.stderr


class Refused(TroubleCase):
    """At the start."""

    def setUp(self):
        super().setUp()
        self.site.scimctl("create", "user", "--user-name", "ada")
        with self.database() as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.saved = self.site.database.read_bytes()

    def check_is_as_it_was(self):
        """None of those who were refused has changed anything."""
        self.site.start_scim()
        self.assertEqual(self.names(), {"ada"})
        self.make("bob")
        self.check_whole()

    def test_a_file_that_is_no_database(self):
        self.site.database.write_bytes(b"#" * 100 + self.saved[100:])
        self.check_refused("not a database")
        self.site.database.write_bytes(self.saved)
        self.check_is_as_it_was()

    def test_a_file_that_is_cut_off(self):
        self.site.database.write_bytes(self.saved[:len(self.saved) // 2])
        self.check_refused("malformed")
        self.site.database.write_bytes(self.saved)
        self.check_is_as_it_was()

    def test_a_directory(self):
        self.site.database.unlink()
        self.site.database.mkdir()
        self.check_refused("Is a directory")

    def test_a_database_of_a_newer_program(self):
        with self.database() as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            database.execute("PRAGMA user_version = 99")
        self.check_refused("version 99", "newer")
        with self.database() as database:
            database.execute("PRAGMA user_version = %d" % version)
        self.check_is_as_it_was()

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_files_that_are_not_ours(self):
        self.site.config.chmod(0o644)
        for mode in (0o444, 0o600):
            with self.subTest(mode):
                self.site.database.chmod(mode)
                self.assertIn("cannot be written by nobody", self.check_refused(user=NOBODY, extra_groups=[]))

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_a_directory_that_is_not_ours(self):
        self.site.config.chmod(0o644)
        os.chown(self.site.database, NOBODY, NOBODY)
        refused = self.check_refused(str(self.site.directory), user=NOBODY, extra_groups=[])
        self.assertIn("cannot be written by nobody", refused)


class Locked(TroubleCase):
    def test_writers_are_sent_away_and_readers_are_not(self):
        self.site.start_scim()
        ada = self.make("ada")
        with self.database() as other:
            other.execute("BEGIN IMMEDIATE")
            self.check_unavailable(self.ask("POST", "/Users", user("bob")))
            self.check_unavailable(self.ask("DELETE", "/Users/" + ada["id"]))
            self.assertEqual(self.ask("GET", "/Users/" + ada["id"]).json(), ada)
            done = self.run_program(harness.SCIMCTL, "create", "user", "--user-name", "bob", "--config", self.site.config)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("the database is busy, try again", done.stderr)
            # It does not have to write in order to start.
            self.site.start_node("second")
            other.execute("ROLLBACK")
        self.make("bob")
        self.assertEqual(self.names(), {"ada", "bob"})


class Damaged(TroubleCase):
    def test_what_is_whole_is_served(self):
        scim = self.site.start_scim()
        self.make("ada")
        staff = self.ask("POST", "/Groups", group("Staff")).json()
        scim.stop()
        with self.database() as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'users'").fetchone()
            (size,) = database.execute("PRAGMA page_size").fetchone()
        saved = self.site.database.read_bytes()
        begin = (page - 1) * size
        self.site.database.write_bytes(saved[:begin] + b"\xa5" * size + saved[begin + size:])
        scim = self.site.start_scim()
        self.check_unavailable(self.ask("GET", "/Users"))
        self.check_unavailable(self.ask("POST", "/Users", user("bob")))
        self.assertEqual(self.ask("GET", "/Groups/" + staff["id"]).json(), staff)
        self.assertIn("malformed", scim.log.read_text())
        check = self.run_program(harness.SCIMCTL, "check", "--config", self.site.config)
        self.assertEqual(check.returncode, 1, check)
        self.assertIn("is damaged", check.stdout + check.stderr)
        scim.stop()
        # The database comes back from a backup.
        for name in ("-wal", "-shm"):
            pathlib.Path(str(self.site.database) + name).unlink(missing_ok=True)
        self.site.database.write_bytes(saved)
        self.site.start_scim()
        self.assertEqual(self.names(), {"ada"})
        self.check_whole()


class Replaced(TroubleCase):
    def test_nothing_is_written_where_nobody_will_find_it(self):
        scim = self.site.start_scim()
        ada = self.make("ada")
        with self.database() as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        aside = self.site.directory / "aside.db"
        self.site.database.rename(aside)
        self.check_unavailable(self.ask("POST", "/Users", user("bob")))
        self.assertEqual(self.ask("GET", "/Users/" + ada["id"]).json(), ada)
        shutil.copy(aside, self.site.database)
        self.check_unavailable(self.ask("POST", "/Users", user("bob")))
        self.assertIn("has been moved or replaced", scim.log.read_text())
        # The file is there again.
        aside.replace(self.site.database)
        self.make("bob")
        self.assertEqual(self.names(), {"ada", "bob"})
        self.check_whole()


class Full(TroubleCase):
    def setUp(self):
        super().setUp()
        disk = self.site.directory / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(disk)], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("no small file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(disk)], check=True)
        self.disk, self.filler = disk, disk / "filler"
        config = self.site.config.read_text()
        self.site.config.write_text(config.replace(str(self.site.database), str(disk / "scim.db")))
        self.site.database = disk / "scim.db"
        self.site._token = None
        self.site.token
        self.filler.write_bytes(b"x" * FILLER)

    def fill(self):
        """The users who were made until there was no place for one more."""
        made = set()
        while True:
            name = "u%d" % len(made)
            answer = self.ask("POST", "/Users", user(name, title="x" * 20000))
            if answer.status != 201:
                self.check_unavailable(answer)
                return made
            made.add(name)
            self.assertLess(len(made), 1000)

    def test_it_goes_on_when_there_is_place_again(self):
        scim = self.site.start_scim()
        made = self.fill()
        self.assertGreater(len(made), 3)
        self.assertIn("full", scim.log.read_text())
        self.assertEqual(self.names(), made)
        first = self.ask("GET", "/Users?count=1").json()["Resources"][0]
        self.assertEqual(self.ask("GET", "/Users/" + first["id"]).json(), first)
        done = self.run_program(harness.SCIMCTL, "create", "user", "--user-name", "bob", "--set", "title=" + "x" * 20000, "--config", self.site.config)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("full", done.stderr)
        self.filler.unlink()
        self.make("bob")
        self.assertEqual(self.names(), made | {"bob"})
        scim.stop()
        self.site.start_scim()
        self.assertEqual(self.names(), made | {"bob"})
        self.check_whole()

    def test_it_is_killed_when_it_is_full(self):
        scim = self.site.start_scim()
        made = self.fill()
        scim.process.kill()
        scim.process.wait()
        self.filler.unlink()
        self.site.start_scim()
        self.assertEqual(self.names(), made)
        self.check_whole()


class Log(TroubleCase):
    LIMIT = 64 << 20
    LARGE = "x" * (9 << 20)

    def test_a_long_reader_does_not_stop_the_writers(self):
        """The log grows by what is written while somebody reads, and is cut when that is over."""
        self.site.start_scim()
        self.make("ada")
        log = pathlib.Path(str(self.site.database) + "-wal")
        with self.database() as reader:
            reader.execute("BEGIN")
            self.assertEqual(reader.execute("SELECT count(*) FROM users").fetchone(), (1,))
            for i in range(8):
                self.assertEqual(self.ask("POST", "/Users?attributes=userName", user("u%d" % i, title=self.LARGE)).status, 201)
            self.assertGreater(log.stat().st_size, self.LIMIT)
            self.assertEqual(reader.execute("SELECT count(*) FROM users").fetchone(), (1,))
            reader.execute("ROLLBACK")
        for i in range(3):
            self.make("after%d" % i)
        self.assertLessEqual(log.stat().st_size, self.LIMIT)
        self.check_whole()


if __name__ == "__main__":
    unittest.main(verbosity=2)
