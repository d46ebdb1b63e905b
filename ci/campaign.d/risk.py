# SPDX-License-Identifier: GPL-2.0-or-later
"""How much has not been seen, from how much was seen once and twice (Good and Turing; Chao; for fuzzing
Boehme, STADS: software testing as species discovery).

Assumed is that inputs are drawn one by one from one distribution. An engine that keeps what is new
draws from another after every find, so of a campaign these are estimates and no bounds; random
programs are drawn as assumed, but from a distribution that is narrower.
"""


def good_turing(once, draws):
    """The chance that the next draw shows something new."""
    return once / draws if draws else 1.0


def chao1(seen, once, twice, draws):
    """How many there are at least, those never seen included."""
    if not draws:
        return float(seen)
    share = (draws - 1) / draws
    if twice:
        return seen + share * once * once / (2 * twice)
    return seen + share * once * (once - 1) / 2
