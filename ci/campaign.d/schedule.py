# SPDX-License-Identifier: GPL-2.0-or-later
"""Who works on what: a worker for each processor, and targets in turn."""


class Slot:
    """A worker's place: a processor, and the engines that take turns on it."""

    def __init__(self, number, core, engines):
        self.core = core
        self.engines = engines
        self.name = f"{'-'.join(engines)}-{number}"


def slots(settings):
    """With fewer processors than engines these take turns, else each has a share of them."""
    engines, cores = settings["engines"], settings["cores"]
    if len(cores) < len(engines):
        return [Slot(number, core, engines) for number, core in enumerate(cores)]
    return [Slot(number, core, [engines[number % len(engines)]])
            for number, core in enumerate(cores)]


def choose(slot, targets, spent, running):
    """The (engine, target) that had the least time; of equals the one fewest others work on.

    `spent` is seconds by (engine, target), `running` the targets under work elsewhere."""
    pairs = [(engine, target) for engine in slot.engines for target in targets]
    return min(pairs, key=lambda pair: (spent.get(pair, 0.0), running.count(pair[1])))
