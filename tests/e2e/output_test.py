# SPDX-License-Identifier: MIT
"""What scimctl prints of many resources: order and number, tables on a terminal of any width, CSV, and no bytes that a terminal obeys."""
import csv
import errno
import fcntl
import io
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import tempfile
import termios
import unicodedata
import unittest

from harness import SCIMCTL

WOMAN_AT_COMPUTER = "\U0001F469\u200D\U0001F4BB"
PEOPLE = [  # userName, displayName, title
    ("ada", "Ada Lovelace", "a"),
    ("漢字", "漢字漢字漢字漢字漢字漢字漢字漢字", "c"),
    ("eve", "e\u0301" * 30, "b"),
    ("dev", WOMAN_AT_COMPUTER * 20, None),
    ("mallory", "\x1b[2J\x1b]0;evil\x07\u009b31m\u202edrow\u2066\r\nx\u2028y", "d"),
    ("quoted", 'a,"b"\nc', "e"),
    ("zoe", "Zoë " * 40, "f"),
]
BOLD = ("\x1b[1m", "\x1b[0m")
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def width(text):
    """Columns of a terminal, for the characters that are used here."""
    text = text.replace(WOMAN_AT_COMPUTER, "漢")
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Output(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
        cls.environment["SCIMCTL_CONFIG"] = str(cls.folder / "scimctl.toml")
        (cls.folder / "scimctl.toml").write_text("[database]\nurl = 'sqlite:%s'\n" % (cls.folder / "scim.db"))
        lines = "".join(json.dumps({"userName": u, "displayName": d, **({"title": t} if t else {})}) + "\n" for u, d, t in PEOPLE)
        subprocess.run([SCIMCTL, "import", "users", "-", "-q"], input=lines, text=True, check=True, timeout=60, env=cls.environment)

    def run_cli(self, *arguments, status=0, **environment):
        done = subprocess.run([SCIMCTL, *arguments], capture_output=True, timeout=60, env={**self.environment, **environment})
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()  # ends of lines as they are
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done

    def on_terminal(self, columns, *arguments, **environment):
        """(what stands on a terminal of so many columns, what is said)."""
        main, child = pty.openpty()
        attributes = termios.tcgetattr(child)
        attributes[1] &= ~termios.OPOST  # line feeds as they are
        termios.tcsetattr(child, termios.TCSANOW, attributes)
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with subprocess.Popen([SCIMCTL, *arguments], stdout=child, stderr=subprocess.PIPE, text=True, env={**self.environment, **environment}) as process:
            os.close(child)
            shown = b""
            while piece := self.read(main):
                shown += piece
            os.close(main)
            said = process.stderr.read()
        self.assertEqual(process.returncode, 0, said)
        return shown.decode(), said

    def read(self, terminal):
        try:
            return os.read(terminal, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # the other side is closed
                raise
            return b""

    def names(self, *arguments, **options):
        """userNames of a list, in order."""
        done = self.run_cli("list", "users", *arguments, "-o", "csv", "--columns", "userName", **options)
        return [row[0] for row in csv.reader(io.StringIO(done.stdout))][1:]

    def test_sort(self):
        self.assertEqual(self.names("--sort", "title"), ["ada", "eve", "漢字", "mallory", "quoted", "zoe", "dev"])
        downwards = ["dev", "zoe", "quoted", "mallory", "漢字", "eve", "ada"]
        self.assertEqual(self.names("--sort", "title:desc"), downwards)
        self.assertEqual(self.names("--sort", "title:desc", "--all", "--count", "2"), downwards)
        self.assertEqual(self.names("--sort", "title:asc", "--filter", 'title ge "e"'), ["quoted", "zoe"])
        urn = "urn:ietf:params:scim:schemas:core:2.0:User:userName"
        self.assertEqual(self.names("--sort", urn + ":desc", "--limit", "1"), ["漢字"])
        self.assertIn("did you mean", self.run_cli("list", "users", "--sort", "userNmae", status=2).stderr)
        self.assertIn("one attribute", self.run_cli("list", "users", "--sort", "title,userName", status=2).stderr)
        self.run_cli("list", "users", "--sort", 'emails[type eq "work"].value', status=2)

    def test_limit(self):
        everybody = self.names("--sort", "userName")
        self.assertEqual(len(everybody), len(PEOPLE))
        for options, expected in ((("--limit", "3"), everybody[:3]), (("--limit", "3", "--count", "2"), everybody[:3]),
                                  (("--limit", "100", "--count", "3"), everybody), (("--limit", "0"), []),
                                  (("--limit", "4", "--count", "1", "--start-index", "3"), everybody[2:6]),
                                  (("--limit", "4", "--start-index", "6"), everybody[5:]), (("--count", "2"), everybody[:2])):
            with self.subTest(options):
                self.assertEqual(self.names("--sort", "userName", *options), expected)
        listed = json.loads(self.run_cli("list", "users", "--limit", "3", "--count", "2", "-o", "json").stdout)
        self.assertEqual((listed["totalResults"], listed["itemsPerPage"], listed["startIndex"]), (len(PEOPLE), 3, 1))
        self.run_cli("list", "users", "--all", "--limit", "3", status=2)
        self.run_cli("list", "users", "--limit", "-1", status=2)

    def test_a_table_is_never_wider_than_the_terminal(self):
        for columns, environment in ((200, {}), (80, {}), (45, {}), (10, {}), (80, {"COLUMNS": "33"})):
            with self.subTest(columns, **environment):
                shown, said = self.on_terminal(columns, "list", "users", "--columns", "id,userName,displayName", "--sort", "userName", **environment)
                limit = int(environment.get("COLUMNS", columns))
                self.assertTrue(shown.startswith(BOLD[0]))
                for code in BOLD:
                    shown = shown.replace(code, "")
                self.assertNotRegex(shown, OBEYED)
                lines = shown.splitlines()
                self.assertEqual(len(lines), len(PEOPLE) + 1)
                self.assertLessEqual(max(map(width, lines)), limit)
                self.assertIn("…", shown)
                self.assertEqual("too narrow" in said, columns == 10)
                if columns >= 80 and not environment:
                    self.assertRegex(lines[1], r"\A[0-9a-f-]{36}  ada ", "the id is shortened last")

    def test_columns_of_wide_characters_stand_below_each_other(self):
        shown, _ = self.on_terminal(80, "list", "users", "--columns", "displayName,userName", NO_COLOR="1")
        starts = set()
        for line, name in zip(shown.splitlines(), ["USERNAME", *(p[0] for p in PEOPLE)]):
            self.assertTrue(line.endswith("  " + name) or name not in line, line)
            if line.endswith(name):
                starts.add(width(line[:-len(name)]))
        self.assertEqual(len(starts), 1, shown)

    def test_a_pipe_gets_all_of_it(self):
        text = self.run_cli("list", "users", "-o", "table", "--columns", "userName,displayName", COLUMNS="20").stdout
        self.assertIn("Zoë " * 39, text)
        self.assertNotIn("…", text)

    def test_nothing_that_a_terminal_obeys(self):
        for form, *columns in (("json",), ("jsonl",), ("yaml",), ("csv", "--columns", "displayName,userName"), ("name",)):
            with self.subTest(form):
                shown, _ = self.on_terminal(80, "list", "users", "-o", form, *columns)
                self.assertNotRegex(shown, OBEYED)
        evil = json.loads(self.on_terminal(80, "list", "users", "-o", "json", "--filter", 'userName eq "mallory"')[0])
        self.assertEqual(evil["Resources"][0]["displayName"], PEOPLE[4][1])

    def test_csv(self):
        text = self.run_cli("list", "users", "-o", "csv", "--columns", "userName,displayName,title", "--all").stdout
        rows = list(csv.reader(io.StringIO(text), strict=True))
        self.assertEqual(rows[0], ["userName", "displayName", "title"])
        self.assertEqual(sorted(rows[1:]), sorted([u, d, t or ""] for u, d, t in PEOPLE))
        self.assertIn('\nquoted,"a,""b""\nc",e\n', text)
        self.assertEqual(self.run_cli("get", "user", "userName=dev", "-o", "csv", "--columns", "title").stdout, 'title\n""\n', "no empty line")

    def test_every_verb_has_every_form(self):
        self.run_cli("token", "create", "okta")
        for words, column in (("get user userName=ada", "userName"), ("token list", "dialect"), ("token dialects", "rfc"),
                              ("token show okta", "tolerance"), ("check", "severity"), ("config", "default"), ("db status", "kind")):
            with self.subTest(words):
                rows = list(csv.reader(io.StringIO(self.run_cli(*words.split(), "-o", "csv", "--columns", column).stdout)))
                self.assertEqual(rows[0], [column])
                count = len(rows) - 1
                self.assertEqual(len(self.run_cli(*words.split(), "-o", "name").stdout.splitlines()), count)
                lines = self.run_cli(*words.split(), "-o", "jsonl").stdout.splitlines()
                self.assertEqual([type(json.loads(line)) for line in lines], [dict] * (count or 1))
                header = self.run_cli(*words.split(), "-o", "table", "--columns", column).stdout.splitlines()[:1]
                self.assertEqual(header, [column.upper()] if count else [])
        for words in ("token list", "token show okta", "check", "config", "db status", "token dialects"):
            with self.subTest(words):
                self.assertIn("nosuch", self.run_cli(*words.split(), "-o", "csv", "--columns", "nosuch", status=2).stderr)


unittest.main()
