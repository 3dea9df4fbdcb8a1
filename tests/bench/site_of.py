# SPDX-License-Identifier: MIT
"""The servers of a measurement in a temporary directory: scim-fcgi and the ceiling behind one nginx, and the load."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
sys.dont_write_bytecode = True
import harness  # noqa: E402

# As many as nginx keeps open to an upstream (fcgi/nginx/scim-upstream.conf): a thread is bound to its connection.
RAW_THREADS = 32


class Programs:
    """What is measured, and what measures, of one build."""

    def __init__(self, binary_dir):
        build = pathlib.Path(binary_dir).resolve()
        self.scim_fcgi = build / "fcgi/scim-fcgi"
        self.scimctl = build / "cli/scimctl"
        bench = build / "tests/bench"
        self.data, self.load, self.raw = (bench / name for name in ("bench_data", "bench_load", "bench_raw"))
        self.slow_fsync = bench / "bench_slow_fsync.so"
        missing = [str(p) for p in vars(self).values() if not p.exists()]
        self.mmap_mb = 0
        if missing:
            sys.exit("tests/bench/run: not built (the preset needs -DBUILD_TESTING=ON): " + ", ".join(missing))

    def output(self, *argv, **options):
        done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, text=True, **options)
        if done.returncode != 0:
            sys.exit("%s: status %d" % (" ".join(map(str, argv)), done.returncode))
        return done.stdout


class BenchSite(harness.Site):
    """harness.Site with a database that is elsewhere, any number of scim-fcgi on it, and the ceiling under /raw/ of the same
    nginx."""

    # A bulk of 1,000 users is as large as the default allows, by a hair.
    CONFIG = "[bulk]\nmax_payload_bytes = 8388608\n"

    def __init__(self, programs, url, token):
        super().__init__(database_url=url)
        self.programs = programs
        self.config.write_text('%s[database]\nurl = "%s"\nmmap_mb = %d\n' % (self.CONFIG, url, programs.mmap_mb))
        self._token = token
        self.pids = {}  # name -> pid; those of scim-fcgi are "scim" and a number
        self.raw_socket = str(self.directory / "raw")

    def start_all(self, threads=None, fsync_ms=0, first="/ServiceProviderConfig", nodes=1):
        sockets = ["%s-%d" % (self.socket, i) for i in range(nodes)]
        raw = self.start([self.programs.raw, self.raw_socket, RAW_THREADS], "raw.log", ready=self.raw_socket)
        nginx = self.start_bench_nginx(sockets)
        environment = dict(os.environ)
        if fsync_ms:
            environment.update(LD_PRELOAD=str(self.programs.slow_fsync), BENCH_FSYNC_MS=str(fsync_ms))
        options = ["--threads", str(threads)] if threads else []
        start = time.monotonic()
        servers = {socket: self.start([self.programs.scim_fcgi, "--config", self.config, "--listen", "unix:" + socket, *options],
                                      "scim-%d.log" % i, env=environment) for i, socket in enumerate(sockets)}
        self.start_ms = 1000 * (self.first_answer(servers, first) - start)
        self.pids = {"nginx": nginx.process.pid, "raw": raw.process.pid,
                     **{"scim%d" % i: server.process.pid for i, server in enumerate(servers.values())}}

    def first_answer(self, servers, path):
        """When that was. Each of the servers, by its socket, listens: nginx would pass over one that does not for a while."""
        for socket, server in servers.items():
            while not harness.can_connect(socket):
                if not server.running():
                    sys.exit("it ended:\n" + server.log.read_text())
                time.sleep(0.0005)
        answer = self.http("GET", path)
        if answer.status != 200:
            sys.exit("%r\n%s" % (answer, "".join(server.log.read_text() for server in servers.values())))
        return time.monotonic()

    def scim_pids(self):
        return [pid for name, pid in self.pids.items() if name.startswith("scim")]

    def memory_mb(self, name="VmRSS"):
        """Of scim-fcgi, all of them; VmHWM is the most since forget_peak()."""
        texts = [pathlib.Path("/proc/%d/status" % pid).read_text() for pid in self.scim_pids()]
        return sum(int(text.split(name + ":")[1].split()[0]) for text in texts) / 1024

    def forget_peak(self):
        for pid in self.scim_pids():
            pathlib.Path("/proc/%d/clear_refs" % pid).write_text("5")

    def start_bench_nginx(self, sockets):
        """With the shipped files; the ceiling has the same upstream and location, but for the errors."""
        nginx = ROOT / "fcgi/nginx"
        upstream = (nginx / "scim-upstream.conf").read_text()
        for name, servers in (("scim_fcgi", sockets), ("raw", [self.raw_socket])):
            text = upstream.replace("/run/scimctl/scim-fcgi.sock", "; server unix:".join(servers)).replace("scim_fcgi", name)
            (self.directory / (name + ".conf")).write_text(text)
        location = (nginx / "scim.conf").read_text()
        location = location[location.index("location /scim/ {"):location.index("location @scim_400")]
        (self.directory / "raw-location.conf").write_text(
            "".join(line + "\n" for line in location.replace("/scim/", "/raw/").replace("pass scim_fcgi", "pass raw").splitlines()
                    if "error_page" not in line))
        return self.start_nginx_with("include scim_fcgi.conf; include raw.conf;",
                                     "include %s/scim.conf; include raw-location.conf;" % nginx)

    def start_nginx_with(self, upstreams, locations):
        """Without a master, so that its pid is the one that works. Connections are as long-lived as the run."""
        self.port = harness.free_port()
        shutil.copy("/etc/nginx/fastcgi_params", self.directory)
        temp = "".join("%s_temp_path %s/t-%s;" % (n, self.directory, n)
                       for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = self.directory / "nginx.conf"
        conf.write_text("""%s daemon off; master_process off; pid %s/nginx.pid; error_log stderr;
            events { worker_connections 512; }
            http { access_log off; keepalive_requests 1000000000; %s %s
              server { listen 127.0.0.1:%d; server_name 127.0.0.1; %s } }""" % (
                    "user root;" if os.geteuid() == 0 else "", self.directory, temp, upstreams, self.port, locations))
        return self.start([harness.NGINX, "-p", self.directory, "-c", conf], "nginx.log", ready=("127.0.0.1", self.port))

    def load(self, files, seconds, slices=6, connections=8, once=False):
        """What bench_load says of each file; `once` is about the first of them."""
        argv = [self.programs.load, "--port", self.port, "--connections", connections, "--seconds", seconds, "--slices", slices,
                "--header", "Authorization: Bearer " + self.token]
        for name, pid in self.pids.items():
            argv += ["--pid", "%s=%d" % (name, pid)]
        return json.loads(self.programs.output(*argv, *(["--once"] if once else []), *files))

    def write_requests(self, name, lines):
        path = self.directory / (name + ".requests")
        path.write_text("".join(line + "\n" for line in lines))
        return path

    def ceiling_of(self, lines, name):
        """The same requests to the ceiling, which answers as many bytes as scim-fcgi does to these, on the average; they are
        sent. Answers that are wrong end the run."""
        probe = self.load([self.write_requests(name + ".probe", lines)], seconds=30, slices=1, connections=1, once=True)[0]
        if probe["wrong"]:
            sys.exit("%s: %s\n%s" % (name, probe["first_wrong"], self.answer_to(lines[0])))
        status = int(next(iter(probe["statuses"])))
        bare_file = self.write_requests(name + ".bare", ["GET /raw/0/%d %d" % (status, status)])
        bare = self.load([bare_file], seconds=30, slices=1, connections=1, once=True)[0]
        size = max(0, round(probe["bytes"] - bare["bytes"]))

        def to_raw(line):
            method, _, _, *body = line.split(" ", 3)
            return " ".join([method, "/raw/%d/%d" % (size, status), str(status), *body])
        return self.write_requests(name + ".raw", map(to_raw, lines))

    def answer_to(self, line):
        method, target, _, *body = line.split(" ", 3)
        return self.http(method, "/" + target, body[0] if body else None)
