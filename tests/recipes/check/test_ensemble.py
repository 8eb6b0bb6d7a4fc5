"""The [ensemble] table: what is wrong with it, and that it survives being written."""

from pathlib import Path

import pytest

from counterpoise.errors import RecipeError
from counterpoise.recipes import toml
from counterpoise.recipes.load import load_file, load_methods
from counterpoise.recipes.members import Ensembling

HEAD = 'base = "baseline"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + "ensemble = 3", r"\[ensemble\] is a table"),
        (HEAD + "[ensemble]\nmembers = 1", "ensemble.members is at least 2; got 1"),
        (HEAD + "[ensemble]\nmean = 'median'", "ensemble.mean"),
        (HEAD + "[ensemble]\nmember = 3", "did you mean 'members'"),
        ('base = "thresholding"\n[ensemble]', "PriorThreshold changes the decision of one network"),
        ('base = "adaboost-cnn"\n[ensemble]', "leave one of them out"),
        ('base = "cnsvm"\n[ensemble]\nmean = "geometric"', "margins, which have no geometric mean"),
        (HEAD + '[model]\nname = "trees"\n[ensemble]', r"without \[ensemble\]"),
    ],
)
def test_faults(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(RecipeError, match=says):
        load_file(tmp_path / "mine.toml")


def test_it_is_set_and_written() -> None:
    given = {"deep-ensemble.ensemble.members": 3}
    (recipe,) = load_methods(["deep-ensemble"], {}, given)
    assert recipe.ensemble == Ensembling(3, "arithmetic")
    assert recipe.as_dict()["ensemble"] == {"members": 3, "mean": "arithmetic"}
    with pytest.raises(RecipeError, match=r"no parameter 'ensemble\.members'"):
        load_methods(["baseline"], {}, {"baseline.ensemble.members": 7})


def test_a_written_recipe_is_the_same(tmp_path: Path) -> None:
    (recipe,) = load_methods(["deep-ensemble"], {}, {})
    path = tmp_path / "deep.toml"
    path.write_text(toml.dumps(recipe.as_dict()))
    assert load_file(path) == recipe
