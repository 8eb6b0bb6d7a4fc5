"""Data of the tests of resamplers, and the slow loops that more than one of them asks."""

import math

import numpy as np
import pytest
import torch

from counterpoise.resamplers.autoencoder import Decoder, Encoder
from counterpoise.resamplers.problem import Problem
from counterpoise.resamplers.resampler import generator_of


def make_banded(num=(14, 6, 3), channels=1, size=28, dtype=np.uint8, seed=0):
    """Noise with a bright band whose place is the class; classes come mixed."""
    random = np.random.default_rng(seed)
    y = random.permutation(np.repeat(np.arange(len(num)), num))
    X = random.integers(0, 80, (len(y), channels, size, size))
    for image, k in zip(X, y, strict=True):
        image[:, 8 * k : 8 * k + 6] += 150
    return X.astype(dtype), y


def make_networks(seed=0, channels=1, size=28):
    torch.manual_seed(seed)
    return Encoder(channels, size, 6, width=2), Decoder(channels, size, 6, width=2)


def make_cloud(num=(60, 15), width=3, seed=0):
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(num)), num)
    return random.uniform(size=(len(y), width)), y


def pose(X, y):
    counts = tuple(np.bincount(y).tolist())
    names = tuple(map(str, range(len(counts))))
    points, labels = torch.from_numpy(np.asarray(X, dtype=float)), torch.from_numpy(y)
    return Problem(points, labels, counts, counts, names, generator_of(0), points.shape[1:])


def radius_of(distances, energy):
    """Slow: the sphere of CCR, one majority point at a time."""
    d, r, e, j = sorted(distances), 0.0, energy, 0
    while True:
        if j == len(d):
            return r + e / max(j, 1), j
        if d[j] >= r + e / (j + 1):
            return r + e / (j + 1), j
        step = d[j] - (d[j - 1] if j else 0.0)
        r, e, j = r + step, e - step * (j + 1), j + 1


def clean_slowly(X, y, k, energy, p=1.0):
    """Slow: radii of class k, and all points after the others have been pushed."""
    centres, radii, after = X[y == k], [], X.copy()
    for x in centres:
        apart = {i: np.linalg.norm(X[i] - x, ord=p) for i in np.flatnonzero(y != k)}
        r, inside = radius_of(apart.values(), energy)
        radii.append(r)
        for i in sorted(apart, key=apart.get)[:inside]:
            after[i] += (X[i] - x) * (r - apart[i]) / apart[i]
    return np.array(radii), after


def potential_slowly(x, near, charge, gamma, p):
    """Slow: one neighbour at a time."""
    apart = [float(np.sum(np.abs(x - z) ** p) ** (1 / p)) for z in near]
    return sum(c * math.exp(-((d / gamma) ** 2)) for c, d in zip(charge, apart, strict=True))


@pytest.fixture
def potential_of():
    return potential_slowly


@pytest.fixture
def banded():
    return make_banded


@pytest.fixture
def networks():
    return make_networks


@pytest.fixture
def cloud():
    return make_cloud


@pytest.fixture
def problem_of():
    return pose


@pytest.fixture
def cleaned_slowly():
    return clean_slowly
