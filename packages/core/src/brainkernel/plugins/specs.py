"""What a plugin says about each thing it offers.

Small frozen records, read before anything heavy is imported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from types import MappingProxyType
from typing import ClassVar, Literal, get_args

from brainkernel.errors import PluginError

API_VERSION = 1
"""The plugin interface that this core speaks."""

OLDEST_API = 1
"""The oldest plugin interface that this core still understands."""

ModelKind = Literal["neuron", "synapse", "input"]
IntegratorKind = Literal["ode", "sde", "both"]
Device = Literal["cpu", "gpu", "tpu"]

CAPABILITIES: Mapping[str, str] = MappingProxyType(
    {
        "delays": "spikes may arrive steps after they were sent",
        "edited_source": "an edited copy of the printed program can be run",
        "event_functions": "on_pre and on_post: functions run for the synapses of each spike",
        "edge_functions": "sums over synapses at every step, as gap junctions need",
        "explain": "net.explain() says where the time of a run goes: `explain(trial)`",
        "float32": "states may be single precision",
        "group_sums": "means and sums over a group, at each stage of a method",
        "lazy_states": "states of synapses are integrated at events, over the time since the last",
        "noise": "stochastic differential equations and random inputs",
        "operations": "the host may be called back between steps",
        "other_events": "events besides the spike, with thresholds of their own",
        "sampling": "connectivity and first values are drawn by loops of its own: `kernels`",
        "third_ends": "synapses may read further groups, and begin or end at synapses",
        "threads": "one run can use several threads",
        "trees": "elements of a group that conductances join, as compartments",
        "whole_functions": "functions that see a group's whole arrays",
    }
)
"""Every word that a backend may use to say what it can do, with its meaning.

What a backend declares is believed: the core uses it where it is declared, and refuses it with a
BackendError where it is not. `brainkernel.testing.BackendConformance` runs something for each word.
"""

_NAME = re.compile(r"[A-Za-z]\w*([.-]\w+)*")
_DOTTED = r"[^\W\d]\w*(\.[^\W\d]\w*)*"
_TARGET = re.compile(f"{_DOTTED}:{_DOTTED}")


@dataclass(frozen=True)
class Spec:
    """What every offer of a plugin has.

    Parameters
    ----------
    name
        The short name that users write.
    target
        ``"module:attribute"``; imported when the name is first used.
    api
        The plugin interface that the target was written for.
    description
        One line.

    Raises
    ------
    PluginError
        If a field cannot be what it should.
    """

    offers: ClassVar[str] = "offer"

    name: str
    target: str
    _: KW_ONLY
    api: int = API_VERSION
    description: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise PluginError(
                f"{self.name!r} is no name for a {self.offers}: use letters, digits and '_'."
            )
        if not _TARGET.fullmatch(self.target):
            raise self._wrong("target", self.target, "'module:attribute'")
        if "\n" in self.description:
            raise self._wrong("description", self.description, "one line")

    def _wrong(self, field: str, value: object, wanted: str) -> PluginError:
        return PluginError(
            f"{self.offers} {self.name!r}: {field} is {value!r}, but must be {wanted}."
        )

    def _check_words(self, field: str, words: tuple[str, ...], allowed: tuple[str, ...]) -> None:
        if not isinstance(words, tuple) or not set(words) <= set(allowed):
            raise self._wrong(field, words, "a tuple of words from " + ", ".join(sorted(allowed)))


@dataclass(frozen=True)
class ModelSpec(Spec):
    """A neuron, synapse or input model.

    Parameters
    ----------
    kind
        ``"neuron"``, ``"synapse"`` or ``"input"``.
    """

    offers: ClassVar[str] = "model"

    _: KW_ONLY
    kind: ModelKind

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_words("kind", (self.kind,), get_args(ModelKind))


@dataclass(frozen=True)
class BackendSpec(Spec):
    """A machine that runs programs.

    Parameters
    ----------
    devices
        On which devices: ``"cpu"``, ``"gpu"``, ``"tpu"``.
    capabilities
        What it can do, in words of `CAPABILITIES`.
    libraries
        Distributions whose versions belong into datasets, besides NumPy and the backend's own.
    """

    offers: ClassVar[str] = "backend"

    _: KW_ONLY
    devices: tuple[Device, ...] = ("cpu",)
    capabilities: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.libraries, tuple):
            raise self._wrong("libraries", self.libraries, "a tuple of names of distributions")
        self._check_words("devices", self.devices, get_args(Device))
        self._check_words("capabilities", self.capabilities, tuple(CAPABILITIES))


@dataclass(frozen=True)
class IntegratorSpec(Spec):
    """A numerical method.

    Parameters
    ----------
    kind
        For ordinary (``"ode"``) or stochastic differential equations (``"sde"``), or ``"both"``.
    """

    offers: ClassVar[str] = "integrator"

    _: KW_ONLY
    kind: IntegratorKind = "ode"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_words("kind", (self.kind,), get_args(IntegratorKind))


@dataclass(frozen=True)
class ConnectorSpec(Spec):
    """A rule that says which neurons are connected."""

    offers: ClassVar[str] = "connector"


@dataclass(frozen=True)
class SurrogateSpec(Spec):
    """What stands for the derivative of a spike.

    A function of how far a neuron is above its threshold, in widths.
    """

    offers: ClassVar[str] = "surrogate"


@dataclass(frozen=True)
class MonitorSpec(Spec):
    """A kind of monitor: what is recorded of a group or projection."""

    offers: ClassVar[str] = "monitor"


@dataclass(frozen=True)
class RecorderSpec(Spec):
    """A place where monitors put data; what it holds must open as xarray."""

    offers: ClassVar[str] = "recorder"
