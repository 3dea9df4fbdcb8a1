# SPDX-License-Identifier: MIT
"""What was measured, as a table."""

# Column, width, how it is written.
COLUMNS = [
    ("size", 8, lambda r: "%d" % r["size"]),
    ("clients", 7, lambda r: "%d" % r["clients"]),
    ("rate/s", 9, lambda r: "%.0f" % r["rate"]),
    ("ceiling", 8, lambda r: "%.0f" % r["ceiling"]),
    ("ratio", 6, lambda r: "%.0f%%" % (100 * r["ratio"])),
    ("cost us", 9, lambda r: "%.1f" % r["cost_us"]),
    ("nginx us", 9, lambda r: "%.1f" % r["nginx_us"]),
    ("p50 ms", 8, lambda r: "%.2f" % (r["p50_us"] / 1000)),
    ("p99 ms", 8, lambda r: "%.2f" % (r["p99_us"] / 1000)),
    ("bytes", 9, lambda r: "%.0f" % r["bytes"]),
]
NAME_WIDTH = 38


def print_head():
    print("%-*s" % (NAME_WIDTH, "workload") + "".join("%*s" % (width, name) for name, width, _ in COLUMNS), flush=True)


def print_row(row):
    print("%-*s" % (NAME_WIDTH, row["what"]) + "".join("%*s" % (width, text(row)) for _, width, text in COLUMNS), flush=True)
