# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether each engine would find a bug at all: before a campaign begins it has to find the canary, a
bug that the targets show on demand (harness/fuzz_canary.h), beginning from nothing.

That takes a program that runs, instrumentation, a mutator that makes programs, and checks that look.
"""

import os
import shutil
import time

import processes
from corpus import Corpus
from counters import Counts
from findings import PROGRAMS
from run import ENGINES, Run
from trouble import ENVIRONMENT, Trouble

PATIENCE = 60


def canary(directory, settings, engine, target, environment):
    """Raises Trouble unless it is found."""
    nest = os.path.join(directory, "canary")
    label = ENGINES[engine].LABEL
    shutil.rmtree(nest, ignore_errors=True)
    run = Run(directory, settings, engine, Corpus(nest, target), "canary", 0)
    shutil.rmtree(run.folder, ignore_errors=True)
    if os.path.exists(run.counters):
        os.unlink(run.counters)
    run.start({**environment, "VMAFUZZ_CANARY": "1"})
    try:
        while time.monotonic() - run.began < PATIENCE:
            ended = run.has_ended()
            found = any(run.engine.artifacts(run))
            if found or ended:
                break
            processes.pause(0.05)
    finally:
        run.bury()
    run.look()
    wrong = run.engine.misses(run)
    if found and not wrong:
        return
    if found:
        raise Trouble(ENVIRONMENT, f"{label} on {target}: {wrong}")
    counts = Counts()
    counts.add(run.counters)
    with open(run.log, encoding="utf-8", errors="replace") as file:
        last = "".join(file.readlines()[-15:])
    raise Trouble(ENVIRONMENT, f"{label} did not find the canary in {target} within {PATIENCE} s "
                  f"({wrong or f'{counts.executions} executions'}); it would not find a bug either."
                  f" Its last lines:\n{last}")


def check(directory, settings, environment, say):
    """One program target for each engine."""
    for engine in settings["engines"]:
        targets = [target for target in settings["targets"] if target in PROGRAMS]
        if not targets:
            say(f"no canary for {ENGINES[engine].LABEL}: none of the targets has one")
            continue
        began = time.monotonic()
        canary(directory, settings, engine, targets[0], environment)
        say(f"{ENGINES[engine].LABEL} found the canary in {targets[0]} after "
            f"{time.monotonic() - began:.1f} s")
    for name in (os.path.join("workers", "canary"), "canary"):
        shutil.rmtree(os.path.join(directory, name), ignore_errors=True)
    for name in os.listdir(os.path.join(directory, "counters")):
        if ".canary." in name:
            os.unlink(os.path.join(directory, "counters", name))
