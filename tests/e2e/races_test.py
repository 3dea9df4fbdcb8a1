# SPDX-License-Identifier: MIT
"""A hundred clients at once, each on a connection of its own: whoever is told that something is done finds it done, of those
who want the same thing one has it, and nobody is answered by an error of the server. On SQLite and on PostgreSQL."""
import collections
import json
import threading
import unittest

from harness import PATIENCE, FastCgi, Site, user
from served import group, op, patch_body

CLIENTS = 100
BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


class Races(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site())
        # All of a hundred that wait for one row or file shall have their turn, on a slow machine too.
        with open(cls.site.config, "a") as config:  # ends with [database]
            config.write("busy_timeout_ms = %d\n" % (PATIENCE * 1000))
        cls.site.token
        cls.site.start_scim("--threads", "8")
        cls.made = 0

    def ask(self, method, path, body=None, if_match=None):
        with FastCgi(self.site.socket) as connection:
            return self.on(connection, method, path, body, if_match)

    def on(self, connection, method, path, body=None, if_match=None):
        more = [("HTTP_IF_MATCH", if_match)] if if_match else []
        return connection.request(method, path, self.site.token, b"" if body is None else json.dumps(body).encode(), more=more)

    def race(self, request):
        """The answers to request(number), which is (method, path, body, if_match), sent when all are connected."""
        start = threading.Barrier(CLIENTS)
        answers = [None] * CLIENTS

        def run(number):
            with FastCgi(self.site.socket) as connection:
                start.wait(PATIENCE)
                answers[number] = self.on(connection, *request(number))
        threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertNotIn(None, answers, "not all were answered")
        return answers

    def statuses(self, answers):
        return dict(collections.Counter(answer.status for answer in answers))

    def name(self):
        Races.made += 1
        return "n%d" % self.made

    def make(self, path, body):
        answer = self.ask("POST", path, body)
        self.assertEqual(answer.status, 201, answer)
        return answer

    def make_users(self, count=CLIENTS):
        operations = [{"method": "POST", "path": "/Users", "bulkId": str(i), "data": user(self.name())} for i in range(count)]
        done = self.ask("POST", "/Bulk", {"schemas": [BULK_URN], "Operations": operations}).json()
        return [each["location"].rpartition("/")[2] for each in done["Operations"]]

    def make_group(self, *members):
        return "/Groups/" + self.make("/Groups", group(self.name(), *members)).json()["id"]

    def members(self, path):
        values = [each["value"] for each in self.ask("GET", path).json().get("members", [])]
        self.assertEqual(len(values), len(set(values)), "somebody is a member twice")
        return set(values)

    def add(self, path, user_id):
        return "PATCH", path, patch_body(op("add", "members", [{"value": user_id}]))

    def remove(self, path, user_id):
        return "PATCH", path, patch_body(op("remove", 'members[value eq "%s"]' % user_id))

    # Requirements: H-21
    def test_all_who_join_a_group_are_in_it(self):
        ids, path = self.make_users(), self.make_group()
        self.assertEqual(self.statuses(self.race(lambda i: self.add(path, ids[i]))), {200: CLIENTS})
        self.assertEqual(self.members(path), set(ids))

    def test_who_joins_is_in_and_who_leaves_is_out(self):
        ids = self.make_users()
        path = self.make_group(*ids[::2])
        answers = self.race(lambda i: (self.add if i % 2 else self.remove)(path, ids[i]))
        self.assertEqual(self.statuses(answers), {200: CLIENTS})
        self.assertEqual(self.members(path), set(ids[1::2]))

    # Requirements: H-21
    def test_one_of_those_who_want_a_name_has_it(self):
        name = self.name()
        answers = self.race(lambda i: ("POST", "/Users", user(name.upper() if i % 2 else name)))
        self.assertEqual(self.statuses(answers), {201: 1, 409: CLIENTS - 1})
        self.assertEqual({answer.json().get("scimType") for answer in answers if answer.status == 409}, {"uniqueness"})
        self.assertEqual(self.ask("GET", "/Users?filter=userName%20eq%20%22" + name + "%22").json()["totalResults"], 1)

    def test_one_of_those_who_change_the_same_version_does(self):
        made = self.make("/Users", user(self.name()))
        path, version = "/Users/" + made.json()["id"], made.header("ETag")

        def request(number):
            if number % 2:
                return "PUT", path, user(made.json()["userName"], title=str(number)), version
            return "PATCH", path, patch_body(op("replace", "title", str(number))), version
        answers = self.race(request)
        self.assertEqual(self.statuses(answers), {200: 1, 412: CLIENTS - 1})
        winner = next(answer for answer in answers if answer.status == 200)
        self.assertEqual(self.ask("GET", path).json(), winner.json())

    def test_bulks_are_done_whole(self):
        path, shared = self.make_group(), [self.name() for _ in range(10)]

        def request(number):
            operations = [{"method": "POST", "path": "/Users", "bulkId": key, "data": user(name)}
                          for key, name in (("a", "%s-%d" % (path[-8:], number)), ("b", shared[number % 10]))]
            join = patch_body(op("add", "members", [{"value": "bulkId:a"}, {"value": "bulkId:b"}]))
            operations.insert(1, {"method": "PATCH", "path": path, "data": join})
            return "POST", "/Bulk", {"schemas": [BULK_URN], "atomic": True, "Operations": operations}
        done = 0
        for answer in self.race(request):
            self.assertEqual(answer.status, 200, answer)
            statuses = {each["status"] for each in answer.json()["Operations"]}
            self.assertTrue(statuses <= {"200", "201"} or "409" in statuses, answer)
            self.assertFalse(statuses & {"500", "503"}, answer)
            done += statuses <= {"200", "201"}
        self.assertEqual(done, 10)
        self.assertEqual(len(self.members(path)), 20)

    def test_who_is_deleted_is_changed_before_or_not_at_all(self):
        ids = self.make_users(20)
        path = self.make_group(ids[0])
        # Each of 20 users meets five who want something else of it.
        answers = self.race(lambda i: (
            ("DELETE", "/Users/" + ids[i // 5]), ("PATCH", "/Users/" + ids[i // 5], patch_body(op("replace", "title", "x"))),
            self.add(path, ids[i // 5]), ("GET", "/Users/" + ids[i // 5]), ("DELETE", "/Users/" + ids[i // 5]))[i % 5])
        for number in range(20):
            first, change, join, look, second = (answer.status for answer in answers[5 * number:5 * number + 5])
            self.assertEqual(sorted((first, second)), [204, 404])
            self.assertEqual(join, 200)
            self.assertLessEqual({change, look}, {200, 404})
        self.assertEqual(self.members(path), set(), "all who had joined have been deleted")


if __name__ == "__main__":
    unittest.main(verbosity=2)
