"""From what scikit-learn hands over to what a network trains on."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterpoise.data.labelled import Kind
from counterpoise.data.splits.contrast import carve_contrast, lending_notes
from counterpoise.data.splits.draw import Purpose, carve
from counterpoise.data.splits.pieces import share_of_each
from counterpoise.errors import ArgumentError, DataError
from counterpoise.recipes.contrast import contrast_rule
from counterpoise.recipes.schema import Recipe

Positions = npt.NDArray[np.int64]
KINDS: dict[int, Kind] = {2: "vector", 3: "series", 4: "image"}
_COLOURS = (1, 3, 4)


def as_inputs(X: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Checked X (N, ...) in a type that torch computes with; copied only if needed.

    Nothing is rounded: bytes and floating-point numbers stay, half precision and booleans become
    float32, other integers int32 or int64. Writable and in C order.

    Raises:
        DataError: more than four dimensions, or integers beyond int64.
    """
    if X.ndim not in KINDS:
        raise DataError(
            "X is (N, D) vectors, (N, C, T) series or (N, C, H, W) images; got "
            f"{X.ndim} dimensions, {X.shape}"
        )
    if X.ndim == 4 and X.shape[3] in _COLOURS and X.shape[1] not in _COLOURS:
        warnings.warn(
            f"X {X.shape} looks like images with channels last; they are read as (N, C, H, W) "
            "(use X.transpose(0, 3, 1, 2))",
            UserWarning,
            stacklevel=3,
        )
    return np.require(X, _held_as(X), requirements=["C", "W"])


def _held_as(X: npt.NDArray[np.generic]) -> np.dtype[np.generic]:
    """The type in which nothing of X is lost."""
    kind, size = X.dtype.kind, X.dtype.itemsize
    if X.dtype == np.uint8 or (kind == "f" and size in (4, 8)):
        return X.dtype
    if kind in "iu":
        if X.dtype == np.uint64 and X.max(initial=0) > np.iinfo(np.int64).max:
            raise DataError("X holds integers beyond int64, 9.2e18 (convert them to float64)")
        small = size <= 2 or X.dtype == np.int32
        return np.dtype(np.int32 if small else np.int64)
    return np.dtype(np.float64 if size > 8 else np.float32)


def checked_weight(sample_weight: npt.ArrayLike | None, num: int) -> npt.NDArray[np.float32] | None:
    """Sample weights (N,) with mean 1 over those above 0, or None for none.

    Raises:
        DataError: another shape, a negative or non-finite weight, or none above 0.
    """
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (num,):
        raise DataError(f"sample_weight has one for each of {num} samples; got {weight.shape}")
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise DataError(
            f"sample_weight is finite and not negative; got {weight.min()} to {weight.max()}"
        )
    if not weight.any():
        raise DataError("sample_weight is zero for every sample; at least one has to count")
    scaled: npt.NDArray[np.float32] = (weight / weight[weight > 0].mean()).astype(np.float32)
    return scaled


def held_out(labels: npt.NDArray[np.int64], share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Mask (N,) of validation samples: `share` of each class, drawn by `seed`.

    A class with two samples or more has at least one on either side.

    Raises:
        ArgumentError: a share outside [0, 1), or so few samples that none is held out.
    """
    if not 0 <= share < 1:
        raise ArgumentError(f"validation_fraction is in [0, 1); got {share}")
    if share == 0:
        return np.zeros(len(labels), dtype=np.bool_)
    num = int(labels.max()) + 1
    held = carve(labels, None, share_of_each(labels, num, share), Purpose.VALIDATION, seed)
    assert held is not None, "without groups there is always a way"
    if not held.any():
        raise ArgumentError(
            f"validation_fraction {share} of {len(labels)} samples in {num} classes holds none "
            "out: no class has two samples"
        )
    return held


def contrast_of(
    recipe: Recipe,
    training: Positions,
    labels: npt.NDArray[np.int64],
    classes: Sequence[str],
    seed: int,
) -> tuple[Positions, Positions]:
    """Positions to train on, and those that the recipe's sampler watches; none for most recipes.

    Warns of classes too small to be divided, whose samples are on both sides.
    """
    rule = contrast_rule(recipe)
    if rule is None:
        return training, np.zeros(0, dtype=np.int64)
    own = labels[training]
    found = carve_contrast(own, None, len(classes), share=rule.share, seed=seed, kind=rule.kind)
    for note in lending_notes(found.lent, own, classes):
        warnings.warn(f"{recipe.name}: {note}", UserWarning, stacklevel=4)
    return training[found.train], training[found.held]
