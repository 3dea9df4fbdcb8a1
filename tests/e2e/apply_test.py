# SPDX-License-Identifier: MIT
"""scimctl apply and diff: what is made of files, what is left alone, what is refused before anything is done."""
import http.server
import json
import threading
import unittest
import urllib.parse

from backends import Backend, OnDatabase, OnServer
from served import ENTERPRISE_URN, GROUP_URN, LIST_URN

# Each kind of value, and each shape.
FULL = {"userName": "full", "externalId": "e-1", "displayName": "F. Ull", "nickName": "f", "active": False, "title": "T",
        "profileUrl": "https://example.com/f", "preferredLanguage": "de", "timezone": "Europe/Berlin", "userType": "Employee",
        "name": {"givenName": "Fu", "familyName": "Ll", "formatted": "Fu Ll"}, "password": "correct horse",
        "emails": [{"value": "f@example.com", "type": "work", "primary": True}, {"value": "g@example.com", "type": "home", "primary": False}],
        "addresses": [{"locality": "Bonn", "country": "DE", "type": "work"}], "phoneNumbers": [{"value": "tel:+49-1", "type": "work"}],
        "photos": [{"value": "https://example.com/f.png", "type": "photo"}], "ims": [{"value": "f", "type": "xmpp"}],
        "roles": [{"value": "admin", "primary": True}], "entitlements": [{"value": "e"}], "x509Certificates": [{"value": "TUlJ"}],
        ENTERPRISE_URN: {"department": "D", "costCenter": "7", "manager": {"value": "userName=boss"}}}


class Apply:
    def apply(self, *arguments, **options):
        return self.run_cli("apply", *arguments, **options)

    def assert_equal_to(self, *arguments):
        """The second time there is nothing to do, and it is said. What else is."""
        said = self.run_cli("diff", *arguments).stderr
        self.assertIn("to create 0, to patch 0, to delete 0, ", said)
        return said

    def test_every_form_of_file_is_made(self):
        self.write("conf/a/full.json", FULL)
        self.write("conf/b.jsonl", ({"userName": "boss"}, {"userName": "temp", "active": False}))
        self.write("conf/c.csv", "userName,name.givenName,emails.value,title\nada,Ada,ada@example.com,\nbob,\"Bob, Jr.\",,Clerk\n")
        self.write("conf/d.json", {"schemas": [LIST_URN], "Resources": [
            {"schemas": [GROUP_URN], "displayName": "All", "members": [{"value": "displayName=Staff"}, {"value": "userName=Boss"}]},
            {"schemas": [GROUP_URN], "displayName": "Staff", "members": [{"value": "userName=ada"}, {"value": "externalId=e-1"}]}]})
        self.write("conf/notes.txt", "no resource")
        self.write("conf/.hidden.json", "no JSON")
        shown = self.run_cli("diff", "-f", "conf", status=9)
        self.assertIn("to create 7, to patch 0, to delete 0, unchanged 0", shown.stderr)
        self.assertIn("conf/notes.txt is passed over", shown.stderr)
        self.assertNotIn("hidden", shown.stderr)
        self.assertNotIn("correct horse", shown.stdout)
        self.assertIn("create User ada\n+ userName: \"ada\"\n+ name.givenName: \"Ada\"\n", shown.stdout)
        self.assertEqual(self.all("users"), {})
        done = self.apply("-f", "conf")
        self.assertIn("created 7, patched 0, deleted 0, unchanged 0, failed 0", done.stderr)
        self.assertEqual(done.stdout, shown.stdout)
        users, groups = self.all("users"), self.all("groups")
        wanted = {**FULL, ENTERPRISE_URN: {**FULL[ENTERPRISE_URN], "manager": {"value": users["boss"]["id"]}}}
        del wanted["password"]
        self.assertEqual({k: users["full"][k] for k in wanted}, wanted)
        self.assertEqual((users["bob"]["name"], users["bob"]["title"], "title" in users["ada"]), ({"givenName": "Bob, Jr."}, "Clerk", False))
        members = {g: {m["value"] for m in groups[g]["members"]} for g in groups}
        self.assertEqual(members, {"All": {groups["Staff"]["id"], users["boss"]["id"]},
                                   "Staff": {users["ada"]["id"], users["full"]["id"]}})
        self.assert_equal_to("-f", "conf")
        again = self.apply("-f", "conf/a", "conf/b.jsonl", "-f", "conf/c.csv", "conf/d.json", "--prune=users,groups,members")
        self.assertIn("created 0, patched 0, deleted 0, unchanged 7, failed 0", again.stderr)
        self.assertEqual((again.stdout, self.all("users")), ("", users), "not a request that changes something")

    def test_what_a_file_says_and_what_it_does_not(self):
        self.apply("-f", self.write("u.json", [FULL, {"userName": "boss"}]))
        before = self.all("users")["full"]
        change = {"userName": "FULL", "title": None, "photos": [], "name": {"givenName": "Fy", "formatted": None},
                  "emails": [{"value": "h@example.com"}], ENTERPRISE_URN: {"costCenter": "8", "manager": None}}
        self.write("u.json", change)
        rows = json.loads(self.run_cli("diff", "-f", "u.json", "-o", "json", status=9).stdout)
        self.assertEqual([(r["action"], r["type"], r["name"], r["id"]) for r in rows], [("patch", "User", "FULL", before["id"])])
        self.assertIn({"kind": "removed", "path": "title", "value": "T"}, rows[0]["differences"])
        dry = self.apply("-f", "u.json", "--dry-run", "-o", "json")
        self.assertEqual((json.loads(dry.stdout), self.all("users")["full"]), (rows, before))
        self.apply("-f", "u.json")
        after = self.all("users")["FULL"]
        wanted = {**before, "userName": "FULL", "name": {"givenName": "Fy", "familyName": "Ll"}, "emails": [{"value": "h@example.com"}],
                  ENTERPRISE_URN: {"department": "D", "costCenter": "8"}}
        for gone in ("title", "photos", "meta"):
            wanted.pop(gone)
            after.pop(gone, None)
        self.assertEqual(after, wanted)
        self.assert_equal_to("-f", "u.json")

    def test_values_that_look_different_and_are_not(self):
        self.apply("-f", self.write("u.json", {"userName": "ada", "emails": [{"value": "a@x", "type": "work"}, {"value": "b@x"}]}))
        said = self.assert_equal_to("-f", self.write("u.json", {
            "USERNAME": "ada", "id": "unknown", "userNmae": "x", "meta": {"version": "1"}, "groups": [{"value": "g"}],
            "emails": [{"value": "b@x", "primary": False}, {"type": "work", "value": "a@x"}, {"value": "b@x"}]}))
        self.assertIn('u.json:1: unknown attribute "userNmae" is passed over', said)

    def test_members(self):
        users = tuple({"userName": "u%d" % i} for i in range(4))
        self.write("u.jsonl", users)
        self.write("g.json", {"displayName": "Staff", "members": [{"value": "userName=u%d" % i} for i in range(2)]})
        self.apply("-f", "u.jsonl", "g.json")
        self.write("g.json", {"displayName": "Staff", "members": [{"value": "userName=u%d" % i} for i in (1, 2)]})
        shown = self.apply("-f", "g.json").stdout
        self.assertRegex(shown, r'^patch Group Staff\n\+ members: {"value":"[^"]+","display":"userName=u2"}\n$')
        self.assertEqual(self.members("Staff"), ["u0", "u1", "u2"], "one is added, none is removed")
        self.assert_equal_to("-f", "g.json")
        refused = self.apply("-f", "g.json", "u.jsonl", "--prune", "members", status=6)
        self.assertRegex(refused.stdout, r'- members: {"value":"[^"]+","display":"u0"}')
        self.assertIn("1 removal: member u0 of Group Staff", refused.stderr)
        self.assertEqual(self.members("Staff"), ["u0", "u1", "u2"])
        self.apply("-f", "g.json", "--prune", "members", "--max-delete", "1", "--yes")
        self.assertEqual(self.members("Staff"), ["u1", "u2"])
        self.write("g.json", {"displayName": "Staff", "members": []})
        self.assert_equal_to("-f", "g.json")
        self.apply("-f", "g.json", "--prune", "members", "--max-delete", "2", "--yes")
        self.assertEqual(self.members("Staff"), [])

    def members(self, group):
        return sorted(m["display"] for m in self.all("groups")[group].get("members", []))

    def test_prune_deletes_nobody_whom_a_file_refers_to(self):
        for name in ("ada", "bob"):
            self.run_cli("create", "user", "--user-name", name)
        files = ["-f", self.write("u.json", {"userName": "ada"}), self.write("g.json", {"displayName": "Staff", "members": [{"value": "userName=bob"}]})]
        refused = self.apply(*files, "--prune=users", "--max-delete", "5", "--yes", status=5)
        self.assertIn("g.json:1: Group Staff refers to User bob", refused.stderr)
        self.run_cli("get", "user", "userName=bob")
        self.run_cli("get", "group", "displayName=Staff", status=3)

    def test_prune(self):
        self.apply("-f", self.write("all.jsonl", tuple({"userName": "u%02d" % i} for i in range(13)) +
                                    tuple({"displayName": g} for g in ("Old", "Staff"))))
        keep = self.write("keep.jsonl", ({"userName": "u12"}, {"displayName": "Staff"}, {"userName": "new"}))
        few = self.apply("-f", keep, "--prune=users,groups", "--max-delete", "12", "--yes", status=6)
        self.assertIn("13 removals: User u00, User u01, ", few.stderr)
        self.assertIn("User u09, ...", few.stderr)
        self.assertIn("--max-delete 13", self.apply("-f", keep, "--prune=users,groups", "--dry-run").stderr)
        unasked = self.apply("-f", keep, "--prune=users,groups", "--max-delete", "13", status=2)
        self.assertIn("--yes", unasked.stderr)
        self.assertEqual((len(self.all("users")), len(self.all("groups"))), (13, 2), "nothing at all was done")
        none = self.apply("-f", self.write("groups.json", {"displayName": "Staff"}), "--prune=users", status=2)
        self.assertIn("would remove all", none.stderr)
        done = self.apply("-f", keep, "--prune=users,groups", "--max-delete", "13", "--yes")
        self.assertIn("created 1, patched 0, deleted 13, unchanged 2, failed 0", done.stderr)
        self.assertEqual((sorted(self.all("users")), sorted(self.all("groups"))), (["new", "u12"], ["Staff"]))
        self.run_cli("diff", "-f", keep, "--prune", "users,group", status=2)

    def test_which_resource_is_meant(self):
        self.apply("-f", self.write("a.jsonl", ({"userName": "ada", "externalId": "1"}, {"userName": "bob", "externalId": "2"},
                                                {"displayName": "Twin", "externalId": "a"}, {"displayName": "Twin", "externalId": "b"})))
        before = self.all("users")
        self.apply("-f", self.write("b.jsonl", ({"userName": "ada2", "id": before["ada"]["id"], "externalId": "other"},
                                                {"userName": "bob2", "externalId": "2"})))
        after = self.all("users")
        self.assertEqual({n: u["id"] for n, u in after.items()}, {"ada2": before["ada"]["id"], "bob2": before["bob"]["id"]})
        self.assertEqual(after["ada2"]["externalId"], "other")
        for status, said, resources in (
                (5, "fits 2 resources", ({"displayName": "Twin"},)),
                (5, "is the same User", ({"userName": "bob2"}, {"userName": "x", "externalId": "2"})),
                (2, 'c.jsonl:2: the User with userName "BOB2" is there already, at c.jsonl:1', ({"userName": "bob2"}, {"userName": "BOB2"})),
                (2, 'externalId "9" is there already', ({"userName": "x", "externalId": "9"}, {"userName": "y", "externalId": "9"}))):
            with self.subTest(said):
                self.assertIn(said, self.apply("-f", self.write("c.jsonl", resources), status=status).stderr)
        self.assertEqual(self.all("users"), after)

    def test_all_is_read_before_anything_is_done(self):
        self.write("good.json", {"userName": "good"})
        for name, content, status, said in (
                ("x.json", '[\n {"userName": "a"},\n {"name": {}}\n]', 2, "x.json:3: is it a user or a group?"),
                ("x.jsonl", '{"userName":"a"}\n\n{"userName":"b","active":"maybe"}\n', 2, "x.jsonl:3: active: must be true or false"),
                ("x.csv", "userName,active\na,true\nb,maybe\n", 2, "x.csv:3: "),
                ("x.csv", "name.givenName\na\n", 2, "x.csv:1: is it JSON, or CSV"),
                ("x.csv", "userName,nosuch\na,b\n", 2, "x.csv:1: column 2: unknown attribute"),
                ("x.json", '{"userName": ""}', 2, "x.json:1: userName"),
                ("x.json", '{"userName":\n "a",}', 2, "x.json:2:6: not JSON: "),
                ("x.json", '{"schemas": ["urn:x"], "userName": "a"}', 2, "x.json:1: is it"),
                ("x.json", '{"displayName": "G", "members": [{"value": "userName=nobody"}]}', 3, "x.json:1: there is no User with userName=nobody")):
            with self.subTest(said):
                self.assertIn(said, self.apply("-f", "good.json", self.write(name, content), status=status).stderr)
        self.apply("-f", "good.json", "missing.json", status=2)
        self.assertEqual(json.loads(self.apply("-f", "x.json", "-o", "json", status=3).stderr)["status"], "404")
        self.assertEqual(self.all("users"), {})
        self.apply("-f", self.write("empty.jsonl", "\n"), "good.json", "-", stdin='{"userName":"stdin"}')
        self.assertEqual(sorted(self.all("users")), ["good", "stdin"])

    def test_a_failure_does_not_stop_the_rest(self):
        self.apply("-f", self.write("a.jsonl", ({"userName": "ada", "externalId": "1"}, {"userName": "bob", "externalId": "2"})))
        self.write("b.jsonl", ({"userName": "bob", "externalId": "1"}, {"userName": "carol", "externalId": "2"}, {"userName": "zoe"},
                               {"displayName": "G", "members": [{"value": "0a0b"}]}))
        done = self.apply("-f", "b.jsonl", status=7)
        self.assertIn("b.jsonl:1: patch User bob: userName \"bob\" is already in use", done.stderr)
        self.assertIn("b.jsonl:4: create Group G: the server has not taken all as it is in the file: members", done.stderr)
        self.assertIn("created 2, patched 1, deleted 0, unchanged 0, failed 1", done.stderr)
        self.assertEqual((sorted(self.all("users")), list(self.all("groups"))), (["ada", "carol", "zoe"], ["G"]))

    def test_references_to_what_comes_later(self):
        self.write("b.jsonl", ({"displayName": "G", "members": [{"value": "displayName=H"}, {"value": "userName=zoe"}]},
                               {"userName": "eve", ENTERPRISE_URN: {"manager": {"value": "userName=zoe"}}}, {"displayName": "H"},
                               {"userName": "zoe", ENTERPRISE_URN: {"manager": {"value": "userName=eve"}}}))
        self.assertNotIn("not taken", self.apply("-f", "b.jsonl").stderr)
        users = self.all("users")
        self.assertEqual([users[n][ENTERPRISE_URN]["manager"]["value"] for n in ("eve", "zoe")], [users[n]["id"] for n in ("zoe", "eve")])
        self.assertEqual(self.members("G"), ["H", "zoe"])
        self.assert_equal_to("-f", "b.jsonl")

    def test_ids_of_another_server(self):
        """An export from there: what its ids mean is in the files."""
        self.write("export.jsonl", ({"userName": "ada", "id": "11"}, {"userName": "bob", "id": "12", ENTERPRISE_URN: {"manager": {"value": "11"}}},
                                    {"displayName": "Staff", "id": "21", "members": [{"value": "11", "display": "ada", "$ref": "../Users/11"}]},
                                    {"displayName": "All", "id": "20", "members": [{"value": "21"}, {"value": "12"}]}))
        self.apply("-f", "export.jsonl")
        users, groups = self.all("users"), self.all("groups")
        self.assertEqual(users["bob"][ENTERPRISE_URN]["manager"]["value"], users["ada"]["id"])
        self.assertEqual({m["value"] for m in groups["All"]["members"]}, {users["bob"]["id"], groups["Staff"]["id"]})
        self.assert_equal_to("-f", "export.jsonl", "--prune=users,groups,members")

    def test_passwords(self):
        self.write("u.json", {"userName": "ada", "password": "correct horse"})
        self.apply("-f", "u.json")
        self.assert_equal_to("-f", "u.json")
        shown = self.run_cli("diff", "-f", "u.json", "--set-passwords", status=9)
        self.assertEqual(shown.stdout, 'patch User ada\n+ password: "(not shown)"\n')
        self.assertIn("patched 1", self.apply("-f", "u.json", "--set-passwords").stderr)

    def test_somebody_else_is_faster(self):
        """While the question waits for its answer."""
        self.apply("-f", self.write("a.jsonl", ({"userName": "ada"}, {"userName": "bob"}, {"userName": "zoe"})))
        self.write("b.jsonl", ({"userName": "ada", "title": "A"}, {"userName": "bob", "title": "B"}))
        arguments = ("apply", "-f", "b.jsonl", "--prune=users", "--max-delete", "1")
        self.on_terminal(*arguments, answers=[("[y/N] ", "n\n")], status=1)
        self.assertEqual(len(self.all("users")), 3)
        said = self.on_terminal(*arguments, status=7, answers=[
            ("[y/N] ", lambda: self.run_cli("patch", "user", "userName=ada", "--set", "title=Z"), "y\n")])
        self.assertIn("b.jsonl:1: patch User ada: has been changed by somebody else", said)
        self.assertIn("nothing is deleted", said)
        self.assertEqual({n: u.get("title") for n, u in self.all("users").items()}, {"ada": "Z", "bob": "B", "zoe": None})


class ApplyOnDatabase(Apply, OnDatabase, unittest.TestCase):
    pass


class ApplyOnServer(Apply, OnServer, unittest.TestCase):
    pass


class Simple(http.server.BaseHTTPRequestHandler):
    """A server that knows no `or`, gives no versions, and answers a PATCH with nothing."""
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=None):
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        if data:
            self.send_header("Content-Type", "application/scim+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self):
        path, _, query = self.path.partition("?")
        filter_text = urllib.parse.parse_qs(query).get("filter", [""])[0]
        self.server.seen.append(filter_text or path)
        if path.startswith("/v2/Users/") or path != "/v2/Users":
            return self.answer(404)
        if " or " in filter_text:
            return self.answer(501)
        name = filter_text.removeprefix("userName eq ").strip('"')
        found = [u for u in self.server.users if not filter_text or u["userName"] == name]
        self.answer(200, {"schemas": [LIST_URN], "totalResults": len(found), "Resources": found})

    def do_POST(self):
        body = self.body()
        if body["userName"] == "bad":
            return self.answer(409, {"detail": "not him"})
        self.server.users.append({**body, "id": str(len(self.server.users))})
        self.answer(201, self.server.users[-1])

    def do_DELETE(self):
        if self.path.endswith("/stuck"):
            return self.answer(500, {"detail": "not now"})
        self.server.users = [u for u in self.server.users if not self.path.endswith("/" + u["id"])]
        self.answer(204)

    def do_PATCH(self):
        self.server.patches.append((self.path, self.headers.get("If-Match"), self.body()["Operations"]))
        self.answer(204)

    def log_message(self, *_):
        pass


class SimpleServer(Backend, unittest.TestCase):
    def set_up_backend(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Simple)
        self.server.users = [{"userName": "u1", "id": "a", "title": "old"}, {"userName": "u2", "id": "b"}]
        self.server.patches, self.server.seen = [], []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.target = ["--url", "http://127.0.0.1:%d/v2" % self.server.server_port]
        self.environment["SCIMCTL_TOKEN"] = "t"

    def test_one_by_one(self):
        self.write("u.jsonl", ({"userName": "u1", "title": "new"}, {"userName": "u2"}, {"userName": "u3", "id": "c"}))
        done = self.run_cli("apply", "-f", "u.jsonl")
        self.assertIn("created 1, patched 1, deleted 0, unchanged 1, failed 0", done.stderr)
        self.assertEqual(self.server.patches, [("/v2/Users/a", None, [{"op": "replace", "path": "title", "value": "new"}])])
        self.assertEqual(sum(" or " in each for each in self.server.seen), 1, "it is asked once")

    def test_who_is_in_a_file_is_never_removed(self):
        self.server.users.append({"userName": "Ada", "id": "c"})  # whom it does not find as "ada"
        self.write("u.jsonl", ({"userName": "ada"}, {"userName": "u1"}, {"userName": "u2"}))
        done = self.run_cli("apply", "-f", "u.jsonl", "--prune=users", "--max-delete", "9", "--yes", status=5)
        self.assertIn("u.jsonl:1: User Ada was not found when it was looked for, and is there: nothing is done", done.stderr)
        self.assertEqual([u["userName"] for u in self.server.users], ["u1", "u2", "Ada"])

    def test_nothing_is_deleted_after_a_failure(self):
        self.write("u.jsonl", ({"userName": "u1"}, {"userName": "bad"}))
        done = self.run_cli("apply", "-f", "u.jsonl", "--prune=users", "--max-delete", "9", "--yes", status=7)
        self.assertIn("nothing is deleted, since something has failed before", done.stderr)
        self.assertEqual([u["userName"] for u in self.server.users], ["u1", "u2"])
        self.write("u.jsonl", ({"userName": "u1"},))
        self.run_cli("apply", "-f", "u.jsonl", "--prune=users", "--max-delete", "9", "--yes")
        self.assertEqual([u["userName"] for u in self.server.users], ["u1"])

    def test_a_deletion_that_fails_stops_no_other(self):
        self.server.users.insert(0, {"userName": "u0", "id": "stuck"})
        done = self.run_cli("apply", "-f", self.write("u.jsonl", ({"userName": "u1"},)), "--prune=users", "--max-delete", "9", "--yes", status=7)
        self.assertIn("deleted 1, unchanged 1, failed 1", done.stderr)
        self.assertEqual([u["userName"] for u in self.server.users], ["u0", "u1"])

    def test_files_that_are_there_and_cannot_be_read(self):
        (self.folder / "d").mkdir()
        (self.folder / "d/team.json").symlink_to("nowhere.json")
        self.assertIn("d/team.json cannot be read", self.run_cli("diff", "-f", "d", status=2).stderr)
        (self.folder / "e.json").write_text("")
        self.assertIn("e.json is empty", self.run_cli("diff", "-f", "e.json", status=2).stderr)

    def test_what_refers_to_a_failure(self):
        self.write("u.jsonl", ({"userName": "new", ENTERPRISE_URN: {"manager": {"value": "userName=bad"}}}, {"userName": "bad"}))
        done = self.run_cli("apply", "-f", "u.jsonl", status=7)
        self.assertIn("u.jsonl:2: create User bad: not him", done.stderr)
        self.assertIn('u.jsonl:1: create User new: refers to "userName=bad", which could not be made', done.stderr)
        self.assertIn("created 1 (1 incomplete), patched 0, deleted 0, unchanged 0, failed 2", done.stderr)
        self.assertNotIn(ENTERPRISE_URN, self.server.users[-1])


if __name__ == "__main__":
    unittest.main()
