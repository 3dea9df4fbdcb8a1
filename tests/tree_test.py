#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the tree says of itself is true: every test is run, every path a document names exists, every key is described.

usage: tree_test.py SCIMCTL
"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCIMCTL = sys.argv.pop(1)


class Tree(unittest.TestCase):
    def test_every_unit_test_is_listed(self):
        listed = (ROOT / "tests/unit/CMakeLists.txt").read_text()
        for path in (ROOT / "tests/unit").glob("*_test.cc"):
            self.assertRegex(listed, r"(?m)^\s*%s\b" % re.escape(path.name))

    def test_every_end_to_end_test_is_listed(self):
        listed = (ROOT / "tests/e2e/CMakeLists.txt").read_text()
        tests = list((ROOT / "tests/e2e").glob("*_test.*"))
        self.assertTrue(tests)
        for path in tests:
            self.assertRegex(listed, r"\b%s\b" % re.sub(r"_test$", "", path.stem))

    def test_every_path_in_readme_and_security_exists(self):
        texts = [(ROOT / name).read_text() for name in ("README.md", "SECURITY.md")]
        named = re.findall(r"[`(]((?:core|sql|cli|fcgi|tests|man)/[\w./-]*)[`)]", "\n".join(texts))
        self.assertGreater(len(named), 10)
        for path in named:
            self.assertTrue((ROOT / path).exists(), path)

    def test_core_knows_nothing_above_it(self):
        for path in (ROOT / "core").rglob("*.[ch]*"):
            self.assertNotRegex(path.read_text(), r'#include "(sql|cli|fcgi)/', path.name)

    def test_each_library_is_included_by_one_file(self):
        sources = [p for folder in ("core", "sql", "cli", "fcgi") for p in (ROOT / folder).rglob("*.[ch]*")]
        for header in ("CLI/", "fcgiapp.h", "SQLiteCpp/", "sqlite3.h", "toml++", "utf8proc.h", "crypt.h", "argon2.h",
                       "dlfcn.h", "curl/"):
            users = {p.name for p in sources if re.search(r"#include <%s" % re.escape(header), p.read_text())}
            self.assertEqual(len(users), 1, "%s: %s" % (header, users))

    def test_the_man_page_describes_every_key(self):
        keys = json.loads(subprocess.run([SCIMCTL, "config", "-o", "json"], check=True, capture_output=True).stdout)
        self.assertGreater(len(keys), 10)
        page = (ROOT / "man/scimctl.toml.5").read_text()
        for key in keys:
            table, _, name = key["name"].rpartition(".")
            section = page.split(".Ss [%s]" % table)[1] if table else page.split(".Ss Top level")[1]
            entry = section.split(".Ss ")[0].split(".It Ic %s No" % name)
            self.assertEqual(len(entry), 2, key["name"])
            text = entry[1].split(".It Ic")[0]
            for word in key["type"].split(" | ") if " | " in key["type"] else [key["type"]]:
                self.assertIn(word, text, key["name"])
            if key["default"]:
                self.assertIn("Default: %s" % key["default"], re.sub(r"\s+", " ", text), key["name"])

    def test_the_man_page_has_the_exit_codes_of_the_program(self):
        told = json.loads(subprocess.run([SCIMCTL, "help", "exit-codes", "-o", "json"], check=True, capture_output=True).stdout)
        page = (ROOT / "man/scimctl.1").read_text().split(".Sh EXIT STATUS")[1].split(".Sh ")[0]
        entries = re.findall(r"(?m)^\.It (\d+)\n((?:(?!\.It|\.El).*\n)+)", page)
        self.assertEqual([(int(code), plain(text)) for code, text in entries], [(row["code"], row["meaning"]) for row in told])

    def test_every_requirement_is_shown_by_a_test_or_has_a_reason(self):
        data = json.loads((ROOT / "tests/data/scim/requirements.json").read_text())
        known, elsewhere = set(data["requirements"]), set(data["elsewhere"])
        shown = requirements_named()
        self.assertEqual(shown.keys() - known, set(), "these do not exist")
        self.assertEqual(elsewhere - known, set(), "these do not exist")
        self.assertEqual(shown.keys() & elsewhere, set(), "these are shown: no reason is needed")
        self.assertEqual(sorted(known - elsewhere - shown.keys()), [], "no test names these")

    def test_the_man_page_describes_every_tolerance(self):
        rows = json.loads(subprocess.run([SCIMCTL, "token", "dialects", "-o", "json"], check=True, capture_output=True).stdout)
        self.assertGreater(len(rows), 10)
        page = (ROOT / "man/scimctl.toml.5").read_text()
        section = page.split(".Ss Client dialects")[1].split(".Ss ")[0].split(".Bl -tag -width Ds")[1]
        entries = re.findall(r"(?m)^\.It Ic (\S+) Pq (.*)\n((?:[^.].*\n)+)", section)
        self.assertEqual([name for name, _, _ in entries], [row["tolerance"] for row in rows])
        for row, (name, dialects, text) in zip(rows, entries):
            self.assertEqual(dialects.split(", "), [d for d in ("any", "entra", "okta") if row[d]], name)
            self.assertFalse(row["rfc"], name)
            plain = text.replace("\\(dq", '"').replace("\\&", "").replace("\\e", "\\")
            self.assertEqual(" ".join(plain.split()), row["help"], name)


def plain(mdoc):
    """The words of simple mdoc."""
    lines = []
    for line in mdoc.splitlines():
        words = re.sub(r"^\.\w+ ", "", line).replace("Fl Fl ", "--")
        if line.startswith(".Fl "):
            words = "--" + words.removeprefix("Fl ")
        if line.startswith(".Pq "):
            words = re.sub(r"^(.*?)( [,;.])?$", r"(\1)\2", words)
        lines.append(words)
    return re.sub(r" ([,;.])", r"\1", " ".join(lines))


def requirements_named():
    """id -> the files whose tests name it, in a comment or, in a JSON case, in a member."""
    named = {}
    for path in [p for folder in ("unit", "e2e", "fuzz") for p in (ROOT / "tests" / folder).glob("*.*")]:
        for line in re.findall(r"(?m)^\s*(?://|#) Requirements: (.*)$", path.read_text()):
            for name in line.split(", "):
                named.setdefault(name, set()).add(path.name)
    for path in (ROOT / "tests/data").rglob("*cases.json"):
        for lists in json.loads(path.read_text()).values():
            for case in lists if isinstance(lists, list) else []:
                for name in case.get("requirements", []):
                    named.setdefault(name, set()).add(path.name)
    return named


unittest.main()
