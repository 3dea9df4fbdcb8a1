# SPDX-License-Identifier: MIT
"""Whatever bytes a client puts into path, query, headers and body: none reaches a response header or a line of the log
unescaped, the values of query strings do not reach the log at all, and every answer is JSON."""
import json
import re
import unittest
import urllib.parse

import harness
from harness import FastCgi, cgi_variables, user
from served import PATCH_URN, SEARCH_URN, Served, address, op

HOSTILE = {
    "CR LF": b"a\r\nX-Injected: 1",
    "LF": b"a\n2026-01-01T00:00:00.000Z error Injected",
    "NUL": b"a\0Injected",
    "quotes": b"a\" Injected \\\"'",
    "escape sequence": b"a\x1b[2J\x1b]0;Injected\x07",
    "DEL": b"a\x7fInjected",
    "C1 as UTF-8": "a\u0085\u009bInjected".encode(),
    "C1 as a byte": b"a\x85\x9bInjected",
    "line separators": "a\u2028\u2029Injected".encode(),
    "right to left": "a\u202eInjected".encode(),
    "overlong": b"a\xc0\x8aInjected\xe0\x80\x8a",
    "no UTF-8": b"a\xff\xfeInjected\xc3",
    "surrogate": b"a\xed\xa0\x80Injected",
}
HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) ")
VALUE = "value-of-a-parameter"


class Hygiene(Served):
    CONFIG = '[access]\ncheck = "is_superuser"\nsuperusers = ["root"]\n'

    def setUp(self):
        super().setUp()
        self.old = len(self.scim.log.read_bytes())

    def check_answer(self, got):
        for name, value in got.headers:
            self.assertRegex(name, r"^[A-Za-z-]+$")
            self.assertRegex(value, r"^[ -~]*$", name)
            self.assertNotIn("injected", name.lower())
        self.assertTrue(got.status < 500 or got.status == 501, got)
        if got.body:
            got.json()

    def check_log(self):
        lines = self.scim.log.read_bytes()[self.old:].decode().split("\n")  # invalid UTF-8 raises
        self.assertEqual(lines.pop(), "")
        for line in lines:
            self.assertRegex(line, LOG_LINE)
            self.assertIsNone(HARMFUL.search(line), ascii(line))
            self.assertNotIn(VALUE, line)
        return lines

    def each_hostile(self, check):
        for name, text in HOSTILE.items():
            with self.subTest(name):
                check(text)
                self.check_log()

    # Requirements: SEC-4, SEC-2
    def test_path_and_query_through_nginx(self):
        def check(text):
            escaped = urllib.parse.quote(text)
            for method, target in (("GET", "/Users/" + escaped), ("DELETE", "/Groups/" + escaped), ("GET", "/" + escaped),
                                   ("GET", "/Schemas/" + escaped), ("GET", "//scim/v3/" + escaped),
                                   ("GET", "/Users?filter=" + escaped), ("GET", "/Users?sortBy=%s&x=%s" % (escaped, VALUE)),
                                   ("GET", "/Users?count=" + escaped), ("GET", "/Users?cursor=" + escaped),
                                   ("GET", "/Users?%s=%s" % (escaped, VALUE)), ("GET", "/Users?attributes=" + escaped)):
                self.check_answer(self.http(method, target))
        self.each_hostile(check)

    # Requirements: SEC-2
    def test_values_of_parameters_are_not_logged(self):
        for name in ("filter", "sortBy", "cursor", "attributes", "anything"):
            self.http("GET", address("/Users", **{name: VALUE}))
        self.assertIn("/scim/v2/Users?sortBy\"", "\n".join(self.check_log()))

    # Requirements: SEC-4
    def test_bodies(self):
        def check(text):
            hostile = text.decode(errors="replace")
            patch = {"schemas": [PATCH_URN], "Operations": [op("replace", hostile, "x"), op("add", None, {hostile: 1})]}
            crew = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": hostile,
                    "members": [{"value": hostile}]}
            made = self.http("POST", "/Users", user(hostile, externalId=hostile))
            for got in (made, self.http("POST", "/Groups", crew), self.http("POST", "/Users", {"schemas": [hostile]}),
                        self.http("POST", "/Users/.search", {"schemas": [SEARCH_URN], "filter": hostile}),
                        self.http("POST", "/Users", user(hostile)),  # the second time
                        self.http("PATCH", "/Users/nobody", patch), self.http("POST", "/Users", text)):
                self.check_answer(got)
        self.each_hostile(check)

    # Requirements: SEC-4
    def test_raw_bytes_by_fastcgi(self):
        """As no web server should pass them on."""
        body = json.dumps(user(self.name())).encode()

        def check(text):
            target = harness.BASE.encode() + b"/Users/" + text
            query = b"filter=" + text + b"&x=" + VALUE.encode()
            for name, value in (("REQUEST_METHOD", text), ("REQUEST_URI", target), ("QUERY_STRING", query),
                                ("REQUEST_URI", harness.BASE.encode() + b"/Users?" + query), ("REQUEST_URI", text),
                                ("HTTP_AUTHORIZATION", b"Bearer " + text), ("HTTP_AUTHORIZATION", b"Basic " + text),
                                ("HTTP_AUTHORIZATION", text), ("REMOTE_USER", text), ("HTTP_IF_MATCH", text),
                                ("HTTP_IF_NONE_MATCH", text), ("HTTP_ACCEPT", text), ("CONTENT_TYPE", text),
                                ("HTTP_CONTENT_ENCODING", text), ("SERVER_NAME", text), ("REQUEST_SCHEME", text),
                                ("SERVER_PORT", text), ("CONTENT_LENGTH", text), ("HTTP_X_MORE", text)):
                with FastCgi(self.site.socket) as peer:
                    variables = dict(cgi_variables("POST", "/Users", self.site.token, len(body)), **{name: value})
                    if name == "REMOTE_USER":
                        del variables["HTTP_AUTHORIZATION"]
                    peer.begin(variables.items())
                    if name != "CONTENT_LENGTH":
                        peer.body(body)
                    peer.end_body()
                    with self.subTest(name=name):
                        self.check_answer(peer.answer())
        self.each_hostile(check)


if __name__ == "__main__":
    unittest.main(verbosity=2)
