"""Settings by name: which methods they reach, in which order, and what is said of the others."""

from pathlib import Path

import numpy as np
import pytest

from counterpoise.errors import RecipeError
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Component, Recipe, Value
from counterpoise.recipes.settings import plain, with_parameters


def loaded(*methods: str, **settings: Value) -> dict[str, Recipe]:
    given = {key.replace("__", "."): value for key, value in settings.items()}
    return {recipe.name: recipe for recipe in load_methods(methods, {}, given)}


def test_an_option_of_heads_reaches_those_that_have_it() -> None:
    found = loaded("baseline", "cosine", "cnusvm", head__bias=False)
    assert found["baseline"].head == Component("Linear", {"bias": False})
    assert "bias" not in found["cosine"].head.parameters
    scaled = loaded("baseline", "cosine", head__scale=8.0)
    assert scaled["baseline"].head == Component("Linear")
    assert scaled["cosine"].head.parameters["scale"] == 8.0


def test_weights_reach_a_network_of_torchvision_that_a_method_names_itself() -> None:
    found = loaded("densenet121-ce", "baseline", model__weights="DEFAULT")
    assert found["densenet121-ce"].model == Component("densenet121", {"weights": "DEFAULT"})
    deep = loaded("densenet121-ce", "baseline", model__depth=22)
    assert deep["densenet121-ce"].model == Component("densenet121")


def test_an_option_that_no_head_has_is_refused_with_the_near_one() -> None:
    message = r"--set head.bais: no head here has 'bais' \(Linear, Cosine\); did you mean 'bias'"
    with pytest.raises(RecipeError, match=message):
        loaded("baseline", "cosine", head__bais=False)


def test_a_head_by_name_is_that_of_every_method() -> None:
    found = loaded("baseline", "oversampling", head__name="Cosine")
    assert {recipe.head.name for recipe in found.values()} == {"Cosine"}


def test_the_head_of_a_stage_has_settings_too() -> None:
    recipe = loaded("tau-norm", **{"tau-norm__tau": 0.5})["tau-norm"]
    assert [stage.head.parameters["tau"] for stage in recipe.stages if stage.head] == [0.5]
    both = loaded("tau-norm", "baseline", head__tau=0.25)
    assert both["tau-norm"].stages[-1].head == Component("TauNormalised", {"tau": 0.25})
    assert both["baseline"].head == Component("Linear")


@pytest.mark.parametrize("first", ["name", "lr"])
def test_a_name_drops_the_options_of_the_old_one_and_no_others(first: str) -> None:
    """In whatever order they are given."""
    settings = {"name": "AdamW", "lr": 0.5}
    order = [first, *({*settings} - {first})]
    given: dict[str, Value] = {f"optimizer.{key}": settings[key] for key in order}
    (recipe,) = load_methods(["baseline"], {}, given)
    assert recipe.optimizer == Component("AdamW", {"lr": 0.5})
    (plain,) = load_methods(["baseline"], {}, {})
    assert with_parameters(plain, given).optimizer == Component("AdamW", {"lr": 0.5})


def test_options_of_a_model_that_is_named_after_them_stay() -> None:
    (plain,) = load_methods(["baseline"], {}, {})
    found = with_parameters(plain, {"model.hidden": [64], "model.name": "mlp"})
    assert found.model == Component("mlp", {"hidden": [64]})


def test_parameters_of_a_recipe_reach_its_heads() -> None:
    (plain,) = load_methods(["baseline"], {}, {})
    assert with_parameters(plain, {"head.bias": False}).head.parameters == {"bias": False}
    with pytest.raises(RecipeError, match=r"baseline has no parameter 'head.scale'"):
        with_parameters(plain, {"head.scale": 3.0})


def test_values_keep_their_type() -> None:
    found = loaded("baseline", model__name="mlp", model__hidden=[8, 8], optimizer__nesterov=True)
    assert found["baseline"].model.parameters == {"hidden": [8, 8]}
    assert found["baseline"].optimizer.parameters["nesterov"] is True
    with pytest.raises(RecipeError, match=r"train\.rounds is a whole number; got '3'"):
        loaded("baseline", train__rounds="3")


def test_an_optimizer_or_schedule_without_the_key_stays_as_it_is(tmp_path: Path) -> None:
    recipe = tmp_path / "adam.toml"
    recipe.write_text(
        'base = "baseline"\n[optimizer]\nname = "Adam"\nlr = 0.1\n[schedule]\nname = "constant"\n'
    )
    settings = {"optimizer__momentum": 0.5, "schedule__warmup": 0.1, "optimizer__lr": 0.2}
    baseline, adam = loaded("baseline", str(recipe), **settings).values()
    assert baseline.optimizer.parameters["momentum"] == 0.5
    assert baseline.schedule.parameters == {"warmup": 0.1}
    assert adam.optimizer == Component("Adam", {"lr": 0.2})
    assert adam.schedule == Component("constant")


def test_a_key_that_no_optimizer_has_is_refused_with_the_near_one() -> None:
    with pytest.raises(RecipeError, match=r"has no 'momentun'; did you mean 'momentum'\?"):
        loaded("baseline", "cnusvm", optimizer__momentun=0.5)


@pytest.mark.parametrize(
    ("value", "toml"),
    [
        ((1, [2.5, "a"]), [1, [2.5, "a"]]),
        (np.float32(0.5), 0.5),
        (np.arange(3), [0, 1, 2]),
        (np.bool_(True), True),
        (Path("a/b.pt"), "a/b.pt"),
        ({"name": np.str_("x")}, {"name": "x"}),
    ],
)
def test_values_of_python_are_those_of_toml(value: object, toml: object) -> None:
    made = plain(value)
    assert made == toml
    assert type(made) is type(toml)


@pytest.mark.parametrize("value", [None, object(), {1, 2}, [None]])
def test_what_toml_has_not_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="text, a number, True or False, or a list or table"):
        plain(value)


def test_default_weights_reach_models_that_methods_name() -> None:
    """DenseNet-121 beside TLC begins from ImageNet, too; a file fits the model of --model alone."""
    named = {"model": {"name": "densenet121"}}
    methods = ["tlc", "densenet121-ce", "resnet18-ce", "hog-nn"]
    made = load_methods(methods, named, {"model.weights": "DEFAULT"})
    assert [recipe.model.parameters.get("weights") for recipe in made] == [*["DEFAULT"] * 3, None]
    made = load_methods(methods, named, {"model.weights": "mine.pth"})
    assert [recipe.model.parameters.get("weights") for recipe in made] == ["mine.pth", *[None] * 3]
