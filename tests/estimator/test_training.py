"""What is trained: the same as in a plain loop, stage after stage, and nothing else touched."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from sklearn.datasets import load_digits

from counterpoise import CounterpoiseClassifier
from counterpoise.models import create
from counterpoise.resamplers import SMOTE
from counterpoise.samplers import RandomOver, Shuffled

Arrays = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


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
