"""What the parts of a model's description ask of it, which are read before it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from brainkernel.model.declarations import Declaration
from brainkernel.model.step_function import StepFunction


class DescribedModel(Protocol):
    """A model as its class describes it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def kind(self) -> str:
        """``neuron`` or ``synapse``."""

    @property
    def declarations(self) -> Mapping[str, Declaration]:
        """What it declares, by name; the derived quantities too."""

    @property
    def functions(self) -> tuple[StepFunction, ...]:
        """Its step functions, in the order in which they act."""

    @property
    def derived(self) -> tuple[StepFunction, ...]:
        """Its derived quantities, each after those that it reads."""

    @property
    def events(self) -> tuple[str, ...]:
        """Its kinds of events besides the spike."""

    def names(self, *kinds: str) -> tuple[str, ...]:
        """Names of the declarations of some kinds."""
