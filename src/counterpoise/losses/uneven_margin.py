"""The hinge of a one-vs-rest SVM with uneven margins (CNUSVM)."""

import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.losses.per_sample import PerSampleLoss, Reduction, at_least_float32, prepare
from counterpoise.protocols import Scores


class UnevenMargin(PerSampleLoss):
    """Hinge that asks less margin of rare classes' negatives, more of frequent ones'.

    The scores are margins, not logits: there are no probabilities, and no prior to divide by.
    Each sample costs ``C (2 / K) sum_k h_k^p`` with h = max(0, 1 - f_y) for its own class and
    max(0, tau_k + f_k) for the others. tau 1 everywhere is the ordinary SVM. Train with the
    gradient norm clipped: the squared hinge diverges at uneven tau without.

    Args:
        counts: unique training samples per class, for tau by rule.
        tau: margin ratio, one or one per class (K,), above 0; None takes the rule
            ``tau_k = (n_k / geometric mean of n)^gamma``, clipped to [0.01, 100].
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
        ArgumentError: neither `counts` nor `tau`, a setting outside its range, or a class
            without a sample under "raise".

    Reference: CNUSVM, eq. 10 and 12; Li and Shawe-Taylor 2003; tau 1 is Tang 2013.

    >>> UnevenMargin(ClassCounts((1000, 100, 10))).tau
    tensor([3.1623, 1.0000, 0.3162])
    >>> margins = torch.tensor([[0.2, 0.5]])
    >>> loss = UnevenMargin(tau=(0.4, 6), reduction="none")
    >>> loss(margins, torch.tensor([0])), loss(margins, torch.tensor([1]))
    (tensor([42.8900]), tensor([0.6100]))
    """

    scores: Scores = "margins"
    tau: Tensor  # (1,) or (K,)
    here: Tensor | None  # (K,) 0 for absent classes; None when all are present

    def __init__(
        self,
        counts: ClassCounts | None = None,
        *,
        tau: float | Sequence[float] | None = None,
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

    def per_sample(self, logits: Tensor, target: Tensor) -> Tensor:
        prepare(logits, target, len(self.tau) if len(self.tau) > 1 else None)
        num_classes = self.num_present or logits.shape[1]
        factor = self.C if self.class_sum else self.C * 2 / num_classes
        own = None if self.here is None else self.here[target]
        cost: Tensor = _Hinge.apply(logits, target, self.tau, own, self.p, factor)
        return cost


class _Hinge(torch.autograd.Function):
    """``factor * sum_k h_k^p`` in two passes over the margins; eager autograd needs nine."""

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        margins: Tensor,
        target: Tensor,
        tau: Tensor,
        own: Tensor | None,
        p: int,
        factor: float,
    ) -> Tensor:
        exact = at_least_float32(margins)
        column = target[:, None]
        hinge = (exact + tau.to(exact.dtype)).clamp_min_(0)  # (B, K), as if all were negatives
        true = (1 - exact.gather(1, column)).clamp_min_(0)
        if own is not None:
            true = true * own[:, None]
        hinge.scatter_(1, column, true)
        context: Any = ctx
        context.save_for_backward(hinge, target)
        context.p, context.factor, context.dtype = p, factor, margins.dtype
        if p == 1:
            return hinge.sum(1) * factor
        squares: Tensor = torch.linalg.vector_norm(hinge, dim=1).square()
        return squares * factor

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        hinge, target = ctx.saved_tensors
        slope, factor = (hinge.sign(), ctx.factor) if ctx.p == 1 else (hinge, 2 * ctx.factor)
        if ctx.dtype == torch.float16:  # a slope of 131010 is no float16; a loss scaler sees grad
            slope = slope.clamp_max(torch.finfo(torch.float16).max / factor)
        slope = slope * (factor * grad)[:, None]
        column = target[:, None]
        slope.scatter_(1, column, -slope.gather(1, column))
        return slope.to(ctx.dtype), None, None, None, None, None


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


def _given(tau: float | Sequence[float]) -> np.ndarray[Any, Any]:
    values = np.atleast_1d(np.asarray(tau, dtype=np.float64))
    if values.ndim != 1 or not (np.isfinite(values) & (values > 0)).all():
        raise ArgumentError(f"tau is above 0, one number or one per class; got {tau}")
    return values
