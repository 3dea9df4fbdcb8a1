# SPDX-License-Identifier: MIT
"""scimctl conformance accuses nobody who conforms: our own server, with all the liberties that the RFCs leave to one, has no fault.

A liberty changes what is asked and what is answered (proxy.py), and names the checks of a SHOULD that warn of it."""
import json
import os
import re
import subprocess
import unittest
import urllib.parse

import harness
from harness import BASE, SCIMCTL, USER_URN, Site
from proxy import Proxy

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
NEVER_MADE = re.compile(r"/(?:scimctl-conformance-|urn:example:scimctl-conformance-)")


class Liberty:
    """`warns`: what a SHOULD advises against."""
    warns = frozenset()

    def ask(self, call):
        pass

    def answer(self, call):
        """Of an answer that has a document."""


def body_of(call):
    try:
        return json.loads(call.body or b"null")
    except ValueError:
        return None


def rewrite(call, change):
    """change(document) of the answer, if there is one."""
    document = call.document()
    if isinstance(document, dict) and document:
        change(document)
        call.answer = json.dumps(document).encode()


def rewrite_body(call, change):
    body = body_of(call)
    if isinstance(body, dict):
        change(body)
        call.body = json.dumps(body).encode()


def each_resource(change):
    """`change` of each user and group in an answer."""
    def change_all(document):
        for resource in document.get("Resources", [document]):
            if "id" in resource and ("userName" in resource or "displayName" in resource or "meta" in resource):
                change(resource)
    return change_all


def declare(call, schema, path, **characteristics):
    """Says so in /Schemas."""
    def change(document):
        for each in document.get("Resources", [document]):
            if each.get("id") != schema:
                continue
            attributes = each["attributes"]
            for name in path.split("."):
                attribute = next(a for a in attributes if a["name"] == name)
                attributes = attribute.get("subAttributes", [])
            attribute.update(characteristics)
    if call.endpoint.startswith("/Schemas"):
        rewrite(call, change)


def is_about_resources(call):
    return call.endpoint.startswith(("/Users", "/Groups"))


class VersionsOnlyInHeaders(Liberty):
    """meta.version is optional."""

    def answer(self, call):
        rewrite(call, each_resource(lambda resource: resource.get("meta", {}).pop("version", None)))


class StrongIfMatch(Liberty):
    """RFC 9110 13.1.1: a weak tag is never the same."""
    warns = {"E-4.current"}

    def ask(self, call):
        if call.headers.get("If-Match", "").startswith("W/"):
            call.refuse(412)


class OnlyEq(Liberty):
    """An attribute and a comparison that are not supported are invalidFilter (Table 9); broken ones need no scimType."""

    def ask(self, call):
        searched = (body_of(call) or {}).get("filter") if call.endpoint.endswith("/.search") else None
        wanted = call.query.get("filter", [searched])[0]
        if wanted is None or not is_about_resources(call) or re.fullmatch(r'[\w.:-]+ eq "(?:[^"\\]|\\.)*"', wanted, re.IGNORECASE):
            return
        call.refuse(400, None if wanted.startswith("(") or wanted.endswith("eq") else "invalidFilter")


class NothingPersonalInUrls(Liberty):
    """RFC 7644 7.5.2."""

    def ask(self, call):
        if "filter" in call.query:
            call.refuse(403, "sensitive")


class CreatesWithoutBody(Liberty):
    """RFC 7644 3.3: the body SHOULD be the resource."""
    warns = {"C-3.representation"}

    def answer(self, call):
        if call.status == 201 and is_about_resources(call):
            call.answer = b""


class RelativeLocations(Liberty):
    """RFC 7643 2.3.7."""

    def answer(self, call):
        relative = lambda uri: uri[uri.index(BASE + "/"):] if BASE + "/" in uri else uri
        rewrite(call, each_resource(lambda resource: resource.get("meta", {}).update(location=relative(resource["meta"]["location"]))
                                    if "location" in resource.get("meta", {}) else None))
        for name in ("Location", "Content-Location"):
            if name in call.answer_headers:
                call.answer_headers[name] = relative(call.answer_headers[name])


class Shouting(Liberty):
    """What is not caseExact may be kept in another case."""
    NAMES = {"username", "givenname", "familyname", "displayname", "department", "title", "employeenumber"}

    def shout(self, json_value, name=""):
        if isinstance(json_value, dict):
            path = str(json_value.get("path", "")).rpartition(".")[2].lower() if "op" in json_value else ""
            inside = "emails" if path.startswith("emails") else path if path in self.NAMES else name
            for member in json_value:
                of_operation = "op" in json_value and member == "value"
                json_value[member] = self.shout(json_value[member], inside if of_operation else name + "." + member if name == "emails" else member.lower())
        elif isinstance(json_value, list):
            return [self.shout(each, name) for each in json_value]
        elif isinstance(json_value, str) and (name in self.NAMES or name in ("emails.value", "emails.type", "emails")):
            return json_value.upper()
        return json_value

    def ask(self, call):
        if is_about_resources(call) or call.endpoint == "/Bulk":
            rewrite_body(call, lambda body: None if "filter" in body else self.shout(body))


class Demanding(Liberty):
    """An extension, attributes and parts of attributes that a client has to give."""

    def lacks(self, user):
        if not isinstance(user, dict):
            return False
        members = {name.lower(): value for name, value in user.items()}
        extension = members.get(ENTERPRISE.lower()) or {}
        emails = members.get("emails") or []
        return not (ENTERPRISE in user.get("schemas", []) and extension.get("costCenter") and (members.get("name") or {}).get("givenName") and
                    (not isinstance(emails, list) or all(email.get("type") for email in emails)))

    def ask(self, call):
        body = body_of(call)
        users = [body] if call.method in ("POST", "PUT") and re.fullmatch("/Users(/[^.].*)?", call.endpoint) and isinstance(body, dict) else []
        if call.endpoint == "/Bulk":
            users = [each.get("data") for each in body["Operations"] if each["path"] == "/Users" and each["method"] == "POST"]
        if any(self.lacks(user) for user in users):
            call.refuse(400, "invalidValue")

    def answer(self, call):
        declare(call, ENTERPRISE, "costCenter", required=True)
        declare(call, USER_URN, "name", required=True)
        declare(call, USER_URN, "name.givenName", required=True)
        declare(call, USER_URN, "emails.type", required=True)

        def require(document):
            for each in document.get("Resources", [document]):
                for extension in each.get("schemaExtensions", []):
                    extension["required"] = True
        if call.endpoint.startswith("/ResourceTypes"):
            rewrite(call, require)


class OnRequest(Liberty):
    """Who is in a group, and in which somebody is, only for who asks for it."""

    def answer(self, call):
        declare(call, GROUP_URN, "members", returned="request")
        declare(call, USER_URN, "groups", returned="request")
        asked = ",".join(call.query.get("attributes", []))

        def hide(resource):
            for name in ("members", "groups"):
                if name not in asked:
                    resource.pop(name, None)
        if call.answer_headers:
            rewrite(call, each_resource(hide))


class NamesAlways(Liberty):
    """returned is always, whatever is asked for."""

    def ask(self, call):
        if not call.endpoint.startswith("/Users"):
            return
        query = call.query
        if "attributes" in query:
            query["attributes"] = [",".join(query["attributes"]) + ",name"]
        query.pop("excludedAttributes", None)
        call.path = call.path.partition("?")[0] + "?" + urllib.parse.urlencode(query, doseq=True)

    def answer(self, call):
        declare(call, USER_URN, "name", returned="always")


class NotOurs(Liberty):
    """Attributes that a client cannot set: ignored in POST and PUT, mutability in PATCH."""
    NAMES = ("active", "name", "emails")

    def ask(self, call):
        def ignore(body):
            for member in [m for m in body if m.lower() in self.NAMES]:
                del body[member]
        if not call.endpoint.startswith("/Users") or call.endpoint.endswith("/.search"):
            return
        if call.method != "PATCH":
            rewrite_body(call, ignore)
            return
        paths = [str(each.get("path", "")).lower() for each in (body_of(call) or {}).get("Operations", [])]
        if any(path.startswith(self.NAMES) for path in paths):
            call.refuse(403, "mutability")

    def answer(self, call):
        for name in self.NAMES:
            declare(call, USER_URN, name, mutability="readOnly")


class StatusesOfItsOwn(Liberty):
    """Table 8 is a SHOULD."""
    warns = {"G-2.unknown", "PA-29.unknown", "U-7.status", "D-7.unknown-schema", "D-8.unknown-type", "R-13.unknown-endpoint", "P-20.truncated",
             "P-20.array", "H-23.no-user-name", "H-24.no-display-name"}

    def answer(self, call):
        if call.status == 404 and call.method != "DELETE" and NEVER_MADE.search(call.endpoint):
            call.refuse(400)
        elif call.status == 400 and call.method == "POST" and not call.endpoint.endswith("/.search"):
            call.refuse(422)


class EverybodyIsInAGroup(Liberty):
    def answer(self, call):
        def join(resource):
            if "userName" in resource and "meta" in resource:
                resource.setdefault("groups", []).append({"value": "everybody", "display": "Everybody"})
        if not {"attributes", "excludedAttributes"} & set(call.query):
            rewrite(call, each_resource(join))


class Uncounted(Liberty):
    """RFC 9865: who has cursors need not know how many there are; without startIndex there are cursors."""

    def answer(self, call):
        asked = {**call.query, **(body_of(call) or {} if call.endpoint.endswith("/.search") else {})}
        if is_about_resources(call) and "startIndex" not in asked:
            rewrite(call, lambda document: document.pop("totalResults", None) if "Resources" in document else None)


class TypesOfOne(Liberty):
    """A resource type whose endpoint is no list."""
    TYPE = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "ServiceProviderConfig", "name": "ServiceProviderConfig",
            "endpoint": "/ServiceProviderConfig", "schema": "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"}
    SCHEMA = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": TYPE["schema"], "name": "ServiceProviderConfig", "attributes": []}

    def answer(self, call):
        def one_more(each):
            def change(document):
                if each["id"] not in [r["id"] for r in document["Resources"]]:
                    document["Resources"].append(each)
                    document["totalResults"] += 1
            return change
        for endpoint, each in (("/ResourceTypes", self.TYPE), ("/Schemas", self.SCHEMA)):
            if call.endpoint == endpoint and call.status == 200:
                rewrite(call, one_more(each))
            if call.endpoint == endpoint + "/" + each["id"] and call.status == 404:
                call.status, call.answer = 200, json.dumps(each).encode()


class TypesAreCapital(Liberty):
    """RFC 7643 8.7.2: type has no case."""

    def answer(self, call):
        def capital(attributes):
            for each in attributes:
                each["type"] = each["type"].capitalize()
                capital(each.get("subAttributes", []))
        if call.endpoint.startswith("/Schemas"):
            rewrite(call, lambda document: [capital(each.get("attributes", [])) for each in document.get("Resources", [document])])


class GuardsIds(Liberty):
    """A PUT with another id is refused."""

    def ask(self, call):
        body = body_of(call) or {}
        if call.method == "PUT" and "id" in body and not call.endpoint.endswith("/" + body["id"]):
            call.refuse(400, "mutability")


# Each takes all of them at once.
SERVERS = {
    "a small one": (VersionsOnlyInHeaders, StrongIfMatch, OnlyEq, CreatesWithoutBody, RelativeLocations),
    "a discreet one": (NothingPersonalInUrls, NotOurs, StatusesOfItsOwn),
    "one with rules": (Shouting, Demanding, NamesAlways, OnRequest),
    "a modern one": (Uncounted, TypesOfOne, TypesAreCapital, GuardsIds, EverybodyIsInAGroup),
}


class Liberal:
    """A proxy's two functions, of several liberties."""

    def __init__(self, liberties):
        self.liberties = [liberty() for liberty in liberties]
        self.warns = set().union(*(liberty.warns for liberty in liberties))

    def ask(self, call):
        for liberty in self.liberties:
            if call.status is None:
                liberty.ask(call)

    def answer(self, call):
        for liberty in self.liberties:
            liberty.answer(call)


class Liberties(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site())
        cls.site.start_scim()
        cls.site.start_nginx()

    def test_nobody_who_conforms_is_accused(self):
        for name, liberties in SERVERS.items():
            server = Liberal(liberties)
            with self.subTest(name), Proxy(self.site, server.ask, server.answer) as proxy:
                done = subprocess.run([SCIMCTL, "conformance", "--url", proxy.url, "-o", "json"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                      timeout=10 * harness.PATIENCE, env={**os.environ, "SCIMCTL_TOKEN": self.site.token})
                rows = json.loads(done.stdout)
                wrong = {row["id"] for row in rows if row["result"] in ("failed", "error")}
                self.assertEqual(wrong, server.warns, "\n".join(json.dumps(row) for row in rows if row["id"] in wrong ^ server.warns))
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                # It is not that nothing has been asked.
                self.assertGreater(sum(row["result"] == "passed" for row in rows), len(rows) / 3)
                self.assertEqual(self.site.http("GET", "/Users").json()["totalResults"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
