"""What a stage freezes, holds out, enlarges and learns by: faults, and the shipped TLC."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from counterpoise.counts import ClassCounts
from counterpoise.errors import RecipeError
from counterpoise.recipes import build
from counterpoise.recipes.contrast import contrast_rule
from counterpoise.recipes.load import expand, load_file, load_methods
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.schema import Recipe
from counterpoise.recipes.shipped import method_names
from counterpoise.recipes.toml import dumps

TLC = [name for name in method_names() if name.startswith("tlc")]


def loaded(path: Path, text: str) -> Recipe:
    (path / "mine.toml").write_text(text)
    return load_file(path / "mine.toml")


def faults(path: Path, stage: str) -> str:
    with pytest.raises(RecipeError) as caught:
        loaded(path, f"[[stages]]\n{stage}")
    return str(caught.value)


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ('freeze = "head"', "freeze is a list of names of blocks"),
        ('contrast = "balanced"', "Shuffled watches nothing"),
        ('sampler = { name = "F1Driven" }\ncontrast = "even"', "'stratified' or 'balanced'"),
        ('optimizer = { name = "Adam" }', "needs its learning rate"),
        ('optimizer = { name = "Adan", lr = 1 }', "did you mean 'Adam'"),
        ("offline = { copies = 2 }", "a table with copies and a list augment"),
        ('offline = { copies = 0, augment = [{ name = "Flip" }] }', "copies is a whole number"),
        ('offline = { copys = 1, augment = [{ name = "Flip" }] }', "did you mean 'copies'"),
        ('offline = { augment = [{ name = "Mixup" }] }', "Mixup mixes labels"),
        ('offline = { augment = [{ name = "Flipp" }] }', "did you mean 'Flip'"),
        (
            'offline = { augment = [{ name = "Flip" }] }\nresampler = { name = "SMOTE" }',
            "leave one of them out",
        ),
    ],
)
def test_faults_are_named(tmp_path: Path, stage: str, said: str) -> None:
    assert said in faults(tmp_path, stage)


def test_what_a_stage_says_survives_being_written(tmp_path: Path) -> None:
    recipe = loaded(
        tmp_path,
        """
        [[stages]]
        sampler = { name = "F1Driven" }
        contrast = "balanced"
        freeze = ["@half", "head"]
        optimizer = { name = "Adam", lr = 1e-3 }
        offline = { copies = 2, augment = [{ name = "Flip" }] }
        """,
    )
    again = loaded(tmp_path, dumps(recipe.as_dict()))
    assert again.stages == recipe.stages
    (stage,) = tomllib.loads(dumps(recipe.as_dict()))["stages"]
    assert stage["freeze"] == ["@half", "head"]


def test_stages_without_the_new_keys_are_written_as_ever() -> None:
    (recipe,) = load_methods(["baseline"], {}, {})
    (stage,) = recipe.stages
    assert set(stage.as_dict()) == {
        "name", "loss", "sampler", "step", "train", "rounds_scale", "lr_scale"
    }  # fmt: skip


def test_tlc_is_costly_and_named_only() -> None:
    assert len(TLC) == 8
    assert not set(TLC) & set(expand("all"))
    assert "f1-driven" in expand("all")


@pytest.mark.parametrize("name", TLC)
def test_tlc_warms_up_with_adam_and_fine_tunes_with_sgd(name: str) -> None:
    (recipe,) = load_methods([name], {"model": {"name": "small-cnn"}}, {})
    recipe = resolve(recipe, "image", (3, 32, 32), 200)
    labels = np.repeat([0, 1, 2], [100, 60, 40])
    given = build.Given(ClassCounts.from_labels(labels), labels, 0, 10, 64)
    model = build.build_model(recipe, (3, 32, 32), 3, 0)
    learns = []
    for stage in recipe.stages:
        (optimizer, *_) = build.build_pieces(recipe, stage, model, given).optimizers
        (group,) = optimizer.param_groups
        names = {n.rpartition(".")[0] for n, p in model.named_parameters() if p.requires_grad}
        learns.append((stage.name, type(optimizer).__name__, group["lr"], names))
    tail = {"head", "backbone.blocks.2.0", "backbone.blocks.2.1"}
    fine = ("fine-tune", "SGD", 0.01, tail)
    assert learns[-1] == fine
    assert learns[:-1] == (
        [] if name == "tlc-no-warm-up" else [("warm-up", "Adam", 1e-3, {"head"})]
    )
    assert (contrast_rule(recipe) is None) == (name in ("tlc-no-sampling", "tlc-plain"))


def test_each_variant_changes_what_it_says() -> None:
    recipes = {r.name: r for r in load_methods(TLC, {}, {})}
    tune = {name: recipe.stages[-1] for name, recipe in recipes.items()}
    assert [piece.name for piece in tune["tlc"].augment] == ["Flip", "Affine"]
    assert not tune["tlc-no-augmentation"].augment
    assert tune["tlc-no-sampling"].sampler.name == "Shuffled"
    assert not tune["tlc-plain"].augment
    assert tune["tlc-plain"].sampler.name == "Shuffled"
    assert {s.loss.name for s in recipes["tlc-fl"].stages} == {"Focal"}
    assert {s.step.name for s in recipes["tlc-cot"].stages} == {"Complement"}
    assert len(recipes["tlc-no-warm-up"].stages) == 1
    assert tune["tlc-offline"].offline is not None
    assert all(recipe.optimizer.parameters["lr"] == 0.01 for recipe in recipes.values())


def test_augmentations_off_line_can_be_set() -> None:
    (recipe,) = load_methods(["tlc-offline"], {}, {"tlc-offline.degrees": 25})
    assert recipe.stages[1].offline is not None
    assert recipe.stages[1].offline.augment[1].parameters == {"degrees": 25}
