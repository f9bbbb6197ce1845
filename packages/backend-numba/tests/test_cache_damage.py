"""Damaged files of the cache are rebuilt and never read; processes may write at the same time."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.codegen.source_file import import_program, write_program
from brainkernel.errors import ProgramError
from brainkernel_neurons import LIF
from brainkernel_numba import cache

PROGRAM = """
import numba

@numba.njit(cache=True)
def run(x, factor):
    total = 0.0
    for i in range(x.size):
        total += factor * x[i]
    return total
"""

# imports programs, runs each when told to, and tells whether Numba found it on disk
CHILD = """
import json, sys
from pathlib import Path
import numpy as np
from brainkernel.codegen.source_file import import_program, write_program
from brainkernel_numba.cache import CheckedModule

values = np.arange(4.0) if sys.argv[1] == "float64" else np.arange(4, dtype=np.int32)
for path in sys.argv[2:]:
    module = import_program(Path(path))
    print("ready", flush=True)
    sys.stdin.readline()
    total = CheckedModule(module).run(values, 2.0)
    stats = module.run.stats
    print(json.dumps([total, len(stats.cache_hits), len(stats.cache_misses)]), flush=True)
"""
REBUILT, FOUND = [12.0, 0, 1], [12.0, 1, 0]


class Planted:
    """A pickle that leaves a trace where it is read."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def start(*paths, kind="float64"):
    command = [sys.executable, "-c", CHILD, kind, *map(str, paths)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def finish(process):
    text = process.communicate("go\n")[0]
    assert process.returncode == 0
    return json.loads(text.splitlines()[-1])


def run(path, kind="float64"):
    """Find in this process what a new one would: Numba's memory lies in the program's module."""
    module = import_program(path)
    try:
        values = np.arange(4.0) if kind == "float64" else np.arange(4, dtype=np.int32)
        total = cache.CheckedModule(module).run(values, 2.0)
        return [total, len(module.run.stats.cache_hits), len(module.run.stats.cache_misses)]
    finally:
        del sys.modules[module.__name__]


def file_of(path, ending):
    (found,) = (path.parent / "__pycache__").glob(f"*{ending}")
    return found


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


@pytest.fixture(scope="module")
def left_by_a_process(tmp_path_factory):
    path = tmp_path_factory.mktemp("left") / "program.py"
    path.write_text(PROGRAM)
    assert finish(start(path)) == REBUILT
    assert finish(start(path)) == FOUND
    return path.parent


@pytest.fixture
def compiled(left_by_a_process, tmp_path):
    shutil.copytree(left_by_a_process, tmp_path / "copy")
    path = tmp_path / "copy" / "program.py"
    assert (
        run(path) == REBUILT
    )  # a folder that was moved: Numba's files name the module, and the module its path
    assert run(path) == FOUND
    return path


def flipped(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


DAMAGE = {
    "cut off": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "empty": lambda data: b"",
    "a bit flipped": flipped,
    "zeros": lambda data: bytes(len(data)),
    "one byte more": lambda data: data + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_a_damaged_file_is_compiled_anew_and_then_found(compiled, ending, damage):
    file = file_of(compiled, ending)
    file.write_bytes(DAMAGE[damage](file.read_bytes()))
    assert run(compiled) == REBUILT
    assert run(compiled) == FOUND


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_no_pickle_is_read_whose_digest_is_wrong(compiled, ending, tmp_path):
    trace = tmp_path / "was read"
    file_of(compiled, ending).write_bytes(pickle.dumps(Planted(trace)))
    assert run(compiled) == REBUILT
    assert not trace.exists()
    pickle.loads(pickle.dumps(Planted(trace)))
    assert trace.exists()  # had it been read, it would have shown


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff\xfe no list", b"0000  program.run-4.py311.nbi\n", None],
    ids=["empty", "noise", "wrong", "gone"],
)
def test_without_a_list_of_digests_nothing_is_trusted(compiled, text):
    listed = file_of(compiled, ".sha256")
    if text is None:
        listed.unlink()
    else:
        listed.write_bytes(text)
    assert run(compiled) == REBUILT
    assert run(compiled) == FOUND


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_a_missing_file_is_compiled_anew(compiled, ending):
    file_of(compiled, ending).unlink()
    assert run(compiled) == REBUILT
    assert run(compiled) == FOUND


def test_preparing_compiles_and_calls_nothing(path):
    module = import_program(path)
    values = np.arange(4.0)
    cache.CheckedModule(module).prepare((values, 2.0))
    assert len(module.run.overloads) == 1
    assert file_of(path, ".sha256").read_text().count("\n") == 2


def test_an_undamaged_cache_is_used_and_left_as_it_is(compiled):
    before = {file: file.stat().st_mtime_ns for file in (compiled.parent / "__pycache__").iterdir()}
    assert run(compiled) == FOUND
    assert {
        file: file.stat().st_mtime_ns for file in (compiled.parent / "__pycache__").iterdir()
    } == before


def test_files_of_other_programs_are_left_alone(compiled):
    others = [
        compiled.parent / "__pycache__" / name
        for name in ("programs.run-4.py311.nbi", "program.py.x.nbi", "x")
    ]
    for other in others:
        other.write_bytes(b"another's")
    file_of(compiled, ".1.nbc").write_bytes(b"")
    assert run(compiled) == REBUILT
    assert all(other.read_bytes() == b"another's" for other in others)


def test_each_kind_of_arguments_is_kept(compiled):
    assert run(compiled, "int32") == REBUILT
    assert run(compiled, "int32") == FOUND
    assert run(compiled) == FOUND


def test_what_was_damaged_after_the_check_is_not_vouched_for(compiled):
    function = import_program(compiled).run
    trusted = cache.distrust(function)
    file = file_of(compiled, ".nbc")
    listed = file_of(compiled, ".sha256").read_text()
    cache.vouch(function, trusted)
    assert file_of(compiled, ".sha256").read_text() == listed
    file.write_bytes(b"")
    assert len(cache.distrust(function)) == 1
    assert not file.exists()


def test_what_cannot_be_removed_is_an_error_and_not_trusted(compiled):
    file = file_of(compiled, ".nbi")
    file.unlink()
    file.mkdir()  # unlike a permission, this also stops the superuser
    with pytest.raises(ProgramError, match="cannot be removed"):
        cache.CheckedModule(import_program(compiled)).run(np.arange(4.0), 2.0)


def test_a_full_disk_costs_the_cache_and_not_the_run(path, monkeypatch):
    function = import_program(path).run

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(function._cache), "save_overload", full)
    module = cache.CheckedModule(import_program(path))
    with pytest.warns(UserWarning, match="No space left"):
        assert module.run(np.arange(4.0), 2.0) == 12.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert module.run(np.arange(4, dtype=np.int32), 2.0) == 12.0


@pytest.mark.parametrize(
    "kinds", [("float64",) * 3, ("float64", "int32", "float64")], ids=["alike", "different"]
)
def test_processes_that_compile_at_once_are_all_right_and_leave_a_whole_cache(tmp_path, kinds):
    paths = [tmp_path / f"program_{number}.py" for number in range(3)]
    for path in paths:
        path.write_text(PROGRAM)
    processes = [start(*paths, kind=kind) for kind in kinds]
    for path in paths:
        assert [process.stdout.readline() for process in processes] == ["ready\n"] * len(kinds)
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        found = [json.loads(process.stdout.readline()) for process in processes]
        assert [total for total, _, _ in found] == [12.0] * len(kinds)
        assert sum(misses for _, _, misses in found) == len(
            set(kinds)
        )  # the others waited, and found it
        assert all(run(path, kind) == FOUND for kind in kinds)
    assert [process.wait() for process in processes] == [0] * len(kinds)


def test_a_process_killed_while_it_compiles_stops_no_other(path):
    process = start(path)
    process.stdout.readline()
    process.stdin.write("go\n")
    process.stdin.flush()
    while not list(path.parent.glob("__pycache__/*.lock")) and process.poll() is None:
        pass
    process.kill()
    process.communicate()
    assert run(path)[0] == 12.0
    assert run(path) == FOUND


# --- a network's program and its folder -----------------------------------------------------------


def network():
    lif = LIF(3, tau=10.0, V=[-60.0, -56.0, -55.5])
    return bk.Network(lif, spikes=bk.SpikeMonitor(lif)), lif


def spikes_of(net, lif):
    net.run(20.0, inputs={lif: 500.0}, backend="numba")
    return net.spikes.time.values.tolist()


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_text_is_written_anew(damage, tmp_path):
    path = write_program(PROGRAM, "numba", tmp_path)
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    assert write_program(PROGRAM, "numba", tmp_path) == path
    assert path.read_bytes() == PROGRAM.encode()


def test_a_network_whose_cache_is_all_cut_off_computes_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINKERNEL_CACHE_DIR", str(tmp_path))
    net, lif = network()
    expected = spikes_of(net, lif)
    files = [file for file in tmp_path.rglob("*") if file.is_file() and file.stat().st_size]
    assert {file.suffix for file in files} == {".py", ".nbi", ".nbc", ".sha256"}
    for file in files:
        file.write_bytes(DAMAGE["cut off"](file.read_bytes()))
    for name in [name for name in sys.modules if name.startswith("brainkernel_program_")]:
        monkeypatch.delitem(sys.modules, name)
    again, lif = network()
    assert spikes_of(again, lif) == expected != []


def test_a_text_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "edited.py"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProgramError, match="cannot be read"):
        import_program(path)


def warned(net, lif):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = spikes_of(net, lif)
    return found, [
        str(warning.message) for warning in caught if "cannot be written" in str(warning.message)
    ]


@pytest.mark.parametrize("in_the_way", ["of the folder", "of its __pycache__"])
def test_a_folder_that_cannot_be_written_gives_way_to_another_and_says_so_once(
    tmp_path, monkeypatch, in_the_way
):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr("numba.core.config.CACHE_DIR", "")
    folder, spare = tmp_path / "programs", tmp_path / "temporary"
    spare.mkdir()
    if in_the_way == "of the folder":
        folder.write_text("a file")
    else:
        folder.mkdir()
        (folder / "__pycache__").write_text("a file")
    monkeypatch.setenv("BRAINKERNEL_CACHE_DIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    net, lif = network()
    found, messages = warned(net, lif)
    assert len(messages) == 1
    assert str(spare) in messages[0]
    assert found
    assert net.program_path.is_relative_to(spare)
    assert list(spare.rglob("*.nbc")) and list(spare.rglob("*.sha256"))
    again = network()
    assert warned(*again) == (found, [])
    assert again[0].program_path == net.program_path
