# SPDX-License-Identifier: MIT
"""tests/data/scim/http-cases.json through nginx, each case with a user of its own.

Placeholders: {id} {escaped_id} {userName} {USERNAME} {etag} {strong_etag} {json_etag} of that user; {other} a second one's name; {deleted}
{deleted_name} one that was deleted; {new} a name that is free; {token} {read_only}; {long} 40,000 bytes; {many} 1,001 operations.
Members of a case: headers (null: not sent), body (JSON) or raw (text, or {"latin1": text}) or size (bytes of blanks);
expected: status (or a list), scimType, expect (header: pattern, null for absent), contains (parts of the body).
"""
import json
import unittest

import harness
from harness import ROOT, Site, check_error, user

DATA = json.loads((ROOT / "tests/data/scim/http-cases.json").read_text())


class HttpCases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site())
        cls.site.start_scim()
        cls.site.start_nginx()
        cls.names = {"token": cls.site.token, "read_only": cls.site.scimctl("token", "create", "reader", "--read-only").strip(),
                     "long": "a" * 40000, "many": ",".join(["0"] * 1001)}

    def make(self, name):
        made = self.site.http("POST", "/Users", user(name))
        self.assertEqual(made.status, 201, made)
        return made.json()["id"]

    def names_for(self, number, text):
        """What the case's placeholders stand for; makes only what it mentions."""
        names = dict(self.names, new="new-%d" % number, userName="user-%d" % number, USERNAME="USER-%d" % number,
                     other="other-%d" % number, deleted_name="deleted-%d" % number)
        if any(p in text for p in ("{id}", "{escaped_id}", "{userName}", "{USERNAME}")):
            names["id"] = self.make(names["userName"])
            names["etag"] = self.site.http("GET", "/Users/" + names["id"]).header("ETag")
            names["json_etag"] = names["etag"].replace('"', '\\"')
            names["strong_etag"] = names["etag"].removeprefix("W/")
            names["escaped_id"] = "%%%02x%s" % (ord(names["id"][0]), names["id"][1:])
        if "{other}" in text:
            self.make(names["other"])
        if "{deleted" in text:
            names["deleted"] = self.make(names["deleted_name"])
            self.assertEqual(self.site.http("DELETE", "/Users/" + names["deleted"]).status, 204)
        return names

    def body(self, case, fill):
        if "size" in case:
            return b" " * case["size"]
        if "body" in case:
            return fill(json.dumps(case["body"]))
        raw = case.get("raw")
        return raw["latin1"].encode("latin-1") if isinstance(raw, dict) else None if raw is None else fill(raw)

    def check(self, number, case):
        names = self.names_for(number, json.dumps(case))

        def fill(text):
            for name, value in names.items():
                text = text.replace("{%s}" % name, value)
            return text
        headers = {"Authorization": "Bearer " + self.site.token}
        body = self.body(case, fill)
        if body is not None:
            headers["Content-Type"] = harness.SCIM_TYPE
        for name, value in case.get("headers", {}).items():
            headers[name] = [fill(v) for v in value] if isinstance(value, list) else value and fill(value)
        sent = {k: v for k, v in headers.items() if v is not None}
        path = fill(case["path"])
        target = path[1:] if path.startswith("//") else harness.BASE + path
        got = harness.send("127.0.0.1", self.site.port, case["method"], target, body, sent, content_type=None)

        wanted = case["status"] if isinstance(case["status"], list) else [case["status"]]
        self.assertIn(got.status, wanted, got)
        if got.status >= 400 and case["method"] != "HEAD":
            check_error(self, got, got.status, case.get("scimType"))
        for name, pattern in case.get("expect", {}).items():
            if pattern is None:
                self.assertIsNone(got.header(name), name)
            else:
                self.assertRegex(got.header(name) or "(no %s)" % name, fill(pattern))
        for part in case.get("contains", []):
            self.assertIn(fill(part), got.body.decode())

    def test_cases(self):
        for number, case in enumerate(DATA["cases"]):
            with self.subTest("%s %s %s" % (case["id"], case["method"], case["path"])):
                self.check(number, case)

    def test_every_row_is_somewhere(self):
        rows = {c["id"] for c in DATA["cases"]} | DATA["elsewhere"].keys()
        self.assertEqual(sorted(rows), ["HC-%03d" % i for i in range(1, 148)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
