"""Generated values of a whole group: a sum over it in derivatives, and a state of its own."""

from __future__ import annotations

import re

DECLARATIONS = """    total_V = bk.total("V")
    pool = bk.state(0.25, per="group")
    I = bk.input()
"""
OF_GROUP = """

    @bk.derivative
    def dpool(pool, total_V):
        return 0.25 - 0.125 * pool + 0.0078125 * total_V
"""
RATE = re.compile(r"    def dV\((.*)\):\n        return (.*)")


def follow_group(text: str) -> str:
    """Give a class of neurons whose rate of V follows a sum over the group, and a state of it."""
    text = text.replace("    I = bk.input()\n", DECLARATIONS, 1)
    text = RATE.sub(
        r"    def dV(\1, total_V, pool):\n        return \2 + 0.015625 * total_V - 0.125 * pool",
        text,
    )
    return text + OF_GROUP.rstrip()


def follows_group(seed: int) -> bool:
    """Whether the models of a number follow their groups: every seventh one does."""
    return seed % 7 == 5
