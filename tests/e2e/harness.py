# SPDX-License-Identifier: MIT
"""Starts scim-fcgi and nginx in a temporary directory, and stops by pid all that it started.

The programs come from the environment: SCIM_FCGI and SCIMCTL, set by CTest.
"""
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCIM_FCGI = os.environ.get("SCIM_FCGI", str(ROOT / "build/dev/fcgi/scim-fcgi"))
SCIMCTL = os.environ.get("SCIMCTL", str(ROOT / "build/dev/cli/scimctl"))
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
BASE = "/scim/v2"
SCIM_TYPE = "application/scim+json"
ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
PATIENCE = 60  # seconds; a bound for what takes milliseconds, with sanitizers on a busy machine


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, condition):
    """Polls: for what has no descriptor to wait on, the start of another program."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain for " + what)
        time.sleep(0.02)


def at_once(count, action):
    """What action(0) to action(count - 1) return, each in a thread of its own. An exception is raised when all have ended."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(action, range(count)))


def can_connect(address):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as s:
        return s.connect_ex(address) == 0


class Program:
    """A child process with its output in a file."""

    def __init__(self, argv, log, **options):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen([str(a) for a in argv], stdin=options.pop("stdin", subprocess.DEVNULL),
                                            stdout=out, stderr=out, **options)

    def stop(self):
        """SIGTERM, then the exit status."""
        self.process.terminate()
        return self.wait()

    def wait(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("%s did not stop:\n%s" % (self.process.args[0], self.log.read_text()))

    def running(self):
        return self.process.poll() is None

    def close(self):
        """A killed nginx would leave its workers behind, so it is asked first."""
        if not self.running():
            return
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def on_postgresql():
    """Whether tests/e2e/postgresql.py runs us: a Site has a database of its own on that server then, else a file."""
    return "SCIMCTL_TEST_POSTGRESQL" in os.environ


class Site(contextlib.ExitStack):
    """A temporary directory with a configuration, a database and a token; what is started in it ends with it.

    `database_url`: of one that is there already.
    """

    def __init__(self, config="", base_url=None, database_url=None):
        super().__init__()
        self.directory = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="scim")))
        self.directory.chmod(0o711)
        self.socket = str(self.directory / "s")
        self.database = self.directory / "scim.db"
        self.config = self.directory / "scimctl.toml"
        first = 'base_url = "%s"\n' % base_url if base_url else ""
        self.database_url = database_url or self._database_url()
        self.nodes = []  # where those listen that start_node() has started
        self.config.write_text(first + config + '\n[database]\nurl = "%s"\n' % self.database_url)
        self.port = None
        self._token = None

    def _database_url(self):
        if not on_postgresql():
            return "sqlite:%s" % self.database
        import postgresql
        return self.enter_context(postgresql.database_at(os.environ[postgresql.VARIABLE]))

    def dump(self):
        """All that is in the database, as SQL."""
        if on_postgresql():
            import postgresql
            return postgresql.dump(self.database_url)
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return "\n".join(database.iterdump())

    @property
    def token(self):
        if self._token is None:
            self._token = self.scimctl("token", "create", "e2e").strip()
        return self._token

    def scimctl(self, *arguments):
        done = subprocess.run([SCIMCTL, *arguments, "--config", str(self.config)], capture_output=True, text=True,
                              timeout=PATIENCE, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise AssertionError("scimctl %s: %d\n%s" % (" ".join(arguments), done.returncode, done.stderr))
        return done.stdout

    def start(self, argv, log, ready=None, **options):
        program = Program(argv, self.directory / log, **options)
        self.callback(program.close)
        if ready:
            def up():
                if not program.running():
                    raise AssertionError("%s ended:\n%s" % (argv[0], program.log.read_text()))
                return can_connect(ready)
            wait_for(str(argv[0]), up)
        return program

    def start_scim(self, *arguments, **options):
        return self.start([SCIM_FCGI, "--config", self.config, "--listen", "unix:" + self.socket, *arguments],
                          "scim.log", ready=self.socket, **options)

    def start_node(self, name, *arguments):
        """Another one on the same database; nginx, if it is started after all of them, passes requests to each."""
        address = "%s-%s" % (self.socket, name)
        program = self.start([SCIM_FCGI, "--config", self.config, "--listen", "unix:" + address, *arguments],
                             "scim-%s.log" % name, ready=address)
        self.nodes.append(address)
        return program

    def start_nginx(self, http_extra="", server_extra="", listen_extra=""):
        """nginx on a free port with the shipped configuration files."""
        self.port = free_port()
        conf = self.directory / "nginx.conf"
        nginx = ROOT / "fcgi/nginx"
        upstream = (nginx / "scim-upstream.conf").read_text()
        servers = "; server unix:".join(self.nodes or [self.socket])
        (self.directory / "upstream.conf").write_text(upstream.replace("/run/scimctl/scim-fcgi.sock", servers))
        shutil.copy("/etc/nginx/fastcgi_params", self.directory)
        temp = "".join("%s_temp_path %s/t-%s;" % (n, self.directory, n)
                       for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        as_root = "user root;" if os.geteuid() == 0 else ""
        conf.write_text("""%s daemon off; worker_processes 1; pid %s/nginx.pid; error_log stderr warn;
            events { worker_connections 512; }
            http { access_log off; %s include upstream.conf; %s
              server { listen 127.0.0.1:%d %s; server_name 127.0.0.1;
                include %s/scim.conf; include %s/scim-server.conf; %s } }""" % (
                    as_root, self.directory, temp, http_extra, self.port, listen_extra, nginx, nginx, server_extra))
        return self.start([NGINX, "-p", self.directory, "-c", conf], "nginx.log", ready=("127.0.0.1", self.port))

    def http(self, method, path, body=None, headers=None, token="ours"):
        """Path below the base URL, or a full one that begins with "//"."""
        target = path[1:] if path.startswith("//") else BASE + path
        return send("127.0.0.1", self.port, method, target, body,
                    dict({"Authorization": "Bearer " + self.token} if token == "ours" else {}, **(headers or {})))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "%d %r %r" % (self.status, self.headers, self.body[:400])


def encode(body):
    if body is None or isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def send(host, port, method, target, body=None, headers=None, content_type=SCIM_TYPE):
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        data = encode(body)
        fields = {"Content-Type": content_type} if data is not None and content_type else {}
        fields.update(headers or {})
        connection.putrequest(method, target, skip_host="Host" in fields, skip_accept_encoding=True)
        if data is not None and "Transfer-Encoding" not in fields:
            fields["Content-Length"] = str(len(data))
        for name, value in fields.items():
            for one in value if isinstance(value, list) else [value]:
                connection.putheader(name, one.encode() if isinstance(one, str) else one)
        connection.endheaders(data)
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


def user(user_name, **more):
    return dict({"schemas": [USER_URN], "userName": user_name}, **more)


def check_error(test, answer, status, scim_type=None):
    """RFC 7644 3.12."""
    test.assertEqual(answer.status, status, answer)
    test.assertEqual(answer.header("Content-Type").split(";")[0], SCIM_TYPE)
    document = answer.json()
    test.assertEqual(document["schemas"], [ERROR_URN])
    test.assertEqual(document["status"], str(status))
    if scim_type:
        test.assertEqual(document.get("scimType"), scim_type, answer)


class FastCgi:
    """A web server's side of one FastCGI connection, record by record (FastCGI 1.0, section 3)."""
    BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7
    KEEP = 1

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def record(self, kind, content=b""):
        self.socket.sendall(struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content)

    def begin(self, variables, flags=KEEP):
        self.record(self.BEGIN, struct.pack(">HB5x", 1, flags))
        for name, value in variables:  # a value may be bytes
            pair = name.encode(), value if isinstance(value, bytes) else value.encode()
            lengths = b"".join(bytes([len(p)]) if len(p) < 128 else struct.pack(">I", len(p) | 1 << 31) for p in pair)
            self.record(self.PARAMS, lengths + pair[0] + pair[1])
        self.record(self.PARAMS)

    def body(self, data):
        for i in range(0, len(data), 32768):
            self.record(self.STDIN, data[i:i + 32768])

    def end_body(self):
        self.record(self.STDIN)

    def receive(self, size):
        while len(self.buffer) < size:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.buffer += data
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def answer(self):
        """Reads to the END_REQUEST record."""
        out = b""
        while True:
            _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", self.receive(8))
            content = self.receive(length + padding)[:length]
            if kind == self.STDOUT:
                out += content
            if kind == self.END:
                return cgi_answer(out)

    def request(self, method, path, token, body=b"", flags=KEEP, more=()):
        self.begin(cgi_variables(method, path, token, len(body) if body else None) + list(more), flags)
        if body:
            self.body(body)
        self.end_body()
        return self.answer()

    def at_end(self):
        """Whether the other side closes the connection, with all that was sent read or not."""
        try:
            return not self.buffer and not self.socket.recv(1)
        except ConnectionResetError:
            return True


def cgi_variables(method, path, token=None, length=None):
    """What the stock fastcgi_params pass, as far as it matters."""
    path, _, query = path.partition("?")
    pairs = [("GATEWAY_INTERFACE", "CGI/1.1"), ("REQUEST_METHOD", method), ("QUERY_STRING", query),
             ("REQUEST_URI", BASE + path + ("?" + query if query else "")), ("REQUEST_SCHEME", "http"),
             ("SERVER_NAME", "scim.example"), ("SERVER_PORT", "80"), ("CONTENT_TYPE", SCIM_TYPE),
             ("CONTENT_LENGTH", "" if length is None else str(length))]
    return pairs + ([("HTTP_AUTHORIZATION", "Bearer " + token)] if token else [])


def cgi_answer(out):
    head, _, body = out.partition(b"\r\n\r\n")
    headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")]
    status = next(v for k, v in headers if k == "Status")
    return Answer(int(status[:3]), headers, body)
