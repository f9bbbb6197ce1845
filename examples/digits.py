"""Train one hidden layer of spiking neurons to read handwritten digits, with surrogate gradients.

The network is an ordinary one, which runs on every backend; `brainkernel_jax.function` makes a pure
function of it, and what trains it is JAX's `vmap` and `grad` with Optax. The data are
scikit-learn's 1,797 digits of 8 x 8 pixels.

    python examples/digits.py --seeds 5
"""

from __future__ import annotations

import argparse
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import brainkernel as bk
import brainkernel_jax as bj

HIDDEN, CLASSES, DURATION = 128, 10, 20.0


class Cell(bk.Neuron):
    """A leaky integrate-and-fire neuron in units of its threshold."""

    tau = bk.parameter(10.0, unit="ms")
    V = bk.state(0.0)
    I = bk.input(unit="1/ms")

    @bk.derivative
    def dV(V, I, tau):
        return I - V / tau

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def after_spike(V):
        return V - 1.0


class Readout(bk.Neuron):
    """A leaky integrator, which never fires."""

    tau = bk.parameter(20.0, unit="ms")
    V = bk.state(0.0)

    @bk.derivative
    def dV(V, tau):
        return -V / tau


class Push(bk.Synapse):
    """Adds its weight to the target's V."""

    weight = bk.parameter(0.0, per="synapse")

    @bk.on_pre("V_post")
    def receive(V_post, weight):
        return V_post + weight


def network(seed: int) -> bk.Network:
    """Hidden cells, which an input drives, onto one leaky integrator for each digit."""
    cells, readout = Cell(HIDDEN, name="cells"), Readout(CLASSES, name="readout")
    everywhere = bk.connect.all_to_all()
    push = Push(
        cells, readout, connect=everywhere, weight=lambda rng: rng.normal(0.0, 0.1), name="push"
    )
    return bk.Network(cells, readout, push, dt=1.0, seed=seed, out=bk.StateMonitor(readout, "V"))


def logits(function: bj.Function, weights: dict[str, jax.Array], image: jax.Array) -> jax.Array:
    """How much each readout cell has seen on average over time."""
    drive = image @ weights["into"] + weights["bias"]
    parameters = {"push": {"weight": weights["out"]}}
    _, records = function(parameters, {"cells": {"I": drive}})
    return records["out"]["V"].mean(axis=0)


def train(seed: int, epochs: int) -> tuple[float, float]:
    """Train from one seed; give the test accuracy and how many seconds it took."""
    began = time.perf_counter()
    images, labels = load_digits(return_X_y=True)
    split = train_test_split(
        images / 16.0, labels, test_size=0.2, random_state=seed, stratify=labels
    )
    images, test_images, labels, test_labels = (jnp.asarray(part) for part in split)
    function = bj.function(
        network(seed), DURATION, surrogate="superspike", width=1.0, dtype="float32"
    )
    rng = np.random.default_rng(seed)
    weights = {
        "into": jnp.asarray(rng.normal(0.0, 0.05, (64, HIDDEN)), jnp.float32),
        "bias": jnp.full(HIDDEN, 0.05, jnp.float32),
        "out": function.parameters["push"]["weight"],
    }
    every = jax.vmap(partial(logits, function), in_axes=(None, 0))

    def loss(weights: dict[str, jax.Array], images: jax.Array, labels: jax.Array) -> jax.Array:
        return optax.softmax_cross_entropy_with_integer_labels(
            every(weights, images), labels
        ).mean()

    steps = epochs * (len(images) // 64)
    optimiser = optax.adam(optax.cosine_decay_schedule(5e-3, steps))

    @jax.jit
    def update(weights, state, images, labels):  # type: ignore[no-untyped-def]
        changes, state = optimiser.update(jax.grad(loss)(weights, images, labels), state)
        return optax.apply_updates(weights, changes), state

    state = optimiser.init(weights)
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for first in range(0, len(images) - 63, 64):
            some = order[first : first + 64]
            weights, state = update(weights, state, images[some], labels[some])
    found = jnp.argmax(jax.jit(every)(weights, test_images), axis=1)
    return float(jnp.mean(found == test_labels)), time.perf_counter() - began


def main() -> None:
    """Train from several seeds and say how well it went."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=30)
    options = parser.parse_args()
    results = []
    for seed in range(options.seeds):
        accuracy, seconds = train(seed, options.epochs)
        results.append((accuracy, seconds))
        print(f"seed {seed}: {accuracy:.1%} of the test digits, {seconds:.1f} s")
    accuracies, times = zip(*results, strict=True)
    print(f"mean {np.mean(accuracies):.1%}, least {min(accuracies):.1%}, {sum(times):.0f} s in all")


if __name__ == "__main__":
    main()
