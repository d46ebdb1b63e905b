# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether what runs tests anything. What is said here makes a campaign a failure. A
sentence has no number that changes: it is said once."""

from findings import PROGRAMS
from run import ENGINES

PATIENCE = 60  # seconds without a single execution
EDGES = 100  # fewer are no instrumentation to speak of
ENOUGH = 10000  # executions after which some operation must have been among them
FAILURES = 5  # in a row


def of_run(run, age, executions, idle):
    """Sentences about one running engine. `idle`: seconds since it executed something."""
    what = f"{run.engine.LABEL} on {run.target}"
    wrong = run.engine.misses(run)
    if wrong:
        yield f"{what}: {wrong}"
    if age > PATIENCE and idle > PATIENCE:
        yield f"{what}: no executions for more than {PATIENCE} s"
    edges = run.progress.get("edges")
    if edges is not None and executions > ENOUGH and edges < EDGES:
        yield f"{what}: fewer than {EDGES} edges, which is no instrumentation"


def of_counts(engine, target, counts):
    """About all that an engine did with a target."""
    if target in PROGRAMS and counts.executions > ENOUGH and not counts.operations:
        yield (f"{ENGINES[engine].LABEL} on {target}: more than {ENOUGH} executions without a "
               "single operation: the generator is dead")


def of_whole(seconds, executions):
    """About a campaign that is over."""
    if not executions:
        yield f"nothing was executed in {seconds:.0f} s"
