# SPDX-License-Identifier: GPL-2.0-or-later
"""ci/bugbench as a module: its trees, builds and runs serve other benches as well."""

import importlib.machinery
import importlib.util
import os
import sys

sys.dont_write_bytecode = True


def load(root, tree="tree"):
    """A bugbench of its own, with its files in build/`root`/ and the tree under test beneath."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bugbench")
    loader = importlib.machinery.SourceFileLoader("bugbench", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bugbench", loader))
    loader.exec_module(module)
    module.ROOT = os.path.join(module.TOP, "build", root)
    module.TREE = os.path.join(module.ROOT, tree)
    return module
