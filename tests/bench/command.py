# SPDX-License-Identifier: MIT
"""How long the command takes that people type, beside sqlite3 that selects the same row: process start included."""
import statistics
import subprocess
import time

ROUNDS = 60


def seconds_of(argv):
    start = time.perf_counter()
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    elapsed = time.perf_counter() - start
    if done.returncode != 0 or not done.stdout:
        raise AssertionError("%s: status %d\n%s" % (argv, done.returncode, done.stderr.decode()))
    return elapsed


def measure(programs, database, user_ids):
    """Medians in milliseconds. The two take turns, so that what else the machine does meets both."""
    ours, theirs = [], []
    for i in range(ROUNDS):
        user = user_ids[i % len(user_ids)]
        ours.append(seconds_of([programs.scimctl, "--db", "sqlite:%s" % database, "get", "users", user, "-o", "json"]))
        theirs.append(seconds_of(["sqlite3", "-readonly", "-json", database, "SELECT * FROM users WHERE id = '%s'" % user]))
    return {"command_ms": 1e3 * statistics.median(ours), "sqlite3_ms": 1e3 * statistics.median(theirs)}
