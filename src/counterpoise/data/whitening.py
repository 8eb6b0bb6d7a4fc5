"""Global contrast normalisation and ZCA whitening, as All-CNN's CIFAR-10 was prepared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from counterpoise.errors import ArgumentError, CheckpointError

if TYPE_CHECKING:
    from torch import Tensor

CONTRAST = 55.0  # norm of a sample after contrast normalisation
BIAS = 0.1  # added to the eigenvalues
MOST_VALUES = 4096  # of one sample: the matrix has the square of it
PREFIX = "preprocess."  # of the constants among the tensors of a saved model
_CHUNK = 4096  # samples
TINY = 1e-8  # a contrast below this is left unscaled


def contrast_normalised(
    inputs: NDArray[np.generic], scale: float = CONTRAST
) -> NDArray[np.float64]:
    """Subtract each sample's mean, then give it the L2 norm `scale`.

    Args:
        inputs: (N, ...) numbers; the mean is over everything but N.
        scale: the norm afterwards; 55 is the setting behind Buda et al. 2018 (section 3.3).

    Returns:
        Float64 of the same shape; a sample without contrast stays at zero.

    >>> contrast_normalised(np.array([[1, 2, 3, 6]])).round(6)
    array([[-29.398737, -14.699368,   0.      ,  44.098105]])
    """
    rows = inputs.reshape(len(inputs), -1).astype(np.float64)
    rows -= rows.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    rows *= np.where(norms < TINY, 1.0, scale / np.where(norms < TINY, 1.0, norms))
    return rows.reshape(inputs.shape)


@dataclass(frozen=True, eq=False)
class Whitening:
    """ZCA whitening: ``(x - mean) P`` with ``P = U (Lambda + bias)^-1/2 U^T``.

    Fit it on training samples only. (Buda et al. 2018, section 3.3)

    Args:
        mean: (D,) over the samples.
        matrix: (D, D), symmetric.

    >>> few = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0], [3.0, 1.0]])
    >>> Whitening.fit(few)(few)[0].round(7)
    array([-0.2908229, -1.2600249])
    """

    mean: NDArray[np.float64]
    matrix: NDArray[np.float64]

    @classmethod
    def fit(cls, inputs: NDArray[np.generic], bias: float = BIAS) -> Whitening:
        """Mean and covariance (with 1/N) of samples (N, ...), flattened to (N, D).

        Raises:
            ArgumentError: no sample, or a bias that is not above zero.
        """
        if not len(inputs) or not bias > 0:
            raise ArgumentError(
                f"whitening needs a sample and a bias above 0; got {len(inputs)} samples, {bias}"
            )
        rows = inputs.reshape(len(inputs), -1).astype(np.float64)
        return cls._of(lambda: [rows], bias)

    @classmethod
    def fit_contrast(cls, inputs: NDArray[np.generic]) -> Whitening:
        """What `fit` makes of samples after `contrast_normalised`, in pieces that fit in memory.

        Constants are rounded to float32, as which they are saved, so that a model that was saved
        whitens as in training.
        """

        def pieces() -> Iterator[NDArray[np.float64]]:
            for start in range(0, len(inputs), _CHUNK):
                piece = contrast_normalised(inputs[start : start + _CHUNK])
                yield piece.reshape(len(piece), -1)

        made = cls._of(pieces, BIAS)
        return cls(*(c.astype(np.float32).astype(np.float64) for c in (made.mean, made.matrix)))

    @classmethod
    def _of(cls, pieces: Callable[[], Iterable[NDArray[np.float64]]], bias: float) -> Whitening:
        number, mean = 0, np.zeros(())
        for piece in pieces():
            number, mean = number + len(piece), mean + piece.sum(axis=0)
        mean = mean / number
        total = np.zeros((len(mean), len(mean)))
        for piece in pieces():
            centred = piece - mean
            total += centred.T @ centred
        values, vectors = np.linalg.eigh(total / number)
        return cls(mean, (vectors / np.sqrt(values + bias)) @ vectors.T)

    @property
    def sha256(self) -> str:
        """Digest of the constants."""
        content = self.mean.tobytes() + self.matrix.tobytes()
        return hashlib.sha256(content).hexdigest()

    def tensors(self) -> dict[str, Tensor]:
        """The constants as they are saved, under names of their own."""
        import torch

        found = {"mean": self.mean, "matrix": self.matrix}
        return {f"{PREFIX}{name}": torch.from_numpy(v).float() for name, v in found.items()}

    @classmethod
    def restored(cls, sha256: object, tensors: Mapping[str, Tensor]) -> Whitening:
        """The whitening of such tensors, if its digest is the one that was saved.

        Raises:
            CheckpointError: it is not there, or another.
        """
        held = [tensors.get(f"{PREFIX}{name}") for name in ("mean", "matrix")]
        arrays = [tensor.double().numpy() for tensor in held if tensor is not None]
        found = cls(*arrays) if len(arrays) == len(held) else None
        if found is None or found.sha256 != sha256:
            raise CheckpointError(
                "damaged preprocessing: the whitening is missing, or not the one that was saved"
            )
        return found

    def __repr__(self) -> str:
        return f"Whitening({self.sha256[:16]})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Whitening) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __call__(self, inputs: NDArray[np.generic]) -> NDArray[np.float64]:
        """Whitened samples of the same shape, float64."""
        rows = inputs.reshape(len(inputs), -1).astype(np.float64) - self.mean
        whitened: NDArray[np.float64] = (rows @ self.matrix).reshape(inputs.shape)
        return whitened


def whitened(inputs: Tensor, mean: Tensor, matrix: Tensor) -> Tensor:
    """Contrast normalisation and whitening of a batch (B, ...) of tensors, as float32.

    Computed in float64, the type of the constants: `contrast_normalised`, then a `Whitening`.
    """
    import torch

    rows = inputs.flatten(1).to(mean.dtype)
    rows = rows - rows.mean(dim=1, keepdim=True)
    norms = rows.square().sum(dim=1, keepdim=True).sqrt()
    factor = (CONTRAST / norms.clamp_min(TINY)).where(norms >= TINY, torch.ones_like(norms))
    rows = rows * factor
    return ((rows - mean) @ matrix).reshape(inputs.shape).float()


def require_small_images(kind: str, shape: tuple[int, ...]) -> None:
    """Refuse what a whitening is not learned of: no images, or large ones.

    Raises:
        ArgumentError: such inputs.
    """
    if kind != "image" or np.prod(shape) > MOST_VALUES:
        raise ArgumentError(
            f"gcn-zca preprocessing is for images of at most {MOST_VALUES} values, such as 3 x 32 "
            f"x 32, since it learns a matrix of the square of that; got {kind} {shape} "
            '(another train.preprocess, such as "standard", or smaller images)'
        )
