"""What a fit learns, what it refuses, and what it leaves alone."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_digits

from counterpoise import CounterpoiseClassifier
from counterpoise.errors import ArgumentError, DataError, DivergedError, RecipeError

Arrays = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
@pytest.mark.parametrize("shape", [(1, 8, 8), (8, 8)])
def test_images_and_series(shape: tuple[int, ...], dtype: type) -> None:
    X, y = load_digits(return_X_y=True)
    X = X.reshape(-1, *shape).astype(dtype)
    model = CounterpoiseClassifier(rounds=8, lr=0.05, random_state=0).fit(X[:600], y[:600])
    assert model.recipe_.model.name == "small-cnn"
    assert model.input_shape_ == shape
    assert model.n_features_in_ == shape[0]
    assert model.score(X[600:900], y[600:900]) > 0.85
    with pytest.raises(ArgumentError, match=r"samples have shape \(N, "):
        model.predict(X[:5, ..., :7])


def test_bytes_and_numbers_are_the_same_images() -> None:
    X, y = load_digits(return_X_y=True)
    bytes_ = X[:100].reshape(-1, 1, 8, 8).astype(np.uint8)
    probabilities = [
        CounterpoiseClassifier(rounds=1, random_state=0).fit(images, y[:100]).predict_proba(images)
        for images in (bytes_, bytes_.astype(np.float64), bytes_.astype(np.int16) * 256 + 1000)
    ]
    np.testing.assert_allclose(probabilities[0], probabilities[1], atol=1e-4)
    np.testing.assert_allclose(probabilities[0], probabilities[2], atol=1e-4)


def test_methods_for_images() -> None:
    X, y = load_digits(return_X_y=True)
    images = X[:100].reshape(-1, 1, 8, 8)
    model = CounterpoiseClassifier("cmo", rounds=1, random_state=0).fit(images, y[:100])
    assert model.predict(images[:3]).shape == (3,)


def test_labels_of_any_type(skewed: Arrays) -> None:
    X, y = skewed
    names = np.array(["rare", "common"])[(y < 2).astype(int)]
    model = CounterpoiseClassifier(rounds=20, random_state=0).fit(X, names)
    assert model.classes_.tolist() == ["common", "rare"]
    assert model.predictor_.classes == ("common", "rare")
    odds = model.decision_function(X)
    probabilities = model.predict_proba(X)
    assert odds.shape == (90,)
    assert ((odds > 0) == (model.predict(X) == "rare")).all()
    np.testing.assert_allclose(odds, np.log(probabilities[:, 1] / probabilities[:, 0]))


def test_random_state_decides_everything(skewed: Arrays) -> None:
    X, y = skewed

    def fitted(seed: int | np.random.RandomState | None) -> npt.NDArray[np.float64]:
        model = CounterpoiseClassifier(
            rounds=2, random_state=seed, method_parameters={"model.name": "mlp"}
        )
        model.set_params(method_parameters={"model.name": "mlp", "model.dropout": 0.5})
        return model.fit(X, y).predict_proba(X)  # type: ignore[no-any-return]

    assert (fitted(0) == fitted(0)).all()
    assert (fitted(0) != fitted(1)).any()
    assert (fitted(np.random.RandomState(5)) == fitted(np.random.RandomState(5))).all()
    assert (fitted(None) != fitted(None)).any()


def test_the_best_round_needs_held_out_samples(skewed: Arrays) -> None:
    X, y = skewed
    model = CounterpoiseClassifier(
        rounds=6, random_state=0, method_parameters={"train.checkpoint": "best"}
    )
    with pytest.raises(ArgumentError, match="chooses a round on held-out samples"):
        model.fit(X, y)
    model.set_params(validation_fraction=0.3).fit(X, y)
    assert len(model.history_) == 6


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"method": "oversampel"}, RecipeError, "did you mean 'oversampling'"),
        ({"method": "classic"}, RecipeError, "names several"),
        ({"method": "nowhere/mine.toml"}, RecipeError, "cannot read recipe"),
        ({"method_parameters": {"ratoi": 3}}, RecipeError, "baseline has no parameter 'ratoi'"),
        ({"method": "oversampling", "method_parameters": {"ratoi": 3}}, RecipeError, "'ratio'"),
        ({"method": "oversampling", "method_parameters": {"ratio": 0.5}}, ArgumentError, "ratio"),
        ({"model": "lenet"}, ArgumentError, "did you mean 'lenet5'"),
        ({"rounds": 0}, ArgumentError, "rounds is at least 1"),
        ({"rounds": 2.5}, RecipeError, "train.rounds is a whole number; got 2.5"),
        ({"batch_size": 0}, RecipeError, "train.batch_size"),
        ({"validation_fraction": 1}, ArgumentError, r"validation_fraction is in \[0, 1\); got 1"),
        ({"device": "gpu"}, ArgumentError, "device is auto, cpu, cuda"),
        ({"lr": 1e9}, DivergedError, "training loss became"),
    ],
)
def test_errors_say_what_to_do(
    skewed: Arrays, settings: dict[str, object], error: type[Exception], message: str
) -> None:
    X, y = skewed
    with pytest.raises(error, match=message):
        CounterpoiseClassifier(**{"rounds": 5, "random_state": 0} | settings).fit(X, y)  # type: ignore[arg-type]


def test_one_class_is_refused(skewed: Arrays) -> None:
    with pytest.raises(DataError, match="got 1 class, 'cat', in 90 samples"):
        CounterpoiseClassifier().fit(skewed[0], ["cat"] * 90)


def test_messages_name_no_option_that_python_lacks() -> None:
    X = np.zeros((8, 1, 8, 8), dtype=np.uint8)
    with pytest.raises(ArgumentError, match=r"use small-cnn, or larger images\)$"):
        CounterpoiseClassifier(model="resnet10", rounds=1).fit(X, np.arange(8) % 2)
