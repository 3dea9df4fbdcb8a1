# SPDX-License-Identifier: MIT
"""Every way that libpq has to say where PostgreSQL is: TLS with a verified name, password file, service file, environment."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import harness
import postgresql

PASSWORD = "S3cret:of scim"


def certificate(folder, name, host):
    """NAME.crt and NAME.key, signed by itself, for this host."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + host,
                    "-addext", "subjectAltName=DNS:" + host, "-keyout", folder / (name + ".key"), "-out", folder / (name + ".crt")],
                   check=True, capture_output=True, timeout=harness.PATIENCE)


class Connection(unittest.TestCase):
    """A server that lets in by TLS and with a password alone."""

    @classmethod
    def setUpClass(cls):
        cls.port = harness.free_port()
        os.environ["PGPORT"] = str(cls.port)
        cls.addClassCleanup(os.environ.pop, "PGPORT")
        cls.server = cls.enterClassContext(postgresql.Postgresql({"listen_addresses": "'127.0.0.1'", "port": cls.port}))
        cls.database = cls.server.create_database().split("///")[1].split("?")[0]
        cls.server.sql("ALTER ROLE %s PASSWORD '%s'" % (postgresql.USER, PASSWORD))
        data = cls.server.data
        certificate(data, "server", "localhost")
        for file in ("server.key", "server.crt"):
            os.chmod(data / file, 0o600)
            cls.server.give(data / file)
        (data / "pg_hba.conf").write_text("local all %s trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n" % postgresql.ADMIN)
        cls.server.sql("ALTER SYSTEM SET ssl = on")
        cls.server.restart()

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = {**os.environ, "SCIMCTL_CONFIG": ""}
        del self.environment["PGPORT"]
        self.root = self.folder / "root.crt"
        self.root.write_bytes((self.server.data / "server.crt").read_bytes())
        self.passwords = self.folder / "passwords"
        self.passwords.write_text("*:*:*:%s:%s\n" % (postgresql.USER, PASSWORD.replace(":", "\\:")))
        self.passwords.chmod(0o600)

    def status_of(self, url):
        return subprocess.run([harness.SCIMCTL, "db", "status", "--db", url], env=self.environment, cwd=self.folder, capture_output=True,
                              text=True, timeout=harness.PATIENCE)

    def check_connects(self, url):
        done = self.status_of(url)
        self.assertIn(done.returncode, (0, 9), done.stderr)  # with tables of ours, or without
        self.assertIn("postgresql", done.stdout)

    def check_refused(self, url, reason):
        done = self.status_of(url)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(reason, done.stderr)
        self.assertNotIn("S3cret", done.stderr + done.stdout)

    def url(self, host="localhost", **more):
        parameters = {"sslmode": "verify-full", "sslrootcert": self.root, "passfile": self.passwords, **more}
        query = "&".join("%s=%s" % each for each in parameters.items())
        return "postgresql://%s@%s:%d/%s?%s" % (postgresql.USER, host, self.port, self.database, query)

    def test_the_server_is_who_it_should_be(self):
        self.check_connects(self.url())
        self.check_refused(self.url("127.0.0.1"), 'does not match host name "127.0.0.1"')
        certificate(self.folder, "another", "localhost")
        self.check_refused(self.url(sslrootcert=self.folder / "another.crt"), "certificate verify failed")
        self.check_refused(self.url(sslmode="disable"), "no encryption")

    def test_a_wrong_password(self):
        self.passwords.write_text("*:*:*:*:S3cret but wrong\n")
        self.check_refused(self.url(), "password authentication failed")
        self.check_refused(self.url(passfile="/dev/null"), "no password supplied")

    def test_a_service_file(self):
        file = self.folder / "services"
        file.write_text("[scim]\nhost=localhost\nport=%d\ndbname=%s\nuser=%s\nsslmode=verify-full\nsslrootcert=%s\npassfile=%s\n"
                        % (self.port, self.database, postgresql.USER, self.root, self.passwords))
        self.environment["PGSERVICEFILE"] = str(file)
        self.check_connects("postgresql:///?service=scim")
        self.check_refused("postgresql:///?service=other", "other")

    def test_the_environment(self):
        self.environment.update(PGHOST="localhost", PGPORT=str(self.port), PGDATABASE=self.database, PGUSER=postgresql.USER,
                                PGPASSWORD=PASSWORD, PGSSLMODE="verify-full", PGSSLROOTCERT=str(self.root))
        self.check_connects("postgresql://")
        self.check_connects("postgres:///")


if __name__ == "__main__":
    unittest.main(verbosity=2)
