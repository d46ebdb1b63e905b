#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: ci/tidy.py BUILD_DIRECTORY [FILE...]

Runs clang-tidy over the sources of a build tree, all of them or those named, in parallel. A source
whose preprocessed text, and whose rules, passed before is not looked at again: what passed is
remembered in BUILD_DIRECTORY/tidy/.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys


def preprocessed(entry):
    """The text that clang-tidy will see; None where the compiler refuses the source."""
    command = entry.get("arguments") or shlex.split(entry["command"])
    kept = []
    words = iter(command)
    for word in words:
        if word in ("-o", "-MF", "-MT", "-MQ"):
            next(words, None)
        elif word not in ("-c", "-MD", "-MMD"):
            kept.append(word)
    run = subprocess.run(kept + ["-E"], cwd=entry["directory"], capture_output=True, check=False)
    return run.stdout if run.returncode == 0 else None


def tidy(build, entry, rules):
    """(source, what clang-tidy said, passed)"""
    source = entry["file"]
    text = preprocessed(entry)
    key = hashlib.sha256(rules + (text or b"")).hexdigest()
    mark = build / "tidy" / key
    if text is not None and mark.exists():
        return source, "", True
    run = subprocess.run(["clang-tidy", "-p", str(build), "--quiet", source],
                         capture_output=True, text=True, check=False)
    if run.returncode == 0 and text is not None:
        mark.touch()
        return source, "", True
    return source, run.stdout + run.stderr, False


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments else 2
    build = pathlib.Path(arguments[0]).resolve()
    wanted = {os.path.abspath(path) for path in arguments[1:]}
    top = pathlib.Path(__file__).resolve().parent.parent
    with open(build / "compile_commands.json", encoding="utf-8") as file:
        entries = {entry["file"]: entry for entry in json.load(file)}
    chosen = [entry for path, entry in sorted(entries.items())
              if (path in wanted or not wanted) and str(top) in path and os.path.exists(path)]
    (build / "tidy").mkdir(exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    rules = version + (top / ".clang-tidy").read_bytes()

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, said, passed in pool.map(lambda entry: tidy(build, entry, rules), chosen):
            if not passed:
                failed += 1
                print(f"{os.path.relpath(source, top)}: clang-tidy\n{said}")
    print(f"clang-tidy: {len(chosen)} sources, {failed} with complaints")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
