"""What functions of pairs of neurons may name: rules, weights and delays that follow the ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import ConnectError
from brainkernel.model.connection_rule import Ends, Indices

COORDINATES = ("x", "y", "z")


class PairNames(Mapping[str, Any]):
    """The values of some pairs of neurons by name; each is computed when it is looked up.

    ``pre`` and ``post`` are the places of the two neurons in their ends, as rules count them. Any
    parameter, first state and coordinate of either end has its name with ``_pre`` or ``_post``
    behind it: ``tau_pre``, ``x_post``. ``distance`` is that of the two positions.

    Parameters
    ----------
    ends : Ends
        The two ends.
    places : mapping
        ``pre`` and ``post``: places in the ends, of shapes that broadcast, and so do the values.
    """

    def __init__(self, ends: Ends, places: Mapping[str, Indices]) -> None:
        self._ends, self._places = ends, places
        self._values = {
            "pre": NeuronNames(ends.pre_values, ends.pre_positions),
            "post": NeuronNames(ends.post_values, ends.post_positions),
        }

    # a mapping would look the value up, which may be an array of all synapses
    def __contains__(self, name: object) -> bool:
        return name in tuple(self)

    def __iter__(self) -> Iterator[str]:
        yield from ("pre", "post", "distance")
        for end, values in self._values.items():
            yield from (f"{name}_{end}" for name in values)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, name: str) -> Any:
        if name in ("pre", "post"):
            return self._places[name]
        if name == "distance":
            return self._distance()
        variable, _, end = name.rpartition("_")
        if end not in self._values:
            raise KeyError(name)
        value = self._values[end][variable]
        return value if np.ndim(value) == 0 else value[self._places[end]]

    def _distance(self) -> NDArray[np.float64]:
        positions = self._ends.pre_positions, self._ends.post_positions
        if positions[0] is None or positions[1] is None:
            raise ConnectError(
                "the function names distance, but an end has no positions: give positions=... "
                "to both groups"
            )
        if positions[0].shape[1] != positions[1].shape[1]:
            raise ConnectError(
                f"the function names distance, but positions have {positions[0].shape[1]} and "
                f"{positions[1].shape[1]} dimensions: give both groups as many"
            )
        square: Any = 0.0
        for source, target in zip(positions[0].T, positions[1].T, strict=True):
            step = target[self._places["post"]] - source[self._places["pre"]]
            square = square + step * step
        distance: NDArray[np.float64] = np.sqrt(square)
        return distance


class NeuronNames(Mapping[str, Any]):
    """The values of the neurons of one end by name.

    Coordinates are among them where there are positions, and the model has no such name itself.
    """

    def __init__(
        self, values: Mapping[str, Any], positions: NDArray[np.float64] | None = None
    ) -> None:
        self._values = values
        columns = () if positions is None else positions.T
        coordinates = dict(zip(COORDINATES, columns, strict=False))
        self._coordinates = {name: x for name, x in coordinates.items() if name not in values}

    def __iter__(self) -> Iterator[str]:
        yield from self._values
        yield from self._coordinates

    def __len__(self) -> int:
        return len(self._values) + len(self._coordinates)

    def __getitem__(self, name: str) -> Any:
        return self._coordinates[name] if name in self._coordinates else self._values[name]


def end_names(ends: Ends, end: str) -> Mapping[str, Any]:
    """The values of the neurons of the end ``pre`` or ``post`` by name, as of each pair."""
    places = {"pre": np.arange(ends.pre_size), "post": np.arange(ends.post_size)}
    pairs = PairNames(ends, places)
    return {name: pairs[name] for name in pairs if name == end or name.endswith(f"_{end}")}
