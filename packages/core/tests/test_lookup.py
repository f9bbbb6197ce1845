"""What a network, the package and its models show to those who look: by name, by tab, by help."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from toy_models import DT, Counter, Jump, Noisy, Ramp, Source

import brainkernel as bk
from brainkernel import errors


def made():
    source, cells = Source(1, [DT], [0], name="source"), Counter(2, name="E")
    jump = Jump(source, cells, connect=bk.connect.all_to_all())
    trace = bk.StateMonitor(cells, "x")
    return (
        bk.Network(source, cells, jump, dt=DT, trace=trace, E=bk.StateMonitor(cells, "x")),
        source,
        cells,
        jump,
        trace,
    )


def test_objects_and_monitors_by_name():
    net, source, cells, jump, trace = made()
    net.run(2 * DT)
    assert net["source"] is source
    assert net["Jump"] is jump
    assert net["E"] is cells  # a member comes first; the monitor of that name is net.E
    assert net["trace"].identical(net.trace)
    assert net.E.x.shape == (2, 2)
    for there in ("E", "Jump", "trace", cells, jump, trace):
        assert there in net
    for absent in ("e", "run", Counter(1), 3, None):
        assert absent not in net


def test_names_that_are_not_there():
    net, *_ = made()
    with pytest.raises(errors.NetworkError, match=r"net\['sorce'\]: .*did you mean source"):
        net["sorce"]
    with pytest.raises(errors.NetworkError, match=r"net\[0\]: .*there is: E, Jump, source, trace"):
        net[0]
    with pytest.raises(errors.NetworkError):
        list(net)


def test_tab_completion():
    net, *_ = made()
    assert {"trace", "E", "run", "add"} <= set(dir(net))
    assert net._ipython_key_completions_() == ["source", "E", "Jump", "trace"]
    net.add(more=bk.StateMonitor(net["E"], "x"))
    assert "more" in dir(net)
    assert net._ipython_key_completions_()[-1] == "more"


def test_members_and_monitors_cannot_be_changed_in_silence():
    net, source, *_ = made()
    assert net.groups == (source, net["E"])
    with pytest.raises(AttributeError):
        net.groups.append(source)
    with pytest.raises(TypeError):
        net.monitors["x"] = None
    for name in ("groups", "projections", "monitors", "dt", "seed", "t"):
        with pytest.raises(AttributeError, match=rf"net\.{name} is fixed: make a new network"):
            setattr(net, name, ())


def test_signatures_show_parameters_with_units_and_defaults():
    assert str(inspect.signature(Noisy)) == (
        "(size: int | tuple[int, ...], *, V_th: mV = 1.0, V_reset: mV = 0.0, t_ref: ms = 0.0, V: "
        "mV = 0.0, "
        "sigma: mV/ms**0.5 = 0.5, method: Any = None, name: str | None = None, "
        "positions: ArrayLike | None = None, spikes: Any = 'grid')"
    )
    jump = inspect.signature(Jump).parameters
    assert list(jump) == [
        "pre",
        "post",
        "connect",
        "delay",
        "dendritic_delay",
        "weight",
        "method",
        "name",
    ]
    assert jump["weight"].kind is inspect.Parameter.KEYWORD_ONLY
    assert list(inspect.signature(Source).parameters) == ["size", "times", "neurons"]


def test_a_parameter_without_default_is_required_and_a_class_chooser_takes_more():
    class Needy(Ramp):
        gain = bk.parameter(unit="mV")

    class Chooser(Ramp):
        def __new__(cls, *arguments, **values):
            return super().__new__(cls)

    assert inspect.signature(Needy).parameters["gain"].default is inspect.Parameter.empty
    assert "values" in inspect.signature(Chooser).parameters
    with pytest.raises(errors.ModelError, match="did you mean V_th"):
        Chooser(1, V_tj=1.0)


def test_help_lists_parameters_where_the_author_does_not():
    class Leaky(bk.Neuron):
        """Leaks."""

        tau = bk.parameter(10.0, unit="ms", doc="time constant of the leak")
        V = bk.state("tau", unit="mV")

    class Told(bk.Neuron):
        """Tells.

        Parameters
        ----------
        tau : ms
            Its own words.
        """

        tau = bk.parameter(10.0, unit="ms")

    assert inspect.getdoc(Leaky).split("\n") == [
        *("Leaks.", "", "Parameters", "----------"),
        *(
            "tau : ms, default 10",
            "    time constant of the leak",
            "V : mV, default tau",
            "    state",
        ),
    ]
    assert Leaky.definition.doc == "Leaks."
    assert inspect.getdoc(Told).count("Parameters") == 1


def test_dir_lists_what_is_public():
    assert dir(bk) == sorted(bk.__all__)
    assert set(bk.connect.__all__) <= set(dir(bk.connect))
    assert not [
        name
        for name in dir(bk.connect)
        if name.startswith("_") or name in ("annotations", "Any", "simple")
    ]
    scope = {}
    exec("from brainkernel.connect import *", scope)
    assert set(scope) - {"__builtins__"} == set(bk.connect.__all__)


def test_dir_imports_no_rule_of_a_plugin():
    code = (
        "import sys, brainkernel as bk; dir(bk.connect); "
        "print(*({'numba', 'jax', 'xarray'} & {*sys.modules}))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert said.strip() == ""
