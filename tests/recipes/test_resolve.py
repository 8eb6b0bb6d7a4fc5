"""What a recipe leaves to the data is filled in, and how many rounds a stage has."""

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.resolve import resolve, stage_rounds
from counterpoise.recipes.schema import Recipe, Value


def one(name: str, **settings: Value) -> Recipe:
    return load_methods([name], {}, {k.replace("__", "."): v for k, v in settings.items()})[0]


def test_resolving_fills_in_model_and_rounds() -> None:
    recipe = resolve(one("baseline"), "vector", (16,), 640)
    assert recipe.model.name == "mlp"
    assert recipe.train.updates_per_round == 10
    assert recipe.train.rounds == 200
    few = resolve(one("baseline", train__rounds=7), "vector", (16,), 641)
    assert (few.train.rounds, few.train.updates_per_round) == (7, 11)


def test_an_unknown_model_suggests_the_near_one() -> None:
    with pytest.raises(ArgumentError, match="lenet5"):
        resolve(
            load_methods(["baseline"], {"model": {"name": "lenet"}}, {})[0], "image", (1, 28, 28), 9
        )


@pytest.mark.parametrize(
    ("shape", "settings", "expected"),
    [
        ((3, 32, 32), {}, "standard"),
        ((3, 32, 32), {"model__name": "resnet18", "model__weights": "DEFAULT"}, "imagenet"),
        ((1, 28, 28), {"model__name": "resnet18", "model__weights": "DEFAULT"}, "standard"),
        ((3, 32, 32), {"train__preprocess": "unit"}, "unit"),
    ],
)
def test_preprocessing_goes_by_weights_and_colour(
    shape: tuple[int, ...], settings: dict[str, Value], expected: str
) -> None:
    assert resolve(one("baseline", **settings), "image", shape, 640).train.preprocess == expected


def test_members_share_the_rounds_of_one_stage() -> None:
    recipe = resolve(one("adaboost-cnn", train__rounds=13), "vector", (16,), 640)
    rounds = [stage_rounds(recipe, stage) for stage in recipe.stages]
    assert len(rounds) == 5
    assert sum(rounds) == 13
    assert max(rounds) - min(rounds) <= 1
    few = resolve(one("adaboost-cnn", train__rounds=2), "vector", (16,), 640)
    assert [stage_rounds(few, stage) for stage in few.stages] == [1] * 5


def test_a_stage_has_its_share_of_rounds_one_at_least_or_none() -> None:
    recipe = resolve(one("tau-norm", train__rounds=8), "vector", (16,), 640)
    assert [stage_rounds(recipe, stage) for stage in recipe.stages] == [8, 0]
    short = resolve(one("tlc-no-augmentation", train__rounds=1), "vector", (16,), 640)
    assert [stage_rounds(short, stage) for stage in short.stages] == [1, 1]


def test_half_of_a_pretrained_backbone_is_trained_for_ten_passes() -> None:
    (recipe,) = load_methods(
        ["baseline"], {"model": {"name": "last-half:mobilenet_v2"}}, {}, fine_tune=True
    )
    tuned = resolve(recipe, "image", (64, 14, 14), 360)
    assert (tuned.train.rounds, tuned.train.updates_per_round) == (10, 12)
    assert [stage_rounds(tuned, stage) for stage in tuned.stages] == [50, 10]


def test_a_mirror_is_one_of_crops() -> None:
    shape = (3, 32, 32)
    made = resolve(one("baseline", train__crop=24, train__mirror=True), "image", shape, 640)
    assert made.train.as_dict()["mirror"] is True
    with pytest.raises(ArgumentError, match=r"got no train\.crop"):
        resolve(one("baseline", train__mirror=True), "image", shape, 640)
