"""Methods that train the last half of a backbone: the head first, with the method's own pieces."""

import pytest

from counterpoise.recipes.check.pieces import listed
from counterpoise.recipes.fine_tune import fine_tuned
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Recipe

MODEL = {"model": {"name": "last-half:mobilenet_v2"}}


def made(name: str) -> Recipe:
    (recipe,) = load_methods([name], MODEL, {}, fine_tune=True)
    return recipe


def test_the_head_is_trained_first_with_the_pieces_of_the_method() -> None:
    head, rest = made("oversampling").stages
    assert (head.name, head.train, rest.train) == ("head", ("head.*",), ("*",))
    assert head.sampler == rest.sampler
    assert head.sampler.name == "RandomOver"
    assert head.optimizer is not None
    assert head.optimizer.name == "Adam"
    assert rest.optimizer is None
    assert made("oversampling").optimizer.name == "AdamW"


def test_two_phases_follow_the_head() -> None:
    stages = made("two-phase-over").stages
    assert [stage.sampler.name for stage in stages] == ["RandomOver", "RandomOver", "Shuffled"]


def test_a_warm_up_is_not_warmed_up_twice() -> None:
    assert [stage.name for stage in made("warm-up").stages] == ["warm-up", "unfreeze"]


def test_made_samples_are_features_while_the_head_learns() -> None:
    under = {"stages": [{"name": "head", "train": ["head.*"]}]}
    stage = {"name": "train", "resampler": {"name": "SMOTE"}, "freeze": ["@half", "backbone.x"]}
    head, rest = listed(fine_tuned(under, {"stages": [stage]})["stages"])
    assert head == {
        "name": "head", "resampler": {"name": "SMOTE"}, "space": "features", "train": ["head.*"]
    }  # fmt: skip
    assert rest == stage | {"freeze": ["backbone.x"]}


@pytest.mark.parametrize("name", ["tlc", "tlc-no-warm-up"])
def test_the_half_that_is_frozen_anyway_is_not_frozen_again(name: str) -> None:
    assert all(not stage.freeze for stage in made(name).stages)


def test_a_method_with_a_model_of_its_own_stays() -> None:
    (stage,) = made("hog-nn").stages
    assert stage.name != "head"
