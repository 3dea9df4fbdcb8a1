#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A throw-away PostgreSQL on a Unix socket: a cluster in a temporary directory, which ends with the process that made it.

usage: postgresql.py -- COMMAND [ARGUMENT...]

Runs COMMAND with the URL of such a server in SCIMCTL_TEST_POSTGRESQL, whose user may create databases, and exits as it
does. Where that is set already, COMMAND gets that server.
"""
import contextlib
import os
import pathlib
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.parse

import harness

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
VARIABLE = "SCIMCTL_TEST_POSTGRESQL"
ADMIN = "postgres"  # the superuser
USER = "scim"       # may create databases and roles, no more
# It need not survive the machine, only the process: crash() loses nothing that was acknowledged. The time zone is one
# that no answer should depend on.
SETTINGS = {"listen_addresses": "''", "max_connections": 300, "fsync": "off", "full_page_writes": "off",
            "unix_socket_permissions": "0700", "timezone": "'Asia/Kathmandu'"}


def ending_with_us(signal_name, *command):
    """`command`, which gets the signal when the thread that starts it ends, however it does."""
    return ["setpriv", "--pdeathsig", signal_name, *map(str, command)]


class Postgresql:
    """A running server; as a context it is stopped and removed at the end. `settings` go before SETTINGS, and `patience` is how
    many seconds a statement of sql() may take."""

    def __init__(self, settings=None, patience=harness.PATIENCE):
        self.settings = {**SETTINGS, **(settings or {})}
        self.patience = patience
        self.process = None
        self.owner = None  # (uid, gid), if that is not us
        self.databases = 0
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="scimpg"))
        self.data = self.home / "data"
        self.log = self.home / "log"
        self.identity = self._identity()
        try:
            self._initialise()
            self.start()
            self.sql("CREATE ROLE %s LOGIN CREATEDB CREATEROLE" % USER)
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _identity(self):
        """The server refuses to be root."""
        if os.geteuid() != 0:
            return []
        names = {user.pw_name for user in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        self.owner = user.pw_uid, user.pw_gid
        self.give(self.home)
        return ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]

    def give(self, path):
        """To whom the server runs as."""
        if self.owner:
            os.chown(path, *self.owner)

    def _command(self, program, *arguments):
        """SIGQUIT ends the server at once."""
        return ending_with_us("QUIT", *self.identity, BIN / program, *arguments)

    def _run(self, program, *arguments, text=None):
        done = subprocess.run(self._command(program, *arguments), cwd=self.home, input=text, capture_output=True, text=True,
                              timeout=self.patience, env={**os.environ, "LC_ALL": "C"})
        if done.returncode != 0:
            raise AssertionError("%s: %d\n%s%s" % (program, done.returncode, done.stdout, done.stderr))
        return done.stdout

    def _initialise(self):
        self._run("initdb", "--pgdata", self.data, "--username", ADMIN, "--auth", "trust", "--encoding", "UTF8",
                  "--locale", "C", "--no-sync", "--no-instructions")
        settings = "".join("%s = %s\n" % setting for setting in self.settings.items())
        with open(self.data / "postgresql.conf", "a") as file:
            file.write(settings + "unix_socket_directories = '%s'\n" % self.home)

    def start(self):
        """Returns when it takes connections; it says so itself, as to systemd."""
        address = str(self.home / "ready")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, open(self.log, "ab") as log:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(address)
            ready.bind(address)
            os.chmod(address, 0o666)
            self.process = subprocess.Popen(self._command("postgres", "-D", self.data), cwd=self.home, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True,
                                            env={**os.environ, "LC_ALL": "C", "NOTIFY_SOCKET": address})
            self._wait_for(ready)

    def _wait_for(self, ready):
        end = os.pidfd_open(self.process.pid)
        try:
            while True:
                readable = select.select([ready, end], [], [], harness.PATIENCE)[0]
                if ready not in readable:
                    raise AssertionError("PostgreSQL did not start:\n" + self.log.read_text())
                if "READY=1" in ready.recv(4096).decode().split("\n"):
                    return
        finally:
            os.close(end)

    def crash(self):
        """Breaks all connections and stops at once; start() has to recover what was committed."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(harness.PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def restart(self):
        self.crash()
        self.start()

    def stop(self):
        """Ends and removes it."""
        self.crash()
        shutil.rmtree(self.home, ignore_errors=True)

    def url(self, database="postgres", user=USER):
        return "postgresql:///%s?%s" % (database, urllib.parse.urlencode({"host": self.home, "user": user}, safe="/"))

    def sql(self, text, database="postgres", user=ADMIN):
        """What psql prints for `text`: a line for each row, a bar between its columns."""
        return self._run("psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set", "ON_ERROR_STOP=1",
                         "--dbname", self.url(database, user), text=text)

    def create_database(self, user=USER, template="template1"):
        """The URL of a database that belongs to `user` and holds what `template` does, to which nobody is connected."""
        self.databases += 1
        name = "scim_e2e_%d" % self.databases
        self.sql("CREATE DATABASE %s OWNER %s TEMPLATE %s" % (name, user, template))
        return self.url(name, user)


class Session:
    """psql with a transaction that may stay open between two runs; as a context it ends."""

    def __init__(self, url):
        self.process = subprocess.Popen([BIN / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set",
                                         "ON_ERROR_STOP=1", "--dbname", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate(timeout=harness.PATIENCE)

    def run(self, text):
        """Returns when all of it has been done."""
        self.process.stdin.write(text + ";\n\\echo done\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line == "done\n":
                return
        raise AssertionError("psql ended: " + text)


@contextlib.contextmanager
def database_at(server):
    """The URL of an empty database on the server with that URL, dropped at the end with whatever connections it still has."""
    name = "scim_%d_%s" % (os.getpid(), os.urandom(6).hex())

    def sql(text):
        subprocess.run([BIN / "psql", "--no-psqlrc", "--quiet", "--dbname", server, "--command", text], check=True,
                       stdin=subprocess.DEVNULL, timeout=harness.PATIENCE)
    sql("CREATE DATABASE " + name)
    try:
        parts = urllib.parse.urlsplit(server)
        # An authority that is empty stays: urlunsplit() would leave it out.
        yield "%s://%s/%s?%s" % (parts.scheme, parts.netloc, name, parts.query)
    finally:
        sql("DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)


def dump(url):
    return subprocess.run([BIN / "pg_dump", "--dbname", url], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=harness.PATIENCE).stdout


# The statistics that a transaction sees are those of its beginning, unless it asks anew.
OTHERS_END = """DO $$ BEGIN
  WHILE EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend') LOOP
    PERFORM pg_sleep(0.01);
    PERFORM pg_stat_clear_snapshot();
  END LOOP;
END $$"""


def wait_until_alone(url):
    """Until nobody is connected to the database any more: the server ends what a client has sent that is gone."""
    subprocess.run([BIN / "psql", "--no-psqlrc", "--quiet", "--dbname", url, "--command", OTHERS_END], check=True,
                   stdin=subprocess.DEVNULL, timeout=harness.PATIENCE)


def end(number, _):
    raise SystemExit(128 + number)


def run(command, url):
    """Its exit status. When a signal ends us, it gets SIGTERM, and is waited for."""
    with subprocess.Popen(ending_with_us("TERM", "--", *command), env={**os.environ, VARIABLE: url}) as child:
        try:
            status = child.wait()
        except BaseException:
            child.terminate()
            raise
    return 128 - status if status < 0 else status


def main():
    if len(sys.argv) < 3 or sys.argv[1] != "--":
        sys.exit(__doc__)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    if os.environ.get(VARIABLE):
        return run(sys.argv[2:], os.environ[VARIABLE])
    with Postgresql() as server:
        return run(sys.argv[2:], server.url())


if __name__ == "__main__":
    sys.exit(main())
