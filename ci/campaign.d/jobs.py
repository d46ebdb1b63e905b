# SPDX-License-Identifier: GPL-2.0-or-later
"""Work beside the fuzzing (replaying, minimizing, sorting, pruning): one process at a time."""

import os
import time

import processes

FAILED = -1  # instead of an exit status: it could not be started, or took too long


class Jobs:
    def __init__(self, mark, log, environment):
        self.mark = mark + "/job"
        self.log = log
        self.environment = environment
        self.process = None
        self.done = None
        self.deadline = 0.0

    def is_busy(self):
        return self.process is not None

    def start(self, command, seconds, done, environment=None):
        """done(status, output) is called by poll() when it has ended."""
        try:
            self.process = processes.start(command, self.mark,
                                           {**self.environment, **(environment or {})}, self.log)
        except OSError as error:
            done(FAILED, str(error))
            return
        self.done = done
        self.deadline = time.monotonic() + seconds

    def poll(self):
        if not self.process:
            return
        status = self.process.poll()
        if status is None and time.monotonic() < self.deadline:
            return
        processes.end(self.mark, self.process)
        with open(self.log, encoding="utf-8", errors="replace") as file:
            output = file.read(2**22)
        done, self.process = self.done, None
        done(FAILED if status is None else status, output)

    def drop(self):
        """Forgets what is under way; whoever asked for it asks again some day."""
        if self.process:
            processes.end(self.mark, self.process)
            self.process = None
        if os.path.exists(self.log):
            os.unlink(self.log)
