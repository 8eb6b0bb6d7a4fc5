"""Who leaves a race: methods that lie below the leader on validation, beyond chance.

The idea is that of Maron and Moore 1994, "Hoeffding races: accelerating model selection search for
classification and function approximation" (NIPS 6, pages 59-66): all candidates are tested on the
same cases, and one whose interval lies below the best's is tested no further. As in Birattari,
Stützle, Paquete and Varrentrapp 2002, "A racing algorithm for configuring metaheuristics" (GECCO,
pages 11-18), cases are blocks: what makes a split hard for all methods cancels.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import LOWER_IS_BETTER
from counterpoise.records import LeftPart

Floats = npt.NDArray[np.float64]
LEVEL = 0.90  # of the interval: below the leader by chance in 5 % of such comparisons
FEWEST = 2  # splits: how much training varies from split to split is not known from one


@dataclass(frozen=True)
class Standing:
    """What validation says of one method so far.

    Args:
        values: (S,) of the metric, one for each split.
        draws: (S, D) of the metric in bootstrap samples of each split's validation samples, the
            same ones for every method; None where scores of single samples are not known.
    """

    values: Floats
    draws: Floats | None = None


def leaving(
    standings: Mapping[str, Standing], select: str, stay: Collection[str] = ()
) -> dict[str, LeftPart]:
    """The methods that leave, with the interval of their difference to the leader.

    The half-width of the interval of a difference of means over S splits is the larger of two:
    t sqrt(2 r / S), where r is the residual variance of the values after the means of methods and
    of splits are taken away (two-way layout), and t Student's quantile for its (M - 1)(S - 1)
    degrees of freedom; and z sqrt(sum of v_s) / S, where v_s is the variance of the paired
    difference in bootstrap samples of split s. The first knows how much training varies, the
    second how few the validation samples are, where all splits share them. After one split nobody
    leaves. The leader is chosen by the same values, so of methods that are all alike more than 5 %
    leave by chance: each of six in a sixth of races, and none of them would have been better.

    Args:
        standings: by method, of the same splits.
        select: the metric; of NLL and ECE the lowest is the best.
        stay: methods that do not leave, whatever they reach.
    """
    sign = -1.0 if select in LOWER_IS_BETTER else 1.0
    values = sign * np.array([one.values for one in standings.values()])  # (M, S)
    if len(values) < 2 or values.shape[1] < FEWEST:
        return {}
    means = values.mean(axis=1)
    names = list(standings)
    leader = names[int(means.argmax())]
    by_block = _by_block(values)
    found = {}
    for name, mean in zip(names, means, strict=True):
        if name == leader or name in stay:
            continue
        difference = float(mean - means.max())
        half = max(by_block, _by_samples(standings[name], standings[leader]))
        if difference + half < 0:
            found[name] = LeftPart(
                after=values.shape[1],
                leader=leader,
                difference=sign * difference,
                interval=tuple(
                    sorted(sign * bound for bound in (difference - half, difference + half))
                ),
            )
    return found


def _by_block(values: Floats) -> float:
    """Half-width by the residuals of a two-way layout (M, S) of two methods and splits or more."""
    from scipy import stats  # takes a second, and few comparisons race

    methods, splits = values.shape
    freedom = (methods - 1) * (splits - 1)
    rows, columns = values.mean(axis=1, keepdims=True), values.mean(axis=0, keepdims=True)
    variance = float(((values - rows - columns + values.mean()) ** 2).sum() / freedom)
    return float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * float(np.sqrt(2 * variance / splits))


def _by_samples(first: Standing, second: Standing) -> float:
    """Half-width by bootstrap samples; 0 where one has none."""
    if first.draws is None or second.draws is None:
        return 0.0
    from scipy import stats

    variances = np.nanvar(first.draws - second.draws, axis=1)  # (S,)
    z = float(stats.norm.ppf((1 + LEVEL) / 2))
    return z * float(np.sqrt(variances.sum())) / len(variances)
