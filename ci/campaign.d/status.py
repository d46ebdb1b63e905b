# SPDX-License-Identifier: GPL-2.0-or-later
"""One screen of a campaign, and the same for machines."""

import json
import os
import shutil
import sys
import time

import durable
from findings import mark_of
from record import STATE
from run import ENGINES
from trouble import AGREED, ENVIRONMENT, FOUND

REFRESH = 2.0
OLD = 30  # seconds without a word of a supervisor that runs
CLEAR, REST = "\033[H", "\033[J"
UNITS = ((86400, "d"), (3600, "h"), (60, "m"))


def span(seconds):
    """1 d 2 h, 3 h 4 m, 5 m 6 s, 7 s."""
    if seconds is None:
        return "never"
    for size, unit in UNITS:
        if seconds >= size:
            below = {"d": (3600, "h"), "h": (60, "m"), "m": (1, "s")}[unit]
            return (f"{int(seconds // size)} {unit} "
                    f"{int(seconds % size // below[0])} {below[1]}")
    return f"{int(seconds)} s"


def short(number):
    for size, unit in ((10**9, " G"), (10**6, " M"), (10**4, " k")):
        if number >= size:
            return f"{number / (1000 if unit == ' k' else size):.1f}{unit}"
    return f"{number:.0f}"


def load(directory):
    """The state as the supervisor last wrote it, and whether it still runs."""
    state = durable.read_json(os.path.join(directory, STATE), {})
    state["running"] = durable.is_locked(os.path.join(directory, "lock"))
    if state["running"]:
        if state.get("state", "running") != "running":
            state["state"] = "beginning"
    elif state.get("state") == "running":
        state["state"] = "killed"
        state["why"] = "the supervisor is gone; start goes on"
    for bug in state.get("findings", {}).get("bugs", []):
        bug["mark"] = mark_of(os.path.join(directory, "bugs", bug["key"]))
    return state


def exit_status(state):
    found = state.get("findings", {"inputs": 0, "bugs": []})
    if any(bug["mark"] == "open" for bug in found["bugs"]) or \
            (found["inputs"] and not found["sorted"]):
        return FOUND
    if state.get("failures") or state.get("state") in ("disk full", "killed", None):
        return ENVIRONMENT
    return AGREED


def rate(state, word):
    return sum(of.get(word + "_rate", 0) for of in state["rates"].values())


def head(state):
    line = f"campaign  {state['state']}"
    if state.get("why"):
        line += f": {state['why']}"
    yield line
    limit = f" of {span(state['seconds'])}" if state["seconds"] else ""
    yield (f"fuzzed    {span(state['elapsed'])}{limit}   starts {state['starts']}   runs "
           f"{state['runs']}   supervision {100 * state['supervision']:.2f} % of the processors")
    for failure in state["failures"]:
        yield f"FAILURE   {failure}"
    totals = state["totals"]
    if not totals:
        return
    yield (f"done      {short(totals['executions'])} executions ({short(rate(state, 'executions'))}"
           f"/s)   {short(totals['operations'])} operations checked "
           f"({short(rate(state, 'operations'))}/s)   {short(totals['checks'])} checks")
    goals = state.get("goals") or "not asked for yet"
    reached = f"   goals: {goals}" if isinstance(goals, str) else \
        f"   goals {goals['of'] - len(goals['missed'])} of {goals['of']}"
    yield f"coverage  merge cases {totals['cases']} of {totals['rows']}{reached}"
    now, last = state["elapsed"], state["last"]
    ago = [f"{what} {span(now - last[what]) + ' ago' if what in last else 'never'}"
           for what in ("case", "input", "finding")]
    yield "last new  " + "   ".join(ago)


def table(rows):
    """Columns as wide as they need, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if column < 2 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        yield "  ".join(cells).rstrip()


def workers(state):
    rows = [["worker", "target", "for", "edges", "stability", "memory", "restarts"]]
    for worker in state["workers"]:
        stability = f"{worker['stability']:.2f} %" if "stability" in worker else "-"
        rows.append([worker["name"], worker["target"] or "(pauses)", span(worker["seconds"]),
                     str(worker.get("edges", "-")), stability,
                     f"{worker['memory'] >> 20} MB" if "memory" in worker else "-",
                     str(worker["restarts"])])
    return table(rows)


def targets(state):
    rows = [["target", "", "inputs", *(f"{ENGINES[engine].LABEL} time, edges"
                                       for engine in state["totals"].get("engines", {}))]]
    for target, count in state["corpus"].items():
        cells = []
        for engine in state["totals"].get("engines", {}):
            key = f"{engine}/{target}"
            cells.append(f"{span(state['spent'].get(key, 0))}, {state['edges'].get(key, 0)}")
        rows.append([target, "", str(count), *cells])
    return table(rows)


def bugs(state):
    found = state["findings"]
    waiting = f", {found['waiting']} of them not looked at yet" if found["waiting"] else ""
    yield f"findings  {len(found['bugs'])} bugs, {found['inputs']} inputs{waiting}"
    for bug in found["bugs"]:
        yield (f"  {bug['key']}  {bug['mark']}  {bug['inputs']} inputs by {', '.join(bug['engines'])}"
               f", first after {span(bug['first'])}")


def screen(state):
    if "elapsed" not in state:
        return ["campaign  beginning" if state["running"] else "campaign  never began"]
    return [*head(state), "", *workers(state), "", *targets(state), "", *bugs(state)]


def show(directory, given):
    state = load(directory)
    if given.get("json"):
        print(json.dumps({**state, "exit": exit_status(state)}, indent=1))
        return exit_status(state)
    if given.get("once") or not sys.stdout.isatty():
        print("\n".join(screen(state)))
        return exit_status(state)
    try:
        print("\033[2J", end="")
        while True:
            size = shutil.get_terminal_size()
            lines = [line[:size.columns] + "\033[K" for line in screen(state)]
            print(CLEAR + "\n".join(lines[:size.lines - 1]) + REST, end="", flush=True)
            if not state["running"]:
                print()
                break
            time.sleep(REFRESH)
            state = load(directory)
    except KeyboardInterrupt:
        print()
    return exit_status(state)
