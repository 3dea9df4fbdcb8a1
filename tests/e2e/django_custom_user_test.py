# SPDX-License-Identifier: MIT
"""The preset django over a custom user model, with what the preset's own comment says to write for one."""
import re
import unittest
import urllib.parse
import uuid

import django_project
from harness import ROOT, Site, check_error, user

django_project.enter()
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def shown_in_the_preset():
    """The first example of the comment, as a configuration."""
    comment = (ROOT / "sql/presets/django.toml").read_text().split("# A user model of your own", 1)[1]
    example = re.search(r"(?:^#(?:   .*)?\n)+", comment, re.MULTILINE).group()
    return re.sub(r"(?m)^#(?:   )?", "", example)


SITE = Site(config=shown_in_the_preset())
django_project.set_up(SITE.database_url, "people.Person")

from django.contrib.auth import authenticate  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.db import connections  # noqa: E402
from people.models import Person  # noqa: E402


def setUpModule():
    unittest.addModuleCleanup(SITE.close)
    unittest.addModuleCleanup(connections.close_all)
    SITE.token
    SITE.start_scim()
    SITE.start_nginx()


class CustomUser(unittest.TestCase):
    def http(self, status, *arguments):
        answer = SITE.http(*arguments)
        self.assertEqual(answer.status, status, answer)
        return answer.json() if answer.body else None

    def find(self, text):
        return self.http(200, "GET", "/Users?filter=" + urllib.parse.quote(text))["Resources"]

    def test_users_of_the_application_appear(self):
        Person.objects.create_user("ada", "ada@example.com", first_name="Ada", employee_number="0815")
        Person.objects.create_user("anna")
        ada, = self.find('%s:employeeNumber eq "0815"' % ENTERPRISE)
        self.assertEqual((ada["userName"], ada[ENTERPRISE]), ("ada", {"employeeNumber": "0815"}))
        self.assertEqual(ada["emails"], [{"value": "ada@example.com", "type": "work", "primary": True}])
        self.assertIn(ENTERPRISE, ada["schemas"])
        self.assertEqual(self.http(200, "GET", "/Users/" + ada["id"]), ada)
        anna, = self.find('userName eq "anna" and not (%s:employeeNumber pr)' % ENTERPRISE)
        self.assertNotIn(ENTERPRISE, anna)

    def test_what_scim_writes_the_orm_reads(self):
        made = self.http(201, "POST", "/Users", dict(user("grace", password="nanosecond"), **{
            ENTERPRISE: {"employeeNumber": "4711", "department": "Navy"}}))
        grace = Person.objects.get(username="grace")
        grace.full_clean()
        self.assertEqual((grace.employee_number, grace.pk.version), ("4711", 4))
        self.assertEqual(authenticate(username="grace", password="nanosecond"), grace)
        self.assertEqual(made[ENTERPRISE]["department"], "Navy")  # no column, and not lost
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
            {"op": "replace", "path": ENTERPRISE + ":employeeNumber", "value": "1"}]}
        self.http(200, "PATCH", "/Users/" + made["id"], body)
        grace.refresh_from_db()
        self.assertEqual(grace.employee_number, "1")
        self.http(204, "DELETE", "/Users/" + made["id"])
        grace.refresh_from_db()
        self.assertFalse(grace.is_active)

    def test_members_both_ways(self):
        crew = Group.objects.create(name="crew")
        Person.objects.create_user("first").groups.add(crew)
        second = self.http(201, "POST", "/Users", user("second"))
        found = self.http(200, "GET", "/Groups")["Resources"][0]
        self.assertEqual([m["display"] for m in found["members"]], ["first"])
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
            {"op": "add", "path": "members", "value": [{"value": second["id"]}]}]}
        self.http(200, "PATCH", "/Groups/" + found["id"], body)
        self.assertEqual(set(crew.user_set.values_list("username", flat=True)), {"first", "second"})
        self.assertEqual(self.http(200, "GET", "/Users/" + second["id"])["groups"][0]["display"], "crew")

    def test_a_row_that_the_application_deletes_is_gone(self):
        made = self.http(201, "POST", "/Users", user("brief", nickName="Bri"))
        Person.objects.get(username="brief").delete()  # Django does not know of our table beside it
        check_error(self, SITE.http("GET", "/Users/" + made["id"]), 404)
        Person.objects.create_user("brief", id=uuid.uuid4())
        again, = self.find('userName eq "brief"')
        self.assertNotEqual(again["id"], made["id"])
        self.assertNotIn("nickName", again)


if __name__ == "__main__":
    unittest.main(verbosity=2)
