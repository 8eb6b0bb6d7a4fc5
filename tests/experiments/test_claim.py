"""Whose output folder it is: a comparison's own, one process's at a time."""

import fcntl
from pathlib import Path
from typing import Any

import pytest

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display


def question(out: Path, **changes: Any) -> Options:
    given = {
        "dataset": "digits",
        "methods": ("baseline", "thresholding"),
        "out": out,
        "profile": "step:rho=10,mu=0.5",
        "seeds": 1,
        "rounds": 1,
        "settings": {"model.name": "mlp"},
    }
    return Options.of({**given, **changes})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"profile": "none"}, "profile was step:rho=10,mu=0.5, is now none"),
        ({"size": 16}, "another experiment"),
        ({"folds": 3, "seeds": None}, "folds was None, is now 3"),
        (
            {"frozen": True, "model": "resnet18", "settings": {}},
            "features of a pretrained backbone was False, is now True",
        ),
    ],
)
def test_a_folder_of_another_experiment_is_refused(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    conduct(question(tmp_path, seeds=1, rounds=1), display("silent"))
    with pytest.raises(OutputError, match=says):
        conduct(question(tmp_path, **change), display("silent"))


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match="not empty and is not an experiment"):
        conduct(question(tmp_path), display("silent"))
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_two_comparisons_at_once_in_one_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "claim.json").write_text("{}")
    with open(tmp_path / "lock", "w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="another comparison is running"):
            conduct(question(tmp_path), display("silent"))


def test_a_comparison_that_ends_before_training_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "new" / "deep"
    with pytest.raises(ArgumentError, match="lenet5 takes images"):
        conduct(question(out, model="lenet5", settings={}), display("silent"))
    assert list(tmp_path.iterdir()) == []
    out.mkdir(parents=True)
    with pytest.raises(ArgumentError, match="lenet5 takes images"):
        conduct(question(out, model="lenet5", settings={}), display("silent"))
    assert list(tmp_path.rglob("*")) == [tmp_path / "new", out]
