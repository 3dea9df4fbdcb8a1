# SPDX-License-Identifier: MIT
"""The Django project of tests/data/django, in a virtual environment with the packages that it pins.

`enter()` comes first: the program goes on in that environment. After `set_up()` the ORM is at hand in the test itself. Run by
postgresql.py, the project is on a database of that server; else it is on SQLite.
"""
import base64
import os
import pathlib
import subprocess
import sys

import harness
import virtual_environment

PROJECT = harness.ROOT / "tests/data/django"


def enter():
    virtual_environment.enter("django")


def environment(url, user_model="auth.User"):
    return dict(DJANGO_SETTINGS_MODULE="settings", DJANGO_DATABASE=url, DJANGO_USER_MODEL=user_model, PYTHONPATH=str(PROJECT))


def run(url, script):
    """Makes the tables, and runs Python in the project, in a process of its own: one process has one project."""
    start = "import django; django.setup()\nimport django_project\ndjango_project.make_tables()\n"
    variables = environment(url)
    variables["PYTHONPATH"] += os.pathsep + str(pathlib.Path(__file__).parent)
    subprocess.run([sys.executable, "-c", start + script], env={**os.environ, **variables}, check=True, timeout=harness.PATIENCE)


def set_up(url, user_model="auth.User"):
    """Makes the tables. Models can be imported after it."""
    os.environ.update(environment(url, user_model))
    sys.path.insert(0, str(PROJECT))
    import django
    django.setup()
    make_tables()


def make_tables():
    """Django makes those of apps without migrations first. They may refer to groups, which PostgreSQL wants to be there."""
    from django.core.management import call_command
    call_command("migrate", "auth", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)


def serve(site):
    """The project's own web server, on the port that it returns."""
    port = harness.free_port()
    site.start([sys.executable, "-m", "django", "runserver", "--noreload", "127.0.0.1:%d" % port], "django.log",
               ready=("127.0.0.1", port))
    return port


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(("%s:%s" % (name, password)).encode()).decode()}
