"""Methods that do not fit the data: left out of "all" with a note, refused by name."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from counterpoise import data
from counterpoise.errors import RecipeError
from counterpoise.experiments.applicable import fitting
from counterpoise.experiments.options import Options
from counterpoise.recipes.load import load_methods


def asked(methods: str, source: str, **options: object) -> Options:
    return Options.of({"dataset": source, "methods": methods, **options})


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "table.npz"
    np.savez(path, x_train=np.zeros((40, 3), dtype="f4"), y_train=np.arange(40) % 2)
    return str(path)


def test_methods_for_images_are_left_out_of_all_where_there_are_none(table: str) -> None:
    question = asked("all", table)
    recipes = load_methods(question.methods, {}, {})
    left, notes = fitting(recipes, question, data.load(table))
    gone = {recipe.name for recipe in recipes} - {recipe.name for recipe in left}
    hog = {"hog-nn", "hog-csnn", "hog-smote-rsb-nn", "hog-cus-nn"}
    assert {"cmo", "augmentation", *hog} == gone
    assert any("left out: cmo is for images (CMO)" in note for note in notes)


def test_a_method_asked_for_by_name_is_refused(table: str) -> None:
    question = asked("baseline,cmo", table)
    with pytest.raises(RecipeError, match=r"cmo is for images .* kind vector"):
        fitting(load_methods(question.methods, {}, {}), question, data.load(table))


@pytest.mark.parametrize(
    ("method", "what"), [("deep-smote", "DeepSMOTE"), ("resnet18-ce", "resnet18"), ("tlc", "Flip")]
)
def test_whatever_needs_images_is_refused_before_training(
    table: str, method: str, what: str
) -> None:
    question = asked(f"baseline,{method}", table)
    with pytest.raises(RecipeError, match=rf"{method} is for images \({what}\).* kind vector"):
        fitting(load_methods(question.methods, {}, {}), question, data.load(table))


def test_hog_is_for_images_and_needs_scikit_image(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = asked("baseline,hog-nn", table)
    recipes = load_methods(question.methods, {}, {})
    with pytest.raises(RecipeError, match=r"hog-nn is for images .hog.; .* kind vector"):
        fitting(recipes, question, data.load(table))
    frozen = asked("baseline,hog-nn", "digits", frozen=True)
    with pytest.raises(RecipeError, match=r"hog-nn is for images .*--frozen"):
        fitting(recipes, frozen, data.load("digits"))
    digits = data.load("digits")  # which looks for scikit-learn
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    named, everything = asked("baseline,hog-nn", "digits"), asked("all", "digits")
    with pytest.raises(RecipeError, match=r"hog-nn cannot be had: .*counterpoise\[hog\]"):
        fitting(recipes, named, digits)
    recipes = load_methods(everything.methods, {}, {})
    left, notes = fitting(recipes, everything, digits)
    assert not [recipe.name for recipe in left if recipe.name.startswith("hog")]
    assert sum("left out: hog" in note for note in notes) == 4


def test_a_model_that_fits_no_method_is_no_note(table: str) -> None:
    question = asked("all", table)
    recipes = load_methods(question.methods, {"model": {"name": "hog"}}, {})
    with pytest.raises(RecipeError, match=r"baseline and \d+ more methods: is for images .hog."):
        fitting(recipes, question, data.load(table))


def test_cached_features_are_no_images() -> None:
    question = asked("baseline,augmentation", "digits", frozen=True)
    with pytest.raises(RecipeError, match="--frozen"):
        fitting(load_methods(question.methods, {}, {}), question, data.load("digits"))


def test_all_fits_images() -> None:
    question = asked("all", "digits")
    recipes = load_methods(question.methods, {}, {})
    assert fitting(recipes, question, data.load("digits")) == (recipes, [])


def test_a_search_for_two_classes_needs_two() -> None:
    question = asked("cnusvm-search", "digits")
    with pytest.raises(RecipeError, match="2 classes; digits has 10"):
        fitting(load_methods(question.methods, {}, {}), question, data.load("digits"))


def stored(path: Path, shape: tuple[int, ...]) -> data.LabelledSet:
    np.savez(path, x_train=np.zeros((40, *shape), dtype="u1"), y_train=np.arange(40) % 2)
    return data.load(str(path))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((8, 8), r"small has 8 x 8 \(try --size 28\)"),
        ((28, 32), r"small has 32 x 28 \(try --size 32\)"),
        ((96, 96, 3), r"small has 96 x 96 \(try --size 64\)"),
    ],
)
def test_images_that_deep_smote_cannot_make_are_refused_before_training(
    tmp_path: Path, shape: tuple[int, ...], words: str
) -> None:
    dataset = stored(tmp_path / "small.npz", shape)
    question = asked("baseline,deep-smote", str(tmp_path / "small.npz"))
    with pytest.raises(RecipeError, match=f"deep-smote makes square images of 28 to 64.*{words}"):
        fitting(load_methods(question.methods, {}, {}), question, dataset)


def test_deep_smote_makes_images_of_its_sizes_and_no_features(tmp_path: Path) -> None:
    dataset = stored(tmp_path / "fit.npz", (28, 28))
    source = str(tmp_path / "fit.npz")
    question = asked("deep-smote", source)
    recipes = load_methods(question.methods, {}, {})
    assert fitting(recipes, question, dataset) == (recipes, [])
    with pytest.raises(RecipeError, match="with --frozen heads learn on cached features"):
        fitting(recipes, asked("deep-smote", source, frozen=True), dataset)
    recipe = tmp_path / "mine.toml"
    stage = '[[stages]]\nname = "again"\nresampler = { name = "DeepSMOTE" }\n'
    recipe.write_text(f'base = "smote-features"\n[[stages]]\nname = "train"\n{stage}')
    question = asked(str(recipe), source)
    with pytest.raises(RecipeError, match=r"mine makes square images.*'again' resamples features"):
        fitting(load_methods(question.methods, {}, {}), question, dataset)


@pytest.mark.parametrize("metric", ["nll", "ece"])
def test_margins_have_no_best_round_by_a_metric_of_probabilities(metric: str) -> None:
    best = {"select": metric, "settings": {"train.checkpoint": "best"}}
    question = asked("baseline,cnusvm", "digits", **best)
    with pytest.raises(RecipeError, match=r"cnusvm keeps the best round by .*margins of UnevenM"):
        fitting(question.load_recipes(), question, data.load("digits"))
    everything = asked("all", "digits", **best)
    left, notes = fitting(everything.load_recipes(), everything, data.load("digits"))
    assert "cnusvm" not in {recipe.name for recipe in left}
    assert any(note.startswith("left out: cnusvm keeps the best round") for note in notes)
    for changed in ({"select": "auc"}, {"settings": {}}):
        fine = asked("baseline,cnusvm", "digits", **{**best, **changed})
        assert len(fitting(fine.load_recipes(), fine, data.load("digits"))[0]) == 2


def test_on_features_a_method_that_ends_in_the_same_head_is_left_out_aloud(tmp_path: Path) -> None:
    path = tmp_path / "images.npz"
    np.savez(path, x_train=np.zeros((40, 8, 8, 3), dtype="u1"), y_train=np.arange(40) % 2)
    for frozen in (False, True):
        question = asked("baseline,two-phase-over", str(path), frozen=frozen)
        left, notes = fitting(question.load_recipes(), question, data.load(str(path)))
        names = [recipe.name for recipe in left]
        assert names == (["baseline"] if frozen else ["baseline", "two-phase-over"])
        assert any("two-phase-over (as baseline)" in note for note in notes) == frozen
