#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What ci/ossfuzz_files.py takes and what it refuses, without a build; ci/ossfuzz-faults.sh has the
rest."""
import os
import shutil
import tempfile
import unittest
import zipfile

import ossfuzz_files as files

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, content, mode=0o644):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)

    def refused(self, words, function, *arguments):
        with self.assertRaisesRegex(files.Wrong, words):
            function(*arguments)


class Tree(Case):
    def setUp(self):
        super().setUp()
        for name in ("ci/oss-fuzz", ".clusterfuzzlite"):
            shutil.copytree(os.path.join(TOP, name), os.path.join(self.folder, name))

    def change(self, name, old, new):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        self.write(name, text.replace(old, new))

    def test_this_tree_is_taken(self):
        for function in (files.project_yaml, files.dockerfiles, files.licences,
                         files.build_script):
            function(self.folder)

    def test_yaml(self):
        name = "ci/oss-fuzz/project.yaml"
        for old, new, words in (
                ("language: c", "language: c\nmaintainer: me", "no such key: maintainer"),
                ("language: c", "language: go", "language"),
                ("  - memory", "  - dataflow", "no such value: dataflow"),
                ("vmafuzz@example.org", "somebody", "no e-mail address"),
                ("homepage:", "home page:", "neither"),
                ("main_repo:", "homepage:", "homepage again")):
            with self.subTest(new):
                self.change(name, old, new)
                self.refused(words, files.project_yaml, self.folder)
                self.change(name, new, old)

    def test_dockerfile(self):
        self.change("ci/oss-fuzz/Dockerfile", "apt-get update && ", "")
        self.refused("without apt-get update", files.dockerfiles, self.folder)

    def test_dockerfile_copies_what_is_there(self):
        self.change("ci/oss-fuzz/Dockerfile", "COPY build.sh", "COPY build.sh more.sh")
        self.refused("more.sh, which is not there", files.dockerfiles, self.folder)

    def test_flags_of_its_own(self):
        self.change("ci/oss-fuzz/build.sh", "-DVMAFUZZ_TESTS=OFF", "-fsanitize=address")
        self.refused("-fsanitize", files.build_script, self.folder)

    def test_licence(self):
        self.write("ci/oss-fuzz/more.sh", "# mine\n")
        self.refused("more.sh", files.licences, self.folder)


class Out(Case):
    def setUp(self):
        super().setUp()
        shutil.copy("/bin/sh", os.path.join(self.folder, "fuzz_merge"))
        self.write("tree/fuzz/fuzz_merge.c", "")
        self.pack(a=b"one", b=b"two")

    def pack(self, **inputs):
        path = os.path.join(self.folder, "fuzz_merge_seed_corpus.zip")
        with zipfile.ZipFile(path, "w") as file:
            for name, content in inputs.items():
                file.writestr(name, content)

    def test_names(self):
        tree = os.path.join(self.folder, "tree")
        files.names(self.folder, tree)
        self.write("tree/fuzz/fuzz_fork.c", "")
        self.refused("not built: fuzz_fork", files.names, self.folder, tree)
        self.write("merge.fuzzer", "", 0o755)
        self.refused("merge.fuzzer", files.names, self.folder, tree)

    def test_a_script_is_no_target(self):
        self.write("fuzz_oom", "#!/bin/sh\n# LLVMFuzzerTestOneInput\n", 0o755)
        self.refused("no ELF program|LLVMFuzzerTestOneInput", files.formats, self.folder, "x86_64")

    def test_seeds(self):
        files.seeds(self.folder)
        self.pack(a=b"one", b=b"one")
        self.refused("b is a", files.seeds, self.folder)
        self.pack()
        self.refused("empty", files.seeds, self.folder)
        self.pack(a=b"x" * 5000)
        self.refused("cut after 4096", files.seeds, self.folder)
        self.write("fuzz_merge_seed_corpus.zip", "no zip")
        self.refused("not a zip", files.seeds, self.folder)
        os.remove(os.path.join(self.folder, "fuzz_merge_seed_corpus.zip"))
        self.refused("no seeds", files.seeds, self.folder)

    def test_dictionaries(self):
        self.write("fuzz_merge.dict", '# words\n"mmap"\nnl="\\x0a"\n')
        files.dictionaries(self.folder)
        for wrong in ('mmap\n', 'word="a\n', '"\\q"\n', '# nothing\n'):
            with self.subTest(wrong):
                self.write("fuzz_merge.dict", wrong)
                self.refused("entry", files.dictionaries, self.folder)
        self.write("fuzz_merge.dict", '"mmap"\n')
        self.write("fuzz_gone.dict", '"mmap"\n')
        self.refused("of no target", files.dictionaries, self.folder)

    def test_options(self):
        self.write("fuzz_merge.options", "[libfuzzer]\nmax_len = 10\n")
        files.options(self.folder, None)
        self.write("help", "".join(f" flag{n}\t0\thelp\n" for n in range(30)))
        self.refused("max_len", files.options, self.folder, os.path.join(self.folder, "help"))
        self.write("fuzz_merge.options", "[fuzzer]\nmax_len = 10\n")
        self.refused("no such section", files.options, self.folder, None)
        self.write("fuzz_merge.options", "max_len = 10\n")
        self.refused("no section", files.options, self.folder, None)


if __name__ == "__main__":
    unittest.main()
