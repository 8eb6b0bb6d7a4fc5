"""Mean and variance that a BatchNorm normalises with, worked out once for all that read a map."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from counterpoise.errors import ArgumentError

CHANNELS = (0, 2, 3)  # summed over, what remains is one value per channel


def moments(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of every channel, float32 at least: (B, C, H, W) -> (C,), (C,).

    On a CPU they have the bits that BatchNorm works with: of another rounding, some values near
    zero would pass a ReLU that stopped them before, and gradients would differ by far more.
    """
    exact = maps if maps.dtype == torch.float64 else maps.float()
    if maps.device.type == "cpu":
        mean, variance = torch.batch_norm_update_stats(exact, None, None, 0.0)
        return mean, variance
    mean = exact.mean(CHANNELS)
    return mean, (exact - spread(mean)).square_().mean(CHANNELS)


def inverse_deviation(variance: Tensor, eps: float) -> Tensor:
    """``1 / sqrt(variance + eps)``, (C,), rounded once, as BatchNorm does."""
    return torch.rsqrt(variance.double() + eps).to(variance.dtype)


def from_batch(norm: nn.BatchNorm2d) -> bool:
    """Whether it normalises by the batch, and not by its running statistics."""
    return norm.training or norm.running_mean is None


def statistics(
    norm: nn.BatchNorm2d, inputs: Tensor, known: tuple[Tensor, Tensor] | None = None
) -> tuple[Tensor, Tensor]:
    """Mean and variance (C,) that `norm` normalises with; in training its running ones go on.

    Args:
        norm: in training or evaluation mode.
        inputs: (B, C, H, W).
        known: moments of the inputs, where somebody has them already.

    Raises:
        ArgumentError: in training, one value per channel, which has no variance.
    """
    if not from_batch(norm):
        assert norm.running_mean is not None
        assert norm.running_var is not None
        return norm.running_mean.clone(), norm.running_var.clone()
    values = inputs.numel() // inputs.shape[1]
    if values < 2:
        raise ArgumentError(
            "BatchNorm in training needs at least 2 values per channel; got maps of shape "
            f"{tuple(inputs.shape)} (a larger batch, or larger images)"
        )
    mean, variance = known or moments(inputs)
    if norm.training:
        _follow(norm, mean, variance, values)
    return mean, variance


def spread(per_channel: Tensor) -> Tensor:
    """(C,) beside maps (B, C, H, W)."""
    return per_channel.view(1, -1, 1, 1)


def _follow(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor, values: int) -> None:
    """Move the running statistics, by the unbiased variance, as torch does."""
    if norm.running_mean is None or norm.running_var is None:
        return
    assert norm.num_batches_tracked is not None
    norm.num_batches_tracked.add_(1)
    share = norm.momentum
    if share is None:  # the plain average of all batches
        share = 1.0 / float(norm.num_batches_tracked)
    unbiased = variance * (values / (values - 1))
    norm.running_mean.lerp_(mean.to(norm.running_mean.dtype), share)
    norm.running_var.lerp_(unbiased.to(norm.running_var.dtype), share)
