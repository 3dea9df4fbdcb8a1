# SPDX-License-Identifier: MIT
"""scimctl edit: what the editor gets, what is made of the text, and where the text is when that fails."""
import json
import pathlib
import re
import stat
import unittest

from backends import OnDatabase, OnServer
from served import ENTERPRISE_URN


class Edit:
    def setUp(self):
        super().setUp()
        people = [{"userName": n, "title": "T", "emails": [{"value": n + "@example.com", "type": "work"}]} for n in ("ada", "bob", "zoe")]
        people[0]["password"] = "correct horse"
        people[0][ENTERPRISE_URN] = {"department": "D", "manager": {"value": "userName=bob"}}
        groups = [{"displayName": "Staff", "members": [{"value": "userName=ada"}, {"value": "userName=bob"}]}]
        self.run_cli("apply", "-f", "-", stdin=json.dumps(people + groups))

    def editor(self, body):
        """A program that has the resource as `r`, the text of the file as `text`, its path as `path`."""
        program = self.folder / "editor"
        program.write_text("#!/usr/bin/env python3\nimport json, os, pathlib, subprocess, sys\npath = pathlib.Path(sys.argv[-1])\n"
                           "text = path.read_text()\ntry: r = json.loads(text)\nexcept ValueError: r = {}\n" + body +
                           "\nif 'new' not in globals(): new = json.dumps(r)\npath.write_text(new)\n")
        program.chmod(0o755)
        return str(program)

    def edit(self, *arguments, **options):
        options.setdefault("VISUAL", "")
        return self.run_cli("edit", *arguments, **options)

    def left(self):
        return [p.name for p in (self.folder / "tmp").iterdir()]

    def kept(self, said):
        """The text that is kept, which nobody else can read."""
        path = pathlib.Path(re.search(r"The edited text is kept in (\S+)", said)[1])
        self.assertEqual((path.suffix, stat.S_IMODE(path.stat().st_mode)), (".json", 0o600))
        text = path.read_text()
        path.unlink()
        return text

    def test_what_the_editor_gets(self):
        copy = self.folder / "copy"
        done = self.edit("user", "userName=ada", EDITOR="cp --no-preserve=mode -t %s" % self.folder, VISUAL=self.editor(
            "pathlib.Path(%r).write_text(text)\nassert (path.stat().st_mode & 0o777, path.suffix) == (0o600, '.json')\nnew = text" % str(copy)))
        self.assertIn("nothing changed", done.stderr)
        text = copy.read_text()
        self.assertTrue(text.startswith('{\n  "schemas": [\n'), text)
        bob = self.all("users")["bob"]["id"]
        self.assertEqual({k: v for k, v in json.loads(text).items() if k != "schemas"}, {
            "userName": "ada", "title": "T", "active": True, "emails": [{"value": "ada@example.com", "type": "work"}],
            ENTERPRISE_URN: {"department": "D", "manager": {"value": bob}}})
        self.assertEqual(self.left(), [])

    def test_a_user(self):
        done = self.edit("user", "userName=ada", "-o", "json", EDITOR="sed -i 's/\"T\"/\"Countess\"/'")
        after = json.loads(done.stdout)
        self.assertEqual((after["title"], after), ("Countess", self.all("users")["ada"]))
        dry = self.edit("user", "userName=ada", "--dry-run", EDITOR="sed -i s/Countess/Analyst/")
        self.assertEqual(dry.stdout, 'PATCH /Users/%s\n- title: "Countess"\n+ title: "Analyst"\n' % after["id"])
        self.assertIn("nothing was written", dry.stderr)
        rows = json.loads(self.edit("user", "userName=ada", "--dry-run", "-o", "json", EDITOR=self.editor("r['password'] = 'battery staple'")).stdout)
        self.assertEqual(rows["differences"], [{"kind": "added", "path": "password", "value": "(not shown)"}])
        version = after["meta"]["version"]
        self.edit("user", "userName=ada", EDITOR=self.editor(
            "del r['title'], r[%r]\nr['emails'].append({'value': 'b', 'primary': True})\nr['password'] = 'battery staple'\nr['TimeZone'] = 'UTC'"
            % ENTERPRISE_URN))
        after = self.all("users")["ada"]
        self.assertEqual((len(after["emails"]), after["timezone"], "title" in after, ENTERPRISE_URN in after), (2, "UTC", False, False))
        self.assertNotEqual(after["meta"]["version"], version)
        self.edit("user", "userName=ada", EDITOR=self.editor("r['active'] = False"), status=0)
        self.assertFalse(self.all("users")["ada"]["active"])
        self.assertEqual(self.left(), [])

    def test_members(self):
        self.edit("group", "displayName=Staff", EDITOR=self.editor("r['members'] = r['members'][:1] + [{'value': 'userName=zoe'}]"))
        members = [m["display"] for m in self.all("groups")["Staff"]["members"]]
        self.assertEqual(sorted(members), ["ada", "zoe"])

    def test_mistakes_without_a_terminal(self):
        for body, status, said in (("new = text.replace('\"T\"', 'T')", 2, "line 7, column "),
                                   ("r['titel'] = 'x'", 2, 'unknown attribute "titel"'),
                                   ("r['active'] = 'maybe'", 2, "active: must be true or false"),
                                   ("del r['userName']", 2, "userName"),
                                   ("new = '[]'", 2, "a JSON object is wanted"),
                                   ("r['title'] = 'lost'\npath.write_text(json.dumps(r))\nsys.exit(3)", 2, "the editor "),
                                   ("r['userName'] = 'bob'", 5, "already in use")):
            with self.subTest(said):
                done = self.edit("user", "userName=ada", EDITOR=self.editor(body), status=status)
                self.assertIn(said, done.stderr)
                self.assertTrue(self.kept(done.stderr))
        missing = self.edit("group", "displayName=Staff", EDITOR=self.editor("r['members'].append({'value': 'userName=nobody'})"), status=2)
        self.assertIn("there is no User with userName=nobody", missing.stderr)
        self.kept(missing.stderr)
        self.assertIn("kept in", json.loads(self.edit("user", "userName=ada", "-o", "json", status=2, EDITOR=self.editor("new = '{'")).stderr)["detail"])
        (self.folder / "tmp").joinpath(self.left()[0]).unlink()
        self.assertIn("VISUAL", self.edit("user", "userName=ada", EDITOR="false", status=2).stderr)
        self.edit("user", "userName=nobody", EDITOR="false", status=3)
        self.assertEqual(self.left(), [])

    def test_somebody_else_is_faster(self):
        other = "subprocess.run(%r, check=True, stdout=subprocess.DEVNULL)\nr['title'] = 'mine'" % (
            self.command("patch", "user", "userName=ada", "--set", "title=theirs"),)
        done = self.edit("user", "userName=ada", EDITOR=self.editor(other), status=6)
        self.assertEqual(json.loads(self.kept(done.stderr))["title"], "mine")
        self.assertEqual(self.all("users")["ada"]["title"], "theirs")

    def test_mistakes_on_a_terminal(self):
        twice = self.editor("new = text.replace('\"T\"', '\"Countess') if 'Countess' not in text else text.replace('Countess', 'Countess\"')")
        said = self.on_terminal("edit", "user", "userName=ada", EDITOR=twice, VISUAL="", answers=[("Edit again? [Y/n] ", "\n")])
        self.assertEqual((self.all("users")["ada"]["title"], self.left()), ("Countess", []), said)
        broken = self.editor("new = text + 'x'")
        said = self.on_terminal("edit", "user", "userName=ada", EDITOR=broken, VISUAL="", status=2,
                                answers=[("Edit again? [Y/n] ", "y\n"), ("Edit again? [Y/n] ", "n\n")])
        self.assertTrue(self.kept(said).endswith("xx"))


class EditOnDatabase(Edit, OnDatabase, unittest.TestCase):
    pass


class EditOnServer(Edit, OnServer, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
