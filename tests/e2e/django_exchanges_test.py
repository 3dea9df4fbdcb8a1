# SPDX-License-Identifier: MIT
"""Django on SQLite and on PostgreSQL, by both presets: the same exchanges have the same answers."""
import json
import re
import tempfile
import unittest
import urllib.parse

import django_project
from harness import BASE, FastCgi, Site, user

django_project.enter()

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
# What the application has before anybody asks.
MADE = """
import datetime
from django.contrib.auth.models import Group, Permission, User
ada = User.objects.create_user("ada", "Ada@Example.com", first_name="Ada", last_name="Lovelace")
zoe = User.objects.create_user("Zo\u00eb", is_active=False)
User.objects.create_user("STRA\u00dfE", "strasse@example.com")
User.objects.create_superuser("root", "root@example.com", "of all trees")
User.objects.update(date_joined=datetime.datetime(2020, 1, 2, 3, 4, 5, 678901, datetime.timezone.utc))
crew = Group.objects.create(name="Crew")
crew.permissions.add(Permission.objects.first())
ada.groups.add(crew)
zoe.groups.add(crew)
Group.objects.create(name="\u00c9quipe")
"""


def find(text, path="/Users", **more):
    return "GET", path + "?" + urllib.parse.urlencode(dict(filter=text, **more), quote_via=urllib.parse.quote), None


def patch(path, *operations):
    return "PATCH", path, {"schemas": [PATCH_URN], "Operations": list(operations)}


def replace(path, attribute, value):
    return patch(path, {"op": "replace", "path": attribute, "value": value})


def group(name, *members):
    return {"schemas": [GROUP_URN], "displayName": name, "members": [{"value": m} for m in members]}


# {N}: the N-th id that an answer has shown. Users who are alike come in the order of their ids, which is another one each time.
EXCHANGES = [
    ("GET", "/Users", None),
    ("GET", "/Groups", None),
    ("GET", "/Users/{0}", None),
    ("GET", "/Users/nobody", None),
    ("GET", "/Users/00000000-0000-4000-8000-000000000000", None),
    ("GET", "/Users/00000000-0000-4000-8000-00000000000g", None),
    ("GET", "/Users/7", None),
    find('id eq "nobody"'), find('id eq "{1}"'), find('not (id eq "{1}")'), find('id ne "nobody"', count=1), find('id pr'),
    find('id sw "0" or id sw "1" or id co "-4"'), find('meta.location eq "x"'),
    find('userName eq "ADA"'), find('userName eq "strasse"'), find('userName sw "str"'), find('userName co "O\u00cb"'),
    find('userName gt "b"'), find('userName ne "ada"'), find('active eq true'), find('active eq false'), find('not (active eq true)'),
    find('active pr'), find('emails.value eq "ada@example.com"'), find('emails[value ew "example.com"]'), find('emails pr'),
    find('not (emails pr)'), find('name.familyName pr'), find('externalId pr'), find('externalId eq ""'),
    find('meta.created gt "2020-01-02T03:04:05.678Z"'), find('meta.created ge "2020-01-02T03:04:05.678Z"'),
    find('meta.created eq "2020-01-02T03:04:05.678Z"'), find('meta.lastModified lt "2020-01-01T00:00:00Z"'), find('meta.lastModified pr'),
    find('displayName eq "crew"', "/Groups"), find('members pr', "/Groups"), find('members.value eq "{0}"', "/Groups"),
    find('members.value eq "nobody"', "/Groups"), find('groups.display eq "crew"'), find('groups pr'),
    ("GET", "/Users?sortBy=userName", None), ("GET", "/Users?sortBy=userName&sortOrder=descending&count=2", None),
    ("GET", "/Users?sortBy=emails&startIndex=2", None),
    ("GET", "/Groups?sortBy=members", None), ("GET", "/Users?startIndex=2&count=2", None), ("GET", "/Users?count=0", None),
    ("GET", "/Users?attributes=userName,groups", None), ("GET", "/?sortBy=id&count=0", None),
    ("POST", "/Users", user("grace", externalId="00u1", password="nanosecond", title="Admiral", active=True, name={"givenName": "Grace"},
                            emails=[{"value": "grace@example.com", "primary": True}, {"value": "g@home.example", "type": "home"}])),
    ("POST", "/Users", user("GRACE")),
    ("POST", "/Users", user("ada")),
    ("POST", "/Users", user("nul", title="a\0b")),
    find('title eq "admiral"'), find('emails[type eq "home"]'), find('externalId eq "00u1"'), find('externalId eq "00U1"'),
    replace("/Users/{0}", "active", False), replace("/Users/{0}", "active", True), replace("/Users/{0}", "name.givenName", "A. A."),
    replace("/Users/{0}", "externalId", "x0"), replace("/Users/{0}", "nickName", "Al"), replace("/Users/{0}", "userName", "zo\u00cb"),
    patch("/Users/{0}", {"op": "remove", "path": "emails"}, {"op": "remove", "path": "name.familyName"}),
    ("GET", "/Users/{0}", None),
    # A column with constants, of which a client says otherwise.
    patch("/Users/{0}", {"op": "add", "path": "emails", "value": [{"value": "ada@home.example", "type": "home"}]}),
    patch("/Users/{0}", {"op": "add", "path": "emails", "value": [{"value": "ada@example.org", "type": "work"}]}),
    find('emails[type eq "home" and primary eq true]'), find('emails[type eq "work" and primary eq true]'), find('emails[primary eq false]'),
    find('userName eq "strasse" or id eq "{0}"', sortBy="emails.type"), find('emails.primary eq true and id eq "{0}"', sortBy="emails.primary"),
    ("POST", "/Groups", group("Made", "{0}", "nobody")),
    patch("/Groups/{4}", {"op": "add", "path": "members", "value": [{"value": "{1}"}, {"value": "{2}"}]}),
    patch("/Groups/{4}", {"op": "add", "path": "members", "value": [{"value": "{2}"}]}),
    patch("/Groups/{4}", {"op": "remove", "path": 'members[value eq "{0}"]'}),
    replace("/Groups/{4}", "displayName", "Sailors"),
    ("PUT", "/Groups/{4}", group("Sailors", "{0}")),
    ("GET", "/Groups", None),
    ("DELETE", "/Groups/{4}", None), ("GET", "/Groups/{4}", None),
    ("DELETE", "/Users/{1}", None), ("GET", "/Users/{1}", None), find('userName pr'),
    ("DELETE", "/Users/nobody", None), replace("/Users/nobody", "title", "x"), ("PUT", "/Users/nobody", user("nobody")),
    ("POST", "/Users", user("Zo\u00eb", name={"givenName": "Back"})),
    ("GET", "/Users", None),
]

ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UNLIKE = [(re.compile(r'W/\\"[^"]*\\"'), "VERSION"), (re.compile(r'"20(?!20-01-02)[0-9-]{8}T[0-9:.]+Z"'), '"NOW"')]


class Conversation:
    """The exchanges with one installation, its ids by the order in which they appear."""

    def __init__(self, site):
        self.site = site
        django_project.run(site.database_url, MADE)
        self.token = self.site.token
        self.site.start_scim()
        self.ids = []

    def text(self, of):
        for number, known in enumerate(self.ids):
            of = of.replace("{%d}" % number, known)
        return of

    def filled(self, body):
        if isinstance(body, dict):
            return {name: self.filled(value) for name, value in body.items()}
        if isinstance(body, list):
            return [self.filled(value) for value in body]
        return self.text(body) if isinstance(body, str) else body

    def alike(self, answer):
        """The answer without what no two installations share."""
        text = answer.body.decode()
        for found in ID.findall(text):
            if found not in self.ids and not found.startswith("00000000"):
                self.ids.append(found)
        for number, known in enumerate(self.ids):
            text = text.replace(known, "{%d}" % number)
        for pattern, word in UNLIKE:
            text = pattern.sub(word, text)
        return answer.status, text

    def ask(self, method, path, body):
        data = json.dumps(self.filled(body)).encode() if body else b""
        with FastCgi(self.site.socket) as connection:
            return self.alike(connection.request(method, self.text(path.replace("%7B", "{").replace("%7D", "}")), self.token, data))


class Answers(unittest.TestCase):
    def begin(self, preset, url):
        site = self.enterContext(Site(config='mapping = "%s"\n' % preset, base_url="https://app.example.com" + BASE, database_url=url))
        return Conversation(site)

    def check(self, preset):
        directory = self.enterContext(tempfile.TemporaryDirectory(prefix="scim"))
        sqlite, postgresql = self.begin(preset, "sqlite:%s/app.db" % directory), self.begin(preset, None)
        self.assertTrue(postgresql.site.database_url.startswith("postgresql:"), "to be run by postgresql.py")
        found = 0
        for exchange in EXCHANGES:
            with self.subTest(exchange):
                expected = sqlite.ask(*exchange)
                self.assertLess(expected[0], 500, expected)
                self.assertEqual(postgresql.ask(*exchange), expected)
                found += '"totalResults":0' not in expected[1] and expected[0] == 200
        # What only PostgreSQL demands of the application's columns is not ours to promise.
        self.assertEqual(postgresql.ask("POST", "/Users", user("n" * 151))[0], 400)
        self.assertGreater(found, len(EXCHANGES) // 2)
        self.assertGreater(len(sqlite.ids), 6)

    def test_preset_django(self):
        self.check("django")

    def test_preset_django_scim2_server(self):
        self.check("django-scim2-server")


if __name__ == "__main__":
    unittest.main(verbosity=2)
