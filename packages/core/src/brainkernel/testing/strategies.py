"""Strategies of Hypothesis that draw networks of generated models, each a script of its own."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import random
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from brainkernel.testing.generated import CellModel, LinkModel, Structure, structure
from brainkernel.testing.generated_steps import (
    GIVEN_TO_NEURONS,
    GIVEN_TO_SYNAPSES,
    INTERVALS,
    options,
)
from brainkernel.testing.generated_trees import draw_parents

DT = 0.125
MIXED = re.compile(r"c \* q|0\.5 \* weight")
READS_SOURCES = re.compile(r"@bk\.(?:derivative|adds_to.*|step\(\"\w+\"\))\n    def \w+\(.*_pre")
"""A function of synapses that reads its sources at each step, and so behind the delay."""
HEAD = "import numpy as np\n\nimport brainkernel as bk\n"
TOOLS = """\
from brainkernel.testing.beside import SideBySide
from brainkernel.testing.models import Source
"""
TAIL = '\n\nif __name__ == "__main__":\n    import sys\n\n    play(*sys.argv[1:])\n'


@dataclass(frozen=True)
class Script:
    """A generated network beside the reference, as Python.

    Attributes
    ----------
    models : str
        The text of the models.
    body : str
        The function ``play(backend)``, which makes the network, runs it and compares.
    seed : int
        The number of the models' structure.
    """

    models: str
    body: str
    seed: int

    def __str__(self) -> str:
        """The whole script; run it with a backend's name as its argument."""
        return HEAD + TOOLS + self.models + "\n\n\n" + self.body + TAIL

    def __repr__(self) -> str:
        return f"<Script of structure {self.seed}>"

    def play(self, backend: Any = "numpy", **options: Any) -> Any:
        """Make the network, run it and compare it with the reference.

        Options go to `Network.run`.
        """
        names = dict(vars(_module(HEAD + self.models)))
        exec(compile(TOOLS + self.body, "<generated network>", "exec"), names)
        return names["play"](backend, **options)


@functools.cache
def _folder() -> Any:
    """Keep the files of this process: step functions need their source for as long as it lives."""
    return tempfile.TemporaryDirectory(prefix="brainkernel-generated-")


@functools.cache
def _module(text: str) -> Any:
    """Import models from a file; the same text gives the same classes."""
    name = f"generated_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    path = Path(_folder().name) / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def networks(
    seeds: Sequence[int] | st.SearchStrategy[int],
    without: frozenset[str] = frozenset(),
    compiled: bool = False,
) -> st.SearchStrategy[Script]:
    """Draw networks of generated models.

    Parameters
    ----------
    seeds : sequence of int, or strategy
        The structures of models: few where the backend compiles.
    without : frozenset of str
        Features to leave out: ``synaptic draws``, ``group parameters``, ``default method``,
        ``trees``, ``slices``, ``delays per synapse``, ``order of delays``, ``weights in flight``,
        ``empty projections``.
    compiled : bool
        Whether all that makes another program follows from the structure's number, so that only
        sizes, connectivity, slices, delays, values and the pieces of a run are drawn.
    """
    drawn = seeds if isinstance(seeds, st.SearchStrategy) else st.sampled_from(list(seeds))
    return drawn.flatmap(lambda seed: _networks(seed, without, compiled))


@st.composite
def _networks(
    draw: Callable[[Any], Any],
    seed: int,
    without: frozenset[str],
    compiled: bool,
) -> Script:
    models = structure(seed, without)
    return Script(models.text, _Writer(draw, models, without, compiled).write(), seed)


def eighths(least: int, most: int) -> st.SearchStrategy[float]:
    """Numbers that are multiples of 1/8."""
    return st.integers(least * 8, most * 8).map(lambda n: n / 8)


@dataclass
class _Group:
    name: str
    size: int
    model: CellModel | None


@dataclass
class _Synapses:
    name: str
    model: LinkModel
    sizes: dict[str | None, int | None]


def _spikes(group: _Group) -> bool:
    """Whether the neurons of a group spike."""
    return group.model is None or "def fires(" in group.model.text


def _events(group: _Group) -> list[str]:
    """The kinds of events besides the spike that neurons of a group have."""
    text = "" if group.model is None else group.model.text
    return re.findall(r'@bk\.threshold\(event="(\w+)"', text)


class _Writer:
    """Draws one network and writes it down."""

    def __init__(
        self,
        draw: Callable[[Any], Any],
        models: Structure,
        without: frozenset[str],
        compiled: bool,
    ) -> None:
        self.draw, self.models, self.without, self.compiled = draw, models, without, compiled
        self.lines: list[str] = []
        self.groups: list[_Group] = []
        self.synapses: list[_Synapses] = []
        self.used_mix: set[str] = set()
        self.forms: dict[str, bool] = {}

    def pick(self, choices: Sequence[Any], what: str) -> Any:
        """Choose what makes another program; where programs are few, the structure decides."""
        if self.compiled:
            return random.Random(f"{self.models.seed} {what}").choice(choices)
        return self.draw(st.sampled_from(choices))

    def write(self) -> str:
        self._sources()
        for number, model in enumerate(self.models.cells):
            for copy in range(
                self.pick([1, 2] if number == 0 else [1], f"copies of cells {number}")
            ):
                self._cells(f"cells{number}{'ab'[copy]}", model)
        for number, link in enumerate(self.models.links):
            for copy in range(self.pick([1, 2], f"copies of link {number}")):
                self._projection(f"link{number}{'ab'[copy]}", link)
        monitors = self._monitors()
        members = ", ".join(
            [
                *(group.name for group in self.groups),
                *(member.name for member in self.synapses),
                *self._drives(),
            ]
        )
        seed = self.draw(st.integers(0, 3))
        self.lines += [
            f"net = bk.Network({members}, dt={DT}, seed={seed}, {monitors})",
            *self._given_steps(),
            f"both = SideBySide(net, backend, exact={self.models.exact}, **options)",
        ]
        self._runs()
        body = "\n".join(f"    {line}" for line in [*self.lines, "both.check()", "return both"])
        return f"def play(backend='numpy', **options):\n{body}\n"

    def _drives(self) -> list[str]:
        """Drive some groups by Poisson input."""
        drives = []
        for group in self.groups:
            name = f"drive_{group.name}"
            if group.model is None or not self.pick([False, False, True], name):
                continue
            # a slice has values of single neurons, and so another program
            end, size = (group.name, group.size) if self.compiled else self._end(group)
            variable = self.pick(["x", "V", "I"], f"variable of {name}")
            rate = self.pick(["500.0", "lambda t: 250.0 * t"], f"rate of {name}")
            n = self._values(size, st.integers(0, 8).map(float), f"{name}.n")
            weight = self._values(size, eighths(-1, 1), f"{name}.weight")
            drives.append(
                f"bk.PoissonDrive({end}, {variable!r}, n={n}, rate={rate}, weight={weight}, "
                "name='drive')"
            )
        return drives

    def _given_steps(self) -> list[str]:
        """Give steps of its own to the network, by functions that stand with the models."""
        lines = []
        owners = [(g.name, GIVEN_TO_NEURONS) for g in self.groups if g.model is not None]
        owners += [(s.name, GIVEN_TO_SYNAPSES) for s in self.synapses if "w" in s.model.states]
        for name, known in owners:
            if not self.pick([False, False, True], f"steps of {name}"):
                continue
            function = self.pick(sorted(known), f"step of {name}")
            targets, places = known[function]
            every = self.pick(INTERVALS, f"interval of {name}")
            further = options(every, self.pick(places, f"place of {name}"))
            lines.append(f"net.add_step({name}, {targets}{further})({function})")
        return lines

    # -- groups ------------------------------------------------------------------------------------

    def _sources(self) -> None:
        size = self.draw(st.integers(1, 4))
        spike = st.tuples(st.integers(1, 24), st.integers(0, size - 1))
        spikes = sorted(self.draw(st.sets(spike, min_size=1, max_size=30)))
        times = [step * DT for step, _ in spikes]
        self.lines.append(
            f"source = Source({size}, {times}, {[n for _, n in spikes]}, name='source')"
        )
        self.groups.append(_Group("source", size, None))

    def _cells(self, name: str, model: CellModel) -> None:
        size = self.draw(st.integers(1, 5))
        method = self.pick(model.methods, f"method of {name}")
        given = {} if method is None else {"method": repr(method)}
        if model.within:
            given["spikes"] = "'interpolated'"
        for parameter in model.parameters:
            if self.pick([True, False], f"{name}.{parameter}"):
                given[parameter] = self._parameter(parameter, name, size)
        for state in model.states:
            if self.draw(st.integers(0, 3)) == 0:
                given[state] = self._values(size, eighths(-1, 1))
        if "bk.tree(" in model.text:
            given["up"] = f"np.array({draw_parents(self.draw, size)})"
        values = "".join(f", {key}={value}" for key, value in given.items())
        self.lines.append(f"{name} = {model.name}({size}{values}, name='{name}')")
        self.groups.append(_Group(name, size, model))

    def _is_one_number(self, what: str) -> bool:
        if what and self.compiled:
            return bool(self.forms.setdefault(what, self.pick([True, False], f"form of {what}")))
        return bool(self.draw(st.booleans()))

    def _parameter(self, name: str, group: str, size: int) -> str:
        numbers = {
            "tau": st.sampled_from([2.0, 4.0, 8.0, 16.0]),
            "V_th": st.sampled_from([0.5, 1.0, 2.0]),
            "t_ref": st.integers(0, 5).map(lambda n: n * DT),
            "V_reset": st.sampled_from([-0.5, 0.0, 0.25]),
        }
        return self._values(size, numbers.get(name, eighths(0, 1)), f"{group}.{name}")

    def _values(self, size: int | None, numbers: st.SearchStrategy[float], what: str = "") -> str:
        """Draw one number or an array; where programs are few, an array remains one."""
        if size is None or self._is_one_number(what):
            return repr(self.draw(numbers))
        return f"np.array({self.draw(st.lists(numbers, min_size=size, max_size=size))})"

    # -- projections -------------------------------------------------------------------------------

    def _end(self, group: _Group) -> tuple[str, int]:
        """Draw a group or a slice of it, and its size."""
        forms = ["[:]", "[1:]", "[:-1]", "[::2]", "[::-1]", "[1::2]", "list", "mask"]
        whole = group.size == 1 or "slices" in self.without or self.draw(st.booleans())
        if whole:
            return group.name, group.size
        form = self.draw(st.sampled_from(forms))
        if form == "list":
            neurons = self.draw(st.permutations(range(group.size)))
            chosen = list(neurons[: self.draw(st.integers(1, group.size))])
            return f"{group.name}[np.array({chosen})]", len(chosen)
        if form == "mask":
            mask = self.draw(
                st.lists(st.booleans(), min_size=group.size, max_size=group.size).filter(any)
            )
            return f"{group.name}[np.array({mask})]", sum(mask)
        size = len(eval(f"list(range({group.size})){form}"))  # one of the forms above
        return (f"{group.name}{form}", size) if size else (group.name, group.size)

    def _projection(self, name: str, model: LinkModel) -> None:
        firing = [g for g in self.groups if _spikes(g)]
        cells = [g for g in self.groups if g.model is not None]
        # a source of given spikes has no states and no other events
        needs_states = "_pre" in model.text or "event=" in model.text
        sources = [
            g
            for g in (firing if model.spiking else self.groups)
            if g.model is not None or not needs_states
        ]
        if not sources:
            return
        pre = self.pick(sources, f"sources of {name}")
        post = self.pick(cells, f"targets of {name}")
        if (
            "0.5 * y_post" in model.text
        ):  # its order matters, so it is the only one that writes there
            free = [g for g in cells if g.name not in self.used_mix]
            if not free:
                return
            post = self.pick(free, f"targets of {name}")
            self.used_mix.add(post.name)
        (pre_end, pre_size), (post_end, post_size) = self._end(pre), self._end(post)
        rule, count = self._rule(name, model.once, pre_size, post_size)
        sizes: dict[str | None, int | None] = {
            None: None,
            "synapse": count,
            "pre": pre_size,
            "post": post_size,
        }
        given = {}
        for data, level in model.levels.items():
            if self.pick([True, False], f"{name}.{data}"):
                given[data] = self._values(sizes[level], eighths(-1, 2), f"{name}.{data}")
            elif data not in model.states:
                self.forms[f"{name}.{data}"] = True
        if model.third:
            third = self.pick(cells, f"third end of {name}")
            neuron = self.draw(st.integers(0, third.size - 1))
            given["third"] = f"{third.name}[{neuron}:{neuron + 1}]"
        method = self.pick(model.methods, f"method of {name}")
        given.update(
            self._delay(name, model, count), **({} if method is None else {"method": repr(method)})
        )
        values = "".join(f", {key}={value}" for key, value in given.items())
        self.lines.append(
            f"{name} = {model.name}({pre_end}, {post_end}, connect={rule}{values}, name='{name}')"
        )
        self.synapses.append(_Synapses(name, model, sizes))

    def _rule(self, name: str, once: bool, pre: int, post: int) -> tuple[str, int | None]:
        kinds = ["all", "pairs", "pairs", "drawn", "one"]
        kind = self.pick(kinds, f"rule of {name}")
        if kind == "one" and pre == post:
            return "bk.connect.one_to_one()", pre
        if kind == "drawn" and not (once and "empty projections" in self.without):
            return f"bk.connect.fixed_prob({self.draw(st.sampled_from([0.25, 0.5, 0.75]))})", None
        if kind == "pairs":
            pair = st.tuples(st.integers(0, pre - 1), st.integers(0, post - 1))
            listed = self.draw(st.lists(pair, min_size=1, max_size=12))
            return f"bk.connect.from_ij({[i for i, _ in listed]}, {[j for _, j in listed]})", len(
                listed
            )
        return "bk.connect.all_to_all()", pre * post

    def _delay(self, name: str, model: LinkModel, count: int | None) -> dict[str, str]:
        behind = "on_pre" in model.text or READS_SOURCES.search(model.text) is not None
        if not (model.spiking or behind):
            return {}
        given = {}
        kind = self.pick(["none", "one", "each", "drawn"], f"delay of {name}")
        own = not model.once and "delays per synapse" not in self.without
        if "order of delays" in self.without:
            orders = "0.5 * y_post" in model.text or {"c * q", "0.5 * weight"} <= set(
                MIXED.findall(model.text)
            )
            own = own and not orders
        longest = self.pick([3, 12], f"longest delay of {name}")
        delay = st.integers(0, longest).map(lambda n: n * DT)
        if kind == "each" and count and own:
            given["delay"] = (
                f"np.array({self.draw(st.lists(delay, min_size=count, max_size=count))})"
            )
        elif kind == "drawn" and own:
            given["delay"] = f"lambda rng: rng.integers(0, {longest + 1}) * {DT}"
        elif kind != "none" and behind:
            given["delay"] = repr(self.draw(delay))
        if (
            model.spiking
            and model.late
            and self.pick([True, False, False, False], f"dendrite of {name}")
        ):
            given["dendritic_delay"] = repr(self.draw(st.integers(1, 6)) * DT)
        return given if behind else {k: v for k, v in given.items() if k == "dendritic_delay"}

    # -- runs --------------------------------------------------------------------------------------

    def _monitors(self) -> str:
        found = []
        for group in self.groups:
            spikes = _spikes(group)
            for kind in _events(group):
                watched_events = f"bk.SpikeMonitor({group.name}, event={kind!r})"
                found.append(f"{kind}_{group.name}={watched_events}")
            if group.model is not None:
                watched = [*group.model.states, *(["spike"] if spikes else [])]
                found.append(f"of_{group.name}=bk.StateMonitor({group.name}, {watched})")
            if spikes:
                end, _ = self._end(group)
                every = self.draw(st.integers(1, 4)) * DT
                found.append(f"spikes_{group.name}=bk.SpikeMonitor({group.name})")
                found.append(f"rate_{group.name}=bk.RateMonitor({end}, every={every})")
        for member in self.synapses:
            if member.model.states:
                every = self.draw(st.integers(1, 3)) * DT
                found.append(
                    f"of_{member.name}=bk.StateMonitor({member.name}, {member.model.states}, "
                    f"every={every})"
                )
        return ", ".join(found)

    def _runs(self) -> None:
        partition = self.draw(st.integers(1, 3))
        for number in range(partition):
            if number:
                self._changes()
            steps = self.draw(st.integers(0 if number else 1, 16))
            self.lines.append(f"both.run({steps * DT}, {self._inputs()})")

    def _inputs(self) -> str:
        found = []
        for group in self.groups:
            for name in group.model.inputs if group.model else []:
                if self.draw(st.booleans()):
                    end, size = self._end(group)
                    found.append(f"({end}, '{name}'): {self._stimulus(size)}")
        return "{" + ", ".join(found) + "}"

    def _stimulus(self, size: int) -> str:
        kind = self.draw(st.sampled_from(["values", "values", "function", "table", "window"]))
        if kind == "function":
            return "lambda t: 0.5 * t"
        if kind == "table":
            rows = np.reshape(
                self.draw(st.lists(eighths(0, 4), min_size=size, max_size=size)), (1, size)
            )
            table = f"np.repeat({rows.tolist()}, 50, 0) * np.arange(50)[:, None] / 16"
            return f"bk.TimedArray({table}, {2 * DT})"
        values = self._values(size, eighths(0, 8))
        if kind == "window":
            start = self.draw(st.integers(0, 20))
            return (
                f"bk.window({values}, {start * DT}, {(start + self.draw(st.integers(1, 9))) * DT})"
            )
        return values

    def _changes(self) -> None:
        for group in self.groups:
            if group.model and self.draw(st.integers(0, 2)) == 0:
                name = self.draw(st.sampled_from([*group.model.states, *group.model.parameters]))
                numbers = eighths(-1, 1) if name in group.model.states else None
                self.forms.setdefault(f"{group.name}.{name}", True)
                if numbers is None:
                    value = self._parameter(name, group.name, group.size)
                else:
                    value = self._values(group.size, numbers)
                self.lines.append(f"both.set({group.name}, '{name}', {value})")
        for member in self.synapses:
            if self.draw(st.integers(0, 2)) == 0:
                fixed = member.model.spiking and "weights in flight" in self.without
                known = member.model.states if fixed else sorted(member.model.levels)
                if not known:
                    continue
                name = self.draw(st.sampled_from(known))
                level = member.model.levels[name]
                value = self._values(member.sizes[level], eighths(-1, 2), f"{member.name}.{name}")
                self.lines.append(f"both.set({member.name}, '{name}', {value})")
        if "structure" not in self.without and not self.compiled:
            for member in self.synapses:
                self._rewire(member)

    def _rewire(self, member: _Synapses) -> None:
        """Remove some synapses, and add others."""
        if self.draw(st.integers(0, 2)) == 0:
            chosen = self.draw(st.lists(st.integers(0, 50), max_size=4))
            self.lines.append(f"both.remove({member.name}, {chosen})")
            member.sizes["synapse"] = None
        if self.draw(st.integers(0, 2)) == 0:
            self._add(member)

    def _add(self, member: _Synapses) -> None:
        pre_size, post_size = member.sizes["pre"] or 1, member.sizes["post"] or 1
        ends = st.tuples(st.integers(0, pre_size - 1), st.integers(0, post_size - 1))
        pairs = self.draw(st.lists(ends, min_size=1, max_size=4))
        given = {}
        for data, level in member.model.levels.items():
            if level == "synapse":
                given[data] = self._values(len(pairs), eighths(-1, 2))
        delay = "None"
        if "on_pre" in member.model.text and not member.model.once:
            delay = repr(self.draw(st.integers(0, 14)) * DT)
        elif READS_SOURCES.search(member.model.text) is not None:
            delay = "0.0"  # no longer than what the network keeps of the past
        values = "".join(f", {key}={value}" for key, value in given.items())
        pre, post = [i for i, _ in pairs], [j for _, j in pairs]
        self.lines.append(f"both.add({member.name}, {pre}, {post}, {delay}{values})")
        member.sizes["synapse"] = None
