# SPDX-License-Identifier: GPL-2.0-or-later
"""What a campaign remembers of itself: sums that go on over a resume, samples over time, and the state
that `status` reads."""

import os
import time

import durable
import goals
import processes
from counters import Counts

STATE = "status.json"
SAMPLES = "samples.jsonl"
OFTEN, SELDOM, FIRST = 10, 60, 3600  # seconds between samples in the first hour, and later


def keyed(values):
    """{(engine, target): value} as JSON has it."""
    return {"/".join(key): value for key, value in values.items()}


def unkeyed(values):
    return {tuple(key.split("/")): value for key, value in values.items()}


def read_samples(directory):
    """In the order of time. A supervisor that was killed had not saved its last seconds: what it had
    sampled in them gives way to what the next one saw."""
    kept = []
    for sample in durable.read_lines(os.path.join(directory, SAMPLES)):
        while kept and kept[-1]["elapsed"] >= sample["elapsed"]:
            kept.pop()
        kept.append(sample)
    return kept


class Record:
    def __init__(self, directory):
        self.directory = directory
        before = durable.read_json(os.path.join(directory, STATE), {})
        self.elapsed = before.get("elapsed", 0.0)
        self.spent = unkeyed(before.get("spent", {}))
        self.edges = unkeyed(before.get("edges", {}))
        self.pruned = before.get("pruned", {})
        self.pruning = before.get("pruning", 0.0)  # seconds that took
        self.runs = before.get("runs", 0)
        self.starts = before.get("starts", 0) + 1
        self.last = before.get("last", {})  # elapsed time of the last new case, input, finding
        self.processor = before.get("processor", 0.0)
        self.cases = before.get("cases", 0)
        self.failures = []
        self.totals = {}
        self.rates = {}
        self.identity = processes.identity(os.getpid())
        self.counted = None
        self.sampled = None

    def begin(self):
        """From here on time passes, and ours counts."""
        self.counted = processes.own_usage()

    def pass_time(self, seconds, workers):
        self.elapsed += seconds
        for worker in workers:
            if worker.run:
                pair = (worker.run.engine.NAME, worker.run.target)
                self.spent[pair] = self.spent.get(pair, 0.0) + seconds

    def sample(self, sums, corpora, findings):
        """`sums`: Counts by (engine, target)."""
        whole = Counts()
        engines = {}
        for (engine, target), counts in sums.items():
            of = engines.setdefault(engine, {"executions": 0, "operations": 0, "edges": 0, "cases": 0})
            of["executions"] += counts.executions
            of["operations"] += counts.operations
            of["edges"] += self.edges.get((engine, target), 0)
            whole.executions += counts.executions
            whole.operations += counts.operations
            whole.checks += counts.checks
        for engine, of in engines.items():
            reached = [counts.cases for (by, _), counts in sums.items() if by == engine]
            of["cases"] = sum(any(row) for row in zip_longest(reached))
        whole.cases = [sum(row) for row in zip_longest([counts.cases for counts in sums.values()])]
        if whole.reached() > self.cases:
            self.cases = whole.reached()
            self.last["case"] = self.elapsed
        self.rates = self.rate(engines)
        self.totals = {"executions": whole.executions, "operations": whole.operations,
                       "checks": whole.checks, "cases": whole.reached(), "rows": len(whole.cases),
                       "once": sum(hits == 1 for hits in whole.cases),
                       "twice": sum(hits == 2 for hits in whole.cases),
                       "engines": engines}
        interval = OFTEN if self.elapsed < FIRST else SELDOM
        if self.sampled is None or self.elapsed - self.sampled >= min(interval, self.elapsed / 20):
            self.sampled = self.elapsed
            durable.append_json(os.path.join(self.directory, SAMPLES), {
                "elapsed": round(self.elapsed, 1), "time": int(time.time()), "engines": engines,
                "cases": whole.reached(), "inputs": sum(map(len, corpora.values())),
                "findings": len(findings.inputs), "bugs": len(findings.bugs())}, lasting=False)

    def rate(self, engines):
        """Per second since the last look, by engine."""
        now = time.monotonic()
        rates = {}
        for engine, of in engines.items():
            before = self.rates.get(engine)
            rates[engine] = {"at": now, **{word: of[word] for word in ("executions", "operations")}}
            if before and now > before["at"]:
                for word in ("executions", "operations"):
                    rates[engine][word + "_rate"] = (of[word] - before[word]) / (now - before["at"])
        return rates

    def save(self, state, why, settings, workers, corpora, findings):
        now = processes.own_usage()
        self.processor += now - (now if self.counted is None else self.counted)
        self.counted = now
        durable.write_json(os.path.join(self.directory, STATE), {
            "state": state, "why": why, "supervisor": self.identity, "time": int(time.time()),
            "elapsed": round(self.elapsed, 2), "seconds": settings["seconds"],
            "runs": self.runs, "starts": self.starts, "processor": round(self.processor, 2),
            "supervision": self.processor / max(self.elapsed * len(settings["cores"]), 1e-9),
            "cases": self.cases, "last": self.last, "failures": self.failures,
            "spent": keyed(self.spent), "edges": keyed(self.edges), "pruned": self.pruned,
            "pruning": round(self.pruning, 1),
            "totals": self.totals, "rates": self.rates,
            "goals": goals.state(self.directory) if settings["goals"] else "none given",
            "corpus": {target: len(corpus) for target, corpus in corpora.items()},
            "findings": findings.summary(),
            "workers": [self.worker(worker) for worker in workers]}, lasting=False)

    def worker(self, worker):
        run = worker.run
        return {"name": worker.slot.name, "core": worker.slot.core,
                "engine": run.engine.NAME if run else None, "target": run.target if run else None,
                "seconds": round(time.monotonic() - run.began) if run else 0,
                "failures": worker.failures, "restarts": worker.restarts,
                **(run.progress if run else {})}


def zip_longest(rows):
    """Columns of rows that may be of different lengths."""
    width = max((len(row) for row in rows), default=0)
    return [[row[column] for row in rows if column < len(row)] for column in range(width)]
