# SPDX-License-Identifier: MIT
"""The Django project of tests/data/django, in a virtual environment with the packages that it pins.

`enter()` comes first: the program goes on in that environment. After `set_up()` the ORM is at hand in the test itself.
"""
import base64
import os
import sys

import harness
import virtual_environment

PROJECT = harness.ROOT / "tests/data/django"


def enter():
    virtual_environment.enter("django")


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
