# SPDX-License-Identifier: MIT
"""django-scim2-server as fast as it gets on SQLite: connections are kept, WAL, and as durable as scim-fcgi is."""
import os

SECRET_KEY = "of a benchmark"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
MIDDLEWARE = ["urls.bearer"]
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DJANGO_DATABASE"], "CONN_MAX_AGE": None,
                         "OPTIONS": {"timeout": 60, "transaction_mode": "IMMEDIATE",
                                     "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"}}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_scim2_server"]
