"""Values that are kept, to go back to them."""

from __future__ import annotations

from typing import Any

from brainkernel.lowering.stored_values import Placed


class KeptValues:
    """The values of all members at one time.

    Parameters
    ----------
    values : dict
        By member and name. Those of single synapses may lie in a table: they are copied before it
        is written to, and not earlier, for they may be large.
    """

    def __init__(self, values: dict[str, dict[str, Any]]) -> None:
        self.values = values

    def copy_from_table(self, member: str, name: str, table_values: Placed) -> None:
        """Copy values that are about to be overwritten, where these are the ones that are kept."""
        if self.values[member][name] is table_values:
            self.values[member][name] = table_values.now()
