"""Values of the wrong kind are told before anything is built."""

import pytest

from counterpoise.errors import RecipeError
from counterpoise.recipes.check.values import misfit
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.shipped import method_names
from counterpoise.registry import AXES, members


@pytest.mark.parametrize(
    ("annotation", "value", "rule"),
    [
        ("float", 1, None),
        ("float", True, "a number"),
        ("int", 1.5, "a whole number"),
        ("bool", "yes", "true or false"),
        ("str", 3, "a word"),
        ("float | None", "ten", "a number"),
        ("Literal[1, 2]", 3, "one of 1, 2"),
        ("Literal[1, 2]", True, "one of 1, 2"),
        ("Literal['raise', 'ignore']", "ignore", None),
        ("Sequence[float] | None", "anything", None),
        ("float | Sequence[float] | None", [1.0], None),
        ("Weights | str", {"name": "Balanced"}, None),
        ("", "anything", None),
    ],
)
def test_what_fits(annotation: str, value: object, rule: str | None) -> None:
    assert misfit(annotation, value) == rule


@pytest.mark.parametrize("axis", AXES)
def test_every_default_fits_its_own_annotation(axis: str) -> None:
    import ast

    for name, member in members(axis).items():
        for key, parameter in member.parameters.items():
            try:
                value = ast.literal_eval(parameter.default or "None")
            except ValueError:
                continue  # a default that is no literal
            if value is not None:
                assert misfit(parameter.annotation, value) is None, f"{name}.{key}"


def test_all_shipped_methods_pass() -> None:
    assert len(load_methods(method_names(), {}, {})) == len(method_names())


@pytest.mark.parametrize(
    ("settings", "faults"),
    [
        ({"optimizer.lr": 0}, ["baseline and 1 more: optimizer.lr is above 0; got 0"]),
        ({"optimizer.lr": float("nan")}, ["baseline and 1 more: optimizer.lr is above 0; got nan"]),
        ({"optimizer.nesterov": 1}, ["baseline and 1 more: optimizer.nesterov is true or false"]),
        ({"schedule.warmup": "long"}, ["baseline and 1 more: schedule.warmup is a number; got"]),
        ({"weighted.optimizer.lr": -1}, ["weighted: optimizer.lr is above 0; got -1"]),
    ],
)
def test_settings_are_checked_once_for_all(settings: dict[str, object], faults: list[str]) -> None:
    with pytest.raises(RecipeError) as caught:
        load_methods(["baseline", "weighted"], {}, settings)
    assert len(caught.value.faults) == len(faults)
    for said, wanted in zip(caught.value.faults, faults, strict=True):
        assert said.startswith(wanted)
