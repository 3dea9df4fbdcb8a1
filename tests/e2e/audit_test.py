# SPDX-License-Identifier: MIT
"""Who has changed what, who is told of it, and who has to wait: the audit log, reverting, events and the guard, over a server and
from the shell, on both databases."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import http.server
import json
import queue
import sqlite3
import subprocess
import threading
import unittest

import harness
from certificates import make_certificates, server_context
from harness import FastCgi, Program, Site, user
from served import group, op, patch_body

DELETE_LIMIT = 2
CONFIG = """
[journal]
file = "journal.jsonl"
[guard]
action = "hold"
deactivations = "%d"
""" % DELETE_LIMIT


class Receiver(contextlib.ExitStack):
    """A webhook that answers as it is told, and keeps what it was sent."""

    def __init__(self, secret, tls=None):
        super().__init__()
        self.secret = secret
        self.refuse = set()  # ids of resources, once
        self.got = queue.Queue()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signed = b".".join((self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), body))
                expected = "v1," + base64.b64encode(hmac.new(outer.secret, signed, hashlib.sha256).digest()).decode()
                event = json.loads(body)
                is_refused = event["data"]["id"] in outer.refuse
                outer.refuse.discard(event["data"]["id"])
                # Before the answer: the next one may come as soon as that is there.
                outer.got.put((event, self.headers["webhook-id"], self.headers["webhook-signature"] == expected, is_refused))
                self.send_response(503 if is_refused else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.callback(thread.join)
        self.callback(self.server.shutdown)
        self.callback(self.server.server_close)
        self.url = "%s://127.0.0.1:%d/hook" % ("https" if tls else "http", self.server.server_address[1])

    def next(self):
        return self.got.get(timeout=harness.PATIENCE)


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site(CONFIG))
        cls.scim = cls.site.start_scim()
        cls.site.token
        cls.made = 0

    def ask(self, status, method, path, body=None):
        with FastCgi(self.site.socket) as connection:
            answer = connection.request(method, path, self.site.token, b"" if body is None else json.dumps(body).encode())
        self.assertEqual(answer.status, status, answer)
        return answer

    def make(self, **more):
        Audit.made += 1
        return self.ask(201, "POST", "/Users", user("user-%d" % self.made, **more)).json()

    def cli(self, *arguments, status=0, stdin="", config=None):
        done = subprocess.run([harness.SCIMCTL, "--config", str(config or self.site.config), *arguments], input=stdin, capture_output=True, text=True, timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def documents(self, *arguments):
        return json.loads(self.cli(*arguments, "-o", "json").stdout)

    def history(self, resource, kind="users"):
        return self.documents("history", kind, resource["id"])

    def test_clients_and_admins_are_told_apart(self):
        ada = self.make(title="Dr")
        self.ask(200, "PATCH", "/Users/" + ada["id"], patch_body(op("replace", "title", "Countess")))
        self.cli("patch", "user", ada["id"], "--set", "nickName=A")
        first, second, third = self.history(ada)
        self.assertEqual([first["operation"], second["operation"], third["operation"]], ["create", "update", "update"])
        self.assertTrue(second["actor"].startswith("token:"), second)
        self.assertTrue(third["actor"].startswith("scimctl:"), third)
        self.assertEqual(second["changes"], [{"path": "title", "before": "Dr", "after": "Countess"}])
        self.assertEqual(self.documents("log", "show", second["entry"])[0]["request"], second["request"])
        shown = self.cli("log", "show", second["entry"]).stdout
        self.assertIn('- title: "Dr"\n+ title: "Countess"\n', shown)
        self.assertEqual(self.documents("log", "verify")["findings"], [])
        for nobody in ("userName=nobody", "nobody"):
            self.assertEqual(self.cli("history", "user", nobody, status=3).stdout, "")

    def test_a_request_is_reverted_as_a_whole(self):
        ada, bob = self.make(title="Dr", emails=[{"value": "a@example.com", "type": "work"}]), self.make()
        staff = self.ask(201, "POST", "/Groups", group("Staff %s" % ada["id"], ada["id"])).json()
        before = [self.ask(200, "GET", path).json() for path in ("/Users/" + ada["id"], "/Groups/" + staff["id"])]
        job = [{"method": "PATCH", "path": "/Users/" + ada["id"], "data": patch_body(op("replace", "title", "Countess"), op("remove", "emails"))},
               {"method": "PATCH", "path": "/Groups/" + staff["id"], "data": patch_body(op("replace", "members", [{"value": bob["id"]}]))},
               {"method": "POST", "path": "/Users", "bulkId": "1", "data": user("from-bulk-%s" % ada["id"])}]
        self.ask(200, "POST", "/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": job})
        request = self.history(ada)[-1]["request"]
        self.assertEqual(len(self.documents("log", "list", "--request", request)), 3)
        self.cli("revert", request, "--dry-run")
        self.assertEqual(self.ask(200, "GET", "/Users/" + ada["id"]).json()["title"], "Countess")
        self.cli("revert", request, "--yes")
        after = [self.ask(200, "GET", path).json() for path in ("/Users/" + ada["id"], "/Groups/" + staff["id"])]
        for document in before + after:
            del document["meta"]
        self.assertEqual(after, before)
        self.assertEqual(self.documents("list", "users", "--filter", 'userName eq "from-bulk-%s"' % ada["id"])["totalResults"], 0)

    def test_what_was_changed_since_is_not_overwritten(self):
        ada = self.make(title="Dr")
        self.cli("patch", "user", ada["id"], "--set", "title=Countess")
        entry = self.history(ada)[-1]["entry"]
        self.cli("patch", "user", ada["id"], "--set", "title=Queen")
        refused = self.cli("revert", entry, "--yes", status=5)
        self.assertIn("title has been changed since", refused.stderr)
        self.cli("revert", entry, "--yes", "--force")
        self.assertEqual(self.ask(200, "GET", "/Users/" + ada["id"]).json()["title"], "Dr")
        self.assertIn("has been changed since", self.cli("revert", self.history(ada)[0]["entry"], "--yes", status=5).stderr)
        self.ask(200, "GET", "/Users/" + ada["id"])

    def test_who_was_deactivated_or_deleted_comes_back(self):
        ada = self.make()
        staff = self.ask(201, "POST", "/Groups", group("Crew %s" % ada["id"], ada["id"])).json()
        self.cli("delete", "user", ada["id"], "--yes")
        self.ask(404, "GET", "/Users/" + ada["id"])
        self.cli("revert", self.documents("history", "user", "userName=" + ada["userName"])[-1]["entry"], "--yes")
        self.assertEqual(self.ask(200, "GET", "/Users/" + ada["id"]).json()["groups"][0]["value"], staff["id"])
        self.cli("deactivate", "user", ada["id"])
        self.cli("delete", "user", ada["id"], "--yes")
        self.cli("revert", self.history(ada)[-1]["entry"], "--yes")
        back = self.ask(200, "GET", "/Users/" + ada["id"]).json()
        self.assertEqual((back["active"], back["groups"][0]["value"]), (False, staff["id"]))
        self.cli("delete", "group", staff["id"], "--yes")
        reverted = self.documents("revert", self.history(staff, "groups")[-1]["entry"], "--yes")
        again = self.ask(200, "GET", "/Groups/" + reverted[0]["new_id"]).json()
        self.assertEqual((again["displayName"], [member["value"] for member in again["members"]]), (staff["displayName"], [ada["id"]]))

    def test_a_mad_client_is_held_until_somebody_decides(self):
        users = [self.make() for _ in range(DELETE_LIMIT + 2)]
        statuses = []
        for each in users:
            with FastCgi(self.site.socket) as connection:
                statuses.append(connection.request("DELETE", "/Users/" + each["id"], self.site.token).status)
        self.assertEqual(statuses, [204] * DELETE_LIMIT + [503, 503])
        with FastCgi(self.site.socket) as connection:
            again = connection.request("DELETE", "/Users/" + users[-1]["id"], self.site.token)
        self.assertEqual((again.status, again.header("Retry-After")), (503, "600"))
        held = self.documents("hold", "list")
        self.assertEqual([(each["path"], each["attempts"]) for each in held], [("/Users/" + users[-2]["id"], 1), ("/Users/" + users[-1]["id"], 2)])
        self.assertIn("deactivations within an hour", held[0]["reason"])
        self.assertRegex(self.scim.log.read_text(), 'warning guard: "DELETE /Users/%s" of "token:e2e" waits for an administrator: ' % users[-2]["id"])
        self.ask(200, "GET", "/Users/" + users[-2]["id"])
        self.cli("hold", "release", held[0]["id"], "--yes")
        self.ask(404, "GET", "/Users/" + users[-2]["id"])
        self.cli("hold", "reject", "--all", "--yes")
        self.ask(403, "DELETE", "/Users/" + users[-1]["id"])
        self.ask(200, "GET", "/Users/" + users[-1]["id"])
        self.assertEqual(self.documents("hold", "list"), [])
        self.cli("hold", "release", held[0]["id"], "--yes", status=5)
        admin = next(entry["actor"] for entry in self.documents("log", "list") if entry["type"] == "Hold")
        self.assertTrue(admin.startswith("scimctl:"), admin)
        for each, state in zip(held, ("released", "rejected")):
            decision = next(entry for entry in self.documents("log", "list", "--actor", admin) if entry["id"] == each["id"])
            self.assertEqual((decision["type"], decision["name"], decision["changes"]), ("Hold", "DELETE " + each["path"], [{"path": "state", "before": "held", "after": state}]))
        self.assertIn("is not reverted", self.cli("revert", decision["entry"], "--yes", status=2).stderr)
        self.assertIn("--token", self.cli("log", "list", "--actor", "x", "--token", "y", status=2).stderr)

    def hold(self, token, method, path, body=None):
        """The id of the request, which has to wait."""
        with FastCgi(self.site.socket) as connection:
            answer = connection.request(method, path, token, b"" if body is None else json.dumps(body).encode())
        self.assertEqual(answer.status, 503, answer)
        return self.documents("hold", "list")[-1]["id"]

    def token(self, name, *arguments):
        return self.cli("token", "create", name, "--guard", "hold deactivations=0 member_removals=0", *arguments).stdout.strip()

    def test_what_is_released_is_done_as_its_client_might(self):
        ada, bob = self.make(title="Dr"), self.make(title="Dr")
        of_ada = self.token("of-ada", "--user", ada["userName"])
        self.cli("hold", "release", self.hold(of_ada, "DELETE", "/Me"), "--yes")
        self.ask(404, "GET", "/Users/" + ada["id"])
        blind = self.token("blind", "--hide", "title")
        put = user(bob["userName"], active=False)
        self.cli("hold", "release", self.hold(blind, "PUT", "/Users/" + bob["id"], put), "--yes")
        after = self.ask(200, "GET", "/Users/" + bob["id"]).json()
        self.assertEqual((after["active"], after["title"]), (False, "Dr"))

    def test_what_a_revoked_token_has_asked_for_is_not_done_by_the_way(self):
        ada = self.make()
        held = self.hold(self.token("leaver"), "DELETE", "/Users/" + ada["id"])
        self.cli("token", "revoke", "leaver", "--yes")
        refused = self.cli("hold", "release", held, "--yes", status=7)
        self.assertIn("its token has been revoked since; reject it, or release it with --force", refused.stderr)
        self.ask(200, "GET", "/Users/" + ada["id"])
        self.cli("hold", "release", held, "--yes", "--force")
        self.ask(404, "GET", "/Users/" + ada["id"])

    def test_what_is_refused_now_waits_on(self):
        ada = self.make()
        held = self.hold(self.token("late"), "PATCH", "/Users/" + ada["id"], patch_body(op("replace", "active", False), op("replace", "title", "Dr")))
        self.cli("delete", "user", ada["id"], "--yes")
        self.assertIn("no User with the id", self.cli("hold", "release", held, "--yes", status=7).stderr)
        waiting = next(each for each in self.documents("hold", "list") if each["id"] == held)
        self.assertEqual(waiting["state"], "held")
        self.assertIn("Dr", json.dumps(self.documents("hold", "show", held)["body"]), "with its body")
        self.cli("hold", "reject", held, "--yes")
        self.assertNotIn("body", self.documents("hold", "show", held))

    def test_who_is_inactive_is_not_deactivated_once_more(self):
        ada = self.make(active=False)
        with FastCgi(self.site.socket) as connection:
            self.assertEqual(connection.request("DELETE", "/Users/" + ada["id"], self.token("strict")).status, 204)

    def test_a_held_me_is_who_it_was(self):
        ada = self.make()
        held = self.hold(self.token("of-herself", "--user", ada["userName"]), "DELETE", "/Me")
        self.assertEqual(self.documents("hold", "show", held)["path"], "/Users/" + ada["id"])
        self.ask(200, "PUT", "/Users/" + ada["id"], user(ada["userName"] + ".old"))
        other = self.ask(201, "POST", "/Users", user(ada["userName"])).json()
        self.cli("hold", "release", held, "--yes")
        self.ask(404, "GET", "/Users/" + ada["id"])
        self.ask(200, "GET", "/Users/" + other["id"])

    def test_a_token_that_may_do_less_now_is_asked_about(self):
        ada = self.make()
        held = self.hold(self.token("narrowed"), "DELETE", "/Users/" + ada["id"])
        self.cli("token", "update", "narrowed", "--scope", "groups")
        self.assertIn("what its token may do has been changed since", self.cli("hold", "release", held, "--yes", status=7).stderr)
        self.ask(200, "GET", "/Users/" + ada["id"])
        self.cli("hold", "reject", held, "--yes")

    def test_a_bulk_request_is_released_as_a_whole(self):
        ada, bob = self.make(), self.make()
        job = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "atomic": True,
               "Operations": [{"method": "DELETE", "path": "/Users/" + each["id"]} for each in (ada, bob)]}
        held = self.hold(self.token("all-or-none"), "POST", "/Bulk", job)
        self.cli("delete", "user", bob["id"], "--yes")
        self.assertIn("no User with the id", self.cli("hold", "release", held, "--yes", status=7).stderr)
        self.ask(200, "GET", "/Users/" + ada["id"])
        self.assertIn(held, [each["id"] for each in self.documents("hold", "list")])
        self.cli("hold", "reject", held, "--yes")

    def test_a_condition_that_would_be_forgotten_is_not_held(self):
        ada = self.make()
        with FastCgi(self.site.socket) as connection:
            answer = connection.request("DELETE", "/Users/" + ada["id"], self.token("careful"), more=[("HTTP_IF_NONE_MATCH", 'W/"9"')])
        self.assertEqual(answer.status, 403, answer)
        self.assertIn("If-None-Match", answer.json()["detail"])
        self.assertRegex(self.scim.log.read_text(), 'warning guard: "DELETE /Users/%s" of "token:careful" is refused: ' % ada["id"])
        self.ask(200, "GET", "/Users/" + ada["id"])

    def test_one_of_two_admins_decides(self):
        ada = self.make()
        held = self.hold(self.token("both"), "DELETE", "/Users/" + ada["id"])
        argv = [harness.SCIMCTL, "--config", str(self.site.config), "hold", "release", held, "--yes"]
        both = [subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        outcomes = sorted((process.wait(harness.PATIENCE), process.stderr.read()) for process in both)
        for process in both:
            process.stderr.close()
        self.assertEqual(outcomes[0][0], 0, outcomes)
        self.assertRegex(outcomes[1][1], "somebody else has decided it meanwhile|waits no more: it is released")
        self.assertEqual([entry["operation"] for entry in self.history(ada)], ["create", "deactivate"])

    def test_groups_that_come_back_have_each_other(self):
        inner = self.ask(201, "POST", "/Groups", group("Inner")).json()
        outer = self.ask(201, "POST", "/Groups", group("Outer", inner["id"])).json()
        job = [{"method": "DELETE", "path": "/Groups/" + each["id"]} for each in (outer, inner)]
        self.ask(200, "POST", "/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": job})
        reverted = self.documents("revert", self.history(outer, "groups")[-1]["request"], "--yes")
        ids = {each["name"]: each["new_id"] for each in reverted}
        members = self.ask(200, "GET", "/Groups/" + ids["Outer"]).json()["members"]
        self.assertEqual([member["value"] for member in members], [ids["Inner"]])
        self.assertNotEqual(ids["Inner"], inner["id"])

    def test_a_group_that_was_replaced_by_one_of_its_name_comes_back(self):
        old = self.ask(201, "POST", "/Groups", group("Replaced")).json()
        job = [{"method": "DELETE", "path": "/Groups/" + old["id"]}, {"method": "POST", "path": "/Groups", "bulkId": "1", "data": group("Replaced")}]
        self.ask(200, "POST", "/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": job})
        reverted = self.documents("revert", self.history(old, "groups")[-1]["request"], "--yes")
        self.assertEqual([each["did"] for each in reverted], ["removed", "created"])
        (there,) = self.documents("list", "groups", "--filter", 'displayName eq "Replaced"')["Resources"]
        self.assertEqual(there["id"], reverted[1]["new_id"])

    def test_what_was_made_and_changed_by_one_request_is_gone(self):
        ada = self.make()
        job = [{"method": "POST", "path": "/Groups", "bulkId": "g", "data": group("Short-lived", ada["id"])},
               {"method": "PATCH", "path": "/Groups/bulkId:g", "data": patch_body(op("remove", "members"))}]
        self.ask(200, "POST", "/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": job})
        self.cli("revert", self.documents("log", "list")[-1]["request"], "--yes")
        self.assertEqual(self.documents("list", "groups", "--filter", 'displayName eq "Short-lived"')["totalResults"], 0)

    def test_groups_of_one_name_come_back_both(self):
        twins = [self.ask(201, "POST", "/Groups", group("Twins")).json() for _ in range(2)]
        job = [{"method": "DELETE", "path": "/Groups/" + each["id"]} for each in twins]
        self.ask(200, "POST", "/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": job})
        self.cli("revert", self.history(twins[0], "groups")[-1]["request"], "--yes")
        self.assertEqual(self.documents("list", "groups", "--filter", 'displayName eq "Twins"')["totalResults"], 2)

    def test_a_deleted_group_comes_back_into_the_groups_that_had_it(self):
        ada, bob = self.make(), self.make()
        inner = self.ask(201, "POST", "/Groups", group("Nested %s" % ada["id"], ada["id"], bob["id"])).json()
        outer = self.ask(201, "POST", "/Groups", group("Nesting %s" % ada["id"], inner["id"])).json()
        self.cli("delete", "group", inner["id"], "--yes")
        lost, deleted = self.history(outer, "groups")[-1], self.history(inner, "groups")[-1]
        self.assertEqual((lost["operation"], lost["changes"], lost["request"]),
                         ("update", [{"path": "members", "removed": [inner["id"]]}], deleted["request"]))
        self.cli("delete", "user", bob["id"], "--yes")
        done = self.cli("revert", deleted["request"], "--yes", "-o", "json")
        created, restored = json.loads(done.stdout)
        self.assertEqual((created["did"], created["not_restored"]), ("created", ['members[value eq "%s"]' % bob["id"]]))
        self.assertIn('members[value eq "%s"] is not back' % bob["id"], done.stderr)
        self.assertEqual((restored["did"], restored["name"], restored.get("not_restored")), ("restored", outer["displayName"], None))
        members = {name: self.ask(200, "GET", "/Groups/" + name).json()["members"] for name in (created["new_id"], outer["id"])}
        self.assertEqual([[member["value"] for member in members[each]] for each in (created["new_id"], outer["id"])], [[ada["id"]], [created["new_id"]]])
        refused = self.cli("revert", deleted["request"], "--yes", status=5).stderr
        self.assertIn('there is a Group "%s" again, %s' % (inner["displayName"], created["new_id"]), refused)
        self.assertEqual(len(self.documents("list", "groups", "--filter", 'displayName eq "%s"' % inner["displayName"])["Resources"]), 1)
        self.cli("revert", deleted["entry"], "--yes", "--force")
        self.assertEqual(len(self.documents("list", "groups", "--filter", 'displayName eq "%s"' % inner["displayName"])["Resources"]), 2)

    def test_what_nobody_can_read_does_not_come_back(self):
        config = self.site.directory / "hard.toml"
        config.write_text(self.site.config.read_text() + '[user]\ndelete = "remove"\n')
        ada = self.make(password="correct horse battery")
        self.cli("delete", "user", ada["id"], "--yes", config=config)
        reverted = self.cli("revert", self.history(ada)[-1]["entry"], "--yes", "-o", "json", config=config)
        self.assertEqual(json.loads(reverted.stdout)[0]["not_restored"], ["password"])
        self.assertIn("warning: User %s: password is lost, if there was one" % ada["userName"], reverted.stderr)

    def test_tokens_are_in_the_log(self):
        secret = self.cli("token", "create", "logged", "--expires", "90d").stdout.strip()
        self.cli("token", "update", "logged", "--scope", "users", "--hide", "title", "--expires", "never")
        rotated = self.cli("token", "rotate", "logged", "--overlap", "0").stdout.strip()
        self.cli("token", "revoke", "logged", "--yes")
        entries = [entry for entry in self.documents("log", "list", "--limit", "1000") if entry["name"] == "logged"]
        self.assertEqual([(entry["type"], entry["operation"]) for entry in entries],
                         [("Token", "create"), ("Token", "update"), ("Token", "update"), ("Token", "delete")])
        changes = [{change["path"]: change for change in entry["changes"]} for entry in entries]
        self.assertEqual((changes[1]["types"], changes[1]["hidden"]), ({"path": "types", "after": ["User"]}, {"path": "hidden", "after": ["title"]}))
        self.assertNotIn("after", changes[1]["expires"])
        self.assertEqual(changes[2]["secret"], {"path": "secret", "masked": True})
        text = json.dumps(entries)
        for each in (secret, rotated):
            self.assertNotIn(each.split("_", 2)[2], text)
            self.assertNotIn(hashlib.sha256(each.split("_", 2)[2].encode()).hexdigest(), text)
        self.assertIn("is not reverted", self.cli("revert", entries[0]["entry"], "--yes", status=2).stderr)

    def test_a_guard_needs_the_log_to_count_in(self):
        config = self.site.directory / "unlogged.toml"
        config.write_text(self.site.config.read_text().replace('action = "hold"', 'action = "off"') + "[audit]\nenabled = false\n")
        refused = self.cli("token", "create", "unlogged", "--guard", "hold deactivations=1", status=2, config=config)
        self.assertIn("audit.enabled", refused.stderr)

    def test_events_reach_a_webhook_in_order_and_at_least_once(self):
        secret = b"0123456789abcdef0123456789abcdef"
        with Receiver(secret) as receiver:
            ada, bob = self.make(), self.make()
            receiver.refuse.add(ada["id"])
            key = self.site.directory / "webhook.secret"
            key.write_text("whsec_" + base64.b64encode(secret).decode() + "\n")
            key.chmod(0o644)
            refused = self.cli("events", "--webhook", "ftp://127.0.0.1/", "--secret-file", str(key), status=2).stderr
            self.assertIn("is no URL of http or https", refused)
            self.assertIn("others may read the secret in ", refused)
            argv = [harness.SCIMCTL, "--config", str(self.site.config), "events", "--follow", "--reader", "app", "--webhook", receiver.url, "--secret-file", str(key)]
            self.cli("events", "--reader", "app")  # from here on
            self.ask(200, "PATCH", "/Users/" + ada["id"], patch_body(op("replace", "title", "Dr")))
            self.ask(200, "PATCH", "/Users/" + ada["id"], patch_body(op("replace", "title", "Countess")))
            self.ask(200, "PATCH", "/Users/" + bob["id"], patch_body(op("replace", "title", "Dr")))
            with contextlib.closing(Program(argv, self.site.directory / "events.log")):
                seen = [receiver.next() for _ in range(4)]
            self.assertTrue(all(is_signed for _, _, is_signed, _ in seen))
            self.assertEqual([event["data"]["id"] for event, _, _, _ in seen][:2], [ada["id"], bob["id"]], "what waits for ada does not hold bob up")
            of_ada = [(name, is_refused) for event, name, _, is_refused in seen if event["data"]["id"] == ada["id"]]
            self.assertEqual([is_refused for _, is_refused in of_ada], [True, False, False])
            self.assertEqual(of_ada[0][0], of_ada[1][0], "the same event again")
            self.assertNotEqual(of_ada[1][0], of_ada[2][0])
            self.cli("delete", "user", bob["id"], "--yes")
            with contextlib.closing(Program(argv, self.site.directory / "events.log")):
                event, _, _, _ = receiver.next()
            self.assertEqual((event["type"], event["data"]["id"]), ("user.deactivated", bob["id"]), "it goes on where it was")
            self.assertTrue(receiver.got.empty())

    def test_a_webhook_by_tls_is_told_what_it_is_vouched_for(self):
        folder = self.site.directory
        make_certificates(folder)
        key = folder / "tls.secret"
        key.write_text("0123456789abcdef")
        key.chmod(0o600)
        self.cli("events", "--reader", "tls")
        ada = self.make()
        for name, arguments, is_told in (("wrong", ["--webhook-ca", str(folder / "ca.pem")], False), ("good", [], False), ("good", ["--webhook-ca", str(folder / "ca.pem")], True)):
            with Receiver(b"0123456789abcdef", tls=server_context(folder, name)) as receiver:
                done = self.cli("events", "--reader", "tls", "--webhook", receiver.url, "--secret-file", str(key), *arguments, status=0 if is_told else 7)
                self.assertEqual("could not be told" in done.stderr, not is_told)
                self.assertEqual(receiver.got.empty(), not is_told)
                if is_told:
                    self.assertEqual(receiver.next()[0]["data"]["id"], ada["id"])
        plain = self.cli("events", "--reader", "tls", "--webhook", "http://application.invalid/", "--secret-file", str(key)).stderr
        self.assertIn("warning: events go to another machine by http", plain)
        self.cli("events", "--reader", "tls", "--forget")

    def test_a_reader_hears_of_resources_from_when_it_begins(self):
        self.make()
        self.assertEqual(self.documents("events", "--reader", "late"), [])
        ada = self.make()
        self.token("unheard")
        self.cli("token", "revoke", "unheard", "--yes")
        self.assertEqual([event["type"] for event in self.documents("events", "--reader", "late")], ["user.created"])
        self.assertIn({"reader": "late", "unread": 0}, self.documents("events", "--readers"))
        told = self.documents("events", "--reader", "early", "--from-start")
        self.assertEqual({event["type"].split(".")[0] for event in told}, {"user", "group"})
        self.assertEqual(told[-1]["data"]["id"], ada["id"])
        for reader in ("late", "early"):
            self.cli("events", "--reader", reader, "--forget")

    def test_what_nobody_has_read_is_told_again(self):
        self.cli("events", "--reader", "array")
        ada = self.make()
        for arguments in (("-o", "json"), ()):
            argv = [harness.SCIMCTL, "--config", str(self.site.config), "events", "--reader", "array", *arguments]
            with open("/dev/full", "w") as full:
                self.assertNotEqual(subprocess.run(argv, stdout=full, stderr=subprocess.DEVNULL).returncode, 0)
        self.assertEqual([event["data"]["id"] for event in self.documents("events", "--reader", "array")], [ada["id"]])
        self.assertEqual(self.documents("events", "--reader", "array"), [])
        self.assertIn({"reader": "array", "unread": 0}, self.documents("events", "--readers"))
        self.make()
        self.assertIn({"reader": "array", "unread": 1}, self.documents("events", "--readers"))
        lines = self.cli("events", "--from-start", "-o", "jsonl").stdout.splitlines()
        self.assertEqual(json.loads(lines[-1])["type"], "user.created")
        self.assertIn("--before is in the future", self.cli("log", "prune", "--before", "2999-01-01T00:00:00Z", "--yes", status=2).stderr)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
        self.assertIn("not every reader has read them: scimctl events --readers", self.cli("log", "prune", "--before", now, "--yes").stderr)
        self.assertIn({"reader": "array", "unread": 2}, self.documents("events", "--readers"), "and that it was done")
        self.cli("events", "--reader", "array", "--forget")

    def test_events_run_a_command(self):
        self.cli("events", "--reader", "hook")
        ada = self.make()
        out = self.site.directory / "hook.out"
        self.cli("events", "--reader", "hook", "--exec", 'cat >> %s; echo "$SCIMCTL_EVENT_TYPE" >> %s' % (out, out))
        line, kind = out.read_text().splitlines()
        event = json.loads(line)
        self.assertEqual((kind, event["type"], event["data"]["id"]), ("user.created", "user.created", ada["id"]))
        self.make()
        self.assertIn("could not be told, and will be by the next run of --reader hook: the command failed: exit status 3",
                      self.cli("events", "--reader", "hook", "--exec", "exit 3", status=7).stderr)
        self.cli("events", "--reader", "hook", "--exec", 'cat >> %s' % out)
        self.assertEqual(len(out.read_text().splitlines()), 3, "it was told afterwards")
        self.cli("events", "--reader", "hook", "--forget")
        self.cli("events", "--reader", "hook", "--forget", status=3)

    def test_a_command_that_takes_too_long_has_told_nothing(self):
        self.cli("events", "--reader", "slow")
        self.make()
        late = self.site.directory / "slow.out"
        said = self.cli("events", "--reader", "slow", "--exec", "sleep 600 & cat; sleep 600; touch %s" % late, "--exec-timeout", "1", status=7).stderr
        self.assertIn("could not be told, and will be by the next run of --reader slow: the command took longer than 1 s (--exec-timeout), and was ended", said)
        self.assertFalse(late.exists())
        self.assertIn("--exec", self.cli("events", "--exec-timeout", "1", status=2).stderr)
        self.cli("events", "--reader", "slow", "--forget")

    def test_the_journal_shows_what_was_sent_and_got(self):
        ada = self.make(password="s3cret-of-ada", nickName="Countess")
        self.ask(404, "GET", "/Users/nobody?attributes=userName")
        journal = self.site.directory / "journal.jsonl"
        self.assertEqual(journal.stat().st_mode & 0o777, 0o600)
        text = journal.read_text()
        self.assertNotIn("s3cret-of-ada", text)
        self.assertNotIn(self.site.token, text)
        lines = [json.loads(line) for line in text.splitlines()]
        made = next(line for line in lines if line["response"].get("body", {}).get("id") == ada["id"])
        self.assertEqual((made["request"]["method"], made["request"]["body"]["nickName"], made["response"]["status"]), ("POST", "Countess", 201))
        self.assertEqual(self.history(ada)[0]["request"], made["id"], "the id is that of the audit log")
        missed = next(line for line in lines if line["request"]["path"] == "/Users/nobody?attributes=userName")
        self.assertEqual((missed["response"]["status"], missed["response"]["body"]["status"]), (404, "404"))
        (self.site.directory / "one.jsonl").write_text(json.dumps(missed) + "\n")
        self.cli("replay", str(self.site.directory / "one.jsonl"))

    def test_imports_are_in_the_log(self):
        self.cli("import", "users", "-", stdin="".join(json.dumps({"userName": "imported-%d" % n}) + "\n" for n in range(300)))
        last = self.documents("log", "list", "--limit", "1")[0]
        self.assertEqual(len(self.documents("log", "list", "--request", last["request"], "--limit", "1000")), 300)
        self.assertEqual(self.documents("log", "verify")["findings"], [])


@unittest.skipIf(harness.on_postgresql(), "the tables of an application are made in a file")
class IdsOfTheApplication(unittest.TestCase):
    """Ids may be words, which stand elsewhere, too."""
    CONFIG = """
[user]
table = "users"
key = "id"
unmapped = "ignore"
delete = "remove"
[user.map]
userName = "login"
[group]
table = "teams"
key = "id"
link = { id = "slug" }
unmapped = "ignore"
[group.map]
displayName = "name"
members = [{ table = "team_members", owner = "team", value = "member" }, { table = "team_teams", owner = "parent", value = "child", type = "Group" }]
"""

    def test_new_ids_stand_where_ids_stood_and_nowhere_else(self):
        site = self.enterContext(Site(self.CONFIG))
        with contextlib.closing(sqlite3.connect(site.database)) as database, database:
            database.executescript("""CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT UNIQUE); CREATE TABLE teams (id INTEGER PRIMARY KEY, slug TEXT UNIQUE, name TEXT);
                CREATE TABLE team_members (team INTEGER, member INTEGER); CREATE TABLE team_teams (parent INTEGER, child INTEGER);
                INSERT INTO teams VALUES (1, 'ops', 'ops'), (2, 'devops', 'Development and devops'); INSERT INTO team_teams VALUES (2, 1);""")
        jobs = [{"method": "DELETE", "path": "/Groups/" + slug} for slug in ("devops", "ops")]
        bulk = site.directory / "bulk.json"
        bulk.write_text(json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": jobs}))
        site.token
        site.start_scim()
        with FastCgi(site.socket) as web:
            self.assertEqual(web.request("POST", "/Bulk", site.token, bulk.read_bytes()).status, 200)
        request = json.loads(site.scimctl("log", "list", "-o", "json"))[-1]["request"]
        site.scimctl("revert", request, "--yes")
        groups = {each["displayName"]: each for each in json.loads(site.scimctl("list", "groups", "-o", "json"))["Resources"]}
        self.assertEqual(sorted(groups), ["Development and devops", "ops"])
        self.assertEqual([member["value"] for member in groups["Development and devops"]["members"]], [groups["ops"]["id"]])


class WithoutTheLog(unittest.TestCase):
    def test_nobody_waits_for_events_that_never_come(self):
        site = self.enterContext(Site("[audit]\nenabled = false\n"))
        site.token
        self.assertRaisesRegex(AssertionError, "events needs audit.enabled", site.scimctl, "events", "--follow")


class Heads(unittest.TestCase):
    """What was noted elsewhere of the log is held against it."""

    def setUp(self):
        self.site = self.enterContext(Site(""))
        self.noted = self.site.directory / "noted.json"

    def cli(self, status, *arguments):
        done = subprocess.run([harness.SCIMCTL, "--config", str(self.site.config), *arguments], capture_output=True, text=True, timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def verify(self, status, *arguments):
        return self.cli(status, "log", "verify", "--against", str(self.noted), *arguments)

    def note(self, **other):
        (head,) = json.loads(self.site.scimctl("log", "verify", "-o", "json"))["heads"]
        self.noted.write_text(json.dumps({"heads": [{**head, **other}]}))
        return head

    def test_a_log_that_was_written_anew_is_found(self):
        self.site.scimctl("create", "user", "--user-name", "ada")
        self.note()
        self.site.scimctl("create", "user", "--user-name", "bob")
        self.verify(0)
        for other in ({"hash": "0" * 64}, {"number": 100}, {"chain": 7}):
            head = self.note(**other)
            self.assertIn("CHANGED: chain %s had the hash" % other.get("chain", head["chain"]), self.verify(9).stdout)

    def test_what_is_forgotten_is_not_taken_for_confirmed(self):
        self.site.scimctl("create", "user", "--user-name", "ada")
        self.note()
        for name in ("bob", "carl"):
            self.site.scimctl("create", "user", "--user-name", name)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
        self.site.scimctl("log", "prune", "--before", now, "--yes")
        self.assertRegex(self.verify(9).stdout, r"NOT COMPARED: chain 0: number \d+ has been forgotten, with all up to \d+ ")
        document = json.loads(self.verify(9, "-o", "json").stdout)
        self.assertEqual((document["findings"], len(document["not_compared"])), ([], 1))
        self.site.scimctl("log", "verify")
        pruned = json.loads(self.site.scimctl("log", "list", "-o", "json"))
        self.assertEqual([(entry["type"], entry["operation"], entry["changes"][0]["path"]) for entry in pruned], [("AuditLog", "delete", "before")])
        self.assertTrue(pruned[0]["actor"].startswith("scimctl:"), pruned)
        self.assertIn("is not reverted", self.cli(2, "revert", pruned[0]["entry"], "--yes").stderr)

    def test_what_is_no_list_of_heads_is_refused(self):
        for text in ("", "[]", "{}", '{"heads": 1}', '{"heads": [1]}', '{"heads": [{"chain": "0", "number": 1, "hash": ""}]}', '{"heads": [{"chain": 0}]}'):
            self.noted.write_text(text)
            self.assertIn("is not what scimctl log verify -o json prints", self.verify(2).stderr, text)
        self.noted.unlink()
        self.assertIn("noted.json", self.verify(2).stderr)


@unittest.skipIf(harness.on_postgresql(), "what is old is made so in a file")
class Retention(unittest.TestCase):
    def test_entries_and_decisions_are_forgotten_in_time(self):
        site = self.enterContext(Site("[audit]\nkeep_days = 2\n"))
        for name in ("old", "young"):
            site.scimctl("create", "user", "--user-name", name)
        day = 86_400 * 1_000_000
        with contextlib.closing(sqlite3.connect(site.database)) as database, database:
            database.execute("DROP TRIGGER scim_log_update")
            database.execute("UPDATE scim_log SET time = time - 3 * ? WHERE name = 'old'", [day])
            for age, state in ((31, "rejected"), (29, "rejected"), (31, "held")):
                database.execute("INSERT INTO scim_held SELECT ?1, ?2, time, time - ?3, 1, 'why', 'token:okta', '', 'r', '', 'DELETE', '/Users/1', '', '', '', '{}' "
                                 "FROM scim_log WHERE name = 'young'", ["%d %s" % (age, state), state, age * day])
        scim = site.start_scim()
        harness.wait_for("what is forgotten", lambda: "the audit log has forgotten 1 entries" in scim.log.read_text())
        self.assertEqual([entry["name"] for entry in json.loads(site.scimctl("log", "list", "-o", "json"))], ["young"])
        self.assertEqual([held["id"] for held in json.loads(site.scimctl("hold", "list", "--all", "-o", "json"))], ["29 rejected", "31 held"])
        site.scimctl("log", "verify")


if __name__ == "__main__":
    unittest.main()
