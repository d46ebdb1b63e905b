#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A stand-in for a libFuzzer target, for tests: finds at random, and tells LEDGER what it has written
so that nothing can be lost unnoticed. MODE is how it misbehaves."""

import hashlib
import os
import random
import signal
import struct
import sys
import time

LEDGER = "@LEDGER@"
MODE = "@MODE@"  # fine, bare, blind, dead


def save(path, content):
    with open(path, "wb") as file:
        file.write(content)


def tell(what, content):
    line = f"{what} {os.path.basename(sys.argv[0])} {hashlib.sha1(content).hexdigest()}\n"
    with open(LEDGER, "ab", buffering=0) as file:
        file.write(line.encode())


def crash(prefix, content):
    save(f"{prefix}crash-{hashlib.sha1(content).hexdigest()}", content)
    tell("finding", content)
    sys.exit(77)


def contents(folder):
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            yield name, file.read()


def count(executions):
    path = os.environ["VMAFUZZ_COUNTERS"]
    before = b""
    if os.path.exists(path):
        with open(path, "rb") as file:
            before = file.read()
    words = struct.unpack("7Q", before.ljust(8 * 7, b"\0"))
    magic = struct.unpack("Q", b"vmacnt1\0")[0]
    save(path + ".part", struct.pack("7Q", magic, words[1] + executions, words[2] + 4 * executions,
                                     words[3] + 9 * executions, 2, words[5] + executions, 1))
    os.replace(path + ".part", path)


def main():
    folders = [word for word in sys.argv[1:] if not word.startswith("-")]
    options = dict(word[1:].partition("=")[::2] for word in sys.argv[1:] if word.startswith("-"))
    if "set_cover_merge" in options:
        for name, content in contents(folders[1]):
            if content[0] % 2:
                save(os.path.join(folders[0], name), content)
        return
    signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0))
    prefix = options["artifact_prefix"]
    print(f"INFO: Loaded 1 modules   ({0 if MODE == 'bare' else 5000} inline 8-bit counters)",
          flush=True)
    if "VMAFUZZ_CANARY" in os.environ:
        if MODE != "blind":
            save(prefix + "crash-canary", b"canary")
        sys.exit(77)
    if MODE == "dead":
        sys.exit(1)
    for _, content in contents(folders[1]):
        if content.startswith(b"BUG"):
            crash(prefix, content)
    dice = random.Random(os.urandom(8))
    for number in range(10**6):
        time.sleep(0.01)
        content = dice.randbytes(dice.randrange(16, 64))
        if content.startswith(b"BUG"):
            continue
        save(os.path.join(folders[0], hashlib.sha1(content).hexdigest()), content)
        tell("input", content)
        count(100)
        print(f"#{number * 100}\tNEW    cov: 1234 ft: {5000 + number} corp: 1/1b", flush=True)
        if dice.random() < 0.04:
            crash(prefix, b"BUG%d %s" % (dice.randrange(3), dice.randbytes(20)))


main()
