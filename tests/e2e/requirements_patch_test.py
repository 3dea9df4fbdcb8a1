# SPDX-License-Identifier: MIT
"""Chapter PA of the requirements through HTTP: what the stored resource is afterwards. Every rule of a single operation is
in tests/data/scim/patch-cases.json."""
import unittest

from harness import check_error
from served import ENTERPRISE_URN, PATCH_URN, Served, group, op, patch_body

WORK, HOME = {"value": "a@work.example", "type": "work"}, {"value": "a@home.example", "type": "home"}


class Patch(Served):
    def refuse(self, scim_type, path, body):
        """A 400 that changes nothing."""
        before = self.get(path)
        self.refused(400, scim_type, "PATCH", path, body)
        self.assertEqual(self.get(path), before)

    def refuse_operation(self, scim_type, path, *operations):
        self.refuse(scim_type, path, patch_body(*operations))

    # Requirements: PA-2, PA-3, PA-4, R-6
    def test_the_message(self):
        path = "/Users/" + self.make()["id"]
        good = op("replace", "title", "x")
        for body in ({"Operations": [good]}, {"schemas": [], "Operations": [good]}, {"schemas": [PATCH_URN]},
                     {"schemas": [PATCH_URN], "Operations": []}, {"schemas": [PATCH_URN], "Operations": good},
                     {"schemas": [PATCH_URN], "Operations": ["x"]}, {"schemas": [PATCH_URN], "Operations": [{"path": "title"}]},
                     {"schemas": [PATCH_URN], "Operations": [op("move", "title", "x")]},
                     {"schemas": [PATCH_URN], "Operations": [op("test", "title", "x")]}):
            with self.subTest(body):
                self.refuse("invalidSyntax", path, body)

    # Requirements: PA-5, PA-12, PA-17, PA-23, PA-24, PA-26, PA-27, R-5, R-7, R-8
    def test_operations_that_cannot_be(self):
        path = "/Users/" + self.make(title="Dr", emails=[WORK])["id"]
        self.each((
            ("noTarget", op("remove")),
            ("noTarget", op("replace", 'emails[type eq "other"].value', "x")),
            ("invalidValue", op("add", "title")),
            ("invalidValue", op("replace", "active", "perhaps")),
            ("invalidValue", op("replace", "emails", [dict(WORK, primary=True), dict(HOME, primary=True)])),
            ("mutability", op("remove", "userName")),
            ("mutability", {"op": "replace", "path": "userName", "value": None}),
            ("invalidValue", op("replace", "userName", "")),
            ("mutability", op("remove", "id")),
            ("mutability", op("replace", "meta.created", "2001-01-01T00:00:00Z")),
            ("invalidPath", op("replace", "emails[0]", "x")),
            ("invalidPath", op("replace", "emails[", "x")),
            ("invalidPath", op("replace", "userNmae", "x")),
            ("invalidPath", op("replace", None, {"userNmae": "x"})),
        ), lambda scim_type, operation: self.refuse_operation(scim_type, path, operation))

    # Requirements: PA-7, H-14
    def test_read_only(self):
        ada = self.make()
        path = "/Users/" + ada["id"]
        self.refuse_operation("mutability", path, op("replace", "id", "other"))
        self.refuse_operation("mutability", path, op("replace", None, {"id": "other"}))
        self.assertEqual(self.patch(path, op("replace", None, {"id": ada["id"], "title": "Dr"})).json()["title"], "Dr")

    # Requirements: PA-8, EX-4
    def test_each_operation_sees_the_one_before(self):
        path = "/Users/" + self.make()["id"]
        after = self.patch(path, op("add", "emails", [WORK]), op("add", 'emails[type eq "work"].display', "At work"),
                           op("replace", "title", "a"), op("replace", "title", "b"),
                           op("add", ENTERPRISE_URN + ":department", "Tour")).json()
        self.assertEqual(after["emails"], [dict(WORK, display="At work")])
        self.assertEqual(after["title"], "b")
        self.assertEqual((ENTERPRISE_URN in after["schemas"], after[ENTERPRISE_URN]), (True, {"department": "Tour"}))
        after = self.patch(path, op("remove", ENTERPRISE_URN + ":department")).json()
        self.assertNotIn(ENTERPRISE_URN, after["schemas"])

    # Requirements: PA-9
    def test_a_new_primary_takes_it_from_the_others(self):
        path = "/Users/" + self.make(emails=[dict(WORK, primary=True), HOME])["id"]
        after = self.patch(path, op("replace", 'emails[type eq "home"].primary', True)).json()
        self.assertEqual([e["type"] for e in after["emails"] if e.get("primary")], ["home"])
        after = self.patch(path, op("add", "emails", [{"value": "new@example.com", "primary": True}])).json()
        self.assertEqual([e["value"] for e in after["emails"] if e.get("primary")], ["new@example.com"])

    # Requirements: PA-10
    def test_all_or_nothing(self):
        path = "/Users/" + self.make()["id"]
        self.refuse_operation("noTarget", path, op("replace", "title", "Dr"), op("replace", 'emails[type eq "x"].value', "y"))

    # Requirements: PA-11, A-11
    def test_success_is_200_with_the_resource(self):
        ada = self.make()
        got = self.patch("/Users/" + ada["id"], op("replace", "title", "Dr"))
        self.assertEqual(got.json()["title"], "Dr")
        self.assertEqual((got.header("Location"), got.header("ETag")), (ada["meta"]["location"], got.json()["meta"]["version"]))
        got = self.patch("/Users/" + ada["id"] + "?attributes=title", op("replace", "title", "Ms"))
        self.assertEqual(set(got.json()), {"schemas", "id", "title"})

    # Requirements: PA-18
    def test_members_that_are_not_there_are_removed_already(self):
        ada, bob = self.make(), self.make()
        crew = self.post("/Groups", group(self.name(), ada["id"]))
        for operation in (op("remove", 'members[value eq "%s"]' % bob["id"]), op("remove", "members", [{"value": bob["id"]}])):
            self.assertEqual(self.patch("/Groups/" + crew["id"], operation).json(), crew)

    # Requirements: PA-29
    def test_a_resource_that_is_not_there(self):
        for body in (b"{", {}, {"schemas": [PATCH_URN], "Operations": [op("replace", "title", "x")]}):
            check_error(self, self.http("PATCH", "/Users/nobody", body), 404)


if __name__ == "__main__":
    unittest.main(verbosity=2)
