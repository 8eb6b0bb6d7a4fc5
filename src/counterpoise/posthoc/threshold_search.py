"""Class thresholds that are best by a metric on validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError, near
from counterpoise.posthoc.checks import FloatArray, check_scores, check_target, log_probabilities
from counterpoise.posthoc.search_metrics import METRICS, Metric, Values
from counterpoise.protocols import Operation, Scores


class ThresholdSearch:
    """One threshold per class, moved in turn until validation gains nothing more.

    Probabilities are multiplied by class factors, margins are shifted by class offsets;
    either leaves each one-vs-rest AUC as it was. What arrives at `fit` decides which: margins
    have negative entries, probabilities have none. With K thresholds and few validation
    samples this overfits: read the test metric, not the validation one.

    Args:
        metric: a name of "accuracy", "balanced_accuracy", "g_mean", "macro_f1",
            "worst_recall", or a function of hits (M, K), predicted (M, K) and true (K,) counts
            that gives M values, larger being better.
        passes: most times that each class is visited.

    Shapes: probabilities or margins (N, K) -> scores (N, K).

    Raises:
        ArgumentError: an unknown metric, no pass, or it is called before `fit`.

    Reference: threshold moving, Zhou and Liu 2006; coordinate search as in Collell et al. 2018.

    >>> probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    >>> target = np.array([0, 0, 0, 1])
    >>> search = ThresholdSearch(metric="balanced_accuracy").fit(probabilities, target)
    >>> search(probabilities).argmax(1)
    array([0, 0, 0, 1])
    """

    revision = 2  # scored on validation out of fold
    learns_on_validation = True
    accepts: tuple[Scores, ...] = ("logits", "margins")

    def __init__(self, *, metric: str | Metric = "balanced_accuracy", passes: int = 10) -> None:
        if isinstance(metric, str) and metric not in METRICS:
            raise ArgumentError(f"no metric named '{metric}' to search by{near(metric, METRICS)}")
        if passes < 1:
            raise ArgumentError(f"passes is at least 1; got {passes}")
        self.metric = metric if isinstance(metric, str) else getattr(metric, "__name__", "metric")
        self._measure = METRICS[metric] if isinstance(metric, str) else metric
        self.passes = passes
        self.offsets: Values | None = None  # (K,), of log probabilities or of margins
        self.multiplies = False

    def fit(self, scores: FloatArray, target: npt.NDArray[np.int64]) -> ThresholdSearch:
        """Find the thresholds on validation scores (N, K) and labels (N,)."""
        array = check_scores(scores)
        labels = check_target(array, target)
        self.multiplies = bool((array >= 0).all())
        additive = log_probabilities(array) if self.multiplies else array
        offsets = np.zeros(array.shape[1])
        best = self._value(additive, labels)
        for _ in range(self.passes):
            before = best
            for k in range(len(offsets)):
                move, value = self._best_move(additive + offsets, labels, k)
                if value > best + 1e-12:
                    offsets[k] += move
                    best = value
            if best <= before + 1e-12:
                break
        self.offsets = offsets - offsets.mean()
        return self

    def __call__(self, scores: FloatArray) -> npt.NDArray[np.float64]:
        """Scores (N, K) whose argmax is the decision."""
        if self.offsets is None:
            raise ArgumentError("ThresholdSearch learns on validation; call fit before")
        array = check_scores(scores, len(self.offsets))
        moved: Values = array * np.exp(self.offsets) if self.multiplies else array + self.offsets
        return moved

    def operations(self) -> list[Operation] | None:
        """The same as a chain of plain steps."""
        if self.offsets is None:
            return None
        return [("multiply", np.exp(self.offsets)) if self.multiplies else ("add", self.offsets)]

    def describe(self) -> str:
        """One line for reports."""
        return f"class thresholds that are best by {self.metric} on validation"

    def state_dict(self) -> dict[str, Any]:
        """JSON-able state; a metric that is a function is kept by name alone."""
        return {
            "metric": self.metric,
            "multiplies": self.multiplies,
            "offsets": None if self.offsets is None else self.offsets.tolist(),
        }

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any]) -> ThresholdSearch:
        """The posthoc that `state_dict` came from."""
        self = cls()
        self.metric = str(state["metric"])
        self._measure = METRICS.get(self.metric, self._measure)
        self.multiplies = bool(state["multiplies"])
        offsets = state["offsets"]
        self.offsets = None if offsets is None else np.asarray(offsets, dtype=np.float64)
        return self

    def _value(self, scores: Values, labels: npt.NDArray[np.int64]) -> float:
        num_classes = scores.shape[1]
        predicted = scores.argmax(axis=1)
        hits = _counted(labels[predicted == labels], num_classes)
        chosen = _counted(predicted, num_classes)
        true = _counted(labels, num_classes)
        return float(self._measure(hits[None], chosen[None], true)[0])

    def _best_move(
        self, scores: Values, labels: npt.NDArray[np.int64], k: int
    ) -> tuple[float, float]:
        """The offset of class k that is best with all others as they are, and its value.

        As the offset rises, samples turn to k one after the other, each when the offset passes
        its lead; so all N + 1 outcomes come from cumulative counts. Among equally good ones
        the middle of the widest gap is taken, the nearest to 0 of equally wide ones.
        """
        num, num_classes = scores.shape
        others = scores.copy()
        others[:, k] = -np.inf
        rival = others.argmax(axis=1)
        lead = others[np.arange(num), rival] - scores[:, k]
        order = np.argsort(lead, kind="stable")
        lead, rival, true = lead[order], rival[order], labels[order]

        start_hits = _counted(true[rival == true], num_classes)
        start_predicted = _counted(rival, num_classes)
        one_hot = np.eye(num_classes)
        gained = one_hot[k] * (true == k)[:, None] - one_hot[rival] * (rival == true)[:, None]
        turned = one_hot[k] - one_hot[rival]
        hits = np.vstack([np.zeros(num_classes), gained.cumsum(0)]) + start_hits
        predicted = np.vstack([np.zeros(num_classes), turned.cumsum(0)]) + start_predicted
        values = self._measure(hits, predicted, _counted(true, num_classes))

        edges = np.concatenate([[lead[0] - 2.0], lead, [lead[-1] + 2.0]])
        width = np.diff(edges)  # (N + 1,) of offsets that turn exactly i samples
        possible = np.where(width > 1e-12, values, -np.inf)
        best = float(possible.max())
        middle = (edges[:-1] + edges[1:]) / 2
        tied = np.flatnonzero(possible >= best - 1e-12)
        chosen = max(tied, key=lambda i: (round(float(width[i]), 9), -abs(middle[i])))
        return float(middle[chosen]), best


def _counted(labels: npt.NDArray[np.int64], num_classes: int) -> Values:
    """How often each class occurs, (K,)."""
    return np.bincount(labels, minlength=num_classes).astype(np.float64)
