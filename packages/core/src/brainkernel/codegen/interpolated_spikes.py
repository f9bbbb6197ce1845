"""Spikes within a step: where the threshold is reached, the reset there, and the rest of the step.

A step is cut where a refractory period ends and where a neuron fires. What is called `part_of_`
the block takes its states over such a part, by the group's method.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.named_arrays import loop_constants
from brainkernel.program.program import Call, NeuronBlock

EXACTNESS = "1e-12"
"""Of a step: how well a spike is located."""

LOCATE = """
_rise = np.where(_seeking, _level_high - _level_low, 1.0)
_secant = (_level_high * _low - _level_low * _high) / _rise
_middle = 0.5 * (_low + _high)
_inwards = np.where(_secant < _middle, 1.0, -1.0)
_nudge = 0.2 / dt * (_high - _low) * (_high - _low)
_is_near = _nudge <= np.abs(_middle - _secant)
_trial = np.where(_is_near, _secant + _inwards * _nudge, _middle)
_reach = _radius - 0.5 * (_high - _low)
_is_near = np.abs(_trial - _middle) <= _reach
_trial = np.where(_is_near, _trial, _middle - _inwards * _reach)
""".strip().split("\n")
"""One step of the method ITP, which needs no more steps than bisection plus one, and mostly a few.

Oliveira IFD, Takahashi RHC (2021) ACM Trans Math Softw 47:5.
"""


class InterpolatedSpikes:
    """Prints what belongs to spikes within a step of one block.

    Parameters
    ----------
    block : NeuronBlock
        With `lag` and `within`.
    part, level, reset : list of str
        Printed lines: a step by the method `within`, what the level follows from, and the reset.
    """

    def __init__(self, block: NeuronBlock, part: Lines, level: Lines, reset: Lines) -> None:
        self.block = block
        self.part = f"part_of_{block.name}"
        self.level = f"level_of_{block.name}"
        self.restart = f"restart_{block.name}"
        self.spike = f"spike_of_{block.name}"
        assert block.threshold is not None
        moved = [*block.equations.states]
        for call in block.resets:
            moved += [target for target in call.targets if target not in moved]
        self.states = tuple(block.equations.states)
        self.moved = tuple(moved)
        self._texts = {
            self.part: [*part, f"return {', '.join(self.states)}"],
            self.level: [*level, f"return {_called(block.threshold)}"],
        }
        self._texts[self.restart] = self._restart(reset)
        self._texts[self.spike] = self._spike()

    # -- functions ---------------------------------------------------------------------------------

    def functions(self, dialect: Dialect) -> Lines:
        """Print the functions that take a part of a step."""
        model, method = self.block.definition.name, self.block.within
        assert method is not None
        summaries = {
            self.part: f"Take {model} from t to t + dt, a part of a step, by {method.name}.",
            self.level: f"How far {model} is above its threshold.",
            self.restart: f"Reset {model} at t, where it has fired, and take it to t + dt.",
            self.spike: f"Find where {model} fires between t + _free and t + dt, and what follows.",
        }
        lines: Lines = []
        for name, text in self._texts.items():
            arguments = ", ".join(self._arguments(name))
            body = [f'"""{summaries[name]}"""', *text]
            function = [f"def {name}({arguments}):", *indent(body, 1)]
            lines += ["", "", *dialect.decorators("part"), *function]
        return lines

    def _arguments(self, function: str) -> list[str]:
        """The names that a function reads: of the block, in order, then time and step."""
        block = self.block
        named = set(re.findall(r"(?<![\w.])\w+", "\n".join(self._texts[function])))
        known = [
            *block.states,
            *loop_constants(block, (*block.scalars, *block.arrays)),
            *block.inputs,
            *(draw.name for draw in block.draws),
        ]
        internal = ("t", "_time", "dt", "_held", "_period", "_free", "_level_begin", "_level")
        return [name for name in (*dict.fromkeys(known), *internal) if name in named]

    def _call(self, function: str, names: Mapping[str, str]) -> str:
        arguments = ", ".join(names.get(name, name) for name in self._arguments(function))
        return f"{function}({arguments})"

    def _restart(self, reset: Lines) -> Lines:
        """Print the reset, the part that is held, and the rest."""
        lines = [*reset]
        if self.block.refractory:
            lines.append("_paused = np.minimum(_period, dt)")
            lines.append(self._assign({"dt": "_paused", "_held": "True"}))
            rest = {"t": "t + _paused", "dt": "dt - _paused", "_held": "False"}
        else:
            rest = {}
        lines.append(self._assign(rest))
        return [*lines, f"return {', '.join(self.moved)}"]

    def _assign(self, names: Mapping[str, str]) -> str:
        return f"{', '.join(self.states)} = {self._call(self.part, names)}"

    # -- the update --------------------------------------------------------------------------------

    def begin(self) -> Lines:
        """Print what is kept of the beginning of the step, before the whole step is taken."""
        lines = ["_held = _refractory_left >= 1.0"] if self.block.refractory else []
        return [*lines, *(f"_{state}_begin = {state}" for state in self.states)]

    def finish(self) -> Lines:
        """Print what comes after the whole step: the spike within it, and the reset."""
        block = self.block
        # a neuron that is free from some moment on begins its step there
        lines = self._freed()
        lines += [
            f"_level = {self._call(self.level, {'_time': '_time'})}",
            f"_level_begin = {self._call(self.level, self._from_begin('_free'))}",
            "_fires = (_level >= 0.0) | (_level_begin >= 0.0)",
        ]
        if block.crossing:
            lines.append("_fires = _fires & (_was_above == 0.0)")
        if block.refractory:
            lines.append("_fires = _fires & np.logical_not(_held)")
        lines += self._fire()
        if block.crossing:
            level = self._call(self.level, {})
            lines.append(f"_was_above = np.where({level} >= 0.0, 1.0, 0.0)")
        if block.refractory:
            left = "np.maximum(_refractory_left - 1.0, 0.0)"
            begun = "np.maximum(_at / dt + refractory_steps - 1.0, 0.0)"
            lines.append(f"_refractory_left = np.where(_fires, {begun}, {left})")
        lines.append(f"{block.lag} = np.where(_fires, dt - _at, 0.0)")
        return lines

    def _from_begin(self, time: str) -> dict[str, str]:
        """The names of the states where the neuron is free, at some time of the step."""
        names = {state: f"_{state}_begin" for state in self.states}
        return {**names, "_time": f"t + {time}"}

    def _freed(self) -> Lines:
        """Print where in the step a refractory period ends, and what follows from there."""
        if not self.block.refractory:
            return ["_free = 0.0"]
        begin = {state: f"_{state}_begin" for state in self.states}
        freed = {state: f"_{state}_freed" for state in self.states}
        taken = self._taken("_parted", begin)
        free = taken["_free"]
        until = self._call(self.part, {**taken, "dt": free, "_held": "True"})
        rest = {**taken, **freed, "t": f"t + {free}", "dt": f"dt - {free}", "_held": "False"}
        after = self._call(self.part, rest)
        lines = [f"{', '.join(freed.values())} = {until}"]
        for state in self.states:
            lines.append(f"{begin[state]} = _replaced({begin[state]}, _parted, {freed[state]})")
        lines.append(f"{', '.join(freed.values())} = {after}")
        for state in self.states:
            lines.append(f"{state} = _replaced({state}, _parted, {freed[state]})")
        return [
            "_free = dt * np.minimum(_refractory_left, 1.0)",
            "_parted = (_free > 0.0) & (_free < dt)",
            "if np.any(_parted):  # a refractory period ends within the step",
            *indent(lines, 1),
        ]

    def _taken(self, chosen: str, names: Mapping[str, str]) -> dict[str, str]:
        """How what each neuron has for itself is handed on for the chosen ones."""
        block = self.block
        of_neurons = [*block.states, *block.arrays, *block.inputs]
        of_neurons += [*(draw.name for draw in block.draws), "_free", "_level_begin", "_level"]
        return {name: f"_taken({names.get(name, name)}, {chosen})" for name in of_neurons}

    def _fire(self) -> Lines:
        """Print what those that fire do, who are mostly few."""
        block = self.block
        taken = self._taken("_fires", {state: f"_{state}_begin" for state in self.states})
        after = [f"_{state}_after" for state in self.moved]
        period = {"_period": "dt * refractory_steps"} if block.refractory else {}
        if "refractory_steps" in block.arrays:
            period = {"_period": "_taken(dt * refractory_steps, _fires)"}
        call = self._call(self.spike, {**taken, **period})
        body = [f"{', '.join(after)}, _at_spike = {call}"]
        for state, new in zip(self.moved, after, strict=True):
            body.append(f"{state} = _replaced({state}, _fires, {new})")
        body.append("_at = _replaced(_at, _fires, _at_spike)")
        # whole arrays are gone through only in steps in which somebody fires
        return ["_at = np.where(_fires, dt, 0.0)", "if np.any(_fires):", *indent(body, 1)]

    def _spike(self) -> Lines:
        """Print the search for the moment of the spike, the reset there, and the rest."""
        trial = {state: f"_{state}_trial" for state in self.states}
        part = {"t": "t + _free", "dt": "_trial - _free", "_held": "False"}
        to_spike = {**part, "dt": "_high - _free"}
        at_spike = {state: f"_{state}_spike" for state in self.states}
        rest = {**at_spike, "t": "t + _high", "_time": "t + _high", "dt": "dt - _high"}
        moved = ", ".join(self.moved)
        body = [
            *LOCATE,
            f"{', '.join(trial.values())} = {self._call(self.part, part)}",
            f"_level_trial = {self._call(self.level, {**trial, '_time': 't + _trial'})}",
            "_over = _seeking & (_level_trial >= 0.0)",
            "_under = _seeking & np.logical_not(_over)",
            "_high = np.where(_over, _trial, _high)",
            "_level_high = np.where(_over, _level_trial, _level_high)",
            "_low = np.where(_under, _trial, _low)",
            "_level_low = np.where(_under, _level_trial, _level_low)",
            # half of what bisection would have left at most
            "_radius = 0.5 * _radius",
            f"_seeking = _seeking & (_high - _low > {EXACTNESS} * dt)",
        ]
        return [
            "_seeking = _level_begin < 0.0",
            "_low, _level_low = _free, _level_begin",
            "_high, _level_high = np.where(_seeking, dt, _free), _level",
            "_radius = dt",
            "while np.any(_seeking):",
            *indent(body, 1),
            f"{', '.join(at_spike.values())} = {self._call(self.part, to_spike)}",
            f"{moved} = {self._call(self.restart, rest)}",
            f"return {moved}, _high",
        ]


def _called(call: Call) -> str:
    arguments = ", ".join("_time" if name == "t" else name for name in call.arguments)
    return f"{call.function}({arguments})"
