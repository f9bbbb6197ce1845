"""Every exception of brainkernel, so that a caller can tell them apart by class."""

from __future__ import annotations


class BrainKernelError(Exception):
    """Base of all errors that brainkernel raises on purpose."""


class ModelError(BrainKernelError):
    """A model's declarations contradict each other or name what does not exist."""


class PortabilityError(ModelError):
    """A step function uses something that cannot run on every backend."""


class UnitError(BrainKernelError, ValueError):
    """A unit cannot be read, or does not fit the quantity it is given for."""


class ValueShapeError(BrainKernelError, ValueError):
    """A parameter, state or input was given a value of the wrong shape or kind."""


class SelectionError(ValueShapeError, IndexError):
    """A selection of neurons or synapses names what is not there, or is no selection."""


class UserFunctionError(BrainKernelError):
    """A function that the user gave raised an exception, which is the cause of this one."""


class TimeGridError(BrainKernelError, ValueError):
    """A time is not a whole number of steps, or lies where no step can reach it."""


class DelayError(TimeGridError):
    """A delay is negative or no whole number of steps."""


class DurationError(TimeGridError):
    """A run's duration is negative or no whole number of steps."""


class ConnectError(BrainKernelError, ValueError):
    """A connection rule cannot be carried out between the groups it was given."""


class InputError(BrainKernelError, ValueError):
    """An input names no input of the group, or has a value that does not fit."""


class NetworkError(BrainKernelError):
    """Objects do not form a network: one is missing, shared or named twice."""


class NotBuiltError(NetworkError):
    """Something was asked of an object that belongs to no network yet."""


class IntegratorError(BrainKernelError, ValueError):
    """An integration method does not fit the equations it is asked to integrate."""


class BatchError(BrainKernelError, ValueError):
    """A batch of runs sweeps what cannot be swept."""


class MonitorError(BrainKernelError, ValueError):
    """A monitor asks for what cannot be recorded."""


class MemoryLimitError(BrainKernelError, MemoryError):
    """What was asked for does not fit into the memory that is free."""


class ProgramError(BrainKernelError):
    """A printed or edited program cannot be run."""


class BackendError(BrainKernelError):
    """A backend cannot run the program it was given."""


class NonFiniteError(BrainKernelError, FloatingPointError):
    """NaN or infinity appeared in a state."""

    def __init__(
        self, message: str, *, owner: str, variable: str, element: int, time: float
    ) -> None:
        super().__init__(message)
        self.owner, self.variable, self.element, self.time = owner, variable, element, time


class DrawError(BrainKernelError, ValueError):
    """A mean, rate or probability became one of which no random number can be drawn."""

    def __init__(
        self, message: str, *, owner: str, variable: str, element: int, value: float, time: float
    ) -> None:
        super().__init__(message)
        self.owner, self.variable, self.element = owner, variable, element
        self.value, self.time = value, time


class MissingDependencyError(BrainKernelError, ImportError):
    """An optional package is needed and not installed; the message holds the install line."""


class PluginError(BrainKernelError):
    """A plugin broke its contract; the message names distribution and version."""


class UnknownNameError(PluginError, LookupError):
    """No plugin offers what was asked for by name."""


class AmbiguousNameError(PluginError, LookupError):
    """Two plugins claim a short name; the message lists the qualified names."""
