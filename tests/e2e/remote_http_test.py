# SPDX-License-Identifier: MIT
"""scimctl against servers that delay, redirect, break off, lie and listen in: what it does, what it says, whom it tells the token."""
import base64
import contextlib
import email.utils
import gzip
import json
import pathlib
import subprocess
import threading
import time
import unittest
import urllib.parse

from certificates import make_certificates, server_context
from command import Command
from scripted import Reply, Scripted
from served import LIST_URN, op, patch_body

TOKEN = "token-that-nobody-sees"
LATER = 2 ** 31


def listed(*resources, total=None, **more):
    return Reply(200, {"schemas": [LIST_URN], "totalResults": len(resources) if total is None else total, "Resources": list(resources), **more})


class Remote(Command):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Scripted())
        cls.environment["SCIMCTL_TOKEN"] = TOKEN
        cls.where = ["--url", cls.server.url]

    def run_cli(self, *arguments, **options):
        done = super().run_cli(*arguments, **options)
        self.assertNotIn(TOKEN, done.stdout + done.stderr)
        return done

    def answered(self, reply, *arguments, method="GET", status=0, **options):
        """What `raw METHOD /x` makes of an answer."""
        self.server.begin({"/x": reply})
        return self.run_cli("raw", method, "/x", *arguments, status=status, **options)

    def asked(self):
        return [(a.method, a.path) for a in self.server.asked]


class Delays(Remote):
    def test_it_waits_as_long_as_it_is_told(self):
        soon = email.utils.formatdate(time.time() - 5, usegmt=True)
        for header in ("0", soon):
            done = self.answered([Reply(429, headers=[("Retry-After", header)]), Reply(503, headers=[("Retry-After", header)]), Reply(200, "{}")])
            self.assertEqual(len(self.server.asked), 3)
            self.assertIn("(429): again in 0 s, 1 of 5", done.stderr)
            self.assertIn("(503): again in 0 s, 2 of 5", done.stderr)

    def test_a_change_is_sent_again_whole(self):
        self.answered([Reply(429, headers=[("Retry-After", "0")]), Reply(201, "{}")], "-f", "-", method="POST", stdin='{"userName":"ada"}')
        self.assertEqual([a.body for a in self.server.asked], [b'{"userName":"ada"}'] * 2)

    def test_not_longer_than_anybody_waits(self):
        for header in ("301", "99999999999999999999", email.utils.formatdate(LATER, usegmt=True)):
            done = self.answered(Reply(429, {"detail": "slow down"}, [("Retry-After", header)]), status=1)
            self.assertEqual(len(self.server.asked), 1)
        self.server.begin({"/Users": Reply(429, "busy", [("Retry-After", "86400")])})
        self.assertIn("(Retry-After 86400)", self.refusal("list", "users", "--retries", "0", status=1))
        self.assertNotIn("again in", done.stderr)

    def test_not_more_often_than_retries_says(self):
        self.answered(Reply(503, headers=[("Retry-After", "0")]), "--retries", "2", status=1)
        self.assertEqual(len(self.server.asked), 3)
        self.answered(Reply(503, headers=[("Retry-After", "0")]), "--retries", "0", status=1)
        self.assertEqual(len(self.server.asked), 1)
        self.assertIn("--retries", self.refusal("raw", "GET", "/x", "--retries", "-1", status=2))

    def test_without_retry_after_a_second(self):
        done = self.answered([Reply(503), Reply(200, "{}")])
        self.assertIn("again in 1 s, 1 of 5", done.stderr)

    def test_other_errors_are_final(self):
        for status, code in ((500, 1), (502, 1), (504, 1), (409, 5), (412, 6), (400, 2), (404, 3), (403, 4), (418, 1)):
            self.answered(Reply(status, headers=[("Retry-After", "0")]), status=code)
            self.assertEqual(len(self.server.asked), 1)

    def test_a_server_that_says_nothing(self):
        hold = threading.Event()
        self.addCleanup(hold.set)
        done = self.answered(Reply(hold=hold), "--timeout", "1", status=1)
        self.assertIn("--timeout SECONDS", done.stderr)
        self.assertIn(self.server.url, done.stderr)


class Redirects(Remote):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.enterClassContext(Scripted())

    def test_method_and_body_are_kept(self):
        for status in (307, 308):
            for method in ("POST", "PUT", "PATCH"):
                self.server.begin({"/x": Reply(status, headers=[("Location", "/y?a=b")]), "/y": Reply(200, "{}")})
                self.run_cli("raw", method, "/x", "-f", "-", stdin='{"a":1}')
                self.assertEqual([(a.method, a.path, a.body, a.token) for a in self.server.asked],
                                 [(method, p, b'{"a":1}', "Bearer " + TOKEN) for p in ("/x", "/y?a=b")])

    def test_the_token_goes_to_no_other_port(self):
        self.other.begin({"/y": Reply(200, {"from": "other"})})
        done = self.answered(Reply(308, headers=[("Location", self.other.url + "/y")]), "-f", "-", method="POST", stdin="{}")
        self.assertIn("other", done.stdout)
        self.assertEqual([(a.method, a.token, a.body) for a in self.other.asked], [("POST", None, b"{}")])
        # And is back where it belongs.
        self.server.begin({"/y": Reply(200, "{}")})
        self.other.begin({"/y": Reply(307, headers=[("Location", self.server.url + "/y")])})
        self.server.script["/x"] = Reply(307, headers=[("Location", self.other.url + "/y")])
        self.run_cli("raw", "GET", "/x")
        self.assertEqual([a.token for a in self.server.asked], ["Bearer " + TOKEN] * 2)
        self.assertEqual([a.token for a in self.other.asked], [None])

    def test_nothing_goes_where_it_could_be_read(self):
        for location in ("http://other.invalid/y", "ftp://127.0.0.1/y", "file:///etc/passwd", "http://a:b@127.0.0.1:%d/y" % self.other.port, ""):
            self.other.begin({})
            self.answered(Reply(307, headers=[("Location", location)]), "-f", "-", method="POST", stdin="{}")
            self.assertEqual((len(self.server.asked), self.other.asked), (1, []))

    def test_a_server_that_passes_the_token_on(self):
        """In a redirect, which is followed then as little as it is shown."""
        self.other.begin({})
        done = self.answered(Reply(307, headers=[("Location", self.other.url + "/y?token=" + TOKEN)]), "-i", "-o", "json")
        self.assertEqual(self.other.asked, [])
        self.assertIn("(removed)", done.stdout)
        refused = Scripted()
        refused.server_close()  # nobody listens there
        self.assertNotIn(TOKEN, self.answered(Reply(307, headers=[("Location", refused.url + "/y?token=" + TOKEN)])).stderr)

    def test_a_server_that_shows_what_it_has_read(self):
        token = "dG9rZW4+with/slashes=="
        for shown in (token, token.replace("/", "\\/"), urllib.parse.quote(token, safe="")):
            done = self.answered(Reply(400, '{"detail": "%s"}' % shown), status=2, environment={"SCIMCTL_TOKEN": token})
            self.assertIn("(removed)", done.stdout)
        basic = "Basic " + base64.b64encode(b"ada:s3cret-word").decode()
        done = self.answered(Reply(500, "<b>PHP_AUTH_PW</b> s3cret-word"), status=1, environment={"SCIMCTL_TOKEN": basic})
        self.assertIn("(removed)", done.stdout)

    def test_a_change_does_not_become_something_else(self):
        for status in (301, 302, 303):
            self.server.begin({"/Users": Reply(status, headers=[("Location", "/y")]), "/y": Reply(200, "{}")})
            said = self.refusal("create", "user", "--user-name", "ada", status=1)
            self.assertIn('%d, Location "/y"' % status, said)
            self.assertNotIn(("GET", "/y"), self.asked())
            self.server.begin({"/x": Reply(status, headers=[("Location", "/y")]), "/y": Reply(200, "{}")})
            self.run_cli("raw", "GET", "/x")
            self.assertEqual(self.asked(), [("GET", "/x"), ("GET", "/y")])

    def test_no_circles(self):
        done = self.answered(Reply(307, headers=[("Location", "/x")]), status=1)
        self.assertIn("redirects more than 5 times", done.stderr)
        self.assertEqual(len(self.server.asked), 6)


class Answers(Remote):
    def test_what_is_no_answer(self):
        cases = [(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", "no answer from"),
                 (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":", "no answer from"),
                 (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", "no answer from"),
                 (b"SSH-2.0-OpenSSH\r\n", "no answer from"), (b"", "no answer from"),
                 (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 400000 + b"\r\n", "no answer from"),
                 (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2000000 + b"\r\n\r\n", "no answer from")]
        for raw, expected in cases:
            with self.subTest(raw[:60]):
                done = self.answered(Reply(raw=raw), status=1)
                self.assertIn(expected, done.stderr)
                self.assertIn(self.server.url + "/x", done.stderr)
                self.assertEqual(done.stdout, "")

    def test_nobody_there(self):
        self.assertIn("no answer from http://127.0.0.1:1/Users", self.refusal("raw", "GET", "/Users", where=["--url", "http://127.0.0.1:1"], status=1))

    def test_encodings(self):
        document = json.dumps({"userName": "ada" * 1000})
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (document[:7].encode(), document[7:].encode())) + b"0\r\nX-Trailer: 1\r\n\r\n"
        for reply in (Reply(200, gzip.compress(document.encode()), [("Content-Encoding", "gzip")]),
                      Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks),
                      Reply(raw=b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-Large: " + b"y" * 60000 + b"\r\n\r\n" + document.encode()),
                      Reply(raw=b"HTTP/1.0 200 OK\n\n" + document.encode())):
            self.assertEqual(self.answered(reply).stdout, document + "\n")

    def test_what_is_no_scim(self):
        page = "<html>" + "x" * 5000
        for reply, expected in ((Reply(200, page), "200 with what is no JSON"), (Reply(200, "[]"), "no ListResponse"), (Reply(200, "7"), "no ListResponse"),
                                (Reply(200, {"detail": "x"}), "no ListResponse"), (Reply(200, {"Resources": [1]}), "no ListResponse"),
                                (Reply(200, {"Resources": "x"}), "no ListResponse"), (Reply(204), "204 and sent nothing"), (Reply(200), "200 and sent nothing"),
                                (Reply(200, b"\xff\xfe{}"), "no JSON"), (Reply(200, "[" * 200000), "no JSON"), (Reply(200, '{"a":1,"A":2}'), "twice")):
            self.server.begin({"/Users": reply})
            for arguments in (["list", "users"], ["get", "user", "userName=ada"]):
                said = self.refusal(*arguments, status=1)
                self.assertIn(expected, said)
                self.assertLess(len(said), 300)
        # Odd types in what is one are no reason to fail.
        self.server.begin({"/Users": Reply(200, {"totalResults": "1", "startIndex": None, "nextCursor": 7, "Resources": [{"id": 7, "userName": ["ada"]}]})})
        self.assertEqual(self.run_cli("list", "users", "-o", "csv", "--columns", "id,userName").stdout, "id,userName\n7,ada\n")

    def test_nobody_else_is_found(self):
        """By a server that passes over filters."""
        for other in ({"id": "1", "userName": "bob"}, {"id": "1"}):
            self.server.begin({"/Users": listed(other), "/Users/1": Reply(204)})
            self.assertIn("does not filter", self.refusal("delete", "--yes", "user", "userName=ada", status=1))
        self.server.begin({"/Users": listed({"id": "1", "username": "ADA"}), "/Users/1": Reply(204)})
        self.run_cli("delete", "--yes", "user", "userName=ada")

    def test_errors_in_their_forms(self):
        scim = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "409", "scimType": "uniqueness", "detail": "tak\x1b[31men"}
        self.server.begin({"/Users": Reply(409, scim)})
        self.assertEqual(json.loads(self.refusal("create", "user", "--user-name", "a", "-o", "json", status=5)), scim)
        self.assertIn("tak\\u001b[31men", self.refusal("create", "user", "--user-name", "a", status=5))
        self.server.begin({"/Users": Reply(502, "<html><title>Bad Gateway</title>")})
        self.assertIn('the server answered 502: "<html><title>Bad Gateway', self.refusal("list", "users", status=1))
        error = json.loads(self.refusal("list", "users", "-o", "json", status=1))
        self.assertEqual((error["status"], "Bad Gateway" in error["detail"]), ("502", True))
        self.server.begin({"/Users": Reply(401, {"message": "no"}, [("WWW-Authenticate", "Bearer")])})
        self.assertIn("SCIMCTL_TOKEN, --token-file or the profile", self.refusal("list", "users", status=4))

    def test_an_empty_answer_to_a_change_is_read_again(self):
        ada = {"id": "1", "userName": "ada", "title": "B"}

        def user(asked):
            return Reply(200, ada) if asked.method == "GET" else Reply(204)
        self.server.begin({"/Users/1": user})
        self.assertEqual(self.json("patch", "user", "1", "--set", "title=B"), ada)
        self.assertEqual(self.asked()[-2:], [("PATCH", "/Users/1"), ("GET", "/Users/1")])
        self.server.begin({"/Groups/1": user})
        self.json("patch", "group", "1", "--display-name", "B")
        self.assertEqual(self.asked()[-1], ("GET", "/Groups/1?excludedAttributes=members"))
        self.server.begin({"/Users/1": user})
        self.assertEqual(self.run_cli("delete", "--yes", "user", "1").stdout, "")
        self.assertEqual(self.asked()[-1], ("DELETE", "/Users/1"))

    def test_a_token_that_comes_back_is_not_shown(self):
        """As on a page for debugging."""
        def echo(asked):
            return Reply(500, "you sent " + asked.token, [("X-You-Sent", asked.token)])
        self.server.begin({"/x": echo, "/Users": echo})
        self.assertIn("you sent Bearer (removed)", self.run_cli("raw", "GET", "/x", "-i", "--trace", "echo.jsonl", status=1).stdout)
        self.refusal("list", "users", status=1)
        self.assertNotIn(TOKEN, (self.folder / "echo.jsonl").read_text())

    def test_what_is_sent(self):
        self.answered(Reply(200, "{}"), "-f", "-", "--if-match", 'W/"1"', method="PUT", stdin="{}")
        headers = self.server.asked[0].headers
        self.assertEqual((headers["Content-Type"], headers["If-Match"], headers["Authorization"]), ("application/scim+json", 'W/"1"', "Bearer " + TOKEN))
        self.assertIn("application/scim+json", headers["Accept"])
        self.assertRegex(headers["User-Agent"], r"\Ascimctl/\d")
        self.answered(Reply(200, "{}"), method="POST")
        self.assertEqual((self.server.asked[0].headers.get("Content-Length"), self.server.asked[0].headers.get("Content-Type")), ("0", None))
        self.server.begin({"/a/../b": Reply(200, "{}")})
        self.run_cli("raw", "GET", "/a/../b")
        self.refusal("raw", "GET", "/x", "--if-match", "a\r\nX-Evil: 1", status=2)

    def test_no_proxy_sees_what_is_for_this_machine(self):
        with Scripted() as proxy:
            self.answered(Reply(200, "{}"), environment={"http_proxy": proxy.url, "ALL_PROXY": proxy.url})
            self.assertEqual(proxy.asked, [])


class Pages(Remote):
    CURSORS = Reply(200, {"pagination": {"cursor": True, "index": False}})

    def listing(self, users, status=0, config=None):
        self.server.begin({"/Users": users, "/ServiceProviderConfig": config})
        return self.run_cli("list", "users", "--all", "-o", "name", status=status)

    def test_by_index(self):
        done = self.listing([listed({"id": "1"}, total=3), listed({"id": "2"}, {"id": "3"}, total=3)])
        self.assertEqual(done.stdout.split(), ["1", "2", "3"])
        self.assertRegex(self.server.asked[-1].path, r"startIndex=2\b")

    def test_a_server_that_does_not_know_start_index(self):
        self.assertIn("startIndex", self.listing(listed({"id": "1"}, total=3), status=1).stderr)

    def test_a_server_that_keeps_some_back(self):
        self.assertIn("there are 5, and gives 1", self.listing([listed({"id": "1"}, total=5), listed(total=5)], status=1).stderr)

    def test_by_cursor(self):
        done = self.listing([listed({"id": "1"}, total=2, nextCursor="a b&c"), listed({"id": "2"}, total=2)], config=self.CURSORS)
        self.assertEqual(done.stdout.split(), ["1", "2"])
        self.assertIn("cursor=a%20b%26c", self.server.asked[-1].path)
        without_total = Reply(200, {"Resources": [{"id": "1"}]})
        self.assertEqual(self.listing(without_total, config=self.CURSORS).stdout.split(), ["1"])

    def test_a_cursor_that_goes_nowhere(self):
        self.assertIn("cursor", self.listing(listed({"id": "1"}, total=9, nextCursor="a"), config=self.CURSORS, status=1).stderr)

    def test_a_server_that_promises_cursors_and_has_none(self):
        done = self.listing([listed({"id": "1"}, total=2), listed({"id": "2"}, total=2)], config=self.CURSORS)
        self.assertEqual(done.stdout.split(), ["1", "2"])


class Discovery(Remote):
    def test_without_a_description_the_standard_is_assumed(self):
        for reply in (Reply(403), Reply(404), Reply(500), Reply(501, "<html>"), Reply(200, "<html>"), Reply(200, "[1, 2]"), Reply(200, {"Resources": {"a": 1}}), Reply(204)):
            self.server.begin({"/ResourceTypes": reply, "/Schemas": reply, "/ServiceProviderConfig": reply, "/Users": listed({"id": "1"})})
            self.assertEqual(self.run_cli("list", "users", "--all", "-o", "name", "--filter", 'name.givenName eq "A"').stdout, "1\n")

    def test_endpoints_and_extensions_of_its_own(self):
        types = Reply(200, [{"name": "User", "endpoint": "People", "schema": "urn:ietf:params:scim:schemas:core:2.0:User", "schemaExtensions": [{"schema": "urn:x:Pet"}]}])
        schemas = Reply(200, {"Resources": [{"id": "urn:x:Pet", "attributes": [{"name": "cat", "type": "string"}]}]})
        self.server.begin({"/ResourceTypes": types, "/Schemas": schemas, "/People": lambda a: Reply(201, a.body)})
        made = self.json("create", "user", "--user-name", "ada", "--set", "urn:x:Pet:cat=Tom")
        self.assertEqual(made["urn:x:Pet"], {"cat": "Tom"})

    def test_not_to_be_let_in_is_known_at_once(self):
        self.server.begin({"/ResourceTypes": Reply(401)})
        self.refusal("create", "user", "--user-name", "ada", status=4)
        self.assertEqual(self.asked(), [("GET", "/ResourceTypes")])


class Tls(Remote):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_certificates(cls.folder)
        cls.servers = {}
        for name in ("good", "wrong", "expired"):
            cls.servers[name] = cls.enterClassContext(Scripted(tls=server_context(cls.folder, name)))

    def ask(self, name, *arguments, status=0):
        server = self.servers[name]
        server.begin({"/x": Reply(200, "{}")})
        done = self.run_cli("raw", "GET", "/x", *arguments, where=["--url", server.url], status=status)
        self.assertEqual([a.token for a in server.asked], ["Bearer " + TOKEN] if status == 0 else [])
        return done.stderr

    def test_only_who_is_vouched_for_is_told_anything(self):
        self.ask("good", "--ca-file", "ca.pem")
        self.assertIn("--ca-file", self.ask("good", status=1))
        self.assertIn("no answer", self.ask("wrong", "--ca-file", "ca.pem", status=1))
        self.assertIn("expired", self.ask("expired", "--ca-file", "ca.pem", status=1))
        self.assertIn("--ca-file", self.ask("good", "--ca-file", "missing.pem", status=1))

    def test_a_redirect_away_from_tls_is_not_followed(self):
        good = self.servers["good"]
        self.server.begin({"/y": Reply(200, "{}")})
        good.begin({"/x": Reply(307, headers=[("Location", self.server.url + "/y")])})
        self.run_cli("raw", "GET", "/x", "--ca-file", "ca.pem", where=["--url", good.url])
        self.assertEqual(self.server.asked, [])


class Secrets(Remote):
    def test_the_token_is_on_no_command_line(self):
        seen = []

        def look(asked):
            for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):  # it has ended
                    seen.append(line.read_bytes())
            return Reply(200, "{}")
        self.server.begin({"/x": look})
        self.run_cli("raw", "GET", "/x")
        self.assertTrue(any(b"scimctl" in line for line in seen))
        self.assertFalse(any(TOKEN.encode() in line for line in seen))
        for arguments in (["--token", "s3cret"], ["--token=s3cret"], ["--password=s3cret"]):
            said = self.refusal("list", "users", *arguments, status=2)
            self.assertNotIn("s3cret", said)
            self.assertIn("would be seen by others", said)

    def test_the_command_of_curl_has_none(self):
        body = self.write("ada.json", '{"userName": "ada", "PassWord": "s3cret-word"}')
        line = self.run_cli("raw", "POST", "/Users", "-f", body, "--as-curl").stdout
        self.assertIn("--data-binary '@%s'" % body, line)
        self.assertIn("--noproxy '*'", line, "a proxy would see the token on its way to this machine")
        self.server.begin({"/Users": lambda a: Reply(201, {"id": "1", "got": a.body.decode()})})
        done = subprocess.run(["bash", "-c", line], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        self.assertIn("s3cret-word", json.loads(done.stdout)["got"])
        self.assertEqual(self.server.asked[0].token, "Bearer " + TOKEN)
        for secret in ('{"Operations": [{"op": "add", "path": "password", "value": "s3cret-word"}]}', "password=s3cret-word"):
            said = self.refusal("raw", "POST", "/Users", "-f", "-", "--as-curl", stdin=secret, status=2)
            self.assertIn("-f FILE", said)
            self.assertNotIn("s3cret-word", said)

    def test_profiles(self):
        (self.folder / "conf").mkdir()
        self.write("conf/token", "from-the-profile\r\n")
        config = self.write("conf/scimctl.toml", '[profile.prod]\nurl = "%s"\ntoken_file = "token"\n[profile.far]\nurl = "http://far.invalid"\ntoken_file = "token"\n' % self.server.url)
        where = ["--config", config]
        without = {"SCIMCTL_TOKEN": ""}
        self.server.begin({"/x": Reply(200, "{}")})
        self.assertEqual(self.run_cli("raw", "GET", "/x", where=[*where, "--profile", "prod"], environment=without).stderr, "")
        self.run_cli("raw", "GET", "/x", where=where, environment={**without, "SCIMCTL_PROFILE": "prod"})
        self.assertEqual([a.token for a in self.server.asked], ["Bearer from-the-profile"] * 2)
        self.assertIn("did you mean prod?", self.refusal("raw", "GET", "/x", where=[*where, "--profile", "prd"], status=2))
        self.assertIn("--plain-http", self.refusal("raw", "GET", "/x", where=[*where, "--profile", "far"], status=2, environment=without))
        (self.folder / "conf/token").chmod(0o644)
        self.assertIn("chmod 600", self.run_cli("raw", "GET", "/x", where=[*where, "--profile", "prod"], environment=without).stderr)
        # The same file is a configuration for everything else.
        self.run_cli("create", "user", "--user-name", "own", where=[*where, "--db", "sqlite:own.sqlite"], environment={"SCIMCTL_PROFILE": "prod"})
        self.assertIn("SCIMCTL_PROFILE", self.refusal("token", "list", where=where, environment={"SCIMCTL_PROFILE": "prod"}, status=2))

    def test_what_is_worked_on_is_never_guessed(self):
        for where in (["--url", self.server.url, "--db", "sqlite:x.db"], ["--url", ""], ["--profile", ""], ["--token-file", "t"], ["--ca-file", "c"],
                      ["--plain-http"], ["--timeout", "3"], ["--url", "http://u:s3cret@127.0.0.1"], ["--url", "127.0.0.1"]):
            said = self.refusal("delete", "--yes", "user", "userName=ada", where=where, status=2)
            self.assertNotIn("s3cret", said)
        for arguments in (["check"], ["db", "status"], ["db", "migrate"], ["token", "list"]):
            self.assertIn("works on a database", self.refusal(*arguments, status=2))
        self.assertEqual(list(self.folder.glob("*.db")), [])

    def test_nothing_secret_is_in_a_trace(self):
        self.server.begin({path: Reply(400, {"detail": "the password s3cret-word is too short"}) for path in ("/Users", "/Users/1", "/Users/.search", "/Bulk", "/x")})
        self.run_cli("create", "user", "--user-name", "ada", "--password-stdin", "--trace", "t.jsonl", stdin="s3cret-word\n", status=2)
        self.run_cli("raw", "PATCH", "/Users/1", "-f", "-", "--trace", "t.jsonl", status=2, stdin=json.dumps(patch_body(op("replace", "PassWord", "s3cret-word"))))
        self.run_cli("raw", "POST", "/Bulk", "-f", "-", "--trace", "t.jsonl", status=2,
                     stdin=json.dumps({"Operations": [{"method": "POST", "path": "/Users", "data": {"password": "s3cret-word"}}]}))
        self.run_cli("raw", "GET", "/Users?filter=password%20eq%20%22s3cret-word%22", "--trace", "t.jsonl", status=2)
        self.run_cli("raw", "POST", "/x", "-f", "-", "--trace", "t.jsonl", status=2, stdin='{"password": "s3cret-word"')
        self.run_cli("raw", "GET", "/Users?filter=userName%20eq%20%22a%5C%22b%22%20and%20password%20eq%20%22s3cret-word%22", "--trace", "t.jsonl", status=2)
        self.server.script["/Users"] = Reply(400, "not s3cret-word")
        self.run_cli("raw", "GET", "/Users?access_token=s3cret-word", "--trace", "t.jsonl", status=2)
        self.run_cli("raw", "GET", "/Users?filter=password%20eq%20%27s3cret-word%27", "--trace", "t.jsonl", status=2)
        self.server.script["/Users"] = Reply(400, {"detail": "pass1 is too short", "schemas": []}, [("Set-Cookie", "s3cret-word"), ("Location", "/x?pass1")])
        self.run_cli("create", "user", "--user-name", "pass12", "--password-stdin", "--trace", "t.jsonl", stdin="pass1\n", status=2)
        self.server.script["/Users"] = Reply(raw=b"")
        self.run_cli("raw", "GET", "/Users?filter=password%20eq%20%22s3cret-word%22", "--trace", "t.jsonl", status=1)
        trace = self.folder / "t.jsonl"
        self.assertEqual(trace.stat().st_mode & 0o777, 0o600)
        trace.chmod(0o640)
        self.assertIn("chmod 600 t.jsonl", self.run_cli("raw", "GET", "/none", "--trace", "t.jsonl", status=3).stderr)
        text = trace.read_text()
        self.assertNotIn("s3cret-word", text)
        self.assertNotRegex(text, r"\bpass1\b")
        self.assertIn("pass12", text)
        self.assertNotIn(TOKEN, text)
        self.assertGreaterEqual(text.count("(removed)"), 5)

    def test_an_error_that_repeats_a_password(self):
        word = 's3cret "w/ord"'
        said = Reply(400, {"schemas": [], "detail": "cannot take " + json.dumps({"password": word})}, [("X-Debug", "password=" + urllib.parse.quote(word, safe=""))])
        self.server.begin({"/Users": said, "/Bulk": Reply(200, {"Operations": [{"status": "400", "response": {"detail": word + " is weak"}}]})})
        for arguments in ([], ["-o", "json"]):
            self.assertIn("(removed)", self.refusal("create", "user", "--user-name", "ada", "--password-stdin", *arguments, stdin=word + "\n", status=2))
        patch = json.dumps(patch_body(op("add", "password", word)))
        bulk = json.dumps({"Operations": [{"method": "POST", "path": "/Users", "data": {"password": word}}]})
        for path, body, status in (("/Users", patch, 2), ("/Bulk", bulk, 0)):
            done = self.run_cli("raw", "POST", path, "-i", "-o", "json", "-f", "-", stdin=body, status=status)
            self.assertIn("(removed)", done.stdout)
            self.assertNotIn("s3cret", done.stdout + done.stderr)

    def test_what_cannot_be_recorded_is_not_done(self):
        self.server.begin({})
        for path in (".", "none/t.jsonl"):
            self.assertIn("--trace: " + path, self.refusal("raw", "DELETE", "/Users/1", "--trace", path, status=2))
        self.assertEqual(self.server.asked, [])
        self.write("two.jsonl", '{"userName": "ada"}\n{"userName": "bob"}\n')
        for arguments in (["create", "user", "--user-name", "ada"], ["import", "users", "two.jsonl", "--continue"]):
            self.assertIn("nothing was sent", self.refusal(*arguments, "--trace", "/dev/full", status=1))
        self.assertEqual({a.method for a in self.server.asked}, {"GET"})
        self.assertIn("--trace: none/t", self.refusal("list", "users", "--trace", "none/t.jsonl", where=["--db", "sqlite:unmade.db"], status=2))
        self.assertFalse((self.folder / "unmade.db").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
