#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A stand-in for vmafuzz, for tests: knows the inputs of fake_fuzzer.py."""

import os
import sys


def bug_of(path):
    with open(path, "rb") as file:
        content = file.read()
    return content[3:4].decode() if content.startswith(b"BUG") else None


def triage(output, folder):
    for name in sorted(os.listdir(folder)):
        bug = bug_of(os.path.join(folder, name))
        to = os.path.join(output, f"bug-{bug}")
        os.makedirs(to, exist_ok=True)
        for file, text in (("bug.vma", "vma-program 1\n"), ("mark", "open\n"),
                           ("report.txt", f"mismatch  <bug> & {bug}\n"),
                           ("drawing.txt", "AABB -> AAAA\n")):
            if file != "mark" or not os.path.exists(os.path.join(to, file)):
                with open(os.path.join(to, file), "w", encoding="ascii") as out:
                    out.write(text)
        with open(os.path.join(to, "files.txt"), "a", encoding="ascii") as out:
            out.write(f"wrong/bug/{bug} {os.path.join(folder, name)}\n")


def main(verb, words):
    if verb == "replay":
        bug = bug_of(words[-1])
        print(f"signature wrong/bug/{bug}" if bug else "fine")
        return 1 if bug else 0
    if verb == "minimize":
        with open(words[words.index("-o") + 1], "w", encoding="ascii") as out:
            out.write(f"BUG{bug_of(words[-1])}")
    elif verb == "triage":
        triage(words[words.index("-o") + 1], words[-1])
    elif verb == "run":
        print("case 1.1 left                 40  merges to the left")
        print("case 1.2 right                 1  merges to the right")
    elif verb == "cases":
        print("missed rule 1.3 never\ncases programs=9 goals=4 missed=1 wrong=0")
        return 1
    else:
        return 2
    return 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
