# SPDX-License-Identifier: MIT
"""A Django project as small as it gets. The environment says which database and which user model."""
import os
import urllib.parse

SECRET_KEY = "of a test"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
MIDDLEWARE = ["urls.basic_auth"]
USE_TZ = True


def database(url):
    """As scimctl's configuration names it."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.path,
                "OPTIONS": {"timeout": 60, "transaction_mode": "IMMEDIATE"}}
    where = dict(urllib.parse.parse_qsl(parts.query))
    return {"ENGINE": "django.db.backends.postgresql", "NAME": parts.path[1:], "HOST": where["host"], "USER": where["user"]}


DATABASES = {"default": database(os.environ["DJANGO_DATABASE"])}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
AUTH_USER_MODEL = os.environ.get("DJANGO_USER_MODEL", "auth.User")
INSTALLED_APPS += ["django_scim2_server"] if AUTH_USER_MODEL == "auth.User" else ["people"]
if "DJANGO_PASSWORD_HASHER" in os.environ:  # for a test that sends many requests with a password
    PASSWORD_HASHERS = [os.environ["DJANGO_PASSWORD_HASHER"]]
