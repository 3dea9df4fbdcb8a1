# SPDX-License-Identifier: MIT
"""Tokens through nginx: scopes, rotation, last use, JWTs, client certificates, and who asks too often."""
import base64
import json
import subprocess
import time
import unittest

import harness
from harness import Site, check_error, user

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ISSUER = "https://login.example.com"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=harness.PATIENCE, **options).stdout


class Signer:
    """An authorization server, as far as its signatures go: keys of each kind that `openssl` makes."""

    def __init__(self, directory):
        self.directory = directory
        self.make("rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        self.make("ec", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.make("ed", "-algorithm", "ed25519")

    def path(self, name):
        return self.directory / (name + ".pem")

    def make(self, name, *how):
        openssl("genpkey", *how, "-out", self.path(name))

    def der(self, name):
        return openssl("pkey", "-in", self.path(name), "-pubout", "-outform", "DER")

    def jwks(self, *names):
        modulus = bytes.fromhex(openssl("rsa", "-in", self.path("rsa"), "-noout", "-modulus").decode().strip().split("=")[1])
        point = self.der("ec")[-64:]
        keys = {"rsa": {"kty": "RSA", "n": b64(modulus), "e": "AQAB"},
                "ec": {"kty": "EC", "crv": "P-256", "x": b64(point[:32]), "y": b64(point[32:])},
                "ed": {"kty": "OKP", "crv": "Ed25519", "x": b64(self.der("ed")[-32:])}}
        return {"keys": [dict(keys[name], kid=name, use="sig") for name in names]}

    def sign(self, name, text):
        if name == "ed":
            message = self.directory / "message"
            message.write_bytes(text)
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path(name), "-in", message)
        signature = openssl("dgst", "-sha256", "-sign", self.path(name), input=text)
        return signature if name == "rsa" else self.raw(signature)

    @staticmethod
    def raw(der):
        """r and s of an ECDSA-Sig-Value, 32 bytes each."""
        numbers, rest = [], der[2:]
        for _ in range(2):
            size = rest[1]
            numbers.append(int.from_bytes(rest[2:2 + size], "big").to_bytes(32, "big"))
            rest = rest[2 + size:]
        return b"".join(numbers)

    def token(self, name, **claims):
        now = int(time.time())
        all_claims = dict({"iss": ISSUER, "aud": "scim", "sub": "robot", "iat": now, "exp": now + 600, "scope": "scim.read"}, **claims)
        header = {"alg": {"rsa": "RS256", "ec": "ES256", "ed": "EdDSA"}[name], "kid": name}
        text = ".".join(b64(json.dumps(part).encode()) for part in (header, all_claims)).encode()
        return (text + b"." + b64(self.sign(name, text)).encode()).decode()


class Served(unittest.TestCase):
    config = ""
    server_extra = ""
    listen_extra = ""

    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site(cls.config))
        cls.prepare()
        cls.site.token
        cls.scim = cls.site.start_scim()
        cls.site.start_nginx(server_extra=cls.server_extra, listen_extra=cls.listen_extra)

    @classmethod
    def prepare(cls):
        """Before scim-fcgi starts."""

    def http(self, method, path, body=None, **options):
        return self.site.http(method, path, body, **options)

    def with_token(self, token, method, path, body=None):
        return self.http(method, path, body, token=None, headers={"Authorization": "Bearer " + token})

    def make_token(self, *arguments):
        return self.site.scimctl("token", "create", *arguments, "-q").strip()

    def token_row(self, name):
        return next(row for row in json.loads(self.site.scimctl("token", "list", "-o", "json")) if row["name"] == name)


class Scopes(Served):
    def test_what_is_hidden_stays_and_other_types_are_forbidden(self):
        made = self.http("POST", "/Users", dict(user("ada", phoneNumbers=[{"value": "+44 1"}]), **{ENTERPRISE: {"employeeNumber": "7", "department": "x"}}))
        self.assertEqual(made.status, 201, made)
        path = "/Users/" + made.json()["id"]
        token = self.make_token("book", "--scope", "users", "--hide", "phoneNumbers", "--hide", ENTERPRISE + ":employeeNumber")
        shown = self.with_token(token, "GET", path)
        self.assertNotIn(b"phoneNumbers", shown.body)
        self.assertEqual(shown.json()[ENTERPRISE], {"department": "x"})
        check_error(self, self.with_token(token, "GET", "/Users?filter=phoneNumbers%20pr"), 400, "invalidFilter")
        check_error(self, self.with_token(token, "GET", "/Groups"), 403)
        self.assertEqual(self.with_token(token, "PUT", path, user("ada", title="Countess")).status, 200)
        after = self.http("GET", path).json()
        self.assertEqual((after["title"], after["phoneNumbers"], after[ENTERPRISE]), ("Countess", [{"value": "+44 1"}], {"employeeNumber": "7"}))
        # Changes count from the next request on.
        self.site.scimctl("token", "update", "book", "--scope", "read", "--scope", "all", "--hide", "none")
        self.assertIn(b"phoneNumbers", self.with_token(token, "GET", path).body)
        self.assertEqual(self.with_token(token, "GET", "/Groups").status, 200)
        check_error(self, self.with_token(token, "DELETE", path), 403)

    def test_rotation_and_last_use(self):
        old = self.make_token("turning")
        self.assertIsNone(self.token_row("turning")["last_used"])
        new = self.site.scimctl("token", "rotate", "turning", "--overlap", "1h", "-q").strip()
        for token in (old, new):
            self.assertEqual(self.with_token(token, "GET", "/Users").status, 200)
        harness.wait_for("the use to be written", lambda: self.token_row("turning")["last_used"])
        row = self.token_row("turning")
        self.assertEqual(row["last_address"], "127.0.0.1")
        self.assertIn("old secret", row["warning"])
        newest = self.site.scimctl("token", "rotate", "turning", "--overlap", "0", "-q").strip()
        for token, status in ((old, 401), (new, 401), (newest, 200)):
            self.assertEqual(self.with_token(token, "GET", "/Users").status, status)

    def test_a_token_that_is_about_to_end_is_warned_of(self):
        self.make_token("ending", "--expires", "1d")
        self.make_token("lasting", "--expires", "90d")
        self.assertIn("expires at", self.token_row("ending")["warning"])
        self.assertIsNone(self.token_row("lasting")["warning"])
        found = [row for row in json.loads(self.site.scimctl("check", "-o", "json")) if row["place"] == "tokens"]
        self.assertIn('"ending"', " ".join(row["text"] for row in found))
        self.assertNotIn('"lasting"', " ".join(row["text"] for row in found))
        self.make_token("idle", "--guard", "hold")
        self.make_token("guarded", "--guard", "hold deletions=1")
        warned = " ".join(row["text"] for row in json.loads(self.site.scimctl("check", "-o", "json")) if row["place"] == "tokens")
        self.assertIn('the guard of the token "idle" has no limit', warned)
        self.assertNotIn('"guarded"', warned)
        another = self.site.start_node("another")
        harness.wait_for("the warning", lambda: 'the token "ending" expires at' in another.log.read_text())

    def test_limits_of_a_token(self):
        token = self.make_token("slow", "--rate-limit", "2")
        statuses = [self.with_token(token, "GET", "/Users") for _ in range(3)]
        self.assertEqual([each.status for each in statuses], [200, 200, 429])
        check_error(self, statuses[2], 429)
        self.assertIn(int(statuses[2].header("Retry-After")), range(1, 31))
        self.assertEqual(self.http("GET", "/Users").status, 200)

    def test_what_is_not_said_stays(self):
        token = self.make_token("reader", "--read-only", "--scope", "users")
        self.assertEqual(self.with_token(token, "POST", "/Users", user("x")).status, 403)
        self.site.scimctl("token", "update", "reader", "--scope", "groups")
        self.assertEqual(self.with_token(token, "POST", "/Groups", {"displayName": "x"}).status, 403)
        self.site.scimctl("token", "update", "reader", "--scope", "write")
        self.assertEqual([self.with_token(token, "GET", path).status for path in ("/Groups", "/Users")], [200, 403])

    def test_mistakes_are_said(self):
        for arguments, words in ((["--read-only", "--scope", "write"], "read or write"), (["--scope", "usres"], "users"), (["--hide", "userName"], "no resource can be without"), (["--hide", "nope"], "no resource type"),
                                 (["--hide", "emails.value"], "hide the list"), (["--rate-limit", "x"], "--rate-limit"),
                                 (["--scope", "read", "--scope", "write"], "who may write may read")):
            with self.subTest(arguments), self.assertRaisesRegex(AssertionError, words):
                self.make_token("wrong", *arguments)


class Guesses(Served):
    config = "[access]\nfailed_logins = 3\n"

    def test_are_slowed(self):
        answers = [self.with_token("scim_0123456789abcdef_guess", "GET", "/Users") for _ in range(4)]
        self.assertEqual([each.status for each in answers], [401, 401, 401, 429])
        check_error(self, answers[3], 429)
        self.assertIn(int(answers[3].header("Retry-After")), range(1, 21))
        self.assertEqual(self.http("GET", "/Users").status, 200)


class Jwts(Served):
    config = '[access]\nfailed_logins = 0\n[jwt]\nkeys = "jwks.json"\nissuer = "%s"\naudience = "scim"\n' % ISSUER

    @classmethod
    def prepare(cls):
        cls.signer = Signer(cls.site.directory)
        cls.write_keys("rsa", "ec", "ed")

    @classmethod
    def write_keys(cls, *names):
        (cls.site.directory / "jwks.json").write_text(json.dumps(cls.signer.jwks(*names)))

    def test_signatures_claims_and_scopes(self):
        for name in ("rsa", "ec", "ed"):
            with self.subTest(name):
                self.assertEqual(self.with_token(self.signer.token(name), "GET", "/Users").status, 200)
        reader = self.signer.token("ec")
        check_error(self, self.with_token(reader, "POST", "/Users", user("x")), 403)
        writer = self.signer.token("ec", scope="openid scim.write scim.users")
        self.assertEqual(self.with_token(writer, "POST", "/Users", user("written")).status, 201)
        check_error(self, self.with_token(writer, "GET", "/Groups"), 403)
        nothing = self.with_token(self.signer.token("ec", scope="openid"), "GET", "/Users")
        self.assertEqual((nothing.status, nothing.header("WWW-Authenticate")), (403, 'Bearer realm="scim", error="insufficient_scope"'))
        for claims in ({"aud": "crm"}, {"iss": "https://evil.example.com"}, {"exp": int(time.time()) - 60}):
            with self.subTest(claims):
                refused = self.with_token(self.signer.token("ec", **claims), "GET", "/Users")
                self.assertEqual((refused.status, refused.header("WWW-Authenticate")), (401, 'Bearer realm="scim", error="invalid_token"'))
        self.assertIn("a JWT is refused: it is for another audience", self.scim.log.read_text())
        head, payload, signature = reader.split(".")
        for forged in (head + "." + payload + ".", "%s.%s.%s" % (b64(b'{"alg":"none"}'), payload, signature), reader[:-2]):
            self.assertEqual(self.with_token(forged, "GET", "/Users").status, 401)

    def test_keys_that_change_are_read(self):
        token = self.signer.token("ed")
        self.write_keys("rsa", "ec")
        harness.wait_for("the key to be gone", lambda: self.with_token(token, "GET", "/Users").status != 200)
        self.write_keys("rsa", "ec", "ed")
        harness.wait_for("the key to be back", lambda: self.with_token(token, "GET", "/Users").status == 200)


class Certificates(Served):
    @classmethod
    def prepare(cls):
        d = cls.site.directory
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=CA", "-days", "2",
                "-keyout", d / "ca.key", "-out", d / "ca.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2",
                "-keyout", d / "server.key", "-out", d / "server.pem")
        for name in ("okta", "stranger"):
            openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/O=Example/CN=" + name,
                    "-keyout", d / (name + ".key"), "-out", d / (name + ".csr"))
            openssl("x509", "-req", "-in", d / (name + ".csr"), "-CA", d / "ca.pem", "-CAkey", d / "ca.key", "-CAcreateserial", "-days", "2",
                    "-out", d / (name + ".pem"))
        cls.listen_extra = "ssl"
        cls.server_extra = ("ssl_certificate %s/server.pem; ssl_certificate_key %s/server.key; "
                            "ssl_client_certificate %s/ca.pem; ssl_verify_client optional;") % (d, d, d)
        cls.site.scimctl("token", "create", "okta", "--certificate-subject", "CN=okta,O=Example", "--scope", "users")

    def ask(self, path, name=None, *headers):
        d = self.site.directory
        shown = ["--cert", d / (name + ".pem"), "--key", d / (name + ".key")] if name else []
        sent = [word for header in headers for word in ("-H", header)]
        done = subprocess.run(["curl", "-s", "-k", "-o", "/dev/null", "-w", "%{http_code}", *map(str, shown), *sent,
                               "https://127.0.0.1:%d/scim/v2%s" % (self.site.port, path)],
                              check=True, capture_output=True, text=True, timeout=harness.PATIENCE)
        return int(done.stdout)

    def test_the_subject_is_the_token(self):
        self.assertEqual(self.ask("/Users", "okta"), 200)
        self.assertEqual(self.ask("/Groups", "okta"), 403)
        self.assertEqual(self.ask("/Users", "stranger"), 401)
        self.assertEqual(self.ask("/Users"), 401)
        self.assertEqual(self.ask("/Users", None, "SSL_CLIENT_VERIFY: SUCCESS", "SSL-Client-Verify: SUCCESS",
                                  "SSL_CLIENT_S_DN: CN=okta,O=Example", "SSL-Client-S-DN: CN=okta,O=Example"), 401)
        self.site.scimctl("token", "revoke", "okta", "--yes")
        self.assertEqual(self.ask("/Users", "okta"), 401)


if __name__ == "__main__":
    unittest.main()
