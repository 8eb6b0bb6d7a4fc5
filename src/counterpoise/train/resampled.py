"""A training set made anew by a resampler, in the space of inputs or of features."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from counterpoise.protocols import Resampler
from counterpoise.train.feed import Feed

SHOWN = 8  # real and made images of a class that are kept to be looked at


@dataclass(frozen=True)
class Resampled:
    """What a stage trains on, and what of it is real.

    Args:
        feed: the samples.
        real: (M,) bool, on the CPU: whether a sample is one of the data, moved or not.
    """

    feed: Feed
    real: Tensor

    def shown(self) -> dict[str, Tensor]:
        """Some real images and some made ones of each class, on the CPU; empty for no images."""
        inputs, target = self.feed.inputs, self.feed.target.cpu()
        if inputs.ndim != 4 or bool(self.real.all()):
            return {}
        chosen: dict[str, list[Tensor]] = {"real": [], "made": []}
        for k in torch.unique(target[~self.real]).tolist():
            for name, wanted in (("real", self.real), ("made", ~self.real)):
                chosen[name].append(torch.nonzero(wanted & (target == k))[:SHOWN, 0])
        found = {name: torch.cat(places) for name, places in chosen.items()}
        images = {name: inputs[places.to(inputs.device)].cpu() for name, places in found.items()}
        return images | {f"{name}_labels": target[p] for name, p in found.items()}


@torch.no_grad()
def resample(feed: Feed, resampler: Resampler) -> Resampled:
    """Make a training set anew; the resampler sees values in [0, 1].

    Bytes are divided by 255, other values scaled by their smallest and largest one, each feature
    of vectors by its own. Samples that the resampler leaves alone keep their exact values.

    Args:
        feed: N samples (N, ...), raw inputs or features.
        resampler: gives M samples; the originals first, where it keeps them all.
    """
    assert feed.weight is None, "recipes weigh no single samples"
    low, span = _range(feed.inputs)
    scaled = ((feed.inputs.to(low.dtype) - low) / span).float()
    points, labels = resampler.fit_resample(scaled, feed.target)
    values = points.to(low.dtype) * span + low
    if not feed.inputs.is_floating_point():
        limits = torch.iinfo(feed.inputs.dtype)
        values = values.round().clamp(limits.min, limits.max)
    values = values.to(feed.inputs.dtype)
    num = len(feed)
    first = len(points) >= num and torch.equal(labels[:num], feed.target)
    if first:
        real = torch.arange(len(points)) < num
        same = (points[:num] == scaled).flatten(1).all(1)
        values[:num][same] = feed.inputs[same]
    else:
        real = _among(points, scaled)
    return Resampled(Feed(values, labels, feed.preprocess, feed.device), real)


def _among(points: Tensor, given: Tensor) -> Tensor:
    """Which of `points` (M, ...) are, bit for bit, some of `given` (N, ...); (M,) on the CPU."""
    known = {row.tobytes() for row in given.cpu().contiguous().numpy()}
    rows = points.to(given.dtype).cpu().contiguous().numpy()
    return torch.tensor([row.tobytes() in known for row in rows])


def _range(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Smallest value and span, shaped to broadcast; a constant feature has span 1.

    Both of the type to compute in: float64 for what float32 does not hold.
    """
    if inputs.dtype == torch.uint8:
        return torch.zeros((), device=inputs.device), torch.full((), 255.0, device=inputs.device)
    small = inputs.is_floating_point() and inputs.element_size() <= 4
    exact = torch.float32 if small else torch.float64
    if inputs.ndim == 2:
        low, high = inputs.amin(0).to(exact), inputs.amax(0).to(exact)
    else:
        low, high = inputs.min().to(exact), inputs.max().to(exact)
    span = high - low
    return low, span.where(span > 0, 1)
