"""The line that installs what is missing: from an index, and from a checkout."""

from __future__ import annotations

# Our own distributions that an extra brings, by their folders in a checkout; other extras bring
# what an index has.
FOLDERS = {
    "models": ("models-neurons", "models-synapses"),
    "cells": ("models-cells",),
    "numba": ("backend-numba",),
    "jax": ("backend-jax",),
    "measures": ("measures",),
}


def install_line(extra: str) -> str:
    """Say how an extra of brainkernel is installed.

    Parameters
    ----------
    extra : str
        As in ``brainkernel[numba]``.
    """
    folders = FOLDERS.get(extra)
    core = f'"./packages/core[{extra}]"' if folders is None else "./packages/core"
    checkout = " ".join([core, *(f"./packages/{folder}" for folder in folders or ())])
    return f'pip install "brainkernel[{extra}]", or in a checkout: pip install {checkout}'
