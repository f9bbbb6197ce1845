"""A network and the reference side by side: both are treated alike, and then compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from brainkernel.testing.reference import Reference

if TYPE_CHECKING:
    from brainkernel import Network


class SideBySide:
    """Runs a network and the reference.

    Parameters
    ----------
    net : Network
        One that was just made: it has not run, and nothing was set in it.
    backend : str or Backend
        What runs the network.
    tolerance : float
        How far numbers may lie apart, relative to the largest of a variable; 0 where all arithmetic
        is exact.
    exact : bool
        That functions only add and multiply, and values are multiples of powers of two: then a
        variable must be the same bit for bit for as long as its numbers are so few bits long that
        none can have been rounded.
    **options
        For `Network.run`: ``threads=2``.

    Examples
    --------
    >>> both = SideBySide(net, "numba")  # doctest: +SKIP
    >>> both.run(10.0, {cells: 15.0})  # doctest: +SKIP
    >>> both.set(cells, "tau", 5.0)  # doctest: +SKIP
    >>> both.run(10.0)  # doctest: +SKIP
    >>> both.check()  # doctest: +SKIP
    """

    def __init__(
        self,
        net: Network,
        backend: Any = "numpy",
        tolerance: float = 1e-12,
        exact: bool = False,
        **options: Any,
    ) -> None:
        self.net, self.reference = net, Reference(net)
        self.backend, self.tolerance, self.exact, self.options = backend, tolerance, exact, options
        self._compare_states("before the run")

    def run(self, duration: Any, inputs: Mapping[Any, object] | None = None) -> None:
        """Take both forward."""
        self.net.run(duration, inputs=inputs, backend=self.backend, **self.options)
        self.reference.run(duration, inputs)

    def set(self, member: Any, name: str, value: Any) -> None:
        """Give a parameter or state new values in both."""
        setattr(member, name, value)
        self.reference.set(member, name, value)

    def add(self, member: Any, pre: Any, post: Any, delay: Any, **values: Any) -> None:
        """Add synapses to a projection in both, with all their values."""
        given = {} if delay is None else {"delay": delay}
        member.add(pre, post, **given, **values)
        own = 0.0 if member.delay is None else member.delay
        self.reference.add(member, pre, post, own if delay is None else delay, values)

    def remove(self, member: Any, synapses: Any) -> None:
        """Remove synapses of a projection in both, as many as there are of these."""
        count = len(member.sources)
        chosen = sorted({number % count for number in synapses}) if count else []
        member.remove(chosen)
        self.reference.remove(member, np.array(chosen, np.int64))

    def check(self) -> None:
        """Compare all states, and what all monitors recorded.

        Raises
        ------
        AssertionError
            With the member or monitor, the variable, and where the numbers differ first.
        """
        for name, expected in self.reference.spikes.items():
            data = getattr(self.net, name)
            if self.net.monitors[name].target._group._interpolates:
                self._compare_times(name, data)
                continue
            steps = np.rint(data.time.values / self.net.dt).astype(int).tolist()
            assert_equal(list(zip(steps, data.neuron.values.tolist(), strict=True)), expected, name)
        for name, variables in self.reference.traces.items():
            for variable in variables:
                data = getattr(self.net, name)
                values = data[variable].values
                columns = data.synapse.values if "synapse" in data[variable].dims else None
                rows = self.reference.trace(name, variable, columns).reshape(values.shape)
                self._compare(values, rows, f"{name}.{variable}")
        for name, rates in self.reference.rates.items():
            values = getattr(self.net, name).rate.values
            np.testing.assert_allclose(values, rates, rtol=1e-12, err_msg=f"{name}.rate")
        self._compare_states(f"at {self.net.t:g} ms")

    def _compare_times(self, name: str, data: Any) -> None:
        """Compare spikes that are located within their steps."""
        neurons = np.array([neuron for _, neuron in self.reference.spikes[name]], np.int64)
        times, tolerated = np.array(self.reference.times[name]), 1e-9 * self.net.dt
        order = np.lexsort((neurons, times))
        times = times[order]
        assert data.neuron.values.tolist() == neurons[order].tolist(), name
        np.testing.assert_allclose(data.time.values, times, rtol=0, atol=tolerated, err_msg=name)

    def _compare_states(self, when: str) -> None:
        for member in (*self.net.groups, *self.net.projections):
            states = member.definition.names("state")
            for name in set(states).difference(member.definition.end_states):
                values = np.asarray(self.net.read(member, name))
                expected = self.reference.get(member, name)
                self._compare(values, expected, f"{member.name}.{name} {when}")

    def _compare(self, found: Any, expected: Any, label: str) -> None:
        if not self.tolerance or (self.exact and is_short(expected)):
            np.testing.assert_array_equal(found, expected, err_msg=label)
            return
        largest = np.max(np.abs(expected), initial=0.0, where=~np.isnan(expected))
        tolerated = self.tolerance * float(largest)
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerated, err_msg=label)


def is_short(numbers: Any) -> bool:
    """Whether sums and products of these numbers are exact: multiples of 2**-24 below 2**20."""
    multiples = np.asarray(numbers) * 2.0**24
    return bool(np.all(multiples == np.rint(multiples)) and np.all(np.abs(multiples) < 2.0**44))


def assert_equal(found: list[Any], expected: list[Any], label: str) -> None:
    """Compare two lists of spikes, and name the first that only one of them has."""
    only = sorted(set(found) ^ set(expected))
    where = f"; the first spike that only one has: (step, neuron) = {only[0]}" if only else ""
    assert found == expected, (
        f"{label}: {len(found)} spikes, the reference has {len(expected)}{where}"
    )


def assert_follows_the_reference(
    net: Network,
    duration: Any,
    inputs: Mapping[Any, object] | None = None,
    backend: Any = "numpy",
    tolerance: float = 1e-12,
) -> None:
    """Run a network, and compare its states and its monitors' records with the reference.

    Parameters
    ----------
    net : Network
        One that was just made: it has not run, and nothing was set in it.
    duration : number or quantity
        In ms.
    inputs : mapping, optional
        As for `Network.run`.
    backend : str or Backend
        What runs it.
    tolerance : float
        How far numbers may lie apart, relative to the largest of a variable; 0 where all arithmetic
        is exact. Spikes are the same in any case.

    Raises
    ------
    AssertionError
        With the member or monitor, the variable, and where the numbers differ first.
    """
    both = SideBySide(net, backend, tolerance)
    both.run(duration, inputs)
    both.check()
