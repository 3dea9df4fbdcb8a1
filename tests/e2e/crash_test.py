# SPDX-License-Identifier: MIT
"""scim-fcgi is killed while clients write, again and again: what it has acknowledged is there, nothing is there by half, and
what filters find is what there is. SCIMCTL_CRASH_ROUNDS and SCIMCTL_CRASH_SEED: how often, and another course of events."""
import contextlib
import json
import os
import random
import sqlite3
import threading
import unittest
import urllib.parse

import postgresql
from harness import FastCgi, Site, on_postgresql, user
from served import ENTERPRISE_URN, group, op, patch_body

SANITIZED = bool(os.environ.get("SCIMCTL_SANITIZE"))
ROUNDS = int(os.environ.get("SCIMCTL_CRASH_ROUNDS") or (5 if SANITIZED or on_postgresql() else 20))
SEED = int(os.environ.get("SCIMCTL_CRASH_SEED") or random.randrange(1 << 32))
WRITERS = 8
MOST_USERS = 30  # of one writer
BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def attributes(name, turn):
    """All of them change from one turn to the next: one that has not is seen."""
    return {"displayName": "%s the %d" % (name, turn), "name": {"givenName": name, "familyName": "No. %d" % turn},
            "emails": [{"value": "%s-%d@work.example" % (name, turn), "type": "work"},
                       {"value": "%s-%d@home.example" % (name, turn), "type": "home"}],
            "phoneNumbers": [{"value": "tel:+%d" % turn, "type": "work"}],
            ENTERPRISE_URN: {"employeeNumber": "%s %d" % (name, turn), "department": "D%d" % turn}}


def document(name, turn):
    return user(name, **attributes(name, turn), schemas=[*user(name)["schemas"], ENTERPRISE_URN])


def look(resource):
    return {name: resource.get(name) for name in attributes("", 0)}


class Writer:
    """Writes users and a group that nobody else writes, one request after the other: when the answer to one does not come,
    there is what was before it or what it makes, and nothing between the two."""

    def __init__(self, name, seed):
        self.name, self.random = name, random.Random(seed)
        self.made = 0
        self.users, self.members = {}, set()  # turns by name; names
        self.ids = {}
        self.group = None
        self.pending = None  # users and members as the request makes them that has not been answered
        self.touched = set()

    def run(self, address, token, acknowledged):
        """Until the connection breaks."""
        with contextlib.suppress(OSError, EOFError), FastCgi(address) as connection:
            while True:
                self.step(lambda method, path, body=None: connection.request(method, path, token, b"" if body is None else json.dumps(body).encode()))
                acknowledged()

    def step(self, ask):
        if self.group is None:
            return self.make_group(ask)
        steps = [self.create, self.bulk, self.change, self.change, self.join, self.delete]
        if len(self.users) > MOST_USERS:
            steps = [self.delete]
        return self.random.choice(steps)(ask)

    def send(self, ask, users, members, status, *request):
        self.pending = (users, members)
        self.touched |= {name for name in users.keys() | self.users.keys() if users.get(name) != self.users.get(name)}
        answer = ask(*request)
        if answer.status != status:
            raise AssertionError("%s: %r" % (request, answer))
        (self.users, self.members), self.pending = self.pending, None
        return answer.json() if answer.body else None

    def new_name(self):
        self.made += 1
        return "%s-%d" % (self.name, self.made)

    def any_of(self, names):
        return self.random.choice(sorted(names))

    def make_group(self, ask):
        self.group = self.send(ask, self.users, set(), 201, "POST", "/Groups", group(self.name))["id"]

    def create(self, ask):
        name = self.new_name()
        self.ids[name] = self.send(ask, {**self.users, name: 0}, self.members, 201, "POST", "/Users", document(name, 0))["id"]

    def change(self, ask):
        if not self.users:
            return
        name = self.any_of(self.users)
        turn = self.users[name] + 1
        self.send(ask, {**self.users, name: turn}, self.members, 200, "PATCH", "/Users/" + self.ids[name],
                  patch_body(op("replace", value=attributes(name, turn))))

    def join(self, ask):
        strangers = sorted(self.users.keys() - self.members)
        if len(strangers) < 2:
            return
        names = self.random.sample(strangers, 2)
        self.send(ask, self.users, self.members | set(names), 200, "PATCH", "/Groups/" + self.group,
                  patch_body(*(op("add", "members", [{"value": self.ids[name]}]) for name in names)))

    def delete(self, ask):
        if not self.users:
            return
        name = self.any_of(self.users)
        self.send(ask, {k: v for k, v in self.users.items() if k != name}, self.members - {name}, 204, "DELETE", "/Users/" + self.ids[name])

    def bulk(self, ask):
        """Two users and their membership."""
        names = [self.new_name() for _ in range(2)]
        operations = [{"method": "POST", "path": "/Users", "bulkId": name, "data": document(name, 0)} for name in names]
        operations.append({"method": "PATCH", "path": "/Groups/" + self.group, "data": patch_body(
            op("add", "members", [{"value": "bulkId:" + name} for name in names]))})
        done = self.send(ask, {**self.users, **dict.fromkeys(names, 0)}, self.members | set(names), 200, "POST", "/Bulk",
                         {"schemas": [BULK_URN], "atomic": True, "Operations": operations})
        for each in done["Operations"][:2]:
            self.ids[each["bulkId"]] = each["location"].rpartition("/")[2]


class Kill(unittest.TestCase):
    def setUp(self):
        print("SCIMCTL_CRASH_SEED=%d" % SEED, flush=True)
        self.random = random.Random(SEED)
        self.site = self.enterContext(Site())
        self.site.token
        self.writers = [Writer("w%d" % i, self.random.random()) for i in range(WRITERS)]
        self.progress = threading.Condition()
        self.acknowledged, self.faults = 0, []

    def count(self):
        with self.progress:
            self.acknowledged += 1
            self.progress.notify_all()

    def run_writer(self, writer):
        try:
            writer.run(self.site.socket, self.site.token, self.count)
        except Exception as fault:  # reported by the test's own thread
            with self.progress:
                self.faults.append(repr(fault))
                self.progress.notify_all()

    def test_what_is_acknowledged_is_there_and_nothing_by_half(self):
        for number in range(ROUNDS):
            with self.subTest(round=number, seed=SEED):
                scim = self.site.start_scim("--threads", "4")
                self.check_all()
                self.write_until_killed(scim)
                if number % 3 == 0:  # others find it as it was left by whoever was killed
                    self.check_file()
        self.site.start_scim()
        self.check_all()
        self.check_file()
        self.check_log()
        print("%d writes, killed %d times" % (self.acknowledged, ROUNDS), flush=True)

    def write_until_killed(self, scim):
        threads = [threading.Thread(target=self.run_writer, args=(writer,)) for writer in self.writers]
        wanted = self.acknowledged + self.random.randrange(1, 15 * WRITERS)
        for thread in threads:
            thread.start()
        with self.progress:
            self.progress.wait_for(lambda: self.acknowledged >= wanted or self.faults, 120)
            # Not always when an answer has just been given.
            self.progress.wait_for(lambda: self.faults, self.random.random() / 100)
        scim.process.kill()
        scim.process.wait()
        for thread in threads:
            thread.join()
        self.assertEqual(self.faults, [])
        if on_postgresql():  # what had been sent is done to its end
            postgresql.wait_until_alone(self.site.database_url)

    def check_file(self):
        if on_postgresql():
            return
        with contextlib.closing(sqlite3.connect(self.site.database)) as database:
            for function in ("scim_fold", "scim_username", "scim_instant"):
                database.create_function(function, 1, lambda text: text, deterministic=True)
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])

    def check_log(self):
        """Its chains are whole, and each user that was made and is there, or was deleted since, is told of."""
        self.site.scimctl("log", "verify")
        entries = [json.loads(json.loads(line)["entry"]) for line in self.site.scimctl("log", "export", "-").splitlines()]
        told = {(entry["operation"], entry["id"]) for entry in entries}
        for writer in self.writers:
            for name, made in writer.ids.items():
                self.assertIn(("create", made), told)
                unanswered = writer.pending[0] if writer.pending else writer.users
                if name not in writer.users and name not in unanswered:
                    self.assertIn(("deactivate", made), told)
                if name in writer.users and name in unanswered:
                    self.assertNotIn(("deactivate", made), told)

    def check_all(self):
        with FastCgi(self.site.socket) as connection:
            for writer in self.writers:
                self.check(writer, connection)

    def check(self, writer, connection):
        def get(path, **parameters):
            answer = connection.request("GET", path + ("?" + urllib.parse.urlencode(parameters) if parameters else ""), self.site.token)
            self.assertEqual(answer.status, 200, answer)
            return answer.json()

        def find(path, text):
            found = get(path, filter=text, count=1000)
            self.assertEqual(found["totalResults"], len(found["Resources"]))
            return found["Resources"]
        resources = {each["userName"]: each for each in find("/Users", 'userName sw "%s-"' % writer.name)}
        users = {name: int(each["displayName"].rpartition(" ")[2]) for name, each in resources.items()}
        for name, turn in users.items():
            self.assertEqual(look(resources[name]), attributes(name, turn), "half of it is there")
        names = {each["id"]: name for name, each in resources.items()}
        groups = find("/Groups", 'displayName eq "%s"' % writer.name)
        for each in groups:
            self.assertEqual(get("/Groups/" + each["id"]), each)
        members = {names.get(each["value"], "nobody") for each in groups[0].get("members", [])} if groups else set()
        self.assertIn((users, members), [(writer.users, writer.members), writer.pending or (writer.users, writer.members)])
        for name in sorted(writer.touched):
            found = [resources[name]] if name in resources else []
            self.assertEqual(find("/Users", 'userName eq "%s"' % name), found)
            for each in found:
                self.assertEqual(get("/Users/" + each["id"]), each)
                self.assertEqual(find("/Users", 'emails.value eq "%s"' % each["emails"][0]["value"]), found)
                self.assertEqual([one["id"] for one in find("/Groups", 'members.value eq "%s"' % each["id"])],
                                 [groups[0]["id"]] if name in members else [])
        writer.users, writer.members, writer.pending = users, members, None
        writer.ids = {name: each["id"] for name, each in resources.items()}
        writer.group = groups[0]["id"] if groups else None
        writer.touched.clear()


if __name__ == "__main__":
    unittest.main(verbosity=2)
