"""The middle of images, as a network reads it that was trained on random crops."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from numpy.typing import NDArray

from counterpoise.data.labelled import Kind
from counterpoise.errors import ArgumentError

if TYPE_CHECKING:
    from typing import Any

    from torch import Tensor

Images = TypeVar("Images", bound="NDArray[Any] | Tensor")


def centre(images: Images, side: int) -> Images:
    """The square of `side` pixels in the middle of images (B, C, H, W); of an odd rest, up left.

    >>> import numpy as np
    >>> centre(np.arange(25).reshape(1, 1, 5, 5), 2)[0, 0].tolist()
    [[6, 7], [11, 12]]
    """
    top, left = ((extent - side) // 2 for extent in images.shape[-2:])
    return cast("Images", images[..., top : top + side, left : left + side])


def require_croppable(kind: Kind, shape: tuple[int, ...], side: int) -> None:
    """Refuse crops of what is no image, or smaller than they are.

    Raises:
        ArgumentError: either.
    """
    if kind != "image" or len(shape) != 3:
        raise ArgumentError(
            f"train.crop is the side of random crops of images; got {side} for {kind}s of shape "
            f"{shape} (leave it out)"
        )
    if side > min(shape[1:]):
        raise ArgumentError(
            f"train.crop cuts {side} x {side} pixels out of images of {shape[2]} x {shape[1]} "
            "(a smaller crop, or larger images)"
        )
