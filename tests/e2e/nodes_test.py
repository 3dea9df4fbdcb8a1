# SPDX-License-Identifier: MIT
"""Several scim-fcgi on one PostgreSQL behind one nginx: they are one server to their clients, also when one of them or the
database goes away in the middle of it."""
import json
import random
import threading
import unittest
import urllib.parse

import harness
from harness import FastCgi, Site, check_error, user
from postgresql import Postgresql
from served import group, patch_body as patch

NODES = ("a", "b", "c")


def start_nodes(site):
    """The first makes the tables while the others wait for it or find them made."""
    return {name: site.start_node(name, "--threads", "8") for name in NODES}


def add(user_id):
    return patch({"op": "add", "path": "members", "value": [{"value": user_id}]})


def remove(user_id):
    return patch({"op": "remove", "path": 'members[value eq "%s"]' % user_id})


class OneServer(unittest.TestCase):
    """Each request goes to a node that is named."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Postgresql())
        cls.site = cls.enterClassContext(Site(database_url=cls.server.create_database()))
        start_nodes(cls.site)
        cls.site.token
        cls.made = 0

    def at(self, node, method, path, body=None, token=None, **headers):
        with FastCgi("%s-%s" % (self.site.socket, node)) as connection:
            more = [("HTTP_" + name.upper(), value) for name, value in headers.items()]
            data = b"" if body is None else json.dumps(body).encode()
            return connection.request(method, path, token or self.site.token, data, more=more)

    def make(self, node):
        OneServer.made += 1
        answer = self.at(node, "POST", "/Users", user("ada-%d" % self.made))
        self.assertEqual(answer.status, 201, answer)
        return answer

    def test_what_one_has_made_the_others_have(self):
        made = self.make("a").json()
        for node in NODES:
            self.assertEqual(self.at(node, "GET", "/Users/" + made["id"]).json(), made)
        self.assertEqual(self.at("b", "DELETE", "/Users/" + made["id"]).status, 204)
        for node in NODES:
            self.assertEqual(self.at(node, "GET", "/Users/" + made["id"]).status, 404)

    def test_a_name_is_taken_everywhere(self):
        made = self.make("a").json()
        for node in NODES:
            check_error(self, self.at(node, "POST", "/Users", user(made["userName"].upper())), 409, "uniqueness")

    def test_versions_are_those_of_all(self):
        made = self.make("a")
        path, old = "/Users/" + made.json()["id"], made.header("ETag")
        changed = self.at("b", "PATCH", path, patch({"op": "add", "path": "title", "value": "Countess"}), if_match=old)
        self.assertEqual(changed.status, 200, changed)
        check_error(self, self.at("c", "PATCH", path, patch({"op": "add", "path": "title", "value": "x"}), if_match=old), 412)
        self.assertEqual(self.at("a", "GET", path, if_none_match=changed.header("ETag")).status, 304)

    def test_a_cursor_goes_on_at_another_node(self):
        for _ in range(7):
            self.make("a")
        seen, cursor, turn = [], "", 0
        while cursor is not None:
            page = self.at(NODES[turn % 3], "GET", "/Users?count=2&cursor=" + urllib.parse.quote(cursor))
            self.assertEqual(page.status, 200, page)
            seen += [each["id"] for each in page.json()["Resources"]]
            cursor, turn = page.json().get("nextCursor"), turn + 1
        self.assertGreater(turn, 3)
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), self.at("b", "GET", "/Users").json()["totalResults"])

    def test_a_token_is_known_and_forgotten_everywhere_at_once(self):
        token = self.site.scimctl("token", "create", "short").strip()
        for node in NODES:
            self.assertEqual(self.at(node, "GET", "/Users", token=token).status, 200)
        self.site.scimctl("token", "revoke", "--yes", "short")
        for node in NODES:
            check_error(self, self.at(node, "GET", "/Users", token=token), 401)

    def test_bulk_work_of_two_nodes_that_is_crosswise(self):
        """Each wants the rows of the other, in the other order: both are done."""
        ids = [self.make("a").json()["id"] for _ in range(12)]
        answers = {}

        def run(node, order):
            operations = [{"method": "PATCH", "path": "/Users/" + each,
                           "data": patch({"op": "replace", "path": "title", "value": node + str(n)})}
                          for n in range(6) for each in order]
            answers[node] = self.at(node, "POST", "/Bulk", {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations})
        threads = [threading.Thread(target=run, args=("a", ids)), threading.Thread(target=run, args=("b", ids[::-1]))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for node, answer in answers.items():
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual({each["status"] for each in answer.json()["Operations"]}, {"200"}, node)
        for each in ids:
            self.assertIn(self.at("c", "GET", "/Users/" + each).json()["title"], ("a5", "b5"))

    def test_two_groups_do_not_take_each_other_in(self):
        """Where circles are refused, one of two who come at once is refused."""
        config = self.site.config.read_text()
        site = self.enterContext(Site(config="group_cycles = \"reject\"\n", database_url=self.server.create_database()))
        self.assertIn("url", config)
        start_nodes(site)
        token = site.token

        def at(node, method, path, body=None):
            with FastCgi("%s-%s" % (site.socket, node)) as connection:
                return connection.request(method, path, token, b"" if body is None else json.dumps(body).encode())
        for turn in range(12):
            one, two = (at("a", "POST", "/Groups", group("g%d%s" % (turn, each))).json()["id"] for each in "xy")
            statuses = []
            threads = [threading.Thread(target=lambda node=node, path=path, member=member: statuses.append(
                at(node, "PATCH", "/Groups/" + path, add(member)).status))
                for node, path, member in (("a", one, two), ("b", two, one))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(sorted(statuses), [200, 400])


class Client:
    """Puts one user into groups and takes it out again; nobody else does so with this user."""

    def __init__(self, storm, user_id, seed):
        self.storm, self.user_id, self.random = storm, user_id, random.Random(seed)
        self.acknowledged = {}  # by group: whether it is a member; None: not known, since a write was not acknowledged

    def run(self):
        done = 0
        while done < self.storm.OPERATIONS:
            chosen = self.random.choice(self.storm.groups)
            wants = not self.acknowledged.get(chosen, False)
            answer = self.storm.ask("PATCH", "/Groups/" + chosen, add(self.user_id) if wants else remove(self.user_id))
            if answer is not None and answer.status in (200, 204):
                self.acknowledged[chosen] = wants
                self.storm.count()
                done += 1
            else:
                self.acknowledged[chosen] = None


class Storm(unittest.TestCase):
    CLIENTS, GROUPS, OPERATIONS = 200, 4, 8

    def setUp(self):
        self.server = self.enterContext(Postgresql())
        self.site = self.enterContext(Site(database_url=self.server.create_database()))
        self.nodes = start_nodes(self.site)
        self.site.start_nginx()
        self.site.token
        users = [self.made("/Users", user("u%d" % i)) for i in range(self.CLIENTS)]
        self.groups = [self.made("/Groups", group("g%d" % i)) for i in range(self.GROUPS)]
        self.clients = [Client(self, each, seed) for seed, each in enumerate(users)]
        self.progress = threading.Condition()
        self.acknowledged, self.statuses, self.faults = 0, {}, []

    def made(self, path, body):
        answer = self.site.http("POST", path, body)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()["id"]

    def count(self):
        with self.progress:
            self.acknowledged += 1
            self.progress.notify_all()

    def wait_for(self, acknowledged):
        with self.progress:
            self.assertTrue(self.progress.wait_for(lambda: self.acknowledged >= acknowledged or self.faults, 240), self.statuses)

    def ask(self, method, path, body=None):
        """Notes what is no SCIM document. None: the answer was cut off, which tells nothing."""
        try:
            answer = self.site.http(method, path, body)
        except (OSError, harness.http.client.HTTPException) as error:
            self.note("no answer of nginx: %r" % error)
            return None
        with self.progress:
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        if answer.status == 204:
            return answer
        try:
            document = json.loads(answer.body)
            is_error = document["schemas"] == [harness.ERROR_URN] and document["status"] == str(answer.status)
            if answer.header("Content-Type").split(";")[0] != harness.SCIM_TYPE or (answer.status >= 400) != is_error:
                self.note(answer)
            if answer.status == 503 and not answer.header("Retry-After"):
                self.note(answer)
            if answer.status not in (200, 502, 503):
                self.note(answer)
        except (ValueError, KeyError, AttributeError):
            self.note(answer)
        return answer

    def note(self, fault):
        with self.progress:
            self.faults.append(fault)
            self.progress.notify_all()

    def test_nothing_acknowledged_is_lost(self):
        threads = [threading.Thread(target=client.run, daemon=True) for client in self.clients]
        for thread in threads:
            thread.start()
        whole = self.CLIENTS * self.OPERATIONS
        self.wait_for(whole // 4)
        self.nodes["b"].process.kill()
        self.wait_for(whole // 2)
        self.server.restart()
        self.wait_for(whole)
        for thread in threads:
            thread.join(60)
        self.assertEqual(self.faults[:3], [])
        self.check_members()

    def check_members(self):
        known = 0
        for number, each in enumerate(self.groups):
            answer = self.ask("GET", "/Groups/" + each)
            self.assertEqual(answer.status, 200, answer)
            members = [member["value"] for member in answer.json().get("members", [])]
            self.assertEqual(len(members), len(set(members)), "somebody is a member twice")
            for client in self.clients:
                is_member = client.acknowledged.get(each, False)
                if is_member is None:
                    continue
                known += 1
                self.assertEqual(client.user_id in members, is_member, "group %d, %s" % (number, self.statuses))
        self.assertGreater(known, self.CLIENTS * self.GROUPS // 2, self.statuses)


class Database(unittest.TestCase):
    """A database that goes away and comes back."""

    def setUp(self):
        self.server = self.enterContext(Postgresql())
        self.site = self.enterContext(Site(database_url=self.server.create_database()))
        start_nodes(self.site)
        self.site.start_nginx()
        self.site.token

    def test_it_heals_by_itself(self):
        made = self.site.http("POST", "/Users", user("ada")).json()
        self.server.crash()
        for method, path, body in (("GET", "/Users/" + made["id"], None), ("POST", "/Users", user("bob")), ("GET", "/Users", None)):
            answer = self.site.http(method, path, body)
            check_error(self, answer, 503)
            self.assertTrue(answer.header("Retry-After"))
        self.server.start()
        for _ in range(3 * len(NODES)):
            self.assertEqual(self.site.http("GET", "/Users/" + made["id"]).json(), made)
        self.assertEqual(self.site.http("POST", "/Users", user("bob")).status, 201)

    def test_a_restart_between_two_requests_is_not_noticed(self):
        made = self.site.http("POST", "/Users", user("ada")).json()
        for _ in range(2):
            self.server.restart()
            for _ in range(3 * len(NODES)):
                self.assertEqual(self.site.http("GET", "/Users/" + made["id"]).status, 200)
        self.server.restart()
        changed = self.site.http("PATCH", "/Users/" + made["id"], patch({"op": "add", "path": "title", "value": "Countess"}))
        self.assertEqual(changed.status, 200, changed)


if __name__ == "__main__":
    unittest.main()
