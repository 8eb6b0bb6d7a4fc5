"""How far the features of a camera's frames are from those of the training.

The distance is Mahalanobis's between the two means, in the leading principal components of the
training's features alone, which are all that an export has of them: the difference along each is
divided by the standard deviation that the training has there, so 1 is one such deviation.

Whether it is more than chance is told by a bootstrap: under the hypothesis that both means are
equal, frames are moved to the training's mean and drawn again with replacement, 2000 times (Efron
and Tibshirani 1993, section 16.4). As there, what is compared is the distance in its own standard
errors, those of each draw: of few stretches the distance alone is called more than chance three
times as often as it should be. What is drawn are stretches of time with all of their frames, as
those that follow each other show much the same; the training's mean is as unsure as its number of
samples says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.records import FeaturesPart

HOUR, MINUTE = 3600, 60
LEAST = 5  # stretches of time; of fewer, nothing is said
DRAWS = 2000
LEVEL = 0.95
LARGE = 1.0  # standard deviations of the training: what is called much


@dataclass(frozen=True)
class Shift:
    """The distance of a camera's mean features from the training's.

    Args:
        frames: that were looked at.
        stretches: hours or minutes that they are of, which count as independent.
        unit: "hours" or "minutes".
        distance: in standard deviations of the training.
        chance: what it stays below in 95 of 100 cases if there is no shift.
        p: share of draws without a shift that are as far.
    """

    frames: int
    stretches: int
    unit: str
    distance: float
    chance: float
    p: float

    @property
    def is_more_than_chance(self) -> bool:
        """Whether it is farther than 95 of 100 draws without a shift."""
        return self.distance > self.chance

    @property
    def said(self) -> str:
        """It in a sentence."""
        sure = "more than" if self.is_more_than_chance else "no more than"
        return (
            f"features are {self.distance:.1f} standard deviations of the training away, "
            f"{sure} chance (below {self.chance:.1f} in 95 of 100 draws without a shift, "
            f"p {self.p:.2g}; {self.frames} frames of {self.stretches} {self.unit})"
        )


def shift(
    features: npt.NDArray[np.floating], seconds: npt.NDArray[np.int64], trained: FeaturesPart
) -> Shift | None:
    """Compare frames with the training; None while they are of fewer than 5 minutes.

    Args:
        features: (N, D) of frames.
        seconds: (N,) since 1970, when each arrived.
        trained: what the training's features are like.
    """
    if not trained.components or features.shape[1:] != (len(trained.mean),):
        return None
    moved = features.astype(np.float64) - np.array(trained.mean)
    scale = np.sqrt(np.array(trained.variances))
    values = moved @ np.array(trained.components).T / scale  # (N, k), of variance 1 in training
    for unit, length in (("hours", HOUR), ("minutes", MINUTE)):
        _, block = np.unique(seconds // length, return_inverse=True)
        number = int(block.max()) + 1 if len(block) else 0
        if number >= LEAST:
            return _compared(values, block, number, unit, trained.samples)
    return None


def _compared(
    values: npt.NDArray[np.float64], block: npt.NDArray[np.int64], number: int, unit: str,
    samples: int,
) -> Shift:  # fmt: skip
    random = np.random.default_rng(0)
    mean = values.mean(0)
    sizes = np.bincount(block, minlength=number).astype(np.float64)
    sums = np.zeros((number, values.shape[1]))
    np.add.at(sums, block, values - mean)
    drawn = random.multinomial(number, np.full(number, 1 / number), DRAWS)  # (R, B) times each
    frames = drawn @ sizes
    means = (drawn @ sums) / frames[:, None]
    # (R,) sums over a draw's stretches of the squared distance from its mean, times their frames
    apart = (
        drawn @ (sums**2).sum(1)
        - 2 * (drawn * sizes * (means @ sums.T)).sum(1)
        + drawn @ sizes**2 * (means**2).sum(1)
    )
    of_training = values.shape[1] / samples
    grown = number / (number - 1)  # B stretches vary less around their own mean
    errors = np.sqrt(grown * apart.clip(0) / frames**2 + of_training)
    error = float(np.sqrt(grown * (sums**2).sum() / len(values) ** 2 + of_training))
    means += random.standard_normal(means.shape) / np.sqrt(samples)
    lengths = np.sqrt((means**2).sum(1)) / errors * error
    distance = float(np.sqrt((mean**2).sum()))
    return Shift(
        frames=len(values), stretches=number, unit=unit, distance=distance,
        chance=float(np.quantile(lengths, LEVEL)),
        p=float((1 + (lengths >= distance).sum()) / (DRAWS + 1)),
    )  # fmt: skip
