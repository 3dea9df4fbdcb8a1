# SPDX-License-Identifier: MIT
"""scimctl raw, --trace and replay: requests as they are typed, recorded, sent again elsewhere, and undone."""
import contextlib
import json
import sqlite3
import subprocess
import unittest

import harness
import served
from command import Command
from harness import Site
from scripted import Reply, Scripted
from served import op, patch_body

ENTERPRISE = served.ENTERPRISE_URN


def exchanges(trace):
    """The last line of each: what was to be sent has one of its own before."""
    lines = [json.loads(line) for line in trace.splitlines()]
    return list({line.get("exchange", number): line for number, line in enumerate(lines)}.values())


class Databases(Command):
    """Each test has databases of its own."""

    def setUp(self):
        self.database = "%s.db" % self.id().rpartition(".")[2]
        self.where = ["--db", "sqlite:" + self.database]
        self.trace = self.database.replace(".db", ".jsonl")

    def traced(self, *arguments, **options):
        return self.run_cli(*arguments, "--trace", self.trace, **options)

    def traced_json(self, *arguments, **options):
        return json.loads(self.traced(*arguments, "-o", "json", **options).stdout)

    def records(self):
        return exchanges((self.folder / self.trace).read_text())

    def replay(self, *arguments, status=0, **options):
        """The rows, with the number of the change for its place."""
        rows = json.loads(self.run_cli("replay", self.trace, "-o", "json", *arguments, status=status, **options).stdout)
        lines = [json.loads(line) for line in (self.folder / self.trace).read_text().splitlines()]
        numbers = {str(at): str(number) for number, at in enumerate((at for at, line in enumerate(lines, 1) if "response" in line and "exchange" in line), 1)}
        return [(numbers[r["exchange"].rpartition(":")[2]], r["method"], r["path"], r["status"]) for r in rows]

    def state(self, type_name):
        """All resources, as far as clients make them."""
        found = []
        for line in self.run_cli("list", type_name, "--all", "-o", "jsonl", "--excluded-attributes", "meta").stdout.splitlines():
            resource = json.loads(line)
            for member in resource.get("members", []):
                member.pop("$ref")
            found.append(resource)
        return sorted(found, key=lambda r: r.get("userName") or r["displayName"])

    def make(self, name, *more, traced=False):
        return (self.traced_json if traced else self.json)("create", "user", "--user-name", name, *more)["id"]


class Undo(Databases):
    def test_a_wrong_patch(self):
        """What this is for."""
        ada = self.make("ada", "--set", "title=Countess", "--set", "name.givenName=Ada", "--set", "name.familyName=L", "--set", ENTERPRISE + ":department=IT",
                        "--set", 'emails[type eq "work"].value=a@example.com')
        self.run_cli("patch", "user", ada, "--password-stdin", stdin="the first word\n")
        before, hashed = self.state("users"), self.hash_of(ada)
        self.traced("patch", "user", ada, "--set", "title=Wrong", "--unset", "name.familyName", "--unset", "emails", "--set", ENTERPRISE + ":department=HR",
                    "--set", ENTERPRISE + ":manager.value=" + ada, "--set", "nickName=x")
        self.assertNotEqual(self.state("users"), before)
        shown = self.run_cli("replay", self.trace, "--undo", "--yes", "--dry-run", "-o", "table").stdout
        self.assertIn('- title: "Wrong"\n+ title: "Countess"', shown.replace("\r", ""))
        self.assertNotEqual(self.state("users"), before)
        self.assertEqual(self.replay("--undo", "--yes"), [("1", "PATCH", "/Users/" + ada, 200)])
        self.assertEqual((self.state("users"), self.hash_of(ada)), (before, hashed), "and the password is what it was")
        # Undone twice is no harm.
        self.assertEqual(self.replay("--undo", "--yes"), [("1", "PATCH", "/Users/" + ada, "")])

    def hash_of(self, identifier):
        with contextlib.closing(sqlite3.connect(self.folder / self.database)) as database:
            return [line for line in database.iterdump() if "$y$" in line and identifier in line][0].partition("$y$")[2][:60]

    def test_a_replaced_user_keeps_a_password_that_nobody_could_read(self):
        ada = self.make("ada", "--set", "title=A")
        self.run_cli("patch", "user", ada, "--password-stdin", stdin="the first word\n")
        before, hashed = self.state("users"), self.hash_of(ada)
        self.traced("replace", "user", ada, "--user-name", "eve", "--set", "nickName=E")
        self.replay("--undo", "--yes")
        self.assertEqual((self.state("users"), self.hash_of(ada)), (before, hashed))

    def test_several_changes_of_one_resource_are_one(self):
        ada = self.make("ada", "--set", "title=A")
        before = self.state("users")
        for arguments in (["--set", "title=B", "-o", "csv"], ["--set", "nickName=N", "-o", "name"], ["--set", "title=C"], ["--unset", "nickName"]):
            self.traced("patch", "user", ada, *arguments)
        self.traced("deactivate", "user", ada)
        self.assertEqual(self.replay("--undo", "--yes"), [("5", "PATCH", "/Users/" + ada, 200)])
        self.assertEqual(self.state("users"), before)

    def test_what_was_made_is_deleted_and_the_other_way_round(self):
        bob = self.make("bob", "--set", "title=B", "--external-id", "7", "--set", ENTERPRISE + ":department=IT")
        staff = self.json("create", "group", "--display-name", "Staff", "--add-member", bob)["id"]
        ada = self.make("ada", traced=True)
        self.traced("patch", "group", staff, "--add-member", ada)
        self.traced("create", "group", "--display-name", "New", "--add-member", ada, "--add-member", bob, "-o", "csv")
        self.traced("delete", "--yes", "user", bob)
        self.assertEqual([u["userName"] for u in self.state("users")], ["ada"])
        self.assertEqual([(number, method) for number, method, _, _ in self.replay("--undo", "--yes")],
                         [("4", "POST"), ("4", "PATCH"), ("4", "PATCH"), ("3", "DELETE"), ("2", "PATCH"), ("1", "DELETE")])
        users, groups = self.state("users"), self.state("groups")
        self.assertEqual([(u["userName"], u["title"], u["externalId"], u[ENTERPRISE]) for u in users], [("bob", "B", "7", {"department": "IT"})])
        self.assertNotEqual(users[0]["id"], bob, "ids are given once")
        self.assertEqual([(g["displayName"], [m["value"] for m in g["members"]]) for g in groups], [("Staff", [users[0]["id"]])])

    def test_twice_is_no_harm(self):
        """What an undo has made again has another id; the next one finds it all the same."""
        ada, bob = self.make("ada"), self.make("bob", "--set", "title=B")
        twin = self.json("create", "group", "--display-name", "Staff", "--add-member", ada)["id"]
        staff = self.json("create", "group", "--display-name", "Staff", "--add-member", ada, "--add-member", bob)["id"]
        empty = self.json("create", "group", "--display-name", "Empty", "--add-member", bob)["id"]
        self.traced("delete", "--yes", "user", bob)
        self.traced("delete", "--yes", "group", staff)
        self.traced("delete", "--yes", "group", empty)
        self.assertEqual([row[:2] + row[3:] for row in self.replay("--undo", "--yes")],
                         [("3", "POST", 201), ("2", "POST", 201), ("1", "POST", 201), ("1", "PATCH", 200), ("1", "PATCH", 200)])
        made = self.state("groups"), self.state("users")
        self.assertEqual(sorted(g["displayName"] for g in made[0]), ["Empty", "Staff", "Staff"])
        again = self.replay("--undo", "--yes")
        self.assertEqual([row[:2] + row[3:] for row in again], [("3", "POST", ""), ("2", "POST", ""), ("1", "POST", "")])
        self.assertEqual((self.state("groups"), self.state("users")), made)
        self.assertNotIn("/Groups/" + twin, [row[2] for row in again], "which was there all the time")
        self.assertIn("is there again already", self.run_cli("replay", self.trace, "--undo", "--yes", "-o", "csv").stdout)
        # One of it that somebody has changed since is another one, and who has left a group is put back.
        self.run_cli("patch", "group", "displayName=Empty", "--external-id", "7")
        self.assertEqual([row[:2] + row[3:] for row in self.replay("--undo", "--yes")][0], ("3", "POST", 201))

    def test_names_that_were_swapped(self):
        bob, eve, ada = (self.make(name) for name in ("bob", "eve", "ada"))
        before = self.state("users")
        for who, name in ((bob, "tmp"), (eve, "bob"), (bob, "eve"), (ada, "tmp")):
            self.traced("patch", "user", who, "--user-name", name)
        self.assertEqual({row[3] for row in self.replay("--undo", "--yes")}, {200})
        self.assertEqual(self.state("users"), before)
        # A name that others have taken since is reported once.
        (self.folder / self.trace).unlink()
        self.traced("patch", "user", bob, "--user-name", "tmp")
        self.make("bob")
        self.assertEqual([row[3] for row in self.replay("--undo", "--yes", status=5)], [409])

    def test_members(self):
        ids = [self.make("u%d" % i) for i in range(4)]
        staff = self.json("create", "group", "--display-name", "Staff", "--add-member", ids[0], "--add-member", ids[1])["id"]
        before = self.state("groups")
        self.traced("patch", "group", staff, "--remove-member", ids[0], "--add-member", ids[2], "--display-name", "Wrong")
        self.traced("raw", "PATCH", "/Groups/" + staff, "-f", "-", stdin=json.dumps(patch_body(op("replace", "members", [{"value": ids[3]}]))))
        self.replay("--undo", "--yes")
        after = self.state("groups")
        self.assertEqual((sorted(m["value"] for m in after[0]["members"]), after[0]["displayName"]), (sorted(ids[:2]), "Staff"))
        self.assertEqual(len(before), len(after))
        # Who has gone for good cannot be put back.
        (self.folder / self.trace).unlink()
        self.traced("patch", "group", staff, "--unset", "members")
        self.run_cli("delete", "--yes", "user", ids[0])
        done = self.run_cli("replay", self.trace, "--undo", "--yes", "-o", "json", status=7)
        self.assertEqual([(row["status"], row["detail"]) for row in json.loads(done.stdout)], [(200, "the server has not taken all as it was: members")])
        self.assertIn("the server has not taken all as it was: members", done.stderr)

    def test_a_group_that_was_deleted_with_its_members(self):
        ids = [self.make("u%d" % i) for i in range(2)]
        staff = self.json("create", "group", "--display-name", "Staff", "--add-member", ids[0], "--add-member", ids[1])["id"]
        self.traced("delete", "--yes", "group", staff)
        self.traced("delete", "--yes", "users", *ids)
        self.run_cli("replay", self.trace, "--undo", "--yes")
        users = [u["id"] for u in self.state("users")]
        self.assertEqual(len(users), 2)
        self.assertEqual([sorted(m["value"] for m in g["members"]) for g in self.state("groups")], [sorted(users)])

    def test_what_others_changed_since_is_left_alone(self):
        ada, bob = self.make("ada", "--set", "title=A"), self.make("bob", "--set", "title=A")
        new = self.make("new", traced=True)
        self.traced("patch", "user", ada, "--set", "title=B", "-o", "csv")
        self.traced("patch", "user", bob, "--set", "title=B")
        self.run_cli("patch", "user", ada, "--set", "nickName=by another")
        self.run_cli("patch", "user", new, "--set", "nickName=by another")
        done = self.run_cli("replay", self.trace, "--undo", "--yes", "-o", "csv", "--columns", "status", status=7)
        self.assertIn("changed since", done.stderr)
        self.assertEqual([(u["userName"], u.get("title")) for u in self.state("users")], [("ada", "B"), ("bob", "A"), ("new", None)])
        # One alone says why.
        line = json.dumps(self.records()[1])
        self.run_cli("replay", "-", "--undo", "--yes", stdin=line, status=6)
        self.run_cli("replay", "-", "--undo", "--yes", "--dry-run", stdin=line, status=6)

    def test_what_cannot_be_undone_is_said_before_anything_is_sent(self):
        ada = self.make("ada", "--set", "title=A")
        bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": [{"method": "PATCH", "path": "/Users/" + ada, "data": patch_body(op("replace", "title", "B"))}]}
        self.traced("raw", "POST", "/Bulk", "-f", "-", stdin=json.dumps(bulk))
        self.traced("patch", "user", ada, "--set", "nickName=N")
        before = self.state("users")
        said = self.refusal("replay", self.trace, "--undo", "--yes", status=2)
        self.assertIn("%s:2: PATCH /Users/%s cannot be undone" % (self.trace, ada), said)
        self.assertIn("operation of POST /Bulk", said)
        self.assertEqual(self.state("users"), before)
        # What failed, or only read, needs no undoing.
        self.trace = "harmless.jsonl"
        self.traced("raw", "POST", "/Bulk", "-f", "-", stdin="{}", status=2)
        self.traced("get", "user", ada)
        self.traced("create", "user", "--user-name", "ada", status=5)
        self.traced("raw", "POST", "/Users/.search", "-f", "-", stdin=json.dumps({"schemas": [served.SEARCH_URN]}))
        self.assertEqual(self.replay("--undo", "--yes"), [])

    def test_what_bulk_requests_have_made(self):
        def made(name, kind="/Users", **more):
            return {"method": "POST", "path": kind, "bulkId": name, "data": {"schemas": [harness.USER_URN if kind == "/Users" else harness.USER_URN.replace("User", "Group")], **more}}
        self.make("taken")
        self.traced("raw", "POST", "/Bulk", "-f", "-", stdin=json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
            made("a", userName="ada"), made("b", userName="bob"), made("t", userName="taken"), made("g", "/Groups", displayName="Staff"),
            {"method": "PATCH", "path": "/Groups/bulkId:g", "data": patch_body(op("add", "members", [{"value": "bulkId:a"}]))},
            {"method": "DELETE", "path": "/Users/bulkId:b"}]}))
        answers = self.records()[0]["response"]["body"]["Operations"]
        self.assertEqual([a["status"] for a in answers], ["201", "201", "409", "201", "200", "204"])
        ada, staff = (answers[i]["location"].rpartition("/")[2] for i in (0, 3))
        self.assertEqual(self.replay("--undo", "--yes"), [("1", "DELETE", "/Groups/" + staff, 204), ("1", "DELETE", "/Users/" + ada, 204)])
        self.assertEqual(([u["userName"] for u in self.state("users")], self.state("groups")), (["taken"], []))

    def test_an_import(self):
        """In bulk requests, and a PATCH for the manager who comes last; whoever was changed since is left alone."""
        records = [{"userName": "u%d" % i, ENTERPRISE: {"manager": {"value": "userName=u4"}}} if i < 2 else {"userName": "u%d" % i} for i in range(5)]
        self.write("five.jsonl", "".join(json.dumps(r) + "\n" for r in records))
        self.traced("import", "users", "five.jsonl")
        self.run_cli("patch", "user", "userName=u3", "--set", "title=by another")
        rows = self.replay("--undo", "--yes", status=7)
        self.assertEqual(sorted(row[3] for row in rows), [204, 204, 204, 204, 412])
        self.assertEqual([u["userName"] for u in self.state("users")], ["u3"])

    def test_an_undo_can_be_undone(self):
        ada = self.make("ada", "--set", "title=A")
        self.traced("patch", "user", ada, "--set", "title=B")
        self.run_cli("replay", self.trace, "--undo", "--yes", "--trace", "undo.jsonl")
        self.assertEqual(self.json("get", "user", ada)["title"], "A")
        self.run_cli("replay", "undo.jsonl", "--undo", "--yes")
        self.assertEqual(self.json("get", "user", ada)["title"], "B")


class Again(Databases):
    def record(self):
        """A morning's work."""
        ada = self.make("ada", "--set", "title=A", traced=True)
        version = self.json("get", "user", ada)["meta"]["version"]
        self.traced("patch", "user", ada, "--set", "title=B", "--if-match", version)
        self.traced("create", "user", "--user-name", "bob", "--password-stdin", "-o", "csv", stdin="s3cret-word\n")
        staff = self.traced_json("create", "group", "--display-name", "Staff", "--add-member", "userName=ada")["id"]
        self.traced("patch", "group", staff, "--add-member", "userName=bob", "--remove-member", ada)
        self.traced("raw", "PATCH", "/Groups/" + staff, "-f", "-", stdin=json.dumps(patch_body(op("add", "members", [{"value": ada}]), op("remove", 'members[value eq "%s"]' % ada))))
        self.traced("raw", "PATCH", "/Users/" + ada, "-f", "-", stdin=json.dumps(patch_body(op("replace", "password", "s3cret-word"))))
        self.traced("create", "user", "--user-name", "ada", status=5)

    def test_on_another_database(self):
        self.record()
        wanted = [{k: v for k, v in u.items() if k not in ("id", "groups")} for u in self.state("users")]
        self.where = ["--db", "sqlite:another.db"]
        done = self.run_cli("replay", self.trace, "-o", "json", status=9)
        rows = json.loads(done.stdout)
        self.assertIn("a secret is not in the trace, and is not sent", done.stderr)
        self.assertEqual([r["status"] for r in rows if r["status"] != r["recorded"]], ["not sent"], "a PATCH of the password alone")
        self.assertEqual([{k: v for k, v in u.items() if k not in ("id", "groups")} for u in self.state("users")], wanted)
        by_name = {u["userName"]: u["id"] for u in self.state("users")}
        self.assertEqual([[m["value"] for m in g["members"]] for g in self.state("groups")], [[by_name["bob"]]])
        self.assertNotIn("s3cret-word", (self.folder / self.trace).read_text())

    def test_what_comes_out_differently(self):
        self.make("ada", traced=True)
        row = json.loads(self.run_cli("replay", self.trace, "-o", "json", status=9).stdout)[0]
        self.assertEqual((row["recorded"], row["status"], "ada" in row["detail"]), (201, 409, True))

    def test_dry_run_sends_nothing(self):
        self.make("ada", traced=True)
        self.where = ["--db", "sqlite:untouched.db"]
        self.assertEqual(self.replay("--dry-run"), [("1", "POST", "/Users", "not sent")])
        self.assertFalse((self.folder / "untouched.db").exists())

    def test_broken_traces(self):
        good = '{"request":{"method":"GET","path":"/Users"},"response":{"status":200}}\n'
        for text, expected in ((good + "\n{\n", ":3: "), (good + "[]", ":2: "), (good + '{"request":1}', ":2: "), (good[:-9] + "\n" + good, ":1: "),
                               ('{"request":{"method":"GET","path":"Users"},"response":{"status":200}}', ":1: "), ('{"request":{"path":"/Users"},"response":{"status":200}}', ":1: "),
                               ('{"request":{"method":"GET","path":"/Users"},"response":{"status":"200"}}', ":1: "),
                               ('{"request":{"method":"GET","path":"/Users"},"response":{"status":200,"headers":[1]}}', ":1: "), ("\xff\n", ":1: ")):
            broken = self.write("broken.jsonl", text)
            for arguments in ([], ["--undo", "--yes"]):
                self.assertIn(broken + expected, self.refusal("replay", broken, *arguments, status=2))
        self.assertIn("none.jsonl", self.refusal("replay", "none.jsonl", status=2))
        self.assertEqual(self.run_cli("replay", "-", stdin="\n\n", where=["--db", "sqlite:broken.db"]).stdout, "[]\n")
        # Of a file that was cut the rest counts.
        cut = self.write("cut.jsonl", good + good[:-9])
        done = self.run_cli("replay", cut, "--undo", "--yes", where=["--db", "sqlite:broken.db"])
        self.assertIn(cut + ":2 is cut, and is passed over", done.stderr)
        self.assertIn("ends within a line", self.refusal("list", "users", "--trace", cut, status=2))
        self.assertIn("broken.db is the database", self.run_cli("list", "users", "--trace", "broken.db", where=["--db", "sqlite:./broken.db"], status=2).stderr)
        self.assertIn("new.db is the database", self.run_cli("create", "user", "--user-name", "a", "--trace", "new.db", where=["--db", "sqlite:new.db"], status=2).stderr)
        # A method or a header with lines of its own is no request.
        for request in ({"method": "GET /x HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET", "path": "/Users"}, {"method": "PUT", "path": "/Users/1", "ifMatch": "x\r\nX-Evil: 1"}):
            line = json.dumps({"request": request, "response": {"status": 200}})
            with Scripted() as server:
                self.assertIn("cannot be sent", self.run_cli("replay", "-", "-o", "csv", stdin=line, where=["--url", server.url], status=2).stderr)
                self.assertEqual({a.method for a in server.asked}, {"GET"})


class BehindNginx(Command):
    """The same trace, of a server and on a server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls.enterClassContext(Site())
        cls.site.start_scim()
        cls.site.start_nginx()
        cls.environment["SCIMCTL_TOKEN"] = cls.site.token
        cls.url = "http://127.0.0.1:%d%s" % (cls.site.port, harness.BASE)
        cls.where = ["--url", cls.url]

    def test_undo(self):
        ada = self.json("create", "user", "--user-name", "undo", "--set", "title=A", "--trace", "u.jsonl")["id"]
        self.run_cli("patch", "user", ada, "--set", "title=B", "--trace", "u.jsonl")
        lines = (self.folder / "u.jsonl").read_text().splitlines()
        self.assertNotIn(self.site.token, "".join(lines))
        self.run_cli("replay", "-", "--undo", "--yes", stdin="\n".join(lines[2:]))
        self.assertEqual(self.json("get", "user", ada)["title"], "A")
        self.run_cli("delete", "--yes", "user", ada)

    def test_from_a_database_to_a_server(self):
        self.run_cli("create", "user", "--user-name", "moved", "--trace", "m.jsonl", where=["--db", "sqlite:moved.db"])
        self.run_cli("replay", "m.jsonl")
        self.assertEqual(self.json("get", "user", "userName=moved")["userName"], "moved")

    def test_raw_and_the_command_of_curl(self):
        made = self.json("create", "user", "--user-name", "o'hara", "--set", "title=A")
        body = json.dumps(patch_body(op("replace", "title", "it's @ \"$HOME\" `x` \\ é\n")))
        for arguments, stdin in ((["GET", "/Users?filter=userName%20eq%20%22o'hara%22&attributes=userName"], ""), (["GET", "/Users/[x]{a,b}"], ""),
                                 (["PATCH", "/Users/" + made["id"], "-f", "-"], body), (["POST", "/Users/.search", "-f", "-"], json.dumps({"schemas": [served.SEARCH_URN], "attributes": ["userName"]})),
                                 (["GET", "/Users/" + made["id"], "--if-none-match", made["meta"]["version"]], ""), (["POST", "/Users", "-f", "-"], "@/etc/group")):
            with self.subTest(arguments):
                done = subprocess.run([harness.SCIMCTL, "raw", *arguments, *self.where], input=stdin, capture_output=True, text=True, env=self.environment)
                line = self.run_cli("raw", *arguments, "--as-curl", stdin=stdin).stdout
                self.assertNotIn(self.site.token, line)
                by_curl = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=self.environment)
                self.assertEqual(by_curl.returncode, 0, line + by_curl.stderr)
                without_times = [t if t.startswith("{") is False else json.dumps({k: v for k, v in json.loads(t).items() if k != "meta"}) for t in (done.stdout.strip(), by_curl.stdout.strip())]
                self.assertEqual(without_times[0], without_times[1])
        token_file = self.write("token", self.site.token)
        for environment, said in (({}, False), ({"SCIMCTL_TOKEN": ""}, True)):
            done = self.run_cli("raw", "GET", "/Users", "--as-curl", "--token-file", token_file, environment=environment)
            self.assertEqual("SCIMCTL_TOKEN, which is not set" in done.stderr, said)
        head = self.run_cli("raw", "HEAD", "/Users/" + made["id"], "--as-curl").stdout
        self.assertIn(" --head ", head)
        self.assertEqual(json.loads(self.run_cli("raw", "get", "/Users", "--as-curl", "-o", "json").stdout)["curl"],
                         self.run_cli("raw", "GET", "/Users", "--as-curl").stdout.strip())


class Raw(Databases):
    def test_answers_and_exit_codes(self):
        ada = self.make("ada")
        self.assertEqual(json.loads(self.run_cli("raw", "GET", "/Users/" + ada).stdout)["userName"], "ada")
        shown = self.run_cli("raw", "get", "/Users/" + ada, "-i", "-o", "table").stdout
        self.assertTrue(shown.startswith("HTTP 200\n"), shown)
        self.assertIn("ETag: ", shown)
        self.assertIn('\n\n{\n  "schemas"', shown)
        document = json.loads(self.run_cli("raw", "GET", "/Users/none", "-i", "-o", "json", status=3).stdout)
        self.assertEqual((document["status"], document["body"]["status"]), (404, "404"))
        made = self.write("zoe.json", json.dumps({"schemas": [harness.USER_URN], "userName": "zoe"}))
        self.assertEqual(json.loads(self.run_cli("raw", "POST", "/Users", "-f", made).stdout)["userName"], "zoe")
        self.run_cli("raw", "POST", "/Users", "-f", made, status=5)
        self.run_cli("raw", "DELETE", "/Users/" + ada, "--if-match", 'W/"0"', status=6)
        self.assertEqual(self.run_cli("raw", "DELETE", "/Users/" + ada).stdout, "")

    def test_what_is_no_request(self):
        for arguments in (["GET", "Users"], ["GET", ""], ["GET", "https://host/Users"], ["GET", '/Users?filter=userName eq "a"'], ["GET", "/Users#x"], ["GET", "/Üsers"],
                          ["G ET", "/Users"], ["", "/Users"], ["GET\r\nX: y", "/Users"], ["POST", "/Users", "-f", "none.json"], ["GET", "/Users", "--as-curl"]):
            self.refusal("raw", *arguments, status=2)
        self.assertIn("--as-curl", self.refusal("raw", "DELETE", "/Users/1", "--dry-run", status=2))
        config = self.write("base.toml", 'base_url = "https://app.example.com/scim/v2"\n')
        self.assertIn("'https://app.example.com/scim/v2/Users'", self.run_cli("raw", "GET", "/Users", "--as-curl", "--config", config).stdout)


class FullOutput(Databases):
    """What is done when nobody can be told the result."""

    def to_full(self, *arguments):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([harness.SCIMCTL, *arguments, *self.where], stdout=full, stderr=subprocess.PIPE, text=True, cwd=self.folder, env=self.environment)
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stderr

    def test_a_token_that_nobody_has_seen_is_none(self):
        self.run_cli("token", "create", "other")
        self.assertIn('the token "lost" could not be printed, and is removed again', self.to_full("token", "create", "lost"))
        self.to_full("token", "create", "lost", "-o", "json")
        self.assertEqual([t["name"] for t in self.json("token", "list")], ["other"])

    def test_a_change_is_made_all_the_same(self):
        self.assertIn("standard output cannot be written; the change was made", self.to_full("create", "user", "--user-name", "ada"))
        self.assertTrue(self.to_full("list", "users").endswith("standard output cannot be written\n"))
        self.assertEqual([u["userName"] for u in self.state("users")], ["ada"])


class NothingToTrace(Databases):
    def test_is_refused(self):
        for arguments in (["token", "create", "t"], ["check"], ["db", "migrate"]):
            self.assertIn("--trace: this command sends no request", self.refusal(*arguments, "--trace", self.trace, status=2))
        self.assertEqual(list(self.folder.iterdir()), [])


class OtherServers(Command):
    """What is undone on servers that keep less of the protocol."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Scripted())
        cls.where = ["--url", cls.server.url]

    def test_empty_answers_and_no_versions(self):
        state = {"id": "1", "userName": "ada", "title": "A", "groups": [{"value": "9"}], "password": "hash"}

        def serve(asked):
            if asked.method == "GET":
                return Reply(200, state)
            for operation in json.loads(asked.body)["Operations"]:
                state[operation["path"]] = operation["value"]
            return Reply(204)
        self.server.begin({"/Users/1": serve})
        self.run_cli("patch", "user", "1", "--set", "title=B", "--trace", "t.jsonl")
        self.run_cli("replay", "t.jsonl", "--undo", "--yes")
        sent = [json.loads(a.body)["Operations"] for a in self.server.asked if a.method == "PATCH"]
        self.assertEqual(sent[1], [{"op": "replace", "path": "title", "value": "A"}], "nothing that a client cannot write, or nobody could read")
        # It is asked what it has made of it.
        state["title"] = "B"
        self.server.begin({"/Users/1": lambda asked: Reply(200, state) if asked.method == "GET" else Reply(204)})
        self.assertIn("has not taken all as it was: title", self.run_cli("replay", "t.jsonl", "--undo", "--yes", status=7).stderr)
        # What others have changed since is found without versions, too.
        state["title"] = "by another"
        self.assertIn("changed since", self.run_cli("replay", "-", "--undo", "--yes", stdin="\n".join((self.folder / "t.jsonl").read_text().splitlines()[:2]), status=6).stderr)
        self.assertNotIn("hash", (self.folder / "t.jsonl").read_text())

    def test_a_server_that_goes_away_in_the_middle(self):
        self.server.begin({"/Users/1": [Reply(200, {"id": "1", "title": "A"}), Reply(raw=b"")]})
        line = {"request": {"method": "PATCH", "path": "/Users/1"}, "response": {"status": 200, "body": {"id": "1", "title": "A"}}, "before": {"id": "1", "title": "B"}}
        done = self.run_cli("replay", "-", "--undo", "--yes", "-o", "csv", stdin=json.dumps(line), status=1)
        self.assertIn("no answer", done.stderr)

    def lose(self, arguments, states, status=1):
        """The trace of a change whose answer never comes. states: of the resource, one for each time that it is read."""
        reads = iter(states)
        self.server.begin({"/Users/1": lambda a: next(reads) if a.method == "GET" else Reply(raw=b"")})
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "lost.jsonl").unlink()
        self.run_cli(*arguments, "--trace", "lost.jsonl", status=status)
        line = json.loads((self.folder / "lost.jsonl").read_text().splitlines()[-1])
        self.assertIn("no answer from", line["noAnswer"])
        self.assertNotIn("response", line)

    def undo_lost(self, *states, status=0):
        """Undoes it. What was sent, and what is said."""
        reads = iter(states)
        changed = []
        self.server.begin({"/Users/1": lambda a: next(reads) if a.method == "GET" else changed.append((a.method, a.body)) or Reply(200, "{}"),
                           "/Users": lambda a: Reply(200, {"Resources": []}) if a.method == "GET" else changed.append((a.method, a.body)) or Reply(201, '{"id": "2"}')})
        done = self.run_cli("replay", "lost.jsonl", "--undo", "--yes", "-o", "csv", "--columns", "method,status,detail", status=status)
        return [method for method, _ in changed], done.stdout + done.stderr

    def test_changes_whose_answer_was_lost(self):
        was, new, other = ({"id": "1", "userName": "ada", "title": title} for title in "ABC")
        patch = ["patch", "user", "1", "--set", "title=B"]
        # What it is afterwards says whether it was done.
        self.lose(patch, [Reply(200, was), Reply(200, new)])
        self.assertEqual(self.undo_lost(Reply(200, new))[0], ["PATCH"])
        self.assertIn("is as it was already", self.undo_lost(Reply(200, was))[1])
        self.assertEqual(self.undo_lost(Reply(200, other), status=6)[0], [])
        # Where that could not be read either nobody knows who has changed it.
        self.lose(patch, [Reply(200, was), Reply(raw=b"")])
        self.assertIn("is not known", self.undo_lost(Reply(200, new), status=6)[1])
        self.assertIn("is as it was already", self.undo_lost(Reply(200, was))[1])
        self.lose(["delete", "--yes", "user", "1"], [Reply(200, was)])
        self.assertEqual(self.undo_lost(Reply(404))[0], ["POST"])
        self.assertIn("is as it was already", self.undo_lost(Reply(200, was))[1])
        self.assertEqual(self.undo_lost(Reply(200, other), status=6)[0], [])
        self.lose(["delete", "--yes", "user", "1"], [Reply(raw=b"")])
        self.assertIn("does not say what was before", self.undo_lost(status=1)[1])
        # A gateway that gives up knows as little, nor a server whose database is gone.
        for gone in (Reply(504, "<html>"), Reply(503, {"detail": "whether the change was made is not known"}, [("Retry-After", "0")])):
            reads = iter([Reply(200, was), Reply(200, new)])
            self.server.begin({"/Users/1": lambda a: next(reads) if a.method == "GET" else gone})
            (self.folder / "lost.jsonl").unlink()
            self.run_cli(*patch, "--trace", "lost.jsonl", "--retries", "0", status=1)
            self.assertEqual(self.undo_lost(Reply(200, new))[0], ["PATCH"])

    def test_the_trace_is_before_the_request(self):
        """What a program that is killed was doing can be seen, and the line that follows an answer is in place of it."""
        was, trace, seen = {"id": "1", "userName": "ada", "title": "A"}, self.folder / "before.jsonl", []

        def serve(asked):
            if asked.method == "PATCH":
                seen.append(trace.read_text())
            return Reply(200, {**was, "title": "B"} if seen else was)
        self.server.begin({"/Users/1": serve})
        self.run_cli("patch", "user", "1", "--set", "title=B", "--trace", "before.jsonl")
        pending, done = (json.loads(line) for line in trace.read_text().splitlines())
        self.assertEqual(seen[0], json.dumps(pending, separators=(",", ":"), ensure_ascii=False) + "\n")
        self.assertEqual((pending["request"], pending["before"]), (done["request"], was))
        self.assertEqual(pending["exchange"], done["exchange"])
        self.assertEqual((pending["noAnswer"], "noAnswer" in done, done["response"]["status"]), ("the answer was not recorded", False, 200))
        # By itself it is a change that nobody knows the end of.
        (self.folder / "lost.jsonl").write_text(seen[0])
        self.assertIn("is as it was already", self.undo_lost(Reply(200, was))[1])
        self.assertEqual(self.undo_lost(Reply(200, {**was, "title": "B"}), status=6)[0], [])
        # One that was not sent after all is none.
        self.write("unsent.jsonl", json.dumps(pending) + "\n" + json.dumps({**{k: v for k, v in pending.items() if k != "noAnswer"}, "notSent": "x"}) + "\n")
        self.assertIn("has changed nothing", self.run_cli("replay", "unsent.jsonl", "--undo", "--yes").stderr)

    def test_a_full_disk(self):
        """A line that does not fit is not there in part, and what it announces is not sent."""
        full = {"request": {"method": "GET", "path": "/" + "x" * 800}, "response": {"status": 200}}
        trace = self.folder / self.write("full.jsonl", json.dumps(full) + "\n")
        self.server.begin({"/Users/1": Reply(200, {"id": "1", "title": "A"})})
        done = subprocess.run(["bash", "-c", 'trap "" XFSZ; ulimit -f 1; exec "$@"', "bash", harness.SCIMCTL, "patch", "user", "1", "--set", "title=B", "--trace", str(trace), *self.where],
                              capture_output=True, text=True, env=self.environment)
        self.assertEqual((done.returncode, trace.read_text()), (1, json.dumps(full) + "\n"), done.stderr)
        self.assertIn("nothing was sent", done.stderr)
        self.assertEqual({a.method for a in self.server.asked}, {"GET"})

    def test_what_may_have_been_made(self):
        self.server.begin({"/Users": Reply(raw=b"")})
        self.run_cli("create", "user", "--user-name", "ada", "--password-stdin", "--trace", "made.jsonl", stdin="s3cret-word\n", status=1)
        line = (self.folder / "made.jsonl").read_text()
        self.assertNotIn("s3cret-word", line)
        self.assertIn('"noAnswer":"no answer from', line)
        done = self.run_cli("replay", "made.jsonl", "--undo", "--yes", "-o", "csv", status=1)
        self.assertIn("made.jsonl:2: POST /Users", done.stderr)
        self.assertIn("is not known", done.stderr)
        # Somewhere else it is sent as everything is, and says so.
        done = self.run_cli("replay", "made.jsonl", "-o", "json", where=["--db", "sqlite:made.db"])
        row = json.loads(done.stdout)[0]
        self.assertEqual((row["recorded"], row["status"]), ("no answer", 201))
        self.assertIn("is not known", row["detail"])

    def test_ids_of_several_types(self):
        """A server that counts: user 1 and group 1."""
        def serve(first):
            made = {"/Users": first, "/Groups": first}

            def make(asked):
                made[asked.path] += 1
                return Reply(201, {**json.loads(asked.body), "id": str(made[asked.path])})

            def bulk(asked):
                answers = []
                for number, operation in enumerate(json.loads(asked.body)["Operations"]):
                    made[operation["path"]] += 1
                    answers.insert(0, {"bulkId": "b%d" % number, "status": "201", "location": "%s%s/%d" % (self.server.url, operation["path"], made[operation["path"]])})
                return Reply(200, {"Operations": answers})
            self.server.begin({"/Users": make, "/Groups": make, "/Bulk": bulk, **{"/%s/%d" % (t, n): Reply(204) for t in ("Users", "Groups") for n in range(20)}})

        def run(*arguments, body, **options):
            self.run_cli("raw", *arguments, "-f", "-", "--trace", "typed.jsonl", stdin=json.dumps(body), **options)
        serve(0)
        run("POST", "/Groups", body={"displayName": "1"})
        run("POST", "/Groups", body={"displayName": "two"})
        run("POST", "/Users", body={"userName": "1", "title": "1"})
        run("POST", "/Bulk", body={"Operations": [{"method": "POST", "path": "/Users", "bulkId": "b0", "data": {"userName": "bulk"}},
                                                  {"method": "POST", "path": "/Groups", "bulkId": "b1", "data": {"displayName": "bulk"}}]})
        run("PATCH", "/Groups/1", body=patch_body(op("add", "members", [{"value": "1"}, {"value": "2", "type": "Group"}, {"value": "2"}]), op("add", "externalId", "1")))
        run("PATCH", "/Users/2", body=patch_body(op("replace", ENTERPRISE + ":manager", {"value": "1"}), op("replace", "title", "2")))
        run("PATCH", "/Groups/3", body=patch_body(op("remove", 'members[value eq "1"]')))
        serve(10)
        self.run_cli("replay", "typed.jsonl", "-o", "csv")
        sent = {a.path: json.loads(a.body) for a in self.server.asked if a.method == "PATCH"}
        self.assertEqual(sent, {
            "/Groups/11": patch_body(op("add", "members", [{"value": "11"}, {"value": "12", "type": "Group"}, {"value": "12"}]), op("add", "externalId", "1")),
            "/Users/12": patch_body(op("replace", ENTERPRISE + ":manager", {"value": "11"}), op("replace", "title", "2")),
            "/Groups/13": patch_body(op("remove", 'members[value eq "11"]'))})
        self.assertEqual([json.loads(a.body)["title"] for a in self.server.asked if a.path == "/Users" and a.method == "POST"], ["1"])

    def test_a_type_that_nobody_describes(self):
        line = {"request": {"method": "DELETE", "path": "/Cats/1"}, "response": {"status": 204}, "before": {"id": "1"}}
        self.server.begin({})
        self.assertIn("no resource type", self.run_cli("replay", "-", "--undo", "--yes", stdin=json.dumps(line), status=3).stderr)
        self.assertEqual({a.method for a in self.server.asked}, {"GET"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
