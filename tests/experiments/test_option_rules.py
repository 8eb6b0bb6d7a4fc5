"""The rules that are more than types."""

from pathlib import Path

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.experiments.option_rules import default_out, parse_duration
from counterpoise.experiments.option_tables import overrides, recipe_settings

PLAIN = {"dataset": "x/my set.npz", "profile": "none", "validation": "profiled", "size": None}


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("1m5s", 65)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0", "-3m", "30 m", "1d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ArgumentError, match="90s, 30m, 2h or 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["5", "0.5"])
def test_a_bare_number_is_refused(text: str) -> None:
    with pytest.raises(
        ArgumentError, match=rf"^--budget {text}: {text}s or {text}m\? Write the unit"
    ):
        parse_duration(text, "--budget")


def test_another_question_has_another_folder() -> None:
    asked = [
        PLAIN,
        PLAIN | {"profile": "exp:ratio=9"},
        PLAIN | {"folds": 5},
        PLAIN | {"validation": "balanced"},
        PLAIN | {"size": "20x16"},
        PLAIN | {"frozen": True},
        PLAIN | {"scratch": True},
    ]
    folders = [default_out(one) for one in asked]
    assert folders[0] == Path("counterpoise-out/my-set")
    assert len(set(folders)) == len(asked)


def test_settings_of_the_model_are_the_extractors_when_features_are_frozen() -> None:
    asked = {"model": "resnet18", "settings": {"model.weights": "a.pt", "optimizer.lr": 0.1}}
    assert recipe_settings(asked) == asked["settings"]
    assert overrides(asked) == {"model": {"name": "resnet18"}}
    frozen = asked | {"frozen": True, "rounds": 3}
    assert recipe_settings(frozen) == {"optimizer.lr": 0.1}
    assert overrides(frozen) == {"model": {"name": "linear"}, "train": {"rounds": 3}}


def test_half_a_network_has_the_weights_that_are_said() -> None:
    asked = {"fine_tune": True, "settings": {"model.weights": "a.pt", "optimizer.lr": 0.1}}
    assert recipe_settings(asked) == {"optimizer.lr": 0.1}
    assert overrides(asked) == {"model": {"name": "last-half:mobilenet_v2", "weights": "a.pt"}}
    assert default_out(PLAIN | {"fine_tune": True}).name == "my-set-fine-tune"
