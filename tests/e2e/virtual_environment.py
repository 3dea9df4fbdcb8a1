# SPDX-License-Identifier: MIT
"""Virtual environments with pinned packages, for the tests that need some of PyPI.

They are made in SCIMCTL_ENVIRONMENTS (by default in the build tree), anew when other packages are pinned. Without PyPI
that fails, and the test with it.
"""
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys

import harness

BUILD = pathlib.Path(os.environ.get("SCIMCTL_BUILD", harness.ROOT / "build/dev"))
HOME = pathlib.Path(os.environ.get("SCIMCTL_ENVIRONMENTS", BUILD / "tests"))


def enter(name):
    """The program goes on in the environment of tests/data/NAME/requirements.txt."""
    environment = HOME / name / "environment"
    if (environment / "bin/python").exists() and os.path.samefile(sys.prefix, environment):
        return
    python = make(name)
    os.execv(python, [str(python), *sys.argv])


def make(name):
    """The interpreter of that environment, which is made if need be."""
    home = HOME / name
    environment = home / "environment"
    python = environment / "bin/python"
    requirements = harness.ROOT / "tests/data" / name / "requirements.txt"
    stamp = environment / "made-of"
    wanted = sys.version + "\n" + requirements.read_text()
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in parallel
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(environment, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", environment], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements],
                           check=True)
            stamp.write_text(wanted)
    return python
