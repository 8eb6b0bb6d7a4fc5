"""What follows training: fitted on the validation set, and judged there without being favoured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.posthoc.checks import softmax
from counterpoise.protocols import Posthoc

FOLDS = 5
Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.int64]


def probabilities(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Row-wise softmax of (N, K), to the bit that of SciPy, which takes half a second to load."""
    return softmax(logits)


def fit(rules: Sequence[Posthoc], scores: Floats, target: Integers) -> list[Posthoc]:
    """Fit each rule on what the ones before it make of validation scores (N, K), labels (N,)."""
    fitted: list[Posthoc] = []
    for rule in rules:
        fitted.append(rule.fit(scores, target))
        scores = fitted[-1](scores)
    return fitted


def apply(fitted: Sequence[Posthoc], scores: Floats) -> Floats:
    """Floats (N, K) after all rules."""
    for rule in fitted:
        scores = rule(scores)
    return scores


def out_of_fold(
    make: Callable[[], Sequence[Posthoc]],
    scores: Floats,
    target: Integers,
    groups: Integers | None = None,
) -> Floats:
    """Validation scores after rules that have not seen the sample they are applied to.

    A rule that learns on validation would otherwise be ranked there by what it fits. Groups never
    straddle folds; classes are spread over them. With a single group the rules are fitted on all.

    Args:
        make: fresh, unfitted rules.
        scores: (N, K) before posthoc.
        target: (N,) labels.
        groups: (N,) group of each sample; each its own when left out.
    """
    own = np.arange(len(target)) if groups is None else groups
    _, first, member = np.unique(own, return_index=True, return_inverse=True)
    number = min(FOLDS, len(first))
    if number < 2:
        return apply(fit(make(), scores, target), scores)
    turn = np.empty(len(first), dtype=np.int64)
    turn[np.argsort(target[first], kind="stable")] = np.arange(len(first)) % number
    fold = turn[member]
    found = np.empty_like(scores)
    for k in range(number):
        here = fold == k
        found[here] = apply(fit(make(), scores[~here], target[~here]), scores[here])
    return found
