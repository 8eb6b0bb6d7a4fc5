"""Any model of timm, without its classifier."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from counterpoise.errors import ArgumentError
from counterpoise.models.catalog import TIMM


def make_backbone(
    name: str, input_shape: tuple[int, ...], options: Mapping[str, Any]
) -> tuple[nn.Module, int, tuple[str, ...]]:
    """Build a timm model with ``num_classes=0``: its features, pooled as timm pools them.

    Parameter names stay timm's. Nothing is downloaded. Grey images are repeated to three channels
    on the way in, so that weights for RGB fit; for more than three channels timm makes another
    first layer. Models for one size of image are built for that of `input_shape`.

    Args:
        name: "timm:" and a model that timm registers, without a tag of weights.
        input_shape: (C, H, W).
        options: further arguments of ``timm.create_model``.

    Returns:
        The backbone, (B, C, H, W) -> (B, D); D; and the names of the layers that were left out.

    Raises:
        ArgumentError: not an image, an option that the model does not take, or a size that it
            does not take.
    """
    import timm  # takes seconds

    if len(input_shape) != 3:
        raise ArgumentError(f"{name} takes images (C, H, W); got shape {tuple(input_shape)}")
    channels, height, width = input_shape
    given = {"num_classes", "in_chans", "pretrained"} & set(options)
    if given:
        raise ArgumentError(
            f"{name}: {', '.join(sorted(given))} follow from the data and the weights; leave out"
        )
    entry = name.removeprefix(TIMM)
    arguments: dict[str, Any] = {"in_chans": 3 if channels == 1 else channels, "num_classes": 0}
    config = timm.get_pretrained_cfg(entry, allow_unregistered=True)
    if config and config.fixed_input_size and config.input_size[1:] != (height, width):
        arguments["img_size"] = (height, width)
    try:
        model: nn.Module = timm.create_model(entry, pretrained=False, **arguments | dict(options))
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise ArgumentError(
            f"{name} cannot be built with {dict(options)} for images of {height}x{width} pixels: "
            f"{_first_line(error)}"
        ) from error
    if channels == 1:
        model.register_forward_pre_hook(_repeat_grey)
    classifier = (config.classifier if config else None) or ()
    cut = (classifier,) if isinstance(classifier, str) else tuple(classifier)
    return model, _num_features(model, name, input_shape), cut


def _num_features(model: nn.Module, name: str, input_shape: tuple[int, ...]) -> int:
    """D, of images without content passed through layers without content."""
    state = itertools.chain(model.named_parameters(), model.named_buffers())
    shapes = {key: torch.empty_like(value, device="meta") for key, value in state}
    model.eval()
    try:
        images = torch.empty(2, *input_shape, device="meta")
        features = torch.func.functional_call(model, shapes, (images,))
    except (RuntimeError, ValueError, AssertionError) as error:
        height, width = input_shape[1:]
        raise ArgumentError(
            f"{name} does not take images of {height}x{width} pixels: {_first_line(error)} (a "
            "larger --size, such as 224, or another model)"
        ) from error
    model.train()
    if features.ndim != 2:
        raise ArgumentError(
            f"{name} gives features of shape {tuple(features.shape)} for 2 images, not (2, D) "
            "(another model, or global_pool='avg')"
        )
    return int(features.shape[1])


def _repeat_grey(module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
    return (inputs[0].expand(-1, 3, -1, -1),)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
