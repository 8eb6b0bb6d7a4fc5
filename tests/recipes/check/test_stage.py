"""Resamplers in recipes: where they may stand, their options, and those of imbalanced-learn."""

from pathlib import Path

import numpy as np
import pytest

import counterpoise
from counterpoise.errors import RecipeError
from counterpoise.recipes import build
from counterpoise.recipes.load import load_file, load_methods
from counterpoise.recipes.schema import Component, Recipe

STAGE = """
base = "baseline"
[[stages]]
name = "train"
[[stages]]
name = "retrain"
{}
"""


def recipe(tmp_path: Path, lines: str) -> Recipe:
    (tmp_path / "mine.toml").write_text(STAGE.format(lines), "utf-8")
    return load_file(tmp_path / "mine.toml")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('resampler = { name = "SMOT" }', "did you mean 'SMOTE'"),
        ('resampler = { name = "SMOTE", random_state = 1 }', "no parameter 'random_state'"),
        ('resampler = { name = "SMOTE" }\nspace = "pixels"', "'inputs' or 'features'"),
        ('space = "features"', "there is no resampler"),
        (
            'resampler = { name = "SMOTE" }\nspace = "features"',
            "the head alone learns; the stage trains",
        ),
        (
            'resampler = { name = "SMOTE" }\nspace = "features"\ntrain = ["head.*"]\n'
            'augment = [{ name = "Flip" }]',
            "features are not augmented; got Flip",
        ),
    ],
)
def test_faults(tmp_path: Path, lines: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        recipe(tmp_path, lines)


def test_options_are_set_by_name() -> None:
    (smote,) = load_methods(["smote"], {}, {"smote.k_neighbors": 3})
    assert smote.stages[0].resampler == Component("SMOTE", {"k_neighbors": 3})


def test_a_resampler_changes_the_stage_and_no_other_method_does() -> None:
    smote, baseline = load_methods(["smote", "baseline"], {}, {})
    assert smote.stages[0].as_dict()["space"] == "inputs"
    assert not {"space", "resampler"} & set(baseline.stages[0].as_dict())


def test_one_of_imbalanced_learn_by_name() -> None:
    pytest.importorskip("imblearn", reason="imbalanced-learn is not installed")
    made = build.build_resampler(Component("imblearn:RandomOverSampler", {"shrinkage": 0.0}), 3)
    X, y = made.fit_resample(np.arange(10.0).reshape(5, 2), np.array([0, 0, 0, 0, 1]))
    assert (len(X), sorted(y)) == (8, [0] * 4 + [1] * 4)


@pytest.mark.slow
def test_features_that_are_not_fixed_are_refused(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (60, 40, 40, 3)).astype(np.uint8)
    np.savez(tmp_path / "noise.npz", x_train=pixels, y_train=np.repeat([0, 1], [40, 20]))
    report = counterpoise.compare(
        tmp_path / "noise.npz",
        methods=["baseline", "mc-ccr"],
        model="efficientnet_b0",
        seeds=1,
        rounds=1,
        out=tmp_path / "out",
        progress="silent",
    )
    failed = {m.name: m.error for m in report.methods if m.status != "ok"}
    assert list(failed) == ["mc-ccr"]
    assert "resamples features, which have to be fixed" in str(failed["mc-ccr"])
