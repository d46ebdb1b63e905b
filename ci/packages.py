# SPDX-License-Identifier: GPL-2.0-or-later
"""ci/deps.sh for the scripts in Python."""

import os
import subprocess
import sys


def need(*groups):
    """The packages of these groups are there, or this ends with 3 after ci/deps.sh said which are not."""
    deps = os.path.join(os.path.dirname(os.path.abspath(__file__)), "deps.sh")
    if subprocess.run([deps, *groups], check=False).returncode:
        sys.exit(3)
