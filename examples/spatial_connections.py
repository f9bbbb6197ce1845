"""A sheet of neurons connected by distance: a wave runs out from where it is touched.

The probability falls with distance as a Gaussian, so squared distances of connected pairs have
the mean ``2 sigma**2`` on a sheet without borders; delays follow the distance.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_neurons import LIF
from brainkernel_synapses import VoltageJump

SIDE, WIDTH, SPEED = 50, 1000.0, 0.3  # neurons along a side; micrometres; mm/ms
SIGMA = 60.0  # micrometres


def sheet() -> bk.Network:
    """A square sheet of 2,500 neurons; near ones are connected."""
    grid = (np.arange(SIDE) + 0.5) * WIDTH / SIDE
    positions = np.array(np.meshgrid(grid, grid)).reshape(2, -1).T
    cells = LIF(SIDE * SIDE, positions=positions, t_ref=20.0, name="cells")
    near = VoltageJump(
        cells,
        cells,
        connect=bk.connect.prob(
            lambda distance: 0.6 * np.exp(-(distance**2) / (2.0 * SIGMA**2)), autapses=False
        ),
        weight=3.0,
        delay=lambda distance, dt: bk.on_grid(0.5 + distance * 1e-3 / SPEED, dt),
        name="near",
    )
    return bk.Network(cells, near, dt=0.1, seed=4, spikes=bk.SpikeMonitor(cells))


def mean_square_distance(net: bk.Network) -> float:
    """Over connected pairs whose source is far from the border."""
    cells, near = net["cells"], net["near"]
    distance = cells.positions[near.targets] - cells.positions[near.sources]
    inner = np.all(np.abs(cells.positions[near.sources] - WIDTH / 2) < WIDTH / 4, axis=1)
    return float(np.mean(np.sum(distance[inner] ** 2, axis=1)))


def wave_speed(net: bk.Network) -> float:
    """Touch the middle, and fit how the first spikes move outwards, in mm/ms."""
    cells = net["cells"]
    radius = np.hypot(*(cells.positions - WIDTH / 2).T)
    middle = np.flatnonzero(radius < 80.0)
    net.run(60.0, inputs={cells[middle]: bk.window(8000.0, 0.0, 3.0)})
    first = net.spikes.to_dataframe().groupby("neuron").time.min()
    distance = radius[first.index] * 1e-3
    outside = (distance > 0.15) & (distance < 0.45)
    slope, _ = np.polyfit(first.to_numpy()[outside], distance[outside], 1)
    return float(slope)


def main() -> None:
    """Print the spread of connections and the speed of the wave."""
    net = sheet()
    print(
        f"mean square distance {mean_square_distance(net):.0f} um2; 2 sigma**2: {2 * SIGMA**2:.0f}"
    )
    print(f"speed of the wave    {wave_speed(net):.3f} mm/ms; conduction alone {SPEED}")


if __name__ == "__main__":
    main()
