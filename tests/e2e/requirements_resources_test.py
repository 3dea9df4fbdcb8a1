# SPDX-License-Identifier: MIT
"""Chapters H, T, C, G, U, X, E, EX, Z and PW of the requirements, as far as a client sees them."""
import json
import unittest

from harness import USER_URN, FastCgi, cgi_variables, check_error, user
from served import ENTERPRISE_URN, GROUP_URN, PATCH_URN, Served, address, group, op

WORK, HOME = {"value": "a@work.example", "type": "work"}, {"value": "a@home.example", "type": "home"}


class Values(Served):
    # Requirements: H-4, H-12, H-28, H-30, H-35
    def test_values_are_kept_as_they_were_sent(self):
        sent = {"emails": [{"value": "Ada@EXAMPLE.com", "type": "school"}], "locale": "en_GB", "timezone": "Europe/London",
                "profileUrl": "https://example.com/~ada", "preferredLanguage": "en-GB, en;q=0.8",
                "addresses": [{"country": "UK", "type": "work"}]}
        made = self.make(**sent)
        self.assertEqual({k: made[k] for k in sent}, sent)
        self.assertEqual(self.get("/Users/" + made["id"]), made)

    # Requirements: H-10
    def test_references_can_be_followed(self):
        ada = self.make()
        crew = self.post("/Groups", group(self.name(), ada["id"]))
        reference = crew["members"][0]["$ref"]
        self.assertEqual(reference, ada["meta"]["location"])
        seen = self.get(reference.removeprefix(self.base))
        self.assertEqual(seen["id"], ada["id"])
        self.assertEqual(self.get(seen["groups"][0]["$ref"].removeprefix(self.base))["id"], crew["id"])

    # Requirements: H-13, T-7
    def test_case_is_kept_and_compared_as_the_schema_says(self):
        name = "MiXed-" + self.name()
        made = self.make(userName=name, externalId="Ab-" + name)
        self.assertEqual((made["userName"], made["externalId"]), (name, "Ab-" + name))
        self.assertEqual(self.found('userName eq "%s"' % name.upper()), [made["id"]])
        self.assertEqual(self.found('externalId eq "Ab-%s"' % name), [made["id"]])
        self.assertEqual(self.found('externalId eq "AB-%s"' % name), [])

    # Requirements: H-16, H-18, A-10
    def test_a_password_never_comes_back(self):
        made = self.make(password="secret")
        path = "/Users/" + made["id"]
        answers = [made, self.get(path), self.get(path, attributes="password"), self.get("/Users", attributes="password"),
                   self.patch(path, op("replace", "password", "other")).json(),
                   self.ask(200, "PUT", path, user(made["userName"], password="third")).json()]
        for answer in answers:
            self.assertNotIn('"password"', json.dumps(answer).lower())

    # Requirements: H-17, H-19, A-2, A-3, T-4
    def test_what_is_always_returned(self):
        made = self.make(title="Dr", nickName="A")
        path = "/Users/" + made["id"]
        self.assertEqual(self.get(path, attributes="title"), {"schemas": [USER_URN], "id": made["id"], "title": "Dr"})
        without = self.get(path, excludedAttributes="id,title,schemas")
        self.assertEqual(without, {k: v for k, v in made.items() if k != "title"})

    # Requirements: H-21, U-10, PA-26, R-4
    def test_user_names_are_unique(self):
        ada, bob = self.make(), self.make()
        path = "/Users/" + bob["id"]
        for taken in (ada["userName"], ada["userName"].upper()):
            self.refused(409, "uniqueness", "POST", "/Users", user(taken))
            self.refused(409, "uniqueness", "PUT", path, user(taken))
            self.refused(409, "uniqueness", "PATCH", path,
                         {"schemas": [PATCH_URN], "Operations": [op("replace", "userName", taken)]})
        self.ask(200, "PUT", path, user(bob["userName"], title="Dr"))

    # Requirements: H-22, SEC-8, C-7
    def test_user_names_are_prepared(self):
        self.make(userName="café")
        for other in ("cafe\u0301", "CAFÉ", "\uff43\uff41\uff46\u00e9"):
            self.refused(409, "uniqueness", "POST", "/Users", user(other))

    # Requirements: H-23, H-24, H-36, U-6
    def test_required_attributes(self):
        ada = self.make()
        crew = self.post("/Groups", group(self.name()))
        for method, path in (("POST", "/Users"), ("PUT", "/Users/" + ada["id"])):
            for names in ({}, {"userName": ""}, {"userName": None}):
                self.refused(400, "invalidValue", method, path, {"schemas": [USER_URN], **names})
        for method, path in (("POST", "/Groups"), ("PUT", "/Groups/" + crew["id"])):
            self.refused(400, "invalidValue", method, path, {"schemas": [GROUP_URN]})

    # Requirements: H-25, H-26, F-25
    def test_primary(self):
        two = [dict(WORK, primary=True), dict(HOME, primary=True)]
        ada = self.make(emails=[dict(WORK, primary=True), HOME])
        self.refused(400, "invalidValue", "POST", "/Users", user(self.name(), emails=two))
        self.refused(400, "invalidValue", "PUT", "/Users/" + ada["id"], user(ada["userName"], emails=two))
        self.assertEqual(self.found('id eq "%s" and emails[primary eq false and type eq "home"]' % ada["id"]), [ada["id"]])
        self.assertEqual(self.found('id eq "%s" and emails[primary eq false and type eq "work"]' % ada["id"]), [])

    # Requirements: H-27
    def test_the_same_value_twice_is_one(self):
        self.assertEqual(self.make(emails=[WORK, WORK])["emails"], [WORK])

    # Requirements: H-31, H-32
    def test_groups_and_members_mirror_each_other(self):
        ada = self.make()
        inner = self.post("/Groups", group(self.name(), ada["id"]))
        outer = self.post("/Groups", group(self.name(), inner["id"]))
        self.assertEqual(inner["members"], [{"value": ada["id"], "$ref": ada["meta"]["location"], "type": "User",
                                             "display": ada["userName"]}])
        self.assertEqual(outer["members"][0]["type"], "Group")
        groups = {g["value"]: (g["type"], g["$ref"]) for g in self.get("/Users/" + ada["id"])["groups"]}
        self.assertEqual(groups, {inner["id"]: ("direct", inner["meta"]["location"]),
                                  outer["id"]: ("indirect", outer["meta"]["location"])})
        ignored = self.ask(200, "PUT", "/Users/" + ada["id"], user(ada["userName"], groups=[])).json()
        self.assertEqual(len(ignored["groups"]), 2)

    # Requirements: H-34
    def test_the_name_of_a_manager_is_not_the_clients(self):
        boss = self.make()
        made = self.make(**{ENTERPRISE_URN: {"manager": {"value": boss["id"], "displayName": "Somebody else"}}})
        self.assertNotIn("Somebody else", json.dumps(made))


class Rejecting(Served):
    CONFIG = 'unknown_member = "reject"\n'

    # Requirements: H-9
    def test_members_that_do_not_exist(self):
        self.refused(400, "invalidValue", "POST", "/Groups", group(self.name(), "nobody"))


class Common(Served):
    # Requirements: T-1, C-12, X-2, X-3, X-4, L-9, G-2
    def test_a_deleted_resource_is_gone_and_its_id_too(self):
        ada = self.make()
        path = "/Users/" + ada["id"]
        self.ask(204, "DELETE", path)
        for method, body in (("GET", None), ("PUT", user(ada["userName"])), ("DELETE", None),
                             ("PATCH", {"schemas": [PATCH_URN], "Operations": [op("remove", "title")]})):
            self.refused(404, None, method, path, body)
        self.assertEqual(self.found('userName eq "%s"' % ada["userName"]), [])
        self.assertNotEqual(self.make(userName=ada["userName"])["id"], ada["id"])

    # Requirements: T-4
    def test_ids_have_a_case(self):
        ada = self.make()
        self.assertEqual(self.found('id eq "%s"' % ada["id"]), [ada["id"]])
        self.assertEqual(self.found('id eq "%s"' % ada["id"].upper()), [])

    # Requirements: T-5, T-6
    def test_an_external_id_is_the_clients(self):
        ada, bob = self.make(externalId="same"), self.make(externalId="same")
        self.assertEqual((ada["externalId"], bob["externalId"]), ("same", "same"))
        self.assertNotIn("externalId", self.make())

    # Requirements: T-9, T-10, T-11, T-12, T-13, C-1, C-2, C-3, C-11, E-1, E-2
    def test_meta_and_headers_agree(self):
        for endpoint, kind, body in (("/Users", "User", user(self.name(), title="Dr")),
                                     ("/Groups", "Group", {"schemas": [GROUP_URN], "displayName": self.name()})):
            got = self.ask(201, "POST", endpoint, body)
            made = got.json()
            meta = made["meta"]
            self.assertEqual(set(meta), {"resourceType", "created", "lastModified", "location", "version"})
            self.assertEqual(meta["resourceType"], kind)
            self.assertEqual(meta["created"], meta["lastModified"])
            self.assertEqual(meta["location"], "%s%s/%s" % (self.base, endpoint, made["id"]))
            self.assertEqual((got.header("Location"), got.header("Content-Location")), (meta["location"],) * 2)
            self.assertEqual(got.header("ETag"), meta["version"])
            self.assertRegex(meta["version"], r'^W/"[^"]+"$')
            self.assertEqual({k: made[k] for k in body}, body)

    # Requirements: T-15, U-15, PA-15
    def test_what_changes_nothing_moves_nothing(self):
        ada = self.make(title="Dr", emails=[WORK])
        path = "/Users/" + ada["id"]
        crew = self.post("/Groups", group(self.name(), ada["id"]))
        ada = self.get(path)
        self.assertEqual(self.ask(200, "PUT", path, ada).json(), ada)
        for operation in (op("replace", "title", "Dr"), op("add", "emails", [WORK]), op("remove", "nickName"),
                          op("add", None, {"title": "Dr"})):
            self.assertEqual(self.patch(path, operation).json(), ada)
        self.assertEqual(self.patch("/Groups/" + crew["id"], op("add", "members", [{"value": ada["id"]}])).json(), crew)

    # Requirements: G-1, G-3, G-4, G-7
    def test_get_and_head(self):
        ada = self.make(title="Dr")
        path = "/Users/" + ada["id"]
        got, head = self.ask(200, "GET", path), self.ask(200, "HEAD", path)
        self.assertEqual(got.json(), ada)
        self.assertEqual((got.header("Location"), got.header("ETag")), (ada["meta"]["location"], ada["meta"]["version"]))
        self.assertEqual(head.body, b"")
        for name in ("Location", "ETag", "Content-Type", "Content-Length"):
            self.assertEqual(head.header(name), got.header(name), name)

    # Requirements: G-5
    def test_a_filter_on_one_resource_is_ignored(self):
        ada = self.make()
        self.assertEqual(self.get("/Users/" + ada["id"], filter='userName eq "another"'), ada)

    # Requirements: G-6
    def test_an_id_of_another_type(self):
        self.refused(404, None, "GET", "/Groups/" + self.make()["id"])


class Writes(Served):
    # Requirements: C-5, C-6, U-9, Z-2, Z-3
    def test_null_and_empty_are_nothing(self):
        made = self.make(title=None, emails=[], name={}, roles=None)
        self.assertEqual(set(made), {"schemas", "id", "userName", "active", "meta"})
        ada = self.make(title="Dr", emails=[WORK], name={"givenName": "Ada"})
        put = self.ask(200, "PUT", "/Users/" + ada["id"], user(ada["userName"], title=None, emails=[], name=None)).json()
        self.assertEqual(set(put), {"schemas", "id", "userName", "active", "meta"})
        eve = self.make(title="Dr", emails=[WORK])
        patched = self.patch("/Users/" + eve["id"], op("replace", None, {"title": None, "emails": []}))
        self.assertEqual(set(patched.json()), {"schemas", "id", "userName", "active", "meta"})

    # Requirements: C-8, EX-1, EX-2, EX-3
    def test_extension_data_sits_under_its_urn(self):
        for urns, key in (([USER_URN, ENTERPRISE_URN], ENTERPRISE_URN), ([USER_URN], ENTERPRISE_URN.upper())):
            made = self.post("/Users", {"schemas": urns, "userName": self.name(), key: {"DEPARTMENT": "Tour"}})
            self.assertEqual(made["schemas"], [USER_URN, ENTERPRISE_URN])
            self.assertEqual(made[ENTERPRISE_URN], {"department": "Tour"})

    # Requirements: C-10, A-1
    def test_writes_answer_what_is_asked_for(self):
        for parameters in ({"attributes": "title"}, {"excludedAttributes": "userName,active,meta"}):
            made = self.ask(201, "POST", address("/Users", **parameters), user(self.name(), title="Dr")).json()
            path = address("/Users/" + made["id"], **parameters)
            put = self.ask(200, "PUT", path, user(self.name(), title="Dr")).json()
            patched = self.patch(path, op("replace", "title", "Dr")).json()
            for answer in (made, put, patched, self.ask(200, "GET", path).json()):
                self.assertEqual(answer, {"schemas": [USER_URN], "id": made["id"], "title": "Dr"})

    # Requirements: P-21, EX-6
    def test_what_no_schema_knows_is_ignored(self):
        unknown = "urn:example:unknown:2.0:User"
        made = self.post("/Users", {"schemas": [USER_URN, unknown], "userName": self.name(), "foo": 1, unknown: {"bar": 2}})
        self.assertEqual(set(made), {"schemas", "id", "userName", "active", "meta"})
        self.assertEqual(made["schemas"], [USER_URN])
        self.assertNotIn(unknown, self.site.dump())

    # Requirements: U-1, U-2, U-3, U-4, U-8, U-12, U-14
    def test_put_replaces(self):
        ada = self.make(title="Dr", nickName="A", emails=[WORK, HOME], password="kept", **{ENTERPRISE_URN: {"department": "X"}})
        path = "/Users/" + ada["id"]
        sent = user(ada["userName"], id="other", nickName="B", emails=[HOME], meta={"created": "2001-01-01T00:00:00Z"})
        got = self.ask(200, "PUT", path, sent)
        put = got.json()
        self.assertEqual(put, {"schemas": [USER_URN], "id": ada["id"], "userName": ada["userName"], "active": True,
                               "nickName": "B", "emails": [HOME], "meta": put["meta"]})
        self.assertEqual(put["meta"]["created"], ada["meta"]["created"])
        self.assertEqual((got.header("Location"), got.header("ETag")), (ada["meta"]["location"], put["meta"]["version"]))
        self.assertEqual(self.get(path), put)

    # Requirements: P-11, U-7, U-13, X-7
    def test_put_never_creates(self):
        name = self.name()
        self.refused(404, None, "PUT", "/Users/nobody", user(name))
        self.refused(405, None, "PUT", "/Users", user(name))
        self.refused(405, None, "DELETE", "/Users")
        self.assertEqual(self.found('userName eq "%s"' % name), [])

    # Requirements: X-1
    def test_delete_has_no_body(self):
        got = self.ask(204, "DELETE", "/Users/" + self.make()["id"])
        self.assertEqual((got.body, got.header("Content-Type")), (b"", None))

    # Requirements: X-6
    def test_a_deleted_user_is_in_no_group(self):
        ada = self.make()
        crew = self.post("/Groups", group(self.name(), ada["id"]))
        self.ask(204, "DELETE", "/Users/" + ada["id"])
        self.assertEqual(self.get("/Groups/" + crew["id"])["members"], [])

    # Requirements: PA-29
    def test_ids_that_nobody_can_have(self):
        body = {"schemas": [PATCH_URN], "Operations": [op("replace", "title", "x")]}
        with FastCgi(self.site.socket) as web:  # nginx lets no NUL through
            for each in ("a%00b", "%FF", "a%FFb", "x" * 5000):
                for method, sent in (("GET", None), ("DELETE", None), ("PATCH", body), ("PUT", user(self.name()))):
                    with self.subTest("%s %s" % (method, each[:9])):
                        data = json.dumps(sent).encode() if sent else b""
                        check_error(self, web.request(method, "/Users/" + each, self.site.token, data), 404)

    # Requirements: PW-2
    def test_passwords_are_not_stored_in_clear(self):
        self.make(password="correct horse battery")
        dump = self.site.dump()
        self.assertNotIn("correct horse", dump)
        self.assertIn("$y$", dump)


class Conditional(Served):
    def attempts(self, path, name):
        """A change by each method; the DELETE comes last."""
        return (("PATCH", path, {"schemas": [PATCH_URN], "Operations": [op("replace", "title", self.name())]}),
                ("PUT", path, user(name, title=self.name())), ("DELETE", path, None))

    # Requirements: E-3, E-10
    def test_if_none_match(self):
        ada = self.make()
        version = ada["meta"]["version"]
        for tags in (version, version.removeprefix("W/"), 'W/"other", ' + version, "*"):
            got = self.ask(304, "GET", "/Users/" + ada["id"], headers={"If-None-Match": tags})
            self.assertEqual((got.body, got.header("ETag")), (b"", version))
            self.assertEqual(got.header("Location"), ada["meta"]["location"])
        self.ask(200, "GET", "/Users/" + ada["id"], headers={"If-None-Match": 'W/"other"'})

    # Requirements: E-4, E-6, E-8, U-11, X-5
    def test_a_stale_version_changes_nothing(self):
        ada = self.make()
        path = "/Users/" + ada["id"]
        for method, target, body in self.attempts(path, ada["userName"]):
            for headers in ({"If-Match": 'W/"stale"'}, {"If-None-Match": ada["meta"]["version"]}, {"If-None-Match": "*"}):
                self.refused(412, None, method, target, body, headers=headers)
        self.assertEqual(self.get(path), ada)

    # Requirements: E-4, E-5
    def test_the_current_version_does(self):
        for strong in (False, True):
            ada = self.make()
            path = "/Users/" + ada["id"]
            for method, target, body in self.attempts(path, ada["userName"]):
                version = self.http("GET", path).header("ETag")
                tag = version.removeprefix("W/") if strong else version
                self.assertIn(self.http(method, target, body, headers={"If-Match": tag}).status, (200, 204))
        bob = self.make()
        self.ask(204, "DELETE", "/Users/" + bob["id"], headers={"If-Match": "*"})

    # Requirements: E-7
    def test_each_state_has_a_version_of_its_own(self):
        ada = self.make()
        path = "/Users/" + ada["id"]
        versions = [ada["meta"]["version"]]
        for title in ("a", "b", "a", "b"):
            got = self.patch(path, op("replace", "title", title))
            versions.append(got.header("ETag"))
            self.assertEqual(got.json()["meta"]["version"], versions[-1])
        self.assertEqual(len(set(versions)), len(versions))

    # Requirements: E-11
    def test_members_are_part_of_a_groups_version_and_groups_are_not_of_a_users(self):
        ada = self.make()
        crew = self.post("/Groups", group(self.name()))
        changed = self.patch("/Groups/" + crew["id"], op("add", "members", [{"value": ada["id"]}])).json()
        self.assertNotEqual(changed["meta"]["version"], crew["meta"]["version"])
        self.assertEqual(self.get("/Users/" + ada["id"])["meta"], ada["meta"])

    # Requirements: E-12
    def test_if_match_on_what_is_not_there(self):
        for method, target, body in self.attempts("/Users/nobody", self.name()):
            self.refused(404, None, method, target, body, headers={"If-Match": "*"})


class Me(Served):
    CONFIG = '[access]\nsuperusers = ["ada", "grace"]\n'

    def ask_as(self, name, method, body=None):
        """As the web server passes on who it is that it has verified."""
        data = json.dumps(body).encode() if body else b""
        with FastCgi(self.site.socket) as peer:
            peer.begin([*cgi_variables(method, "/Me", None, len(data)), ("REMOTE_USER", name)])
            peer.body(data)
            peer.end_body()
            return peer.answer()

    # Requirements: ME-3, ME-4
    def test_is_the_resource_of_who_asks(self):
        ada = self.make(userName="ada")
        got = self.ask_as("ada", "GET")
        self.assertEqual((got.status, got.json()["id"]), (200, ada["id"]))
        self.assertTrue(got.header("Location").endswith("/scim/v2/Users/" + ada["id"]))
        self.assertEqual(got.header("Location"), got.json()["meta"]["location"])
        self.assertEqual(self.ask_as("ada", "PUT", user("ada", title="Dr")).json()["title"], "Dr")
        change = {"schemas": [PATCH_URN], "Operations": [op("replace", "title", "Ms")]}
        self.assertEqual(self.ask_as("ada", "PATCH", change).json()["title"], "Ms")
        self.assertEqual(self.ask_as("ada", "DELETE").status, 204)
        check_error(self, self.http("GET", "/Users/" + ada["id"]), 404)

    # Requirements: ME-4
    def test_who_has_no_resource(self):
        check_error(self, self.ask_as("grace", "GET"), 404)
        check_error(self, self.http("GET", "/Me"), 404)


if __name__ == "__main__":
    unittest.main(verbosity=2)
