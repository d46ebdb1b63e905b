# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that survive a kill at any moment: a reader sees the old content or the new, never half.

Content is named by its hash, so that whatever was cut short shows, and whatever came twice does not
count twice.
"""

import fcntl
import hashlib
import json
import os

from trouble import Trouble, USAGE

PART = ".part"  # being written


def name_of(content):
    """The name that libFuzzer would give it, too."""
    return hashlib.sha1(content).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content, lasting=True, part=None):
    """`lasting` content has reached the disk when this returns. Readers of a folder that must not
    meet a file in the making have its `part` elsewhere on the same disk."""
    part = part or path + PART
    with open(part, "wb") as file:
        file.write(content)
        file.flush()
        if lasting:
            os.fsync(file.fileno())
    os.replace(part, path)


def move(path, to):
    """False if somebody was faster and it is gone."""
    try:
        os.replace(path, to)
    except FileNotFoundError:
        return False
    return True


def remove(path):
    """Whoever removed it."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def write_json(path, value, lasting=True):
    write(path, (json.dumps(value, indent=1) + "\n").encode(), lasting)


def read_json(path, otherwise=None):
    try:
        return json.loads(read(path))
    except (FileNotFoundError, ValueError):
        return otherwise


def append_json(path, value, lasting=True):
    """One line. What a kill left of an earlier one is ended first."""
    with open(path, "a+b") as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
        cut = end and file.read(1) != b"\n"
        file.write((b"\n" if cut else b"") + json.dumps(value).encode() + b"\n")
        file.flush()
        if lasting:
            os.fsync(file.fileno())


def read_lines(path):
    """The values of all lines that are whole."""
    try:
        lines = read(path).splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            continue


def files_of(folder):
    """Names of the regular files in a folder, which need not exist; sorted."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries
                          if entry.is_file(follow_symlinks=False)
                          and not entry.name.endswith(PART))
    except FileNotFoundError:
        return []


def size_of(folder):
    """Bytes that everything below takes on the disk."""
    total = 0
    counted = set()  # files that have several names
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                status = os.lstat(os.path.join(path, name))
            except FileNotFoundError:
                continue
            if status.st_nlink == 1 or status.st_ino not in counted:
                total += status.st_blocks * 512
                counted.add(status.st_ino)
    return total


class Lock:
    """Held by one supervisor of a folder, and given back by the kernel however it ends."""

    def __init__(self, path):
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self.file)
            raise Trouble(USAGE, f"{os.path.dirname(path)}: a campaign runs there already "
                          "(ci/campaign status)") from None

    def release(self):
        os.close(self.file)


def is_locked(path):
    """Whether somebody holds it."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
