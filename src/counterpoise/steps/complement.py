"""Complement objective training (COT): two updates per batch."""

import warnings
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from counterpoise.batch import Batch, Mixed
from counterpoise.errors import ArgumentError
from counterpoise.protocols import Criterion
from counterpoise.steps.penalty import with_penalty

LOWEST = -1e30  # takes the place of -inf, whose product with its probability 0 is NaN


class Complement:
    """An update on the criterion, then one that flattens the wrong classes.

    The second update follows a new forward and raises the entropy of the probabilities of the
    wrong classes, with its own optimizer: `num_optimizers` is 2, and the two learning rates
    should follow the same schedule. Class weights, the head's penalty and the loss that is
    returned belong to the first update; sample weights and ignored labels hold in both. With
    two classes the second has nothing to do.

    Args:
        normalizer: the entropy is divided by "K-1", as in the paper, or by "K", as in its code.

    Shapes: batch of B samples -> loss (), detached.

    Raises:
        ArgumentError: another normalizer.

    Reference: Chen et al. 2019, algorithm 1 and eq. 2.

    >>> model = nn.Linear(2, 3)
    >>> batch = Batch(torch.zeros(3, 2), torch.tensor([0, 1, 2]))
    >>> made = []
    >>> from counterpoise.criterion import Weighted
    >>> from counterpoise.losses import CrossEntropy
    >>> _ = Complement()(model, batch, Weighted(CrossEntropy()), lambda loss, k: made.append(k))
    >>> made
    [0, 1]
    """

    num_optimizers = 2

    def __init__(self, *, normalizer: Literal["K-1", "K"] = "K-1") -> None:
        if normalizer not in ("K-1", "K"):
            raise ArgumentError(f'normalizer is "K-1" or "K"; got {normalizer!r}')
        self.normalizer = normalizer

    def __call__(
        self,
        model: nn.Module,
        batch: Batch | Mixed,
        criterion: Criterion,
        update: Callable[[Tensor, int], None],
    ) -> Tensor:
        loss: Tensor = with_penalty(criterion(model(batch.inputs), batch), model)
        update(loss, 0)
        logits = model(batch.inputs)  # of the model as it is now
        num_classes = logits.shape[1]
        if num_classes == 2:
            warnings.warn(
                "the complement entropy of two classes is always 0: the second update of "
                "steps.Complement has no effect",
                stacklevel=2,
            )
        entropy = self._mean_entropy(logits, batch, criterion.ignore_index)
        update(-entropy / (num_classes - 1 if self.normalizer == "K-1" else num_classes), 1)
        return loss.detach()

    @staticmethod
    def _mean_entropy(logits: Tensor, batch: Batch | Mixed, ignore_index: int | None) -> Tensor:
        """Complement entropy, mean over the samples that count, ()."""
        total: Tensor | float = 0.0
        counted: Tensor | float = 0.0
        halves: list[tuple[Tensor, Tensor | None]] = [(batch.target, None)]
        if isinstance(batch, Mixed):
            halves = [(batch.target, batch.share), (batch.other, 1 - batch.share)]
        for target, share in halves:
            part = logits.new_ones(len(logits), dtype=torch.float32) if share is None else share
            rows = logits
            if ignore_index is not None:
                kept = target != ignore_index
                part, target = part * kept, target.where(kept, 0)
                rows = logits.where(kept[:, None], 0)  # not even a NaN in the others counts
            entropy = complement_entropy(rows, target) * part
            total = total + (entropy if batch.weight is None else entropy * batch.weight).sum()
            counted = counted + part.sum()
        assert isinstance(total, Tensor)
        assert isinstance(counted, Tensor)
        return total / counted.where(counted > 0, 1)


def complement_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Entropy of the softmax without the true class: (B, K), (B,) -> (B,) in [0, log(K-1)]."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32)).clamp_min(LOWEST)
    column = target[:, None]
    # The true class gets log r = 0 before the product: masked afterwards, 0 * inf is NaN.
    log_r = torch.log_softmax(logits.scatter(1, column, -torch.inf), 1).scatter(1, column, 0.0)
    return -(log_r.exp() * log_r).sum(1)
