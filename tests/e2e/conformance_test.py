# SPDX-License-Identifier: MIT
"""scimctl conformance: our own server and the database pass; whatever a proxy spoils in our answers is found, and nothing is left
behind; and the faults of two servers of PyPI are those that are known."""
import json
import os
import re
import signal
import subprocess
import threading
import unittest
import xml.etree.ElementTree

import django_project
import harness
import virtual_environment
from harness import BASE, SCIMCTL, Site, user
from proxy import Proxy

django_project.enter()

OURS = "scimctl-conformance-"


def conformance(*arguments, token=None, **options):
    environment = {**os.environ, **({"SCIMCTL_TOKEN": token} if token else {})}
    return subprocess.run([SCIMCTL, "conformance", *map(str, arguments)], capture_output=True, text=True, env=environment,
                          timeout=10 * harness.PATIENCE, stdin=subprocess.DEVNULL, **options)


def results(done):
    """What is printed for -o json, by the id of the check."""
    return {row["id"]: row for row in json.loads(done.stdout)}


def failed(rows):
    return {name for name, row in rows.items() if row["result"] == "failed"}


def described(rows):
    return "\n".join(json.dumps(row) for row in rows.values() if row["result"] in ("failed", "error"))


def spoiling(change):
    """change(document) of each answer that has one."""
    def change_answer(call):
        document = call.document()
        if document:
            change(document)
            call.answer = json.dumps(document).encode()
    return {"change_answer": change_answer}


def resources_of(document):
    return document.get("Resources", [document]) if isinstance(document, dict) else []


def each_resource(change):
    def change_all(document):
        for resource in resources_of(document):
            if "userName" in resource:
                change(resource)
    return spoiling(change_all)


def answering(change):
    return {"change_answer": change}


def asking(change):
    return {"change_request": change}


def status(was, now, method="POST"):
    def change(call):
        if call.method == method and call.status == was:
            call.status = now
    return answering(change)


def without_header(name):
    return answering(lambda call: call.answer_headers.pop(name, None))


def unlike_json(call):
    if call.status >= 400:
        call.answer, call.answer_headers["Content-Type"] = b"<html>&\"'\x01 no</html>", "text/html"


def ignoring(parameter):
    """The server does not know the query parameter."""
    def change(call):
        call.path = re.sub(r"(?<=[?&])%s=[^&]*&?" % parameter, "", call.path)
    return asking(change)


def deaf_to_delete(call):
    if call.method == "DELETE":
        call.status = 204


def echo_password(call):
    if call.status in (200, 201) and b"password" in (call.body or b""):
        call.answer = json.dumps(dict(call.document(), password="echoed")).encode()


def ignoring_conditions(call):
    call.headers.pop("If-Match", None)


def endless(document):
    if "Resources" in document and "startIndex" not in document:
        document["nextCursor"] = document.get("nextCursor", "again")


def numbers_in_bulk(document):
    for operation in document.get("Operations", []):
        operation["status"] = int(operation["status"])


def drop(name):
    return spoiling(lambda document: document.pop(name, None))


# What is spoiled, the checks that must find it, and neighbours that must not.
MUTATIONS = {
    "users without schemas": (each_resource(lambda r: r.pop("schemas")), {"P-6.schemas"}, {"G-1.get"}),
    "totalResults of the page": (spoiling(lambda d: d.update(totalResults=len(d["Resources"])) if "Resources" in d else None),
                                 {"L-2.total", "L-4.page", "I-4.zero-count", "I-6.beyond"}, {"L-5.none", "F-7.eq"}),
    "totalResults is text": (spoiling(lambda d: d.update(totalResults=str(d["totalResults"])) if "totalResults" in d else None),
                             {"L-1.list"}, {"G-1.get"}),
    "the password comes back": (answering(echo_password), {"PW-1.create", "PW-1.put", "PW-1.patch"}, {"H-18.never", "PW-1.list"}),
    "no ETag": (without_header("ETag"), {"C-11.etag", "T-12.version"}, {"E-4.put"}),
    "no Location": (without_header("Location"), {"C-2.location", "C-1.group"}, {"C-1.created"}),
    "elsewhere": (answering(lambda call: call.answer_headers.update({"Content-Location": "/elsewhere"})), {"T-11.content-location"}, {"T-11.location"}),
    "a schema twice": (spoiling(lambda d: d["Resources"].extend(d["Resources"][-1:]) if "Resources" in d else None), {"D-6.once"}, {"D-6.schemas"}),
    "few operations": (spoiling(lambda d: d["bulk"].update(maxOperations=1) if "bulk" in d else None), {"B-14.too-many"}, {"B-2.post"}),
    "POST is 200": (status(201, 200), {"C-1.created", "C-1.group"}, {"C-2.location", "T-2.id"}),
    "DELETE is 200": (status(204, 200, "DELETE"), {"X-1.deleted"}, {"X-2.get"}),
    "errors are HTML": (answering(unlike_json), {"R-1.not-found", "R-1.conflict", "R-1.precondition", "F-17.unknown-operator"}, {"G-2.unknown", "P-20.array"}),
    "errors have a number": (spoiling(lambda d: d.update(status=int(d["status"])) if "detail" in d else None),
                             {"R-1.not-found", "R-1.bad-request"}, {"G-2.unknown"}),
    "no scimType": (drop("scimType"), {"C-7.duplicate", "F-12.boolean-order", "PA-5.remove-no-path", "PA-23.no-target"}, {"PA-7.read-only"}),
    "no challenge": (without_header("WWW-Authenticate"), {"AU-1.without", "AU-4.wrong"}, {"R-1.unauthorized"}),
    "filters are ignored": (ignoring("filter"), {"F-7.eq", "L-5.none", "F-17.unknown-operator", "D-10.filter-types"}, {"L-1.list"}),
    "sortBy is ignored": (ignoring("sortBy"), {"S-2.ascending", "S-2.descending"}, {"F-7.eq"}),
    "count is ignored": (ignoring("count"), {"L-2.total", "I-4.zero-count"}, {"F-7.eq"}),
    "attributes is ignored": (ignoring("attributes"), {"A-2.attributes", "A-7.sub-attribute", "C-10.attributes"}, {"A-3.excluded"}),
    "If-Match is ignored": (asking(ignoring_conditions), {"E-4.put", "E-4.patch", "E-4.delete"}, {"E-4.current"}),
    "no end of cursors": (spoiling(endless), {"K-3.walk"}, {"K-1.first"}),
    "lastModified later": (each_resource(lambda r: r["meta"].update(lastModified="2101-01-01T00:00:00Z")), {"T-10.last-modified"}, {"T-9.meta", "T-15.add-again"}),
    "a bulk of numbers": (spoiling(numbers_in_bulk),
                          {"B-9.status"}, {"B-2.post"}),
}


# What a server must lack, and who somebody must be that has a token.
NOT_OURS = {"R-13.no-patch", "B-1.not-offered", "F-1.not-offered", "ME-3.location"}


class Ours(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site())
        cls.site.start_scim()
        cls.site.start_nginx()
        cls.url = "http://127.0.0.1:%d%s" % (cls.site.port, BASE)
        cls.site.http("POST", "/Users", user("bystander"))

    def tearDown(self):
        """Nothing of ours is left; nothing else is touched."""
        names = [r["userName"] for r in self.site.http("GET", "/Users").json()["Resources"]]
        self.assertEqual(names, ["bystander"])
        self.assertEqual(self.site.http("GET", "/Groups").json()["totalResults"], 0)

    def check(self, proxy, *names):
        only = [word for name in names for word in ("--only", name)]
        return conformance("--url", proxy.url, "-o", "json", *only, token=self.site.token)

    def test_our_server_passes(self):
        junit = self.site.directory / "junit.xml"
        done = conformance("--url", self.url, "--strict", "--junit", junit, "-o", "json", token=self.site.token)
        rows = results(done)
        self.assertEqual((done.returncode, done.stderr), (0, ""), described(rows))
        self.assertGreater(len(rows), 150)
        skipped = {name for name, row in rows.items() if row["result"] == "skipped"}
        self.assertEqual(skipped, NOT_OURS)
        suites = xml.etree.ElementTree.parse(junit).getroot()
        self.assertEqual(len(suites.findall("./testsuite/testcase")), len(rows))
        self.assertEqual(sum(int(s.get("tests")) for s in suites), len(rows))
        self.assertEqual(len(suites.findall(".//skipped")), len(skipped))
        self.assertEqual(suites.findall(".//failure"), [])

    def test_the_database_passes(self):
        """Where nobody is asked who he is, no stranger can be refused."""
        done = conformance("--config", self.site.config, "-o", "json")
        rows = results(done)
        self.assertEqual((done.returncode, done.stderr), (0, ""), described(rows))
        skipped = {name for name, row in rows.items() if row["result"] == "skipped"}
        self.assertEqual(skipped, NOT_OURS | {"AU-1.without", "AU-4.wrong", "R-1.unauthorized"})

    def test_what_is_spoiled_is_found(self):
        for name, (changes, expected, neighbours) in MUTATIONS.items():
            with self.subTest(name), Proxy(self.site, **changes) as proxy:
                rows = results(self.check(proxy, *expected, *neighbours))
                self.assertEqual(failed(rows), expected, described(rows))
                self.assertEqual({rows[n]["result"] for n in neighbours}, {"passed"}, described(rows))

    def test_a_failure_says_what_was_expected_and_what_came(self):
        junit = self.site.directory / "failures.xml"
        with Proxy(self.site, **answering(unlike_json)) as proxy:
            done = conformance("--url", proxy.url, "--only", "R-1.not-found", "--only", "D-10", "--junit", junit, token=self.site.token)
        self.assertEqual(done.returncode, 9)
        for line in ("FAIL   R-1.not-found", 'expected  /schemas to have "urn:ietf:params:scim:api:messages:2.0:Error"', "got       /schemas: absent",
                     "request   GET /Users/" + OURS, "answer    404 <html>", "RFC 7644 3.12: ", "ok     D-10.filter-types",
                     "3 checks: 2 passed, 1 failed of MUST, 0 of SHOULD, 0 skipped, 0 errors"):
            self.assertIn(line, done.stdout)
        failure, = xml.etree.ElementTree.parse(junit).getroot().findall("./testsuite/testcase/failure")
        self.assertIn("MUST: expected /schemas", failure.get("message"))
        self.assertIn("<html>&\"'", failure.text)

    def test_what_fails_a_should_counts_if_asked_for(self):
        junit = self.site.directory / "warnings.xml"
        with Proxy(self.site, **status(403, 200, "GET")) as proxy:
            arguments = ("--url", proxy.url, "--only", "D-10.filter-types", "--junit", junit)
            mild = conformance(*arguments, token=self.site.token)
            warning, = xml.etree.ElementTree.parse(junit).getroot().findall("./testsuite/testcase/skipped")
            strict = conformance(*arguments, "--strict", token=self.site.token)
        self.assertEqual((mild.returncode, strict.returncode), (0, 9))
        self.assertIn("warn   D-10.filter-types", mild.stdout)
        self.assertIn("FAIL   D-10.filter-types", strict.stdout)
        self.assertIn("warning: SHOULD", warning.get("message"))
        self.assertEqual(len(xml.etree.ElementTree.parse(junit).getroot().findall("./testsuite/testcase/failure")), 1)

    def test_what_was_made_behind_an_error_is_found_and_removed(self):
        with Proxy(self.site, **status(201, 500)) as proxy:
            done = self.check(proxy, "G-1", "C-1")
        rows = results(done)
        self.assertEqual((rows["G-1.get"]["result"], rows["C-1.created"]["result"]), ("error", "failed"))
        self.assertEqual(done.stderr, "")

    def test_what_cannot_be_removed_is_listed(self):
        with Proxy(self.site, **asking(deaf_to_delete)) as proxy:
            done = self.check(proxy, "X", "G-1")
            rows = results(done)
            self.assertEqual(failed(rows), {"X-1.group", "X-2.get", "X-2.write", "X-2.patch", "X-3.query", "X-4.again"})
            left = re.findall(r"(?m)^scimctl: left behind, remove it: %s(/(?:Users|Groups)/\S+)$" % re.escape(proxy.url), done.stderr)
        self.assertEqual(len(left), 8, done.stderr)
        for path in left:
            self.assertEqual(self.site.http("DELETE", path).status, 204)

    def test_an_interruption_leaves_nothing(self):
        for sign in (signal.SIGINT, signal.SIGTERM):
            started = threading.Event()

            def interrupt(call):
                if call.method == "POST" and call.status == 201:
                    started.wait(harness.PATIENCE)
                    process.send_signal(sign)
            with self.subTest(sign), Proxy(self.site, **answering(interrupt)) as proxy:
                process = subprocess.Popen([SCIMCTL, "conformance", "--url", proxy.url, "--only", "F"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                           text=True, env={**os.environ, "SCIMCTL_TOKEN": self.site.token}, stdin=subprocess.DEVNULL)
                started.set()
                out, err = process.communicate(timeout=harness.PATIENCE)
                self.assertEqual((process.returncode, err), (1, "scimctl: interrupted\n"), out)
                self.assertIn("interrupted", out)
                self.tearDown()

    def test_a_server_that_goes_away(self):
        """Not all checks wait for it."""
        def vanish(call):
            if call.method == "POST":
                raise ConnectionAbortedError
        with Proxy(self.site, **asking(vanish)) as proxy:
            proxy.handle_error = lambda *_: None
            done = self.check(proxy, "C")
        rows = results(done)
        self.assertEqual([row["result"] for row in rows.values()], 3 * ["error"])
        self.assertIn("no answer from", rows["C-1.created"]["reason"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not answer any more", done.stderr)

    def test_no_server_is_needed_for_the_list(self):
        rows = json.loads(conformance("--list", "-o", "json").stdout)
        self.assertGreater(len(rows), 150)
        of_filters = json.loads(conformance("--list", "-o", "json", "--only", "F").stdout)
        self.assertEqual(of_filters, [row for row in rows if row["id"].startswith("F-")])
        self.assertEqual([row["id"] for row in json.loads(conformance("--list", "-o", "json", "--only", "D-1").stdout)], ["D-1.config"])

    def test_misuse(self):
        for arguments in (["--only", "Q-1.serch"], ["--dry-run"], ["--junit", "/nowhere/junit.xml"]):
            with self.subTest(arguments):
                done = conformance("--url", self.url, *arguments, token=self.site.token)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        refused = conformance("--url", self.url, token="wrong")
        self.assertEqual(refused.returncode, 4)
        nobody = conformance("--url", "http://127.0.0.1:%d" % harness.free_port())
        self.assertEqual(nobody.returncode, 1)


# Each with what the RFC has against it.
SCIM2_SERVER = {
    "C-10.attributes",      # POST /Users?attributes=userName answers with all attributes: 3.9, any operation that returns a resource
    "H-23.empty-user-name",  # "userName": "" is 201: 7643 4.1.1, each User MUST include a non-empty userName
    "H-31.groups",          # its schema has User.groups, and it never fills it: 7643 4.1.2, a SHOULD here, as no keyword asks for it
}
DJANGO = {
    "D-7.one-schema",       # GET /Schemas/{urn} is 404: 7644 4
    "D-8.one-type",         # GET /ResourceTypes/User is 404: 7644 4
    "D-10.filter-schemas",  # a filter is ignored, 200: 7644 4, SHOULD be 403
    "D-10.filter-types",
    "AU-1.without",         # 401 without WWW-Authenticate: RFC 9110 15.5.2
    "AU-4.wrong",
    "R-1.not-found",        # an id that is no UUID is an HTML page: 7644 3.12, errors MUST be JSON
    "C-2.location",         # 201 without Location: 7644 3.3
    "C-1.group",
    "T-10.last-modified",   # microseconds after created: 7643 3.1, MUST be the same
    "C-7.duplicate-case",   # /Schemas says caseExact false, and A@... is made beside a@...: 7643 4.1.1
    "C-10.attributes",      # attributes and excludedAttributes are ignored in all answers: 7644 3.4.2.5, MUST be supported
    "A-2.attributes",
    "A-3.excluded",
    "A-7.sub-attribute",
    "A-1.list",
    "A-1.put",
    "A-11.attributes",
    "A-3.members",
    "I-1.zero",             # startIndex=0 is 400: 7644 3.4.2.4, SHALL be interpreted as 1
    "I-1.negative",
    "I-3.negative-count",   # count=-1 is 400: 7644 3.4.2.4, SHALL be interpreted as 0
    "Q-1.search",           # POST /Users/.search is 404: 7644 3.4.3
    "F-3.attribute-case",   # USERNAME eq is 400: 7644 3.4.2.2, names are case insensitive
    "F-13.case-exact",      # externalId eq ignores case: 7643 3.1, caseExact true
    "F-12.boolean-order",   # active gt true is 200: 7644 3.4.2.2, SHALL be 400
    "F-20.urn",             # a name with its URN is 400, unexpected character: 7644 Figure 1
    "F-23.escaped",         # "\u017d" in a filter is not "Ž": 7644 Figure 1, a JSON string
    "F-5.no-value",         # userName eq, and nothing behind it, is 500: 7644 3.12, SHOULD be 400
    "PA-5.remove-no-path",  # 400 without scimType: 7644 3.5.2.2, noTarget
    "PA-17.remove-required",   # remove of userName is 200: 7644 3.5.2.2, mutability
    "PA-17.remove-read-only",  # remove of id is 200
    "PA-7.read-only",       # replace of id is 200: 7644 3.5.2, SHALL return an error
    "PA-25.case",           # NAME.FAMILYNAME is 200 and changes nothing: 7644 3.10
    "PA-25.urn",            # so is a path with its URN
    "T-15.add-again",       # add of the familyName that is there: a new lastModified, 7644 3.5.2.1
    "PA-27.unknown-attribute",  # noSuchAttribute is 200: 7644 3.12, SHOULD be 400
    "PA-26.boolean",        # active: "maybe" is 500
    "PA-26.conflict",       # a userName that is taken is 500
    "PA-16.remove-members",  # remove of members is 400, value must be a list: 7644 3.5.2.2
    "X-2.get",              # DELETE only sets active to false: 7644 3.6, MUST be 404 afterwards
    "X-2.write",
    "X-2.patch",
    "X-3.query",            # ... and omitted from queries
    "X-4.again",            # ... and SHOULD NOT be in conflict
}


@unittest.skipIf(harness.on_postgresql(), "these servers have databases of their own")
class Others(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())

    def check(self, url, token, expected):
        done = conformance("--url", url, "-o", "json", token=token)
        rows = results(done)
        self.assertEqual(failed(rows), expected, described(rows))
        self.assertEqual({n for n, row in rows.items() if row["result"] == "error"}, set(), described(rows))
        self.assertEqual(done.returncode, 9)
        return done

    def test_scim2_server(self):
        program = virtual_environment.make("scim2_server").parent / "scim2-server"
        port = harness.free_port()
        self.site.start([program, "--port", port, "--bearer-token", "open"], "scim2-server.log", ready=("127.0.0.1", port))
        done = self.check("http://127.0.0.1:%d/v2" % port, "open", SCIM2_SERVER)
        self.assertEqual(done.stderr, "")

    def test_django_scim2_server(self):
        """And what our presets make of its database."""
        os.environ["DJANGO_PASSWORD_HASHER"] = "django.contrib.auth.hashers.MD5PasswordHasher"
        django_project.set_up("sqlite:%s/django.db" % self.site.directory)
        from django.contrib.auth.models import User
        User.objects.create_superuser("root", "root@example.com", "of all trees")
        port = django_project.serve(self.site)
        authorization = django_project.basic("root", "of all trees")["Authorization"]
        done = self.check("http://127.0.0.1:%d/scim/v2" % port, authorization, DJANGO)
        # What it does not delete is listed.
        left = set(re.findall(r"(?m)^scimctl: left behind, remove it: .*/Users/(\S+)$", done.stderr))
        self.assertEqual(len(left), User.objects.filter(username__startswith=OURS).count())
        self.assertGreater(len(left), 0)
        for preset in ("django", "django-scim2-server"):
            with self.subTest(preset):
                config = self.site.directory / (preset + ".toml")
                config.write_text('mapping = "%s"\n[database]\nurl = "sqlite:%s/django.db"\n' % (preset, self.site.directory))
                done = conformance("--config", config, "--strict", "-o", "json")
                self.assertEqual((done.returncode, done.stderr), (0, ""), described(results(done)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
