"""Whether what will be recorded fits, known before the first step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from brainkernel.base.system_limits import available_memory, free_disk, readable
from brainkernel.errors import MemoryLimitError, MonitorError
from brainkernel.program.contracts import Store

ADVICE = "record less often (every=...), fewer (neurons=...), "
GRANT = (
    64e6  # bytes that are recorded before anybody looks again: a look takes longer than a short run
)
COPIES = 2  # what is kept, and the datasets that the run returns


class Room:
    """Looks whether records fit.

    After that, small ones are taken without another look, until they add up.
    """

    def __init__(self) -> None:
        self._granted: tuple[str, float] = ("", 0.0)

    def check(self, expected: Mapping[str, int | None], store: Store) -> None:
        """Refuse records that cannot fit.

        Parameters
        ----------
        expected : mapping
            For each monitor the bytes that its rows will take; None for spikes, which nobody knows
            before.
        store : Store
            Where they are to be kept.

        Raises
        ------
        MemoryLimitError
            Where they are larger than the memory that is free.
        MonitorError
            Where they are larger than what is free on the disk.
        """
        need = sum(size or 0 for size in expected.values()) * (COPIES if store.in_memory else 1)
        place, granted = self._granted
        if place == store.place and need < granted:
            self._granted = place, granted - need
            return
        free = available_memory() if store.in_memory else free_disk(Path(store.place))
        if free is not None and need > free:
            raise _too_large(expected, need, free, store)
        self._granted = store.place, GRANT if free is None else min(GRANT, free - need)


def _too_large(
    expected: Mapping[str, int | None], need: float, free: float, store: Store
) -> MemoryLimitError | MonitorError:
    listed = ", ".join(f"{name} {readable(size)}" for name, size in expected.items() if size)
    if store.in_memory:
        return MemoryLimitError(
            f"the monitors would record {readable(need / COPIES)} in this run ({listed}), and the "
            "datasets that it "
            f"returns take as much again, but only {readable(free)} of memory are free: {ADVICE}or "
            "to a file "
            '(record_to="run.zarr")'
        )
    return MonitorError(
        f"the monitors would record {readable(need)} in this run ({listed}), but only "
        f"{readable(free)} are free at "
        f"{store.place}: {ADVICE}or where there is more room"
    )
