"""Generated models: classes of every kind of function and every ``per=``, as text, from a number.

A structure is what backends compile, so there should be few of them where compilation is slow; what
a network is made of them (sizes, connectivity, delays, slices, values) is drawn by
`brainkernel.testing.strategies`.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any

from brainkernel.testing.generated_derived import (
    derive_in_neuron,
    derive_in_synapse,
    is_derived,
)
from brainkernel.testing.generated_events import (
    events_of_neuron,
    events_of_synapse,
    is_eventful,
    is_lazy,
    lazy_states,
    rate_of,
    written,
)
from brainkernel.testing.generated_groupwide import follow_group, follows_group
from brainkernel.testing.generated_methods import further_methods, has_spikes_within
from brainkernel.testing.generated_noise import add_to_inputs, diffuse, is_noisy
from brainkernel.testing.generated_steps import GIVEN, OF_NEURONS, OF_SYNAPSES, steps_of
from brainkernel.testing.generated_third_ends import has_third_end, read_third_end
from brainkernel.testing.generated_trees import METHODS, join

LEVELS = ("synapse", "pre", "post", None)


@dataclass
class CellModel:
    """What is known of a generated neuron model.

    Attributes
    ----------
    name, text : str
        The class's name and text.
    methods : list of str or None
        Integration methods that fit its equations.
    parameters, states, inputs : list of str
        Their names.
    within : bool
        Whether its spikes are located within the step.
    """

    name: str
    methods: list[str | None]
    text: str = ""
    parameters: list[str] = field(default_factory=lambda: ["k", "tau", "V_th", "V_reset"])
    states: list[str] = field(default_factory=lambda: ["V", "x", "y", "z"])
    inputs: list[str] = field(default_factory=lambda: ["I"])
    within: bool = False


@dataclass
class LinkModel:
    """What is known of a generated synapse model.

    Attributes
    ----------
    name, text : str
        The class's name and text.
    levels : dict of str to str or None
        The ``per`` of its parameters and states.
    states : list of str
        Its states.
    once : bool
        Whether something happens once for a spike of the source, so that all synapses need one
        delay.
    late : bool
        Whether it may have a dendritic delay.
    spiking : bool
        Whether it has `on_pre` or `on_post`, so that delays mean something.
    methods : list of str or None
        Methods for what it integrates itself.
    third : bool
        Whether it reads a third end.
    """

    name: str
    levels: dict[str, str | None]
    states: list[str]
    text: str = ""
    once: bool = False
    late: bool = True
    spiking: bool = False
    methods: list[str | None] = field(default_factory=lambda: [None])
    third: bool = False


@dataclass
class Structure:
    """Generated models, and whether their arithmetic is exact for multiples of 1/8."""

    seed: int
    exact: bool
    cells: list[CellModel]
    links: list[LinkModel]

    @property
    def text(self) -> str:
        """All classes."""
        texts = [*(cell.text for cell in self.cells), *(link.text for link in self.links)]
        return "\n\n".join([*texts, GIVEN])


def structure(seed: int, without: frozenset[str] = frozenset()) -> Structure:
    """Make models from a number.

    Parameters
    ----------
    seed : int
        The same number gives the same models.
    without : frozenset of str
        Features to leave out: ``synaptic draws``, ``group parameters``, ``default method``,
        ``events``, ``trees``.
    """
    dice = random.Random(seed)
    exact = dice.random() < 0.5
    cells = [_cell(dice, f"Cell{k}", exact, without) for k in range(dice.choice([1, 1, 2]))]
    links = [_link(dice, f"Link{k}", exact, without) for k in range(dice.choice([1, 2, 3]))]
    # dice of their own, so that a number goes on to give the same models but for these steps
    models: list[CellModel | LinkModel] = [*cells, *links]
    for model in models:
        _placed_steps(random.Random(f"{seed} {model.name}"), model)
    for cell in cells:
        _varying_means(random.Random(f"{seed} {cell.name} means"), cell)
    if follows_group(seed):
        for cell in cells:
            cell.text = follow_group(cell.text)
            if exact:
                # some synapses name a state times zero, which readers and trials judge differently
                named: list[str | None] = [method for method in cell.methods if method]
                cell.methods = named or cell.methods
    if is_noisy(seed):
        for link in links:
            more = random.Random(f"{seed} {link.name} noise")
            if not exact:
                diffuse(more, link)
            add_to_inputs(more, link)
    for cell in cells:
        # a mean over the group is not for elements that are solved for together, nor for methods
        # that go their own way through a step
        if exact or follows_group(seed):
            continue
        joined = None
        if "trees" not in without:
            joined = join(random.Random(f"{seed} {cell.name} tree"), cell.text)
        if joined is not None:
            cell.text, cell.methods = joined, METHODS
            cell.parameters = [*cell.parameters, "g_joint"]
        elif cell.methods != NOISY_METHODS:
            own_dice = random.Random(f"{seed} {cell.name} method")
            methods = further_methods(own_dice)
            cell.methods = methods or cell.methods
            on_grid = bool(methods) or is_eventful(seed)
            cell.within = not on_grid and has_spikes_within(own_dice, cell.text)
    if is_derived(seed):
        for cell in cells:
            cell.text = derive_in_neuron(cell.text)
        for link in links:
            link.text = derive_in_synapse(link.text)
    if is_lazy(seed) and not exact:
        for link in links:
            _lazy(link)
    if is_eventful(seed) and "events" not in without:
        _eventful(seed, cells, links)
    if has_third_end(seed):
        for link in links:
            link.text, link.third = read_third_end(link.text), True
    return Structure(seed, exact, cells, links)


EXACT_METHODS = ["euler", "midpoint", "heun", None]
# With equations that are not linear "exact" is refused, and so drawn less often than it could be.
ROUNDED_METHODS = ["euler", "midpoint", "heun", "rk2", "rk3", "rk4"]
NOISY_METHODS = ["euler_maruyama", "milstein_ito", "milstein_stratonovich", "heun"]


def _lazy(link: LinkModel) -> None:
    """Let states relax by themselves that only functions at events name."""
    for state in lazy_states(link.text, link.states):
        link.text += rate_of(state)
        # nothing integrates a lazy state at the end of a dendritic delay
        link.late = link.late and f'@bk.on_pre("{state}")' not in link.text


def _eventful(seed: int, cells: list[CellModel], links: list[LinkModel]) -> None:
    """Give all neurons events besides the spike, and synapses what happens at them."""
    for cell in cells:
        cell.text += events_of_neuron(random.Random(f"{seed} {cell.name} events"))
    for link in links:
        functions = events_of_synapse(random.Random(f"{seed} {link.name} events"), link.states)
        link.text += written(functions)
        for decorator, _, names, _ in functions:
            targets = " ".join(re.findall(r'"(\w+)"', decorator.partition("event")[0]))
            if decorator.startswith("on_pre"):
                link.late = link.late and _can_wait(link.levels, names, targets)
                link.late = link.late and f"def d{targets}(" not in link.text
                link.once = link.once or _is_of_source(link.levels, names, targets)


class _Text:
    """Writes a class."""

    def __init__(self, name: str, base: str) -> None:
        self.head = ["", "", f"class {name}(bk.{base}):", '    """A generated model."""', ""]
        self.data: list[str] = []
        self.functions: list[str] = []
        self.names = 0

    def declare(self, name: str, what: str) -> None:
        self.data.append(f"    {name} = bk.{what}")

    def function(self, decorator: str, arguments: str, result: str, name: str = "") -> None:
        self.names += 1
        name = name or f"function_{self.names}"
        self.functions += [
            "",
            f"    @bk.{decorator}",
            f"    def {name}({arguments}):",
            f"        return {result}",
        ]

    def __str__(self) -> str:
        return "\n".join([*self.head, *self.data, *self.functions])


def _cell(dice: random.Random, name: str, exact: bool, without: frozenset[str]) -> CellModel:
    text, model = _Text(name, "Neuron"), CellModel(name, [])
    for parameter, default in (("k", 0.25), ("tau", 8.0), ("V_th", 1.0), ("V_reset", 0.0)):
        text.declare(parameter, f"parameter({default})")
    for state in model.states:
        text.declare(state, "state(0.0)")
    text.declare("I", "input()")
    if dice.random() < 0.3:
        text.declare("J", "input()")
        model.inputs.append("J")
    second = dice.random() < 0.5
    if second:
        text.declare("w", "state(0.125)")
        model.states.append("w")
    model.methods = _equations(dice, text, exact, second, "J" in model.inputs)
    if not exact and "default method" in without:
        model.methods = [method for method in model.methods if method is not None]
    if dice.random() < 0.7:
        _spiking(dice, text, model, second)
    _steps(dice, text, exact, without)
    model.text = str(text)
    return model


def _equations(
    dice: random.Random,
    text: _Text,
    exact: bool,
    second: bool,
    other_input: bool,
) -> list[str | None]:
    other = " + J * 0.5" if other_input else ""
    inputs = "I, J" if other_input else "I"
    kind = (
        "exact"
        if exact
        else dice.choice(["linear", "linear", "coupled", "nonlinear", "noisy", "multiplicative"])
    )
    if kind == "exact":
        text.function("derivative", f"{inputs}, k", f"I + k{other}", "dV")
        if second:
            text.function("derivative", "k, x", "k + x * 0.25", "dw")
        return list(EXACT_METHODS)
    if kind == "coupled" and second:
        text.function("derivative", f"V, w, {inputs}, tau", f"(I - V - w) / tau{other}", "dV")
        text.function("derivative", "V, w, k, tau", "(k * V - w) / (2.0 * tau)", "dw")
        return ["exact", *ROUNDED_METHODS, "exponential_euler", None]
    if second:
        text.function("derivative", "w, x, tau", "(x - w) / tau", "dw")
    if kind in ("noisy", "multiplicative"):
        text.function("derivative", f"V, {inputs}, tau", f"I - V / tau{other}", "dV")
        amplitude = ("k", "k * 2.0") if kind == "noisy" else ("k, V", "k * (1.0 + 0.125 * V)")
        text.function("diffusion", *amplitude, "noise_V")
        return list(NOISY_METHODS)
    if kind == "nonlinear":
        text.function(
            "derivative",
            f"V, {inputs}, tau",
            f"I - np.tanh(V) / tau + 0.125 * np.exp(-V * V){other}",
            "dV",
        )
        return [*ROUNDED_METHODS, "exponential_euler"]
    text.function("derivative", f"V, {inputs}, tau, k", f"I - V / tau + k{other}", "dV")
    return ["exact", *ROUNDED_METHODS, "exponential_euler", None]


def _spiking(dice: random.Random, text: _Text, model: CellModel, second: bool) -> None:
    crossing = dice.random() < 0.3
    text.function(
        "threshold(crossing=True)" if crossing else "threshold",
        *dice.choice(
            [
                ("V, V_th", "V - V_th"),
                ("V, V_th, x", "V - V_th - 0.125 * x"),
                ("V, I, V_th", "V + I - V_th"),
            ]
        ),
        "fires",
    )
    if not crossing or dice.random() < 0.5:
        text.function('reset("V")', "V_reset", "V_reset", "after_spike")
    if second and dice.random() < 0.5:
        text.function('reset("w", "y")', "w, y", "(w + 0.25, y - 0.5)", "adapt")
    if dice.random() < 0.6:
        text.declare("t_ref", "parameter(0.0)")
        model.parameters.append("t_ref")
        holds = dice.choice(['"V"', '("V", "x")', "()", '("V", "z")'])
        text.declare("refractory", f'refractory("t_ref", holds={holds})')


def _steps(dice: random.Random, text: _Text, exact: bool, without: frozenset[str]) -> None:
    kinds = dice.sample(["time", "sum", "input", "draws", "counts", "group", "mean", "nothing"], 2)
    if "time" in kinds:
        text.function('step("z")', "t, dt", "t - 0.5 * dt")
    elif "sum" in kinds:
        text.function('step("z")', "z, x", "z * 0.0 + x")
    elif "input" in kinds:
        text.function('step("z")', "z, I", "z * 0.0 + I")
    if "draws" in kinds:
        text.declare("u", "uniform()")
        text.declare("xi", "normal()")
        text.function('step("y")', "u, xi", "u + 0.125 * xi")
    if "counts" in kinds:
        text.declare("chance", "parameter(0.25)")
        text.declare("rate", "parameter(500.0)")
        text.declare("b", 'bernoulli("chance")')
        text.declare("n", 'poisson("chance")')
        text.declare("e", 'event("rate")')
        text.function('step("y")', "y, b, n, e", "y + b + 4.0 * n + 64.0 * e")
    if "group" in kinds:
        if "group parameters" in without:
            text.function('step("y", on="group")', "y, x, k", "y * 0.5 + k * np.max(x)")
        else:
            text.function('step("y", on="group")', "y, x, k", "y * 0.5 + np.sum(k) + k * np.max(x)")
    if "mean" in kinds:
        result = ("z, x", "np.max(x) - x + 0.0 * z") if exact else ("z", "z - np.sum(z) / z.size")
        text.function('step("z", on="group")', *result)


def _varying_means(dice: random.Random, model: CellModel) -> None:
    """Draw now and then numbers whose means are states, which another state moves."""
    if dice.random() < 0.7:
        return
    text = _Text("", "")
    text.declare("level", "state(0.25)")
    text.declare("pace", "state(500.0)")
    text.declare("coin", 'bernoulli("level")')
    text.declare("counted", 'poisson("level")')
    text.declare("often", 'event("pace")')
    several = "y + coin + 4.0 * counted + 64.0 * often"
    text.function('step("y")', "y, coin, counted, often", several, name="varying")
    within = "np.minimum(np.maximum(x, 0.0), 1.0)"  # so that something can always be drawn
    moved = f"({within}, 1000.0 * {within})"
    text.function('step("level", "pace")', "x", moved, name="moving")
    model.text = "\n".join([model.text, *text.data, *text.functions])


def _placed_steps(dice: random.Random, model: CellModel | LinkModel) -> None:
    """Let states move now and then, before or after slots."""
    known = dict(OF_NEURONS)
    if isinstance(model, LinkModel):
        known = {}
        for state in model.states:
            for label, written in OF_SYNAPSES[state].items():
                known[f"{state} {label}"] = written
    text = _Text("", "")
    for number, step in enumerate(steps_of(dice, known)):
        text.function(*step, name=f"placed_{number}")
    model.text = "\n".join([model.text, *text.functions])


# What an event may do: names that it writes, arguments, results; what it needs besides the data
# that it names.
ARRIVALS = {
    "g": ("g", "g, weight", "g + weight"),
    "x": ("x_post", "x_post, weight, c", "x_post + weight * c"),
    "V": ("V_post", "V_post, weight", "V_post + weight * 0.125"),
    "learn": ("w", "w, q, c", "w - c * q"),
    "grow": ("w", "w, c", "w + c"),
    "see": ("w", "w, z_post", "w + 0.125 * z_post"),
    "look": ("w", "w, z_pre, z_post", "w + 0.125 * (z_pre - z_post)"),
    "trace": ("p", "p", "p + 1.0"),
    "each": ("p", "p, w", "p + 0.125 * w"),
    "hand": ("x_post", "x_post, w, p", "x_post + w * 0.125 + p"),
    "mix": ("y_post", "y_post, weight", "0.5 * y_post + weight"),
    "both": ("w x_post", "w, x_post, c", "(w + c, x_post + w * 0.25)"),
    "sum": ("q", "q, weight", "q + 0.5 * weight"),
    "back": ("x_pre", "x_pre, c", "x_pre + c"),
    "chance": ("x_post", "x_post, weight, u", "x_post + weight * np.where(u < 0.5, 1.0, 0.0)"),
    "rare": ("w", "w, b", "w + b"),
    "same": ("w", "w, u", "w + np.where(u < 0.5, 1.0, 0.0)"),
    "source": ("x_post", "x_post, n", "x_post + n"),
    "when": ("w", "w, t", "w + 0.0625 * t"),
}
DEPARTURES = {
    "learn": ("w", "w, p, c", "w + c * p"),
    "grow": ("w", "w, c", "w - c"),
    "see": ("w", "w, z_post, z_pre", "w + 0.125 * z_post + z_pre"),
    "trace": ("q", "q", "q + 1.0"),
    "each": ("q", "q, w", "q + 0.125 * w"),
    "tell": ("x_pre", "x_pre, w", "x_pre + 0.125 * w"),
    "own": ("x_post", "x_post, c", "x_post - c"),
    "sum": ("p", "p, weight", "p + 0.125 * weight"),
    "same": ("w", "w, u", "w - np.where(u < 0.5, 1.0, 0.0)"),
    "when": ("w", "w, t", "w - 0.0625 * t"),
}
CURRENTS = {
    "g": ("g, c", "0.125 * g * c"),
    "shared": ("c", "0.25 * c"),
    "trace": ("q", "0.125 * q"),
    "source": ("weight, z_pre", "0.0625 * weight * z_pre"),
    "pull": ("weight, x_pre, x_post", "0.0625 * weight * (x_pre - x_post)"),
    "learnt": ("w, x_pre", "0.0625 * w * x_pre"),
    "target": ("c, z_post", "0.0625 * c * z_post"),
}
ROUNDED_CURRENTS = {
    "conductance": ("g, c, V_post", "0.25 * g * (c - V_post)"),
    "gap": ("weight, V_pre, V_post", "0.0625 * np.tanh(weight) * (V_pre - V_post)"),
}
DRAWN = ("u", "b", "n")


def _link(dice: random.Random, name: str, exact: bool, without: frozenset[str]) -> LinkModel:
    level = dice.choice(["synapse", "synapse", "synapse", *LEVELS])
    levels = {
        "weight": level,
        "c": dice.choice([None, None, None, level, "post", "pre", "synapse"]),
    }
    text, model = _Text(name, "Synapse"), LinkModel(name, levels, [])
    arrivals = _some(dice, _usable(ARRIVALS, without), [0, 1, 1, 2, 3, 4])
    departures = _some(dice, _usable(DEPARTURES, without), [0, 0, 1, 2, 3])
    if (
        ARRIVALS["each"] in arrivals
    ):  # what synapses of one source write one after another, none of them reads
        arrivals = [event for event in arrivals if event != ARRIVALS["hand"]]
    currents = _some(dice, CURRENTS if exact else {**CURRENTS, **ROUNDED_CURRENTS}, [0, 1, 2])
    if not (arrivals or departures or currents):
        arrivals = [ARRIVALS["x"]]
    arguments: set[str] = set()
    for _, names, _ in (*arrivals, *departures):
        arguments.update(names.split(", "))
    for names, _ in currents:
        arguments.update(names.split(", "))
    for parameter in ("weight", "c"):
        per = f', per="{levels[parameter]}"' if levels[parameter] else ""
        text.declare(parameter, f"parameter(1.0{per})")
    own = {"g": "post", "w": "synapse", "p": "pre", "q": "post"}
    for state in sorted(own.keys() & arguments):
        text.declare(state, f'state(0.0, per="{own[state]}")')
        levels[state] = own[state]
        model.states.append(state)
    _declare_draws(dice, text, arguments)
    for kind, functions in (("on_pre", arrivals), ("on_post", departures)):
        for targets, names, result in functions:
            written = ", ".join(f'"{target}"' for target in targets.split())
            text.function(f"{kind}({written})", names, result)
    for names, result in currents:
        text.function('adds_to("I")', names, result)
    _movement(dice, text, model, exact)
    model.spiking = bool(arrivals or departures)
    model.late = all(_can_wait(levels, names, targets) for targets, names, _ in arrivals)
    model.once = any(_is_of_source(levels, names, targets) for targets, names, _ in arrivals)
    model.text = str(text)
    return model


def _some(dice: random.Random, known: dict[str, Any], counts: list[int]) -> list[Any]:
    return [known[key] for key in dice.sample(sorted(known), min(dice.choice(counts), len(known)))]


def _usable(events: dict[str, Any], without: frozenset[str]) -> dict[str, Any]:
    if "synaptic draws" not in without:
        return events
    return {key: event for key, event in events.items() if not _draws(event[1])}


def _draws(arguments: str) -> bool:
    return bool(set(arguments.split(", ")) & set(DRAWN))


def _declare_draws(dice: random.Random, text: _Text, arguments: set[str]) -> None:
    if "u" in arguments:
        per = dice.choice(["synapse", "synapse", "pre", "post"])
        text.declare("u", f'uniform(per="{per}")')
    if "b" in arguments:
        text.declare("chance", "parameter(0.5)")
        text.declare("b", 'bernoulli("chance")')
    if "n" in arguments:
        text.declare("mean", "parameter(1.5)")
        text.declare("n", f'poisson("mean", per="{dice.choice(["synapse", "pre"])}")')


def _level(levels: dict[str, str | None], name: str) -> str | None:
    ends = {"_post": "post", "_pre": "pre"}
    return next((level for end, level in ends.items() if name.endswith(end)), levels.get(name))


def _can_wait(levels: dict[str, str | None], names: str, targets: str) -> bool:
    """Whether what an event brings to its target can be summed up over a dendritic delay."""
    late = [target for target in targets.split() if _level(levels, target) == "post"]
    others = [_level(levels, name) for name in names.split(", ") if name not in late]
    return not late or (late != ["y_post"] and "post" not in others)


def _is_of_source(levels: dict[str, str | None], names: str, targets: str) -> bool:
    """Whether an event names nothing but the source: then it happens once a spike."""
    for name in (*names.split(", "), *targets.split()):
        if name in DRAWN or _level(levels, name) not in ("pre", None):
            return False
    return True


MOVES = {
    "g": (("c", "0.125 * c"), ("g", "-g / 4.0"), "np.minimum(g, 4.0)", "g"),
    "q": (("q", "0.125 + 0.0 * q"), ("q, c", "(c - q) / 8.0"), "np.minimum(q, 3.0)", "q"),
    "p": (
        ("p", "0.125 + 0.0 * p"),
        ("p", "-p / 4.0 + 0.0625 * np.tanh(p)"),
        "np.minimum(p, 3.0)",
        "p",
    ),
    "w": (
        ("z_pre, z_post", "0.125 * (z_pre + z_post)"),
        ("w, c, V_post", "(c * V_post - w) / 16.0"),
        None,
        "w",
    ),
}


def _movement(dice: random.Random, text: _Text, model: LinkModel, exact: bool) -> None:
    """Let states move by themselves: derivatives, diffusions and steps of every level."""
    foreign = {"g": ("pre", "synapse"), "q": ("pre", "synapse"), "p": ("post", "synapse"), "w": ()}
    for state in model.states:
        flat, curved, clipped, names = MOVES[state]
        arguments, result = flat if exact else curved
        apart = "c" in arguments.split(", ") and model.levels["c"] in foreign[state]
        if dice.random() < 0.6 and not apart:
            text.function("derivative", arguments, result, f"d{state}")
            if state in ("p", "w"):
                model.methods = (
                    ["euler", "midpoint", "heun"] if exact else ["euler", "midpoint", "rk3", "rk4"]
                )
        if dice.random() < 0.3:
            if clipped is not None:
                text.function(f'step("{state}")', names, clipped)
            elif dice.random() < 0.5:
                text.function('step("w")', "w, x_pre, c", "w * 0.5 + 0.125 * x_pre + c * 0.0")
            else:
                text.function('step("w", on="group")', "w", "w * 0.5 + 0.015625 * np.sum(w)")
