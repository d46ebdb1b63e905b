#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that ends the process of its subject, as people see it.

usage: crash_test.py VMAFUZZ [unittest options]

VMAFUZZ is the command with fuzz/bugs/77 in its core: mbind above the last mapping looks at no VMA.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

VMAFUZZ = None

CRASHES = """vma-program 1
mmap 2..6 rw private anon
mprotect 4..6 r
mbind 8..9 bind=1
munmap 2..4
"""


class Show(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def verb(self, name, *arguments):
        path = os.path.join(self.folder, "crashes.vma")
        with open(path, "w", encoding="ascii") as file:
            file.write(CRASHES)
        done = subprocess.run([VMAFUZZ, name, *arguments, path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=100, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stdout.decode()

    def reported(self):
        """What replay says of it, up to the last line."""
        return self.verb("replay").rpartition("subject=")[0].strip()

    def test_what_stood_till_then_is_drawn_and_the_end_reported(self):
        drawn, mismatch, report = self.verb("show").partition("\nmismatch  crash ")
        self.assertRegex(drawn, r"(?m)^ +\.\.AAAA\.+ +-> +\.\.AABB\.+$")
        self.assertNotIn("mbind", drawn)
        self.assertEqual((mismatch + report).strip(), self.reported())
        self.assertRegex(report, r"mbind 8\.\.9 bind=1 +<-- first disagreement")

    def test_a_page_holds_the_steps_till_then_and_the_report(self):
        path = os.path.join(self.folder, "page.html")
        said = self.verb("show", "--html", path)
        with open(path, encoding="utf-8") as file:
            data = json.loads(re.search(
                r'<script type="application/json" id="data">(.*?)</script>', file.read(), re.S)[1])
        self.assertEqual([step["outcome"] for step in data["steps"]], ["agreed"] * 3)
        self.assertEqual(data["finding"]["class"], "crash")
        self.assertEqual(data["finding"]["report"].strip(), said.strip())
        self.assertEqual(said.strip(), self.reported())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    VMAFUZZ = os.path.abspath(sys.argv.pop(1))
    unittest.main()
