"""BatchNorm, ReLU and convolution as one step of which only the input is kept for backward.

torch keeps the normalised maps too, because the convolution asks for them. They are cheap to make
again from the input and the mean and variance of the batch; the convolution is not, and is never
repeated. Running statistics change in the forward pass alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrize import type_before_parametrizations

from counterpoise.errors import ArgumentError
from counterpoise.models.densenet.statistics import CHANNELS, from_batch, inverse_deviation, spread
from counterpoise.models.densenet.workspace import layout


@dataclass(frozen=True)
class Settings:
    """What is no tensor: whether mean and variance are those of the batch; eps; the shapes."""

    batch: bool
    eps: float
    padding: int
    pool: bool = False  # average 2x2 before the convolution


class Unit(NamedTuple):
    """Tensors of one step: mean and variance (C,), BatchNorm's weight and bias (C,), the kernel."""

    mean: Tensor
    variance: Tensor
    weight: Tensor
    bias: Tensor
    kernel: Tensor

    def scale(self, eps: float) -> Tensor:
        """Factor of the inputs, (C,)."""
        return self.weight * inverse_deviation(self.variance, eps)


class Gradients(NamedTuple):
    """Of inputs or normalised maps (see `backward`), and of weight, bias and kernel."""

    maps: Tensor | None
    weight: Tensor | None
    bias: Tensor | None
    kernel: Tensor | None


def settings(norm: nn.BatchNorm2d, conv: nn.Conv2d, *, pool: bool = False) -> Settings:
    """What a pass needs of two layers beside their tensors.

    Raises:
        ArgumentError: another BatchNorm than torch's plain one was put in its place, or a
            convolution that is more than its kernel and zero padding.
    """
    if type(norm) is not nn.BatchNorm2d:
        raise ArgumentError(
            "a DenseNet with memory='efficient' works with nn.BatchNorm2d alone; got "
            f"{type(norm).__name__} (make it with memory='naive')"
        )
    faults = _unlike(conv)
    if faults:
        raise ArgumentError(
            "a DenseNet with memory='efficient' works with plain nn.Conv2d alone, without bias and "
            f"with stride 1; got {', '.join(faults)} (make it with memory='naive')"
        )
    return Settings(from_batch(norm), norm.eps, int(conv.padding[0]), pool)


def _unlike(conv: nn.Conv2d) -> list[str]:
    """What of a convolution `forward` would pass over."""
    kind = type_before_parametrizations(conv)
    if kind is not nn.Conv2d:
        return [kind.__name__]
    faults = [] if conv.bias is None else ["a bias"]
    for name, plain in (("stride", (1, 1)), ("dilation", (1, 1)), ("groups", 1)):
        if getattr(conv, name) != plain:
            faults.append(f"{name} {getattr(conv, name)}")
    if isinstance(conv.padding, str) or len(set(conv.padding)) > 1:
        faults.append(f"padding {conv.padding}")
    if conv.padding_mode != "zeros":
        faults.append(f"padding_mode {conv.padding_mode}")
    return faults


def forward(unit: Unit, settings: Settings, inputs: Tensor, room: Tensor) -> Tensor:
    """Convolution of the normalised and rectified inputs; `room` is overwritten with those."""
    maps = _normalised(unit, settings, inputs, room)
    if settings.pool:
        maps = F.avg_pool2d(maps, 2)
    return F.conv2d(maps, unit.kernel.to(maps.dtype), padding=settings.padding)


def backward(
    unit: Unit,
    settings: Settings,
    inputs: Tensor,
    room: Tensor,
    grad: Tensor,
    needs: tuple[bool, ...],
    *,
    shared: bool = False,
) -> Gradients:
    """Gradients of one step, from its inputs and the gradient of its outputs.

    Args:
        unit: as the forward pass had it.
        settings: the same.
        inputs: (B, C, H, W).
        room: of the inputs' shape, overwritten.
        grad: of the convolution's outputs.
        needs: which gradients are wanted: of inputs, weight, bias and kernel.
        shared: other steps read these inputs too. Then the gradient of the maps is that of the
            normalised ones, to be scaled and added up, see `through_batch`.
    """
    maps = _normalised(unit, settings, inputs, room)
    convolved = F.avg_pool2d(maps, 2) if settings.pool else maps
    passes = any(needs[:3])
    found, kernel, _ = torch.ops.aten.convolution_backward(
        grad.to(maps.dtype).contiguous(memory_format=layout(convolved)),
        convolved,
        unit.kernel.to(maps.dtype),
        None,
        [1, 1],
        [settings.padding] * 2,
        [1, 1],
        False,
        [0, 0],
        1,
        [passes, needs[3], False],
    )
    kernel = None if kernel is None else kernel.to(unit.kernel.dtype)
    if not passes:
        return Gradients(None, None, None, kernel)
    if settings.pool:
        found = torch.ops.aten.avg_pool2d_backward(
            found, maps, [2, 2], [2, 2], [0, 0], False, True, None
        )
    torch.ops.aten.threshold_backward.grad_input(found, maps, 0, grad_input=found)
    if not shared:
        return Gradients(*_through_norm(unit, settings, inputs, found, needs[0]), kernel)
    bias = found.sum(CHANNELS, dtype=unit.mean.dtype)
    own = maps if maps.dtype == unit.mean.dtype else None  # `maps` has served
    centred = torch.sub(inputs, spread(unit.mean), out=own).mul_(found)
    weight = centred.sum(CHANNELS).mul_(inverse_deviation(unit.variance, settings.eps))
    return Gradients(found, weight, bias, kernel)


def through_batch(
    unit: Unit, settings: Settings, grads: Gradients, inputs: Tensor
) -> tuple[Tensor, Tensor]:
    """What the inputs' gradient loses because mean and variance came from them: two (C,).

    The gradient is ``scale * maps - constant - slope * (inputs - mean)``. Sums of both over several
    steps on the same inputs serve as well as the steps one by one.
    """
    assert grads.weight is not None
    assert grads.bias is not None
    share = unit.scale(settings.eps) * (inputs.shape[1] / inputs.numel())
    slope = share * grads.weight * inverse_deviation(unit.variance, settings.eps)
    return share * grads.bias, slope


def less(grad: Tensor, inputs: Tensor, mean: Tensor, lost: tuple[Tensor, Tensor]) -> Tensor:
    """``grad - constant - slope * (inputs - mean)``, of the type of `grad`, in new memory."""
    constant, slope = lost
    linear = (inputs - spread(mean)).mul_(spread(slope)).add_(spread(constant))
    return torch.sub(grad, linear, out=linear).to(grad.dtype)


def add_scaled(total: Tensor, grad: Tensor, scale: Tensor) -> None:
    """``total += scale * grad`` per channel."""
    total.addcmul_(grad, spread(scale))


def _through_norm(
    unit: Unit, settings: Settings, inputs: Tensor, grad: Tensor, wanted: bool
) -> tuple[Tensor | None, Tensor, Tensor]:
    """Gradients of the inputs, weight and bias of BatchNorm alone."""
    made: tuple[Tensor | None, Tensor, Tensor] = torch.ops.aten.native_batch_norm_backward(
        grad.to(inputs.dtype),
        inputs,
        unit.weight.to(unit.mean.dtype),
        unit.mean,
        unit.variance,
        unit.mean,
        inverse_deviation(unit.variance, settings.eps),
        settings.batch,
        settings.eps,
        [wanted, True, True],
    )
    return made


def _normalised(unit: Unit, settings: Settings, inputs: Tensor, room: Tensor) -> Tensor:
    scale = unit.scale(settings.eps)
    shift = torch.addcmul(unit.bias, unit.mean, scale, value=-1)
    return torch.addcmul(spread(shift), inputs, spread(scale), out=room).relu_()
