# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line."""

import os
import signal
import sys
import time
import traceback

import durable
import processes
import settings as options
from record import STATE
from trouble import AGREED, ENVIRONMENT, Trouble, USAGE

HELP = """usage: ci/campaign start DIR [OPTIONS]
       ci/campaign status DIR [--json | --once]
       ci/campaign stop DIR
       ci/campaign report DIR [--output FILE]
       ci/campaign pack DIR TO
       ci/campaign unpack DIR ZIP...

Fuzzes for days: libFuzzer and AFL++ side by side, on all targets in turn, in the folder DIR.

  start    begins a campaign, or goes on with the one in DIR: after stop, a kill or a reboot. Each
           engine has to find a planted bug before anything else. Then it works in the background.
  status   one screen, refreshed every two seconds until Ctrl-C; once if that is no terminal
  stop     ends it in order; start goes on
  report   one HTML page that needs nothing else, DIR/report.html
  pack     prunes nothing and changes nothing: TO/TARGET_seed_corpus.zip for each target, as
           ClusterFuzz takes it and, unpacked, afl-fuzz -i
  unpack   takes the inputs of such zips into the corpus of the target they are named by; at rest

Options of start; a campaign that goes on keeps what it was begun with, only --seconds may change:

{options}
  --foreground      work here, with the log on standard output; Ctrl-C ends it in order

In DIR: bugs/ has a folder for each bug, minimized (vmafuzz triage), findings/ every input that failed
and when, corpus/ the inputs by target, attic/ those that others made superfluous, bin/ the programs
themselves, campaign.log what happened. A word in bugs/BUG/mark (fixed, duplicate, invalid) stays.

Exit status of start --foreground and of status: 0 nothing found, 1 a bug that is marked open, 2 bad
usage, 3 the campaign could not work or tested nothing, which it says. Of the others 0, 2 or 3.
"""


def help_text():
    rows = [f"  --{name + ' ' + value:<15} {text}" for name, _, _, value, text in options.OPTIONS]
    return HELP.format(options="\n".join(rows))


def split(words, flags, values):
    """(positions, {option: value}); an option that is in neither list is an error."""
    places, given = [], {}
    words = list(words)
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            places.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        if name in given:
            raise Trouble(USAGE, f"--{name}: given twice")
        if name in flags and not equals:
            given[name] = True
        elif name in values:
            if not equals:
                if not words:
                    raise Trouble(USAGE, f"--{name}: a value is missing")
                value = words.pop(0)
            given[name] = value
        else:
            raise Trouble(USAGE, f"--{name}: unknown option")
    return places, given


def one_folder(places, verb):
    if len(places) != 1:
        raise Trouble(USAGE, f"{verb}: expected one folder")
    return os.path.realpath(places[0])


def existing(directory):
    options.load(directory)
    return directory


# ---------------------------------------------------------------- start


def supervise(directory, settings, say):
    """Under the lock. A disk that is full before the first run is told as one later is."""
    from supervisor import Supervisor

    supervisor = Supervisor(directory, settings, say)
    supervisor.prepare()
    return supervisor


def in_background(directory, settings, lock):
    """Returns when the campaign works or has failed to begin."""
    from_child, to_parent = os.pipe()
    child = os.fork()
    if child:
        os.close(to_parent)
        lock.release()  # the child's
        with os.fdopen(from_child, encoding="utf-8", errors="replace") as said:
            for line in said:
                if line == "\0\n":
                    print(f"it works in the background: ci/campaign status {directory}")
                    return AGREED
                print(line, end="", flush=True)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else ENVIRONMENT
    os.close(from_child)
    status = ENVIRONMENT
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        status = work_in_background(directory, settings, to_parent)
    finally:
        os._exit(status)


def work_in_background(directory, settings, to_parent):
    listening = [to_parent]

    def say(line):
        try:
            if listening:
                os.write(listening[0], line.encode() + b"\n")
        except OSError:
            listening.clear()  # nobody listens any more

    try:
        supervisor = supervise(directory, settings, say)
        say("\0")
        listening.clear()
        os.close(to_parent)
        return supervisor.run()
    except Trouble as trouble:
        say(f"ci/campaign: {trouble}")
        return trouble.status
    except Exception:
        with open(os.path.join(directory, "campaign.log"), "a", encoding="utf-8") as file:
            traceback.print_exc(file=file)
        say(traceback.format_exc())
        return ENVIRONMENT


def start(words):
    places, given = split(words, ("foreground",), [name for name, *_ in options.OPTIONS])
    directory = one_folder(places, "start")
    foreground = given.pop("foreground", False)
    options.check_environment()
    taken = options.take(given)
    os.makedirs(directory, exist_ok=True)
    lock = durable.Lock(os.path.join(directory, "lock"))
    settings = options.begin(directory, taken)
    if not foreground:
        return in_background(directory, settings, lock)
    supervisor = supervise(directory, settings, lambda line: print(line, flush=True))
    return supervisor.run()


# ---------------------------------------------------------------- the others


def stop(words):
    places, _ = split(words, (), ())
    directory = existing(one_folder(places, "stop"))
    state = durable.read_json(os.path.join(directory, STATE), {})
    settings = options.load(directory)
    lock = os.path.join(directory, "lock")
    if durable.is_locked(lock) and processes.is_alive(state.get("supervisor")):
        os.kill(state["supervisor"]["pid"], signal.SIGTERM)
        deadline = time.monotonic() + 60
        while durable.is_locked(lock):
            if time.monotonic() > deadline:
                raise Trouble(ENVIRONMENT, f"{directory}: the supervisor, process "
                              f"{state['supervisor']['pid']}, did not end within 60 s")
            time.sleep(0.1)
        print("stopped")
        return AGREED
    if durable.is_locked(lock):
        raise Trouble(ENVIRONMENT, f"{directory}: a campaign is just beginning there; try again")
    print("ended what was left over" if processes.end(settings["id"]) else "it does not run")
    return AGREED


def status(words):
    import status as screen

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` has seen enough
    places, given = split(words, ("json", "once"), ())
    return screen.show(existing(one_folder(places, "status")), given)


def report(words):
    import report as page

    places, given = split(words, (), ("output",))
    directory = existing(one_folder(places, "report"))
    to = given.get("output") or os.path.join(directory, "report.html")
    page.write(directory, to)
    print(to)
    return AGREED


def pack(words):
    import pack as zips

    places, _ = split(words, (), ())
    if len(places) != 2:
        raise Trouble(USAGE, "pack: expected the folder of a campaign and one to write to")
    return zips.pack(existing(os.path.realpath(places[0])), places[1])


def unpack(words):
    import pack as zips

    places, _ = split(words, (), ())
    if len(places) < 2:
        raise Trouble(USAGE, "unpack: expected the folder of a campaign and zips")
    directory = existing(os.path.realpath(places[0]))
    lock = durable.Lock(os.path.join(directory, "lock"))
    try:
        return zips.unpack(directory, places[1:])
    finally:
        lock.release()


VERBS = {"start": start, "status": status, "stop": stop, "report": report, "pack": pack,
         "unpack": unpack}


def main(words):
    if not words or words[0] in ("-h", "--help", "help") or "--help" in words or "-h" in words:
        print(help_text(), end="", file=sys.stdout if words else sys.stderr)
        return AGREED if words else USAGE
    try:
        if words[0] not in VERBS:
            raise Trouble(USAGE, f"{words[0]}: no such verb (--help)")
        return VERBS[words[0]](words[1:])
    except Trouble as trouble:
        print(f"ci/campaign: {trouble}", file=sys.stderr)
        return trouble.status
    except KeyboardInterrupt:
        return 130
