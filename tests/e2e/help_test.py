# SPDX-License-Identifier: MIT
"""Help that teaches: every command has examples, and all of them, and those of the topics, do what they are typed for."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

import harness

SCIMCTL = pathlib.Path(os.environ["SCIMCTL"]).resolve()
INSTALLED = "/var/lib/scimctl"  # where README's installation has its database

# Examples that exit with another code than 0, as documented.
OTHER_CODES = {}
# Examples that cannot run here: line -> why. It is to stay a short list.
NOT_RUN = {}


def scimctl(*arguments, status=0, folder=None, environment=None):
    done = subprocess.run([SCIMCTL, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=harness.PATIENCE,
                          cwd=folder, env=environment)
    if done.returncode != status:
        raise AssertionError("%s: exit %d\n%s%s" % (arguments, done.returncode, done.stdout, done.stderr))
    return done


def examples_in(text):
    """The lines of the section Examples of a --help."""
    section = re.search(r"(?m)^Examples:\n((?:  .*\n)+)", text)
    return [line.strip() for line in section[1].splitlines()] if section else []


def subcommands_in(text):
    section = re.search(r"(?m)^Subcommands:\n((?:  .*\n)+)", text)
    return re.findall(r"(?m)^  (\S+)", section[1]) if section else []


def walk(*path):
    """(path, the text of --help), of a command and all below it."""
    text = scimctl(*path, "--help").stdout
    yield path, text
    for name in subcommands_in(text):
        yield from walk(*path, name)


class Installation:
    """What README's installation has, with the users, groups and tokens that examples name."""

    def __init__(self, folder):
        self.prepared = pathlib.Path(folder) / "prepared"
        self.prepared.mkdir()
        people = [{"userName": "ada", "emails": [{"value": "ada@example.com", "type": "work"}], "nickName": "Countess", "externalId": "00u1"},
                  {"userName": "bob"}, {"userName": "eve", "active": False, "title": "Guest"}]
        (self.prepared / "people.jsonl").write_text("".join(json.dumps(one) + "\n" for one in people))
        (self.prepared / "ada.json").write_text(json.dumps(people[0]))
        (self.prepared / "change.json").write_text(json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                                                               "Operations": [{"op": "replace", "path": "nickName", "value": "Ada"}]}))
        with contextlib.closing(sqlite3.connect(self.prepared / "app.db")) as application, application:
            application.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE)")
            application.execute("INSERT INTO people (login) VALUES ('ada')")
        self.configure(self.prepared)
        for arguments in (("import", "users", "people.jsonl"),
                          ("create", "group", "--display-name", "Staff", "--add-member", "userName=ada"),
                          ("token", "create", "okta", "--dialect", "okta")):
            scimctl(*arguments, folder=self.prepared, environment=self.environment(self.prepared))
        with contextlib.closing(sqlite3.connect(self.prepared / "scim.db")) as database, database:
            database.execute("INSERT INTO scim_held SELECT '3f0a9c51d2e7', 'held', 0, 0, 1, '2 deactivations within an hour', 'token:okta', '', 'r1', "
                             "'', 'DELETE', '/Users/' || id, '', '', '', '{}' FROM users WHERE user_name = 'eve'")

    def configure(self, folder):
        config = folder / "scimctl.toml"
        config.write_text('base_url = "https://app.example.com/scim/v2"\n[database]\nurl = "sqlite:%s/scim.db"\n' % folder)
        config.chmod(0o600)
        (folder / "application.toml").write_text('[database]\nurl = "sqlite:%s/app.db"\n[user]\ntable = "people"\nkey = "id"\n'
                                                 '[user.map]\nuserName = "login"\n' % folder)

    def environment(self, folder, config="scimctl.toml"):
        return {**os.environ, "SCIMCTL_CONFIG": str(folder / config), "PATH": "%s:%s" % (SCIMCTL.parent, os.environ["PATH"])}

    def run(self, line, folder):
        """Types it in a copy of the installation."""
        shutil.copytree(self.prepared, folder)
        self.configure(folder)
        typed = line.replace(INSTALLED, str(folder)).replace("/etc/scimctl", str(folder))
        # Links are for the rows of an application.
        config = "application.toml" if " link " in line else "scimctl.toml"
        return subprocess.run(["bash", "-o", "pipefail", "-c", typed], cwd=folder, env=self.environment(folder, config), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=harness.PATIENCE)


class Help(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = json.loads(scimctl("help", "-o", "json").stdout)
        cls.topics = {topic["topic"]: json.loads(scimctl("help", topic["topic"], "-o", "json").stdout) for topic in cls.tree["topics"]}
        cls.helps = dict(walk())

    def test_every_command_has_examples(self):
        def paths(command, path=()):
            yield path, command
            for sub in command["commands"]:
                yield from paths(sub, (*path, sub["name"]))
        commands = dict(paths(self.tree))
        self.assertEqual(commands.keys(), self.helps.keys())
        self.assertGreater(len(commands), 25)
        for path, text in self.helps.items():
            with self.subTest(command=path):
                self.assertTrue(examples_in(text))
                self.assertEqual(examples_in(text), commands[path]["examples"])
                own = [line for line in examples_in(text) if re.search(r"\bscimctl (.* )?%s\b" % " ".join(path), line)]
                self.assertTrue(own, "examples of a command are about it")

    def test_every_example_works_as_typed(self):
        lines = [line for text in self.helps.values() for line in examples_in(text)]
        for name, topic in self.topics.items():
            text = topic["text"] if isinstance(topic, dict) else scimctl("help", name).stdout
            lines += [line.strip() for line in text.splitlines() if re.match(r"  ([A-Z_]+=\S+ )?scimctl ", line)]
        lines = list(dict.fromkeys(lines))
        self.assertGreater(len(lines), 40)
        self.assertEqual([line for line in [*NOT_RUN, *OTHER_CODES] if line not in lines], [], "these are no examples any more")
        self.assertLess(len(NOT_RUN), 8)
        with tempfile.TemporaryDirectory() as folder:
            installation = Installation(folder)
            for number, line in enumerate(line for line in lines if line not in NOT_RUN):
                with self.subTest(example=line):
                    done = installation.run(line, pathlib.Path(folder) / str(number))
                    self.assertEqual(done.returncode, OTHER_CODES.get(line, 0), done.stdout)

    def test_topics_say_what_the_program_has(self):
        formats = next(option["words"] for option in self.tree["options"] if "--output" in option["names"])
        for word in formats:
            self.assertRegex(self.topics["output"]["text"], r"(?m)^  %s " % word)
        page = (harness.ROOT / "man/scimctl.1").read_text().split(".Sh ENVIRONMENT")[1].split(".Sh ")[0]
        variables = re.findall(r"(?m)^\.It Ev (\w+)", page)
        self.assertGreater(len(variables), 1)
        for name in variables:
            self.assertRegex(self.topics["environment"]["text"], r"(?m)^%s " % name)
        keys = re.findall(r"(?m)^  ([a-z_.]+)(?: = .*)?\n      ", self.topics["config"]["text"])
        self.assertEqual(len(keys), 7, "each of the important keys is one")
        for name, topic in self.topics.items():
            text = topic["text"] if isinstance(topic, dict) else ""
            self.assertEqual([line for line in text.splitlines() if len(line) > 100], [], name)

    def test_help_is_found_by_name(self):
        self.assertEqual(scimctl("help").stdout, self.helps[()])
        self.assertEqual(scimctl("help", "token", "create").stdout, self.helps["token", "create"])
        self.assertIn("SCIMCTL_CONFIG", scimctl("help", "config").stdout, "the topic, not the command")
        self.assertEqual(json.loads(scimctl("list", "--help", "-o", "json").stdout)["command"], "scimctl list")
        unknown = scimctl("help", "fliters", status=2)
        self.assertEqual(unknown.stdout, "")
        self.assertIn("did you mean filters?", unknown.stderr)
        self.assertIn("exit-codes, filters, config", unknown.stderr)

    def test_what_does_not_exist_is_hinted_at(self):
        self.assertIn("did you mean list?", scimctl("--db", "x.db", "lst", "users", status=2).stderr)
        self.assertIn('no command "creat" of token, did you mean create?', scimctl("token", "creat", "x", status=2).stderr)


unittest.main()
