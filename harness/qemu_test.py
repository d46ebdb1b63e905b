#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The subject qemu=VMLINUZ from outside, on a kernel image of Debian.

usage: qemu_test.py VMAFUZZ [unittest options]

Without the emulator or the image it is skipped (exit 77), on a build machine (CI is set) it fails.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EMULATOR = "qemu-system-x86_64"
VMAFUZZ = None
IMAGE = None

FORK = """vma-program 1
mmap 0..4 rw private anon
touch 0..4 w
fork
@1 mprotect 0..2 r
mseal 2..4
@1 munmap 1..3
munmap 2..3 = EPERM
"""
FULL = """vma-program 1
limit 6
mmap 0..8 rw private anon
mprotect 1..2 r
mprotect 4..5 r
mprotect 6..7 r = ENOMEM
"""


def vmafuzz(*arguments, **keywords):
    return subprocess.run([VMAFUZZ, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=300, check=False, text=True, errors="replace", **keywords)


def summary(done):
    return dict(word.split("=", 1) for word in done.stdout.splitlines()[-1].split())


def child_of(pid, name):
    """The process that pid started under this name, or None."""
    for entry in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % entry, encoding="ascii", errors="replace") as stat:
                head, tail = stat.read().rsplit(")", 1)
        except OSError:
            continue
        if head.split("(", 1)[1].startswith(name[:15]) and int(tail.split()[1]) == pid:
            return int(entry)
    return None


# A call that kernels before 6.17 refuse, and what has nothing to do with it.
SEVERAL = """vma-program 1
mmap 0..2 rw private anon
touch 30..31 r
mmap 2..4 r private anon
touch 2..3 r
mremap 0..4 fixed=8
"""

# Rows E3, E14 and E15 of profile-6.1.md.
OLDER = """vma-program 1
profile 6.1
mmap 0..2 rw private anon
mmap 3..5 rw private anon
touch 0..1 w
touch 3..4 w
mmap 2..3 rw private anon
expect 0..2 rw private anon
expect 2..5 rw private anon
madvise 0..3 populate_write = 0
mmap 9..11 rw private anon
madvise 4..11 populate_write = ENOMEM
mmap 5..9 rw private anon
expect 0..2 rw private anon
expect 2..5 rw private anon
expect 5..11 rw private anon
mmap 12..13 rw flags=0x83 file=plain = EOPNOTSUPP
"""


class Guest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vmafuzz-qemu-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.subject = ("--subject", "qemu=" + IMAGE)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def test_doctor_says_what_the_guest_can_show(self):
        done = vmafuzz("doctor", *self.subject)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, "probe: E1 .*: no")
        release = os.path.basename(IMAGE).split("-", 1)[1]
        self.assertIn("kernel %s, booted by qemu" % release, done.stdout)
        self.assertIn("behaves as 6.12", done.stdout)

    def test_either_reader_of_state_is_had_in_the_guest(self):
        done = vmafuzz("doctor", *self.subject)
        self.assertIn("by a BPF iterator\n", done.stdout)
        plain = ("--subject", self.subject[1] + ",reader=plain")
        done = vmafuzz("doctor", *plain)
        self.assertIn("no full state by a BPF iterator: not asked for", done.stdout)
        done = vmafuzz("replay", *plain, self.write("fork.vma", FORK))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_random_programs_agree_and_are_the_same_again(self):
        traces = set()
        for jobs in ("1", "2"):
            done = vmafuzz("run", *self.subject, "--programs", "60", "--ops", "24", "--jobs", jobs,
                           "--output", self.folder)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            seen = summary(done)
            self.assertEqual((seen["subject"], seen["profile"]), ("qemu", "6.12"))
            self.assertEqual((seen["programs"], seen["mismatches"]), ("60", "0"))
            self.assertGreater(int(seen["operations"]), 20 * int(seen["skipped"]))
            traces.add(seen["trace"])
        self.assertEqual(len(traces), 1)

    def test_files_are_replayed_in_processes_and_at_the_limit(self):
        done = vmafuzz("replay", *self.subject, self.write("fork.vma", FORK),
                       self.write("full.vma", FULL))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(summary(done)["skipped"], "0", done.stdout)

    def test_another_profile_is_told_apart_and_minimized(self):
        path = self.write("several.vma", SEVERAL)
        profile = (*self.subject, "--profile", "6.18")
        done = vmafuzz("replay", *profile, path)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        small = os.path.join(self.folder, "small.vma")
        done = vmafuzz("minimize", *profile, "-o", small, path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(small, encoding="utf-8") as text:
            operations = [line for line in text if line.startswith(("mmap", "mremap", "touch"))]
        self.assertEqual(len(operations), 2, operations)

    def test_a_guest_that_dies_is_a_finding_with_its_console(self):
        with subprocess.Popen([VMAFUZZ, "run", *self.subject, "--programs", "100", "--progress",
                               "--output", self.folder], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as run:
            said = ""
            while not re.search(r"programs [1-9]", said):
                letter = run.stderr.read(1)
                self.assertTrue(letter, said)
                said += letter
            os.kill(child_of(run.pid, EMULATOR), signal.SIGKILL)
            output, said = run.communicate(timeout=300)
        self.assertEqual(run.returncode, 1, output + said)
        log = os.path.join(self.folder, "console-1.log")
        self.assertIn("guest: it died", output)
        self.assertIn("; console log: " + log, output)
        self.assertTrue(os.path.exists(log))
        last = dict(word.split("=", 1) for word in output.splitlines()[-1].split())
        # The programs after it found another guest.
        self.assertEqual((last["programs"], last["mismatches"]), ("100", "1"), output)


class Older(unittest.TestCase):
    """6.1 is asked for by its rules, compared with its profile and told from the others."""

    def setUp(self):
        image = find_image("6.1")
        self.subject = ("--subject", "qemu=" + image)

    def test_its_rules_are_asked(self):
        done = vmafuzz("doctor", *self.subject)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("behaves as 6.1", done.stdout)
        self.assertIn("by a BPF iterator\n", done.stdout)
        for row in ("E1", "E2", "E3", "E4", "E5"):
            self.assertRegex(done.stdout, "probe: %s .*: yes" % row)

    def test_random_programs_agree(self):
        with tempfile.TemporaryDirectory(prefix="vmafuzz-qemu-") as folder:
            done = vmafuzz("run", *self.subject, "--programs", "60", "--ops", "24",
                           "--output", folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        seen = summary(done)
        self.assertEqual((seen["profile"], seen["mismatches"]), ("6.1", "0"))
        self.assertGreater(int(seen["operations"]), 20 * int(seen["skipped"]))

    def test_its_statements_are_those_of_6_1(self):
        with tempfile.TemporaryDirectory(prefix="vmafuzz-qemu-") as folder:
            path = os.path.join(folder, "older.vma")
            with open(path, "w", encoding="utf-8") as out:
                out.write(OLDER)
            done = vmafuzz("replay", *self.subject, path)
            other = vmafuzz("replay", *self.subject, "--profile", "6.12", path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(summary(done)["skipped"], "0")
        self.assertEqual(other.returncode, 1, other.stdout + other.stderr)


class Missing(unittest.TestCase):
    def refused(self, image, **keywords):
        done = vmafuzz("run", "--subject", "qemu=" + image, "--programs", "1", **keywords)
        self.assertEqual((done.returncode, done.stdout), (3, ""), done.stderr)
        return done.stderr

    def test_what_is_missing_is_named(self):
        self.assertIn("no kernel image can be read there", self.refused("/no/vmlinuz"))
        self.assertIn("Debian: qemu-system-x86",
                      self.refused(IMAGE, env={"PATH": "/nowhere"}))

    def test_what_is_no_kernel_does_not_boot(self):
        self.assertIn("it ended while it booted", self.refused(VMAFUZZ))

    def test_without_a_name_it_is_bad_usage(self):
        self.assertEqual(vmafuzz("run", "--subject", "qemu=").returncode, 2)


def find_image(version):
    if not shutil.which(EMULATOR):
        print("skipped: no %s (Debian: qemu-system-x86)" % EMULATOR)
        sys.exit(1 if os.environ.get("CI") else 77)
    done = subprocess.run([os.path.join(TOP, "ci", "kernel-image.sh"), version],
                          stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 77:
        raise unittest.SkipTest("no kernel image of " + version)
    if done.returncode:
        raise OSError("ci/kernel-image.sh %s failed" % version)
    return done.stdout.strip()


if __name__ == "__main__":
    VMAFUZZ = os.path.abspath(sys.argv.pop(1))
    try:
        IMAGE = find_image("6.12")
    except unittest.SkipTest as skip:
        print("skipped:", skip)
        sys.exit(77)
    unittest.main()
