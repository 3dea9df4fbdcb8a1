# SPDX-License-Identifier: MIT
"""scimctl patch-test: a PATCH on a resource, offline. All cases of the file go through the same functions in the unit tests of
core; here some of each kind, and what only the program does."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import ERROR_URN, ROOT, SCIMCTL, USER_URN

CASES = json.loads((ROOT / "tests/data/scim/patch-cases.json").read_text())["cases"]
PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TYPES = {"User": "users", "Group": "groups"}
ADA = {"schemas": [USER_URN], "id": "p1", "userName": "ada", "title": "Countess", "active": True,
       "emails": [{"value": "a@x", "type": "work", "primary": True}]}


def sample():
    """One case of each kind: type, operation, and form of the path or error."""
    found = {}
    for case in CASES:
        if case["resourceType"] not in TYPES or "ops" not in case:
            continue
        last = case["ops"][-1] if isinstance(case["ops"][-1], dict) else {}
        path = str(last.get("path") or "")
        form = "none" if not path else "filter" if "[" in path else "urn" if path.startswith("urn:") else "dot" if "." in path else "name"
        error = case["expect"].get("error", {}).get("scimType")
        found.setdefault((case["resourceType"], str(last.get("op")).lower(), error or form), case)
    return list(found.values())


def comparable(value):
    """As the file's "about" says: empty is missing, not primary is nothing, lists are in any order."""
    if isinstance(value, dict):
        parts = {k: comparable(v) for k, v in value.items() if k != "meta" and not (k == "primary" and v is False)}
        return {k: v for k, v in parts.items() if v not in (None, [], {})}
    if isinstance(value, list):
        return sorted((comparable(v) for v in value), key=json.dumps)
    return value


class PatchTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "ada.json").write_text(json.dumps(ADA))

    def run_cli(self, *arguments, status=0, stdin="", config=""):
        done = subprocess.run([SCIMCTL, "patch-test", *arguments], input=stdin, capture_output=True, text=True, timeout=60, cwd=self.folder,
                              env={**os.environ, "SCIMCTL_CONFIG": config})
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def patch(self, *operations, resource="ada.json", options=(), **rest):
        message = {"schemas": [PATCH_URN], "Operations": list(operations)}
        return self.run_cli("users", "-", *([resource] if resource else []), *options, stdin=json.dumps(message), **rest)

    def test_cases(self):
        cases = sample()
        self.assertGreater(len(cases), 25)
        for case in cases:
            with self.subTest(case["id"], why=case["why"]):
                (self.folder / "resource.json").write_text(json.dumps(case["resource"]))
                message = json.dumps({"schemas": [PATCH_URN], "Operations": case["ops"]})
                error = case["expect"].get("error")
                done = self.run_cli(TYPES[case["resourceType"]], "-", "resource.json", "-o", "json", stdin=message, status=2 if error else 0)
                if error:
                    said = json.loads(done.stderr)
                    self.assertEqual(said["status"], "400")
                    self.assertIn(said["scimType"], [error["scimType"], *error.get("scimTypeAlt", [])])
                    continue
                self.assertEqual(comparable(json.loads(done.stdout)), comparable(case["expect"]))
                self.assertEqual("changes nothing" in done.stderr, not case["modified"])

    def test_errors_name_operation_and_file(self):
        good = {"op": "replace", "path": "title", "value": "T"}
        message = {"schemas": [PATCH_URN], "Operations": [good, {"op": "replace", "path": "userNmae", "value": "s3cret"}]}
        (self.folder / "patch.json").write_text(json.dumps(message))
        done = self.run_cli("users", "patch.json", "ada.json", status=2)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr, 'scimctl: Operations[1].path: unknown attribute "userNmae" at 0, did you mean "userName"? (invalidPath)\n'
                                      "  operation 2 of patch.json: replace userNmae\n")
        said = json.loads(self.run_cli("users", "patch.json", "ada.json", "-o", "json", status=2).stderr)
        self.assertEqual((said["schemas"], said["status"], said["scimType"]), ([ERROR_URN], "400", "invalidPath"))
        self.assertIn("operation 2 of patch.json", said["detail"])
        # What is found when all is done.
        done = self.patch(good, {"op": "remove", "path": "userName"}, good, status=2)
        self.assertIn("userName: is required (mutability)\n  operation 2 of standard input: remove userName", done.stderr)
        self.assertIn("\n  standard input\n", self.patch(status=2).stderr)
        (self.folder / "bad.json").write_text('{"userName": "ada", "emails": "x"}')
        self.assertIn("bad.json: emails: must be an array", self.patch(good, resource="bad.json", status=2).stderr)
        (self.folder / "bad.json").write_text("{")
        self.assertIn("bad.json:1:2: not JSON: ", self.patch(good, resource="bad.json", status=2).stderr)
        self.assertIn("nosuch.json", self.run_cli("users", "nosuch.json", status=2).stderr)
        self.run_cli("users", "-", "-", status=2)

    def test_without_a_resource_it_is_empty(self):
        done = self.patch({"op": "add", "value": {"userName": "eve", "password": "s3cret"}}, resource=None)
        self.assertEqual(json.loads(done.stdout), {"schemas": [USER_URN], "userName": "eve"})

    def test_differences(self):
        operations = ({"op": "replace", "path": "title", "value": "Analyst"}, {"op": "add", "path": "password", "value": "s3cret"})
        for option in ("--diff", "--dry-run"):
            done = self.patch(*operations, options=(option,))
            self.assertEqual(done.stdout, 'PATCH User\n- title: "Countess"\n+ title: "Analyst"\n+ password: "(not shown)"\n')
        rows = json.loads(self.patch(*operations, options=("--diff", "-o", "json")).stdout)["differences"]
        self.assertEqual([(row["kind"], row["path"]) for row in rows], [("removed", "title"), ("added", "title"), ("added", "password")])
        done = self.patch({"op": "replace", "path": "title", "value": "Countess"}, options=("--diff",))
        self.assertIn("no difference", done.stdout)
        self.assertEqual(done.stderr, "scimctl: the patch changes nothing\n")

    def test_tolerances_are_named(self):
        entra = {"op": "Replace", "path": "active", "value": "False"}
        done = self.patch(entra)
        self.assertIs(json.loads(done.stdout)["active"], False)
        self.assertEqual([line.split(": ")[2] for line in done.stderr.splitlines()], ["string-boolean", "capitalised-op"])
        self.assertEqual(self.patch(entra, options=("-q",)).stderr, "")
        done = self.patch(entra, options=("--dialect", "rfc"), status=2)
        self.assertIn("with --dialect any the patch is taken:", done.stderr)
        self.assertIn("capitalised-op", done.stderr)
        self.assertIn("Operations[0].op: must be add, remove or replace (invalidSyntax)", done.stderr)
        (self.folder / "strict.toml").write_text("strict = true\n")
        self.patch(entra, status=2, config="strict.toml")
        self.patch(entra, options=("--dialect", "entra"), config="strict.toml")

    def test_schemas_of_the_configuration(self):
        config = self.folder / "badge.toml"
        config.write_text('schemas = ["%s"]\nresource_types = ["%s"]\n' % (ROOT / "tests/data/schemas/BadgeUser.json", ROOT / "tests/data/schemas/types-user.json"))
        schema = json.loads((ROOT / "tests/data/schemas/BadgeUser.json").read_text())
        operation = {"op": "add", "path": schema["id"] + ":number", "value": 7}
        self.assertIn("invalidPath", self.patch(operation, status=2).stderr)
        after = json.loads(self.patch(operation, config=str(config)).stdout)
        self.assertEqual((after[schema["id"]], after["schemas"]), ({"number": 7}, [USER_URN, schema["id"]]))

    def test_what_is_read_stays(self):
        """What the server writes itself, in the case of the schema, and what the type does not have."""
        resource = {**ADA, "USERNAME": "ada", "nosuch": 1, "groups": [{"value": "g1", "display": "Staff"}],
                    "meta": {"resourceType": "User", "version": 'W/"1"'}, ENTERPRISE: {"manager": {"value": "m1", "displayName": "Boss"}, "division": None}}
        del resource["userName"]
        (self.folder / "full.json").write_text(json.dumps(resource))
        done = self.patch({"op": "replace", "path": ENTERPRISE + ":department", "value": "IT"}, resource="full.json")
        after = json.loads(done.stdout)
        self.assertEqual(after[ENTERPRISE], {"manager": {"value": "m1", "displayName": "Boss"}, "department": "IT"})
        self.assertEqual((after["userName"], after["groups"], after["meta"]), ("ada", resource["groups"], resource["meta"]))
        self.assertEqual(after["schemas"], [USER_URN, ENTERPRISE])
        self.assertIn('full.json: passed over "nosuch"', done.stderr)
        rows = self.patch({"op": "remove", "path": "title"}, options=("-o", "csv", "--columns", "userName,title")).stdout
        self.assertEqual(rows, "userName,title\nada,\n")


unittest.main()
