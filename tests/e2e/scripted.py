# SPDX-License-Identifier: MIT
"""A web server that answers as it is told, for tests of what a client makes of it."""
import contextlib
import http.server
import json
import socket
import threading


class Reply:
    """`raw`: all bytes of the answer, after which the connection ends. `hold`: an event that is waited for before the answer."""

    def __init__(self, status=200, body=b"", headers=(), raw=None, hold=None):
        self.status, self.headers, self.raw, self.hold = status, list(headers), raw, hold
        self.body = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()


class Asked:
    def __init__(self, handler, body):
        self.method, self.path, self.headers, self.body = handler.command, handler.path, dict(handler.headers), body
        self.token = handler.headers.get("Authorization")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self):
        with contextlib.suppress(ConnectionError):
            super().handle_one_request()

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server = self.server
        asked = Asked(self, body)
        server.asked.append(asked)
        reply = server.reply_to(asked)
        if reply.hold:
            reply.hold.wait(60)
        if reply.raw is not None:
            self.wfile.write(reply.raw)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_WR)
            return
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if not any(name == "Transfer-Encoding" for name, _ in reply.headers) and reply.status not in (204, 304):
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

    def log_message(self, *_):
        pass


class Scripted(http.server.ThreadingHTTPServer):
    """On 127.0.0.1 and a free port. script: path -> a Reply or a list of them, one after the other, the last for ever; a
    function of what was asked; all else is 404."""
    daemon_threads = True
    address_family = socket.AF_INET

    def __init__(self, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server_address[1]
        self.url = "%s://127.0.0.1:%d" % ("https" if tls else "http", self.port)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.begin({})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def begin(self, script):
        self.asked = []
        self.script = {k: list(v) if isinstance(v, list) else v for k, v in script.items()}

    def reply_to(self, asked):
        reply = self.script.get(asked.path.partition("?")[0])
        if callable(reply):
            return reply(asked)
        if isinstance(reply, list):
            return reply.pop(0) if len(reply) > 1 else reply[0]
        return reply or Reply(404, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "nothing here"})

    def handle_error(self, *_):
        """A client that goes away in the middle, also of a handshake, is what some tests are about."""
