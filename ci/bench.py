#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures one or two build trees in turns and prints the medians; see ci/bench.sh."""

import argparse
import collections
import csv
import os
import re
import statistics
import subprocess
import sys
import tempfile

# What design and README promise: name of the row, wanted, least.
RUN_AIM = (3_000_000, 1_500_000)
ENGINE_AIM = 925_000
CACHED_AIM, RANDOM_AIM = 4, 8
# A throw-away target around the mm/vma.c of 6.12.117, with a page shadow and no model, as it was
# measured once on a machine of this kind: without sanitizers, and with both under libFuzzer.
PROTOTYPE = (1_520_000, 185_000)

# As ci/fuzz.sh runs the targets.
ASAN = "malloc_context_size=0:detect_leaks=0"


class Samples:
    """Units per processor second by (tree, row), one value per repetition."""

    def __init__(self):
        self.values = collections.defaultdict(list)

    def add(self, tree, row, count, seconds):
        self.values[tree, row].append(count / seconds if seconds > 0 else 0)

    def median(self, tree, row):
        values = self.values.get((tree, row))
        return statistics.median(values) if values else None


def run(command, **environment):
    """Output and processor seconds of a command, its children included."""
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT,
                                 env={**os.environ, "ASAN_OPTIONS": ASAN, **environment})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if child.returncode:
        sys.exit(f"{' '.join(command[:4])} ... ended with {child.returncode}:\n{text[-2000:]}")
    return text, usage.ru_utime + usage.ru_stime


def measure_parts(samples, tree, build, arguments):
    command = [f"{tree}/{build}/vmafuzz_bench", "parts", str(arguments.seconds), "each"]
    files = [entry.path for entry in os.scandir(arguments.corpus)]
    for line in run(command + sorted(files))[0].splitlines():
        kind, name, count, seconds = line.split(",")
        samples.add(tree, f"{build} {kind} {name}", int(count), float(seconds))


def measure_engine(samples, tree, part, arguments, target="vmafuzz_bench_engine", of=""):
    """libFuzzer's own work included; inputs keep their 32 operations."""
    runs = arguments.runs * (50 if part == "empty" else 1)
    text, _ = run([f"{tree}/fuzz/{target}", "-seed=1", f"-runs={runs}",
                   "-max_len=528", "-len_control=0", "-reload=0", "-detect_leaks=0",
                   "-artifact_prefix=" + arguments.scratch + "/", arguments.scratch,
                   arguments.corpus], VMAFUZZ_BENCH_PART=part,
                  VMAFUZZ_BENCH_SKIP=str(runs // 3))
    counts = re.search(r"bench: executions=(\d+) operations=(\d+) seconds=([\d.]+)", text)
    seconds = float(counts[3])
    samples.add(tree, f"{of}engine executions {part}", int(counts[1]), seconds)
    samples.add(tree, f"{of}engine operations {part}", int(counts[2]), seconds)
    for name in os.listdir(arguments.scratch):
        os.remove(os.path.join(arguments.scratch, name))


def measure_run(samples, tree, arguments, subject="core", of=""):
    text, seconds = run([f"{tree}/release/vmafuzz", "run", "--seed", "1", "--keep", "0",
                         "--subject", subject, "--programs", str(arguments.programs)])
    operations = re.search(r"^subject=.* operations=(\d+)", text, re.MULTILINE)
    samples.add(tree, of + "run operations", int(operations[1]), seconds)


def measure_linux(samples, tree, arguments):
    subject = "linux=" + arguments.linux
    run([f"{tree}/release/vmafuzz", "doctor", "--subject", subject])  # its object is built once
    measure_run(samples, tree, arguments, subject, "linux ")
    measure_engine(samples, tree, "all", arguments, "vmafuzz_bench_linux", "linux ")


def measure_map(samples, tree, arguments):
    command = [f"{tree}/release/vmafuzz_bench", "map"] + (["quick"] if arguments.quick else [])
    for line in run(command)[0].splitlines():
        _, name, count, seconds = line.split(",")
        samples.add(tree, f"map {name}", int(count), float(seconds))


def measure_all(arguments):
    samples = Samples()
    for _ in range(arguments.repetitions):
        for tree in arguments.trees:
            measure_run(samples, tree, arguments)
            for build in ("release", "fuzz"):
                measure_parts(samples, tree, build, arguments)
            for part in ("empty", "all"):
                measure_engine(samples, tree, part, arguments)
            measure_map(samples, tree, arguments)
        if arguments.linux:
            measure_linux(samples, arguments.trees[0], arguments)
    return samples


def number(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def print_table(title, head, rows):
    print(f"\n{title}")
    rows = [head] + rows
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())


def print_parts(samples, tree):
    names = [row.split()[2] for (of, row) in samples.values
             if of == tree and row.startswith("release executions")]
    rows = []
    for name in names:
        release = samples.median(tree, f"release executions {name}")
        fuzz = samples.median(tree, f"fuzz executions {name}")
        rows.append([name, number(release), number(1e6 / release, 2), number(fuzz),
                     number(1e6 / fuzz, 2), number(release / fuzz, 1)])
    print_table("parts of an execution of 32 operations, in process (executions/s and us each)",
                ["part", "release", "us", "ASan+UBSan", "us", "times"], rows)


def print_rates(samples, tree):
    operations = samples.median(tree, "run operations")
    empty = samples.median(tree, "engine executions empty")
    executions = samples.median(tree, "engine executions all")
    engine = samples.median(tree, "engine operations all")
    print_table("checked operations per processor second, one core", ["what", "rate", "aim", ""], [
        ["vmafuzz run, release", number(operations), number(RUN_AIM[0]),
         f"{operations / RUN_AIM[0]:.0%} (least: {number(RUN_AIM[1])})"],
        ["fuzz_merge, libFuzzer+ASan+UBSan", number(engine), number(ENGINE_AIM),
         f"{engine / ENGINE_AIM:.0%}"],
        ["  executions", number(executions), "", ""],
        ["  executions, empty target", number(empty), "", f"share: {executions / empty:.1%}"],
    ])


def print_linux(samples, tree):
    rows = []
    for what, row, prototype in (("vmafuzz run, release", "run operations", PROTOTYPE[0]),
                                 ("libFuzzer+ASan+UBSan", "engine operations all", PROTOTYPE[1])):
        core, tree_rate = samples.median(tree, row), samples.median(tree, "linux " + row)
        rows.append([what, number(core), number(tree_rate), f"{tree_rate / core:.0%}",
                     number(prototype), f"{tree_rate / prototype:.0%}"])
    print_table("the mm/vma.c of Linux 6.12 beside the core, checked operations as above; its "
                "prototype had no model", ["what", "core", "linux", "of core", "prototype",
                                           "of prototype"], rows)


def map_rows(samples, tree):
    """[call, pattern, {VMAs: calls per second}], in order of appearance."""
    rows = collections.OrderedDict()
    for (of, row) in samples.values:
        if of == tree and row.startswith("map "):
            _, call, pattern, vmas = row.split()
            rows.setdefault((call, pattern), {})[int(vmas)] = samples.median(tree, row)
    return rows


def print_map(samples, tree):
    rows = []
    growth = collections.defaultdict(list)
    for (call, pattern), rates in map_rows(samples, tree).items():
        sizes = sorted(rates)
        times = [rates[sizes[0]] / rates[size] for size in sizes]
        rows.append([f"{call}, {pattern}", number(1e9 / rates[sizes[0]])]
                    + [number(value, 2) for value in times[1:]])
        if call != "find":
            growth[pattern].append(times[-1])
    for pattern, aim in (("cached", CACHED_AIM), ("random", RANDOM_AIM)):
        mean = statistics.geometric_mean(growth[pattern])
        rows.append([f"operations, {pattern} (at most {aim})", "", "", number(mean, 2)])
    print_table("one call of the core: ns at 64 VMAs, and how many times that at more",
                ["call", "64", "4,096", "65,530"], rows)


def print_ratios(samples, here, there):
    rows = []
    for (tree, row) in samples.values:
        new, old = samples.median(tree, row), samples.median(there, row)
        if tree == here and old:
            rows.append([row, number(old), number(new), number(new / old, 2)])
    print_table("against the other revision (units per processor second)",
                ["row", "there", "here", "here/there"], rows)


def write_results(samples, arguments):
    with open(arguments.results, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["tree", "row", "median_per_second", "lowest", "highest"])
        for (tree, row), values in samples.values.items():
            writer.writerow([os.path.basename(tree), row, f"{statistics.median(values):.3f}",
                             f"{min(values):.3f}", f"{max(values):.3f}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repetitions", type=int)
    parser.add_argument("--results", required=True)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--linux", metavar="TREE", help="of a kernel, to measure as well")
    parser.add_argument("trees", nargs="+", help="with release/ and fuzz/ below it")
    arguments = parser.parse_args()
    arguments.repetitions = arguments.repetitions or (3 if arguments.quick else 7)
    arguments.seconds = 0.05 if arguments.quick else 0.2
    arguments.programs = 10000 if arguments.quick else 40000
    arguments.runs = 20000 if arguments.quick else 60000
    with tempfile.TemporaryDirectory() as arguments.scratch:
        samples = measure_all(arguments)
    here = arguments.trees[0]
    print_rates(samples, here)
    if arguments.linux:
        print_linux(samples, here)
    print_parts(samples, here)
    print_map(samples, here)
    if len(arguments.trees) > 1:
        print_ratios(samples, here, arguments.trees[1])
    write_results(samples, arguments)
    print(f"\nall numbers: {arguments.results}")


main()
