"""Two batches and a share: what every mixing augmentation returns."""

import torch
from torch import Tensor

from counterpoise.batch import Batch, Mixed


def mixed(batch: Batch, inputs: Tensor, other: Batch, share: Tensor) -> Mixed:
    """A `Mixed` of mixed `inputs`, with the labels of both batches.

    Sample weights of the two sides may differ; share and weight are made so that each label
    keeps its own: ``weight * share`` is the first side's part.

    Args:
        batch: the side that holds `share`.
        inputs: (B, ...) mixed already.
        other: the side that holds the rest.
        share: (B,) in [0, 1].
    """
    weight = batch.weight
    if weight is not None:
        beside = torch.ones_like(weight) if other.weight is None else other.weight
        own = share * weight
        weight = own + (1 - share) * beside
        share = (own / weight.where(weight > 0, 1)).where(weight > 0, share)
    return Mixed(inputs, batch.target, other.target, share, index=batch.index, weight=weight)


def reordered(batch: Batch, order: Tensor) -> Batch:
    """The same samples in another order, or some of them again."""
    return Batch(
        batch.inputs[order],
        batch.target[order],
        None if batch.index is None else batch.index[order],
        None if batch.weight is None else batch.weight[order],
    )
