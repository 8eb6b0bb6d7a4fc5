"""Any torchvision classification model, cut before its last layer."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Mapping
from typing import Any

import torch
import torchvision
from torch import Tensor, nn

from counterpoise.errors import ArgumentError, near

_AUXILIARY = ("googlenet", "inception_v3")  # the two with auxiliary classifiers
_TRANSFORMER_SIZES = {"vit": "image_size", "maxvit": "input_size"}


def make_backbone(
    name: str, input_shape: tuple[int, ...], options: Mapping[str, Any]
) -> tuple[nn.Module, int, str]:
    """Build a torchvision model without its last linear layer (SqueezeNet: convolution).

    Parameter names stay torchvision's. Grey images are repeated to three channels on the way in,
    so that weights for RGB fit. Auxiliary classifiers are left out; vision transformers are built
    for the size of `input_shape`.

    Args:
        name: a model that torchvision registers.
        input_shape: (1 or 3, H, W).
        options: further arguments of the torchvision constructor.

    Returns:
        The backbone, (B, C, H, W) -> (B, D); D; and the name of the layer that was cut.

    Raises:
        ArgumentError: not an image of 1 or 3 channels, an unknown option, or an image too small.
    """
    if len(input_shape) != 3 or input_shape[0] not in (1, 3):
        raise ArgumentError(
            f"{name} takes images of 1 or 3 channels (C, H, W); got shape {tuple(input_shape)}"
        )
    arguments = dict(options) | _fixed(name, input_shape)
    model = _build(name, arguments)
    cut, num_features = _cut(model)
    if input_shape[0] == 1:
        model.register_forward_pre_hook(_repeat_grey)
    _require_size(model, name, input_shape, num_features)
    return model, num_features, cut


def pretrained_options(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options under which torchvision's own weights of a model were trained.

    GoogLeNet and Inception were trained on another scale of inputs than all others.
    """
    return ({"transform_input": True} if name in _AUXILIARY else {}) | dict(options)


def _fixed(name: str, input_shape: tuple[int, ...]) -> dict[str, Any]:
    """Arguments that follow from the model and the input."""
    if name in _AUXILIARY:
        return {"aux_logits": False, "init_weights": True}
    size = _TRANSFORMER_SIZES.get(name.partition("_")[0])
    if size is None:
        return {}
    height, width = input_shape[1:]
    if height != width:
        raise ArgumentError(f"{name} takes square images; got {height}x{width} (set --size)")
    return {size: height if size == "image_size" else (height, width)}


def _build(name: str, arguments: Mapping[str, Any]) -> nn.Module:
    try:
        model: nn.Module = torchvision.models.get_model(name, weights=None, **arguments)
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        unknown = _unknown_options(name, arguments)
        if unknown:
            raise ArgumentError(unknown) from error
        raise ArgumentError(
            f"{name} cannot be built with {dict(arguments)}: {_first_line(error)}"
        ) from error
    return model


def _unknown_options(name: str, arguments: Mapping[str, Any]) -> str:
    """A sentence about arguments that the constructor lacks, empty when it has them all."""
    plain = torchvision.models.get_model(name, weights=None)
    legal = set(inspect.signature(type(plain).__init__).parameters) - {"self", "num_classes"}
    wrong = [option for option in arguments if option not in legal]
    return "; ".join(f"{name} has no option '{option}'{near(option, legal)}" for option in wrong)


def _cut(model: nn.Module) -> tuple[str, int]:
    """Replace the last scoring layer by Identity; returns its name and its number of inputs."""
    kinds = nn.Conv2d if isinstance(model, torchvision.models.SqueezeNet) else nn.Linear
    name, layer = [(n, m) for n, m in model.named_modules() if isinstance(m, kinds)][-1]
    parent, _, leaf = name.rpartition(".")
    setattr(model.get_submodule(parent), leaf, nn.Identity())
    return name, layer.in_channels if isinstance(layer, nn.Conv2d) else layer.in_features


def _repeat_grey(module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
    return (inputs[0].expand(-1, 3, -1, -1),)


def _require_size(
    model: nn.Module, name: str, input_shape: tuple[int, ...], num_features: int
) -> None:
    """Pass images without content through layers without content, to see that the size fits."""
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
            "larger --size, such as 96 or 224, or another model)"
        ) from error
    model.train()
    assert tuple(features.shape) == (2, num_features), (name, features.shape)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
