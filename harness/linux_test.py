#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The subject linux=TREE from outside, on the tree of Debian's package linux-source-6.12.

usage: linux_test.py VMAFUZZ [--tree TREE] [unittest options]

Without the package it is skipped (exit 77), on a build machine (CI is set) it fails. Another TREE is
held to the profile that its probes tell; tests that change the text of 6.12 are skipped on it.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VMAFUZZ = None
TREE = None
PROFILE = None  # of it, as doctor says

# How many VMAs the probes leave in each profile: D1, D8, D22, D27.
PROBES = {"6.12": (3, 2, 1, 2), "7.3": (1, 2, 2, 1)}
# What of a tree is compiled.
PARTS = ["Makefile", "mm/vma.c", "mm/vma.h", "lib/maple_tree.c", "include/linux/maple_tree.h"]

# Faults that are planted in a copy: what is replaced, and by what.
PLANTED = {
    "a split is not counted": ("mm->map_count++;\n\t}\n\n\tif (vp->anon_vma)",
                               "}\n\n\tif (vp->anon_vma)"),
    "policies are not compared": ("if (!mpol_equal(vmg->policy, vma_policy(vma)))", "if (0)"),
    "a merge to the right is not tried": (
        "merge_right = can_vma_merge_right(vmg, merge_left);", "merge_right = false;"),
    "page tables of the neighbour go": ("vms->unmap_end = vms->next->vm_start;",
                                        "vms->unmap_end = vms->next->vm_end;"),
}

# What breaks the contract of a merge: the file, what is replaced, by what, a program, and what is said.
BROKEN = {
    "a piece has the offset of its VMA": (
        "mm/vma.h", ".pgoff = vma_pgoff_offset(vma_, start_),", ".pgoff = vma_->vm_pgoff,",
        "mmap 0..8 rw private anon\nmprotect 4..6 r\n",
        "mprotect/O13", "begins with another page offset than that of its piece"),
    "a failed merge keeps the iterator": (
        "mm/vma.c", "abort:\n\tvma_iter_set(vmg->vmi, start);\n\tvma_iter_load(vmg->vmi);\n",
        "abort:\n",
        "mmap 0..2 rw private anon\nmmap 2..4 r private anon\nmprotect 2..4 rw !alloc=1\n",
        "mprotect/O13", "fails and leaves the iterator outside its VMA"),
    "half of a split is not locked": (
        "mm/vma.c", "vma_start_write(new);\n\n\tinit_vma_prep", "init_vma_prep",
        "mmap 0..8 rw private anon\nmprotect 2..4 r\n",
        "mprotect/O12", "a VMA is stored in the tree without its lock"),
    "the tree is reserved under locks": (
        "mm/vma.c", "if (vma_iter_prealloc(vmg->vmi, vmg->vma))\n\t\treturn -ENOMEM;\n\n"
        "\tvma_prepare(&vp);",
        "vma_prepare(&vp);\n\tif (vma_iter_prealloc(vmg->vmi, vmg->vma))\n\t\treturn -ENOMEM;\n",
        "mmap 0..2 rw private anon\ntouch 0..1 w\nmmap 2..4 rw private anon\n",
        "mmap/O12", "an allocation may sleep under a lock of the reverse map"),
}

# For the verbs: one fault that shows as a disagreement, and one that ends the process.
MISSED = PLANTED["a merge to the right is not tried"]
BUG = ("\tWARN_ON(vma->vm_start >= addr);", "\tBUG_ON(vma->vm_file);")

MISSES = """vma-program 1
mmap 20..22 r private anon
mmap 2..4 rw private anon
mprotect 2..3 r
mprotect 2..3 rw
munmap 20..21
"""
CRASHES = """vma-program 1
mmap 0..2 rw private anon
mmap 8..16 rw shared file=plain
munmap 10..12
"""

CLOSE_FORBIDS_MERGE = """vma-program 1
profile any
mmap 0..8 rw shared file=close
mprotect 2..6 r
mprotect 2..4 rw
mprotect 4..6 rw
"""


def vmafuzz(*arguments, **keywords):
    done = subprocess.run([VMAFUZZ, *arguments], stdout=subprocess.PIPE, timeout=800,
                          stderr=subprocess.PIPE, check=False, **keywords)
    done.stdout = done.stdout.decode(errors="replace")
    done.stderr = done.stderr.decode(errors="replace")
    return done


def summary(done):
    return dict(word.split("=", 1) for word in done.stdout.splitlines()[-1].split())


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def copy_tree(to):
    """What is compiled of the tree."""
    for part in PARTS:
        path = os.path.join(to, part)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(os.path.join(TREE, part), path)
    return to


def replace(tree, old, new, part="mm/vma.c"):
    path = os.path.join(tree, part)
    text = read(path)
    assert text.count(old), old
    write(path, text.replace(old, new, 1))


def listing(folder):
    return sorted((path, os.lstat(os.path.join(path, name)).st_mtime_ns, name)
                  for path, _, names in os.walk(folder) for name in names)


class Tree(unittest.TestCase):
    def test_every_seed_agrees(self):
        done = subprocess.run(
            [os.path.join(TOP, "ci", "replay.sh"), VMAFUZZ, "--subject", "linux=" + TREE],
            stdout=subprocess.PIPE, timeout=800, check=False)
        done.stdout = done.stdout.decode(errors="replace")
        self.assertEqual(done.returncode, 0, done.stdout)
        seen = summary(done)
        self.assertEqual((seen["subject"], seen["profile"]), ("linux", PROFILE))
        self.assertEqual((seen["mismatches"], seen["skipped"]), ("0", "0"))
        self.assertGreater(int(seen["programs"]), 400)

    def test_random_programs_agree_and_are_the_same_again(self):
        traces = set()
        for _ in range(2):
            with tempfile.TemporaryDirectory() as output:
                done = vmafuzz("run", "--subject", "linux=" + TREE, "--programs", "500",
                               "--output", output)
            self.assertEqual(done.returncode, 0, done.stdout)
            traces.add(summary(done)["trace"])
        self.assertEqual(len(traces), 1)

    def test_the_object_is_built_once_and_outside_the_tree(self):
        before = listing(TREE)
        with tempfile.TemporaryDirectory() as cache:
            environment = dict(os.environ, XDG_CACHE_HOME=cache)
            first = vmafuzz("doctor", "--subject", "linux=" + TREE, env=environment)
            second = vmafuzz("doctor", "--subject", "linux=" + TREE, env=environment)
            self.assertEqual(first.returncode, 0, first.stdout + first.stderr)
            self.assertIn("building", first.stderr)
            self.assertNotIn("building", second.stderr)
            self.assertIn(cache, second.stdout)
        self.assertEqual(listing(TREE), before)

    def test_doctor_tells_what_the_tree_is(self):
        told = vmafuzz("doctor", "--subject", "linux=" + TREE).stdout
        self.assertRegex(told, rf"Linux {re.escape(PROFILE)}\.\d+")
        self.assertIn("vma_merge_existing_range", told)
        self.assertRegex(told, r"has%s:.* mmap_region" % (" no" if PROFILE == "6.12" else ""))
        for row, vmas in zip(("D1 ", "D8 ", "D22", "D27"), PROBES[PROFILE]):
            self.assertRegex(told, rf"{row}.*: {vmas} VMAs, as .*{re.escape(PROFILE)}")
        self.assertIn("taken for a kernel of profile " + PROFILE, told)

    def test_a_tree_can_be_held_to_another_profile(self):
        other = next(profile for profile in PROBES if profile != PROFILE)
        told = vmafuzz("doctor", "--subject", f"linux={TREE},profile={other}").stdout
        self.assertIn("taken for a kernel of profile " + other, told)

    def test_what_callers_of_the_tree_stumble_over_is_a_finding_if_strict(self):
        with tempfile.TemporaryDirectory() as folder:
            path = write(os.path.join(folder, "close.vma"), CLOSE_FORBIDS_MERGE)
            kind = vmafuzz("replay", "--subject", "linux=" + TREE, path)
            strict = vmafuzz("replay", "--subject", "linux=" + TREE, "--strict", path)
        self.assertEqual(kind.returncode, 0, kind.stdout)
        self.assertEqual(strict.returncode, 1, strict.stdout)
        self.assertIn("origin    mm/vma.c and lib/maple_tree.c of Linux " + PROFILE, strict.stdout)
        self.assertIn("replay --subject linux=" + TREE, strict.stdout)
        self.assertRegex(strict.stdout, r"merge +prev=\w middle=\w .* refused by: close hook")


class KnownFaults(unittest.TestCase):
    """corpus/linux-*/: what callers live with agrees, and is a finding of that name if strict."""

    def test_each_is_predicted_and_reported_if_strict(self):
        names = sorted(glob.glob(os.path.join(TOP, "corpus", "linux-" + PROFILE, "*.vma")))
        self.assertGreater(len(names), 1)
        for name in names:
            with self.subTest(os.path.basename(name)):
                self.check(name)

    def check(self, name):
        shown = re.search(r"^# shown: (\S+) with (--strict.*)$", read(name), re.M)
        kind = vmafuzz("replay", "--subject", "linux=" + TREE, name)
        strict = vmafuzz("replay", "--subject", "linux=" + TREE, *shown[2].split(), name)
        self.assertEqual(kind.returncode, 0, kind.stdout)
        self.assertEqual(strict.returncode, 1, strict.stdout)
        self.assertIn("signature " + shown[1], strict.stdout)


class Configured(unittest.TestCase):
    """Without what may be left out of a configuration: skipped by name, or answered as without."""

    FEATURES = {"names": (), "softdirty": (), "uffd": ("uffd_register",),
                "numa": ("mbind", "home_node")}

    def agrees(self, without, operations):
        subject = f"linux={TREE},without={without}"
        with tempfile.TemporaryDirectory() as output:
            done = vmafuzz("run", "--subject", subject, "--programs", "300", "--output", output)
        seeds = subprocess.run([os.path.join(TOP, "ci", "replay.sh"), VMAFUZZ, "--once",
                                "--subject", subject], stdout=subprocess.PIPE, timeout=800,
                               check=False)
        self.assertEqual((done.returncode, seeds.returncode), (0, 0), done.stdout + done.stderr)
        seen = summary(done)
        self.assertEqual(seen["mismatches"], "0")
        self.assertEqual("of this configuration" in done.stdout, bool(operations))
        for operation in operations:
            self.assertIn(f"skip linux of this configuration does not do {operation} ",
                          done.stdout)

    def test_each_left_out_agrees(self):
        for without, operations in self.FEATURES.items():
            with self.subTest(without):
                self.agrees(without, operations)

    def test_all_left_out_agrees(self):
        self.agrees("+".join(self.FEATURES), self.FEATURES["uffd"] + self.FEATURES["numa"])

    def test_doctor_and_reports_say_what_is_left_out(self):
        told = vmafuzz("doctor", "--subject", f"linux={TREE},without=numa+uffd").stdout
        for word in ("with names", "with softdirty", "without uffd", "without numa"):
            self.assertIn("configured " + word, told)
        with tempfile.TemporaryDirectory() as folder:
            path = write(os.path.join(folder, "close.vma"), CLOSE_FORBIDS_MERGE)
            done = vmafuzz("replay", "--strict", "--subject", f"linux={TREE},without=numa", path)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(f"replay --subject linux={TREE},without=numa ", done.stdout)
        self.assertRegex(done.stdout, r"origin .*without=numa")

    def test_programs_of_6_1_are_skipped(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "close.vma")
            with open(path, "w", encoding="ascii") as file:
                file.write(CLOSE_FORBIDS_MERGE)
            done = vmafuzz("replay", "--subject", f"linux={TREE}", "--profile", "6.1", path)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("skip the tree is of another profile than 6.1 ", done.stdout)

    def test_what_cannot_be_left_out_is_bad_usage(self):
        for name in ("without=ufd", "without=", "without=uffd+", "without=ufd,without=uffd",
                     "profile=6.11"):
            done = vmafuzz("run", "--subject", f"linux={TREE},{name}")
            self.assertEqual(done.returncode, 2, name)
            self.assertIn("without=names+softdirty+uffd+numa", done.stderr)


def need_6_12():
    if PROFILE != "6.12":
        raise unittest.SkipTest("changes the text of 6.12")


class Copy(unittest.TestCase):
    """On copies of what is compiled of the tree, each with a fault."""

    def setUp(self):
        need_6_12()
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.tree = copy_tree(os.path.join(holder.name, "tree"))
        self.environment = dict(os.environ, XDG_CACHE_HOME=holder.name)
        self.output = os.path.join(holder.name, "findings")

    def run_on(self, *arguments):
        return vmafuzz("run", "--subject", "linux=" + self.tree, "--output", self.output,
                       *arguments, env=self.environment)

    def test_a_folder_that_is_no_tree_is_named(self):
        os.unlink(os.path.join(self.tree, "mm/vma.c"))
        done = self.run_on("--programs", "1")
        self.assertEqual(done.returncode, 3)
        self.assertIn("mm/vma.c", done.stderr)
        self.assertIn(self.tree, done.stderr)

    def test_what_the_compiler_says_first_is_told(self):
        replace(self.tree, "static void init_vma_prep(", "static void init_vma_prep(no_such_type x, ")
        done = self.run_on("--programs", "1")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"vma\.c:\d+:\d+: error: .*no_such_type.*; "
                                      r"missing: no_such_type")

    def test_a_tree_that_merges_otherwise_is_not_taken_for_this_profile(self):
        replace(self.tree, "if ((!anon_vma1 || !anon_vma2) && (!vma ||\n"
                "\t\tlist_is_singular(&vma->anon_vma_chain)))", "if (!anon_vma1 || !anon_vma2)")
        done = self.run_on("--programs", "1")
        self.assertEqual(done.returncode, 3)
        self.assertIn("D1", done.stderr)


class Verbs(unittest.TestCase):
    """What becomes of findings, on a tree with two faults."""

    @classmethod
    def setUpClass(cls):
        need_6_12()
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.tree = copy_tree(os.path.join(holder.name, "tree"))
        replace(cls.tree, *MISSED)
        replace(cls.tree, *BUG)
        cls.subject = f"linux={cls.tree},profile=6.12"
        cls.environment = dict(os.environ, XDG_CACHE_HOME=holder.name)

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        os.mkdir(os.path.join(self.folder, "pile"))
        self.misses = write(os.path.join(self.folder, "pile", "misses.vma"), MISSES)
        self.crashes = write(os.path.join(self.folder, "pile", "crashes.vma"), CRASHES)

    def verb(self, name, *arguments):
        return vmafuzz(name, "--subject", self.subject, *arguments, env=self.environment)

    def minimized(self, path):
        out = path + ".min.vma"
        done = self.verb("minimize", "-o", out, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        return out, done.stdout

    def test_a_crash_is_reported_under_the_profile_of_the_tree(self):
        output = os.path.join(self.folder, "findings")
        for done in (self.verb("replay", self.crashes),
                     self.verb("run", "--programs", "20", "--output", output)):
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertRegex(done.stdout, r"(?m)^signature crash/\w+/SIGABRT$")
            programs = re.findall(r"^program .*", done.stdout, re.M)
            for program in programs:
                self.assertIn(" profile=6.12 quirks=on", program)
            self.assertEqual(done.stdout.count("\norigin    mm/vma.c"), len(programs))
            for command in ("minimize", "emit --as kselftest"):
                self.assertIn(f"vmafuzz {command} --subject {self.subject} ", done.stdout)

    def test_minimize_keeps_the_signature(self):
        for path, signature, operations in ((self.misses, "missed-merge/mprotect/4.2", 3),
                                            (self.crashes, "crash/munmap/SIGABRT", 2)):
            out, said = self.minimized(path)
            self.assertIn(f"signature={signature} ", said)
            self.assertIn(f"->{operations} ", said)
            self.assertIn(f"signature {signature}\n", self.verb("replay", out).stdout)

    def test_triage_tells_the_two_apart(self):
        bugs = os.path.join(self.folder, "bugs")
        done = self.verb("triage", "-o", bugs, os.path.join(self.folder, "pile"))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(summary(done)["bugs"], "2")
        for name in ("crash-map-SIGABRT", "missed-merge-MRG-1"):
            report = read(os.path.join(bugs, name, "report.txt"))
            self.assertIn("profile=6.12", report)
            self.assertIn("replay --subject " + self.subject, report)
            self.assertIn("\nprofile 6.12\n", read(os.path.join(bugs, name, "regress.vma")))
            self.assertIn("merge  prev=", read(os.path.join(bugs, name, "drawing.txt")))

    def test_emit_says_what_the_whole_tree_does(self):
        for path in (self.misses, self.crashes):
            out = os.path.join(self.folder, "regress.vma")
            done = self.verb("emit", "--as", "ctest", "-o", out, self.minimized(path)[0])
            self.assertEqual(done.returncode, 0, done.stderr)
            whole = vmafuzz("replay", "--subject", "linux=" + TREE, out)
            self.assertEqual(whole.returncode, 0, whole.stdout)
            self.assertEqual(summary(whole)["skipped"], "0")
            self.assertEqual(self.verb("replay", out).returncode, 1)
        unit = self.verb("emit", "--as", "vma-unit", self.minimized(self.misses)[0])
        self.assertEqual(unit.returncode, 0, unit.stderr)
        self.assertIn("profile=6.12", unit.stdout)
        self.assertIn("\tASSERT_EQ(unit_modify(&mm, UNIT_ADDR(0), UNIT_ADDR(1), 0x7, 0x3, true), "
                      "0);\n\tASSERT_TRUE(unit_layout_is(&mm, areas_3, 1));\n", unit.stdout)


def plant(name):
    def test(self):
        replace(self.tree, *PLANTED[name])
        done = self.run_on("--programs", "3000")
        # Either the programs show it, or the probes do.
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        if name == "a merge to the right is not tried":
            self.assertIn("refused by: another reason", done.stdout)
    return test


def break_contract(name):
    def test(self):
        part, old, new, program, signature, sentence = BROKEN[name]
        path = write(self.tree + ".vma", "vma-program 1\n" + program)
        whole = vmafuzz("replay", "--subject", "linux=" + TREE, path)
        self.assertEqual(whole.returncode, 0, whole.stdout)
        replace(self.tree, old, new, part)
        # Held to its profile: what the probes would say of it is not the question.
        done = vmafuzz("replay", "--subject", f"linux={self.tree},profile=6.12", path,
                       env=self.environment)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout, rf"(?m)^subject +.*{sentence}$")
        self.assertIn("signature invalid-state/" + signature, done.stdout)
    return test


for broken in BROKEN:
    setattr(Copy, "test_contract_is_broken_if_" + re.sub(r"\W", "_", broken),
            break_contract(broken))

for planted in PLANTED:
    setattr(Copy, "test_found_if_" + re.sub(r"\W", "_", planted), plant(planted))


def find_tree():
    done = subprocess.run([os.path.join(TOP, "ci", "kernel-source.sh")], stdout=subprocess.PIPE,
                          check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout.decode().strip()


def find_profile():
    told = vmafuzz("doctor", "--subject", "linux=" + TREE)
    found = re.search(r"taken for a kernel of profile (\S+)", told.stdout)
    if not found:
        sys.exit(told.stdout + told.stderr)
    return found[1]


if __name__ == "__main__":
    VMAFUZZ = os.path.abspath(sys.argv.pop(1))
    if sys.argv[1:2] == ["--tree"]:
        TREE = os.path.abspath(sys.argv[2])
        del sys.argv[1:3]
    else:
        TREE = find_tree()
    PROFILE = find_profile()
    unittest.main()
