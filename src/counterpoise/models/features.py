"""Features of a fixed backbone, computed once: what `--frozen` trains its heads on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from counterpoise.errors import ArgumentError
from counterpoise.models.classifier import Classifier

Preprocess = Callable[[Tensor], Tensor]


def extract(
    model: nn.Module,
    batches: Iterable[Tensor],
    preprocess: Preprocess,
    device: str | torch.device = "cpu",
    *,
    maps: bool = False,
) -> npt.NDArray[np.float32]:
    """Features of every sample, float32 (N, D), in the order of the batches.

    The model is put in eval mode for the time (no dropout, BatchNorm's running statistics), so
    the result does not depend on how samples are grouped in batches, but for rounding.

    Args:
        model: a `Classifier`, of which the head is left out, or a backbone; on `device`.
        batches: tensors (B, ...), uint8 or float, of the shape the model takes.
        preprocess: raw batch to float input, such as ``Preprocess.apply``.
        device: where to compute.
        maps: whether features may be maps (N, C, H, W).

    Raises:
        ArgumentError: no batch, or features that are not vectors.
    """
    forward = model.features if isinstance(model, Classifier) else model
    training = {module: module.training for module in model.modules()}
    model.eval()
    parts: list[npt.NDArray[np.float32]] = []
    try:
        with torch.inference_mode():
            for batch in batches:
                features = forward(preprocess(batch.to(device)))
                if features.ndim != 2 and not maps:
                    raise ArgumentError(
                        "cached features are vectors (N, D); the backbone makes "
                        f"{tuple(features.shape)} (create the model with a head of its own choice)"
                    )
                parts.append(features.float().cpu().numpy())
    finally:
        for module, mode in training.items():
            module.training = mode
    if not parts:
        raise ArgumentError("there is no sample to take features from")
    return np.concatenate(parts)
