# SPDX-License-Identifier: GPL-2.0-or-later
"""What a campaign is told, once: kept in its folder, and the same when it goes on."""

import os
import re
import uuid

import durable
from trouble import Trouble, USAGE

FILE = "settings.json"
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TARGETS = ("fuzz_merge", "fuzz_fork", "fuzz_limit", "fuzz_oom", "fuzz_text", "fuzz_tree")
ENGINES = ("libfuzzer", "afl")
# Campaigns set these themselves; what somebody else set would silently say something else.
FOREIGN = re.compile(r"(AFL_|VMAFUZZ_|[ALUM]SAN_OPTIONS$|UBSAN_OPTIONS$)")
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


def number(text, least, most):
    if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
        raise ValueError(f"expected a number from {least} to {most}")
    return int(text)


def span(text):
    """Seconds; 90, 15m, 24h, 3d."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text)
    if not match or not int(match[1]):
        raise ValueError("expected seconds, or a number with m, h or d")
    return int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def size(text):
    match = re.fullmatch(r"([0-9]{1,12})([KMG]?)", text)
    if not match or not int(match[1]):
        raise ValueError("expected bytes, or a number with K, M or G")
    return int(match[1]) * UNITS[match[2]]


def cores(text):
    """The numbers of processors: 0,2-3; only those that we may use."""
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", part)
        if not match:
            raise ValueError("expected numbers of processors, as 0,2-3")
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    usable = os.sched_getaffinity(0)
    lacking = [str(core) for core in found if core not in usable]
    if lacking or not found:
        raise ValueError(f"there is no processor {', '.join(lacking)} here")
    if len(set(found)) != len(found):
        raise ValueError("a processor is named twice")
    return found


def one_of(words):
    def take(text):
        chosen = text.split(",")
        for word in chosen:
            if word not in words:
                raise ValueError(f"{word}: expected some of {','.join(words)}")
        if len(set(chosen)) != len(chosen):
            raise ValueError("a word is named twice")
        return chosen
    return take


def folder(text):
    if not os.path.isdir(text):
        raise ValueError("no such folder")
    return os.path.realpath(text)


def file(text):
    if not os.path.isfile(text):
        raise ValueError("no such file")
    return os.path.realpath(text)


# name, how its text is taken, what it is unless somebody says, how help calls it, help
OPTIONS = (
    ("seconds", span, None, "TIME", "fuzz so long in all, over every resume [until it is stopped]"),
    ("cores", cores, None, "LIST", "processors, a worker on each, as 0,2-3 [all]"),
    ("engines", one_of(ENGINES), list(ENGINES), "LIST",
     "libfuzzer,afl: half of the workers each, of an odd number libFuzzer has more [both]"),
    ("targets", one_of(TARGETS), list(TARGETS), "LIST", "which fuzz targets [all]"),
    ("slice", span, 300, "TIME", "how long a worker stays with a target [5m]"),
    ("exchange", span, 20, "TIME", "between exchanges of new inputs [20]"),
    ("memory", lambda text: number(text, 64, 2**20), 2560, "MB", "the most of one worker [2560]"),
    ("disk", size, 4 * 2**30, "SIZE", "the most of the folder; beyond, the campaign ends [4G]"),
    ("free", size, 64 * 2**20, "SIZE", "the least left on the disk; below, the campaign ends [64M]"),
    ("seed", lambda text: number(text, 1, 2**31 - 1), 1, "N", "of the engines' random numbers [1]"),
    ("libfuzzer", folder, None, "BUILD",
     "a build tree made with the preset fuzz [build/fuzz, built first]"),
    ("afl", folder, None, "BUILD", "one made with the preset afl [build/afl, built first]"),
    ("goals", file, None, "FILE", "states that must be reached, for `vmafuzz cases --goals' [none]"),
    ("seeds", folder, None, "FOLDER",
     "inputs for all targets to begin with, instead of the corpus/ of this tree"),
)
MAY_CHANGE = ("seconds",)  # on a resume


def check_environment():
    """Traps that a shell's forgotten variables lay."""
    for name in sorted(os.environ):
        if FOREIGN.match(name):
            raise Trouble(USAGE, f"{name} is set in the environment: a campaign sets such variables "
                          "itself and would not heed this one; unset it")


def take(given):
    """The settings of text as the command line has it; of options that were not given, none."""
    taken = {}
    for name, parse, _, _, _ in OPTIONS:
        if given.get(name) is None:
            continue
        try:
            taken[name] = parse(given[name])
        except ValueError as error:
            raise Trouble(USAGE, f"--{name} {given[name]}: {error}") from None
    return taken


def load(directory):
    """The settings of a campaign that exists."""
    path = os.path.join(directory, FILE)
    stored = durable.read_json(path)
    if stored is None:
        raise Trouble(USAGE, f"{directory}: not the folder of a campaign: it has no {FILE}")
    known = {name for name, *_ in OPTIONS} | {"id"}
    for name in stored:
        if name not in known:
            raise Trouble(USAGE, f"{path}: unknown setting `{name}`")
    for name in known:
        if name not in stored:
            raise Trouble(USAGE, f"{path}: the setting `{name}` is missing")
    return stored


def begin(directory, taken):
    """Stores the settings of a new campaign, or gives back those of one that goes on."""
    path = os.path.join(directory, FILE)
    if not os.path.exists(path):
        if os.path.isdir(directory) and os.listdir(directory) not in ([], ["lock"]):
            raise Trouble(USAGE, f"{directory}: is neither empty nor the folder of a campaign")
        values = {name: taken.get(name, otherwise) for name, _, otherwise, _, _ in OPTIONS}
        values["cores"] = values["cores"] or sorted(os.sched_getaffinity(0))
        values["id"] = uuid.uuid4().hex
        durable.write_json(path, values)
        return values
    stored = load(directory)
    for name, value in taken.items():
        if name in MAY_CHANGE:
            stored[name] = value
        elif stored[name] != value:
            raise Trouble(USAGE, f"--{name}: {directory} was begun with {stored[name]}; other "
                          "settings are another campaign, in a folder of its own")
    durable.write_json(path, stored)
    return stored
