#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: ci/measures_test.py

What the benches rest on: which mutants a function has, what a Mann-Whitney test says, and where the
curves of a picture end.
"""

import importlib.machinery
import importlib.util
import os
import re
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import mutation
import survival

NOTHING = re.compile(r"\bnothing at all\b")
SOURCE = """/* SPDX */
static int cut(struct vma *prev, struct vma *next, int n)
{
	int err = 0;

	if (prev->vm_end < n && n)
		return -1;
	next->flags |= VM_READ | VM_LOCKED;
	err = try(prev, /* so often= */ 2);
	VMA_ASSERT(n > 0);
	return err;
}
"""


def load(name):
    loader = importlib.machinery.SourceFileLoader(name, os.path.join(HERE, name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def mutants(source, left_out=NOTHING):
    return [mutant for function in mutation.functions_of("cut.c", source)
            for mutant in mutation.mutants_of(function, left_out)]


def changed(mutant):
    return mutant.diff().split("\n+")[1].strip()


class Mutants(unittest.TestCase):
    def test_each_operator_has_its_turn(self):
        made = {(mutant.operator, changed(mutant)) for mutant in mutants(SOURCE)}
        for wanted in (("relation", "if (prev->vm_end <= n && n)"),
                       ("logic", "if (prev->vm_end < n || n)"),
                       ("side", "if (prev->vm_start < n && n)"),
                       ("side", "if (next->vm_end < n && n)"),
                       ("negate", "if (!(prev->vm_end < n && n))"),
                       ("delete", ";"),
                       ("flag", "next->flags |= VM_READ ;"),
                       ("flag", "next->flags |=  VM_LOCKED;"),
                       ("number", "err = try(prev, /* so often= */ 3);"),
                       ("return", "return 0;")):
            self.assertIn(wanted, made)

    def test_what_is_left_out_or_no_statement_stays(self):
        made = mutants(SOURCE, re.compile("VMA_ASSERT"))
        self.assertFalse([mutant for mutant in made if "ASSERT" in mutant.diff()])
        # The declaration, and the last return, without which nothing is defined.
        self.assertNotIn(("delete", 4), {(mutant.operator, mutant.line) for mutant in made})
        self.assertNotIn(("delete", 11), {(mutant.operator, mutant.line) for mutant in made})

    def test_lines_stay_where_they_are(self):
        for mutant in mutants(SOURCE):
            self.assertEqual(mutant.text().count("\n"), SOURCE.count("\n"))

    def test_ids_are_of_the_content(self):
        there = mutants("/* Another line. */\n" + SOURCE)
        here = mutants(SOURCE)
        self.assertEqual([mutant.id for mutant in here], [mutant.id for mutant in there])
        self.assertEqual(len({mutant.id for mutant in here}), len(here))


class Statistics(unittest.TestCase):
    def setUp(self):
        self.ablation = load("ablation")

    def test_five_against_five(self):
        low, high = [1, 2, 3, 4, 5], [6, 7, 8, 9, 10]
        self.assertEqual(self.ablation.a12(low, high), 1)
        self.assertAlmostEqual(self.ablation.mann_whitney(low, high), 0.01219, places=5)

    def test_nothing_found_on_both_sides_is_no_difference(self):
        never = [float("inf")] * 4
        self.assertEqual(self.ablation.a12(never, never), 0.5)
        self.assertEqual(self.ablation.mann_whitney(never, never), 1)


class Picture(unittest.TestCase):
    def test_a_curve_ends_at_its_share(self):
        cells = [{"column": "empty", "found": found, "seconds": 1, "executions": 10}
                 for found in (True, True, True, False)]
        drawn = survival.picture(cells)
        ends = re.findall(r'points="[^"]*,([\d.]+)"', drawn)
        self.assertEqual([float(end) for end in ends],
                         [round(survival.Panel.down(0.75), 1)] * 2)
        self.assertIn("empty: 3 of 4 runs", drawn)

    def test_nothing_found_is_no_picture(self):
        self.assertEqual(survival.picture([{"column": "run", "found": False}]), "")


if __name__ == "__main__":
    unittest.main()
