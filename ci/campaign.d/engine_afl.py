# SPDX-License-Identifier: GPL-2.0-or-later
"""AFL++ as one worker: how it is started, what it writes where, how it ends.

Each run has a folder of its own that begins from the corpus, so that nothing depends on resuming. It
gets others' inputs as from another instance it syncs with, whose queue is numbered in the order in
which they came. afl-fuzz ends with 0 whether or not it found something: its folders are what counts.
"""

import os
import re
import shutil
import signal

import corpus
import durable

NAME = "afl"
LABEL = "AFL++"
STOP = signal.SIGINT
GRACE = 10
MOVES = False  # it goes on reading its queue
FOUND = ()
SCHEDULES = ("fast", "explore")  # those that a main instance may have; only it syncs with all
SMALLEST = 16
WARNING = re.compile(rb"Mistyped AFL environment variable: (\S+)")
# What a target without instrumentation is told.
BARE = re.compile(rb"No instrumentation detected")


def out(run, *names):
    return os.path.join(run.folder, "out", *names)


def prepare(run):
    shutil.rmtree(out(run), ignore_errors=True)
    os.makedirs(out(run, "pool", "queue"))
    if not os.listdir(run.inputs):  # with nothing it would not start
        durable.write(os.path.join(run.inputs, "zeros"), bytes(SMALLEST), lasting=False)


def command(run):
    return ["afl-fuzz", "-i", run.inputs, "-o", out(run), "-M", "main",
            "-p", SCHEDULES[run.number % len(SCHEDULES)], "-s", str(run.seed), "-t", "1000",
            "-m", str(run.memory), "-g", str(SMALLEST), "-G", str(corpus.largest(run.target)), "--",
            run.binary]


def environment(run):
    values = {"AFL_NO_UI": "1", "AFL_NO_AFFINITY": "1",
              "AFL_SKIP_CPUFREQ": "1", "AFL_SKIP_CRASHES": "1", "AFL_NO_CRASH_README": "1",
              "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_HANG_TMOUT": "10000",
              "AFL_FORKSRV_INIT_TMOUT": "30000", "AFL_SYNC_TIME": "1"}
    if run.mutator:
        values["AFL_CUSTOM_MUTATOR_LIBRARY"] = run.mutator
        values["VMAFUZZ_TARGET"] = run.target[len("fuzz_"):]
    return values


def new_inputs(run, ended):
    """Paths in its queue that are not from outside, and their content. The last it may still be
    writing."""
    folder = out(run, "main", "queue")
    names = [name for name in durable.files_of(folder) if name.startswith("id:")]
    for name in names if ended else names[:-1]:
        if name not in run.seen:
            run.seen.add(name)
            if ",orig:" not in name and ",sync:" not in name:
                path = os.path.join(folder, name)
                yield path, durable.read(path)


def send(run, paths):
    for path in paths:
        os.link(path, out(run, "pool", "queue", f"id:{run.sent:06},src:pool"))
        run.sent += 1


def artifacts(run):
    for folder, kind in (("crashes", "crash"), ("hangs", "timeout")):
        for name in durable.files_of(out(run, "main", folder)):
            if name.startswith("id:"):
                yield out(run, "main", folder, name), kind


def progress(run):
    try:
        with open(out(run, "main", "fuzzer_stats"), encoding="utf-8") as file:
            lines = (line.partition(":") for line in file)
            stats = {key.strip(): value.strip() for key, _, value in lines}
        run.progress["edges"] = int(stats["edges_found"])
        run.progress["stability"] = float(stats["stability"].rstrip("%"))
    except (FileNotFoundError, KeyError, ValueError):
        return  # written once a minute, and not in one piece


def misses(run):
    with open(run.log, "rb") as file:
        text = file.read(2**16)
    wrong = WARNING.search(text)
    if wrong:
        return f"afl-fuzz does not know {wrong[1].decode()}"
    if BARE.search(text):
        return "no instrumentation"
    if run.progress.get("stability", 100) < 100:
        return "stability is below 100 %: an input does not always do the same"
    return None
