"""Samples and weights that scikit-learn hands over, and those that are refused."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import balanced_accuracy_score

from counterpoise import CounterpoiseClassifier
from counterpoise.errors import ArgumentError, DataError

Arrays = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


def test_channels_last_is_noticed() -> None:
    images = np.zeros((4, 8, 8, 1), dtype=np.uint8)
    with pytest.warns(UserWarning, match=r"transpose\(0, 3, 1, 2\)"):
        CounterpoiseClassifier(rounds=1).fit(images, [0, 1, 0, 1])


def test_sample_weight_of_zero_leaves_out(skewed: Arrays) -> None:
    X, y = skewed
    kept = np.random.default_rng(2).random(90) < 0.7
    weighted = CounterpoiseClassifier("weighted", rounds=3, random_state=0)
    weighted.fit(X, y, sample_weight=np.where(kept, 2.5, 0.0))
    removed = CounterpoiseClassifier("weighted", rounds=3, random_state=0).fit(X[kept], y[kept])
    assert (weighted.predict_proba(X) == removed.predict_proba(X)).all()


def test_sample_weight_moves_the_decision(skewed: Arrays) -> None:
    X, y = skewed
    plain = CounterpoiseClassifier(rounds=30, random_state=0).fit(X, y)
    heavy = CounterpoiseClassifier(rounds=30, random_state=0)
    heavy.fit(X, y, sample_weight=np.where(y == 2, 20.0, 1.0))
    assert heavy.predict_proba(X)[:, 2].mean() > plain.predict_proba(X)[:, 2].mean() + 0.05


def test_samples_that_are_made_have_no_weight(skewed: Arrays) -> None:
    with pytest.raises(ArgumentError, match="smote trains on samples that SMOTE makes"):
        CounterpoiseClassifier("smote", rounds=1).fit(*skewed, sample_weight=np.ones(90))


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.full(90, -1.0), "not negative; got -1.0 to -1.0"),
        (np.zeros(90), "zero for every sample"),
        (np.ones(89), r"one for each of 90 samples; got \(89,\)"),
        (np.full(90, np.nan), "finite"),
    ],
)
def test_weights_that_cannot_be(
    skewed: Arrays, weight: npt.NDArray[np.float64], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        CounterpoiseClassifier(rounds=1).fit(*skewed, sample_weight=weight)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((4, 1, 2, 3, 4)), "5 dimensions"),
        (np.full((4, 2), 2**64 - 1, dtype=np.uint64), "beyond int64"),
    ],
)
def test_inputs_that_cannot_be(X: npt.NDArray[np.generic], message: str) -> None:
    with pytest.raises(DataError, match=message):
        CounterpoiseClassifier(rounds=1).fit(X, [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("trained", "given", "words"),
    [
        (np.uint8, np.float32, r"of bytes, 0 to 255; got float32, from 0 to 1 \(if 1 is white"),
        (np.uint8, np.float64, "of bytes"),
        (np.float32, np.uint8, "of floating-point numbers; got uint8, from 0 to 255"),
        (np.int32, np.float32, r"of integers \(int32\)"),
    ],
)
def test_images_on_another_scale_are_refused(trained: type, given: type, words: str) -> None:
    bytes_ = np.random.default_rng(0).integers(0, 256, (20, 1, 8, 8), dtype=np.uint8)
    y = np.arange(20) % 2

    def on_scale(kind: type) -> npt.NDArray[np.generic]:
        return (
            (bytes_ / 255).astype(kind) if np.issubdtype(kind, np.floating) else bytes_.astype(kind)
        )

    model = CounterpoiseClassifier(rounds=1, random_state=0).fit(on_scale(trained), y)
    with pytest.raises(ArgumentError, match=words):
        model.predict(on_scale(given))
    with pytest.raises(ArgumentError, match=words):
        model.predict_proba(on_scale(given))


def test_bytes_in_a_wider_type_are_bytes() -> None:
    bytes_ = np.random.default_rng(0).integers(0, 256, (20, 1, 8, 8), dtype=np.uint8)
    model = CounterpoiseClassifier(rounds=1, random_state=0).fit(bytes_, np.arange(20) % 2)
    expected = model.predict_proba(bytes_)
    for kind in (np.int64, np.uint16, np.int32):
        assert np.array_equal(model.predict_proba(bytes_.astype(kind)), expected)
    with pytest.raises(ArgumentError, match="got int64, from 0 to 510"):
        model.predict(bytes_.astype(np.int64) * 2)


SCALES: dict[str, Callable[[npt.NDArray[np.float64]], npt.NDArray[np.generic]]] = {
    "tesla": lambda x: x * 1e-15,
    "smallest": lambda x: x * 1e-300,
    "largest": lambda x: x * 1e300,
    "times in ms": lambda x: 1.7e12 + 30 * x,
    "integers": lambda x: (2**40 + np.round(1000 * x)).astype(np.int64),
    "unsigned": lambda x: (2**50 + np.round(1000 * x)).astype(np.uint64),
    "small integers": lambda x: (20_000 + np.round(1000 * x)).astype(np.int16),
    "float32": lambda x: (1e5 + 100 * x).astype(np.float32),
}


@pytest.mark.parametrize("shape", [(3,), (3, 6)])
@pytest.mark.parametrize("scale", SCALES)
def test_values_of_any_scale_and_offset_train_alike(scale: str, shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    y = np.repeat([0, 1], [90, 30])
    base = random.normal(size=(120, *shape)) + 3 * y.reshape(-1, *(1 for _ in shape))

    def fitted(X: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        model = CounterpoiseClassifier("weighted", rounds=15, random_state=0).fit(X, y)
        probabilities: npt.NDArray[np.float64] = model.predict_proba(X)
        return probabilities

    expected = fitted(base)
    assert balanced_accuracy_score(y, expected.argmax(1)) > 0.9
    np.testing.assert_allclose(fitted(SCALES[scale](base)), expected, atol=5e-3)
