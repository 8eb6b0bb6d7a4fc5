"""What every bridge refuses: a criterion that is none, and a sampler of another data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch.utils.data import IterableDataset

from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError, DataError
from counterpoise.labels import class_labels
from counterpoise.losses.loss import BaseLoss
from counterpoise.samplers.sampler import StreamSampler

ASKED = ("ignore_index", "reduction", "set_epoch")  # of a criterion
EXAMPLE = "Weighted(losses.CrossEntropy(), weights.Balanced(counts))"


def criterion_of(given: Any) -> Weighted:
    """A criterion as it is, or a bare loss of this library as one without weights.

    Raises:
        ArgumentError: anything else, such as a loss of torch.

    >>> from counterpoise.losses import Focal
    >>> criterion_of(Focal(gamma=1.0)).loss.gamma
    1.0
    """
    if isinstance(given, BaseLoss):
        return Weighted(given, reduction=given.reduction)
    missing = [name for name in ASKED if not hasattr(given, name)]
    if missing:
        raise ArgumentError(
            "criterion is a Weighted(...), or a loss of counterpoise.losses; "
            f"{type(given).__name__} lacks {', '.join(missing)} (write {EXAMPLE})"
        )
    criterion: Weighted = given
    return criterion


def require_labels_of(sampler: StreamSampler, dataset: Any) -> None:
    """Refuse a sampler that was made for the labels of another data set.

    Labels are compared where the data set tells them without reading samples; else its length.

    Raises:
        ArgumentError: a stream, another number of samples, or other labels.
    """
    who, name = type(sampler).__name__, type(dataset).__name__
    length = getattr(dataset, "__len__", None)
    if isinstance(dataset, IterableDataset) or length is None:
        raise ArgumentError(
            f"{who} says which samples to take; {name} is a stream, which gives them in its own "
            "order (load a data set of known length, or leave the sampler out and weight the loss: "
            f"{EXAMPLE})"
        )
    made_for = sampler.labels
    if made_for is None:
        return
    remedy = f"make it of this data set's labels: samplers.{who}(dataset, ...)"
    if length() != made_for.num_samples:
        raise ArgumentError(
            f"a sampler's indices are of the data set whose labels it was made of; {who} was made "
            f"for {made_for.num_samples} samples, and {name} has {length()} ({remedy})"
        )
    if isinstance(dataset, Sequence) or hasattr(dataset, "__array__"):
        return  # a list of samples, which would be read
    try:
        labels = class_labels(dataset)
    except DataError:
        return
    if not made_for.matches(labels):
        raise ArgumentError(
            f"a sampler's indices are of the data set whose labels it was made of; {who} was made "
            f"for other labels than {name} has, of the same number ({remedy}; was it shuffled or "
            "divided since?)"
        )
