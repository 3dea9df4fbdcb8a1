# SPDX-License-Identifier: MIT
"""Cursors (RFC 9865) are good in every process and after a restart, and a walk sees what lives throughout exactly once,
while others add and delete."""
import json
import random
import unittest
from urllib.parse import quote

import harness
from harness import FastCgi, Site, user


class Cursors(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())

    def start(self, name):
        """Another process on the same database; the address it listens on, and the process."""
        address = str(self.site.directory / name)
        process = self.site.start([harness.SCIM_FCGI, "--config", self.site.config, "--listen", "unix:" + address],
                                  name + ".log", ready=address)
        return address, process

    def ask(self, address, method, path, body=None):
        with FastCgi(address) as web:
            return web.request(method, path, self.site.token, harness.encode(body) or b"")

    def page(self, address, query):
        answer = self.ask(address, "GET", "/Users?" + query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def add(self, address, name):
        made = self.ask(address, "POST", "/Users", user(name, title=name[-1]))
        self.assertEqual(made.status, 201, made)
        return made.json()["id"]

    # Requirements: K-3, K-15
    def test_are_good_in_every_process_and_after_a_restart(self):
        one, first = self.start("one")
        two, _ = self.start("two")
        names = ["user%d" % i for i in range(6)]
        for name in names:
            self.add(one, name)
        seen, cursor = [], ""
        for address in (one, two, one):
            if address == one and cursor:
                self.assertEqual(first.stop(), 0)
                one, first = self.start("one")
            page = self.page(address, "count=2&cursor=" + cursor)
            seen += [u["userName"] for u in page["Resources"]]
            cursor = page.get("nextCursor", "")
        self.assertEqual(seen, names)
        self.assertEqual(cursor, "")

    # Requirements: K-3, L-11, S-9
    def test_a_walk_sees_what_lives_throughout_exactly_once(self):
        chance = random.Random(20261125)
        one, _ = self.start("one")
        two, _ = self.start("two")
        for order in ("", "&sortBy=userName", "&sortBy=title&sortOrder=descending"):
            with self.subTest(order):
                lasting = {"%s-%d" % (chance.randbytes(3).hex(), i): None for i in range(20)}
                for name in lasting:
                    lasting[name] = self.add(one, name)
                passing = [self.add(one, "%s-x%d" % (chance.randbytes(3).hex(), i)) for i in range(15)]
                seen, cursor, pages = [], "", 0
                while cursor is not None:
                    page = self.page(chance.choice((one, two)), "count=3%s&cursor=%s" % (order, cursor))
                    seen += [u["id"] for u in page["Resources"]]
                    cursor, pages = page.get("nextCursor"), pages + 1
                    self.assertLess(pages, 200)
                    for _ in range(2):  # fewer than a page: the walk comes to its end
                        if chance.random() < 0.5 and passing:
                            gone = passing.pop(chance.randrange(len(passing)))
                            self.assertEqual(self.ask(two, "DELETE", "/Users/" + gone).status, 204)
                        elif chance.random() < 0.5:
                            passing.append(self.add(two, "%s-y%d" % (chance.randbytes(3).hex(), pages)))
                counts = {name: seen.count(id) for name, id in lasting.items()}
                self.assertEqual(set(counts.values()), {1}, json.dumps(counts))
                self.assertEqual(len(seen), len(set(seen)), "nobody twice")
                for id in list(lasting.values()) + passing:
                    self.ask(one, "DELETE", "/Users/" + id)

    # Requirements: K-12, K-14
    def test_say_nothing_to_another_client(self):
        one, _ = self.start("one")
        for name in ("a", "b"):
            self.add(one, name)
        cursor = self.page(one, "count=1&cursor")["nextCursor"]
        other = self.site.scimctl("token", "create", "other").strip()
        with FastCgi(one) as web:
            answers = [web.request("GET", "/Users?count=1&cursor=" + quote(c), other) for c in (cursor, "nonsense")]
        for answer in answers:
            harness.check_error(self, answer, 400, "invalidCursor")
        self.assertEqual(answers[0].body, answers[1].body)


if __name__ == "__main__":
    unittest.main(verbosity=2)
