# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of a campaign: one file, nothing to load, nothing to run."""

import html
import math
import os
import time

import builds
import counters
import durable
import plot
import risk
import settings as options
import status
from record import read_samples
from run import ENGINES

SAMPLE = 20000  # random programs, for the estimate that no engine has biased
TEXTS = (("drawing.txt", "drawing"), ("report.txt", "report"), ("stack.txt", "stack"),
         ("bug.vma", "program"))
TEXT_MOST = 2**15


def escape(value):
    return html.escape(str(value))


def cell(value):
    number = isinstance(value, (int, float))
    text = f"{value:,}" if isinstance(value, int) else escape(value)
    return f'<td{" class=number" if number else ""}>{text}</td>'


def table(head, rows):
    """Head and cells right where the first row has numbers."""
    numbers = [isinstance(value, (int, float)) for value in rows[0]] if rows else []
    heads = "".join(f'<th{" class=number" if number else ""}>{escape(word)}</th>'
                    for word, number in zip(head, numbers or [False] * len(head)))
    body = "".join("<tr>" + "".join(map(cell, row)) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{heads}</tr>{body}</table></div>'


class Page:
    def __init__(self, directory):
        self.directory = directory
        self.settings = options.load(directory)
        self.state = status.load(directory)
        self.samples = read_samples(directory)
        self.counts = counters.Counts()
        folder = os.path.join(directory, "counters")
        for name in durable.files_of(folder):
            self.counts.add(os.path.join(folder, name))
        vmafuzz = builds.command_of(directory, self.settings)
        self.seed = self.settings["seed"]
        self.cases = counters.sample(vmafuzz, self.seed, SAMPLE) if os.path.exists(vmafuzz) else []

    def text(self):
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "report.html"),
                  encoding="utf-8") as file:
            head = file.read()
        if "elapsed" not in self.state:
            return head + "<h1>vmafuzz campaign</h1><p>It has not begun.</p></main></body></html>\n"
        parts = (self.head(), self.plots(), self.targets(), self.bugs(), self.matrix(), self.risk(),
                 self.versions())
        return head + "\n".join(parts) + "\n</main></body></html>\n"

    def head(self):
        state, totals, found = self.state, self.state["totals"], self.state["findings"]
        still = [bug for bug in found["bugs"] if bug["mark"] == "open"]
        wrong = status.exit_status(state) != 0
        said = f"{len(still)} open bugs" if still else "no open bug"
        if state["failures"]:
            said += "".join(f"<br>failure: {escape(each)}" for each in state["failures"])
        stamp = time.strftime("%Y-%m-%d %H:%M", time.localtime(state["time"]))
        why = f": {state['why']}" if state.get("why") else ""
        figures = (("fuzzed", status.span(state["elapsed"])),
                   ("executions", status.short(totals.get("executions", 0))),
                   ("operations checked", status.short(totals.get("operations", 0))),
                   ("merge cases", f"{totals.get('cases', 0)} of {totals.get('rows', 0)}"),
                   ("inputs", f"{sum(state['corpus'].values()):,}"),
                   ("bugs", len(found["bugs"])),
                   ("last new case", self.ago("case")),
                   ("last finding", self.ago("finding")))
        cells = "".join(f"<div><b>{escape(value)}</b><span>{escape(word)}</span></div>"
                        for word, value in figures)
        return (f'<h1>vmafuzz campaign</h1><p class="faint">{escape(state["state"] + why)}, '
                f'{escape(stamp)}; {len(self.settings["cores"])} workers, started '
                f'{state["starts"]} times, supervision '
                f'{100 * state["supervision"]:.2f} % of the processors</p>'
                f'<p class="verdict{" wrong" if wrong else ""}">{said}</p>'
                f'<div class="figures">{cells}</div>')

    def ago(self, what):
        last = self.state["last"].get(what)
        return "never" if last is None else status.span(self.state["elapsed"] - last) + " ago"

    def plots(self):
        def by_engine(word):
            return [(ENGINES[engine].LABEL, engine,
                     [(sample["elapsed"], sample["engines"][engine][word])
                      for sample in self.samples if engine in sample["engines"]])
                    for engine in self.settings["engines"]]

        def whole(label, word):
            return [(label, "all", [(sample["elapsed"], sample[word]) for sample in self.samples])]

        drawn = (plot.lines("Edges, summed over targets; each engine counts its own way",
                            by_engine("edges")),
                 plot.lines("Merge cases reached", by_engine("cases") + whole("together", "cases")),
                 plot.lines("Executions", by_engine("executions")),
                 plot.lines("Operations checked", by_engine("operations")),
                 plot.lines("Inputs in the corpora", whole("inputs", "inputs")),
                 plot.lines("Bugs", whole("bugs", "bugs")))
        return f'<h2>Over time</h2><div class="plots">{"".join(drawn)}</div>'

    def targets(self):
        engines = self.settings["engines"]
        rows = []
        for target, count in self.state["corpus"].items():
            row = [target, count]
            for engine in engines:
                row += [status.span(self.state["spent"].get(f"{engine}/{target}", 0)),
                        self.state["edges"].get(f"{engine}/{target}", 0)]
            rows.append(row)
        head = ["target", "inputs"]
        for engine in engines:
            head += [f"{ENGINES[engine].LABEL} time", "edges"]
        return "<h2>Targets</h2>" + table(head, rows)

    def bugs(self):
        found = self.state["findings"]
        out = [f'<h2>Findings</h2><p>{len(found["bugs"])} bugs, shown by {found["inputs"]} inputs.</p>']
        for bug in found["bugs"]:
            closed = "" if bug["mark"] == "open" else ' class="closed"'
            out.append(f'<details{closed}><summary><b>{escape(bug["key"])}</b> {escape(bug["mark"])}, '
                       f'{bug["inputs"]} inputs by {escape(", ".join(bug["engines"]))} on '
                       f'{escape(", ".join(bug["targets"]))}, first after '
                       f'{status.span(bug["first"])}</summary>')
            out.append(f'<p class="faint">{escape(", ".join(bug["signatures"]))}</p>')
            for name, word in TEXTS:
                path = os.path.join(self.directory, "bugs", bug["key"], name)
                if os.path.exists(path):
                    text = durable.read(path)[:TEXT_MOST].decode(errors="replace")
                    out.append(f"<h3>{word}</h3><pre>{escape(text)}</pre>")
            out.append("</details>")
        return "".join(out)

    def matrix(self):
        """Each merge case with its hits; the darker the more often."""
        if not self.cases:
            return ""
        rows = list(zip(self.cases, self.counts.cases + [0] * len(self.cases)))
        never = [name for (name, _, _), hits in rows if not hits]
        most = max(max(hits for _, hits in rows), 2)
        out = []
        for (name, sampled, text), hits in rows:
            share = math.log1p(hits) / math.log1p(most)
            style = f' style="background: rgba(var(--hit), {0.45 * share:.2f})"' if hits else \
                ' class="never"'
            out.append(f'<div{style} title="{escape(text)}; {hits:,} times, {sampled:,} in random '
                       f'programs">{escape(name)}<small>{status.short(hits)}</small></div>')
        missed = f'<p>Never reached: {escape(", ".join(never))}.</p>' if never else ""
        goals = self.state.get("goals")
        if isinstance(goals, dict):
            missed += f'<p>Goals missed: {escape(", ".join(goals["missed"]) or "none")}.</p>'
        return (f'<h2>Merge cases</h2><p>{len(rows) - len(never)} of {len(rows)} rows of the '
                f'model\'s tables decided something.</p>{missed}'
                f'<div class="matrix">{"".join(out)}</div>')

    def risk(self):
        totals = self.state["totals"]
        if not totals:
            return ""
        rows = []
        for word, once, twice, seen, draws in (
                ("this campaign", totals["once"], totals["twice"], totals["cases"],
                 totals["executions"]),
                (f"{SAMPLE:,} random programs, seed {self.seed}",
                 sum(hits == 1 for _, hits, _ in self.cases),
                 sum(hits == 2 for _, hits, _ in self.cases),
                 sum(hits > 0 for _, hits, _ in self.cases), SAMPLE)):
            rows.append([word, draws, seen, once, twice,
                         f"{risk.good_turing(once, draws):.2g}",
                         f"{risk.chao1(seen, once, twice, draws):.1f}"])
        first = self.state["findings"]["inputs"]
        none = "" if first else (
            f"<p>No input failed in {totals['executions']:,} executions: with inputs drawn as these "
            f"were the chance of one that does is below "
            f"{3 / max(totals['executions'], 1):.1e} (95 %, the rule of three).</p>")
        return ("<h2>What is left to see</h2>" + table(
            ["drawn by", "draws", "cases seen", "seen once", "twice",
             "chance that the next draw shows a new case", "cases at least (Chao1)"], rows) + none +
            '<p class="faint">Good-Turing and Chao1 over hits of merge cases. A program hits a case '
            'several times, so "once" is one hit, not one program. Both assume that inputs are '
            "drawn independently from one distribution. Engines are not: what they find changes "
            "what they try, so the first row is an estimate without a bound. Random programs are, "
            "but from a narrower distribution. A case that was reached is not thereby free of "
            "bugs, and neither row speaks of states that no table of the model has a row for.</p>")

    def versions(self):
        known = durable.read_json(os.path.join(self.directory, builds.VERSIONS),
                                  {"known": {}, "files": {}})
        rows = [[name, "" if value is None else escape(value)]
                for name, value in known["known"].items()]
        chosen = [[f"--{name}", ",".join(map(str, value)) if isinstance(value, list)
                   else "not given" if value is None else str(value)]
                  for name, value in self.settings.items() if name != "id"]
        files = [[name, value] for name, value in known["files"].items()]
        return ("<h2>Versions and settings</h2>" + table(["what", "version"], rows) +
                "<details><summary>Settings</summary>" + table(["setting", "value"], chosen) +
                "</details><details><summary>Programs, by the beginning of their SHA-256</summary>" +
                table(["program", "hash"], files) + "</details>")


def write(directory, to):
    durable.write(to, Page(directory).text().encode())
