"""On cached features the usual training ends where L-BFGS ends."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.datasets import load_digits

from counterpoise.counts import ClassCounts
from counterpoise.data import Preprocess
from counterpoise.experiments.search.rounds import ON_FEATURES
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.settings import with_parameters
from counterpoise.recipes.stage import Samples, set_up

Floats = npt.NDArray[np.float64]


def features() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """400 imbalanced digits as 256 correlated, positive features, as a ReLU network makes them."""
    images, labels = load_digits(return_X_y=True)
    kept = np.concatenate([np.flatnonzero(labels == k)[: 8 if k % 2 else 72] for k in range(10)])
    random = np.random.default_rng(0)
    made = np.maximum(0, images[kept] @ random.normal(size=(64, 256)) / 8 + 1)
    return made.astype(np.float32), labels[kept].astype(np.int64)


def objective(weights: Floats, x: Floats, y: npt.NDArray[np.int64], decay: float) -> float:
    """Mean cross-entropy and half the decay times the square of all parameters (K, D + 1)."""
    shares = log_softmax(x @ weights.T, axis=1)
    return float(-shares[np.arange(len(y)), y].mean() + decay / 2 * (weights**2).sum())


def optimum(x: Floats, y: npt.NDArray[np.int64], decay: float) -> float:
    def slope(flat: Floats) -> Floats:
        weights = flat.reshape(10, -1)
        error = softmax(x @ weights.T, axis=1)
        error[np.arange(len(y)), y] -= 1
        gradient: Floats = (error.T @ x / len(y) + decay * weights).ravel()
        return gradient

    found = minimize(
        lambda flat: objective(flat.reshape(10, -1), x, y, decay),
        np.zeros(10 * x.shape[1]),
        jac=slope,
        method="L-BFGS-B",
        options={"maxiter": 3000, "maxfun": 4000, "ftol": 1e-14, "gtol": 1e-8},
    )
    return float(found.fun)


@pytest.mark.parametrize("decay", [0.001, 0.1])
def test_the_training_loss_of_the_baseline_is_within_one_percent_of_its_optimum(
    decay: float,
) -> None:
    inputs, labels = features()
    (base,) = load_methods(["baseline"], {}, {}, features=True)
    base = with_parameters(
        replace(base, search=None),
        {"optimizer.weight_decay": decay, "train.rounds": ON_FEATURES},
    )
    recipe = resolve(base, "vector", inputs.shape[1:], len(inputs))
    preprocess = Preprocess.fit("standard", inputs)
    every = np.arange(len(labels))
    samples = Samples(inputs, labels, every, ClassCounts.from_labels(labels, 10), preprocess)
    ready = set_up(recipe, 0, samples, seed=0, device="cpu")
    ready.loop.fit()
    head = ready.model.head.state_dict()
    weights = np.column_stack([head["weight"].numpy(), head["bias"].numpy()]).astype(np.float64)
    x = np.column_stack([preprocess.apply(inputs), np.ones(len(labels))]).astype(np.float64)
    best = optimum(x, labels, decay)
    assert best <= objective(weights, x, labels, decay) * (1 + 1e-9)
    assert objective(weights, x, labels, decay) < 1.01 * best
