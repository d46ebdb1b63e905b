# SPDX-License-Identifier: GPL-2.0-or-later
"""The inputs of one target: those in use, and in the attic those that others made superfluous.

What was ever taken in is in one of the two, so that nothing comes in twice and nothing is lost.
"""

import os
import shutil

import durable

LARGEST = {"fuzz_text": 4096, "fuzz_tree": 4096}
PROGRAM = 1040  # a header and 64 operations


def largest(target):
    return LARGEST.get(target, PROGRAM)


class Corpus:
    def __init__(self, directory, target):
        self.target = target
        self.folder = os.path.join(directory, "corpus", target)
        self.attic = os.path.join(directory, "attic", target)
        self.order = []  # names in the order in which they came: what was sent is a prefix
        self.known = set()
        self.bad = set()  # not to be taken in: they are findings
        os.makedirs(self.folder, exist_ok=True)
        os.makedirs(self.attic, exist_ok=True)
        self.damaged = self.mend(self.attic) + self.mend(self.folder)
        self.order = durable.files_of(self.folder)
        self.known |= set(self.order) | set(durable.files_of(self.attic))

    def mend(self, folder):
        """What is not what its name says was cut short or overwritten: it goes by its new name."""
        damaged = 0
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if name.endswith(durable.PART):
                os.unlink(path)
                continue
            content = durable.read(path)
            if durable.name_of(content) == name:
                continue
            damaged += 1
            if content:
                os.replace(path, os.path.join(folder, durable.name_of(content)))
            else:
                os.unlink(path)
        return damaged

    def __len__(self):
        return len(self.order)

    def add(self, content, path=None):
        """True if it is new. Longer than the target reads would be another input to it. `path` is a
        file that holds it and is gone afterwards."""
        used = content[:largest(self.target)]
        name = durable.name_of(used)
        new = bool(used) and name not in self.known and name not in self.bad
        if new:
            self.put(name, used, path if used == content else None)
            self.known.add(name)
            self.order.append(name)
        if path:
            durable.remove(path)
        return new

    def put(self, name, content, path):
        """From the file that holds it, if there is one still."""
        if not path or not durable.move(path, self.path(name)):
            durable.write(self.path(name), content, lasting=False,
                          part=os.path.join(self.attic, name + durable.PART))

    def path(self, name):
        return os.path.join(self.folder, name)

    def link(self, folder):
        """All inputs under second names, for a reader whom moves must not disturb."""
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for name in self.order:
            os.link(os.path.join(self.folder, name), os.path.join(folder, name))

    def expel(self, name):
        """An input that is a finding would stop an engine whenever it begins."""
        self.bad.add(name)
        for folder in (self.folder, self.attic):
            try:
                os.unlink(os.path.join(folder, name))
            except FileNotFoundError:
                continue
        if name in self.known:
            self.known.discard(name)
            self.order = [each for each in self.order if each != name]

    def retire(self, considered, kept):
        """Moves into the attic what was considered and not kept."""
        gone = set(considered) - set(kept)
        for name in gone & set(self.order):
            os.replace(os.path.join(self.folder, name), os.path.join(self.attic, name))
        before = len(self.order)
        self.order = [name for name in self.order if name not in gone]
        return before - len(self.order)
