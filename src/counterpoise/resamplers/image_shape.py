"""Which images a resampler of images takes."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.errors import DataError


def check_image_shape(name: str, shape: Sequence[int], sides: tuple[int, int]) -> None:
    """Refuse samples that are no square images, grey or RGB, of a size within `sides`.

    Args:
        name: of the resampler, for the message.
        shape: of one sample, (C, H, W) for images.
        sides: the smallest and the largest side, in pixels.

    Raises:
        DataError: with what to do instead.

    >>> check_image_shape("DeepSMOTE", (4,), (28, 64))
    Traceback (most recent call last):
    counterpoise.errors.DataError: DeepSMOTE takes square images (N, C, S, S), C 1 or 3 and S from \
28 to 64; got samples of shape (4,) (for tables there is SMOTE)
    """
    shape = tuple(shape)
    smallest, largest = sides
    if len(shape) != 3:
        advice = "for tables there is SMOTE" if len(shape) == 1 else "a grey image has C = 1"
    elif shape[0] not in (1, 3):
        last = shape[2] in (1, 3)
        advice = "move the channels to axis 1" if last else "choose or merge channels"
    elif shape[1] != shape[2]:
        advice = "crop, pad or resize to a square"
    elif not smallest <= shape[1] <= largest:
        advice = f"resize to {smallest if shape[1] < smallest else largest} pixels a side"
    else:
        return
    raise DataError(
        f"{name} takes square images (N, C, S, S), C 1 or 3 and S from {smallest} to {largest}; "
        f"got samples of shape {shape} ({advice})"
    )
