# SPDX-License-Identifier: MIT
"""scimctl link over the tables of other applications: input forms, outcomes, exit codes, and that no table of the
application changes by a byte."""
import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

SCIMCTL = os.environ["SCIMCTL"]
MAPPING = pathlib.Path(__file__).resolve().parents[1] / "data/mapping"


class Link(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.database = self.folder / "app.db"

    def use(self, schema, change=lambda toml: toml):
        with sqlite3.connect(self.database) as connection:
            connection.executescript((MAPPING / (schema + ".sql")).read_text())
        toml = (MAPPING / (schema + ".toml")).read_text().replace("@DB@", str(self.database))
        (self.folder / "scimctl.toml").write_text(change(toml))
        self.before = self.application()

    def application(self):
        """All of the application's tables, as the statements that make them."""
        with sqlite3.connect(self.database) as connection:
            return [line for line in connection.iterdump() if "scim_" not in line]

    def links(self):
        with sqlite3.connect(self.database) as connection:
            return sorted(connection.execute("SELECT * FROM scim_user"))

    def run_cli(self, *arguments, status=0, stdin=""):
        done = subprocess.run([SCIMCTL, "--config", "scimctl.toml", *arguments], input=stdin, capture_output=True, timeout=60,
                              text=isinstance(stdin, str), cwd=self.folder)
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def link(self, verb, text, *arguments, status=0, kind="users"):
        """The printed lines."""
        done = self.run_cli("link", verb, kind, "-", "-o", "jsonl", *arguments, stdin=text, status=status)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def outcomes(self, *arguments, **options):
        return [line["outcome"] for line in self.link(*arguments, **options)]

    def test_input_forms(self):
        self.use("flat")
        people = [{"userName": "ada", "externalId": "1"}, {"userName": "nobody", "externalId": "2"}]
        answer = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 2, "Resources": people}
        forms = ["userName,externalId\nada,1\nnobody,2\n", "\ufeffUSERNAME,ExternalID\r\n\"ada\",1\r\n\r\nnobody,\"2\"",
                 json.dumps(people), json.dumps(answer), json.dumps(answer, indent=1),
                 "".join(json.dumps({"USERNAME": p["userName"], "externalid": p["externalId"]}) + "\n" for p in people)]
        for text in forms:
            lines = self.link("plan", text, status=9)
            self.assertEqual([line["outcome"] for line in lines], ["exact", "none"], text)
        (self.folder / "people.csv").write_text(forms[0])
        self.assertEqual(self.run_cli("link", "plan", "users", "people.csv", "-o", "csv", status=9).stdout.splitlines()[2],
                         "2,nobody,none,,,,,")
        self.assertEqual(self.application(), self.before)
        self.assertEqual(self.links(), [])

    def test_mistakes_in_the_file_name_the_place(self):
        self.use("flat")
        (self.folder / "latin.csv").write_bytes(b"userName\nJos\xe9\n")
        mistakes = {
            "userName,usrName\nada,1\n": 'standard input:1: column 2: unknown attribute "usrName" of User, did you mean userName?',
            "userName;externalId\nada;1\n": "columns are separated by commas",
            "userName,username\na,b\n": 'column 2: "username" is there twice',
            "userName,externalId\nada,1\nada\n": "standard input:3: has 1 columns, the header has 2",
            'userName\n"ada': "standard input:2: a field in quotes has no end",
            "userName\n": "has no records", "": "is empty", "[]": "has no records",
            '{"userName": "ada"}\n{"userName": 7}\n': "standard input: record 2: userName must be a string",
            '[{"userName": "ada", "externalId": 7}]': "record 1: externalId must be a string",
            '{"userName": "ada"}\n{"userName": \n': "standard input:2:",
        }
        for text, words in mistakes.items():
            self.assertIn(words, self.run_cli("link", "plan", "users", "-", stdin=text, status=2).stderr)
        self.assertIn("latin.csv:2: column 1 is not UTF-8", self.run_cli("link", "plan", "users", "latin.csv", status=2).stderr)
        self.assertIn("cannot be read", self.run_cli("link", "plan", "users", "nosuch.csv", status=2).stderr)
        self.assertEqual(self.outcomes("plan", "Shoe size,userName\n44,ada\n", "--ignore-unknown"), ["exact"])

    def test_misuse(self):
        self.use("flat")
        for arguments, words in {("--match", "usrName"): "did you mean userName", ("--match", "active"): "not mapped to a column of text",
                                 ("--match", 'emails[type eq "work"].value'): "brackets", ("--columns", "shoe"): "--columns"}.items():
            self.assertIn(words, self.run_cli("link", "plan", "users", "-", *arguments, stdin="userName\nada\n", status=2).stderr)
        for arguments in (["link"], ["link", "plan", "users"], ["link", "plan", "cats", "-"], ["link", "plan", "users", "-", "--skip"]):
            self.run_cli(*arguments, status=2)

    def test_match_order_and_lists(self):
        self.use("children")
        text = "userName,emails.value,emails.type\nGRACE,,\nsomebody,ZOË@exämple.se,work\n"
        self.assertEqual(self.outcomes("plan", text, status=9), ["exact", "none"])
        lines = self.link("plan", text, "--match", "userName,emails.value")
        self.assertEqual([(line["matchedBy"], line["rows"][0]["key"]) for line in lines], [("userName", 1), ("emails.value", 2)])

    def test_unmatched(self):
        self.use("flat")
        lines = self.link("plan", "userName\nada\n", "--unmatched")
        self.assertEqual([line["rows"][0]["userName"] for line in lines if line["outcome"] == "unmatched"], ["Ōe", "STRAßE", "system"])
        self.assertIn("; 3 of the application in no record", self.run_cli("link", "plan", "users", "-", stdin="userName\nada\n").stderr)

    def test_apply_then_the_provider_finds_its_people(self):
        for schema, text in {"flat": "userName,externalId\nADA,a\nstraße,s\nnew,n\n", "children": "userName,externalId\ngrace,a\nZoë,s\nnew,n\n",
                             "joined": "userName,externalId\nchief,a\nbare,s\nnew,n\n"}.items():
            with self.subTest(schema):
                self.database.unlink(missing_ok=True)
                self.use(schema)
                self.assertEqual(self.outcomes("apply", text, "--dry-run", status=9), ["exact", "exact", "none"])
                self.assertEqual(self.links(), [])
                lines = self.link("apply", text)
                self.assertEqual(self.application(), self.before)
                self.assertEqual(sorted(filter(None, (row[2] for row in self.links()))), ["a", "s"])
                links = self.links()
                self.assertEqual(self.outcomes("apply", text), ["linked", "linked", "none"])
                self.assertEqual(self.outcomes("plan", text, status=9), ["linked", "linked", "none"])
                self.assertEqual(self.links(), links)
                found = json.loads(self.run_cli("get", "user", "externalId=a", "-o", "json").stdout)
                self.assertEqual(found["id"], lines[0]["rows"][0]["id"])
                told = json.loads(self.run_cli("log", "list", "-o", "json").stdout)
                self.assertEqual([(entry["operation"], entry["id"], entry["changes"]) for entry in told],
                                 [("adopt", line["rows"][0]["id"], [{"path": "externalId", "after": external}]) for line, external in zip(lines, "as")])

    def test_a_linked_row_is_not_adopted_again(self):
        self.use("flat", lambda toml: toml.replace("[user]\n", "[user]\nadopt = true\n", 1))
        self.link("apply", "userName,externalId\nada,a\n")
        self.run_cli("create", "user", "--user-name", "ada", "--external-id", "b", status=5)
        self.run_cli("create", "user", "--user-name", "system", "--external-id", "c")
        self.assertEqual(self.outcomes("plan", "userName,externalId\nada,a\nsystem,c\n"), ["linked", "linked"])

    def test_all_or_nothing(self):
        self.use("flat")
        text = "userName,externalId\nada,1\nsystem,2\nSYSTEM,3\nŌe,4\nnew,4\n"
        done = self.run_cli("link", "apply", "users", "-", "-o", "csv", stdin=text, status=5)
        self.assertEqual([line.split(",")[2] for line in done.stdout.splitlines()[1:]], ["exact", "conflict", "conflict", "conflict", "conflict"])
        self.assertIn("nothing was written: 4 of 5 records are ambiguous or in conflict", done.stderr)
        self.assertEqual(self.links(), [])
        self.link("apply", text, "--skip", status=7)
        self.assertEqual([row[2] for row in self.links()], ["1"])
        self.assertEqual(self.outcomes("plan", "userName,externalId\nada,other\nsystem,1\n", status=9), ["conflict", "conflict"])
        self.assertEqual(self.application(), self.before)

    def test_groups(self):
        self.use("flat")
        lines = self.link("apply", "displayName,externalId\nSTAFF,g\n", kind="groups")
        self.assertEqual((lines[0]["outcome"], lines[0]["rows"][0]["displayName"]), ("exact", "Staff"))
        self.assertEqual(self.application(), self.before)

    def test_links_are_for_an_applications_tables(self):
        (self.folder / "scimctl.toml").write_text("[database]\nurl = 'sqlite:own.db'\n")
        self.run_cli("create", "user", "--user-name", "ada")
        done = self.run_cli("link", "plan", "users", "-", stdin="userName\nada\n", status=2)
        self.assertIn("links are for the tables of an application", done.stderr)


unittest.main()
