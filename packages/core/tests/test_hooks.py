"""Each hook is asked, and each kind of offer is found by its name."""

from __future__ import annotations

from importlib.metadata import version
from typing import get_args

import numpy as np
import pytest
from toy_models import Ramp

import brainkernel as bk
from brainkernel.plugin import (
    API_VERSION,
    BackendSpec,
    ConnectorSpec,
    IntegratorKind,
    IntegratorSpec,
    ModelKind,
    ModelSpec,
    RecorderSpec,
    SurrogateSpec,
    hookimpl,
)
from brainkernel.plugins.host import PluginHost

TARGET = "collections:OrderedDict"


class Everything:
    """A plugin that offers one of each kind."""

    @hookimpl
    def brainkernel_models(self):
        return [ModelSpec("cell", TARGET, kind="neuron")]

    @hookimpl
    def brainkernel_backends(self):
        return [BackendSpec("machine", TARGET)]

    @hookimpl
    def brainkernel_integrators(self):
        return [IntegratorSpec("method", TARGET, kind="both")]

    @hookimpl
    def brainkernel_connectors(self):
        return [ConnectorSpec("rule", TARGET)]

    @hookimpl
    def brainkernel_surrogates(self):
        return [SurrogateSpec("bump", TARGET)]

    @hookimpl
    def brainkernel_recorders(self):
        return [RecorderSpec("place", TARGET)]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("model", "cell"),
        ("backend", "machine"),
        ("integrator", "method"),
        ("connector", "rule"),
        ("surrogate", "bump"),
        ("recorder", "place"),
    ],
)
def test_what_a_hook_returns_is_found_by_its_name(kind, name):
    host = PluginHost([Everything()])
    assert host.load(kind, name).__name__ == "OrderedDict"
    assert host.find(kind, name).api == API_VERSION


@pytest.mark.parametrize("kind", get_args(ModelKind))
def test_every_kind_of_model_is_taken(kind):
    assert ModelSpec("cell", TARGET, kind=kind).kind == kind


@pytest.mark.parametrize("kind", get_args(IntegratorKind))
def test_every_kind_of_method_is_taken(kind):
    assert IntegratorSpec("method", TARGET, kind=kind).kind == kind


def test_a_slice_has_its_group_and_numbers():
    cells = Ramp(5)
    part = cells[1:3]
    assert isinstance(part, bk.Slice)
    assert part.group is cells
    np.testing.assert_array_equal(part.ids, [1, 2])
    with pytest.raises(bk.errors.SelectionError, match="more than once"):
        bk.Slice(cells, np.array([1, 1]))


def test_the_version_is_that_of_the_installed_distribution():
    assert bk.__version__ == version("brainkernel")
    assert "__version__" in dir(bk)
    with pytest.raises(AttributeError, match="no attribute '__verison__'"):
        bk.__verison__  # noqa: B018 (the reading itself is what is refused)
