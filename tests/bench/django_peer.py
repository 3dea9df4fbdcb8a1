# SPDX-License-Identifier: MIT
"""django-scim2-server on the same data and through the same nginx: gunicorn with two workers, as its documents have it."""
import json
import os
import pathlib

from data import OUTSIDERS, Directory
from site_of import ROOT, BenchSite
from workloads import ENTERPRISE

PEER = ROOT / "tests/bench/peer"
NAMES = ("get", "userName", "emails", "list", "create", "active", "member1000")
WORKERS = 2


def python_of(binary_dir):
    """Of the virtual environment with the pinned packages."""
    os.environ.setdefault("SCIMCTL_BUILD", str(binary_dir))
    import virtual_environment
    return virtual_environment.make("django_bench")


class PeerDirectory(Directory):
    """Has no database for scim-fcgi: what is asked for is chosen as there."""

    def __init__(self, programs, home, size, python):
        self.programs, self.size = programs, size
        self.database = home / "django.db"
        files = []
        for noun, arguments in (("users", ["users", 0, size + OUTSIDERS]), ("groups", ["groups", size])):
            files.append(home / (noun + ".jsonl"))
            files[-1].write_text(programs.output(programs.data, *arguments))
        found = json.loads(programs.output(python, PEER / "fill.py", *files, size, env=environment(self.database)))
        self.sample, self.outsiders = found["sample"], found["outsiders"]
        self.groups = {int(size): group for size, group in found["groups"].items()}
        self.made = size + OUTSIDERS

    def new_users(self, count):
        """Without the enterprise extension, which it refuses."""
        users = [json.loads(user) for user in super().new_users(count)]
        return [json.dumps(dict({k: v for k, v in user.items() if k != ENTERPRISE}, schemas=user["schemas"][:1]))
                for user in users]


def environment(database):
    return dict(os.environ, DJANGO_DATABASE=str(database), DJANGO_SETTINGS_MODULE="settings", PYTHONPATH=str(PEER),
                PYTHONDONTWRITEBYTECODE="1")


class PeerSite(BenchSite):
    def __init__(self, programs, database, python):
        super().__init__(programs, "sqlite:%s" % database, "of-the-peer")
        self.database, self.python = database, python

    def start_all(self):
        gunicorn = self.start([self.python, "-m", "gunicorn", "--workers", WORKERS, "--bind", "unix:" + self.socket,
                               "django.core.wsgi:get_wsgi_application()"], "gunicorn.log", env=environment(self.database))
        nginx = self.start_nginx_with(
            "upstream peer { server unix:%s; keepalive 16; }" % self.socket,
            'location /scim/ { proxy_pass http://peer; proxy_http_version 1.1; proxy_set_header Connection ""; '
            "proxy_set_header Host 127.0.0.1; client_max_body_size 10m; }")
        self.first_answer({self.socket: gunicorn}, "/ServiceProviderConfig")
        children = pathlib.Path("/proc/%d/task/%d/children" % ((gunicorn.process.pid,) * 2)).read_text().split()
        self.pids = dict({"worker%d" % i: int(pid) for i, pid in enumerate(children)}, nginx=nginx.process.pid)
