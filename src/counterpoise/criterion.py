"""A loss times weights, reduced once: what a training loop calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from counterpoise.batch import Batch, Mixed, class_indices
from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.labels import LabelSource
from counterpoise.losses import CrossEntropy
from counterpoise.losses.loss import require_samples
from counterpoise.protocols import Loss, Scores, Weights
from counterpoise.weights import Balanced

# What is asked of either, so that one of somebody else's is refused when it is given.
LOSS = ("scores", "nonnegative", "per_sample", "set_epoch")
WEIGHTS = ("num_classes", "needs_nonnegative", "weights", "per_class", "set_epoch")


class Weighted(nn.Module):
    """Multiply a loss by weights and reduce, over plain, mixed and sample-weighted batches.

    The mean divides by the number of samples, also when weights are used.
    ``torch.nn.CrossEntropyLoss(weight=w)`` divides by the weights of the batch's targets
    instead, so that the same sample counts differently from batch to batch; that is
    ``normalize="weights"`` here.

    Args:
        loss: what one sample costs.
        weights: how much it counts; None counts all alike.
        normalize: the mean divides by the number of "samples", or by the sum of "weights".
        ignore_index: a label whose samples cost 0 and are in no count and no divisor, whatever
            their logits, NaN included.
        reduction: "mean", "sum", or "none" (one value per sample).

    Shapes: logits (B, K); target (B,) integers, a `Batch` or a `Mixed`; index and weight (B,).
    (B, K) probabilities as target: for `CrossEntropy` without weights.

    Raises:
        ArgumentError: an unknown option, a loss or weights of another kind, weights that need a
            loss which is never negative, a mean over an empty batch, weights on dense targets, or
            weights for another number of classes than the logits have.

    Reference: Buda et al. 2018 and Cao et al. 2019 carry 1/N before weighted sums.

    >>> from counterpoise.counts import ClassCounts
    >>> from counterpoise.weights import Balanced
    >>> logits, target = torch.zeros(2, 2), torch.tensor([0, 0])
    >>> plain, weighted = CrossEntropy(), Weighted(CrossEntropy(), Balanced(ClassCounts((3, 1))))
    >>> plain(logits, target), weighted(logits, target)  # a batch of the majority counts less
    (tensor(0.6931), tensor(0.4621))
    """

    def __init__(
        self,
        loss: Loss,
        weights: Weights | None = None,
        *,
        normalize: Literal["samples", "weights"] = "samples",
        ignore_index: int | None = None,
        reduction: Literal["mean", "sum", "none"] = "mean",
    ) -> None:
        super().__init__()
        if normalize not in ("samples", "weights"):
            raise ArgumentError(f'normalize is "samples" or "weights"; got {normalize!r}')
        if reduction not in ("mean", "sum", "none"):
            raise ArgumentError(f'reduction is "mean", "sum" or "none"; got {reduction!r}')
        _require(loss, LOSS, "losses.CrossEntropy()", "losses.loss.BaseLoss")
        if weights is not None:
            _require(weights, WEIGHTS, "weights.Balanced(counts)", "weights.weighting.BaseWeights")
        if weights is not None and weights.needs_nonnegative and not loss.nonnegative:
            raise ArgumentError(
                f"{type(weights).__name__} divides by class losses, so the loss may not be "
                f"negative; {type(loss).__name__} may (use another loss, or other weights)"
            )
        self.loss = loss
        self.weights = weights
        self.normalize = normalize
        self.ignore_index = ignore_index
        self.reduction = reduction

    @classmethod
    def balanced(
        cls, labels: LabelSource, num_classes: int | None = None, loss: Loss | None = None
    ) -> Weighted:
        """Cross-entropy, or `loss`, weighted by inverse class frequency.

        Args:
            labels: (N,) integers, or a data set that has them.
            num_classes: K; the largest label plus 1 when left out.
            loss: what one sample costs.

        >>> Weighted.balanced([0, 0, 0, 1]).weights.class_weights
        tensor([0.6667, 2.0000])
        """
        counts = ClassCounts.from_labels(labels, num_classes)
        return cls(CrossEntropy() if loss is None else loss, Balanced(counts))

    @property
    def scores(self) -> Scores:
        """What the loss makes of its logits: "logits" or "margins"."""
        return self.loss.scores

    def set_epoch(self, epoch: int) -> None:
        """Tell weights and loss which round begins, counted from 0."""
        if self.weights is not None:
            self.weights.set_epoch(epoch)
        self.loss.set_epoch(epoch)

    def forward(
        self,
        logits: Tensor,
        target: Tensor | Batch | Mixed,
        index: Tensor | None = None,
        weight: Tensor | None = None,
    ) -> Tensor:
        """Reduced cost of a batch: logits (B, K) -> (), or (B,) with ``reduction="none"``."""
        if isinstance(target, Tensor):
            labels: tuple[Tensor, ...] = (class_indices(target),)
            share = None
        else:
            if index is not None or weight is not None:
                raise ArgumentError("index and weight are given once: in the batch, or beside it")
            index, weight = target.index, target.weight
            if isinstance(target, Mixed):
                labels = (target.target, target.other)
                share = torch.cat((target.share, 1 - target.share))  # (2B,)
            else:
                labels = (target.target,)
                share = None
        if any(label.is_floating_point() for label in labels):
            self._require_unweighted()
        rows = [logits] * len(labels)
        if self.ignore_index is not None:
            kept = [label != self.ignore_index for label in labels]
            rows = [_only(logits, counts) for counts in kept]
            labels = tuple(x.where(counts, 0) for x, counts in zip(labels, kept, strict=True))
            both = torch.cat(kept)
            share = both.to(logits.dtype) if share is None else share * both
        costs = [self.loss.per_sample(x, label) for x, label in zip(rows, labels, strict=True)]
        cost = costs[0] if len(costs) == 1 else torch.cat(costs)  # (B,) or (2B,)
        if share is not None:
            share = share.to(cost.dtype)
        factor = self._factor(labels, logits.shape[1], cost, index, share)
        if weight is not None:
            weight = weight.to(cost.dtype)
            weight = weight if len(labels) == 1 else torch.cat((weight, weight))
            factor = weight if factor is None else factor * weight
        value = cost if factor is None else cost * factor
        if self.reduction == "none":
            return value if len(labels) == 1 else value.view(2, -1).sum(0)
        if self.reduction == "sum":
            return value.sum()
        require_samples(cost)
        if self.normalize == "weights" and factor is not None:
            return value.sum() / positive(factor.sum())
        if self.ignore_index is not None and share is not None:
            return value.sum() / positive(share.sum())
        return value.sum() / logits.shape[0]

    def _factor(
        self,
        labels: tuple[Tensor, ...],
        num_classes: int,
        cost: Tensor,
        index: Tensor | None,
        share: Tensor | None,
    ) -> Tensor | None:
        """Weights times shares, one for each row of `cost`; None where all are 1."""
        if self.weights is None:
            return share
        if self.weights.num_classes not in (None, num_classes):
            raise ArgumentError(
                f"{type(self.weights).__name__} was made for {self.weights.num_classes} classes; "
                f"got {num_classes} logits per sample (count the classes that the model has: "
                f"ClassCounts.from_labels(labels, num_classes={num_classes}))"
            )
        target = labels[0] if len(labels) == 1 else torch.cat(labels)
        if index is not None and len(labels) == 2:
            index = torch.cat((index, index))
        factor = self.weights.weights(target, cost, index, share).to(cost.dtype)
        return factor if share is None else factor * share

    def _require_unweighted(self) -> None:
        if self.weights is not None or self.ignore_index is not None:
            raise ArgumentError(
                "dense targets (B, K) have no class to weight or to ignore; got "
                f"{'weights' if self.weights is not None else 'ignore_index'} (pass class indices)"
            )


def _require(piece: object, names: Sequence[str], ours: str, base: str) -> None:
    """Refuse a piece that lacks what is asked of it."""
    missing = [name for name in names if not hasattr(piece, name)]
    if missing:
        raise ArgumentError(
            f"Weighted takes losses and weights of counterpoise; {type(piece).__name__} lacks "
            f"{', '.join(missing)} (take one such as {ours}, or inherit from {base})"
        )


def _only(logits: Tensor, kept: Tensor) -> Tensor:
    """Logits (B, K) with 0 in the rows that do not count: 0 times a NaN there would be NaN."""
    fits = logits.ndim == 2 and kept.shape == logits.shape[:1]
    return logits.where(kept[:, None], 0) if fits else logits  # the loss says what does not fit


def positive(divisor: Tensor) -> Tensor:
    """1 in place of 0: a batch in which nothing counts costs 0, not 0 / 0."""
    return divisor.where(divisor > 0, 1)
