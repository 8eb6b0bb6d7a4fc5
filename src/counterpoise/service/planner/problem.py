"""Streams that need something, instance types that offer it, and plans."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

RESOURCES = ("cpu", "memory", "gpu", "network")
UNITS = ("cores", "GiB", "GPUs", "Mbit/s")
TOLERANCE = 1e-9  # of a capacity, for sums that are rounded
NAMED = 5  # streams that an error names


@dataclass(frozen=True)
class Stream:
    """A camera, and the ways in which it can be analysed.

    Args:
        name: for people; two streams may share it.
        ways: each is what it needs of `RESOURCES`: on a CPU, or on a GPU with less of a CPU.
    """

    name: str
    ways: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Instance:
    """A type of machine.

    Args:
        name: in the price list.
        price: an hour.
        capacity: of `RESOURCES`, as far as a plan may use it.
    """

    name: str
    price: float
    capacity: tuple[float, ...]


@dataclass(frozen=True)
class Machine:
    """A machine of a plan.

    Args:
        instance: position of its type.
        streams: position of each of its streams, and of the way in which it is analysed.
    """

    instance: int
    streams: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Filled:
    """Machines that are filled alike.

    Args:
        instance: position of their type.
        number: of them.
        inside: how many streams of each kind are in one of them, by way. (kinds, ways)
    """

    instance: int
    number: int
    inside: Integers


class Problem:
    """What the solvers see: kinds of equal streams, how many of each, and machines.

    Args:
        streams: at least one.
        instances: at least one.

    Raises:
        ArgumentError: a stream fits on no instance, which names it.
    """

    def __init__(self, streams: Sequence[Stream], instances: Sequence[Instance]) -> None:
        self.streams, self.instances = tuple(streams), tuple(instances)
        self.capacity = np.array([one.capacity for one in instances], float)  # (K, R)
        self.price = np.array([one.price for one in instances], float)  # (K,)
        ways = max(len(stream.ways) for stream in streams)
        needed = np.full((len(streams), ways, len(RESOURCES)), np.inf)
        for n, stream in enumerate(streams):
            needed[n, : len(stream.ways)] = stream.ways
        kinds, self.kind_of = np.unique(
            needed.reshape(len(streams), -1), axis=0, return_inverse=True
        )
        self.kind_of = self.kind_of.reshape(-1)
        self.needed: Floats = kinds.reshape(-1, ways, len(RESOURCES))  # (T, W, R)
        self.number: Integers = np.bincount(self.kind_of)  # (T,)
        self.fits = np.array(  # (K, T, W): alone on an empty machine
            [(self.needed <= self.room(k)).all(axis=-1) for k in range(len(instances))]
        )
        self._refuse_what_fits_nowhere()

    def room(self, instance: int) -> Floats:
        """What a machine offers, with the tolerance for rounded sums. (R,)"""
        room: Floats = self.capacity[instance] * (1 + TOLERANCE) + 1e-12
        return room

    def of(self, left: Integers) -> Problem:
        """The same kinds and machines for only so many streams of each kind. (T,)"""
        found = copy(self)
        found.number = left
        return found

    def cost(self, filled: Sequence[Filled]) -> float:
        """Price an hour."""
        return float(sum(self.price[one.instance] * one.number for one in filled))

    def machines(self, filled: Sequence[Filled]) -> list[Machine]:
        """Machines with their streams; places for more streams than there are stay empty."""
        waiting = [list(np.flatnonzero(self.kind_of == t)[::-1]) for t in range(len(self.number))]
        found = []
        for one in filled:
            places = [
                (int(t), int(w))
                for t, w in zip(*np.nonzero(one.inside), strict=True)
                for _ in range(int(one.inside[t, w]))
            ]
            for _ in range(one.number):
                streams = tuple((int(waiting[t].pop()), w) for t, w in places if waiting[t])
                if streams:
                    found.append(Machine(one.instance, streams))
        return found

    def load(self, machine: Machine) -> Floats:
        """What its streams need. (R,)"""
        needs = [self.streams[n].ways[w] for n, w in machine.streams]
        load: Floats = np.sum(needs, axis=0)
        return load

    def _refuse_what_fits_nowhere(self) -> None:
        fits: npt.NDArray[np.bool_] = np.asarray(self.fits.any(axis=(0, 2)))
        lost = np.flatnonzero(~fits[self.kind_of])
        if not len(lost):
            return
        lines = []
        for n in lost[:NAMED]:
            way = self.streams[n].ways[0]
            needs = ", ".join(
                f"{value:.3g} {unit}" for value, unit in zip(way, UNITS, strict=True) if value
            )
            lines.append(f"  '{self.streams[n].name}' needs {needs}")
        most = ", ".join(
            f"{value:g} {unit}"
            for value, unit in zip(self.capacity.max(axis=0), UNITS, strict=True)
        )
        more = f"\n  and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        raise ArgumentError(
            f"every camera fits on one instance of the price list; {len(lost)} of "
            f"{len(self.streams)} fit on none (the largest offer {most}, headroom taken off):\n"
            + "\n".join(lines)
            + more
            + "\n(name a larger instance, or ask for fewer frames)"
        )
