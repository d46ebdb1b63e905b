#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done with the history of a kernel tree: a small one, made of what is compiled of the
tree of Debian's package linux-source-6.12.

usage: linux_history_test.py VMAFUZZ [unittest options]

Without the package it is skipped (exit 77), on a build machine (CI is set) it fails.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from linux_test import PARTS, PLANTED, TOP, find_tree

VMAFUZZ = None
TREE = None

PROGRAM = """vma-program 1
mmap 0..8 rw private anon
mprotect 2..6 r
"""


def run(*command, **keywords):
    """The exit status and all that was said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          timeout=800, **keywords)
    return done.returncode, done.stdout.decode(errors="replace")


class History(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        self.tree = os.path.join(self.folder, "a tree")
        for part in PARTS:
            to = os.path.join(self.tree, part)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copy(os.path.join(TREE, part), to)
        self.git("init", "-q")
        self.commit("base")

    def git(self, *arguments):
        status, said = run("git", "-c", "user.name=t", "-c", "user.email=t@example.org",
                           *arguments, cwd=self.tree)
        self.assertEqual(status, 0, said)
        return said.strip()

    def commit(self, subject):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def change(self, subject, old, new):
        """One commit that replaces the first of these words of mm/vma.c."""
        path = os.path.join(self.tree, "mm/vma.c")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1))
        return self.commit(subject)

    def elsewhere(self, subject):
        """A commit that changes nothing that is compiled."""
        with open(os.path.join(self.tree, "README"), "a", encoding="utf-8") as file:
            file.write(subject + "\n")
        return self.commit(subject)

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path


class Bisect(History):
    def test_git_bisect_names_the_commit_and_skips_what_does_not_build(self):
        good = self.git("rev-parse", "HEAD")
        self.elsewhere("one")
        self.elsewhere("two")
        # In the middle, where the search begins.
        self.change("does not build", "static void init_vma_prep(", "static void no_such_type(")
        self.change("builds again", "static void no_such_type(", "static void init_vma_prep(")
        bad = self.change("the bug", *PLANTED["a split is not counted"])
        self.elsewhere("three")
        script = os.path.join(self.folder, "bisect.sh")
        status, said = run(VMAFUZZ, "bisect", self.file("bug.vma", PROGRAM), self.tree,
                           "-o", script)
        self.assertEqual(status, 0, said)
        with open(script, encoding="utf-8") as file:
            self.assertIn("signature='wrong-count/mprotect/STR-3'", file.read())
        self.git("bisect", "start", "HEAD", good)
        status, said = run("git", "bisect", "run", script, cwd=self.tree,
                           env=dict(os.environ, VMAFUZZ_BISECT=os.path.join(self.folder, "work")))
        self.assertEqual(status, 0, said)
        self.assertIn("is the first bad commit", said)
        self.assertEqual(self.git("rev-parse", "refs/bisect/bad"), bad)
        self.assertRegex(said, r"skipped: .*vma\.c:\d+:\d+: error:")
        self.assertEqual(self.git("status", "--porcelain"), "")


class CheckPatch(History):
    SEED = "vma-program 1\nmmap 0..4 rw private anon\nmunmap 1..2\n"
    # The tree cannot merge these, which --strict counts.
    FAULT = ("vma-program 1\nprofile any\nmmap 0..8 rw shared file=close\nmprotect 2..6 r\n"
             "mprotect 2..4 rw\nmprotect 4..6 rw\n")

    def setUp(self):
        super().setUp()
        self.base = self.git("rev-parse", "HEAD")
        self.corpus = os.path.join(self.folder, "corpus")
        self.output = os.path.join(self.folder, "output")
        os.mkdir(self.corpus)
        self.file("corpus/seed.vma", self.SEED)

    def check(self, status, *arguments, programs="200"):
        """The table: what is said of each commit, by its subject."""
        done, said = run(os.path.join(TOP, "ci", "check-patch"), "--vmafuzz", VMAFUZZ, "--corpus",
                         self.corpus, "--output", self.output, "--programs", programs,
                         *arguments, self.tree, self.base + "..", cwd=self.folder)
        self.assertEqual(done, status, said)
        self.said = said
        table = {}
        for line in said[said.index("\ncommit "):].splitlines()[2:]:
            if line.startswith(" "):
                below.append(line.strip())
                continue
            words = line[31:].split(None, 5)
            below = table[words[5]] = [line[14:29].strip()] + words[:5]
        return table

    def test_each_commit_is_held_against_the_base(self):
        self.change("harmless", "/*\n", "/*\n * A comment.\n")
        bad = self.change("the bug", *PLANTED["a split is not counted"])
        self.change("no build", "static void init_vma_prep(", "static void no_such_type(")
        self.change("build", "static void no_such_type(", "static void init_vma_prep(")
        before = self.git("status", "--porcelain", "--ignored")
        table = self.check(1)
        self.assertEqual(table["base"], ["base", "1", "0", "0", "0", "0"])
        self.assertEqual(table["harmless"], ["agrees", "1", "200", "0", "0", "0"])
        self.assertEqual(table["the bug"][:3], ["disagrees", "1", "200"])
        below = table["the bug"][6:]
        self.assertEqual(table["the bug"][3:6], [str(len(below)), "0", "0"])
        self.assertIn("wrong-count/munmap/STR-3",
                      [line.split()[0] for line in below])
        self.assertEqual(table["no build"][0], "no build")
        self.assertRegex(table["no build"][-1], r"^mm/vma\.c:\d+:\d+: error:")
        self.assertEqual(table["build"][0], "as " + bad[:12])
        self.assertIn("<-- first disagreement", self.said)
        self.assertEqual(self.git("status", "--porcelain", "--ignored"), before)
        for line in below:
            signature, path = line.split()
            status, said = run(VMAFUZZ, "replay", "--subject", f"linux={self.tree},profile=6.12",
                               os.path.join(self.folder, path))
            self.assertEqual(status, 1, said)
            self.assertIn("signature " + signature, said)

    def test_what_the_base_has_as_well_is_not_told(self):
        self.file("corpus/fault.vma", self.FAULT)
        self.change("harmless", "/*\n", "/*\n * A comment.\n")
        self.elsewhere("another file")
        table = self.check(0, "--strict", programs="1")
        self.assertGreater(int(table["base"][-1]), 0)
        self.assertEqual(table["harmless"][0], "agrees")
        self.assertEqual(table["harmless"][3:], ["0", "0", table["base"][-1]])
        self.assertEqual(table["another file"][0][:3], "as ")

    def test_a_base_that_cannot_be_built_is_no_base(self):
        self.base = self.change("no build", "static void init_vma_prep(", "static void none(")
        self.elsewhere("another file")
        status, said = run(os.path.join(TOP, "ci", "check-patch"), "--vmafuzz", VMAFUZZ, "--output",
                           self.output, self.tree)
        self.assertEqual(status, 3, said)
        self.assertRegex(said, r"the base [0-9a-f]{12}: mm/vma\.c:\d+:\d+: error:")

    def test_bad_usage(self):
        for arguments, named in [
                ([], "tree"), (["/nowhere/at/all"], "/nowhere/at/all"),
                ([self.tree, "no-such-commit"], "no-such-commit"),
                ([self.tree, "HEAD..HEAD"], "HEAD..HEAD"),
                ([self.tree], "no commit below"),
                (["--programs", "0", self.tree], "--programs"),
                (["--corpus", "/nowhere", self.tree], "/nowhere")]:
            with self.subTest(arguments=arguments):
                status, said = run(os.path.join(TOP, "ci", "check-patch"), "--vmafuzz", VMAFUZZ,
                                   *arguments)
                self.assertEqual(status, 2, said)
                self.assertIn(named, said)


if __name__ == "__main__":
    VMAFUZZ = os.path.abspath(sys.argv.pop(1))
    TREE = find_tree()
    unittest.main()
