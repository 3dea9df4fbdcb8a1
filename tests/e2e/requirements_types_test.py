# SPDX-License-Identifier: MIT
"""Requirements that no attribute of User and Group shows: by a Widget, which has every data type, mutability and `returned`,
and by a User whose extension is required. Both are declared in the configuration."""
import unittest

from harness import ROOT, user
from served import ENTERPRISE_URN, PATCH_URN, Served, op

DATA = ROOT / "tests/data/scim"
WIDGET_URN = "urn:example:params:scim:schemas:2.0:Widget"


class Types(Served):
    CONFIG = 'schemas = ["%s/Widget.json"]\nresource_types = ["%s/widget-types.json"]\n' % (DATA, DATA)

    def widget(self, **more):
        return {"schemas": [WIDGET_URN], "label": self.name(), **more}

    def make_widget(self, **more):
        return self.post("/Widgets", self.widget(**more))

    # Requirements: P-10, D-11, D-12, D-15
    def test_it_is_discovered(self):
        kind = self.get("/ResourceTypes/Widget")
        self.assertEqual((kind["endpoint"], kind["schema"]), ("/Widgets", WIDGET_URN))
        self.assertEqual(self.get("/Schemas/" + WIDGET_URN)["id"], WIDGET_URN)
        self.assertEqual(self.get("/Widgets", count="0")["Resources"], [])

    # Requirements: T-1, T-9, T-13, T-14
    def test_common_attributes_are_there_for_every_type(self):
        made = self.make_widget(externalId="X")
        self.assertEqual((made["externalId"], made["meta"]["resourceType"]), ("X", "Widget"))
        self.assertEqual(made["meta"]["location"], self.base + "/Widgets/" + made["id"])
        self.assertEqual(self.get("/Widgets/" + made["id"]), made)
        self.assertEqual(self.found('externalId eq "X" and meta.resourceType eq "Widget"', "/Widgets"), [made["id"]])

    # Requirements: H-15, U-5, R-5
    def test_immutable(self):
        made = self.make_widget(serial="S1")
        path = "/Widgets/" + made["id"]
        self.refused(400, "mutability", "PUT", path, self.widget(serial="S2"))
        for operation in (op("replace", "serial", "S2"), op("remove", "serial"), op("add", None, {"serial": "S2"})):
            self.refused(400, "mutability", "PATCH", path, {"schemas": [PATCH_URN], "Operations": [operation]})
        self.assertEqual(self.get(path), made)
        for sent in ({"serial": "S1"}, {}):
            self.assertEqual(self.ask(200, "PUT", path, self.widget(**sent)).json()["serial"], "S1")
        later = "/Widgets/" + self.make_widget()["id"]
        self.assertEqual(self.patch(later, op("add", "serial", "S3")).json()["serial"], "S3")
        self.refused(400, "mutability", "PUT", later, self.widget(serial="S4"))

    # Requirements: H-17, A-3
    def test_returned_always(self):
        path = "/Widgets/" + self.make_widget(kind="round")["id"]
        for parameters in ({}, {"attributes": "label"}, {"excludedAttributes": "kind,label"}):
            self.assertEqual(self.get(path, **parameters)["kind"], "round")

    # Requirements: H-20, A-10
    def test_returned_on_request(self):
        made = self.make_widget(note="a note")
        self.assertEqual(made["note"], "a note")
        path = "/Widgets/" + made["id"]
        self.assertNotIn("note", self.get(path))
        self.assertEqual(self.get(path, attributes="note")["note"], "a note")
        self.assertEqual(self.patch(path, op("replace", "note", "another")).json()["note"], "another")
        self.assertNotIn("note", self.patch(path, op("replace", "count", 1)).json())
        self.assertNotIn("note", self.get("/Widgets")["Resources"][0])

    # Requirements: H-14, H-18
    def test_read_only_and_never_returned(self):
        made = self.make_widget(status="mine", secret="s3cret")
        path = "/Widgets/" + made["id"]
        for got in (made, self.get(path), self.get(path, attributes="secret,status")):
            self.assertFalse({"status", "secret"} & got.keys(), got)
        self.refused(400, "mutability", "PATCH", path,
                     {"schemas": [PATCH_URN], "Operations": [op("replace", "status", "mine")]})

    # Requirements: H-4, H-5, H-6, H-7
    def test_data_types(self):
        good = {"count": 7, "weight": 3.5, "enabled": True, "builtAt": "2020-02-29T12:00:00+01:00", "blob": "AAEC"}
        made = self.make_widget(**good)
        self.assertEqual({k: self.get("/Widgets/" + made["id"])[k] for k in good}, good)
        self.each(((("count", b"1.5"), ("count", b"1e2"), ("count", b'"7"'), ("weight", b'"3"'), ("enabled", b"1"),
                    ("builtAt", b'"2020-02-29"'), ("builtAt", b'"2021-02-29T00:00:00Z"'), ("blob", b'"a b"'))),
                  lambda name, value: self.refused(400, "invalidValue", "POST", "/Widgets",
                                                   b'{"schemas": ["%s"], "label": "x", "%s": %s}' % (
                                                       WIDGET_URN.encode(), name.encode(), value)))

    # Requirements: C-9, EX-5
    def test_an_extension_that_is_required(self):
        self.assertEqual(self.get("/ResourceTypes/User")["schemaExtensions"], [{"schema": ENTERPRISE_URN, "required": True}])
        self.refused(400, "invalidValue", "POST", "/Users", user(self.name()))
        self.refused(400, "invalidValue", "POST", "/Users", user(self.name(), **{ENTERPRISE_URN: {}}))
        made = self.post("/Users", user(self.name(), **{ENTERPRISE_URN: {"department": "Tour"}}))
        self.refused(400, "invalidValue", "PUT", "/Users/" + made["id"], user(self.name()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
