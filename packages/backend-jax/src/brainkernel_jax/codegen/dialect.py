"""How programs are written for JAX.

Nothing is written to, and every function gives back what it changes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from brainkernel.backend import Call, Dialect, Lines, due
from brainkernel_jax.codegen import random_numbers, runtime, runtime_events


class JaxDialect(Dialect):
    """Whole arrays, as NumPy has them, in functions without side effects."""

    backend = "jax"
    machine = (runtime, random_numbers, runtime_events)
    guide = "Arrays are never written to: a function gives back what it changes"

    def imports(self, text: Lines) -> Lines:
        """Print the imports that every program begins with."""
        return ["import jax as _jax", "import jax.numpy as np"]

    def module_label(self, word: str) -> str:
        """Name a module in a text that is printed in full."""
        return {"lax": "_jax.lax", "jax": "_jax"}.get(word, word)

    def versions(self) -> str:
        """Name the library and the machinery that the text runs with."""
        return f"jax {version('jax')}, brainkernel_jax {machinery_digest()}"

    def elements(self, index: str, size: str) -> tuple[Lines, str]:
        """All neurons of a block at once: there is no loop."""
        return [], ""

    def sizes(self, block: str) -> str:
        """The neurons of all groups of a block, which are gone through at once."""
        return f"_layout.blocks[{block!r}].sizes"

    def whole_number(self, name: str) -> str:
        """A constant that counts something; a loop may end there without being unrolled."""
        return name

    def fires(self, level: str) -> str:
        """Which neurons fire, with a derivative where one is wanted."""
        return f"_spikes_of({level}, _layout.surrogate)"

    def fires_if(self, condition: str, fires: str = "_fires") -> str:
        """Which of those that fire may do so; of those that have an event of another kind."""
        return f"_only({fires}, {condition})"

    def call_when_due(
        self, call: Call, due: str, results: str, arguments: str, further: Lines
    ) -> Lines:
        """A call in whose place its targets keep their values where it is not due."""
        old = ", ".join(call.targets)
        return [*called_when_due(call, results, old, arguments), *further]

    def where_fires(self, new: str, old: str, fires: str = "_fires") -> str:
        """A new value where a neuron fires, elsewhere the old one."""
        return f"_choose({fires}, {new}, {old}, _layout.through_reset)"


def called_when_due(call: Call, results: str, old: str, arguments: str) -> Lines:
    """Print the call of a step function, at each step or where it is due."""
    if call.every == 1:
        return [f"{results} = {call.function}({arguments})"]
    present = f"({old})" if len(call.targets) > 1 else old
    called = f"_when_due({due(call)}, {call.function}, {present}, {arguments})"
    return [f"# every {call.interval:.15g} ms", f"{results} = {called}"]


@cache
def machinery_digest() -> str:
    """Compute the digest of what a text imports, so that texts tell what they were run with."""
    folder = Path(__file__).parent
    names = ("random_numbers.py", "runtime.py", "runtime_events.py")
    contents = b"".join((folder / name).read_bytes() for name in names)
    return hashlib.sha256(contents).hexdigest()[:16]
