# SPDX-License-Identifier: MIT
"""Directories of a size: made once, kept, and described by a sample of their users."""
import json
import subprocess
import sys
import time
import urllib.parse

from site_of import BenchSite

OUTSIDERS = 64  # users who are in no group, for adding to groups
SAMPLE = 2000
CHUNK = 20000  # scimctl create reads a file whole
GROUP_SIZES = (100, 1000, 10000, 100000)


class Directory:
    """A database of `size` users, with its token. What is asked for is chosen from `sample`, users spread over all of it."""

    def __init__(self, programs, home, size):
        self.programs, self.size = programs, size
        self.path = home / str(size)
        self.database = self.path / "scim.db"
        self.token_file = self.path / "token"
        self.described = self.path / "sample.json"
        if not self.described.exists():
            self.make()
        self.token = self.token_file.read_text().strip()
        found = json.loads(self.described.read_text())
        self.sample, self.outsiders, self.groups = found["sample"], found["outsiders"], found["groups"]
        self.load_seconds = found["load_seconds"]

    def make(self):
        self.path.mkdir(parents=True, exist_ok=True)
        for name in ("scim.db", "scim.db-wal", "scim.db-shm"):
            (self.path / name).unlink(missing_ok=True)
        start = time.monotonic()
        config = self.path / "load.toml"
        config.write_text('[database]\nurl = "sqlite:%s"\nsynchronous = "normal"\n' % self.database)
        ids = self.path / "ids"
        with open(ids, "w") as kept:
            for first in range(0, self.size + OUTSIDERS, CHUNK):
                count = min(CHUNK, self.size + OUTSIDERS - first)
                self.create("users", self.programs.output(self.programs.data, "users", first, count), config, kept)
        groups = subprocess.Popen([self.programs.data, "groups", str(self.size), ids], stdout=subprocess.PIPE, text=True)
        while lines := groups.stdout.readlines(10 << 20):
            self.create("groups", "".join(lines), config)
        groups.wait()
        load_seconds = time.monotonic() - start
        token = self.programs.output(self.programs.scimctl, "--config", config, "token", "create", "bench").strip()
        self.token_file.write_text(token)
        self.describe(token, load_seconds)

    def create(self, noun, lines, config, ids=None):
        done = subprocess.run([self.programs.scimctl, "--config", config, "create", noun, "-f", "-", "-o", "csv", "--columns", "id"],
                              input=lines, text=True, capture_output=True)
        if done.returncode != 0:
            sys.exit("scimctl create %s: %s" % (noun, done.stderr[-2000:]))
        if ids:
            ids.write(done.stdout.partition("\n")[2])

    def describe(self, token, load_seconds):
        with BenchSite(self.programs, self.database, token) as site:
            site.start_all()
            def find(path, text):
                query = urllib.parse.urlencode({"filter": text, "excludedAttributes": "members"})
                answer = site.http("GET", path + "?" + query).json()
                return answer["Resources"][0] if answer["Resources"] else None
            def users(first, count, step):
                lines = self.programs.output(self.programs.data, "users", first, count, step).splitlines()
                return [find("/Users", 'userName eq "%s"' % json.loads(line)["userName"]) for line in lines]
            count = min(SAMPLE, self.size)
            groups = {size: find("/Groups", 'displayName eq "size-%d"' % size) for size in GROUP_SIZES if size <= self.size}
            self.described.write_text(json.dumps({
                "sample": users(0, count, self.size // count), "outsiders": users(self.size, OUTSIDERS, 1),
                "groups": {str(size): found["id"] for size, found in groups.items()}, "load_seconds": load_seconds}))
