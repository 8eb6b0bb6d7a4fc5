"""EfficientNet-Lite0 as timm builds it, under the names of the published PyTorch weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import nn

from counterpoise.models.timm_backbone import make_backbone

LITE = "efficientnet-lite0"  # in our catalogue
_TIMM = "timm:tf_efficientnet_lite0"  # pads as TensorFlow does, where the weights were trained
_STAGES = (1, 2, 2, 3, 3, 4, 1)  # blocks of each
_STEM_AND_HEAD = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_BLOCK = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_PLACES = [(stage, i) for stage, number in enumerate(_STAGES) for i in range(number)]


def efficientnet_lite0(
    input_shape: tuple[int, ...], options: Mapping[str, Any]
) -> tuple[nn.Module, int]:
    """The backbone, (B, C, H, W) -> (B, 1280), and the number of its features.

    Args:
        input_shape: (C, H, W).
        options: further arguments of ``timm.create_model``.

    Raises:
        ArgumentError: not an image, or an option that the model does not take.
    """
    backbone, num_features, _ = make_backbone(_TIMM, input_shape, options)
    return backbone, num_features


def timm_key(key: str) -> str:
    """A key of the published weights as timm calls it; any other key stays as it is.

    >>> timm_key("_blocks.1._expand_conv.weight"), timm_key("_fc.bias")
    ('blocks.1.0.conv_pw.weight', 'classifier.bias')
    >>> timm_key("_blocks.1._se_reduce.weight")  # of EfficientNet-B0
    '_blocks.1._se_reduce.weight'
    """
    first, _, rest = key.partition(".")
    if first != "_blocks":
        return ".".join([_STEM_AND_HEAD.get(first, first), *([rest] if rest else [])])
    match = re.fullmatch(r"(\d+)\.(\w+)\.(.+)", rest)
    if match is None or int(match[1]) >= len(_PLACES):
        return key
    stage, place = _PLACES[int(match[1])]
    layer = (_BLOCK if stage else _FIRST).get(match[2])
    return f"blocks.{stage}.{place}.{layer}.{match[3]}" if layer else key
