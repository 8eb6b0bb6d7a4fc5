"""What a recipe says is frozen data; search grids and tables as they are written."""

from dataclasses import FrozenInstanceError, replace

import pytest

from counterpoise.recipes.schema import Component, Search, SearchGrid, Stage, Train

PLAIN = Stage("train", Component("CrossEntropy"), Component("Shuffled"), Component("Plain"))


def test_a_stage_leaves_out_what_has_no_effect() -> None:
    """Identities are digests of this table: a new key has to stay out at its default."""
    assert PLAIN.as_dict() == {
        "name": "train",
        "loss": {"name": "CrossEntropy"},
        "sampler": {"name": "Shuffled"},
        "step": {"name": "Plain"},
        "train": ["*"],
        "rounds_scale": 1.0,
        "lr_scale": 1.0,
    }


def test_a_resampler_names_its_space() -> None:
    table = replace(PLAIN, resampler=Component("SMOTE", {"k_neighbors": 3})).as_dict()
    assert table["resampler"] == {"name": "SMOTE", "k_neighbors": 3}
    assert table["space"] == "inputs"


def test_the_keys_of_training_in_their_order() -> None:
    assert list(vars(Train())) == [
        "batch_size", "rounds", "updates_per_round", "clip_norm", "checkpoint", "precision",
        "preprocess", "record", "crop", "mirror",
    ]  # fmt: skip
    assert {"record", "crop", "mirror"}.isdisjoint(
        Train().as_dict()
    )  # identities and old recipes do without it
    assert Train(record="rounds").as_dict()["record"] == "rounds"
    assert replace(Train(), rounds=3) == Train(rounds=3)
    with pytest.raises(FrozenInstanceError):
        Train().rounds = 3  # type: ignore[misc]


def test_products_and_pairs_of_a_search() -> None:
    values = {"a": (1, 2), "b": (3, 4)}
    product, pairs = SearchGrid("all", values), SearchGrid("line", values, "pairs")
    assert [tuple(point.values()) for point in product.points] == [(1, 3), (1, 4), (2, 3), (2, 4)]
    assert [tuple(point.values()) for point in pairs.points] == [(1, 3), (2, 4)]
    assert Search((pairs, product)).points == (*pairs.points, {"a": 1, "b": 4}, {"a": 2, "b": 3})
