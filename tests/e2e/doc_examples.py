#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the examples of a manual page or of README.md as typed, in order, and compares what they print.

usage: doc_examples.py DOCUMENT        with SCIMCTL and SCIM_FCGI naming the programs

An example is a line "$ COMMAND" in a `.Bd -literal` block (mdoc) or a ```console block (Markdown); the lines up to the
next one are what it prints, standard error included. "..." stands for any text, also for any lines.

A comment `.\\" example: ...` (mdoc) or `<!-- example: ... -->` (Markdown) in front of a block prepares what follows:

    database NAME SCRIPT    from here on in a new folder, with a database that SCRIPT of tests/data makes, unconfigured
    file NAME               the block is the content of this file
    append NAME             the block is added to this file
    server NAME             the profile NAME is a scim-fcgi behind nginx, with a database of its own
    postgresql              from here on commands find a throw-away PostgreSQL, without a name for it, and are its superuser

The sources of man/examples lie in the directory where they run, and the compiler finds scim_plugin.h.
"""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import harness
import postgresql

PROGRAMS = [pathlib.Path(os.environ[name]).resolve() for name in ("SCIMCTL", "SCIM_FCGI")]
ROOT = pathlib.Path(__file__).resolve().parents[2]
MDOC = re.compile(r'^\.\\" example: (?P<prepare>[^\n]*)$|^\.Bd -literal[^\n]*\n(?P<block>.*?)^\.Ed$', re.S | re.M)
MARKDOWN = re.compile(r"^<!-- example: (?P<prepare>.*?) -->$|^ *```\w+\n(?P<block>.*?)^ *```$", re.S | re.M)


def plain(mdoc):
    return mdoc.replace("\\&", "").replace("\\e", "\\").replace("\\(dq", '"')


def commands(block):
    """[(command, expected output)]; a block that does not begin with a command has none."""
    found = []
    for line in block.splitlines() if block.startswith("$ ") else ():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(lines)) for command, lines in found]


def parts(path):
    """[("prepare" or "block", text)] of a document."""
    pattern, shown = (MARKDOWN, str) if path.suffix == ".md" else (MDOC, plain)
    return [(m.lastgroup, shown(m[m.lastgroup]).strip("\n")) for m in pattern.finditer(path.read_text())]


def matches(expected, printed):
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.S) is not None


class Session:
    """A folder, and what is set while commands run in it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        for source in (ROOT / "man/examples").iterdir():
            shutil.copy(source, self.folder)
        self.environment = {**os.environ, "NO_COLOR": "1", "CPATH": str(ROOT / "core"),
                            "PATH": ":".join([str(p.parent) for p in PROGRAMS] + [os.environ["PATH"]])}
        for name in ("SCIMCTL_CONFIG", "SCIMCTL_PROFILE", "SCIMCTL_TOKEN"):
            self.environment.pop(name, None)

    def use_embedded(self):
        config = self.folder / "scimctl.toml"
        config.write_text('[database]\nurl = "sqlite:scim.db"\n')
        self.environment["SCIMCTL_CONFIG"] = str(config)

    def make_database(self, name, script):
        with open(ROOT / "tests/data" / script) as text:
            subprocess.run(["sqlite3", "-bail", name], stdin=text, stdout=subprocess.DEVNULL, cwd=self.folder, check=True)

    def use_postgresql(self, server):
        self.environment.update(PGHOST=str(server.home), PGUSER=postgresql.ADMIN,
                                PATH="%s:%s" % (postgresql.BIN, self.environment["PATH"]))

    def use_server(self, name, site):
        site.start_scim()
        site.start_nginx()
        home = self.folder / "config/scimctl"
        home.mkdir(parents=True, exist_ok=True)
        (home / (name + ".token")).write_text(site.token)
        with open(home / "scimctl.toml", "a") as config:
            config.write('[profile.%s]\nurl = "http://127.0.0.1:%d%s"\ntoken_file = "%s.token"\n' % (name, site.port, harness.BASE, name))
        self.environment["XDG_CONFIG_HOME"] = str(home.parent)

    def run(self, command):
        return subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)


def main():
    path = pathlib.Path(sys.argv[1])
    count = failed = 0
    os.umask(0o077)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        session = Session(folder)
        session.use_embedded()
        target = None  # (file, mode) of the next block
        for number, (kind, text) in enumerate(parts(path)):
            if kind == "prepare":
                verb, *words = text.split()
                if verb == "database":
                    session = Session("%s/%d" % (folder, number))
                    session.make_database(*words)
                elif verb == "server":
                    session.use_server(*words, stack.enter_context(harness.Site()))
                elif verb == "postgresql":
                    session.use_postgresql(stack.enter_context(postgresql.Postgresql()))
                else:
                    target = (words[0], {"file": "w", "append": "a"}[verb])
                continue
            if target:
                with open(session.folder / target[0], target[1]) as file:
                    file.write(text + "\n")
                target = None
                continue
            for command, expected in commands(text):
                done = session.run(command)
                count += 1
                if not matches(expected, done.stdout):
                    failed += 1
                    print("%s: $ %s\n--- expected\n%s\n--- printed (exit %d)\n%s" %
                          (path.name, command, expected, done.returncode, done.stdout))
    print("%s: %d examples, %d failed" % (path.name, count, failed))
    return 1 if failed or count == 0 else 0


sys.exit(main())
