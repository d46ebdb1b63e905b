# SPDX-License-Identifier: GPL-2.0-or-later
"""Corpora as zips: TARGET_seed_corpus.zip, flat, the members named by their hash, as OSS-Fuzz and
ClusterFuzz take them, and afl-fuzz -i once they are unpacked. The same inputs make the same bytes."""

import os
import zipfile

import durable
import settings as options
from corpus import Corpus, largest
from findings import Findings
from trouble import AGREED, Trouble, USAGE

SUFFIX = "_seed_corpus.zip"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip knows
MEMBERS, BYTES = 2**20, 2**30  # more is no corpus of ours


def pack(directory, to):
    os.makedirs(to, exist_ok=True)
    for target in options.load(directory)["targets"]:
        folder = os.path.join(directory, "corpus", target)
        path = os.path.join(to, target + SUFFIX)
        count = 0
        with zipfile.ZipFile(path + durable.PART, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in durable.files_of(folder):
                try:
                    content = durable.read(os.path.join(folder, name))
                except FileNotFoundError:
                    continue  # just made superfluous
                archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
                count += 1
        os.replace(path + durable.PART, path)
        print(f"{path} inputs={count}")
    return AGREED


def target_of(path, targets):
    """By the name of the zip."""
    stem = os.path.basename(path)
    for ending in (SUFFIX, ".zip"):
        if stem.endswith(ending):
            stem = stem[:-len(ending)]
            break
    if stem not in targets:
        raise Trouble(USAGE, f"{path}: expected one of {', '.join(targets)} before {SUFFIX}")
    return stem


def contents_of(path):
    """Of every member. A zip may hold folders, of which only the files matter."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MEMBERS or sum(member.file_size for member in members) > BYTES:
                raise Trouble(USAGE, f"{path}: more than a corpus holds")
            return [archive.read(member) for member in members]
    except (OSError, zipfile.BadZipFile, ValueError, RuntimeError) as error:
        raise Trouble(USAGE, f"{path}: cannot be read as a zip: {error}") from None


def unpack(directory, paths):
    targets = options.load(directory)["targets"]
    read = [(path, target_of(path, targets), contents_of(path)) for path in paths]
    findings = Findings(directory, [], {}, print)
    for path, target, contents in read:
        corpus = Corpus(directory, target)
        corpus.bad = {name for of, name in findings.inputs if of == target}
        new = sum(corpus.add(content) for content in contents)
        cut = sum(len(content) > largest(target) for content in contents)
        print(f"{path} inputs={len(contents)} new={new} cut={cut}")
    return AGREED
