# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of a campaign: built once, copied into its folder, and the same on every resume.

A campaign of days outlives the build tree it came from.
"""

import hashlib
import os
import shutil
import subprocess

import durable
from settings import TOP
from trouble import ENVIRONMENT, Trouble, USAGE

MUTATOR = "afl_mutator.so"
VERSIONS = "versions.json"


def build(preset, names):
    """The tree of a preset, built as ci/fuzz.sh builds it."""
    script = ('. "${0%/*}/lib.sh"; "$top/ci/deps.sh" build ${AFL:+afl} && build "$@"')
    environment = {**os.environ, "AFL": "1" if preset == "afl" else ""}
    done = subprocess.run(["sh", "-euc", script, os.path.join(TOP, "ci", "campaign"), preset, *names],
                          env=environment, check=False)
    if done.returncode:
        raise Trouble(ENVIRONMENT, f"the preset {preset} could not be built")
    return os.path.join(TOP, "build", preset)


def needed(engine, targets):
    return [*targets, "vmafuzz"] + ([MUTATOR] if engine == "afl" else [])


def targets_of_build(engine, targets):
    return [*targets, "vmafuzz"] + (["afl_mutator"] if engine == "afl" else [])


def first_line(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError:
        return None
    lines = done.stdout.decode(errors="replace").strip().split("\n")
    return lines[0] if lines[0] else None


def versions(directory, settings):
    """What the programs were made of and with; kept for the report."""
    files = {}
    for engine in settings["engines"]:
        for name in needed(engine, settings["targets"]):
            content = durable.read(os.path.join(directory, "bin", engine, name))
            files[f"{engine}/{name}"] = hashlib.sha256(content).hexdigest()[:16]
    revision = first_line(["git", "-C", TOP, "describe", "--always", "--dirty"])
    known = {"tree": revision, "clang": first_line(["clang", "--version"]),
             "kernel": " ".join(os.uname()[::2]), "processors": os.cpu_count()}
    if "afl" in settings["engines"]:
        known["AFL++"] = (first_line(["afl-fuzz", "--version"]) or "").replace("afl-fuzz", "").strip()
    return {"known": known, "files": files}


def make_seeds(vmafuzz, folder):
    """What lib.sh makes of corpus/, for the engines' eyes."""
    script = '. "${0%/*}/lib.sh"; make_seeds "$1" "$2"'
    done = subprocess.run(["sh", "-euc", script, os.path.join(TOP, "ci", "campaign"), vmafuzz, folder],
                          check=False)
    if done.returncode:
        raise Trouble(ENVIRONMENT, "the seeds could not be made of corpus/")


def install(directory, settings):
    """Copies what is missing. A folder that is there is whole: it was renamed."""
    for engine in settings["engines"]:
        folder = os.path.join(directory, "bin", engine)
        if os.path.isdir(folder):
            continue
        preset = "fuzz" if engine == "libfuzzer" else "afl"
        tree = settings[engine] or build(preset, targets_of_build(engine, settings["targets"]))
        part = folder + durable.PART
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        for name in needed(engine, settings["targets"]):
            path = os.path.join(tree, name)
            if not os.path.isfile(path):
                raise Trouble(USAGE, f"--{engine}: {tree} has no {name}")
            shutil.copy2(path, part)
        os.rename(part, folder)
    if not os.path.exists(os.path.join(directory, VERSIONS)):
        durable.write_json(os.path.join(directory, VERSIONS), versions(directory, settings))


def binary(directory, engine, name):
    return os.path.join(directory, "bin", engine, name)


def command_of(directory, settings):
    """vmafuzz with sanitizers, if there is one."""
    return binary(directory, settings["engines"][0] if "libfuzzer" not in settings["engines"]
                  else "libfuzzer", "vmafuzz")
