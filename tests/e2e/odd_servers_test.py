# SPDX-License-Identifier: MIT
"""apply, diff, edit and lookups on a server that may do what few do: ids with equals signs, the same ids for users and for groups, lists
without members, versions in headers alone, and texts that a terminal would obey."""
import copy
import json
import re
import unittest
import urllib.parse

from backends import Backend
from scripted import Reply, Scripted
from served import ENTERPRISE_URN, GROUP_URN, LIST_URN

BULK_RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
LEGACY_URN = "urn:scim:schemas:extension:enterprise:1.0"
# What takes hold of a terminal: ESC, CSI in one character, and what turns the direction of text.
HARM = "\x1b[31m\x9b31m\u202egnp"


class OddServer(Backend, unittest.TestCase):
    def set_up_backend(self):
        self.server = self.enterContext(Scripted())
        self.server.reply_to = self.reply_to
        self.target = ["--url", self.server.url + "/v2"]
        self.environment.update(SCIMCTL_TOKEN="t", NO_COLOR="1")
        self.stored = {"Users": {}, "Groups": {}}
        self.left_out_of_lists, self.forbidden = (), None
        self.written = []  # (method, path, If-Match, operations)
        self.read = []     # paths of resources

    def have(self, kind, key, **attributes):
        urn = USER_URN if kind == "Users" else GROUP_URN
        self.stored[kind][key] = {"schemas": [urn], "id": key, **attributes}

    def reply_to(self, asked):
        path, _, query = asked.path.removeprefix("/v2/").partition("?")
        kind, _, key = path.partition("/")
        if kind == self.forbidden:
            return Reply(403, {"detail": "not you"})
        if kind not in self.stored:
            return Reply(404, {"detail": "nothing here"})
        key = urllib.parse.unquote(key)
        if asked.method == "GET" and not key:
            return self.list_of(kind, urllib.parse.parse_qs(query).get("filter", [""])[0])
        if asked.method == "GET":
            self.read.append("%s/%s" % (kind, key))
            return self.resource(kind, key)
        body = json.loads(asked.body or b"null")
        self.written.append((asked.method, "%s/%s" % (kind, key), asked.headers.get("If-Match"), body and body.get("Operations", body)))
        if asked.method == "POST":
            key = "new%d" % len(self.stored[kind])
            self.have(kind, key, **{k: v for k, v in body.items() if k != "schemas"})
            return Reply(201, self.stored[kind][key])
        return Reply(204) if asked.method == "DELETE" else self.resource(kind, key)

    def resource(self, kind, key):
        found = self.stored[kind].get(key)
        return Reply(200, found, [("ETag", 'W/"%s-1"' % len(key))]) if found else Reply(404, {"detail": "no such " + kind})

    def list_of(self, kind, filter_text):
        """`name eq "value"`, some of them with `or`."""
        wanted = [(name, json.loads(value)) for name, value in re.findall(r'([\w.:]+) eq ("(?:[^"\\]|\\.)*")', filter_text)]
        found = [copy.deepcopy(r) for r in self.stored[kind].values()
                 if not wanted or any(str(r.get(n, "")).lower() == v.lower() for n, v in wanted)]
        for resource in found:
            for name in self.left_out_of_lists:
                resource.pop(name, None)
        return Reply(200, {"schemas": [LIST_URN], "totalResults": len(found), "Resources": found})

    def operations(self):
        return [(path, operations) for _, path, _, operations in self.written]

    def test_members_that_lists_leave_out(self):
        self.left_out_of_lists = ("members", "title")
        self.have("Users", "1", userName="ada", title="Countess")
        self.have("Users", "2", userName="bob")
        self.have("Groups", "1", displayName="Staff", members=[{"value": "1"}, {"value": "2"}])
        self.have("Groups", "2", displayName="Other", members=[{"value": "1"}])
        self.write("f.jsonl", ({"userName": "ada", "title": "Countess"}, {"displayName": "Staff", "members": [{"value": "userName=ada"}, {"value": "2"}]}))
        self.assertIn("unchanged 2", self.run_cli("diff", "-f", "f.jsonl", "--prune=members").stderr)
        self.assertEqual(self.read, ["Users/1", "Groups/1"])
        self.write("f.jsonl", ({"displayName": "Staff", "members": []},))
        self.assertIn("unchanged 1", self.run_cli("diff", "-f", "f.jsonl").stderr)
        self.run_cli("apply", "-f", "f.jsonl", "--prune=members", "--max-delete=2", "--yes")
        self.assertEqual(self.written, [("PATCH", "Groups/1", 'W/"1-1"', [
            {"op": "remove", "path": 'members[value eq "%s"]' % i} for i in (1, 2)])], "in the version of the header")

    def test_one_id_of_two_types(self):
        """A server that counts users and groups, and files from there."""
        self.have("Groups", "1", displayName="Outer", members=[{"value": "1", "type": "User"}])
        self.have("Users", "1", userName="ada")
        member = {"value": "2", "type": "Group", "$ref": "https://example.com/v2/Groups/2"}
        files = ({"id": "2", "userName": "new", ENTERPRISE_URN: {"manager": {"value": "3"}}}, {"id": "3", "userName": "boss"},
                 {"id": "3", "displayName": "Other"},
                 {"id": "2", "displayName": "Inner"}, {"displayName": "Outer", "members": [member]})
        self.write("f.jsonl", files)
        shown = self.run_cli("apply", "-f", "f.jsonl").stdout
        self.assertIn('patch Group Outer\n+ members: {"value":"displayName=Inner"}\n', shown)
        groups = {g["displayName"]: g["id"] for g in self.stored["Groups"].values()}
        users = {u["userName"]: u["id"] for u in self.stored["Users"].values()}
        self.assertEqual(self.operations()[-1], ("Groups/1", [{"op": "add", "path": "members", "value": [{"value": groups["Inner"]}]}]))
        patched = dict(self.operations())["Users/" + users["new"]]
        self.assertIn(users["boss"], json.dumps(patched), "a manager is a user")
        del member["type"], member["$ref"]
        self.write("f.jsonl", files)
        said = self.run_cli("diff", "-f", "f.jsonl", status=5).stderr
        self.assertIn('f.jsonl:5: "2" fits several of the files:\n  User new, at f.jsonl:1\n  Group Inner, at f.jsonl:4', said)

    def test_an_id_of_the_server_is_none_of_the_files(self):
        """Where the file calls somebody what the server calls another member."""
        self.have("Users", "7", userName="ada")
        self.have("Groups", "g", displayName="Outer", members=[{"value": "7"}])
        self.write("f.jsonl", ({"id": "7", "displayName": "Inner"},
                               {"displayName": "Outer", "members": [{"value": "7", "type": "Group"}, {"value": "userName=ada"}]}))
        self.run_cli("apply", "-f", "f.jsonl", "--prune=members")
        inner = next(g["id"] for g in self.stored["Groups"].values() if g["displayName"] == "Inner")
        self.assertEqual(self.operations()[-1], ("Groups/g", [{"op": "add", "path": "members", "value": [{"value": inner}]}]))

    def test_ids_with_equals_signs(self):
        ids = ("dXNlcg==", "uid=ada,ou=people", "Zg=")
        for key in ids:
            self.have("Users", key, userName="u-" + key)
        self.have("Users", "userName=x", userName="y")
        self.have("Groups", "cn=staff", displayName="Staff", members=[{"value": ids[0]}, {"value": "userName=x"}])
        for key in (*ids, "id=userName=x"):
            self.assertEqual(self.json("get", "user", key)["id"], key.removeprefix("id="))
        self.assertIn("did you mean userName?", self.run_cli("get", "user", "usrName=ada", status=2).stderr)
        self.run_cli("get", "user", "userName=x", status=3)
        self.write("f.jsonl", ({"displayName": "Staff", "members": [{"value": i} for i in ids]}, {"id": ids[0], "userName": "u-" + ids[0]}))
        self.run_cli("apply", "-f", "f.jsonl")
        self.assertEqual(self.operations(), [("Groups/cn=staff", [{"op": "add", "path": "members", "value": [{"value": i} for i in ids[1:]]}])])
        self.write("f.jsonl", ({"displayName": "Staff", "members": [{"value": "usrName=ada"}]},))
        self.assertIn('f.jsonl:1: unknown attribute "usrName" of User', self.run_cli("diff", "-f", "f.jsonl", status=2).stderr)
        self.run_cli("patch", "group", "cn=staff", "--add-member", ids[1], "--add-member", "id=userName=x")
        self.assertEqual([v["value"] for v in self.operations()[-1][1][0]["value"]], [ids[1], "userName=x"])

    def test_import_and_export(self):
        for key in ("dXNlcg==", "userName=x"):
            self.have("Users", key, externalId="e")  # without a name, so that they keep their ids
        self.have("Groups", "g", displayName="Staff", members=[{"value": "dXNlcg=="}, {"value": "userName=x"}])
        self.have("Users", "7", userName="seven", **{ENTERPRISE_URN: {"manager": {"value": "7"}}})
        self.have("Groups", "7", displayName="Seven", members=[{"value": "7", "type": "User"}])
        self.have("Groups", "8", displayName="Eight", members=[{"value": "7", "$ref": "https://example.com/v2/Groups/7"}])
        self.have("Groups", "9", displayName="Nine", members=[{"value": "7"}])
        exported, *others = (json.loads(line) for line in self.run_cli("export", "groups").stdout.splitlines())
        self.assertEqual([each["members"][0]["value"] for each in others], ["userName=seven", "displayName=Seven", "7"])
        self.assertIn('"manager":{"value":"userName=seven"}', self.run_cli("export", "users").stdout)
        for key in "789":
            del self.stored["Groups"][key]
        del self.stored["Users"]["7"]
        self.assertEqual(exported["members"], [{"value": "id=dXNlcg=="}, {"value": "id=userName=x"}])
        records = (exported, {"displayName": "raw", "members": [{"value": "dXNlcg=="}]}, {"displayName": "typo", "members": [{"value": "usrName=x"}]},
                   {"displayName": "two", "members": [{"value": "externalId=e"}]}, {"displayName": "last", "members": [{"value": "displayName=Raw"}]})
        done = self.run_cli("import", "groups", self.write("again.jsonl", records), "--continue", status=7)
        self.assertIn('again.jsonl:3: members: unknown attribute "usrName" of User, did you mean userName? (invalidValue)\n'
                      'scimctl: again.jsonl:4: members: "externalId=e" fits several resources (invalidValue)\n', done.stderr)
        made = [(body["displayName"], [m["value"] for m in body["members"]]) for _, _, _, body in self.written]
        self.assertEqual(made, [("Staff", ["dXNlcg==", "userName=x"]), ("raw", ["dXNlcg=="]), ("last", ["new2"])])
        self.forbidden = "Users"
        done = self.run_cli("import", "groups", self.write("again.jsonl", records[3:]), "--continue", status=1)
        self.assertIn("members: not you", done.stderr)
        self.assertEqual(len(self.written), 3, "it is not about the record: nothing else is imported")

    def test_resumed_while_the_server_is_still_at_the_request_before(self):
        """Whoever comes into being between the question and the POST was there before; who is in the file twice was not."""
        config = {"bulk": {"supported": True, "maxOperations": 10, "maxPayloadSize": 100000}}
        records = tuple({"userName": name} for name in ("ada", "bob", "cleo"))
        for bulk in (False, True):
            with self.subTest(bulk=bulk):
                self.stored["Users"].clear()
                late = {"ada", "cleo"}

                def post(user):
                    name = user["userName"]
                    if name in late:
                        late.remove(name)
                        self.have("Users", name, userName=name)
                    if any(each["userName"] == name for each in self.stored["Users"].values()):
                        return Reply(409, {"schemas": [ERROR_URN], "status": "409", "scimType": "uniqueness", "detail": "taken"})
                    self.have("Users", "id-" + name, **user)
                    return Reply(201, self.stored["Users"]["id-" + name])

                def reply_to(asked):
                    path = asked.path.removeprefix("/v2/")
                    if path == "ServiceProviderConfig" and bulk:
                        return Reply(200, config)
                    if path == "Bulk":
                        answers, message = [], json.loads(asked.body)
                        for operation in message["Operations"]:
                            reply = post(operation["data"])
                            answers.append({"method": "POST", "bulkId": operation["bulkId"], "status": str(reply.status), "response": json.loads(reply.body),
                                            "location": "/Users/id-" + operation["data"]["userName"]})
                            if reply.status >= 400 and message.get("failOnErrors"):
                                break
                        return Reply(200, {"schemas": [BULK_RESPONSE_URN], "Operations": answers})
                    return post(json.loads(asked.body)) if asked.method == "POST" else self.reply_to(asked)

                self.server.reply_to = reply_to
                done = self.json("import", "users", self.write("late.jsonl", records), "--resume")
                self.assertEqual(done, {"imported": 1, "refused": 0, "skipped": 2})
                self.assertEqual(sorted(self.stored["Users"]), ["ada", "cleo", "id-bob"])
                twice = self.run_cli("import", "users", self.write("twice.jsonl", ({"userName": "dora"},) * 2), "--resume", status=7)
                self.assertIn("twice.jsonl:2: taken", twice.stderr)

    def test_edit_where_the_version_is_in_a_header(self):
        self.have("Groups", "g", displayName="Staff", members=[{"value": "userName=x"}])
        self.run_cli("edit", "group", "g", VISUAL="", EDITOR="sed -i s/Staff/People/")
        self.assertEqual(self.written, [("PATCH", "Groups/g", 'W/"1-1"', [{"op": "replace", "path": "displayName", "value": "People"}])])

    def test_whose_name_it_is(self):
        """The id, or the externalId of a user, says one and the name another: nothing is done."""
        self.have("Users", "1", userName="ada", externalId="e1")
        self.have("Users", "2", userName="bob")
        self.have("Groups", "1", displayName="Staff", externalId="e1")
        self.have("Groups", "2", displayName="Sales")
        for resource, said in (({"id": "1", "userName": "Bob"}, 'is the User "ada" by its id "1", but userName "Bob" is that of another one (id 2)'),
                               ({"externalId": "e1", "userName": "bob"}, 'is the User "ada" by its externalId "e1", but userName "bob"'),
                               ({"id": "1", "displayName": "Sales"}, 'is the Group "Staff" by its id "1", but displayName "Sales"')):
            with self.subTest(said):
                self.write("f.jsonl", ({"userName": "zoe"}, resource))
                self.assertIn("f.jsonl:2: " + said, self.run_cli("apply", "-f", "f.jsonl", status=5).stderr)
        self.assertEqual(self.written, [])
        self.write("f.jsonl", ({"externalId": "e1", "displayName": "Sales"}, {"id": "2", "userName": "bert"}, {"id": "1", "userName": "bob"}))
        self.run_cli("apply", "-f", "f.jsonl")  # groups share a name, and bob's is free when it is taken
        self.assertEqual([path for path, _ in self.operations()], ["Users/2", "Users/1", "Groups/1"])

    def test_two_groups_of_one_name_in_the_files(self):
        twins = ({"externalId": "a", "displayName": "Twin"}, {"externalId": "b", "displayName": "Twin"})
        self.write("f.jsonl", (*twins, {"displayName": "All", "members": [{"value": "displayName=twin"}]}))
        said = self.run_cli("diff", "-f", "f.jsonl", status=5).stderr
        self.assertIn('f.jsonl:3: "displayName=twin" fits several of the files:\n  Group Twin, at f.jsonl:1\n  Group Twin, at f.jsonl:2', said)
        self.write("f.jsonl", (*twins, {"displayName": "All", "members": [{"value": "externalId=a"}, {"value": "externalId=b"}]}))
        shown = self.run_cli("apply", "-f", "f.jsonl").stdout
        self.assertIn('+ members: {"value":"externalId=a"}\n+ members: {"value":"externalId=b"}\n', shown)
        made = {g.get("externalId"): g for g in self.stored["Groups"].values()}
        self.assertEqual([m["value"] for m in made[None]["members"]], [made["a"]["id"], made["b"]["id"]])
        self.have("Users", "u", userName="u", externalId="a")
        self.write("f.jsonl", ({"displayName": "All", "members": [{"value": "externalId=a"}]},))
        said = self.run_cli("diff", "-f", "f.jsonl", status=5).stderr
        self.assertIn('f.jsonl:1: "externalId=a" fits several resources: User u, Group ' + made["a"]["id"], said)

    def test_what_a_file_does_not_mention(self):
        before = {"userName": "ada", "name": {"givenName": "Ada"}, ENTERPRISE_URN: {"department": "D", "manager": {"value": "1"}}}
        self.have("Users", "1", **before)
        for said in ({"name": {}, ENTERPRISE_URN: {}}, {ENTERPRISE_URN: {"manager": {}}}, {LEGACY_URN: {"DEPARTMENT": "D"}},
                     {"schemas": ["urn:scim:schemas:core:1.0", LEGACY_URN], LEGACY_URN: {"department": "D"}}):
            self.write("f.json", {"userName": "ada", **said})
            self.assertIn("unchanged 1", self.run_cli("diff", "-f", "f.json").stderr)
        self.write("f.json", {"userName": "ada", "name": {"givenName": None}, LEGACY_URN: {"department": "E", "manager": None}})
        shown = self.run_cli("diff", "-f", "f.json", status=9).stdout
        self.assertEqual(shown, 'patch User ada\n- name.givenName: "Ada"\n- %s:department: "D"\n+ %s:department: "E"\n- %s:manager.value: "1"\n'
                         % ((ENTERPRISE_URN,) * 3))

    def test_a_page_of_a_list_is_no_state(self):
        for more, shown in (({"totalResults": 3}, "1 of 3"), ({"totalResults": "3"}, '1 of "3"'), ({"nextCursor": "x"}, "1 of more")):
            self.write("f.json", {"schemas": [LIST_URN], "Resources": [{"schemas": [USER_URN], "userName": "ada"}], **more})
            said = self.run_cli("apply", "-f", "f.json", "--prune=users", "--max-delete=9", "--yes", status=2).stderr
            self.assertIn("f.json: is one page of a list, %s resources: " % shown, said)
        self.run_cli("create", "user", "-f", "f.json")

    def test_directories_behind_links(self):
        self.write("real/deep/u.json", {"userName": "ada"})
        self.write("conf/v.json", {"userName": "bob"})
        (self.folder / "conf/linked").symlink_to("../real")
        (self.folder / "conf/linked/deep/back").symlink_to("../../conf")
        self.assertIn("to create 2,", self.run_cli("diff", "-f", "conf", "real", status=9).stderr)
        (self.folder / "conf/gone").symlink_to("../nowhere")
        self.assertIn("conf/gone cannot be read", self.run_cli("diff", "-f", "conf", status=2).stderr)

    def test_nothing_takes_hold_of_a_terminal(self):
        for key in ("1" + HARM, "2" + HARM + "\n"):
            self.have("Users", key, userName="ada" + HARM, title=HARM, emails=[{"value": HARM}])
        self.write("f.json", {"userName": "ada" + HARM})
        self.write("g.json", {"displayName": "G", "members": [{"value": "title=" + HARM}]})
        for status, arguments in ((5, ("get", "user", "userName=ada" + HARM)), (5, ("diff", "-f", "f.json")), (5, ("diff", "-f", "g.json")),
                                  (0, ("raw", "GET", "/Users")), (0, ("raw", "GET", "/Users", "-o", "json")), (0, ("list", "users", "-o", "json")),
                                  (0, ("filter-test", "title pr", "-o", "json", "--why")), (0, ("filter-test", "userName pr")),
                                  (5, ("get", "user", "userName=ada" + HARM, "-o", "json"))):
            with self.subTest(arguments):
                said = self.on_terminal(*arguments, answers=[], status=status)
                self.assertIn("u202e", said)
                self.assertNotRegex(said, "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


if __name__ == "__main__":
    unittest.main()
