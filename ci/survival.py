# SPDX-License-Identifier: GPL-2.0-or-later
"""How soon bugs are found, as a picture: the share of runs that found theirs, against what it took.

One curve a column of ci/bugbench; what was not found within the budget is never counted, so a curve
that ends below 100 % lacks that much.

	 share |          ____----
	       |    __---'
	       |  _/
	       +------------------ seconds, or executions (each ten times the last)
"""

import html
import math

COLOURS = {"replay": "#999999", "corpus": "#0072b2", "empty": "#d55e00", "run": "#009e73"}
DASHES = {"replay": "2 3", "corpus": "none", "empty": "none", "run": "7 4"}
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 460, 300, 58, 40, 34, 46
GAP = 30  # between the panels


def scale(values):
    """Powers of ten around the values."""
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


class Panel:
    """One diagram, at `x` of the picture."""

    def __init__(self, x, title, values):
        self.x, self.title = x, title
        self.low, self.high = scale(values)
        self.high = max(self.high, self.low + 1)

    def across(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.x + LEFT + share * (WIDTH - LEFT - RIGHT)

    @staticmethod
    def down(share):
        return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)

    def frame(self):
        bottom, right = self.down(0), self.x + WIDTH - RIGHT
        for percent in range(0, 101, 20):
            y = self.down(percent / 100)
            yield (f'<line x1="{self.x + LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" '
                   'stroke="#ddd"/>')
            yield (f'<text x="{self.x + LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
                   f'{percent} %</text>')
        for power in range(self.low, self.high + 1):
            x = self.across(10 ** power)
            yield f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>'
            yield (f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">'
                   f'{number(power)}</text>')
        yield (f'<text x="{(self.x + LEFT + right) / 2:.1f}" y="{bottom + 34}" '
               f'text-anchor="middle">{html.escape(self.title)}</text>')

    def curve(self, column, found, total):
        """`found`: what each run that found something took."""
        points = [(self.x + LEFT, self.down(0))]
        for i, value in enumerate(sorted(found)):
            x = self.across(value)
            points += [(x, points[-1][1]), (x, self.down((i + 1) / total))]
        points.append((self.x + WIDTH - RIGHT, points[-1][1]))
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        return (f'<polyline points="{path}" fill="none" stroke="{COLOURS[column]}" '
                f'stroke-width="2" stroke-dasharray="{DASHES[column]}"/>')


def number(power):
    if power >= 6:
        return f"{10 ** (power - 6)} M"
    return f"{10 ** power:,}" if power >= 0 else f"{10.0 ** power:.{-power}f}"


def legend(counts):
    for i, (column, (found, total)) in enumerate(counts.items()):
        x, y = LEFT + 220 * i, TOP - 20
        yield (f'<line x1="{x}" y1="{y}" x2="{x + 24}" y2="{y}" stroke="{COLOURS[column]}" '
               f'stroke-width="2" stroke-dasharray="{DASHES[column]}"/>')
        yield f'<text x="{x + 30}" y="{y + 4}">{column}: {found} of {total} runs</text>'


def picture(cells):
    """An SVG of bugbench's cells, or "" if none found anything."""
    cells = [cell for cell in cells if cell["column"] in COLOURS]
    found = [cell for cell in cells if cell["found"]]
    if not found:
        return ""
    panels = [("seconds", Panel(0, "seconds of processor to the first finding",
                                [least(cell, "seconds") for cell in found])),
              ("executions", Panel(WIDTH + GAP, "executions to the first finding",
                                   [least(cell, "executions") for cell in found]))]
    columns = [column for column in COLOURS if any(cell["column"] == column for cell in cells)]
    counts = {column: (sum(cell["column"] == column for cell in found),
                       sum(cell["column"] == column for cell in cells)) for column in columns}
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH + GAP}" '
             f'height="{HEIGHT}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>', *legend(counts)]
    for word, panel in panels:
        lines += panel.frame()
        lines += [panel.curve(column, [least(cell, word) for cell in found
                                       if cell["column"] == column], counts[column][1])
                  for column in columns]
    return "\n".join([*lines, "</svg>", ""])


def least(cell, word):
    """A logarithm wants something."""
    return max(cell[word], 0.01 if word == "seconds" else 1)
