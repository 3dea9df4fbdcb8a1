# SPDX-License-Identifier: MIT
"""-o yaml: what it prints is what -o json prints, to readers of YAML 1.1 and of YAML 1.2, whatever the values are."""
import json
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

import virtual_environment
from harness import SCIMCTL

virtual_environment.enter("yaml")

import ruamel.yaml  # noqa: E402
import yaml  # noqa: E402

JSON_TO_YAML = virtual_environment.BUILD / "tests/unit/json_to_yaml"
READERS = {
    "1.1": lambda text: list(yaml.load_all(text, yaml.SafeLoader)),
    "1.2": lambda text: list(ruamel.yaml.YAML(typ="safe", pure=True).load_all(text)),
}
# What some reader of YAML takes for something else than the text that it is.
WORDS = """yes no on off y n true false null ~ nil none Yes NO On OFF Y N True FALSE Null NULL .nan .inf -.INF NaN inf
    0 1 -1 +1 007 0o17 0x1F 0b11 1_000 1e3 1e+20 1.5 .5 5. 1:30 190:20:30 2024-05-13 2024-05-13T04:42:34Z 12:00:00 = << --- ... - ? : | >
    |- >+ # ! & * %YAML @a `a {} [] {a} [a] a: :a a:b #a !a &a *a ,a a,b "a" 'a' - a""".split() + [
    "", " ", "  ", "a ", " a", "a: b", "a #b", "- a", "? a", "a\n", "\na", "a\nb", "a\r\nb", "\t", "a\tb", "a:\n  b", "key: 'x", "--- a", "... ",
    "\u0085", "\u2028", "\ufeff", "\ufffe", "\uffff", "\u00a0", "\u202e", "\x00", "\x07", "\x1b[2J", "\x7f", "\u009b", "\U0001F469\u200D\U0001F4BB",
    "漢字", "e\u0301", "\\", "\\n", "\"", "'", "a'b", "k" * 1500, "k " * 800]
NUMBERS = [0, -1, 2**53, -2**63, 2**64 - 1, 0.5, -0.25, 1e20, 1.5e300, 1e-7, 123456.789, True, False, None]


class Anything:
    """Random JSON, the same in each run."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        kind = self.random.randrange(4)
        if kind < 2:
            return self.random.choice(WORDS)
        if kind == 2:
            return "".join(self.random.choice(" :-#,[]{}&*!|>'\"%@`?=~\n\t\\aA01.") for _ in range(self.random.randrange(8)))
        points = [self.random.choice([self.random.randrange(0xD800), self.random.randrange(0xE000, 0x110000)]) for _ in range(5)]
        return "".join(map(chr, points))

    def value(self, depth):
        kind = self.random.randrange(8 if depth else 4)
        if kind < 3:
            return self.text()
        if kind == 3:
            return self.random.choice(NUMBERS)
        if kind < 6:
            return {self.text(): self.value(depth - 1) for _ in range(self.random.randrange(4))}
        return [self.value(depth - 1) for _ in range(self.random.randrange(4))]


def same(value):
    """1, 1.0 and true are not."""
    return json.dumps(value)


class Yaml(unittest.TestCase):
    def test_every_value_comes_back(self):
        anything = Anything(4)
        values = [{word: word} for word in WORDS] + [[number] for number in NUMBERS] + [anything.value(4) for _ in range(1500)]
        lines = "".join(json.dumps(value) + "\n" for value in values)
        text = subprocess.run([JSON_TO_YAML], input=lines, capture_output=True, text=True, check=True, timeout=60).stdout
        self.assertNotRegex(text, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", "nothing that a terminal obeys")
        for version, read in READERS.items():
            with self.subTest(version):
                found = read(text)
                self.assertEqual(len(found), len(values))
                for value, other in zip(values, found):
                    self.assertEqual(same(other), same(value))

    def test_verbs_print_what_they_print_as_json(self):
        with tempfile.TemporaryDirectory() as folder:
            database = pathlib.Path(folder) / "scim.db"
            people = [{"userName": word, "displayName": word, "active": i % 2 == 0, "emails": [{"value": "%d@x" % i, "type": "work"}]}
                      for i, word in enumerate(w for w in WORDS if w.strip() and "\x00" not in w and len(w) < 100)]
            # Of those that are equal to another one in lower case only the first is there.
            lines = "".join(json.dumps(person) + "\n" for person in people)

            def run(*arguments, status=0):
                done = subprocess.run([SCIMCTL, "--db", str(database), *arguments], input=lines, capture_output=True, text=True, timeout=60,
                                      cwd=folder, env={**os.environ, "SCIMCTL_CONFIG": ""})
                self.assertEqual(done.returncode, status, "%s\n%s" % (arguments, done.stderr))
                return done.stdout

            counts = yaml.safe_load(run("import", "users", "-", "--continue", "-o", "yaml", status=7))
            self.assertGreater(counts["imported"], 50)
            run("token", "create", "yes", "--dialect", "okta")
            for words in (["list", "users", "--all"], ["get", "user", "userName=NULL"], ["token", "list"], ["token", "show", "yes"],
                          ["token", "dialects"], ["config"], ["db", "status"], ["filter-test", "userName eq \"null\"", "--why"],
                          ["patch", "user", "userName=NULL", "--set", "title=no", "--dry-run"]):
                with self.subTest(words):
                    text = run(*words, "-o", "yaml")
                    expected = same(json.loads(run(*words, "-o", "json")))
                    for version, read in READERS.items():
                        self.assertEqual([same(one) for one in read(text)], [expected], version)


unittest.main()
