# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines over time as SVG, in the colours of the page around them."""

import html
import math

WIDTH, HEIGHT = 560, 220
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 12, 28
POINTS = 400  # more cannot be seen
TIMES = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400, 172800, 604800)


def steps(most, count=4):
    """Round numbers from 0 up to what covers `most`."""
    if most <= 0:
        return [0, 1]
    size = 10 ** math.floor(math.log10(most / count))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size * count >= most)
    return [step * number for number in range(math.ceil(most / step) + 1)]


def times(most):
    step = next((each for each in TIMES if each * 6 >= most), TIMES[-1])
    return [step * number for number in range(int(most // step) + 1)]


def time_word(seconds):
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def number_word(number):
    for size, unit in ((10**12, " T"), (10**9, " G"), (10**6, " M"), (10**3, " k")):
        if number >= size:
            return f"{number / size:g}{unit}"
    return f"{number:g}"


def thin(points):
    """Evenly, and always the last."""
    if len(points) <= POINTS:
        return points
    every = math.ceil(len(points) / POINTS)
    return points[::every] + [points[-1]]


def lines(title, series):
    """`series`: (label, class, [(seconds, value)])."""
    series = [each for each in series if each[2]]
    right = max((points[-1][0] for _, _, points in series), default=1) or 1
    rows = steps(max((value for _, _, points in series for _, value in points), default=1))

    def x(seconds):
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / right

    def y(value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / rows[-1]

    out = [f'<figure><figcaption>{html.escape(title)}</figcaption>',
           f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(title)}">']
    for value in rows:
        out.append(f'<path class="grid" d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}"/>'
                   f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">'
                   f'{number_word(value)}</text>')
    for seconds in times(right):
        anchor = "end" if x(seconds) > WIDTH - 3 * RIGHT else "middle"
        out.append(f'<text x="{x(seconds):.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">'
                   f'{time_word(seconds)}</text>')
    for _, style, points in series:
        path = " ".join(f"{x(seconds):.1f},{y(value):.1f}" for seconds, value in thin(points))
        out.append(f'<polyline class="line {style}" points="{path}"/>')
    out.append("</svg><p class=\"legend\">")
    for label, style, points in series:
        out.append(f'<span><i class="{style}"></i>{html.escape(label)} '
                   f'<b>{points[-1][1]:,}</b></span>')
    out.append("</p></figure>")
    return "".join(out)
