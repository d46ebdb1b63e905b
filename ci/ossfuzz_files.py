#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: ci/ossfuzz_files.py tree TREE
       ci/ossfuzz_files.py out OUT WORK TREE SANITIZER ARCHITECTURE [FLAGS]
       ci/ossfuzz_files.py copy FROM TO

The part of ci/ossfuzz-check.sh that looks at files and runs nothing.

  tree   what is handed to OSS-Fuzz and ClusterFuzzLite: project.yaml, Dockerfile, scripts
  out    what a build left behind: targets, how they were compiled, and what lies beside them;
         FLAGS is what a target prints for -help=1
  copy   the files of the project into another folder; those that are the same stay untouched

Prints a line per check. Exit status: 0 all is well, 1 not, 2 bad usage.
"""

import configparser
import filecmp
import hashlib
import json
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import zipfile

LICENCE = "http://www.apache.org/licenses/LICENSE-2.0"  # what google/oss-fuzz looks for
YAML_KEYS = set("""architectures auto_ccs base_os_version blackbox builds_per_day
    coverage_extra_args disable_remediation disable_remediation_pre_review disabled
    file_github_issue fuzzing_engines help_url homepage indexer labels language main_repo
    primary_contact run_tests sanitizers selective_unpack vendor_ccs view_restrictions""".split())
YAML_REQUIRED = {"homepage", "language", "main_repo", "primary_contact"}
YAML_VALUES = {
    "architectures": {"x86_64", "i386", "aarch64"},
    "fuzzing_engines": {"libfuzzer", "afl", "honggfuzz", "centipede", "none"},
    "sanitizers": {"address", "undefined", "memory", "none", "thread", "hwaddress"},
}
LIBRARIES = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1",
             "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux.so.2"}
MACHINES = {"x86_64": (2, 62), "i386": (1, 3)}  # word size, machine in the header of ELF
TARGET_BYTES = 64 << 20  # upstream's limit is 10 GB for all
CORPUS_BYTES = 16 << 20
# Calls of each runtime in the whole target: upstream's bounds, (least, most).
CALLS = {
    "address": {"asan": (1000, None), "ubsan": (None, 200), "msan": (None, 3)},
    "undefined": {"asan": (None, 0), "ubsan": (168, None), "msan": (None, 3)},
    "memory": {"asan": (None, 3), "msan": (1000, None)},
}
I386_UBSAN_MOST = 280
# And of src/ alone: the runtimes call themselves.
SHARE = {"coverage": 95, "asan": 40, "ubsan": 40, "msan": 40}
COVERAGE_RE = re.compile(r"__sancov|__sanitizer_cov|__llvm_prf|__profc|__afl_area")
FUNCTION_RE = re.compile(r"^[0-9a-f]+ <([A-Za-z_][A-Za-z0-9_]*)>:$")
CHOSEN_BY_OTHERS_RE = re.compile(r"^-(fsanitize|fno-sanitize|march|mtune|mavx|fprofile|O)")


class Wrong(Exception):
    """A check that failed, with what is wrong."""


def check(name, function, *arguments):
    try:
        print(f"ok      {name:<16} {function(*arguments)}")
        return True
    except (Wrong, OSError, subprocess.CalledProcessError) as trouble:
        print(f"FAILED  {name:<16} {trouble}")
        return False


# What is handed over.


def yaml_of(path):
    """A map of words and lists of words: all of YAML that the file needs, and all it may use."""
    result, key = {}, None
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = re.sub(r"(^|\s)#.*", "", line).rstrip()
            word = re.fullmatch(r'([a-z_]+):(?: "?([^"\[\]{}]+)"?)?', line)
            item = re.fullmatch(r'  - "?([^"\[\]{}:]+)"?', line)
            if word:
                key = word.group(1)
                if key in result:
                    raise Wrong(f"{path}:{number}: {key} again")
                result[key] = [] if word.group(2) is None else word.group(2)
            elif item and isinstance(result.get(key), list):
                result[key].append(item.group(1))
            elif line:
                raise Wrong(f"{path}:{number}: neither `key: value` nor `  - item` below a key")
    return result


def project_yaml(tree):
    path = os.path.join(tree, "ci/oss-fuzz/project.yaml")
    project = yaml_of(path)
    for key in project:
        if key not in YAML_KEYS:
            raise Wrong(f"{path}: no such key: {key}")
    for key in sorted(YAML_REQUIRED):
        if not project.get(key):
            raise Wrong(f"{path}: {key} is missing")
    for key, values in YAML_VALUES.items():
        for value in project.get(key, []):
            if value not in values:
                raise Wrong(f"{path}: {key}: no such value: {value}")
    if project["language"] != "c":
        raise Wrong(f"{path}: language: not c but {project['language']}")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", project["primary_contact"]):
        raise Wrong(f"{path}: primary_contact is no e-mail address")
    lite = yaml_of(os.path.join(tree, ".clusterfuzzlite/project.yaml"))
    if lite != {"language": project["language"]}:
        raise Wrong(".clusterfuzzlite/project.yaml: expected the language and nothing else")
    return f"{len(project)} keys, all known"


def dockerfiles(tree):
    for path, base in (("ci/oss-fuzz/Dockerfile", "base-builder"),
                       (".clusterfuzzlite/Dockerfile", "base-builder:v1")):
        with open(os.path.join(tree, path), encoding="utf-8") as file:
            steps = [line.split(None, 1) for line in
                     re.sub(r"\\\n", " ", file.read()).split("\n")
                     if line.strip() and not line.startswith("#")]
        if steps[0] != ["FROM", f"gcr.io/oss-fuzz-base/{base}"]:
            raise Wrong(f"{path}: does not begin with {base}")
        for word, rest in steps:
            if word == "RUN" and "apt-get install" in rest and "apt-get update" not in rest:
                raise Wrong(f"{path}: installs without apt-get update in the same RUN")
        if steps[-1][0] != "COPY" or "build.sh" not in steps[-1][1]:
            raise Wrong(f"{path}: does not end with COPY build.sh")
        for source in steps[-1][1].split()[:-1]:
            beside = os.path.dirname(path) if base == "base-builder" else ""
            if not os.path.isfile(os.path.join(tree, beside, source)):
                raise Wrong(f"{path}: copies {source}, which is not there")
    return "both begin, install and end as they have to"


def licences(tree):
    folder = os.path.join(tree, "ci/oss-fuzz")
    names = [name for name in sorted(os.listdir(folder)) if not name.endswith(".md")]
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            if LICENCE not in file.read():
                raise Wrong(f"ci/oss-fuzz/{name}: {LICENCE} is not named")
    return f"{len(names)} files"


def build_script(tree):
    """What no build.sh may choose, whatever comes of it in the build."""
    for name in ("build.sh", "replay_build.sh"):
        with open(os.path.join(tree, "ci/oss-fuzz", name), encoding="utf-8") as file:
            code = re.sub(r"(^|\s)#.*", "", file.read(), flags=re.M)
        for word in ("-fsanitize", "-lFuzzingEngine", "-march", "VMAFUZZ_SANITIZE"):
            if word in code:
                raise Wrong(f"ci/oss-fuzz/{name}: {word}")
    return "no flags of its own"


# What a build left behind.


def expected_targets(tree):
    """fuzz/fuzz_*.c; fuzz_linux is made of a kernel tree, which nobody has there."""
    return sorted(name[:-2] for name in os.listdir(os.path.join(tree, "fuzz"))
                  if name.startswith("fuzz_") and name.endswith(".c") and name != "fuzz_linux.c")


def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def programs(out):
    return sorted(name for name in os.listdir(out)
                  if os.access(os.path.join(out, name), os.X_OK)
                  and os.path.isfile(os.path.join(out, name)))


def names(out, tree):
    found = programs(out)
    for name in found:
        if not re.fullmatch(r"fuzz_[A-Za-z0-9_-]+", name):
            raise Wrong(f"{name}: names are fuzz_ and letters, digits, _ and -")
    missing = set(expected_targets(tree)) - set(found)
    if missing:
        raise Wrong(f"not built: {' '.join(sorted(missing))}")
    return f"{len(found)} targets: {' '.join(found)}"


def formats(out, architecture):
    for name in programs(out):
        path = os.path.join(out, name)
        if not is_elf(path):
            raise Wrong(f"{name}: no ELF program")
        with open(path, "rb") as file:
            header = file.read(20)
        found = header[4], struct.unpack_from("<H", header, 18)[0]
        if found != MACHINES[architecture]:
            raise Wrong(f"{name}: not for {architecture}")
        with open(path, "rb") as file:
            if b"LLVMFuzzerTestOneInput" not in file.read():
                raise Wrong(f"{name}: does not name LLVMFuzzerTestOneInput")
    return f"ELF for {architecture}"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          errors="replace").stdout


def libraries(out):
    found = set()
    for name in programs(out):
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d",
                                                             os.path.join(out, name))))
        if needed - LIBRARIES:
            raise Wrong(f"{name}: needs {' '.join(sorted(needed - LIBRARIES))}")
        found |= needed
    return " ".join(sorted(found))


def sizes(out):
    most = 0
    for name in programs(out):
        size = os.path.getsize(os.path.join(out, name))
        most = max(most, size)
        if size > TARGET_BYTES:
            raise Wrong(f"{name}: {size} bytes, more than {TARGET_BYTES}")
    return f"the largest target has {most >> 10} KiB"


def compile_commands(work, tree):
    """(source relative to the tree, object, words of the command)"""
    with open(os.path.join(work, "vmafuzz/compile_commands.json"), encoding="utf-8") as file:
        for entry in json.load(file):
            words = shlex.split(entry["command"])
            yield (os.path.relpath(entry["file"], tree),
                   os.path.join(entry["directory"], words[words.index("-o") + 1]), words)


def flags(work, tree):
    """No sanitizer, engine, optimisation or processor that $CFLAGS does not name."""
    given = set(shlex.split(os.environ.get("CFLAGS", "")))
    count = 0
    for source, _, words in compile_commands(work, tree):
        if source.startswith(".."):
            continue  # embedded text
        count += 1
        for word in words:
            if CHOSEN_BY_OTHERS_RE.match(word) and word not in given:
                raise Wrong(f"{source}: compiled with {word}, which $CFLAGS does not have")
        for word in given:
            if word not in words:
                raise Wrong(f"{source}: compiled without {word} of $CFLAGS")
    return f"{count} sources, all with $CFLAGS and no sanitizer, level or processor beside"


def marks_of(path):
    """{function: everything its instructions refer to}"""
    result, body = {}, None
    for line in run("objdump", "-dr", "--no-show-raw-insn", path).split("\n"):
        function = FUNCTION_RE.match(line)
        if function:
            body = result.setdefault(function.group(1), [])
        elif line.endswith(">:"):
            body = None  # of the compiler: asan.module_ctor
        elif body is not None and (": R_" in line or "call" in line):
            body.append(line)
    return {name: "\n".join(lines) for name, lines in result.items()}


def share(work, tree, sanitizer):
    """How much of src/ is watched, function by function, in the objects the targets are made of."""
    marks = {}
    for source, path, _ in compile_commands(work, tree):
        if source.startswith("src/"):
            marks.update({(source, name): text for name, text in marks_of(path).items()})
    if not marks:
        raise Wrong("no function of src/ found")
    wanted = {"coverage": COVERAGE_RE}
    for runtime, (least, _) in CALLS.get(sanitizer, {}).items():
        if least:
            wanted[runtime] = re.compile(f"__{runtime}_")
    said = []
    for what, pattern in wanted.items():
        bare = [name for (_, name), text in marks.items() if not pattern.search(text)]
        percent = 100 * (len(marks) - len(bare)) / len(marks)
        said.append(f"{what} in {percent:.0f} %")
        if percent < SHARE[what]:
            raise Wrong(f"{what} in {percent:.0f} % of the {len(marks)} functions of src/, "
                        f"expected {SHARE[what]}; without: {' '.join(sorted(bare)[:5])}")
    return f"{len(marks)} functions of src/: " + ", ".join(said)


def calls(out, sanitizer, architecture):
    said = {}
    for name in programs(out):
        counts = {"asan": 0, "ubsan": 0, "msan": 0}
        with subprocess.Popen(["objdump", "-d", "--no-show-raw-insn", os.path.join(out, name)],
                              stdout=subprocess.PIPE, text=True, errors="replace") as listing:
            for line in listing.stdout:
                called = "call" in line and re.search(r"<__(asan|ubsan|msan)", line)
                if called:
                    counts[called.group(1)] += 1
        for runtime, (least, most) in CALLS.get(sanitizer, {}).items():
            if runtime == "ubsan" and most and architecture == "i386":
                most = I386_UBSAN_MOST
            count = counts[runtime]
            if least is not None and count < least or most is not None and count > most:
                raise Wrong(f"{name}: {count} calls of __{runtime}, expected "
                            f"{least if least is not None else 0} to "
                            f"{most if most is not None else 'any number'}")
            said.setdefault(runtime, []).append(count)
    return "  ".join(f"{runtime} {min(counts)} to {max(counts)}"
                     for runtime, counts in said.items()) or "no sanitizer, nothing to count"


def options_of(out, name, known):
    path = os.path.join(out, name + ".options")
    options = configparser.ConfigParser()
    try:
        options.read(path)
    except configparser.Error as trouble:
        raise Wrong(f"{name}.options: {trouble}") from trouble
    for section in options.sections():
        if section not in ("libfuzzer", "asan", "ubsan", "msan"):
            raise Wrong(f"{name}.options: no such section: {section}")
    for key in options["libfuzzer"] if options.has_section("libfuzzer") else ():
        if known and key not in known:
            raise Wrong(f"{name}.options: no such option of libFuzzer: {key}")
    return options


def options(out, known_path):
    known = None
    if known_path:
        with open(known_path, encoding="utf-8", errors="replace") as file:
            known = set(re.findall(r"^ (\w+)\s+\S+\t", file.read(), re.M))
            if len(known) < 20:
                raise Wrong(f"{known_path}: only {len(known)} options: {sorted(known)}")
    for name in programs(out):
        options_of(out, name, known)
    return "sections and keys that engines know" if known else "sections that engines know"


def seeds(out):
    count = 0
    for name in programs(out):
        longest = options_of(out, name, None).getint("libfuzzer", "max_len", fallback=4096)
        path = os.path.join(out, name + "_seed_corpus.zip")
        if not os.path.isfile(path):
            raise Wrong(f"{name}: no seeds beside it")
        try:
            with zipfile.ZipFile(path) as file:
                inputs = {info.filename: file.read(info) for info in file.infolist()}
        except zipfile.BadZipFile as trouble:
            raise Wrong(f"{os.path.basename(path)}: {trouble}") from trouble
        if not inputs:
            raise Wrong(f"{os.path.basename(path)}: empty")
        seen = {}
        for member, content in sorted(inputs.items()):
            if "/" in member:
                raise Wrong(f"{os.path.basename(path)}: {member}: not flat")
            if not 0 < len(content) <= longest:
                raise Wrong(f"{os.path.basename(path)}: {member}: {len(content)} bytes, "
                            f"cut after {longest}")
            digest = hashlib.sha256(content).digest()
            if digest in seen:
                raise Wrong(f"{os.path.basename(path)}: {member} is {seen[digest]}")
            seen[digest] = member
        if sum(map(len, inputs.values())) > CORPUS_BYTES:
            raise Wrong(f"{os.path.basename(path)}: more than {CORPUS_BYTES} bytes")
        count += len(inputs)
    return f"{count} inputs, none twice, none cut"


def dictionaries(out):
    entry = re.compile(r'(?:[A-Za-z0-9_]+=)?"(?:[^"\\]|\\\\|\\"|\\x[0-9A-Fa-f]{2})+"')
    said = []
    for name in sorted(os.listdir(out)):
        if not name.endswith(".dict"):
            continue
        if name[:-len(".dict")] not in programs(out):
            raise Wrong(f"{name}: of no target")
        with open(os.path.join(out, name), encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file]
        entries = [line for line in lines if line and not line.startswith("#")]
        for line in entries:
            if not entry.fullmatch(line):
                raise Wrong(f'{name}: not an entry: {line} (expected "VALUE" or NAME="VALUE")')
        if not entries:
            raise Wrong(f"{name}: no entry")
        said.append(f"{name} {len(entries)} entries")
    return ", ".join(said) or "none"


def project_files(tree):
    listed = subprocess.run(["git", "-C", tree, "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        names_ = [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]
        return [name for name in names_ if os.path.isfile(os.path.join(tree, name))]
    result = []
    for folder, folders, files in os.walk(tree):
        folders[:] = [name for name in folders
                      if os.path.relpath(os.path.join(folder, name), tree) not in (".git", "build")]
        result += [os.path.relpath(os.path.join(folder, name), tree) for name in files]
    return result


def copy(origin, to):
    files = set(project_files(origin))
    for name in files:
        target = os.path.join(to, name)
        source = os.path.join(origin, name)
        if os.path.isfile(target) and filecmp.cmp(source, target, shallow=False):
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(source, target)  # dated now: what was made of the other file is older
    for name in project_files(to):
        if name not in files:
            os.remove(os.path.join(to, name))


def main(arguments):
    if arguments in (["-h"], ["--help"]):
        print(__doc__.strip())
        return 0
    if len(arguments) == 2 and arguments[0] == "tree":
        tree = arguments[1]
        done = [check("project.yaml", project_yaml, tree), check("Dockerfile", dockerfiles, tree),
                check("licence", licences, tree), check("build.sh", build_script, tree)]
    elif len(arguments) in (6, 7) and arguments[0] == "out":
        out, work, tree, sanitizer, architecture = arguments[1:6]
        done = [check("names", names, out, tree), check("formats", formats, out, architecture),
                check("libraries", libraries, out), check("sizes", sizes, out),
                check("flags", flags, work, tree),
                check("calls", calls, out, sanitizer, architecture)]
        if sanitizer not in ("introspector",):  # its objects hold no instructions yet
            done.append(check("share", share, work, tree, sanitizer))
        done += [check("options", options, out, arguments[6] if len(arguments) == 7 else None),
                 check("seed zips", seeds, out), check("dictionaries", dictionaries, out)]
    elif len(arguments) == 3 and arguments[0] == "copy":
        copy(arguments[1], arguments[2])
        done = []
    else:
        print(f"{sys.argv[0]}: expected tree, out or copy and their folders (see --help)",
              file=sys.stderr)
        return 2
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
