#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether ci/campaign loses anything, whatever happens to it: with an engine that is a stand-in and
keeps a ledger of what it wrote, which is then compared with what the campaign holds.

usage: campaign_test.py [unittest options]
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

HERE = os.path.dirname(os.path.realpath(__file__))
CAMPAIGN = os.path.join(HERE, "campaign")
MODULES = os.path.join(HERE, "campaign.d")
sys.dont_write_bytecode = True
sys.path.insert(0, MODULES)

import durable  # noqa: E402
import findings  # noqa: E402
import health  # noqa: E402
import processes  # noqa: E402
import record  # noqa: E402
import risk  # noqa: E402
import schedule  # noqa: E402
import worker  # noqa: E402

TARGETS = ("fuzz_merge", "fuzz_fork")
KILLS = 10
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
PATIENCE = 60


def fake_build(folder, mode="fine"):
    """A build tree whose targets are stand-ins."""
    build = os.path.join(folder, f"build-{mode}")
    os.makedirs(build)
    with open(os.path.join(MODULES, "fake_fuzzer.py"), encoding="utf-8") as file:
        text = file.read().replace("@LEDGER@", os.path.join(folder, "ledger")) \
            .replace("@MODE@", mode)
    for target in TARGETS:
        with open(os.path.join(build, target), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(os.path.join(build, target), 0o755)
    shutil.copy(os.path.join(MODULES, "fake_vmafuzz.py"), os.path.join(build, "vmafuzz"))
    os.chmod(os.path.join(build, "vmafuzz"), 0o755)
    return build


def ledger_of(folder):
    """What the stand-ins wrote: {"input" or "finding": {(target, hash)}}."""
    written = {"input": set(), "finding": set()}
    path = os.path.join(folder, "ledger")
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            for line in file:
                words = line.split()
                if len(words) == 3 and len(words[2]) == 40:
                    written[words[0]].add((words[1], words[2]))
    return written


def held_by(directory):
    held = {"input": set(), "finding": set()}
    for room in ("corpus", "attic"):
        for target in TARGETS:
            for name in durable.files_of(os.path.join(directory, room, target)):
                content = durable.read(os.path.join(directory, room, target, name))
                if durable.name_of(content) == name:
                    held["input"].add((target, name))
    for line in durable.read_lines(os.path.join(directory, "findings", "journal.jsonl")):
        held["finding"].add((line["target"], line["name"]))
    return held


class Campaign(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="campaign-test-")
        self.directory = os.path.join(self.folder, "camp")
        self.seeds = os.path.join(self.folder, "seeds")
        os.makedirs(self.seeds)
        for number in range(3):
            durable.write(os.path.join(self.seeds, str(number)), b"seed %d" % number)
        self.supervisors = []

    def tearDown(self):
        for supervisor in self.supervisors:
            if supervisor.poll() is None:
                supervisor.kill()
            supervisor.wait()
            supervisor.stdout.close()
        settings = durable.read_json(os.path.join(self.directory, "settings.json"))
        if settings:
            processes.end(settings["id"])
        if os.path.ismount(self.directory):
            subprocess.run(["umount", "-l", self.directory], check=True)
        shutil.rmtree(self.folder)

    # ------------------------------------------------------------ helpers

    def words(self, *more, mode="fine"):
        build = os.path.join(self.folder, f"build-{mode}")
        if not os.path.isdir(build):
            fake_build(self.folder, mode)
        core = min(os.sched_getaffinity(0))
        return [CAMPAIGN, "start", self.directory, "--foreground", "--engines", "libfuzzer",
                "--libfuzzer", build, "--targets", ",".join(TARGETS), "--seeds", self.seeds,
                "--slice", "2", "--exchange", "1", "--cores", str(core), *more]

    def start(self, *more, mode="fine", environment=None):
        supervisor = subprocess.Popen(self.words(*more, mode=mode), stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True,
                                      env={**os.environ, **(environment or {})})
        self.supervisors.append(supervisor)
        return supervisor

    def call(self, *words, environment=None):
        return subprocess.run([CAMPAIGN, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, env={**os.environ, **(environment or {})})

    def state(self):
        return durable.read_json(os.path.join(self.directory, "status.json"), {})

    def engines(self):
        """Processes of fuzzing, not of jobs."""
        settings = durable.read_json(os.path.join(self.directory, "settings.json"))
        return processes.marked(settings["id"] + "/libfuzzer-0") if settings else []

    def wait_for(self, what, patience=PATIENCE):
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            value = what()
            if value:
                return value
            time.sleep(0.02)
        self.fail(f"waited {patience} s in vain; the log:\n{self.log()}")

    def log(self):
        path = os.path.join(self.directory, "campaign.log")
        return durable.read(path).decode() if os.path.exists(path) else "(none)"

    def wait_for_work(self, inputs=5):
        before = len(ledger_of(self.folder)["input"])
        self.wait_for(lambda: len(ledger_of(self.folder)["input"]) >= before + inputs)

    def finish(self, supervisor):
        supervisor.send_signal(signal.SIGTERM)
        return supervisor.wait(timeout=PATIENCE)

    def check_nothing_lost(self):
        """Each thing written is held, and each finding is in exactly one bug."""
        written, held = ledger_of(self.folder), held_by(self.directory)
        self.assertGreater(len(written["input"]), 0)
        self.assertEqual(written["input"] - held["input"], set())
        self.assertEqual(written["finding"] - held["finding"], set())
        names = [(line["target"], line["name"]) for line in durable.read_lines(
            os.path.join(self.directory, "findings", "journal.jsonl")) if "engine" in line]
        self.assertEqual(len(names), len(set(names)), "a finding was counted twice")
        self.assertEqual(self.engines(), [])

    # ------------------------------------------------------------ faults

    def test_killed_workers(self):
        supervisor = self.start()
        dice = random.Random(1)
        for _ in range(KILLS):
            victims = self.wait_for(self.engines)
            time.sleep(dice.random() / 4)
            for victim in victims:
                try:
                    os.kill(victim, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            self.wait_for(lambda gone=victims: set(self.engines()) - set(gone))
            self.wait_for_work(1)
        self.assertIn(self.finish(supervisor), (0, 1))
        self.check_nothing_lost()

    def test_killed_supervisor(self):
        elapsed = 0.0
        for _ in range(KILLS):
            supervisor = self.start()
            self.wait_for(self.engines)
            self.wait_for_work()
            supervisor.kill()
            supervisor.wait()
            now = self.state().get("elapsed", 0.0)
            self.assertGreaterEqual(now, elapsed)
            elapsed = now
        self.assertIn("killed", self.call("status", self.directory).stdout)
        supervisor = self.start()
        self.wait_for_work()
        self.finish(supervisor)
        self.assertEqual(self.state()["starts"], KILLS + 1)
        self.check_nothing_lost()

    def test_one_folder_per_bug_and_marks_stay(self):
        supervisor = self.start("--seconds", "8")
        self.assertEqual(supervisor.wait(timeout=90), 1, self.log())
        self.check_nothing_lost()
        found = {line["signature"] for line in durable.read_lines(
            os.path.join(self.directory, "findings", "journal.jsonl")) if "signature" in line}
        bugs = os.listdir(os.path.join(self.directory, "bugs"))
        keys = sorted(name for name in bugs if name.startswith("bug-"))
        self.assertEqual(keys, sorted("bug-" + name[-1] for name in found))
        for key in keys:
            with open(os.path.join(self.directory, "bugs", key, "mark"), "w",
                      encoding="ascii") as mark:
                mark.write("fixed\n")
        self.assertEqual(self.call("status", self.directory).returncode, 0)
        durable.write(os.path.join(self.directory, "corpus", "fuzz_merge",
                                   durable.name_of(b"BUG7 new")), b"BUG7 new")
        supervisor = self.start("--seconds", "20")
        self.assertEqual(supervisor.wait(timeout=90), 1, self.log())
        state = self.state()
        marks = {bug["key"]: bug["mark"] for bug in state["findings"]["bugs"]}
        self.assertEqual(marks["bug-7"], "open")
        self.assertEqual({marks[key] for key in keys}, {"fixed"})
        counted = sum(bug["inputs"] for bug in state["findings"]["bugs"])
        self.assertEqual(counted, state["findings"]["inputs"])
        page = self.call("report", self.directory)
        self.assertEqual(page.returncode, 0, page.stdout)

    def test_input_that_crashes_is_expelled(self):
        durable.write(os.path.join(self.seeds, "bad"), b"BUG5 from the seeds")
        supervisor = self.start()
        name = durable.name_of(b"BUG5 from the seeds")
        self.wait_for(lambda: ("fuzz_merge", name) in held_by(self.directory)["finding"])
        self.wait_for_work(20)
        self.finish(supervisor)
        self.assertNotIn(name, durable.files_of(os.path.join(self.directory, "corpus", "fuzz_merge")))
        self.check_nothing_lost()

    def test_damaged_corpus(self):
        supervisor = self.start()
        self.wait_for_work(60)
        self.finish(supervisor)
        folder = os.path.join(self.directory, "corpus", "fuzz_merge")
        names = durable.files_of(folder)
        damaged = names[:4]
        kept = set(names[4:])
        with open(os.path.join(folder, damaged[0]), "r+b") as file:
            file.write(b"\xff\x00")
        with open(os.path.join(folder, damaged[1]), "r+b") as file:
            file.truncate(3)
        with open(os.path.join(folder, damaged[2]), "wb"):
            pass
        os.rename(os.path.join(folder, damaged[3]), os.path.join(folder, "no-hash"))
        durable.write(os.path.join(folder, "x"), os.urandom(5000))
        supervisor = self.start()
        self.wait_for_work()
        self.finish(supervisor)
        self.assertIn("fuzz_merge: 5 inputs were damaged", self.log())
        held = {name for target, name in held_by(self.directory)["input"] if target == "fuzz_merge"}
        self.assertEqual(kept - held, set())
        self.assertIn(damaged[3], held)
        for name in durable.files_of(folder):
            self.assertEqual(durable.name_of(durable.read(os.path.join(folder, name))), name)

    def test_cut_records(self):
        """What a reboot may leave: half a line, an empty state."""
        supervisor = self.start()
        self.wait_for_work(50)
        self.finish(supervisor)
        before = held_by(self.directory)
        with open(os.path.join(self.directory, "findings", "journal.jsonl"), "ab") as file:
            file.write(b'{"name": "half')
        durable.write(os.path.join(self.directory, "status.json"), b"")
        supervisor = self.start()
        self.wait_for_work()
        self.finish(supervisor)
        after = held_by(self.directory)
        for kind in before:
            self.assertEqual(before[kind] - after[kind], set())
        self.check_nothing_lost()

    def test_two_supervisors(self):
        supervisor = self.start()
        self.wait_for(self.engines)
        second = subprocess.run(self.words(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, check=False)
        self.assertEqual(second.returncode, 2)
        self.assertIn("runs there already", second.stdout)
        self.wait_for_work()
        self.finish(supervisor)
        self.check_nothing_lost()

    def test_terminated(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            supervisor = self.start()
            self.wait_for_work()
            began = time.monotonic()
            supervisor.send_signal(number)
            status = supervisor.wait(timeout=PATIENCE)
            self.assertIn(status, (0, 1), supervisor.stdout.read())
            self.assertLess(time.monotonic() - began, 15)
            self.assertEqual(self.state()["state"], "stopped")
        self.check_nothing_lost()

    def test_clock_jumps(self):
        """Ten years ahead, then twenty back: of the supervisor's clock on the wall alone."""
        if not os.path.exists(FAKETIME):
            if "CI" in os.environ:
                self.fail("libfaketime is missing (Debian: faketime)")
            self.skipTest("libfaketime is missing (Debian: faketime)")
        clock = os.path.join(self.folder, "clock")
        durable.write(clock, b"+0\n")
        year = time.gmtime().tm_year
        began = time.monotonic()
        supervisor = self.start("--seconds", "10", environment={
            "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DISABLE_SHM": "1"})
        self.wait_for_work()
        for years in (10, -10):
            durable.write(clock, b"%+dd\n" % (years * 366))
            self.wait_for(lambda there=year + years: abs(
                time.gmtime(self.state().get("time", 0)).tm_year - there) <= 1)
            self.wait_for_work()
        supervisor.wait(timeout=60)
        self.assertGreater(time.monotonic() - began, 10)
        state = self.state()
        self.assertEqual(state["state"], "ended")
        self.assertGreaterEqual(state["elapsed"], 10)
        self.assertLess(state["elapsed"], 13)
        self.check_nothing_lost()

    # ------------------------------------------------------------ a full disk

    def small_disk(self):
        if os.getuid() != 0:
            self.skipTest("only root can mount a small disk")
        os.makedirs(self.directory)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "campaign-test",
                               self.directory], stderr=subprocess.PIPE, check=False)
        if done.returncode:
            self.skipTest(f"no small disk: {done.stderr.decode().strip()}")

    def fill(self, supervisor):
        """While the supervisor does not look: what it gives free afterwards is its own."""
        path = os.path.join(self.directory, "filler")
        supervisor.send_signal(signal.SIGSTOP)
        with open(path, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(2**12))
            except OSError:
                pass
        supervisor.send_signal(signal.SIGCONT)
        return path

    def check_full_disk(self, free):
        self.small_disk()
        supervisor = self.start("--free", free)
        self.wait_for_work(40)
        self.wait_for(lambda: held_by(self.directory)["finding"])
        before = held_by(self.directory)
        filler = self.fill(supervisor)
        status = supervisor.wait(timeout=PATIENCE)
        said = supervisor.stdout.read()
        self.assertEqual(status, 3, said)
        self.assertIn("stopped cleanly", said)
        self.assertEqual(self.state()["state"], "disk full", said)
        self.assertEqual(self.engines(), [])
        self.assertEqual(self.call("status", self.directory).returncode, 1)  # bugs come first
        os.unlink(filler)
        supervisor = self.start()
        self.wait_for_work()
        self.finish(supervisor)
        after = held_by(self.directory)
        for kind in before:
            self.assertEqual(before[kind] - after[kind], set())

    def test_disk_gets_full(self):
        self.check_full_disk("2M")

    def test_disk_is_full_at_once(self):
        """Nothing is left when it is noticed: the next write fails."""
        self.check_full_disk("1")

    def test_cap(self):
        supervisor = self.start("--disk", "10K")
        self.assertEqual(supervisor.wait(timeout=PATIENCE), 3)
        self.assertIn("--disk", supervisor.stdout.read())

    # ------------------------------------------------------------ what tests nothing

    def test_engine_without_instrumentation(self):
        supervisor = self.start(mode="bare")
        self.assertEqual(supervisor.wait(timeout=PATIENCE), 3)
        self.assertIn("no instrumentation", supervisor.stdout.read())

    def test_engine_that_misses_the_canary(self):
        supervisor = self.start(mode="blind")
        self.assertEqual(supervisor.wait(timeout=PATIENCE), 3)
        self.assertIn("did not find the canary", supervisor.stdout.read())

    def test_engine_that_executes_nothing(self):
        supervisor = self.start("--seconds", "5", mode="dead")
        self.assertEqual(supervisor.wait(timeout=PATIENCE), 3)
        said = supervisor.stdout.read()
        self.assertIn("nothing was executed", self.state()["failures"][-1])
        self.assertLess(said.count("ended by itself"), 6, "it was restarted without a pause")
        self.assertEqual(self.call("status", self.directory).returncode, 3)

    def test_missed_goal(self):
        goals = os.path.join(self.folder, "goals")
        durable.write(goals, b"rule 1.3 never\n")
        supervisor = self.start("--seconds", "1", "--goals", goals)
        self.assertIn(supervisor.wait(timeout=PATIENCE), (1, 3))
        self.assertIn("1 of 4 goals missed: rule 1.3 never", self.state()["failures"][-1])
        self.assertIn("goals 3 of 4", self.call("status", self.directory).stdout)

    # ------------------------------------------------------------ usage

    def refused(self, sentence, *words, environment=None):
        done = self.call(*words, environment=environment)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn(sentence, done.stdout)

    def test_usage(self):
        camp = self.directory
        self.refused("no such verb", "begin")
        self.refused("expected one folder", "start")
        self.refused("--colour: unknown option", "start", camp, "--colour", "red")
        self.refused("--slice 0: expected seconds", "start", camp, "--slice", "0")
        self.refused("a value is missing", "start", camp, "--slice")
        self.refused("given twice", "start", camp, "--slice", "1", "--slice", "2")
        self.refused("there is no processor 4000", "start", camp, "--cores", "4000")
        self.refused("fuzz_all: expected some of", "start", camp, "--targets", "fuzz_all")
        self.refused("AFL_PIZZA_MODE is set", "start", camp, environment={"AFL_PIZZA_MODE": "1"})
        self.refused("ASAN_OPTIONS is set", "start", camp, environment={"ASAN_OPTIONS": "a=1"})
        self.refused("not the folder of a campaign", "status", camp)
        self.refused("not the folder of a campaign", "stop", self.seeds)
        self.refused("neither empty nor", "start", self.seeds)
        self.assertEqual(self.call("--help").returncode, 0)
        for verb in ("start", "status", "stop", "report", "pack", "unpack"):
            self.assertIn(verb, self.call(verb, "--help").stdout)

    def test_settings_are_kept(self):
        supervisor = self.start()
        self.wait_for(self.engines)
        self.finish(supervisor)
        self.refused("--slice", *self.words("--foreground")[1:3], "--slice", "9")
        path = os.path.join(self.directory, "settings.json")
        stored = durable.read_json(path)
        durable.write_json(path, {**stored, "colour": 1})
        self.refused("unknown setting `colour`", "status", self.directory)

    def test_background(self):
        words = [word for word in self.words() if word != "--foreground"]
        begun = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               check=False, timeout=PATIENCE)
        self.assertEqual(begun.returncode, 0, begun.stdout)
        self.wait_for_work()
        state = json.loads(self.call("status", self.directory, "--json").stdout)
        self.assertTrue(state["running"])
        stopped = self.call("stop", self.directory)
        self.assertEqual((stopped.returncode, stopped.stdout), (0, "stopped\n"))
        self.assertEqual(self.call("stop", self.directory).stdout, "it does not run\n")
        self.check_nothing_lost()

    def test_stop_spares_a_stranger(self):
        """A number of a process that was used again, after a crash or a reboot."""
        supervisor = self.start()
        self.wait_for(self.engines)
        self.finish(supervisor)
        stranger = subprocess.Popen(["sleep", "60"])
        try:
            state = self.state()
            known = processes.identity(stranger.pid)
            for wrong in ({"start": known["start"] - 1}, {"boot": "another"}):
                durable.write_json(os.path.join(self.directory, "status.json"),
                                   {**state, "supervisor": {**known, **wrong}, "state": "running"})
                self.assertEqual(self.call("stop", self.directory).returncode, 0)
                self.assertIsNone(stranger.poll())
        finally:
            stranger.kill()
            stranger.wait()

    def test_pack_and_unpack(self):
        supervisor = self.start()
        self.wait_for_work(20)
        self.finish(supervisor)
        out = [os.path.join(self.folder, name) for name in ("one", "two")]
        for to in out:
            self.assertEqual(self.call("pack", self.directory, to).returncode, 0)
        zips = [os.path.join(to, "fuzz_merge_seed_corpus.zip") for to in out]
        self.assertEqual(*(durable.read(path) for path in zips))
        with zipfile.ZipFile(zips[0], "a") as archive:
            archive.writestr("folder/mine", b"a new one")
        done = self.call("unpack", self.directory, zips[0])
        self.assertIn("new=1", done.stdout)
        self.assertIn("new=0", self.call("unpack", self.directory, zips[0]).stdout)
        self.refused("expected one of", "unpack", self.directory,
                     shutil.copy(zips[0], os.path.join(self.folder, "other.zip")))
        durable.write(zips[1], durable.read(zips[1])[:50])
        self.refused("cannot be read as a zip", "unpack", self.directory, zips[1])


class Parts(unittest.TestCase):
    def test_samples_of_a_killed_supervisor_give_way(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, record.SAMPLES), "w", encoding="ascii") as file:
                for elapsed in (0, 10, 20, 30, 15, 25):
                    file.write(json.dumps({"elapsed": elapsed}) + "\n")
            self.assertEqual([sample["elapsed"] for sample in record.read_samples(folder)],
                             [0, 10, 15, 25])

    def test_pauses_grow_and_end(self):
        class Run:
            began, asked = time.monotonic(), None

        place = worker.Worker(None)
        pauses = []
        for _ in range(12):
            place.begin(Run, ("libfuzzer", "fuzz_merge"), 100)
            self.assertTrue(place.end(found=0, worked=0))
            pauses.append(round(place.resume_at - time.monotonic()))
        self.assertEqual(sorted(pauses), pauses)
        self.assertGreater(pauses[4], 10)
        self.assertLessEqual(pauses[-1], worker.PAUSE_MOST)
        place.begin(Run, ("libfuzzer", "fuzz_merge"), 100)
        self.assertFalse(place.end(found=1, worked=9))
        self.assertLess(place.resume_at - time.monotonic(), 1)

    def test_turns(self):
        settings = {"engines": ["libfuzzer", "afl"], "cores": [0, 1]}
        first, second = schedule.slots(settings)
        self.assertEqual((first.engines, second.engines), (["libfuzzer"], ["afl"]))
        single, = schedule.slots({**settings, "cores": [0]})
        self.assertEqual(single.engines, ["libfuzzer", "afl"])
        targets, spent, seen = ["a", "b", "c"], {}, []
        for _ in range(12):
            pair = schedule.choose(single, targets, spent, [])
            spent[pair] = spent.get(pair, 0) + 1
            seen.append(pair)
        self.assertEqual(len(set(seen[:6])), 6)
        self.assertEqual(seen[:6], seen[6:])
        self.assertEqual(schedule.choose(second, targets, {}, ["a"]), ("afl", "b"))

    def test_health(self):
        class Engine:
            LABEL = "E"

            @staticmethod
            def misses(_):
                return None

        class Run:
            engine, target, progress = Engine, "fuzz_merge", {"edges": 3}

        self.assertEqual(list(health.of_run(Run, 5, 0, 5)), [])
        self.assertIn("no executions", list(health.of_run(Run, 100, 0, 100))[0])
        self.assertIn("no instrumentation", list(health.of_run(Run, 100, 20000, 0))[0])

        class Counts:
            executions, operations = 20000, 0

        self.assertIn("dead", list(health.of_counts("afl", "fuzz_merge", Counts))[0])
        self.assertEqual(list(health.of_counts("afl", "fuzz_text", Counts)), [])

    def test_signatures(self):
        of = findings.signature_of
        self.assertEqual(of("fuzz_merge", 1, "x\nsignature a/b/C-1\n"), "a/b/C-1")
        self.assertIsNone(of("fuzz_merge", 0, "fine"))
        self.assertEqual(of("fuzz_tree", 77, "INFO: Seed\nrow 12 is not where it was\n"),
                         "fuzz_tree/row-is-not-where-it-was")
        self.assertEqual(of("fuzz_text", 1, "SUMMARY: AddressSanitizer: heap-overflow /x/a.c:1:2 in f\n"),
                         "fuzz_text/heap-overflow/f")

    def test_lines_that_were_cut(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "lines")
            durable.append_json(path, {"a": 1})
            with open(path, "ab") as file:
                file.write(b'{"b": ')
            durable.append_json(path, {"c": 3})
            self.assertEqual(list(durable.read_lines(path)), [{"a": 1}, {"c": 3}])

    def test_risk(self):
        self.assertEqual(risk.good_turing(0, 1000), 0)
        self.assertAlmostEqual(risk.good_turing(5, 1000), 0.005)
        self.assertAlmostEqual(risk.chao1(10, 4, 2, 1000), 10 + 0.999 * 16 / 4)
        self.assertAlmostEqual(risk.chao1(10, 4, 0, 1000), 10 + 0.999 * 6)


if __name__ == "__main__":
    unittest.main()
