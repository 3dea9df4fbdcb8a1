# SPDX-License-Identifier: MIT
"""Directories of a size: imported once, kept, and described by a sample of their users."""
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.parse

from site_of import BenchSite

OUTSIDERS = 64  # users who are in no group, for adding to groups
SAMPLE = 2000
GROUP_SIZES = (100, 1000, 10000, 100000)


def cpu_of_children():
    """Seconds of processor time of all that have ended."""
    times = os.times()
    return times.children_user + times.children_system


class Directory:
    """A database of `size` users, with its token. What is asked for is chosen from `sample`, users spread over all of it."""

    def __init__(self, programs, home, size):
        self.programs, self.size = programs, size
        self.path = home / str(size)
        self.database = self.path / "scim.db"
        described = self.path / "directory.json"
        if not described.exists():
            self.make(described)
        self.facts = json.loads(described.read_text())
        self.token, self.sample, self.outsiders = (self.facts.pop(name) for name in ("token", "sample", "outsiders"))
        self.groups = {int(size): found for size, found in self.facts.pop("groups").items()}
        self.made = size + OUTSIDERS  # the number of the next new user

    @property
    def url(self):
        return "sqlite:%s" % self.database

    def make(self, described):
        self.path.mkdir(parents=True, exist_ok=True)
        for file in self.path.glob("scim.db*"):
            file.unlink()
        config = self.path / "import.toml"
        config.write_text('[database]\nurl = "%s"\n' % self.url)
        facts = {}
        for noun, arguments in (("users", ["users", 0, self.size + OUTSIDERS]), ("groups", ["groups", self.size])):
            lines = self.path / (noun + ".jsonl")
            with open(lines, "w") as out:
                subprocess.run([self.programs.data, *map(str, arguments)], stdout=out, check=True)
            facts[noun + "_bytes"] = lines.stat().st_size
            start, cpu = time.monotonic(), cpu_of_children()
            self.scimctl(config, "import", noun, lines)
            facts[noun + "_seconds"] = time.monotonic() - start
            facts[noun + "_cpu_seconds"] = cpu_of_children() - cpu
            lines.unlink()
        facts["database_bytes"] = sum(file.stat().st_size for file in self.path.glob("scim.db*"))
        facts["token"] = self.scimctl(config, "token", "create", "bench").strip()
        described.write_text(json.dumps(dict(facts, **self.describe(facts["token"]))))

    def scimctl(self, config, *arguments):
        done = subprocess.run([self.programs.scimctl, "--config", config, *arguments], text=True, capture_output=True)
        if done.returncode != 0:
            sys.exit("scimctl %s: %s" % (" ".join(map(str, arguments)), done.stderr[-2000:]))
        return done.stdout

    def describe(self, token):
        with BenchSite(self.programs, self.url, token) as site:
            site.start_all()

            def find(path, text):
                query = urllib.parse.urlencode({"filter": text, "excludedAttributes": "members"})
                answer = site.http("GET", path + "?" + query)
                if answer.status != 200:
                    sys.exit("%s: %r" % (text, answer))
                return answer.json()["Resources"][0]

            def users(first, count, step):
                return [find("/Users", 'userName eq "%s"' % json.loads(line)["userName"])
                        for line in self.lines(first, count, step)]

            count = min(SAMPLE, self.size)
            groups = {size: find("/Groups", 'displayName eq "size-%d"' % size) for size in GROUP_SIZES if size <= self.size}
            return {"sample": users(0, count, self.size // count), "outsiders": users(self.size, OUTSIDERS, 1),
                    "groups": {size: found["id"] for size, found in groups.items()}}

    def lines(self, first, count, step=1):
        """Users as JSON."""
        return self.programs.output(self.programs.data, "users", first, count, step).splitlines()

    def new_users(self, count):
        """JSON of users who are not there yet, others each time."""
        first, self.made = self.made, self.made + count
        return self.lines(first, count)

    def copy_to(self, folder):
        """What is served from here on: the database itself stays as it was made."""
        for file in self.path.glob("scim.db*"):
            shutil.copy(file, folder)
        self.database = folder / "scim.db"
