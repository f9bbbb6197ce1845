"""Says what to write where a traced function gives traced numbers to NumPy itself."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jax
import numpy as np

from brainkernel.errors import ModelError

LIBRARIES = tuple(str(Path(module).parent) for module in (jax.__file__, np.__file__, __file__))
SEQUENCE = "setting an array element with a sequence"


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Name the line where an array or a function of NumPy is given what is traced.

    Parameters
    ----------
    name : str
        What the messages call the transformed function.

    Raises
    ------
    ModelError
        With file, line and text.
    """
    try:
        yield
    except jax.errors.TracerArrayConversionError as cause:
        raise _refusal(name, cause) from cause
    except ValueError as cause:
        if SEQUENCE not in str(cause) or not isinstance(
            cause.__cause__, jax.errors.JAXTypeError | TypeError
        ):
            raise
        raise _refusal(name, cause) from cause


def _refusal(name: str, cause: Exception) -> ModelError:
    frames = traceback.extract_tb(cause.__traceback__)
    ignored = (*LIBRARIES, "<")
    of_user = [frame for frame in frames if not frame.filename.startswith(ignored)]
    position = ""
    if of_user:
        last = of_user[-1]
        position = f"\n  {last.filename}:{last.lineno}\n    {last.line}"
    return ModelError(
        f"{name} gives numbers that are traced to an array or a function of NumPy itself, which "
        "cannot hold them: "
        "make an array that is written to a bm.Array, as y = bm.Array(np.zeros(3)), and pass "
        "arguments as bm.Array"
        f"{position}"
    )
