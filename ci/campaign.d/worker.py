# SPDX-License-Identifier: GPL-2.0-or-later
"""A worker: runs one after the other on one processor, with pauses where they fail."""

import time

PAUSE_MOST = 300.0
PAUSE_FOUND = 10.0  # the most after a finding: a bug that is met at once must not fill the disk
PAUSE_WORKED = 1.0  # after a run that did something before it was killed, or ran out of memory


class Worker:
    def __init__(self, slot):
        self.slot = slot
        self.run = None
        self.slice_ends = 0.0
        self.resume_at = 0.0
        self.failures = 0  # in a row
        self.restarts = 0
        self.short = 0  # runs in a row that found something at once
        self.executions = 0
        self.executed_at = 0.0  # when that changed last
        self.pair = None  # (engine, target) of the slice

    def begin(self, run, pair, seconds):
        """A slice goes on after a finding, with another run."""
        now = time.monotonic()
        if self.pair != pair or now >= self.slice_ends:
            self.slice_ends = now + seconds
        self.pair = pair
        self.run = run
        self.executed_at = now

    def postpone(self):
        """A run could not begin."""
        self.failures += 1
        self.resume_at = time.monotonic() + min(PAUSE_MOST, 2.0 ** (self.failures - 1))

    def end(self, found, worked):
        """The run is over; decides when the next may begin. `found`: so many artifacts, `worked`: so
        many executions. True if it ended by itself for no reason."""
        run, self.run = self.run, None
        lasted = time.monotonic() - run.began
        if run.asked is not None:
            self.failures = self.short = 0
            self.pair = None
            self.resume_at = 0.0
            return False
        self.restarts += 1
        if found:
            self.failures = 0
            self.short = self.short + 1 if lasted < 5 else 0
            pause = min(PAUSE_FOUND, 0.1 * 2 ** self.short)
        elif worked:
            self.failures = 0
            pause = PAUSE_WORKED
        else:
            self.failures += 1
            pause = min(PAUSE_MOST, 2.0 ** (self.failures - 1))
            self.pair = None  # another target may do better
        self.resume_at = time.monotonic() + pause
        return not found

    def idle(self, executions):
        """Seconds since the count of executions changed."""
        now = time.monotonic()
        if executions != self.executions:
            self.executions = executions
            self.executed_at = now
        return now - self.executed_at
