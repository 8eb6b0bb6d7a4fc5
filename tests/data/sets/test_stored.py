"""The door to what is in memory; what comes of each kind is tested beside it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

from counterpoise.data.sets.stored import stored
from counterpoise.errors import ArgumentError

pandas = pytest.importorskip("pandas", reason="needs pandas")
FRAME = pandas.DataFrame({"a": [1, 2], "y": ["u", "v"]})


def test_what_is_no_set_comes_back_as_it_is(tmp_path: Path) -> None:
    for other in ("digits", tmp_path, 3, [1, 2], np.zeros((9, 4)), {"data": [1]}, {1, 2}):
        assert stored(other, {}, tmp_path)[0] is other
    assert not list(tmp_path.iterdir())


def test_frames_and_pairs_go_to_tables(tmp_path: Path) -> None:
    path, options = stored(FRAME, {"label": "y"}, tmp_path)
    assert str(path).startswith(str(tmp_path / "frame-"))
    assert options["label"] == "y"
    path, _ = stored((np.zeros((2, 2)), [0, 1]), {}, tmp_path)
    assert str(path).startswith(str(tmp_path / "arrays-"))


def test_frames_in_parts_are_put_together_first(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="a column 'split' of train, val and test"):
        stored({"train": FRAME, "test": FRAME}, {"label": "y"}, tmp_path)


def test_parts_of_two_libraries_are_named(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs datasets")
    hub = datasets.Dataset.from_dict({"x": [1, 2], "label": ["a", "b"]})
    other = TensorDataset(torch.zeros(2, 3), torch.tensor([0, 1]))
    with pytest.raises(
        ArgumentError,
        match=r"sets of one library; got train: Dataset of datasets, test: Tensor.*torch",
    ):
        stored({"train": hub, "test": other}, {}, tmp_path)
