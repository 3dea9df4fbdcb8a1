# SPDX-License-Identifier: MIT
"""How much memory hostile requests can make scim-fcgi take: never more than scim-fcgi(8) says, and it goes on serving.

The programs of a sanitizer need more of it for themselves: this is not for them.
"""
import json
import os
import resource
import unittest

import harness
from harness import FastCgi, Site, user
from served import ENTERPRISE_URN, GROUP_URN, SEARCH_URN, address, group, op, patch_body

USERS = 50_000
PORTION = 2_500  # of an import: in one it would take too long for a command of a test
THREADS = 4
BODY_BYTES = 10 << 20  # limits.body_bytes
# scim-fcgi(8), Memory
BOUND = (64 << 20) + THREADS * ((32 << 20) + 32 * BODY_BYTES)
BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def filled(begin, piece, end=b"", size=BODY_BYTES):
    """begin, as many pieces as there is room for, and the end."""
    return begin + piece * ((size - len(begin) - len(end)) // len(piece)) + end


def in_user(piece, size=BODY_BYTES):
    """A user with a list that no schema knows, which is nonetheless read."""
    return filled(b'{"schemas": ["%s"], "userName": "hostile", "x": [0' % harness.USER_URN.encode(), b"," + piece, b"]}", size)


def in_group(piece):
    return b'{"schemas": ["%s"], "displayName": "g", "members": [' % GROUP_URN.encode() + piece


def operations(count, make):
    return harness.encode(patch_body(*[make(i) for i in range(count)]))


def bulk(count, make):
    return harness.encode({"schemas": [BULK_URN], "Operations": [make(i) for i in range(count)]})


def creation(i, count, size):
    """A group whose members are those of two other operations: circles, and names that are not small."""
    members = [{"value": "bulkId:%d" % ((i + n) % count)} for n in (1, 2)]
    return {"method": "POST", "path": "/Groups", "bulkId": str(i), "data": dict(group("g" * size), members=members)}


def search(**parameters):
    return json.dumps(dict({"schemas": [SEARCH_URN]}, **parameters)).encode()


def emails(i, count):
    return [{"value": "a%d-%d@b.example" % (i, n), "type": "work"} for n in range(count)]


def hostile(user_path, group_path, ids):
    """Name, method, path and body."""
    big = "x" * 9_000
    return [
        ("brackets", "POST", "/Users", b"[" * BODY_BYTES),
        ("objects in objects", "POST", "/Users", filled(b"", b'{"a":')),
        ("one string", "POST", "/Users", filled(b'{"userName": "', b"a", b'"}')),
        ("escapes", "POST", "/Users", filled(b'{"userName": "', b"\\u0041", b'"}')),
        ("wide escapes", "POST", "/Users", filled(b'{"userName": "', b"\\u20ac", b'"}')),
        ("numbers", "POST", "/Users", in_user(b"1")),
        ("numbers, as many as are taken", "POST", "/Users", in_user(b"1", 3_990_000)),
        ("empty objects", "POST", "/Users", in_user(b"{}")),
        ("small objects", "POST", "/Users", in_user(b'{"a":1}')),
        ("small lists", "POST", "/Users", in_user(b"[1]")),
        ("small strings", "POST", "/Users", in_user(b'"a"')),
        ("strings", "POST", "/Users", in_user(b'"%s"' % (b"a" * 16))),
        ("many names", "POST", "/Users", b'{"schemas": ["%s"], "userName": "names", ' % harness.USER_URN.encode() + b",".join(b'"%d":1' % i for i in range(900_000)) + b"}"),
        ("members in a body", "POST", "/Groups", filled(in_group(b'{"value": "a"}'), b',{"value":"a"}', b"]}", 2_700_000)),
        ("members with long names", "POST", "/Groups", filled(in_group(b'{"value": "a"}'), b',{"value":"%s"}' % (b"a" * 36), b"]}")),
        ("members that are nothing but names", "POST", "/Groups", filled(in_group(b'"a"'), b',"a"', b"]}", 790_000)),
        ("members of its own", "PUT", group_path, harness.encode(group("all", *ids))),
        ("a user with large values", "PUT", user_path, json.dumps(user("user0", displayName="x" * 9_000_000)).encode()),
        ("a user as it was", "PUT", user_path, json.dumps(user("user0")).encode()),
        ("operations of big values", "PATCH", user_path, operations(1000, lambda i: op("replace", "displayName", big + str(i)))),
        ("operations that grow a list", "PATCH", user_path, operations(1000, lambda i: op("add", "emails", emails(i, 100)))),
        ("operations that replace a list", "PATCH", user_path, operations(1000, lambda i: op("replace", "emails", emails(i, 150)))),
        ("a value for all of a list", "PATCH", user_path, operations(2, lambda i: op("replace", "emails.display", "x" * 5_000_000))),
        ("operations on an extension", "PATCH", user_path, operations(1000, lambda i: op("add", None, {ENTERPRISE_URN: {"department": big}}))),
        ("members added and removed", "PATCH", group_path,
         operations(1000, lambda i: op("add" if i % 2 else "remove", "members", [{"value": v} for v in ids[:180]]))),
        ("members selected", "PATCH", group_path, operations(10, lambda i: op("remove", 'members[value sw "%08x"]' % i))),
        ("members selected by what nobody is", "PATCH", group_path,
         operations(10, lambda i: op("remove", "members[%s]" % " or ".join(['value eq "x"'] * 200)))),
        ("bulk in circles", "POST", "/Bulk", bulk(1000, lambda i: creation(i, 1000, 500))),
        ("bulk of big values", "POST", "/Bulk", bulk(1000, lambda i: {"method": "POST", "path": "/Users", "bulkId": str(i), "data": user("b%d" % i, displayName="x" * 800)})),
        ("bulk of patches", "POST", "/Bulk", bulk(1000, lambda i: {"method": "PATCH", "path": group_path, "data": patch_body(op("add", "members", [{"value": v} for v in ids[:5]]))})),
        ("a deep filter", "GET", address("/Users", filter="not (" * 32 + "title pr" + ")" * 32), b""),
        ("a filter of many terms", "GET", address("/Users", filter=" or ".join('title co "%d"' % i for i in range(200))), b""),
        ("a filter of many lists", "POST", "/Users/.search", search(filter=" and ".join('not (emails[value co "%d"])' % i for i in range(100)), count=1000)),
        ("a long filter", "POST", "/Users/.search", search(filter='userName co "%s"' % ("x" * 8000))),
        ("sorted", "GET", address("/Users", sortBy="displayName", count=1000), b""),
        ("sorted by a list", "GET", address("/Users", sortBy="emails.value", sortOrder="descending", startIndex=49_000, count=1000), b""),
        ("everything", "GET", address("/", count=1000, attributes="userName,displayName,members,groups,emails"), b""),
        ("everything there is", "POST", "/.search", search(count=1000)),
        ("attributes", "POST", "/Users/.search", search(attributes=["emails.value"] * 100_000, count=1000)),
        ("attributes that are not", "POST", "/Users/.search", search(excludedAttributes=["x%d" % i for i in range(100_000)], count=1000)),
        ("the group", "GET", group_path, b""),
        ("who is in the group", "GET", address("/Groups", filter='members.value eq "%s"' % ids[0]), b""),
    ]


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site())
        for first in range(0, USERS, PORTION):
            cls.import_users(range(first, first + PORTION))
        cls.token = cls.site.token
        limit = int(os.environ.get("SCIMCTL_TEST_MEMORY", BOUND))
        cls.scim = cls.site.start_scim("--threads", str(THREADS), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)))
        cls.ids = [each["id"] for first in range(1, USERS, 1000) for each in
                   cls.send("GET", address("/Users", attributes="id", startIndex=first, count=1000), b"").json()["Resources"]]
        cls.group = cls.send("POST", "/Groups?attributes=id", harness.encode(group("all", *cls.ids))).json()["id"]

    @classmethod
    def import_users(cls, numbers):
        users = cls.site.directory / "users.jsonl"
        users.write_text("".join(json.dumps(user("user%d" % i)) + "\n" for i in numbers))
        cls.site.scimctl("import", "users", str(users))

    def status(self, name):
        with open("/proc/%d/status" % self.scim.process.pid) as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) << 10

    @classmethod
    def send(cls, method, path, body):
        with FastCgi(cls.site.socket) as web:
            web.socket.settimeout(300)
            try:
                return web.request(method, path, cls.token, body)
            except BrokenPipeError:  # it was refused before it was read
                return web.answer()

    def check_alive(self):
        answer = self.send("GET", "/Users?count=1", b"")
        self.assertEqual(answer.status, 200, answer)
        self.assertTrue(self.scim.running())

    def check_answer(self, answer):
        """What it says is SCIM's, whatever it says; a fault of the program it is not."""
        self.assertNotIn(answer.status, (500, 501), answer)
        if answer.body:
            self.assertIn("schemas", answer.json())

    def half_bodies(self):
        """64 clients that send half of a body each, and wait."""
        half = b" " * (BODY_BYTES // 2)

        def client(_):
            with FastCgi(self.site.socket) as web:
                web.begin(harness.cgi_variables("POST", "/Users", self.token, BODY_BYTES))
                web.socket.settimeout(2)
                try:
                    web.body(half)
                except (TimeoutError, OSError):
                    pass
        harness.at_once(64, client)

    def large_headers(self):
        def client(_):
            with FastCgi(self.site.socket) as web:
                web.socket.settimeout(None)  # or Python would wait for room before it sends, and there is none until all has arrived
                try:
                    web.begin(harness.cgi_variables("GET", "/Users", self.token) + [("HTTP_X_%d" % i, "x" * 60_000) for i in range(170)])
                except BrokenPipeError:
                    pass
                self.assertEqual(web.answer().status, 431)
        harness.at_once(16, client)

    def test_nothing_takes_more_than_the_bound(self):
        for name, method, path, body in hostile("/Users/" + self.ids[0], "/Groups/" + self.group, self.ids[:1000]):
            with self.subTest(name):
                statuses = []

                def client(_):
                    answer = self.send(method, path, body)
                    statuses.append(answer.status)
                    self.check_answer(answer)
                harness.at_once(THREADS, client)
                self.check_alive()
                if "SCIMCTL_TEST_MEMORY" in os.environ:
                    print("%-40s %-20s peak %4d MB now %4d MB" % (name, sorted(statuses), self.status("VmHWM") >> 20, self.status("VmRSS") >> 20), flush=True)
        for name, action in (("half bodies", self.half_bodies), ("large headers", self.large_headers)):
            with self.subTest(name):
                action()
                self.check_alive()
        self.assertLess(self.status("VmHWM"), BOUND)


if __name__ == "__main__":
    unittest.main(verbosity=2)
