#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/bench/run in its shortest form: every workload gets the answers that it should, and table, plot and JSON come out.
No time is asserted, but that a slowed fsync slows.

usage: short_test.py BINARY_DIR
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from workloads import SEVERAL_NODES, WORKLOADS  # noqa: E402

BINARY_DIR = sys.argv.pop(1)
RUN = pathlib.Path(__file__).resolve().parent / "run"


def run(*arguments):
    # A library of ours comes before the sanitizer's (--fsync-ms), which would rather be the first.
    environment = dict(os.environ, ASAN_OPTIONS="verify_asan_link_order=0")
    return subprocess.run([RUN, "--binary-dir", BINARY_DIR, *arguments], capture_output=True, text=True, env=environment)


class Short(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="scimbench")))

    def measured(self, *arguments):
        """What it prints, and the JSON."""
        file = self.directory / "bench.json"
        done = run("--json", str(file), *arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout, json.loads(file.read_text())

    def test_every_workload_is_answered_as_it_should(self):
        table, found = self.measured("--size", "150", "--seconds", "0.03")
        possible = [w for w in WORKLOADS if w.group <= 100]
        self.assertEqual({(row["workload"], row["size"], row["clients"]) for row in found["rows"]},
                         {(w.name, 150, clients) for w in possible for clients in w.clients})
        for row in found["rows"]:
            self.assertEqual(row["wrong"], 0, row)
            self.assertGreater(row["requests"], 0, row)
            self.assertGreater(row["cost_us"], 0, row)
            self.assertIn(row["what"], table)
        self.assertIn("deep page by cursor: cost / first page", table)

    def test_the_plot_has_a_line_for_each_workload(self):
        plot = self.directory / "bench.svg"
        _, found = self.measured("--size", "150,300", "--seconds", "0.03", "--only", "get,active", "--svg", str(plot))
        self.assertEqual([d["size"] for d in found["directories"]], [150, 300])
        root = xml.etree.ElementTree.parse(plot).getroot()
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        lines = root.findall(".//{http://www.w3.org/2000/svg}polyline")
        self.assertEqual([len(line.get("points").split()) for line in lines], [2, 2])

    def test_both_engines(self):
        table, found = self.measured("--size", "150", "--seconds", "0.03", "--only", "get,deepCursor,create,member100",
                                     "--postgresql", "150", "--nodes", "1,2")
        both = [row for row in found["rows"] if "nodes" not in row]
        of_one = {(row["workload"], row["clients"]) for row in both}
        rows = [row for row in found["rows"] if "nodes" in row]
        self.assertEqual({(row["workload"], row["clients"], row["nodes"]) for row in rows},
                         {("postgresql." + name, clients, 1) for name, clients in of_one}
                         | {("postgresql." + name, 8, 2) for name, _ in of_one if name in SEVERAL_NODES})
        for row in rows:
            self.assertEqual((row["wrong"], row["size"]), (0, 150), row)
            self.assertGreater(row["requests"], 0, row)
            self.assertGreater(min(row["cost_us"], row["db_us"]), 0, row)
        move = found["moves"][0]
        self.assertEqual((move["size"], move["imported"]), (150, 150))
        self.assertGreater(move["rows"], 150)
        beside = table.partition("2 nodes")[2].partition("\n\n")[0].splitlines()[1:]
        self.assertEqual(len(beside), len(of_one), table)
        for line, row in zip(beside, both):
            self.assertTrue(line.startswith(row["what"]), line)

    def test_databases_are_kept_and_fsync_is_slowed(self):
        home = self.directory / "kept"
        arguments = ["--size", "150", "--seconds", "0.05", "--only", "create", "--data", str(home)]
        self.measured(*arguments)
        made = (home / "150/scim.db").read_bytes()
        _, found = self.measured(*arguments, "--fsync-ms", "5")
        self.assertGreaterEqual(found["rows"][0]["p50_us"], 5000)
        self.assertEqual((home / "150/scim.db").read_bytes(), made, "workloads that write have a copy of their own")

    def test_the_parts_of_a_request(self):
        done = subprocess.run([pathlib.Path(BINARY_DIR) / "tests/bench/bench_micro", "--benchmark_format=json",
                               "--benchmark_min_time=0.001"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {each["name"]: each for each in json.loads(done.stdout)["benchmarks"]}
        for name in ("filter/parse", "filter/bind", "filter/match", "json/write_user", "validate/user", "patch/active",
                     "request/get"):
            self.assertIn("allocations", found[name])
        self.assertEqual([each for each in found.values() if "error_occurred" in each], [])

    def test_what_is_not_known_is_refused(self):
        for arguments, message in ((["--only", "nothing"], "nothing"), (["--binary-dir", str(self.directory)], "not built"),
                                   (["--postgresql", "150", "--fsync-ms", "5"], "--fsync-ms")):
            done = run(*arguments)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(message, done.stderr)


unittest.main()
