# SPDX-License-Identifier: GPL-2.0-or-later
"""libFuzzer as one worker: how it is started, what it writes where, how it ends.

Its time is not left to it (`-max_total_time` looks at the clock on the wall, `-fork` overruns it), and
neither is where its files go.
"""

import os
import re
import signal

import corpus
import durable

NAME = "libfuzzer"
LABEL = "libFuzzer"
STOP = signal.SIGUSR1  # ends it in order, with its last numbers; SIGINT does not
GRACE = 10
MOVES = True  # what it found may be taken away
# How it ends when it has found something: an error, a timeout, too much memory.
FOUND = (77, 70, 71, -signal.SIGABRT)
PROGRESS = re.compile(rb"^#(\d+)\s+\S+.*?cov: (\d+) ft: (\d+)", re.M)
MODULE = re.compile(rb"Loaded \d+ modules\s+\((\d+) inline 8-bit counters\)")
KINDS = ("crash", "timeout", "oom", "leak")
# Leaks and stacks of allocations cost a third of the speed; findings are replayed with both.
SANITIZER = "malloc_context_size=0:detect_leaks=0:allocator_may_return_null=1:handle_abort=1"


def prepare(run):
    for folder in ("new", "artifacts"):
        os.makedirs(os.path.join(run.folder, folder), exist_ok=True)


def command(run):
    return [run.binary, os.path.join(run.folder, "new"), run.inputs, f"-seed={run.seed}",
            "-reload=1", f"-max_len={corpus.largest(run.target)}", "-timeout=10",
            f"-rss_limit_mb={run.memory}", "-detect_leaks=0", "-print_final_stats=1",
            f"-artifact_prefix={run.folder}/artifacts/"]


def environment(_):
    return {"ASAN_OPTIONS": SANITIZER, "UBSAN_OPTIONS": "print_stacktrace=1"}


def new_inputs(run, ended):
    """Paths of what it has written, and their content. Most of it is replaced by a shorter input within
    seconds, and what has been taken away by then stays: only what is there for the second time is
    taken. A file it is still writing is not yet what its name says."""
    folder = os.path.join(run.folder, "new")
    names = durable.files_of(folder)
    seen, run.seen = run.seen, set(names)
    for name in names:
        path = os.path.join(folder, name)
        if name in run.corpus.known:  # it was sent, or others found it as well
            durable.remove(path)
            continue
        if name not in seen and not ended:
            continue
        try:
            content = durable.read(path)
        except FileNotFoundError:
            continue  # replaced by a shorter one
        if durable.name_of(content) == name or ended:
            yield path, content


def send(run, paths):
    """It looks for new files in the folder it writes to, whenever that has changed."""
    for path in paths:
        to = os.path.join(run.folder, "new", os.path.basename(path))
        try:
            os.link(path, to)
        except FileExistsError:  # it found the same since
            continue


def artifacts(run):
    """(path, kind) of what it found."""
    folder = os.path.join(run.folder, "artifacts")
    for name in durable.files_of(folder):
        kind = name.partition("-")[0]
        if kind in KINDS:
            yield os.path.join(folder, name), kind


def progress(run):
    """What its log says since it was looked at last."""
    with open(run.log, "rb") as file:
        file.seek(run.read_to)
        text = file.read()
    whole = text.rfind(b"\n") + 1
    run.read_to += whole
    module = MODULE.search(text)
    if module:
        run.progress["instrumented"] = int(module[1])
    last = None
    for last in PROGRESS.finditer(text[:whole]):
        pass
    if last:
        run.progress["edges"] = int(last[2])
        run.progress["features"] = int(last[3])


def misses(run):
    """What it complains of, as a sentence, or None."""
    if run.progress.get("instrumented", 1) == 0:
        return "no instrumentation"
    return None
