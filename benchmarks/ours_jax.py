"""One case in brainkernel, on the JAX backend; one thread is a process bound to one core.

A GPU is taken by `BRAINKERNEL_DEVICE=gpu python benchmarks/ours_jax.py coba --n 400000`.
"""

from __future__ import annotations

import os

from contestant import arguments
from ours import main
from peer_brainpy import bind

if __name__ == "__main__":
    given = arguments()
    device = os.environ.get("BRAINKERNEL_DEVICE", "cpu")
    if device == "cpu":
        bind(given.threads)
    main(given, {"backend": "jax", "device": device}, "brainkernel JAX")
