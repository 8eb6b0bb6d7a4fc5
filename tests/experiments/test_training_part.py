"""The training samples of a run, read again."""

import json

import numpy as np
import pytest

from counterpoise.data import load
from counterpoise.errors import DataError
from counterpoise.experiments.split_files import read_split
from counterpoise.experiments.training_part import training_samples


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of one round, as compare leaves it."""
    import counterpoise

    out = tmp_path_factory.mktemp("out") / "x"
    counterpoise.compare("digits", methods="baseline", seeds=1, rounds=1, out=out)
    return out / "runs" / "baseline" / "seed-0"


def test_they_are_those_of_the_training(run) -> None:
    found = training_samples(run, (1, 8, 8), "uint8")
    dataset = load("digits")
    train = read_split(run.parents[2] / "splits", "seed-0")["train"]
    np.testing.assert_array_equal(found, dataset.inputs.read(train))
    some = training_samples(run, (1, 8, 8), "uint8", most=10)
    assert some.shape == (10, 1, 8, 8)
    np.testing.assert_array_equal(some[[0, -1]], found[[0, -1]])


def test_what_is_not_what_it_was_is_not_taken(run, tmp_path) -> None:
    with pytest.raises(DataError, match="and not"):
        training_samples(run, (3, 9, 9), "uint8")
    with pytest.raises(DataError, match=r"it has no recipe\.toml"):
        training_samples(tmp_path / "a" / "b" / "c", (1, 8, 8), "uint8")
    claim = run.parents[2] / "claim.json"
    before = claim.read_text()
    try:
        claim.write_text(json.dumps({**json.loads(before), "dataset": "0" * 16}))
        with pytest.raises(DataError, match="is not what it was"):
            training_samples(run, (1, 8, 8), "uint8")
    finally:
        claim.write_text(before)
