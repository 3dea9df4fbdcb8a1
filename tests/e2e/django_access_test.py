# SPDX-License-Identifier: MIT
"""Who gets in by Django's own table: superusers, with their password or by a name that nginx has verified."""
import unittest

import django_project
from harness import Site, check_error, user

django_project.enter()
SITE = Site(config='mapping = "django-scim2-server"\n[access]\nbasic = true\n')
django_project.set_up(SITE.database_url)

from django.contrib.auth.models import User  # noqa: E402
from django.db import connections  # noqa: E402


def setUpModule():
    unittest.addModuleCleanup(SITE.close)
    unittest.addModuleCleanup(connections.close_all)
    User.objects.create_superuser("root", password="of all trees")
    User.objects.create_superuser("gone", password="with the wind", is_active=False)
    User.objects.create_user("plain", password="vanilla")
    SITE.token
    SITE.start_scim()
    names = SITE.directory / "htpasswd"
    names.write_text("root:{PLAIN}nginx\nplain:{PLAIN}nginx\ngone:{PLAIN}nginx\n")
    # Whom nginx has verified, by a password that is not Django's.
    SITE.start_nginx(server_extra="""location /verified/ {
        include fastcgi_params; fastcgi_pass scim_fcgi; auth_basic scim; auth_basic_user_file %s;
        fastcgi_param HTTP_AUTHORIZATION ""; fastcgi_param REMOTE_USER $remote_user;
        fastcgi_param REQUEST_URI /scim/v2/Users; }""" % names)


class Access(unittest.TestCase):
    def basic(self, name, password):
        return SITE.http("GET", "/Users?count=1", token=None, headers=django_project.basic(name, password))

    def make(self, name, **more):
        made = SITE.http("POST", "/Users", user(name, **more))
        self.assertEqual(made.status, 201, made)

    def test_http_basic_against_the_table_of_django(self):
        self.assertEqual(self.basic("root", "of all trees").status, 200)
        check_error(self, self.basic("plain", "vanilla"), 403)
        for name, password in (("root", "of all evil"), ("root", ""), ("nobody", "of all trees"), ("plain", "chocolate"),
                               ("gone", "with the wind")):
            with self.subTest((name, password)):
                refused = self.basic(name, password)
                check_error(self, refused, 401)
                challenges = [v for k, v in refused.headers if k.lower() == "www-authenticate"]
                self.assertTrue(any("Basic " in c for c in challenges), challenges)

    def test_what_the_application_changes_holds_at_once(self):
        boss = User.objects.create_superuser("boss", password="first")
        self.assertEqual(self.basic("boss", "first").status, 200)
        boss.set_password("second")
        boss.save()
        check_error(self, self.basic("boss", "first"), 401)
        self.assertEqual(self.basic("boss", "second").status, 200)
        boss.is_superuser = False
        boss.save()
        check_error(self, self.basic("boss", "second"), 403)

    def test_a_user_with_a_password_set_through_scim(self):
        self.make("promoted", password="by merit")
        User.objects.filter(username="promoted").update(is_superuser=True)
        self.assertEqual(self.basic("promoted", "by merit").status, 200)

    def test_without_a_usable_password(self):
        self.make("unusable")
        User.objects.filter(username="unusable").update(is_superuser=True)
        for password in ("", "!"):
            check_error(self, self.basic("unusable", password), 401)

    def test_is_superuser_of_a_name_that_nginx_verified(self):
        def verified(name):
            return SITE.http("GET", "//verified/", token=None, headers=django_project.basic(name, "nginx"))
        self.assertEqual(verified("root").status, 200)
        for name in ("plain", "gone"):
            check_error(self, verified(name), 403)


if __name__ == "__main__":
    unittest.main(verbosity=2)
