#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: ci/regress.py [FOLDER]

Checks that the fixed bugs in FOLDER [corpus/regress] follow the rules of corpus/README.md: names
`NNNN-behaviour.vma`, each number once, and below the first line the comments `broke`, `shown` and
`fixed`. Prints what is wrong, a line each, and at last the files, newest first, when nothing is.

Exit status: 0 in order (or no such folder); 1 not; 2 bad usage.
"""

import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NAME = re.compile(r"([0-9]{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.vma")
COMMENTS = ("broke", "shown", "fixed")
SIGNATURE = re.compile(r"[a-z-]+/[a-z_]+/\S+")


def faults_of(path):
    """What is wrong with the head of one file."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().split("\n")
    if lines[0] != "vma-program 1":
        yield "the first line is not `vma-program 1`"
    for number, word in enumerate(COMMENTS, 1):
        line = lines[number] if number < len(lines) else ""
        head, _, text = line.partition(": ")
        if head != f"# {word}" or not text.strip():
            yield f"line {number + 1}: expected `# {word}: ...`"
        elif word == "shown" and not SIGNATURE.match(text):
            yield f"line {number + 1}: expected a signature, CLASS/OPERATION/RULE"
    if not any(line.startswith("expect ") or " = " in line
               for line in lines if not line.startswith("#")):
        yield "it states nothing: no `expect` and no `= RESULT`"


def faults_in(folder, names):
    owner = {}
    for name in names:
        match = NAME.fullmatch(name)
        if not match:
            yield f"{name}: expected NNNN-words-of-small-letters.vma"
            continue
        if match.group(1) in owner:
            yield f"{name}: {owner[match.group(1)]} has this number"
        owner[match.group(1)] = name
        for fault in faults_of(os.path.join(folder, name)):
            yield f"{name}: {fault}"


def main(arguments):
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        asked = arguments[0] in ("-h", "--help")
        print(__doc__.strip(), file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    folder = arguments[0] if arguments else os.path.join(TOP, "corpus", "regress")
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    faults = list(faults_in(folder, names))
    for fault in faults:
        print(fault)
    if not faults:
        for name in reversed(names):
            print(os.path.join(folder, name))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
