"""What the user set and no class takes stops a comparison before it trains."""

from pathlib import Path
from typing import Any

import pytest

from counterpoise.errors import ArgumentError, RecipeError
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display


def question(out: Path, **changes: Any) -> Options:
    given: dict[str, Any] = {
        "dataset": "digits",
        "methods": ("baseline", "cnusvm", "oversampling"),
        "out": out,
        "profile": "step:rho=10,mu=0.5",
        "seeds": 1,
        "rounds": 1,
    }
    return Options.of({**given, **changes})


def trained(out: Path) -> list[Path]:
    return [*out.rglob("model.safetensors")]


def test_every_refusal_is_said_before_training(tmp_path: Path) -> None:
    settings = {"cnusvm.tau": -2, "oversampling.ratio": -1}
    with pytest.raises(RecipeError) as refused:
        conduct(question(tmp_path, settings=settings), display("silent"))
    first, second = refused.value.faults
    assert first.startswith("cnusvm: tau is above 0")
    assert first.endswith("got -2")
    assert second.startswith("oversampling: ratio")
    assert second.endswith("got -1")
    assert not trained(tmp_path)


RESAMPLERS = {
    '{ name = "MCCCR", energy = -1.0 }': "energy is a positive number; got -1",
    '{ name = "SMOTE", k_neighbors = 0 }': "k_neighbors is a whole number, at least 1",
    '{ name = "imblearn:ADASIN" }': "'ADASYN'",
    '{ name = "imblearn:SMOTENC" }': "needs the option 'categorical_features'",
    '{ name = "imblearn:SMOTE", neighbours = 3 }': "no option 'neighbours'",
}


def test_resamplers_are_judged_before_the_backbone_learns(tmp_path: Path) -> None:
    recipes = []
    for number, resampler in enumerate(RESAMPLERS):
        recipes.append(tmp_path / f"mine-{number}.toml")
        stage = f'[[stages]]\nname = "retrain"\nresampler = {resampler}\n'
        recipes[-1].write_text(f'base = "smote-features"\n[[stages]]\nname = "train"\n{stage}')
    out = tmp_path / "out"
    with pytest.raises(RecipeError) as refused:
        conduct(question(out, methods=("baseline", *map(str, recipes))), display("silent"))
    assert not trained(out)
    for number, (fault, said) in enumerate(
        zip(refused.value.faults, RESAMPLERS.values(), strict=True)
    ):
        assert fault.startswith(f"mine-{number}: ")
        assert said in fault


def test_a_recipe_of_ones_own_is_constructed_too(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text('base = "baseline"\n[[stages]]\nname = "train"\ntrain = ["head.wieght"]\n')
    out = tmp_path / "out"
    with pytest.raises(RecipeError, match=r"mine: stage trains 'head.wieght', which matches no"):
        conduct(question(out, methods=("baseline", str(recipe))), display("silent"))
    assert not trained(out)


def test_what_the_shipped_method_refuses_too_is_no_fault_of_the_settings(tmp_path: Path) -> None:
    # 8x8 digits are too small for ResNet-10, whatever the learning rate.
    asked = question(tmp_path, model="resnet10", settings={"optimizer.lr": 0.02})
    with pytest.raises(ArgumentError, match=r"resnet10 takes images .* of at least 32x32"):
        conduct(asked, display("silent"))
