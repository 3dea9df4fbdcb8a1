# SPDX-License-Identifier: MIT
"""Tokens whose clients speak a dialect, through nginx: what is taken, what is refused, and what an admin sees of it."""
import contextlib
import json
import os
import sqlite3
import subprocess
import unittest

import harness
from harness import Site, check_error, on_postgresql, user, wait_for

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CAPITALISED = {"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "title", "value": "Dr"}]}
ADA = "filter=userName%20eq%20%22ada%22"


class Dialects(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())
        self.tokens = {}

    def serve(self):
        self.scim = self.site.start_scim()
        self.site.start_nginx()
        made = self.site.http("POST", "/Users", user("ada"))
        self.assertEqual(made.status, 201, made)
        self.ada = "/Users/" + made.json()["id"]

    def make(self, name, *options):
        self.tokens[name] = self.site.scimctl("token", "create", name, *options).strip()

    def http(self, name, method, path, body=None):
        return self.site.http(method, path, body, {"Authorization": "Bearer " + self.tokens[name]}, token=None)

    def show(self, name):
        return json.loads(self.site.scimctl("token", "show", name, "-o", "json"))

    def uses(self, name):
        return {use["tolerance"]: use["requests"] for use in self.show(name)["tolerances"]}

    def test_each_token_has_its_dialect(self):
        self.make("entra", "--dialect", "entra")
        self.make("okta", "--dialect", "okta")
        self.make("strict", "--dialect", "rfc")
        self.make("other")
        self.serve()
        for name, patched, slash, ampersand in (("entra", 200, 200, 200), ("okta", 400, 404, 400), ("strict", 400, 404, 400),
                                                ("other", 200, 200, 200)):
            with self.subTest(name):
                self.assertEqual(self.http(name, "PATCH", self.ada, CAPITALISED).status, patched)
                self.assertEqual(self.http(name, "GET", "/Users/?" + ADA).status, slash)
                self.assertEqual(self.http(name, "GET", "/Users?%s&" % ADA).status, ampersand)
        check_error(self, self.http("strict", "PATCH", self.ada, CAPITALISED), 400, "invalidSyntax")

    def test_what_a_client_relies_on_is_counted(self):
        self.make("entra", "--dialect", "entra")
        self.serve()
        self.assertEqual(self.show("entra")["tolerances"], [])
        for _ in range(3):
            self.assertEqual(self.http("entra", "PATCH", self.ada, CAPITALISED).status, 200)
        self.assertEqual(self.http("entra", "GET", "/Users/").status, 200)
        self.assertEqual(self.http("entra", "GET", "/Users").status, 200)
        wait_for("the counts", lambda: self.uses("entra") == {"capitalised-op": 3, "trailing-slash": 1})
        table = self.site.scimctl("token", "show", "entra", "-o", "table")
        self.assertRegex(table, r"(?m)^capitalised-op +3 +20\d\d-")
        self.assertRegex(table, r"(?m)^entra .* entra ")
        self.assertRegex(self.site.scimctl("token", "show", "entra", "-o", "csv"), r"(?m)^capitalised-op,3,20\d\d-")

    def test_nothing_counted_is_lost_at_the_end(self):
        self.make("entra", "--dialect", "entra")
        self.serve()
        self.assertEqual(self.http("entra", "GET", "/Users/").status, 200)
        self.assertEqual(self.scim.stop(), 0)
        self.assertEqual(self.uses("entra"), {"trailing-slash": 1})

    @unittest.skipIf(on_postgresql(), "writers are not one after the other there")
    def test_reads_do_not_wait_for_a_busy_database(self):
        self.make("entra", "--dialect", "entra")
        self.serve()
        with contextlib.closing(sqlite3.connect(self.site.database, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            for _ in range(20):
                self.assertEqual(self.http("entra", "GET", "/Users/").status, 200)
            self.assertEqual(self.show("entra")["tolerances"], [])
            writer.execute("ROLLBACK")
        wait_for("the counts", lambda: self.uses("entra") == {"trailing-slash": 20})

    def test_update_holds_from_the_next_request_on(self):
        self.make("idp")
        self.serve()
        self.assertEqual(self.show("idp")["dialect"], "default")
        self.assertEqual(self.http("idp", "PATCH", self.ada, CAPITALISED).status, 200)
        self.site.scimctl("token", "update", "idp", "--dialect", "rfc")
        self.assertEqual(self.http("idp", "PATCH", self.ada, CAPITALISED).status, 400)
        self.site.scimctl("token", "update", "idp", "--dialect", "entra")
        self.assertEqual(self.http("idp", "PATCH", self.ada, CAPITALISED).status, 200)
        self.site.scimctl("token", "update", "idp", "--dialect", "default")
        self.assertEqual(self.show("idp")["dialect"], "default")

    def test_cgi_counts_too(self):
        self.make("entra", "--dialect", "entra")
        variables = dict(harness.cgi_variables("GET", "/Users/", self.tokens["entra"]))
        done = subprocess.run([harness.SCIM_FCGI, "--config", str(self.site.config)], capture_output=True, env={**os.environ, **variables},
                              stdin=subprocess.DEVNULL, timeout=harness.PATIENCE)
        self.assertIn(b"Status: 200", done.stdout)
        self.assertEqual(self.uses("entra"), {"trailing-slash": 1})


class Strict(unittest.TestCase):
    def test_strict_is_for_those_without_a_dialect(self):
        with Site("strict = true\nunknown = \"reject\"\n") as site:
            lenient = site.scimctl("token", "create", "lenient", "--dialect", "any").strip()
            site.start_scim()
            site.start_nginx()
            self.assertEqual(site.http("GET", "/Users/").status, 404)
            self.assertEqual(site.http("GET", "/Users/", headers={"Authorization": "Bearer " + lenient}, token=None).status, 200)
            check_error(self, site.http("POST", "/Users", user("ada", userNmae="x")), 400, "invalidSyntax")
            site.scimctl("create", "users", "--user-name", "bob")
            site.scimctl("patch", "users", "userName=bob", "--set", 'emails[type eq "work"].value=b@x')


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())

    def run_scimctl(self, *arguments):
        return subprocess.run([harness.SCIMCTL, *arguments, "--config", str(self.site.config)], capture_output=True, text=True,
                              timeout=harness.PATIENCE, stdin=subprocess.DEVNULL)

    def test_list_shows_dialect_and_user(self):
        self.site.scimctl("create", "users", "--user-name", "ada")
        self.site.scimctl("token", "create", "okta", "--dialect", "okta", "--user", "ada")
        self.site.scimctl("token", "create", "plain")
        rows = {row["name"]: (row["dialect"], row["user"]) for row in json.loads(self.site.scimctl("token", "list", "-o", "json"))}
        self.assertEqual(rows, {"okta": ("okta", "ada"), "plain": ("default", None)})
        self.site.scimctl("token", "update", "okta", "--user", "")
        self.assertIsNone(json.loads(self.site.scimctl("token", "show", "okta", "-o", "json"))["user"])

    def test_a_user_who_is_not_there_is_a_warning(self):
        self.site.scimctl("create", "users", "--user-name", "ada")
        self.assertNotIn("no user", self.run_scimctl("token", "create", "a", "--user", "ADA").stderr)
        made = self.run_scimctl("token", "create", "b", "--user", 'no"body')
        self.assertEqual(made.returncode, 0)
        self.assertIn("no user", made.stderr)

    def test_misuse(self):
        self.site.scimctl("token", "create", "a")
        for arguments, code, word in ((("create", "b", "--dialect", "klingon"), 2, "not one of"), (("update", "a"), 2, "--dialect"),
                                      (("update", "none", "--dialect", "rfc"), 3, "no token"), (("show", "none"), 3, "no token"),
                                      (("create", "c", "--user", "a\nb"), 2, "userName")):
            with self.subTest(arguments):
                done = self.run_scimctl("token", *arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(word, done.stderr)

    def test_dialects_are_a_table(self):
        rows = json.loads(self.site.scimctl("token", "dialects", "-o", "json"))
        row = next(row for row in rows if row["tolerance"] == "string-boolean")
        self.assertEqual([row[dialect] for dialect in ("rfc", "entra", "okta", "any")], [False, True, False, True])
        self.assertFalse(self.site.database.exists())


if __name__ == "__main__":
    unittest.main()
