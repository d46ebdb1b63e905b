# SPDX-License-Identifier: GPL-2.0-or-later
"""How a campaign says that it cannot go on, and its exit statuses."""

AGREED, FOUND, USAGE, ENVIRONMENT = range(4)


class Trouble(Exception):
    """Ends the command with `status` and one sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status
