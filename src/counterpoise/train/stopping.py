"""When a training stops before its last round."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from counterpoise.errors import ArgumentError
from counterpoise.train.history import Round


@dataclass(frozen=True)
class NoImprovement:
    """Stop once the training loss no longer falls, as scikit-learn's `SGDClassifier` does.

    A round improves if its loss is lower by `tol` than the lowest before it. The rule reads the
    history alone, so a resumed training stops where an uninterrupted one does.

    Args:
        tol: 0 or more, in units of the loss; None never stops.
        n_iter_no_change: rounds in succession without improvement, after which it stops.

    Raises:
        ArgumentError: a setting outside its range.

    >>> stop = NoImprovement(tol=0.1, n_iter_no_change=2)
    >>> stop([{"train_loss": loss} for loss in (1.0, 0.5, 0.45, 0.41)])
    True
    >>> stop([{"train_loss": loss} for loss in (1.0, 0.5, 0.45, 0.35)])
    False
    """

    tol: float | None
    n_iter_no_change: int

    def __post_init__(self) -> None:
        if self.tol is not None and not 0 <= self.tol < math.inf:
            raise ArgumentError(f"tol is 0 or more, or None to train all rounds; got {self.tol}")
        if self.n_iter_no_change < 1:
            raise ArgumentError(
                f"n_iter_no_change is at least 1 round; got {self.n_iter_no_change} "
                "(tol=None trains all rounds)"
            )

    def __call__(self, history: Sequence[Round]) -> bool:
        """Whether the last rounds of `history` brought nothing."""
        if self.tol is None:
            return False
        lowest, without = math.inf, 0
        for record in history:
            loss = record["train_loss"]
            without = without + 1 if loss > lowest - self.tol else 0
            lowest = min(lowest, loss)
        return without >= self.n_iter_no_change
