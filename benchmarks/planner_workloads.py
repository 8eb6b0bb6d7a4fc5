"""Workloads and prices on which the planner is measured, fixed before it was written.

Prices are made up. They have the shape that clouds' lists have: twice the machine for a little less
than twice the price, types with much memory or many cores, and expensive ones with a GPU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESOURCES = ("cpu", "memory", "gpu", "network")  # cores, GiB, GPUs, Mbit/s
SEED = 20261128


@dataclass(frozen=True)
class MachineType:
    """A type of machine as a cloud's list has it.

    Args:
        name: of the type.
        price: an hour, in made-up money.
        capacity: of `RESOURCES`.
    """

    name: str
    price: float
    capacity: tuple[float, float, float, float]


PRICES = (
    MachineType("tiny", 0.055, (1, 2, 0, 200)),
    MachineType("small", 0.100, (2, 4, 0, 500)),
    MachineType("medium", 0.190, (4, 8, 0, 1000)),
    MachineType("large", 0.370, (8, 16, 0, 2000)),
    MachineType("many-cores", 0.340, (8, 8, 0, 2000)),
    MachineType("much-memory", 0.280, (4, 32, 0, 1000)),
    MachineType("wide", 0.720, (16, 32, 0, 4000)),
    MachineType("one-gpu", 0.600, (4, 16, 1, 2000)),
    MachineType("four-gpus", 2.100, (16, 64, 4, 8000)),
)


@dataclass(frozen=True)
class Workload:
    """Streams by what they need.

    Args:
        name: of the workload, and what it is like.
        demands: what a stream needs, (streams, ways, 4); a way that it has not is NaN.
    """

    name: str
    demands: Floats


def workloads() -> list[Workload]:
    """Six, each from its own seeded distribution."""
    draws = np.random.default_rng(SEED).spawn(5)
    return [
        _equal(),
        _snapshots(draws[0], 1000),
        _programs(draws[1], 200),
        _programs(draws[2], 1000),
        _mixed(draws[3], 300),
        _heavy(draws[4], 30),
    ]


def _ways(*ways: tuple[float | Floats, ...]) -> Floats:
    number = max(np.size(part) for way in ways for part in way)
    found = [np.stack([np.broadcast_to(part, number) for part in way], axis=-1) for way in ways]
    return np.stack(found, axis=1).astype(float)


def _equal() -> Workload:
    return Workload(
        "1000 equal cameras at 0.25 frames/s", _ways((0.01, 0.02, 0.0, 0.1)).repeat(1000, 0)
    )


def _snapshots(draw: np.random.Generator, number: int) -> Workload:
    rate = np.exp(draw.uniform(np.log(1 / 60), np.log(1), number))  # frames/s
    size = draw.choice([0.16, 0.376, 1.6], number)  # Mbit a frame
    cpu = rate * (0.002 + 0.006 * size)
    return Workload(
        f"{number} snapshot cameras, every second to every minute, three sizes",
        _ways((cpu, 0.004 + 0.002 * size, 0.0, rate * size)),
    )


def _programs(draw: np.random.Generator, number: int) -> Workload:
    """As in CAM2: a light or a heavy program at one of four rates, on the CPU or on a GPU."""
    rate = draw.choice([0.2, 1.0, 5.0, 8.0], number, p=[0.4, 0.3, 0.2, 0.1])
    is_heavy = draw.random(number) < 0.4
    on_cpu = np.where(is_heavy, 0.25, 0.05) * rate
    on_gpu = np.where(is_heavy, 0.016, 0.006) * rate
    memory = np.where(is_heavy, 0.6, 0.2)
    network = 0.376 * rate
    return Workload(
        f"{number} cameras, a light or a heavy program on a CPU or a GPU",
        _ways((on_cpu, memory, 0.0, network), (0.1 * on_cpu, 1.2 * memory, on_gpu, network)),
    )


def _mixed(draw: np.random.Generator, number: int) -> Workload:
    cpu = draw.lognormal(-1.5, 1.0, number).clip(0.01, 12)
    memory = draw.lognormal(-0.7, 1.0, number).clip(0.01, 28)
    network = draw.lognormal(1.0, 1.0, number).clip(0.1, 1000)
    return Workload(
        f"{number} cameras, all different in three resources", _ways((cpu, memory, 0.0, network))
    )


def _heavy(draw: np.random.Generator, number: int) -> Workload:
    cpu = draw.uniform(0.5, 7.0, number)
    memory = draw.uniform(0.5, 14.0, number)
    return Workload(
        f"{number} streams of which few fit on a machine", _ways((cpu, memory, 0.0, 20.0))
    )
