# SPDX-License-Identifier: MIT
"""The Django project of tests/data/django, in a virtual environment with the packages that it pins.

`enter()` comes first: the program goes on in that environment. It is made in the build tree, anew when other packages are
pinned. Without PyPI that fails, and the test with it. After `set_up()` the ORM is at hand in the test itself.
"""
import base64
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys

import harness

PROJECT = harness.ROOT / "tests/data/django"
HOME = pathlib.Path(os.environ.get("SCIMCTL_BUILD", harness.ROOT / "build/dev")) / "tests/django"
ENVIRONMENT = HOME / "environment"
PYTHON = ENVIRONMENT / "bin/python"


def enter():
    if PYTHON.exists() and os.path.samefile(sys.prefix, ENVIRONMENT):
        return
    requirements = PROJECT / "requirements.txt"
    stamp = ENVIRONMENT / "made-of"
    wanted = sys.version + "\n" + requirements.read_text()
    HOME.mkdir(parents=True, exist_ok=True)
    with open(HOME / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in parallel
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
            subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements],
                           check=True)
            stamp.write_text(wanted)
    os.execv(PYTHON, [str(PYTHON), *sys.argv])


def set_up(database, user_model="auth.User"):
    """Makes the tables. Models can be imported after it."""
    os.environ.update(DJANGO_SETTINGS_MODULE="settings", DJANGO_DATABASE=str(database), DJANGO_USER_MODEL=user_model,
                      PYTHONPATH=str(PROJECT))
    sys.path.insert(0, str(PROJECT))
    import django
    from django.core.management import call_command
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)


def serve(site):
    """The project's own web server, on the port that it returns."""
    port = harness.free_port()
    site.start([sys.executable, "-m", "django", "runserver", "--noreload", "127.0.0.1:%d" % port], "django.log",
               ready=("127.0.0.1", port))
    return port


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(("%s:%s" % (name, password)).encode()).decode()}
