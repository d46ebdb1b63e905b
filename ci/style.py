#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: ci/style.py FILE...

The house rules that neither clang-format nor clang-tidy knows: the licence line, comments,
names that are not to be called, words that must not be left behind, well-formed Python and JSON.
Prints FILE:LINE: what is wrong and what to do. Exit status 1 if anything is.
"""

import ast
import json
import re
import sys

LICENCE = "SPDX-License-Identifier: GPL-2.0-or-later"

# Called nowhere in C, with what to use. In tests too: a check that depends on NDEBUG, or a number
# that is another one on the next machine, is of no use there either.
BANNED_CALLS = {
    "assert": "VMA_ASSERT or the like, which does not look at NDEBUG",
    "rand": "a generator seeded from the program",
    "random": "a generator seeded from the program",
    "srand": "a generator seeded from the program",
    "gets": "fgets",
    "sprintf": "snprintf",
    "vsprintf": "vsnprintf",
    "strcpy": "a copy that knows the size",
    "strcat": "a copy that knows the size",
    "strtok": "strtok_r or a loop",
    "alloca": "an array of fixed size",
}

# Spelled in halves, so that this file passes its own rule.
LEFT_BEHIND = {
    "TO" "DO": "finish it or leave it out",
    "FIX" "ME": "finish it or leave it out",
    "XX" "X": "finish it or leave it out",
    "HA" "CK": "say what it works around, and why",
}
LEFT_BEHIND_RE = re.compile(r"\b(" + "|".join(LEFT_BEHIND) + r")\b")
HOME_RE = re.compile(r"(?<![\w.$}])/(home|Users|root|work)/")
CALL_RE = re.compile(r"(?<![\w.>])(" + "|".join(BANNED_CALLS) + r")\s*\(")
INCLUDE_RE = re.compile(r'^\s*#\s*include\s*<assert\.h>')
DEAD_RE = re.compile(r"^\s*#\s*if\s+0\b")

# A comment, a string or a character; whichever begins first hides the others.
TOKEN_RE = re.compile(
    r"""(?P<block>/\*.*?\*/)|(?P<line>//[^\n]*)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def blank(text):
    """The same number of lines and columns, without content."""
    return re.sub(r"[^\n]", " ", text)


def check_c(text, complain):
    if text.split("\n", 1)[0] != "/* " + LICENCE + " */":
        complain(1, "the first line must be /* " + LICENCE + " */")

    def hide(match):
        if match.group("line"):
            complain(text.count("\n", 0, match.start()) + 1, "comments are /* */")
        return blank(match.group())

    code = TOKEN_RE.sub(hide, text)
    for number, line in enumerate(code.split("\n"), 1):
        for match in CALL_RE.finditer(line):
            name = match.group(1)
            complain(number, f"{name}() is not used here: {BANNED_CALLS[name]}")
        if INCLUDE_RE.match(line):
            complain(number, "<assert.h> depends on NDEBUG")
        if DEAD_RE.match(line):
            complain(number, "code that is never compiled: delete it")


def check_columns(text, complain):
    for number, line in enumerate(text.split("\n"), 1):
        if len(line.expandtabs(8)) > 100:
            complain(number, "longer than 100 columns")


def check_script(text, complain):
    if "# " + LICENCE not in text.split("\n")[:2]:
        complain(1, "the first lines must hold # " + LICENCE)


def check_any(text, complain):
    for number, line in enumerate(text.split("\n"), 1):
        match = LEFT_BEHIND_RE.search(line)
        if match:
            complain(number, f"{match.group()}: {LEFT_BEHIND[match.group()]}")
        if HOME_RE.search(line):
            complain(number, "a path of somebody's machine")
        if line.endswith("\r"):
            complain(number, "carriage return at the end of the line")
        elif line != line.rstrip():
            complain(number, "blanks at the end of the line")
    if text and not text.endswith("\n"):
        complain(text.count("\n") + 1, "no newline at the end of the file")


def check_file(path):
    found = 0

    def complain(line, what):
        nonlocal found
        found += 1
        print(f"{path}:{line}: {what}")

    with open(path, "rb") as file:
        content = file.read()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return 0  # bytes, for instance a frozen program

    if path.endswith((".c", ".h", ".def")):
        check_c(text, complain)
    if path.endswith((".c", ".h")):
        check_columns(text, complain)  # a row of a table may be longer
    elif path.endswith((".sh", ".py", "CMakeLists.txt")) or text.startswith("#!"):
        check_script(text, complain)
    if path.endswith(".py"):
        try:
            ast.parse(text, path)
        except SyntaxError as error:
            complain(error.lineno, f"not Python: {error.msg}")
    if path.endswith(".json"):
        try:
            json.loads(text)
        except ValueError as error:
            complain(1, f"not JSON: {error}")
    if not path.endswith("LICENSE"):
        check_any(text, complain)
    return found


def main(paths):
    if not paths or paths[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if paths else 2
    return 1 if sum(check_file(path) for path in paths) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
