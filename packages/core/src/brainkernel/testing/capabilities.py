"""Each capability in a backend's spec holds, and what is not declared is refused before a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import BackendError
from brainkernel.execution import declared
from brainkernel.execution.backend_choice import find_backend
from brainkernel.plugins.host import default_host
from brainkernel.plugins.specs import CAPABILITIES, BackendSpec
from brainkernel.random.sampling_kernels import NUMPY, Kernels
from brainkernel.testing.comparing import REFERENCE, assert_close
from brainkernel.testing.models import (
    DT,
    Centred,
    Fading,
    Gap,
    Gathered,
    Joined,
    Moving,
    Noisy,
    Pulled,
    Releasing,
    Watched,
)
from brainkernel.testing.networks import driven, mail, mixed, mixture, play
from brainkernel.testing.suite import Conformance

STEPS = 12


def noisy() -> bk.Network:
    """Neurons with white noise, and nothing else."""
    cells = Noisy(3, name="cells")
    return bk.Network(cells, dt=DT, v=bk.StateMonitor(cells, "V"))


def pulled() -> bk.Network:
    """Neurons that pull at each other at every step."""
    cells = Pulled(3, x=[0.0, 1.0, 4.0], name="cells")
    gap = Gap(cells, cells, connect=bk.connect.all_to_all(), weight=0.5, name="gap")
    return bk.Network(cells, gap, dt=DT, v=bk.StateMonitor(cells, "x"))


def watched() -> bk.Network:
    """Synapses that a third neuron and others act on."""
    cells, ends = Pulled(3, x=[0.0, 1.0, 4.0], name="cells"), bk.connect.all_to_all()
    pulls = Watched(cells, cells, connect=ends, watcher=cells[1:2], name="pulls")
    moving = Moving(cells[:2], pulls, connect=ends, name="moving")
    v, s = bk.StateMonitor(cells, "x"), bk.StateMonitor(pulls, "s")
    return bk.Network(cells, pulls, moving, dt=DT, v=v, s=s)


def centred() -> bk.Network:
    """Neurons with a function that sees all of them."""
    cells = Centred(3, x=[0.0, 1.0, 4.0], name="cells")
    return bk.Network(cells, dt=DT, v=bk.StateMonitor(cells, "x"))


def joined() -> bk.Network:
    """Neurons that conductances join to two trees."""
    cells = Joined(5, to_parent=[0, 1, 2, 0, 1], x=[0.0, 1.0, 4.0, 2.0, 0.0], name="cells")
    return bk.Network(cells, dt=DT, v=bk.StateMonitor(cells, "x"))


def releasing() -> bk.Network:
    """Neurons with an event besides the spike, of which they are told."""
    cells = Releasing(3, x=[0.25, 1.0, 1.75], name="cells")
    release = bk.SpikeMonitor(cells, event="release")
    return bk.Network(cells, dt=DT, v=bk.StateMonitor(cells, "x"), release=release)


def fading() -> bk.Network:
    """The same with synapses that keep a lazy state."""
    cells = Releasing(3, x=[0.25, 1.0, 1.75], name="cells")
    fading = Fading(cells, cells, connect=bk.connect.all_to_all(), name="fading")
    left = bk.StateMonitor(fading, "left")
    return bk.Network(cells, fading, dt=DT, v=bk.StateMonitor(cells, "x"), left=left)


def gathered() -> bk.Network:
    """Neurons that follow the mean of all of them."""
    cells = Gathered(3, x=[0.0, 1.0, 4.0], name="cells")
    return bk.Network(cells, dt=DT, v=bk.StateMonitor(cells, ["x", "m"]))


NETWORKS: tuple[tuple[frozenset[str], Callable[[], bk.Network]], ...] = (
    (frozenset({"delays", "event_functions", "noise"}), mixed),
    (frozenset({"edge_functions", "whole_functions"}), mixture),
    (frozenset({"delays", "event_functions"}), lambda: mail([(2, 0)], [0], [0], delay=[3 * DT])),
    (frozenset({"event_functions"}), lambda: mail([(2, 0)], [0], [0])),
    (frozenset({"noise"}), noisy),
    (frozenset({"edge_functions"}), pulled),
    (frozenset({"whole_functions"}), centred),
    (frozenset({"trees"}), joined),
    (frozenset({"event_functions", "lazy_states", "other_events"}), fading),
    (frozenset({"other_events"}), releasing),
    (frozenset({"group_sums"}), gathered),
    (frozenset({"edge_functions", "third_ends"}), watched),
)
"""What each network needs: the first one that fits is tried, since a backend has compiled the large
ones already."""


def in_32_bits(backend: Any, path: Path) -> None:
    """Run with states of 32 bits."""
    agree(backend, lambda: mixed(dtype="float32"), 1e-5)


def on_two_threads(backend: Any, path: Path) -> None:
    """Ask for two threads."""
    play(mixed(), STEPS, backend, threads=2)


def from_an_edited_copy(backend: Any, path: Path) -> None:
    """Run a copy of the text."""
    net = mail([(2, 0)], [0], [0])
    play(net, STEPS, backend, source=net.save_source(path / "copy.py", backend))


def with_an_operation(backend: Any, path: Path) -> None:
    """Call the host between steps."""
    net, seen = mail([(2, 0)], [0], [0]), list[int]()
    net.operation(every=4 * DT)(lambda network: seen.append(network.step))
    play(net, STEPS, backend)
    assert seen == [4, 8, 12]


def asked_where_its_time_goes(backend: Any, path: Path) -> None:
    """Have a run explained, which leaves the network as it is."""
    net = mixed()
    before = net.state.copy()
    explanation = net.explain(STEPS * DT, backend=backend)
    assert (explanation.steps, net.step) == (STEPS, 0)
    assert explanation.tasks and explanation.seconds > 0.0
    np.testing.assert_array_equal(net.state.values, before.values)


def with_loops_that_draw(backend: Any, path: Path) -> None:
    """Draw with the loops of a backend, which the core asks for where they are declared."""
    machine = find_backend(backend) if isinstance(backend, str) else backend
    kernels = declared.kernels_of(machine)
    if kernels is None:
        raise BackendError(f"the backend {machine.name!r} has no loops that draw")
    for key, first in (((3, 4), 0), ((2**32 - 1, 7), 2**32 - 3)):
        drawn, wanted = (_numbers(loops, key, first) for loops in (kernels, NUMPY))
        for name, numbers in wanted.items():
            np.testing.assert_array_equal(drawn[name], numbers, err_msg=name)


def _numbers(kernels: Kernels, key: tuple[int, int], first: int) -> dict[str, Any]:
    """Draw some numbers of each kind, and walk along some rows."""
    numbers: dict[str, Any] = {
        "uniform": np.zeros(50),
        "normal": np.zeros(50),
        "bits": np.zeros(50, np.uint64),
        "integers": np.zeros(50, np.int64),
        "counts": np.zeros(5, np.int64),
    }
    kernels.uniform(key, first, numbers["uniform"])
    kernels.normal(key, first, numbers["normal"])
    kernels.bits(key, first, numbers["bits"])
    kernels.integers(key, first, 10, numbers["integers"])
    nobody = np.full(5, -1)
    numbers["cells"] = kernels.walk_rows(key, 0, 100, 0.05, nobody, numbers["counts"])
    return numbers


OPTIONS: Mapping[str, Callable[[Any, Path], None]] = {
    "edited_source": from_an_edited_copy,
    "explain": asked_where_its_time_goes,
    "float32": in_32_bits,
    "operations": with_an_operation,
    "sampling": with_loops_that_draw,
    "threads": on_two_threads,
}
"""What is no matter of the network, but of how it is run."""


class CapabilityChecks(Conformance):
    """The check of what a backend declares."""

    tolerance: ClassVar[float]

    @pytest.mark.parametrize("word", CAPABILITIES)
    @pytest.mark.filterwarnings("ignore:threads=2")
    def test_it_can_do_what_it_says_and_refuses_what_it_does_not_say(
        self,
        backend: Any,
        word: str,
        tmp_path: Path,
    ) -> None:
        """A declared word holds on a network that needs it; without it that is a BackendError."""
        spec = spec_of(backend)
        if spec is None:
            pytest.skip("no plugin offers it, so it declares nothing")
        if word in spec.capabilities:
            holds(backend, word, frozenset(spec.capabilities), self.tolerance, tmp_path)
        else:
            is_refused(backend, word, tmp_path)


def spec_of(backend: Any) -> BackendSpec | None:
    """What a backend declares, if it does."""
    if isinstance(backend, str):
        return default_host().find("backend", backend)
    return declared.spec_of(backend)


def holds(backend: Any, word: str, words: frozenset[str], tolerance: float, path: Path) -> None:
    """Run what needs a word."""
    if word in OPTIONS:
        OPTIONS[word](backend, path)
        return
    fitting = [build for needs, build in NETWORKS if word in needs <= words]
    assert fitting, (
        f"it declares {word!r}, but not what every network with it needs, such as event_functions"
    )
    agree(backend, fitting[0], tolerance)


def is_refused(backend: Any, word: str, path: Path) -> None:
    """Ask for what is not declared."""
    attempt = OPTIONS.get(word) or (lambda backend, path: play(alone(word), STEPS, backend))
    try:
        attempt(backend, path)
    except BackendError:
        return
    raise AssertionError(
        f"its spec does not declare {word!r} ({CAPABILITIES[word]}), but it takes a network that "
        "needs it: add the "
        "word to the capabilities of its BackendSpec, or raise BackendError in compile"
    )


def alone(word: str) -> bk.Network:
    """The network that needs a word and as little else as can be."""
    return min((needs for needs in NETWORKS if word in needs[0]), key=lambda needs: len(needs[0]))[
        1
    ]()


def agree(backend: Any, build: Callable[[], bk.Network], tolerance: float) -> None:
    """Compare a backend with the reference."""
    net, reference = build(), build()
    for each, machine in ((net, backend), (reference, REFERENCE)):
        play(each, STEPS, machine, inputs=driven(each) if build is mixed else {})
    for name in net.monitors:
        assert_close(getattr(net, name), getattr(reference, name), tolerance)
