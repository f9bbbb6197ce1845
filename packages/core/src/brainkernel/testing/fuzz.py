"""Draw networks of generated models and hold backends to the reference, for as long as told.

Run ``python -m brainkernel.testing.fuzz --minutes 5``. A network that fails is made smaller, and
printed as a script that stands alone.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from brainkernel.errors import BrainKernelError
from brainkernel.plugins.host import default_host
from brainkernel.plugins.specs import BackendSpec
from brainkernel.testing.strategies import Script, networks

AT_ONCE = 20  # networks between two looks at the clock
STRUCTURES = 4  # at once, where a backend compiles each


class Count:
    """How many networks were played and refused, and the last and smallest one that failed."""

    def __init__(self) -> None:
        self.played = self.refused = 0
        self.failed: tuple[Script, BaseException] | None = None


def fuzz(backend: str, number: int, count: Count, without: frozenset[str] = frozenset()) -> None:
    """Play some networks on a backend; the same number draws the same ones."""
    compiled = backend != "numpy"
    structures: Any = (
        range(STRUCTURES * number, STRUCTURES * (number + 1)) if compiled else st.integers(0, 10**9)
    )

    @seeded(number)
    @given(networks(structures, without, compiled))
    @settings(
        max_examples=AT_ONCE,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    def check(script: Script) -> None:
        try:
            script.play(backend)
            count.played += 1
        except BrainKernelError:  # no network that could be meant
            count.refused += 1
        except Exception as wrong:
            count.failed = script, wrong
            raise

    try:
        check()
    except BaseException:
        if count.failed is None:
            raise


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz until the time is over or a network fails, and give the exit status."""
    offers = default_host().offers(BackendSpec)
    others = sorted({offer.spec.name for offer in offers} - {"numpy"}, reverse=True)
    parser = argparse.ArgumentParser(prog="brainkernel.testing.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument(
        "--backends", default=",".join(["numpy", *others]), help="names, with commas between them"
    )
    parser.add_argument(
        "--start",
        type=int,
        default=int(time.time()),
        help="the number to draw the first networks from",
    )
    parser.add_argument(
        "--without", default="", help="features to leave out, with commas between them"
    )
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")  # a drawn neuron may well fire all the time
    without = frozenset(filter(None, options.without.split(",")))
    count, number, end = Count(), options.start, time.monotonic() + 60.0 * options.minutes
    while time.monotonic() < end:
        for backend in options.backends.split(","):
            fuzz(backend, number, count, without)
            if count.failed is not None:
                script, wrong = count.failed
                print(f"{script}\n# on {backend}, drawn from {number}: {wrong}", flush=True)
                return 1
        number += 1
        print(
            f"{count.played} networks follow the reference, {count.refused} were refused",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
