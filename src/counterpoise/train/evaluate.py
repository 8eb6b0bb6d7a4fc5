"""Run a model over a part of the data, without gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from lightning_fabric import Fabric
from torch import nn

from counterpoise.batch import Batch
from counterpoise.metrics import Confusion
from counterpoise.protocols import Loss
from counterpoise.train.feed import Feed

BATCH = 512
ON_CPU = 2_500_000  # values; batches of large images leave the caches long before BATCH


@torch.inference_mode()
def count_confusion(
    model: nn.Module, feed: Feed, loss: Loss, fabric: Fabric
) -> tuple[Confusion, float]:
    """Confusion matrix and the mean unweighted loss, over all ranks.

    Predictions stay on the device until the end, so that a GPU is waited for once; with thousands
    of classes they are far smaller than a matrix (K, K).
    """
    model.eval()
    predicted = torch.zeros(len(feed), dtype=torch.int64, device=feed.device)
    total = torch.zeros((), dtype=torch.float64, device=feed.device)
    num_classes, start = 0, 0
    for number, batch in enumerate(evaluation_batches(feed)):
        end = start + len(batch.target)
        if number % fabric.world_size == fabric.global_rank:
            logits = model(batch.inputs)
            num_classes = logits.shape[1]
            predicted[start:end] = logits.argmax(1)
            total += loss.per_sample(logits, batch.target).sum()
        start = end
    if not num_classes:  # a part of few batches, which are all of other ranks
        num_classes = model(next(evaluation_batches(feed)).inputs[:1]).shape[1]
    if fabric.world_size > 1:  # what other ranks scored is 0 here
        predicted = fabric.all_reduce(predicted, reduce_op="sum")  # type: ignore[assignment]
        total = fabric.all_reduce(total, reduce_op="sum")  # type: ignore[assignment]
    labels = feed.target.cpu().numpy()
    confusion = Confusion.from_pairs(labels, predicted.cpu().numpy(), num_classes)
    return confusion, float(total) / len(feed)


@torch.inference_mode()
def scores(model: nn.Module, feed: Feed) -> npt.NDArray[np.float32]:
    """Raw model outputs (N, K) float32 for every sample of `feed`, in order."""
    model.eval()
    parts = [model(batch.inputs).float().cpu() for batch in evaluation_batches(feed)]
    return torch.cat(parts).numpy()


def evaluation_batches(feed: Feed) -> Iterator[Batch]:
    """All samples in order, as many at once as a GPU likes, or as the caches of a CPU hold."""
    most = BATCH
    if feed.device.type == "cpu":
        most = max(1, min(BATCH, ON_CPU // math.prod(feed.shape[1:])))
    return feed.batches(most)
