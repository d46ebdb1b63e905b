# SPDX-License-Identifier: GPL-2.0-or-later
"""What engines found, from the first file to a folder for each bug.

    findings/inputs/TARGET/SHA1     each input once, moved there in one step
    findings/journal.jsonl          who found it when, then its signature
    findings/reports/TARGET/SHA1    what its replay said
    findings/small/SHA1.vma         minimized: the first few of each signature
    findings/triage/N/KEY/          one folder per bug, made anew from small/
    bugs -> findings/triage/N

Whatever is missing behind an input (a report, a signature, a folder) is made when it is missed, so a
kill costs nothing but time.
"""

import os
import re
import shutil
import time

import durable

EACH = 3  # inputs of a signature that are minimized
KEPT = 50  # inputs of a signature that are kept; later ones are counted
REPLAY, MINIMIZE, TRIAGE = 60, 60, 60  # seconds; the last for each file
MINIMIZE_FOR = 20
PROGRAMS = ("fuzz_merge", "fuzz_fork", "fuzz_limit", "fuzz_oom")
SIGNATURE = re.compile(r"^signature (\S+)$", re.M)
SUMMARY = re.compile(r"^SUMMARY: \w+: (\S+)(?:.* in (\S+))?", re.M)
NOISE = re.compile(r"INFO: |Running|Executed|=+$|==\d+==|\S+: Running|\*\*\*|$")
UNEXPLAINED = "unexplained"


def signature_of(target, status, output):
    """What tells one bug from another; None of an input that passes."""
    match = SIGNATURE.search(output)
    if match:
        return match[1]
    if status == 0:
        return None
    match = SUMMARY.search(output)
    if match:
        return "/".join([target] + [each for each in match.groups() if each])
    for line in output.split("\n"):
        if not NOISE.match(line):
            return f"{target}/{re.sub('[^a-z]+', '-', line.lower())[:60].strip('-')}"
    return f"{target}/ended-{status}"


def slug(text):
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.")[:100]


class Findings:
    def __init__(self, directory, commands, binaries, say):
        """`commands`: vmafuzz of each build, the one with sanitizers first; `binaries`: (engine,
        target) to its program."""
        self.directory = directory
        self.commands = commands
        self.binaries = binaries
        self.say = say
        self.folder = os.path.join(directory, "findings")
        self.journal = os.path.join(self.folder, "journal.jsonl")
        for name in ("inputs", "reports", "small", "triage"):
            os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        self.inputs = {}  # (target, name): what the journal says of it
        self.tried = set()  # names that were minimized, or cannot be
        self.sorted = None  # names in small/ of the last triage
        self.current = 0
        self.load()

    # ------------------------------------------------------------ what there is

    def load(self):
        for line in durable.read_lines(self.journal):
            if "target" in line and "name" in line:
                self.inputs.setdefault((line["target"], line["name"]), {}).update(line)
        for target in sorted(os.listdir(os.path.join(self.folder, "inputs"))):
            for name in durable.files_of(os.path.join(self.folder, "inputs", target)):
                if (target, name) not in self.inputs:
                    self.note(target, name, engine="?", kind="crash")
        self.tried = {name[:-len(".vma")] for name in self.small()}
        self.tried |= {entry["name"] for entry in self.inputs.values() if entry.get("minimized")}
        try:
            self.current = int(os.path.basename(os.readlink(self.bugs_folder())))
        except (FileNotFoundError, ValueError):
            self.current = 0
        for name in os.listdir(os.path.join(self.folder, "triage")):
            if name != str(self.current):
                shutil.rmtree(os.path.join(self.folder, "triage", name), ignore_errors=True)
        if self.current:
            self.sorted = durable.read_json(self.triage_folder("sorted.json"))

    def note(self, target, name, **what):
        """In the journal first, then here."""
        line = {"target": target, "name": name, **what}
        durable.append_json(self.journal, line)
        self.inputs.setdefault((target, name), {}).update(line)

    def path(self, kind, target, name):
        return os.path.join(self.folder, kind, target, name)

    def small(self):
        return [name for name in durable.files_of(os.path.join(self.folder, "small"))
                if name.endswith(".vma") and ".other-" not in name]

    def bugs_folder(self):
        return os.path.join(self.directory, "bugs")

    def triage_folder(self, *names):
        return os.path.join(self.folder, "triage", str(self.current), *names)

    def take(self, path, target, engine, kind, elapsed):
        """Moves a file that an engine left; the hash of its content if it is a new input."""
        content = durable.read(path)
        name = durable.name_of(content)
        if (target, name) in self.inputs:
            os.unlink(path)
            return None
        os.makedirs(os.path.dirname(self.path("inputs", target, name)), exist_ok=True)
        os.replace(path, self.path("inputs", target, name))
        self.note(target, name, engine=engine, kind=kind, elapsed=round(elapsed, 1),
                  time=int(time.time()))
        return name

    def by_signature(self):
        groups = {}
        for entry in self.inputs.values():
            if entry.get("signature"):
                groups.setdefault(entry["signature"], []).append(entry)
        return groups

    # ------------------------------------------------------------ what is to be done

    def next_job(self, jobs):
        """Starts what is missing first. False if nothing is."""
        for entry in self.inputs.values():
            if "signature" not in entry:
                self.replay(jobs, entry, 0)
                return True
        for group in self.by_signature().values():
            entry = self.to_minimize(group)
            if entry:
                self.minimize(jobs, entry)
                return True
        # sorted.json names what a triage has seen, raw signatures as well.
        if self.inputs and self.sorted != self.to_sort():
            self.triage(jobs)
            return True
        return False

    def to_sort(self):
        return sorted(self.small()) + sorted(self.by_signature())

    def replay(self, jobs, entry, which):
        target, name = entry["target"], entry["name"]
        path = self.path("inputs", target, name)
        if target in PROGRAMS:
            command = [self.commands[which], "replay", "--target", target[len("fuzz_"):], path]
            builds = len(self.commands)
        else:
            programs = [self.binaries[key] for key in sorted(self.binaries, reverse=True)
                        if key[1] == target]
            command, builds = [programs[which], path], len(programs)

        def done(status, output):
            signature = signature_of(target, status, output)
            if signature is None and which + 1 < builds:
                self.replay(jobs, entry, which + 1)
                return
            self.classify(entry, signature, which, output)

        jobs.start(command, REPLAY, done)

    def classify(self, entry, signature, which, output):
        target, name = entry["target"], entry["name"]
        signature = signature or f"{UNEXPLAINED}/{target}/{entry['kind']}"
        report = self.path("reports", target, name)
        os.makedirs(os.path.dirname(report), exist_ok=True)
        group = self.by_signature().get(signature, [])
        kept = len(group) < KEPT
        if kept:
            durable.write(report, output.encode())
        self.note(target, name, signature=signature, build=which, kept=kept)
        if not kept:
            os.unlink(self.path("inputs", target, name))
        if not group:
            self.say(f"new: {signature}, found by {entry['engine']} with {target}")

    def to_minimize(self, group):
        """The first of a signature, as long as fewer than EACH were."""
        if sum(entry["name"] in self.tried for entry in group) >= EACH:
            return None
        for entry in group:
            if entry["name"] not in self.tried and entry["target"] in PROGRAMS and \
                    entry["kept"] and not entry["signature"].startswith(UNEXPLAINED):
                return entry
        return None

    def minimize(self, jobs, entry):
        target, name = entry["target"], entry["name"]
        to = os.path.join(self.folder, "small", name + ".vma")

        def done(status, _):
            self.tried.add(name)
            self.note(target, name, minimized=status == 0)

        jobs.start([self.commands[entry["build"]], "minimize", "--target", target[len("fuzz_"):],
                    "--seconds", str(MINIMIZE_FOR), "-o", to,
                    self.path("inputs", target, name)], MINIMIZE, done)

    def triage(self, jobs):
        goal = self.to_sort()
        number = self.current + 1
        folder = os.path.join(self.folder, "triage", str(number))
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)

        def done(_, output):
            durable.write(os.path.join(folder, "triage.txt"), output.encode())
            self.add_raw(folder)
            self.keep_marks(folder)
            durable.write_json(os.path.join(folder, "sorted.json"), goal)
            link = self.bugs_folder() + durable.PART
            if os.path.lexists(link):
                os.unlink(link)
            os.symlink(os.path.relpath(folder, self.directory), link)
            os.replace(link, self.bugs_folder())
            old, self.current, self.sorted = self.triage_folder(), number, goal
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)

        jobs.start([self.commands[0], "triage", "-o", folder, os.path.join(self.folder, "small")],
                   TRIAGE * (1 + len(self.small())), done)

    def add_raw(self, folder):
        """A folder for each signature that triage has no program of."""
        sorted_names = {name for key in bug_keys(folder) for name in files_of_bug(folder, key)}
        for signature, group in sorted(self.by_signature().items()):
            if any(entry["name"] in sorted_names for entry in group):
                continue
            kept = [entry for entry in group if entry["kept"]]
            smallest = min(kept, key=lambda entry: os.path.getsize(
                self.path("inputs", entry["target"], entry["name"])))
            target, name = smallest["target"], smallest["name"]
            to = os.path.join(folder, slug(signature))
            os.makedirs(to, exist_ok=True)
            shutil.copyfile(self.path("inputs", target, name), os.path.join(to, "input"))
            shutil.copyfile(self.path("reports", target, name), os.path.join(to, "report.txt"))
            program = os.path.join(self.folder, "small", name + ".vma")
            if os.path.exists(program):
                shutil.copyfile(program, os.path.join(to, "bug.vma"))
            durable.write(os.path.join(to, "mark"), b"open\n")
            durable.write(os.path.join(to, "files.txt"),
                          "".join(f"{signature} {entry['name']}\n" for entry in group).encode())

    def keep_marks(self, folder):
        """What somebody said of a bug while this was made."""
        for key in bug_keys(folder):
            mark = self.triage_folder(key, "mark")
            if self.current and os.path.exists(mark):
                shutil.copyfile(mark, os.path.join(folder, key, "mark"))

    # ------------------------------------------------------------ what is shown

    def bugs(self):
        """Of each bug: key, mark, signature, how many inputs show it, when the first came."""
        return bugs_of(self.bugs_folder(), self.inputs.values())

    def summary(self):
        return {"inputs": len(self.inputs),
                "waiting": sum("signature" not in entry for entry in self.inputs.values()),
                "sorted": not self.inputs or self.sorted == self.to_sort(),
                "bugs": self.bugs()}


def bug_keys(folder):
    if not os.path.isdir(folder):
        return []
    return sorted(name for name in os.listdir(folder)
                  if os.path.isfile(os.path.join(folder, name, "files.txt")))


def files_of_bug(folder, key):
    """{name of an input: signature}"""
    found = {}
    for line in durable.read(os.path.join(folder, key, "files.txt")).decode().split("\n"):
        signature, _, path = line.partition(" ")
        if path:
            found[os.path.basename(path).split(".")[0]] = signature
    return found


def mark_of(bug):
    """What somebody said of a bug; the folder may be on its way from one triage to the next."""
    try:
        return durable.read(os.path.join(bug, "mark")).decode(errors="replace").strip() or "open"
    except FileNotFoundError:
        return "open"


def bugs_of(folder, entries):
    entries = list(entries)
    bugs = []
    for key in bug_keys(folder):
        names = files_of_bug(folder, key)
        signatures = {entry["signature"] for entry in entries
                      if entry["name"] in names and entry.get("signature")}
        group = [entry for entry in entries if entry.get("signature") in signatures]
        bugs.append({
            "key": key,
            "mark": mark_of(os.path.join(folder, key)),
            "signatures": sorted(signatures),
            "inputs": len(group),
            "engines": sorted({entry["engine"] for entry in group}),
            "targets": sorted({entry["target"] for entry in group}),
            "first": min((entry["elapsed"] for entry in group if "elapsed" in entry), default=None),
        })
    return bugs
