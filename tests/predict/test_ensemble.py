"""Several runs of one method predict by their mean."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from counterpoise import models
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.predict import Ensemble, Predictor, load
from counterpoise.protocols import Scores

CLASSES = ("a", "b", "c")
IMAGES: npt.NDArray[np.uint8] = np.random.default_rng(0).integers(
    0, 256, (9, 3, 8, 8), dtype=np.uint8
)


def member(seed: int, scores: Scores = "logits", classes: tuple[str, ...] = CLASSES) -> Predictor:
    torch.manual_seed(seed)
    classifier = models.create("small-cnn", (3, 8, 8), 3)
    preprocess = Preprocess.fit("standard", IMAGES[seed:])
    return Predictor(classifier, preprocess, classes, scores=scores, prior=[0.5, 0.3, 0.2])


@pytest.mark.parametrize("scores", ["logits", "margins"])
def test_the_mean_decides(scores: Scores) -> None:
    members = [member(seed, scores) for seed in range(3)]
    found = Ensemble(members).predict(IMAGES)
    expected = np.mean([each.predict(IMAGES).scores for each in members], axis=0)
    np.testing.assert_allclose(found.scores, expected, rtol=1e-12)
    assert np.array_equal(found.labels, expected.argmax(1))
    assert (found.probabilities is None) == (scores == "margins")


def test_boosted_members_decide_by_the_sum_of_logarithms() -> None:
    members = [member(seed) for seed in range(3)]
    found = Ensemble(members, mean="geometric").predict(IMAGES)
    each = np.stack([one.predict(IMAGES).probabilities for one in members])
    product = each.prod(axis=0) ** (1 / 3)
    expected = product / product.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.probabilities, expected, rtol=1e-9)
    assert np.array_equal(found.labels, np.log(each).sum(axis=0).argmax(1))
    with pytest.raises(ArgumentError, match="these make margins"):
        Ensemble([member(0, "margins")], mean="geometric")
    with pytest.raises(ArgumentError, match="got 'median'"):
        Ensemble(members, mean="median")  # type: ignore[arg-type]


def test_an_ensemble_is_saved_and_read_back_as_one_run(tmp_path: Path) -> None:
    for seed in (0, 1):
        folder = tmp_path / "runs" / "boosted" / f"seed-{seed}" / "predictor"
        Ensemble([member(seed), member(seed + 2)], mean="geometric").save(folder)
    one = load(folder)
    assert isinstance(one, Ensemble)
    assert one.mean == "geometric"
    before = Ensemble([member(1), member(3)], mean="geometric")
    assert np.array_equal(one.predict(IMAGES).scores, before.predict(IMAGES).scores)
    target = [0.2, 0.2, 0.6]
    assert np.array_equal(
        one.with_prior(target).predict(IMAGES).scores,
        before.with_prior(target).predict(IMAGES).scores,
    )
    both = Ensemble.load(tmp_path, "boosted")
    assert [len(each.members) for each in both.members] == [2, 2]  # type: ignore[union-attr]
    assert isinstance(load(folder / "member-1"), Predictor)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("geometric", "arithmetic", "its checksum does not fit"),
        ('"schema": 1', '"schema": 9', "schema 9"),
        ("{", "", "is damaged"),
        ('"members"', '"numbers"', "is damaged"),
    ],
)
def test_a_changed_ensemble_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    Ensemble([member(0), member(1)], mean="geometric").save(tmp_path)
    path = tmp_path / "ensemble.json"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CheckpointError, match=message):
        load(tmp_path)


def test_one_member_is_itself() -> None:
    alone = member(0)
    np.testing.assert_allclose(
        Ensemble([alone]).predict(IMAGES).scores, alone.predict(IMAGES).scores, rtol=1e-12
    )


def test_files_and_priors_reach_every_member(tmp_path: Path) -> None:
    ensemble = Ensemble([member(0), member(1)])
    for i, image in enumerate(IMAGES):
        Image.fromarray(image.transpose(1, 2, 0)).save(tmp_path / f"{i}.png")
    paths = [tmp_path / f"{i}.png" for i in range(len(IMAGES))]
    np.testing.assert_allclose(
        ensemble.predict_files(paths).scores, ensemble.predict(IMAGES).scores, rtol=1e-6
    )
    assert len(ensemble.predict_files([])) == 0
    target = [0.2, 0.2, 0.6]
    expected = np.mean(
        [each.with_prior(target).predict(IMAGES).scores for each in ensemble.members], axis=0
    )
    np.testing.assert_allclose(ensemble.with_prior(target).predict(IMAGES).scores, expected)


def test_all_runs_of_a_method_are_loaded(tmp_path: Path) -> None:
    for method, seeds in (("focal", (0, 1)), ("oversampling+thresholding", (2,))):
        for seed in seeds:
            member(seed).save(tmp_path / "runs" / method / f"seed-{seed}" / "predictor")
    ensemble = Ensemble.load(tmp_path, "focal")
    assert len(ensemble.members) == 2
    expected = Ensemble([member(0), member(1)]).predict(IMAGES).scores
    assert np.array_equal(ensemble.predict(IMAGES).scores, expected)
    assert len(Ensemble.load(tmp_path, "oversampling+thresholding").members) == 1
    with pytest.raises(CheckpointError, match="did you mean 'focal'"):
        Ensemble.load(tmp_path, "focl")


def test_no_predictor_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nor of any other method"):
        Ensemble.load(tmp_path, "focal")


def test_members_that_differ_are_refused() -> None:
    with pytest.raises(ArgumentError, match="same classes"):
        Ensemble([member(0), member(1, classes=("c", "b", "a"))])
    with pytest.raises(ArgumentError, match="same scores"):
        Ensemble([member(0), member(1, "margins")])
    with pytest.raises(ArgumentError, match="at least one"):
        Ensemble([])


def test_weighted_members_decide_at_equal_priors(tmp_path: Path) -> None:
    members = [member(seed) for seed in range(2)]
    factors = [[1.0, 2.0, 4.0], [1.0, 1.0, 1.0]]
    one = Ensemble(members, weights=[0.25, 0.75], factors=factors)
    tables = [each.predict(IMAGES).scores for each in members]
    moved = tables[0] * factors[0]
    moved /= moved.sum(axis=1, keepdims=True)
    expected = 0.25 * moved + 0.75 * tables[1]
    np.testing.assert_allclose(one.predict(IMAGES).scores, expected, rtol=1e-12)
    one.save(tmp_path / "saved")
    again = load(tmp_path / "saved")
    assert np.array_equal(again.predict(IMAGES).scores, one.predict(IMAGES).scores)
    target = np.array([0.7, 0.2, 0.1])
    shifted = again.with_prior(target).predict(IMAGES).scores
    expected = expected * target / (expected * target).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shifted, expected, rtol=1e-12)
    both = Ensemble([one, one]).with_prior(target)
    np.testing.assert_allclose(both.predict(IMAGES).scores, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("weights", "factors", "message"),
    [
        ([1.0], None, r"weights of an ensemble .* shape \(2,\); got \[1.0\]"),
        ([0.0, 0.0], None, "not all 0"),
        ([-1.0, 2.0], None, "numbers from 0"),
        (None, [[1.0, 1.0, float("nan")]] * 2, r"factors of .* shape \(2, 3\)"),
    ],
)
def test_weights_and_factors_are_checked(
    weights: list[float] | None, factors: list[list[float]] | None, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        Ensemble([member(0), member(1)], weights=weights, factors=factors)


def test_factors_are_of_probabilities() -> None:
    with pytest.raises(ArgumentError, match="these members make margins"):
        Ensemble([member(0, "margins")], factors=[[1.0, 1.0, 1.0]])
