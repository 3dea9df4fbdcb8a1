# SPDX-License-Identifier: MIT
"""A Device type in the manner of RFC 9944, declared in the configuration: in the embedded store and beside the tables of a
Django application, through nginx, from the declaration to discovery and DELETE; and what happens when it is declared
wrongly or changes."""
import json
import sqlite3
import subprocess
import unittest
import urllib.parse

import harness
from harness import ROOT, Site, check_error, user

SCHEMAS = ROOT / "tests/data/schemas"
DEVICE = "urn:ietf:params:scim:schemas:core:2.0:Device"
BLE = "urn:ietf:params:scim:schemas:extension:ble:2.0:Device"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
DECLARED = "schemas = %s\nresource_types = %s\n" % (
    json.dumps([str(SCHEMAS / name) for name in ("Device.json", "BleDevice.json", "EndpointAppsDevice.json", "EndpointApp.json")]),
    json.dumps([str(SCHEMAS / "types-device.json")]))


def device(address, **more):
    return {"schemas": [DEVICE, BLE], "displayName": "Monitor " + address[-2:], "active": True,
            BLE: dict({"versionSupport": ["5.3"], "deviceMacAddress": address, "isRandom": False}, **more)}


class Store:
    """What holds whatever the store is."""
    first = ""

    def setUp(self):
        self.site = self.enterContext(Site(config=self.first + DECLARED))
        self.prepare()
        self.site.token
        self.site.start_scim()
        self.site.start_nginx()

    def prepare(self):
        pass

    def ok(self, status, method, path, body=None):
        answer = self.site.http(method, path, body)
        self.assertEqual(answer.status, status, answer)
        return answer.json() if answer.body else None

    def find(self, text):
        found = self.ok(200, "GET", "/Devices?filter=" + urllib.parse.quote(text))
        return [resource["displayName"] for resource in found["Resources"]]

    # Requirements: D-11, D-12, D-16
    def test_discovery(self):
        types = {t["name"]: t for t in self.ok(200, "GET", "/ResourceTypes")["Resources"]}
        self.assertEqual(types["Device"]["endpoint"], "/Devices")
        self.assertEqual(types["Device"]["schemaExtensions"][0], {"schema": BLE, "required": True})
        self.assertTrue(types["Device"]["meta"]["location"].endswith("/ResourceTypes/Device"))
        ids = {s["id"] for s in self.ok(200, "GET", "/Schemas")["Resources"]}
        for kind in types.values():
            used = [kind["schema"]] + [extension["schema"] for extension in kind.get("schemaExtensions", [])]
            self.assertLessEqual(set(used), ids)

    # Requirements: C-1, C-2, C-7, C-9, EX-1, EX-4, EX-5, H-21
    def test_the_life_of_a_device(self):
        created = self.site.http("POST", "/Devices", device("2C:54:91:88:C9:E2"))
        self.assertEqual(created.status, 201, created)
        made = created.json()
        self.assertEqual(created.header("Location"), made["meta"]["location"])
        path = "/Devices/" + made["id"]
        self.ok(201, "POST", "/Devices", device("2C:54:91:88:C9:E3", isRandom=True))
        check_error(self, self.site.http("POST", "/Devices", device("2c:54:91:88:c9:e2")), 409, "uniqueness")
        without = device("2C:54:91:88:C9:E4")
        del without[BLE]
        check_error(self, self.site.http("POST", "/Devices", without), 400, "invalidValue")

        self.assertEqual(self.find(BLE + ':deviceMacAddress eq "2c:54:91:88:c9:e2"'), ["Monitor E2"])
        self.assertEqual(self.find(BLE + ':isRandom eq true and displayName sw "moni"'), ["Monitor E3"])
        changed = self.ok(200, "PATCH", path, {"schemas": [PATCH], "Operations": [
            {"op": "add", "path": BLE + ":pairingMethods", "value": ["urn:example:JustWorks"]},
            {"op": "replace", "path": "active", "value": False}]})
        self.assertEqual(changed[BLE]["pairingMethods"], ["urn:example:JustWorks"])
        self.assertNotEqual(changed["meta"]["version"], made["meta"]["version"])
        replaced = self.ok(200, "PUT", path, device("2C:54:91:88:C9:E9"))
        self.assertNotIn("pairingMethods", replaced[BLE])
        self.ok(204, "DELETE", path)
        self.ok(404, "GET", path)
        self.ok(201, "POST", "/Devices", device("2C:54:91:88:C9:E9"))

    def test_users_and_groups_are_served_too(self):
        made = self.ok(201, "POST", "/Users", user("turing"))
        self.assertEqual(self.ok(200, "GET", "/Users/" + made["id"])["userName"], "turing")

    def test_a_definition_grows_and_a_wrong_one_is_refused(self):
        self.ok(201, "POST", "/Devices", device("2C:54:91:88:C9:E2"))
        schema = json.loads((SCHEMAS / "Device.json").read_text())
        schema["attributes"].append({"name": "shelf", "type": "string", "uniqueness": "server"})
        grown = self.site.directory / "Device.json"
        grown.write_text(json.dumps(schema))
        text = self.site.config.read_text()
        self.site.config.write_text(text.replace(str(SCHEMAS / "Device.json"), str(grown)))
        # A second process, as a restart that takes over from the first one.
        self.site.socket = str(self.site.directory / "t")
        self.site.start_scim()
        self.site.start_nginx()
        self.ok(201, "POST", "/Devices", dict(device("2C:54:91:88:C9:E5"), shelf="a1"))
        check_error(self, self.site.http("POST", "/Devices", dict(device("2C:54:91:88:C9:E6"), shelf="A1")), 409, "uniqueness")
        self.assertEqual(self.find('shelf eq "A1" or displayName ew "E2"'), ["Monitor E2", "Monitor E5"])

        schema["attributes"][-1]["type"] = "text"
        grown.write_text(json.dumps(schema))
        for program in ([harness.SCIM_FCGI, "--listen", "unix:" + str(self.site.directory / "u")], [harness.SCIMCTL, "check"]):
            done = subprocess.run(program + ["--config", str(self.site.config)], capture_output=True, text=True, timeout=harness.PATIENCE)
            self.assertNotEqual(done.returncode, 0, program)
            self.assertRegex(done.stdout + done.stderr, r"Device\.json: urn:\S+: attributes\[3\]: type must be one of string, ")


class Embedded(Store, unittest.TestCase):
    pass


class BesideDjango(Store, unittest.TestCase):
    first = 'mapping = "django"\n'

    def application(self):
        """The tables that are not ours: how they are made, and what they hold."""
        with sqlite3.connect(self.site.database) as connection:
            made = connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'scim%' AND name NOT LIKE '%_scim%' "
                                      "AND name NOT LIKE 'sqlite%' ORDER BY name").fetchall()
            tables = [name for name, sql in made if sql and sql.startswith("CREATE TABLE")]
            return made, {table: connection.execute('SELECT * FROM "%s"' % table).fetchall() for table in tables}

    def prepare(self):
        with sqlite3.connect(self.site.database) as connection:
            connection.executescript((ROOT / "tests/data/mapping/django.sql").read_text())
        self.before = self.application()

    def test_the_application_does_not_notice(self):
        self.ok(201, "POST", "/Devices", device("2C:54:91:88:C9:E2"))
        self.assertEqual(self.application(), self.before)
        with sqlite3.connect(self.site.database) as connection:
            self.assertEqual(connection.execute("SELECT count(*) FROM scim_type_device").fetchone(), (1,))
        self.assertIn("\n0 errors", self.site.scimctl("check"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
