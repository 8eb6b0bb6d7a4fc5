"""Frozen splits on disk are those of the data, whatever was there before."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import LabelledSet, Split, load, make_splits, parse
from counterpoise.experiments.split_files import read_split, write_splits
from counterpoise.records import SamplesRecord


@pytest.fixture(scope="module")
def digits() -> tuple[LabelledSet, Split]:
    dataset = load("digits")
    (split,) = make_splits(dataset, parse("none"), seeds=[0])
    return dataset, split


def test_groups_are_those_that_the_split_was_made_with(
    digits: tuple[LabelledSet, Split], tmp_path: Path
) -> None:
    dataset, split = digits
    groups = np.arange(len(dataset)) // 2
    write_splits(tmp_path, dataset, {"profile": [replace(split, groups=groups)]})
    stored = read_split(tmp_path / "splits", "seed-0")
    assert np.array_equal(stored["test_groups"], groups[split.test])
    assert np.array_equal(stored["test"], split.test)


@pytest.mark.parametrize("before", ["whole", "cut", "empty", "of another split"])
def test_only_a_whole_file_of_the_same_split_is_kept(
    digits: tuple[LabelledSet, Split], tmp_path: Path, before: str
) -> None:
    dataset, split = digits
    write_splits(tmp_path, dataset, {"profile": [split]})
    path = tmp_path / "splits" / "seed-0.npz"
    whole = path.read_bytes()
    if before == "of another split":
        write_splits(tmp_path, dataset, {"profile": [replace(split, train=split.test)]})
        assert path.read_bytes() != whole
    else:
        path.write_bytes({"whole": whole, "cut": whole[:200], "empty": b""}[before])
    marked = path.stat().st_mtime_ns
    write_splits(tmp_path, dataset, {"profile": [split]})
    assert np.array_equal(read_split(tmp_path / "splits", "seed-0")["train"], split.train)
    assert (path.stat().st_mtime_ns == marked) == (before == "whole")


@pytest.mark.parametrize("before", ["whole", "damaged", "of other files"])
def test_names_of_files_stand_beside_the_splits(tmp_path: Path, before: str) -> None:
    for name in ("good/1", "good/2", "good/3", "cracked/1", "cracked/2", "cracked/3"):
        path = tmp_path / "data" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), color=len(name)).save(path)
    dataset = load(str(tmp_path / "data"))
    write_splits(tmp_path, dataset, {"profile": []})
    path = tmp_path / "splits" / "samples.json"
    whole = path.read_text()
    if before != "whole":
        path.write_text({"damaged": "{", "of other files": '{"names": ["a"]}'}[before])
    marked = path.stat().st_mtime_ns
    write_splits(tmp_path, dataset, {"profile": []})
    assert path.read_text() == whole
    assert (path.stat().st_mtime_ns == marked) == (before == "whole")
    names = SamplesRecord.read(path).names
    assert names[int(np.flatnonzero(dataset.labels == 0)[0])] == "cracked/1.png"
    assert SamplesRecord.read(path).copies == ()
    same = (tmp_path / "data" / "good" / "1.png").read_bytes()
    (tmp_path / "data" / "cracked" / "2.png").write_bytes(same)
    write_splits(tmp_path, load(str(tmp_path / "data")), {"profile": []})
    (found,) = SamplesRecord.read(path).copies
    assert {names[i] for i in found.samples} >= {"cracked/2.png", "good/1.png"}
    assert set(found.labels) == {0, 1}
