# SPDX-License-Identifier: MIT
"""Chapters L, F, S, I, A, Q and K of the requirements, as far as a client sees them."""
import unittest

from harness import USER_URN, user
from served import ENTERPRISE_URN, LIST_URN, SEARCH_URN, Served, address, group

CORE = USER_URN + ":"
# In the order of their creation. The user names sort as a, b, c, d, e whatever the case.
PEOPLE = (
    user("Bob", title="Guide", externalId="b", name={"givenName": "zoe"}, emails=[{"value": "m@x"}, {"value": "a@x"}]),
    user("ada", title="guide", externalId="B", name={"givenName": "Ann"},
         emails=[{"value": "z@x"}, {"value": "b@x", "primary": True}]),
    user("Eve", externalId="a", active=False, emails=[{"value": "K@x"}]),
    user("Cid", title="Boss", externalId="C", name={"givenName": "bea"}, **{ENTERPRISE_URN: {"employeeNumber": "7"}}),
    user("dan", title="GUIDE", name={"familyName": "Ames"}, emails=[{"value": "c@x"}]),
)


class Populated(Served):
    """PEOPLE and two groups, in a server that answers at most four resources and, unasked, three."""
    CONFIG = "[limits]\nresults = 4\ndefault_results = 3\n"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for path, body in [("/Users", p) for p in PEOPLE] + [("/Groups", group("Staff")), ("/Groups", group("Crew"))]:
            made = cls.site.http("POST", path, body)
            assert made.status == 201, made

    def names(self, path="/Users", **parameters):
        """The user names of a page."""
        return [r.get("userName", r.get("displayName")) for r in self.get(path, **parameters)["Resources"]]

    def search(self, path="/Users/.search", **members):
        return self.ask(200, "POST", path, {"schemas": [SEARCH_URN], **members}).json()


class Lists(Populated):
    # Requirements: L-1, L-2, L-3, L-4, I-2, I-5, I-8
    def test_a_page_tells_where_it_is(self):
        for parameters, start, size in (({}, 1, 3), ({"count": 2}, 1, 2), ({"startIndex": 4}, 4, 2),
                                        ({"startIndex": 2, "count": 1}, 2, 1), ({"startIndex": 0, "count": 4}, 1, 4)):
            got = self.get("/Users", **parameters)
            self.assertEqual(got["schemas"], [LIST_URN])
            self.assertEqual((got["totalResults"], got["startIndex"], got["itemsPerPage"]), (5, start, size))
            self.assertEqual(len(got["Resources"]), size)

    # Requirements: L-5
    def test_no_match_is_an_empty_list(self):
        got = self.get("/Users", filter='userName eq "nobody"')
        self.assertEqual((got["totalResults"], got["itemsPerPage"], got["Resources"]), (0, 0, []))

    # Requirements: L-6, L-8, F-22
    def test_the_base_uri_is_about_all_types(self):
        for path, total in (("/", 7), (address("/", filter='meta.resourceType eq "Group"'), 2),
                            (address("/", filter="userName pr"), 5), (address("/", filter="not (userName pr)"), 2),
                            (address("/", filter='userName eq "ada" or displayName eq "Crew"'), 2),
                            (address("/", filter='displayName ne "Crew"'), 6)):
            with self.subTest(path):
                self.assertEqual(self.get(path)["totalResults"], total)
        seen = [r["id"] for i in (1, 4, 7) for r in self.get("/", startIndex=i, count=3)["Resources"]]
        self.assertEqual((len(seen), len(set(seen))), (7, 7))
        self.refused(400, "invalidFilter", "GET", address("/", filter="nosuch pr"))

    # Requirements: L-10, I-9
    def test_count_is_cut_to_the_limit(self):
        self.assertEqual(self.get("/ServiceProviderConfig")["filter"]["maxResults"], 4)
        for count in (5, 1000, 9223372036854775807):
            got = self.get("/Users", count=count)
            self.assertEqual((got["totalResults"], got["itemsPerPage"], len(got["Resources"])), (5, 4, 4))

    # Requirements: L-11
    def test_pages_do_not_overlap(self):
        walked = [n for i in (1, 3, 5) for n in self.names(startIndex=i, count=2)]
        self.assertEqual(sorted(walked), sorted(p["userName"] for p in PEOPLE))

    # Requirements: I-1, I-3, I-4, I-6, I-10
    def test_bounds_of_index_paging(self):
        for start in (0, -5, 1):
            self.assertEqual(self.get("/Users", startIndex=start, count=1), self.get("/Users", count=1))
        for count in (0, -1):
            got = self.get("/Users", count=count)
            self.assertEqual((got["totalResults"], got["itemsPerPage"], got.get("Resources", [])), (5, 0, []))
        for start in (6, 1000, 9223372036854775807):
            got = self.get("/Users", startIndex=start, count=4)
            self.assertEqual((got["totalResults"], got["startIndex"], got["itemsPerPage"]), (5, start, 0))

    # Requirements: I-7
    def test_what_is_no_number(self):
        for parameters in ({"count": "abc"}, {"startIndex": "1.5"}, {"count": "0x1"}):
            self.refused(400, "invalidValue", "GET", address("/Users", **parameters))


class Filters(Populated):
    # Requirements: F-2, F-13, F-14, F-19, F-24
    def test_only_what_matches(self):
        self.each((
            ('userName eq "ADA"', ["ada"]),
            ('externalId eq "b"', ["Bob"]),
            ('title eq "GUIDE"', ["Bob", "ada", "dan"]),
            ('emails.value eq "a@x"', ["Bob"]),
            ('schemas eq "%s"' % ENTERPRISE_URN.upper(), ["Cid"]),
            ('%s:employeeNumber eq "7"' % ENTERPRISE_URN, ["Cid"]),
            ('meta.resourceType eq "Group"', []),
            ('meta.created gt "2020-01-01T00:00:00Z" and userName sw "e"', ["Eve"]),
            ('meta.location ew "/nobody"', []),
        ), lambda text, names: self.assertEqual(sorted(self.names(filter=text)), sorted(names)))
        ada = self.get("/Users", filter='userName eq "ada"')["Resources"][0]
        for part in ("location", "version", "lastModified"):
            found = self.found('meta.%s eq "%s"' % (part, ada["meta"][part].replace('"', '\\"')))
            self.assertIn(ada["id"], found, part)

    # Requirements: F-4, F-12, F-17, F-27, R-2
    def test_filters_that_are_refused(self):
        for text in ("", "  ", "userName", "active gt true", 'userName regex "x"', 'password eq "x"', "password pr",
                     "x509Certificates.value lt \"A\"", "nosuch pr"):
            with self.subTest(text):
                self.refused(400, "invalidFilter", "GET", address("/Users", filter=text))
                if text.strip():
                    body = {"schemas": [SEARCH_URN], "filter": text}
                    self.refused(400, "invalidFilter", "POST", "/Users/.search", body)
        self.assertIn("regex", self.http("GET", address("/Users", filter='userName regex "x"')).json()["detail"])

    # Requirements: F-21
    def test_a_default_is_what_is_compared(self):
        self.assertEqual(sorted(self.names(filter="active eq true", count=4)), ["Bob", "Cid", "ada", "dan"])
        self.assertEqual(self.names(filter="active eq false"), ["Eve"])


class Sorting(Populated):
    def check(self, parameters, names):
        self.assertEqual(self.names(**parameters)[:len(names)], names)

    # Requirements: S-1, S-2, S-6
    def test_by_an_attribute(self):
        self.assertTrue(self.get("/ServiceProviderConfig")["sort"]["supported"])
        self.each((
            ({"sortBy": "userName"}, ["ada", "Bob", "Cid"]),
            ({"sortBy": "userName", "sortOrder": "ascending"}, ["ada", "Bob", "Cid"]),
            ({"sortBy": "userName", "sortOrder": "descending"}, ["Eve", "dan", "Cid"]),
            ({"sortBy": "externalId"}, ["ada", "Cid", "Eve"]),  # caseExact: capitals come first
            ({"sortBy": "active", "count": 1}, ["Eve"]),
            ({"sortBy": "meta.created"}, ["Bob", "ada", "Eve"]),
        ), self.check)
        self.refused(400, "invalidValue", "GET", "/Users?sortBy=userName&sortOrder=upwards")

    # Requirements: S-3
    def test_by_the_primary_value_or_the_first(self):
        for name in ("emails", "emails.value"):
            self.check({"sortBy": name, "count": 4}, ["ada", "dan", "Eve", "Bob"])

    # Requirements: S-4
    def test_by_a_part(self):
        self.check({"sortBy": "name.givenName"}, ["ada", "Cid", "Bob"])

    # Requirements: S-5
    def test_without_a_value_one_is_last_and_first_when_descending(self):
        without = {"Eve", "dan"}
        ordered = self.names(sortBy="name.givenName", count=3) + self.names(sortBy="name.givenName", startIndex=4)
        self.assertEqual(set(ordered[3:]), without)
        self.assertEqual(set(self.names(sortBy="name.givenName", sortOrder="descending", count=2)), without)

    # Requirements: S-7
    def test_before_paging_and_stable(self):
        self.assertEqual([self.names(sortBy="userName", startIndex=i, count=1)[0] for i in range(1, 6)],
                         ["ada", "Bob", "Cid", "dan", "Eve"])
        alike = self.get("/Users", filter="title eq \"guide\"", sortBy="title")["Resources"]
        self.assertEqual([r["id"] for r in alike], sorted(r["id"] for r in alike))

    # Requirements: S-8
    def test_names_as_in_filters(self):
        for name in ("USERNAME", CORE + "userName", CORE.upper() + "USERNAME"):
            self.check({"sortBy": name}, ["ada", "Bob", "Cid"])
        self.check({"sortBy": ENTERPRISE_URN + ":employeeNumber"}, ["Cid"])
        self.assertEqual(self.get("/Users", sortBy="nosuch")["totalResults"], len(PEOPLE))  # nobody has a value


class Projections(Populated):
    def members(self, path="/Users", **parameters):
        """Those of the first resource of a filter on Bob."""
        found = self.get(path, filter='userName eq "Bob"', **parameters)["Resources"][0]
        return {k: v for k, v in found.items() if k not in ("schemas", "id")}

    # Requirements
    def test_attributes_in_lists(self):
        everything = self.members()
        self.each((
            ({"attributes": "userName"}, {"userName": "Bob"}),
            ({"attributes": "USERNAME, title"}, {"userName": "Bob", "title": "Guide"}),
            ({"attributes": CORE + "title"}, {"title": "Guide"}),
            ({"attributes": "name.givenName"}, {"name": {"givenName": "zoe"}}),
            ({"attributes": "emails.value"}, {"emails": [{"value": "m@x"}, {"value": "a@x"}]}),
            ({"attributes": "nosuch"}, {}),
            ({"attributes": ENTERPRISE_URN}, {}),
            ({"attributes": ""}, everything),
            ({"excludedAttributes": "id,schemas,nosuch"}, everything),
            ({"excludedAttributes": "emails.value,name,meta,active"}, {"userName": "Bob", "title": "Guide", "externalId": "b"}),
        ), lambda parameters, members: self.assertEqual(self.members(**parameters), members))
        twice = self.ask(200, "GET", "/Users?attributes=userName&attributes=title&count=1").json()["Resources"][0]
        self.assertEqual(set(twice), {"schemas", "id", "userName", "title"})

    # Requirements: A-4
    def test_both_are_refused(self):
        self.refused(400, "invalidValue", "GET", "/Users?attributes=userName&excludedAttributes=title")
        self.refused(400, "invalidValue", "POST", "/Users/.search",
                     {"schemas": [SEARCH_URN], "attributes": ["userName"], "excludedAttributes": ["title"]})


class Searches(Populated):
    # Requirements
    def test_is_the_same_as_get(self):
        for members in ({}, {"filter": 'title eq "guide"', "count": 2, "startIndex": 2}, {"attributes": ["userName", "title"]},
                        {"excludedAttributes": ["emails", "meta"], "sortBy": "userName", "sortOrder": "descending"}):
            as_parameters = {k: ",".join(v) if isinstance(v, list) else v for k, v in members.items()}
            for path in ("/Users", "/Groups", "/"):
                if path == "/Groups" and "filter" in members:
                    continue  # groups have no title
                with self.subTest(path=path, members=members):
                    search = path.rstrip("/") + "/.search"
                    self.assertEqual(self.search(search, **members), self.get(path, **as_parameters))

    # Requirements
    def test_bodies_that_are_no_search_request(self):
        for body in ({}, {"schemas": []}, {"schemas": [USER_URN]}, {"schemas": [SEARCH_URN], "count": "2"}, [],
                     {"schemas": [SEARCH_URN], "attributes": "userName"}, {"schemas": [SEARCH_URN], "filter": 1}):
            for path in ("/Users/.search", "/.search"):
                self.refused(400, "invalidSyntax", "POST", path, body)

    # Requirements: Q-5
    def test_creates_nothing(self):
        self.search(filter="userName pr")
        self.assertEqual(self.get("/Users")["totalResults"], len(PEOPLE))
        for path in ("/Users/.search", "/.search"):
            self.refused(405, None, "GET", path)

    # Requirements: Q-6
    def test_parameters_of_the_url_are_ignored(self):
        self.assertEqual(self.search("/Users/.search?filter=nosuch&count=1&attributes=id", count=2), self.get("/Users", count=2))


class Cursors(Populated):
    def walk(self, path="/Users", **parameters):
        """The pages from the first to the last."""
        pages = [self.get(path, cursor="", **parameters)]
        while "nextCursor" in pages[-1]:
            pages.append(self.get(path, cursor=pages[-1]["nextCursor"], **parameters))
            self.assertLess(len(pages), 10)
        return pages

    # Requirements: D-5, K-9, K-17
    def test_what_is_offered(self):
        pagination = self.get("/ServiceProviderConfig")["pagination"]
        self.assertEqual((pagination["cursor"], pagination["index"]), (True, True))
        self.assertEqual(pagination["defaultPaginationMethod"], "index")
        self.assertEqual((pagination["defaultPageSize"], pagination["maxPageSize"]), (3, 4))
        self.assertGreater(pagination["cursorTimeout"], 0)
        plain = self.get("/Users")
        self.assertEqual((plain["startIndex"], "nextCursor" in plain), (1, False))

    # Requirements: K-1, K-2, K-3, K-4, K-5, K-11, S-9
    def test_a_walk_sees_everything_once_in_order(self):
        for count, sizes in ((2, [2, 2, 1]), (4, [4, 1]), (1, [1] * 5)):
            pages = self.walk(count=count, sortBy="userName")
            self.assertEqual([p["itemsPerPage"] for p in pages], sizes)
            self.assertEqual([r["userName"] for p in pages for r in p["Resources"]], ["ada", "Bob", "Cid", "dan", "Eve"])
            for page in pages:
                self.assertEqual((page["totalResults"], "startIndex" in page), (5, False))
                self.assertRegex(page.get("nextCursor", "x"), r"^[A-Za-z0-9._~-]+$")
            self.assertNotIn("previousCursor", pages[0])
        self.assertEqual([p["itemsPerPage"] for p in self.walk(count=2, filter="active eq true")], [2, 2])
        self.assertEqual(len(self.walk("/", count=3)), 3)
        self.assertEqual(self.ask(200, "GET", "/Users?cursor&count=2").json()["itemsPerPage"], 2)
        for count in (0, -1):
            page = self.get("/Users", cursor="", count=count)
            self.assertEqual((page["totalResults"], page["itemsPerPage"], "nextCursor" in page), (5, 0, False))

    # Requirements: K-4
    def test_the_way_back(self):
        pages = self.walk(count=2, sortBy="userName")
        back = self.get("/Users", cursor=pages[1]["previousCursor"], count=2, sortBy="userName")
        self.assertEqual(back["Resources"], pages[0]["Resources"])
        self.assertNotIn("previousCursor", back)

    # Requirements: K-6, K-7, K-14, K-15, R-12
    def test_a_cursor_is_for_its_query(self):
        cursor = self.get("/Users", cursor="", count=2, filter="userName pr")["nextCursor"]
        right = {"cursor": cursor, "count": 2, "filter": "userName pr"}
        self.assertEqual(len(self.get("/Users", **right, attributes="userName")["Resources"]), 2)
        other = "B" if cursor[-1] == "A" else "A"
        details = set()
        for path, change in (("/Users", {"filter": "id pr"}), ("/Users", {"sortBy": "userName"}), ("/", {}),
                             ("/Users", {"cursor": cursor[:-1] + other}), ("/Users", {"cursor": "made-up"})):
            got = self.refused(400, "invalidCursor", "GET", address(path, **{**right, **change}))
            details.add(got.json()["detail"])
        self.assertEqual(len(details), 1)
        for count in (1, 3, 5):
            self.refused(400, "invalidCount", "GET", address("/Users", **{**right, "count": count}))

    # Requirements: K-10
    def test_in_search_requests(self):
        page = self.search(cursor="", count=4, sortBy="userName")
        last = self.search(cursor=page["nextCursor"], count=4, sortBy="userName")
        self.assertEqual(([r["userName"] for r in last["Resources"]], "nextCursor" in last), (["Eve"], False))

    # Requirements: K-12, K-13
    def test_is_of_use_to_its_owner_only(self):
        other = {"Authorization": "Bearer " + self.site.scimctl("token", "create", "other").strip()}
        path = address("/Users", cursor=self.get("/Users", cursor="", count=2)["nextCursor"], count=2)
        self.refused(400, "invalidCursor", "GET", path, token=None, headers=other)
        self.ask(401, "GET", path, token=None)
        self.ask(200, "GET", path)
        path = address("/Users", cursor=self.get("/Users", headers=other, cursor="", count=2)["nextCursor"], count=2)
        self.ask(200, "GET", path, token=None, headers=other)
        self.site.scimctl("token", "revoke", "--yes", "other")
        self.ask(401, "GET", path, token=None, headers=other)

    # Requirements: K-16
    def test_not_with_an_index(self):
        self.refused(400, "invalidValue", "GET", "/Users?cursor=&startIndex=1")


if __name__ == "__main__":
    unittest.main(verbosity=2)
