"""Likely label errors, by confident learning on predictions of samples not trained on.

Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels",
Journal of Artificial Intelligence Research 70, doi:10.1613/jair.1.12125, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ROUNDING = 1e-6  # of probabilities kept in float32


@dataclass(frozen=True, eq=False)
class LabelIssues:
    """Samples whose label is likely wrong, the likeliest first.

    Args:
        samples: (m,) their places.
        suggested: (m,) the class that each is confidently predicted as.
        margins: (m,) probability of the label less the largest of another class.
    """

    samples: npt.NDArray[np.int64]
    suggested: npt.NDArray[np.int64]
    margins: npt.NDArray[np.float64]


def label_issues(
    labels: npt.NDArray[np.int64], probabilities: npt.NDArray[np.floating]
) -> LabelIssues:
    """The off-diagonal of the confident joint, ranked by normalised margin.

    A class is confidently predicted where its probability is at least the mean that it has among
    the samples labelled so; of several, the largest. So a rare class, of which a model is never
    very sure, has a low threshold of its own. A class without a sample has none and is never
    suggested.

    Args:
        labels: (N,) as given.
        probabilities: (N, K) of a model that was not trained on these samples.
    """
    num_classes = probabilities.shape[1]
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    number = np.bincount(labels, minlength=num_classes)
    sums = np.bincount(labels, weights=own, minlength=num_classes)
    thresholds = np.full(num_classes, np.inf)
    np.divide(sums, number, out=thresholds, where=number > 0)
    confident = np.where(probabilities >= thresholds - ROUNDING, probabilities, -1.0)
    suggested = confident.argmax(axis=1)
    wrong = np.flatnonzero((confident.max(axis=1) >= 0) & (suggested != labels))
    others = probabilities[wrong].astype(np.float64)
    others[np.arange(len(wrong)), labels[wrong]] = -1.0
    margins = own[wrong] - others.max(axis=1, initial=-1.0)
    order = np.argsort(margins, kind="stable")
    return LabelIssues(wrong[order], suggested[wrong][order], margins[order])
