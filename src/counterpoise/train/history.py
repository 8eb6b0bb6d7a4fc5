"""What a training writes down: one dict a round, and whether it was long enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import CONFUSION_METRICS, Evaluation

Round = dict[str, Any]

STILL_FALLING = 0.05  # of the first round's loss, in the last doubling of the training
BARELY_BEGUN = 0.25  # of the whole fall so far, if that doubling brought
NOTICEABLE = 0.01  # of the first round's loss at least
SOLVED = 0.99  # balanced accuracy on validation, at which a lower loss decides nothing more
FEWEST = 3  # rounds below which nothing is said


def summary(report: Evaluation) -> dict[str, Any]:
    """Metrics of a confusion matrix, and the recall of each class; null where it has no sample."""
    found: dict[str, Any] = dict(report.values(CONFUSION_METRICS))
    found["recall"] = [None if math.isnan(r) else float(r) for r in report.recall]
    return found


def converged(
    history: Sequence[Mapping[str, Any]], first: Mapping[str, Any] | None = None
) -> bool | None:
    """Whether the last doubling of the training hardly lowered the loss any more.

    At a decaying learning rate any loss flattens at the end, so only rounds with at least half of
    the highest rate are read, and time is the sum of the rates: under small steps the weights
    follow the gradient for that long. False if from half of that time to its end both the training
    loss and the validation loss (where there is one) fell by more than 5 % of what they were after
    the first round. Losses fall ever more slowly, so the next doubling would bring less than that.
    A loss that has barely begun to fall counts too: by more than 1 %, and a quarter of all its
    fall so far. Both losses have to fall, as a training loss alone also falls while a network
    memorises. From a balanced accuracy of .99 on validation on, a lower loss decides nothing more.

    Losses are means over a tenth of the rounds, so that one noisy round changes little.

    Args:
        history: rounds of one stage, each with ``train_loss``, ``lr`` and, where there is a
            validation set, the ``loss`` in its ``validation``.
        first: the first round of the stages before it: a later stage goes on from a low loss.

    Returns:
        None when there are fewer than 3 rounds.

    >>> rounds = [{"train_loss": 2.0**-r, "lr": 0.1} for r in range(40)]
    >>> converged(rounds[:4]), converged(rounds)
    (False, True)
    """
    if len(history) < FEWEST:
        return None
    if _smooth(np.array([_balanced_accuracy(record) for record in history])) >= SOLVED:
        return True
    rates = np.array([record["lr"] for record in history], dtype=np.float64)
    time = np.cumsum(rates)
    end = int(np.flatnonzero(rates >= rates.max() / 2)[-1])
    half = int(np.searchsorted(time, time[end] / 2))
    end = max(end, min(half + 1, len(rates) - 1))  # of very few rounds, one at a lower rate
    return not all(
        _falls(np.array([loss(record) for record in history]), loss(first or history[0]), half, end)
        for loss in (_training_loss, _validation_loss)
    )


def _balanced_accuracy(record: Mapping[str, Any]) -> float:
    value = (record.get("validation") or {}).get("balanced_accuracy")
    return float("nan") if value is None else float(value)


def _training_loss(record: Mapping[str, Any]) -> float:
    return float(record["train_loss"])


def _validation_loss(record: Mapping[str, Any]) -> float:
    loss = (record.get("validation") or {}).get("loss")
    return float("nan") if loss is None else float(loss)


def _falls(losses: npt.NDArray[np.float64], first: float, half: int, end: int) -> bool:
    """Whether a loss still fell from round `half` to round `end`; true if it is unknown."""
    last = _smooth(losses, end)
    fall = _smooth(losses, half) - last
    if np.isnan(fall):
        return True
    begins = fall > max(NOTICEABLE * abs(first), BARELY_BEGUN * (first - last))
    return fall > STILL_FALLING * abs(first) or begins


def _smooth(values: npt.NDArray[np.float64], number: int = -1) -> float:
    """Mean over the tenth of the rounds that ends with round `number`, which is the last."""
    width, end = max(1, len(values) // 10), number % len(values) + 1
    return float(values[max(0, end - width) : end].mean())


def mean_shares(history: Sequence[Round]) -> list[float] | None:
    """Share of each class (K,) in the batches of all rounds; None where rounds record none.

    Only a sampler that changes its shares by reports records them.
    """
    shares = [record["shares"] for record in history if "shares" in record]
    if not shares or len(shares) < len(history):
        return None
    return [float(share) for share in np.mean(shares, axis=0)]
