"""A user's own recipe beside the shipped methods of a comparison."""

from pathlib import Path

import pytest

from counterpoise.errors import RecipeError
from counterpoise.recipes.load import expand, load_methods

MINE = """
base = "oversampling"
[[stages]]
name = "train"
loss = { name = "Focal", gamma = 1.0 }
"""


@pytest.fixture
def mine(tmp_path: Path) -> str:
    (tmp_path / "mine.toml").write_text(MINE, "utf-8")
    return str(tmp_path / "mine.toml")


def test_it_is_a_method_named_by_its_file(mine: str) -> None:
    names = expand(f"baseline,{mine}")
    baseline, own = load_methods(names, {"train": {"rounds": 3}}, {"mine.gamma": 4.0})
    assert (baseline.name, own.name) == ("baseline", "mine")
    assert own.stages[0].loss.parameters == {"gamma": 4.0}
    assert own.stages[0].sampler.name == "RandomOver"
    assert own.train.rounds == 3


def test_what_is_wrong_with_it_is_said(mine: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"(?s)no recipe lost\.toml .*unknown method 'bas'"):
        expand("lost.toml,bas")
    (tmp_path / "smote.toml").write_text(MINE, "utf-8")
    with pytest.raises(RecipeError, match="named as the shipped method 'smote'"):
        expand(str(tmp_path / "smote.toml"))
    Path(mine).write_text(MINE.replace("gamma", "gama") + '[data]\ndataset = "digits"\n', "utf-8")
    with pytest.raises(RecipeError) as caught:
        load_methods(expand(mine), {}, {})
    assert "no parameter 'gama'" in str(caught.value)
    assert "[data] is for `counterpoise run`" in str(caught.value)
    Path(mine).write_text("stages = [", "utf-8")
    with pytest.raises(RecipeError, match="is not TOML"):
        load_methods(expand(mine), {}, {})
