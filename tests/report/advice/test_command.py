"""Commands that can be pasted: the one that was typed, with another option."""

from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.report import collect
from counterpoise.report.advice.command import again, option

Make = Callable[..., Path]


@pytest.mark.parametrize(
    ("typed", "asked", "expected"),
    [
        ("x", ("folds", "5"), "x --folds 5"),
        ("x --seeds 9 --race", ("folds", "5"), "x --race --folds 5"),
        ("x --seeds=9", ("seeds", "12"), "x --seeds 12"),
        ("x --folds 5 --budget 1m", ("fine-tune",), "x --folds 5 --budget 1m --fine-tune"),
        ("x --frozen --rounds 9", ("fine-tune",), "x --fine-tune"),
        ("x --model vgg11 --scratch", ("frozen",), "x --frozen"),
        ("'my photos'", ("rounds", "40"), "'my photos' --rounds 40"),
        ("x --out a/b", ("folds", "5"), "x --out a/b-folds-5 --folds 5"),
        ("x --out=a/b/ --json", ("fine-tune",), "x --out a/b-fine-tune --fine-tune"),
        ("x --out a/b", ("seeds", "12"), "x --out a/b --seeds 12"),
    ],
)
def test_the_command_with_one_option_more(
    make: Make, typed: str, asked: tuple[str, ...], expected: str
) -> None:
    given = {"command": f"counterpoise compare {typed}"}
    experiment = collect(make(experiment=given)).experiment
    assert again(experiment, *asked) == f"`counterpoise compare {expected}`"


def test_python_is_told_the_option(make: Make) -> None:
    experiment = collect(make(experiment={"command": "counterpoise.compare('x')"})).experiment
    assert again(experiment, "fine-tune") == "`fine_tune=True`"
    assert option(experiment, "seeds", "9") == "seeds=9"
    assert option(experiment, "budget", "30m") == 'budget="30m"'
