# SPDX-License-Identifier: MIT
"""The embedded store through nginx, for tests of what a client sees: one server for each class of tests."""
import unittest
import urllib.parse

import harness
from harness import Site, check_error, user

GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def group(name, *members):
    return {"schemas": [GROUP_URN], "displayName": name, "members": [{"value": m} for m in members]}


def op(word, path=None, value=None):
    """One operation of a PATCH."""
    return {k: v for k, v in (("op", word), ("path", path), ("value", value)) if v is not None}


def patch_body(*operations):
    return {"schemas": [PATCH_URN], "Operations": list(operations)}


def address(path, **parameters):
    return path + "?" + urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote) if parameters else path


class Served(unittest.TestCase):
    CONFIG = ""

    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site(config=cls.CONFIG))
        cls.scim = cls.site.start_scim()
        cls.site.start_nginx()
        cls.site.token
        cls.base = "http://127.0.0.1:%d%s" % (cls.site.port, harness.BASE)

    def setUp(self):
        self.made = 0

    def name(self):
        """One that nobody has."""
        self.made += 1
        return "%s-%d" % (self.id().rpartition(".")[2].removeprefix("test_").replace("_", "-"), self.made)

    def http(self, *arguments, **options):
        return self.site.http(*arguments, **options)

    def ask(self, status, method, path, body=None, **options):
        got = self.http(method, path, body, **options)
        self.assertEqual(got.status, status, got)
        return got

    def get(self, path, headers=None, **parameters):
        """What a query answers; with headers, those are all that says who asks."""
        who = {"token": None, "headers": headers} if headers else {}
        return self.ask(200, "GET", address(path, **parameters), **who).json()

    def post(self, path, body):
        return self.ask(201, "POST", path, body).json()

    def make(self, **more):
        """A user with a name of its own."""
        return self.post("/Users", user(more.pop("userName", None) or self.name(), **more))

    def patch(self, path, *operations, status=200):
        return self.ask(status, "PATCH", path, patch_body(*operations))

    def found(self, filter_text, path="/Users", **parameters):
        """The ids that a filter finds."""
        return [r["id"] for r in self.get(path, filter=filter_text, **parameters)["Resources"]]

    def refused(self, status, scim_type, method, path, body=None, **options):
        got = self.http(method, path, body, **options)
        check_error(self, got, status)
        self.assertEqual(got.json().get("scimType"), scim_type, got)
        return got

    def each(self, cases, check):
        """check(*case) for each of them, as a subTest."""
        for case in cases:
            with self.subTest(case):
                check(*case)
