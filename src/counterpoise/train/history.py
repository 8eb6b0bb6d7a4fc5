"""What a training writes down: one dict a round, and whether it had settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Round = dict[str, Any]

STILL_FALLING = 0.05  # a fall of more than 5 % over the last tenth means "not converged"
FEWEST_POINTS = 3  # rounds in the last tenth below which a trend is not read


def converged(history: Sequence[Round]) -> bool | None:
    """Whether the training loss fell by at most 5 % over the last tenth of the rounds.

    A straight line is fitted to the losses of the last tenth (of the last 3 rounds at least), so
    that one noisy round changes nothing. With a schedule that ends at a learning rate of zero
    the loss is nearly flat at the end whatever happened before: the control `double-updates`
    is the stronger test.

    Returns:
        None when there are fewer than 3 rounds.

    >>> converged([{"train_loss": 1.0 / r} for r in range(1, 101)])
    False
    >>> converged([{"train_loss": 0.3 + 1.0 / r**2} for r in range(1, 101)])
    True
    """
    losses = np.array([record["train_loss"] for record in history], dtype=np.float64)
    tail = max(FEWEST_POINTS, round(len(losses) / 10))
    if len(losses) < FEWEST_POINTS:
        return None
    last = losses[-tail:]
    # A window longer than a tenth: scale the fall down to a tenth's length.
    share = min(1.0, len(losses) / 10 / tail)
    slope, start = np.polyfit(np.arange(tail), last, 1)
    fall = -slope * (tail - 1) * share / max(abs(start), np.finfo(np.float64).tiny)
    return bool(fall <= STILL_FALLING)


def mean_shares(history: Sequence[Round]) -> list[float] | None:
    """Share of each class (K,) in the batches of all rounds; None where rounds record none.

    Only a sampler that changes its shares by reports records them.
    """
    shares = [record["shares"] for record in history if "shares" in record]
    if not shares or len(shares) < len(history):
        return None
    return [float(share) for share in np.mean(shares, axis=0)]
