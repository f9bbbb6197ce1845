"""What every model must hold."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import PluginError
from brainkernel.plugins.host import default_host
from brainkernel.plugins.specs import BackendSpec
from brainkernel.testing.bench import SIZE, Bench, bench, class_of
from brainkernel.testing.comparing import assert_close, assert_same, assert_same_records
from brainkernel.testing.suite import Conformance

ORDER = (2, 0, 3, 1)
MANY, MANY_ENDS = 64, 8
"""Neurons that are tried over the working range, and at each end of a synapse."""


class ModelConformance(Conformance):
    """The checks of a model: subclass it, and give the fixture ``model``.

    The fixture is a neuron, input or synapse class, or `functools.partial` of one with the
    parameters that it needs: ``partial(PoissonGroup, rates=20.0)``. Four neurons are tried; a
    synapse is tried between two groups of four integrate-and-fire neurons that have the states and
    inputs that it names.

    Attributes
    ----------
    unsupported : mapping of str to str
        Name of a check to the reason why this model does not hold it.
    drive : sequence of float
        What each of the four neurons is driven with; choose numbers at which they fire differently.
    duration, dt : float
        How long it is tried, and with which step; in ms.
    working_range : pair of float, optional
        The smallest and the largest drive at which it has to work; the largest of `drive`, with
        both signs, where none is given. There 64 neurons are driven from the one to the other, from
        different times on; a synapse is tried between eight sources and eight cells.
    range_duration : float
        How long that is tried, in ms.
    tolerance : float
        How far backends may lie from each other, relative to the largest value of a variable.
    """

    drive: ClassVar[Sequence[float]] = (0.0, 1.0, 2.0, 4.0)
    duration: ClassVar[float] = 20.0
    dt: ClassVar[float] = 0.1
    working_range: ClassVar[tuple[float, float] | None] = None
    range_duration: ClassVar[float] = 100.0
    tolerance: ClassVar[float] = 1e-9

    def bench(self, model: Any, **options: Any) -> Bench:
        """Put the model on the bench."""
        return bench(model, self.drive, self.dt, **options)

    def tried(self, model: Any, backend: Any = "numpy", **options: Any) -> bk.Network:
        """Run the model, and give the network."""
        return self.bench(model, **options).run(self.duration, backend).net

    def tried_over_its_range(self, model: Any, backend: Any = "numpy") -> bk.Network:
        """Run many neurons of the model with many drives, and give the network."""
        largest = float(np.max(np.abs(self.drive)))
        low, high = self.working_range or (-largest, largest)
        neurons = MANY_ENDS if issubclass(class_of(model), bk.Synapse) else MANY
        drives = np.linspace(low, high, neurons).tolist()
        trial = bench(model, drives, self.dt, order=range(neurons))
        if not trial.inputs:
            pytest.skip("nothing drives it")
        return trial.in_phases(self.range_duration).run(self.range_duration, backend).net

    def test_it_says_what_it_is(self, model: Any) -> None:
        """It has a page, which names each parameter, state and input that has no `doc`."""
        model_class = class_of(model)
        page = ""
        for base in model_class.__mro__:
            definition = vars(base).get("definition")
            if definition is not None and definition.doc:
                page = definition.doc
                break
        assert page.strip(), f"{model_class.__name__} has no docstring"
        declarations = model_class.definition.declarations.values()
        described = ("parameter", "state", "input")
        names = [d.name for d in declarations if d.kind in described and not d.doc]
        missing = [name for name in names if not re.search(rf"\b{name}\b", page)]
        assert not missing, f"neither the docstring nor a doc= says what these are: {missing}"

    def test_it_does_something(self, model: Any) -> None:
        """It fires, or moves a state: otherwise choose another drive, or no check says anything."""
        net = self.tried(model)
        moved = [np.ptp(values) > 0 for values in recorded(net) if values.size]
        assert any(moved), "nothing fires and no state moves"

    def test_its_states_stay_finite(self, model: Any) -> None:
        """All that is recorded is a number."""
        net = self.tried(model)
        assert all(np.all(np.isfinite(values)) for values in recorded(net))

    def test_its_text_parses_and_is_the_same_each_time(self, model: Any) -> None:
        """The program holds each function of the model, word for word."""
        text = self.bench(model).net.source("numpy")
        ast.parse(text)
        assert self.tried(model).source("numpy") == text
        for function in self.bench(model).definition.functions:
            assert f"def {function.name}(" in text

    def test_a_saved_copy_runs_as_it_does(self, model: Any, tmp_path: Path) -> None:
        """Bit for bit."""
        saved = self.bench(model)
        path = saved.net.save_source(tmp_path / "saved.py", "numpy")
        assert_same_records(saved.run(self.duration, source=path).net, self.tried(model))

    def test_it_runs_alike_on_every_backend(self, model: Any) -> None:
        """All installed backends give the same spikes, and states to the tolerance."""
        reference = self.tried(model)
        for backend in backends():
            assert_alike(self.tried(model, backend), reference, self.tolerance)

    def test_it_works_over_its_whole_range(self, model: Any) -> None:
        """From the smallest drive to the largest, switched on in turn: finite and alike."""
        reference = self.tried_over_its_range(model)
        assert all(np.all(np.isfinite(values)) for values in recorded(reference))
        for backend in backends():
            assert_alike(self.tried_over_its_range(model, backend), reference, self.tolerance)

    def test_its_runs_add_up(self, model: Any) -> None:
        """Two runs are one."""
        net = self.bench(model)
        first = 7 * self.dt
        net.run(first).run(self.duration - first)
        assert_same_records(net.net, self.tried(model))

    def test_it_can_be_reset_and_restored(self, model: Any) -> None:
        """And goes the same way again."""
        net, expected = self.bench(model), self.tried(model)
        net.run(7 * self.dt).net.store()
        net.run(self.duration - 7 * self.dt).net.restore()
        assert_same_records(net.run(self.duration - 7 * self.dt).net, expected)
        net.net.reset()
        assert_same_records(net.run(self.duration).net, expected)

    def test_permuted_neurons_give_permuted_results(self, model: Any) -> None:
        """A neuron does not know its number, but for random numbers and spikes of its own."""
        plain = self.bench(model, order=range(SIZE))
        permuted = self.bench(model, order=ORDER)
        if not plain.symmetric:
            pytest.skip("its neurons differ by more than what drives them")
        for trial in (plain, permuted):
            trial.run(self.duration)
        monitor = "states" if plain.seen is plain.member else "cells"
        if monitor in plain.net.monitors:
            records = getattr(permuted.net, monitor)
            for name, values in getattr(plain.net, monitor).data_vars.items():
                expected = values.values[:, list(ORDER)]
                np.testing.assert_array_equal(records[name].values, expected)
        if plain.seen.definition.threshold:
            plain_trains = trains(plain.net)
            assert trains(permuted.net) == [plain_trains[neuron] for neuron in ORDER]

    def test_a_value_for_each_is_as_good_as_one_for_all(self, model: Any) -> None:
        """Arrays of equal parameters change nothing but the text."""
        shared = self.bench(model)
        shared.run(self.duration)
        net = self.tried(model, **spread(shared))
        for name in net.monitors:
            assert_close(getattr(net, name), getattr(shared.net, name), self.tolerance)

    def test_its_states_may_be_kept_in_32_bits(self, model: Any) -> None:
        """It runs, and stays finite."""
        net = self.tried(model, dtype="float32")
        assert net.state.values.dtype == np.float32
        assert all(np.all(np.isfinite(values)) for values in recorded(net))

    def test_its_datasets_have_units_and_names(self, model: Any) -> None:
        """Each variable has a long name and, for a quantity, the unit of its declaration."""
        trial = self.bench(model).run(self.duration)
        for name in trial.net.monitors:
            dataset = getattr(trial.net, name)
            assert dataset.attrs["object"] and dataset.attrs["dt_ms"] == self.dt
            assert all(variable.attrs["long_name"] for variable in dataset.data_vars.values())
        for name in trial.definition.names("state"):
            unit = trial.definition.declarations[name].unit or "1"
            assert trial.net.states[name].attrs["units"] == unit


def assert_alike(net: bk.Network, reference: bk.Network, tolerance: float) -> None:
    """Two networks recorded the same spikes, and states that agree to the tolerance."""
    if "spikes" in net.monitors:
        assert_same(net.spikes, reference.spikes)
    for name in net.monitors:
        assert_close(getattr(net, name), getattr(reference, name), tolerance)


def numbers(net: bk.Network, monitor: str) -> list[Any]:
    """The recorded arrays of a monitor."""
    variables = getattr(net, monitor).data_vars.values()
    return [np.asarray(variable.values, float) for variable in variables]


def recorded(net: bk.Network) -> list[Any]:
    """The recorded arrays of all monitors."""
    arrays: list[Any] = []
    for monitor in net.monitors:
        arrays += numbers(net, monitor)
    return arrays


def trains(net: bk.Network) -> list[list[float]]:
    """The spike times of each neuron."""
    spikes = net.spikes
    return [spikes.time.values[spikes.neuron.values == neuron].tolist() for neuron in range(SIZE)]


def spread(trial: Bench) -> dict[str, Any]:
    """The parameters that have one value for all, as one for each neuron or synapse."""
    is_neuron = isinstance(trial.member, bk.Neuron)
    size = SIZE if is_neuron else SIZE**2
    declarations = trial.definition.declarations
    values = {}
    for name in trial.definition.names("parameter"):
        if is_neuron or declarations[name].per == "synapse":
            value = getattr(trial.member, name)
            if np.ndim(value) == 0:
                values[name] = np.full(size, value)
    return values


def backends() -> list[str]:
    """The full names of the other backends that are installed and can be imported."""
    host = default_host()
    names = []
    for offer in host.offers(BackendSpec):
        with contextlib.suppress(PluginError):
            host.load("backend", offer.id)
            names.append(offer.id)
    return [name for name in names if name != "brainkernel:numpy"]
