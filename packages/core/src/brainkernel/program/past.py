"""The past of a state as a printed loop reads it."""

from __future__ import annotations

from dataclasses import dataclass


def past_name(name: str) -> str:
    """The name of the values of the last steps, after that of the block."""
    return f"_{name}_past"


def slopes_name(name: str) -> str:
    """The name of the derivatives at the last steps, after that of the block."""
    return f"_{name}_slopes"


def slopes_array(state: str) -> str:
    """The name of the derivatives of a state at the last steps, in the loop over neurons."""
    return f"_slopes_{state}"


@dataclass(frozen=True)
class Past:
    """A name that stands for what a state was a delay ago.

    Between two grid points it is interpolated: by Hermite's cubic, through the values and
    derivatives at both, where the state is smooth; by a straight line where it diffuses; a state
    without a derivative is what it was at the first of the two.

    Attributes
    ----------
    name, state : str
        Its printed name, and that of the state.
    delay : str
        The printed name of the parameter that is the delay.
    steps : str
        The printed name of the constant that is the delay in steps.
    form : str
        ``cubic``, ``linear`` or ``held``.
    narrow : bool
        Whether the state is kept in 32 bits.
    """

    name: str
    state: str
    delay: str
    steps: str
    form: str
    narrow: bool = False

    def on_grid(self, step: str = "_step") -> str:
        """Print the value that belongs to a step."""
        value = f"_past_value(_past_{self.state}, _i, {step}, {self.steps})"
        return f"np.float64({value})" if self.narrow else value

    def at(self, time: str) -> str:
        """Print the value that belongs to a time within the step."""
        fraction = _fraction_of(time)
        if fraction == 0 or self.form == "held":
            return self.on_grid()
        if fraction == 1:
            return self.on_grid("_step + 1")
        if self.form == "linear":
            begin, end = self.on_grid(), self.on_grid("_step + 1")
            return f"{1.0 - fraction!r} * {begin} + {fraction!r} * {end}"
        arrays = f"_past_{self.state}, {slopes_array(self.state)}"
        value = f"_past_between({arrays}, _i, _step, {self.steps}, {fraction!r}, dt)"
        return f"np.float64({value})" if self.narrow else value

    def moves_within_step(self, time: str) -> bool:
        """Whether the value at a time within the step has a name of its own."""
        return _fraction_of(time) != 0


def _fraction_of(time: str) -> float:
    """Tell how much of a step has passed at a stage, from its printed time."""
    # the time of a step that goes from zero to one
    return 0.0 if time == "t" else float(eval(time, {"t": 0.0, "dt": 1.0}))
