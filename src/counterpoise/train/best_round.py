"""The round whose parameters are kept, by any metric on validation."""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn

from counterpoise.metrics import CONFUSION_METRICS, LOWER_IS_BETTER, Evaluation
from counterpoise.metrics.names import EXPECTED_COST
from counterpoise.protocols import Scores
from counterpoise.train.evaluate import scores
from counterpoise.train.feed import Feed


def metric_value(
    metric: str, evaluation: Evaluation, model: nn.Module, feed: Feed, kind: Scores
) -> float | None:
    """The metric of one part, None where it has none: classes without samples, or margins.

    A confusion matrix has most metrics; AUC, average precision, NLL and ECE read the scores of
    every sample, which are computed here, as a finished run computes them.

    Args:
        metric: its name.
        evaluation: of the part, by its confusion matrix.
        model, feed: what the scores are computed from.
        kind: what the loss takes the model's outputs for.
    """
    if metric not in (*CONFUSION_METRICS, EXPECTED_COST):
        from scipy.special import softmax  # half a second that few trainings need

        raw = scores(model, feed).astype(np.float64)
        values = softmax(raw, axis=1) if kind == "logits" else raw
        evaluation = Evaluation.from_scores(
            values,
            feed.target.cpu().numpy(),
            raw.shape[1],
            probabilities=values if kind == "logits" else None,
        )
    return evaluation.values((metric,))[metric]


class BestRound:
    """Keeps a copy of the parameters with the best value, the first of equals.

    Args:
        metric: whose value it is; of NLL, ECE and costs the lowest is the best.
        found: value and parameters so far, from a checkpoint.
    """

    def __init__(self, metric: str, found: tuple[float, dict[str, Tensor]] | None = None) -> None:
        self.sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
        self.found = found

    def offer(self, value: float | None, model: nn.Module) -> None:
        """Take the model's parameters if `value` is better than all before."""
        if value is None:
            return
        if self.found is None or self.sign * value > self.sign * self.found[0]:
            tensors = {k: v.detach().clone() for k, v in model.state_dict().items()}
            self.found = (value, tensors)
