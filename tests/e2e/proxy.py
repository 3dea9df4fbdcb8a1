# SPDX-License-Identifier: MIT
"""A server between a client and a site, which changes what is asked and what is answered."""
import http.server
import json
import threading
import urllib.parse

import harness
from harness import BASE


class Proxy(http.server.ThreadingHTTPServer):
    """Passes requests on to a site; `change_request` may change a Call before that, `change_answer` after it."""

    def __init__(self, site, change_request=None, change_answer=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.site = site
        self.change_request = change_request or (lambda call: None)
        self.change_answer = change_answer or (lambda call: None)

    @property
    def url(self):
        return "http://127.0.0.1:%d%s" % (self.server_port, BASE)

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()


class Call:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.status = None  # set: it is not passed on
        self.answer_headers, self.answer = {}, b""

    def document(self):
        return json.loads(self.answer) if self.answer else {}

    @property
    def endpoint(self):
        """"/Users/1" of "/scim/v2/Users/1?attributes=id"."""
        return self.path.partition("?")[0].removeprefix(BASE)

    @property
    def query(self):
        return urllib.parse.parse_qs(self.path.partition("?")[2], keep_blank_values=True)

    def refuse(self, status, scim_type=None):
        self.status = status
        error = {"schemas": [harness.ERROR_URN], "status": str(status), **({"scimType": scim_type} if scim_type else {})}
        self.answer, self.answer_headers = json.dumps(error).encode(), {"Content-Type": harness.SCIM_TYPE}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
        kept = ("Authorization", "Content-Type", "Accept", "If-Match", "If-None-Match", "Host")
        call = Call(self.command, self.path, {k: self.headers[k] for k in kept if k in self.headers}, body)
        self.server.change_request(call)
        if call.status is None:
            got = harness.send("127.0.0.1", self.server.site.port, call.method, call.path, call.body, call.headers)
            call.status, call.answer = got.status, got.body
            call.answer_headers = {k: v for k, v in got.headers if k.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server")}
        self.server.change_answer(call)
        self.send_response(call.status)
        for name, value in call.answer_headers.items():
            self.send_header(name, value)
        if call.status not in (204, 304):
            self.send_header("Content-Length", str(len(call.answer)))
        self.end_headers()
        self.wfile.write(call.answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def log_message(self, *_):
        pass
