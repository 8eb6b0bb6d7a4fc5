"""Whether a candidate is better than the running model, on frames with labels.

Only frames that were drawn at random count, so that recall is that of what cameras send. Both
models are asked about the same frames, and differences are paired. Frames count as independent:
they are drawn one by one from long times. Every interval is of 95 %, each class on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import expected_calibration_error

LEVEL = 0.95
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
LEAST = 10  # labelled frames of a class, before the rule says anything of it

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Said:
    """What the models say of a labelled frame: the class, and the probability of each."""

    truth: str
    running: str
    candidate: str
    running_shares: Floats | None = None
    candidate_shares: Floats | None = None


@dataclass(frozen=True)
class Estimate:
    """A number with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ClassRecall:
    """Recall of a class by both models; None where no frame has that label."""

    label: str
    number: int
    running: Estimate | None
    candidate: Estimate | None
    difference: Estimate | None

    @property
    def is_worse(self) -> bool:
        """Whether the candidate finds less of it, beyond the interval."""
        return self.difference is not None and self.difference.high < 0


@dataclass(frozen=True)
class Calibration:
    """Expected calibration error of a model, and the frames behind it."""

    number: int
    error: float


@dataclass(frozen=True)
class Judged:
    """The comparison.

    Args:
        number: of labelled frames that both models were asked of.
        recalls: of each class, in the order of the running model's.
        balanced: the mean recall of the classes that have labels: running, candidate, difference.
        running_calibration: None for a model of margins, or without frames.
        candidate_calibration: as well.
        holds: whether the rule promotes the candidate.
        why: the reason, in a sentence.
    """

    number: int
    recalls: tuple[ClassRecall, ...]
    balanced: tuple[float, float, Estimate] | None
    running_calibration: Calibration | None
    candidate_calibration: Calibration | None
    holds: bool
    why: str


def judged(
    frames: Sequence[Said], classes: Sequence[str], candidate_classes: Sequence[str]
) -> Judged:
    """Compare two models on labelled frames."""
    recalls = tuple(_recall(label, frames) for label in classes)
    balanced = _balanced(recalls)
    holds, why = rule(recalls, balanced, [c for c in candidate_classes if c not in classes])
    return Judged(
        len(frames), recalls, balanced,
        _calibration([(f.truth, f.running_shares) for f in frames], classes),
        _calibration([(f.truth, f.candidate_shares) for f in frames], candidate_classes),
        holds, why,
    )  # fmt: skip


def rule(
    recalls: Sequence[ClassRecall],
    balanced: tuple[float, float, Estimate] | None,
    new: Sequence[str],
) -> tuple[bool, str]:
    """Not worse on any class beyond its interval, and better in balanced accuracy beyond its own.

    Args:
        recalls: of each class.
        balanced: as in `Judged`.
        new: classes that only the candidate has.
    """
    if new:
        return (
            False,
            f"The rule promotes no model with new classes ({', '.join(new)}); a person may.",
        )
    few = [one for one in recalls if one.number < LEAST]
    if few or balanced is None:
        missing = ", ".join(f"“{one.label}” {one.number}" for one in few[:5])
        more = f" and {len(few) - 5} more classes" if len(few) > 5 else ""
        return False, (
            f"The rule waits for {LEAST} labelled random frames of each class; it has "
            f"{missing}{more}."
        )
    worse = [one for one in recalls if one.is_worse]
    if worse:
        named = ", ".join(f"“{one.label}”" for one in worse[:5])
        return False, f"It is worse than the running model, by more than chance, on {named}."
    if balanced[2].low <= 0:
        return False, "It is not better in balanced accuracy by more than chance."
    return True, (
        "It is worse on no class by more than chance, and better in balanced accuracy: the rule "
        "promotes it."
    )


def wilson(hits: int, number: int) -> Estimate:
    """A share with Wilson's interval of 95 %.

    >>> wilson(9, 10)  # doctest: +ELLIPSIS
    Estimate(value=0.9, low=0.595..., high=0.982...)
    """
    share = hits / number
    middle = (share + Z**2 / (2 * number)) / (1 + Z**2 / number)
    spread = (share * (1 - share) / number + Z**2 / (4 * number**2)) ** 0.5
    half = Z * spread / (1 + Z**2 / number)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def paired(gained: int, lost: int, number: int) -> tuple[Estimate, float]:
    """The difference of two shares of the same frames, and its variance.

    The interval is Wald's with half a frame added to each of the four cells. (Agresti and Min 2005)

    Args:
        gained: frames that only the second model has right.
        lost: frames that only the first has right.
        number: of frames.
    """
    total = number + 2
    middle = (gained - lost) / total
    variance = (gained + lost + 1 - (gained - lost) ** 2 / total) / total**2
    half = Z * variance**0.5
    value = (gained - lost) / number
    return Estimate(value, max(-1.0, middle - half), min(1.0, middle + half)), variance


def _recall(label: str, frames: Sequence[Said]) -> ClassRecall:
    own = [frame for frame in frames if frame.truth == label]
    if not own:
        return ClassRecall(label, 0, None, None, None)
    first = [frame.running == label for frame in own]
    second = [frame.candidate == label for frame in own]
    gained = sum(b and not a for a, b in zip(first, second, strict=True))
    lost = sum(a and not b for a, b in zip(first, second, strict=True))
    return ClassRecall(
        label, len(own), wilson(sum(first), len(own)), wilson(sum(second), len(own)),
        paired(gained, lost, len(own))[0],
    )  # fmt: skip


def _balanced(recalls: Sequence[ClassRecall]) -> tuple[float, float, Estimate] | None:
    """Of the classes that have labels; their frames are drawn independently of each other."""
    running, candidate, variance, number = 0.0, 0.0, 0.0, 0
    for one in recalls:
        if one.running is None or one.candidate is None or one.difference is None:
            continue
        number += 1
        running += one.running.value
        candidate += one.candidate.value
        variance += ((one.difference.high - one.difference.low) / (2 * Z)) ** 2
    if not number:
        return None
    value, half = (candidate - running) / number, Z * variance**0.5 / number
    difference = Estimate(value, max(-1.0, value - half), min(1.0, value + half))
    return running / number, candidate / number, difference


def _calibration(
    rows: Sequence[tuple[str, Floats | None]], classes: Sequence[str]
) -> Calibration | None:
    column = {label: k for k, label in enumerate(classes)}
    kept = [
        (column[truth], shares)
        for truth, shares in rows
        if shares is not None and truth in column and len(shares) == len(classes)
    ]
    if not kept:
        return None
    target = np.array([k for k, _ in kept])
    table = np.array([shares for _, shares in kept])
    return Calibration(len(kept), expected_calibration_error(table, target))
