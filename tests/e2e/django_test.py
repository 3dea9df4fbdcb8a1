# SPDX-License-Identifier: MIT
"""On the database of a Django application that runs django-scim2-server, both serving at the same time: what one writes
the other reads, under the same ids, and so does the ORM."""
import datetime
import threading
import unittest
import urllib.parse
import uuid

import django_project
import harness
from harness import Site, check_error, user

django_project.enter()
SITE = Site(config='mapping = "django-scim2-server"\n')
django_project.set_up(SITE.database_url)

from django.contrib.auth import authenticate  # noqa: E402
from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.db import connection, connections  # noqa: E402

ROOT = django_project.basic("root", "of all trees")
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
DJANGO = []  # the port of Django's server, as soon as it runs


def setUpModule():
    unittest.addModuleCleanup(SITE.close)
    unittest.addModuleCleanup(connections.close_all)
    User.objects.create_superuser("root", "root@example.com", "of all trees")
    SITE.token
    SITE.start_scim()
    SITE.start_nginx()
    DJANGO.append(django_project.serve(SITE))


def django(method, path, body=None):
    """A request to django-scim2-server."""
    return harness.send("127.0.0.1", DJANGO[0], method, harness.BASE + path, body, ROOT)


def group(name, *members):
    return {"schemas": [GROUP_URN], "displayName": name, "members": [{"value": m} for m in members]}


def operations(*each):
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(each)}


def replace(path, value):
    return operations({"op": "replace", "path": path, "value": value})


def instant(text):
    return datetime.datetime.fromisoformat(text)


class Both(unittest.TestCase):
    def ok(self, answer, status=200):
        self.assertEqual(answer.status, status, answer)
        return answer.json() if answer.body else None

    def get(self, path):
        return self.ok(SITE.http("GET", path))

    def post(self, path, body):
        return self.ok(SITE.http("POST", path, body), 201)

    def patch(self, path, body):
        return self.ok(SITE.http("PATCH", path, body))

    def find(self, path, text):
        return self.get("%s?filter=%s" % (path, urllib.parse.quote(text)))["Resources"]

    def seen(self, name):
        """The user of that userName."""
        found = self.find("/Users", 'userName eq "%s"' % name)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def check_same(self, ours, theirs, *attributes):
        for name in ("id",) + attributes:
            self.assertEqual(ours.get(name), theirs.get(name), name)
        self.assertEqual(ours["meta"]["resourceType"], theirs["meta"]["resourceType"])
        for name in ("created", "lastModified"):
            apart = abs(instant(ours["meta"][name]) - instant(theirs["meta"][name]))
            self.assertLessEqual(apart, datetime.timedelta(milliseconds=1), name)


USER_ATTRIBUTES = ("userName", "name", "emails", "active", "externalId")


class Users(Both):
    def test_users_of_the_application_appear_with_a_lasting_id(self):
        User.objects.create_user("ada", "ada@example.com", first_name="Ada", last_name="Lovelace")
        User.objects.create_user("Zoë", is_active=False)
        ada, zoe = self.seen("ADA"), self.seen("zoë")
        self.assertEqual(str(uuid.UUID(ada["id"])), ada["id"])
        self.assertEqual((ada["userName"], ada["name"], ada["emails"], ada["active"]),
                         ("ada", {"givenName": "Ada", "familyName": "Lovelace"},
                          [{"value": "ada@example.com", "primary": True}], True))
        self.assertEqual((zoe["userName"], zoe["active"]), ("Zoë", False))
        for empty in ("name", "emails", "externalId"):
            self.assertNotIn(empty, zoe)
        self.assertEqual(self.get("/Users/" + ada["id"]), ada)
        self.assertIn(ada, self.get("/Users")["Resources"])
        self.assertIn(ada["id"], SITE.scimctl("get", "user", "userName=ada", "-o", "json"))
        self.check_same(ada, self.ok(django("GET", "/Users/" + ada["id"])), *USER_ATTRIBUTES)

    def test_what_django_scim2_server_provisioned(self):
        theirs = self.ok(django("POST", "/Users", user(
            "grace@example.com", externalId="00u1", name={"givenName": "Grace", "familyName": "Hopper"},
            emails=[{"value": "grace@example.com", "primary": True}])), 201)
        path = "/Users/" + theirs["id"]
        ours = self.get(path)
        self.check_same(ours, theirs, *USER_ATTRIBUTES)
        self.assertEqual(self.find("/Users", 'externalId eq "00u1"'), [ours])
        self.assertEqual(self.patch(path, replace("name.givenName", "Amazing Grace"))["id"], theirs["id"])
        self.check_same(self.get(path), self.ok(django("GET", path)), *USER_ATTRIBUTES)

    def test_what_we_provisioned(self):
        ours = self.post("/Users", user("hedy", externalId="00u2", name={"givenName": "Hedy", "familyName": "Lamarr"},
                                        emails=[{"value": "hedy@example.com", "primary": True}], active=True))
        path = "/Users/" + ours["id"]
        self.check_same(ours, self.ok(django("GET", path)), *USER_ATTRIBUTES)
        theirs = self.ok(django("PUT", path, user("hedy.lamarr", name={"givenName": "Hedwig", "familyName": "Kiesler"})))
        after = self.get(path)
        self.check_same(after, theirs, *USER_ATTRIBUTES)
        self.assertNotEqual(after["meta"]["version"], ours["meta"]["version"])
        # Their copies of what we write are kept: they look for the copy.
        self.patch(path, replace("userName", "hedwig"))
        found, = self.ok(django("GET", "/Users?filter=userName%20eq%20%22hedwig%22"))["Resources"]
        self.assertEqual(found["id"], ours["id"])
        self.assertEqual(User.objects.get(username="hedwig").scim.scim_username, "hedwig")

    def test_what_scim_writes_the_orm_reads(self):
        before = datetime.datetime.now(datetime.timezone.utc)
        path = "/Users/" + self.post("/Users", user("alan", name={"givenName": "Alan", "familyName": "Тьюринг"},
                                                    emails=[{"value": "alan@example.com", "type": "work", "primary": True}],
                                                    title="Fellow"))["id"]
        alan = User.objects.get(username="alan")
        alan.full_clean()
        self.assertEqual((alan.first_name, alan.last_name, alan.email), ("Alan", "Тьюринг", "alan@example.com"))
        self.assertEqual((alan.is_active, alan.is_staff, alan.is_superuser, alan.last_login), (True, False, False, None))
        self.assertLess(abs(alan.date_joined - before), datetime.timedelta(minutes=5))
        self.assertFalse(alan.has_usable_password())
        self.patch(path, operations({"op": "remove", "path": "emails"}, {"op": "remove", "path": "name.familyName"},
                                    {"op": "replace", "path": "name.givenName", "value": "Al"}))
        alan.refresh_from_db()
        self.assertEqual((alan.first_name, alan.last_name, alan.email), ("Al", "", ""))
        self.assertEqual(self.find("/Users", 'title eq "fellow"')[0]["userName"], "alan")  # no column, and not lost

    def test_passwords(self):
        path = "/Users/" + self.post("/Users", user("barbara", password="Liskov's 1st"))["id"]
        self.assertTrue(User.objects.get(username="barbara").check_password("Liskov's 1st"))
        self.assertEqual(authenticate(username="barbara", password="Liskov's 1st"), User.objects.get(username="barbara"))
        self.patch(path, replace("password", "пароль ✓"))
        self.assertIsNone(authenticate(username="barbara", password="Liskov's 1st"))
        self.assertIsNotNone(authenticate(username="barbara", password="пароль ✓"))
        self.assertNotIn("password", self.get(path))

    def test_what_the_orm_changes_is_seen_at_once(self):
        katherine = User.objects.create_user("katherine", first_name="Katherine")
        before = self.seen("katherine")
        path = "/Users/" + before["id"]
        self.assertEqual(SITE.http("GET", path, headers={"If-None-Match": before["meta"]["version"]}).status, 304)
        versions = {before["meta"]["version"]}
        for change, shown in (({"first_name": "Kate"}, ("name", {"givenName": "Kate"})),
                              ({"email": "k@example.com"}, ("emails", [{"value": "k@example.com", "primary": True}])),
                              ({"is_active": False}, ("active", False)),
                              ({"username": "katherine.johnson"}, ("userName", "katherine.johnson"))):
            with self.subTest(change):
                User.objects.filter(pk=katherine.pk).update(**change)
                answer = SITE.http("GET", path, headers={"If-None-Match": before["meta"]["version"]})
                after = self.ok(answer)
                self.assertEqual(after[shown[0]], shown[1])
                self.assertNotIn(after["meta"]["version"], versions)
                self.assertEqual(answer.header("ETag"), after["meta"]["version"])
                versions.add(after["meta"]["version"])
        stale = SITE.http("PATCH", path, replace("active", True), headers={"If-Match": before["meta"]["version"]})
        check_error(self, stale, 412)

    def test_a_row_that_the_application_deletes_is_gone(self):
        for made in ("by the ORM", "by SCIM"):
            with self.subTest(made):
                if made == "by the ORM":
                    User.objects.create_user("brief")
                    first = self.seen("brief")
                else:
                    first = self.post("/Users", user("brief", nickName="Bri"))
                User.objects.get(username="brief").delete()
                check_error(self, SITE.http("GET", "/Users/" + first["id"]), 404)
                self.assertEqual(self.find("/Users", 'userName eq "brief"'), [])
                again = self.post("/Users", user("brief"))
                self.assertNotEqual(again["id"], first["id"])
                self.assertNotIn("nickName", again)
                User.objects.get(username="brief").delete()

    def test_delete_deactivates(self):
        gone = self.post("/Users", user("linus", password="penguin", active=True))
        path = "/Users/" + gone["id"]
        linus = User.objects.get(username="linus")
        self.ok(SITE.http("DELETE", path), 204)
        check_error(self, SITE.http("GET", path), 404)
        self.assertEqual(self.find("/Users", 'userName eq "linus"'), [])
        linus.refresh_from_db()
        self.assertFalse(linus.is_active)
        self.assertIsNone(authenticate(username="linus", password="penguin"))
        self.assertIs(self.ok(django("GET", path))["active"], False)
        # The application lets the user in again.
        linus.is_active = True
        linus.save()
        self.assertIs(self.get(path)["active"], True)

    def test_deactivated_by_django_scim2_server(self):
        path = "/Users/" + self.post("/Users", user("tim"))["id"]
        self.assertEqual(django("DELETE", path).status, 204)
        self.assertIs(self.get(path)["active"], False)

    def test_a_name_that_the_application_has_is_a_conflict(self):
        User.objects.create_user("taken")
        check_error(self, SITE.http("POST", "/Users", user("taken")), 409, "uniqueness")
        check_error(self, SITE.http("POST", "/Users", user("TAKEN")), 409, "uniqueness")

    def test_both_write_at_once(self):
        statuses = []

        def provision(send, name):
            for i in range(6):
                statuses.append(send("POST", "/Users", user("%s%d" % (name, i))).status)
        threads = [threading.Thread(target=provision, args=(SITE.http, "here")),
                   threading.Thread(target=provision, args=(django, "there"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(statuses, [201] * 12)
        names = ["%s%d" % (name, i) for name in ("here", "there") for i in range(6)]
        self.assertEqual(User.objects.filter(username__in=names, scim__active=True).count(), 12)
        for name in names:
            ours = self.seen(name)
            self.check_same(ours, self.ok(django("GET", "/Users/" + ours["id"])), "userName")


class Untouched(Both):
    def test_rows_stay_byte_for_byte(self):
        # Values that a program which wrote the row again would write differently.
        staff = Group.objects.create(name="untouched staff")
        odd = User.objects.create_user("Odd\u0301", "MiXed@Example.COM", first_name=" two  spaces ")
        odd.groups.add(staff)
        is_staff = "true" if connection.vendor == "postgresql" else "'yes'"
        self.execute("update auth_user set date_joined = '2020-01-02 03:04:05', is_staff = %s, last_login = '2021-02-03 04:05:06.7', "
                     "password = 'md5$not$a-hash' where id = %d" % (is_staff, odd.pk))
        before, shape = self.rows(), self.shape()
        self.get("/Users")
        self.get("/Groups")
        touched = self.post("/Users", user("touched", name={"givenName": "T"}))
        members = self.post("/Groups", group("touched", touched["id"]))
        self.patch("/Users/" + touched["id"], replace("active", False))
        self.patch("/Groups/" + members["id"], operations({"op": "remove", "path": "members"}))
        self.ok(SITE.http("DELETE", "/Groups/" + members["id"]), 204)
        self.ok(SITE.http("DELETE", "/Users/" + touched["id"]), 204)
        self.assertEqual(before - self.rows(), set())
        self.assertEqual(self.shape(), shape)
        connection.check_constraints()

    def execute(self, sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def tables(self):
        return [name for name in sorted(connection.introspection.table_names()) if not name.startswith("scim_")]

    def rows(self):
        """Of every table of the application, with what the database keeps of each value."""
        found = set()
        for table in self.tables():
            with connection.cursor() as cursor:
                columns = [c.name for c in connection.introspection.get_table_description(cursor, table)]
            as_kept = 'quote_nullable("%s")' if connection.vendor == "postgresql" else 'quote("%s")'
            found |= {(table,) + row for row in self.execute('select %s from "%s"' % (", ".join(as_kept % c for c in columns), table))}
        return found

    def shape(self):
        names = self.tables()
        if connection.vendor == "postgresql":
            shape = [self.execute("select %s from %s order by 1, 2, 3" % each) for each in (
                ("table_name, column_name, ordinal_position, data_type, column_default, is_nullable, collation_name",
                 "information_schema.columns where table_schema = 'public'"),
                ("tablename, indexname, indexdef", "pg_indexes where schemaname = 'public'"),
                ("cast(conrelid::regclass as text), conname, pg_get_constraintdef(oid)", "pg_constraint where conrelid <> 0"),
                ("cast(tgrelid::regclass as text), tgname, 1", "pg_trigger where not tgisinternal"))]
            return [row for rows in shape for row in rows if row[0] in names]
        modes = [self.execute("pragma " + p) for p in ("journal_mode", "user_version", "application_id")]
        schema = self.execute("select tbl_name, name, sql from sqlite_schema order by 1, 2")
        return [row for row in schema if row[0] in names], modes


class Groups(Both):
    def test_groups_of_the_application_appear(self):
        crew = Group.objects.create(name="crew")
        for name in ("crew1", "crew2"):
            User.objects.create_user(name).groups.add(crew)
        found, = self.find("/Groups", 'displayName eq "Crew"')
        self.assertEqual({m["value"]: m["display"] for m in found["members"]},
                         {self.seen(n)["id"]: n for n in ("crew1", "crew2")})
        self.assertEqual([g["display"] for g in self.seen("crew1")["groups"]], ["crew"])
        theirs = self.ok(django("GET", "/Groups/" + found["id"]))
        self.check_same(found, theirs, "displayName", "externalId")
        self.assertEqual({m["value"] for m in theirs["members"]}, {m["value"] for m in found["members"]})

    def test_members_both_ways(self):
        ids = {n: self.post("/Users", user(n))["id"] for n in ("m1", "m2", "m3")}
        made = self.post("/Groups", group("both ways", ids["m1"]))
        path = "/Groups/" + made["id"]
        both = Group.objects.get(name="both ways")
        self.check_members(both, "m1")
        self.patch(path, operations({"op": "add", "path": "members", "value": [{"value": ids["m2"]}]}))
        self.check_members(both, "m1", "m2")
        before = self.get(path)
        User.objects.get(username="m3").groups.add(both)
        User.objects.get(username="m1").groups.remove(both)
        after = self.get(path)
        self.assertEqual({m["value"] for m in after["members"]}, {ids["m2"], ids["m3"]})
        self.assertNotEqual(after["meta"]["version"], before["meta"]["version"])
        self.patch(path, operations({"op": "remove", "path": 'members[value eq "%s"]' % ids["m2"]}))
        self.check_members(both, "m3")
        renamed = self.ok(SITE.http("PUT", path, group("renamed", ids["m1"])))
        self.check_members(both, "m1")
        self.assertEqual(self.ok(django("GET", path))["displayName"], renamed["displayName"])

    def check_members(self, group, *names):
        self.assertEqual(sorted(group.user_set.values_list("username", flat=True)), sorted(names))

    def test_what_django_scim2_server_provisioned(self):
        member = self.post("/Users", user("theirs"))["id"]
        theirs = self.ok(django("POST", "/Groups", dict(group("theirs", member), externalId="g1")), 201)
        ours = self.get("/Groups/" + theirs["id"])
        self.check_same(ours, theirs, "displayName", "externalId")
        self.assertEqual([m["value"] for m in ours["members"]], [member])
        self.ok(SITE.http("DELETE", "/Groups/" + theirs["id"]), 204)
        self.assertEqual(django("GET", "/Groups/" + theirs["id"]).status, 404)

    def test_delete_takes_the_permissions_along(self):
        made = self.post("/Groups", group("editors", self.post("/Users", user("editor"))["id"]))
        editors = Group.objects.get(name="editors")
        permission = Permission.objects.first()
        editors.permissions.add(permission)
        self.ok(SITE.http("DELETE", "/Groups/" + made["id"]), 204)
        check_error(self, SITE.http("GET", "/Groups/" + made["id"]), 404)
        self.assertFalse(Group.objects.filter(name="editors").exists())
        self.assertFalse(permission.group_set.filter(pk=editors.pk).exists())
        self.assertTrue(User.objects.filter(username="editor", groups=None).exists())

    def test_a_group_that_the_application_deletes_is_gone(self):
        made = self.post("/Groups", group("passing", self.post("/Users", user("passenger"))["id"]))
        Group.objects.get(name="passing").delete()
        check_error(self, SITE.http("GET", "/Groups/" + made["id"]), 404)
        self.assertNotIn("groups", self.seen("passenger"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
