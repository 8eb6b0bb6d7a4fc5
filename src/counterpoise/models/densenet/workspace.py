"""Memory, layout and type of what a pass through a dense block computes on the way."""

from __future__ import annotations

import contextlib

import torch
from torch import Tensor

from counterpoise.errors import ArgumentError


class Workspace:
    """One piece of memory for all normalised maps of a pass, since only one lives at a time.

    Args:
        like: maps (B, ., H, W) that say size, device and layout.
        channels: the most that any of them has.
        dtype: of the maps.
    """

    def __init__(self, like: Tensor, channels: int, dtype: torch.dtype) -> None:
        self.batch, _, self.height, self.width = like.shape
        self.channels_last = layout(like) is torch.channels_last
        size = self.batch * channels * self.height * self.width
        self.memory = torch.empty(size, dtype=dtype, device=like.device)

    def maps(self, channels: int) -> Tensor:
        """Room for (B, C, H, W); what was there before is overwritten."""
        used = self.memory[: self.batch * channels * self.height * self.width]
        if self.channels_last:
            return used.view(self.batch, self.height, self.width, channels).permute(0, 3, 1, 2)
        return used.view(self.batch, channels, self.height, self.width)


def layout(maps: Tensor) -> torch.memory_format:
    """Channels first, unless the maps are stored channels last and not also the other way."""
    last = maps.is_contiguous(memory_format=torch.channels_last) and not maps.is_contiguous()
    return torch.channels_last if last else torch.contiguous_format


def computed_in(inputs: Tensor) -> torch.dtype:
    """Type that a convolution of `inputs` has: that of autocast, where it is on."""
    kind = inputs.device.type
    known = torch.amp.is_autocast_available(kind)
    if known and torch.is_autocast_enabled(kind) and inputs.dtype != torch.float64:
        return torch.get_autocast_dtype(kind)
    return inputs.dtype


def without_autocast(inputs: Tensor) -> contextlib.AbstractContextManager[object]:
    """Types are chosen here, operation by operation."""
    kind = inputs.device.type
    if torch.amp.is_autocast_available(kind):
        return torch.autocast(kind, enabled=False)
    return contextlib.nullcontext()


def outside_compiler(function: type[torch.autograd.Function], *given: object) -> Tensor:
    """Apply a function of ours; ``torch.compile`` breaks its graph for that.

    It could trace the function, but would then keep what it likes for the backward pass.
    """
    if torch.compiler.is_compiling():
        from counterpoise.models.densenet import opaque

        made: Tensor = opaque.apply(function, *given)
    else:
        made = function.apply(*given)
    return made


def is_exported() -> bool:
    """Whether a graph of plain operations is being made, for ONNX or ``torch.export``.

    torch 2.6 cannot be asked for the latter: ``torch.export`` takes ``memory="naive"`` there.
    """
    exporting = getattr(torch.compiler, "is_exporting", torch.onnx.is_in_onnx_export)
    return bool(exporting()) or torch.onnx.is_in_onnx_export()


def refuse_second_derivatives() -> None:
    """Raise in a backward pass that itself records a graph.

    Raises:
        ArgumentError: ``create_graph=True``.
    """
    if torch.is_grad_enabled():
        raise ArgumentError(
            "a DenseNet with memory='efficient' has no second derivative and cannot be "
            "differentiated with create_graph=True (make it with memory='naive')"
        )
