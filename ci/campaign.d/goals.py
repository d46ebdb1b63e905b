# SPDX-License-Identifier: GPL-2.0-or-later
"""States that a campaign must reach, a list of `vmafuzz cases --goals`. Asked of the corpora now and
then for the screen, and once more at the end, where a goal that was missed is a failure."""

import os
import re

import durable

FILE = "goals.json"
EVERY = 600.0  # seconds
PATIENCE = 600
MISSED = re.compile(r"^missed (.+)$", re.M)
LAST = re.compile(r"^cases .*\bgoals=(\d+)", re.M)


def state(directory):
    """{"of": N, "missed": [goal, ...], "wrong": sentence or None}, or None if nobody has asked."""
    return durable.read_json(os.path.join(directory, FILE))


def ask(jobs, directory, vmafuzz, goals, folders):
    """Starts the job that answers."""
    def done(status, output):
        last = LAST.search(output)
        wrong = None if last and status in (0, 1) else output.strip().split("\n")[-1]
        durable.write_json(os.path.join(directory, FILE), {
            "of": int(last[1]) if last else 0, "missed": MISSED.findall(output), "wrong": wrong})

    jobs.start([vmafuzz, "cases", "--goals", goals, *folders], PATIENCE, done)


def failures(directory):
    """Sentences, about a campaign that is over."""
    answer = state(directory)
    if answer and answer["wrong"]:
        yield f"the goals could not be asked for: {answer['wrong']}"
    if answer and answer["missed"]:
        yield f"{len(answer['missed'])} of {answer['of']} goals missed: {answer['missed'][0]}, ..."
