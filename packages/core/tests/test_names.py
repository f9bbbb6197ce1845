"""The printed program's own names never meet those of models, parameters, functions and helpers."""

from __future__ import annotations

import ast
import builtins

import numpy as np
import pytest
from installed import BACKENDS
from toy_models import DT, Current, Gate, Jump, Noisy, Ramp

import brainkernel as bk
from brainkernel.model.definition import why_kept
from brainkernel.model.step_function import KEPT


class Rich(bk.Neuron):
    """Whatever a neuron's loop may print a name for."""

    V_th = bk.parameter(1.0)
    rate = bk.parameter(0.5)
    t_ref = bk.parameter(1.0)
    V = bk.state(0.0)
    U = bk.state(0.0)
    trace = bk.state(0.0)
    I = bk.input()
    u = bk.uniform()
    z = bk.normal()
    p = bk.poisson("rate")
    b = bk.bernoulli("rate")
    refractory = bk.refractory("t_ref", holds=("V", "U"))

    @bk.derivative
    def dV(V, U, I):
        return I - V * V - U

    @bk.derivative
    def dU(V, U):
        return V - U

    @bk.step("trace", "U")
    def draw(trace, U, u, z, p, b):
        return trace + u + z, U + p + b

    @bk.step("trace", on="group")
    def centre(trace):
        return trace - np.mean(trace)

    @bk.threshold(crossing=True)
    def fires(V, V_th, t):
        return V - V_th + 0.0 * t

    @bk.reset("V", "U")
    def after(U):
        return 0.0 * U, U + 1.0


class Plain(bk.Neuron):
    """Linear, for the exact method."""

    tau = bk.parameter(4.0)
    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, I, tau):
        return I - V / tau


class Everywhere(bk.Synapse):
    """Keeps something at each place and acts at every occasion."""

    tau = bk.parameter(2.0)
    w = bk.state(0.5, per="synapse")
    q = bk.state(0.5, per="synapse")
    r = bk.state(0.0, per="pre")
    g = bk.state(0.0, per="post")

    @bk.on_pre("g", "w")
    def arrive(g, w, t):
        return g + w, w + 0.0 * t

    @bk.on_pre("r")
    def once(r):
        return r + 1.0

    @bk.on_post("w")
    def react(w, r):
        return w + r

    @bk.on_post("g")
    def once_more(g):
        return g + 1.0

    @bk.derivative
    def dr(r, tau):
        return -r / tau

    @bk.derivative
    def dw(w, tau, V_post):
        return (V_post - w) / tau

    @bk.derivative
    def dg(g, tau):
        return -g / tau

    @bk.step("q", on="group")
    def level(q):
        return 1.0 * q

    @bk.adds_to("I")
    def current(g):
        return g

    @bk.adds_to("I")
    def coupling(w, V_pre, V_post):
        return w * (V_pre - V_post)


METHODS = ["euler", "rk4", "exponential_euler", "exponential_midpoint"]
NOISY = ["euler_maruyama", "milstein_ito", "milstein_stratonovich", "heun", "exponential_midpoint"]


def rich_network(groups, diffusing):
    """Connect a group with itself, with others, and with others that diffuse."""
    everything = bk.connect.all_to_all()
    held = Rich(3)
    synapse_blocks = [
        Everywhere(held, group, connect=everything, delay=DT) for group in (*groups, held)
    ]
    currents = [Current(held, group, connect=everything) for group in diffusing]
    return bk.Network(*groups, *diffusing, held, *synapse_blocks, *currents, dt=DT)


def network_of_every_method():
    groups = [*(Rich(2, method=method) for method in METHODS), Plain(2, method="exact")]
    return rich_network(groups, [Noisy(2, method=method) for method in NOISY])


def program_and_tree(backend):
    net = network_of_every_method()
    return net.program(), ast.parse(net.source(backend=backend))


def test_all_of_it_runs():
    network_of_every_method().run(DT, backend="numpy")


def test_each_kind_of_loop_runs_on_every_backend(backend):
    """With fewer methods: each further one has to be compiled, and prints no other names."""
    net, reference = (rich_network([], [Noisy(2)]) for _ in range(2))
    net.run(DT, backend=backend)
    reference.run(DT, backend="numpy")
    np.testing.assert_allclose(net.state.values, reference.state.values, rtol=1e-4, atol=1e-6)


def generated(tree):
    starts = ("update_", "begin_", "deliver_", "finish_", "arrive_", "react_", "couple_", "evolve_")
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith(starts)
    ]


def used_names(function):
    nodes = [node for part in (function.args, *function.body) for node in ast.walk(part)]
    names = [node.arg for node in nodes if isinstance(node, ast.arg)]
    return {*names, *(node.id for node in nodes if isinstance(node, ast.Name))}


JAX_ONLY = {
    "act",
    "arrays",
    "values",
    "spike",
    "once",
    "events",
    "add_in_order",
    "add_up",
    "brings",
    "brought_0",
}
"""Names of functions in which a model's own names stand only after that of its part, as
``AMPA_weight``."""


def kept_apart(program):
    """What is derived from names of the models, and printed so that it is none of them."""
    names = set()
    for block in program.blocks:
        names |= {*block.scalars, *block.arrays, *(draw.name for draw in block.draws)}
    for synapse_block in program.synapse_blocks:
        for draw in synapse_block.draws:
            names |= {draw.key, draw.most}
    return names


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_name_of_a_printed_loop_is_reserved(backend):
    program, tree = program_and_tree(backend)
    models = {block.definition for block in program.blocks} | {
        synapse_block.definition for synapse_block in program.synapse_blocks
    }
    declared = {name for model in models for name in model.declarations}
    labels = {f"{label}_{name}" for label in ("Everywhere", "Current") for name in declared}
    labels |= {f"{name}_{end}" for end in ("pre", "post") for name in declared}
    functions = generated(tree)
    assert {name.split("_")[0] for name in (f.name for f in functions)} == {
        "update", "deliver", "finish", "react", "couple", "evolve"
    }  # fmt: skip
    names = set.union(*(used_names(function) for function in functions))
    names -= declared | labels | set(program.functions) | set(program.parts)
    names -= JAX_ONLY if backend == "jax" else set()
    names -= kept_apart(program)
    kept = {name for name in names if why_kept(name, "neuron") or why_kept(name, "synapse")}
    assert sorted(names - kept) == []
    assert {"_source", "_target"} <= names


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_the_text_calls_of_python_may_not_be_redefined(backend):
    _, tree = program_and_tree(backend)
    used = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    assert (used & set(dir(builtins))) - {"__builtins__"} <= KEPT
    first = next(
        k
        for k, n in enumerate(tree.body)
        if isinstance(n, ast.FunctionDef) and n.name != "step_function"
    )
    head = {
        a.asname or a.name
        for n in tree.body[:first]
        if isinstance(n, ast.ImportFrom | ast.Import)
        for a in n.names
    }
    head |= {t.id for n in tree.body[:first] if isinstance(n, ast.Assign) for t in n.targets}
    assert {name for name in head if name[0] != "_"} <= KEPT


def synapse_with(**values):
    """Define a synapse that adds its parameters to its target's V, whatever they are called."""
    text = f"def receive(V_post, {', '.join(values)}):\n    return V_post + {' + '.join(values)}\n"
    parameters = {name: bk.parameter(value) for name, value in values.items()}
    receive = bk.on_pre("V_post")(from_text(text, "receive"))
    return type("Made", (bk.Synapse,), {"__module__": __name__, "receive": receive, **parameters})


def from_text(text, name, **scope):
    import linecache

    file = f"<{hash(text)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), scope)
    return scope[name]


@pytest.mark.parametrize(
    "name", ["_mask", "range", "int", "np", "t", "name", "connect", "targets", "in_slice"]
)
def test_a_parameter_may_not_be_called_as_what_has_a_meaning_already(name):
    with pytest.raises(bk.errors.ModelError, match=rf"Made\.{name}: this name is kept"):
        synapse_with(**{name: 2.0})


FREE = [
    *("k", "n", "w", "x", "u", "a", "b", "i", "first", "last", "values", "numba"),
    *("time", "level", "source", "target", "synapse", "fired", "held", "table", "step"),
    *("count", "index", "mask", "rounds", "element_array", "constants", "run", "named"),
    *("size", "label", "given", "group", "ids", "positions", "shape", "reach", "optional"),
    *("tau_pre", "tau_post", "A_pre", "A_post", "w_input", "I_key", "rate_most", "exact_rate"),
    *("xi_V", "xi_x", "arriving_V_post", "columns", "rules", "steps", "incoming", "was_above"),
]
"""What the machinery might call its own."""


def voltage_brought(backend, **values):
    """Send one spike through a synapse with parameters of these names."""
    source, target = Gate(1), Ramp(1, V_th=1e12)
    wire = synapse_with(**values)(source, target, connect=bk.connect.all_to_all())
    net = bk.Network(source, target, wire, dt=DT)
    net.run(2 * DT, inputs={source: 1.0}, backend=backend)
    return target.V.tolist()


@pytest.mark.parametrize("name", FREE)
def test_other_names_are_free(name):
    assert voltage_brought("numpy", **{name: 2.0}) == [4.0]


def test_other_names_are_free_on_every_backend(backend):
    """Many at once, since each text is compiled; every subset of the values has its own sum."""
    for names in (FREE[:35], FREE[35:]):
        values = {name: 2.0**power for power, name in enumerate(names)}
        assert voltage_brought(backend, **values) == [2.0 * sum(values.values())]


class Odd(bk.Neuron):
    """Declares what is derived from the names of its own input, draw and equation, and more."""

    mean = bk.parameter(0.0)
    I_input = bk.parameter(2.0**1)
    p_key = bk.parameter(2.0**2)
    p_most = bk.parameter(2.0**3)
    p_drawn = bk.parameter(2.0**4)
    exact_x_x = bk.parameter(2.0**5)
    exact_x_I = bk.parameter(2.0**6)
    exact_x_constant = bk.parameter(2.0**7)
    size = bk.parameter(2.0**8)
    label = bk.parameter(2.0**9)
    given = bk.parameter(2.0**10)
    group = bk.parameter(2.0**11)
    projections = bk.parameter(2.0**12)
    delay = bk.parameter(2.0**13)
    tau_pre = bk.parameter(2.0**14)
    xi_total = bk.parameter(2.0**15)
    x = bk.state(0.0)
    total = bk.state(0.0)
    I = bk.input()
    p = bk.poisson("mean")

    @bk.derivative
    def dx(x, I):
        return I - x

    @bk.step("total")
    def add(
        p, I_input, p_key, p_most, p_drawn, exact_x_x, exact_x_I, exact_x_constant, size, label,
        given, group, projections, delay, tau_pre, xi_total,
    ):  # fmt: skip
        derived = I_input + p_key + p_most + p_drawn + exact_x_x + exact_x_I + exact_x_constant
        return p + derived + size + label + given + group + projections + delay + tau_pre + xi_total

    @bk.threshold
    def fires(I):
        return I - 4.0


class Even(bk.Neuron):
    """The equation of Odd, under names that nothing is derived from."""

    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(x, I):
        return I - x


class OddLink(bk.Synapse):
    """Declares what is derived from its states and draws, and names that end as those of the ends.

    ``tau_pre`` is its own, ``size_pre`` and ``tau_pre_post`` are the neurons'.
    """

    mean = bk.parameter(2.0, per="synapse")
    u_key = bk.parameter(2.0, per="synapse")
    n_most = bk.parameter(4.0, per="synapse")
    arriving_q = bk.parameter(8.0, per="synapse")
    steps = bk.parameter(16.0, per="synapse")
    columns = bk.parameter(32.0, per="synapse")
    tau_pre = bk.parameter(64.0)
    x_post = bk.state(128.0, per="synapse")
    q = bk.state(0.0, per="post")
    w = bk.state(0.0, per="synapse")
    u = bk.uniform()
    n = bk.poisson("mean")

    @bk.on_pre("q")
    def sum_up(q, u_key, n_most, arriving_q, steps, columns, tau_pre, size_pre, tau_pre_post):
        own = u_key + n_most + arriving_q + steps + columns + tau_pre
        return q + own + size_pre + 3.0 * tau_pre_post

    @bk.on_pre("w", "x_post")
    def draw(w, u, n, x_post):
        return w + n + u, x_post + 1.0

    @bk.on_post("w")
    def forget(w):
        return 0.5 * w


class EvenLink(bk.Synapse):
    """The draws of OddLink alone."""

    mean = bk.parameter(2.0, per="synapse")
    w = bk.state(0.0, per="synapse")
    u = bk.uniform()
    n = bk.poisson("mean")

    @bk.on_pre("w")
    def draw(w, u, n):
        return w + n + u

    @bk.on_post("w")
    def forget(w):
        return 0.5 * w


def test_what_is_derived_from_names_meets_no_name_of_a_model(backend):
    """Each value is a power of two, so that one sum tells whether any of them is another's."""
    odd, even = Odd(3, name="odd"), Even(3, name="even")
    each = Odd(3, name="each", size=[2.0**8] * 3, p_most=[2.0**3] * 3, exact_x_x=[2.0**5] * 3)
    links = []
    for model, name in ((OddLink, "one"), (EvenLink, "other")):
        rule = bk.connect.all_to_all()
        links.append(model(odd, each, connect=rule, delay=[0.0, DT, 0.0] * 3, name=name))
    net = bk.Network(odd, even, each, *links, dt=DT)
    net.run(3 * DT, inputs={odd: [5.0, 0.0, 0.0], even: [5.0, 0.0, 0.0]}, backend=backend)
    assert odd.total.tolist() == each.total.tolist() == [2.0**16 - 2.0] * 3
    assert odd.x.tolist() == even.x.tolist()
    spikes = 3 - np.array([0, 1, 0])
    brought = 2.0 + 4.0 + 8.0 + 16.0 + 32.0 + 64.0 + 2.0**8 + 3.0 * 2.0**14
    assert links[0].q.tolist() == (spikes * brought).tolist()
    of_first = links[0].sources == 0
    assert links[0].x_post[of_first].tolist() == (128.0 + spikes).tolist()
    assert (odd.size, odd[:2].label, len(odd), len(each[1:])) == (2.0**8, 2.0**9, 3, 2)
    assert each[1:].size.tolist() == [2.0**8] * 2


def test_random_numbers_do_not_follow_other_names():
    """The same streams, whatever else a model declares."""
    links = []
    for model in (OddLink, EvenLink):
        odd = Odd(3, name="odd")
        link = model(odd, odd, connect=bk.connect.all_to_all(), name="link")
        net = bk.Network(odd, link, dt=DT)
        net.run(2 * DT, inputs={odd: 5.0})
        links.append(link.w.tolist())
    assert links[0] == links[1]


class Drifting(bk.Neuron):
    """States called as a method might call the rate, amplitude and slope of another one."""

    x = bk.state(1.0)
    dx = bk.state(0.5)
    g_x = bk.state(0.25)
    slope_x = bk.state(0.125)
    y = bk.state(0.0)

    @bk.derivative("x")
    def move(x, dx):
        return dx / 3.0 - x

    @bk.derivative("dx")
    def pull(x, dx):
        return -x - 0.5 * dx

    @bk.derivative("g_x")
    def decay(g_x, y):
        return y - g_x

    @bk.derivative("slope_x")
    def lean(slope_x, g_x):
        return g_x - slope_x

    @bk.derivative("y")
    def follow(y, dx, g_x, slope_x):
        return dx + g_x + slope_x - y * y


class NoisyDrift(Drifting):
    @bk.diffusion("x")
    def noise(dx):
        return 0.1 * dx


class Plainly(bk.Neuron):
    """Drifting, under other names."""

    x = bk.state(1.0)
    a = bk.state(0.5)
    b = bk.state(0.25)
    c = bk.state(0.125)
    y = bk.state(0.0)

    @bk.derivative("x")
    def move(x, a):
        return a / 3.0 - x

    @bk.derivative("a")
    def pull(x, a):
        return -x - 0.5 * a

    @bk.derivative("b")
    def decay(b, y):
        return y - b

    @bk.derivative("c")
    def lean(c, b):
        return b - c

    @bk.derivative("y")
    def follow(y, a, b, c):
        return a + b + c - y * y


class PlainNoise(Plainly):
    @bk.diffusion("x")
    def noise(a):
        return 0.1 * a


@pytest.mark.parametrize(
    ("one", "other", "methods"),
    [(Drifting, Plainly, [*METHODS, "heun"]), (NoisyDrift, PlainNoise, [*NOISY])],
)
def test_stages_of_a_method_meet_no_state(one, other, methods):
    for method in methods:
        results = []
        for model in (one, other):
            group = model(2, method=method, name="group")
            net = bk.Network(group, dt=DT)
            net.run(5 * DT)
            results.append(
                [getattr(group, name).tolist() for name in group.definition.names("state")]
            )
        assert results[0] == results[1], method


def test_the_noise_of_a_diffusion_keeps_its_name():
    with pytest.raises(bk.errors.ModelError, match=r"xi_x: this name is kept.*noise"):
        type("Twice", (NoisyDrift,), {"__module__": __name__, "xi_x": bk.normal()})


def test_a_parameter_of_the_group_does_not_hide_its_size():
    assert "count" in str(Odd.__signature__)
    assert len(Even(size=4)) == 4
    with pytest.raises(TypeError, match="say first how many"):
        Odd()
    with pytest.raises(bk.errors.ModelError, match="'size'"):
        Even(4, size=4)


def cell(text, name="move", model="Cell", more=None, **scope):
    function = from_text(text, name, **scope)
    body = {
        "__module__": __name__,
        "x": bk.state(1.0),
        "move": bk.step("x")(function),
        **(more or {}),
    }
    return type(model, (bk.Neuron,), body)


def cells_with_projections(backend, *names):
    """Have cells add parameters of these names to x, and send them one spike."""
    added = " + ".join(names)
    model = cell(
        f"def move(x, {', '.join(names)}):\n    return x + {added}\n",
        more={name: bk.parameter(2.0) for name in names},
    )
    scales = {name: 10.0**power for power, name in enumerate(names)}
    cells = model(2, **{name: [scale, 3.0 * scale] for name, scale in scales.items()})
    gate = Gate(1)
    jump = Jump(gate, cells, connect=bk.connect.all_to_all())
    net = bk.Network(cells, gate, jump, dt=DT)
    net.run(2 * DT, inputs={gate: 1.0}, backend=backend)
    total = sum(scales.values())
    assert cells.x.tolist() == [1 + 2 * total + 2, 1 + 2 * 3 * total + 2]


OF_PROJECTIONS = ["n_projections", "all_projections", "heads"]


@pytest.mark.parametrize("name", OF_PROJECTIONS)
def test_only_edges_have_projections(name):
    cells_with_projections("numpy", name)


def test_only_edges_have_projections_on_every_backend(backend):
    cells_with_projections(backend, *OF_PROJECTIONS)


@pytest.mark.parametrize("name", ["range", "slice", "int", "float", "constants", "np"])
def test_a_function_may_not_be_called_as_what_the_program_needs(name):
    with pytest.raises(bk.errors.ModelError, match=f"keeps the name {name}; choose another"):
        cell(f"def {name}(x):\n    return x\n", name)


@pytest.mark.parametrize("name", ["constants", "range"])
def test_a_helper_may_not_be_called_so_either(name):
    helper = from_text(f"def {name}(x):\n    return x\n", name)
    with pytest.raises(bk.errors.ModelError, match=f"keeps the name {name}"):
        cell("def move(x):\n    return helper(x)\n", helper=helper)


def test_a_function_may_be_called_like_the_label_of_a_helper(backend):
    """Printed `helper_double` twice, the one would take the place of the other."""
    double = from_text("def double(x):\n    return 2.0 * x\n", "double")
    more = {
        "y": bk.state(1.0),
        "also": bk.step("y")(
            from_text("def helper_double(y):\n    return y + 5.0\n", "helper_double")
        ),
    }
    last = bk.step("y")(from_text("def third(y):\n    return double(y)\n", "third", double=double))
    cells = cell(
        "def move(x):\n    return double(x)\n", more={**more, "last": last}, double=double
    )(1)
    net = bk.Network(cells, dt=DT)
    net.run(DT, backend=backend)
    assert (cells.x.tolist(), cells.y.tolist()) == ([2.0], [12.0])


def test_two_functions_of_one_printed_name_are_refused():
    """Of one class, or of two whose names run together."""
    other = from_text("def move(y):\n    return y + 5.0\n", "move")
    twice = cell(
        "def move(x):\n    return 2.0 * x\n",
        more={"y": bk.state(0.0), "other": bk.step("y")(other)},
    )
    one = cell("def b_c(x):\n    return 2.0 * x\n", "b_c", "A")
    two = cell("def c(x):\n    return 3.0 * x\n", "c", "A_b")
    for groups, name in (([twice(1)], "Cell_move"), ([one(1), two(1)], "A_b_c")):
        with pytest.raises(bk.errors.ModelError, match=f"would both be printed as {name}: rename"):
            bk.Network(*groups, dt=DT).run(DT)


def test_a_function_called_like_the_label_of_another_is_refused():
    one = cell("def go(x):\n    return 2.0 * x\n", "go", "A")
    two = cell("def A_go(x):\n    return 3.0 * x\n", "A_go", "B")
    with pytest.raises(bk.errors.ModelError, match="would both be printed as A_go"):
        bk.Network(one(1), two(1), dt=DT).run(DT)


@pytest.mark.parametrize(("model", "name"), [("update", "update")])
def test_a_model_and_its_function_may_not_make_a_name_of_the_program(model, name):
    made = cell(f"def {name}(x):\n    return x + 1.0\n", name, model)
    with pytest.raises(
        bk.errors.ModelError, match=f"printed as {model}_{name}.*rename the function or its model"
    ):
        bk.Network(made(1), dt=DT).run(DT)


def test_a_parameter_called_like_a_function_of_its_model_is_refused():
    made = cell(
        "def move(x, Cell_move):\n    return x + Cell_move\n", more={"Cell_move": bk.parameter(2.0)}
    )
    with pytest.raises(bk.errors.ModelError, match="mean two things by Cell_move"):
        bk.Network(made(1), dt=DT).run(DT)


class DerivedDrift(bk.Neuron):
    """Derived quantities called as a method might call the rate and slope of a state."""

    x = bk.state(1.0)
    y = bk.state(0.0)

    @bk.derived
    def dx(x, y):
        return 0.5 * y - x * x

    @bk.derived
    def g_x(x):
        return 0.25 * x

    @bk.derived
    def slope_x(y):
        return y * y

    @bk.derivative("x")
    def move(x, dx):
        return dx / 3.0 - x

    @bk.derivative("y")
    def follow(y, dx, g_x, slope_x):
        return dx + g_x - slope_x - y


class NoisyDerivedDrift(DerivedDrift):
    @bk.diffusion("x")
    def noise(g_x):
        return g_x


class PlainDerived(bk.Neuron):
    """DerivedDrift, under other names."""

    x = bk.state(1.0)
    y = bk.state(0.0)

    @bk.derived
    def a(x, y):
        return 0.5 * y - x * x

    @bk.derived
    def b(x):
        return 0.25 * x

    @bk.derived
    def c(y):
        return y * y

    @bk.derivative("x")
    def move(x, a):
        return a / 3.0 - x

    @bk.derivative("y")
    def follow(y, a, b, c):
        return a + b - c - y


class PlainDerivedNoise(PlainDerived):
    @bk.diffusion("x")
    def noise(b):
        return b


@pytest.mark.parametrize(
    ("one", "other", "methods"),
    [
        (DerivedDrift, PlainDerived, [*METHODS, "heun", "backward_euler"]),
        (NoisyDerivedDrift, PlainDerivedNoise, [*NOISY]),
    ],
)
def test_stages_of_a_method_meet_no_derived_quantity(one, other, methods):
    for method in methods:
        results = []
        for model in (one, other):
            group = model(2, method=method, name="group")
            net = bk.Network(group, dt=DT)
            net.run(5 * DT)
            results.append([group.x.tolist(), group.y.tolist()])
        assert results[0] == results[1], method


class OddDraw(bk.Neuron):
    """Draws of a state, and declares what is derived from the draw and from a drive's name."""

    p_not_drawn = bk.parameter(2.0)
    p_key = bk.parameter(4.0)
    kick_arrives = bk.parameter(8.0)
    kick_key = bk.parameter(16.0)
    kick_not_drawn = bk.parameter(32.0)
    level = bk.state(0.5)
    total = bk.state(0.0)
    ge = bk.state(0.0)
    p = bk.poisson("level")

    @bk.step("total")
    def add(total, p, p_not_drawn, p_key, kick_arrives, kick_key, kick_not_drawn):
        return total + p + p_not_drawn + p_key + kick_arrives + kick_key + kick_not_drawn


class EvenDraw(bk.Neuron):
    """The draw of OddDraw alone."""

    level = bk.state(0.5)
    total = bk.state(0.0)
    ge = bk.state(0.0)
    p = bk.poisson("level")

    @bk.step("total")
    def add(total, p):
        return total + p


def drawn_in(model, backend, rate):
    group = model(4, name="group", level=[0.5, 1.0, 2.0, 4.0])
    drive = bk.PoissonDrive(group, "ge", n=100, rate=rate, weight=1.0, name="kick")
    net = bk.Network(group, drive, dt=DT)
    net.run(4 * DT, backend=backend)
    return group.total, group.ge


def test_draws_of_states_and_drives_meet_no_name_of_a_model(backend):
    for rate in (900.0, lambda t: 900.0 + t):
        total, ge = drawn_in(OddDraw, backend, rate)
        even_total, even_ge = drawn_in(EvenDraw, backend, rate)
        assert total.tolist() == (even_total + 4 * 62.0).tolist()
        assert ge.tolist() == even_ge.tolist()
        assert ge.min() > 0.0


def test_a_drive_may_not_be_called_as_what_has_a_meaning_already():
    for name in ("_kick", "t", "shape"):
        with pytest.raises(bk.errors.ModelError, match=f"name='{name}'.* of its own, but "):
            bk.PoissonDrive(EvenDraw(1), "ge", rate=1.0, weight=1.0, name=name)


class Curve(bk.Neuron):
    """A rate that synapses read, and a size that is no number of neurons."""

    gain = bk.parameter(2.0)
    u = bk.state(3.0)
    x = bk.state(0.0)
    I = bk.input()

    @bk.derived
    def F(u, gain):
        return gain * u

    @bk.derived
    def size(u):
        return 10.0 * u

    @bk.step("x")
    def keep(x, I):
        return x + I

    @bk.threshold
    def fires(u):
        return u - 1.0


class OwnNames(bk.Synapse):
    """``F_pre`` is its own; ``F_post`` is the target's, computed by helpers of which it has one."""

    F_pre = bk.parameter(100.0)
    derived_F_post = bk.parameter(1000.0, per="synapse")
    J = bk.parameter(1.0, per="synapse")
    q = bk.state(0.0, per="post")
    w = bk.state(0.0, per="synapse")

    @bk.derived
    def half(q, F_post):
        return 0.5 * (q + F_post)

    @bk.on_pre("w")
    def derived_half(w, F_pre, F_post, derived_F_post, half):
        return w + F_pre + F_post + derived_F_post + half

    @bk.adds_to("I")
    def couple(J, F_pre, F_post):
        return J * (F_pre + F_post)

    @bk.adds_to("I")
    def for_each_target(half):
        return half


class OtherNames(bk.Synapse):
    """The same, under names that nothing else has."""

    own = bk.parameter(100.0)
    other = bk.parameter(1000.0, per="synapse")
    J = bk.parameter(1.0, per="synapse")
    q = bk.state(0.0, per="post")
    w = bk.state(0.0, per="synapse")

    @bk.derived
    def half(q, F_post):
        return 0.5 * (q + F_post)

    @bk.on_pre("w")
    def receive(w, own, F_post, other, half):
        return w + own + F_post + other + half

    @bk.adds_to("I")
    def couple(J, own, F_post):
        return J * (own + F_post)

    @bk.adds_to("I")
    def for_each_target(half):
        return half


def test_what_a_synapse_declares_goes_before_what_its_ends_derive(backend):
    results = []
    for model in (OwnNames, OtherNames):
        cells = Curve(3, name="cells")
        link = model(cells, cells, connect=bk.connect.all_to_all(), name="link")
        net = bk.Network(cells, link, dt=DT)
        net.run(2 * DT, backend=backend)
        results.append((link.w.tolist(), cells.x.tolist()))
    assert results[0] == results[1]
    assert results[0][1] == [2 * (3 * 106.0 + 3.0)] * 3
    assert cells.size.tolist() == [30.0] * 3
    assert (len(cells), cells[1:].size.tolist()) == (3, [30.0, 30.0])


def test_what_follows_from_a_name_that_the_synapse_took_is_refused():
    class Taken(bk.Synapse):
        u_pre = bk.parameter(1.0)

        @bk.on_pre("x_post")
        def receive(x_post, u_pre, F_pre):
            return x_post + u_pre + F_pre

    cells = Curve(2, name="cells")
    with pytest.raises(
        bk.errors.ModelError, match="F_pre, which Curve derives from u, but Taken has a u_pre"
    ):
        Taken(cells, cells, connect=bk.connect.all_to_all())
