"""Which trained methods predict together, and with what weights: their mean at balanced priors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.posthoc.checks import FloatArray

STEPS = 25  # members that are taken, with repetition; a weight is a multiple of 1 / STEPS at least
LEAST = 1e-12  # of a probability whose logarithm is taken
LOWEST, HIGHEST = -1.0, 3.0  # of an exponent; 0 leaves the prior, 1 takes it out once
TOLERANCE = 1e-3  # of an exponent

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sample:
    """Validation samples of all splits, one after the other.

    Args:
        target: (N,) labels.
        member: (N,) number of the sample or of its group in the data set: samples of one number
            are on one side of every division.
        split: (N,) number of the split that a row is of.
        prior: (S, K) training shares of the classes in each split.
    """

    target: Integers
    member: Integers
    split: Integers
    prior: Floats

    @property
    def log_prior(self) -> Floats:
        """(S, K); 0 for a class without a training sample, which is left as it is."""
        return np.log(np.where(self.prior > 0, self.prior, 1.0))


@dataclass(frozen=True, eq=False)
class Mixture:
    """How methods predict together.

    Args:
        exponents: (M,) powers of the prior by which each method's probabilities are divided.
        weights: (M,) shares of the methods, summing to 1; 0 for one that is not needed.
    """

    exponents: Floats
    weights: Floats


def balanced(probabilities: FloatArray, log_prior: Floats, exponent: float) -> Floats:
    """Probabilities (N, K) divided by ``prior ** exponent``, rows summing to 1 again.

    Args:
        probabilities: (N, K).
        log_prior: (K,) or (N, K).
        exponent: 1 for a method that learned the prior, 0 for one that is balanced already.

    >>> balanced(np.array([[0.9, 0.1]]), np.log([0.9, 0.1]), 1.0)
    array([[0.5, 0.5]])
    """
    shares: Floats = np.asarray(probabilities, dtype=np.float64) * np.exp(-exponent * log_prior)
    normal: Floats = shares / shares.sum(axis=1, keepdims=True)
    return normal


def class_weights(target: Integers) -> Floats:
    """Weights (N,) that sum to 1 and under which every class that occurs counts the same.

    >>> class_weights(np.array([0, 0, 0, 1]))
    array([0.16666667, 0.16666667, 0.16666667, 0.5       ])
    """
    _, inverse, counts = np.unique(target, return_inverse=True, return_counts=True)
    weights: Floats = 1.0 / (len(counts) * counts[inverse])
    return weights


def fit_exponent(probabilities: FloatArray, target: Integers, log_prior: Floats) -> float:
    """The exponent of `balanced` with the least class-balanced log loss, which is convex in it.

    Args:
        probabilities: (N, K) of one method.
        target: (N,) labels.
        log_prior: (N, K), of the split that each sample is of.
    """
    logs = np.log(np.maximum(probabilities, LEAST))
    weight, rows = class_weights(target), np.arange(len(target))
    own = log_prior[rows, target]

    def slope(exponent: float) -> float:
        logits = logs - exponent * log_prior
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        expected = (powers * log_prior).sum(axis=1) / powers.sum(axis=1)
        return float(weight @ (own - expected))

    low, high = LOWEST, HIGHEST
    if slope(low) >= 0:
        return low
    if slope(high) <= 0:
        return high
    while high - low > TOLERANCE:
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return (low + high) / 2


def select(own: Floats, weight: Floats, steps: int = STEPS) -> Floats:
    """Weights (M,) of methods, by greedy forward selection with replacement.

    In every step the method is added, once more perhaps, whose addition leaves the mean with the
    least log loss; of the means on that way the best is kept.

    Args:
        own: (M, N) probability that each method gives to the true class.
        weight: (N,) of the samples.
        steps: that are made.

    Reference: Caruana, Niculescu-Mizil, Crew and Ksikes 2004, "Ensemble selection from libraries
        of models", section 2, doi 10.1145/1015330.1015432

    >>> select(np.array([[0.9, 0.1], [0.1, 0.9], [0.2, 0.2]]), np.array([0.5, 0.5]))
    array([0.5, 0.5, 0. ])
    """
    taken, total = np.zeros(len(own)), np.zeros(own.shape[1])
    best, least = taken, np.inf
    for step in range(1, steps + 1):
        means = np.maximum((total + own) / step, LEAST)
        losses = -np.log(means) @ weight
        chosen = int(losses.argmin())
        taken = taken + np.eye(len(own))[chosen]
        total = total + own[chosen]
        if losses[chosen] < least - 1e-9:
            best, least = taken / step, float(losses[chosen])
    return best


def fit(tables: Sequence[FloatArray], sample: Sample, kept: Booleans) -> Mixture:
    """Exponents and weights, from the samples that are `kept`.

    Args:
        tables: (N, K) validation probabilities of each method.
        sample: to which rows belong.
        kept: (N,).
    """
    target = sample.target[kept]
    log_prior = sample.log_prior[sample.split[kept]]
    exponents, own = [], []
    for table in tables:
        part = table[kept].astype(np.float64)
        exponents.append(fit_exponent(part, target, log_prior))
        shares = balanced(part, log_prior, exponents[-1])
        own.append(shares[np.arange(len(target)), target])
    return Mixture(np.array(exponents), select(np.array(own), class_weights(target)))


def mix(tables: Sequence[FloatArray], log_prior: Floats, mixture: Mixture) -> Floats:
    """Probabilities (N, K) of the methods together, from those of each; see `balanced`."""
    parts = [
        weight * balanced(table, log_prior, exponent)
        for table, exponent, weight in zip(tables, mixture.exponents, mixture.weights, strict=True)
        if weight
    ]
    mean: Floats = np.sum(parts, axis=0)
    return mean


def folds(sample: Sample, number: int) -> Integers:
    """Fold (N,) of each row, classes spread over folds; all rows of one member in one."""
    _, first, inverse = np.unique(sample.member, return_index=True, return_inverse=True)
    turn = np.empty(len(first), dtype=np.int64)
    order = np.argsort(sample.target[first], kind="stable")
    turn[order] = np.arange(len(first)) % number
    return turn[inverse]


def out_of_fold(tables: Sequence[FloatArray], sample: Sample, number: int = 5) -> Floats:
    """Probabilities (N, K) of the methods together, by fits that have not seen the sample.

    With a single member, everything is fitted on it.
    """
    fold = folds(sample, min(number, len(np.unique(sample.member))))
    found = np.empty(tables[0].shape)
    for one in np.unique(fold):
        held = fold == one
        kept = ~held if (~held).any() else held
        log_prior = sample.log_prior[sample.split[held]]
        found[held] = mix([table[held] for table in tables], log_prior, fit(tables, sample, kept))
    return found
