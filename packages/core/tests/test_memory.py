"""What a network and its records take is told in advance, and refused where it cannot fit."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Counter, Current, Gate, Jump, Noisy

import brainkernel as bk
from brainkernel.base import system_limits as resources
from brainkernel.memory import estimate as memory
from brainkernel.memory import record_limits as room
from brainkernel.recording import memory_store as stores

GB = 10**9


def uniform(rng):
    return rng.uniform(0.0, 1.0)


def several(rng, dt):
    return bk.on_grid(rng.uniform(dt, 3.0), dt)


def network(size=2000, p=0.1, model=Jump, delay=None, **values):
    pre, post = Gate(size, name="pre"), (Counter if model is Jump else Noisy)(size, name="post")
    syn = model(
        pre[: size // 2], post, connect=bk.connect.fixed_prob(p), delay=delay, name="syn", **values
    )
    return bk.Network(pre, post, syn, dt=DT)


@pytest.mark.parametrize("model", [Jump, Current])
@pytest.mark.parametrize("values", [{}, {"weight": uniform}])
@pytest.mark.parametrize("delay", [None, 1.0, several])
@pytest.mark.parametrize("p", [0.01, 0.2])
def test_what_is_expected_is_what_comes(model, values, delay, p):
    net = network(p=p, model=model, delay=delay, **values)
    expected = net.memory()
    assert net._build is None
    net.build  # noqa: B018 - makes the network ready
    counted = net.memory()
    assert expected.total == pytest.approx(counted.total, rel=0.05)
    for part in ("targets", "weights", "delays"):
        few = 0.005 * counted.total
        assert expected.by_part[part] == pytest.approx(
            counted.by_part.get(part, 0), rel=0.05, abs=few
        )
    assert (expected.built, counted.built) == (False, True)


def test_targets_and_weights_are_what_the_arrays_take():
    net = network(weight=uniform)
    counted = net.memory()
    assert not counted.built
    synapses = net.projections[0].targets.size
    counted = net.memory()
    assert counted.by_part["weights"] >= 8 * synapses
    assert counted.by_part["targets"] >= 2 * synapses
    arrays = [
        net.build.constants,
        net.build.first.values,
        *net.build.tables.stores.values(),
        net.build.tables.rows,
    ]
    assert counted.total >= sum(array.nbytes for array in arrays)


def recorded():
    cells = Noisy(50, V_th=1e9, name="cells")
    monitors = {
        "v": bk.StateMonitor(cells, ["V", "spike"], every=4 * DT),
        "r": bk.RateMonitor(cells, every=8 * DT),
        "s": bk.SpikeMonitor(cells),
    }
    return bk.Network(cells, dt=DT, **monitors)


def test_records_are_counted_for_a_duration():
    net = recorded()
    before = net.memory(1600 * DT)
    assert before.by_part["records"] == 2 * (
        400 * (8 + 50 * 9) + 200 * 16
    )  # what is kept, and what a run returns
    assert [entry.owner for entry in before.unknown] == ["s"]
    net.run(3 * DT)
    assert net.memory(1600 * DT).by_owner["v"] == before.by_owner["v"]
    tree = net.run(1600 * DT)
    assert tree["v"].time.nbytes + tree["v"].V.nbytes + tree["v"].spike.nbytes == 400 * (8 + 50 * 9)
    assert "records" not in net.memory().by_part


def test_it_reads_as_a_table():
    net = network(weight=uniform)
    lines = str(net.memory()).splitlines()
    assert lines[0].startswith("Memory expected")
    assert [line.split()[0] for line in lines[1:4]] == ["states", "parameters", "targets"]
    assert "syn" in next(line for line in lines if "weights" in line)
    assert "unknown" not in repr(net.memory())


def test_a_rule_that_does_not_tell_is_named():
    class Odd:
        def pairs(self, ends, random):
            return bk.connect.all_to_all().pairs(ends, random)

    pre, post = Gate(3), Counter(3)
    net = bk.Network(pre, post, Jump(pre, post, connect=Odd(), name="odd"), dt=DT)
    assert {entry.owner for entry in net.memory().unknown} == {"odd"}
    assert "odd" in str(net.memory())
    assert net.run(DT) is not None


def test_a_run_whose_records_do_not_fit_is_refused_at_once(monkeypatch):
    net = recorded()
    net.build  # noqa: B018 - makes the network ready
    monkeypatch.setattr(room, "GRANT", 0.0)  # look before each run
    monkeypatch.setattr(room, "available_memory", lambda: 366_400 + 6_400)
    net.run(1600 * DT)  # it fits, to the byte
    monkeypatch.setattr(room, "available_memory", lambda: 366_400 + 6_400 - 1)
    with pytest.raises(
        bk.errors.MemoryLimitError, match=r"v 183 kB, r 3\.2 kB.*every=.*neurons=.*record_to="
    ) as caught:
        net.run(1600 * DT)
    assert isinstance(caught.value, MemoryError)
    assert net.step == 1600
    net.run(1599 * DT)


def test_a_disk_that_is_too_small_is_refused_at_once(monkeypatch, tmp_path):
    pytest.importorskip("zarr")
    net = recorded()
    monkeypatch.setattr(room, "available_memory", lambda: 0)
    monkeypatch.setattr(room, "free_disk", lambda path: 186_399)
    with pytest.raises(bk.errors.MonitorError, match="are free at"):
        net.run(1600 * DT, record_to=tmp_path / "out.zarr")
    assert net.step == 0
    assert not (tmp_path / "out.zarr").exists()
    monkeypatch.setattr(room, "free_disk", lambda path: 186_400)
    net.run(1600 * DT, record_to=tmp_path / "out.zarr")


def test_a_network_that_does_not_fit_is_refused_before_it_is_drawn(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 2 * GB)
    net = network(size=100_000, weight=uniform)  # half a billion synapses
    with pytest.raises(bk.errors.MemoryLimitError, match="weights"):
        net.build  # noqa: B018 - refused
    assert net._build is None
    network(size=100).build  # noqa: B018 - one that fits


def test_without_anybody_who_knows_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    monkeypatch.setattr(room, "available_memory", lambda: None)
    assert recorded().run(DT) is not None


def system(folder, cgroup, files):
    (folder / "proc" / "self").mkdir(parents=True)
    (folder / "proc" / "meminfo").write_text(
        "MemTotal: 16000 kB\nMemFree: 10 kB\nMemAvailable:    8000 kB\n"
    )
    (folder / "proc" / "self" / "cgroup").write_text(cgroup)
    for name, text in files.items():
        path = folder / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return resources.available_memory(folder / "proc", folder / "cgroup")


@pytest.mark.parametrize(
    ("cgroup", "files", "left"),
    [
        ("", {}, 8000 * 1024),
        ("0::/a/b\n", {"a/b/memory.max": "max\n", "a/b/memory.current": "5\n"}, 8000 * 1024),
        ("0::/a/b\n", {"a/b/memory.max": "100000\n", "a/b/memory.current": "40000\n"}, 60000),
        ("0::/a/b\n", {"a/memory.max": "100000\n", "a/memory.current": "40000\n"}, 60000),
        (
            "0::/a\n",
            {
                "a/memory.max": "90",
                "a/memory.current": "80",
                "a/memory.stat": "anon 4\ninactive_file 30\n",
            },
            40,
        ),
        (
            "4:memory:/x\n",
            {"memory/x/memory.limit_in_bytes": "500\n", "memory/x/memory.usage_in_bytes": "100\n"},
            400,
        ),
        (
            "4:memory:/x\n",
            {"memory/x/memory.limit_in_bytes": "1", "memory/x/memory.usage_in_bytes": "9"},
            0,
        ),
    ],
)
def test_control_groups_limit_what_the_machine_has(tmp_path, cgroup, files, left):
    assert system(tmp_path, cgroup, files) == left


def test_this_machine_says_what_is_free(tmp_path):
    free = resources.available_memory()
    assert free is None or free > 0
    assert resources.free_disk(tmp_path / "not" / "there") > 0


def test_sizes_are_readable():
    sizes = [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (2.5e9, "2.5 GB"),
        (3e15, "3,000 TB"),
    ]
    assert [resources.readable(size) for size, _ in sizes] == [text for _, text in sizes]


def test_many_short_runs_leave_few_pieces():
    cells = Noisy(3, V_th=1e9)
    net = bk.Network(cells, dt=DT, v=bk.StateMonitor(cells, "V"))
    for _ in range(100):
        net.run(DT)
    assert len(net._recorder._store._pieces["v"]["V"]) < 10
    assert np.all(np.diff(net.v.time.values) == DT)


def test_a_run_is_found_among_many_pieces(monkeypatch):
    monkeypatch.setattr(stores, "SMALL", 0)  # no two are joined
    cells = Noisy(3, V_th=1e9)
    net = bk.Network(cells, dt=DT, v=bk.StateMonitor(cells, "V"))
    for steps in (3, 5, 2, 4):
        tree = net.run(steps * DT)
        assert tree["v"].time.values.tolist() == net.v.time.values[-steps:].tolist()
    assert net.v.sizes["time"] == 14
