"""The checksum changes with whatever training depends on, and with nothing else."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import ArrayInputs, LabelledSet, labelled_set, load, verify
from counterpoise.errors import DataError


def build(**changes: object) -> LabelledSet:
    parts: dict[str, object] = {
        "name": "a",
        "kind": "vector",
        "inputs": ArrayInputs(np.arange(8, dtype=np.float32).reshape(4, 2)),
        "labels": np.array([0, 1, 0, 1]),
        "classes": ("x", "y"),
        "part": np.array([0, 0, 0, 2], dtype=np.int8),
        "input_shape": (2,),
        "groups": np.array([0, 1, 2, 3]),
    }
    return labelled_set(**(parts | changes))  # type: ignore[arg-type]


def test_checksum_is_frozen() -> None:
    """A change here would orphan every finished run."""
    assert build().checksum == "230495f732fbdc66"


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.array([1, 0, 0, 1])},
        {"classes": ("y", "x")},
        {"part": np.array([0, 0, 0, 1], dtype=np.int8)},
        {"groups": np.array([0, 1, 2, 2])},
        {"groups": None},
        {"inputs": ArrayInputs(np.zeros((4, 2), dtype=np.float32))},
        {"input_shape": (3,)},
    ],
)
def test_checksum_sees(change: dict[str, object]) -> None:
    assert build(**change).checksum != build().checksum


def test_checksum_does_not_see_the_name() -> None:
    assert build(name="b", notes=("hello",)).checksum == build().checksum


def test_checksum_of_files_is_theirs_not_their_place_or_time(tmp_path: Path) -> None:
    sums = []
    for copy in ("first", "second"):
        for label in "ab":
            folder = tmp_path / copy / label
            folder.mkdir(parents=True)
            Image.fromarray(np.full((8, 8), ord(label), np.uint8)).save(folder / "0.png")
        sums.append(load(str(tmp_path / copy)).checksum)
    assert sums[0] == sums[1]
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "second" / "a" / "0.png")
    assert load(str(tmp_path / "second")).checksum != sums[0]
    assert load(str(tmp_path / "first"), size=4).checksum != sums[0]


def test_verify_leaves_arrays_alone() -> None:
    dataset = build()
    assert verify(dataset) == (dataset, ())


def test_indices_by_part() -> None:
    dataset = build(part=np.array([-1, 0, 1, 0], dtype=np.int8))
    assert dataset.indices(-1, 0).tolist() == [0, 1, 3]
    assert dataset.indices(2).tolist() == []
    assert (len(dataset), dataset.num_classes) == (4, 2)


def test_every_class_needs_training_samples() -> None:
    with pytest.raises(DataError, match="no training sample of class 'y'"):
        build(part=np.array([0, 2, 0, 1], dtype=np.int8))
