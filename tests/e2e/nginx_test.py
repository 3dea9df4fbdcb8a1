# SPDX-License-Identifier: MIT
"""Through a real nginx with the configuration that ships: what an identity provider sees."""
import base64
import json
import os
import signal
import socket
import unittest
import urllib.parse

import harness
from harness import Site, check_error, user


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site())
        cls.scim = cls.site.start_scim()
        cls.site.start_nginx()
        cls.site.token

    def http(self, *arguments, **options):
        return self.site.http(*arguments, **options)

    def make(self, name):
        made = self.http("POST", "/Users", user(name))
        self.assertEqual(made.status, 201, made)
        return made.json()

    def test_round_trip(self):
        made = self.http("POST", "/Users", user("ada", name={"givenName": "Ada"}, active=True))
        self.assertEqual(made.status, 201, made)
        ada = made.json()
        url = "http://127.0.0.1:%d/scim/v2/Users/%s" % (self.site.port, ada["id"])
        self.assertEqual(made.header("Location"), url)
        self.assertEqual(ada["meta"]["location"], url)
        path = "/Users/" + ada["id"]
        got = self.http("GET", path)
        self.assertEqual((got.status, got.json()), (200, ada))
        self.assertEqual(got.header("Content-Type").split(";")[0], harness.SCIM_TYPE)
        found = self.http("GET", "/Users?filter=userName%20eq%20%22ADA%22").json()
        self.assertEqual([u["id"] for u in found["Resources"]], [ada["id"]])
        put = self.http("PUT", path, user("ada", title="Countess"))
        self.assertEqual((put.status, put.json()["title"]), (200, "Countess"))
        patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                 "Operations": [{"op": "replace", "path": "active", "value": False}]}
        patched = self.http("PATCH", path, patch)
        self.assertEqual((patched.status, patched.json()["active"]), (200, False))
        gone = self.http("DELETE", path)
        self.assertEqual((gone.status, gone.body, gone.header("Content-Type")), (204, b"", None))
        check_error(self, self.http("GET", path), 404)

    def test_401_before_anything_else(self):
        for method, path in (("GET", "/Users"), ("GET", "/Nope"), ("DELETE", "/Users"), ("GET", "//scim/v1/Users"),
                             ("GET", "//scim/other"), ("POST", "/Users")):
            with self.subTest(path):
                got = self.http(method, path, token=None, body="x" if method == "POST" else None)
                check_error(self, got, 401)
                self.assertEqual(got.header("WWW-Authenticate"), 'Bearer realm="scim"')
        got = self.http("GET", "/Users", token=None, headers={"Authorization": "Bearer wrong"})
        check_error(self, got, 401)
        self.assertIn('error="invalid_token"', got.header("WWW-Authenticate"))

    def test_names_that_nginx_did_not_verify_let_nobody_in(self):
        basic = "Basic " + base64.b64encode(b"admin:guess").decode()
        for headers in ({"Authorization": basic}, {"Remote-User": "admin"}, {"REMOTE_USER": "admin"}):
            with self.subTest(headers):
                check_error(self, self.http("GET", "/Users", token=None, headers=headers), 401)

    def test_two_authorization_headers(self):
        token = "Bearer " + self.site.token
        check_error(self, self.http("GET", "/Users", token=None, headers={"Authorization": [token, token]}), 400)

    def test_body_over_the_limit(self):
        check_error(self, self.http("POST", "/Users", b" " * ((10 << 20) + 1)), 413)

    def test_escaped_slash_is_part_of_an_id(self):
        check_error(self, self.http("GET", "/Users%2F" + self.make("slash")["id"]), 404)
        got = self.http("GET", "/Users/a%2Fb")
        check_error(self, got, 404)
        self.assertIn("a/b", got.json()["detail"])

    def test_broken_escape(self):
        check_error(self, self.http("GET", "/Users/a%zz"), 400)

    def test_escaped_line_breaks_do_not_make_headers(self):
        for path in ("/Users/a%0d%0aX-Evil:%201", "/Users?filter=a%0d%0aX-Evil:%201", "/Nope%0aX-Evil:1"):
            with self.subTest(path):
                got = self.http("GET", path)
                self.assertIn(got.status, (400, 404))
                self.assertIsNone(got.header("X-Evil"))
        made = self.http("POST", "/Users", user("evil\r\nX-Evil: 1"))
        self.assertIsNone(made.header("X-Evil"))

    def test_head_is_get_without_the_body(self):
        path = "/Users/" + self.make("head")["id"]
        get, head = self.http("GET", path), self.http("HEAD", path)
        self.assertEqual((head.status, head.body), (200, b""))
        for name in ("Content-Type", "Content-Length", "ETag", "Location"):
            self.assertEqual(head.header(name), get.header(name), name)
        self.assertEqual(self.http("HEAD", "/Users/nobody").status, 404)

    def test_405_names_what_is_allowed(self):
        for method, path, allow in (("PUT", "/Users", "GET, HEAD, POST, OPTIONS"), ("POST", "/Schemas", "GET, HEAD, OPTIONS"),
                                    ("POST", "/Users/x", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS")):
            got = self.http(method, path)
            check_error(self, got, 405)
            self.assertEqual(got.header("Allow"), allow)

    def test_outside_of_the_base_path(self):
        check_error(self, self.http("GET", "//scim/nothing"), 404)
        check_error(self, self.http("GET", "//scim/v2x/Users"), 404)
        check_error(self, self.http("GET", "//elsewhere"), 404)
        check_error(self, self.http("GET", "//scim/v1/Users"), 400, "invalidVers")
        check_error(self, self.http("GET", "//scim/v3"), 400, "invalidVers")

    def test_host_of_the_client_is_not_believed(self):
        made = self.http("POST", "/Users", user("host"), headers={"Host": "evil.example"})
        self.assertTrue(made.header("Location").startswith("http://127.0.0.1:%d/scim/v2/" % self.site.port))

    def test_absolute_form_of_the_target(self):
        got = harness.send("127.0.0.1", self.site.port, "GET", "http://evil.example/scim/v2/Users", None,
                           {"Authorization": "Bearer " + self.site.token})
        self.assertEqual(got.status, 200, got)

    def test_chunked_body(self):
        body = json.dumps(user("chunked")).encode()
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        got = self.http("POST", "/Users", chunks, headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(got.status, 201, got)

    def test_errors_of_nginx_are_scim_documents(self):
        check_error(self, self.http("GET", "/Users?filter=" + "a" * 40000), 414)
        check_error(self, self.http("GET", "/Users", headers={"X-Long": "a" * 40000}), 431)
        check_error(self, self.http("TRACE", "/Users"), 405)
        check_error(self, self.raw(b"GET /scim/v2/Users HTTP/1.1\r\n\r\n"), 400)  # no Host
        check_error(self, self.raw(b"GET /scim/v2/Users HTTP/1.1\r\nHost: a b\r\n\r\n"), 400)

    def test_long_filter(self):
        names = " or ".join('userName eq "%s"' % ("\u00e9" * 20 + str(i)) for i in range(100))
        got = self.http("GET", "/Users?filter=" + urllib.parse.quote(names))
        self.assertEqual(got.status, 200, got)

    def raw(self, data):
        with socket.create_connection(("127.0.0.1", self.site.port), harness.PATIENCE) as s:
            s.sendall(data)
            response = harness.http.client.HTTPResponse(s)
            response.begin()
            return harness.Answer(response.status, response.getheaders(), response.read())

    def test_requests_are_named_by_nginx_and_not_by_clients(self):
        got = self.http("GET", "/Users?count=0", headers={"X-Request-Id": "theirs"})
        name = got.header("X-Request-Id")
        self.assertRegex(name, "^[0-9a-f]{32}$")
        self.assertRegex(self.scim.log.read_text(), r'"GET" "/scim/v2/Users\?count" 200 \d+ bytes \d+ ms %s\n' % name)

    def test_access_log_has_no_values(self):
        self.http("GET", "/Users?filter=userName%20eq%20%22secret%22&count=1")
        log = self.scim.log.read_text()
        self.assertIn("/scim/v2/Users?filter&count", log)
        self.assertNotIn("secret", log)
        self.assertNotIn(self.site.token, log)


class Down(unittest.TestCase):
    def test_502_is_a_scim_document_and_goes_away(self):
        site = self.enterContext(Site())
        scim = site.start_scim()
        site.start_nginx()
        self.assertEqual(site.http("GET", "/Users").status, 200)
        self.assertEqual(scim.stop(), 0)
        got = site.http("GET", "/Users")
        check_error(self, got, 502)
        self.assertIsNotNone(got.header("Retry-After"))
        site.start_scim()
        self.assertEqual(site.http("POST", "/Users", user("back")).status, 201)

    def test_504(self):
        site = self.enterContext(Site())
        scim = site.start_scim()
        site.start_nginx(http_extra="", server_extra="""location /slow/ {
            include fastcgi_params; fastcgi_pass scim_fcgi; fastcgi_read_timeout 1s;
            error_page 504 @scim_504; }""")
        os.kill(scim.process.pid, signal.SIGSTOP)
        try:
            check_error(self, site.http("GET", "//slow/Users"), 504)
        finally:
            os.kill(scim.process.pid, signal.SIGCONT)


class BaseUrl(unittest.TestCase):
    def test_configured_base_url(self):
        site = self.enterContext(Site(base_url="https://idm.example.com/scim/v2"))
        site.start_scim()
        site.start_nginx()
        made = site.http("POST", "/Users", user("ada"))
        self.assertEqual(made.header("Location"), "https://idm.example.com/scim/v2/Users/" + made.json()["id"])

    def test_remote_user_verified_by_nginx(self):
        site = self.enterContext(Site(config='[access]\ncheck = "is_superuser"\nsuperusers = ["Admin"]\n'))
        site.start_scim()
        passwords = site.directory / "htpasswd"
        passwords.write_text("admin:{PLAIN}right\nother:{PLAIN}right\n")
        site.start_nginx(server_extra="""location /scim/v2/byname/ { return 404; }
            location /basic/ {
            include fastcgi_params; fastcgi_pass scim_fcgi; auth_basic scim; auth_basic_user_file %s;
            fastcgi_param AUTH_TYPE Basic; fastcgi_param REQUEST_URI /scim/v2/Users; }
            location /hearsay/ {
            include fastcgi_params; fastcgi_pass scim_fcgi; fastcgi_param REQUEST_URI /scim/v2/Users; }""" % passwords)

        def ask(name, password):
            basic = "Basic " + base64.b64encode(("%s:%s" % (name, password)).encode()).decode()
            return site.http("GET", "//basic/", token=None, headers={"Authorization": basic})
        self.assertEqual(ask("admin", "right").status, 200)
        self.assertEqual(ask("admin", "wrong").status, 401)
        check_error(self, ask("other", "right"), 403)
        basic = "Basic " + base64.b64encode(b"admin:guess").decode()
        check_error(self, site.http("GET", "//hearsay/", token=None, headers={"Authorization": basic}), 401)


if __name__ == "__main__":
    unittest.main(verbosity=2)
