# SPDX-License-Identifier: MIT
"""The Debian package, as somebody meets it who installs it: built from the build tree, installed by dpkg into a throw-away
root, served as its units say behind nginx with its own configuration, upgraded under load, removed and purged.

systemd does not run in there: `systemctl` writes down what it is told, and the socket is made here as the unit says."""
import configparser
import contextlib
import json
import os
import pathlib
import re
import shlex
import shutil
import socket
import stat
import subprocess
import tempfile
import threading
import unittest

import harness
import throwaway_root
from harness import Program, free_port, send, user, wait_for

CANNOT = throwaway_root.enter()
TOOLS = ("cpack", "dpkg", "dpkg-deb", "dpkg-shlibdeps", "deb-systemd-helper", "systemctl", "adduser", "man", "nginx", "gzip")
DATABASE = "/var/lib/scimctl/scim.db"
CONFIG = "/etc/scimctl/scimctl.toml"
WALLS = ("User", "Group", "UMask", "LimitCORE", "StateDirectory", "Capability", "Device", "Keyring", "Lock", "Memory", "NoNew", "Private", "Proc", "Protect", "RemoveIPC", "Restrict",
         "SystemCall")
NETWORK = ("PrivateNetwork", "RestrictAddressFamilies")
EXPOSURE = {"as it ships": 0.2, "with network.conf": 1.1}  # man/scim-fcgi.8 says so

SYSTEMCTL = """#!/bin/sh
case $* in
  --root=*) exec systemctl.real "$@" ;;  # links of files, for which systemd need not run
  *is-enabled*) echo enabled ;;
  *) echo "$*" >> /run/systemctl.log ;;
esac
"""
NGINX = """user www-data; daemon off; worker_processes 1; pid /run/nginx.pid; error_log stderr warn;
events { worker_connections 64; }
http {
  access_log off;
  include /usr/share/scimctl/nginx/scim-upstream.conf;
  server {
    listen 127.0.0.1:%d;
    server_name 127.0.0.1;
    include /usr/share/scimctl/nginx/scim.conf;
    include /usr/share/scimctl/nginx/scim-server.conf;
  }
}
"""


def setUpModule():
    if CANNOT:
        raise unittest.SkipTest(CANNOT)
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise unittest.SkipTest("not installed: " + ", ".join(missing))
    try:
        throwaway_root.Root().close()
    except OSError as error:
        raise unittest.SkipTest("no overlayfs: %s" % error)


def unit(path):
    """The last value of each key; enough for what is looked at here."""
    parser = configparser.RawConfigParser(strict=False, delimiters="=")
    parser.optionxform = str
    parser.read_string(path.read_text())
    return parser


def build(folder):
    done = subprocess.run(["cpack", "--config", pathlib.Path(os.environ["SCIMCTL_BUILD"]) / "CPackConfig.cmake", "-B", folder],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return next(pathlib.Path(folder).glob("*.deb"))


class Machine(contextlib.ExitStack):
    """A throw-away root, and what systemd and nginx do in it."""

    def __init__(self, package):
        super().__init__()
        self.root = throwaway_root.Root()
        self.callback(self.root.close)
        self.logs = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="package")))
        shutil.copy(package, self.root / "tmp/scimctl.deb")
        self.root.run("dpkg", "--purge", "scimctl")  # if this machine has it
        for place in ("etc/scimctl", "var/lib/scimctl", "var/log/scimctl"):
            shutil.rmtree(self.root / place, ignore_errors=True)
        (self.root / "usr/sbin/policy-rc.d").unlink(missing_ok=True)  # in containers it forbids to start what is installed
        (self.root / "run/systemd/system").mkdir(parents=True)
        systemctl = self.root / "usr/bin/systemctl"
        systemctl.rename(systemctl.with_suffix(".real"))
        systemctl.write_text(SYSTEMCTL)
        systemctl.chmod(0o755)
        self.service = None
        self.listener = None
        self.port = None

    def must(self, *argv, **options):
        done = self.root.run(*argv, **options)
        if done.returncode != 0:
            raise AssertionError("%s: %d\n%s%s" % (argv, done.returncode, done.stdout, done.stderr))
        return done.stdout

    def dpkg(self, *arguments):
        """What it says, and what systemctl was told meanwhile."""
        log = self.root / "run/systemctl.log"
        log.unlink(missing_ok=True)
        # Without what other packages do then (an index of all manual pages), and without waiting for a disk.
        done = self.root.run("dpkg", "--no-triggers", "--force-unsafe-io", *arguments)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return done.stdout + done.stderr, log.read_text().splitlines() if log.exists() else []

    def install(self):
        return self.dpkg("--install", "/tmp/scimctl.deb")

    def listen(self):
        """As systemd does for scim-fcgi.socket."""
        section = unit(self.root / "lib/systemd/system/scim-fcgi.socket")["Socket"]
        path = self.root / section["ListenStream"]
        path.parent.mkdir(mode=int(section["DirectoryMode"], 8))
        self.listener = self.enter_context(socket.socket(socket.AF_UNIX))
        self.listener.bind(str(path))
        path.chmod(int(section["SocketMode"], 8))
        groups = (self.root / "etc/group").read_text()
        os.chown(path, 0, int(re.search(r"(?m)^%s:[^:]*:(\d+)" % section["SocketGroup"], groups).group(1)))
        self.listener.listen(512)

    def start_service(self):
        """As systemd does for scim-fcgi.service: the socket is descriptor 3."""
        section = unit(self.root / "lib/systemd/system/scim-fcgi.service")["Service"]
        inherited = self.listener.fileno()
        script = 'exec 3<&%d; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"' % inherited
        argv = self.root.command("bash", "-c", script, "bash", *shlex.split(section["ExecStart"]), user=section["User"])
        self.service = Program(argv, self.logs / "service.log", pass_fds=[inherited], cwd="/")
        self.callback(self.service.close)

    def start_nginx(self):
        self.port = free_port()
        (self.root / "etc/nginx/nginx.conf").write_text(NGINX % self.port)
        nginx = Program(self.root.command("nginx"), self.logs / "nginx.log")
        self.callback(nginx.close)

        def up():
            if not nginx.running():
                raise AssertionError(nginx.log.read_text())
            return harness.can_connect(("127.0.0.1", self.port))
        wait_for("nginx", up)

    def token(self, name):
        return self.must("scimctl", "token", "create", name, user="scimctl").strip()

    def http(self, token, method, path, body=None):
        return send("127.0.0.1", self.port, method, harness.BASE + path, body, {"Authorization": "Bearer " + token})


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="package"))
        cls.deb = build(cls.folder)

    def machine(self):
        return self.enterContext(Machine(self.deb))

    def field(self, name):
        return subprocess.run(["dpkg-deb", "--field", self.deb, name], check=True, capture_output=True, text=True).stdout

    def test_names_what_the_programs_load_when_they_need_it(self):
        def libraries(file):
            return set(re.findall(r'"(lib\w+)\.so\.', (harness.ROOT / file).read_text()))
        self.assertEqual(libraries("core/crypto.cc") | libraries("cli/remote/curl.cc") | libraries("sql/pq.cc"),
                         {"libcrypto", "libcurl", "libpq"})
        self.assertRegex(self.field("Depends"), r"\blibssl3\b.*\blibsqlite3-0\b")
        self.assertRegex(self.field("Recommends"), r"\blibcurl4\b")
        self.assertRegex(self.field("Suggests"), r"\blibpq5\b")

    def test_an_installed_package(self):
        """One root for all that only looks at it."""
        machine = self.machine()
        _, told = machine.install()
        self.assertIn("--quiet --system start scim-fcgi.socket", told)
        self.assertFalse([line for line in told if "scim-fcgi.service" in line], told)
        root = machine.root
        with self.subTest("owners and modes"):
            owner = root.run("stat", "-c", "%U:%G %a", CONFIG, "/var/lib/scimctl").stdout.splitlines()
            self.assertEqual(owner, ["root:scimctl 640", "scimctl:scimctl 700"])
            self.assertTrue((root / "etc/systemd/system/sockets.target.wants/scim-fcgi.socket").is_symlink())
        with self.subTest("the units start the programs of the package"):
            service = (root / "lib/systemd/system/scim-fcgi.service").read_text()
            self.assertIn("ExecStart=/usr/bin/scim-fcgi ", service)
            self.assertNotIn("/usr/local", service)
            follower = (root / "lib/systemd/system/scimctl-events@.service").read_text()
            self.assertIn("ExecStart=/usr/bin/scimctl ", follower)
            self.assertNotIn("/usr/local", follower)
            self.assertFalse(list((root / "etc/systemd/system").rglob("scimctl-events*")), "who wants it enables it")
            walls, built = [{key: value for key, value in unit(root / "lib/systemd/system" / name)["Service"].items() if key.startswith(WALLS) and key not in NETWORK}
                            for name in ("scim-fcgi.service", "scimctl-events@.service")]
            self.assertEqual(built, walls)
        with self.subTest("no program looks into the build tree"):
            for program in ("scimctl", "scim-fcgi"):
                self.assertIn("0.1.0", machine.must("/usr/bin/" + program, "--version", user="nobody"))
        with self.subTest("configuration"):
            shown = {row["name"]: row for row in json.loads(machine.must("scimctl", "config", "-o", "json", user="scimctl"))}
            self.assertIn("database.url", shown)
            commented = re.sub(r'(?m)^#(?=\w+ =)', "", (root / CONFIG).read_text())
            self.assertEqual({"base_url", "mapping", "check", "superusers", "url"}, set(re.findall(r"(?m)^(\w+) =", commented)))
        with self.subTest("manual pages"):
            for page in ("scimctl.1", "scim-fcgi.8", "scimctl.toml.5", "scim-mapping.5", "scim-filter.7", "scim-postgresql.7"):
                name, _, section = page.rpartition(".")
                self.assertEqual(machine.must("man", "--where", section, name).strip(), "/usr/share/man/man%s/%s.gz" % (section, page))
        with self.subTest("completion"):
            self.check_completion(machine)
        with self.subTest("exposure"):
            self.check_exposure(machine)
        with self.subTest("AppArmor"):
            if shutil.which("apparmor_parser") is None:
                self.skipTest("apparmor_parser is not installed")
            machine.must("apparmor_parser", "--skip-cache", "--skip-kernel-load", "/usr/share/scimctl/apparmor/usr.bin.scim-fcgi")
        with self.subTest("logrotate"):
            if shutil.which("logrotate") is None:
                self.skipTest("logrotate is not installed")
            machine.must("logrotate", "--debug", "/etc/logrotate.d/scimctl")

    def check_completion(self, machine):
        script = "source /usr/share/bash-completion/completions/scimctl; COMP_LINE='scimctl tok' COMP_POINT=11; " \
                 "_scimctl scimctl tok; echo $COMPREPLY"
        self.assertEqual(machine.must("bash", "-c", script).split(), ["token"])
        if shutil.which("zsh"):
            self.assertEqual(machine.must("zsh", "-fc", "autoload -U compinit; compinit -D -u; echo $_comps[scimctl]").strip(), "_scimctl")
        if shutil.which("fish"):
            self.assertIn("token", machine.must("fish", "--private", "-c", "complete -C 'scimctl tok'", user="nobody"))

    def check_exposure(self, machine):
        """`systemd-analyze security`, which the manual tells: not above that."""
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not installed")
        page = (harness.ROOT / "man/scim-fcgi.8").read_text()
        found = {}
        for name in EXPOSURE:
            if name != "as it ships":
                drop_in = machine.root / "etc/systemd/system/scim-fcgi.service.d"
                drop_in.mkdir()
                shutil.copy(machine.root / "usr/share/scimctl/systemd/network.conf", drop_in)
            said = machine.must("systemd-analyze", "security", "--offline=yes", "scim-fcgi.service")
            found[name] = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said).group(1))
            self.assertIn(str(EXPOSURE[name]), page)
            self.assertLessEqual(found[name], EXPOSURE[name], said)
        for name in ("scim-fcgi.service", "scimctl-events@sessions.service"):
            verified = machine.root.run("systemd-analyze", "verify", "/lib/systemd/system/" + name)
            self.assertNotRegex(verified.stderr, r"(?m)^.*(scim-fcgi\.|scimctl-events@).*:\d+:")

    def test_from_the_first_request_to_the_purge(self):
        machine = self.machine()
        machine.install()
        token = machine.token("okta")
        machine.listen()
        machine.start_service()
        machine.start_nginx()
        made = machine.http(token, "POST", "/Users", user("ada"))
        self.assertEqual(made.status, 201, made)
        listed = machine.http(token, "GET", "/Users")
        self.assertEqual([r["userName"] for r in listed.json()["Resources"]], ["ada"], listed)
        self.assertEqual(stat.S_IMODE((machine.root / DATABASE).stat().st_mode), 0o600)
        with open(machine.root / CONFIG, "a") as config:
            config.write("# ours\n")

        self.upgrade(machine, token)
        self.assertTrue((machine.root / CONFIG).read_text().endswith("# ours\n"))
        self.assertEqual(machine.http(token, "GET", "/Users").json()["totalResults"], 1)

        _, told = machine.dpkg("--remove", "scimctl")
        self.assertIn("stop scim-fcgi.socket scim-fcgi.service", told)
        self.assertEqual(machine.service.stop(), 0)
        self.assertFalse((machine.root / "usr/bin/scim-fcgi").exists())
        self.assertTrue((machine.root / CONFIG).exists())
        said, _ = machine.dpkg("--purge", "scimctl")
        self.assertIn("kept in /var/lib/scimctl", said)
        self.assertFalse((machine.root / CONFIG).exists())
        self.assertFalse((machine.root / "etc/logrotate.d/scimctl").exists())
        self.assertFalse((machine.root / "etc/systemd/system/sockets.target.wants/scim-fcgi.socket").is_symlink())
        self.assertTrue((machine.root / DATABASE).exists())

        machine.install()  # and it is all there again
        self.assertEqual(json.loads(machine.must("scimctl", "get", "user", "userName=ada", "-o", "json", user="scimctl"))["userName"], "ada")

    def upgrade(self, machine, token):
        """Over itself, while somebody asks all the time: nobody is turned away."""
        answers, over = [], threading.Event()

        def ask():
            while not over.is_set():
                answers.append(machine.http(token, "GET", "/Users").status)
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            before = machine.service
            _, told = machine.install()
            self.assertIn("try-restart scim-fcgi.service", told)
            self.assertFalse([line for line in told if "stop" in line.split() or "restart" in line.split()], told)
            seen = len(answers)
            self.assertEqual(before.stop(), 0)  # which systemd does at try-restart: the old one ends, then the new one starts
            machine.start_service()
            wait_for("answers of the new process", lambda: len(answers) > seen + 20)
        finally:
            over.set()
            asking.join()
        self.assertEqual(set(answers), {200}, machine.service.log.read_text()[-2000:])


if __name__ == "__main__":
    unittest.main()
