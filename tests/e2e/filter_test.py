# SPDX-License-Identifier: MIT
"""scimctl filter-test: SQL of both databases, plans of those at hand, reasons, matches and mistakes."""
import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

import postgresql

SCIMCTL = os.environ["SCIMCTL"]
MISTAKE = "urn:scimctl:params:scim:api:messages:1.0:FilterMistake"
PEOPLE = [{"userName": "ada", "id": "1", "emails": [{"type": "home", "value": "a@x"}, {"type": "work", "value": "a@y"}]},
          {"userName": "bob", "id": "2", "emails": [{"type": "home", "value": "b@x"}]}, {"userName": "zoe", "id": "3"}]
MAPPING = """
    [database]
    url = "%s"
    [user]
    table = "people"
    key = "no"
    [user.map]
    userName = { column = "login", fold = "lower" }
    title = "title"
    emails = { table = "mails", owner = "person", value = "mail" }
"""
TABLES = """
    CREATE TABLE people (no INTEGER PRIMARY KEY, login TEXT UNIQUE, title TEXT);
    CREATE TABLE mails (no INTEGER PRIMARY KEY, person INTEGER REFERENCES people, mail TEXT);
    INSERT INTO people (no, login) VALUES (1, 'ada'), (2, 'bob'), (3, 'zoe');
"""


class FilterTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.database = self.folder / "scim.db"
        self.configure("[database]\nurl = 'sqlite:%s'\n" % self.database)

    def configure(self, text):
        (self.folder / "scimctl.toml").write_text(text)

    def run_cli(self, *arguments, status=0, stdin=""):
        environment = {**os.environ, "SCIMCTL_CONFIG": str(self.folder / "scimctl.toml")}
        done = subprocess.run([SCIMCTL, *arguments], input=stdin, capture_output=True, text=True, timeout=120, cwd=self.folder,
                              env=environment)
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_cli("filter-test", *arguments, "-o", "json", **options).stdout)

    def test_without_a_database(self):
        found = self.json('userName eq "ada"')
        self.assertEqual(list(found), ["filter", "resourceType", "tree", "normalised", "sql", "plan", "matches"])
        self.assertIn("= ?1", found["sql"]["sqlite"]["text"])
        self.assertIn("= $1", found["sql"]["postgresql"]["text"])
        self.assertEqual(found["sql"]["postgresql"]["parameters"], ["ada"])
        self.assertEqual([(s["action"], s["table"], s["index"]) for s in found["plan"]["steps"]], [("search", "users", "users_user_name")])
        self.assertIsNone(found["matches"])
        shown = self.run_cli("filter-test", 'title co "x"').stdout
        self.assertIn("\nPlan of an empty database as scimctl makes it\n  reads all of users\n"
                      "  warning: this filter reads the whole table users\n", shown)
        self.assertFalse(self.database.exists())

    def test_plan_of_a_database(self):
        lines = "".join(json.dumps({"userName": "u%d" % i}) + "\n" for i in range(1200))
        self.run_cli("import", "users", "-", stdin=lines)
        plan = self.json('title co "x"', status=9)["plan"]
        self.assertEqual([(s["action"], s["rows"], s["rowsAre"]) for s in plan["steps"]], [("scan", 1200, "counted")])
        self.assertEqual(plan["readsWholeTables"], ["users"])
        shown = self.run_cli("filter-test", 'emails.value eq "x" or title pr', status=9).stdout
        self.assertIn("  searches user_emails by index user_emails_value\n", shown)
        self.assertIn("  reads all of users (1,200 rows, counted)\n", shown)
        self.assertIn("Matches: 0\n", shown)

    def test_plan_of_an_application(self):
        application = self.folder / "app.db"
        self.configure(MAPPING % ("sqlite:%s" % application))
        unknown = self.json('userName eq "ada"')
        self.assertIn("known to its database only", unknown["plan"]["unknown"])
        self.assertIn("types", unknown["sql"]["postgresql"]["assumption"])
        with sqlite3.connect(application) as database:
            database.executescript(TABLES)
        self.run_cli("list", "users")  # makes our own table
        plan = self.json('userName eq "ada"')["plan"]
        self.assertEqual(plan["readsWholeTables"], ["people"])
        fix = plan["hints"][0]["fix"]
        self.assertIn('CREATE INDEX "people_login_lower" ON "people" (lower("login"));', fix)
        with sqlite3.connect(application) as database:
            database.executescript(fix)
        plan = self.json('userName eq "ada"')["plan"]
        self.assertEqual((plan["readsWholeTables"], plan["hints"]), ([], []))
        self.assertIn(("people", "people_login_lower"), [(s["table"], s.get("index")) for s in plan["steps"]])
        plan = self.json('emails.value eq "x"', status=9)["plan"]
        self.assertIn("mails", plan["readsWholeTables"])
        self.assertTrue(any('ON "mails"' in hint["fix"] for hint in plan["hints"]), plan)

    def test_plan_of_postgresql(self):
        with postgresql.Postgresql() as server:
            url = server.create_database()
            self.configure("[database]\nurl = '%s'\n" % url)
            lines = "".join(json.dumps({"userName": "u%d" % i}) + "\n" for i in range(2000))
            self.run_cli("import", "users", "-", stdin=lines)
            name = url.split("///")[1].split("?")[0]
            server.sql("ANALYZE", name)
            found = self.json('userName eq "u7"')
            self.assertEqual([(s["action"], s["table"]) for s in found["plan"]["steps"]], [("search", "users")])
            self.assertNotIn("assumption", found["sql"]["postgresql"])
            whole = self.json('title co "x"', status=9)["plan"]
            self.assertEqual([(s["action"], s["rows"], s["rowsAre"]) for s in whole["steps"]], [("scan", 2000, "estimated")])
            self.assertEqual(whole["readsWholeTables"], ["users"])
            url = server.create_database()
            server.sql(TABLES, url.split("///")[1].split("?")[0], postgresql.USER)
            self.configure(MAPPING % url)
            self.run_cli("list", "users")
            found = self.json('userName eq "ada"')
            self.assertNotIn("assumption", found["sql"]["postgresql"])
            self.assertIn("CREATE INDEX", found["plan"]["hints"][0]["fix"])
            self.assertEqual([m["userName"] for m in found["matches"]], ["ada"])
        self.assertIn("not known", self.run_cli("filter-test", 'userName eq "ada"', status=1).stdout)

    def test_why_of_a_file(self):
        shown = self.run_cli("filter-test", 'userName sw "a" and emails.type eq "work"', "--why", "-f", "-",
                             stdin=json.dumps(PEOPLE)).stdout
        self.assertIn('Why\n  ada  1  yes\n    and: true\n      userName sw "a": true  (userName = "ada")\n'
                      '      emails.type eq "work": true  (emails.type = "home", "work")\n'
                      '  bob  2  no\n    and: false\n      userName sw "a": false  (userName = "bob")\n'
                      '      emails.type eq "work": false  (emails.type = "home")\n', shown)
        self.assertIn("(emails.type has no value)\nMatches: 1\n  ada  1\n", shown)
        lines = "".join(json.dumps(person) + "\n" for person in PEOPLE)
        (self.folder / "people.jsonl").write_text(lines)
        found = self.json('emails[type eq "work" and value ew "y"]', "--why", "--limit", "2", "-f", "people.jsonl")
        self.assertEqual([(w["userName"], w["matches"]) for w in found["why"]], [("ada", True), ("bob", False)])
        self.assertEqual(found["why"][0]["why"]["children"][0]["node"], "element 2 of 2")
        self.assertEqual((found["notExplained"], len(found["matches"])), (1, 1))
        self.run_cli("filter-test", "title pr", "--why", "-f", "-", status=9, stdin="")
        wrong = self.run_cli("filter-test", "title pr", "-f", "-", status=2, stdin='{"userName": "a"}\n{"userName": }\n')
        self.assertIn("standard input:2:14: not JSON: ", wrong.stderr)
        broken = self.run_cli("filter-test", "title pr", "--why", "-f", "-", "-o", "json", status=2, stdin='{"userName": "a"}\n{"userName": }\n')
        found = json.loads(broken.stdout)
        self.assertEqual((len(found["why"]), found["matches"]), (1, None))
        self.assertIn("standard input:2:14: ", json.loads(broken.stderr)["detail"])

    def test_why_of_a_database(self):
        lines = "".join(json.dumps({"userName": "u%02d" % i}) + "\n" for i in range(30))
        self.run_cli("import", "users", "-", stdin=lines)
        shown = self.run_cli("filter-test", 'userName eq "u29"', "--why").stdout
        self.assertIn('userName eq "u29": false  (userName = "u00")', shown)
        self.assertIn("  10 more are not shown (--limit)\nMatches: 1\n  u29  ", shown)
        found = self.json('userName eq "u29" or schemas co "core"', "--why", "--limit", "30")
        self.assertEqual((len(found["why"]), found["notExplained"], len(found["matches"])), (30, 0, 30))
        self.assertTrue(all(each["matches"] for each in found["why"]))

    def test_a_list_is_read_piece_by_piece(self):
        def peak(count):
            path = self.folder / "list.json"
            with path.open("w") as file:
                file.write('{"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "Resources": [')
                for number in range(count):
                    file.write((", " if number else "") + json.dumps({"userName": "u%d" % number, "title": "x" * 1000}))
                file.write('], "totalResults": %d}' % count)
            child = subprocess.Popen([SCIMCTL, "filter-test", 'userName eq "u7"', "--why", "-f", str(path), "-o", "json"],
                                     stdout=subprocess.PIPE, cwd=self.folder)
            found = json.loads(child.stdout.read())
            child.stdout.close()
            usage = os.wait4(child.pid, 0)[2]
            child.returncode = 0
            self.assertEqual((len(found["why"]), [m["userName"] for m in found["matches"]]), (count, ["u7"]))
            return usage.ru_maxrss
        few, many = peak(10), peak(8000)
        if not os.environ.get("SCIMCTL_SANITIZE"):
            self.assertLess(many - few, 3 * 1024, "kilobytes, of a file of 8 megabytes")

    def test_mistakes(self):
        shown = self.run_cli("filter-test", "userNmae == 'ada' && active = yes", status=2).stderr.splitlines()
        self.assertEqual(shown[1:], ["  userNmae == 'ada' && active = yes", "           ^", '  try: userName eq "ada" and active eq true'])
        elsewhere = self.run_cli("filter-test", 'members.value eq "1"', status=2).stderr
        self.assertIn("which is an attribute of Group (--groups)", elsewhere)
        error = json.loads(self.run_cli("filter-test", "userName eq ada", "-o", "json", status=2).stderr)
        self.assertEqual((error["scimType"], error["status"]), ("invalidFilter", "400"))
        self.assertEqual(error[MISTAKE], {"filter": "userName eq ada", "offset": 12, "suggestion": 'userName eq "ada"'})
        self.run_cli("db", "migrate")  # makes the database
        self.assertIn('try: userName eq "ada"', self.run_cli("list", "users", "--filter", "userName = ada", status=2).stderr)


if __name__ == "__main__":
    unittest.main()
