#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the examples of a manual page or of README.md as typed, in order, and compares what they print.

usage: doc_examples.py DOCUMENT        with SCIMCTL and SCIM_FCGI naming the programs

The sources of man/examples lie in the directory where they run, and the compiler finds scim_plugin.h.

An example is a line "$ COMMAND" in a `.Bd -literal` block (mdoc) or a ```console block (Markdown); the lines up to the
next one are what it prints, standard error included. "..." stands for any text, also for any lines.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = [pathlib.Path(os.environ[name]).resolve() for name in ("SCIMCTL", "SCIM_FCGI")]


def blocks(path):
    text = path.read_text()
    if path.suffix == ".md":
        return re.findall(r"```console\n(.*?)```", text, re.S)
    plain = text.replace("\\&", "").replace("\\e", "\\").replace("\\(dq", '"')
    return re.findall(r"\.Bd -literal[^\n]*\n(.*?)\.Ed", plain, re.S)


def examples(path):
    """[(command, expected output)]; blocks that do not begin with a command are no examples."""
    found = []
    for block in blocks(path):
        if not block.startswith("$ "):
            continue
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return [(command, "\n".join(lines)) for command, lines in found]


def matches(expected, printed):
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.S) is not None


def main():
    path = pathlib.Path(sys.argv[1])
    found = examples(path)
    if not found:
        sys.exit("%s: no example" % path)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "scimctl.toml"
        config.write_text('[database]\nurl = "sqlite:scim.db"\n')
        for source in (ROOT / "man/examples").iterdir():
            shutil.copy(source, folder)
        environment = {**os.environ, "PATH": ":".join([str(p.parent) for p in PROGRAMS] + [os.environ["PATH"]]),
                       "SCIMCTL_CONFIG": str(config), "NO_COLOR": "1", "CPATH": str(ROOT / "core")}
        for command, expected in found:
            done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
            if not matches(expected, done.stdout):
                failed += 1
                print("%s: $ %s\n--- expected\n%s\n--- printed (exit %d)\n%s" %
                      (path.name, command, expected, done.returncode, done.stdout))
    print("%s: %d examples, %d failed" % (path.name, len(found), failed))
    return 1 if failed else 0


sys.exit(main())
