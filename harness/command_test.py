#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The vmafuzz command from outside: verbs, options, exit codes, last line, reports.

usage: command_test.py VMAFUZZ [unittest options]
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

VMAFUZZ = None
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

VERBS = ["run", "replay", "show", "convert", "emit", "doctor", "rules", "minimize",
         "triage", "bisect", "exhaust", "cases", "help"]
MISSING_VERBS = ["record", "import", "stats"]

LAST_LINE = re.compile(
    r"subject=\S+ profile=\S+ programs=\d+ operations=\d+ skipped=\d+ checks=\d+ mismatches=\d+ "
    r"trace=[0-9a-f]{16} seconds=\d+(\.\d+)? ops_per_second=\d+( \w+=\S+)*")

SCENARIO = """vma-program 1
pages 64
mmap 4..8 rw private anon
touch 4..5 w
mmap 8..10 rw private anon
guard_install 5..6
mprotect 6..8 r
fork
@1 munmap 4..10 = 0
expect @1 empty
"""

# Text, and where the first thing wrong with it stands.
DEFECTS = {
    "unknown_operation": (b"vma-program 1\nmunmap 0..1\nmapp 0..1\n", 3, 1),
    "unknown_setting": (b"vma-program 1\npagez 64\n", 2, 1),
    "bad_number": (b"vma-program 1\npages 6x\n", 2, 7),
    "number_out_of_range": (b"vma-program 1\npages 4097\n", 2, 7),
    "reversed_range": (b"vma-program 1\n\n# comment\nmunmap 8..4\n", 4, 11),
    "nul": (b"vma-program 1\nmun\0map 0..1\n", 2, 4),
    "cut_line": (b"vma-program 1\nmmap 0..1 rw private", 2, 21),
    "unknown_version": (b"vma-program 2\n", 1, 13),
    "unknown_file": (b"vma-program 1\nmmap 0..1 rw private file=nothing\n", 2, 27),
    "too_much": (b"vma-program 1\nmunmap 0..1 2..3\n", 2, 13),
    "setting_after_operation": (b"vma-program 1\nfork\npages 64\n", 3, 1),
    "unknown_errno": (b"vma-program 1\nmunmap 0..1 = EWHAT\n", 2, 15),
    "unknown_flag": (b"vma-program 1\nexpect 0..1 rw private anon flags=qq\n", 2, 35),
    "unknown_prot": (b"vma-program 1\nmprotect 0..1 rz\n", 2, 15),
}


def vmafuzz(*arguments, stdin=b"", timeout=120, **keywords):
    """Runs the command; its output as text."""
    done = subprocess.run([VMAFUZZ, *arguments], input=stdin, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **keywords)
    done.stdout = done.stdout.decode()
    done.stderr = done.stderr.decode()
    return done


def last_line(done):
    return done.stdout.splitlines()[-1]


def values(line):
    return dict(part.split("=", 1) for part in line.split())


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return path

    def assert_usage(self, done, *parts):
        """Exit 2, a message with these parts, and no sign of anything having run."""
        self.assertEqual(done.returncode, 2, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertNotIn("programs=", done.stdout)

    def assert_agreed(self, done):
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])


class Usage(Case):
    def test_every_verb_has_help(self):
        for verb in VERBS:
            done = vmafuzz(verb, "--help")
            self.assertEqual(done.returncode, 0, verb)
            self.assertTrue(done.stdout.startswith("usage: vmafuzz " + verb), done.stdout)
            self.assertEqual(done.stderr, "")

    def test_help_names_every_option_that_is_taken(self):
        for verb, options in {
                "run": ["--seed", "--programs", "--seconds", "--ops", "--pages", "--subject",
                        "--profile", "--jobs", "--quirks", "--strict", "--alloc", "--paranoid",
                        "--json", "--keep", "--output", "--cases", "--progress", "--alloc-walk"],
                "replay": ["--subject", "--profile", "--quirks", "--strict", "--no-expect",
                           "--json", "--no-fork", "--timeout", "--alloc-walk", "--output"],
                "rules": ["--json", "--unreachable", "--missing", "--alloc-walk", "--profile"],
                "convert": ["--to", "--output"],
                "show": ["--color", "--subject", "--html", "--maps", "--target"],
                "minimize": ["--output", "--target", "--seconds", "--timeout", "--json",
                             "--subject", "--profile"],
                "triage": ["--output", "--mark", "--target", "--seconds", "--timeout",
                           "--subject"],
                "bisect": ["--output", "--signature", "--any", "--profile", "--timeout"],
                "exhaust": ["--pages", "--ops", "--spaces", "--depth", "--jobs", "--state",
                            "--memory", "--model-only", "--output", "--timeout", "--json",
                            "--progress", "--subject", "--profile"],
                "cases": ["--party", "--things", "--goals", "--programs", "--seed", "--json",
                          "--subject", "--profile"],
                "emit": ["--as", "--output", "--subject", "--profile", "--target", "--broke", "--fixed",
                         "--shown"],
                "doctor": ["--subject"]}.items():
            text = vmafuzz(verb, "--help").stdout
            for option in options:
                self.assertIn(option, text)

    def test_lists_of_verbs(self):
        for arguments in (["--help"], ["help"]):
            done = vmafuzz(*arguments)
            self.assertEqual(done.returncode, 0)
            for verb in VERBS + MISSING_VERBS:
                self.assertRegex(done.stdout, rf"(?m)^  {verb} ")
        self.assertEqual(vmafuzz("help", "run").stdout, vmafuzz("run", "--help").stdout)

    def test_format_is_documented(self):
        done = vmafuzz("help", "format")
        self.assertEqual(done.returncode, 0)
        for word in ("vma-program 1", "mremap", "guard_install", "expect", "!alloc=K", "anon#K"):
            self.assertIn(word, done.stdout)

    def test_no_verb_and_unknown_verb(self):
        self.assert_usage(vmafuzz())
        self.assert_usage(vmafuzz("replai"), "replai")

    def test_verbs_that_do_not_exist_yet(self):
        for verb in MISSING_VERBS:
            self.assert_usage(vmafuzz(verb), verb, "does not exist yet")

    def test_errors_name_the_option(self):
        for arguments, option in [
                (["run", "--seed", "x"], "--seed"),
                (["run", "--programs", "0"], "--programs"),
                (["run", "--programs", "-1"], "--programs"),
                (["run", "--seconds", "nan"], "--seconds"),
                (["run", "--ops", "5000"], "--ops"),
                (["run", "--pages", "0"], "--pages"),
                (["run", "--jobs", "0"], "--jobs"),
                (["run", "--without", "fork,spoon"], "--without"),
                (["run", "--profile", "5.4"], "--profile"),
                (["run", "--quirks", "F99"], "--quirks"),
                (["run", "--quirks", "F1,"], "--quirks"),
                (["run", "--subject", "nobody"], "--subject"),
                (["run", "--nonsense"], "--nonsense"),
                (["run", "--seed"], "--seed"),
                (["run", "--programs", "5", "--seconds", "1"], "--seconds"),
                (["run", "file"], "file"),
                (["replay", "--timeout", "0", "x"], "--timeout"),
                (["replay"], "FILE"),
                (["show", "--color", "red", "x"], "--color"),
                (["show"], "FILE"),
                (["convert", "x"], "--to"),
                (["convert", "--to", "pdf", "x"], "--to"),
                (["minimize"], "FILE"),
                (["minimize", "a", "b"], "FILE"),
                (["minimize", "--seconds", "0", "x"], "--seconds"),
                (["minimize", "--target", "nothing", "x"], "--target"),
                (["minimize", "/nowhere/at/all"], "/nowhere/at/all"),
                (["triage"], "DIR"),
                (["triage", "/nowhere/at/all"], "/nowhere/at/all"),
                (["triage", "--mark", "bug=good", "x"], "--mark"),
                (["triage", "--mark", "bug", "x"], "--mark"),
                (["bisect", "x"], "TREE"),
                (["bisect", "x", "/nowhere/at/all"], "/nowhere/at/all"),
                (["bisect", "--timeout", "0", "x", "."], "--timeout"),
                (["exhaust", "--pages", "17"], "--pages"),
                (["exhaust", "--ops", "mumble"], "--ops: `mumble'"),
                (["exhaust", "--ops", "touch S..E q"], "--ops: `touch 0..1 q'"),
                (["exhaust", "--spaces", "5"], "--spaces"),
                (["exhaust", "--depth", "0"], "--depth"),
                (["exhaust", "--state", __file__], __file__),
                (["exhaust", "x"], "x"),
                (["cases"], "FILE"),
                (["cases", "/nowhere/at/all"], "/nowhere/at/all"),
                (["cases", "--programs", "0"], "--programs"),
                (["cases", "--programs", "5", "x"], "--programs"),
                (["cases", "--goals", "/nowhere/at/all", "--programs", "1"], "--goals"),
                (["cases", "--goals", __file__, "--programs", "1"], __file__ + ":"),
                (["doctor", "--subject", "nobody"], "--subject"),
                (["doctor", "x"], "x"),
                (["rules", "--nonsense"], "--nonsense"),
                (["rules", "--unreachable", "/nowhere/at/all", "-"], "/nowhere/at/all"),
                (["rules", "/nowhere/at/all"], "/nowhere/at/all"),
                (["help", "nothing"], "nothing")]:
            with self.subTest(arguments=arguments):
                self.assert_usage(vmafuzz(*arguments), option)


class Input(Case):
    def test_defects_of_text_are_told_by_file_line_and_column(self):
        for name, (text, line, column) in DEFECTS.items():
            path = self.file(name + ".vma", text)
            for verb in (["replay"], ["show"], ["convert", "--to", "bytes"], ["minimize"]):
                with self.subTest(name=name, verb=verb[0]):
                    self.assert_usage(vmafuzz(*verb, path),
                                      f"{path}:{line}:{column}: expected ")

    def test_one_bad_file_and_nothing_is_run(self):
        good = self.file("good.vma", SCENARIO)
        bad = [self.file(name, text) for name, (text, _, _) in list(DEFECTS.items())[:2]]
        done = vmafuzz("replay", good, bad[0], good, bad[1])
        self.assert_usage(done, bad[0], bad[1])
        self.assertEqual(done.stdout, "")

    def test_missing_file_and_directory(self):
        missing = os.path.join(self.folder, "missing")
        for verb in (["replay"], ["show"], ["convert", "--to", "text"]):
            self.assert_usage(vmafuzz(*verb, missing), missing, "No such file")
            self.assert_usage(vmafuzz(*verb, self.folder), self.folder, "is a directory")

    def test_unreadable_file(self):
        path = self.file("secret.vma", SCENARIO)
        os.chmod(path, 0)
        os.chmod(self.folder, 0o755)
        keywords = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
        try:
            done = vmafuzz("replay", path, **keywords)
        except PermissionError:
            self.skipTest("the binary lies where another user cannot run it")
        self.assert_usage(done, path, "Permission denied")

    def test_bytes_are_never_bad_input(self):
        dice = random.Random(1)
        for size in (0, 1, 15, 16, 17, 31, 32, 4096, 1 << 20):
            with self.subTest(size=size):
                self.assert_agreed(vmafuzz("replay", self.file("bytes", dice.randbytes(size))))

    def test_endless_bytes_end(self):
        with open("/dev/zero", "rb") as zero:
            done = subprocess.run([VMAFUZZ, "replay", "-"], stdin=zero, timeout=60,
                                  stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 0)

    def test_standard_input(self):
        done = vmafuzz("replay", "-", stdin=SCENARIO.encode())
        self.assert_agreed(done)
        self.assertEqual(values(last_line(done))["operations"], "7")

    def test_a_hundred_megabytes_of_comments(self):
        path = self.file("comments.vma", b"vma-program 1\n" + b"# nothing\n" * 10_500_000)
        self.assert_agreed(vmafuzz("replay", path))

    def test_a_hundred_megabytes_of_operations(self):
        path = self.file("many.vma", b"vma-program 1\n" + b"munmap 0..1\n" * 8_800_000)
        self.assert_usage(vmafuzz("replay", path), f"{path}:4098:1: expected ")

    def test_a_hundred_megabytes_in_one_line(self):
        path = self.file("long.vma", b"vma-program 1\n" + b"munmap " + b"0" * 105_000_000)
        self.assert_usage(vmafuzz("replay", path), f"{path}:2:")


class Replay(Case):
    def test_agreeing_program(self):
        done = vmafuzz("replay", self.file("good.vma", SCENARIO))
        self.assert_agreed(done)
        self.assertRegex(last_line(done), "^" + LAST_LINE.pattern + "$")
        seen = values(last_line(done))
        self.assertEqual(seen["subject"], "core")
        self.assertEqual(seen["profile"], "7.3")
        self.assertEqual(seen["programs"], "1")
        self.assertEqual(seen["operations"], "7")
        self.assertEqual(seen["mismatches"], "0")

    def test_in_process_gives_the_same(self):
        path = self.file("good.vma", SCENARIO)
        one, other = (values(last_line(vmafuzz("replay", *options, path)))
                      for options in ([], ["--no-fork"]))
        for key in ("programs", "operations", "checks", "trace"):
            self.assertEqual(one[key], other[key])

    def test_json_says_the_same(self):
        path = self.file("good.vma", SCENARIO)
        done = vmafuzz("replay", "--json", path)
        self.assert_agreed(done)
        seen = json.loads(done.stdout)
        plain = values(last_line(vmafuzz("replay", path)))
        for key in ("subject", "profile", "programs", "operations", "skipped", "checks",
                    "mismatches", "trace"):
            self.assertEqual(str(seen[key]), plain[key])
        self.assertEqual(list(seen)[:10], list(plain)[:10])
        self.assertEqual(seen["findings"], [])

    def test_false_statement_is_a_disagreement_with_a_report(self):
        path = self.file("false.vma", SCENARIO + "expect 0..1 rw private anon\n")
        done = vmafuzz("replay", path)
        self.assertEqual(done.returncode, 1)
        heads = [line.split(" ")[0] for line in done.stdout.splitlines()
                 if line and not line.startswith(" ")]
        order = ["mismatch", "program", "drawing", "subject", "merge", "signature", "replay"]
        self.assertEqual([head for head in order if head in heads],
                         list(dict.fromkeys(head for head in heads if head in order)))
        for head in ("mismatch", "program", "drawing", "subject", "signature", "replay"):
            self.assertIn(head, heads)
        self.assertIn("rule EXPECT", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^signature expectation/\w+/EXPECT$")
        self.assertIn("replay    vmafuzz replay " + path, done.stdout)
        self.assertEqual(done.stdout.count("<-- first disagreement"), 1)
        self.assertEqual(values(last_line(done))["mismatches"], "1")

    def test_report_is_the_same_every_time(self):
        path = self.file("false.vma", SCENARIO + "expect count 9\n")
        pages = {vmafuzz("replay", path).stdout.rsplit("\n", 2)[0] for _ in range(3)}
        self.assertEqual(len(pages), 1)

    def test_statements_can_be_left_unchecked(self):
        path = self.file("false.vma", SCENARIO + "expect count 9\nmunmap 0..1 = EBADF\n")
        self.assertEqual(vmafuzz("replay", path).returncode, 1)
        self.assert_agreed(vmafuzz("replay", "--no-expect", path))

    def test_report_in_json(self):
        path = self.file("false.vma", SCENARIO + "expect count 9\n")
        done = vmafuzz("replay", "--json", path, path)
        self.assertEqual(done.returncode, 1)
        seen = json.loads(done.stdout)
        self.assertEqual(len(seen["findings"]), 2)
        self.assertEqual(seen["findings"][0]["rule"], "EXPECT")
        self.assertIn("mismatch  ", seen["findings"][0]["report"])

    def test_other_programs_run_after_a_disagreement(self):
        bad = self.file("false.vma", SCENARIO + "expect count 9\n")
        good = self.file("good.vma", SCENARIO)
        done = vmafuzz("replay", good, bad, good)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(values(last_line(done))["programs"], "3")

    def test_profile_of_the_command_line(self):
        path = self.file("good.vma", SCENARIO)
        for profile in ("6.12", "6.18", "7.3"):
            done = vmafuzz("replay", "--profile", profile, path)
            self.assert_agreed(done)
            self.assertEqual(values(last_line(done))["profile"], profile)

    def test_programs_of_6_1_are_skipped_by_the_core(self):
        path = self.file("older.vma", "vma-program 1\nprofile 6.1\nmmap 0..1 r private anon\n")
        for options in ((), ("--profile", "6.1")):
            done = vmafuzz("replay", *options, path)
            self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
            self.assertIn("skip the core has no profile 6.1 1\n", done.stdout)
        self.assert_agreed(vmafuzz("replay", "--profile", "7.3", path))


class Run(Case):
    def run_small(self, *options):
        done = vmafuzz("run", "--programs", "200", *options, cwd=self.folder)
        self.assert_agreed(done)
        self.assertRegex(last_line(done), "^" + LAST_LINE.pattern + "$")
        return values(last_line(done))

    def test_same_seed_same_trace_whatever_the_jobs(self):
        first = self.run_small("--seed", "7")
        for options in ([], ["--jobs", "2"], ["--jobs", "5"]):
            again = self.run_small("--seed", "7", *options)
            for key in ("programs", "operations", "skipped", "checks", "trace"):
                self.assertEqual(first[key], again[key])
        self.assertEqual(first["programs"], "200")
        self.assertNotEqual(first["trace"], self.run_small("--seed", "8")["trace"])

    def test_operations_can_be_left_out(self):
        def forks(*options):
            done = vmafuzz("run", "--programs", "300", "--cases", *options, cwd=self.folder)
            return sum(int(hits) for hits in re.findall(r"(?m)^case 11\.\S* +(\d+) ", done.stdout))
        self.assertGreater(forks(), 0)
        self.assertEqual(forks("--without", "mseal,fork"), 0)

    def test_ops_and_pages(self):
        seen = self.run_small("--ops", "1")
        self.assertEqual(int(seen["operations"]) + int(seen["skipped"]), 200)
        self.run_small("--pages", "1")
        self.run_small("--pages", "4096")

    def test_seconds(self):
        done = vmafuzz("run", "--seconds", "0.5", cwd=self.folder)
        self.assert_agreed(done)
        self.assertGreater(int(values(last_line(done))["programs"]), 0)

    def test_progress(self):
        done = vmafuzz("run", "--seconds", "1.6", "--progress", cwd=self.folder)
        self.assertRegex(done.stderr, r"\r +1 s  programs [1-9]\d*  operations [1-9]\d* ")
        done = vmafuzz("run", "--seconds", "1.6", cwd=self.folder)
        self.assertNotIn("programs", done.stderr)

    def test_ways_of_checking_see_the_same(self):
        plain = self.run_small()
        for options in (["--twice"], ["--paranoid"]):
            self.assertEqual(plain["trace"], self.run_small(*options)["trace"])

    def test_json(self):
        done = vmafuzz("run", "--programs", "20", "--json", cwd=self.folder)
        self.assert_agreed(done)
        self.assertEqual(json.loads(done.stdout)["programs"], 20)

    def test_cases_are_counted(self):
        done = vmafuzz("run", "--programs", "200", "--cases", cwd=self.folder)
        self.assert_agreed(done)
        self.assertRegex(done.stdout, r"(?m)^case \S.* [1-9]\d*  ")
        self.assertRegex(done.stdout, r"(?m)^cases reached=[1-9]\d* of=\d+$")
        results = re.search(r"(?m)^results succeeded=(\d+) failed=(\d+) noop=(\d+)$", done.stdout)
        self.assertIn(f" operations={sum(map(int, results.groups()))} ", done.stdout)

    def test_agreement_leaves_no_files(self):
        self.run_small()
        self.assertEqual(os.listdir(self.folder), [])


class Exhaust(Case):
    OPS = ["--pages", "2", "--ops", "anon,munmap,touch,fork"]
    KEYS = ("operations", "trace", "states", "frontier", "depth")

    def enumerate(self, *options):
        done = vmafuzz("exhaust", *self.OPS, *options, cwd=self.folder)
        self.assert_agreed(done)
        self.assertRegex(last_line(done), "^" + LAST_LINE.pattern + "$")
        return values(last_line(done))

    def test_both_enumerations_and_all_jobs_are_one(self):
        first = self.enumerate()
        self.assertEqual(first["frontier"], "0")
        self.assertEqual([first[key] for key in self.KEYS],
                         [self.enumerate("--jobs", "3")[key] for key in self.KEYS])
        alone = self.enumerate("--model-only")
        self.assertEqual((alone["subject"], alone["states"]), ("model", first["states"]))
        self.assertEqual(os.listdir(self.folder), [])

    def test_other_rules_are_another_enumeration(self):
        self.enumerate("--state", "file")
        done = vmafuzz("exhaust", *self.OPS, "--state", "file", "--profile", "6.12",
                       cwd=self.folder)
        self.assert_usage(done, "--state file")
        self.assertEqual(self.enumerate("--profile", "6.12", "--paranoid")["profile"], "6.12")

    def test_killed_and_gone_on_with(self):
        whole = self.enumerate()
        for seconds in (0.05, 0.1, 0.2):
            with subprocess.Popen([VMAFUZZ, "exhaust", *self.OPS, "--state", "file"],
                                  cwd=self.folder, stdout=subprocess.DEVNULL) as started:
                time.sleep(seconds)
                started.kill()
        again = self.enumerate("--state", "file")
        self.assertEqual([whole[key] for key in self.KEYS], [again[key] for key in self.KEYS])

    def test_no_room_is_no_agreement(self):
        done = vmafuzz("exhaust", "--pages", "3", "--memory", "1", "--progress", cwd=self.folder)
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("--memory 1: no room for more than 26214 layouts", done.stderr)
        self.assertRegex(done.stderr, r"\r +\d+ s  depth \d+ \[#*\.*\] [1-9]\d* of \d+ layouts ")
        done = vmafuzz("exhaust", *self.OPS, "--json", "--depth", "2", cwd=self.folder)
        self.assertGreater(json.loads(done.stdout)["frontier"], 0)


class Cases(Case):
    LEFT = "new whole left, left: allowed, right: no neighbour"

    def cases(self, *options, status=0):
        done = vmafuzz("cases", *options, cwd=self.folder)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def test_files_and_folders(self):
        os.mkdir(os.path.join(self.folder, "pile"))
        self.file("pile/a.vma", SCENARIO.encode())
        self.file("pile/notes.md", b"no program")
        done = vmafuzz("convert", "--to", "bytes", "--output", "pile/b", "pile/a.vma",
                       cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.cases("pile")
        self.assertRegex(text, rf"(?m)^merge +2  {self.LEFT}$")
        self.assertRegex(text, r"(?m)^cases programs=2 operations=14 mismatches=0 decisions=\d+ "
                               r"cases=\d+$")
        self.assertIn("anon=f/-/- close=--- sticky=---", self.cases("--party", "pile/a.vma"))
        self.assertRegex(self.cases("--things", "pile"), r"(?m)^ +2  rule 3 L1R0$")

    def test_goals(self):
        self.file("a.vma", SCENARIO.encode())
        self.file("goals", f"merge {self.LEFT}\nmerge new *  # any\n".encode())
        self.assertIn(" goals=2 missed=0 wrong=0", self.cases("a.vma", "--goals", "goals"))
        self.file("goals", b"event open\nerrno mmap EINVAL\nrule 11.2\n"
                            b"never rule 3 L1R0    it is come by\n")
        text = self.cases("a.vma", "--goals", "goals", status=1)
        self.assertEqual([line for line in text.splitlines() if line.startswith("missed")],
                         ["missed event open", "missed errno mmap EINVAL"])
        self.assertIn("wrong  never rule 3 L1R0, but 1 times (it is come by)", text)
        seen = json.loads(self.cases("a.vma", "--goals", "goals", "--json", status=1))
        self.assertEqual((seen["missed"], seen["wrong"], seen["things"]["merge " + self.LEFT]),
                         (2, 1, 1))

    def test_random_programs(self):
        first = self.cases("--programs", "300")
        self.assertEqual(first, self.cases("--programs", "300", "--seed", "1"))
        self.assertNotEqual(first, self.cases("--programs", "300", "--seed", "2"))
        self.assertEqual(os.listdir(self.folder), [])


class AllocWalk(Case):
    WALKED = re.compile(r" walks=[1-9]\d* failures=[1-9]\d*$")

    def test_replay_counts_walks_and_failures(self):
        path = self.file("walk.vma", SCENARIO)
        plain = values(last_line(vmafuzz("replay", path)))
        done = vmafuzz("replay", "--alloc-walk", path, cwd=self.folder)
        self.assert_agreed(done)
        self.assertRegex(last_line(done), "^" + LAST_LINE.pattern + "$")
        self.assertRegex(last_line(done), self.WALKED)
        walked = values(last_line(done))
        self.assertEqual(walked["programs"], "1")
        self.assertEqual(walked["trace"], plain["trace"])
        self.assertNotIn("walks", plain)
        # Each operation that asks for memory fails at least once alone and once with the rest.
        self.assertGreater(int(walked["walks"]), 10)
        self.assertGreaterEqual(int(walked["failures"]), int(walked["walks"]))
        self.assertEqual(os.listdir(self.folder), ["walk.vma"])

    def test_in_process_and_in_json_it_is_the_same(self):
        path = self.file("walk.vma", SCENARIO)
        first = values(last_line(vmafuzz("replay", "--alloc-walk", path)))
        again = values(last_line(vmafuzz("replay", "--alloc-walk", "--no-fork", path)))
        told = json.loads(vmafuzz("replay", "--alloc-walk", "--json", path).stdout)
        for key in ("operations", "checks", "walks", "failures"):
            self.assertEqual(first[key], again[key])
            self.assertEqual(first[key], str(told[key]))

    def test_run_walks_whatever_the_jobs(self):
        options = ["run", "--alloc-walk", "--programs", "12", "--ops", "8"]
        first = vmafuzz(*options, cwd=self.folder)
        self.assert_agreed(first)
        self.assertRegex(last_line(first), self.WALKED)
        again = values(last_line(vmafuzz(*options, "--jobs", "3", cwd=self.folder)))
        for key in ("operations", "walks", "failures", "trace"):
            self.assertEqual(values(last_line(first))[key], again[key])

    def test_too_many_failures_are_told(self):
        text = "vma-program 1\npages 256\n" + "".join(
            f"mmap {page}..{page + 1} {'rw' if page % 2 else 'r'} private anon\n"
            for page in range(0, 70)) + "fork\n"
        done = vmafuzz("replay", "--alloc-walk", self.file("long.vma", text))
        self.assert_agreed(done)
        self.assertRegex(done.stdout, r"(?m)^skip allocation walk: .* \d+$")


class Rules(Case):
    def rules(self, *arguments, **keywords):
        done = vmafuzz("rules", "--json", "--unreachable", os.devnull, *arguments, **keywords)
        table = json.loads(done.stdout)
        return done, table, {row["id"]: row for row in table["rules"]}

    def test_what_is_exercised_and_what_is_not(self):
        done, table, rows = self.rules(self.file("one.vma", SCENARIO))
        self.assertEqual(done.returncode, 1)
        for rule in ("STR-3", "PAG-1", "STK-2", "FRK-1", "MRG-1", "ANV-2", "EXT-1"):
            self.assertEqual(rows[rule]["state"], "exercised", rule)
        for rule in ("FLG-11", "LIM-3", "ACC-5", "ERR-3", "FLG-6", "HOK-1", "ANV-8"):
            self.assertEqual(rows[rule]["state"], "missing", rule)
        self.assertEqual(rows["3 L1R0"]["kind"], "case")
        self.assertEqual(rows["3 L1R0"]["state"], "exercised")
        self.assertEqual(table["ids"], len(rows))
        self.assertEqual(table["mismatches"], 0)

    def test_every_profile_a_program_names(self):
        path = self.file("all.vma", "vma-program 1\nprofile 6.12 7.3\nmmap 0..1 r private anon\n")
        self.assertEqual(self.rules(path)[1]["programs"], 2)
        self.assertEqual(self.rules("--profile", "6.18", path)[1]["programs"], 1)

    def test_out_of_reach_needs_a_reason_and_must_be_true(self):
        path = self.file("one.vma", SCENARIO)
        excuse = self.file("unreachable.txt", "# comment\n\nANV-8 nobody shows it\nPAG-1 wrong\n"
                           "2.4 none/set forked  the longest id that fits\n")
        rows = {row["id"]: row for row in json.loads(
            vmafuzz("rules", "--json", "--unreachable", excuse, path).stdout)["rules"]}
        self.assertEqual(rows["ANV-8"]["state"], "unreachable")
        self.assertEqual(rows["ANV-8"]["reason"], "nobody shows it")
        self.assertEqual(rows["PAG-1"]["state"], "wrong")
        self.assertEqual(rows["2.4 none/set forked"]["reason"], "the longest id that fits")
        for text, line in (("ANV-9 no such rule\n", 1), ("\nANV-8\n", 2), ("ANV-8  \n", 1),
                           ("ANV-8 once\nANV-8 twice\n", 2)):
            bad = self.file("bad.txt", text)
            self.assert_usage(vmafuzz("rules", "--unreachable", bad, path), f"{bad}:{line}: ")

    def test_everything_exercised_or_excused_is_fine(self):
        path = self.file("one.vma", SCENARIO)
        rows = self.rules(path)[2]
        excuse = self.file("all.txt", "".join(
            f"{name}  not here\n" for name, row in rows.items() if row["state"] == "missing"))
        done = vmafuzz("rules", "--missing", "--unreachable", excuse, path)
        self.assert_agreed(done)
        self.assertRegex(done.stdout, r"\Arules ids=\d+ exercised=\d+ unreachable=\d+ missing=0 "
                         r"wrong=0 programs=1 operations=\d+ mismatches=0\n\Z")

    def test_a_directory_gives_its_programs(self):
        self.file("one.vma", SCENARIO)
        self.file("README.md", "no program\n")
        self.assertEqual(self.rules(self.folder)[1]["programs"], 1)
        self.assertEqual(vmafuzz("rules", cwd=self.folder).returncode, 2)

    def test_false_statements_are_disagreements(self):
        path = self.file("false.vma", "vma-program 1\nmunmap 0..1 = EINVAL\n")
        done, table, _ = self.rules(path)
        self.assertEqual((done.returncode, table["mismatches"]), (1, 1))

    def test_each_rule_is_named_by_the_code_that_checks_it(self):
        top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        symbol = "RULE_{}"
        for name, row in self.rules(self.file("one.vma", SCENARIO))[2].items():
            if row["kind"] != "invariant":
                continue
            for source in row["by"].split():
                with open(os.path.join(top, source), encoding="utf-8") as file:
                    text = file.read()
                self.assertTrue(re.search(rf"\b{name}\b", text) or
                                re.search(rf"\b{symbol.format(name.replace('-', '_'))}\b", text),
                                f"{source} does not name {name}")


class Minimize(Case):
    # The core is sound, so it is a statement that fails.
    FALSE = ("vma-program 1\npages 128\n# a comment\nmmap 4..8 rw private anon\n"
             "touch 4..5 w\nfork\n@1 mprotect 6..8 r = EINVAL\nmunmap 4..8\n")

    def minimize(self, path, *options):
        output = os.path.join(self.folder, "out.vma")
        done = vmafuzz("minimize", *options, path, "-o", output)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(output, encoding="utf-8") as file:
            return done, file.read()

    def test_same_signature_fewer_operations(self):
        path = self.file("false.vma", self.FALSE)
        done, text = self.minimize(path)
        last = values(last_line(done))
        self.assertEqual(last["signature"], "expectation/mprotect/EXPECT")
        self.assertEqual(last["complete"], "yes")
        before, after = map(int, last["operations"].split("->"))
        self.assertEqual(before, 5)
        self.assertLess(after, 3)
        self.assertTrue(text.startswith("vma-program 1\n# expectation/mprotect/EXPECT\n"), text)
        self.assertIn("pages 64\n", text)
        self.assertIn("mprotect 0..0 r = EINVAL\n", text)
        replayed = vmafuzz("replay", "--json", self.file("again.vma", text))
        self.assertEqual(json.loads(replayed.stdout)["findings"][0]["signature"],
                         last["signature"])

    def test_result_of_a_result_is_the_same_file(self):
        _, text = self.minimize(self.file("false.vma", self.FALSE))
        _, again = self.minimize(self.file("once.vma", text))
        self.assertEqual(text, again)

    def test_without_output_the_program_is_what_is_printed(self):
        done = vmafuzz("minimize", "--json", "-", stdin=self.FALSE.encode())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("vma-program 1\n"), done.stdout)
        self.assertEqual(json.loads(done.stderr)["signature"], "expectation/mprotect/EXPECT")

    def test_what_is_said_becomes_part_of_the_program(self):
        # 6.12 has no guard markers; elsewhere the statement is true.
        path = self.file("old.vma", "vma-program 1\nprofile any\nmmap 0..1 rw private anon\n"
                                    "guard_install 0..1 = 0\n")
        self.assert_agreed(vmafuzz("replay", path))
        _, text = self.minimize(path, "--profile", "6.12")
        self.assertEqual(vmafuzz("replay", self.file("new.vma", text)).returncode, 1, text)

    def test_what_does_not_fail_is_bad_input(self):
        path = self.file("good.vma", SCENARIO)
        done = vmafuzz("minimize", path)
        self.assert_usage(done, path, "does not fail")
        self.assertEqual(done.stdout, "")

    def test_output_that_cannot_be_written(self):
        path = self.file("false.vma", self.FALSE)
        self.assert_usage(vmafuzz("minimize", path, "-o", "/nowhere/x.vma"), "--output",
                          "/nowhere/x.vma")


class Triage(Case):
    def pile(self):
        """Two bugs of ours in files with the names that engines give, and what is no crash."""
        pile = os.path.join(self.folder, "pile")
        for name, text in {
                "crash-0a1b2c": "mmap 0..4 rw private anon\nmprotect 1..2 r = EINVAL\n",
                "afl/crashes/id:000000,sig:06,src:000001": "touch 0..1 w\nmprotect 8..9 r = EIO\n",
                "SIGABRT.PC.1.STACK.2.CODE.3.ADDR.4.INSTR.5.fuzz": "fork\n@1 munmap 0..1 = EIO\n",
                "afl/queue/id:000001,orig:a": "munmap 0..1 = 0\n",
                "afl/crashes/README.txt": None}.items():
            path = os.path.join(pile, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write("vma-program 1\n" + text if text else "Not an input.\n")
        with open(os.path.join(pile, "leak-77"), "wb") as file:
            file.write(b"bytes that do nothing wrong")
        with open(os.path.join(pile, "cut.vma"), "w", encoding="utf-8") as file:
            file.write("vma-program 1\nmmap 0..\n")
        return pile

    def triage(self, *arguments):
        return vmafuzz("triage", "-o", os.path.join(self.folder, "bugs"), *arguments)

    def test_one_folder_per_bug(self):
        done = self.triage(self.pile())
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(values(last_line(done)),
                         {"bugs": "2", "failing": "3", "passing": "2", "unreadable": "1"})
        self.assertIn("cut.vma:2:", done.stderr)
        bugs = os.path.join(self.folder, "bugs")
        names = [line.split()[0] for line in done.stdout.splitlines()[:-1]]
        self.assertEqual(sorted(names + ["index.html"]), sorted(os.listdir(bugs)))
        modify = next(name for name in names if "modify" in name)
        with open(os.path.join(bugs, modify, "files.txt"), encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), 2)
        for name in names:
            folder = os.path.join(bugs, name)
            self.assertEqual(vmafuzz("replay", os.path.join(folder, "bug.vma")).returncode, 1)
            for part in ("report.txt", "drawing.txt", "page.html", "regress.vma", "syscalls.c",
                         "kselftest.c"):
                self.assertGreater(os.path.getsize(os.path.join(folder, part)), 0)
            with open(os.path.join(folder, "report.txt"), encoding="utf-8") as file:
                self.assertIn("signature expectation/", file.read())
        with open(os.path.join(bugs, "index.html"), encoding="utf-8") as file:
            page = file.read()
        for name in names:
            self.assertIn(f'<a href="{name}/bug.vma">', page)

    def test_marks_survive(self):
        pile = self.pile()
        names = [line.split()[0] for line in self.triage(pile).stdout.splitlines()[:-1]]
        self.assert_agreed(self.triage("--mark", names[0] + "=fixed", "--mark",
                                       names[1] + "=invalid"))
        done = self.triage(pile)
        self.assert_agreed(done)
        self.assertIn(f"{names[0]} mark=fixed ", done.stdout)
        self.assertIn(f"{names[1]} mark=invalid ", done.stdout)
        self.assert_agreed(self.triage("--mark", names[1] + "=open"))
        self.assertEqual(self.triage(pile).returncode, 1)

    def test_mark_of_no_bug(self):
        self.assert_usage(self.triage("--mark", "nothing=fixed"), "--mark", "nothing")

    def test_nothing_fails(self):
        os.mkdir(os.path.join(self.folder, "good"))
        self.file("good/a.vma", SCENARIO)
        done = self.triage(os.path.join(self.folder, "good"))
        self.assert_agreed(done)
        self.assertEqual(values(last_line(done))["bugs"], "0")


class Bisect(Case):
    FALSE = "vma-program 1\nmunmap 0..1 = EIO\n"
    SIGNATURE = "expectation/munmap/EXPECT"

    def git(self, *arguments):
        done = subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org",
                               *arguments], cwd=self.tree, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        return done.stdout.decode()

    def commit(self, name, source):
        """A revision whose vmafuzz is this."""
        for path, text in {
                "CMakeLists.txt": "cmake_minimum_required(VERSION 3.16)\nproject(t C)\n"
                                  "add_executable(vmafuzz main.c)\n",
                "main.c": source, "src/vma.h": ""}.items():
            path = os.path.join(self.tree, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", name)

    def setUp(self):
        super().setUp()
        self.tree = os.path.join(self.folder, "tree")
        os.mkdir(self.tree)
        self.git("init", "-q")

    @staticmethod
    def answer(status, signature="none"):
        return (f'#include <stdio.h>\nint main(void)\n{{\n\tputs("signature {signature}");\n'
                f'\treturn {status};\n}}\n')

    def script(self, *options):
        path = os.path.join(self.folder, "bisect.sh")
        done = vmafuzz("bisect", *options, self.file("bug.vma", self.FALSE), self.tree, "-o", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path

    def run_script(self, path):
        return subprocess.run([path], cwd=self.tree, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120, check=False,
                              env=dict(os.environ, CC="clang",
                                       VMAFUZZ_BISECT=os.path.join(self.folder, "work")))

    def test_exit_codes(self):
        for source, status in [
                (self.answer(0), 0), (self.answer(1, self.SIGNATURE), 1),
                (self.answer(1, "another/one/X"), 125), (self.answer(2), 125),
                (self.answer(3), 125), (self.answer(77), 125), ("no C\n", 125)]:
            with self.subTest(source=source):
                self.commit("one", source)
                done = self.run_script(self.script())
                self.assertEqual(done.returncode, status, done.stdout)
        self.commit("one", self.answer(1, "another/one/X"))
        self.assertEqual(self.run_script(self.script("--any")).returncode, 1)
        path = self.script("--signature", "another/one/X")
        self.assertEqual(self.run_script(path).returncode, 1)

    def test_git_bisect_finds_the_revision(self):
        path = self.script_of_tree()
        self.git("bisect", "start", "HEAD", "good")
        done = subprocess.run(["git", "bisect", "run", path], cwd=self.tree, timeout=300,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              env=dict(os.environ, CC="clang",
                                       VMAFUZZ_BISECT=os.path.join(self.folder, "work")))
        self.assertIn("is the first bad commit", done.stdout.decode())
        self.assertIn("the bug", self.git("show", "-s", "--format=%s", "refs/bisect/bad"))

    def script_of_tree(self):
        for i in range(3):
            self.commit(f"good {i}", self.answer(0) + f"/* {i} */\n")
            if i == 0:
                self.git("tag", "good")
        self.commit("the bug", self.answer(1, self.SIGNATURE))
        self.commit("does not build", "no C\n")
        for i in range(2):
            self.commit(f"later {i}", self.answer(1, self.SIGNATURE) + f"/* {i} */\n")
        return self.script()

    def test_what_does_not_fail_here(self):
        self.commit("one", self.answer(0))
        path = self.file("good.vma", SCENARIO)
        self.assert_usage(vmafuzz("bisect", path, self.tree), path, "--signature")

    def test_kernel_tree_is_the_subject_linux(self):
        os.makedirs(os.path.join(self.tree, "mm"))
        with open(os.path.join(self.tree, "mm", "vma.c"), "w", encoding="utf-8"):
            pass
        path = self.file("bug.vma", self.FALSE)
        done = vmafuzz("bisect", "--any", path, self.tree)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('--subject "linux=$PWD"', done.stdout)
        done = vmafuzz("bisect", path, self.tree)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("is no kernel tree", done.stderr)


class ShowAndConvert(Case):
    def test_round_trips(self):
        text = self.file("a.vma", "vma-program 1\npages 64\nmmap 4..8 rw private anon\n"
                                  "touch 4..5 w\nmprotect 6..8 r\n@1 munmap 4..10\n")
        raw = os.path.join(self.folder, "a.bin")
        self.assert_agreed(vmafuzz("convert", "--to", "bytes", text, "-o", raw))
        self.assertEqual(os.path.getsize(raw), 16 + 4 * 16)
        back = vmafuzz("convert", "--to", "text", raw)
        self.assert_agreed(back)
        self.assertEqual(back.stdout, vmafuzz("convert", "--to", "text", text).stdout)
        again = os.path.join(self.folder, "again.bin")
        self.assert_agreed(vmafuzz("convert", "--to", "bytes", "-", "-o", again,
                                   stdin=back.stdout.encode()))
        with open(raw, "rb") as one, open(again, "rb") as other:
            self.assertEqual(one.read(), other.read())

    def test_canonical_text_is_a_fixed_point(self):
        first = vmafuzz("convert", "--to", "text", "-", stdin=SCENARIO.encode())
        self.assert_agreed(first)
        second = vmafuzz("convert", "--to", "text", "-", stdin=first.stdout.encode())
        self.assertEqual(first.stdout, second.stdout)
        self.assertTrue(first.stdout.startswith("vma-program 1\n"))

    def test_bytes_of_any_kind_become_text(self):
        dice = random.Random(2)
        for size in (0, 16, 100, 5000):
            done = vmafuzz("convert", "--to", "text", "-", stdin=dice.randbytes(size))
            self.assert_agreed(done)
            self.assert_agreed(vmafuzz("replay", "-", stdin=done.stdout.encode()))

    def test_output_that_cannot_be_written(self):
        path = self.file("a.vma", SCENARIO)
        self.assert_usage(vmafuzz("convert", "--to", "text", path, "-o", "/nowhere/x"), "--output")

    def test_show_draws_each_operation(self):
        done = vmafuzz("show", self.file("good.vma", SCENARIO))
        self.assert_agreed(done)
        for number in range(1, 8):
            self.assertRegex(done.stdout, rf"(?m)^ +{number}  ")
        self.assertIn("AAAA", done.stdout)
        self.assertIn("^^", done.stdout)
        self.assertNotIn("\033", done.stdout)
        self.assertIn("\033[", vmafuzz("show", "--color", "always",
                                       self.file("good.vma", SCENARIO)).stdout)

    def test_pieces_of_one_anon_vma_merge_and_accounting_keeps_them_apart(self):
        program = ("vma-program 1\nmmap 2..6 rw private anon\nmprotect 2..4 {0}\n"
                   "touch 4..5 w\ntouch 2..3 w\nmprotect 4..6 {0}\n")
        merged = vmafuzz("show", self.file("merged.vma", program.format("rwx")))
        apart = vmafuzz("show", self.file("apart.vma", program.format("r")))
        self.assert_agreed(merged)
        self.assert_agreed(apart)
        self.assertIn("..AABB....    ->    ..AAAA....\n          ^^\n", merged.stdout)
        self.assertTrue(apart.stdout.endswith(
            "..AABB....\n          ^^\n"
            "      merge  prev=A middle=B next=- target=-  refused by: flags\n"), apart.stdout)
        self.assertIn("prev=A middle=B next=- target=A  refused by: nothing\n", merged.stdout)

    def test_page_holds_each_step(self):
        path = os.path.join(self.folder, "good.html")
        done = vmafuzz("show", "--html", path, self.file("good.vma", SCENARIO))
        self.assert_agreed(done)
        self.assertEqual(done.stdout, "")
        self.assertEqual(os.listdir(self.folder).count("good.html.part"), 0)
        data = self.page_data(path)
        self.assertEqual(len(data["steps"]), 8)
        self.assertEqual(data["steps"][4]["text"], "guard_install 5..6")
        self.assertEqual(data["steps"][4]["spaces"][0]["subject"]["guards"], [5])
        self.assertEqual(data["steps"][5]["mark"], [6, 8])
        self.assertIsNone(data["finding"])

    def page_data(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return json.loads(re.search(
            r'<script type="application/json" id="data">(.*?)</script>', text, re.S).group(1))

    def test_page_of_a_disagreement_has_the_report_too(self):
        path = os.path.join(self.folder, "false.html")
        done = vmafuzz("show", "--html", path, self.file("false.vma", SCENARIO + "expect count 9\n"))
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stdout.startswith("mismatch  "), done.stdout)
        data = self.page_data(path)
        self.assertEqual(data["finding"]["rule"], "EXPECT")
        self.assertEqual(data["finding"]["report"].strip(), done.stdout.strip())
        self.assertEqual([step["outcome"] for step in data["steps"]],
                         ["agreed"] * 7 + ["mismatch"])

    def test_page_that_cannot_be_made_leaves_nothing(self):
        path = self.file("good.vma", SCENARIO)
        self.assert_usage(vmafuzz("show", "--html", "/nowhere/x.html", path), "--html", "/nowhere/x")
        old = self.file("old.html", "what was there")
        self.assert_usage(vmafuzz("show", "--html", old, self.file("bad.vma", "vma-program 1\nx\n")))
        with open(old, encoding="utf-8") as file:
            self.assertEqual(file.read(), "what was there")
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad.vma", "good.vma", "old.html"])

    def test_show_lists_vmas(self):
        done = vmafuzz("show", "--maps", self.file("good.vma", SCENARIO))
        self.assertRegex(done.stdout, r"[0-9a-f]+-[0-9a-f]+ rw-p [0-9a-f]{8}  rd wr mr mw me")


class Emit(Case):
    """Forms of tests from outside; ci/emit-check proves that they fail with a bug."""

    FIVE = ("vma-program 1\nmmap 2..6 rw private anon\nmprotect 2..4 rwx\ntouch 4..5 w\n"
            "touch 2..3 w\nmprotect 4..6 rwx\n")
    HEAP = ("vma-program 1\nmmap 8..16 rw private anon\nuffd_register 1 10..12 wp\n"
            "uffd_register 2 12..14 missing\nuffd_unregister 2 12..13\nuffd_close 1\n"
            "brk 3\nbrk 5\nbrk 4\nfork\n@1 munmap 10..11\n")
    LIMITED = ("vma-program 1\nrlimit as 10\nmmap 0..8 rw private anon\n"
               "mmap 8..12 rw private anon\nrlimit data 12\nrlimit as inf\n"
               "mmap 8..12 rw private anon\nmmap 12..14 rw private anon\n"
               "munmap 0..8\nbrk 9\nbrk 8\n")
    LOCKED = ("vma-program 1\nipc_lock off\nrlimit memlock 2\nmmap 4..8 rw private anon\n"
              "mlock 4..7 = ENOMEM\nmlock 4..6\nrlimit memlock 3\nmlock 4..7\n")

    def emit(self, form, program, *options):
        path = os.path.join(self.folder, "emitted")
        done = vmafuzz("emit", "--as", form, "-o", path, *options,
                       self.file("program.vma", program))
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        with open(path, encoding="utf-8") as file:
            return file.read()

    def compiled(self, text, *options):
        """Without a warning, by both compilers if they are there."""
        source = self.file("emitted.c", text)
        program = os.path.join(self.folder, "emitted.out")
        for compiler in filter(shutil.which, ("gcc", "clang")):
            done = subprocess.run([compiler, "-O1", "-Wall", "-Wextra", "-Werror", *options, "-o",
                                   program, source], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
            self.assertEqual(done.returncode, 0, done.stdout.decode()[:3000])
        return program

    def test_usage(self):
        path = self.file("five.vma", self.FIVE)
        self.assert_usage(vmafuzz("emit", path), "--as")
        self.assert_usage(vmafuzz("emit", "--as", "rust", path), "--as", "rust", "kselftest")
        self.assert_usage(vmafuzz("emit", "--as", "ctest"), "FILE")
        self.assert_usage(vmafuzz("emit", "--as", "ctest", path, "-o", "/nowhere/x"), "--output")

    def test_ctest_states_everything_and_replays(self):
        text = self.emit("ctest", SCENARIO)
        self.assertTrue(text.startswith("vma-program 1\n# "))
        self.assertIn("\nmprotect 6..8 r = 0\n", text)
        self.assertIn("\nexpect @1 empty\n", text)
        self.assert_agreed(vmafuzz("replay", self.file("again.vma", text)))
        self.assertEqual(text, self.emit("ctest", SCENARIO))

    def test_ctest_with_a_boundary_off_by_one_page_fails(self):
        text = self.emit("ctest", self.FIVE)
        wrong = text.replace("expect 4..6 rw", "expect 4..7 rw", 1)
        self.assertNotEqual(text, wrong)
        self.assertEqual(vmafuzz("replay", self.file("wrong.vma", wrong)).returncode, 1)

    def test_ctest_states_nothing_after_a_failed_allocation(self):
        text = self.emit("ctest", self.FIVE.replace("mprotect 2..4 rwx", "mprotect 2..4 r !alloc=1"))
        self.assertIn("\nmprotect 2..4 r !alloc=1\n", text)
        self.assertEqual(text.count("expect "), 1)
        self.assert_agreed(vmafuzz("replay", self.file("again.vma", text)))

    def test_what_cannot_be_said_is_named(self):
        program = ("vma-program 1\nmmap 2..6 rw private anon\nmmap 8..9 rw private file=veto\n"
                   "munmap 2..3 !alloc=1\n")
        text = self.emit("syscalls", program)
        self.assertIn(" * Operation 2 is left out: no system call reaches", text)
        self.assertIn(" * Operation 3 is left out: ", text)
        done = vmafuzz("emit", "--as", "syscalls", self.file("none.vma",
                       "vma-program 1\nmmap 8..9 rw private file=veto\n"))
        self.assertEqual(done.returncode, 3)
        self.assertIn("none.vma", done.stderr)

    def test_vma_unit_is_a_function_for_the_bench_of_6_12(self):
        text = self.emit("vma-unit", self.FIVE + "fork\nmunmap 2..3\n")
        self.assertIn("static bool test_program(void)\n", text)
        self.assertIn("profile=6.12 quirks=on", text)
        self.assertIn(" * Operation 6 is left out: ", text)
        self.assertIn("\tASSERT_EQ(unit_munmap(&mm, UNIT_ADDR(2), UNIT_ADDR(3)), 0);\n", text)
        text = self.emit("vma-unit", "vma-program 1\nmmap 0..4 rw shared file=veto@3\n"
                         "munmap 1..2\nmmap 4..5 rw private file=io\n")
        self.assertIn("\t\t{ 0, 4, 3, 0xfb, UNIT_VETO }, /* rd wr sh mr mw me ms */\n", text)
        self.assertIn("UNIT_ADDR(0), UNIT_ADDR(4), 0xfb, UNIT_VETO, 3), 0);\n", text)
        self.assertIn("\tASSERT_EQ(unit_munmap(&mm, UNIT_ADDR(1), UNIT_ADDR(2)), -EINVAL);\n",
                      text)
        self.assertIn(" * Operation 3 is left out: what this driver does when it is mapped", text)
        done = vmafuzz("emit", "--as", "vma-unit", "--profile", "7.3",
                       self.file("five.vma", self.FIVE))
        self.assertEqual(done.returncode, 3)
        self.assertIn("6.12", done.stderr)

    def test_kselftest_is_a_fixture_with_a_hole(self):
        text = self.emit("kselftest", self.FIVE + "fork\n")
        for part in ('#include "../kselftest_harness.h"\n', "FIXTURE_SETUP(vmafuzz)\n",
                     "TEST_F(vmafuzz, program)\n", "TEST_HARNESS_MAIN\n",
                     " * Operation 6 is left out: "):
            self.assertIn(part, text)

    def test_lines_fit_and_a_name_cannot_end_a_comment(self):
        text = self.emit("syscalls", 'vma-program 1\nmmap 2..6 rwx private anon locked noreserve '
                         'populate stack\nname 2..6 "*/ x = 1; /*"\n')
        self.assertLessEqual(max(len(line.expandtabs(8)) for line in text.splitlines()), 100)
        self.compiled(text)

    def test_heap_limits_and_contexts_are_said(self):
        text = self.emit("syscalls", self.HEAP)
        for part in ("place_heap(0)", "watch(1, page(10), 2 * PAGE, 2)", "close_context(1)",
                     "(long)page(5));", "\t\tdrop_contexts();\n"):
            self.assertIn(part, text)
        text = self.emit("syscalls", self.LIMITED)
        for part in ("count_other_pages()", "place_heap(other_data)",
                     "limit_pages(RLIMIT_AS, 10)", "limit_pages(RLIMIT_AS, UNLIMITED)",
                     "limit_pages(RLIMIT_DATA, 12)"):
            self.assertIn(part, text)
        self.assertNotIn("left out", text)
        text = self.emit("syscalls", self.LOCKED)
        for part in ("give_up_ipc_lock()", "limit_pages(RLIMIT_MEMLOCK, 2)",
                     "limit_pages(RLIMIT_MEMLOCK, 3)", "-ENOMEM"):
            self.assertIn(part, text)
        self.assertNotIn("left out", text)
        text = self.emit("syscalls", self.LOCKED.replace("ipc_lock off\n", "")
                         .replace(" = ENOMEM", ""))
        self.assertIn(" * Operation 4 is left out: who may lock memory anyway has no limit", text)

    def test_an_offset_by_address_counts_from_the_window(self):
        text = self.emit("kselftest", "vma-program 1\nmmap 2..3 rw private file=zero\n"
                         "mremap 2..3 fixed=7\n")
        self.assertIn("\t\t{ 2, 3, \"rw-p\", ZERO, 0,\n", text)
        self.assertIn("\t\t{ 7, 8, \"rw-p\", ZERO, AT_WINDOW + 7,\n", text)

    def test_another_gap_is_for_the_core_alone(self):
        program = "vma-program 1\ngap 7\nmmap 20..22 rw private anon growsdown\n"
        self.emit("syscalls", program)
        if vmafuzz("doctor", "--subject", "live").returncode:
            self.skipTest("the live subject cannot run here")
        done = vmafuzz("emit", "--as", "syscalls", "--subject", "live",
                       self.file("gap.vma", program))
        self.assertEqual(done.returncode, 3)
        self.assertIn("gap", done.stderr)

    def test_a_fixed_bug_has_a_number_and_says_what_it_was(self):
        folder = os.path.join(self.folder, "corpus", "regress")
        os.makedirs(folder)
        path = self.file("five.vma", self.FIVE.replace("\n", "\n# wrong-flags/touch/STK-1\n", 1))

        def emit(name, *options):
            return vmafuzz("emit", "--as", "ctest", *options, "-o", os.path.join(folder, name), path)

        said = ("--broke", "the flags were lost", "--fixed", "src: the flags stay")
        self.assert_usage(emit("flags-stay.vma"), "--broke")
        self.assert_usage(emit("flags-stay.vma", *said[:2]), "--fixed")
        self.assert_usage(emit("flags_stay.vma", *said), "--output", "flags_stay.vma")
        self.assert_usage(emit("0002-flags-stay.vma", *said), "--output", "next")
        self.assertEqual(os.listdir(folder), [])
        done = emit("flags-stay.vma", *said)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(emit("0002-again.vma", *said).returncode, 0)
        self.assertEqual(sorted(os.listdir(folder)), ["0001-flags-stay.vma", "0002-again.vma"])
        with open(done.stdout.strip(), encoding="utf-8") as file:
            head = file.read().split("\n")[:4]
        self.assertEqual(head, ["vma-program 1", "# broke: the flags were lost",
                                "# shown: wrong-flags/touch/STK-1", "# fixed: src: the flags stay"])
        checked = subprocess.run([sys.executable, os.path.join(TOP, "ci", "regress.py"), folder],
                                 stdout=subprocess.PIPE, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout.decode())

    def test_syscalls_compile_everywhere_and_agree_with_this_kernel(self):
        if vmafuzz("doctor", "--subject", "live").returncode:
            self.skipTest("the live subject cannot run here")
        for program in (self.HEAP, self.LIMITED, self.LOCKED, self.FIVE, SCENARIO):
            text = self.emit("syscalls", program, "--subject", "live")
            done = subprocess.run([self.compiled(text)], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
            self.assertEqual(done.returncode, 0, done.stdout.decode())
        wrong = text.replace("{ 4, ", "{ 5, ", 1)
        self.assertNotEqual(text, wrong)
        done = subprocess.run([self.compiled(wrong)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"expected: pages 5 to 8", done.stdout)


class Doctor(Case):
    def test_doctor(self):
        done = vmafuzz("doctor")
        self.assertEqual(done.returncode, 0)
        for head in ("vmafuzz", "compiler", "kernel", "subject   core: ready"):
            self.assertRegex(done.stdout, rf"(?m)^{head}")

    def test_subject_asked_for(self):
        self.assertEqual(vmafuzz("doctor", "--subject", "core").returncode, 0)
        self.assertIn(vmafuzz("doctor", "--subject", "live").returncode, (0, 3))

    def test_reader_of_the_running_kernel(self):
        """doctor says which is used, and the same random programs agree with either."""
        if vmafuzz("doctor", "--subject", "live").returncode:
            self.skipTest("the live subject cannot run here")
        traces = set()
        for reader, words in (("plain", "flags by smaps, no full state by a BPF iterator: not asked"),
                              ("bpf", "full state (flags, anon_vma, offsets, vma_count) by a BPF")):
            subject = "live,reader=" + reader
            done = vmafuzz("doctor", "--subject", subject)
            if reader == "bpf" and done.returncode == 3:
                self.assertIn("the BPF iterator cannot be read", done.stdout)
                continue
            self.assertIn(words, done.stdout)
            done = vmafuzz("run", "--subject", subject, "--programs", "200", "--ops", "40",
                           cwd=self.folder)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertRegex(done.stdout, "subject=live .* mismatches=0 ")
            traces.add(values(last_line(done))["trace"])
        self.assertEqual(len(traces), 1)
        self.assertEqual(vmafuzz("doctor", "--subject", "live,reader=maps").returncode, 2)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    VMAFUZZ = os.path.abspath(sys.argv.pop(1))
    unittest.main()
