# SPDX-License-Identifier: MIT
"""[limits]: what is taken at a limit, what is refused one beyond it, and clients that take their time."""
import contextlib
import itertools
import json
import re
import select
import subprocess
import time
import unittest

import harness
from harness import FastCgi, Site, check_error, user
from served import PATCH_URN, SEARCH_URN, address, group, op, patch_body

CONFIG = """
[limits]
body_bytes = 4000
operations = 3
comparisons = 3
members = 5
json_depth = 12
json_nodes = 60
filter_bytes = 200
filter_depth = 3
filter_terms = 4
header_bytes = 2000
results = 3
[bulk]
max_operations = 3
max_payload_bytes = 3000
"""


def padded(body, size):
    data = harness.encode(body)
    return data + b" " * (size - len(data))


def nested(depth):
    """A user who has something that no schema knows."""
    within = 1
    for _ in range(depth - 1):
        within = [within]
    return user("deep", unknown=within)


def values(count):
    """So many JSON values: the user, its schemas, their name, the userName, and what no schema knows."""
    return user("many", **{"unknown%d" % i: i for i in range(count - 4)})


def members(count):
    return [{"value": "nobody%d" % i} for i in range(count)]


def long_filter(size, head='userName eq "', tail='"'):
    return head + "a" * (size - len(head + tail)) + tail


def deep_filter(depth):
    return "(" * depth + "title pr" + ")" * depth


def terms(count, term="title pr"):
    return " or ".join([term] * count)


def bulk(operations, size=0):
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{"method": "DELETE", "path": "/Users/nobody"}] * operations}
    return padded(body, size) if size else body


def searched(filter_text):
    return {"schemas": [SEARCH_URN], "filter": filter_text}


def selected(filter_text):
    return patch_body(op("remove", "emails[%s]" % filter_text))


def in_operations(count):
    """The values of one attribute, in two operations, with and without a path."""
    return patch_body(op("add", "members", members(2)), op("add", None, {"members": members(count - 2)}))


POST, GET, PATCH_USER, PATCH_GROUP, SEARCH, BULK = ("POST", "/Users"), ("GET", "/Users?filter="), ("PATCH", "/Users/"), ("PATCH", "/Groups/"), ("POST", "/Users/.search"), ("POST", "/Bulk")

# The key, the limit, a request that is as large as it is told, and what it is answered with beyond the limit.
CASES = [
    ("limits.body_bytes", 4000, POST, lambda n: padded(user("large"), n), 413, None),
    ("limits.operations", 3, PATCH_USER, lambda n: patch_body(*[op("remove", "title")] * n), 400, "invalidSyntax"),
    ("limits.comparisons", 3, PATCH_GROUP, lambda n: patch_body(op("remove", "members[%s]" % terms(n, 'display eq "nobody"'))), 413, None),
    ("limits.members", 5, ("POST", "/Groups"), lambda n: group("g", *("nobody%d" % i for i in range(n))), 413, None),
    ("limits.members", 5, ("PUT", "/Groups/"), lambda n: group("g", *("nobody%d" % i for i in range(n))), 413, None),
    ("limits.members", 5, POST, lambda n: user("mails", emails=[{"value": "a%d@b.example" % i} for i in range(n)]), 413, None),
    ("limits.members", 5, PATCH_GROUP, lambda n: in_operations(n), 413, None),
    ("limits.json_depth", 12, POST, nested, 400, "invalidSyntax"),
    ("limits.json_nodes", 60, POST, values, 400, "invalidSyntax"),
    ("limits.filter_bytes", 200, GET, long_filter, 400, "invalidFilter"),
    ("limits.filter_bytes", 200, SEARCH, lambda n: searched(long_filter(n)), 400, "invalidFilter"),
    ("limits.filter_bytes", 200, PATCH_USER, lambda n: selected(long_filter(n, 'value eq "')), 400, "invalidFilter"),
    ("limits.filter_depth", 3, GET, deep_filter, 400, "invalidFilter"),
    ("limits.filter_depth", 3, SEARCH, lambda n: searched(deep_filter(n)), 400, "invalidFilter"),
    ("limits.filter_depth", 3, PATCH_USER, lambda n: selected(deep_filter(n).replace("title", "type")), 400, "invalidFilter"),
    ("limits.filter_terms", 4, GET, terms, 400, "invalidFilter"),
    ("limits.filter_terms", 4, SEARCH, lambda n: searched(terms(n)), 400, "invalidFilter"),
    ("limits.filter_terms", 4, PATCH_USER, lambda n: selected(terms(n, "type pr")), 400, "invalidFilter"),
    ("maxOperations", 3, BULK, bulk, 413, None),
    ("maxPayloadSize", 3000, BULK, lambda n: bulk(1, n), 413, None),
]


def with_variables(pairs, size):
    """As many bytes of names and values as `size`."""
    pairs = pairs + [("HTTP_X_FILLER", "")]
    return pairs[:-1] + [("HTTP_X_FILLER", "x" * (size - sum(len(k) + len(v) for k, v in pairs)))]


class JournalBodies(unittest.TestCase):
    def test_at_the_limit_and_one_beyond(self):
        site = self.enterContext(Site('journal.file = "journal.jsonl"\njournal.max_body_bytes = 300\n'))
        site.token
        site.start_scim("--threads", "1")
        with FastCgi(site.socket) as web:
            for size in (300, 301):
                self.assertEqual(web.request("POST", "/Users", site.token, padded(user("u%d" % size), size)).status, 201)
        exchanges = [json.loads(line) for line in (site.directory / "journal.jsonl").read_text().splitlines()]
        kept, left_out = [exchange["request"] for exchange in exchanges]
        self.assertEqual((kept["body"]["userName"], "bodyBytes" in kept), ("u300", False))
        self.assertEqual((left_out["bodyBytes"], "body" in left_out), (301, False))


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site(config=CONFIG))
        cls.token = cls.site.token
        cls.site.start_scim("--threads", "2")
        ada = cls.send("POST", "/Users", user("ada")).json()["id"]
        cls.ids = {"/Users/": ada, "/Groups/": cls.send("POST", "/Groups", group("staff", ada)).json()["id"]}

    @classmethod
    def send(cls, method, path, body=None):
        with FastCgi(cls.site.socket) as web:
            return web.request(method, path, cls.token, harness.encode(body) or b"", flags=0)

    def ask(self, target, request):
        method, path = target
        if method == "GET":
            return self.send(method, address(path.removesuffix("?filter="), filter=request))
        answer = self.send(method, path + self.ids.get(path, ""), request)
        if method == "POST" and answer.status == 201:
            self.send("DELETE", path + "/" + answer.json()["id"])
        return answer

    def test_at_the_limit_and_one_beyond(self):
        for key, limit, target, request, status, scim_type in CASES:
            with self.subTest(key, target=target):
                taken = self.ask(target, request(limit))
                self.assertIn(taken.status, (200, 201, 204), taken)
                refused = self.ask(target, request(limit + 1))
                check_error(self, refused, status, scim_type)
                self.assertIn(key, refused.json()["detail"])
                self.assertIn(str(limit), refused.json()["detail"])

    def test_results(self):
        for name in "bcde":
            self.assertEqual(self.send("POST", "/Users", user(name)).status, 201)
        self.addCleanup(lambda: [self.send("DELETE", "/Users/" + each["id"]) for each in self.send("GET", "/Users").json()["Resources"]
                                 if each["userName"] in "bcde"])
        for count, shown in (("2", 2), ("3", 3), ("4", 3), ("1000000", 3), (None, 3)):
            page = self.send("GET", "/Users" + ("" if count is None else "?count=" + count)).json()
            self.assertEqual((len(page["Resources"]), page["itemsPerPage"], page["totalResults"]), (shown, shown, 5), count)

    def test_header_bytes(self):
        variables = harness.cgi_variables("GET", "/Users?count=0", self.token)
        with FastCgi(self.site.socket) as web:
            web.begin(with_variables(variables, 2000))
            web.end_body()
            self.assertEqual(web.answer().status, 200)
            web.begin(with_variables(variables, 2001))
            refused = web.answer()
            check_error(self, refused, 431)
            self.assertIn("limits.header_bytes", refused.json()["detail"])
            web.end_body()  # goes nowhere
            self.assertTrue(web.at_end())

    def test_header_bytes_that_are_only_announced(self):
        for lengths in (b"\xff\xff\xff\xff\xff\xff\xff\xff", b"\x80\x00\x07\xd1\x00", b"\x01\x80\x00\x07\xd0"):
            with self.subTest(lengths), FastCgi(self.site.socket) as web:
                web.record(web.BEGIN, b"\0\1\1\0\0\0\0\0")
                web.record(web.PARAMS, lengths)
                check_error(self, web.answer(), 431)

    def test_header_bytes_of_cgi(self):
        variables = harness.cgi_variables("GET", "/Users?count=0", self.token)
        for size, status in ((2000, 200), (2001, 431)):
            done = subprocess.run([harness.SCIM_FCGI, "--config", str(self.site.config)], env=dict(with_variables(variables, size)),
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=harness.PATIENCE)
            self.assertEqual(harness.cgi_answer(done.stdout).status, status, done)

    def test_a_head_in_pieces_is_one_request(self):
        """Each looks like the end of what has arrived. A Unix socket does not hold as many pieces as there are bytes."""
        with FastCgi(self.site.socket) as web, Recorded() as recorded:
            recorded.begin(harness.cgi_variables("GET", "/Users?count=0", self.token))
            for i in range(0, len(recorded.sent), 7):
                web.socket.sendall(recorded.sent[i:i + 7])
            web.end_body()
            self.assertEqual(web.answer().status, 200)
            self.assertEqual(web.request("GET", "/Users?count=0", self.token).status, 200)

    def test_what_begins_otherwise_is_closed(self):
        begin = b"\1\1\0\1\0\10\0\0" + b"\0\1\1\0\0\0\0\0"
        for noise in (begin + begin, begin + b"\1\4\0\2\0\0\0\0", begin + b"\1\4\0\1\0\1\0\0" b"\5" b"\1\4\0\1\0\0\0\0", b"\1\11\0\0\0\0\0\0", b"\2"):
            with self.subTest(noise), FastCgi(self.site.socket) as web:
                web.socket.sendall(noise)
                self.assertTrue(web.at_end())


class Recorded(FastCgi):
    """What would be sent."""

    def __init__(self):
        self.sent = b""
        self.socket = self

    def sendall(self, data):
        self.sent += data

    def close(self):
        pass


def nested_filter(levels, shapes, leaf):
    for level in range(levels):
        leaf = shapes[level % len(shapes)] % leaf
    return leaf


def found_by(text):
    """What Python says: ada has all that the filter asks for, bob nothing."""
    of_ada = text.replace("title pr", "True").replace("type pr", "True").replace("emails[", "(").replace("]", ")")
    of_bob = re.sub(r"emails\[.*?\]", "False", text).replace("title pr", "False")
    return {name for name, filter_text in (("ada", of_ada), ("bob", of_bob)) if eval(filter_text)}


class Depth(unittest.TestCase):
    """The parser of SQLite has a stack of its own, and no more than 100 places on it."""
    SHAPES = ["not (%s and title pr)", "not (title pr and %s)", "(title pr or %s)", "(%s and title pr)", "(not (emails[type pr]) or %s)", "not (%s)"]

    def test_a_filter_as_deep_as_can_be_configured_is_answered(self):
        site = self.enterContext(Site(config="[limits]\nfilter_depth = 40\n"))
        token = site.token
        site.start_scim("--threads", "1")
        web = self.enterContext(FastCgi(site.socket))
        for who in (user("ada", title="x", emails=[{"value": "a@b.example", "type": "work"}]), user("bob")):
            self.assertEqual(web.request("POST", "/Users", token, harness.encode(who)).status, 201)
        for shapes in itertools.product(self.SHAPES, repeat=2):
            within = [shape.replace("emails[type pr]", "type pr").replace("title", "type") for shape in shapes]
            for text in (nested_filter(39, shapes, "title pr"),
                         nested_filter(19, shapes, "emails[%s]" % nested_filter(19, within, "type pr"))):
                with self.subTest(text):
                    answer = web.request("POST", "/Users/.search", token, harness.encode(searched(text)))
                    self.assertEqual(answer.status, 200, answer)
                    self.assertEqual({each["userName"] for each in answer.json()["Resources"]}, found_by(text))


REQUEST_S = 2
SLOW = "[limits]\nrequest_s = %d\n" % REQUEST_S


def drip(web, data):
    """A byte now and then, until the other side has had enough; what it says."""
    heard = b""
    for i in range(len(data)):
        with contextlib.suppress(BrokenPipeError):
            web.socket.sendall(data[i:i + 1])
        if select.select([web.socket], [], [], 0.1)[0]:
            try:
                piece = web.socket.recv(65536)
            except ConnectionResetError:
                return heard
            if not piece:
                return heard
            heard += piece
    raise AssertionError("the whole request was taken")


def sip(web):
    """A byte of the answer now and then, until the other side has had enough; how many there were."""
    ended = select.poll()
    ended.register(web.socket, select.POLLHUP | select.POLLERR)
    taken = 0
    while not ended.poll(100):
        taken += len(web.socket.recv(1))
    with contextlib.suppress(ConnectionResetError):
        while piece := web.socket.recv(65536):
            taken += len(piece)
    return taken


class SlowClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site(config=SLOW))
        cls.token = cls.site.token
        cls.site.start_scim("--threads", "1")

    def seconds(self, action):
        begin = time.monotonic()
        result = action()
        took = time.monotonic() - begin
        self.assertGreater(took, REQUEST_S * 0.9)
        return result

    def serves(self):
        with FastCgi(self.site.socket) as web:
            self.assertEqual(web.request("GET", "/Users?count=0", self.token, flags=0).status, 200)

    def test_a_head_holds_no_thread_and_is_given_up(self):
        webs = [self.enterContext(FastCgi(self.site.socket)) for _ in range(20)]
        head = Recorded()
        head.begin(harness.cgi_variables("GET", "/Users", self.token))
        for web in webs:
            web.socket.sendall(head.sent[:30])
        begin = time.monotonic()
        self.serves()  # by the only thread
        self.assertLess(time.monotonic() - begin, REQUEST_S)
        self.assertEqual(self.seconds(lambda: drip(webs[0], head.sent[30:])), b"")
        for web in webs[1:]:
            self.assertTrue(web.at_end())

    def test_a_body_is_408(self):
        with FastCgi(self.site.socket) as web:
            web.begin(harness.cgi_variables("POST", "/Users", self.token, 1000))
            body = Recorded()
            body.body(b" " * 1000)
            heard = self.seconds(lambda: drip(web, body.sent))
            web.socket.close()
        self.assertIn(b"Status: 408 Request Timeout\r\n", heard)
        self.assertIn(b"limits.request_s", heard)
        self.serves()

    def test_an_answer_that_is_not_taken_is_broken_off(self):
        with FastCgi(self.site.socket) as web:
            for i in range(2):
                operations = [{"method": "POST", "path": "/Users", "bulkId": "u%d" % n, "data": user("u%d-%d" % (i, n), displayName="x" * 18000)} for n in range(50)]
                body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
                self.assertEqual(web.request("POST", "/Bulk", self.token, harness.encode(body)).status, 200)
            size = len(web.request("GET", "/Users", self.token).body)
        with FastCgi(self.site.socket) as web:
            web.begin(harness.cgi_variables("GET", "/Users", self.token))
            web.end_body()
            self.assertLess(self.seconds(lambda: sip(web)), size)
        self.serves()

    def test_who_goes_on_sending_after_the_answer_is_closed(self):
        with FastCgi(self.site.socket) as web:
            web.begin(harness.cgi_variables("POST", "/Users", self.token, 11 << 20))
            check_error(self, web.answer(), 413)

            def go_on():
                with contextlib.suppress(BrokenPipeError):
                    for _ in range(1000):
                        web.socket.sendall(b" ")
                        select.select([], [], [], 0.1)
                    self.fail("all of it was taken")
            self.seconds(go_on)

    def test_a_request_that_is_just_arriving_at_the_end_is_answered(self):
        with Site() as site:
            token = site.token
            scim = site.start_scim("--threads", "1")
            with FastCgi(site.socket) as web, Recorded() as head:
                head.begin(harness.cgi_variables("GET", "/Users?count=0", token))
                web.socket.sendall(head.sent[:100])
                with FastCgi(site.socket) as other:  # so that it has been looked at
                    self.assertEqual(other.request("GET", "/Users?count=0", token).status, 200)
                scim.process.terminate()
                web.socket.sendall(head.sent[100:])
                web.end_body()
                self.assertEqual(web.answer().status, 200)
            self.assertEqual(scim.wait(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
