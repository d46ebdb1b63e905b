# SPDX-License-Identifier: GPL-2.0-or-later
"""One engine on one target, from its start to its end."""

import os
import shutil
import time

import builds
import counters
import engine_afl
import engine_libfuzzer
import processes

ENGINES = {engine.NAME: engine for engine in (engine_libfuzzer, engine_afl)}


class Run:
    def __init__(self, directory, settings, engine, corpus, name, number):
        """`name` is the worker's, `number` counts all runs of the campaign."""
        self.engine = ENGINES[engine]
        self.target = corpus.target
        self.corpus = corpus
        self.number = number
        self.seed = 1 + (settings["seed"] * 1000003 + number) % (2**31 - 2)
        self.memory = settings["memory"]
        self.binary = builds.binary(directory, engine, self.target)
        programs = self.target not in ("fuzz_text", "fuzz_tree")
        self.mutator = builds.binary(directory, engine, builds.MUTATOR) \
            if engine == "afl" and programs else None
        self.folder = os.path.join(directory, "workers", name, self.target)
        self.inputs = os.path.join(self.folder, "in")
        self.log = os.path.join(self.folder, "log")
        self.counters = os.path.join(directory, "counters", f"{engine}.{name}.{self.target}")
        self.mark = f"{settings['id']}/{name}"
        self.process = None
        self.began = self.asked = None  # monotonic
        self.progress = {}
        self.read_to = 0  # of the log
        self.seen = set()  # files of the engine that were looked at
        self.sent = 0
        self.cursor = 0  # of the corpus: what came later it does not know
        self.own = set()
        self.sizes = {}  # of artifacts that were seen once
        self.before = 0  # executions of earlier runs

    def executions(self):
        """Of all runs of this worker with this engine and target."""
        counts = counters.Counts()
        counts.add(self.counters)
        return counts.executions

    def start(self, environment, core=None):
        os.makedirs(self.folder, exist_ok=True)
        os.makedirs(os.path.dirname(self.counters), exist_ok=True)
        processes.end(self.mark)
        counters.mend(self.counters)
        self.before = self.executions()
        self.corpus.link(self.inputs)
        self.cursor = len(self.corpus)
        self.engine.prepare(self)
        values = {**environment, **self.engine.environment(self), "VMAFUZZ_COUNTERS": self.counters}
        self.began = time.monotonic()
        self.process = processes.start(self.engine.command(self), self.mark, values, self.log, core,
                                       self.folder)

    def ask_to_end(self):
        if self.asked is None:
            self.asked = time.monotonic()
            self.process.send_signal(self.engine.STOP)

    def has_ended(self):
        """Ended by itself, as asked, or because it took too long over that."""
        if self.process.poll() is not None:
            return True
        return self.asked is not None and time.monotonic() - self.asked > self.engine.GRACE

    def bury(self):
        """Nobody of it is left when this returns."""
        processes.end(self.mark, self.process)
        shutil.rmtree(self.inputs, ignore_errors=True)

    def whole_artifacts(self):
        """(path, kind). While the engine works a file is whole once it has had the same size twice."""
        ended = self.process is None or self.process.poll() is not None
        for path, kind in list(self.engine.artifacts(self)):
            size = os.path.getsize(path)
            if ended or self.sizes.get(path) == size > 0:
                self.sizes.pop(path, None)
                yield path, kind
            else:
                self.sizes[path] = size

    def gather(self):
        """Takes its new inputs into the corpus; how many there were."""
        count = 0
        ended = self.process is None or self.process.poll() is not None
        for path, content in self.engine.new_inputs(self, ended):
            if self.corpus.add(content, path if self.engine.MOVES else None):
                self.own.add(self.corpus.order[-1])
                count += 1
        return count

    def send_new(self):
        """Hands it what others have found since."""
        names = [name for name in self.corpus.order[self.cursor:] if name not in self.own]
        self.cursor = len(self.corpus)
        self.own.clear()
        self.engine.send(self, [self.corpus.path(name) for name in names])

    def look(self):
        self.engine.progress(self)
        return self.progress
