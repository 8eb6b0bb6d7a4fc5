"""Whether a paper's claim holds in what was measured: paired over seeds and cells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from counterpoise.reproduce.columns import lower_is_better
from counterpoise.reproduce.paper import Claim
from counterpoise.reproduce.places import Number
from counterpoise.sweep.measured import Measured

FEWEST = 5  # pairs
Said = Literal["holds", "same direction", "does not hold", "undecided", "not run"]


@dataclass(frozen=True)
class Verdict:
    """What was found of a claim.

    Args:
        claim: of the paper.
        said: in a word.
        difference: mean of the pairs, in the claimed direction; NaN without a pair.
        interval: 95 % interval of it (Student's t over pairs), or None with fewer than two.
        pairs: seeds in cells.
        why: what stands in the way of a verdict, or what would decide it.
    """

    claim: Claim
    said: Said
    difference: float
    interval: tuple[float, float] | None
    pairs: int
    why: str


def judge(
    claim: Claim, cells: Sequence[Measured], faithful: bool, *, exact: bool = False
) -> Verdict:
    """Compare `claim.higher` with `claim.lower`, seed by seed, in the cells that it speaks of.

    Args:
        claim: of the paper.
        cells: as measured.
        faithful: whether training was as long as in the paper, with its network and data; without,
            a claim holds at most in its direction.
        exact: whether cells are calculated, so that one sign in all of them decides.
    """
    verdict = _judge(claim, cells, faithful, exact)
    lost = undefined(claim, cells)
    if not lost or not verdict.pairs:
        return verdict
    left_out = f"{lost} pair{'s' * (lost != 1)} left out, in which {claim.metric} is undefined"
    return replace(verdict, why=f"{verdict.why}; {left_out}" if verdict.why else left_out)


def _judge(claim: Claim, cells: Sequence[Measured], faithful: bool, exact: bool) -> Verdict:
    if claim.missing:
        return Verdict(claim, "not run", math.nan, None, 0, claim.missing)
    found = differences(claim, cells)
    pairs = len(found)
    if not pairs:
        return Verdict(claim, "not run", math.nan, None, 0, _not_run(claim, cells))
    mean = float(np.mean(found))
    if exact and not claim.within and (min(found) > 0 or max(found) < 0):
        same: Said = "does not hold" if mean < 0 else "holds" if faithful else "same direction"
        return Verdict(claim, same, mean, None, pairs, "calculated; of one sign in every cell")
    if pairs < 2:
        return Verdict(claim, "undecided", mean, None, pairs, _more(FEWEST - pairs))
    half = float(stats.t.ppf(0.975, pairs - 1) * np.std(found, ddof=1) / math.sqrt(pairs))
    interval = (mean - half, mean + half)
    if pairs < FEWEST:
        return Verdict(claim, "undecided", mean, interval, pairs, _more(FEWEST - pairs))
    if claim.within:
        return _about_equal(claim, mean, interval, pairs, faithful)
    if interval[0] > 0:
        said: Said = "holds" if faithful else "same direction"
        why = "" if faithful else "the setting differs from the paper's"
        return Verdict(claim, said, mean, interval, pairs, why)
    if interval[1] < 0:
        why = "" if faithful else "in a setting that differs from the paper's"
        return Verdict(claim, "does not hold", mean, interval, pairs, why)
    if mean == 0 and half == 0:
        return Verdict(claim, "does not hold", 0.0, interval, pairs, "equal in every pair")
    if mean == 0:
        return Verdict(claim, "undecided", mean, interval, pairs, "no difference was seen")
    needed = math.ceil(pairs * (half / mean) ** 2) - pairs
    return Verdict(claim, "undecided", mean, interval, pairs, _more(max(1, needed)))


def _about_equal(
    claim: Claim, mean: float, interval: tuple[float, float], pairs: int, faithful: bool
) -> Verdict:
    """Equal up to `claim.within` when all of the interval is."""
    up_to = f"equal up to {claim.within:g}, which is our margin"
    if max(map(abs, interval)) <= claim.within:
        said: Said = "holds" if faithful else "same direction"
        return Verdict(claim, said, mean, interval, pairs, up_to)
    if min(map(abs, interval)) > claim.within and interval[0] * interval[1] > 0:
        return Verdict(claim, "does not hold", mean, interval, pairs, f"not {up_to}")
    return Verdict(claim, "undecided", mean, interval, pairs, f"perhaps {up_to}")


def differences(claim: Claim, cells: Sequence[Measured]) -> list[float]:
    """Of each pair that is finished and defined, positive in the claimed direction."""
    sign = -1 if lower_is_better(claim.metric) else 1
    return [sign * (a - b) for a, b in _pairs(claim, cells) if math.isfinite(a - b)]


def undefined(claim: Claim, cells: Sequence[Measured]) -> int:
    """How many pairs are finished, but one of the two has no value: such as AUC of one class."""
    return sum(not math.isfinite(a - b) for a, b in _pairs(claim, cells))


def _pairs(claim: Claim, cells: Sequence[Measured]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for cell in _spoken_of(claim, cells):
        high = _values(claim, claim.higher, cell, cells)
        others = [
            _values(claim, claim.lower, other, cells)
            for other in _compared_with(claim, cell, cells)
        ]
        low = [float(np.mean(each)) for each in zip(*filter(None, others), strict=False)]
        found += zip(high, low, strict=False)
    return found


def _values(
    claim: Claim, method: str, cell: Measured, cells: Sequence[Measured]
) -> tuple[float, ...]:
    """Of a method, repeat by repeat; less what it has in the cells of `claim.less_at`, if any."""
    own = cell.values.get((method, claim.metric), ())
    if not claim.less_at:
        return own
    there = [
        other.values.get((method, claim.metric), ()) for other in _like(cell, claim.less_at, cells)
    ]
    means = [float(np.mean(each)) for each in zip(*filter(None, there), strict=False)]
    return tuple(a - b for a, b in zip(own, means, strict=False))


def _compared_with(claim: Claim, cell: Measured, cells: Sequence[Measured]) -> list[Measured]:
    """The cell itself, or those of `claim.lower_at`.

    A repeat's mean over these is one partner: they share the run that they are compared with.
    """
    return _like(cell, claim.lower_at, cells) if claim.lower_at else [cell]


def _like(
    cell: Measured, at: Mapping[str, Sequence[Number]], cells: Sequence[Measured]
) -> list[Measured]:
    """Cells that are like one but for the axes of `at`, where they have one of its values."""
    return [
        other
        for other in cells
        if all(
            value in at[axis] if axis in at else value == cell.point[axis]
            for axis, value in other.point.items()
        )
    ]


def _spoken_of(claim: Claim, cells: Sequence[Measured]) -> list[Measured]:
    return [
        cell
        for cell in cells
        if all(cell.point[axis] in values for axis, values in claim.at.items())
    ]


def _not_run(claim: Claim, cells: Sequence[Measured]) -> str:
    """Why there is no pair."""
    begun = [cell for cell in _spoken_of(claim, cells) if cell.values]
    if not begun:
        return "no cell of it is finished"
    gone = [
        method
        for method in (claim.higher, claim.lower)
        if not any((method, claim.metric) in cell.values for cell in begun)
    ]
    if gone:
        return f"{' and '.join(gone)} left out by --methods, or not finished"
    return f"in no repeat do both have a value of {claim.metric}"


def _more(pairs: int) -> str:
    return f"{pairs} more pair{'s' * (pairs != 1)} may decide it: more cells or --seeds"
