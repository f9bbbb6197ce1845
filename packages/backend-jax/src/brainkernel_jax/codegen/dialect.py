"""How programs are written for JAX.

Nothing is written to, and every function gives back what it changes.
"""

from __future__ import annotations

from brainkernel.backend import Dialect, Lines
from brainkernel_jax.codegen import runtime, runtime_events


class JaxDialect(Dialect):
    """Whole arrays, as NumPy has them, in functions without side effects."""

    backend = "jax"
    machine = (runtime, runtime_events)
    own_draws = frozenset({"poisson"})
    rebinds = True
    guide = "Arrays are never written to: a function gives back what it changes"

    def header(self) -> Lines:
        """Imports, and ``step_function``."""
        begin = [
            "from types import FunctionType",
            "",
            "import jax",
            "import jax.numpy as np",
            "from jax import lax",
        ]
        return [*begin, *super().header()[3:]]

    def elements(self, index: str, size: str) -> tuple[Lines, str]:
        """All neurons of a block at once."""
        return [f"{index} = slice(None)"], ""

    def element_number(self, index: str, size: str) -> str:
        """The neurons' numbers within their groups."""
        return "element_array"

    def sizes(self, block: str) -> str:
        """The neurons of all groups of a block, which are gone through at once."""
        return f"places.sizes[{block!r}]"

    def whole_number(self, name: str) -> str:
        """A constant that counts something; a loop may end there without being unrolled."""
        return name

    def fires(self, level: str) -> str:
        """Which neurons fire, with a derivative where one is wanted."""
        return f"spikes_of({level}, places.surrogate)"

    def fires_if(self, condition: str) -> str:
        """Which of those that fire may do so."""
        return f"only(fires, {condition})"

    def where_fires(self, new: str, old: str) -> str:
        """A new value where a neuron fires, elsewhere the old one."""
        return f"choose(fires, {new}, {old}, places.through_reset)"
