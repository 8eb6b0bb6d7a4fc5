"""The hinge of a one-vs-rest SVM with uneven margins (CNUSVM)."""

import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.losses.fused import KnownGradient
from counterpoise.losses.loss import BaseLoss, Reduction, prepare
from counterpoise.protocols import Scores


class UnevenMargin(BaseLoss):
    """Hinge that asks less margin of rare classes' negatives, more of frequent ones'.

    The scores are margins, not logits: there are no probabilities, and no prior to divide by.
    Each sample costs ``C (2 / K) sum_k h_k^p`` with h = max(0, 1 - f_y) for its own class and
    max(0, tau_k + f_k) for the others. tau 1 everywhere is the ordinary SVM. Train with the
    gradient norm clipped: the squared hinge diverges at uneven tau without.

    Args:
        counts: unique training samples per class, for tau by rule.
        tau: margin ratio, one or one per class (K,), above 0; None takes the rule
            ``tau_k = (n_k / geometric mean of n)^gamma``, clipped to [0.01, 100].
        tau_minority, tau_majority: tau of two classes by their size, whichever comes first;
            given together, instead of `tau`. The paper's tau_1 and tau_2.
        gamma: exponent of the rule.
        p: 1 for the hinge, 2 for the squared hinge.
        C: weight of the hinge against the head's ``penalty()``.
        class_sum: sum over classes without the factor 2 / K. The paper's K is 2, where both
            agree.
        zero_count: "raise" for a class without a sample when tau comes by rule, or "ignore":
            its SVM has no part in the loss, and K is the number of classes present.
        reduction: "mean" over the B samples, "sum", or "none".

    Shapes: margins (B, K); target (B,) int64.

    Raises:
        ArgumentError: neither `counts` nor `tau`, a setting outside its range, a class
            without a sample under "raise", or a tau by size where there are not two sizes.

    Reference: CNUSVM, eq. 10 and 12; Li and Shawe-Taylor 2003; tau 1 is Tang 2013.

    >>> UnevenMargin(ClassCounts((1000, 100, 10))).tau
    tensor([3.1623, 1.0000, 0.3162])
    >>> UnevenMargin(ClassCounts((1860, 210)), tau_minority=0.4, tau_majority=6.0).tau
    tensor([6.0000, 0.4000])
    >>> margins = torch.tensor([[0.2, 0.5]])
    >>> loss = UnevenMargin(tau=(0.4, 6), reduction="none")
    >>> loss(margins, torch.tensor([0])), loss(margins, torch.tensor([1]))
    (tensor([42.8900]), tensor([0.6100]))
    """

    revision = 2
    scores: Scores = "margins"
    tau: Tensor  # (1,) or (K,)
    here: Tensor | None  # (K,) 0 for absent classes; None when all are present

    def __init__(
        self,
        counts: ClassCounts | None = None,
        *,
        tau: float | Sequence[float] | None = None,
        tau_minority: float | None = None,
        tau_majority: float | None = None,
        gamma: float = 0.5,
        p: Literal[1, 2] = 2,
        C: float = 1.0,
        class_sum: bool = False,
        zero_count: Literal["raise", "ignore"] = "raise",
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        if p not in (1, 2) or not C > 0:
            raise ArgumentError(f"p is 1 or 2 and C is above 0; got p {p}, C {C}")
        if tau_minority is not None or tau_majority is not None:
            tau = _by_size(counts, tau, tau_minority, tau_majority)
        if tau is not None and gamma != 0.5:
            warnings.warn("gamma is ignored: tau is given, not made by rule", stacklevel=2)
        values = _by_rule(counts, gamma, zero_count) if tau is None else _given(tau)
        self.p = p
        self.C = float(C)
        self.class_sum = class_sum
        self.register_buffer("tau", torch.from_numpy(values.astype(np.float32)))
        # An absent class has tau -inf: its hinge is 0 for every sample of another class.
        here = torch.from_numpy(np.isfinite(values).astype(np.float32))
        self.num_present = int(here.sum()) if len(values) > 1 else None
        self.register_buffer("here", here if not bool(here.all()) else None)

    def cost(self, logits: Tensor, target: Tensor, reduction: Reduction) -> Tensor:
        exact, target = prepare(logits, target, len(self.tau) if len(self.tau) > 1 else None)
        num_classes = self.num_present or logits.shape[1]
        factor = self.C if self.class_sum else self.C * 2 / num_classes
        own = None if self.here is None else self.here[target]
        cost, slope = _hinge(exact.detach(), target, self.tau.to(exact.dtype), own, self.p, factor)
        if logits.dtype == torch.float16:  # a slope of 131010 does not fit into float16
            limit = torch.finfo(torch.float16).max
            slope.clamp_(-limit, limit)
        result: Tensor = KnownGradient.apply(logits, cost, slope, reduction)
        return result


def _hinge(
    margins: Tensor, target: Tensor, tau: Tensor, own: Tensor | None, p: int, factor: float
) -> tuple[Tensor, Tensor]:
    """``factor * sum_k h_k^p`` (B,) and its gradient (B, K), in one buffer of that size."""
    column = target[:, None]
    hinge = (margins + tau).clamp_min_(0)  # (B, K), as if all were negatives
    true = (1 - margins.gather(1, column)).clamp_min_(0)  # (B, 1)
    if own is not None:
        true = true * own[:, None]
    hinge.scatter_(1, column, true)
    if p == 1:
        cost = hinge.sum(1) * factor
        return cost, hinge.sign_().scatter_(1, column, -true.sign()).mul_(factor)
    cost = torch.linalg.vector_norm(hinge, dim=1).square_().mul_(factor)
    return cost, hinge.scatter_(1, column, -true).mul_(2 * factor)


def _by_rule(counts: ClassCounts | None, gamma: float, zero_count: str) -> np.ndarray[Any, Any]:
    """``(n / geometric mean)^gamma`` over the classes present, -inf for the others."""
    if counts is None:
        raise ArgumentError("tau comes from class counts, or is given; got neither")
    counts.require_present("UnevenMargin", zero_count)
    n = np.asarray(counts.values, dtype=np.float64)
    here = n > 0
    logs = np.log(n, where=here, out=np.zeros_like(n))
    tau = np.exp(gamma * (logs - logs[here].mean())).clip(0.01, 100.0)
    return np.where(here, tau, -np.inf)


def _by_size(
    counts: ClassCounts | None,
    tau: float | Sequence[float] | None,
    minority: float | None,
    majority: float | None,
) -> tuple[float, float]:
    """tau in the order of the classes, from that of the rarer and that of the other one."""
    if tau is not None or minority is None or majority is None:
        raise ArgumentError(
            "tau_minority and tau_majority are given together and without tau; got tau_minority "
            f"{minority}, tau_majority {majority}, tau {tau}"
        )
    values = () if counts is None else counts.values
    if len(values) != 2 or values[0] == values[1]:
        raise ArgumentError(
            "tau_minority and tau_majority are for two classes of different size; got counts "
            f"{values} (leave both out: tau by rule fits any number of classes)"
        )
    return (minority, majority) if values[0] < values[1] else (majority, minority)


def _given(tau: float | Sequence[float]) -> np.ndarray[Any, Any]:
    values = np.atleast_1d(np.asarray(tau, dtype=np.float64))
    if values.ndim != 1 or not (np.isfinite(values) & (values > 0)).all():
        raise ArgumentError(f"tau is above 0, one number or one per class; got {tau}")
    return values
