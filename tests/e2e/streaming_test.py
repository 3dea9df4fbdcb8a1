# SPDX-License-Identifier: MIT
"""Answers that leave before they are whole: through nginx, and record by record."""
import http.client
import json
import socket
import sqlite3
import unittest

import harness
from harness import FastCgi, Site, USER_URN, user, wait_for

GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MEMBERS = 3000  # some 600 kB of JSON
SMALL_WINDOW = 4096  # bytes that the kernel takes for a client that does not read


def full_user(number):
    """What a directory knows of a person: 1.5 kB as it is answered."""
    name = "person.%05d" % number
    work = {"employeeNumber": "E%06d" % number, "costCenter": "4130-Berlin", "organization": "Example Corporation",
            "division": "Research and Development", "department": "Platform Engineering"}
    return user(name + "@corp.example.com", **{ENTERPRISE_URN: work}, displayName="Person Number %05d" % number, title="Senior Engineer", active=True,
                name={"givenName": "Person", "familyName": "Number %05d" % number, "formatted": "Person Number %05d" % number},
                emails=[{"value": name + "@corp.example.com", "type": "work", "primary": True},
                        {"value": name + "@home.example.org", "type": "home"}],
                phoneNumbers=[{"value": "+49 30 %07d" % number, "type": "work"}, {"value": "+49 170 %07d" % number, "type": "mobile"}],
                addresses=[{"streetAddress": "Hauptstrasse %d" % number, "locality": "Berlin", "postalCode": "10115",
                            "country": "DE", "type": "work"}],
                externalId="00u%017d" % number, preferredLanguage="de-DE", timezone="Europe/Berlin", nickName="P%d" % number)


def import_users(site, users):
    file = site.directory / "users.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in users))
    site.scimctl("import", "users", str(file))


def ids_of_users(site):
    """In the order in which they were made."""
    listed = json.loads(site.scimctl("list", "users", "--all", "--attributes", "id", "-o", "json"))
    return [resource["id"] for resource in listed["Resources"]]


class Streaming(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site())
        cls.scim = cls.site.start_scim()
        cls.nginx = cls.site.start_nginx(listen_extra="sndbuf=8k")  # so that a client that does not read is felt
        import_users(cls.site, map(full_user, range(MEMBERS)))
        cls.ids = ids_of_users(cls.site)
        group = {"schemas": [GROUP_URN], "displayName": "all", "members": [{"value": i} for i in cls.ids]}
        cls.made = cls.site.http("POST", "/Groups", group)
        assert cls.made.status == 201, cls.made
        cls.path = "/Groups/" + cls.made.json()["id"]

    def http(self, *arguments, **options):
        return self.site.http(*arguments, **options)

    def test_a_large_group_is_what_it_was_when_it_was_kept(self):
        got = self.http("GET", self.path)
        # What a POST answers is kept until it has been committed.
        self.assertEqual((got.status, got.body), (200, self.made.body))
        self.assertEqual(len(got.json()["members"]), MEMBERS)
        self.assertEqual(got.header("Transfer-Encoding"), "chunked")
        self.assertIsNone(got.header("Content-Length"))
        for name in ("ETag", "Location", "Content-Type"):
            self.assertEqual(got.header(name), self.made.header(name), name)

    def test_head_and_304_and_small_ones(self):
        got = self.http("GET", self.path)
        head = self.http("HEAD", self.path)
        self.assertEqual((head.status, head.body, head.header("ETag")), (200, b"", got.header("ETag")))
        same = self.http("GET", self.path, headers={"If-None-Match": got.header("ETag")})
        self.assertEqual((same.status, same.body), (304, b""))
        small = self.http("GET", self.path + "?excludedAttributes=members")
        self.assertEqual(int(small.header("Content-Length")), len(small.body))

    def test_a_long_list(self):
        got = self.http("GET", "/Users?count=1000")
        self.assertEqual(got.header("Transfer-Encoding"), "chunked")
        self.assertEqual([u["id"] for u in got.json()["Resources"]], self.ids[:1000])
        self.assertEqual((got.json()["totalResults"], got.json()["itemsPerPage"]), (MEMBERS, 1000))

    def test_the_connection_is_kept_after_a_long_answer(self):
        with FastCgi(self.site.socket) as web:
            for _ in range(2):
                got = web.request("GET", self.path, self.site.token)
                self.assertEqual(len(got.json()["members"]), MEMBERS)
                self.assertIsNone(got.header("Content-Length"))
            self.assertEqual(web.request("GET", "/Users?count=1", self.site.token).status, 200)

    # Requirements: PA-11, E-9
    def test_a_patch_of_it_answers_204(self):
        patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                 "Operations": [{"op": "remove", "path": "members[value eq \"%s\"]" % self.ids[0]}]}
        before = self.http("GET", self.path + "?attributes=id").header("ETag")
        got = self.http("PATCH", self.path, patch)
        self.assertEqual((got.status, got.body), (204, b""))
        self.assertNotEqual(got.header("ETag"), before)
        self.assertEqual(got.header("ETag"), self.http("GET", self.path + "?attributes=id").header("ETag"))
        self.assertTrue(got.header("Location").endswith(self.path))
        again = {"schemas": patch["schemas"], "Operations": [{"op": "add", "path": "members", "value": [{"value": self.ids[0]}]}]}
        got = self.http("PATCH", self.path + "?attributes=displayName", again)
        self.assertEqual((got.status, got.json()["displayName"]), (200, "all"))

    def unread(self, target):
        """A client that asks and does not read; returns its connection once scim-fcgi is through with the request."""
        lines = self.scim.log.read_text().count(" ms ")
        client = socket.socket()
        self.addCleanup(client.close)
        client.settimeout(harness.PATIENCE)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)
        client.connect(("127.0.0.1", self.site.port))
        client.sendall(("GET %s%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                        % (harness.BASE, target, self.site.token)).encode())
        wait_for("scim-fcgi", lambda: self.scim.log.read_text().count(" ms ") > lines)
        return client

    def read(self, client):
        response = http.client.HTTPResponse(client)
        response.begin()
        return json.loads(response.read())

    def spills(self):
        return self.nginx.log.read_text().count("upstream response is buffered to a temporary file")

    def test_a_page_of_100_users_is_not_spilled_to_a_file(self):
        size = len(self.http("GET", "/Users?count=100").body)
        self.assertGreater(size, 140000)
        before = self.spills()
        self.assertEqual(len(self.read(self.unread("/Users?count=100"))["Resources"]), 100)
        self.assertEqual(self.spills(), before)
        # And what is too large for memory waits there, not in scim-fcgi.
        self.assertEqual(len(self.read(self.unread("/Users?count=1000"))["Resources"]), 1000)
        self.assertEqual(self.spills(), before + 1)


@unittest.skipIf(harness.on_postgresql(), "it is the file that is broken")
class BrokenOff(unittest.TestCase):
    """A page of the file is destroyed: the error shows when half of the group has been sent."""

    def setUp(self):
        self.site = self.enterContext(Site())
        import_users(self.site, (user("user%d" % i, displayName="name%dX" % i) for i in range(MEMBERS)))
        scim = self.site.start_scim()
        with FastCgi(self.site.socket) as web:
            group = {"schemas": [GROUP_URN], "displayName": "all", "members": [{"value": i} for i in ids_of_users(self.site)]}
            made = web.request("POST", "/Groups", self.site.token, json.dumps(group).encode())
        self.path = "/Groups/" + made.json()["id"]
        self.assertEqual(scim.stop(), 0)
        with sqlite3.connect(self.site.database) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            page_size = db.execute("PRAGMA page_size").fetchone()[0]
        db.close()
        content = bytearray(self.site.database.read_bytes())
        name = b"name%dX" % (MEMBERS - 100)
        at = content.find(name)
        self.assertGreater(at, 0)
        while at >= 0:  # in the table, and in its index
            begin = at - at % page_size
            content[begin:begin + page_size] = bytes(page_size)
            at = content.find(name)
        self.site.database.write_bytes(content)
        self.scim = self.site.start_scim()

    def test_the_client_sees_that_it_is_not_whole(self):
        self.site.start_nginx(server_extra="""location /once/ {
            include fastcgi_params; fastcgi_pass scim_fcgi; fastcgi_keep_conn off;
            fastcgi_param REQUEST_URI /scim/v2%s; }""" % self.path)
        for _ in range(3):  # and scim-fcgi goes on
            with self.assertRaises(http.client.IncompleteRead) as broken:
                self.site.http("GET", self.path)
            self.assertGreater(len(broken.exception.partial), 100000)
            self.assertTrue(broken.exception.partial.startswith(b'{"schemas"'))
        self.assertEqual(self.site.http("GET", self.path + "?attributes=id").status, 200)
        self.assertIn("broken off", self.scim.log.read_text())
        # nginx takes the end of a connection for that of the answer if it is not to be kept: nothing is sent too early.
        harness.check_error(self, self.site.http("GET", "//once/"), 503)

    def test_there_is_no_end_of_the_request(self):
        with FastCgi(self.site.socket) as web, self.assertRaises(EOFError):
            web.request("GET", self.path, self.site.token)


if __name__ == "__main__":
    unittest.main(verbosity=2)
