"""Recipes that boost, and those with a model of their own: what they take, refuse and keep."""

import tomllib
from pathlib import Path

import pytest

from counterpoise.errors import RecipeError
from counterpoise.recipes import toml
from counterpoise.recipes.load import load_file, load_methods
from counterpoise.recipes.members import Boosting
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.schema import Component


def faults(tmp_path: Path, text: str) -> str:
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    with pytest.raises(RecipeError) as error:
        load_file(tmp_path / "mine.toml")
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('base = "adaboost-cnn"\nboosting = 3', "[boosting] is a table"),
        ('base = "adaboost-cnn"\n[boosting]\nmember = 3', "did you mean 'members'"),
        ('base = "adaboost-cnn"\n[boosting]\nmembers = 1', "at least 2; got 1"),
        ('base = "adaboost-cnn"\n[boosting]\nlearning_rate = 0', "above 0; got 0"),
        (
            'base = "adaboost-cnn"\nposthoc = [{ name = "PriorThreshold" }]',
            "PriorThreshold changes the decision of one network",
        ),
        ('base = "crt"\n[boosting]\nmembers = 3', "repeats one stage; got 2"),
        ('base = "smote"\n[boosting]\nmembers = 3', "SMOTE makes others"),
        ('base = "cnsvm"\n[boosting]\nmembers = 3', "makes margins"),
        ('base = "weighted"\n[model]\nname = "trees"', "without Balanced"),
        ('base = "crt"\n[model]\nname = "trees"', "trees' is fitted by scikit-learn, without"),
        ('base = "smote"\n[model]\nname = "trees"', "without SMOTE"),
        ('base = "adaboost-cnn"\n[model]\nname = "trees"', "without [boosting]"),
    ],
)
def test_faults(tmp_path: Path, text: str, message: str) -> None:
    assert message in faults(tmp_path, text)


def test_a_decision_rule_fits_trees(tmp_path: Path) -> None:
    text = 'base = "thresholding"\n[model]\nname = "trees"'
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    assert load_file(tmp_path / "mine.toml").model == Component("trees")


def test_members_are_set_by_name() -> None:
    (recipe,) = load_methods(["adaboost-cnn"], {}, {"adaboost-cnn.boosting.members": 7})
    assert recipe.boosting == Boosting(7, 1.0)
    with pytest.raises(RecipeError, match=r"no parameter 'boosting\.members'"):
        load_methods(["baseline"], {}, {"baseline.boosting.members": 7})


@pytest.mark.parametrize("rounds", [3, 12, 100])
def test_a_resolved_recipe_is_written_and_read_as_it_was(tmp_path: Path, rounds: int) -> None:
    (recipe,) = load_methods(["adaboost-cnn"], {"train": {"rounds": rounds}}, {})
    before = resolve(recipe, "image", (1, 8, 8), 500)
    text = toml.dumps(before.as_dict(), before.title)
    assert len(tomllib.loads(text)["stages"]) == 1
    (tmp_path / "adaboost-cnn.toml").write_text(text, "utf-8")
    after = resolve(load_file(tmp_path / "adaboost-cnn.toml"), "image", (1, 8, 8), 500)
    assert after == before


def test_a_models_file_wins_over_the_command_line() -> None:
    override = {"model": {"name": "small-cnn"}}
    settings = {"model.width": 8, "hog-csnn.model.units": 30}
    baseline, hog, costly = load_methods(["baseline", "hog-nn", "hog-csnn"], override, settings)
    assert baseline.model == Component("small-cnn", {"width": 8})
    assert hog.model == Component("hog")
    assert costly.model == Component("hog", {"units": 30})


def test_a_models_options_reach_those_that_have_them() -> None:
    hog, mine = load_methods(["hog-nn", "baseline"], {"model": {"name": "hog"}}, {"model.bins": 8})
    assert hog.model == mine.model == Component("hog", {"bins": 8})


def test_a_setting_that_reaches_no_method_is_a_fault() -> None:
    with pytest.raises(RecipeError, match=r"--set model\.width: .*hog-nn is hog"):
        load_methods(["hog-nn"], {}, {"model.width": 8})


def test_features_of_hog_are_resampled_where_the_network_alone_learns() -> None:
    for name, resampler in (
        ("hog-smote-rsb-nn", "SMOTERSB"),
        ("hog-cus-nn", "ClusterUndersampler"),
    ):
        (recipe,) = load_methods([name], {}, {})
        (stage,) = recipe.stages
        assert stage.resampler == Component(resampler)
        assert (stage.space, stage.train) == ("features", ("head.*",))


def test_points_of_smote_on_features_are_set_by_name() -> None:
    (recipe,) = load_methods(["smote-features"], {}, {"smote-features.k_neighbors": 3})
    first, second = recipe.stages
    assert first.resampler is None
    assert second.resampler == Component("SMOTE", {"k_neighbors": 3})
    (baseline,) = load_methods(["baseline"], {}, {})
    assert first.as_dict() == baseline.stages[0].as_dict()
