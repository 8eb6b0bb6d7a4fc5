"""What is written is read back as it was."""

import tomllib
from pathlib import Path

import pytest

from counterpoise.recipes import toml
from counterpoise.recipes.load import load_file, load_methods
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.schema import Recipe, Value
from counterpoise.recipes.shipped import method_names


def one(name: str, **settings: Value) -> Recipe:
    return load_methods([name], {}, {k.replace("__", "."): v for k, v in settings.items()})[0]


@pytest.mark.parametrize("name", method_names())
def test_a_resolved_recipe_survives_being_written(tmp_path: Path, name: str) -> None:
    recipe = resolve(one(name), "image", (1, 8, 8), 640)
    path = tmp_path / f"{name}.toml"
    path.write_text(toml.dumps(recipe.as_dict(), "header"))
    assert resolve(load_file(path), "image", (1, 8, 8), 640) == recipe


@pytest.mark.parametrize(
    "table",
    [
        {"title": 'quotes " and \\ and umlauts ä', "on": True, "none": [], "rate": 1e-05},
        {"model": {"name": "mlp", "hidden": [64, 32]}, "head": {}},
        {"stages": [{"name": "a", "loss": {"name": "Focal", "gamma": 2.0}}, {"name": "b"}]},
        {"search": {"select": "nll", "grids": [{"title": "x", "values": {"a.b": [1, 2]}}]}},
        {"posthoc": [{"name": "Temperature"}], "data": {"features": {"model": "resnet18"}}},
    ],
)
def test_every_form_of_value(table: dict[str, Value]) -> None:
    assert tomllib.loads(toml.dumps(table)) == table


def test_the_header_is_a_comment() -> None:
    text = toml.dumps({"title": "x"}, "first\n\nthird")
    assert text.startswith("# first\n#\n# third\n")
    assert tomllib.loads(text) == {"title": "x"}
