"""What a fit learns, what it refuses, and what it leaves alone."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from sklearn.datasets import load_digits

from counterpoise import CounterpoiseClassifier
from counterpoise.errors import ArgumentError, DataError, DivergedError, RecipeError
from counterpoise.models import create
from counterpoise.predict import Predictor
from counterpoise.recipes.images import for_images
from counterpoise.recipes.load import load_methods, method_names
from counterpoise.resamplers import SMOTE
from counterpoise.samplers import RandomOver, Shuffled

Arrays = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]
HELD_OUT = {"temperature", "threshold-search", "vector-scaling"}  # learn from what is held out
SEARCHES = {"cnusvm-search"}  # refused: tests/recipes/check/test_search.py
RECIPES = load_methods(method_names(), {}, {})
NEEDS_IMAGES = {r.name for r in RECIPES if for_images(r)}
BOOSTS = {r.name for r in RECIPES if r.boosting is not None or r.model.name == "trees"}
ELSEWHERE = NEEDS_IMAGES | SEARCHES | BOOSTS


@pytest.fixture(scope="module")
def skewed() -> Arrays:
    """Three overlapping classes of 60, 22 and 8 vectors."""
    random = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [60, 22, 8])
    X = random.normal(size=(90, 4)).astype(np.float32)
    X[np.arange(90), y] += 2.0
    order = random.permutation(90)
    return X[order], y[order]


def by_hand(
    X: npt.NDArray[np.float32],
    y: npt.NDArray[np.int64],
    weight: npt.NDArray[np.float32],
    made: Arrays | None = None,
) -> npt.NDArray[np.float64]:
    """Oversampling at seed 3 for 4 rounds as a plain torch loop: probabilities of X.

    With the samples that a resampler made, those are shuffled in place of oversampling.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = create("mlp", (4,), 3, hidden=(16,))

    def standardised(values: npt.NDArray[np.float32]) -> torch.Tensor:
        scaled = (values - X.mean(0, dtype=np.float64)) / X.std(0, dtype=np.float64)
        return torch.from_numpy(scaled).float()

    points, labels = (X, y) if made is None else made
    inputs, target, share = standardised(points), torch.from_numpy(labels), torch.from_numpy(weight)
    share = share / share.mean()
    sampler = RandomOver(y, seed=3) if made is None else Shuffled(labels, seed=3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    updates = 4 * -(-len(y) // 32)
    for update in range(updates):
        optimizer.param_groups[0]["lr"] = 0.025 * (1 + np.cos(np.pi * update / updates))
        index = sampler.take(32)
        costs = torch.nn.functional.cross_entropy(
            model(inputs[index]), target[index], reduction="none"
        )
        optimizer.zero_grad()
        (costs * share[index]).mean().backward()
        optimizer.step()
    with torch.no_grad():
        probabilities: npt.NDArray[np.float64] = model(standardised(X)).double().softmax(1).numpy()
    return probabilities


@pytest.mark.parametrize("weighted", [False, True])
def test_learns_what_a_plain_loop_learns(skewed: Arrays, weighted: bool) -> None:
    X, y = skewed
    weight = np.random.default_rng(1).uniform(0.5, 2.0, 90).astype(np.float32)
    model = CounterpoiseClassifier(
        "oversampling",
        rounds=4,
        batch_size=32,
        lr=0.05,
        random_state=3,
        method_parameters={"model.name": "mlp", "model.hidden": [16]},
    ).fit(X, y, sample_weight=weight if weighted else None)
    expected = by_hand(X, y, weight if weighted else np.ones_like(weight))
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=2e-6)
    assert [record["updates"] for record in model.history_] == [3, 6, 9, 12]


def test_a_resampler_makes_the_training_set_anew(skewed: Arrays) -> None:
    X, y = skewed
    low, span = X.min(0), X.max(0) - X.min(0)
    points, labels = SMOTE(random_state=3).fit_resample((X - low) / span, y)
    assert len(labels) == 180
    made = np.concatenate([X, points[90:] * span + low]), labels
    parameters = {"model.name": "mlp", "model.hidden": [16]}
    model = CounterpoiseClassifier(
        "smote", rounds=4, batch_size=32, lr=0.05, random_state=3, method_parameters=parameters
    ).fit(X, y)
    expected = by_hand(X, y, np.ones(180, dtype=np.float32), made)
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=2e-6)
    assert model.predictor_.prior == pytest.approx([1 / 3] * 3)
    assert model.predictor_.metadata["counts"] == [60, 22, 8]


def test_samples_that_are_made_have_no_weight(skewed: Arrays) -> None:
    with pytest.raises(ArgumentError, match="smote trains on samples that SMOTE makes"):
        CounterpoiseClassifier("smote", rounds=1).fit(*skewed, sample_weight=np.ones(90))


def test_images_are_resampled() -> None:
    random = np.random.default_rng(0)
    X = random.integers(0, 256, (30, 1, 28, 28), dtype=np.uint8)
    y = np.repeat([0, 1], [22, 8])
    few = {"epochs": 1, "width": 2}
    for method, parameters in (("smote", {}), ("deep-smote", few), ("hog-cus-nn", {})):
        model = CounterpoiseClassifier(
            method, rounds=1, random_state=0, method_parameters=parameters
        )
        assert model.fit(X, y).predict(X).shape == (30,)


@pytest.mark.parametrize("method", ["cmo", "hog-nn", "deep-smote", "resnet18-ce"])
def test_a_method_for_images_is_refused_elsewhere(skewed: Arrays, method: str) -> None:
    with pytest.raises(RecipeError, match=rf"{method} is for images .* got X of shape \(90, 4\)"):
        CounterpoiseClassifier(method, rounds=1).fit(*skewed)


@pytest.mark.parametrize("method", [n for n in method_names() if n not in ELSEWHERE])
def test_every_method_fits(skewed: Arrays, method: str) -> None:
    X, y = skewed
    held = 0.3 if method in HELD_OUT else 0.0
    model = CounterpoiseClassifier(method, rounds=2, random_state=0, validation_fraction=held)
    if method == "balanced-same-size":
        with pytest.raises(RecipeError, match="beyond the samples it is given"):
            model.fit(X, y)
        return
    model.fit(X, y)
    scores = model.decision_function(X)
    assert (model.predict(X) == scores.argmax(1)).all()
    margins = method in ("cnusvm", "cnsvm")
    assert hasattr(model, "predict_proba") is not margins
    if not margins:
        np.testing.assert_allclose(model.predict_proba(X).sum(1), 1)


@pytest.mark.parametrize("method", sorted(BOOSTS))
def test_boosting_is_refused(skewed: Arrays, method: str) -> None:
    with pytest.raises(RecipeError, match=f"{method} boosts"):
        CounterpoiseClassifier(method, rounds=1).fit(*skewed)


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
    fits = [
        CounterpoiseClassifier(rounds=1, random_state=0).fit(images, y[:100])
        for images in (bytes_, bytes_.astype(np.float64))
    ]
    probabilities = [model.predict_proba(bytes_) for model in fits]
    np.testing.assert_allclose(*probabilities, atol=1e-4)


def test_methods_for_images() -> None:
    X, y = load_digits(return_X_y=True)
    images = X[:100].reshape(-1, 1, 8, 8)
    model = CounterpoiseClassifier("cmo", rounds=1, random_state=0).fit(images, y[:100])
    assert model.predict(images[:3]).shape == (3,)


def test_channels_last_is_noticed() -> None:
    images = np.zeros((4, 8, 8, 1), dtype=np.uint8)
    with pytest.warns(UserWarning, match=r"transpose\(0, 3, 1, 2\)"):
        CounterpoiseClassifier(rounds=1).fit(images, [0, 1, 0, 1])


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


def test_leaves_the_process_and_the_disk_alone(
    skewed: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = skewed
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002
    parameters = {"model.name": "mlp", "model.dropout": 0.5}
    model = CounterpoiseClassifier(
        "two-phase-over", rounds=2, random_state=0, method_parameters=parameters
    )
    model.fit(X, y).predict(X)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    assert (np.random.get_state()[1] == numpy_before).all()  # noqa: NPY002
    assert list(tmp_path.iterdir()) == []
    assert torch.is_grad_enabled()


@pytest.mark.gpu
@pytest.mark.parametrize("method", ["baseline", "crt"])
def test_on_cuda(skewed: Arrays, method: str) -> None:
    X, y = skewed
    before = torch.cuda.get_rng_state()
    model = CounterpoiseClassifier(method, rounds=5, random_state=0, device="cuda").fit(X, y)
    again = CounterpoiseClassifier(method, rounds=5, random_state=0, device="cuda").fit(X, y)
    assert model.predictor_.device.type == "cuda"
    assert torch.equal(torch.cuda.get_rng_state(), before)
    assert (model.predict_proba(X) == again.predict_proba(X)).all()
    cpu = CounterpoiseClassifier(method, rounds=5, random_state=0, device="cpu").fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), cpu.predict_proba(X), atol=1e-3)
    assert torch.equal(torch.cuda.get_rng_state(), before)


def test_stages_follow_each_other(skewed: Arrays) -> None:
    X, y = skewed
    model = CounterpoiseClassifier("two-phase-over", rounds=3, random_state=0).fit(X, y)
    first = CounterpoiseClassifier("oversampling", rounds=3, random_state=0).fit(X, y)
    assert [r["stage"] for r in model.history_] == ["train"] * 3 + ["tune"] * 3
    assert [r["updates"] for r in model.history_] == [2, 4, 6, 8, 10, 12]
    assert [r["train_loss"] for r in model.history_[:3]] == [
        r["train_loss"] for r in first.history_
    ]
    learned, kept = (m.predictor_.classifier.state_dict() for m in (model, first))
    same = {name: torch.equal(learned[name], kept[name]) for name in kept}
    assert all(equal is name.startswith("backbone.") for name, equal in same.items())


def test_the_predictor_saves_itself(skewed: Arrays, tmp_path: Path) -> None:
    X, y = skewed
    model = CounterpoiseClassifier("thresholding", rounds=5, random_state=0).fit(X, y)
    model.predictor_.save(tmp_path / "saved")
    loaded = Predictor.load(tmp_path / "saved")
    assert loaded.metadata["counts"] == [60, 22, 8]
    np.testing.assert_allclose(
        loaded.predict(X).probabilities, model.predict_proba(X), rtol=1e-4, atol=1e-6
    )
    assert loaded.prior == pytest.approx(np.array([60, 22, 8]) / 90)


def test_prior_of_the_predictor_counts_sample_weights(skewed: Arrays) -> None:
    X, y = skewed
    weight = np.where(y == 2, 9.0, 1.0)
    model = CounterpoiseClassifier(rounds=1, random_state=0).fit(X, y, sample_weight=weight)
    assert model.predictor_.prior == pytest.approx(np.array([60, 22, 72]) / 154)


SEARCH = 'base = "cnusvm"\nposthoc = [{ name = "ThresholdSearch" }]\n'


def test_rules_that_learn_need_held_out_samples(skewed: Arrays, tmp_path: Path) -> None:
    X, y = skewed
    (tmp_path / "searched.toml").write_text(SEARCH)
    model = CounterpoiseClassifier(tmp_path / "searched.toml", rounds=20, random_state=0)
    with pytest.raises(ArgumentError, match="ThresholdSearch learns from held-out samples"):
        model.fit(X, y)
    model.set_params(validation_fraction=0.25).fit(X, y)
    (rule,) = model.predictor_.posthoc
    assert rule.state_dict()["offsets"] is not None
    assert model.predictor_.metadata["counts"] == [45, 16, 6]
    assert model.history_[0]["validation"]["samples"] <= 23
    plain = CounterpoiseClassifier("cnusvm", rounds=20, random_state=0, validation_fraction=0.25)
    moved = model.decision_function(X) - plain.fit(X, y).decision_function(X)
    np.testing.assert_allclose(moved, np.tile(moved[0], (90, 1)), atol=1e-9)


def test_the_best_round_needs_held_out_samples(skewed: Arrays) -> None:
    X, y = skewed
    model = CounterpoiseClassifier(
        rounds=6, random_state=0, method_parameters={"train.checkpoint": "best"}
    )
    with pytest.raises(ArgumentError, match="chooses a round on held-out samples"):
        model.fit(X, y)
    model.set_params(validation_fraction=0.3).fit(X, y)
    assert len(model.history_) == 6


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


def test_recipes_as_objects_and_files(skewed: Arrays, tmp_path: Path) -> None:
    X, y = skewed
    (recipe,) = load_methods(["oversampling"], {}, {})
    (tmp_path / "mine.toml").write_text('base = "oversampling"\n[train]\nbatch_size = 16\n')
    by_name = CounterpoiseClassifier("oversampling", batch_size=16, rounds=2, random_state=0)
    by_path = CounterpoiseClassifier(str(tmp_path / "mine.toml"), rounds=2, random_state=0)
    by_object = CounterpoiseClassifier(recipe, batch_size=16, rounds=2, random_state=0)
    expected = by_name.fit(X, y).predict_proba(X)
    assert (by_path.fit(X, y).predict_proba(X) == expected).all()
    assert (by_object.fit(X, y).predict_proba(X) == expected).all()


def test_a_recipe_that_names_its_data_warns(skewed: Arrays, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "baseline"\n[data]\ndataset = "digits"\n')
    with pytest.warns(UserWarning, match=r"the \[data\] table is ignored"):
        CounterpoiseClassifier(tmp_path / "mine.toml", rounds=1).fit(*skewed)


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


def test_all_faults_are_named_at_once(skewed: Arrays) -> None:
    parameters = {"ratoi": 3, "optimizer.momentun": 0.5}
    model = CounterpoiseClassifier(rounds=2.5, method_parameters=parameters)  # type: ignore[arg-type]
    with pytest.raises(RecipeError) as caught:
        model.fit(*skewed)
    assert len(caught.value.faults) == 3


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
        (np.full((4, 2), 1e300), "beyond float32"),
    ],
)
def test_inputs_that_cannot_be(X: npt.NDArray[np.float64], message: str) -> None:
    with pytest.raises(DataError, match=message):
        CounterpoiseClassifier(rounds=1).fit(X, [0, 1, 0, 1])


def test_one_class_is_refused(skewed: Arrays) -> None:
    with pytest.raises(DataError, match="got 1 class, 'cat', in 90 samples"):
        CounterpoiseClassifier().fit(skewed[0], ["cat"] * 90)


def test_verbose_prints_a_line_a_round(skewed: Arrays, capsys: pytest.CaptureFixture[str]) -> None:
    CounterpoiseClassifier(rounds=3, random_state=0).fit(*skewed)
    assert capsys.readouterr().out == ""
    model = CounterpoiseClassifier("crt", rounds=3, random_state=0, verbose=1).fit(*skewed)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    last = model.history_[-1]["train_loss"]
    assert lines[-1] == f"retrain: round 3/3, training loss {last:.4f}"


def test_a_sampler_that_watches_is_given_a_contrast_set(skewed: Arrays) -> None:
    X, y = skewed
    model = CounterpoiseClassifier("f1-driven", rounds=3, random_state=0).fit(X, y)
    assert [record["contrast"]["samples"] for record in model.history_] == [6 + 2 + 1] * 3
    assert model.history_[0]["shares"] == pytest.approx([1 / 3] * 3)
    f1 = np.array(model.history_[0]["contrast"]["f1"])
    wanted = 0.9 * (1 - f1) / (1 - f1).sum() + 0.1 / 3
    assert model.history_[1]["shares"] == pytest.approx(wanted.tolist())
    assert model.predictor_.metadata["counts"] == [54, 20, 7]
    drawn = np.mean([record["shares"] for record in model.history_], axis=0)
    assert model.predictor_.prior == pytest.approx(drawn.tolist())


def test_a_class_that_lends_to_the_contrast_set_is_warned_of(skewed: Arrays) -> None:
    X, y = skewed
    few = np.flatnonzero((y < 2) | (np.cumsum(y == 2) <= 2))
    with pytest.warns(UserWarning, match=r"f1-driven: .* borrows .* class '2' \(2\)"):
        CounterpoiseClassifier("f1-driven", rounds=1, random_state=0).fit(X[few], y[few])


def test_warm_up_and_frozen_blocks(skewed: Arrays) -> None:
    X, y = skewed
    model = CounterpoiseClassifier("tlc-no-augmentation", rounds=20, random_state=0).fit(X, y)
    stages = [record["stage"] for record in model.history_]
    assert stages == ["warm-up"] + ["fine-tune"] * 19


def test_an_enlarged_training_set() -> None:
    images, y = load_digits(return_X_y=True)
    X = images[:60].reshape(60, 1, 8, 8).astype(np.uint8)
    model = CounterpoiseClassifier("tlc-offline", rounds=2, random_state=0).fit(X, y[:60])
    assert model.predict(X).shape == (60,)
