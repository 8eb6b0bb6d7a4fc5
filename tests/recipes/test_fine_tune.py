"""Methods that train the last half of a backbone: the head first, with the method's own pieces."""

from pathlib import Path

import numpy as np
import pytest
import torch

from counterpoise.counts import ClassCounts
from counterpoise.data.preprocess import Preprocess
from counterpoise.recipes.check.pieces import listed
from counterpoise.recipes.fine_tune import fine_tuned
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.schema import Recipe
from counterpoise.recipes.stage import Samples, set_up
from counterpoise.train.loop import Loop

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


def test_a_training_of_half_a_network_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def trained(checkpoint: Path | None, updates: int | None = None) -> dict[str, torch.Tensor]:
        def on_update(loop: Loop) -> None:
            if loop.update == updates:
                raise KilledError

        ready = set_up(
            recipe, 1, samples, seed=0, device="cpu", checkpoint=checkpoint,
            checkpoint_every=0.0, on_update=on_update,
        )  # fmt: skip
        ready.loop.fit()
        return ready.model.state_dict()

    maps = np.random.default_rng(0).random((16, 8, 4, 4), dtype=np.float32)
    labels = np.arange(16) % 2
    settings = {"train.rounds": 2, "train.batch_size": 4}
    model = {"model": {"name": "last-half:mobilenet_v2", "width_mult": 0.1}}
    (made,) = load_methods(["baseline"], model, settings, fine_tune=True)
    recipe = resolve(made, "image", (8, 4, 4), 16)
    samples = Samples(
        maps, labels, np.arange(16), ClassCounts.from_labels(labels, 2, ("a", "b")),
        Preprocess.fit("none", maps),
    )  # fmt: skip
    expected = trained(None)
    with pytest.raises(KilledError):
        trained(tmp_path / "state.pt", 5)
    found = trained(tmp_path / "state.pt")
    assert all(torch.equal(value, found[key]) for key, value in expected.items())


def test_the_head_in_front_has_a_length_and_batches_of_its_own() -> None:
    under = {"stages": [{"name": "head", "train": ["head.*"], "rounds_scale": 5.0}]}
    own = {"rounds": 3, "batch_size": 8, "updates_per_round": 4, "schedule": {"name": "constant"}}
    head, rest = listed(fine_tuned(under, {"stages": [{"name": "train", **own}]})["stages"])
    assert head == {"name": "head", "train": ["head.*"], "rounds_scale": 5.0}
    assert rest == {"name": "train", **own}
