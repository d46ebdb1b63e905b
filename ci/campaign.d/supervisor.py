# SPDX-License-Identifier: GPL-2.0-or-later
"""The loop of a campaign: keeps the workers at work, carries what they find, and ends in order.

All deadlines are of the monotonic clock; the time on the wall is only ever written down.
"""

import errno
import os
import select
import shutil
import signal
import time
import traceback

import builds
import corpus as inputs
import durable
import findings
import goals
import health
import preflight
import processes
import schedule
from counters import Counts
from jobs import Jobs
from record import Record
from run import ENGINES, Run
from trouble import AGREED, ENVIRONMENT, FOUND
from worker import Worker

TICK = 0.5
LOOK = 10.0  # between looks at counters and memory
MEASURE = 60.0  # between looks at how large the folder is
FINISH = 900.0  # for sorting findings when the time is over
RESERVE = 2**20  # bytes given back to a full disk, so that it can be told
PRUNE_AT = 200  # inputs, and twice as many as the last time
PRUNE_FOR = 600
PRUNE_SHARE = 0.01  # of the processors, at most: an input more costs each run only its beginning
PRUNE_COST = 10.0  # seconds, expected
# What is not inherited cannot be a trap.
INHERITED = ("PATH", "HOME", "TMPDIR", "USER", "LANG")
RUNNING, STOPPED, ENDED, FULL = "running", "stopped", "ended", "disk full"


class Full(Exception):
    """The disk, or what the campaign may take of it."""


class Supervisor:
    def __init__(self, directory, settings, say):
        self.directory = directory
        self.settings = settings
        self.tell = say
        self.environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self.mark = settings["id"]
        self.corpora = {}
        self.findings = None
        self.jobs = Jobs(self.mark, os.path.join(directory, "job.log"), self.environment)
        self.workers = [Worker(slot) for slot in schedule.slots(settings)]
        self.record = Record(directory)
        self.stopping = None  # why
        self.goals_asked = None  # elapsed time
        self.last_tick = self.looked = self.measured = self.exchanged = self.saved = 0.0
        self.wake_read, self.wake_write = os.pipe()

    # ------------------------------------------------------------ begin

    def say(self, sentence):
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {sentence}"
        self.tell(line)
        with open(os.path.join(self.directory, "campaign.log"), "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def prepare(self):
        """Everything that may fail before the first run."""
        directory, settings = self.directory, self.settings
        if processes.end(self.mark):
            self.say("ended what a killed supervisor had left running")
        os.makedirs(os.path.join(directory, "counters"), exist_ok=True)
        builds.install(directory, settings)
        self.reserve()
        for worker in self.workers:  # what a kill left in the workers' folders
            os.makedirs(os.path.join(directory, "workers", worker.slot.name), exist_ok=True)
        commands = [builds.binary(directory, engine, "vmafuzz") for engine in
                    sorted(settings["engines"], key="libfuzzer".__ne__)]
        self.findings = findings.Findings(directory, commands, {
            (engine, target): builds.binary(directory, engine, target)
            for engine in settings["engines"] for target in settings["targets"]}, self.say)
        for target in settings["targets"]:
            self.open_corpus(target, commands[-1])  # without sanitizers it starts sooner
        self.gather_leftovers()
        preflight.check(directory, settings, self.environment, self.say)

    def reserve(self):
        path = os.path.join(self.directory, ".reserve")
        with open(path, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, RESERVE)

    def open_corpus(self, target, vmafuzz):
        corpus = inputs.Corpus(self.directory, target)
        corpus.bad = {name for of, name in self.findings.inputs if of == target}
        if corpus.damaged:
            self.say(f"{target}: {corpus.damaged} inputs were damaged; what is left of them stays")
        for name in corpus.bad & corpus.known:
            corpus.expel(name)
        self.corpora[target] = corpus
        if corpus.known:
            return
        for content in self.seeds_of(target, vmafuzz):
            corpus.add(content)

    def seeds_of(self, target, vmafuzz):
        folder = self.settings["seeds"]
        if not folder:
            folder = os.path.join(self.directory, "seeds")
            if not os.path.isdir(folder):
                builds.make_seeds(vmafuzz, folder + durable.PART)
                os.rename(folder + durable.PART, folder)
            if target == "fuzz_text":
                folder = os.path.join(builds.TOP, "corpus")
        for path, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                yield durable.read(os.path.join(path, name))

    def gather_leftovers(self):
        """Inputs and artifacts of runs whose supervisor did not see them end."""
        for worker in self.workers:
            for engine in worker.slot.engines:
                for target in self.settings["targets"]:
                    run = self.new_run(worker, engine, target)
                    if os.path.isdir(run.folder):
                        self.take_artifacts(run)
                        run.gather()

    def new_run(self, worker, engine, target):
        return Run(self.directory, self.settings, engine, self.corpora[target], worker.slot.name,
                   self.record.runs)

    # ------------------------------------------------------------ work

    def start_run(self, worker):
        running = [other.run.target for other in self.workers if other.run]
        pair = worker.pair
        if not pair or time.monotonic() >= worker.slice_ends:
            pair = schedule.choose(worker.slot, self.settings["targets"], self.record.spent, running)
        self.record.runs += 1
        run = self.new_run(worker, *pair)
        try:
            run.start(self.environment, worker.slot.core)
        except (BlockingIOError, MemoryError) as error:  # no room for a process; there may be later
            worker.postpone()
            self.say(f"{worker.slot.name}: cannot be started now: {error}")
            return
        worker.begin(run, pair, self.settings["slice"])

    def take_artifacts(self, run):
        """How many files there were, new or not."""
        count = 0
        for path, kind in run.whole_artifacts():
            count += 1
            name = self.findings.take(path, run.target, run.engine.NAME, kind, self.record.elapsed)
            if name:
                self.corpora[run.target].expel(name)
                self.record.last["finding"] = self.record.elapsed
        return count

    def end_run(self, worker):
        run = worker.run
        run.bury()
        found = self.take_artifacts(run)
        self.count_inputs(run.gather())
        run.look()
        self.note_edges(run)
        status = run.process.returncode
        if worker.end(found, run.executions() - run.before):
            self.say(f"{worker.slot.name}: {run.engine.LABEL} on {run.target} ended by itself with "
                     f"{status}, {worker.failures} times in a row without work; its log is "
                     f"{os.path.relpath(self.keep_log(run), self.directory)}")

    def keep_log(self, run):
        """The last log of a failure, per worker: a storm must not fill the disk."""
        to = os.path.join(os.path.dirname(run.folder), "failed.log")
        shutil.copyfile(run.log, to)
        return to

    def step(self, worker):
        if not worker.run:
            if not self.stopping and time.monotonic() >= worker.resume_at:
                self.start_run(worker)
            return
        if worker.run.has_ended():
            self.end_run(worker)
            return
        self.take_artifacts(worker.run)
        if self.stopping or time.monotonic() >= worker.slice_ends:
            worker.run.ask_to_end()

    def count_inputs(self, count):
        if count:
            self.record.last["input"] = self.record.elapsed

    def exchange(self):
        runs = [worker.run for worker in self.workers if worker.run]
        for run in runs:
            self.count_inputs(run.gather())
        for run in runs:
            run.send_new()

    def ask_for_goals(self):
        """True if that was due: now and then, and once more when all else is done."""
        due = self.goals_asked is None if self.stopping else \
            self.record.elapsed - (self.goals_asked or 0.0) >= goals.EVERY
        if not self.settings["goals"] or not due:
            return False
        self.goals_asked = self.record.elapsed
        # What was pruned reached its states as well; some seeds are programs that only text can say.
        folders = [folder for target, corpus in self.corpora.items()
                   if target in findings.PROGRAMS for folder in (corpus.folder, corpus.attic)]
        goals.ask(self.jobs, self.directory, self.findings.commands[-1], self.settings["goals"],
                  [*folders, os.path.join(builds.TOP, "corpus")])
        return True

    def next_job(self):
        if self.jobs.is_busy() or self.findings.next_job(self.jobs) or self.ask_for_goals():
            return
        if not self.stopping and "libfuzzer" in self.settings["engines"] and self.can_prune():
            for target, corpus in self.corpora.items():
                if len(corpus) >= PRUNE_AT + 2 * self.record.pruned.get(target, 0):
                    self.prune(corpus)
                    return

    def can_prune(self):
        return self.record.pruning + PRUNE_COST <= \
            PRUNE_SHARE * self.record.elapsed * len(self.settings["cores"])

    def prune(self, corpus):
        """Fewest inputs that reach what all do: libFuzzer's greedy set cover."""
        folder = os.path.join(self.directory, "prune")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.join(folder, "to"))
        considered = list(corpus.order)
        began = time.monotonic()
        corpus.link(os.path.join(folder, "from"))

        def done(status, _):
            kept = durable.files_of(os.path.join(folder, "to"))
            self.record.pruning += time.monotonic() - began
            self.record.pruned[corpus.target] = len(considered)
            if status == 0 and kept:
                self.exchange()
                gone = corpus.retire(considered, kept)
                for worker in self.workers:
                    if worker.run and worker.run.corpus is corpus:
                        worker.run.cursor = len(corpus)
                self.record.pruned[corpus.target] = len(corpus)
                self.say(f"{corpus.target}: pruned {len(considered)} inputs by {gone}")
            shutil.rmtree(folder, ignore_errors=True)

        run = [builds.binary(self.directory, "libfuzzer", corpus.target), "-set_cover_merge=1",
               f"-max_len={inputs.largest(corpus.target)}", "-detect_leaks=0", "-timeout=10",
               f"-rss_limit_mb={self.settings['memory']}",
               f"-artifact_prefix={folder}/", os.path.join(folder, "to"),
               os.path.join(folder, "from")]
        self.jobs.start(run, PRUNE_FOR, done, ENGINES["libfuzzer"].environment(None))

    # ------------------------------------------------------------ look

    def note_edges(self, run):
        key = (run.engine.NAME, run.target)
        edges = run.progress.get("edges", 0)
        if edges > self.record.edges.get(key, 0):
            self.record.edges[key] = edges

    def counts(self):
        """Counts by (engine, target), and of each worker's run."""
        sums = {}
        folder = os.path.join(self.directory, "counters")
        for name in durable.files_of(folder):
            engine, _, target = name.split(".")
            sums.setdefault((engine, target), Counts()).add(os.path.join(folder, name))
        return sums

    def look(self):
        """Counters, memory, disk; now and then."""
        failures = []
        sums = self.counts()
        for worker in self.workers:
            run = worker.run
            if worker.failures >= health.FAILURES:
                failures.append(f"{worker.slot.name}: {health.FAILURES} runs in a row did no work")
            if not run or run.asked is not None:
                continue
            run.look()
            self.note_edges(run)
            executions = run.executions()
            failures += health.of_run(run, time.monotonic() - run.began, executions,
                                      worker.idle(executions))
            resident = processes.resident(run.mark)
            run.progress["memory"] = resident
            if resident > self.settings["memory"] * 2**20 * 5 // 4:
                self.say(f"{worker.slot.name}: {resident >> 20} MB in use; started anew")
                run.bury()
        for (engine, target), counts in sums.items():
            failures += health.of_counts(engine, target, counts)
        for sentence in failures:
            if sentence not in self.record.failures:
                self.record.failures.append(sentence)
                self.say(f"FAILURE {sentence}")
        self.record.sample(sums, self.corpora, self.findings)
        now = time.monotonic()
        if now - self.measured >= MEASURE:
            self.measured = now
            if durable.size_of(self.directory) > self.settings["disk"]:
                self.over_cap()

    def over_cap(self):
        """The attic and old logs go first; then there is nothing left to give up."""
        for corpus in self.corpora.values():
            shutil.rmtree(corpus.attic)
            os.makedirs(corpus.attic)
        if durable.size_of(self.directory) > self.settings["disk"]:
            raise Full(f"the folder has reached --disk {self.settings['disk']}")

    def check_disk(self):
        disk = os.statvfs(self.directory)
        if disk.f_bavail * disk.f_frsize < self.settings["free"]:
            raise Full(f"less than --free {self.settings['free']} bytes are left on the disk")

    def save(self, state):
        self.record.save(state, self.stopping, self.settings, self.workers, self.corpora,
                         self.findings)

    # ------------------------------------------------------------ the loop

    def on_signal(self, number, _):
        if number != signal.SIGCHLD:
            self.stopping = self.stopping or f"by {signal.Signals(number).name}"

    def tick(self):
        now = time.monotonic()
        if not self.stopping:
            self.record.pass_time(now - self.last_tick, self.workers)
        self.last_tick = now
        self.jobs.poll()
        self.check_disk()
        for worker in self.workers:
            self.step(worker)
        if now - self.exchanged >= self.settings["exchange"]:
            self.exchanged = now
            self.exchange()
        self.next_job()
        # Often at first, when there is something to see.
        if now - self.looked >= LOOK or (self.record.elapsed < LOOK and now - self.looked >= 1):
            self.looked = now
            self.look()
        if now - self.saved >= 2:
            self.saved = now
            self.save(RUNNING)
        limit = self.settings["seconds"]
        if limit and self.record.elapsed >= limit and not self.stopping:
            self.stopping = "the time is over"

    def wait(self):
        """Until the next tick, or a child's end or a signal."""
        select.select([self.wake_read], [], [], TICK)
        try:
            os.read(self.wake_read, 4096)
        except BlockingIOError:
            pass

    def run(self):
        """Returns the exit status."""
        os.set_blocking(self.wake_read, False)
        os.set_blocking(self.wake_write, False)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, self.on_signal)
        self.last_tick = self.exchanged = time.monotonic()
        self.record.begin()
        self.save(RUNNING)
        self.say(f"{len(self.workers)} workers on {len(self.corpora)} targets")
        try:
            while not self.stopping or any(worker.run for worker in self.workers):
                self.tick()
                self.wait()
            self.finish()
        except Full as full:
            return self.end_full(str(full))
        except Exception as error:
            if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
                return self.end_full(f"the disk is full: {error}")
            self.say(f"a fault of ci/campaign; start goes on\n{traceback.format_exc()}")
            return ENVIRONMENT
        finally:
            self.end_all()
        return self.result()

    def finish(self):
        """Everybody has ended. When the time is over findings are sorted to their end; somebody who
        stops a campaign does not want to wait, and it goes on from there."""
        self.look()
        self.goals_asked = None
        deadline = time.monotonic() + FINISH
        while self.stopping == "the time is over" and time.monotonic() < deadline:
            self.jobs.poll()
            self.next_job()
            self.save(RUNNING)
            if not self.jobs.is_busy():
                break
            self.wait()
        self.record.failures += health.of_whole(
            self.record.elapsed, sum(counts.executions for counts in self.counts().values()))
        state = ENDED if self.stopping == "the time is over" else STOPPED
        if state == ENDED:
            self.record.failures += goals.failures(self.directory)
        self.say(f"{state}: {self.stopping}")
        self.save(state)

    def end_all(self):
        self.jobs.drop()
        for worker in self.workers:
            if worker.run:
                worker.run.bury()
        processes.end(self.mark)

    def end_full(self, why):
        """What is found already stays; moving takes no room, and the reserve gives some: to us, when
        nobody else is left who would write it full."""
        self.stopping = why
        self.jobs.drop()
        for worker in self.workers:
            if worker.run:
                worker.run.bury()
        os.unlink(os.path.join(self.directory, ".reserve"))
        for step in (self.rescue, lambda: self.say(f"stopped cleanly: {why}"),
                     lambda: self.save(FULL)):
            try:
                step()
            except OSError as error:
                self.tell(f"{why}: {error}")
        return ENVIRONMENT

    def rescue(self):
        for worker in self.workers:
            if worker.run:
                self.take_artifacts(worker.run)
        for worker in self.workers:
            if worker.run:
                worker.run.gather()

    def result(self):
        summary = self.findings.summary()
        if summary["inputs"] and (not summary["sorted"] or
                                  any(bug["mark"] == "open" for bug in summary["bugs"])):
            return FOUND
        return ENVIRONMENT if self.record.failures else AGREED
