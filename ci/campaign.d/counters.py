# SPDX-License-Identifier: GPL-2.0-or-later
"""The counts that targets keep in a file while they run (harness/fuzz_counters.h)."""

import array
import os
import re
import subprocess

MAGIC = b"vmacnt1\0"
HEAD = 5  # words of 8 bytes
CASE = re.compile(r"^case (.*?) +(\d+)  (\S.*)$", re.M)


def mend(path):
    """A target refuses a file that is not one of counters; one that was damaged begins anew."""
    try:
        with open(path, "rb") as file:
            head = file.read(len(MAGIC))
    except FileNotFoundError:
        return
    if head not in (MAGIC, bytes(len(MAGIC))):
        os.unlink(path)


class Counts:
    """Sums over files."""

    def __init__(self):
        self.executions = self.operations = self.checks = 0
        self.cases = []

    def add(self, path):
        words = array.array("Q")
        try:
            with open(path, "rb") as file:
                content = file.read()
        except FileNotFoundError:
            return
        if content[:8] != MAGIC or len(content) % 8:
            return
        words.frombytes(content)
        self.executions += words[1]
        self.operations += words[2]
        self.checks += words[3]
        rows = words[HEAD:HEAD + words[4]]
        if len(self.cases) < len(rows):
            self.cases += [0] * (len(rows) - len(self.cases))
        for row, hits in enumerate(rows):
            self.cases[row] += hits

    def reached(self):
        return sum(hits > 0 for hits in self.cases)


def sample(vmafuzz, seed, programs):
    """Fresh random programs, chosen by nobody: rows of (id, hits, text)."""
    done = subprocess.run([vmafuzz, "run", "--seed", str(seed), "--programs", str(programs),
                           "--cases", "--keep", "0"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)
    return [(match[1], int(match[2]), match[3])
            for match in CASE.finditer(done.stdout.decode(errors="replace"))]
