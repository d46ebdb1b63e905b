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

from linux_test import PARTS, PLANTED, find_tree

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


if __name__ == "__main__":
    VMAFUZZ = os.path.abspath(sys.argv.pop(1))
    TREE = find_tree()
    unittest.main()
