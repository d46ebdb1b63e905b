#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that corpus/errno/ proves the order of every check.

usage: ci/cards.py [FOLDER]

FOLDER (corpus/errno) holds cards.tsv, the checks of each operation in the order
in which they are made, and programs. In those a comment `# CARD: CHECK` stands
before an operation that only this check refuses, `# CARD: CHECK < LATER` before
one that both would refuse; the one result stated behind it is the check's.

Each check must be shown, and each pair of checks that answer differently, or the
table says why not. Whether the results are true is for `vmafuzz replay` to say.

Exit status: 0 so it is, 1 something is missing or wrong, 2 bad usage.
"""
import itertools
import pathlib
import re
import sys

MARKER = re.compile(r"# (\w+): (\w+)(?: < (\w+))?$")
STATED = re.compile(r"(?:@\d+ )?(\w+).* = (\w+)$")
# The word of the operation where the card is not named by it.
WORDS = {"stack": "touch"}


class Card:
    """The checks of one operation: what each answers, and what is not shown."""

    def __init__(self):
        self.answers = {}
        self.reasons = {}

    def shown(self):
        """Checks that programs can show, in their order."""
        return [check for check in self.answers if (check, None) not in self.reasons]

    def wanted(self):
        """What must be shown: checks as (check, None), pairs as (check, later)."""
        shown = self.shown()
        pairs = itertools.combinations(shown, 2)
        wanted = {(check, None) for check in shown}
        return wanted | {p for p in pairs if self.answers[p[0]] != self.answers[p[1]]}


def read_cards(path, problems):
    """The table: card, check or pair, what it answers, why it is not shown."""
    cards = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = (line.split("\t") + [""])[:4]
        if len(fields) < 4:
            problems.append(f"{path}:{number}: expected card, check, answer, reason")
            continue
        name, check, answer, reason = fields
        card = cards.setdefault(name, Card())
        check, _, later = check.partition(" < ")
        if not later:
            if check in card.answers:
                problems.append(f"{path}:{number}: {check} for the second time")
            card.answers[check] = answer
        elif (check, later) not in card.wanted() or not reason:
            problems.append(f"{path}:{number}: no pair that needs a reason, or no reason")
            continue
        if reason:
            card.reasons[check, later or None] = reason
    return cards


def check_statement(place, card, name, what, stated, problems):
    """What stands between a marker and the next one, or the end."""
    check = what[0]
    if what in card.reasons or (check, None) in card.reasons:
        problems.append(f"{place}: the table says why it cannot be shown")
    elif what not in card.wanted():
        problems.append(f"{place}: the table has no such check or pair to show")
    if len(stated) != 1:
        problems.append(f"{place}: {len(stated)} results are stated, expected one")
    elif stated[0] != (WORDS.get(name, name), card.answers.get(check)):
        word, answer = stated[0]
        problems.append(f"{place}: {word} = {answer}, and {check} answers "
                        f"{card.answers.get(check)}")


def read_program(path, cards, seen, problems):
    """Collects into seen what the markers of a program show."""
    parts = [(0, None, [])]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        marker = MARKER.match(line)
        if marker:
            parts.append((number, marker, []))
        result = STATED.match(line)
        if result:
            parts[-1][2].append(result.groups())
    if parts[0][2]:
        problems.append(f"{path}: a result before the first marker")
    for number, marker, stated in parts[1:]:
        place = f"{path}:{number}"
        name, what = marker[1], (marker[2], marker[3])
        if name not in cards:
            problems.append(f"{place}: the table has no card {name}")
            continue
        seen.add((name, what))
        check_statement(place, cards[name], name, what, stated, problems)


def check_folder(folder):
    """The problems of a folder, a line each, and how much is shown and reasoned."""
    problems = []
    seen = set()
    cards = read_cards(folder / "cards.tsv", problems)
    for path in sorted(folder.glob("*.vma")):
        read_program(path, cards, seen, problems)
    reasons = 0
    for name, card in cards.items():
        reasons += len(card.reasons)
        for what in sorted(card.wanted() - set(card.reasons), key=str):
            if (name, what) not in seen:
                problems.append(f"{folder}: no program shows {name}: "
                                + " < ".join(part for part in what if part))
    return problems, len(seen), reasons


def main(arguments):
    """The command."""
    if arguments in (["-h"], ["--help"]):
        print(__doc__.strip())
        return 0
    folder = pathlib.Path(__file__).resolve().parent.parent / "corpus/errno"
    if len(arguments) == 1:
        folder = pathlib.Path(arguments[0])
    if len(arguments) > 1 or not (folder / "cards.tsv").is_file():
        print(f"cards.py: expected a folder with cards.tsv: {' '.join(arguments) or folder}",
              file=sys.stderr)
        return 2
    problems, shown, reasons = check_folder(folder)
    for problem in problems:
        print(problem)
    print(f"cards shown={shown} reasons={reasons} problems={len(problems)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
