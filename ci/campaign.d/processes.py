# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes of a campaign: started so that they end with it, and found again after a kill.

A number of a process is used again, so a process is known by the time at which it started as well.
Engines start processes in sessions of their own, out of reach of a process group; all of them carry
a mark in their environment, by which whoever is left over is found.
"""

import ctypes
import os
import select
import signal
import subprocess
import time

MARK = "VMAFUZZ_CAMPAIGN"
PR_SET_PDEATHSIG = 1
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
LIBC = ctypes.CDLL(None, use_errno=True)


def pause(seconds):
    """time.sleep() sleeps until a time of a clock, which some who bend the clock cannot do."""
    select.select([], [], [], seconds)


def boot():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def stat_of(pid):
    """The fields of /proc/PID/stat from the state on, or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return None


def identity(pid):
    """What tells this process from every other, before and after a reboot."""
    fields = stat_of(pid)
    return {"pid": pid, "start": int(fields[19]), "boot": boot()} if fields else None


def is_alive(known):
    """Whether the process that identity() described still runs."""
    fields = stat_of(known["pid"]) if known and known["boot"] == boot() else None
    return bool(fields) and int(fields[19]) == known["start"] and fields[0] not in (b"Z", b"X")


def start(command, mark, environment, log, core=None, folder=None):
    """A process in a session of its own, which the kernel kills when we are gone."""
    def before():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if core is not None:
            os.sched_setaffinity(0, {core})

    with open(log, "wb") as output:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                stderr=subprocess.STDOUT, cwd=folder, start_new_session=True,
                                env={**environment, MARK: mark}, preexec_fn=before)


def marked(mark):
    """Everybody who carries this mark, or one below it."""
    found = []
    word = f"{MARK}={mark}".encode()
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if any(each == word or each.startswith(word + b"/") for each in words):
            found.append(int(name))
    return found


def end(mark, process=None, grace=5.0):
    """Kills whoever carries the mark, until nobody does. True if somebody did."""
    deadline = time.monotonic() + grace
    somebody = False
    while True:
        left = marked(mark)
        for pid in left:
            somebody = True
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if process:
            process.poll()
        if not left or time.monotonic() > deadline:
            break
        pause(0.02)
    if process:
        process.wait()
    return somebody


def usage(pid):
    """(seconds of processor with children that ended, resident bytes), or None."""
    fields = stat_of(pid)
    if not fields:
        return None
    return sum(int(each) for each in fields[11:15]) / TICK, int(fields[21]) * PAGE


def own_usage():
    """Seconds of processor of this process alone."""
    times = os.times()
    return times.user + times.system


def resident(mark):
    """Bytes in memory of everybody who carries a mark."""
    return sum((usage(pid) or (0, 0))[1] for pid in marked(mark))
