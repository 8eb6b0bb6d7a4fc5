"""Methods that do not fit the data: left out of "all" with a note, refused by name."""

from pathlib import Path

import numpy as np
import pytest

from counterpoise import data
from counterpoise.errors import RecipeError
from counterpoise.experiments.fitting import fitting
from counterpoise.experiments.question import Question
from counterpoise.recipes.load import expand, load_methods


def asked(methods: str, source: str, **options: object) -> Question:
    return Question(data=source, out=Path("unused"), methods=expand(methods), **options)


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "table.npz"
    np.savez(path, x_train=np.zeros((40, 3), dtype="f4"), y_train=np.arange(40) % 2)
    return str(path)


def test_methods_on_pictures_are_left_out_of_all_where_there_are_none(table: str) -> None:
    question = asked("all", table)
    recipes = load_methods(question.methods, {}, {})
    left, notes = fitting(recipes, question, data.load(table))
    gone = {recipe.name for recipe in recipes} - {recipe.name for recipe in left}
    assert {"cmo", "augmentation"} == gone
    assert any("left out: cmo changes pictures (CMO)" in note for note in notes)


def test_a_method_asked_for_by_name_is_refused(table: str) -> None:
    question = asked("baseline,cmo", table)
    with pytest.raises(RecipeError, match=r"cmo changes pictures .* kind vector"):
        fitting(load_methods(question.methods, {}, {}), question, data.load(table))


def test_cached_features_are_no_pictures() -> None:
    question = asked("baseline,augmentation", "digits", frozen=True)
    with pytest.raises(RecipeError, match="--frozen"):
        fitting(load_methods(question.methods, {}, {}), question, data.load("digits"))


def test_all_fits_pictures() -> None:
    question = asked("all", "digits")
    recipes = load_methods(question.methods, {}, {})
    assert fitting(recipes, question, data.load("digits")) == (recipes, [])


def test_a_search_for_two_classes_needs_two() -> None:
    question = asked("cnusvm-search", "digits")
    with pytest.raises(RecipeError, match="2 classes; digits has 10"):
        fitting(load_methods(question.methods, {}, {}), question, data.load("digits"))
