# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel tree's own bench of mm/vma.c, tools/testing/vma, in a copy: what is changed there, the
code or the tests, is nobody else's. Needs make, gcc and liburcu-dev. Imported, never run."""
import os
import shutil
import subprocess

PARTS = ("Makefile", "mm", "lib", "include", "tools", os.path.join("arch", "x86", "include"))
OBJECTS = ("xarray-shared.o radix-tree.o idr.o linux.o slab.o find_bit.o bitmap.o hweight.o "
           "vsprintf.o maple-shim.o").split()
INCLUDES = ["-I../shared", "-I.", "-I../../include", "-I../../../lib"]
SANITIZE = "-fsanitize=address,undefined"
SECONDS = 60  # for what takes less than one
# Stable trees close VMAs by a function that the bench does not know.
VMA_CLOSE = """
static inline void vma_close(struct vm_area_struct *vma)
{
	if (vma->vm_ops && vma->vm_ops->close) {
		vma->vm_ops->close(vma);
		vma->vm_ops = &vma_dummy_vm_ops;
	}
}
"""


class UnitTrouble(Exception):
    """Something does not build: `status` for the script, and what was said."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class UnitBench:
    """The copy: `tree` as it was, `folder` with the tests, `core` the mm/vma.c it came with."""

    def __init__(self, original, tree):
        self.tree = tree
        self.folder = os.path.join(tree, "tools", "testing", "vma")
        self.core = read(os.path.join(original, "mm", "vma.c"))
        if not os.path.isfile(os.path.join(self.folder, OBJECTS[-1])):
            self.copy(original)
        self.restore(original)

    def copy(self, original):
        shutil.rmtree(self.tree, ignore_errors=True)
        os.makedirs(self.tree)
        for part in PARTS:
            path, to = os.path.join(original, part), os.path.join(self.tree, part)
            if os.path.isdir(path):
                shutil.copytree(path, to, symlinks=True,
                                ignore=shutil.ignore_patterns("selftests"))
            else:
                shutil.copy2(path, to)
        header = os.path.join(self.folder, "vma_internal.h")
        text = read(header)
        if "vma_close" not in text:
            marker = "/* Stubbed functions. */\n"
            write(header, text.replace(marker, marker + VMA_CLOSE, 1))
        self.must(3, ["make", "-s", *OBJECTS])

    def restore(self, original):
        """What is compiled of the code under test, as it was; and as old, if it already is."""
        for name in ("vma.c", "vma.h"):
            self.change(os.path.join("mm", name), read(os.path.join(original, "mm", name)))

    def change(self, name, text):
        path = os.path.join(self.tree, name)
        if not os.path.isfile(path) or read(path) != text:
            write(path, text)

    def must(self, status, command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, cwd=self.folder, check=False)
        said = done.stdout.decode(errors="replace")
        if done.returncode:
            raise UnitTrouble(status, f"{' '.join(command[:6])} ...:\n{said[-3000:]}")
        return said

    def build(self, source, compiler="gcc", options=()):
        """The tests of that file with the code as it stands in the copy; what the compiler said."""
        said = self.must(1, [compiler, *INCLUDES, "-Wall", "-D_LGPL_SOURCE", *options, "-c", "-o",
                             "all.o", source])
        self.must(3, ["gcc", SANITIZE, "-o", "all", "all.o", *OBJECTS, "-lpthread", "-lurcu"])
        return said

    def run(self):
        """How the tests that were built last ended: status, and what they said."""
        done = subprocess.run(["timeout", str(SECONDS), "./all"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              cwd=self.folder, check=False)
        return done.returncode, done.stdout.decode(errors="replace")
