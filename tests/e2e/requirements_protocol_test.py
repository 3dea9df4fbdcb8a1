# SPDX-License-Identifier: MIT
"""Chapters P, AU, D, R, V and SEC of the requirements, as far as a client sees them."""
import json
import unittest
import urllib.parse

import harness
from harness import ERROR_URN, SCIM_TYPE, USER_URN, check_error, user
from served import ENTERPRISE_URN, GROUP_URN, LIST_URN, PATCH_URN, Served, group, op

CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"
TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
DISCOVERY = ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas")
SCHEMAS = harness.ROOT / "core/schemas"


class Protocol(Served):
    # Requirements: P-1, P-2, P-3
    def test_answers_are_scim_json_whatever_json_is_asked_for(self):
        for accept in (None, SCIM_TYPE, "application/json", "*/*"):
            got = self.ask(200, "GET", "/Users", headers={"Accept": accept} if accept else {})
            self.assertEqual(got.header("Content-Type").split(";")[0], SCIM_TYPE)
            self.assertEqual(got.json()["schemas"], [LIST_URN])

    # Requirements: P-4, P-5
    def test_bodies_are_json_in_utf8(self):
        for content_type in (SCIM_TYPE, "application/json"):
            made = self.ask(201, "POST", "/Users", user(self.name(), displayName="Zoë 漢字 𝄞"),
                            headers={"Content-Type": content_type}).json()
            self.assertEqual(self.get("/Users/" + made["id"])["displayName"], "Zoë 漢字 𝄞")
        self.refused(415, None, "POST", "/Users", user(self.name()), headers={"Content-Type": "text/xml"})

    # Requirements: P-6, P-7, P-12, R-1
    def test_everything_says_what_it_is(self):
        ada = self.make()
        crew = self.post("/Groups", group(self.name()))
        for path, urn in (("/Users/" + ada["id"], USER_URN), ("/Groups/" + crew["id"], GROUP_URN), ("/Users", LIST_URN),
                          ("/ServiceProviderConfig", CONFIG_URN), ("/Schemas/" + USER_URN, SCHEMA_URN),
                          ("/ResourceTypes/User", TYPE_URN)):
            self.assertIn(urn, self.get(path)["schemas"])
        for status, method, path, body in ((404, "GET", "/Users/nobody", None), (400, "POST", "/Users", {}),
                                           (405, "DELETE", "/Users", None), (409, "POST", "/Users", user(ada["userName"]))):
            got = self.http(method, path, body)
            check_error(self, got, status)
            self.assertTrue(got.json()["detail"])

    # Requirements: P-8
    def test_messages_have_no_schema(self):
        for schema in self.get("/Schemas")["Resources"]:
            self.assertFalse(schema["id"].startswith("urn:ietf:params:scim:api:"))
        for urn in (ERROR_URN, LIST_URN, PATCH_URN):
            self.refused(404, None, "GET", "/Schemas/" + urn)

    # Requirements: P-9, H-14, C-4, T-2, T-8
    def test_the_answer_is_what_is_stored(self):
        sent = user(self.name(), id="mine", meta={"created": "2001-01-01T00:00:00Z", "resourceType": "Group"},
                    groups=[{"value": "staff"}])
        made = self.post("/Users", sent)
        self.assertNotEqual(made["id"], "mine")
        self.assertNotIn("groups", made)
        self.assertEqual(made["meta"]["resourceType"], "User")
        self.assertFalse(made["meta"]["created"].startswith("2001"))
        self.assertEqual(self.get("/Users/" + made["id"]), made)

    # Requirements: P-10
    def test_each_endpoint_of_the_resource_types_answers(self):
        endpoints = [t["endpoint"] for t in self.get("/ResourceTypes")["Resources"]]
        self.assertEqual(sorted(endpoints), ["/Groups", "/Users"])
        for endpoint in endpoints:
            self.assertEqual(self.get(endpoint)["schemas"], [LIST_URN])

    # Requirements: P-13
    def test_unknown_parameters_are_ignored(self):
        self.assertEqual(self.get("/Users", foo="bar", fields="x")["schemas"], [LIST_URN])

    # Requirements: P-15
    def test_attribute_names_have_no_case(self):
        made = self.post("/Users", {"SCHEMAS": [USER_URN], "USERNAME": self.name(), "NAME": {"GIVENNAME": "Ada"}})
        self.assertEqual((made["userName"], made["name"]), (self.name().replace("-2", "-1"), {"givenName": "Ada"}))

    # Requirements: P-17, P-18, P-19, EX-2
    def test_schemas_of_a_resource(self):
        unknown = "urn:ietf:params:scim:schemas:extension:unknown:2.0:User"
        for urns in ([USER_URN, USER_URN], [USER_URN, unknown], [USER_URN, ENTERPRISE_URN]):
            made = self.post("/Users", {"schemas": urns, "userName": self.name()})
            self.assertEqual(made["schemas"], [USER_URN])
        for urns in (None, [], [ENTERPRISE_URN], [GROUP_URN]):
            self.refused(400, "invalidSyntax", "POST", "/Users", {"schemas": urns, "userName": self.name()})

    # Requirements: P-20, R-6
    def test_bodies_that_are_no_objects(self):
        ada = "/Users/" + self.make()["id"]
        for body in (b"[]", b"{", b"", b"null", b'"x"', b"{} {}"):
            for method, path in (("POST", "/Users"), ("PUT", ada), ("PATCH", ada)):
                with self.subTest(method=method, body=body):
                    self.refused(400, "invalidSyntax", method, path, body)

    # Requirements: P-22
    def test_no_member_twice(self):
        for twice in (b'"userName": "b"', b'"USERNAME": "b"'):
            body = b'{"schemas": ["%s"], "userName": "a", %s}' % (USER_URN.encode(), twice)
            self.refused(400, "invalidSyntax", "POST", "/Users", body)

    # Requirements: P-23, C-13, R-9, H-3
    def test_values_of_another_shape(self):
        for member in ({"emails": {"value": "a@x"}}, {"emails": "a@x"}, {"name": "Ada"}, {"title": ["Dr"]}, {"title": 5},
                       {"active": "maybe"}, {"active": 1}, {"name": [{"givenName": "Ada"}]}):
            with self.subTest(member):
                self.refused(400, "invalidValue", "POST", "/Users", user(self.name(), **member))


class Authentication(Served):
    # Requirements: AU-1, AU-3, AU-4
    def test_without_credentials(self):
        got = self.http("GET", "/Users", token=None)
        check_error(self, got, 401)
        self.assertEqual(got.header("WWW-Authenticate"), 'Bearer realm="scim"')

    # Requirements: AU-4
    def test_challenges_say_what_was_wrong(self):
        reader = self.site.scimctl("token", "create", "reader", "--read-only").strip()
        for status, token, error in ((401, "wrong", "invalid_token"), (403, reader, "insufficient_scope")):
            got = self.http("POST", "/Users", user(self.name()), token=None, headers={"Authorization": "Bearer " + token})
            check_error(self, got, status)
            self.assertIn('error="%s"' % error, got.header("WWW-Authenticate") or "")
        token = "Bearer " + self.site.token
        check_error(self, self.http("GET", "/Users", token=None, headers={"Authorization": [token, token]}), 400)

    # Requirements: AU-5, AU-6
    def test_tokens_come_in_the_header_alone(self):
        self.ask(200, "GET", "/Users", token=None, headers={"Authorization": "bearer " + self.site.token})
        check_error(self, self.http("GET", "/Users?access_token=" + self.site.token, token=None), 401)

    # Requirements: AU-8, SEC-5
    def test_a_token_that_may_only_read(self):
        reader = {"Authorization": "Bearer " + self.site.scimctl("token", "create", "looks", "--read-only").strip()}
        ada = self.make()
        path = "/Users/" + ada["id"]
        self.ask(200, "GET", path, token=None, headers=reader)
        for method, target, body in (("POST", "/Users", user(self.name())), ("PUT", path, user(self.name())),
                                     ("PATCH", path, {"schemas": [PATCH_URN], "Operations": [op("remove", "title")]}),
                                     ("DELETE", path, None)):
            check_error(self, self.http(method, target, body, token=None, headers=reader), 403)
        self.assertEqual(self.get(path), ada)

    # Requirements: AU-12, PW-1, SEC-2
    def test_secrets_are_never_logged(self):
        wrong = "scim_0123456789abcdef_wrong"
        self.http("GET", "/Users", token=None, headers={"Authorization": "Bearer " + wrong})
        self.http("GET", "/Users?filter=userName%20eq%20%22pii@example.com%22")
        self.make(password="tr0ub4dor&3")
        self.refused(400, "invalidValue", "POST", "/Users", user(self.name(), password="", title=["tr0ub4dor&3"]))
        log = self.scim.log.read_text() + (self.site.directory / "nginx.log").read_text()
        for secret in (wrong, self.site.token, "pii@example.com", "tr0ub4dor&3"):
            self.assertNotIn(secret, log)


class PublicDiscovery(Served):
    CONFIG = "public_discovery = true\n"

    # Requirements: AU-9
    def test_the_schemes_can_be_read_before_one_has_any(self):
        got = self.ask(200, "GET", "/ServiceProviderConfig", token=None).json()
        self.assertTrue(got["authenticationSchemes"])
        self.ask(401, "GET", "/Users", token=None)


class Discovery(Served):
    def check_against_its_schema(self, attributes, value, where):
        """Types, and that what is required is there."""
        kinds = {"string": str, "boolean": bool, "integer": int, "reference": str, "complex": dict}
        for attribute in attributes:
            name = attribute["name"]
            if name not in value:
                self.assertFalse(attribute["required"], where + "." + name)
                continue
            elements = value[name] if attribute["multiValued"] else [value[name]]
            for element in elements:
                self.assertIs(type(element), kinds[attribute["type"]], where + "." + name)
                if attribute["type"] == "complex":
                    self.check_against_its_schema(attribute["subAttributes"], element, where + "." + name)

    # Requirements: D-1, D-2, D-3, D-4, D-16
    def test_service_provider_config(self):
        got = self.get("/ServiceProviderConfig")
        self.assertEqual(got["schemas"], [CONFIG_URN])
        self.assertEqual(got["meta"], {"resourceType": "ServiceProviderConfig", "location": self.base + "/ServiceProviderConfig"})
        definition = json.loads((SCHEMAS / "ServiceProviderConfig.json").read_text())
        self.check_against_its_schema(definition["attributes"], got, "config")
        for scheme in got["authenticationSchemes"]:
            self.assertIn(scheme["type"], ("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"))

    # Requirements: D-6, D-11, D-15
    def test_schemas(self):
        listed = self.get("/Schemas")
        self.assertEqual(listed["totalResults"], len(listed["Resources"]))
        ids = [s["id"] for s in listed["Resources"]]
        self.assertEqual(len(ids), len(set(ids)))
        for schema in listed["Resources"]:
            self.assertEqual(schema["schemas"], [SCHEMA_URN])
            self.assertEqual(schema["meta"], {"resourceType": "Schema", "location": self.base + "/Schemas/" + schema["id"]})
        for kind in self.get("/ResourceTypes")["Resources"]:
            for urn in [kind["schema"]] + [e["schema"] for e in kind.get("schemaExtensions", [])]:
                self.assertIn(urn, ids)

    # Requirements: D-7
    def test_one_schema(self):
        for spelt in (USER_URN, urllib.parse.quote(USER_URN, safe=""), USER_URN.upper()):
            self.assertEqual(self.get("/Schemas/" + spelt)["id"], USER_URN)
        self.refused(404, None, "GET", "/Schemas/urn:none")

    # Requirements: D-8, D-12, D-16
    def test_resource_types(self):
        listed = self.get("/ResourceTypes")
        self.assertEqual((listed["schemas"], listed["totalResults"]), ([LIST_URN], len(listed["Resources"])))
        for kind in listed["Resources"]:
            location = self.base + "/ResourceTypes/" + kind["name"]
            self.assertEqual(kind["meta"], {"resourceType": "ResourceType", "location": location})
            self.assertEqual(self.get("/ResourceTypes/" + kind["name"]), kind)
        users = self.get("/ResourceTypes/User")
        self.assertEqual((users["name"], users["endpoint"], users["schema"]), ("User", "/Users", USER_URN))
        self.assertEqual(users["schemaExtensions"], [{"schema": ENTERPRISE_URN, "required": False}])
        self.assertEqual(self.make()["meta"]["resourceType"], users["name"])
        self.refused(404, None, "GET", "/ResourceTypes/Nothing")

    # Requirements: D-9, D-10
    def test_parameters_of_queries(self):
        for path in ("/Schemas", "/ResourceTypes"):
            self.assertEqual(self.get(path, startIndex=2, count=1, sortBy="id"), self.get(path))
        for path in DISCOVERY:
            self.refused(403, None, "GET", path + "?filter=id%20pr")

    # Requirements: D-14
    def test_nothing_of_it_can_be_changed(self):
        for path in DISCOVERY + ("/Schemas/" + USER_URN, "/ResourceTypes/User"):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                got = self.refused(405, None, method, path, None if method == "DELETE" else {})
                self.assertEqual(got.header("Allow"), "GET, HEAD, OPTIONS")

    # Requirements: D-17, PA-1, PW-5
    def test_what_is_claimed_works(self):
        config = self.get("/ServiceProviderConfig")
        ada = self.make(password="first")
        path = "/Users/" + ada["id"]
        self.assertTrue(config["patch"]["supported"])
        self.patch(path, op("add", "title", "Dr"))
        self.assertTrue(config["filter"]["supported"])
        self.assertEqual(self.found('userName eq "%s"' % ada["userName"]), [ada["id"]])
        self.assertTrue(config["etag"]["supported"])
        self.assertEqual(self.http("GET", path, headers={"If-None-Match": "*"}).status, 304)
        self.assertTrue(config["changePassword"]["supported"])
        self.patch(path, op("replace", "password", "second"))


class Errors(Served):
    # Requirements
    def test_statuses_and_their_words(self):
        ada = self.make()
        path = "/Users/" + ada["id"]

        def changing(*operations):
            return {"schemas": [PATCH_URN], "Operations": list(operations)}
        self.each((
            (400, "invalidFilter", "GET", "/Users?filter=userName"),
            (400, "invalidFilter", "PATCH", path, changing(op("remove", "emails[active gt true]"))),
            (409, "uniqueness", "POST", "/Users", user(ada["userName"])),
            (400, "mutability", "PATCH", path, changing(op("replace", "id", "other"))),
            (400, "invalidSyntax", "POST", "/Users", {}),
            (400, "invalidPath", "PATCH", path, changing(op("replace", "emails[", "x"))),
            (400, "noTarget", "PATCH", path, changing(op("replace", 'emails[type eq "none"].value', "x"))),
            (400, "invalidValue", "POST", "/Users", user("")),
            (400, "invalidVers", "GET", "//scim/v3/Users"),
            (404, None, "GET", "/Users/nobody"),
            (405, None, "PUT", "/Users", user("x")),
            (406, None, "GET", "/Users", None, "Accept", "text/html"),
            (412, None, "DELETE", path, None, "If-Match", 'W/"stale"'),
            (413, None, "POST", "/Users", b" " * ((10 << 20) + 1)),
            (415, None, "POST", "/Users", user("x"), "Content-Type", "text/plain"),
            (501, None, "BREW", "/Users"),
        ), lambda status, word, method, target, body=None, name=None, value=None: self.refused(
            status, word, method, target, body, headers={name: value} if name else None))

    # Requirements: R-14
    def test_details_reveal_nothing(self):
        secret = self.make(title="Confidential")
        for method, path, body in (("POST", "/Users", user(secret["userName"])), ("GET", "/Users/x'%22--", None),
                                   ("GET", "/Users?filter=userName%20eq%20%22'%22%20or", None), ("POST", "/Users", b"{'")):
            text = self.http(method, path, body).body.decode()
            for word in ("Confidential", "SELECT", "sqlite", "constraint", "UNIQUE", str(self.site.directory), secret["id"]):
                self.assertNotIn(word, text)


class Versions(Served):
    # Requirements: V-1, V-2, V-4
    def test_with_and_without_a_version(self):
        ada = self.make()
        for path in ("//scim/v2/Users/", "//scim/Users/"):
            got = self.ask(200, "GET", path + ada["id"])
            self.assertEqual(got.json(), ada)
            self.assertEqual(got.header("Location"), ada["meta"]["location"])
        self.assertEqual(ada["meta"]["location"], self.base + "/Users/" + ada["id"])

    # Requirements: V-3, R-10
    def test_other_versions_are_refused(self):
        for version in ("v1", "v3", "v9"):
            self.refused(400, "invalidVers", "GET", "//scim/%s/Users" % version)


class Limits(Served):
    # Requirements: SEC-10
    def test_everything_is_bounded(self):
        self.each((
            (413, None, "POST", "/Users", b" " * ((10 << 20) + 1)),
            (400, "invalidSyntax", "POST", "/Users", b"[" * 5000 + b"]" * 5000),
            (414, None, "GET", "/Users?filter=" + "a" * 40000),
            (400, "invalidFilter", "GET", "/Users?filter=" + "(" * 1000 + "id%20pr" + ")" * 1000),
            (400, "invalidValue", "POST", "/Users", user("many", emails=[{"value": "a%d" % i} for i in range(20000)])),
            (400, "invalidSyntax", "PATCH", "/Users/" + self.make()["id"],
             {"schemas": [PATCH_URN], "Operations": [op("remove", "title")] * 1001}),
        ), self.refused)

    # Requirements: SEC-4
    def test_input_is_data_and_never_code(self):
        nasty = ("'; DROP TABLE users; --", '" or 1=1 --', "%", "_", "*", "${x}", "<script>", "a\\", "\u2028", "\U0001f600")
        for text in nasty:
            with self.subTest(text):
                made = self.make(displayName=text)
                quoted = json.dumps(text, ensure_ascii=False)
                self.assertEqual(self.found("displayName eq " + quoted), [made["id"]])
                self.assertEqual(self.found("displayName sw %s and id eq \"%s\"" % (quoted, made["id"])), [made["id"]])
                self.assertEqual(self.found("displayName co " + json.dumps(text + "x", ensure_ascii=False)), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
