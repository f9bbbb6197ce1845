"""What JAX refuses, said in the words of the model.

Where it is written, and how it can be written instead.
"""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jax import errors

from brainkernel.backend import Program
from brainkernel.errors import BackendError, MemoryLimitError

ADVICE: tuple[tuple[type[Exception], str, str], ...] = (
    (
        errors.TracerBoolConversionError,
        "",
        "a value decides which way to go: write np.where(condition, a, b)",
    ),
    (
        errors.TracerArrayConversionError,
        "",
        "NumPy itself was called: name it np, from `import numpy as np`",
    ),
    (
        errors.TracerIntegerConversionError,
        "",
        "a value is used as an index of Python's: write array[np.int64(k)]",
    ),
    (
        errors.NonConcreteBooleanIndexError,
        "",
        "a mask picks elements: write np.where(mask, value, 0.0)",
    ),
    (
        errors.ConcretizationTypeError,
        "",
        "a value is made a number of Python's: leave float(), int(), bool() out",
    ),
    (
        TypeError,
        "does not support item assignment",
        "an array is written to: write np.where(np.arange(n) == k, new, x)",
    ),
    (
        TypeError,
        "item assignment",
        "an array is written to: write np.where(np.arange(n) == k, new, x)",
    ),
    (AttributeError, "jax.numpy", "jax.numpy has no such function: write it with others"),
)


@contextmanager
def explained(program: Program, path: Path, needed: int) -> Iterator[None]:
    """Say what is wrong where JAX cannot trace a model's function, or memory runs out.

    Parameters
    ----------
    program : Program
        What is traced.
    path : Path
        The file of its text.
    needed : int
        Bytes of its arrays.

    Raises
    ------
    BackendError
        With the user's file and line, and the portable spelling.
    MemoryLimitError
        With the estimate, and what to change.
    """
    try:
        yield
    except (
        errors.JAXTypeError,
        errors.JAXIndexError,
        TypeError,
        AttributeError,
        NotImplementedError,
    ) as cause:
        location = _location(program, path, cause)
        if location is None:
            raise
        raise BackendError(
            f"{location} cannot run under JAX: {_advice(cause)} ({_first_line(cause)})"
        ) from cause
    except Exception as cause:
        if "RESOURCE_EXHAUSTED" not in str(cause) and "Out of memory" not in str(cause):
            raise
        raise MemoryLimitError(
            f"the device has too little memory: states and synapses alone take {needed / 1e6:.0f} "
            'MB. Keep them in dtype="float32", watch fewer neurons or at longer intervals, or run '
            f"on a larger device ({_first_line(cause)})"
        ) from cause


def _advice(cause: Exception) -> str:
    for kind, words, advice in ADVICE:
        if isinstance(cause, kind) and words in str(cause):
            return advice
    return "it uses what only NumPy can do"


def _first_line(cause: Exception) -> str:
    return str(cause).strip().split("\n")[0][:200]


def _location(program: Program, path: Path, cause: Exception) -> str | None:
    """The user's function, file and line where tracing stopped.

    None where it did not stop in a user's function.
    """
    lines = [
        frame.lineno or 0
        for frame in traceback.extract_tb(cause.__traceback__)
        if frame.filename == str(path)
    ]
    text = path.read_text(encoding="utf-8")
    for line in reversed(lines):
        for function in ast.parse(text).body:
            if isinstance(function, ast.FunctionDef) and function.lineno <= line <= (
                function.end_lineno or 0
            ):
                source = _source(program, text, function)
                if source is not None:
                    file, first = source
                    number = first + line - function.lineno
                    return f"{file}, line {number}, in {function.name}"
    return None


def _source(program: Program, text: str, function: ast.FunctionDef) -> tuple[str, int] | None:
    """The file and line of a function of a model."""
    printed = ast.get_source_segment(text, function)
    for source in program.functions.values():
        if (
            source.name == function.name
            and printed is not None
            and source.text.strip() == printed.strip()
        ):
            return source.file, source.line
    return None
