"""What a backend declares is believed, and nothing else of it is asked."""

from __future__ import annotations

from types import ModuleType

import pytest

from brainkernel.errors import BackendError
from brainkernel.execution import declared
from brainkernel.execution.numpy_backend import NumpyBackend
from brainkernel.plugin import CAPABILITIES, BackendSpec, hookimpl
from brainkernel.plugins.host import PluginHost
from brainkernel.testing.capabilities import NETWORKS
from brainkernel.testing.models import DT
from brainkernel.testing.networks import mail, mixed


class Able:
    """Has all that a backend can have, and passes programs on to NumPy."""

    name = "able"
    threaded = True
    kernels = "loops"
    device = "gpu:0"

    def __init__(self):
        self.numpy = NumpyBackend()

    def source(self, program, constants=None, whole=False):
        return self.numpy.source(program, constants, whole)

    def compile(self, program, source=None):
        return self.numpy.compile(program, source)

    def explain(self, trial):
        return "explained"


@pytest.fixture
def offered(monkeypatch):
    """Has a plugin offer `Able` with some words, in a host of its own."""

    def offer(words, **more):
        plugin = ModuleType("a_plugin")
        spec = BackendSpec("able", f"{__name__}:Able", capabilities=words, **more)

        @hookimpl
        def brainkernel_backends():
            return (spec,)

        plugin.brainkernel_backends = brainkernel_backends
        host = PluginHost([plugin])
        monkeypatch.setattr(declared, "default_host", lambda: host)
        return Able()

    return offer


def test_a_plugin_that_declares_nothing_is_believed(offered):
    backend = offered(())
    assert declared.kernels_of(backend) is None
    assert declared.device_of(backend) == ""
    assert declared.libraries_of(backend) == ()
    with pytest.raises(BackendError, match=r"runs on one thread: leave threads out$"):
        mixed().run(DT, backend=backend, threads=2)
    with pytest.raises(BackendError, match="cannot explain"):
        mixed().explain(DT, backend=backend)


@pytest.mark.parametrize(("words", "build"), NETWORKS)
def test_what_a_plugin_leaves_out_is_refused_before_the_run(words, build, offered):
    for word in words:
        net, backend = build(), offered(tuple({*CAPABILITIES} - {word}))
        with pytest.raises(BackendError, match=f"does not declare '{word}'"):
            net.run(DT, backend=backend)
        assert net.step == 0
    net = build()
    net.run(DT, backend=offered(tuple(words)))
    assert net.step == 1


@pytest.mark.parametrize(("words", "build"), NETWORKS)
def test_a_program_tells_what_it_needs(words, build):
    assert set(declared.needs(build().build.program)) == words


def test_32_bits_operations_and_edited_copies_are_declared_too(offered, tmp_path):
    backend = offered(("event_functions",))
    with pytest.raises(BackendError, match="'float32'"):
        mixed(dtype="float32").run(DT, backend=offered(("delays", "event_functions", "noise")))
    net = mail([(2, 0)], [0], [0])
    copy = net.save_source(tmp_path / "copy.py", backend)
    with pytest.raises(BackendError, match="'edited_source'"):
        net.run(DT, backend=backend, source=copy)
    net.operation(every=DT)(lambda network: None)
    with pytest.raises(BackendError, match="'operations'"):
        net.run(DT, backend=backend)


def test_what_is_declared_is_used(offered):
    backend = offered(
        ("event_functions", "explain", "sampling"), devices=("cpu", "gpu"), libraries=("numpy",)
    )
    assert declared.kernels_of(backend) == "loops"
    assert declared.device_of(backend) == "gpu:0"
    assert declared.libraries_of(backend) == ("numpy",)
    assert mail([(2, 0)], [0], [0]).explain(DT, backend=backend) == "explained"


def test_an_object_that_no_plugin_offers_runs_and_may_declare_by_itself():
    backend, net = Able(), mixed()
    assert declared.spec_of(backend) is None
    net.run(DT, backend=backend)
    with pytest.raises(BackendError, match="runs on one thread"):
        net.run(DT, backend=backend, threads=2)
    backend.spec = BackendSpec("able", "here:Able", capabilities=("explain",))
    with pytest.raises(BackendError, match="does not declare 'delays'"):
        mixed().explain(DT, backend=backend)


def test_a_class_that_is_derived_from_an_offered_one_has_its_spec():
    class Derived(NumpyBackend):
        name = "derived"

    assert declared.spec_of(Derived()).name == "numpy"
