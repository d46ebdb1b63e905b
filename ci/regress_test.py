#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What ci/regress.py accepts and what it does not.

usage: ci/regress_test.py
"""

import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "regress.py")
GOOD = ("vma-program 1\n# broke: the half lost its flag\n# shown: wrong-flags/mprotect/FLG-2, run\n"
        "# fixed: src: both halves keep it\npages 64\nmunmap 0..1 = 0\n")


class Regress(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run([sys.executable, SCRIPT, folder], stdout=subprocess.PIPE,
                                  check=False)
        return done.returncode, done.stdout.decode().replace(folder + "/", "")

    def assert_fault(self, files, part):
        status, text = self.check(files)
        self.assertEqual(status, 1, text)
        self.assertIn(part, text)

    def test_newest_first(self):
        self.assertEqual(self.check({"0001-a-b.vma": GOOD, "0010-c.vma": GOOD,
                                     "0002-d.vma": GOOD}),
                         (0, "0010-c.vma\n0002-d.vma\n0001-a-b.vma\n"))
        self.assertEqual(self.check({}), (0, ""))

    def test_names_and_numbers(self):
        for name in ("1-a.vma", "0001_a.vma", "0001-A.vma", "0001-a.txt", "a.vma"):
            self.assert_fault({name: GOOD}, name)
        self.assert_fault({"0001-a.vma": GOOD, "0001-b.vma": GOOD}, "0001-a.vma has this number")

    def test_comments(self):
        for word in ("broke", "shown", "fixed"):
            self.assert_fault({"0001-a.vma": GOOD.replace(f"# {word}:", "# some:")}, word)
            self.assert_fault({"0001-a.vma": GOOD.replace(f"# {word}: ", f"# {word}: \n# ")}, word)
        self.assert_fault({"0001-a.vma": GOOD.replace("wrong-flags/mprotect/FLG-2", "flags")},
                          "signature")
        self.assert_fault({"0001-a.vma": "\n" + GOOD}, "first line")

    def test_something_is_stated(self):
        self.assert_fault({"0001-a.vma": GOOD.replace(" = 0", "")}, "states nothing")
        self.assertEqual(self.check({"0001-a.vma": GOOD.replace(" = 0", "\nexpect empty")})[0], 0)


if __name__ == "__main__":
    unittest.main()
