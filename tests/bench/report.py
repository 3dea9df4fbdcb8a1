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
POSTGRESQL_COLUMNS = [
    *COLUMNS[:2],
    ("nodes", 7, "nodes", "%d", 1),
    *COLUMNS[2:6],
    ("db us", 9, "db_us", "%.1f", 1),
    *COLUMNS[6:],
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
    ("scimctl ms", 12, "%.2f", lambda d: d["command_ms"]),
    ("sqlite3 ms", 12, "%.2f", lambda d: d["sqlite3_ms"]),
]

MOVED_COLUMNS = [
    ("users", 10, "%d", lambda m: m["size"]),
    ("rows", 10, "%d", lambda m: m["rows"]),
    ("copy s", 9, "%.1f", lambda m: m["move_seconds"]),
    ("rows/s", 9, "%.0f", lambda m: m["rows"] / m["move_seconds"]),
    ("analyze s", 11, "%.1f", lambda m: m["analyze_seconds"]),
    ("database MB", 13, "%.1f", lambda m: m["database_bytes"] / 1e6),
    ("bytes/user", 12, "%.0f", lambda m: m["database_bytes"] / m["size"]),
    ("imported", 10, "%d", lambda m: m["imported"]),
    ("import s", 10, "%.1f", lambda m: m["import_seconds"]),
    ("users/s", 9, "%.0f", lambda m: m["imported"] / m["import_seconds"]),
    ("start ms", 10, "%.1f", lambda m: m["sites"][0]["start_ms"]),
    ("RSS MB", 9, "%.1f", lambda m: m["sites"][0]["rss_mb"]),
]


def machine():
    """What it was measured on, and when."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = info.partition("model name")[2].partition("\n")[0].lstrip("\t :") or platform.machine()
    return "%d x %s, Linux %s, %s" % (os.cpu_count(), model, platform.release(), datetime.date.today())


def print_machine():
    print(machine())


def print_head(title="workload", columns=COLUMNS):
    print("%-*s" % (NAME_WIDTH, title) + "".join("%*s" % (column[1], column[0]) for column in columns), flush=True)


def print_row(row, columns=COLUMNS):
    cells = ["%*s" % (width, form % (row[field] * factor) if field in row else "-") for _, width, field, form, factor in columns]
    print("%-*s" % (NAME_WIDTH, row["what"]) + "".join(cells), flush=True)


def print_directories(directories, columns=DIRECTORY_COLUMNS):
    print("\n" + "".join("%*s" % (column[1], column[0]) for column in columns))
    for directory in directories:
        print("".join("%*s" % (width, form % of(directory)) for _, width, form, of in columns))


def print_engines(sqlite, moved):
    """The rates of both engines side by side: rows on SQLite, and those of the same size on PostgreSQL."""
    nodes = sorted({row["nodes"] for row in moved})
    rates = {(row["what"], row["size"], row["clients"], row["nodes"]): row["rate"] for row in moved}
    heads = ["size", "clients", "SQLite", *("%d node%s" % (n, "s"[:n > 1]) for n in nodes), "1 / SQLite"]
    print("\n%-*s" % (NAME_WIDTH, "requests a second, SQLite and PostgreSQL") + "".join("%12s" % head for head in heads))
    for row in sqlite:
        key = (row["what"], row["size"], row["clients"])
        found = [rates.get((*key, n)) for n in nodes]
        if any(found):
            one = rates.get((*key, 1))
            cells = ["%d" % row["size"], "%d" % row["clients"], *("%.0f" % rate if rate else "-" for rate in [row["rate"], *found]),
                     "%.2f" % (one / row["rate"]) if one else "-"]
            print("%-*s" % (NAME_WIDTH, row["what"]) + "".join("%12s" % cell for cell in cells))


def print_targets(judged):
    """What targets.judged() says."""
    if not judged:
        return
    print("\n%-62s%12s%12s  met" % ("target", "measured", "bound"))
    for what, value, bound, met in judged:
        print("%-62s%12s%12s  %s" % (what, value, bound, "yes" if met else "no"))
