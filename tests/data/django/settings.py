# SPDX-License-Identifier: MIT
"""A Django project as small as it gets. The environment says which database and which user model."""
import os

SECRET_KEY = "of a test"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
MIDDLEWARE = ["urls.basic_auth"]
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DJANGO_DATABASE"],
                         "OPTIONS": {"timeout": 60, "transaction_mode": "IMMEDIATE"}}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
AUTH_USER_MODEL = os.environ.get("DJANGO_USER_MODEL", "auth.User")
INSTALLED_APPS += ["django_scim2_server"] if AUTH_USER_MODEL == "auth.User" else ["people"]
