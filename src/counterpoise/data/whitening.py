"""Global contrast normalisation and ZCA whitening, as All-CNN's CIFAR-10 was prepared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counterpoise.errors import ArgumentError

TINY = 1e-8  # a contrast below this is left unscaled


def contrast_normalised(inputs: NDArray[np.generic], scale: float = 55.0) -> NDArray[np.float64]:
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
    def fit(cls, inputs: NDArray[np.generic], bias: float = 0.1) -> Whitening:
        """Mean and covariance (with 1/N) of samples (N, ...), flattened to (N, D).

        Raises:
            ArgumentError: no sample, or a bias that is not above zero.
        """
        if not len(inputs) or not bias > 0:
            raise ArgumentError(
                f"whitening needs a sample and a bias above 0; got {len(inputs)} samples, {bias}"
            )
        rows = inputs.reshape(len(inputs), -1).astype(np.float64)
        mean = rows.mean(axis=0)
        centred = rows - mean
        values, vectors = np.linalg.eigh(centred.T @ centred / len(rows))
        return cls(mean, (vectors / np.sqrt(values + bias)) @ vectors.T)

    def __call__(self, inputs: NDArray[np.generic]) -> NDArray[np.float64]:
        """Whitened samples of the same shape, float64."""
        rows = inputs.reshape(len(inputs), -1).astype(np.float64) - self.mean
        whitened: NDArray[np.float64] = (rows @ self.matrix).reshape(inputs.shape)
        return whitened
