# SPDX-License-Identifier: MIT
"""What was measured, as tables."""
import datetime
import os
import pathlib
import platform

# Column, width, field of a row, format, what the field is multiplied with.
COLUMNS = [
    ("size", 8, "size", "%d", 1),
    ("clients", 8, "clients", "%d", 1),
    ("rate/s", 9, "rate", "%.0f", 1),
    ("ceiling", 9, "ceiling", "%.0f", 1),
    ("ratio", 7, "ratio", "%.0f%%", 100),
    ("cost us", 10, "cost_us", "%.1f", 1),
    ("raw us", 9, "raw_us", "%.1f", 1),
    ("nginx us", 10, "nginx_us", "%.1f", 1),
    ("p50 ms", 9, "p50_us", "%.2f", 1e-3),
    ("p99 ms", 9, "p99_us", "%.2f", 1e-3),
    ("bytes", 10, "bytes", "%.0f", 1),
    ("peak MB", 9, "peak_mb", "%.1f", 1),
]
NAME_WIDTH = 46

DIRECTORY_COLUMNS = [
    ("users", 10, "%d", lambda d: d["size"]),
    ("import s", 10, "%.1f", lambda d: d["users_seconds"]),
    ("cpu s", 8, "%.1f", lambda d: d["users_cpu_seconds"]),
    ("groups s", 10, "%.1f", lambda d: d["groups_seconds"]),
    ("cpu s", 8, "%.1f", lambda d: d["groups_cpu_seconds"]),
    ("JSON MB", 10, "%.1f", lambda d: (d["users_bytes"] + d["groups_bytes"]) / 1e6),
    ("database MB", 13, "%.1f", lambda d: d["database_bytes"] / 1e6),
    ("bytes/user", 12, "%.0f", lambda d: d["database_bytes"] / d["size"]),
    ("start ms", 10, "%.1f", lambda d: d["start_ms"]),
    ("RSS MB", 9, "%.1f", lambda d: d["rss_mb"]),
]


def machine():
    """What it was measured on, and when."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = info.partition("model name")[2].partition("\n")[0].lstrip("\t :") or platform.machine()
    return "%d x %s, Linux %s, %s" % (os.cpu_count(), model, platform.release(), datetime.date.today())


def print_machine():
    print(machine())


def print_head():
    print("%-*s" % (NAME_WIDTH, "workload") + "".join("%*s" % (column[1], column[0]) for column in COLUMNS), flush=True)


def print_row(row):
    cells = ["%*s" % (width, form % (row[field] * factor) if field in row else "-") for _, width, field, form, factor in COLUMNS]
    print("%-*s" % (NAME_WIDTH, row["what"]) + "".join(cells), flush=True)


def print_directories(directories):
    print("\n" + "".join("%*s" % (column[1], column[0]) for column in DIRECTORY_COLUMNS))
    for directory in directories:
        print("".join("%*s" % (width, form % of(directory)) for _, width, form, of in DIRECTORY_COLUMNS))


def print_targets(judged):
    """What targets.judged() says."""
    if not judged:
        return
    print("\n%-62s%12s%12s  met" % ("target", "measured", "bound"))
    for what, value, bound, met in judged:
        print("%-62s%12s%12s  %s" % (what, value, bound, "yes" if met else "no"))
