"""Run a model over a part of the data, without gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from counterpoise.batch import Batch
from counterpoise.protocols import Loss
from counterpoise.train.feed import Feed

BATCH = 512
ON_CPU = 2_500_000  # values; batches of large images leave the caches long before BATCH


@torch.inference_mode()
def count_confusion(
    model: nn.Module, feed: Feed, loss: Loss, fabric: Fabric
) -> tuple[npt.NDArray[np.int64], float]:
    """Confusion matrix (K, K), rows true, and the mean unweighted loss, over all ranks.

    Counts stay on the device until the end, so that a GPU is waited for once.
    """
    model.eval()
    counts: Tensor | None = None
    total = torch.zeros((), dtype=torch.float64, device=feed.device)
    for batch in _share(feed, fabric):
        logits = model(batch.inputs)
        size = logits.shape[1]
        cells = torch.bincount(batch.target * size + logits.argmax(1), minlength=size * size)
        counts = cells if counts is None else counts + cells
        total += loss.per_sample(logits, batch.target).sum()
    assert counts is not None, "an evaluated part has at least one sample"
    if fabric.world_size > 1:
        counts = fabric.all_reduce(counts, reduce_op="sum")  # type: ignore[assignment]
        total = fabric.all_reduce(total, reduce_op="sum")  # type: ignore[assignment]
    assert counts is not None
    size = int(counts.numel() ** 0.5)
    return counts.reshape(size, size).cpu().numpy(), float(total) / len(feed)


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


def _share(feed: Feed, fabric: Fabric) -> Iterator[Batch]:
    """This rank's batches."""
    return islice(evaluation_batches(feed), fabric.global_rank, None, fabric.world_size)
