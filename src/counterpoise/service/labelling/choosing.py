"""Which frames of a pool people are asked about, and why each.

A tenth is drawn at random. The others are shared over three reasons: the model is torn between two
classes (uncertainty), a class needs labels (deficit), the frame is unlike the others (diversity).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from counterpoise.apportion import apportion
from counterpoise.service.labelling.deficit import Need
from counterpoise.service.labelling.outline import is_near
from counterpoise.service.labelling.reasons import CHOSEN, DEFICIT, DIVERSITY, RANDOM, UNCERTAINTY

Values = npt.NDArray[np.float64]

TENTH = 10  # one in so many is drawn at random


@dataclass
class Pool:
    """Frames that may be asked about.

    Args:
        results: (N,) numbers.
        cameras: (N,) numbers.
        predicted: (N,) index of the class.
        table: (N, K) probabilities, or scores of a model of margins.
        uniform: indices of those drawn uniformly from all frames, in the order they were drawn.
        outlines: of each frame; None where it could not be read.
        features: (N, D) what the head of the model reads; None where it was exported without.
        known: camera -> outlines of its frames that are queued or labelled.
        centers: (M, D), or (M, K) without features: what is labelled, queued or trained on already.
    """

    results: Sequence[int]
    cameras: Sequence[int]
    predicted: npt.NDArray[np.int64]
    table: Values
    uniform: Sequence[int]
    outlines: Sequence[bytes | None]
    features: Values | None = None
    known: dict[int, list[bytes]] = field(default_factory=dict)
    centers: Values | None = None


@dataclass(frozen=True)
class Pick:
    """A frame of the pool, by its index, and why it is asked about."""

    index: int
    reason: str
    why: str


def choose(
    pool: Pool,
    number: int,
    shares: Mapping[str, float],
    needed: Need,
    classes: Sequence[str],
    go_on: Callable[[], None] = lambda: None,
) -> list[Pick]:
    """`number` frames of the pool, or fewer, if it has no more that differ.

    One in ten is the next of those drawn uniformly. Of frames of one camera that look alike only
    the first is taken; a random one is taken however it looks, or it would not be random.
    `go_on` is called now and then, and may raise.
    """
    number = min(number, len(pool.results))
    picks = [
        Pick(i, RANDOM, "drawn at random, like one in ten: models are judged on these alone")
        for i in pool.uniform[: max(1, round(number / TENTH))]
    ]
    looks = {camera: list(some) for camera, some in pool.known.items()}
    taken = {pick.index for pick in picks}
    for i in taken:
        _look(pool, i, looks)
    left = number - len(picks)
    wanted = np.array([shares[name] for name in CHOSEN]) * left
    quotas = dict(zip(CHOSEN, apportion(wanted, left), strict=True))
    orders = {
        UNCERTAINTY: _uncertain(pool, classes),
        DEFICIT: _lacking(pool, needed, classes, taken),
        DIVERSITY: _diverse(pool, taken, go_on),  # both look at what is taken as they go
    }
    for reason in CHOSEN:
        quota = int(quotas[reason])
        for i, why in orders[reason]:
            if not quota:
                break
            if i in taken or not _look(pool, i, looks):
                continue
            taken.add(i)
            picks.append(Pick(i, reason, why))
            quota -= 1
    drawn = sum(pick.reason == RANDOM for pick in picks)
    others = picks[drawn:]  # fewer than were wanted, where many look alike
    return picks[: min(drawn, max(1, -(-len(others) // (TENTH - 1))))] + others


def _look(pool: Pool, i: int, looks: dict[int, list[bytes]]) -> bool:
    """Whether a frame shows something that its camera has not shown; it has then."""
    mine, others = pool.outlines[i], looks.setdefault(pool.cameras[i], [])
    if mine is None:
        return True
    if is_near(mine, others):
        return False
    others.append(mine)
    return True


def _uncertain(pool: Pool, classes: Sequence[str]) -> Iterator[tuple[int, str]]:
    """By the margin between the two largest, the smallest first."""
    if pool.table.shape[1] < 2:
        return
    order = np.argsort(-pool.table, axis=1, kind="stable")
    rows = np.arange(len(order))
    first, second = pool.table[rows, order[:, 0]], pool.table[rows, order[:, 1]]
    for i in np.argsort(first - second, kind="stable"):
        one, other = (classes[k] for k in order[i, :2])
        yield int(i), f"unsure: {one} {first[i]:.2f}, {other} {second[i]:.2f}"


def _lacking(
    pool: Pool, needed: Need, classes: Sequence[str], taken: set[int]
) -> Iterator[tuple[int, str]]:
    """Of each class by its need, those in which the model sees it most.

    A class whose frame is taken already, or looks like another, is asked for with its next one.
    """
    best = np.argsort(-pool.table, axis=0, kind="stable")  # (N, K)
    at, owed = np.zeros(len(classes), int), np.zeros(len(classes))
    while (at < len(best)).any():
        owed += needed.shares
        owed[at >= len(best)] = -np.inf
        k = int(owed.argmax())
        owed[k] -= 1.0
        for i in map(int, best[at[k] :, k]):
            at[k] += 1
            if i in taken:
                continue
            yield i, _why_lacking(pool, needed, classes[k], k, i)
            if i in taken:
                break


def _why_lacking(pool: Pool, needed: Need, name: str, k: int, i: int) -> str:
    seen = f"the model gives it {pool.table[i, k]:.2f} here"
    if needed.f1 is None:
        return f"{name} is rare ({needed.seen[k]} of {needed.seen.sum()} frames); {seen}"
    return f"{name} has an F1 of {needed.f1[k]:.2f} on labels that no training saw; {seen}"


def _diverse(pool: Pool, taken: set[int], go_on: Callable[[], None]) -> Iterator[tuple[int, str]]:
    """The one that is farthest from all that are taken, again and again (k-center, greedy).

    What is labelled already is a center from the beginning, so that nothing is asked about twice.
    (Sener and Savarese 2018, Active Learning for Convolutional Neural Networks: A Core-Set
    Approach, arXiv:1708.00489, algorithm 1, whose initial pool it is.)
    """
    points = pool.table if pool.features is None else pool.features
    by = "probabilities" if pool.features is None else "features"
    nearest = np.full(len(points), np.inf)
    for center in () if pool.centers is None else pool.centers:
        go_on()
        nearest = np.minimum(nearest, _distance(points, center))
    seen: set[int] = set()
    while len(seen) < len(points):
        for i in taken - seen:
            go_on()
            nearest = np.minimum(nearest, _distance(points, points[i]))
            nearest[i] = -1.0
        seen |= taken
        i = int(nearest.argmax())
        if nearest[i] < 0:
            return
        away = nearest[i]
        seen.add(i)
        nearest = np.minimum(nearest, _distance(points, points[i]))
        nearest[i] = -1.0
        far = "the first" if np.isinf(away) else f"{away:.3g} away from the nearest"
        yield i, f"unlike what is chosen or labelled, by {by}: {far}"


def _distance(points: Values, center: Values) -> Values:
    found: Values = np.sqrt(((points - center) ** 2).sum(1))
    return found
