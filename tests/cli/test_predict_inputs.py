"""What predict is given: files in the order given, arrays apart, and all faults at once."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.cli.predict_inputs import gather, read_array, read_prior, whole, with_listed
from counterpoise.errors import ArgumentError, DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "images"
    place.mkdir()
    for name in ("b.png", "a.jfif"):
        kind = "PNG" if name.endswith("png") else "JPEG"
        Image.new("L", (9, 9), 7).save(place / name, kind)
    (place / "notes.txt").touch()
    os.mkfifo(place / "pipe.png")
    return place


def test_files_folders_and_arrays(folder: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(3))
    files, arrays = gather([folder / "b.png", tmp_path / "x.npy", folder])
    assert [file.name for file in files] == ["b.png", "a.jfif", "b.png"]
    assert arrays == [tmp_path / "x.npy"]
    samples, names = read_array(arrays[0])
    assert samples.tolist() == [0, 0, 0]
    assert names == [f"{arrays[0]}[{i}]" for i in range(3)]


def test_all_faults_are_said_at_once(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / "none", folder / "notes.txt", folder / "pipe.png", tmp_path / "empty"]
    with pytest.raises(ArgumentError) as caught:
        gather(paths)
    faults = str(caught.value).splitlines()
    words = ("no such file", "neither an image", "a named pipe", "no image in this folder")
    assert len(faults) == len(words)
    for fault, path, word in zip(faults, paths, words, strict=True):
        assert fault.startswith(f"{path}: {word}")


def test_damaged_files_are_set_apart(folder: Path) -> None:
    (folder / "c.png").write_bytes(b"x")
    files = [folder / "b.png", folder / "c.png"]
    good, (reason,) = whole(files, (1, 8, 8))
    assert good == files[:1]
    assert "c.png" in reason
    assert whole(files, (3, 8)) == (files, [])


def test_what_is_no_array_or_no_prior(tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(b"x")
    with pytest.raises(DataError, match=r"cannot read .*x\.npy"):
        read_array(tmp_path / "x.npy")
    with pytest.raises(ArgumentError, match=r"such as 0\.01,0\.99; got 'a,b'"):
        read_prior("a,b")


def test_a_list_of_images_stands_for_its_images(folder: Path) -> None:
    table = folder / "list.csv"
    table.write_text("path,label\nb.png,x\na.jfif,y\n")
    other = folder / "rows.csv"
    other.write_text("x\n1\n")
    assert with_listed([folder / "a.jfif"], [table, other]) == (
        [folder / "a.jfif", folder / "b.png", folder / "a.jfif"],
        [other],
    )
    table.write_text("path\nb.png\ngone.png\n")
    with pytest.raises(ArgumentError, match=r"1 of 2 are none \(line 3: 'gone\.png'\)"):
        with_listed([], [table])
