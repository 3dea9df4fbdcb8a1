# SPDX-License-Identifier: MIT
"""What was measured, as tables."""
import datetime
import os
import pathlib
import platform

# Column, width, how it is written.
COLUMNS = [
    ("size", 8, lambda r: "%d" % r["size"]),
    ("clients", 8, lambda r: "%d" % r["clients"]),
    ("rate/s", 9, lambda r: "%.0f" % r["rate"]),
    ("ceiling", 9, lambda r: "%.0f" % r["ceiling"]),
    ("ratio", 7, lambda r: "%.0f%%" % (100 * r["ratio"])),
    ("cost us", 10, lambda r: "%.1f" % r["cost_us"]),
    ("raw us", 9, lambda r: "%.1f" % r["raw_us"]),
    ("nginx us", 10, lambda r: "%.1f" % r["nginx_us"]),
    ("p50 ms", 9, lambda r: "%.2f" % (r["p50_us"] / 1000)),
    ("p99 ms", 9, lambda r: "%.2f" % (r["p99_us"] / 1000)),
    ("bytes", 10, lambda r: "%.0f" % r["bytes"]),
    ("peak MB", 9, lambda r: "%.1f" % r["peak_mb"]),
]
NAME_WIDTH = 38

DIRECTORY_COLUMNS = [
    ("users", 10, lambda d: "%d" % d["size"]),
    ("import s", 10, lambda d: "%.1f" % d["users_seconds"]),
    ("groups s", 10, lambda d: "%.1f" % d["groups_seconds"]),
    ("JSON MB", 10, lambda d: "%.1f" % ((d["users_bytes"] + d["groups_bytes"]) / 1e6)),
    ("database MB", 13, lambda d: "%.1f" % (d["database_bytes"] / 1e6)),
    ("bytes/user", 12, lambda d: "%.0f" % (d["database_bytes"] / d["size"])),
    ("start ms", 10, lambda d: "%.1f" % d["start_ms"]),
    ("RSS MB", 9, lambda d: "%.1f" % d["rss_mb"]),
]


def machine():
    """What it was measured on, and when."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = info.partition("model name")[2].partition("\n")[0].lstrip("\t :") or platform.machine()
    return "%d x %s, Linux %s, %s" % (os.cpu_count(), model, platform.release(), datetime.date.today())


def print_machine():
    print(machine())


def print_head():
    print("%-*s" % (NAME_WIDTH, "workload") + "".join("%*s" % (width, name) for name, width, _ in COLUMNS), flush=True)


def print_row(row):
    print("%-*s" % (NAME_WIDTH, row["what"]) + "".join("%*s" % (width, text(row)) for _, width, text in COLUMNS), flush=True)


def print_directories(directories):
    print("\n" + "".join("%*s" % (width, name) for name, width, _ in DIRECTORY_COLUMNS))
    for directory in directories:
        print("".join("%*s" % (width, text(directory)) for _, width, text in DIRECTORY_COLUMNS))


def print_targets(judged):
    """What targets.judged() says."""
    if not judged:
        return
    print("\n%-62s%12s%12s  met" % ("target", "measured", "bound"))
    for what, value, bound, met in judged:
        print("%-62s%12s%12s  %s" % (what, value, bound, "yes" if met else "no"))
